/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax and LogSoftmax along one axis (opset 13), or over all axes from one on as if they were
 * one (before). */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"

#include <math.h>

static relief_status parse(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"axis", NULL};
    rl_axis_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        params->to_the_end = graph->opset < 13;
        status = rl_op_int(ctx, graph, node, "axis", params->to_the_end ? 1 : -1, &params->axis);
    }
    return status;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_axis_params *params = node->params;
    int axis;
    relief_status status = rl_op_expect(ctx, graph, node, 0, RL_TYPES_REAL);
    if (status == RELIEF_OK) {
        int rank = rl_op_input(graph, node, 0)->rank;
        status = rl_op_axis(ctx, graph, node, params->axis, rank, &axis);
    }
    return status == RELIEF_OK ? rl_op_infer_same(ctx, graph, node) : status;
}

typedef struct softmax_job {
    const relief_tensor *x;
    relief_tensor *y;
    int64_t size, stride; /* elements of one sum, and the step between them */
    bool log;
} softmax_job;

/* The largest element is subtracted first, so that no exponential overflows. */
static void softmax_lines(void *arg, size_t begin, size_t end) {
    const softmax_job *job = arg;
    for (int64_t line = (int64_t)begin; line < (int64_t)end; line++) {
        int64_t first = line / job->stride * job->stride * job->size + line % job->stride;
        double most = -INFINITY, sum = 0.0;
        for (int64_t i = 0; i < job->size; i++) {
            most = fmax(most, rl_get_real(job->x, first + i * job->stride));
        }
        for (int64_t i = 0; i < job->size; i++) {
            sum += exp(rl_get_real(job->x, first + i * job->stride) - most);
        }
        for (int64_t i = 0; i < job->size; i++) {
            int64_t at = first + i * job->stride;
            double x = rl_get_real(job->x, at) - most;
            rl_set_real(job->y, at, job->log ? x - log(sum) : exp(x) / sum);
        }
    }
}

static relief_status run_softmax(relief_ctx *ctx, const rl_node *node,
                                 const relief_tensor *const *inputs, relief_tensor *const *outputs,
                                 bool logarithm) {
    const rl_axis_params *params = node->params;
    const relief_tensor *x = inputs[0];
    int axis = rl_axis(params->axis, x->rank);
    int last = params->to_the_end ? x->rank : axis + 1;
    softmax_job job = {x, outputs[0], rl_dims_product(x->dims, axis, last),
                       rl_dims_product(x->dims, last, x->rank), logarithm};
    int64_t lines = rl_dims_product(x->dims, 0, axis) * job.stride;
    rl_parallel(ctx, (size_t)lines, 1, softmax_lines, &job);
    return RELIEF_OK;
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    return run_softmax(ctx, node, inputs, outputs, false);
}

static relief_status run_log(relief_ctx *ctx, const rl_node *node,
                             const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return run_softmax(ctx, node, inputs, outputs, true);
}

const rl_op rl_op_softmax = {"Softmax", 1, 0, 1, 1, 1, 1, parse, infer, run};
const rl_op rl_op_log_softmax = {"LogSoftmax", 1, 0, 1, 1, 1, 1, parse, infer, run_log};
