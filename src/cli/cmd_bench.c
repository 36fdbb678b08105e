/* SPDX-License-Identifier: Apache-2.0 */
/* `relief bench`: every stage timed with a photo, or a network alone. */
#include "outputs.h"
#include "progress.h"
#include "stages.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PATH_RUNS = 5, DEFAULT_NETWORK_RUNS = 20 };

/* "network" is measured apart, by a map as the network gives it; "depth" is that and the
 * resampling to photo size. */
enum { ROW_NETWORK = STAGE_COUNT, ROW_TOTAL, ROW_COUNT };
static const char *const row_names[ROW_COUNT] = {"decode", "model", "depth",   "scene",
                                                 "mesh",   "write", "network", "total"};
/* The order in which the rows are printed. */
static const int row_order[ROW_COUNT] = {STAGE_MODEL, STAGE_DECODE, ROW_NETWORK, STAGE_DEPTH,
                                         STAGE_SCENE, STAGE_MESH,   STAGE_WRITE, ROW_TOTAL};

/* Measures of one stage over all runs. */
typedef struct bench_row {
    double *ms; /* one a run */
    size_t peak_bytes, peak_rss_bytes;
} bench_row;

typedef struct bench {
    int runs;
    bench_row rows[ROW_COUNT];
    relief_image_info photo;
    int64_t triangles, file_bytes;
    int network_width, network_height;
} bench;

static double megabytes(size_t bytes) {
    return (double)bytes / 1e6;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle of `count` values, which are sorted by the call. */
static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof(*values), compare_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Note the memory of the stage that just ended, and begin the next one's. */
static void note_memory(bench *b, int row) {
    relief_memory_use use = relief_memory();
    bench_row *to[2] = {&b->rows[row], row == ROW_NETWORK ? NULL : &b->rows[ROW_TOTAL]};
    for (int i = 0; i < 2; i++) {
        if (to[i] && use.peak_bytes > to[i]->peak_bytes)
            to[i]->peak_bytes = use.peak_bytes;
        if (to[i] && use.peak_rss_bytes > to[i]->peak_rss_bytes)
            to[i]->peak_rss_bytes = use.peak_rss_bytes;
    }
    relief_memory_reset_peak();
}

/* One map as the network gives it: preprocessing and network, without the resampling to photo
 * size. */
static relief_status time_network(rl_cli *cli, bench *b, const relief_model *model,
                                  const rl_cli_job *job, int run) {
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth *map = NULL;
    relief_depth_get_info(job->depth, &info);
    options.network_width = b->network_width = info.network_width;
    options.network_height = b->network_height = info.network_height;
    options.as_predicted = true;
    relief_memory_reset_peak();
    double start = relief_now();
    relief_status status = relief_depth_estimate(cli->ctx, model, job->photo, &options, &map);
    b->rows[ROW_NETWORK].ms[run] = (relief_now() - start) * 1000;
    note_memory(b, ROW_NETWORK);
    relief_depth_free(map);
    return status;
}

/* The whole path once. */
static relief_status run_path(rl_cli *cli, bench *b, rl_cli_job *job, int run) {
    relief_model *model = NULL;
    relief_memory_reset_peak();
    double start = relief_now();
    relief_status status = rl_cli_open_model(cli, &model);
    job->ms[STAGE_MODEL] = (relief_now() - start) * 1000;
    note_memory(b, STAGE_MODEL);
    if (!status)
        status = rl_cli_decode(cli, model, job);
    note_memory(b, STAGE_DECODE);
    if (!status)
        status = rl_cli_estimate(cli, model, job);
    note_memory(b, STAGE_DEPTH);
    if (!status)
        status = time_network(cli, b, model, job, run);
    relief_model_free(model);
    relief_memory_reset_peak();
    if (!status)
        status = rl_cli_place(cli, job);
    note_memory(b, STAGE_SCENE);
    if (!status)
        status = rl_cli_triangulate(cli, job);
    note_memory(b, STAGE_MESH);
    if (!status)
        status = rl_cli_write_mesh(cli, job);
    note_memory(b, STAGE_WRITE);
    return status;
}

/* All runs of the whole path, written to `output` again and again. */
static int run_all(rl_cli *cli, bench *b, const char *output) {
    cli->options.force = true;
    for (int run = 0; run < b->runs; run++) {
        relief_mesh_info mesh = RELIEF_OPTIONS_INIT(relief_mesh_info);
        rl_cli_job job = {.input = cli->options.inputs.items[0], .output = output};
        relief_status status = run_path(cli, b, &job, run);
        int code = status ? rl_cli_failed(cli, job.input, status) : EXIT_ALL_DONE;
        if (!code) {
            for (int i = 0; i < STAGE_COUNT; i++)
                b->rows[i].ms[run] = job.ms[i];
            b->rows[ROW_TOTAL].ms[run] = rl_cli_job_seconds(&job) * 1000;
            b->photo = (relief_image_info)RELIEF_OPTIONS_INIT(relief_image_info);
            relief_image_get_info(job.photo, &b->photo);
            b->photo.format = b->photo.colour_profile = ""; /* they die with the photo */
            relief_mesh_get_info(job.mesh, &mesh);
            b->triangles = mesh.triangle_count;
            b->file_bytes = rl_cli_file_size(output);
        }
        rl_cli_job_clear(&job);
        if (code)
            return code;
        rl_cli_progress_notes(cli, run == 0);
    }
    return EXIT_ALL_DONE;
}

static void print_path_json(rl_cli *cli, bench *b) {
    json_t *object = json_object(), *stages = json_array();
    json_object_set_new(object, "photo", rl_cli_json_text(cli->options.inputs.items[0]));
    json_object_set_new(object, "width", json_integer(b->photo.width));
    json_object_set_new(object, "height", json_integer(b->photo.height));
    json_object_set_new(object, "network_width", json_integer(b->network_width));
    json_object_set_new(object, "network_height", json_integer(b->network_height));
    json_object_set_new(object, "triangles", json_integer(b->triangles));
    json_object_set_new(object, "bytes", json_integer(b->file_bytes));
    json_object_set_new(object, "threads", json_integer(relief_ctx_threads(cli->ctx)));
    json_object_set_new(object, "runs", json_integer(b->runs));
    json_object_set_new(object, "precision", json_string("f32"));
    for (int i = 0; i < ROW_COUNT; i++) {
        bench_row *row = &b->rows[row_order[i]];
        json_t *entry = json_object();
        json_object_set_new(entry, "stage", json_string(row_names[row_order[i]]));
        json_object_set_new(entry, "median_ms", rl_cli_json_number(median(row->ms, b->runs), 3));
        json_object_set_new(entry, "min_ms", rl_cli_json_number(row->ms[0], 3));
        json_object_set_new(entry, "peak_mb", rl_cli_json_number(megabytes(row->peak_bytes), 2));
        json_object_set_new(entry, "peak_rss_mb",
                            rl_cli_json_number(megabytes(row->peak_rss_bytes), 2));
        json_array_append_new(stages, entry);
    }
    json_object_set_new(object, "stages", stages);
    rl_cli_print_json(object);
}

static void print_path(rl_cli *cli, bench *b) {
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        print_path_json(cli, b);
        return;
    }
    rl_cli_put(cli->options.inputs.items[0]);
    printf(": %d x %d, network %d x %d, %lld triangles, %d threads, %d runs\n", b->photo.width,
           b->photo.height, b->network_width, b->network_height, (long long)b->triangles,
           relief_ctx_threads(cli->ctx), b->runs);
    printf("%-10s %12s %12s %14s %14s\n", "stage", "median ms", "least ms", "relief's MB",
           "resident MB");
    for (int i = 0; i < ROW_COUNT; i++) {
        bench_row *row = &b->rows[row_order[i]];
        double middle = median(row->ms, b->runs);
        printf("%-10s %12.2f %12.2f %14.1f %14.1f\n", row_names[row_order[i]], middle, row->ms[0],
               megabytes(row->peak_bytes), megabytes(row->peak_rss_bytes));
    }
    printf("depth is network and resampling to photo size; total leaves the separate network run "
           "out\n");
}

static int bench_path(rl_cli *cli) {
    bench b = {.runs = cli->options.runs ? (int)cli->options.runs : DEFAULT_PATH_RUNS};
    double *times = calloc((size_t)b.runs * ROW_COUNT, sizeof(*times));
    char *folder = rl_cli_temporary_folder(), *output = NULL;
    int code = EXIT_ALL_DONE;
    if (folder)
        output = rl_cli_join(folder, "bench", 5, ".glb");
    if (!folder)
        code = rl_cli_fault(cli, EXIT_DEVICE, "io",
                            "no folder for temporary files can be made (set TMPDIR)");
    else if (!times || !output)
        code = rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    if (!code) {
        for (int i = 0; i < ROW_COUNT; i++)
            b.rows[i].ms = times + (size_t)i * (size_t)b.runs;
        code = run_all(cli, &b, output);
    }
    if (!code)
        print_path(cli, &b);
    if (folder)
        rl_cli_remove_folder(folder, output);
    free(times);
    free(folder);
    free(output);
    return code;
}

/* A tensor for the network's picture input, of the size asked for, filled with numbers in 0..1 that
 * are the same in every run. */
static relief_status make_input(rl_cli *cli, const relief_model *model, relief_tensor **out) {
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    const rl_cli_size *size = &cli->options.network_size;
    int64_t dims[4];
    uint32_t state = 1;
    relief_model_get_info(model, &info);
    dims[0] = info.input_dims[0] > 0 ? info.input_dims[0] : 1;
    dims[1] = info.input_dims[1] > 0 ? info.input_dims[1] : 3;
    dims[2] = size->height ? size->height : info.network_height;
    dims[3] = size->width ? size->width : info.network_width;
    relief_status status = relief_tensor_new(cli->ctx, RELIEF_F32, 4, dims, out);
    if (status)
        return status;
    float *values = relief_tensor_data(*out);
    size_t count = relief_tensor_bytes(*out) / sizeof(float);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 8) / 16777216.0f;
    }
    return RELIEF_OK;
}

/* Time one run of the network, in milliseconds. */
static relief_status time_run(rl_cli *cli, const relief_model *model, relief_tensor *input,
                              relief_tensor **outputs, double *ms) {
    double start = relief_now();
    relief_status status = relief_model_run(cli->ctx, model, &input, outputs);
    *ms = (relief_now() - start) * 1000;
    for (int i = 0; i < relief_model_output_count(model); i++) {
        relief_tensor_free(outputs[i]);
        outputs[i] = NULL;
    }
    return status;
}

static void print_network(rl_cli *cli, const relief_model *model, const relief_tensor *input,
                          double *ms, int runs, double load_ms) {
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    const int64_t *dims = relief_tensor_dims(input);
    double first = ms[runs], middle = median(ms, runs);
    double rss = megabytes(relief_memory().peak_rss_bytes);
    relief_model_get_info(model, &info);
    rl_cli_progress_clear(cli);
    if (!cli->options.json) {
        rl_cli_put(info.name);
        printf(", %lld x %lld, %s, f32, %d threads, %d runs\n", (long long)dims[3],
               (long long)dims[2], info.backend, relief_ctx_threads(cli->ctx), runs);
        printf("median %.2f ms, least %.2f ms, first %.2f ms, load %.2f ms, %.1f MB resident\n",
               middle, ms[0], first, load_ms, rss);
        return;
    }
    json_t *object = json_object();
    json_object_set_new(object, "model", rl_cli_json_text(info.name));
    json_object_set_new(object, "network_width", json_integer(dims[3]));
    json_object_set_new(object, "network_height", json_integer(dims[2]));
    json_object_set_new(object, "backend", rl_cli_json_text(info.backend));
    json_object_set_new(object, "threads", json_integer(relief_ctx_threads(cli->ctx)));
    json_object_set_new(object, "runs", json_integer(runs));
    json_object_set_new(object, "median_ms", rl_cli_json_number(middle, 3));
    json_object_set_new(object, "min_ms", rl_cli_json_number(ms[0], 3));
    json_object_set_new(object, "first_ms", rl_cli_json_number(first, 3));
    json_object_set_new(object, "load_ms", rl_cli_json_number(load_ms, 3));
    json_object_set_new(object, "peak_rss_mb", rl_cli_json_number(rss, 2));
    json_object_set_new(object, "precision", json_string("f32"));
    rl_cli_print_json(object);
}

/* Run a loaded network `runs` times behind a first run. */
static int measure_network(rl_cli *cli, const relief_model *model, double load_ms) {
    int runs = cli->options.runs ? (int)cli->options.runs : DEFAULT_NETWORK_RUNS;
    int output_count = relief_model_output_count(model), code = EXIT_ALL_DONE;
    double *ms = calloc((size_t)runs + 1, sizeof(*ms));
    relief_tensor **outputs = calloc((size_t)output_count + 1, sizeof(relief_tensor *));
    relief_tensor *input = NULL;
    if (!ms || !outputs) {
        code = rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    } else {
        relief_status status = make_input(cli, model, &input);
        if (!status)
            status = time_run(cli, model, input, outputs, &ms[runs]);
        for (int i = 0; i < runs && !status; i++)
            status = time_run(cli, model, input, outputs, &ms[i]);
        if (status)
            code = rl_cli_failed(cli, cli->options.model ? cli->options.model : "", status);
        else
            print_network(cli, model, input, ms, runs, load_ms);
    }
    relief_tensor_free(input);
    free(outputs);
    free(ms);
    return code;
}

static int bench_network(rl_cli *cli) {
    relief_model *model = NULL;
    relief_memory_reset_peak();
    double start = relief_now();
    relief_status status = rl_cli_open_model(cli, &model);
    double load_ms = (relief_now() - start) * 1000;
    if (status)
        return rl_cli_failed(cli, "", status);
    rl_cli_progress_notes(cli, false);
    int code = EXIT_ALL_DONE;
    if (relief_model_input_count(model) == 1)
        code = measure_network(cli, model, load_ms);
    else
        code =
            rl_cli_fault(cli, EXIT_INPUT, "unsupported",
                         "%s: a network with %d inputs (relief model run takes tensors for each)",
                         cli->options.model, relief_model_input_count(model));
    relief_model_free(model);
    return code;
}

int rl_cli_bench(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (options->inputs.count > 1)
        return rl_cli_usage(cli, "name one photo (relief bench [PHOTO] --model FILE)");
    if (options->inputs.count && !strcmp(options->inputs.items[0], "-"))
        return rl_cli_usage(cli, "-: standard input can be read only once (name a file)");
    if (!options->inputs.count && !options->model)
        return rl_cli_usage(cli, "name a photo, or a network with --model, to measure");
    int code = rl_cli_check_network_options(cli);
    if (code)
        return code;
    return options->inputs.count ? bench_path(cli) : bench_network(cli);
}
