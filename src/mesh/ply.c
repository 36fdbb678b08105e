/* SPDX-License-Identifier: Apache-2.0 */
/* PLY, binary, little-endian. Of every vertex
 *     float x y z, [nx ny nz], [s t], uchar red green blue alpha
 * and of every triangle
 *     uchar 3, uint a b c, [int texnumber]
 * The pictures stand beside the file and are named in comments, as MeshLab does; texnumber is there
 * when they are several. */
#include "mesh/mesh_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum {
    VERTEX_BYTES = 8 * sizeof(float) + 4, /* at most */
    FACE_BYTES = 1 + 3 * sizeof(uint32_t) + sizeof(int32_t),
    PIECE = 4096 /* vertices or triangles that are written at once */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they lie");

typedef struct ply_writer {
    const rl_mesh_file *file;
    rl_byte_writer bytes;
    bool textures;
    uint8_t colours[4 * PIECE];
    uint8_t buffer[PIECE * VERTEX_BYTES];
} ply_writer;

/* The header, for rl_free(); NULL without memory. */
static char *make_header(const ply_writer *ply, const char *pictures) {
    const relief_mesh *mesh = ply->file->mesh;
    const bool several = ply->textures && mesh->primitive_count > 1;
    char *faces = mesh->info.triangle_count
                      ? rl_format("element face %lld\nproperty list uchar uint vertex_indices\n%s",
                                  (long long)mesh->info.triangle_count,
                                  several ? "property int texnumber\n" : "")
                      : rl_format("%s", "");
    char *header =
        faces
            ? rl_format("ply\nformat binary_little_endian 1.0\ncomment relief %s\n%s"
                        "element vertex %lld\n"
                        "property float x\nproperty float y\nproperty float z\n%s%s"
                        "property uchar red\nproperty uchar green\nproperty uchar blue\n"
                        "property uchar alpha\n%send_header\n",
                        relief_version(), pictures, (long long)mesh->info.vertex_count,
                        mesh->normals ? "property float nx\nproperty float ny\nproperty float nz\n"
                                      : "",
                        ply->textures ? "property float s\nproperty float t\n" : "", faces)
            : NULL;
    rl_free(faces);
    return header;
}

static uint8_t *put_floats(uint8_t *to, const float *values, int count) {
    memcpy(to, values, (size_t)count * sizeof(float));
    return to + (size_t)count * sizeof(float);
}

/* One vertex into the buffer. */
static uint8_t *put_vertex(const ply_writer *ply, int64_t v, const uint8_t *rgba, uint8_t *to) {
    const relief_mesh *mesh = ply->file->mesh;
    to = put_floats(to, mesh->positions + 3 * v, 3);
    if (mesh->normals)
        to = put_floats(to, mesh->normals + 3 * v, 3);
    if (ply->textures) {
        /* A texture's rows count from the bottom here. */
        const float st[2] = {mesh->uvs[2 * v], 1 - mesh->uvs[2 * v + 1]};
        to = put_floats(to, st, 2);
    }
    memcpy(to, rgba, 4);
    return to + 4;
}

static relief_status put_vertices(ply_writer *ply, int k) {
    const relief_mesh *mesh = ply->file->mesh;
    const rl_primitive *primitive = &mesh->primitives[k];
    relief_status status = RELIEF_OK;
    for (int64_t begin = 0; begin < primitive->vertex_count && !status; begin += PIECE) {
        const int64_t left = primitive->vertex_count - begin;
        const int count = (int)(left < PIECE ? left : PIECE);
        const int64_t first = primitive->first_vertex + begin;
        uint8_t *to = ply->buffer;
        rl_mesh_colours(mesh, k, first, count, ply->colours);
        for (int v = 0; v < count; v++)
            to = put_vertex(ply, first + v, ply->colours + 4 * (size_t)v, to);
        status = rl_bytes_put(&ply->bytes, ply->buffer, (size_t)(to - ply->buffer));
    }
    return status;
}

static relief_status put_faces(ply_writer *ply, int k) {
    const relief_mesh *mesh = ply->file->mesh;
    const rl_primitive *primitive = &mesh->primitives[k];
    const bool several = ply->textures && mesh->primitive_count > 1;
    const size_t corners = 3 * sizeof(uint32_t);
    const int32_t number = k;
    relief_status status = RELIEF_OK;
    for (int64_t begin = 0; begin < primitive->triangle_count && !status; begin += PIECE) {
        const int64_t left = primitive->triangle_count - begin;
        const int64_t count = left < PIECE ? left : PIECE;
        const uint32_t *from = mesh->indices + 3 * (primitive->first_triangle + begin);
        uint8_t *to = ply->buffer;
        for (int64_t t = 0; t < count; t++) {
            *to++ = 3;
            memcpy(to, from + 3 * t, corners);
            to += corners;
            if (several) {
                memcpy(to, &number, sizeof number);
                to += sizeof number;
            }
        }
        status = rl_bytes_put(&ply->bytes, ply->buffer, (size_t)(to - ply->buffer));
    }
    return status;
}

_Static_assert(FACE_BYTES <= VERTEX_BYTES, "a piece of triangles fits into the buffer");

/* Write the pictures, and name them in *comments, for rl_free(). */
static relief_status put_pictures(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files,
                                  char **comments) {
    relief_status status = RELIEF_OK;
    for (int k = 0; k < file->mesh->primitive_count && !status; k++) {
        rl_output *picture = NULL;
        const char *name = NULL;
        status = rl_picture_open(file, k, files, &picture, &name);
        if (!status)
            status = rl_picture_put(file, k, picture);
        char *longer = status ? NULL : rl_format("%scomment TextureFile %s\n", *comments, name);
        if (!status && !longer)
            status = rl_fail_memory(ctx, strlen(name));
        if (!status) {
            rl_free(*comments);
            *comments = longer;
        }
    }
    return status;
}

static relief_status put_body(ply_writer *ply, const char *header) {
    const relief_mesh *mesh = ply->file->mesh;
    const size_t floats = 3 + (mesh->normals ? 3 : 0) + (ply->textures ? 2 : 0);
    const size_t face = ply->textures && mesh->primitive_count > 1 ? FACE_BYTES : 13;
    ply->bytes.total = strlen(header) +
                       (uint64_t)mesh->info.vertex_count * (floats * sizeof(float) + 4) +
                       (uint64_t)mesh->info.triangle_count * face;
    relief_status status = rl_bytes_put(&ply->bytes, header, strlen(header));
    for (int k = 0; k < mesh->primitive_count && !status; k++)
        status = put_vertices(ply, k);
    for (int k = 0; k < mesh->primitive_count && !status; k++)
        status = put_faces(ply, k);
    return status;
}

relief_status rl_write_ply(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files) {
    char *comments = rl_format("%s", ""), *header = NULL;
    void *memory = NULL;
    relief_status status =
        comments ? rl_calloc_in(ctx, 1, sizeof(ply_writer), &memory) : rl_fail_memory(ctx, 1);
    ply_writer *ply = memory;
    if (!status) {
        ply->file = file;
        ply->textures = file->mesh->info.kind == RELIEF_MESH_SURFACE;
        ply->bytes =
            (rl_byte_writer){.ctx = ctx, .sink = rl_sink_output, .arg = rl_files_main(files)};
        if (ply->textures)
            status = put_pictures(ctx, file, files, &comments);
    }
    if (!status && !(header = make_header(ply, comments)))
        status = rl_fail_memory(ctx, strlen(comments));
    if (!status)
        status = put_body(ply, header);
    rl_free(header);
    rl_free(comments);
    rl_free(ply);
    return status;
}
