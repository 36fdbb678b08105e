/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exr_write.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
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

uint16_t rl_half_from_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    const uint16_t sign = bits >> 16 & 0x8000;
    bits &= 0x7FFFFFFF;
    /* Below 2^-14 halves are multiples of 2^-24. */
    if (bits < 0x38800000)
        return (uint16_t)(sign | (uint16_t)lrintf(fabsf(value) * 16777216.0F));
    bits += 0xFFF + (bits >> 13 & 1); /* to the nearest, ties to even */
    return (uint16_t)(sign | (uint16_t)((bits - 0x38000000) >> 13));
}

static exr_result_t write_header(exr_context_t exr, const rl_exr_plane *plane) {
    int part = 0;
    exr_result_t code = exr_add_part(exr, "Y", EXR_STORAGE_SCANLINE, &part);
    if (code == EXR_ERR_SUCCESS)
        code = exr_initialize_required_attr_simple(exr, part, plane->width, plane->height,
                                                   EXR_COMPRESSION_ZIP);
    if (code == EXR_ERR_SUCCESS)
        code = exr_add_channel(exr, part, "Y", plane->half ? EXR_PIXEL_HALF : EXR_PIXEL_FLOAT,
                               EXR_PERCEPTUALLY_LINEAR, 1, 1);
    if (code == EXR_ERR_SUCCESS)
        code = exr_attr_set_string(exr, part, "relief:kind", plane->kind);
    for (const rl_grey_text *text = plane->texts; text && text->key && code == EXR_ERR_SUCCESS;
         text++)
        code = exr_attr_set_string(exr, part, text->key, text->value);
    return code == EXR_ERR_SUCCESS ? exr_write_header(exr) : code;
}

/* Encode and write the chunk that begins with row y. `halves` is where its rows are converted to,
 * NULL for floats. */
static exr_result_t write_chunk(exr_context_t exr, const rl_exr_plane *plane, int y,
                                uint16_t *halves, exr_encode_pipeline_t *pipe) {
    exr_chunk_info_t chunk;
    exr_result_t code = exr_write_scanline_chunk_info(exr, 0, y, &chunk);
    const bool first = y == 0;
    if (code == EXR_ERR_SUCCESS)
        code = first ? exr_encoding_initialize(exr, 0, &chunk, pipe)
                     : exr_encoding_update(exr, 0, &chunk, pipe);
    if (code != EXR_ERR_SUCCESS)
        return code;
    const float *row = plane->values + (size_t)y * (size_t)plane->width;
    const size_t bytes = halves ? sizeof(uint16_t) : sizeof(float);
    const size_t count = (size_t)chunk.height * (size_t)plane->width;
    for (size_t i = 0; halves && i < count; i++)
        halves[i] = rl_half_from_float(row[i]);
    pipe->channels[0].encode_from_ptr = halves ? (const uint8_t *)halves : (const uint8_t *)row;
    pipe->channels[0].user_pixel_stride = (int32_t)bytes;
    pipe->channels[0].user_line_stride = (int32_t)((size_t)plane->width * bytes);
    pipe->channels[0].user_bytes_per_element = (int16_t)bytes;
    pipe->channels[0].user_data_type = halves ? EXR_PIXEL_HALF : EXR_PIXEL_FLOAT;
    if (first)
        code = exr_encoding_choose_default_routines(exr, 0, pipe);
    return code == EXR_ERR_SUCCESS ? exr_encoding_run(exr, 0, pipe) : code;
}

static exr_result_t write_rows(exr_context_t exr, const rl_exr_plane *plane) {
    exr_encode_pipeline_t pipe = EXR_ENCODE_PIPELINE_INITIALIZER;
    int32_t lines = 1;
    uint16_t *halves = NULL;
    exr_result_t code = exr_get_scanlines_per_chunk(exr, 0, &lines);
    if (code == EXR_ERR_SUCCESS && plane->half) {
        halves = rl_alloc((size_t)lines * (size_t)plane->width, sizeof(*halves));
        code = halves ? code : EXR_ERR_OUT_OF_MEMORY;
    }
    for (int y = 0; y < plane->height && code == EXR_ERR_SUCCESS; y += lines)
        code = write_chunk(exr, plane, y, halves, &pipe);
    exr_encoding_destroy(exr, &pipe);
    rl_free(halves);
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
