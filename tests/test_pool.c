/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling with windows far larger than the picture, which a file can ask for in a few bytes: the
 * right values, in no time. (test_ops has the usual windows.) */
#include "net_testing.h"

#include <math.h>

#define ROWS 6
#define COLUMNS 8
#define HUGE_KERNEL ((int64_t)1 << 20)

typedef struct window_case {
    int64_t kernel[2], stride[2], dilation[2];
    int64_t pads[4]; /* top, left, bottom, right */
    bool ceil_mode;
    int64_t out[2];
} window_case;

static const window_case cases[] = {
    /* Padding in front: output i sees the input up to i. */
    {{HUGE_KERNEL, HUGE_KERNEL},
     {1, 1},
     {1, 1},
     {HUGE_KERNEL - 1, HUGE_KERNEL - 1, 0, 0},
     false,
     {6, 8}},
    /* Behind: from i on. */
    {{HUGE_KERNEL, 3}, {1, 2}, {1, 1}, {0, 1, HUGE_KERNEL - 1, 1}, false, {6, 4}},
    /* Every third row and fifth column, the windows' ends on both sides. */
    {{HUGE_KERNEL, HUGE_KERNEL},
     {1, 3},
     {3, 5},
     {1500000, 2500000, 1645730, 2742880},
     false,
     {11, 5}},
    /* The last windows go on behind the padding, and are cut off there. */
    {{HUGE_KERNEL, HUGE_KERNEL},
     {4, 5},
     {1, 1},
     {HUGE_KERNEL - 1, HUGE_KERNEL - 1, 0, 0},
     true,
     {3, 3}},
};

/* Along one axis, tap by tap. */
typedef struct axis_taps {
    int64_t met[COLUMNS];
    int met_count;
    int64_t counted; /* not behind the padding */
} axis_taps;

static axis_taps walk_axis(const window_case *c, int axis, int64_t out) {
    axis_taps taps = {.met_count = 0};
    int64_t size = axis == 0 ? ROWS : COLUMNS;
    for (int64_t k = 0; k < c->kernel[axis]; k++) {
        int64_t at = out * c->stride[axis] + k * c->dilation[axis] - c->pads[axis];
        taps.counted += at < size + c->pads[2 + axis];
        if (at >= 0 && at < size) {
            taps.met[taps.met_count++] = at;
        }
    }
    return taps;
}

typedef enum pool_kind { POOL_MAX, POOL_MEAN, POOL_MEAN_PADDED, POOL_KINDS } pool_kind;

static double expected(const float *x, const axis_taps *down, const axis_taps *across,
                       pool_kind kind) {
    double sum = 0.0, most = -INFINITY;
    for (int i = 0; i < down->met_count; i++) {
        for (int j = 0; j < across->met_count; j++) {
            double value = (double)x[down->met[i] * COLUMNS + across->met[j]];
            sum += value;
            most = fmax(most, value);
        }
    }
    int64_t met = (int64_t)down->met_count * across->met_count;
    if (kind == POOL_MAX) {
        return most;
    }
    if (kind == POOL_MEAN_PADDED) {
        return sum / (double)(down->counted * across->counted);
    }
    return met > 0 ? sum / (double)met : 0.0;
}

static relief_tensor *pool(relief_ctx *ctx, const window_case *c, pool_kind kind,
                           relief_tensor *x) {
    onnx_builder *b = onnx_builder_new(19);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, 1, ROWS, COLUMNS});
    onnx_add_output(b, "y", RELIEF_F32, -1, NULL);
    onnx_add_node(b, kind == POOL_MAX ? "MaxPool" : "AveragePool", "n", "x", "y");
    onnx_set_ints(b, "kernel_shape", 2, c->kernel);
    onnx_set_ints(b, "strides", 2, c->stride);
    onnx_set_ints(b, "dilations", 2, c->dilation);
    onnx_set_ints(b, "pads", 4, c->pads);
    onnx_set_int(b, "ceil_mode", c->ceil_mode);
    if (kind == POOL_MEAN_PADDED) {
        onnx_set_int(b, "count_include_pad", 1);
    }
    test_net t = test_net_load(ctx, b, &rl_backend_reference);
    relief_tensor *y = test_net_run(ctx, &t, x);
    test_net_free(&t);
    return y;
}

static void assert_pooled(relief_ctx *ctx, const window_case *c, pool_kind kind) {
    relief_tensor *x = test_tensor(ctx, 4, (int64_t[]){1, 1, ROWS, COLUMNS}, 5);
    relief_tensor *y = pool(ctx, c, kind, x);
    assert_int_equal(y->dims[2], c->out[0]);
    assert_int_equal(y->dims[3], c->out[1]);
    for (int64_t row = 0; row < c->out[0]; row++) {
        axis_taps down = walk_axis(c, 0, row);
        for (int64_t column = 0; column < c->out[1]; column++) {
            axis_taps across = walk_axis(c, 1, column);
            double want = expected(x->data, &down, &across, kind);
            double got = (double)((const float *)y->data)[row * c->out[1] + column];
            if (got != want && !(fabs(got - want) <= 1e-6 * fabs(want))) {
                fail_msg("kind %d, output (%d, %d): %g, not %g", (int)kind, (int)row, (int)column,
                         got, want);
            }
        }
    }
    relief_tensor_free(x);
    relief_tensor_free(y);
}

static void windows_larger_than_the_picture(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int kind = 0; kind < POOL_KINDS; kind++) {
            assert_pooled(ctx, &cases[i], (pool_kind)kind);
        }
    }
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_larger_than_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
