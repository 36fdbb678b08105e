/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exr_write.h"

#include "base/memory.h"
#include "base/status.h"

#include <openexr.h>

#include <string.h>

/* The file in memory; OpenEXR writes its parts by offset. */
typedef struct exr_file {
    relief_ctx *ctx;
    uint8_t *data;
    size_t size, capacity;
    relief_status status; /* why writing failed */
} exr_file;

static int64_t write_bytes(exr_const_context_t exr, void *user, const void *data, uint64_t size,
                           uint64_t offset, exr_stream_error_func_ptr_t report) {
    exr_file *file = user;
    void *block = file->data;
    size_t end;
    (void)exr;
    (void)report;
    if (!rl_add_size(size, offset, &end))
        return -1;
    file->status = rl_grow(file->ctx, &block, &file->capacity, end, 1);
    if (file->status)
        return -1;
    file->data = block;
    if (offset > file->size)
        memset(file->data + file->size, 0, offset - file->size);
    memcpy(file->data + offset, data, size);
    file->size = end > file->size ? end : file->size;
    return (int64_t)size;
}

static void stay_quiet(exr_const_context_t exr, exr_result_t code, const char *text) {
    (void)exr;
    (void)code;
    (void)text;
}

static exr_result_t write_header(exr_context_t exr, const rl_exr_plane *plane) {
    int part = 0;
    exr_result_t code = exr_add_part(exr, "Y", EXR_STORAGE_SCANLINE, &part);
    if (code == EXR_ERR_SUCCESS)
        code = exr_initialize_required_attr_simple(exr, part, plane->width, plane->height,
                                                   EXR_COMPRESSION_ZIP);
    if (code == EXR_ERR_SUCCESS)
        code = exr_add_channel(exr, part, "Y", EXR_PIXEL_FLOAT, EXR_PERCEPTUALLY_LINEAR, 1, 1);
    if (code == EXR_ERR_SUCCESS)
        code = exr_attr_set_string(exr, part, "relief:kind", plane->kind);
    return code == EXR_ERR_SUCCESS ? exr_write_header(exr) : code;
}

/* Encode and write the chunk that begins with row y. */
static exr_result_t write_chunk(exr_context_t exr, const rl_exr_plane *plane, int y,
                                exr_encode_pipeline_t *pipe) {
    exr_chunk_info_t chunk;
    exr_result_t code = exr_write_scanline_chunk_info(exr, 0, y, &chunk);
    const bool first = y == 0;
    if (code == EXR_ERR_SUCCESS)
        code = first ? exr_encoding_initialize(exr, 0, &chunk, pipe)
                     : exr_encoding_update(exr, 0, &chunk, pipe);
    if (code != EXR_ERR_SUCCESS)
        return code;
    const float *row = plane->values + (size_t)y * (size_t)plane->width;
    pipe->channels[0].encode_from_ptr = (const uint8_t *)row;
    pipe->channels[0].user_pixel_stride = sizeof(float);
    pipe->channels[0].user_line_stride = (int32_t)((size_t)plane->width * sizeof(float));
    pipe->channels[0].user_bytes_per_element = sizeof(float);
    pipe->channels[0].user_data_type = EXR_PIXEL_FLOAT;
    if (first)
        code = exr_encoding_choose_default_routines(exr, 0, pipe);
    return code == EXR_ERR_SUCCESS ? exr_encoding_run(exr, 0, pipe) : code;
}

static exr_result_t write_rows(exr_context_t exr, const rl_exr_plane *plane) {
    exr_encode_pipeline_t pipe = EXR_ENCODE_PIPELINE_INITIALIZER;
    int32_t lines = 1;
    exr_result_t code = exr_get_scanlines_per_chunk(exr, 0, &lines);
    for (int y = 0; y < plane->height && code == EXR_ERR_SUCCESS; y += lines)
        code = write_chunk(exr, plane, y, &pipe);
    exr_encoding_destroy(exr, &pipe);
    return code;
}

relief_status rl_exr_write(relief_ctx *ctx, const rl_exr_plane *plane, uint8_t **data,
                           size_t *size) {
    exr_file file = {.ctx = ctx};
    exr_context_initializer_t init = EXR_DEFAULT_CONTEXT_INITIALIZER;
    exr_context_t exr = NULL;
    init.user_data = &file;
    init.write_fn = write_bytes;
    init.error_handler_fn = stay_quiet;
    exr_result_t code = exr_start_write(&exr, "depth.exr", EXR_WRITE_FILE_DIRECTLY, &init);
    if (code == EXR_ERR_SUCCESS)
        code = write_header(exr, plane);
    if (code == EXR_ERR_SUCCESS)
        code = write_rows(exr, plane);
    /* The table of chunks is written last. */
    const exr_result_t end = exr_finish(&exr);
    code = code == EXR_ERR_SUCCESS ? end : code;
    if (code == EXR_ERR_SUCCESS && !file.status) {
        *data = file.data;
        *size = file.size;
        return RELIEF_OK;
    }
    rl_free(file.data);
    if (file.status)
        return file.status;
    if (code == EXR_ERR_OUT_OF_MEMORY)
        return rl_fail_memory(ctx, (size_t)plane->width * sizeof(float));
    return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the EXR file cannot be encoded (%s)",
                   exr_get_default_error_message(code));
}
