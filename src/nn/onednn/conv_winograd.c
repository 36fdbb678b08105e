/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/conv_winograd.h"

#include <math.h>
#include <string.h>

#include "base/threads.h"
#include "nn/onednn/winograd_table.h"
#include "nn/tensor.h"

enum {
    LANES = RL_WINOGRAD_LANES,
    COLUMNS = RL_WINOGRAD_COLUMNS,
    MOST_POSITIONS = RL_WINOGRAD_MOST_POSITIONS,
    ROOM = 640 << 10, /* bytes of transformed tiles: much of a second-level cache */
    PACK_GRAIN = 64   /* pairs of source channels packed by one thread: 36 thousand weights */
};

/* Sizes that follow from a spec and the side of tiles. */
typedef struct winograd_sizes {
    int64_t side, source_side, positions;                /* of tiles */
    int64_t in_blocks, out_blocks, depth, column_groups; /* depth: channels with the filling */
    int64_t tiles_down, tiles_across, tiles;             /* of one picture */
    int64_t chunk;                                       /* most tiles that are worked on at once */
    size_t bytes;                                        /* of an element of the source */
} winograd_sizes;

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static winograd_sizes sizes_of(const rl_dnnl_conv_spec *spec, int side) {
    winograd_sizes s = {.side = side,
                        .source_side = side + 2,
                        .positions = (side + 2) * (side + 2),
                        .in_blocks = ceil_div(spec->in_channels, LANES),
                        .out_blocks = ceil_div(spec->out_channels, LANES),
                        .column_groups = ceil_div(spec->out_channels, COLUMNS),
                        .tiles_down = ceil_div(spec->out_size[0], side),
                        .tiles_across = ceil_div(spec->out_size[1], side)};
    s.depth = s.in_blocks * LANES;
    s.tiles = s.tiles_down * s.tiles_across;
    s.bytes = rl_dtype_size(spec->in_type);
    s.chunk = ROOM / (s.positions * s.depth * (int64_t)s.bytes) / RL_WINOGRAD_ROWS;
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

int rl_winograd_side(const rl_dnnl_conv_spec *spec) {
    bool dense = spec->groups == 1 && rl_winograd_fast(spec->in_type, 2);
    for (int i = 0; i < 2; i++)
        dense = dense && spec->kernel[i] == 3 && spec->stride[i] == 1 && spec->dilation[i] == 1;
    if (!dense || spec->in_channels < RL_WINOGRAD_LEAST || spec->out_channels < RL_WINOGRAD_LEAST)
        return 0;
    const int row = channel_class(spec);
    const int64_t large = least_large_tiles[row];
    if (spec->in_type == RELIEF_F32 && large && sizes_of(spec, 4).tiles >= large)
        return 4;
    const int64_t small = least_tiles[spec->in_type == RELIEF_BF16][row];
    return small && sizes_of(spec, 2).tiles >= small ? 2 : 0;
}

/* ---- weights ---- */

size_t rl_winograd_weight_bytes(const rl_dnnl_conv_spec *spec, int side) {
    const winograd_sizes s = sizes_of(spec, side);
    return (size_t)(s.column_groups * s.positions * s.depth * COLUMNS) * s.bytes;
}

/* G for tiles of 2x2, and for those of 4x4: at each point p the numbers 1, p, p^2, over the product
 * of the point's distances from the other ones. */
static void fill_matrix(int side, float g[6][3]) {
    static const float small[4][3] = {
        {1, 0, 0}, {0.5f, 0.5f, 0.5f}, {0.5f, -0.5f, 0.5f}, {0, 0, 1}};
    if (side == 2) {
        memcpy(g, small, sizeof small);
        return;
    }
    const double near = RL_WINOGRAD_NEAR, far = RL_WINOGRAD_FAR;
    const double points[] = {0, near, -near, far, -far};
    for (int i = 0; i < 5; i++) {
        double product = 1;
        for (int k = 0; k < 5; k++)
            product *= k == i ? 1 : points[i] - points[k];
        for (int k = 0; k < 3; k++)
            g[i][k] = (float)(pow(points[i], k) / product);
    }
    g[5][0] = g[5][1] = 0;
    g[5][2] = 1;
}

/* Weights of one source channel for the columns of a group, (9, columns), and what becomes of them,
 * (positions, columns): G w G^T. */
typedef struct weight_columns {
    float w[9][COLUMNS], u[MOST_POSITIONS][COLUMNS];
} weight_columns;

RL_EVERY_WIDTH static void transform_weights(const float g[6][3], int64_t n, weight_columns *c) {
    float half[6][3][COLUMNS];
    for (int64_t i = 0; i < n; i++)
        for (int x = 0; x < 3; x++)
            for (int m = 0; m < COLUMNS; m++)
                half[i][x][m] =
                    g[i][0] * c->w[x][m] + g[i][1] * c->w[3 + x][m] + g[i][2] * c->w[6 + x][m];
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++)
            for (int m = 0; m < COLUMNS; m++)
                c->u[i * n + k][m] =
                    g[k][0] * half[i][0][m] + g[k][1] * half[i][1][m] + g[k][2] * half[i][2][m];
}

RL_EVERY_WIDTH static void narrow_pairs(const float *a, const float *b, rl_bf16 *to) {
    RL_INDEPENDENT
    for (int m = 0; m < COLUMNS; m++) {
        to[2 * m] = rl_bf16_narrow(a[m]);
        to[2 * m + 1] = rl_bf16_narrow(b[m]);
    }
}

typedef struct pack_job {
    const rl_dnnl_conv_spec *spec;
    const float *weights;
    char *packed;
    winograd_sizes sizes;
    float matrix[6][3];
} pack_job;

/* The columns of a group for source channel c; 0 where there is none. */
static void read_columns(const pack_job *job, int64_t group, int64_t c, weight_columns *to) {
    const int64_t ins = job->spec->in_channels, first = group * COLUMNS;
    const int64_t rest = job->spec->out_channels - first, count = rest < COLUMNS ? rest : COLUMNS;
    memset(to->w, 0, sizeof to->w);
    for (int64_t m = 0; c < ins && m < count; m++)
        for (int i = 0; i < 9; i++)
            to->w[i][m] = job->weights[((first + m) * ins + c) * 9 + i];
    transform_weights(job->matrix, job->sizes.source_side, to);
}

/* Items are pairs of source channels of column groups. Packed: (column group, position, source
 * channel, column), in bfloat16 (column group, position, pair of source channels, column, 2). */
static void pack_pairs(void *arg, size_t begin, size_t end) {
    const pack_job *job = arg;
    const winograd_sizes *s = &job->sizes;
    const int64_t matrix = s->depth * COLUMNS, pairs = s->depth / 2;
    weight_columns pair[2];
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t group = i / pairs, c = i % pairs * 2;
        char *to = job->packed + (size_t)(group * s->positions * matrix + c * COLUMNS) * s->bytes;
        read_columns(job, group, c, &pair[0]);
        read_columns(job, group, c + 1, &pair[1]);
        for (int64_t p = 0; p < s->positions; p++, to += (size_t)matrix * s->bytes)
            if (s->bytes == sizeof(float))
                for (int k = 0; k < 2; k++)
                    memcpy(to + (size_t)k * sizeof pair->u[p], pair[k].u[p], sizeof pair->u[p]);
            else
                narrow_pairs(pair[0].u[p], pair[1].u[p], (rl_bf16 *)(void *)to);
    }
}

void rl_winograd_pack(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side,
                      const float *weights, void *packed) {
    pack_job job = {
        .spec = spec, .weights = weights, .packed = packed, .sizes = sizes_of(spec, side)};
    fill_matrix(side, job.matrix);
    rl_parallel(ctx, (size_t)(job.sizes.column_groups * job.sizes.depth / 2), PACK_GRAIN,
                pack_pairs, &job);
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
        const int64_t top = (first + t) / s->tiles_across * s->side - spec->pad_begin[0];
        const int64_t left = (first + t) % s->tiles_across * s->side - spec->pad_begin[1];
        for (int i = 0; i < s->positions; i++) {
            const int64_t y = top + i / s->source_side, x = left + i % s->source_side;
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
        const int64_t top = (piece->first + t) / s->tiles_across * s->side;
        const int64_t left = (piece->first + t) % s->tiles_across * s->side;
        place.at = (panel + top * width + left) * LANES;
        place.rows = (int)(top + s->side < height ? s->side : height - top);
        place.columns = (int)(left + s->side < width ? s->side : width - left);
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
            (const char *)job->data->packed + (size_t)(group * s->positions * matrix) * s->bytes;
        for (int64_t p = 0; p < s->positions; p++) {
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
            (float *)(void *)(memory + (size_t)(s->positions * s->chunk * s->depth) * s->bytes)};
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
    return (size_t)(s->positions * s->chunk) *
           ((size_t)s->depth * s->bytes + COLUMNS * sizeof(float));
}

size_t rl_winograd_scratch_bytes(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side) {
    const winograd_sizes s = sizes_of(spec, side);
    return room_bytes(&s) * (size_t)relief_ctx_threads(ctx);
}

void rl_winograd_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, int side,
                     const rl_winograd_data *data) {
    winograd_job job = {.spec = spec,
                        .data = data,
                        .sizes = sizes_of(spec, side),
                        .steps = rl_winograd_fast(spec->in_type, side),
                        .workers = relief_ctx_threads(ctx)};
    job.room = room_bytes(&job.sizes);
    cut(&job);
    rl_shares_start(&job.pieces, (int)job.workers, (size_t)(spec->batch * job.chunks * job.slices));
    rl_parallel(ctx, (size_t)job.workers, 1, do_workers, &job);
}
