/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the oneDNN backend; kernels are in the files beside it. Everything runs at once on
 * the calling thread and its OpenMP team, so that there is never anything to wait for. */
#include "nn/onednn/program.h"
#include "nn/op.h"

#include <string.h>

#include "base/os.h"
#include "base/status.h"

/* What rl_buffer is here. */
typedef struct onednn_buffer {
    void *data;
} onednn_buffer;

/* What rl_backend is here. */
typedef struct onednn_backend {
    rl_backend base;
    rl_weight_pool *pool; /* of packed constants */
} onednn_backend;

static relief_status open_backend(relief_ctx *ctx, rl_backend **out) {
    *out = NULL;
    onednn_backend *backend = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *backend, (void **)&backend);
    if (!status)
        status = rl_weight_pool_new(ctx, &backend->pool);
    if (status) {
        rl_free(backend);
        return status;
    }
    backend->base.api = &rl_backend_onednn;
    *out = &backend->base;
    return RELIEF_OK;
}

static void close_backend(rl_backend *given) {
    onednn_backend *backend = (onednn_backend *)given;
    rl_weight_pool_free(backend->pool);
    rl_free(backend);
}

static relief_status buffer_new(relief_ctx *ctx, rl_backend *backend, size_t bytes,
                                rl_buffer **out) {
    (void)backend;
    *out = NULL;
    onednn_buffer *buffer = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *buffer, (void **)&buffer);
    if (status)
        return status;
    status = rl_alloc_in(ctx, bytes, 1, &buffer->data);
    if (status) {
        rl_free(buffer);
        return status;
    }
    *out = (rl_buffer *)buffer;
    return RELIEF_OK;
}

static void buffer_free(rl_backend *backend, rl_buffer *given) {
    (void)backend;
    onednn_buffer *buffer = (onednn_buffer *)given;
    if (!buffer)
        return;
    rl_free(buffer->data);
    rl_free(buffer);
}

static char *handle_data(rl_handle handle) {
    return handle.buffer ? (char *)((onednn_buffer *)handle.buffer)->data + handle.offset : NULL;
}

/* ---- programs ---- */

static void program_free(rl_program *given) {
    rl_onednn_program *program = (rl_onednn_program *)given;
    if (!program)
        return;
    const int nodes = program->kernels ? program->base.graph->node_count : 0;
    for (int i = 0; i < nodes; i++) {
        rl_onednn_kernel *kernel = program->kernels[i];
        if (kernel && kernel->free)
            kernel->free(kernel);
        rl_free(kernel);
    }
    rl_onednn_free_constants(program);
    rl_free(program->kernels);
    rl_free(program->forms);
    rl_free(program->keeps_f32);
    rl_dnnl_close(program->dnnl);
    rl_free(program);
}

/* What lies between an output and the last node in front of it that sums many products. The sums
 * are f32 anyway, so nothing but this room is lost by writing them so. */
static void find_f32(rl_onednn_program *program, const rl_graph *graph) {
    static const char *const sums[] = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Linear"};
    for (int i = 0; i < graph->output_count; i++)
        program->keeps_f32[graph->outputs[i]] = true;
    for (int i = graph->node_count - 1; i >= 0; i--) {
        const rl_node *node = &graph->nodes[i];
        bool keeps = false, stops = false;
        for (int k = 0; k < node->output_count; k++)
            keeps =
                keeps || (node->outputs[k] != RL_NO_VALUE && program->keeps_f32[node->outputs[k]]);
        for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
            stops = stops || !strcmp(node->op_type, sums[k]);
        for (int k = 0; keeps && !stops && k < node->input_count; k++)
            if (node->inputs[k] != RL_NO_VALUE)
                program->keeps_f32[node->inputs[k]] = true;
    }
}

static relief_status program_new(relief_ctx *ctx, rl_backend *backend, const rl_graph *graph,
                                 rl_program **out) {
    *out = NULL;
    rl_onednn_program *program = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof *program, (void **)&program);
    if (status)
        return status;
    program->base = (rl_program){backend, graph};
    program->pool = ((onednn_backend *)backend)->pool;
    program->vector = rl_dnnl_vector_width();
    program->tiles = rl_tile_kernels_for((int)program->vector, rl_dnnl_has_bf16());
    program->constant_limit = (size_t)rl_os_memory_limit();
    const char *instructions = rl_dnnl_instruction_set();
    program->form_seed =
        rl_prepared_mix((uint64_t)program->vector, instructions, strlen(instructions));
    status = rl_calloc_in(ctx, (size_t)graph->value_count, sizeof *program->forms,
                          (void **)&program->forms);
    if (!status)
        status = rl_calloc_in(ctx, (size_t)graph->value_count, sizeof *program->keeps_f32,
                              (void **)&program->keeps_f32);
    if (!status)
        status = rl_calloc_in(ctx, (size_t)graph->value_count, sizeof *program->packed_first,
                              (void **)&program->packed_first);
    if (!status)
        status = rl_calloc_in(ctx, (size_t)graph->node_count, sizeof *program->kernels,
                              (void **)&program->kernels);
    if (!status)
        status = rl_dnnl_open(ctx, &program->dnnl);
    if (status) {
        program_free(&program->base);
        return status;
    }
    find_f32(program, graph);
    *out = &program->base;
    return RELIEF_OK;
}

/* The first operator of this name in a list that can do the node. */
static const rl_onednn_op *find_in(const rl_onednn_op *list, const char *name,
                                   const rl_graph *graph, const rl_node *node) {
    for (const rl_onednn_op *op = list; op->name; op++)
        if (!strcmp(op->name, name) && op->supports(graph, node))
            return op;
    return NULL;
}

/* The first operator of this name that can do the node. What gives bytes, or reads them, has
 * kernels of its own. */
static const rl_onednn_op *find_op(const rl_graph *graph, const rl_node *node) {
    static const rl_onednn_op *const lists[] = {
        rl_onednn_ops_conv,   rl_onednn_ops_arith,     rl_onednn_ops_resize, rl_onednn_ops_reshape,
        rl_onednn_ops_linear, rl_onednn_ops_attention, rl_onednn_ops_norm,   rl_onednn_ops_move,
        rl_onednn_ops_spread, rl_onednn_ops_pool,      rl_onednn_ops_integer};
    if (node->output_count < 1 || node->outputs[0] == RL_NO_VALUE)
        return NULL;
    const relief_dtype type = graph->values[node->outputs[0]].dtype;
    const rl_onednn_op *found = NULL;
    if (type == RELIEF_U8 || type == RELIEF_I8 || !strcmp(node->op->name, "DequantizeLinear"))
        found = find_in(rl_onednn_ops_quantised, node->op->name, graph, node);
    if (found || !strcmp(node->op->name, "DequantizeLinear"))
        return found;
    if (type == RELIEF_I32 || type == RELIEF_U8 || type == RELIEF_I8)
        return find_in(rl_onednn_ops_integer, node->op->name, graph, node);
    if (node->domain && *node->domain)
        return NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && !found; i++)
        found = find_in(lists[i], node->op_type, graph, node);
    return found;
}

/* The kernels write one output, in floats or bytes, and add what has its shape. */
static bool is_plain_node(const rl_graph *graph, const rl_node *node) {
    if (node->output_count < 1 || node->outputs[0] == RL_NO_VALUE)
        return false;
    for (int i = 1; i < node->output_count; i++)
        if (node->outputs[i] != RL_NO_VALUE)
            return false;
    const rl_value *out = &graph->values[node->outputs[0]];
    for (int i = 0; i < node->epilogue_count; i++) {
        const rl_epilogue *step = &node->epilogue[i];
        if (step->kind != RL_EPILOGUE_ADD)
            continue;
        if (step->input >= node->input_count ||
            !rl_onednn_is_float(graph, node->inputs[step->input]) ||
            !rl_onednn_same_shape(out, &graph->values[node->inputs[step->input]]))
            return false;
    }
    int64_t count = 0;
    const bool wanted = out->dtype == RELIEF_F32 || out->dtype == RELIEF_U8 ||
                        out->dtype == RELIEF_I8 || out->dtype == RELIEF_I32;
    return wanted && rl_element_count(out->rank, out->dims, &count) && count > 0;
}

static bool supports(const rl_program *program, int index) {
    const rl_graph *graph = program->graph;
    const rl_node *node = &graph->nodes[index];
    return is_plain_node(graph, node) && find_op(graph, node);
}

static relief_status prepare(relief_ctx *ctx, rl_program *given, int index) {
    rl_onednn_program *program = (rl_onednn_program *)given;
    const rl_node *node = &given->graph->nodes[index];
    const rl_onednn_op *op = find_op(given->graph, node);
    if (!op)
        return rl_fail_node(ctx, given->graph, node, RELIEF_ERROR_INTERNAL,
                            "is not for this backend");
    relief_status status = op->prepare(ctx, program, index);
    if (!status)
        status = rl_onednn_share_packed(ctx, program);
    if (!status && !program->forms[node->outputs[0]].block)
        rl_onednn_choose(program, node->outputs[0], 1);
    return status;
}

/* Whether a convolution reads the value and nothing else does, which would want it unrounded. */
static bool is_for_convolutions(const rl_graph *graph, int value) {
    bool found = false;
    for (int i = 0; i < graph->node_count; i++) {
        const rl_node *node = &graph->nodes[i];
        for (int k = 0; k < node->input_count; k++) {
            if (node->inputs[k] != value)
                continue;
            if (k || strcmp(node->op_type, "Conv") != 0)
                return false;
            found = true;
        }
    }
    return found;
}

/* Pictures of many channels are packed while they are uploaded, which is free; those of few go to a
 * first convolution, whose kernel reads them row-major, and so does everything that is no picture.
 */
static relief_status declare(relief_ctx *ctx, rl_program *given, int index) {
    (void)ctx;
    rl_onednn_program *program = (rl_onednn_program *)given;
    const rl_value *value = &given->graph->values[index];
    const bool packed = value->rank == 4 && value->dtype == RELIEF_F32 && value->dims[1] >= 8;
    if (program->forms[index].block)
        return RELIEF_OK;
    program->forms[index] = (rl_form){packed ? program->vector : 1, value->dtype};
    if (is_for_convolutions(given->graph, index))
        rl_onednn_choose(program, index, program->forms[index].block);
    return RELIEF_OK;
}

static size_t value_bytes(const rl_program *given, int index) {
    const rl_onednn_program *program = (const rl_onednn_program *)given;
    const rl_layout layout = rl_onednn_layout(program, index);
    return rl_layout_bytes(&layout);
}

static size_t scratch_bytes(const rl_program *program) {
    return ((const rl_onednn_program *)program)->scratch_bytes;
}

static int in_place_input(const rl_program *program, int node) {
    const rl_onednn_kernel *kernel = ((const rl_onednn_program *)program)->kernels[node];
    return kernel ? kernel->in_place_input : -1;
}

/* ---- running ---- */

static relief_status upload(relief_ctx *ctx, rl_program *given, int value,
                            const relief_tensor *from, rl_handle to) {
    const rl_onednn_program *program = (const rl_onednn_program *)given;
    rl_layout layout = rl_onednn_layout(program, value);
    const rl_form form = {layout.block, layout.type};
    layout.block = 1;
    layout.type = from->dtype;
    rl_layout_convert(ctx, &layout, from->data, form, handle_data(to));
    return RELIEF_OK;
}

static relief_status download(relief_ctx *ctx, rl_program *given, int value, rl_handle from,
                              relief_tensor *to) {
    const rl_onednn_program *program = (const rl_onednn_program *)given;
    const rl_layout layout = rl_onednn_layout(program, value);
    rl_layout_convert(ctx, &layout, handle_data(from), (rl_form){1, to->dtype}, to->data);
    return RELIEF_OK;
}

static relief_status run(relief_ctx *ctx, rl_program *given, int index, const rl_handle *handles,
                         rl_handle scratch) {
    rl_onednn_program *program = (rl_onednn_program *)given;
    const rl_onednn_kernel *kernel = program->kernels[index];
    const rl_node *node = &given->graph->nodes[index];
    if (!kernel)
        return rl_fail_node(ctx, given->graph, node, RELIEF_ERROR_INTERNAL, "was not prepared");
    const rl_onednn_call call = {ctx, program, node, handles, handle_data(scratch)};
    return kernel->run(kernel, &call);
}

static rl_prepared_list *prepared(rl_program *program) {
    return &((rl_onednn_program *)program)->prepared;
}

static size_t constant_bytes(const rl_program *program) {
    return ((const rl_onednn_program *)program)->constant_bytes;
}

static size_t constant_part(const rl_program *given) {
    const rl_onednn_program *program = (const rl_onednn_program *)given;
    return program->constant_bytes - program->shared_bytes +
           rl_weight_pool_part(program->pool, program->shared, program->shared_count);
}

static int64_t conversion_count(const rl_program *program) {
    return ((const rl_onednn_program *)program)->conversion_count;
}

static bool computes_in(rl_precision precision) {
    return precision == RL_PRECISION_BF16 && rl_dnnl_has_bf16();
}

static relief_status wait_all(relief_ctx *ctx, rl_program *program) {
    (void)ctx, (void)program;
    return RELIEF_OK;
}

/* ---- what kernels share ---- */

bool rl_onednn_is_bf16(const rl_onednn_program *program) {
    return program->base.backend->precision == RL_PRECISION_BF16;
}

relief_dtype rl_onednn_type(const rl_onednn_program *program, int value) {
    const relief_dtype type = program->base.graph->values[value].dtype;
    return type == RELIEF_F32 && rl_onednn_is_bf16(program) && !program->keeps_f32[value]
               ? RELIEF_BF16
               : type;
}

void rl_onednn_choose(rl_onednn_program *program, int value, int64_t block) {
    program->forms[value] = (rl_form){block, rl_onednn_type(program, value)};
}

rl_layout rl_onednn_layout(const rl_onednn_program *program, int value) {
    const rl_value *v = &program->base.graph->values[value];
    const rl_form form = program->forms[value];
    return rl_layout_of(v, form.block ? form : (rl_form){1, v->dtype});
}

rl_form rl_onednn_form(const rl_onednn_program *program, int value, int64_t block) {
    const rl_value *v = &program->base.graph->values[value];
    const rl_form form = program->forms[value];
    return (rl_form){block, !v->constant && form.block ? form.type : v->dtype};
}

void *rl_onednn_data(const rl_onednn_call *call, int value) {
    return handle_data(call->handles[value]);
}

relief_status rl_onednn_kernel_new(relief_ctx *ctx, rl_onednn_program *program, int node,
                                   size_t bytes, void *out) {
    rl_onednn_kernel *kernel = NULL;
    relief_status status = rl_calloc_in(ctx, 1, bytes, (void **)&kernel);
    if (status)
        return status;
    kernel->in_place_input = -1;
    program->kernels[node] = kernel;
    *(rl_onednn_kernel **)out = kernel;
    return RELIEF_OK;
}

void rl_onednn_reserve(rl_onednn_program *program, rl_onednn_kernel *kernel, size_t bytes,
                       size_t *offset) {
    *offset = kernel->scratch_bytes;
    kernel->scratch_bytes += (bytes + RL_ALIGNMENT - 1) / RL_ALIGNMENT * RL_ALIGNMENT;
    if (kernel->scratch_bytes > program->scratch_bytes)
        program->scratch_bytes = kernel->scratch_bytes;
}

void rl_onednn_copy_constant(const relief_tensor *constant, void *to) {
    memcpy(to, constant->data, constant->bytes);
}

/* Pack a constant in a form, once for all its readers. */
static relief_status pack_constant(relief_ctx *ctx, rl_onednn_program *program, int index,
                                   rl_form form, const void **out) {
    const rl_value *value = &program->base.graph->values[index];
    *out = rl_onednn_find_packed(program, index, form);
    if (*out)
        return RELIEF_OK;
    rl_layout plain = rl_layout_of(value, (rl_form){1, value->dtype});
    rl_layout packed = rl_layout_of(value, form);
    void *data = NULL, *aligned = NULL;
    const size_t bytes = rl_layout_bytes(&packed);
    relief_status status = rl_onednn_kept_packed(ctx, program, index, form, bytes, &data);
    *out = data;
    if (status || data)
        return status;
    status = rl_onednn_new_packed(ctx, program, index, form, bytes, &data);
    if (status)
        return status;
    *out = data;
    if (rl_layout_is(&plain, form)) {
        rl_onednn_copy_constant(value->constant, data);
        return RELIEF_OK;
    }
    status = rl_alloc_in(ctx, value->constant->bytes, 1, &aligned);
    if (status)
        return status;
    rl_onednn_copy_constant(value->constant, aligned);
    rl_layout_convert(ctx, &plain, aligned, form, data);
    rl_free(aligned);
    return RELIEF_OK;
}

relief_status rl_onednn_operand_new(relief_ctx *ctx, rl_onednn_program *program,
                                    rl_onednn_kernel *kernel, int value, rl_form form,
                                    rl_onednn_operand *out) {
    const rl_value *v = &program->base.graph->values[value];
    form.block = v->rank == 4 ? form.block : 1;
    *out = (rl_onednn_operand){.value = value, .form = form};
    if (v->constant)
        return pack_constant(ctx, program, value, form, &out->constant);
    out->layout = rl_onednn_layout(program, value);
    if (!rl_layout_is(&out->layout, form)) {
        const rl_layout wanted = rl_layout_of(v, form);
        rl_onednn_reserve(program, kernel, rl_layout_bytes(&wanted), &out->scratch_offset);
    }
    return RELIEF_OK;
}

const void *rl_onednn_operand_get(const rl_onednn_call *call, const rl_onednn_operand *operand) {
    if (operand->constant)
        return operand->constant;
    const void *data = rl_onednn_data(call, operand->value);
    if (rl_layout_is(&operand->layout, operand->form))
        return data;
    void *converted = call->scratch + operand->scratch_offset;
    rl_layout_convert(call->ctx, &operand->layout, data, operand->form, converted);
    call->program->conversion_count++;
    return converted;
}

bool rl_onednn_is_float(const rl_graph *graph, int value) {
    return value != RL_NO_VALUE && graph->values[value].dtype == RELIEF_F32;
}

bool rl_onednn_same_shape(const rl_value *a, const rl_value *b) {
    return a->rank == b->rank &&
           !memcmp(a->dims, b->dims, (size_t)(a->rank > 0 ? a->rank : 0) * sizeof a->dims[0]);
}

bool rl_onednn_reads_once(const rl_node *node, int position) {
    for (int i = 0; i < node->input_count; i++)
        if (i != position && node->inputs[i] == node->inputs[position])
            return false;
    return true;
}

const rl_backend_api rl_backend_onednn = {
    .name = "onednn",
    .open = open_backend,
    .close = close_backend,
    .buffer_new = buffer_new,
    .buffer_free = buffer_free,
    .program_new = program_new,
    .program_free = program_free,
    .supports = supports,
    .prepare = prepare,
    .declare = declare,
    .value_bytes = value_bytes,
    .scratch_bytes = scratch_bytes,
    .in_place_input = in_place_input,
    .upload = upload,
    .download = download,
    .run = run,
    .wait = wait_all,
    .copies_constants = true,
    .constant_bytes = constant_bytes,
    .constant_part = constant_part,
    .conversion_count = conversion_count,
    .computes_in = computes_in,
    .instruction_set = rl_dnnl_instruction_set,
    .prepared = prepared,
};
