/* SPDX-License-Identifier: Apache-2.0 */
/* QLinearConv by kernels for floats. Bytes less their zero point, and weights less theirs, are
 * whole numbers; the library's f32 convolution sums their products exactly as long as no partial
 * sum leaves 2^24, and far finer than a quantum beyond it. The sums are then scaled and rounded as
 * the kernels for bytes do it. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/conv_plain.h"
#include "nn/onednn/conv_spec.h"
#include "nn/onednn/qconv.h"
#include "nn/onednn/vector.h"

typedef struct wide_kernel {
    rl_onednn_kernel base;
    rl_dnnl_conv *conv; /* NULL: by rl_conv_plain_run() */
    int64_t merged;
    rl_dnnl_conv_spec spec;
    const float *bias, *weights, *scales; /* scales: one for each output channel */
    rl_onednn_operand source;             /* bytes, channels last */
    rl_quantum x, y;
    rl_layout in, out;             /* of bytes, channels last */
    rl_layout in_wide, out_wide;   /* of floats, as the convolution wants them */
    size_t scratch, widened, sums; /* offsets in the scratch memory */
} wide_kernel;

typedef struct wide_job {
    const wide_kernel *kernel;
    const void *from;
    void *to;
} wide_job;

static void free_wide(rl_onednn_kernel *kernel) {
    rl_dnnl_conv_free(((wide_kernel *)kernel)->conv);
}

/* ---- running ---- */

/* Rows of floats, counted over (N, blocks, H): those that channels of a block begin with. */
typedef struct wide_row {
    int64_t pixel;        /* the first, in a layout of channels last */
    int64_t first, count; /* channels of the block */
    int64_t wide;         /* its place among the floats */
    int64_t pixel_stride;
} wide_row;

static wide_row row_at(const rl_layout *wide, int64_t row) {
    const int64_t y = row % wide->height, blocks = rl_layout_blocks(wide);
    const int64_t block = row / wide->height % blocks, picture = row / wide->height / blocks;
    const int64_t first = block * wide->block, left = wide->channels - first;
    return (wide_row){.pixel = (picture * wide->height + y) * wide->width,
                      .first = first,
                      .count = left < wide->block ? left : wide->block,
                      .wide = row * wide->width * wide->block,
                      .pixel_stride = wide->block};
}

/* Channels that fill the last block stay what they are: their weights are 0.
 * NOLINTBEGIN(bugprone-macro-parentheses): a type in parentheses is no type. */
#define WIDE_LOOPS(SUFFIX, TYPE, LEAST)                                                            \
    RL_EVERY_WIDTH static void widen_##SUFFIX(const TYPE *x, float *y, int64_t count,              \
                                              float zero) {                                        \
        RL_INDEPENDENT                                                                             \
        for (int64_t c = 0; c < count; c++)                                                        \
            y[c] = (float)x[c] - zero;                                                             \
    }                                                                                              \
    RL_EVERY_WIDTH static void narrow_##SUFFIX(const float *sums, const float *scales, TYPE *y,    \
                                               int64_t count, float zero) {                        \
        const float shift = 12582912.0f; /* 1.5 * 2^23: without fractions, halves to even */       \
        RL_INDEPENDENT                                                                             \
        for (int64_t c = 0; c < count; c++) {                                                      \
            float q = sums[c] * scales[c];                                                         \
            q = q < -1024.0f ? -1024.0f : q;                                                       \
            q = q > 1024.0f ? 1024.0f : q;                                                         \
            q = ((q + shift) - shift) + zero;                                                      \
            q = q < (LEAST) ? (LEAST) : q;                                                         \
            y[c] = (TYPE)(int32_t)(q > (LEAST) + 255.0f ? (LEAST) + 255.0f : q);                   \
        }                                                                                          \
    }

WIDE_LOOPS(u8, uint8_t, 0.0f)
WIDE_LOOPS(i8, int8_t, -128.0f)
/* NOLINTEND(bugprone-macro-parentheses) */

static void widen_rows(void *arg, size_t begin, size_t end) {
    const wide_job *job = arg;
    const wide_kernel *k = job->kernel;
    const float zero = (float)k->x.zero;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        const wide_row row = row_at(&k->in_wide, r);
        for (int64_t i = 0; i < k->in.width; i++) {
            const int64_t from = (row.pixel + i) * k->in.channels + row.first;
            float *to = (float *)job->to + row.wide + i * row.pixel_stride;
            if (k->in.type == RELIEF_U8)
                widen_u8((const uint8_t *)job->from + from, to, row.count, zero);
            else
                widen_i8((const int8_t *)job->from + from, to, row.count, zero);
        }
    }
}

static void narrow_rows(void *arg, size_t begin, size_t end) {
    const wide_job *job = arg;
    const wide_kernel *k = job->kernel;
    const float zero = (float)k->y.zero;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        const wide_row row = row_at(&k->out_wide, r);
        const float *scales = k->scales + row.first;
        for (int64_t i = 0; i < k->out.width; i++) {
            const float *sums = (const float *)job->from + row.wide + i * row.pixel_stride;
            const int64_t to = (row.pixel + i) * k->out.channels + row.first;
            if (k->out.type == RELIEF_U8)
                narrow_u8(sums, scales, (uint8_t *)job->to + to, row.count, zero);
            else
                narrow_i8(sums, scales, (int8_t *)job->to + to, row.count, zero);
        }
    }
}

static void for_rows(const rl_onednn_call *call, const rl_layout *wide, rl_range_fn rows,
                     wide_job *job) {
    enum { GRAIN = 4 };
    rl_parallel(call->ctx, (size_t)(rl_layout_panels(wide) * wide->height), GRAIN, rows, job);
}

static relief_status run_wide(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const wide_kernel *kernel = (const wide_kernel *)given;
    float *x = (float *)(void *)(call->scratch + kernel->widened);
    float *sums = (float *)(void *)(call->scratch + kernel->sums);
    wide_job widen = {kernel, rl_onednn_operand_get(call, &kernel->source), x};
    wide_job narrow = {kernel, sums, rl_onednn_data(call, call->node->outputs[0])};
    relief_status status = RELIEF_OK;
    for_rows(call, &kernel->in_wide, widen_rows, &widen);
    if (kernel->conv) {
        const rl_dnnl_conv_data data = {x, kernel->weights, kernel->bias, sums,
                                        call->scratch + kernel->scratch};
        status = rl_dnnl_conv_run(call->ctx, kernel->conv, &data);
    } else {
        rl_conv_plain_run(call->ctx, &kernel->spec, x, kernel->weights, kernel->bias, sums);
    }
    if (!status)
        for_rows(call, &kernel->out_wide, narrow_rows, &narrow);
    return status;
}

/* ---- preparing ---- */

/* Weights less their zero points, of which there is one, or one for each output channel. */
static void widen_weights(const rl_graph *graph, const rl_node *node, float *to) {
    const relief_tensor *w = rl_onednn_constant_at(graph, node, RL_QCONV_W);
    const relief_tensor *zero = rl_onednn_constant_at(graph, node, RL_QCONV_W_ZERO);
    const int64_t count = (int64_t)w->bytes, own = count / w->dims[0];
    const bool many = zero && zero->bytes > 1;
    for (int64_t i = 0; i < count; i++) {
        const int64_t z = zero ? rl_tensor_int(zero, many ? i / own : 0) : 0;
        to[i] = (float)(rl_tensor_int(w, i) - z);
    }
}

static relief_status pack_wide(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                               wide_kernel *kernel) {
    const rl_graph *graph = program->base.graph;
    const size_t count = rl_onednn_constant_at(graph, node, RL_QCONV_W)->bytes;
    const size_t bytes =
        kernel->conv ? rl_dnnl_conv_weight_bytes(kernel->conv) : count * sizeof(float);
    void *packed = NULL, *wide = NULL, *spread = NULL;
    relief_status status = rl_onednn_constant(ctx, program, bytes, &packed);
    kernel->weights = packed;
    if (!status && !kernel->conv) {
        widen_weights(graph, node, packed);
        return RELIEF_OK;
    }
    if (!status)
        status = rl_alloc_in(ctx, count, sizeof(float), &wide);
    if (!status)
        status = rl_alloc_in(ctx, count * (size_t)kernel->merged, sizeof(float), &spread);
    if (!status) {
        widen_weights(graph, node, wide);
        rl_onednn_spread_weights(&kernel->spec, kernel->merged, wide, spread);
        status = rl_dnnl_conv_pack(ctx, kernel->conv, spread, packed);
    }
    rl_free(wide);
    rl_free(spread);
    return status;
}

static relief_status take_scales(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                 wide_kernel *kernel) {
    const rl_graph *graph = program->base.graph;
    const int64_t count = kernel->spec.out_channels;
    void *scales = NULL;
    relief_status status = rl_onednn_constant(ctx, program, (size_t)count * sizeof(float), &scales);
    if (!status)
        rl_qconv_scales(graph, node, scales, count);
    kernel->scales = scales;
    (void)rl_onednn_find_quantum(graph, node, RL_QCONV_X_SCALE, &kernel->x);
    (void)rl_onednn_find_quantum(graph, node, RL_QCONV_Y_SCALE, &kernel->y);
    return status;
}

static void reserve_wide(rl_onednn_program *program, wide_kernel *kernel) {
    if (kernel->conv)
        rl_onednn_reserve(program, &kernel->base, rl_dnnl_conv_scratch_bytes(kernel->conv),
                          &kernel->scratch);
    rl_onednn_reserve(program, &kernel->base, rl_layout_bytes(&kernel->in_wide), &kernel->widened);
    rl_onednn_reserve(program, &kernel->base, rl_layout_bytes(&kernel->out_wide), &kernel->sums);
}

relief_status rl_onednn_prepare_qconv_floats(relief_ctx *ctx, rl_onednn_program *program,
                                             int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *x = &graph->values[node->inputs[0]], *y = &graph->values[node->outputs[0]];
    const rl_form form = rl_onednn_byte_form(graph, node->inputs[0]);
    wide_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_wide;
    kernel->base.free = free_wide;
    rl_dnnl_conv_spec *spec = &kernel->spec;
    if (!rl_onednn_describe_conv(graph, node, RL_QCONV_W, spec))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no output");
    spec->in_type = spec->out_type = RELIEF_F32;
    spec->bias = rl_onednn_constant_at(graph, node, RL_QCONV_B) != NULL;
    program->forms[node->outputs[0]] = rl_onednn_byte_form(graph, node->outputs[0]);
    status = rl_onednn_choose_conv(ctx, program, spec, &kernel->merged, &kernel->conv);
    if (!status)
        status = rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form,
                                       &kernel->source);
    kernel->in = rl_layout_of(x, form);
    kernel->out = rl_layout_of(y, program->forms[node->outputs[0]]);
    kernel->in_wide = rl_layout_of(x, (rl_form){spec->in_block, RELIEF_F32});
    kernel->out_wide = rl_layout_of(y, (rl_form){spec->out_block, RELIEF_F32});
    reserve_wide(program, kernel);
    if (!status)
        status = take_scales(ctx, program, node, kernel);
    if (!status)
        status = pack_wide(ctx, program, node, kernel);
    return status ? status : rl_qconv_bias(ctx, program, node, &kernel->bias);
}
