/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of files have in common: one file a format, all fed with the same. */
#ifndef RELIEF_MESH_MESH_FILE_H
#define RELIEF_MESH_MESH_FILE_H

#include "mesh/file_set.h"
#include "mesh/mesh_inside.h"

/* A mesh on its way into a file. */
typedef struct rl_mesh_file {
    const relief_mesh *mesh;
    const char *name;         /* of the scene in the file, UTF-8 or not */
    const char *displacement; /* name of the picture that a plane is displaced by, or NULL */
    relief_mesh_save_options options;
    rl_texture textures[RL_MAX_PRIMITIVES]; /* of the primitives; borrowed */
    rl_texture made[RL_MAX_PRIMITIVES];     /* textures that were made for this file */
    rl_alpha_mode alpha[RL_MAX_PRIMITIVES]; /* the same, with that of the photo looked up */
} rl_mesh_file;

/* RGBA colours, 4 bytes each, of `count` vertices of primitive `k` from its `first` on. What the
 * photo's raster holds; it may have been decoded smaller than the photo. */
void rl_mesh_colours(const relief_mesh *mesh, int k, int64_t first, int count, uint8_t *rgba);

/* How a photo that has alpha is drawn: cut out where its alpha is all or nothing, blended where it
 * is not. */
rl_alpha_mode rl_find_alpha(const relief_image *photo);

/* Where bytes go; returns what rl_output_write() would. */
typedef relief_status (*rl_sink_fn)(void *arg, const void *data, size_t size);

/* Bytes on their way into one file: counts them, reports progress, and stops when cancelled. */
typedef struct rl_byte_writer {
    relief_ctx *ctx;
    rl_sink_fn sink;
    void *arg;
    uint64_t done, total;
} rl_byte_writer;
RELIEF_CHECKED relief_status rl_bytes_put(rl_byte_writer *writer, const void *data, size_t size);
/* A sink for an rl_output. */
relief_status rl_sink_output(void *output, const void *data, size_t size);

/* picture_file.c: pictures beside the main file. */
/* Open the file of a primitive's picture: "STEM-photo.jpg". *name: without the folder, borrowed
 * from the set. Errors: those of rl_files_add(); _EXISTS when it is the photo that the mesh was
 * made of. */
RELIEF_CHECKED relief_status rl_picture_open(const rl_mesh_file *file, int primitive,
                                             rl_file_set *files, rl_output **out,
                                             const char **name);
/* Write it, marked as relief's. */
RELIEF_CHECKED relief_status rl_picture_put(const rl_mesh_file *file, int primitive,
                                            rl_output *output);

/* displacement.c: write STEM-depth.exr. *name: without the folder, borrowed from the set. Errors:
 * those of rl_files_add(), _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_displacement_put(relief_ctx *ctx, const rl_mesh_file *file,
                                                 rl_file_set *files, const char **name);

/* A GLB file to anywhere. Errors: _LIMIT (over 4 GiB), _MEMORY, the sink's. */
RELIEF_CHECKED relief_status rl_glb_put(relief_ctx *ctx, const rl_mesh_file *file, rl_sink_fn sink,
                                        void *arg);

/* The writers. Each is given an open set of files, and neither commits nor aborts it. */
RELIEF_CHECKED relief_status rl_write_glb(relief_ctx *ctx, const rl_mesh_file *file,
                                          rl_file_set *files);
RELIEF_CHECKED relief_status rl_write_gltf(relief_ctx *ctx, const rl_mesh_file *file,
                                           rl_file_set *files);
RELIEF_CHECKED relief_status rl_write_obj(relief_ctx *ctx, const rl_mesh_file *file,
                                          rl_file_set *files);
RELIEF_CHECKED relief_status rl_write_ply(relief_ctx *ctx, const rl_mesh_file *file,
                                          rl_file_set *files);
RELIEF_CHECKED relief_status rl_write_stl(relief_ctx *ctx, const rl_mesh_file *file,
                                          rl_file_set *files);

#endif
