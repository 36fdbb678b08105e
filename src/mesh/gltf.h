/* SPDX-License-Identifier: Apache-2.0 */
/* glTF 2.0: what .glb and .gltf have in common. */
#ifndef RELIEF_MESH_GLTF_H
#define RELIEF_MESH_GLTF_H

#include "mesh/mesh_file.h"

#include <jansson.h>

/* Positions, UVs, normals, indices, three of an animation, and a picture for every primitive. */
enum { RL_GLTF_VIEWS = 7 + RL_MAX_PRIMITIVES };
/* Numbers of the OpenGL specification. */
enum { RL_GLTF_FLOAT = 5126 };

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

/* How the camera moves, frame by frame; arrays belong to the first of its three views. */
typedef struct rl_gltf_motion {
    const float *times, *places, *turns, *zooms;
    int count; /* 0: it stands still */
    double rate;
    int view; /* of `times`; those of `places` and `turns` follow */
} rl_gltf_motion;

/* A file's contents but for the JSON. */
typedef struct rl_gltf {
    const rl_mesh_file *file;
    rl_gltf_view views[RL_GLTF_VIEWS];
    int view_count;
    bool short_uvs;    /* UVs are 16-bit fractions */
    uint64_t head;     /* bytes before the first part: what a file of its own is known by */
    uint64_t size;     /* of the buffer with all its parts */
    uint64_t unpacked; /* size of a buffer with the packed parts unpacked */
    rl_gltf_motion motion;
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

/* gltf_motion.c */
/* Lay out the animation of file->options.path. Errors: _ARG (frames a second), _MEMORY. */
RELIEF_CHECKED relief_status rl_gltf_add_motion(relief_ctx *ctx, rl_gltf *gltf);
/* Append the animation's three accessors; false without memory. */
bool rl_gltf_motion_accessors(const rl_gltf *gltf, json_t *list);
/* The file's "animations", whose accessors begin at `first_accessor`. NULL without memory. */
json_t *rl_gltf_motion_json(int first_accessor, int camera_node);
/* The zoom of the camera's lens where it is the same all the time, else 1. */
double rl_gltf_motion_zoom(const rl_gltf_motion *motion);
/* What glTF has no words for: how the lens zooms, the rate, the depth that is looked at. */
json_t *rl_gltf_motion_extras(const rl_gltf *gltf);

/* Write the buffer's parts. */
RELIEF_CHECKED relief_status rl_gltf_put_buffer(rl_byte_writer *writer, const rl_gltf *gltf);

static inline uint64_t rl_gltf_padded(uint64_t size) {
    return (size + 3) / 4 * 4;
}

#endif
