/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to put several pictures through a network at once, beside one after the other.
 *
 *   batch_size NETWORK.onnx WIDTH HEIGHT [PRECISION]
 *
 * One thread, as a worker of `relief depth` has. The batches take turns, so that whatever else runs
 * on the machine is in all of them. Prints a line for each: pictures at once, and the least and the
 * median milliseconds a picture. */
#include "relief/relief.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCHES = 4, TURNS = 15, CHANNELS = 3 };
static const int64_t batches[BATCHES] = {1, 2, 4, 8};

typedef struct bench {
    relief_ctx *ctx;
    relief_model *model;
    relief_tensor *inputs[BATCHES];
    double ms[BATCHES][TURNS]; /* a picture */
} bench;

static relief_status make_input(bench *b, int which, int width, int height) {
    const int64_t dims[] = {batches[which], CHANNELS, height, width};
    relief_status status = relief_tensor_new(b->ctx, RELIEF_F32, 4, dims, &b->inputs[which]);
    if (status)
        return status;
    float *x = relief_tensor_data(b->inputs[which]);
    uint32_t seed = 1;
    for (size_t i = 0; i < relief_tensor_bytes(b->inputs[which]) / sizeof(*x); i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return RELIEF_OK;
}

static relief_status run(bench *b, int which, double *ms) {
    relief_tensor *output = NULL;
    const double start = relief_now();
    relief_status status = relief_model_run(b->ctx, b->model, &b->inputs[which], &output);
    *ms = (relief_now() - start) * 1000 / (double)batches[which];
    relief_tensor_free(output);
    return status;
}

static relief_status measure(bench *b, const char *path, int width, int height,
                             const char *precision) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_model_options model = RELIEF_OPTIONS_INIT(relief_model_options);
    double first;
    options.threads = 1;
    model.precision = precision;
    relief_status status = relief_ctx_new(&options, &b->ctx);
    if (!status)
        status = relief_model_load(b->ctx, path, &model, &b->model);
    for (int i = 0; i < BATCHES && !status; i++) {
        status = make_input(b, i, width, height);
        if (!status)
            status = run(b, i, &first); /* makes the plan */
    }
    for (int turn = 0; turn < TURNS && !status; turn++)
        for (int i = 0; i < BATCHES && !status; i++)
            status = run(b, i, &b->ms[i][turn]);
    return status;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    bench b = {0};
    if (argc < 4) {
        fprintf(stderr, "usage: batch_size NETWORK.onnx WIDTH HEIGHT [PRECISION]\n");
        return 2;
    }
    const relief_status status = measure(&b, argv[1], (int)strtol(argv[2], NULL, 10),
                                         (int)strtol(argv[3], NULL, 10), argc > 4 ? argv[4] : NULL);
    if (status)
        fprintf(stderr, "batch_size: %s\n", b.ctx ? relief_last_error(b.ctx) : "out of memory");
    for (int i = 0; i < BATCHES && !status; i++) {
        qsort(b.ms[i], TURNS, sizeof(double), compare);
        printf("%d %.2f %.2f\n", (int)batches[i], b.ms[i][0], b.ms[i][TURNS / 2]);
    }
    for (int i = 0; i < BATCHES; i++)
        relief_tensor_free(b.inputs[i]);
    relief_model_free(b.model);
    relief_ctx_free(b.ctx);
    return status ? 1 : 0;
}
