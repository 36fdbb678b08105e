/* SPDX-License-Identifier: Apache-2.0 */
/* glTF 2.0 binary files. Layout, all little-endian, every part a multiple of 4 bytes:
 *     "glTF", version 2, length of the file
 *     length of the JSON, "JSON", the JSON padded with spaces
 *     length of the buffer, "BIN\0", positions, UVs, normals, indices, the pictures */
#include "mesh/gltf.h"

#include "base/memory.h"
#include "base/status.h"

static const uint32_t GLB_MAGIC = 0x46546C67;
static const uint32_t CHUNK_JSON = 0x4E4F534A;
static const uint32_t CHUNK_BIN = 0x004E4942;
enum { HEADER_BYTES = 28 }; /* of the file and of both parts */

/* Write all parts; `total` is the size of the file. */
static relief_status put_parts(rl_byte_writer *writer, const rl_gltf *gltf, const char *json,
                               size_t json_size) {
    static const char spaces[3] = {' ', ' ', ' '};
    const uint64_t padded = rl_gltf_padded(json_size);
    const uint32_t head[5] = {GLB_MAGIC, 2, (uint32_t)writer->total, (uint32_t)padded, CHUNK_JSON};
    const uint32_t bin_head[2] = {(uint32_t)gltf->size, CHUNK_BIN};
    relief_status status = rl_bytes_put(writer, head, sizeof head);
    if (!status)
        status = rl_bytes_put(writer, json, json_size);
    if (!status)
        status = rl_bytes_put(writer, spaces, padded - json_size);
    if (!status)
        status = rl_bytes_put(writer, bin_head, sizeof bin_head);
    return status ? status : rl_gltf_put_buffer(writer, gltf);
}

relief_status rl_glb_put(relief_ctx *ctx, const rl_mesh_file *file, rl_sink_fn sink, void *arg) {
    rl_gltf gltf;
    char *json = NULL;
    size_t json_size = 0;
    relief_status status = rl_gltf_lay_out(ctx, file, true, &gltf);
    if (!status)
        status = rl_gltf_json(ctx, &gltf, &json, &json_size);
    rl_byte_writer writer = {.ctx = ctx,
                             .sink = sink,
                             .arg = arg,
                             .total = HEADER_BYTES + rl_gltf_padded(json_size) + gltf.size};
    if (!status && writer.total > UINT32_MAX)
        status = rl_fail(ctx, RELIEF_ERROR_LIMIT,
                         "the scene takes %.1f GB, a GLB file holds 4 GiB (use fewer triangles)",
                         (double)writer.total * 1e-9);
    if (!status)
        status = put_parts(&writer, &gltf, json, json_size);
    rl_free(json);
    rl_gltf_clear(&gltf);
    return status;
}

relief_status rl_write_glb(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files) {
    return rl_glb_put(ctx, file, rl_sink_output, rl_files_main(files));
}
