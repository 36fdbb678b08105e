/* SPDX-License-Identifier: Apache-2.0 */
/* Plain kernels of the operators that the passes make. Sums are of doubles, as those of the nodes
 * that they stand for. */
#include "nn/ops/fused.h"

#include "nn/ops/op_util.h"

#include <math.h>

/* ---- Linear ---- */

typedef struct linear_job {
    const rl_linear_params *params;
    const float *x, *w, *b;
    float *y;
} linear_job;

static void linear_rows(void *arg, size_t begin, size_t end) {
    const linear_job *job = arg;
    const int64_t depth = job->params->depth, columns = job->params->columns;
    const int64_t step = job->params->transposed ? 1 : columns;
    for (size_t r = begin; r < end; r++) {
        const float *x = job->x + r * (size_t)depth;
        for (int64_t c = 0; c < columns; c++) {
            const float *w = job->w + (job->params->transposed ? c * depth : c);
            double sum = 0.0;
            for (int64_t k = 0; k < depth; k++)
                sum += (double)x[k] * (double)w[k * step];
            sum += job->b ? (double)job->b[c] : 0.0;
            job->y[r * (size_t)columns + (size_t)c] = (float)sum;
        }
    }
}

static relief_status run_linear(relief_ctx *ctx, const rl_node *node,
                                const relief_tensor *const *inputs, relief_tensor *const *outputs) {
    const rl_linear_params *params = node->params;
    const relief_tensor *bias = node->own_input_count > 2 ? inputs[2] : NULL;
    linear_job job = {params, inputs[0]->data, inputs[1]->data, bias ? bias->data : NULL,
                      outputs[0]->data};
    rl_parallel(ctx, (size_t)(rl_tensor_count(outputs[0]) / params->columns), 1, linear_rows, &job);
    return RELIEF_OK;
}

const rl_op rl_op_linear = {"Linear", 1, 0, 2, 3, 1, 1, NULL, NULL, run_linear};

/* ---- Attention ---- */

typedef struct attention_job {
    const rl_attention_params *params;
    const float *q, *k, *v;
    float *y;
    double *scores; /* `keys` of them for each query of each head */
} attention_job;

static int64_t place(const rl_strided *s, int64_t b, int64_t h, int64_t n) {
    return s->base + b * s->stride[0] + h * s->stride[1] + n * s->stride[2];
}

/* The weights of the keys for one query, which sum up to 1. */
static void weigh_keys(const attention_job *job, int64_t b, int64_t h, int64_t n, double *weights) {
    const rl_attention_params *p = job->params;
    const float *q = job->q + place(&p->q, b, h, n);
    double most = -INFINITY, sum = 0.0;
    for (int64_t m = 0; m < p->keys; m++) {
        const float *k = job->k + place(&p->k, b, h, m);
        double dot = 0.0;
        for (int64_t d = 0; d < p->depth; d++)
            dot += (double)q[d * p->q.stride[3]] * (double)k[d * p->k.stride[3]];
        weights[m] = dot * (double)p->scale;
        most = fmax(most, weights[m]);
    }
    for (int64_t m = 0; m < p->keys; m++) {
        weights[m] = exp(weights[m] - most);
        sum += weights[m];
    }
    for (int64_t m = 0; m < p->keys; m++)
        weights[m] /= sum;
}

/* Queries, counted over (batch, heads, queries). */
static void attend(void *arg, size_t begin, size_t end) {
    const attention_job *job = arg;
    const rl_attention_params *p = job->params;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t n = i % p->queries, h = i / p->queries % p->heads;
        const int64_t b = i / p->queries / p->heads;
        double *weights = job->scores + i * p->keys;
        weigh_keys(job, b, h, n, weights);
        float *y = job->y + place(&p->y, b, h, n);
        for (int64_t c = 0; c < p->columns; c++) {
            double sum = 0.0;
            for (int64_t m = 0; m < p->keys; m++)
                sum += weights[m] * (double)job->v[place(&p->v, b, h, m) + c * p->v.stride[3]];
            y[c * p->y.stride[3]] = (float)sum;
        }
    }
}

/* One head of one picture at a time: scores of all would be as large as what this operator is there
 * to avoid. */
static relief_status run_attention(relief_ctx *ctx, const rl_node *node,
                                   const relief_tensor *const *inputs,
                                   relief_tensor *const *outputs) {
    rl_attention_params one = *(const rl_attention_params *)node->params;
    const rl_attention_params whole = one;
    void *scores;
    relief_status status =
        rl_alloc_in(ctx, (size_t)one.queries, (size_t)one.keys * sizeof(double), &scores);
    if (status)
        return status;
    one.batch = one.heads = 1;
    for (int64_t i = 0; i < whole.batch * whole.heads; i++) {
        const int64_t b = i / whole.heads, h = i % whole.heads;
        attention_job job = {&one,
                             (const float *)inputs[0]->data + place(&whole.q, b, h, 0) - one.q.base,
                             (const float *)inputs[1]->data + place(&whole.k, b, h, 0) - one.k.base,
                             (const float *)inputs[2]->data + place(&whole.v, b, h, 0) - one.v.base,
                             (float *)outputs[0]->data + place(&whole.y, b, h, 0) - one.y.base,
                             scores};
        rl_parallel(ctx, (size_t)one.queries, 1, attend, &job);
    }
    rl_free(scores);
    return RELIEF_OK;
}

const rl_op rl_op_attention = {"Attention", 1, 0, 3, 3, 1, 1, NULL, NULL, run_attention};
