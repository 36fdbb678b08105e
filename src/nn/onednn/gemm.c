/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/gemm.h"

#include <string.h>

#include "base/threads.h"
#include "nn/onednn/vector.h"

/* Bytes of rows of a that are used with one panel of b after the other: they stay in the second
 * level cache, and b streams by. */
enum { ROW_BLOCK_BYTES = 512 << 10 };
/* Fewer weights are packed sooner than another thread is told to. */
enum { PACK_GRAIN = 32 << 10 };
/* Rows that are packed at a time: a line of the cache, where they lie side by side. */
enum { PACK_ROWS = 16 };

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* ---- packing ---- */

size_t rl_gemm_packed_bytes(const rl_tile_kernels *kernels, int64_t depth, int64_t columns,
                            relief_dtype type) {
    const int64_t panels = ceil_div(columns, kernels->columns);
    return (size_t)(panels * kernels->columns * depth) * rl_dtype_size(type);
}

typedef struct pack_job {
    const rl_gemm_source *source;
    relief_dtype type;
    int64_t width; /* of a panel */
    char *packed;
} pack_job;

/* Rows [k, k + rows) of a panel's `count` columns from `first` on; what does not exist is 0. */
static void read_block(const rl_gemm_source *s, int64_t k, int64_t rows, int64_t first,
                       int64_t count, float tile[PACK_ROWS][RL_TILE_MOST_COLUMNS]) {
    const char *from = (const char *)s->data + (k * s->step + first * s->column) * 4;
    if (count < RL_TILE_MOST_COLUMNS || rows < PACK_ROWS)
        memset(tile, 0, PACK_ROWS * sizeof tile[0]);
    if (s->column == 1) {
        for (int64_t r = 0; r < rows; r++)
            memcpy(tile[r], from + r * s->step * 4, (size_t)count * sizeof(float));
        return;
    }
    for (int64_t c = 0; c < count; c++)
        for (int64_t r = 0; r < rows; r++)
            memcpy(&tile[r][c], from + (r * s->step + c * s->column) * 4, sizeof(float));
}

RL_EVERY_WIDTH static void narrow_pairs(const float *even, const float *odd, rl_bf16 *to,
                                        int64_t width) {
    RL_INDEPENDENT
    for (int64_t c = 0; c < width; c++) {
        to[2 * c] = rl_bf16_narrow(even[c]);
        to[2 * c + 1] = rl_bf16_narrow(odd[c]);
    }
}

static void pack_block(const pack_job *job, int64_t panel, int64_t k) {
    const rl_gemm_source *s = job->source;
    const int64_t width = job->width, first = panel * width;
    const int64_t count = s->columns - first < width ? s->columns - first : width;
    const int64_t rows = s->depth - k < PACK_ROWS ? s->depth - k : PACK_ROWS;
    char *to =
        job->packed + (size_t)(panel * s->depth + k) * (size_t)width * rl_dtype_size(job->type);
    float tile[PACK_ROWS][RL_TILE_MOST_COLUMNS];
    read_block(s, k, rows, first, count, tile);
    if (job->type == RELIEF_F32)
        for (int64_t r = 0; r < rows; r++)
            memcpy(to + (size_t)(r * width) * sizeof(float), tile[r],
                   (size_t)width * sizeof(float));
    else /* of an even depth */
        for (int64_t r = 0; r < rows; r += 2)
            narrow_pairs(tile[r], tile[r + 1], (rl_bf16 *)(void *)to + r * width, width);
}

/* What lies side by side in the file is read side by side: rows of all panels, or one panel after
 * the other. */
static void pack_panels(void *arg, size_t begin, size_t end) {
    const pack_job *job = arg;
    const int64_t depth = job->source->depth, first = (int64_t)begin, last = (int64_t)end;
    if (job->source->column == 1) {
        for (int64_t k = 0; k < depth; k += PACK_ROWS)
            for (int64_t panel = first; panel < last; panel++)
                pack_block(job, panel, k);
        return;
    }
    for (int64_t panel = first; panel < last; panel++)
        for (int64_t k = 0; k < depth; k += PACK_ROWS)
            pack_block(job, panel, k);
}

void rl_gemm_pack(relief_ctx *ctx, const rl_tile_kernels *kernels, const rl_gemm_source *source,
                  relief_dtype type, void *packed) {
    pack_job job = {source, type, kernels->columns, packed};
    const int64_t panels = ceil_div(source->columns, kernels->columns);
    const int64_t grain = ceil_div(PACK_GRAIN, kernels->columns * (source->depth + 1));
    rl_parallel(ctx, (size_t)panels, (size_t)grain, pack_panels, &job);
}

/* ---- running ---- */

typedef struct gemm_job {
    const rl_gemm *gemm;
    int64_t row_blocks, panels;
    int64_t a_stride; /* elements from row to row */
    int workers;
    size_t room_bytes; /* of each worker */
    rl_shares items;   /* panels of one block of rows after the other */
} gemm_job;

RL_EVERY_WIDTH static void clip(float *x, int64_t n, float lo, float hi) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++)
        x[i] = (x[i] < lo ? lo : x[i]) > hi ? hi : (x[i] < lo ? lo : x[i]);
}

RL_EVERY_WIDTH static void add_row(float *x, const float *other, int64_t n) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++)
        x[i] += other[i];
}

RL_EVERY_WIDTH static void add_narrow_row(float *x, const rl_bf16 *other, int64_t n) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++)
        x[i] += rl_bf16_widen(other[i]);
}

/* A tile of the result on its way out. */
typedef struct out_tile {
    float *sums; /* (rows, width) */
    int64_t row, column, count, width;
    int rows;
} out_tile;

static void do_step(const rl_gemm *g, const rl_gemm_step *step, const out_tile *t) {
    switch (step->kind) {
    case RL_EPILOGUE_CLIP:
        clip(t->sums, t->rows * t->width, step->lo, step->hi);
        break;
    case RL_EPILOGUE_GELU:
        g->kernels->gelu(t->sums, t->rows * t->width, step->tanh_form);
        break;
    case RL_EPILOGUE_ADD:
        for (int r = 0; r < t->rows; r++) {
            const int64_t at = (t->row + r) * g->columns + t->column;
            if (step->other_type == RELIEF_F32)
                add_row(t->sums + r * t->width, (const float *)step->other + at, t->count);
            else
                add_narrow_row(t->sums + r * t->width, (const rl_bf16 *)step->other + at, t->count);
        }
        break;
    }
}

static void write_tile(const rl_gemm *g, const out_tile *t) {
    for (int r = 0; r < t->rows; r++) {
        const int64_t at = (t->row + r) * g->columns + t->column;
        const float *from = t->sums + r * t->width;
        if (g->y_type == RELIEF_F32)
            memcpy((float *)g->y + at, from, (size_t)t->count * sizeof *from);
        else
            rl_bf16_narrow_row(from, (rl_bf16 *)g->y + at, t->count);
    }
}

/* Bring to the cache what is read and written when the sums are done. */
static void prefetch_tile(const rl_gemm *g, const out_tile *t) {
    const int64_t at = t->row * g->columns + t->column;
    const int64_t bytes = (int64_t)rl_dtype_size(g->y_type), line = 64;
    for (int i = 0; i < g->step_count; i++) {
        const rl_gemm_step *step = &g->steps[i];
        const int64_t size = (int64_t)rl_dtype_size(step->other_type);
        if (step->kind != RL_EPILOGUE_ADD || step->other == g->y)
            continue;
        for (int r = 0; r < t->rows; r++)
            for (int64_t b = 0; b < t->count * size; b += line)
                __builtin_prefetch((const char *)step->other + (at + r * g->columns) * size + b, 0);
    }
    for (int r = 0; r < t->rows; r++)
        for (int64_t b = 0; b < t->count * bytes; b += line)
            __builtin_prefetch((const char *)g->y + (at + r * g->columns) * bytes + b, 1);
}

/* Rows [first, end), of at most a tile's number, which lie at `a`, times one panel. */
static void do_tile(const gemm_job *job, const char *a, int64_t first, int64_t end, int64_t panel) {
    const rl_gemm *g = job->gemm;
    float sums[RL_TILE_MOST_ROWS * RL_TILE_MOST_COLUMNS];
    const int64_t width = g->kernels->columns, column = panel * width;
    const int64_t rest = g->columns - column, bytes = (int64_t)rl_dtype_size(g->type);
    const out_tile out = {
        sums, first, column, rest < width ? rest : width, width, (int)(end - first)};
    const rl_tile tile = {.a = a,
                          .b = (const char *)g->b + column * g->depth * bytes,
                          .c = sums,
                          .a_stride = job->a_stride,
                          .c_stride = width,
                          .depth = g->depth,
                          .rows = out.rows,
                          .add = g->bias != NULL};
    prefetch_tile(g, &out);
    for (int r = 0; g->bias && r < out.rows; r++)
        memcpy(sums + r * width, g->bias + column, (size_t)width * sizeof *sums);
    if (g->type == RELIEF_F32)
        g->kernels->multiply(&tile);
    else
        g->kernels->multiply_bf16(&tile);
    for (int i = 0; i < g->step_count; i++)
        do_step(g, &g->steps[i], &out);
    write_tile(g, &out);
}

/* Rows of a with a distance in which they do not get into each other's way; as they are, when they
 * lie so. */
static const char *spread_rows(const gemm_job *job, char *room, int64_t first, int64_t rows) {
    const rl_gemm *g = job->gemm;
    const size_t bytes = rl_dtype_size(g->type), row = (size_t)g->depth * bytes;
    const char *a = (const char *)g->a + (size_t)first * row;
    if (job->a_stride == g->depth)
        return a;
    for (int64_t r = 0; r < rows; r++)
        memcpy(room + (size_t)(r * job->a_stride) * bytes, a + (size_t)r * row, row);
    return room;
}

static void work(void *arg, size_t begin, size_t end) {
    gemm_job *job = arg;
    const rl_gemm *g = job->gemm;
    const int64_t bytes = (int64_t)rl_dtype_size(g->type);
    for (size_t w = begin; w < end; w++) {
        char *room = (char *)g->room + w * job->room_bytes;
        const char *a = NULL;
        int64_t current = -1;
        for (size_t item; rl_shares_take(&job->items, (int)w, &item);) {
            const int64_t block = (int64_t)item / job->panels;
            const int64_t first = g->rows * block / job->row_blocks;
            const int64_t rows = g->rows * (block + 1) / job->row_blocks - first;
            const int64_t tiles = ceil_div(rows, g->kernels->rows);
            if (block != current)
                a = spread_rows(job, room, first, rows);
            current = block;
            for (int64_t t = 0; t < tiles; t++) {
                const int64_t from = rows * t / tiles, to = rows * (t + 1) / tiles;
                do_tile(job, a + from * job->a_stride * bytes, first + from, first + to,
                        (int64_t)item % job->panels);
            }
        }
    }
}

/* Rows whose distance is a multiple of this many bytes meet in few sets of the caches. */
enum { BAD_STRIDE = 1024, LINE = 64 };

static void plan(relief_ctx *ctx, const rl_gemm *g, gemm_job *job) {
    const int64_t tile = g->kernels->rows, bytes = (int64_t)rl_dtype_size(g->type);
    job->gemm = g;
    job->a_stride = g->depth;
    job->workers = relief_ctx_threads(ctx);
    job->room_bytes = 0;
    if (g->depth * bytes % BAD_STRIDE == 0)
        job->a_stride += LINE / bytes;
    int64_t most = ROW_BLOCK_BYTES / (g->depth * bytes);
    most = most < tile ? tile : most / tile * tile;
    job->row_blocks = ceil_div(g->rows, most);
    job->panels = ceil_div(g->columns, g->kernels->columns);
    if (job->a_stride != g->depth)
        job->room_bytes =
            (size_t)(ceil_div(g->rows, job->row_blocks) * job->a_stride * bytes + LINE - 1) / LINE *
            LINE;
}

size_t rl_gemm_room_bytes(relief_ctx *ctx, const rl_gemm *gemm) {
    gemm_job job;
    plan(ctx, gemm, &job);
    return job.room_bytes * (size_t)job.workers;
}

void rl_gemm_run(relief_ctx *ctx, const rl_gemm *gemm) {
    gemm_job job;
    plan(ctx, gemm, &job);
    rl_shares_start(&job.items, job.workers, (size_t)(job.row_blocks * job.panels));
    rl_parallel(ctx, (size_t)job.workers, 1, work, &job);
}
