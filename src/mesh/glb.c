/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/glb.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/scene_inside.h"

static const uint32_t GLB_MAGIC = 0x46546C67;
static const uint32_t CHUNK_JSON = 0x4E4F534A;
static const uint32_t CHUNK_BIN = 0x004E4942;
/* Pieces in which arrays are handed on, so that a cancelled run stops soon. */
static const size_t PIECE = (size_t)4 << 20;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "glTF buffers are written as they lie");

rl_alpha_mode rl_find_alpha(const relief_image *photo) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    if (info.channels != 4)
        return RL_ALPHA_BLEND;
    const uint8_t *pixels = relief_image_pixels(photo);
    const size_t count = (size_t)info.raster_width * (size_t)info.raster_height;
    for (size_t i = 0; i < count; i++)
        if (pixels[4 * i + 3] != 0 && pixels[4 * i + 3] != 255)
            return RL_ALPHA_BLEND;
    return RL_ALPHA_MASK;
}

typedef struct glb_writer {
    relief_ctx *ctx;
    rl_sink_fn sink;
    void *arg;
    uint64_t done, total;
} glb_writer;

static relief_status put(glb_writer *writer, const void *data, size_t size) {
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

/* Write `size` bytes and up to 3 more of `filler`. */
static relief_status put_padded(glb_writer *writer, const void *data, size_t size, char filler) {
    const char padding[3] = {filler, filler, filler};
    relief_status status = put(writer, data, size);
    if (!status)
        status = put(writer, padding, (4 - size % 4) % 4);
    return status;
}

static relief_status put_header(glb_writer *writer, uint64_t json_size, uint64_t bin_size) {
    const uint32_t words[5] = {GLB_MAGIC, 2, (uint32_t)(28 + json_size + bin_size),
                               (uint32_t)json_size, CHUNK_JSON};
    return put(writer, words, sizeof words);
}

static uint64_t padded(uint64_t size) {
    return (size + 3) / 4 * 4;
}

relief_status rl_glb_write(relief_ctx *ctx, const relief_mesh *mesh, const rl_texture *texture,
                           const char *name, rl_sink_fn sink, void *arg) {
    const rl_gltf_facts facts = {
        .name = name,
        .alpha = texture->has_alpha ? rl_find_alpha(mesh->scene->photo) : RL_ALPHA_OPAQUE,
        .position_bytes = (uint64_t)mesh->info.vertex_count * 3 * sizeof(float),
        .uv_bytes = (uint64_t)mesh->info.vertex_count * 2 * sizeof(float),
        .index_bytes = (uint64_t)mesh->info.triangle_count * 3 * sizeof(uint32_t),
        .texture_bytes = texture->size,
        .mime_type = texture->mime_type,
    };
    char *json = NULL;
    size_t json_size = 0;
    relief_status status = rl_gltf_json(ctx, mesh, &facts, &json, &json_size);
    if (status)
        return status;
    const uint64_t bin =
        facts.position_bytes + facts.uv_bytes + facts.index_bytes + padded(texture->size);
    const uint64_t total = 28 + padded(json_size) + bin;
    glb_writer writer = {.ctx = ctx, .sink = sink, .arg = arg, .total = total};
    const uint32_t bin_header[2] = {(uint32_t)bin, CHUNK_BIN};
    if (total > UINT32_MAX)
        status = rl_fail(ctx, RELIEF_ERROR_LIMIT,
                         "the scene takes %.1f GB, a GLB file holds 4 GiB (use fewer triangles)",
                         (double)total * 1e-9);
    if (!status)
        status = put_header(&writer, padded(json_size), bin);
    if (!status)
        status = put_padded(&writer, json, json_size, ' ');
    if (!status)
        status = put(&writer, bin_header, sizeof bin_header);
    if (!status)
        status = put(&writer, mesh->positions, facts.position_bytes);
    if (!status)
        status = put(&writer, mesh->uvs, facts.uv_bytes);
    if (!status)
        status = put(&writer, mesh->indices, facts.index_bytes);
    if (!status)
        status = put_padded(&writer, texture->data, texture->size, 0);
    rl_free(json);
    return status;
}
