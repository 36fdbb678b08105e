/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a glTF buffer that EXT_meshopt_compression has packed. */
#ifndef RELIEF_MESH_GLB_UNPACK_H
#define RELIEF_MESH_GLB_UNPACK_H

#include "relief/base.h"

/* What the extension says about a part. */
typedef struct rl_packed {
    const uint8_t *data;
    size_t size;
    const char *mode;   /* "ATTRIBUTES" or "TRIANGLES" */
    const char *filter; /* "EXPONENTIAL"; NULL: none */
    size_t count, stride;
} rl_packed;

/* Unpack count * stride bytes; the caller frees *out. *good: false, with nothing in *out, when the
 * data is not what it is said to be, or of a kind that relief does not write. Memory is taken only
 * for as much as `size` bytes can stand for. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_glb_unpack(relief_ctx *ctx, const rl_packed *packed, void **out,
                                           bool *good);

#endif
