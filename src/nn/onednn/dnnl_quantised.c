/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of 8 bits: convolutions by the library's own kernels, whose sums are exact, and the rest
 * as loops of ours. Pictures lie with their channels last (one block), as those kernels want them.
 *
 * Nothing of this depends on the number of threads: whole numbers are summed in any order, and
 * scaling and rounding is done to each on its own. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/threads.h"
#include "nn/onednn/conv_spec.h"
#include "nn/onednn/qconv.h"
#include "nn/onednn/shape.h"
#include "nn/onednn/vector.h"
#include "nn/ops/op_params.h"

typedef rl_quantum quantum;

static bool is_byte(const rl_graph *graph, int value) {
    return value != RL_NO_VALUE &&
           (graph->values[value].dtype == RELIEF_U8 || graph->values[value].dtype == RELIEF_I8);
}

static int64_t count_of(const rl_value *value) {
    int64_t count = 1;
    for (int i = 0; i < value->rank; i++)
        count *= value->dims[i];
    return count;
}

const relief_tensor *rl_onednn_constant_at(const rl_graph *graph, const rl_node *node, int input) {
    return input < node->own_input_count && node->inputs[input] != RL_NO_VALUE
               ? graph->values[node->inputs[input]].constant
               : NULL;
}

bool rl_onednn_find_quantum(const rl_graph *graph, const rl_node *node, int scale, quantum *out) {
    const relief_tensor *s = rl_onednn_constant_at(graph, node, scale);
    const bool has_zero =
        scale + 1 < node->own_input_count && node->inputs[scale + 1] != RL_NO_VALUE;
    const relief_tensor *z = has_zero ? rl_onednn_constant_at(graph, node, scale + 1) : NULL;
    if (!s || s->dtype != RELIEF_F32 || count_of(&graph->values[node->inputs[scale]]) != 1 ||
        (has_zero && (!z || count_of(&graph->values[node->inputs[scale + 1]]) != 1)))
        return false;
    *out = (quantum){rl_tensor_float(s, 0), z ? (int32_t)rl_tensor_int(z, 0) : 0};
    return out->scale > 0;
}

rl_form rl_onednn_byte_form(const rl_graph *graph, int value) {
    const rl_value *v = &graph->values[value];
    return (rl_form){v->rank == 4 ? v->dims[1] : 1, v->dtype};
}

enum { VECTOR_512 = 16 }; /* floats in a vector of 512 bits */

/* Least and largest number of a type. */
static float least_of(relief_dtype type) {
    return type == RELIEF_I8 ? -128.0f : 0.0f;
}

/* ---- QLinearConv ---- */

enum {
    X_SCALE = RL_QCONV_X_SCALE,
    W = RL_QCONV_W,
    W_SCALE = RL_QCONV_W_SCALE,
    W_ZERO = RL_QCONV_W_ZERO,
    Y_SCALE = RL_QCONV_Y_SCALE,
    B = RL_QCONV_B
};

typedef struct qconv_kernel {
    rl_onednn_kernel base;
    rl_dnnl_conv *conv;
    const float *bias;
    const void *weights;
    rl_onednn_operand source;
    size_t scratch;
} qconv_kernel;

static void free_qconv(rl_onednn_kernel *kernel) {
    rl_dnnl_conv_free(((qconv_kernel *)kernel)->conv);
}

/* What weights of unsigned numbers are moved by to become signed ones. */
static int32_t weight_shift(const relief_tensor *weights) {
    return weights->dtype == RELIEF_U8 ? 128 : 0;
}

/* Whether the weights are of signed bytes about 0, perhaps once they are moved. */
static bool are_symmetric(const rl_graph *graph, const rl_node *node) {
    const relief_tensor *w = rl_onednn_constant_at(graph, node, W);
    const relief_tensor *zero = rl_onednn_constant_at(graph, node, W_ZERO);
    const int64_t count = zero ? count_of(&graph->values[node->inputs[W_ZERO]]) : 0;
    for (int64_t i = 0; i < count; i++)
        if (rl_tensor_int(zero, i) != weight_shift(w))
            return false;
    return zero || w->dtype == RELIEF_I8;
}

static bool supports_qconv(const rl_graph *graph, const rl_node *node) {
    quantum x, y;
    if (!is_byte(graph, node->inputs[0]) || graph->values[node->inputs[0]].rank != 4 ||
        graph->values[node->inputs[0]].constant)
        return false;
    const bool has_bias = node->own_input_count > B && node->inputs[B] != RL_NO_VALUE;
    const bool has_zero = node->inputs[W_ZERO] != RL_NO_VALUE;
    return rl_onednn_find_quantum(graph, node, X_SCALE, &x) &&
           rl_onednn_find_quantum(graph, node, Y_SCALE, &y) &&
           rl_onednn_constant_at(graph, node, W) && rl_onednn_constant_at(graph, node, W_SCALE) &&
           (!has_zero || rl_onednn_constant_at(graph, node, W_ZERO)) &&
           (!has_bias || rl_onednn_constant_at(graph, node, B));
}

void rl_qconv_scales(const rl_graph *graph, const rl_node *node, float *scales, int64_t count) {
    const relief_tensor *w = rl_onednn_constant_at(graph, node, W_SCALE);
    const bool one = count_of(&graph->values[node->inputs[W_SCALE]]) == 1;
    quantum x = {0}, y = {.scale = 1};
    (void)rl_onednn_find_quantum(graph, node, X_SCALE, &x);
    (void)rl_onednn_find_quantum(graph, node, Y_SCALE, &y);
    for (int64_t c = 0; c < count; c++)
        scales[c] = x.scale * rl_tensor_float(w, one ? 0 : c) / y.scale;
}

static relief_status pack_bytes(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                qconv_kernel *kernel) {
    const relief_tensor *w = rl_onednn_constant_at(program->base.graph, node, W);
    void *packed = NULL, *moved = NULL;
    relief_status status =
        rl_onednn_constant(ctx, program, rl_dnnl_conv_weight_bytes(kernel->conv), &packed);
    if (!status)
        status = rl_alloc_in(ctx, w->bytes, 1, &moved);
    if (status)
        return status;
    const int32_t shift = weight_shift(w);
    for (size_t i = 0; i < w->bytes; i++)
        ((int8_t *)moved)[i] = (int8_t)(rl_tensor_int(w, (int64_t)i) - shift);
    status = rl_dnnl_conv_pack(ctx, kernel->conv, moved, packed);
    rl_free(moved);
    kernel->weights = packed;
    return status;
}

relief_status rl_qconv_bias(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                            const float **out) {
    const relief_tensor *bias = rl_onednn_constant_at(program->base.graph, node, B);
    *out = NULL;
    if (!bias)
        return RELIEF_OK;
    const size_t count = bias->bytes / sizeof(int32_t);
    void *copy = NULL;
    /* Kernels may read whole vectors. */
    relief_status status = rl_onednn_constant(ctx, program, count * sizeof(float) + 64, &copy);
    for (size_t i = 0; !status && i < count; i++)
        ((float *)copy)[i] = (float)rl_tensor_int(bias, (int64_t)i);
    *out = copy;
    return status;
}

static relief_status run_qconv(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const qconv_kernel *kernel = (const qconv_kernel *)given;
    const rl_dnnl_conv_data data = {rl_onednn_operand_get(call, &kernel->source), kernel->weights,
                                    kernel->bias, rl_onednn_data(call, call->node->outputs[0]),
                                    call->scratch + kernel->scratch};
    return rl_dnnl_conv_run(call->ctx, kernel->conv, &data);
}

/* The library's kernel for the node. */
static relief_status make_qconv(relief_ctx *ctx, rl_onednn_program *program, const rl_node *node,
                                qconv_kernel *kernel) {
    const rl_graph *graph = program->base.graph;
    rl_dnnl_conv_spec spec;
    quantum x = {0}, y = {0};
    void *scales = NULL;
    if (!rl_onednn_describe_conv(graph, node, W, &spec))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no output");
    relief_status status = rl_alloc_in(ctx, (size_t)spec.out_channels, sizeof(float), &scales);
    if (status)
        return status;
    (void)rl_onednn_find_quantum(graph, node, X_SCALE, &x);
    (void)rl_onednn_find_quantum(graph, node, Y_SCALE, &y);
    rl_qconv_scales(graph, node, scales, spec.out_channels);
    spec.in_type = graph->values[node->inputs[0]].dtype;
    spec.out_type = graph->values[node->outputs[0]].dtype;
    spec.in_zero = x.zero;
    spec.out_zero = y.zero;
    spec.scales = scales;
    spec.bias = rl_onednn_constant_at(graph, node, B) != NULL;
    status = rl_dnnl_conv_new(ctx, program->dnnl, &spec, &kernel->conv);
    rl_free(scales);
    if (!status && !kernel->conv)
        status = rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                              "oneDNN has no kernel for this convolution of 8 bits");
    return status;
}

static relief_status prepare_qconv(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    qconv_kernel *kernel = NULL;
    if (!rl_dnnl_has_int8() || !are_symmetric(graph, node))
        return rl_onednn_prepare_qconv_floats(ctx, program, index);
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_qconv;
    kernel->base.free = free_qconv;
    program->forms[node->outputs[0]] = rl_onednn_byte_form(graph, node->outputs[0]);
    status = make_qconv(ctx, program, node, kernel);
    if (!status)
        status =
            rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0],
                                  rl_onednn_byte_form(graph, node->inputs[0]), &kernel->source);
    if (!status)
        status = pack_bytes(ctx, program, node, kernel);
    if (!status)
        status = rl_qconv_bias(ctx, program, node, &kernel->bias);
    if (!status)
        rl_onednn_reserve(program, &kernel->base, rl_dnnl_conv_scratch_bytes(kernel->conv),
                          &kernel->scratch);
    return status;
}

/* ---- element by element ---- */

typedef struct byte_kernel byte_kernel;

/* Elements [begin, end) of x (and b) into y. */
typedef void (*byte_loop)(const byte_kernel *kernel, const void *const sources[2], void *y,
                          int64_t begin, int64_t end);

struct byte_kernel {
    rl_onednn_kernel base;
    byte_loop loop;
    const rl_byte_loops *fast; /* NULL: there are no faster loops */
    uint8_t *table;            /* of all bytes, for look_up() */
    int source_count;
    rl_onednn_operand sources[2];
    rl_layout out;                   /* row-major where the sources are */
    rl_form form;                    /* of the result, when that is another: converted at the end */
    size_t staged;                   /* the result before that, in scratch memory */
    float factors[2], offset, least; /* see the loops */
    float bounds[2];
};

typedef struct byte_job {
    const byte_kernel *kernel;
    const void *sources[2];
    void *y;
} byte_job;

/* To the nearest, a tie to the even one: numbers of this size have no fraction in a float. Within
 * +-2^22. */
static inline float round_even(float x) {
    const float shift = 12582912.0f; /* 1.5 * 2^23 */
    return (x + shift) - shift;
}

static inline float between(float x, float lo, float hi) {
    x = x < lo ? lo : x;
    return x > hi ? hi : x;
}

/* A macro each for unsigned and signed bytes: the compiler makes vector code of simple loops.
 * NOLINTBEGIN(bugprone-macro-parentheses): a type in parentheses is no type. */
#define BYTE_LOOPS(SUFFIX, TYPE)                                                                   \
    /* y = a * factors[0] + (b * factors[1] + offset), rounded as ONNX Runtime does it */          \
    RL_EVERY_WIDTH static void add_##SUFFIX(const byte_kernel *k, const void *const sources[2],    \
                                            void *y, int64_t begin, int64_t end) {                 \
        const TYPE *a = sources[0], *b = sources[1];                                               \
        TYPE *to = y;                                                                              \
        const float fa = k->factors[0], fb = k->factors[1], offset = k->offset, lo = k->least;     \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = begin; i < end; i++) {                                                    \
            const float x = fmaf((float)a[i], fa, fmaf((float)b[i], fb, offset));                  \
            to[i] = (TYPE)(int32_t)round_even(between(x, lo, lo + 255.0f));                        \
        }                                                                                          \
    }                                                                                              \
    /* y = x / factors[0] + offset, the offset behind the rounding */                              \
    RL_EVERY_WIDTH static void quantise_##SUFFIX(                                                  \
        const byte_kernel *k, const void *const sources[2], void *y, int64_t begin, int64_t end) { \
        const float *x = sources[0];                                                               \
        TYPE *to = y;                                                                              \
        const float scale = k->factors[0], offset = k->offset, lo = k->least;                      \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = begin; i < end; i++) {                                                    \
            const float q = between(x[i] / scale, -1024.0f, 1024.0f);                              \
            to[i] = (TYPE)(int32_t)between(round_even(q) + offset, lo, lo + 255.0f);               \
        }                                                                                          \
    }                                                                                              \
    /* y = (x - offset) * factors[0] */                                                            \
    RL_EVERY_WIDTH static void dequantise_##SUFFIX(                                                \
        const byte_kernel *k, const void *const sources[2], void *y, int64_t begin, int64_t end) { \
        const TYPE *x = sources[0];                                                                \
        float *to = y;                                                                             \
        const float scale = k->factors[0], offset = k->offset;                                     \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = begin; i < end; i++)                                                      \
            to[i] = ((float)x[i] - offset) * scale;                                                \
    }                                                                                              \
    RL_EVERY_WIDTH static void clip_##SUFFIX(const byte_kernel *k, const void *const sources[2],   \
                                             void *y, int64_t begin, int64_t end) {                \
        const TYPE *x = sources[0];                                                                \
        TYPE *to = y;                                                                              \
        const TYPE lo = (TYPE)k->bounds[0], hi = (TYPE)k->bounds[1];                               \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = begin; i < end; i++) {                                                    \
            const TYPE raised = x[i] < lo ? lo : x[i];                                             \
            to[i] = raised > hi ? hi : raised;                                                     \
        }                                                                                          \
    }

BYTE_LOOPS(u8, uint8_t)
BYTE_LOOPS(i8, int8_t)

/* As add_u8() and add_i8(). */
static void add_fast(const byte_kernel *k, const void *const sources[2], void *y, int64_t begin,
                     int64_t end) {
    const void *const from[2] = {(const char *)sources[0] + begin,
                                 (const char *)sources[1] + begin};
    const rl_byte_sum sum = {{k->factors[0], k->factors[1]}, k->offset, k->least};
    k->fast->add(&sum, from, (char *)y + begin, end - begin);
}

static void look_up(const byte_kernel *k, const void *const sources[2], void *y, int64_t begin,
                    int64_t end) {
    rl_byte_look_up(k->table, (const uint8_t *)sources[0] + begin, (uint8_t *)y + begin,
                    end - begin);
}

static void byte_range(void *arg, size_t begin, size_t end) {
    const byte_job *job = arg;
    job->kernel->loop(job->kernel, job->sources, job->y, (int64_t)begin, (int64_t)end);
}

static relief_status run_bytes(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    enum { GRAIN = 16384 };
    const byte_kernel *kernel = (const byte_kernel *)given;
    void *y = rl_onednn_data(call, call->node->outputs[0]);
    const bool as_it_is = rl_layout_is(&kernel->out, kernel->form);
    byte_job job = {.kernel = kernel, .y = as_it_is ? y : call->scratch + kernel->staged};
    for (int i = 0; i < kernel->source_count; i++)
        job.sources[i] = rl_onednn_operand_get(call, &kernel->sources[i]);
    rl_parallel(call->ctx, (size_t)rl_layout_elements(&kernel->out), GRAIN, byte_range, &job);
    if (!as_it_is)
        rl_layout_convert(call->ctx, &kernel->out, job.y, kernel->form, y);
    return RELIEF_OK;
}

/* A kernel that reads `count` inputs in one form, that of its loop, and whose result is to have
 * another perhaps. */
static relief_status begin_bytes(relief_ctx *ctx, rl_onednn_program *program, int index,
                                 rl_form form, byte_kernel **out) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const int result = node->outputs[0];
    byte_kernel *kernel = NULL;
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    *out = kernel;
    kernel->base.run = run_bytes;
    const relief_dtype type = graph->values[result].dtype;
    kernel->least = least_of(type);
    if (program->vector == VECTOR_512)
        kernel->fast = rl_byte_loops_fast(type == RELIEF_I8);
    kernel->out = rl_layout_of(&graph->values[result], (rl_form){form.block, type});
    kernel->form = type == RELIEF_F32 ? (rl_form){1, type} : rl_onednn_byte_form(graph, result);
    program->forms[result] = kernel->form;
    if (!rl_layout_is(&kernel->out, kernel->form))
        rl_onednn_reserve(program, &kernel->base, rl_layout_bytes(&kernel->out), &kernel->staged);
    return RELIEF_OK;
}

static relief_status add_source(relief_ctx *ctx, rl_onednn_program *program, byte_kernel *kernel,
                                int value, rl_form form) {
    return rl_onednn_operand_new(ctx, program, &kernel->base, value, form,
                                 &kernel->sources[kernel->source_count++]);
}

/* ---- QLinearAdd ---- */

enum { OTHER = 3, OTHER_SCALE, SUM_SCALE = 6 };
enum { TABLE_SCALE = 3, TABLE_INPUTS = 5 };

static bool supports_qadd(const rl_graph *graph, const rl_node *node) {
    quantum q;
    for (int i = 0; i <= OTHER; i += OTHER)
        if (graph->values[node->inputs[i]].constant ||
            !rl_onednn_same_shape(&graph->values[node->inputs[i]],
                                  &graph->values[node->outputs[0]]))
            return false;
    return rl_onednn_find_quantum(graph, node, X_SCALE, &q) &&
           rl_onednn_find_quantum(graph, node, OTHER_SCALE, &q) &&
           rl_onednn_find_quantum(graph, node, SUM_SCALE, &q);
}

static relief_status prepare_qadd(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_form form = rl_onednn_byte_form(graph, node->outputs[0]);
    byte_kernel *kernel = NULL;
    quantum a = {0}, b = {0}, y = {.scale = 1};
    relief_status status = begin_bytes(ctx, program, index, form, &kernel);
    for (int i = 0; !status && i <= OTHER; i += OTHER)
        status = add_source(ctx, program, kernel, node->inputs[i], form);
    if (status)
        return status;
    (void)rl_onednn_find_quantum(graph, node, X_SCALE, &a);
    (void)rl_onednn_find_quantum(graph, node, OTHER_SCALE, &b);
    (void)rl_onednn_find_quantum(graph, node, SUM_SCALE, &y);
    kernel->factors[0] = a.scale / y.scale;
    kernel->factors[1] = b.scale / y.scale;
    kernel->offset =
        (float)y.zero - fmaf(kernel->factors[0], (float)a.zero, kernel->factors[1] * (float)b.zero);
    kernel->loop = kernel->fast ? add_fast : form.type == RELIEF_U8 ? add_u8 : add_i8;
    return RELIEF_OK;
}

/* ---- functions of one byte: QLinearLeakyRelu, QLinearSigmoid ---- */

static bool supports_table(const rl_graph *graph, const rl_node *node) {
    quantum q;
    return !graph->values[node->inputs[0]].constant &&
           rl_onednn_find_quantum(graph, node, X_SCALE, &q) &&
           rl_onednn_find_quantum(graph, node, TABLE_SCALE, &q);
}

/* The plain kernel's answer to every byte. */
static relief_status fill_table(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                uint8_t *table) {
    uint8_t all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    relief_tensor x = {.dtype = graph->values[node->inputs[0]].dtype,
                       .rank = 1,
                       .dims = {256},
                       .data = all,
                       .bytes = sizeof all};
    relief_tensor y = x;
    y.data = table;
    const relief_tensor *inputs[TABLE_INPUTS] = {&x};
    relief_tensor *outputs[] = {&y};
    for (int i = 1; i < node->own_input_count && i < TABLE_INPUTS; i++)
        inputs[i] = rl_onednn_constant_at(graph, node, i);
    return node->op->run(ctx, node, inputs, outputs);
}

static relief_status prepare_table(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_form form = rl_onednn_byte_form(graph, node->inputs[0]);
    byte_kernel *kernel = NULL;
    void *table = NULL;
    relief_status status = begin_bytes(ctx, program, index, form, &kernel);
    if (!status)
        status = add_source(ctx, program, kernel, node->inputs[0], form);
    if (!status)
        status = rl_onednn_constant(ctx, program, 256, &table);
    if (status)
        return status;
    kernel->table = table;
    kernel->loop = look_up;
    return fill_table(ctx, graph, node, table);
}

/* ---- QuantizeLinear, DequantizeLinear ---- */

static bool supports_quantise(const rl_graph *graph, const rl_node *node) {
    quantum q;
    return rl_onednn_is_float(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant &&
           rl_onednn_find_quantum(graph, node, X_SCALE, &q);
}

/* One float is read row-major, and the bytes put in place afterwards: they are few. */
static relief_status prepare_quantise(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_form form = {1, RELIEF_F32};
    byte_kernel *kernel = NULL;
    quantum q = {0};
    relief_status status = begin_bytes(ctx, program, index, form, &kernel);
    if (!status)
        status = add_source(ctx, program, kernel, node->inputs[0], form);
    if (status)
        return status;
    (void)rl_onednn_find_quantum(graph, node, X_SCALE, &q);
    kernel->factors[0] = q.scale;
    kernel->offset = (float)q.zero;
    kernel->loop = kernel->form.type == RELIEF_U8 ? quantise_u8 : quantise_i8;
    return RELIEF_OK;
}

static bool supports_dequantise(const rl_graph *graph, const rl_node *node) {
    quantum q;
    return is_byte(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant &&
           rl_onednn_find_quantum(graph, node, X_SCALE, &q);
}

static relief_status prepare_dequantise(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const relief_dtype type = graph->values[node->inputs[0]].dtype;
    const rl_form form = {1, type};
    byte_kernel *kernel = NULL;
    quantum q = {0};
    relief_status status = begin_bytes(ctx, program, index, form, &kernel);
    if (!status)
        status = add_source(ctx, program, kernel, node->inputs[0], form);
    if (status)
        return status;
    (void)rl_onednn_find_quantum(graph, node, X_SCALE, &q);
    kernel->factors[0] = q.scale;
    kernel->offset = (float)q.zero;
    kernel->loop = type == RELIEF_U8 ? dequantise_u8 : dequantise_i8;
    return RELIEF_OK;
}

/* ---- Clip ---- */

static bool supports_byte_clip(const rl_graph *graph, const rl_node *node) {
    float lo, hi;
    return is_byte(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant &&
           rl_clip_bounds(graph, node, &lo, &hi);
}

static relief_status prepare_byte_clip(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_form form = rl_onednn_byte_form(graph, node->inputs[0]);
    const float least = least_of(form.type);
    byte_kernel *kernel = NULL;
    relief_status status = begin_bytes(ctx, program, index, form, &kernel);
    if (!status)
        status = add_source(ctx, program, kernel, node->inputs[0], form);
    if (status)
        return status;
    if (!rl_clip_bounds(graph, node, &kernel->bounds[0], &kernel->bounds[1]))
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_INTERNAL, "has no constant bounds");
    for (int i = 0; i < 2; i++)
        kernel->bounds[i] = between(kernel->bounds[i], least, least + 255.0f);
    kernel->loop = form.type == RELIEF_U8 ? clip_u8 : clip_i8;
    return RELIEF_OK;
}

/* ---- Resize ---- */

typedef struct byte_resize {
    rl_onednn_kernel base;
    rl_layout in, out;
    rl_resize_tap *rows, *columns; /* one block of memory */
    rl_onednn_operand source;
    quantum own;
    const quantum *quantum; /* that; NULL: numbers are cut off */
    const rl_byte_loops *fast;
} byte_resize;

typedef struct byte_resize_job {
    const byte_resize *kernel;
    const void *x;
    void *y;
} byte_resize_job;

static void free_byte_resize(rl_onednn_kernel *kernel) {
    rl_free(((byte_resize *)kernel)->rows);
}

static bool supports_byte_resize(const rl_graph *graph, const rl_node *node) {
    const rl_value *in = &graph->values[node->inputs[0]];
    for (int i = 1; i < node->own_input_count; i++)
        if (node->inputs[i] != RL_NO_VALUE && !graph->values[node->inputs[i]].constant)
            return false;
    return is_byte(graph, node->inputs[0]) && !in->constant && in->rank == 4;
}

/* `channels` numbers of one output pixel from 2 x 2 of the input. They are rounded by way of the
 * floats that they stand for, in the order of the plain kernel, or cut off. */
#define BLEND_PIXEL(SUFFIX, TYPE)                                                                  \
    RL_EVERY_WIDTH static void blend_##SUFFIX(const TYPE *const p[4], const float weight[4],       \
                                              const quantum *q, TYPE *y, int64_t channels) {       \
        const TYPE *a = p[0], *b = p[1], *c = p[2], *d = p[3];                                     \
        const float wa = weight[0], wb = weight[1], wc = weight[2], wd = weight[3];                \
        const float scale = q ? q->scale : 1, zero = q ? (float)q->zero : 0;                       \
        if (!q) {                                                                                  \
            RL_INDEPENDENT                                                                         \
            for (int64_t i = 0; i < channels; i++)                                                 \
                y[i] = (TYPE)(int32_t)(((float)a[i] * wa + (float)b[i] * wb) +                     \
                                       ((float)c[i] * wc + (float)d[i] * wd));                     \
            return;                                                                                \
        }                                                                                          \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = 0; i < channels; i++) {                                                   \
            const float u = ((float)a[i] - zero) * scale, v = ((float)b[i] - zero) * scale;        \
            const float s = ((float)c[i] - zero) * scale, t = ((float)d[i] - zero) * scale;        \
            const float x = ((wa * u + wb * v) + wc * s) + wd * t;                                 \
            y[i] = (TYPE)(int32_t)(round_even(x / scale) + zero);                                  \
        }                                                                                          \
    }

BLEND_PIXEL(u8, uint8_t)
BLEND_PIXEL(i8, int8_t)
/* NOLINTEND(bugprone-macro-parentheses) */

static void blend_pixel(const byte_resize_job *job, const int64_t offset[4], const float weight[4],
                        void *y) {
    const int64_t channels = job->kernel->in.channels;
    const quantum *q = job->kernel->quantum;
    const char *x = job->x;
    if (q && job->kernel->fast) {
        const rl_byte_blend blend = {{x + offset[0], x + offset[1], x + offset[2], x + offset[3]},
                                     {weight[0], weight[1], weight[2], weight[3]}};
        job->kernel->fast->blend(&blend, q, y, channels);
    } else if (job->kernel->in.type == RELIEF_U8) {
        const uint8_t *s = job->x;
        const uint8_t *const p[4] = {s + offset[0], s + offset[1], s + offset[2], s + offset[3]};
        blend_u8(p, weight, q, y, channels);
    } else {
        const int8_t *s = job->x;
        const int8_t *const p[4] = {s + offset[0], s + offset[1], s + offset[2], s + offset[3]};
        blend_i8(p, weight, q, y, channels);
    }
}

/* Rows of the output, counted over the batch. */
static void resize_byte_rows(void *arg, size_t begin, size_t end) {
    const byte_resize_job *job = arg;
    const rl_layout *in = &job->kernel->in, *out = &job->kernel->out;
    const int64_t channels = in->channels;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        const rl_resize_tap *row = &job->kernel->rows[r % out->height];
        const int64_t picture = r / out->height * in->height * in->width * channels;
        for (int64_t x = 0; x < out->width; x++) {
            const rl_resize_tap *column = &job->kernel->columns[x];
            int64_t offset[4] = {0};
            float weight[4] = {0};
            for (int i = 0; i < 4; i++) {
                const int u = i / 2 < row->count ? i / 2 : 0, v = i % 2 < column->count ? i % 2 : 0;
                const bool there = i / 2 < row->count && i % 2 < column->count;
                offset[i] = picture + (row->index[u] * in->width + column->index[v]) * channels;
                weight[i] = there ? column->weight[v] * row->weight[u] : 0.0f;
            }
            const int64_t to = (r * out->width + x) * channels;
            blend_pixel(job, offset, weight, (char *)job->y + to);
        }
    }
}

static relief_status run_byte_resize(const rl_onednn_kernel *given, const rl_onednn_call *call) {
    const byte_resize *kernel = (const byte_resize *)given;
    byte_resize_job job = {kernel, rl_onednn_operand_get(call, &kernel->source),
                           rl_onednn_data(call, call->node->outputs[0])};
    rl_parallel(call->ctx, (size_t)(kernel->out.batch * kernel->out.height), 4, resize_byte_rows,
                &job);
    return RELIEF_OK;
}

static relief_status prepare_byte_resize(relief_ctx *ctx, rl_onednn_program *program, int index) {
    const rl_graph *graph = program->base.graph;
    const rl_node *node = &graph->nodes[index];
    const rl_value *in = &graph->values[node->inputs[0]], *out = &graph->values[node->outputs[0]];
    const rl_resize_params *params = node->params;
    const rl_form form = rl_onednn_byte_form(graph, node->inputs[0]);
    byte_resize *kernel = NULL;
    float scale[2];
    relief_status status = rl_onednn_kernel_new(ctx, program, index, sizeof *kernel, &kernel);
    if (status)
        return status;
    kernel->base.run = run_byte_resize;
    kernel->base.free = free_byte_resize;
    kernel->own = (quantum){params->quantum, params->zero};
    kernel->quantum = params->rounds ? &kernel->own : NULL;
    if (program->vector == VECTOR_512)
        kernel->fast = rl_byte_loops_fast(form.type == RELIEF_I8);
    program->forms[node->outputs[0]] = form;
    kernel->in = rl_layout_of(in, form);
    kernel->out = rl_layout_of(out, form);
    status = rl_alloc_in(ctx, (size_t)(out->dims[2] + out->dims[3]), sizeof *kernel->rows,
                         (void **)&kernel->rows);
    if (status)
        return status;
    kernel->columns = kernel->rows + out->dims[2];
    const relief_tensor *scales =
        params->scales_input > 0 ? rl_onednn_constant_at(graph, node, params->scales_input) : NULL;
    rl_resize_scale(params, scales, in->dims, out->dims, scale);
    rl_resize_taps(params, scale[0], in->dims[2], out->dims[2], kernel->rows);
    rl_resize_taps(params, scale[1], in->dims[3], out->dims[3], kernel->columns);
    return rl_onednn_operand_new(ctx, program, &kernel->base, node->inputs[0], form,
                                 &kernel->source);
}

/* ---- what only gives another shape ---- */

static bool supports_byte_shape(const rl_graph *graph, const rl_node *node) {
    return is_byte(graph, node->inputs[0]) && !graph->values[node->inputs[0]].constant;
}

const rl_onednn_op rl_onednn_ops_quantised[] = {
    {"QLinearConv", supports_qconv, prepare_qconv},
    {"com.microsoft.QLinearAdd", supports_qadd, prepare_qadd},
    {"com.microsoft.QLinearLeakyRelu", supports_table, prepare_table},
    {"com.microsoft.QLinearSigmoid", supports_table, prepare_table},
    {"QuantizeLinear", supports_quantise, prepare_quantise},
    {"DequantizeLinear", supports_dequantise, prepare_dequantise},
    {"Clip", supports_byte_clip, prepare_byte_clip},
    {"Resize", supports_byte_resize, prepare_byte_resize},
    {"Upsample", supports_byte_resize, prepare_byte_resize},
    {"Flatten", supports_byte_shape, rl_onednn_prepare_shape},
    {"Reshape", supports_byte_shape, rl_onednn_prepare_shape},
    {"Squeeze", supports_byte_shape, rl_onednn_prepare_shape},
    {"Unsqueeze", supports_byte_shape, rl_onednn_prepare_shape},
    {0},
};
