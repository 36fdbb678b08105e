/* SPDX-License-Identifier: Apache-2.0 */
/* glTF 2.0 binary files. Layout, all little-endian, every part a multiple of 4 bytes:
 *     "glTF", version 2, length of the file
 *     length of the JSON, "JSON", the JSON padded with spaces
 *     length of the buffer, "BIN\0", positions, UVs, indices, the picture, zeros */
#ifndef RELIEF_MESH_GLB_H
#define RELIEF_MESH_GLB_H

#include "image/texture.h"
#include "mesh/mesh_inside.h"

/* How a picture's alpha is drawn. */
typedef enum rl_alpha_mode { RL_ALPHA_OPAQUE, RL_ALPHA_MASK, RL_ALPHA_BLEND } rl_alpha_mode;

/* What a file says besides geometry. */
typedef struct rl_gltf_facts {
    const char *name; /* of the nodes, UTF-8 */
    rl_alpha_mode alpha;
    /* Bytes of the buffer's parts, without padding, in their order. */
    uint64_t position_bytes, uv_bytes, index_bytes, texture_bytes;
    const char *mime_type; /* of the texture */
} rl_gltf_facts;

/* Where the bytes of a file go; returns what rl_output_write() would. */
typedef relief_status (*rl_sink_fn)(void *arg, const void *data, size_t size);

/* How a photo that has alpha is drawn: cut out where its alpha is all or nothing, blended where it
 * is not. */
rl_alpha_mode rl_find_alpha(const relief_image *photo);

/* The JSON chunk's text, not padded. The caller frees *text with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_gltf_json(relief_ctx *ctx, const relief_mesh *mesh,
                                          const rl_gltf_facts *facts, char **text, size_t *size);

/* Write a mesh with its texture as GLB. Errors: _LIMIT (over 4 GiB), _MEMORY, the sink's. */
RELIEF_CHECKED relief_status rl_glb_write(relief_ctx *ctx, const relief_mesh *mesh,
                                          const rl_texture *texture, const char *name,
                                          rl_sink_fn sink, void *arg);

#endif
