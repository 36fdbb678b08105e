/* SPDX-License-Identifier: Apache-2.0 */
/* Wavefront OBJ: NAME.obj; beside it NAME.mtl with a material for every primitive, and their
 * pictures. */
#include "mesh/mesh_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/grey.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 4 * RL_NUMBER_TEXT, BUFFER_BYTES = 1 << 14 };

/* Lines on their way into a file, gathered into larger pieces. */
typedef struct line_writer {
    relief_ctx *ctx;
    rl_output *output;
    int64_t done, total; /* lines */
    size_t used;
    char buffer[BUFFER_BYTES];
} line_writer;

static relief_status flush(line_writer *to) {
    const size_t used = to->used;
    to->used = 0;
    relief_status status = rl_output_write(to->output, to->buffer, used);
    return status ? status : rl_progress(to->ctx, "write", to->done, to->total);
}

/* Begin a line: *at is where its at most LINE_BYTES go. */
static relief_status begin_line(line_writer *to, char **at) {
    relief_status status = to->used + LINE_BYTES > BUFFER_BYTES ? flush(to) : RELIEF_OK;
    *at = to->buffer + to->used;
    to->done++;
    return status;
}

/* End the line that ends before `end`. */
static void end_line(line_writer *to, char *end) {
    *end++ = '\n';
    to->used = (size_t)(end - to->buffer);
}

/* "KEY number number...", with a point in every locale. */
static relief_status put_numbers(line_writer *to, const char *key, const double *numbers,
                                 int count) {
    char *at;
    relief_status status = begin_line(to, &at);
    if (status)
        return status;
    at = stpcpy(at, key);
    for (int k = 0; k < count; k++) {
        *at++ = ' ';
        rl_number_format(at, numbers[k]);
        at += strlen(at);
    }
    end_line(to, at);
    return RELIEF_OK;
}

static relief_status put_vertices(line_writer *to, const relief_mesh *mesh) {
    relief_status status = RELIEF_OK;
    for (int64_t v = 0; v < mesh->info.vertex_count && !status; v++) {
        const float *p = mesh->positions + 3 * v;
        status = put_numbers(to, "v", (const double[]){p[0], p[1], p[2]}, 3);
    }
    /* A texture's rows count from the bottom here. */
    for (int64_t v = 0; v < mesh->info.vertex_count && !status; v++) {
        const float *uv = mesh->uvs + 2 * v;
        status = put_numbers(to, "vt", (const double[]){uv[0], 1 - (double)uv[1]}, 2);
    }
    for (int64_t v = 0; mesh->normals && v < mesh->info.vertex_count && !status; v++) {
        const float *n = mesh->normals + 3 * v;
        status = put_numbers(to, "vn", (const double[]){n[0], n[1], n[2]}, 3);
    }
    return status;
}

static relief_status put_face(line_writer *to, const uint32_t *triangle, bool normals) {
    char *at;
    relief_status status = begin_line(to, &at);
    if (status)
        return status;
    *at++ = 'f';
    for (int k = 0; k < 3; k++) {
        const unsigned long v = triangle[k] + 1UL;
        const int bytes = normals ? snprintf(at, RL_NUMBER_TEXT, " %lu/%lu/%lu", v, v, v)
                                  : snprintf(at, RL_NUMBER_TEXT, " %lu/%lu", v, v);
        at += bytes;
    }
    end_line(to, at);
    return RELIEF_OK;
}

static relief_status put_primitive(line_writer *to, const relief_mesh *mesh, int k) {
    const rl_primitive *primitive = &mesh->primitives[k];
    const uint32_t *triangles = mesh->indices + 3 * primitive->first_triangle;
    char *at;
    relief_status status = begin_line(to, &at);
    if (status)
        return status;
    at = stpcpy(at, "usemtl ");
    end_line(to, stpcpy(at, primitive->name));
    for (int64_t t = 0; t < primitive->triangle_count && !status; t++)
        status = put_face(to, triangles + 3 * t, mesh->normals != NULL);
    return status;
}

/* Write a text of any length, which is freed; NULL is no memory. */
static relief_status put_text(relief_ctx *ctx, rl_output *to, char *text) {
    if (!text)
        return rl_fail_memory(ctx, LINE_BYTES);
    relief_status status = rl_output_write(to, text, strlen(text));
    rl_free(text);
    return status;
}

/* A material that shows its picture as it is, in any light. */
static char *describe_material(const rl_mesh_file *file, int k, const char *picture) {
    const char *end = "\n";
    const bool alpha = file->alpha[k] != RL_ALPHA_OPAQUE, displaced = file->displacement != NULL;
    return rl_format("\nnewmtl %s\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 0\nmap_Kd %s\n%s%s%s%s%s%s",
                     file->mesh->primitives[k].name, picture, alpha ? "map_d -imfchan m " : "",
                     alpha ? picture : "", alpha ? end : "", displaced ? "disp " : "",
                     displaced ? file->displacement : "", displaced ? end : "");
}

/* Write the materials' file and the pictures; *name: of the former. */
static relief_status put_materials(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files,
                                   const char **name) {
    rl_output *materials = NULL;
    relief_status status = rl_files_add(files, ".mtl", NULL, &materials, name);
    if (!status)
        status = put_text(ctx, materials, rl_format("# relief %s\n", relief_version()));
    for (int k = 0; k < file->mesh->primitive_count && !status; k++) {
        rl_output *picture = NULL;
        const char *picture_name = NULL;
        status = rl_picture_open(file, k, files, &picture, &picture_name);
        if (!status)
            status = put_text(ctx, materials, describe_material(file, k, picture_name));
        if (!status)
            status = rl_picture_put(file, k, picture);
    }
    return status;
}

relief_status rl_write_obj(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files) {
    const relief_mesh *mesh = file->mesh;
    rl_output *output = rl_files_main(files);
    const char *materials = NULL;
    void *memory;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(line_writer), &memory);
    if (status)
        return status;
    line_writer *to = memory;
    to->ctx = ctx;
    to->output = output;
    to->total = mesh->info.vertex_count * (mesh->normals ? 3 : 2) + mesh->info.triangle_count +
                mesh->primitive_count;
    status = put_materials(ctx, file, files, &materials);
    if (!status)
        status = put_text(
            ctx, output,
            rl_format("# relief %s\nmtllib %s\no %s\n", relief_version(), materials, file->name));
    if (!status)
        status = put_vertices(to, mesh);
    for (int k = 0; k < mesh->primitive_count && !status; k++)
        status = put_primitive(to, mesh, k);
    if (!status)
        status = flush(to);
    rl_free(to);
    return status;
}
