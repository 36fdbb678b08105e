/* SPDX-License-Identifier: Apache-2.0 */
/* `relief bench --model`: a network alone, as a whole and operator by operator. */
#include "bench.h"
#include "progress.h"
#include "stages.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_RUNS = 20, MOST_PROFILED_RUNS = 10, NODES_SHOWN = 20 };

/* All nodes of one operator. */
typedef struct type_total {
    const char *type;
    int nodes;
    double ms, gflop;
} type_total;

/* What was measured. The arrays are the caller's. */
typedef struct network_bench {
    relief_model_info info;
    int64_t width, height;
    int runs;
    double *ms; /* one a run, sorted */
    double median_ms, first_ms, load_ms;
    double before_mb, rss_mb;  /* resident before the network was loaded, and at most */
    double gflop, profiled_ms; /* of all rows */
    int conversions, host_nodes;
    relief_profile_row *nodes; /* sorted, the longest first */
    type_total *types;         /* sorted too */
    int node_count, type_count;
} network_bench;

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double rl_cli_median(double *values, int count) {
    qsort(values, (size_t)count, sizeof(*values), compare_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int compare_rows(const void *a, const void *b) {
    double x = ((const relief_profile_row *)a)->ms, y = ((const relief_profile_row *)b)->ms;
    return (x < y) - (x > y);
}

static int compare_totals(const void *a, const void *b) {
    double x = ((const type_total *)a)->ms, y = ((const type_total *)b)->ms;
    return (x < y) - (x > y);
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

/* Run the network once; with a profile its nodes are timed. *ms may be NULL. */
static relief_status run_once(rl_cli *cli, const relief_model *model, relief_tensor *input,
                              relief_profile *profile, double *ms) {
    int count = relief_model_output_count(model);
    relief_tensor **outputs = calloc((size_t)count + 1, sizeof(relief_tensor *));
    if (!outputs)
        return RELIEF_ERROR_MEMORY;
    double start = relief_now();
    relief_status status = profile ? relief_model_profile(cli->ctx, model, &input, outputs, profile)
                                   : relief_model_run(cli->ctx, model, &input, outputs);
    if (ms)
        *ms = (relief_now() - start) * 1000;
    for (int i = 0; i < count; i++)
        relief_tensor_free(outputs[i]);
    free(outputs);
    return status;
}

/* The total of this type, begun when there is none yet. */
static type_total *find_total(network_bench *b, const char *type) {
    for (int i = 0; i < b->type_count; i++)
        if (b->types[i].type && !strcmp(b->types[i].type, type))
            return &b->types[i];
    b->types[b->type_count].type = type;
    return &b->types[b->type_count++];
}

/* Sort the rows, and put those of one type together. */
static bool sum_up(network_bench *b, const relief_profile *profile) {
    b->node_count = relief_profile_row_count(profile);
    b->nodes = calloc((size_t)b->node_count + 1, sizeof(*b->nodes));
    b->types = calloc((size_t)b->node_count + 1, sizeof(*b->types));
    if (!b->nodes || !b->types)
        return false;
    for (int i = 0; i < b->node_count; i++) {
        relief_profile_row *row = &b->nodes[i];
        row->struct_size = sizeof(*row);
        if (!relief_profile_get_row(profile, i, row))
            return false;
        type_total *total = find_total(b, row->type ? row->type : "");
        total->nodes++;
        total->ms += row->ms;
        total->gflop += row->gflop;
        b->profiled_ms += row->ms;
        b->gflop += row->gflop;
        b->conversions += row->conversions;
        b->host_nodes += row->on_host;
    }
    qsort(b->nodes, (size_t)b->node_count, sizeof(*b->nodes), compare_rows);
    qsort(b->types, (size_t)b->type_count, sizeof(*b->types), compare_totals);
    return true;
}

static double share(const network_bench *b, double ms) {
    return b->profiled_ms > 0 ? ms / b->profiled_ms : 0;
}

/* 10^9 operations a second of the whole network. */
static double speed(const network_bench *b) {
    return b->median_ms > 0 ? b->gflop / b->median_ms * 1000 : 0;
}

static json_t *row_json(const network_bench *b, const char *type, double ms, double gflop) {
    json_t *entry = json_object();
    json_object_set_new(entry, "type", rl_cli_json_text(type));
    json_object_set_new(entry, "ms", rl_cli_json_number(ms, 4));
    json_object_set_new(entry, "share", rl_cli_json_number(share(b, ms), 4));
    json_object_set_new(entry, "gflop", rl_cli_json_number(gflop, 4));
    return entry;
}

static void add_rows(json_t *object, const network_bench *b, bool verbose) {
    json_t *types = json_array(), *nodes = json_array();
    for (int i = 0; i < b->type_count; i++) {
        const type_total *total = &b->types[i];
        json_t *entry = row_json(b, total->type, total->ms, total->gflop);
        json_object_set_new(entry, "count", json_integer(total->nodes));
        json_array_append_new(types, entry);
    }
    for (int i = 0; i < b->node_count && verbose; i++) {
        const relief_profile_row *row = &b->nodes[i];
        json_t *entry = row_json(b, row->type, row->ms, row->gflop);
        json_object_set_new(entry, "name", rl_cli_json_text(row->name));
        json_object_set_new(entry, "conversions", json_integer(row->conversions));
        json_object_set_new(entry, "on_host", json_boolean(row->on_host));
        json_array_append_new(nodes, entry);
    }
    json_object_set_new(object, "ops", types);
    if (verbose)
        json_object_set_new(object, "nodes", nodes);
    else
        json_decref(nodes);
}

static void print_json(rl_cli *cli, const network_bench *b) {
    json_t *object = json_object();
    json_object_set_new(object, "model", rl_cli_json_text(b->info.name));
    json_object_set_new(object, "network_width", json_integer(b->width));
    json_object_set_new(object, "network_height", json_integer(b->height));
    json_object_set_new(object, "backend", rl_cli_json_text(b->info.backend));
    json_object_set_new(object, "precision", rl_cli_json_text(b->info.precision));
    json_object_set_new(object, "instruction_set", rl_cli_json_text(b->info.instruction_set));
    json_object_set_new(object, "threads", json_integer(relief_ctx_threads(cli->ctx)));
    json_object_set_new(object, "runs", json_integer(b->runs));
    json_object_set_new(object, "median_ms", rl_cli_json_number(b->median_ms, 3));
    json_object_set_new(object, "min_ms", rl_cli_json_number(b->ms[0], 3));
    json_object_set_new(object, "first_ms", rl_cli_json_number(b->first_ms, 3));
    json_object_set_new(object, "load_ms", rl_cli_json_number(b->load_ms, 3));
    json_object_set_new(object, "cached_mb",
                        rl_cli_json_number((double)b->info.cached_bytes / 1e6, 2));
    json_object_set_new(object, "peak_rss_mb", rl_cli_json_number(b->rss_mb, 2));
    json_object_set_new(object, "network_mb", rl_cli_json_number(b->rss_mb - b->before_mb, 2));
    json_object_set_new(object, "weights_mb",
                        rl_cli_json_number((double)b->info.weight_bytes / 1e6, 2));
    json_object_set_new(object, "live_mb", rl_cli_json_number((double)b->info.live_bytes / 1e6, 2));
    json_object_set_new(object, "gflop", rl_cli_json_number(b->gflop, 4));
    json_object_set_new(object, "gflop_per_s", rl_cli_json_number(speed(b), 2));
    json_object_set_new(object, "conversions", json_integer(b->conversions));
    json_object_set_new(object, "on_host", json_integer(b->host_nodes));
    add_rows(object, b, cli->options.verbose);
    rl_cli_print_json(object);
}

static void print_figures(const network_bench *b, double ms, double gflop) {
    printf("%10.3f %6.1f %% %9.3f %9.1f", ms, 100 * share(b, ms), gflop,
           ms > 0 ? gflop / ms * 1000 : 0);
}

static void print_text(rl_cli *cli, const network_bench *b) {
    rl_cli_put(b->info.name);
    printf(", %lld x %lld, %s, %s, %d threads, %d runs\n", (long long)b->width,
           (long long)b->height, b->info.backend, b->info.precision, relief_ctx_threads(cli->ctx),
           b->runs);
    printf("median %.2f ms, least %.2f ms, first %.2f ms, load %.2f ms\n", b->median_ms, b->ms[0],
           b->first_ms, b->load_ms);
    printf("%.1f MB resident, %.1f of them for the network: weights of %.1f, values of %.1f\n",
           b->rss_mb, b->rss_mb - b->before_mb, (double)b->info.weight_bytes / 1e6,
           (double)b->info.live_bytes / 1e6);
    printf("%.2f Gflop, %.1f Gflop/s; %d changes of layout, %d nodes by plain kernels\n", b->gflop,
           speed(b), b->conversions, b->host_nodes);
    printf("%-24s %5s %10s %8s %9s %9s\n", "operator", "count", "ms", "share", "Gflop", "Gflop/s");
    for (int i = 0; i < b->type_count; i++) {
        printf("%-24.24s %5d ", b->types[i].type, b->types[i].nodes);
        print_figures(b, b->types[i].ms, b->types[i].gflop);
        putchar('\n');
    }
    if (!cli->options.verbose)
        return;
    printf("%-30s %10s %8s %9s %9s\n", "slowest nodes", "ms", "share", "Gflop", "Gflop/s");
    for (int i = 0; i < b->node_count && i < NODES_SHOWN; i++) {
        printf("%-30.30s ", b->nodes[i].type);
        print_figures(b, b->nodes[i].ms, b->nodes[i].gflop);
        printf("  %s", b->nodes[i].on_host ? "(plain) " : "");
        rl_cli_put(b->nodes[i].name);
        putchar('\n');
    }
}

/* The first run, which makes the plan; then the measured ones; then those that are looked into. */
static relief_status measure(rl_cli *cli, const relief_model *model, network_bench *b,
                             relief_profile *profile) {
    relief_tensor *input = NULL;
    relief_status status = make_input(cli, model, &input);
    if (!status) {
        b->height = relief_tensor_dims(input)[2];
        b->width = relief_tensor_dims(input)[3];
        status = run_once(cli, model, input, NULL, &b->first_ms);
    }
    for (int i = 0; i < b->runs && !status; i++)
        status = run_once(cli, model, input, NULL, &b->ms[i]);
    b->rss_mb = (double)relief_memory().peak_rss_bytes / 1e6;
    for (int i = 0; i < b->runs && i < MOST_PROFILED_RUNS && !status; i++)
        status = run_once(cli, model, input, profile, NULL);
    relief_tensor_free(input);
    return status;
}

/* Measure a loaded network and print what came out. */
static int report_network(rl_cli *cli, const relief_model *model, double load_ms,
                          double before_mb) {
    network_bench b = {.load_ms = load_ms,
                       .before_mb = before_mb,
                       .runs = cli->options.runs ? (int)cli->options.runs : DEFAULT_RUNS,
                       .info = RELIEF_OPTIONS_INIT(relief_model_info)};
    relief_profile *profile = NULL;
    int code = EXIT_ALL_DONE;
    b.ms = calloc((size_t)b.runs, sizeof(*b.ms));
    relief_status status = b.ms ? relief_profile_new(cli->ctx, &profile) : RELIEF_ERROR_MEMORY;
    if (!status)
        status = measure(cli, model, &b, profile);
    if (status) {
        code = rl_cli_failed(cli, cli->options.model ? cli->options.model : "", status);
    } else if (!sum_up(&b, profile)) {
        code = rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    } else {
        b.median_ms = rl_cli_median(b.ms, b.runs);
        relief_model_get_info(model, &b.info);
        rl_cli_progress_clear(cli);
        if (cli->options.json)
            print_json(cli, &b);
        else
            print_text(cli, &b);
    }
    relief_profile_free(profile);
    free(b.nodes);
    free(b.types);
    free(b.ms);
    return code;
}

int rl_cli_bench_network(rl_cli *cli) {
    relief_model *model = NULL;
    relief_memory_reset_peak();
    const double before_mb = (double)relief_memory().peak_rss_bytes / 1e6;
    double start = relief_now();
    relief_status status = rl_cli_open_model(cli, &model);
    double load_ms = (relief_now() - start) * 1000;
    if (status)
        return rl_cli_failed(cli, "", status);
    rl_cli_progress_notes(cli, false);
    int code = EXIT_ALL_DONE;
    if (relief_model_input_count(model) == 1)
        code = report_network(cli, model, load_ms, before_mb);
    else
        code =
            rl_cli_fault(cli, EXIT_INPUT, "unsupported",
                         "%s: a network with %d inputs (relief model run takes tensors for each)",
                         cli->options.model, relief_model_input_count(model));
    rl_cli_close_model(cli, model);
    return code;
}
