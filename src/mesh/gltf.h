/* SPDX-License-Identifier: Apache-2.0 */
/* glTF 2.0: what .glb and .gltf have in common. */
#ifndef RELIEF_MESH_GLTF_H
#define RELIEF_MESH_GLTF_H

#include "mesh/mesh_file.h"

/* Positions, UVs, normals, indices, and a picture for every primitive. */
enum { RL_GLTF_VIEWS = 4 + RL_MAX_PRIMITIVES };

/* A part of the buffer; parts begin at multiples of 4 bytes. */
typedef struct rl_gltf_view {
    const void *data;
    uint64_t size;
    int target; /* the specification's number, 0 for a picture */
    /* EXT_meshopt_compression: what the part is when it is unpacked. */
    const char *mode;   /* "ATTRIBUTES", "TRIANGLES"; NULL: it is not packed */
    const char *filter; /* or NULL */
    int stride;
    int64_t count;
    void *owned; /* data to free, or NULL */
} rl_gltf_view;

/* A file's contents but for the JSON. */
typedef struct rl_gltf {
    const rl_mesh_file *file;
    rl_gltf_view views[RL_GLTF_VIEWS];
    int view_count;
    bool short_uvs;    /* UVs are 16-bit fractions */
    uint64_t head;     /* bytes before the first part: what a file of its own is known by */
    uint64_t size;     /* of the buffer with all its parts */
    uint64_t unpacked; /* size of a buffer with the packed parts unpacked */
    /* Names of files in place of parts of the buffer; NULL: all in one file. */
    const char *buffer_name;
    const char *picture_names[RL_MAX_PRIMITIVES];
} rl_gltf;

/* Lay out the buffer. `pictures`: whether they are parts of it. Errors: _MEMORY. Undo with
 * rl_gltf_clear(), also after a failure. */
RELIEF_CHECKED relief_status rl_gltf_lay_out(relief_ctx *ctx, const rl_mesh_file *file,
                                             bool pictures, rl_gltf *out);
void rl_gltf_clear(rl_gltf *gltf);

/* The JSON, not padded. The caller frees *text with rl_free(). Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_gltf_json(relief_ctx *ctx, const rl_gltf *gltf, char **text,
                                          size_t *size);

/* Write the buffer's parts. */
RELIEF_CHECKED relief_status rl_gltf_put_buffer(rl_byte_writer *writer, const rl_gltf *gltf);

static inline uint64_t rl_gltf_padded(uint64_t size) {
    return (size + 3) / 4 * 4;
}

#endif
