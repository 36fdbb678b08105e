/* SPDX-License-Identifier: Apache-2.0 */
/* Time Winograd's convolution beside the library's kernels on this machine and write
 * src/nn/onednn/winograd_table.h to standard output; what was measured goes to standard error.
 *
 * One thread, the least of several runs: what else the machine does makes runs longer, never
 * shorter. Before each the caches are filled with something else, since the weights of a network
 * that is run from end to end come from memory. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "nn/onednn/conv_winograd.h"
#include "nn/onednn/winograd_table.h"
#include "nn/tensor.h"

enum { SIDES = 6, RUNS = 9, MOST_CHANNELS = 1024, MOST_PIXELS = 128 * 128, CACHES = 64 << 20 };
static const int64_t sides[SIDES] = {4, 8, 16, 32, 64, 128};
static const double MOST_WORK = 2.5e9; /* multiplications of one measurement */

/* Zero-filled memory for all sizes; how long a run takes does not depend on the numbers. */
typedef struct tune_memory {
    void *source, *weights, *packed, *destination, *scratch, *other;
} tune_memory;

typedef struct tune {
    relief_ctx *ctx;
    rl_dnnl *dnnl;
    tune_memory memory;
} tune;

static void stop(tune *t, const char *what) {
    fprintf(stderr, "tune: %s: %s\n", what, relief_last_error(t->ctx));
    exit(1);
}

static rl_dnnl_conv_spec spec_for(relief_dtype type, int64_t channels, int64_t side) {
    return (rl_dnnl_conv_spec){.batch = 1,
                               .in_channels = channels,
                               .out_channels = channels,
                               .groups = 1,
                               .in_size = {side, side},
                               .out_size = {side, side},
                               .kernel = {3, 3},
                               .stride = {1, 1},
                               .dilation = {1, 1},
                               .pad_begin = {1, 1},
                               .pad_end = {1, 1},
                               .in_block = RL_WINOGRAD_LANES,
                               .out_block = RL_WINOGRAD_LANES,
                               .in_type = type,
                               .out_type = type,
                               .bias = true};
}

/* Milliseconds of the fastest of RUNS calls. */
static double time_library(tune *t, const rl_dnnl_conv_spec *spec) {
    rl_dnnl_conv *conv = NULL;
    double least = 1e9;
    if (rl_dnnl_conv_new(t->ctx, t->dnnl, spec, &conv) || !conv)
        stop(t, "the library has no kernel");
    const rl_dnnl_conv_data data = {t->memory.source, t->memory.packed, t->memory.weights,
                                    t->memory.destination, t->memory.scratch};
    for (int i = 0; i < RUNS; i++) {
        memset(t->memory.other, i, CACHES);
        const double start = relief_now();
        if (rl_dnnl_conv_run(t->ctx, conv, &data))
            stop(t, "a run failed");
        const double ms = (relief_now() - start) * 1000;
        least = ms < least ? ms : least;
    }
    rl_dnnl_conv_free(conv);
    return least;
}

static double time_winograd(tune *t, const rl_dnnl_conv_spec *spec, int side) {
    double least = 1e9;
    const rl_winograd_data data = {.source = t->memory.source,
                                   .packed = t->memory.packed,
                                   .bias = t->memory.weights,
                                   .destination = t->memory.destination,
                                   .scratch = t->memory.scratch};
    for (int i = 0; i < RUNS; i++) {
        memset(t->memory.other, i, CACHES);
        const double start = relief_now();
        rl_winograd_run(t->ctx, spec, side, &data);
        const double ms = (relief_now() - start) * 1000;
        least = ms < least ? ms : least;
    }
    return least;
}

/* The least number of tiles of this side from which on they are faster at all that is measured; 0:
 * none. Tiles of 2x2 are measured against the library, those of 4x4 against both. */
static int64_t find_least(tune *t, relief_dtype type, int side, int64_t channels) {
    int64_t least = 0;
    for (int i = 0; i < SIDES; i++) {
        const rl_dnnl_conv_spec spec = spec_for(type, channels, sides[i]);
        if ((double)(channels * channels * 9 * sides[i] * sides[i]) > MOST_WORK)
            break;
        double other = time_library(t, &spec);
        if (side == 4)
            other = fmin(other, time_winograd(t, &spec, 2));
        const double ms = time_winograd(t, &spec, side);
        const int64_t tiles = sides[i] / side * (sides[i] / side);
        fprintf(stderr, "%s %4d channels %5d tiles: others %8.3f ms, of %dx%d %8.3f ms\n",
                type == RELIEF_BF16 ? "bf16" : "f32 ", (int)channels, (int)tiles, other, side, side,
                ms);
        if (ms >= other)
            least = 0;
        else if (!least)
            least = tiles;
    }
    return least;
}

static void print_row(tune *t, relief_dtype type, int side) {
    printf("{");
    for (int i = 0; i < RL_WINOGRAD_CLASSES; i++)
        printf("%" PRId64 "%s", find_least(t, type, side, (int64_t)RL_WINOGRAD_LEAST << i),
               i + 1 < RL_WINOGRAD_CLASSES ? ", " : "");
    printf("}");
}

/* What /proc/cpuinfo calls the processor. */
static void print_machine(void) {
    char line[256], model[200] = "unknown processor", date[16] = "";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %199[^\n]", model) == 1)
            break;
    if (file)
        fclose(file);
    const time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts))
        strftime(date, sizeof date, "%Y-%m-%d", &parts);
    printf("/* Made by `make tune` on %s, %s, %s. */\n", model, rl_dnnl_instruction_set(), date);
}

static void *room(tune *t, size_t bytes) {
    void *memory = rl_calloc(bytes, 1);
    if (!memory)
        stop(t, "out of memory");
    return memory;
}

int main(void) {
    tune t = {0};
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = 1;
    if (relief_ctx_new(&options, &t.ctx) || rl_dnnl_open(t.ctx, &t.dnnl))
        stop(&t, "no context");
    if (!rl_winograd_fast(RELIEF_BF16, 2))
        stop(&t, "this processor has no bf16");
    const size_t picture = (size_t)MOST_PIXELS * 128 * sizeof(float);
    const size_t weights =
        (size_t)MOST_CHANNELS * MOST_CHANNELS * RL_WINOGRAD_MOST_POSITIONS * sizeof(float);
    t.memory = (tune_memory){room(&t, picture), room(&t, MOST_CHANNELS * sizeof(float)),
                             room(&t, weights), room(&t, picture),
                             room(&t, picture), room(&t, CACHES)};
    printf("/* SPDX-License-Identifier: Apache-2.0 */\n");
    print_machine();
    printf("#ifndef RELIEF_NN_ONEDNN_WINOGRAD_TABLE_H\n"
           "#define RELIEF_NN_ONEDNN_WINOGRAD_TABLE_H\n\n"
           "#include <stdint.h>\n\n"
           "#define RL_WINOGRAD_LEAST %d  /* channels of the first column; twice as many in each "
           "further one */\n"
           "#define RL_WINOGRAD_CLASSES %d /* columns */\n\n"
           "/* Tiles of 2x2 pixels from which on it is faster; 0: never. */\n"
           "static const int64_t least_tiles[2][RL_WINOGRAD_CLASSES] = {\n",
           RL_WINOGRAD_LEAST, RL_WINOGRAD_CLASSES);
    print_row(&t, RELIEF_F32, 2);
    printf(", /* f32 */\n");
    print_row(&t, RELIEF_BF16, 2);
    printf(
        ", /* bf16 */\n};\n\n"
        "/* In f32, tiles of 4x4 pixels from which on those are faster than the smaller ones. */\n"
        "static const int64_t least_large_tiles[RL_WINOGRAD_CLASSES] = ");
    print_row(&t, RELIEF_F32, 4);
    printf(";\n\n#endif\n");
    void *const all[] = {t.memory.source,      t.memory.weights, t.memory.packed,
                         t.memory.destination, t.memory.scratch, t.memory.other};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rl_free(all[i]);
    rl_dnnl_close(t.dnnl);
    relief_ctx_free(t.ctx);
    return 0;
}
