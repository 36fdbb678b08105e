/* SPDX-License-Identifier: Apache-2.0 */
/* Small convolutional networks for tests of the oneDNN backend. */
#ifndef RELIEF_TESTS_ONEDNN_TESTING_H
#define RELIEF_TESTS_ONEDNN_TESTING_H

#include "net_testing.h"

#include <math.h>

static inline const rl_backend_api *onednn(void) {
    const rl_backend_api *api = rl_backend_find("onednn");
    assert_non_null(api);
    return api;
}

/* max |a - b| / max |a| */
static inline double difference(const relief_tensor *a, const relief_tensor *b) {
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->rank, b->rank);
    const float *x = a->data, *y = b->data;
    double most = 0, error = 0;
    for (size_t i = 0; i < a->bytes / sizeof *x; i++) {
        const double e = fabs((double)x[i] - (double)y[i]);
        most = fmax(most, fabs((double)x[i]));
        error = isnan(e) && !(isnan(x[i]) && isnan(y[i])) ? INFINITY : fmax(error, e);
    }
    return most > 0 ? error / most : error;
}

static inline relief_tensor shape_of(int64_t n, int64_t c, int64_t h, int64_t w) {
    return (relief_tensor){.rank = 4, .dims = {n, c, h, w}};
}

static inline onnx_builder *begin(const relief_tensor *input) {
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, input->rank, input->dims);
    return b;
}

static inline void end(onnx_builder *b, const char *name) {
    onnx_add_output(b, name, RELIEF_F32, -1, NULL);
}

/* A convolution; `pad` on all sides. */
typedef struct conv {
    int64_t in, out, groups, kernel, stride, dilation, pad;
} conv;

static inline void add_conv(onnx_builder *b, const char *name, const char *from, conv c) {
    char weights[32], bias[32], inputs[128];
    const int64_t depth = c.in / c.groups;
    const int64_t count = c.out * depth * c.kernel * c.kernel;
    float *values = test_floats((size_t)(count + c.out), (uint32_t)count);
    /* Sums stay near 1, so that clips behind them do not make errors look larger than they are. */
    for (int64_t i = 0; i < count; i++)
        values[i] /= sqrtf((float)(depth * c.kernel * c.kernel));
    snprintf(weights, sizeof weights, "%s.w", name);
    snprintf(bias, sizeof bias, "%s.b", name);
    snprintf(inputs, sizeof inputs, "%s,%s,%s", from, weights, bias);
    onnx_add_floats(b, weights, 4, (int64_t[]){c.out, depth, c.kernel, c.kernel}, values);
    onnx_add_floats(b, bias, 1, (int64_t[]){c.out}, values + count);
    onnx_add_node(b, "Conv", name, inputs, name);
    onnx_set_int(b, "group", c.groups);
    onnx_set_ints(b, "strides", 2, (int64_t[]){c.stride, c.stride});
    onnx_set_ints(b, "dilations", 2, (int64_t[]){c.dilation, c.dilation});
    onnx_set_ints(b, "pads", 4, (int64_t[]){c.pad, c.pad, c.pad, c.pad});
    free(values);
}

static inline void add_clip(onnx_builder *b, const char *name, const char *from, float lo,
                            float hi) {
    char low[64], high[64], inputs[256];
    snprintf(low, sizeof low, "%s.lo", name);
    snprintf(high, sizeof high, "%s.hi", name);
    snprintf(inputs, sizeof inputs, "%s,%s,%s", from, low, high);
    onnx_add_floats(b, low, 0, NULL, &lo);
    onnx_add_floats(b, high, 0, NULL, &hi);
    onnx_add_node(b, "Clip", name, inputs, name);
}

/* A small network with a bit of everything; wide and deep enough that threads have something to
 * share. */
static inline uint8_t *mixed_network_for(int64_t batch, size_t *size) {
    const relief_tensor x = shape_of(batch, 3, -1, -1);
    const float scales[] = {1, 1, 2, 2};
    onnx_builder *b = begin(&x);
    onnx_add_floats(b, "scales", 1, (int64_t[]){4}, scales);
    add_conv(b, "c1", "x", (conv){3, 40, 1, 3, 2, 1, 1});
    add_clip(b, "k1", "c1", 0, 6);
    add_conv(b, "c2", "k1", (conv){40, 40, 40, 5, 1, 1, 2});
    add_clip(b, "k2", "c2", 0, 6);
    add_conv(b, "c3", "k2", (conv){40, 40, 1, 1, 1, 1, 0});
    onnx_add_node(b, "Add", "a1", "k1,c3", "s1");
    add_conv(b, "c4", "s1", (conv){40, 576, 1, 3, 2, 1, 1});
    add_conv(b, "c5", "c4", (conv){576, 96, 1, 1, 1, 1, 0});
    add_conv(b, "c6", "c5", (conv){96, 64, 1, 3, 1, 1, 1});
    onnx_add_node(b, "Relu", "r1", "c6", "r1");
    add_conv(b, "c7", "r1", (conv){64, 64, 4, 3, 1, 1, 1});
    onnx_add_node(b, "Resize", "u", "c7,,scales", "u");
    onnx_set_string(b, "mode", "linear");
    add_conv(b, "c8", "u", (conv){64, 1, 1, 3, 1, 1, 1});
    onnx_add_node(b, "Exp", "y", "c8", "y");
    end(b, "y");
    return onnx_builder_finish(b, size);
}

static inline uint8_t *mixed_network(size_t *size) {
    return mixed_network_for(1, size);
}

static inline uint8_t *mixed_network_of_any_batch(size_t *size) {
    return mixed_network_for(-1, size);
}

#endif
