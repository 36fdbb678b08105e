/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/conv_winograd.h"

#include <string.h>

#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/onednn/winograd_table.h"
#include "nn/tensor.h"

enum {
    LANES = RL_WINOGRAD_LANES,
    POSITIONS = RL_WINOGRAD_POSITIONS,
    COLUMNS = RL_WINOGRAD_COLUMNS,
    ROOM = 640 << 10, /* bytes of transformed tiles: much of a second-level cache */
    PACK_GRAIN = 128  /* source channels packed by one thread: 36 thousand weights */
};

/* Sizes that follow from a spec. */
typedef struct winograd_sizes {
    int64_t in_blocks, out_blocks, depth, column_groups; /* depth: channels with the filling */
    int64_t tiles_down, tiles_across, tiles;             /* of one picture */
    int64_t chunk;                                       /* most tiles that are worked on at once */
    size_t bytes;                                        /* of an element of the source */
} winograd_sizes;

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static winograd_sizes sizes_of(const rl_dnnl_conv_spec *spec) {
    winograd_sizes s = {.in_blocks = ceil_div(spec->in_channels, LANES),
                        .out_blocks = ceil_div(spec->out_channels, LANES),
                        .column_groups = ceil_div(spec->out_channels, COLUMNS),
                        .tiles_down = ceil_div(spec->out_size[0], 2),
                        .tiles_across = ceil_div(spec->out_size[1], 2)};
    s.depth = s.in_blocks * LANES;
    s.tiles = s.tiles_down * s.tiles_across;
    s.bytes = rl_dtype_size(spec->in_type);
    s.chunk = ROOM / (POSITIONS * s.depth * (int64_t)s.bytes) / RL_WINOGRAD_ROWS;
    s.chunk = (s.chunk < 1 ? 1 : s.chunk > 4 ? 4 : s.chunk) * RL_WINOGRAD_ROWS;
    return s;
}

/* The row of winograd_table.h for the lesser number of channels. */
static int channel_class(const rl_dnnl_conv_spec *spec) {
    int64_t least = spec->in_channels < spec->out_channels ? spec->in_channels : spec->out_channels;
    int row = 0;
    for (least /= RL_WINOGRAD_LEAST; least > 1 && row < RL_WINOGRAD_CLASSES - 1; least /= 2)
        row++;
    return row;
}

bool rl_winograd_fits(const rl_dnnl_conv_spec *spec) {
    bool dense = spec->groups == 1 && rl_winograd_fast(spec->in_type);
    for (int i = 0; i < 2; i++)
        dense = dense && spec->kernel[i] == 3 && spec->stride[i] == 1 && spec->dilation[i] == 1;
    if (!dense || spec->in_channels < RL_WINOGRAD_LEAST || spec->out_channels < RL_WINOGRAD_LEAST)
        return false;
    const int64_t tiles = least_tiles[spec->in_type == RELIEF_BF16][channel_class(spec)];
    return tiles && sizes_of(spec).tiles >= tiles;
}

/* ---- weights ---- */

size_t rl_winograd_weight_bytes(const rl_dnnl_conv_spec *spec) {
    const winograd_sizes s = sizes_of(spec);
    return (size_t)(s.column_groups * POSITIONS * s.depth * COLUMNS) * s.bytes;
}

typedef struct pack_job {
    const rl_dnnl_conv_spec *spec;
    const float *weights;
    char *packed;
} pack_job;

/* G g G^T with G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1], for a group of columns at once. */
RL_EVERY_WIDTH static void transform_weights(float g[restrict 9][COLUMNS],
                                             float out[restrict POSITIONS][COLUMNS]) {
    float half[4][3][COLUMNS];
    for (int x = 0; x < 3; x++)
        for (int m = 0; m < COLUMNS; m++) {
            const float a = g[x][m], b = g[3 + x][m], c = g[6 + x][m];
            half[0][x][m] = a;
            half[1][x][m] = (a + b + c) * 0.5f;
            half[2][x][m] = (a - b + c) * 0.5f;
            half[3][x][m] = c;
        }
    for (int y = 0; y < 4; y++)
        for (int m = 0; m < COLUMNS; m++) {
            const float a = half[y][0][m], b = half[y][1][m], c = half[y][2][m];
            out[y * 4][m] = a;
            out[y * 4 + 1][m] = (a + b + c) * 0.5f;
            out[y * 4 + 2][m] = (a - b + c) * 0.5f;
            out[y * 4 + 3][m] = c;
        }
}

/* Weights of source channel c for a group of results; zeros for results that do not exist. */
static void read_group(const pack_job *job, int64_t group, int64_t c, float g[9][COLUMNS]) {
    const int64_t ins = job->spec->in_channels, first = group * COLUMNS;
    const int64_t rest = job->spec->out_channels - first;
    memset(g, 0, 9 * sizeof *g);
    for (int64_t m = 0; m < rest && m < COLUMNS; m++)
        for (int k = 0; k < 9; k++)
            g[k][m] = job->weights[((first + m) * ins + c) * 9 + k];
}

/* Items are source channels of column groups. Packed: (column group, position, source channel,
 * column), in bfloat16 (column group, position, pair of source channels, column, 2). */
static void pack_channels(void *arg, size_t begin, size_t end) {
    const pack_job *job = arg;
    const winograd_sizes s = sizes_of(job->spec);
    const int64_t ins = job->spec->in_channels, matrix = s.depth * COLUMNS;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t group = i / ins, c = i % ins;
        float g[9][COLUMNS], u[POSITIONS][COLUMNS];
        char *to = job->packed + (size_t)(group * POSITIONS * matrix) * s.bytes;
        read_group(job, group, c, g);
        transform_weights(g, u);
        for (int p = 0; p < POSITIONS; p++) {
            if (job->spec->in_type != RELIEF_BF16) {
                memcpy((float *)(void *)to + p * matrix + c * COLUMNS, u[p], sizeof u[p]);
                continue;
            }
            rl_bf16 *pair = (rl_bf16 *)(void *)to + p * matrix + c / 2 * 2 * COLUMNS + c % 2;
            for (int m = 0; m < COLUMNS; m++)
                pair[2 * m] = rl_bf16_narrow(u[p][m]);
        }
    }
}

void rl_winograd_pack(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const float *weights,
                      void *packed) {
    pack_job job = {spec, weights, packed};
    const int64_t groups = sizes_of(spec).column_groups;
    rl_parallel(ctx, (size_t)(groups * spec->in_channels), PACK_GRAIN, pack_channels, &job);
}

/* ---- one chunk of tiles ---- */

typedef struct winograd_job {
    const rl_dnnl_conv_spec *spec;
    const rl_winograd_data *data;
    winograd_sizes sizes;
    const rl_winograd_steps *steps;
    int64_t chunks, slices; /* of one picture; of the column groups */
    int64_t workers;
    size_t room; /* of each worker */
    rl_shares pieces;
} winograd_job;

/* What a worker computes in: source tiles (position, tile, depth), products (position, tile,
 * 32). */
typedef struct winograd_room {
    char *tiles;
    float *products;
} winograd_room;

static void transform_source(const winograd_job *job, int64_t picture, int64_t first, int64_t count,
                             char *to) {
    const rl_dnnl_conv_spec *spec = job->spec;
    const winograd_sizes *s = &job->sizes;
    const int64_t height = spec->in_size[0], width = spec->in_size[1];
    rl_winograd_tile tile = {.block_step = height * width * LANES, .blocks = s->in_blocks};
    const char *source = (const char *)job->data->source +
                         (size_t)(picture * s->in_blocks * tile.block_step) * s->bytes;
    for (int64_t t = 0; t < count; t++) {
        const int64_t top = (first + t) / s->tiles_across * 2 - spec->pad_begin[0];
        const int64_t left = (first + t) % s->tiles_across * 2 - spec->pad_begin[1];
        for (int i = 0; i < 16; i++) {
            const int64_t y = top + i / 4, x = left + i % 4;
            const bool exists = y >= 0 && y < height && x >= 0 && x < width;
            tile.pixels[i] = exists ? source + (size_t)((y * width + x) * LANES) * s->bytes : NULL;
        }
        job->steps->transform(&tile, to + (size_t)(t * s->depth) * s->bytes, s->chunk * s->depth);
    }
}

/* Columns [begin, end), in groups, of tiles [first, first + count). */
typedef struct winograd_piece {
    int64_t picture, first, count, begin, end;
} winograd_piece;

static void write_block(const winograd_job *job, const winograd_piece *piece, int64_t block,
                        const float *products) {
    const rl_dnnl_conv_spec *spec = job->spec;
    const winograd_sizes *s = &job->sizes;
    const int64_t height = spec->out_size[0], width = spec->out_size[1];
    const int64_t rest = spec->out_channels - block * LANES;
    const int64_t panel = (piece->picture * s->out_blocks + block) * height * width;
    rl_winograd_place place = {.row_step = width * LANES, .used = rest < LANES ? (int)rest : LANES};
    for (int64_t t = 0; t < piece->count; t++) {
        const int64_t top = (piece->first + t) / s->tiles_across * 2;
        const int64_t left = (piece->first + t) % s->tiles_across * 2;
        place.at = (panel + top * width + left) * LANES;
        place.rows = top + 1 < height ? 2 : 1;
        place.columns = left + 1 < width ? 2 : 1;
        job->steps->finish(job->data, products + t * COLUMNS, s->chunk * COLUMNS,
                           job->data->bias + block * LANES, &place, spec->out_type == RELIEF_BF16);
    }
}

static void do_piece(const winograd_job *job, const winograd_piece *piece, winograd_room room) {
    const winograd_sizes *s = &job->sizes;
    const int64_t count = piece->count, matrix = s->depth * COLUMNS, blocks = COLUMNS / LANES;
    /* Rows in even shares, so that the last product is not of a few alone. */
    const int64_t share = ceil_div(count, ceil_div(count, RL_WINOGRAD_ROWS));
    transform_source(job, piece->picture, piece->first, count, room.tiles);
    for (int64_t group = piece->begin; group < piece->end; group++) {
        const char *weights =
            (const char *)job->data->packed + (size_t)(group * POSITIONS * matrix) * s->bytes;
        for (int64_t p = 0; p < POSITIONS; p++) {
            const int64_t base = p * s->chunk;
            for (int64_t row = 0; row < count; row += share)
                job->steps->multiply(room.tiles + (size_t)((base + row) * s->depth) * s->bytes,
                                     s->depth, weights + (size_t)(p * matrix) * s->bytes, s->depth,
                                     room.products + (base + row) * COLUMNS,
                                     (int)(count - row < share ? count - row : share));
        }
        for (int64_t b = 0; b < blocks && group * blocks + b < s->out_blocks; b++)
            write_block(job, piece, group * blocks + b, room.products + b * LANES);
    }
}

/* Workers, each with a room of its own. */
static void do_workers(void *arg, size_t begin, size_t end) {
    winograd_job *job = arg;
    const winograd_sizes *s = &job->sizes;
    for (size_t w = begin; w < end; w++) {
        char *memory = job->data->scratch + w * job->room;
        const winograd_room room = {
            memory,
            (float *)(void *)(memory + (size_t)(POSITIONS * s->chunk * s->depth) * s->bytes)};
        for (size_t item; rl_shares_take(&job->pieces, (int)w, &item);) {
            const int64_t chunk = (int64_t)item / job->slices, n = chunk % job->chunks;
            const int64_t slice = (int64_t)item % job->slices;
            const int64_t first = s->tiles * n / job->chunks;
            const winograd_piece piece = {.picture = chunk / job->chunks,
                                          .first = first,
                                          .count = s->tiles * (n + 1) / job->chunks - first,
                                          .begin = s->column_groups * slice / job->slices,
                                          .end = s->column_groups * (slice + 1) / job->slices};
            do_piece(job, &piece, room);
        }
    }
}

/* As many pieces as keep all workers busy to the end: more chunks of tiles while they are not too
 * low for the products, else slices of columns, for which tiles are transformed more than once. */
static void cut(winograd_job *job) {
    const int64_t least = ceil_div(job->sizes.tiles, job->sizes.chunk), batch = job->spec->batch;
    int64_t even = least;
    while (batch * even % job->workers)
        even++;
    job->chunks = job->sizes.tiles / even >= RL_WINOGRAD_ROWS ? even : least;
    job->slices = 1;
    while (job->slices < job->sizes.column_groups &&
           batch * job->chunks * job->slices < job->workers)
        job->slices++;
}

static size_t room_bytes(const winograd_sizes *s) {
    return (size_t)(POSITIONS * s->chunk) * ((size_t)s->depth * s->bytes + COLUMNS * sizeof(float));
}

size_t rl_winograd_scratch_bytes(relief_ctx *ctx, const rl_dnnl_conv_spec *spec) {
    const winograd_sizes s = sizes_of(spec);
    return room_bytes(&s) * (size_t)relief_ctx_threads(ctx);
}

void rl_winograd_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const rl_winograd_data *data) {
    winograd_job job = {.spec = spec,
                        .data = data,
                        .sizes = sizes_of(spec),
                        .steps = rl_winograd_fast(spec->in_type),
                        .workers = relief_ctx_threads(ctx)};
    job.room = room_bytes(&job.sizes);
    cut(&job);
    rl_shares_start(&job.pieces, (int)job.workers, (size_t)(spec->batch * job.chunks * job.slices));
    rl_parallel(ctx, (size_t)job.workers, 1, do_workers, &job);
}
