/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer of a glTF file, and the file whose parts lie beside it. */
#include "mesh/gltf.h"

#include "base/memory.h"
#include "base/status.h"

#include <meshoptimizer.h>
#include <string.h>

/* Numbers of the glTF 2.0 specification. */
enum { ARRAY_BUFFER = 34962, ELEMENT_ARRAY_BUFFER = 34963 };
/* Pieces in which arrays are handed on, so that a cancelled run stops soon. */
static const size_t PIECE = (size_t)4 << 20;
/* Bits of a packed position's mantissa: on a ray through a pixel a twentieth of a pixel at 4,000
 * pixels of focal length, so that no gap opens at a silhouette. */
enum { POSITION_BITS = 18, NORMAL_BITS = 12 };

static const char BUFFER_HEAD[16] = "relief buffer\n";

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "glTF buffers are written as they lie");

relief_status rl_bytes_put(rl_byte_writer *writer, const void *data, size_t size) {
    const uint8_t *bytes = data;
    while (size > 0) {
        const size_t piece = size < PIECE ? size : PIECE;
        relief_status status = writer->sink(writer->arg, bytes, piece);
        if (status)
            return status;
        bytes += piece;
        size -= piece;
        writer->done += piece;
        status = rl_progress(writer->ctx, "write", (int64_t)writer->done, (int64_t)writer->total);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

relief_status rl_sink_output(void *output, const void *data, size_t size) {
    return rl_output_write(output, data, size);
}

static void add_view(rl_gltf *gltf, const void *data, uint64_t size, int target) {
    gltf->views[gltf->view_count++] = (rl_gltf_view){.data = data, .size = size, .target = target};
}

/* Put an encoded attribute into the last view. */
static relief_status pack_last(relief_ctx *ctx, rl_gltf *gltf, const void *elements, int stride,
                               int64_t count) {
    rl_gltf_view *view = &gltf->views[gltf->view_count - 1];
    const size_t bound = meshopt_encodeVertexBufferBound((size_t)count, (size_t)stride);
    relief_status status = rl_alloc_in(ctx, bound, 1, &view->owned);
    if (status)
        return status;
    view->size =
        meshopt_encodeVertexBuffer(view->owned, bound, elements, (size_t)count, (size_t)stride);
    view->data = view->owned;
    view->mode = "ATTRIBUTES";
    view->stride = stride;
    view->count = count;
    return RELIEF_OK;
}

/* Floats as one exponent and mantissas of `bits` bits for each triple. */
static relief_status pack_triples(relief_ctx *ctx, rl_gltf *gltf, const float *triples, int bits) {
    const int64_t count = gltf->file->mesh->info.vertex_count;
    void *filtered;
    relief_status status = rl_alloc_in(ctx, (size_t)count, 3 * sizeof(float), &filtered);
    if (status)
        return status;
    /* Each number has an exponent of its own: near things keep their place beside far ones. */
    meshopt_encodeFilterExp(filtered, (size_t)count * 3, sizeof(float), bits, triples);
    add_view(gltf, NULL, 0, ARRAY_BUFFER);
    status = pack_last(ctx, gltf, filtered, 3 * sizeof(float), count);
    gltf->views[gltf->view_count - 1].filter = "EXPONENTIAL";
    rl_free(filtered);
    return status;
}

static relief_status pack_uvs(relief_ctx *ctx, rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    const size_t count = (size_t)mesh->info.vertex_count;
    void *memory;
    relief_status status = rl_alloc_in(ctx, count, 2 * sizeof(uint16_t), &memory);
    if (status)
        return status;
    uint16_t *fractions = memory;
    for (size_t k = 0; k < 2 * count; k++) {
        const float uv = mesh->uvs[k];
        fractions[k] = (uint16_t)(uv <= 0 ? 0 : uv >= 1 ? 65535 : uv * 65535.0F + 0.5F);
    }
    gltf->short_uvs = true;
    add_view(gltf, NULL, 0, ARRAY_BUFFER);
    status = pack_last(ctx, gltf, fractions, 2 * sizeof(uint16_t), (int64_t)count);
    rl_free(fractions);
    return status;
}

/* The indices of all primitives, one after the other: triangles keep their order. */
static relief_status pack_indices(relief_ctx *ctx, rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    const size_t count = 3 * (size_t)mesh->info.triangle_count;
    const size_t bound = meshopt_encodeIndexBufferBound(count, (size_t)mesh->info.vertex_count);
    add_view(gltf, NULL, 0, ELEMENT_ARRAY_BUFFER);
    rl_gltf_view *view = &gltf->views[gltf->view_count - 1];
    relief_status status = rl_alloc_in(ctx, bound, 1, &view->owned);
    if (status)
        return status;
    view->size = meshopt_encodeIndexBuffer(view->owned, bound, mesh->indices, count);
    view->data = view->owned;
    view->mode = "TRIANGLES";
    view->stride = sizeof(uint32_t);
    view->count = (int64_t)count;
    return RELIEF_OK;
}

static relief_status lay_out_packed(relief_ctx *ctx, rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    relief_status status = pack_triples(ctx, gltf, mesh->positions, POSITION_BITS);
    if (!status)
        status = pack_uvs(ctx, gltf);
    if (!status && mesh->normals)
        status = pack_triples(ctx, gltf, mesh->normals, NORMAL_BITS);
    if (!status)
        status = pack_indices(ctx, gltf);
    return status;
}

static void lay_out_plain(rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    const uint64_t vertices = (uint64_t)mesh->info.vertex_count;
    add_view(gltf, mesh->positions, vertices * 3 * sizeof(float), ARRAY_BUFFER);
    add_view(gltf, mesh->uvs, vertices * 2 * sizeof(float), ARRAY_BUFFER);
    if (mesh->normals)
        add_view(gltf, mesh->normals, vertices * 3 * sizeof(float), ARRAY_BUFFER);
    add_view(gltf, mesh->indices, (uint64_t)mesh->info.triangle_count * 3 * sizeof(uint32_t),
             ELEMENT_ARRAY_BUFFER);
}

relief_status rl_gltf_lay_out(relief_ctx *ctx, const rl_mesh_file *file, bool pictures,
                              rl_gltf *out) {
    /* A buffer in a file of its own begins with words, so that relief knows it again. */
    const uint64_t head = pictures ? 0 : sizeof BUFFER_HEAD;
    *out = (rl_gltf){.file = file, .head = head, .size = head};
    if (file->options.compress) {
        relief_status status = lay_out_packed(ctx, out);
        if (status)
            return status;
    } else {
        lay_out_plain(out);
    }
    if (file->options.path) {
        relief_status status = rl_gltf_add_motion(ctx, out);
        if (status)
            return status;
    }
    for (int k = 0; pictures && k < file->mesh->primitive_count; k++)
        add_view(out, file->textures[k].data, file->textures[k].size, 0);
    for (int k = 0; k < out->view_count; k++) {
        const rl_gltf_view *view = &out->views[k];
        out->size += rl_gltf_padded(view->size);
        if (view->mode)
            out->unpacked += rl_gltf_padded((uint64_t)view->count * (uint64_t)view->stride);
    }
    return RELIEF_OK;
}

void rl_gltf_clear(rl_gltf *gltf) {
    for (int k = 0; k < gltf->view_count; k++)
        rl_free(gltf->views[k].owned);
    *gltf = (rl_gltf){0};
}

relief_status rl_gltf_put_buffer(rl_byte_writer *writer, const rl_gltf *gltf) {
    static const char zeros[3] = {0, 0, 0};
    relief_status status = rl_bytes_put(writer, BUFFER_HEAD, gltf->head);
    for (int k = 0; k < gltf->view_count && !status; k++) {
        const rl_gltf_view *view = &gltf->views[k];
        status = rl_bytes_put(writer, view->data, view->size);
        if (!status)
            status = rl_bytes_put(writer, zeros, rl_gltf_padded(view->size) - view->size);
    }
    return status;
}

/* Open the files beside a .gltf and give them their names in the JSON. */
static relief_status add_files(rl_gltf *gltf, rl_file_set *files, rl_output **buffer,
                               rl_output **pictures) {
    relief_status status = rl_files_add(files, ".bin", NULL, buffer, &gltf->buffer_name);
    for (int k = 0; k < gltf->file->mesh->primitive_count && !status; k++)
        status = rl_picture_open(gltf->file, k, files, &pictures[k], &gltf->picture_names[k]);
    return status;
}

relief_status rl_write_gltf(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files) {
    rl_output *buffer = NULL, *pictures[RL_MAX_PRIMITIVES] = {NULL};
    rl_gltf gltf;
    char *json = NULL;
    size_t json_size = 0;
    relief_status status = rl_gltf_lay_out(ctx, file, false, &gltf);
    if (!status)
        status = add_files(&gltf, files, &buffer, pictures);
    if (!status)
        status = rl_gltf_json(ctx, &gltf, &json, &json_size);
    if (!status)
        status = rl_output_write(rl_files_main(files), json, json_size);
    rl_byte_writer writer = {.ctx = ctx, .sink = rl_sink_output, .arg = buffer, .total = gltf.size};
    if (!status)
        status = rl_gltf_put_buffer(&writer, &gltf);
    for (int k = 0; k < file->mesh->primitive_count && !status; k++)
        status = rl_picture_put(file, k, pictures[k]);
    rl_free(json);
    rl_gltf_clear(&gltf);
    return status;
}
