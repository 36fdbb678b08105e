/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/specialise.h"

#include "base/os.h"
#include "nn/ops/op_params.h"

#include <stdio.h>
#include <string.h>

/* Multiply-adds of one node that is computed ahead; a folded node cannot be cancelled. */
/* Smaller constants come with the page that they begin in. */
#define READ_AHEAD_BYTES ((size_t)16384)
#define MOST_WORK ((int64_t)1 << 31)

typedef struct specialiser {
    relief_ctx *ctx;
    const rl_graph *from;
    rl_graph *to;
    rl_fold_limits limits;
    size_t folded_bytes;  /* of results that are kept now */
    bool *live;           /* of each node of `from` */
    bool *folded;         /* of each value: its constant was made here */
    int *uses;            /* of each value, by live nodes not yet done and by graph outputs */
    int *alias;           /* of each value: the one that stands for it */
    relief_tensor **made; /* results of the node being folded */
    const relief_tensor **operands; /* and its inputs */
    relief_tensor *headers;         /* sizes without data, for Shape and Size */
} specialiser;

rl_fold_limits rl_fold_limits_for(const rl_graph *graph) {
    /* Constants may share the bytes of one file, so their sum says nothing about its size. */
    const size_t most = (size_t)(rl_os_memory_limit() / 4);
    size_t bytes = (size_t)64 << 20;
    for (int i = 0; i < graph->value_count && bytes < most; i++) {
        const relief_tensor *constant = graph->values[i].constant;
        size_t allowed;
        if (constant &&
            (!rl_mul_size(constant->bytes, 16, &allowed) || !rl_add_size(bytes, allowed, &bytes))) {
            bytes = most;
        }
    }
    return (rl_fold_limits){.elements = RL_MAX_ELEMENTS, .bytes = bytes < most ? bytes : most};
}

static const char *shape_text(char *text, size_t size, int rank, const int64_t *dims) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < rank && used < size; i++) {
        const char *comma = i ? "x" : "";
        int wrote = dims[i] < 0
                        ? snprintf(text + used, size - used, "%s?", comma)
                        : snprintf(text + used, size - used, "%s%lld", comma, (long long)dims[i]);
        used += (size_t)wrote;
    }
    return text;
}

static relief_status check_input(relief_ctx *ctx, const rl_value *want, const rl_shape *shape) {
    char wanted[128], given[128];
    int64_t count;
    bool fits = shape->rank >= 0 && shape->rank <= RELIEF_MAX_RANK &&
                (want->rank < 0 || want->rank == shape->rank);
    if (fits && !rl_element_count(shape->rank, shape->dims, &count)) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "input '%.100s': a size is negative or too large",
                       want->name);
    }
    for (int i = 0; fits && i < shape->rank; i++) {
        fits = shape->dims[i] > 0 &&
               (want->rank < 0 || want->dims[i] < 0 || want->dims[i] == shape->dims[i]);
    }
    if (fits) {
        return RELIEF_OK;
    }
    int rank = shape->rank < 0 || shape->rank > RELIEF_MAX_RANK ? 0 : shape->rank;
    return rl_fail(
        ctx, RELIEF_ERROR_ARG, "input '%.100s' takes a tensor of %s, not of %s", want->name,
        want->rank < 0 ? "any shape" : shape_text(wanted, sizeof(wanted), want->rank, want->dims),
        shape_text(given, sizeof(given), rank, shape->dims));
}

static relief_status copy_values(specialiser *s, const rl_shape *inputs) {
    const rl_graph *from = s->from;
    rl_graph *to = s->to;
    size_t count = (size_t)from->value_count, capacity = count + count / 2 + 16;
    void *values;
    relief_status status = rl_graph_alloc(s->ctx, to, capacity, sizeof(rl_value), &values);
    if (status) {
        return status;
    }
    if (count) {
        memcpy(values, from->values, count * sizeof(rl_value));
    }
    to->values = values;
    to->value_count = from->value_count;
    to->value_capacity = capacity;
    for (int i = 0; i < from->input_count; i++) {
        rl_value *value = &to->values[from->inputs[i]];
        status = check_input(s->ctx, value, &inputs[i]);
        if (status) {
            return status;
        }
        value->rank = inputs[i].rank;
        memcpy(value->dims, inputs[i].dims, sizeof(value->dims));
    }
    return RELIEF_OK;
}

static relief_status copy_ints(specialiser *s, int count, const int *from, int **to) {
    void *copy;
    relief_status status = rl_graph_alloc(s->ctx, s->to, (size_t)count, sizeof(int), &copy);
    if (status) {
        return status;
    }
    if (count) {
        memcpy(copy, from, (size_t)count * sizeof(int));
    }
    *to = copy;
    return RELIEF_OK;
}

/* Everything that lives as long as the work. */
static relief_status alloc_scratch(specialiser *s) {
    const rl_graph *from = s->from;
    size_t nodes = (size_t)from->node_count, values = (size_t)from->value_count, widest = 1;
    for (size_t i = 0; i < nodes; i++) {
        size_t inputs = (size_t)from->nodes[i].input_count;
        size_t outputs = (size_t)from->nodes[i].output_count;
        widest = inputs > widest ? inputs : widest;
        widest = outputs > widest ? outputs : widest;
    }
    const struct {
        void **place;
        size_t count, size;
    } wanted[] = {{(void **)&s->live, nodes, sizeof(*s->live)},
                  {(void **)&s->folded, values, sizeof(*s->folded)},
                  {(void **)&s->uses, values, sizeof(*s->uses)},
                  {(void **)&s->alias, values, sizeof(*s->alias)},
                  {(void **)&s->made, widest, sizeof(void *)},
                  {(void **)&s->operands, widest, sizeof(void *)},
                  {(void **)&s->headers, widest, sizeof(*s->headers)}};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
        relief_status status =
            rl_calloc_in(s->ctx, wanted[i].count, wanted[i].size, wanted[i].place);
        if (status) {
            return status;
        }
    }
    for (size_t i = 0; i < values; i++) {
        s->alias[i] = (int)i;
    }
    return RELIEF_OK;
}

static void free_scratch(specialiser *s) {
    rl_free(s->live);
    rl_free(s->folded);
    rl_free(s->uses);
    rl_free(s->alias);
    rl_free(s->made);
    rl_free(s->operands);
    rl_free(s->headers);
}

/* Mark the nodes that the outputs need, from the last to the first, and count who uses each value.
 */
static void mark_live(const rl_graph *graph, bool *live, int *uses) {
    memset(uses, 0, (size_t)graph->value_count * sizeof(*uses));
    for (int i = 0; i < graph->output_count; i++) {
        uses[graph->outputs[i]]++;
    }
    for (int i = graph->node_count - 1; i >= 0; i--) {
        const rl_node *node = &graph->nodes[i];
        live[i] = false;
        for (int j = 0; j < node->output_count; j++) {
            live[i] |= node->outputs[j] != RL_NO_VALUE && uses[node->outputs[j]] > 0;
        }
        for (int j = 0; live[i] && j < node->input_count; j++) {
            if (node->inputs[j] != RL_NO_VALUE) {
                uses[node->inputs[j]]++;
            }
        }
    }
}

static bool is_op(const rl_node *node, const char *name) {
    return !strcmp(node->op->name, name);
}

/* A node that gives its input unchanged: its output becomes another name for the input. */
static bool elide(specialiser *s, const rl_node *node) {
    bool copies =
        is_op(node, "Identity") ||
        (is_op(node, "Dropout") && (node->output_count < 2 || node->outputs[1] == RL_NO_VALUE ||
                                    s->uses[node->outputs[1]] == 0));
    if (!copies || node->input_count < 1 || node->outputs[0] == RL_NO_VALUE) {
        return false;
    }
    int input = node->inputs[0], output = node->outputs[0];
    s->alias[output] = input;
    s->uses[input] += s->uses[output];
    return true;
}

/* a * b, or the largest number when that does not fit. Neither is negative. */
static int64_t product(int64_t a, int64_t b) {
    return b > 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

/* About how many elements are read for one element of the output, where it may be many. */
static int64_t reads_per_element(const rl_graph *graph, const rl_node *node) {
    if (is_op(node, "AveragePool") || is_op(node, "MaxPool")) {
        const rl_window *window = &((const rl_pool_params *)node->params)->window;
        return product(window->kernel[0], window->kernel[1]);
    }
    const bool gemm = is_op(node, "Gemm"), transposed = is_op(node, "ConvTranspose");
    if (gemm || is_op(node, "MatMul")) {
        const rl_value *a = &graph->values[node->inputs[0]];
        const bool by_rows = gemm && ((const rl_gemm_params *)node->params)->transpose_a;
        return a->rank > 0 ? a->dims[by_rows ? 0 : a->rank - 1] : 1;
    }
    if (transposed || is_op(node, "Conv")) {
        const rl_value *weights = &graph->values[node->inputs[1]];
        int64_t count = 1;
        for (int i = 0; i < weights->rank; i++) {
            count = i == (transposed ? 1 : 0) ? count : product(count, weights->dims[i]);
        }
        return count;
    }
    return 1;
}

static bool can_fold(const specialiser *s, const rl_node *node) {
    const rl_graph *graph = s->to;
    size_t bytes = s->folded_bytes;
    bool sizes_alone = is_op(node, "Shape") || is_op(node, "Size");
    const int64_t reads = reads_per_element(graph, node);
    for (int i = 0; i < node->input_count && !sizes_alone; i++) {
        if (node->inputs[i] != RL_NO_VALUE && !graph->values[node->inputs[i]].constant) {
            return false;
        }
    }
    for (int i = 0; i < node->output_count; i++) {
        if (node->outputs[i] == RL_NO_VALUE) {
            continue;
        }
        const rl_value *value = &graph->values[node->outputs[i]];
        int64_t count;
        if (!rl_element_count(value->rank, value->dims, &count) || count > s->limits.elements ||
            product(count, reads) > MOST_WORK) {
            return false;
        }
        bytes += (size_t)count * rl_dtype_size(value->dtype);
    }
    return bytes <= s->limits.bytes;
}

/* An input as the reference kernel wants it; *copy is to be freed. */
static relief_status make_operand(specialiser *s, const rl_value *value, int position,
                                  relief_tensor **copy) {
    const relief_tensor *constant = value->constant;
    if (constant && constant->bytes >= READ_AHEAD_BYTES) {
        rl_os_will_read(constant->data, constant->bytes);
    }
    if (constant && !rl_tensor_is_aligned(constant)) {
        relief_status status = rl_tensor_copy(s->ctx, constant, copy);
        s->operands[position] = *copy;
        return status;
    }
    if (!constant) {
        relief_tensor *header = &s->headers[position];
        *header = (relief_tensor){.dtype = value->dtype, .rank = value->rank};
        memcpy(header->dims, value->dims, sizeof(header->dims));
        constant = header;
    }
    s->operands[position] = constant;
    return RELIEF_OK;
}

static relief_status make_result(specialiser *s, int value, int position) {
    s->made[position] = NULL;
    if (value == RL_NO_VALUE) {
        return RELIEF_OK;
    }
    const rl_value *v = &s->to->values[value];
    return rl_tensor_new(s->ctx, v->dtype, v->rank, v->dims, &s->made[position]);
}

/* The results become constants of the graph. */
static relief_status keep_results(specialiser *s, const rl_node *node) {
    for (int i = 0; i < node->output_count; i++) {
        relief_tensor *tensor = s->made[i];
        if (!tensor) {
            continue;
        }
        s->made[i] = NULL;
        relief_status status = rl_graph_own(s->ctx, s->to, tensor);
        if (status) {
            return status;
        }
        s->to->values[node->outputs[i]].constant = tensor;
        s->folded[node->outputs[i]] = true;
        s->folded_bytes += tensor->bytes;
    }
    return RELIEF_OK;
}

/* One use of a value is over: a folded constant that nobody else needs gives its memory back. */
static void release(specialiser *s, int value) {
    rl_value *v = &s->to->values[value];
    if (--s->uses[value] > 0 || !s->folded[value] || !v->constant) {
        return;
    }
    for (size_t i = s->to->owned_count; i-- > 0;) {
        relief_tensor *tensor = s->to->owned[i];
        if (tensor != v->constant) {
            continue;
        }
        s->folded_bytes -= tensor->bytes;
        s->to->owned[i] = s->to->owned[--s->to->owned_count];
        relief_tensor_free(tensor);
        break;
    }
    v->constant = NULL;
}

static relief_status fold(specialiser *s, const rl_node *node) {
    void *memory;
    relief_status status = rl_calloc_in(s->ctx, (size_t)node->input_count, sizeof(void *), &memory);
    if (status) {
        return status;
    }
    relief_tensor **copies = memory;
    for (int i = 0; i < node->output_count; i++) {
        s->made[i] = NULL;
    }
    for (int i = 0; !status && i < node->input_count; i++) {
        s->operands[i] = NULL;
        if (node->inputs[i] != RL_NO_VALUE) {
            status = make_operand(s, &s->to->values[node->inputs[i]], i, &copies[i]);
        }
    }
    for (int i = 0; !status && i < node->output_count; i++) {
        status = make_result(s, node->outputs[i], i);
    }
    if (!status) {
        status = rl_node_run_reference(s->ctx, node, s->operands, s->made);
    }
    if (!status) {
        status = keep_results(s, node);
    }
    for (int i = 0; i < node->output_count; i++) {
        relief_tensor_free(s->made[i]);
    }
    for (int i = 0; i < node->input_count; i++) {
        relief_tensor_free(copies[i]);
    }
    rl_free(copies);
    return status;
}

/* The operators set sizes; make sure of them before anything is allocated. */
static relief_status check_outputs(specialiser *s, const rl_node *node) {
    for (int i = 0; i < node->output_count; i++) {
        int64_t count;
        if (node->outputs[i] == RL_NO_VALUE) {
            continue;
        }
        const rl_value *value = &s->to->values[node->outputs[i]];
        if (value->rank < 0 || value->rank > RELIEF_MAX_RANK || !rl_dtype_size(value->dtype) ||
            !rl_element_count(value->rank, value->dims, &count)) {
            return rl_fail_node(s->ctx, s->to, node, RELIEF_ERROR_LIMIT,
                                "output %d has no possible size", i);
        }
    }
    return RELIEF_OK;
}

/* Copy one node, unless nothing is left of it to do at run time. */
static relief_status take_node(specialiser *s, const rl_node *from) {
    rl_graph *to = s->to;
    rl_node node = *from;
    relief_status status = copy_ints(s, from->input_count, from->inputs, &node.inputs);
    if (!status) {
        status = copy_ints(s, from->output_count, from->outputs, &node.outputs);
    }
    for (int i = 0; !status && i < node.input_count; i++) {
        if (node.inputs[i] != RL_NO_VALUE) {
            node.inputs[i] = s->alias[node.inputs[i]];
        }
    }
    if (!status) {
        status = node.op->infer(s->ctx, to, &node);
    }
    if (!status) {
        status = check_outputs(s, &node);
    }
    if (status) {
        return status;
    }
    bool done = elide(s, &node);
    if (!done && can_fold(s, &node)) {
        status = fold(s, &node);
        done = true;
    }
    if (!done) {
        to->nodes[to->node_count++] = node;
    }
    for (int i = 0; done && !status && i < node.input_count; i++) {
        if (node.inputs[i] != RL_NO_VALUE) {
            release(s, node.inputs[i]);
        }
    }
    return status;
}

/* Sizes taken from a value may leave its producer without users. */
static void drop_dead_nodes(specialiser *s) {
    rl_graph *to = s->to;
    int kept = 0;
    mark_live(to, s->live, s->uses);
    for (int i = 0; i < to->node_count; i++) {
        if (s->live[i]) {
            to->nodes[kept++] = to->nodes[i];
        }
    }
    to->node_count = kept;
}

static relief_status specialise(specialiser *s, const rl_shape *inputs) {
    const rl_graph *from = s->from;
    rl_graph *to = s->to;
    void *nodes;
    to->opset = from->opset;
    to->source = from->source;
    relief_status status = alloc_scratch(s);
    if (!status) {
        status = copy_values(s, inputs);
    }
    if (!status) {
        status = copy_ints(s, from->input_count, from->inputs, &to->inputs);
    }
    if (!status) {
        status = copy_ints(s, from->output_count, from->outputs, &to->outputs);
    }
    if (!status) {
        status = rl_graph_alloc(s->ctx, to, (size_t)from->node_count, sizeof(rl_node), &nodes);
    }
    if (status) {
        return status;
    }
    to->nodes = nodes;
    to->input_count = from->input_count;
    to->output_count = from->output_count;
    mark_live(from, s->live, s->uses);
    for (int i = 0; !status && i < from->node_count; i++) {
        if (s->live[i]) {
            status = take_node(s, &from->nodes[i]);
        }
        if (!status) {
            status = rl_check_cancel(s->ctx);
        }
    }
    for (int i = 0; i < to->output_count; i++) {
        to->outputs[i] = s->alias[to->outputs[i]];
    }
    if (!status) {
        drop_dead_nodes(s);
    }
    return status;
}

relief_status rl_specialise(relief_ctx *ctx, const rl_graph *graph, const rl_shape *inputs,
                            rl_fold_limits limits, rl_graph **out) {
    specialiser s = {.ctx = ctx, .from = graph, .limits = limits};
    *out = NULL;
    relief_status status = rl_graph_new(ctx, &s.to);
    if (status) {
        return status;
    }
    status = specialise(&s, inputs);
    free_scratch(&s);
    if (status) {
        rl_graph_free(s.to);
        return status;
    }
    *out = s.to;
    return RELIEF_OK;
}
