/* SPDX-License-Identifier: Apache-2.0 */
/* MatMulInteger and ConvInteger with constant weights, which files quantised on the fly are made
 * of, the Cast to floats behind them, and QLinearMatMul. Rows of bytes, those of the matrix or the
 * pixels that meet the window, are gathered a tile at a time and multiplied by panels of the
 * weights.
 *
 * With a for the bytes, b for the weights, za and zb for their zero points, a sum over k is
 * sum(a b) - za sum(b) - zb sum(a) + depth za zb; signed bytes count as unsigned ones with 128 more
 * in the zero point, and weights the other way round. Numbers wrap around as the operators say. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/bytes.h"
#include "nn/onednn/conv_spec.h"
#include "nn/onednn/program.h"
#include "nn/op.h"
#include "nn/ops/op_params.h"

/* Positions of inputs; NONE: the operator has no such one. */
typedef struct input_places {
    int a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero;
} input_places;

enum { NONE = -1 };

static const input_places integer_places = {0, NONE, 2, 1, NONE, 3, NONE, NONE};
static const input_places qlinear_places = {0, 1, 2, 3, 4, 5, 6, 7};

static const input_places *places_of(const rl_node *node) {
    return strcmp(node->op_type, "QLinearMatMul") ? &integer_places : &qlinear_places;
}

enum { ROWS = RL_BYTE_ROWS, COLUMNS = RL_BYTE_COLUMNS };

typedef struct integer_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source, zero; /* `zero`: where it is computed */
    bool is_conv, has_zero;
    int32_t a_shift, a_zero; /* what is added to its zero point; that, where it is constant */
    int32_t b_zero;
    rl_dnnl_conv_spec spec;  /* of a convolution */
    int64_t pictures, rows;  /* rows: of a picture */
    int64_t groups, columns; /* columns: of a group */
    int64_t depth, room;     /* of a row; filled up to fours */
    int64_t panels;          /* of a group */
    int8_t *packed;          /* (group, panel, room / 4, columns, 4) */
    uint32_t *column_sums;   /* (group, panel, columns) */
    rl_byte_multiplier multiply;
    const float *factors; /* of each column, from sums to quanta of bytes; NULL: sums are stored */
    int32_t y_zero;
    bool y_signed;
    int workers;
    size_t rooms, room_bytes;
} integer_kernel;

typedef struct integer_job {
    const integer_kernel *kernel;
    const uint8_t *a;
    void *y;      /* int32, or bytes */
    int32_t zero; /* of unsigned bytes */
    char *rooms;
    rl_shares tiles;
} integer_job;

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* ---- running ---- */

/* The pixels that meet the window at `pixel` of the result, for the channels of a group. Those
 * outside are the zero point. */
static void gather_window(const integer_job *job, const uint8_t *picture, int64_t group,
                          int64_t pixel, uint8_t *to) {
    const rl_dnnl_conv_spec *s = &job->kernel->spec;
    const int64_t channels = s->in_channels / s->groups, height = s->in_size[0];
    const int64_t width = s->in_size[1];
    const int64_t top = pixel / s->out_size[1] * s->stride[0] - s->pad_begin[0];
    const int64_t left = pixel % s->out_size[1] * s->stride[1] - s->pad_begin[1];
    const uint8_t flip = job->kernel->a_shift ? 0x80 : 0;
    for (int64_t c = group * channels; c < (group + 1) * channels; c++)
        for (int64_t i = 0; i < s->kernel[0]; i++) {
            const int64_t y = top + i * s->dilation[0];
            for (int64_t k = 0; k < s->kernel[1]; k++) {
                const int64_t x = left + k * s->dilation[1];
                const bool exists = y >= 0 && y < height && x >= 0 && x < width;
                *to++ = exists ? picture[(c * height + y) * width + x] ^ flip : (uint8_t)job->zero;
            }
        }
}

/* Up to ROWS rows of one picture, for one group. */
typedef struct row_tile {
    int64_t picture, group, first;
    int count;
} row_tile;

static void gather(const integer_job *job, const row_tile *t, uint8_t *to) {
    const integer_kernel *kernel = job->kernel;
    const rl_dnnl_conv_spec *s = &kernel->spec;
    const uint8_t flip = kernel->a_shift ? 0x80 : 0;
    for (int64_t row = t->first; row < t->first + t->count; row++, to += kernel->room) {
        memset(to + kernel->depth, 0, (size_t)(kernel->room - kernel->depth));
        if (kernel->is_conv) {
            const int64_t size = s->in_channels * s->in_size[0] * s->in_size[1];
            gather_window(job, job->a + t->picture * size, t->group, row, to);
            continue;
        }
        const uint8_t *from = job->a + row * kernel->depth;
        for (int64_t k = 0; k < kernel->depth; k++)
            to[k] = from[k] ^ flip;
    }
}

/* Sums of the zero points' share, the same for all columns of a row. */
static uint32_t row_share(const integer_job *job, const uint8_t *row) {
    const integer_kernel *kernel = job->kernel;
    uint32_t sum = 0;
    if (!kernel->b_zero)
        return 0;
    for (int64_t k = 0; k < kernel->depth; k++)
        sum += row[k];
    return (uint32_t)kernel->b_zero * ((uint32_t)(kernel->depth * job->zero) - sum);
}

/* As rl_quantise(), to bytes of either sign. */
static uint8_t to_byte(const integer_kernel *kernel, int32_t sum, float factor) {
    const float least = kernel->y_signed ? -128.0f : 0.0f;
    const float x = nearbyintf((float)sum * factor) + (float)kernel->y_zero;
    return (uint8_t)(int32_t)fminf(fmaxf(x, least), least + 255.0f);
}

/* Sums of a panel go to a row of a matrix each, or to the same pixel of channel after channel. */
static void write_panel(const integer_job *job, const row_tile *t, int64_t panel,
                        const int32_t *sums, const uint32_t *shares) {
    const integer_kernel *kernel = job->kernel;
    const int64_t column = panel * COLUMNS, rest = kernel->columns - column;
    const int64_t count = rest < COLUMNS ? rest : COLUMNS;
    const uint32_t *of_columns =
        kernel->column_sums + (t->group * kernel->panels + panel) * COLUMNS;
    const int64_t channel = (t->picture * kernel->groups + t->group) * kernel->columns + column;
    const bool conv = kernel->is_conv;
    const int64_t step = conv ? kernel->rows : 1;
    for (int r = 0; r < t->count; r++) {
        const int64_t row = t->first + r;
        const int64_t to = conv ? channel * kernel->rows + row : row * kernel->columns + column;
        for (int64_t c = 0; c < count; c++) {
            const int32_t sum = (int32_t)((uint32_t)sums[r * COLUMNS + c] + shares[r] -
                                          (uint32_t)job->zero * of_columns[c]);
            if (kernel->factors)
                ((uint8_t *)job->y)[to + c] = to_byte(kernel, sum, kernel->factors[column + c]);
            else
                ((int32_t *)job->y)[to + c * step] = sum;
        }
    }
}

static void do_tile(const integer_job *job, const row_tile *t, uint8_t *room) {
    const integer_kernel *kernel = job->kernel;
    uint32_t shares[ROWS];
    gather(job, t, room);
    for (int r = 0; r < t->count; r++)
        shares[r] = row_share(job, room + r * kernel->room);
    for (int64_t p = 0; p < kernel->panels; p++) {
        int32_t sums[ROWS * COLUMNS];
        const int64_t at = (t->group * kernel->panels + p) * kernel->room * COLUMNS;
        kernel->multiply(room, kernel->room, kernel->packed + at, kernel->room, sums, t->count);
        write_panel(job, t, p, sums, shares);
    }
}

/* Workers, each with a room of its own for a tile's rows. */
static void work(void *arg, size_t begin, size_t end) {
    integer_job *job = arg;
    const integer_kernel *kernel = job->kernel;
    const int64_t tiles = ceil_div(kernel->rows, ROWS);
    for (size_t w = begin; w < end; w++)
        for (size_t item; rl_shares_take(&job->tiles, (int)w, &item);) {
            const int64_t part = (int64_t)item / tiles, tile = (int64_t)item % tiles;
            const int64_t first = kernel->rows * tile / tiles;
            const row_tile t = {part / kernel->groups, part % kernel->groups, first,
                                (int)(kernel->rows * (tile + 1) / tiles - first)};
            do_tile(job, &t, (uint8_t *)job->rooms + w * kernel->room_bytes);
        }
}

static int32_t zero_of_bytes(const integer_kernel *kernel, const rl_onednn_call *call) {
    if (!kernel->has_zero)
        return kernel->a_zero;
    const void *zero = rl_onednn_operand_get(call, &kernel->zero);
    return kernel->a_shift ? *(const int8_t *)zero : *(const uint8_t *)zero;
}

static relief_status run_integer(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const integer_kernel *kernel = (const integer_kernel *)given;
    integer_job job = {.kernel = kernel,
                       .a = rl_onednn_operand_get(call, &kernel->source),
                       .y = rl_onednn_data(call, call->node->outputs[0]),
                       .zero = zero_of_bytes(kernel, call) + kernel->a_shift,
                       .rooms = call->scratch + kernel->rooms};
    rl_shares_start(&job.tiles, kernel->workers,
                    (size_t)(kernel->pictures * kernel->groups * ceil_div(kernel->rows, ROWS)));
    rl_parallel(call->ctx, (size_t)kernel->workers, 1, work, &job);
    return RELIEF_OK;
}

/* ---- preparing ---- */

static bool is_byte_value(const rl_graph *graph, int value) {
    return graph->values[value].dtype == RELIEF_U8 || graph->values[value].dtype == RELIEF_I8;
}

static int input_of(const rl_node *node, int position) {
    return position >= 0 && position < node->own_input_count ? node->inputs[position] : RL_NO_VALUE;
}

static int64_t count_of(const rl_value *value) {
    int64_t count = 0;
    return rl_element_count(value->rank, value->dims, &count) ? count : 0;
}

static bool is_number(const rl_graph *graph, int value) {
    return value == RL_NO_VALUE || count_of(&graph->values[value]) == 1;
}

static bool is_constant(const rl_graph *graph, int value) {
    return value == RL_NO_VALUE || graph->values[value].constant;
}

static bool supports_integer(const rl_graph *graph, const rl_node *node) {
    const input_places *at = places_of(node);
    const int a_zero = input_of(node, at->a_zero), b_zero = input_of(node, at->b_zero);
    const rl_value *a = &graph->values[node->inputs[at->a]];
    const rl_value *b = &graph->values[node->inputs[at->b]];
    const int rank = !strcmp(node->op_type, "ConvInteger") ? 4 : 2;
    return is_byte_value(graph, node->inputs[at->a]) && !a->constant && a->rank >= 2 &&
           b->constant && b->rank == rank && is_byte_value(graph, node->inputs[at->b]) &&
           count_of(a) > 0 && count_of(b) > 0 && is_number(graph, a_zero) &&
           is_number(graph, b_zero) && is_constant(graph, b_zero);
}

static bool supports_qmatmul(const rl_graph *graph, const rl_node *node) {
    const input_places *at = places_of(node);
    for (int i = at->a_scale; i <= at->y_zero; i++)
        if (!is_constant(graph, node->inputs[i]))
            return false;
    return supports_integer(graph, node);
}

/* Signed weights in panels, and their sums. A weight of column c of group g at depth k is element
 * (g * columns + c) * depth + k, or for a matrix k * columns + c. */
static relief_status pack_panels(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                 integer_kernel *kernel) {
    const relief_tensor *b = program->base.graph->values[node->inputs[places_of(node)->b]].constant;
    const int64_t panel = kernel->room * COLUMNS, panels = kernel->groups * kernel->panels;
    const int64_t shift = b->dtype == RELIEF_U8 ? 128 : 0;
    void *packed = NULL, *sums = NULL;
    relief_status status = rl_onednn_constant(ctx, program, (size_t)(panels * panel), &packed);
    if (!status)
        status =
            rl_onednn_constant(ctx, program, (size_t)(panels * COLUMNS) * sizeof(uint32_t), &sums);
    if (status)
        return status;
    kernel->packed = packed;
    kernel->column_sums = sums;
    for (int64_t m = 0; m < kernel->groups * kernel->columns; m++) {
        const int64_t c = m % kernel->columns, place = m / kernel->columns * kernel->panels;
        const int64_t at = place + c / COLUMNS, column = c % COLUMNS;
        for (int64_t k = 0; k < kernel->depth; k++) {
            const int64_t i = kernel->is_conv ? m * kernel->depth + k : k * kernel->columns + m;
            const int8_t w = (int8_t)(rl_tensor_int(b, i) - shift);
            kernel->packed[at * panel + (k / 4 * COLUMNS + column) * 4 + k % 4] = w;
            kernel->column_sums[at * COLUMNS + column] += (uint32_t)w;
        }
    }
    return RELIEF_OK;
}

static relief_status take_zeros(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                integer_kernel *kernel) {
    const rl_graph *graph = program->base.graph;
    const input_places *at = places_of(node);
    const int a_zero = input_of(node, at->a_zero), b_zero = input_of(node, at->b_zero);
    kernel->a_shift = graph->values[node->inputs[at->a]].dtype == RELIEF_I8 ? 128 : 0;
    if (b_zero != RL_NO_VALUE)
        kernel->b_zero = (int32_t)rl_tensor_int(graph->values[b_zero].constant, 0);
    if (graph->values[node->inputs[at->b]].dtype == RELIEF_U8)
        kernel->b_zero -= 128;
    if (a_zero == RL_NO_VALUE)
        return RELIEF_OK;
    kernel->has_zero = !graph->values[a_zero].constant;
    if (!kernel->has_zero) {
        kernel->a_zero = (int32_t)rl_tensor_int(graph->values[a_zero].constant, 0);
        return RELIEF_OK;
    }
    return rl_onednn_operand_new(ctx, program, &kernel->base, a_zero,
                                 (rl_form){1, graph->values[a_zero].dtype}, &kernel->zero);
}

/* What turns sums of QLinearMatMul into bytes: a factor for each column. */
static relief_status take_factors(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                  integer_kernel *kernel) {
    const rl_graph *graph = program->base.graph;
    const input_places *at = places_of(node);
    void *factors = NULL;
    if (at->y_scale == NONE)
        return RELIEF_OK;
    relief_status status = rl_onednn_constant(
        ctx, program, (size_t)kernel->columns * sizeof *kernel->factors, &factors);
    if (status)
        return status;
    const relief_tensor *b_scale = graph->values[node->inputs[at->b_scale]].constant;
    const float a = rl_tensor_float(graph->values[node->inputs[at->a_scale]].constant, 0);
    const float y = rl_tensor_float(graph->values[node->inputs[at->y_scale]].constant, 0);
    const bool one = is_number(graph, node->inputs[at->b_scale]);
    for (int64_t c = 0; c < kernel->columns; c++)
        ((float *)factors)[c] = a * rl_tensor_float(b_scale, one ? 0 : c) / y;
    kernel->factors = factors;
    kernel->y_zero = (int32_t)rl_tensor_int(graph->values[node->inputs[at->y_zero]].constant, 0);
    kernel->y_signed = graph->values[node->outputs[0]].dtype == RELIEF_I8;
    return RELIEF_OK;
}

static bool take_sizes(const rl_graph *graph, const rl_node *node, integer_kernel *kernel) {
    const rl_value *a = &graph->values[node->inputs[places_of(node)->a]];
    const rl_value *b = &graph->values[node->inputs[places_of(node)->b]];
    kernel->is_conv = !strcmp(node->op_type, "ConvInteger");
    kernel->pictures = kernel->groups = 1;
    if (!kernel->is_conv) {
        kernel->depth = b->dims[0];
        kernel->columns = b->dims[1];
        kernel->rows = count_of(a) / kernel->depth;
        return true;
    }
    if (!rl_onednn_describe_conv(graph, node, places_of(node)->b, &kernel->spec))
        return false;
    kernel->pictures = kernel->spec.batch;
    kernel->groups = kernel->spec.groups;
    kernel->rows = kernel->spec.out_size[0] * kernel->spec.out_size[1];
    kernel->columns = kernel->spec.out_channels / kernel->groups;
    kernel->depth = b->dims[1] * b->dims[2] * b->dims[3];
    return true;
}

static relief_status prepare_integer(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const int a = node->inputs[places_of(node)->a];
    integer_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_integer;
    if (!take_sizes(graph, node, kernel))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no output");
    kernel->room = ceil_div(kernel->depth, 4) * 4;
    kernel->panels = ceil_div(kernel->columns, COLUMNS);
    kernel->multiply = rl_byte_multiplier_of((int)program->vector);
    kernel->workers = relief_ctx_threads(ctx);
    kernel->room_bytes = (size_t)ceil_div(ROWS * kernel->room, RL_ALIGNMENT) * RL_ALIGNMENT;
    program->forms[node->outputs[0]] = (rl_form){1, graph->values[node->outputs[0]].dtype};
    rl_onednn_reserve(program, &kernel->base, kernel->room_bytes * (size_t)kernel->workers,
                      &kernel->rooms);
    status = rl_onednn_operand_new(ctx, program, &kernel->base, a,
                                   (rl_form){1, graph->values[a].dtype}, &kernel->source);
    if (!status)
        status = take_zeros(ctx, program, node, kernel);
    if (!status)
        status = take_factors(ctx, program, node, kernel);
    return status ? status : pack_panels(ctx, program, node, kernel);
}

/* ---- Cast of sums to floats ---- */

typedef struct cast_kernel {
    rl_onednn_kernel base;
    rl_onednn_operand source;
    size_t count;
} cast_kernel;

typedef struct cast_job {
    const int32_t *x;
    float *y;
} cast_job;

static void cast_range(void *arg, size_t begin, size_t end) {
    const cast_job *job = arg;
    for (size_t i = begin; i < end; i++)
        job->y[i] = (float)job->x[i];
}

static bool supports_cast(const rl_graph *graph, const rl_node *node) {
    const rl_value *x = &graph->values[node->inputs[0]];
    return x->dtype == RELIEF_I32 && !x->constant && !node->epilogue_count &&
           rl_onednn_is_float(graph, node->outputs[0]);
}

static relief_status run_cast(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    enum { GRAIN = 16384 };
    const cast_kernel *kernel = (const cast_kernel *)given;
    cast_job job = {rl_onednn_operand_get(call, &kernel->source),
                    rl_onednn_data(call, call->node->outputs[0])};
    rl_parallel(call->ctx, kernel->count, GRAIN, cast_range, &job);
    return RELIEF_OK;
}

static relief_status prepare_cast(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    cast_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_cast;
    kernel->count = (size_t)count_of(&graph->values[node->inputs[0]]);
    program->forms[node->outputs[0]] = (rl_form){1, RELIEF_F32};
    return rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                 (rl_form){1, RELIEF_I32}, &kernel->source);
}

const rl_onednn_op rl_onednn_ops_integer[] = {
    {"ConvInteger", supports_integer, prepare_integer},
    {"MatMulInteger", supports_integer, prepare_integer},
    {"QLinearMatMul", supports_qmatmul, prepare_integer},
    {"Cast", supports_cast, prepare_cast},
    {0},
};
