/* SPDX-License-Identifier: Apache-2.0 */
/* MatMul as numpy.matmul has it, and Gemm: y = alpha a b + beta c. Products are summed in double:
 * rows are hundreds to thousands long, and the oracle should not add a rounding error of its own
 * for each term. */
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"
#include "nn/ops/whole.h"

/* y (rows, columns) = a (rows, depth) b (depth, columns), for matrices anywhere in memory. */
typedef struct product {
    int64_t rows, columns, depth;
    const float *a, *b;
    int64_t a_row, a_step;    /* strides of a, in elements: to the next row, along the sum */
    int64_t b_step, b_column; /* of b: along the sum, to the next column */
} product;

static double dot(const product *p, int64_t row, int64_t column) {
    const float *a = p->a + row * p->a_row, *b = p->b + column * p->b_column;
    double sum = 0.0;
    for (int64_t k = 0; k < p->depth; k++) {
        sum += (double)a[k * p->a_step] * (double)b[k * p->b_step];
    }
    return sum;
}

/* ---- MatMul ---- */

/* The inputs as stacks of matrices: a vector gets an axis of size 1, which the result then lacks.
 */
typedef struct matmul_shapes {
    int rank; /* of the stacks together, without the two axes of the matrices */
    int64_t batch[RELIEF_MAX_RANK];
    int64_t rows, columns, depth;
    bool row_vector, column_vector;
} matmul_shapes;

/* False when the inputs do not go together. */
static bool matmul_plan(int rank_a, const int64_t *a, int rank_b, const int64_t *b,
                        matmul_shapes *out) {
    if (rank_a < 1 || rank_b < 1) {
        return false;
    }
    out->row_vector = rank_a == 1;
    out->column_vector = rank_b == 1;
    out->rows = out->row_vector ? 1 : a[rank_a - 2];
    out->depth = a[rank_a - 1];
    out->columns = out->column_vector ? 1 : b[rank_b - 1];
    if (out->depth != b[out->column_vector ? 0 : rank_b - 2]) {
        return false;
    }
    return rl_broadcast(out->row_vector ? 0 : rank_a - 2, a, out->column_vector ? 0 : rank_b - 2, b,
                        &out->rank, out->batch);
}

bool rl_matmul_shape(const rl_value *a, const rl_value *b, rl_value *y) {
    matmul_shapes shapes;
    if (!matmul_plan(a->rank, a->dims, b->rank, b->dims, &shapes)) {
        return false;
    }
    y->rank = shapes.rank;
    memcpy(y->dims, shapes.batch, (size_t)shapes.rank * sizeof y->dims[0]);
    if (!shapes.row_vector) {
        y->dims[y->rank++] = shapes.rows;
    }
    if (!shapes.column_vector) {
        y->dims[y->rank++] = shapes.columns;
    }
    return true;
}

static relief_status infer_matmul(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    for (int i = 0; i < 2; i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
    }
    rl_value y = {.dtype = RELIEF_F32};
    if (!rl_matmul_shape(rl_op_input(graph, node, 0), rl_op_input(graph, node, 1), &y)) {
        return rl_op_misfit(ctx, graph, node, "these matrices cannot be multiplied");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

typedef struct matmul_job {
    product product;     /* a and b are set for each row */
    relief_tensor batch; /* no data: the shape of the stack */
    relief_tensor a, b;  /* the stacks of the inputs, as tensors whose elements are matrices */
    const float *a_data, *b_data;
    float *y;
    int32_t *whole; /* in place of y, NULL: floats are wanted */
} matmul_job;

/* Rows [begin, end) of all rows of all matrices. */
static void matmul_rows(void *arg, size_t begin, size_t end) {
    const matmul_job *job = arg;
    product p = job->product;
    int64_t current = -1;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        int64_t matrix = r / p.rows;
        if (matrix != current) {
            int64_t offsets[2];
            rl_broadcast_offsets(&job->batch, &job->a, &job->b, matrix, offsets);
            p.a = job->a_data + offsets[0] * p.rows * p.depth;
            p.b = job->b_data + offsets[1] * p.depth * p.columns;
            current = matrix;
        }
        for (int64_t c = 0; c < p.columns; c++) {
            const double sum = dot(&p, r % p.rows, c);
            if (job->whole != NULL) {
                job->whole[r * p.columns + c] = (int32_t)(uint32_t)(int64_t)sum;
            } else {
                job->y[r * p.columns + c] = (float)sum;
            }
        }
    }
}

static relief_tensor stack_of(const relief_tensor *tensor) {
    relief_tensor stack = {.rank = tensor->rank > 2 ? tensor->rank - 2 : 0};
    memcpy(stack.dims, tensor->dims, (size_t)stack.rank * sizeof stack.dims[0]);
    return stack;
}

/* `y` may be of floats or of int32. */
relief_status rl_matmul_whole(relief_ctx *ctx, const rl_node *node, const relief_tensor *a,
                              const relief_tensor *b, relief_tensor *y) {
    matmul_shapes shapes;
    if (!matmul_plan(a->rank, a->dims, b->rank, b->dims, &shapes)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "node %s: shapes were not inferred", node->name);
    }
    matmul_job job = {.product = {.rows = shapes.rows,
                                  .columns = shapes.columns,
                                  .depth = shapes.depth,
                                  .a_row = shapes.depth,
                                  .a_step = 1,
                                  .b_step = shapes.columns,
                                  .b_column = 1},
                      .batch = {.rank = shapes.rank},
                      .a = stack_of(a),
                      .b = stack_of(b),
                      .a_data = a->data,
                      .b_data = b->data,
                      .y = y->dtype == RELIEF_F32 ? y->data : NULL,
                      .whole = y->dtype == RELIEF_I32 ? y->data : NULL};
    memcpy(job.batch.dims, shapes.batch, (size_t)shapes.rank * sizeof shapes.batch[0]);
    int64_t rows = rl_tensor_count(&job.batch) * shapes.rows;
    rl_parallel(ctx, (size_t)rows, 1, matmul_rows, &job);
    return RELIEF_OK;
}

static relief_status run_matmul(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    return rl_matmul_whole(ctx, node, inputs[0], inputs[1], outputs[0]);
}

const rl_op rl_op_matmul = {"MatMul", 1, 0, 2, 2, 1, 1, rl_op_parse_none, infer_matmul, run_matmul};

/* ---- Gemm ---- */

static relief_status parse_gemm(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"alpha", "beta", "transA", "transB", NULL};
    rl_gemm_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "alpha", 1.0f, &params->alpha);
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "beta", 1.0f, &params->beta);
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "transA", false, &params->transpose_a);
    }
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "transB", false, &params->transpose_b);
    }
    return status;
}

static relief_status infer_gemm(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_gemm_params *params = node->params;
    const rl_value *a = rl_op_input(graph, node, 0), *b = rl_op_input(graph, node, 1);
    const rl_value *c = rl_op_input(graph, node, 2);
    for (int i = 0; i < (c != NULL ? 3 : 2); i++) {
        relief_status status = rl_op_expect(ctx, graph, node, i, RL_TYPE(RELIEF_F32));
        if (status != RELIEF_OK) {
            return status;
        }
    }
    int ta = params->transpose_a, tb = params->transpose_b;
    if (a->rank != 2 || b->rank != 2 || a->dims[1 - ta] != b->dims[tb]) {
        return rl_op_misfit(ctx, graph, node, "these matrices cannot be multiplied");
    }
    rl_value y = {.dtype = RELIEF_F32, .rank = 2, .dims = {a->dims[ta], b->dims[1 - tb]}};
    if (c != NULL) {
        int rank;
        int64_t dims[RELIEF_MAX_RANK];
        if (!rl_broadcast(2, y.dims, c->rank, c->dims, &rank, dims) || rank != 2 ||
            dims[0] != y.dims[0] || dims[1] != y.dims[1]) {
            return rl_op_misfit(ctx, graph, node, "the third does not fit the product");
        }
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

static relief_status run_gemm(relief_ctx *ctx, const rl_node *node,
                              const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    (void)ctx;
    const rl_gemm_params *params = node->params;
    const relief_tensor *a = inputs[0], *b = inputs[1];
    const relief_tensor *c = node->own_input_count > 2 ? inputs[2] : NULL;
    bool ta = params->transpose_a, tb = params->transpose_b;
    product p = {.rows = outputs[0]->dims[0],
                 .columns = outputs[0]->dims[1],
                 .depth = a->dims[ta ? 0 : 1],
                 .a = a->data,
                 .b = b->data,
                 .a_row = ta ? 1 : a->dims[1],
                 .a_step = ta ? a->dims[1] : 1,
                 .b_step = tb ? 1 : b->dims[1],
                 .b_column = tb ? b->dims[1] : 1};
    rl_walk walk;
    rl_walk_begin(&walk, outputs[0]);
    if (c != NULL) {
        rl_walk_add(&walk, c);
    }
    for (int64_t i = 0; i < p.rows * p.columns; i++) {
        double y = (double)params->alpha * dot(&p, i / p.columns, i % p.columns);
        if (c != NULL) {
            y += (double)params->beta * rl_get_real(c, walk.offset[0]);
        }
        rl_set_real(outputs[0], i, y);
        rl_walk_next(&walk);
    }
    return RELIEF_OK;
}

const rl_op rl_op_gemm = {"Gemm", 7, 0, 2, 3, 1, 1, parse_gemm, infer_gemm, run_gemm};
