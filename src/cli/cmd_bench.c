/* SPDX-License-Identifier: Apache-2.0 */
/* `relief bench`: every stage timed with a photo; bench_network.c times a network alone. */
#include "bench.h"
#include "outputs.h"
#include "progress.h"
#include "stages.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_PATH_RUNS = 5 };

/* "network" is measured apart, by a map as the network gives it; "depth" is that, a closer look
 * and what comes after. */
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
    const char *precision; /* of the network */
} bench;

static double megabytes(size_t bytes) {
    return (double)bytes / 1e6;
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

/* One map as the network gives it: preprocessing and network, without a closer look and what comes
 * after. */
static relief_status time_network(rl_cli *cli, bench *b, const relief_model *model,
                                  const rl_cli_job *job, int run) {
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth *map = NULL;
    relief_depth_get_info(job->depth, &info);
    options.network_width = b->network_width = info.network_width;
    options.network_height = b->network_height = info.network_height;
    options.as_predicted = true;
    b->precision = info.precision;
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
    rl_cli_close_model(cli, model);
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
    json_object_set_new(object, "precision", json_string(b->precision));
    for (int i = 0; i < ROW_COUNT; i++) {
        bench_row *row = &b->rows[row_order[i]];
        json_t *entry = json_object();
        json_object_set_new(entry, "stage", json_string(row_names[row_order[i]]));
        json_object_set_new(entry, "median_ms",
                            rl_cli_json_number(rl_cli_median(row->ms, b->runs), 3));
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
        double middle = rl_cli_median(row->ms, b->runs);
        printf("%-10s %12.2f %12.2f %14.1f %14.1f\n", row_names[row_order[i]], middle, row->ms[0],
               megabytes(row->peak_bytes), megabytes(row->peak_rss_bytes));
    }
    printf("depth is all that the network does for a scene, with its closer look; network is its "
           "first run alone,\nwhich total leaves out\n");
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

int rl_cli_bench(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (options->inputs.count > 1)
        return rl_cli_usage(cli, "name one photo (relief bench [PHOTO] [--model FILE])");
    if (options->inputs.count && !strcmp(options->inputs.items[0], "-"))
        return rl_cli_usage(cli, "-: standard input can be read only once (name a file)");
    int code = rl_cli_check_network_options(cli);
    if (code)
        return code;
    return options->inputs.count ? bench_path(cli) : rl_cli_bench_network(cli);
}
