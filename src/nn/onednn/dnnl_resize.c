/* SPDX-License-Identifier: Apache-2.0 */
/* Resize and Upsample over height and width: down the columns first, then along the row. The
 * library's own resampling knows half_pixel only, and in this layout an output pixel is a sum of a
 * few vectors anyway. */
#include "nn/onednn/map.h"

#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"

typedef struct resize_kernel {
    rl_onednn_kernel base;
    rl_layout in, out;
    rl_resize_tap *rows, *columns; /* of the output; one block of memory */
    rl_onednn_operand source;
    rl_map_chain chain;
} resize_kernel;

typedef struct resize_job {
    const resize_kernel *kernel;
    const void *x;
    void *y;
} resize_job;

static void free_resize(rl_onednn_kernel *kernel) {
    rl_free(((resize_kernel *)kernel)->rows);
}

/* The scales, when a tensor holds them. */
static const relief_tensor *constant_scales(const rl_graph *graph, const rl_node *node) {
    const rl_resize_params *params = node->params;
    const int input = params->scales_input;
    if (input <= 0 || input >= node->own_input_count || node->inputs[input] == RL_NO_VALUE)
        return NULL;
    return graph->values[node->inputs[input]].constant;
}

static bool supports_resize(const rl_graph *graph, const rl_node *node) {
    if (node->own_input_count < 1 || !rl_onednn_is_float(graph, node->inputs[0]))
        return false;
    const rl_value *in = &graph->values[node->inputs[0]], *out = &graph->values[node->outputs[0]];
    for (int i = 1; i < node->own_input_count; i++)
        if (node->inputs[i] != RL_NO_VALUE && !graph->values[node->inputs[i]].constant)
            return false;
    return in->rank == 4 && !in->constant && in->dims[0] == out->dims[0] &&
           in->dims[1] == out->dims[1];
}

/* Floats of the row that lies between the two directions; it stays in the first-level cache. */
enum { ROW_FLOATS = 4096 };

/* ---- down the columns: row[i] = sum of weight[j] * lines[j][i] ---- */

/* BODY once for each number of taps, as one sum. LOAD(j) is element i of line j. */
#define BLEND(LOAD)                                                                                \
    do {                                                                                           \
        const float a = weight[0], b = weight[1], c = weight[2], d = weight[3];                    \
        if (count == 1) {                                                                          \
            RL_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < n; i++)                                                        \
                row[i] = a * LOAD(0);                                                              \
        } else if (count == 2) {                                                                   \
            RL_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < n; i++)                                                        \
                row[i] = a * LOAD(0) + b * LOAD(1);                                                \
        } else {                                                                                   \
            RL_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < n; i++)                                                        \
                row[i] = (a * LOAD(0) + b * LOAD(1)) + (c * LOAD(2) + d * LOAD(3));                \
        }                                                                                          \
    } while (0)

#define FLOAT_AT(j) l##j[i]
#define BF16_AT(j) rl_bf16_widen(l##j[i])

RL_EVERY_WIDTH static void blend_floats(const void *const *lines, const float *weight, int count,
                                        int64_t n, float *row) {
    const float *l0 = lines[0], *l1 = lines[1], *l2 = lines[2], *l3 = lines[3];
    BLEND(FLOAT_AT);
}

RL_EVERY_WIDTH static void blend_bf16(const void *const *lines, const float *weight, int count,
                                      int64_t n, float *row) {
    const rl_bf16 *l0 = lines[0], *l1 = lines[1], *l2 = lines[2], *l3 = lines[3];
    BLEND(BF16_AT);
}

/* ---- along the row ---- */

/* `width` pixels of the output from a row whose first pixel has the index `first`. */
static inline __attribute__((always_inline)) void along_row(const float *row, int64_t first,
                                                            const rl_resize_tap *columns,
                                                            int64_t width, int64_t block,
                                                            float *y) {
    for (int64_t x = 0; x < width; x++, y += block) {
        const rl_resize_tap *column = &columns[x];
        const float *weight = column->weight;
        const float *p[4];
        for (int i = 0; i < column->count; i++)
            p[i] = row + (column->index[i] - first) * block;
        if (column->count == 1) {
            memcpy(y, p[0], (size_t)block * sizeof *y);
        } else if (column->count == 2) {
            RL_INDEPENDENT
            for (int64_t c = 0; c < block; c++)
                y[c] = weight[0] * p[0][c] + weight[1] * p[1][c];
        } else {
            RL_INDEPENDENT
            for (int64_t c = 0; c < block; c++)
                y[c] = (weight[0] * p[0][c] + weight[1] * p[1][c]) +
                       (weight[2] * p[2][c] + weight[3] * p[3][c]);
        }
    }
}

RL_EVERY_WIDTH static void resize_row(const float *row, int64_t first, const rl_resize_tap *columns,
                                      int64_t width, int64_t block, float *y) {
    switch (block) {
    case 16:
        along_row(row, first, columns, width, 16, y);
        break;
    case 8:
        along_row(row, first, columns, width, 8, y);
        break;
    case 1:
        along_row(row, first, columns, width, 1, y);
        break;
    default:
        along_row(row, first, columns, width, block, y);
        break;
    }
}

/* ---- both ---- */

/* The columns from `begin` on whose input pixels, from *first to *last, fit between the directions.
 * Indices grow with the column. At least one: the taps of a column are neighbours. */
static int64_t fitting_columns(const resize_kernel *kernel, int64_t begin, int64_t *first,
                               int64_t *last) {
    const rl_resize_tap *columns = kernel->columns;
    const int64_t width = kernel->out.width, most = ROW_FLOATS / kernel->out.block;
    int64_t end = begin;
    *first = columns[begin].index[0];
    *last = *first;
    while (end < width && end - begin < most) {
        const int64_t past = columns[end].index[columns[end].count - 1];
        if (past - *first >= most && end > begin)
            break;
        *last = past > *last ? past : *last;
        end++;
    }
    return end;
}

/* One output row from the input rows of its taps. */
static void resize_line(const resize_kernel *kernel, const rl_resize_tap *tap, const char *source,
                        char *y) {
    float row[ROW_FLOATS], done[ROW_FLOATS];
    const rl_layout *in = &kernel->in, *out = &kernel->out;
    const int64_t block = in->block;
    const size_t in_bytes = rl_dtype_size(in->type), out_bytes = rl_dtype_size(out->type);
    int64_t first, last;
    for (int64_t x = 0, end; x < out->width; x = end) {
        const void *lines[4] = {source, source, source, source};
        end = fitting_columns(kernel, x, &first, &last);
        for (int j = 0; j < tap->count; j++)
            lines[j] = source + (size_t)((tap->index[j] * in->width + first) * block) * in_bytes;
        const int64_t n = (last - first + 1) * block;
        if (in->type == RELIEF_BF16)
            blend_bf16(lines, tap->weight, tap->count, n, row);
        else
            blend_floats(lines, tap->weight, tap->count, n, row);
        char *to = y + (size_t)(x * block) * out_bytes;
        const bool narrow = out->type == RELIEF_BF16;
        resize_row(row, first, kernel->columns + x, end - x, block,
                   narrow ? done : (float *)(void *)to);
        if (narrow)
            rl_bf16_narrow_row(done, (rl_bf16 *)(void *)to, (end - x) * block);
    }
}

/* Rows of the output, counted over all panels. */
static void resize_rows(void *arg, size_t begin, size_t end) {
    const resize_job *job = arg;
    const rl_layout *in = &job->kernel->in, *out = &job->kernel->out;
    const size_t in_bytes = (size_t)(in->height * in->width * in->block) * rl_dtype_size(in->type);
    const size_t out_bytes = (size_t)(out->width * out->block) * rl_dtype_size(out->type);
    for (size_t i = begin; i < end; i++) {
        const size_t panel = i / (size_t)out->height, row = i % (size_t)out->height;
        resize_line(job->kernel, &job->kernel->rows[row], (const char *)job->x + panel * in_bytes,
                    (char *)job->y + i * out_bytes);
    }
}

static relief_status run_resize(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const resize_kernel *kernel = (const resize_kernel *)given;
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    resize_job job = {kernel, rl_onednn_operand_get(call, &kernel->source), y};
    rl_parallel(call->ctx, (size_t)(rl_layout_panels(&kernel->out) * kernel->out.height), 8,
                resize_rows, &job);
    if (kernel->chain.step_count)
        rl_map_chain_run(call, &kernel->chain, (rl_map_source){y, kernel->out.type}, y);
    return RELIEF_OK;
}

static relief_status prepare_taps(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                  resize_kernel *kernel) {
    const rl_value *in = &graph->values[node->inputs[0]], *out = &graph->values[node->outputs[0]];
    float scale[2];
    relief_status status = rl_alloc_in(ctx, (size_t)(out->dims[2] + out->dims[3]),
                                       sizeof *kernel->rows, (void **)&kernel->rows);
    if (status)
        return status;
    kernel->columns = kernel->rows + out->dims[2];
    rl_resize_scale(node->params, constant_scales(graph, node), in->dims, out->dims, scale);
    rl_resize_taps(node->params, scale[0], in->dims[2], out->dims[2], kernel->rows);
    rl_resize_taps(node->params, scale[1], in->dims[3], out->dims[3], kernel->columns);
    return RELIEF_OK;
}

static relief_status prepare_resize(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    resize_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_resize;
    kernel->base.free = free_resize;
    kernel->in = rl_onednn_layout(program, node->inputs[0]);
    rl_onednn_choose(program, node->outputs[0], kernel->in.block);
    kernel->out = rl_onednn_layout(program, node->outputs[0]);
    status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                   (rl_form){kernel->in.block, kernel->in.type}, &kernel->source);
    if (!status)
        status = prepare_taps(ctx, graph, node, kernel);
    if (!status)
        status = rl_map_chain_epilogue(ctx, program, &kernel->base, index, 0, &kernel->chain);
    return status;
}

const rl_onednn_op rl_onednn_ops_resize[] = {
    {"Resize", supports_resize, prepare_resize},
    {"Upsample", supports_resize, prepare_resize},
    {0},
};
