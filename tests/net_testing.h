/* SPDX-License-Identifier: Apache-2.0 */
/* Small networks in tests: from the builder's bytes to a net and back to numbers. */
#ifndef RELIEF_TESTS_NET_TESTING_H
#define RELIEF_TESTS_NET_TESTING_H

#include "testing.h"

#include "base/memory.h"
#include "nn/net.h"
#include "onnx_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct test_net {
    uint8_t *bytes; /* that the net lies in */
    rl_net *net;
} test_net;

/* End the builder and load what it made, which must succeed. */
static inline test_net test_net_load(relief_ctx *ctx, onnx_builder *builder,
                                     const rl_backend_api *backend) {
    test_net t = {0};
    size_t size;
    t.bytes = onnx_builder_finish(builder, &size);
    if (rl_net_load_memory(ctx, t.bytes, size, "test.onnx", backend, &t.net) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return t;
}

static inline void test_net_free(test_net *t) {
    rl_net_free(t->net);
    free(t->bytes);
}

/* End the builder and load what it made, which must fail with `status` and a reason that has
 * `words` in it. */
static inline void assert_refused(relief_ctx *ctx, onnx_builder *builder, relief_status status,
                                  const char *words) {
    size_t size;
    uint8_t *bytes = onnx_builder_finish(builder, &size);
    rl_net *net = NULL;
    relief_status got =
        rl_net_load_memory(ctx, bytes, size, "test.onnx", &rl_backend_reference, &net);
    if (got != status || !strstr(relief_last_error(ctx), words)) {
        fail_msg("status %d (%d wanted), reason: %s (\"%s\" wanted)", got, status,
                 relief_last_error(ctx), words);
    }
    assert_null(net);
    free(bytes);
}

/* A float tensor with values from a small generator, the same for the same seed. */
static inline relief_tensor *test_tensor(relief_ctx *ctx, int rank, const int64_t *dims,
                                         uint32_t seed) {
    relief_tensor *tensor = NULL;
    assert_int_equal(relief_tensor_new(ctx, RELIEF_F32, rank, dims, &tensor), RELIEF_OK);
    float *x = relief_tensor_data(tensor);
    for (size_t i = 0; i < relief_tensor_bytes(tensor) / sizeof(float); i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return tensor;
}

/* As many of those as an initialiser wants, in memory for free(). */
static inline float *test_floats(size_t count, uint32_t seed) {
    float *x = malloc(count * sizeof(float));
    assert_non_null(x);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return x;
}

/* Run a net of one input and one output; the caller frees what comes back. */
static inline relief_tensor *test_net_run(relief_ctx *ctx, const test_net *t,
                                          relief_tensor *input) {
    relief_tensor *output = NULL;
    if (rl_net_run(ctx, t->net, &input, &output) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return output;
}

static inline void assert_same_tensor(const relief_tensor *a, const relief_tensor *b) {
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->rank, b->rank);
    for (int i = 0; i < a->rank; i++) {
        assert_int_equal(a->dims[i], b->dims[i]);
    }
    assert_memory_equal(a->data, b->data, a->bytes);
}

#endif
