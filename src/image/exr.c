/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exr.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/exr_stream.h"

#include <math.h>
#include <string.h>

/* An open file and what its first part holds. */
typedef struct exr_file {
    rl_exr_stream stream;
    exr_context_t context;
    int top, width, height;            /* of the data window: the pixels that the file holds */
    int picture_width, picture_height; /* of the display window: the picture */
    int64_t x, y; /* where the data window begins in the picture, or outside it */
    bool tiled;
    bool grey;      /* channel Y, or a single one, instead of R, G, B */
    bool has_alpha; /* premultiplied, as the format has it */
    int channel_count;
    const exr_attr_chlist_t *channels;
} exr_file;

static relief_status fail_compression(relief_ctx *ctx, const relief_image *image) {
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "%s: the EXR's compression is not read (save it with ZIP or PIZ)", image->name);
}

static relief_status fail_exr(relief_ctx *ctx, const relief_image *image, exr_result_t code) {
    if (code == EXR_ERR_FEATURE_NOT_IMPLEMENTED) {
        return fail_compression(ctx, image);
    }
    if (code == EXR_ERR_OUT_OF_MEMORY) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "%s: out of memory while decoding", image->name);
    }
    return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the picture is damaged: %s", image->name,
                   exr_get_default_error_message(code));
}

/* Which of R, G, B, A (0-3) a channel is; Y and a lone channel count as R; -1: none of them. */
static int channel_role(const exr_file *file, const char *name) {
    static const char *const roles[] = {"R", "G", "B", "A"};
    for (int i = 0; i < 4; i++) {
        bool counts = i == 3 ? file->channel_count > 1 : !file->grey;
        if (counts && strcmp(name, roles[i]) == 0) {
            return i;
        }
    }
    return file->grey && (strcmp(name, "Y") == 0 || file->channel_count == 1) ? 0 : -1;
}

/* Find out which channels there are. */
static relief_status read_channels(relief_ctx *ctx, const relief_image *image, exr_file *file) {
    bool seen[4] = {false};
    bool luminance = false, subsampled = false;
    file->channel_count = file->channels->num_channels;
    if (rl_exr_is_misread(file->context, 0, file->channels)) {
        return fail_compression(ctx, image);
    }
    for (int i = 0; i < file->channel_count; i++) {
        const exr_attr_chlist_entry_t *entry = &file->channels->entries[i];
        int role = channel_role(file, entry->name.str);
        bool is_luminance = strcmp(entry->name.str, "Y") == 0 || file->channel_count == 1;
        luminance = luminance || is_luminance;
        if (role >= 0 || is_luminance) {
            subsampled = subsampled || entry->x_sampling != 1 || entry->y_sampling != 1;
        }
        if (role >= 0) {
            seen[role] = true;
        }
    }
    file->grey = !(seen[0] && seen[1] && seen[2]);
    file->has_alpha = seen[3];
    if (subsampled || (file->grey && !luminance)) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: the EXR has no full-size channels R, G, B or Y (save it as RGB)",
                       image->name);
    }
    return RELIEF_OK;
}

static relief_status window_size(relief_ctx *ctx, const relief_image *image,
                                 const exr_attr_box2i_t *window, int *width, int *height) {
    int64_t w = (int64_t)window->max.x - window->min.x + 1;
    int64_t h = (int64_t)window->max.y - window->min.y + 1;
    relief_status status = rl_picture_check_size(ctx, image->name, w, h);
    if (status == RELIEF_OK) {
        *width = (int)w;
        *height = (int)h;
    }
    return status;
}

static relief_status read_header(relief_ctx *ctx, const relief_image *image, exr_file *file) {
    exr_attr_box2i_t data, display;
    exr_storage_t storage = EXR_STORAGE_SCANLINE;
    exr_result_t code = exr_get_storage(file->context, 0, &storage);
    if (code == EXR_ERR_SUCCESS) {
        code = exr_get_data_window(file->context, 0, &data);
    }
    if (code == EXR_ERR_SUCCESS) {
        code = exr_get_display_window(file->context, 0, &display);
    }
    if (code == EXR_ERR_SUCCESS) {
        code = exr_get_channels(file->context, 0, &file->channels);
    }
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(ctx, image, code);
    }
    if (storage != EXR_STORAGE_SCANLINE && storage != EXR_STORAGE_TILED) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: deep EXR files are not read (flatten it first)", image->name);
    }
    relief_status status = window_size(ctx, image, &data, &file->width, &file->height);
    if (status == RELIEF_OK) {
        status = window_size(ctx, image, &display, &file->picture_width, &file->picture_height);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    file->tiled = storage == EXR_STORAGE_TILED;
    file->top = data.min.y;
    file->x = (int64_t)data.min.x - display.min.x;
    file->y = (int64_t)data.min.y - display.min.y;
    return read_channels(ctx, image, file);
}

static relief_status open_exr(relief_ctx *ctx, const relief_image *image, exr_file *file) {
    *file = (exr_file){.stream = {image->file, image->file_size}};
    exr_result_t code = rl_exr_open(&file->stream, image->name, &file->context);
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(ctx, image, code);
    }
    relief_status status = read_header(ctx, image, file);
    if (status != RELIEF_OK) {
        exr_finish(&file->context);
    }
    return status;
}

relief_status rl_exr_probe(relief_ctx *ctx, relief_image *image) {
    exr_file file;
    relief_status status = open_exr(ctx, image, &file);
    if (status != RELIEF_OK) {
        return status;
    }
    image->coded_width = file.picture_width;
    image->coded_height = file.picture_height;
    image->info.source_bits = file.channels->entries[0].pixel_type == EXR_PIXEL_HALF ? 16 : 32;
    image->info.source_channels = file.channel_count;
    image->info.has_alpha = file.has_alpha;
    image->info.orientation = 1;
    image->is_srgb = false;
    exr_finish(&file.context);
    return RELIEF_OK;
}

/* Linear light to 16 bits with sRGB's curve; NaN is black. */
static uint16_t encode(float v) {
    if (!(v > 0)) {
        return 0;
    }
    if (v >= 1) {
        return 65535;
    }
    float s = v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
    return (uint16_t)(s * 65535 + 0.5f);
}

/* Store `count` pixels of RGBA floats; alpha is divided out. */
static void store_pixels(const exr_file *file, const float *rgba, int count, uint16_t *to) {
    int channels = file->has_alpha ? 4 : 3;
    for (int i = 0; i < count; i++, rgba += 4, to += channels) {
        float alpha = file->has_alpha ? rgba[3] : 1;
        float scale = alpha > 0 && alpha < 1 ? 1 / alpha : 1;
        for (int c = 0; c < 3; c++) {
            to[c] = encode(rgba[file->grey ? 0 : c] * scale);
        }
        if (file->has_alpha) {
            to[3] = alpha > 0 ? (uint16_t)((alpha < 1 ? alpha : 1) * 65535 + 0.5f) : 0;
        }
    }
}

/* Send the decoder's output to `rgba`, whose rows are `row_pixels` long. */
static void point_channels(const exr_file *file, exr_decode_pipeline_t *decode, float *rgba,
                           int row_pixels) {
    for (int i = 0; i < decode->channel_count; i++) {
        exr_coding_channel_info_t *channel = &decode->channels[i];
        int role = channel_role(file, channel->channel_name);
        channel->decode_to_ptr = role >= 0 ? (uint8_t *)(rgba + role) : NULL;
        channel->user_pixel_stride = 4 * sizeof(float);
        channel->user_line_stride = (int32_t)((size_t)row_pixels * 4 * sizeof(float));
        channel->user_bytes_per_element = sizeof(float);
        channel->user_data_type = EXR_PIXEL_FLOAT;
    }
}

/* One decoder, kept from chunk to chunk. */
typedef struct chunk_reader {
    const exr_file *file;
    exr_decode_pipeline_t decode;
    bool begun;
    float *rgba;
    int row_pixels;
} chunk_reader;

static exr_result_t read_chunk(chunk_reader *r, const exr_chunk_info_t *chunk) {
    exr_context_t context = r->file->context;
    exr_result_t code = r->begun ? exr_decoding_update(context, 0, chunk, &r->decode)
                                 : exr_decoding_initialize(context, 0, chunk, &r->decode);
    if (code != EXR_ERR_SUCCESS) {
        return code;
    }
    bool first = !r->begun;
    r->begun = true;
    point_channels(r->file, &r->decode, r->rgba, r->row_pixels);
    if (first) {
        code = exr_decoding_choose_default_routines(context, 0, &r->decode);
    }
    return code == EXR_ERR_SUCCESS ? exr_decoding_run(context, 0, &r->decode) : code;
}

/* Convert the pixels inside the picture of a chunk whose first is (x, y) of the data window. */
static void store_chunk(const chunk_reader *r, int x, int y, const exr_chunk_info_t *chunk,
                        const rl_pixels *out) {
    int64_t left = r->file->x + x, top = r->file->y + y;
    int64_t from_x = left < 0 ? -left : 0;
    int64_t end_x = chunk->width < out->width - left ? chunk->width : out->width - left;
    uint16_t *data = out->data;
    for (int row = 0; row < chunk->height && from_x < end_x; row++) {
        if (top + row < 0 || top + row >= out->height) {
            continue;
        }
        const float *from = r->rgba + ((int64_t)row * r->row_pixels + from_x) * 4;
        uint16_t *to = data + ((top + row) * out->width + left + from_x) * out->channels;
        store_pixels(r->file, from, (int)(end_x - from_x), to);
    }
}

/* Decode chunk after chunk. Tiled files: level 0, tile (x / tile width, y / tile height). */
static relief_status read_all(relief_ctx *ctx, const relief_image *image, chunk_reader *r,
                              const rl_pixels *out, int step_y) {
    const exr_file *file = r->file;
    int step_x = r->row_pixels;
    for (int y = 0; y < file->height; y += step_y) {
        relief_status status = rl_check_cancel(ctx);
        if (status != RELIEF_OK) {
            return status;
        }
        for (int x = 0; x < file->width; x += step_x) {
            exr_chunk_info_t chunk;
            exr_result_t code =
                file->tiled ? exr_read_tile_chunk_info(file->context, 0, x / step_x, y / step_y, 0,
                                                       0, &chunk)
                            : exr_read_scanline_chunk_info(file->context, 0, file->top + y, &chunk);
            if (code == EXR_ERR_SUCCESS && (chunk.width > step_x || chunk.height > step_y)) {
                code = EXR_ERR_BAD_CHUNK_LEADER;
            }
            if (code == EXR_ERR_SUCCESS) {
                code = read_chunk(r, &chunk);
            }
            if (code != EXR_ERR_SUCCESS) {
                return fail_exr(ctx, image, code);
            }
            store_chunk(r, x, y, &chunk, out);
        }
    }
    return RELIEF_OK;
}

static relief_status decode_open(relief_ctx *ctx, const relief_image *image, const exr_file *file,
                                 rl_pixels *out) {
    int32_t step_x = file->width, step_y = 0;
    chunk_reader reader = {.file = file, .decode = EXR_DECODE_PIPELINE_INITIALIZER};
    exr_result_t code = file->tiled ? exr_get_tile_sizes(file->context, 0, 0, 0, &step_x, &step_y)
                                    : exr_get_scanlines_per_chunk(file->context, 0, &step_y);
    if (code != EXR_ERR_SUCCESS || step_x < 1 || step_y < 1) {
        return fail_exr(ctx, image, code);
    }
    int64_t chunk_pixels = (int64_t)step_x * step_y;
    if (chunk_pixels > RL_EXR_MAX_CHUNK_PIXELS) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: the EXR's chunks are too large", image->name);
    }
    void *rgba = NULL;
    *out = (rl_pixels){NULL, file->picture_width, file->picture_height, file->has_alpha ? 4 : 3, 2};
    relief_status status = rl_pixels_alloc(ctx, image, chunk_pixels * 16, out);
    if (status == RELIEF_OK) {
        status = rl_calloc_in(ctx, (size_t)chunk_pixels * 4, sizeof(float), &rgba);
    }
    if (status == RELIEF_OK) {
        /* black and, where there is alpha, nothing: what the data window leaves out */
        memset(out->data, 0, (size_t)out->width * out->height * out->channels * 2);
        reader.rgba = rgba;
        reader.row_pixels = step_x;
        status = read_all(ctx, image, &reader, out, step_y);
    }
    if (reader.begun) {
        exr_decoding_destroy(file->context, &reader.decode);
    }
    rl_free(rgba);
    return status;
}

relief_status rl_exr_decode(relief_ctx *ctx, const relief_image *image, rl_pixels *out) {
    exr_file file;
    *out = (rl_pixels){0};
    relief_status status = open_exr(ctx, image, &file);
    if (status != RELIEF_OK) {
        return status;
    }
    status = decode_open(ctx, image, &file, out);
    exr_finish(&file.context);
    if (status != RELIEF_OK) {
        rl_free(out->data);
        out->data = NULL;
    }
    return status;
}
