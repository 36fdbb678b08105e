/* SPDX-License-Identifier: Apache-2.0 */
/* Attention, a block of queries of one head at a time: their scores for all keys, the softmax of
 * each row, and the sum of the values so weighed. The scores of a block fit into the second level
 * cache, and no more of them are ever kept. Queries are read where they lie; keys and values of all
 * heads are packed first. */
#include "nn/onednn/gemm.h"
#include "nn/onednn/program.h"

#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/ops/fused.h"

/* Scores of one block of queries. */
enum { BLOCK_BYTES = 320 << 10 };

typedef struct attention_kernel {
    rl_onednn_kernel base;
    const rl_tile_kernels *tiles;
    rl_attention_params params;
    relief_dtype type; /* of what is multiplied */
    relief_dtype y_type;
    rl_onednn_operand operands[3]; /* q, k, v */
    int64_t key_room;              /* keys, filled up to whole panels */
    int64_t block;                 /* queries of a block */
    int workers;
    size_t key_bytes, value_bytes; /* of a head, packed */
    size_t packed_place, worker_place, worker_bytes;
} attention_kernel;

typedef struct attention_job {
    const attention_kernel *kernel;
    const char *q, *k, *v;
    char *y, *packed, *rooms;
    rl_shares blocks; /* of all heads */
} attention_job;

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t head_place(const rl_strided *s, int64_t head, int64_t heads) {
    return s->base + head / heads * s->stride[0] + head % heads * s->stride[1];
}

/* ---- packing ---- */

/* Elements of one panel: row k of its `depth`, column c of `count`, at from[k * step + c * column].
 * Rows that only fill up an even number, and columns that only fill up the panel, are 0. */
typedef struct panel_source {
    const char *from;
    int64_t depth, count, step, column;
} panel_source;

static void pack_floats(const panel_source *s, int64_t width, float *to) {
    const float *from = (const float *)(const void *)s->from;
    if (s->count < width)
        memset(to, 0, (size_t)(s->depth * width) * sizeof *to);
    if (s->column == 1) {
        for (int64_t k = 0; k < s->depth; k++)
            memcpy(to + k * width, from + k * s->step, (size_t)s->count * sizeof *to);
        return;
    }
    for (int64_t c = 0; c < s->count; c++)
        for (int64_t k = 0; k < s->depth; k++)
            to[k * width + c] = from[k * s->step + c * s->column];
}

/* Two rows side by side. */
RL_EVERY_WIDTH static void pair_rows(const rl_bf16 *x, const rl_bf16 *y, int64_t n, rl_bf16 *to) {
    RL_INDEPENDENT
    for (int64_t i = 0; i < n; i++) {
        to[2 * i] = x[i];
        to[2 * i + 1] = y[i];
    }
}

/* Pairs of rows stand side by side. Either the elements of a row or those of a column lie so in the
 * source. */
static void pack_pairs(const panel_source *s, int64_t width, rl_bf16 *to) {
    const rl_bf16 *from = (const rl_bf16 *)(const void *)s->from;
    if (s->count < width || s->depth % 2)
        memset(to, 0, (size_t)((s->depth + 1) / 2 * 2 * width) * sizeof *to);
    if (s->column == 1) {
        for (int64_t k = 0; k + 1 < s->depth; k += 2)
            pair_rows(from + k * s->step, from + (k + 1) * s->step, s->count, to + k * width);
        for (int64_t c = 0; c < s->count && s->depth % 2; c++)
            to[(s->depth - 1) * width + 2 * c] = from[(s->depth - 1) * s->step + c];
        return;
    }
    for (int64_t c = 0; c < s->count; c++)
        for (int64_t k = 0; k < s->depth; k++)
            to[k / 2 * 2 * width + 2 * c + k % 2] = from[k * s->step + c * s->column];
}

/* As above for columns that lie side by side, an even number of elements each. */
static void pack_columns(const panel_source *s, int64_t width, rl_bf16 *to) {
    if (s->count < width)
        memset(to, 0, (size_t)(s->depth * width) * sizeof *to);
    for (int64_t c = 0; c < s->count; c++) {
        const char *column = s->from + (size_t)(c * s->column) * sizeof *to;
        for (int64_t k = 0; k < s->depth; k += 2)
            memcpy(to + k * width + 2 * c, column + (size_t)k * sizeof *to, 2 * sizeof *to);
    }
}

static void pack_panel(const attention_kernel *kernel, const panel_source *s, char *to) {
    if (kernel->type == RELIEF_F32)
        pack_floats(s, kernel->tiles->columns, (float *)(void *)to);
    else if (s->step == 1 && s->depth % 2 == 0)
        pack_columns(s, kernel->tiles->columns, (rl_bf16 *)(void *)to);
    else
        pack_pairs(s, kernel->tiles->columns, (rl_bf16 *)(void *)to);
}

/* Heads of all pictures. */
static void pack_heads(void *arg, size_t begin, size_t end) {
    const attention_job *job = arg;
    const attention_kernel *kernel = job->kernel;
    const rl_attention_params *p = &kernel->params;
    const int64_t width = kernel->tiles->columns, bytes = (int64_t)rl_dtype_size(kernel->type);
    for (int64_t head = (int64_t)begin; head < (int64_t)end; head++) {
        char *keys = job->packed + (size_t)head * (kernel->key_bytes + kernel->value_bytes);
        char *values = keys + kernel->key_bytes;
        const char *k = job->k + head_place(&p->k, head, p->heads) * bytes;
        const char *v = job->v + head_place(&p->v, head, p->heads) * bytes;
        for (int64_t m = 0; m < p->keys; m += width) {
            const int64_t count = p->keys - m < width ? p->keys - m : width;
            const panel_source s = {k + m * p->k.stride[2] * bytes, p->depth, count, p->k.stride[3],
                                    p->k.stride[2]};
            pack_panel(kernel, &s, keys + m * p->depth * bytes);
        }
        const int64_t depth = kernel->type == RELIEF_F32 ? p->keys : (p->keys + 1) / 2 * 2;
        for (int64_t c = 0; c < p->columns; c += width) {
            const int64_t count = p->columns - c < width ? p->columns - c : width;
            const panel_source s = {v + c * p->v.stride[3] * bytes, p->keys, count, p->v.stride[2],
                                    p->v.stride[3]};
            pack_panel(kernel, &s, values + c * depth * bytes);
        }
    }
}

/* ---- one block ---- */

/* Queries [first, first + count) of one head, and where its packed keys and values are. */
typedef struct query_block {
    int64_t head, first, count;
    const char *keys, *values;
    char *queries;   /* (count, depth): side by side they do not get into each other's way */
    float *scores;   /* (count, key_room) */
    rl_bf16 *narrow; /* weights of a tile's rows, of the same width */
} query_block;

static void multiply(const attention_kernel *kernel, const rl_tile *tile) {
    if (kernel->type == RELIEF_F32)
        kernel->tiles->multiply(tile);
    else
        kernel->tiles->multiply_bf16(tile);
}

static void copy_queries(const attention_job *job, const query_block *b) {
    const attention_kernel *kernel = job->kernel;
    const rl_attention_params *p = &kernel->params;
    const int64_t bytes = (int64_t)rl_dtype_size(kernel->type), row = p->depth * bytes;
    const char *q =
        job->q + (head_place(&p->q, b->head, p->heads) + b->first * p->q.stride[2]) * bytes;
    for (int64_t r = 0; r < b->count; r++)
        memcpy(b->queries + r * row, q + r * p->q.stride[2] * bytes, (size_t)row);
}

static void score(const attention_job *job, const query_block *b) {
    const attention_kernel *kernel = job->kernel;
    const int64_t bytes = (int64_t)rl_dtype_size(kernel->type), depth = kernel->params.depth;
    const int64_t tiles = ceil_div(b->count, kernel->tiles->rows);
    for (int64_t m = 0; m < kernel->key_room; m += kernel->tiles->columns)
        for (int64_t t = 0; t < tiles; t++) {
            const int64_t from = b->count * t / tiles, to = b->count * (t + 1) / tiles;
            const rl_tile tile = {.a = b->queries + from * depth * bytes,
                                  .b = b->keys + m * depth * bytes,
                                  .c = b->scores + from * kernel->key_room + m,
                                  .a_stride = depth,
                                  .c_stride = kernel->key_room,
                                  .depth = depth,
                                  .rows = (int)(to - from)};
            multiply(kernel, &tile);
        }
}

/* Weights of the keys for row `r` of a tile's scores; returns 1 / their sum. */
static float weigh(const attention_kernel *kernel, const query_block *b, int64_t first, int r) {
    const float scale = kernel->params.scale * 1.44269504f; /* powers of 2 in place of e */
    const int64_t room = kernel->key_room;
    float *row = b->scores + (first + r) * room;
    for (int64_t m = kernel->params.keys; m < room; m++)
        row[m] = -INFINITY;
    const float most = kernel->tiles->largest(row, room);
    if (kernel->type == RELIEF_BF16)
        return 1 / kernel->tiles->exponentiate_bf16(row, b->narrow + r * room, room, scale, most);
    return 1 / kernel->tiles->exponentiate(row, room, scale, most);
}

static void write_row(const attention_kernel *kernel, const float *from, char *y, int64_t at,
                      int64_t count) {
    const int64_t step = kernel->params.y.stride[3];
    if (kernel->y_type == RELIEF_F32)
        for (int64_t c = 0; c < count; c++)
            ((float *)(void *)y)[at + c * step] = from[c];
    else if (step == 1)
        rl_bf16_narrow_row(from, (rl_bf16 *)(void *)y + at, count);
    else
        for (int64_t c = 0; c < count; c++)
            ((rl_bf16 *)(void *)y)[at + c * step] = rl_bf16_narrow(from[c]);
}

/* The sums of values for a tile's rows, whose weights are there; `factors`: of the rows. */
static void sum_values(const attention_job *job, const query_block *b, int64_t first, int rows,
                       const float *factors) {
    const attention_kernel *kernel = job->kernel;
    const rl_attention_params *p = &kernel->params;
    const bool narrow = kernel->type == RELIEF_BF16;
    const int64_t width = kernel->tiles->columns, depth = narrow ? (p->keys + 1) / 2 * 2 : p->keys;
    float sums[RL_TILE_MOST_ROWS * RL_TILE_MOST_COLUMNS];
    rl_tile tile = {.a = narrow ? (const void *)b->narrow : b->scores + first * kernel->key_room,
                    .c = sums,
                    .a_stride = kernel->key_room,
                    .c_stride = width,
                    .depth = depth,
                    .rows = rows};
    for (int64_t c = 0; c < p->columns; c += width) {
        const int64_t count = p->columns - c < width ? p->columns - c : width;
        tile.b = b->values + c * depth * (int64_t)rl_dtype_size(kernel->type);
        multiply(kernel, &tile);
        for (int r = 0; r < rows; r++) {
            float *row = sums + r * width;
            for (int64_t i = 0; i < width; i++)
                row[i] *= factors[r];
            const int64_t at = head_place(&p->y, b->head, p->heads) +
                               (b->first + first + r) * p->y.stride[2] + c * p->y.stride[3];
            write_row(kernel, row, job->y, at, count);
        }
    }
}

static void do_block(const attention_job *job, const query_block *b) {
    const attention_kernel *kernel = job->kernel;
    const int64_t tiles = ceil_div(b->count, kernel->tiles->rows);
    copy_queries(job, b);
    score(job, b);
    for (int64_t t = 0; t < tiles; t++) {
        const int64_t first = b->count * t / tiles;
        const int rows = (int)(b->count * (t + 1) / tiles - first);
        float factors[RL_TILE_MOST_ROWS];
        for (int r = 0; r < rows; r++)
            factors[r] = weigh(kernel, b, first, r);
        sum_values(job, b, first, rows, factors);
    }
}

/* Workers, each with room of its own. */
static void work(void *arg, size_t begin, size_t end) {
    attention_job *job = arg;
    const attention_kernel *kernel = job->kernel;
    const rl_attention_params *p = &kernel->params;
    const int64_t blocks = ceil_div(p->queries, kernel->block);
    for (size_t w = begin; w < end; w++) {
        char *room = job->rooms + w * kernel->worker_bytes;
        query_block b = {.scores = (float *)(void *)room};
        b.narrow = (rl_bf16 *)(void *)(b.scores + kernel->block * kernel->key_room);
        b.queries = (char *)(b.narrow + kernel->tiles->rows * kernel->key_room);
        for (size_t item; rl_shares_take(&job->blocks, (int)w, &item);) {
            const int64_t i = (int64_t)item;
            b.head = i / blocks;
            b.first = p->queries * (i % blocks) / blocks;
            b.count = p->queries * (i % blocks + 1) / blocks - b.first;
            b.keys = job->packed + (size_t)b.head * (kernel->key_bytes + kernel->value_bytes);
            b.values = b.keys + kernel->key_bytes;
            do_block(job, &b);
        }
    }
}

static relief_status run_attention(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const attention_kernel *kernel = (const attention_kernel *)given;
    const rl_attention_params *p = &kernel->params;
    attention_job job = {.kernel = kernel,
                         .y = rl_onednn_data(call, call->node->outputs[0]),
                         .packed = call->scratch + kernel->packed_place,
                         .rooms = call->scratch + kernel->worker_place};
    const char **places[] = {&job.q, &job.k, &job.v};
    for (int i = 0; i < 3; i++)
        *places[i] = rl_onednn_operand_get(call, &kernel->operands[i]);
    rl_parallel(call->ctx, (size_t)(p->batch * p->heads), 1, pack_heads, &job);
    const int64_t blocks = ceil_div(p->queries, kernel->block);
    rl_shares_start(&job.blocks, kernel->workers, (size_t)(p->batch * p->heads * blocks));
    rl_parallel(call->ctx, (size_t)kernel->workers, 1, work, &job);
    return RELIEF_OK;
}

/* ---- preparing ---- */

/* Elements of a query must lie side by side, as they do in every file seen. */
static bool supports_attention(const rl_graph *graph, const rl_node *node) {
    const rl_attention_params *p = node->params;
    for (int i = 0; i < 3; i++)
        if (!rl_onednn_is_float(graph, node->inputs[i]) || graph->values[node->inputs[i]].constant)
            return false;
    return (p->q.stride[3] == 1 || p->depth == 1) && p->scale > 0 && !node->epilogue_count;
}

/* Pairs of bfloat16 are read as one number of 32 bits. */
static bool is_for_pairs(const rl_attention_params *p) {
    bool even = p->depth % 2 == 0 && p->q.base % 2 == 0;
    for (int i = 0; i < 3; i++)
        even = even && p->q.stride[i] % 2 == 0;
    return even;
}

static void choose_sizes(relief_ctx *ctx, attention_kernel *kernel) {
    const rl_attention_params *p = &kernel->params;
    const int64_t width = kernel->tiles->columns, rows = kernel->tiles->rows;
    const size_t bytes = rl_dtype_size(kernel->type);
    kernel->key_room = ceil_div(p->keys, width) * width;
    kernel->key_bytes = (size_t)(kernel->key_room * p->depth) * bytes;
    kernel->value_bytes =
        (size_t)(ceil_div(p->columns, width) * width * ((p->keys + 1) / 2 * 2)) * bytes;
    const int64_t most = BLOCK_BYTES / (kernel->key_room * (int64_t)sizeof(float)) / rows * rows;
    kernel->block = most < rows ? rows : most;
    if (kernel->block > p->queries)
        kernel->block = p->queries;
    kernel->worker_bytes = (size_t)(kernel->block * kernel->key_room) * sizeof(float) +
                           (size_t)(rows * kernel->key_room) * sizeof(rl_bf16) +
                           (size_t)(kernel->block * p->depth) * bytes;
    kernel->worker_bytes = (kernel->worker_bytes + RL_ALIGNMENT - 1) / RL_ALIGNMENT * RL_ALIGNMENT;
    kernel->workers = relief_ctx_threads(ctx);
}

static relief_status prepare_attention(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_node *node = &program->base.graph->nodes[index];
    attention_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_attention;
    kernel->tiles = program->tiles;
    kernel->params = *(const rl_attention_params *)node->params;
    const bool pairs =
        rl_onednn_is_bf16(program) && kernel->tiles->multiply_bf16 && is_for_pairs(&kernel->params);
    kernel->type = pairs ? RELIEF_BF16 : RELIEF_F32;
    rl_onednn_choose(program, node->outputs[0], 1);
    kernel->y_type = program->forms[node->outputs[0]].type;
    for (int i = 0; !status && i < 3; i++)
        status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[i],
                                       (rl_form){1, kernel->type}, &kernel->operands[i]);
    if (status)
        return status;
    choose_sizes(ctx, kernel);
    const size_t heads = (size_t)(kernel->params.batch * kernel->params.heads);
    rl_onednn_reserve(program, &kernel->base, heads * (kernel->key_bytes + kernel->value_bytes),
                      &kernel->packed_place);
    rl_onednn_reserve(program, &kernel->base, (size_t)kernel->workers * kernel->worker_bytes,
                      &kernel->worker_place);
    return RELIEF_OK;
}

const rl_onednn_op rl_onednn_ops_attention[] = {
    {"Attention", supports_attention, prepare_attention},
    {0},
};
