/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/glb_unpack.h"

#include "base/memory.h"

#include <meshoptimizer.h>
#include <string.h>

/* The codec spends at least 2 bits on 16 bytes of attributes, and a byte on a triangle. */
enum { MOST_RATIO = 64, LARGEST_STRIDE = 256 };

static bool is_attributes(const rl_packed *packed) {
    const bool filtered = packed->filter && strcmp(packed->filter, "EXPONENTIAL") == 0;
    size_t bytes;
    return strcmp(packed->mode, "ATTRIBUTES") == 0 && (!packed->filter || filtered) &&
           packed->stride > 0 && packed->stride <= LARGEST_STRIDE && packed->stride % 4 == 0 &&
           rl_mul_size(packed->count, packed->stride, &bytes) && bytes / MOST_RATIO <= packed->size;
}

static bool is_triangles(const rl_packed *packed) {
    return strcmp(packed->mode, "TRIANGLES") == 0 && !packed->filter && packed->stride == 4 &&
           packed->count % 3 == 0 && packed->count / 3 <= packed->size;
}

/* 0 for data that is what it is said to be. */
static int decode(const rl_packed *packed, bool triangles, void *out) {
    if (triangles)
        return meshopt_decodeIndexBuffer(out, packed->count, packed->stride, packed->data,
                                         packed->size);
    const int failed =
        meshopt_decodeVertexBuffer(out, packed->count, packed->stride, packed->data, packed->size);
    if (!failed && packed->filter)
        meshopt_decodeFilterExp(out, packed->count, packed->stride);
    return failed;
}

relief_status rl_glb_unpack(relief_ctx *ctx, const rl_packed *packed, void **out, bool *good) {
    const bool triangles = is_triangles(packed);
    *out = NULL;
    *good = packed->count > 0 && (triangles || is_attributes(packed));
    if (!*good)
        return RELIEF_OK;
    relief_status status = rl_alloc_in(ctx, packed->count, packed->stride, out);
    if (!status && decode(packed, triangles, *out) != 0) {
        rl_free(*out);
        *out = NULL;
        *good = false;
    }
    return status;
}
