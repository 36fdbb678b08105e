/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/conv_plain.h"

#include "base/threads.h"
#include "nn/onednn/vector.h"

typedef struct plain_job {
    const rl_dnnl_conv_spec *spec;
    const float *x, *weights, *bias;
    float *y;
} plain_job;

/* y[i] += w * x[i * stride] */
RL_EVERY_WIDTH static void add_row(float *y, const float *x, float w, int64_t count,
                                   int64_t stride) {
    if (stride == 1) {
        RL_INDEPENDENT
        for (int64_t i = 0; i < count; i++)
            y[i] += w * x[i];
        return;
    }
    for (int64_t i = 0; i < count; i++)
        y[i] += w * x[i * stride];
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return a <= 0 ? 0 : (a + b - 1) / b;
}

/* One kernel row: adds w[0 .. kw) over an input row to an output row. */
static void add_kernel_row(const rl_dnnl_conv_spec *s, const float *x, const float *w, float *y) {
    for (int64_t kx = 0; kx < s->kernel[1]; kx++) {
        const int64_t shift = kx * s->dilation[1] - s->pad_begin[1];
        const int64_t begin = ceil_div(-shift, s->stride[1]);
        int64_t end = ceil_div(s->in_size[1] - shift, s->stride[1]);
        end = end < s->out_size[1] ? end : s->out_size[1];
        if (begin < end)
            add_row(y + begin, x + begin * s->stride[1] + shift, w[kx], end - begin, s->stride[1]);
    }
}

/* Output rows, counted over (N, M, OH). */
static void plain_rows(void *arg, size_t begin, size_t end) {
    const plain_job *job = arg;
    const rl_dnnl_conv_spec *s = job->spec;
    const int64_t depth = s->in_channels / s->groups, outs = s->out_channels / s->groups;
    const int64_t kernel = s->kernel[0] * s->kernel[1];
    for (int64_t row = (int64_t)begin; row < (int64_t)end; row++) {
        const int64_t oy = row % s->out_size[0], m = row / s->out_size[0] % s->out_channels;
        const int64_t n = row / s->out_size[0] / s->out_channels;
        float *y = job->y + row * s->out_size[1];
        for (int64_t i = 0; i < s->out_size[1]; i++)
            y[i] = job->bias ? job->bias[m] : 0;
        for (int64_t c = 0; c < depth; c++) {
            const float *plane = job->x + (n * s->in_channels + m / outs * depth + c) *
                                              s->in_size[0] * s->in_size[1];
            const float *w = job->weights + (m * depth + c) * kernel;
            for (int64_t ky = 0; ky < s->kernel[0]; ky++) {
                const int64_t iy = oy * s->stride[0] + ky * s->dilation[0] - s->pad_begin[0];
                if (iy >= 0 && iy < s->in_size[0])
                    add_kernel_row(s, plane + iy * s->in_size[1], w + ky * s->kernel[1], y);
            }
        }
    }
}

void rl_conv_plain_run(relief_ctx *ctx, const rl_dnnl_conv_spec *spec, const float *x,
                       const float *weights, const float *bias, float *y) {
    plain_job job = {spec, x, weights, bias, y};
    rl_parallel(ctx, (size_t)(spec->batch * spec->out_channels * spec->out_size[0]), 1, plain_rows,
                &job);
}
