/* SPDX-License-Identifier: Apache-2.0 */
/* Depth from OpenEXR files: one channel as floats, nothing clamped (image/exr.c reads pictures, in
 * light of 0..1). Calls in the order that OpenEXRCore wants: start_read, header queries, per chunk
 * chunk_info, decoding_initialize (first) or _update, choose_default_routines (first), run;
 * decoding_destroy, finish. */
#include "depth/depth_map.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/exr_stream.h"

#include <math.h>
#include <string.h>

/* An open file, the part and channel that are depth, and the map being made, which has the size of
 * the display window. */
typedef struct reader {
    relief_ctx *ctx;
    const char *path;
    exr_context_t exr;
    int part;
    const char *channel; /* borrowed from the header */
    bool tiled;
    exr_attr_box2i_t data;    /* pixels that the file holds */
    exr_attr_box2i_t display; /* pixels of the picture */
    int width, height;        /* of the display window */
    float *values;
    exr_decode_pipeline_t decode;
    bool decoding;
    float *chunk;                  /* chunk_width * chunk_height */
    int chunk_width, chunk_height; /* largest chunk */
} reader;

static relief_status fail_exr(const reader *r, exr_result_t code) {
    if (code == EXR_ERR_OUT_OF_MEMORY) {
        return rl_fail(r->ctx, RELIEF_ERROR_MEMORY, "%s: out of memory while reading", r->path);
    }
    return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: damaged EXR file: %s", r->path,
                   exr_get_default_error_message(code));
}

/* How likely a channel is the depth: by name, the last part of a layered one too ("depth.Z"). */
static int channel_rank(const char *name, int channel_count) {
    static const char *const names[] = {"V", "Z", "R", "Y"};
    const char *dot = strrchr(name, '.');
    int rank = channel_count == 1 ? 1 : 0;
    for (int i = 0; i < 4; i++) {
        /* V is what Blender calls a lone value; among others it is the second component of a
         * vector. */
        if (strcmp(dot ? dot + 1 : name, names[i]) == 0 && (i > 0 || channel_count == 1)) {
            rank = 2 + 2 * i + (dot == NULL);
        }
    }
    return rank;
}

/* Choose the part and channel. A file without any is refused with the names of those that it has
 * not. */
static relief_status choose_channel(reader *r) {
    int best = 0;
    int parts = 0;
    exr_result_t code = exr_get_count(r->exr, &parts);
    for (int part = 0; part < parts && code == EXR_ERR_SUCCESS; part++) {
        exr_storage_t storage = EXR_STORAGE_SCANLINE;
        const exr_attr_chlist_t *list = NULL;
        code = exr_get_storage(r->exr, part, &storage);
        if (code == EXR_ERR_SUCCESS) {
            code = exr_get_channels(r->exr, part, &list);
        }
        bool flat = storage == EXR_STORAGE_SCANLINE || storage == EXR_STORAGE_TILED;
        for (int i = 0; code == EXR_ERR_SUCCESS && flat && i < list->num_channels; i++) {
            const exr_attr_chlist_entry_t *entry = &list->entries[i];
            int rank = channel_rank(entry->name.str, list->num_channels);
            if (rank > best && entry->x_sampling == 1 && entry->y_sampling == 1) {
                best = rank;
                r->part = part;
                r->channel = entry->name.str;
                r->tiled = storage == EXR_STORAGE_TILED;
            }
        }
    }
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(r, code);
    }
    if (best == 0) {
        return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: no flat channel Y, R or Z, nor a single one, in this EXR file",
                       r->path);
    }
    const exr_attr_chlist_t *chosen = NULL;
    code = exr_get_channels(r->exr, r->part, &chosen);
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(r, code);
    }
    if (rl_exr_is_misread(r->exr, r->part, chosen)) {
        return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: the EXR's compression is not read (save it with ZIP or PIZ)", r->path);
    }
    return RELIEF_OK;
}

static bool box_size(const exr_attr_box2i_t *box, int64_t *width, int64_t *height) {
    *width = (int64_t)box->max.x - box->min.x + 1;
    *height = (int64_t)box->max.y - box->min.y + 1;
    return *width >= 1 && *height >= 1;
}

/* Sizes, all checked before anything is allocated by them. */
static relief_status read_windows(reader *r) {
    exr_result_t code = exr_get_data_window(r->exr, r->part, &r->data);
    if (code == EXR_ERR_SUCCESS) {
        code = exr_get_display_window(r->exr, r->part, &r->display);
    }
    int32_t chunk_width = 0;
    int32_t chunk_height = 0;
    if (code == EXR_ERR_SUCCESS && r->tiled) {
        code = exr_get_tile_sizes(r->exr, r->part, 0, 0, &chunk_width, &chunk_height);
    } else if (code == EXR_ERR_SUCCESS) {
        code = exr_get_scanlines_per_chunk(r->exr, r->part, &chunk_height);
    }
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(r, code);
    }
    int64_t width = 0;
    int64_t height = 0;
    box_size(&r->data, &width, &height);
    relief_status status = rl_depth_check_size(r->ctx, r->path, width, height);
    r->chunk_width = r->tiled ? chunk_width : (int)width;
    r->chunk_height = chunk_height;
    box_size(&r->display, &width, &height);
    if (!status) {
        status = rl_depth_check_size(r->ctx, r->path, width, height);
    }
    if (status) {
        return status;
    }
    r->width = (int)width;
    r->height = (int)height;
    if (r->chunk_width < 1 || r->chunk_height < 1 ||
        (int64_t)r->chunk_width * r->chunk_height > RL_EXR_MAX_CHUNK_PIXELS) {
        return rl_fail(r->ctx, RELIEF_ERROR_LIMIT, "%s: chunks of %d x %d pixels in an EXR file",
                       r->path, r->chunk_width, r->chunk_height);
    }
    return RELIEF_OK;
}

/* Send the depth channel, as floats, to r->chunk, and no other anywhere. */
static void point_channels(reader *r) {
    for (int i = 0; i < r->decode.channel_count; i++) {
        exr_coding_channel_info_t *channel = &r->decode.channels[i];
        bool wanted = strcmp(channel->channel_name, r->channel) == 0;
        channel->decode_to_ptr = wanted ? (uint8_t *)r->chunk : NULL;
        channel->user_pixel_stride = sizeof(float);
        channel->user_line_stride = (int32_t)((size_t)r->chunk_width * sizeof(float));
        channel->user_bytes_per_element = sizeof(float);
        channel->user_data_type = EXR_PIXEL_FLOAT;
    }
}

static exr_result_t decode_chunk(reader *r, const exr_chunk_info_t *chunk) {
    if (chunk->width > r->chunk_width || chunk->height > r->chunk_height) {
        return EXR_ERR_BAD_CHUNK_LEADER;
    }
    bool first = !r->decoding;
    exr_result_t code = first ? exr_decoding_initialize(r->exr, r->part, chunk, &r->decode)
                              : exr_decoding_update(r->exr, r->part, chunk, &r->decode);
    if (code != EXR_ERR_SUCCESS) {
        return code;
    }
    r->decoding = true;
    point_channels(r);
    if (first) {
        code = exr_decoding_choose_default_routines(r->exr, r->part, &r->decode);
    }
    return code == EXR_ERR_SUCCESS ? exr_decoding_run(r->exr, r->part, &r->decode) : code;
}

/* Put the pixels of r->chunk, whose first is (x, y) of the data window, where they lie in the
 * display window. */
static void place_chunk(const reader *r, int x, int y, const exr_chunk_info_t *chunk) {
    int64_t left = (int64_t)r->data.min.x + x - r->display.min.x;
    int64_t top = (int64_t)r->data.min.y + y - r->display.min.y;
    for (int v = 0; v < chunk->height; v++) {
        if (top + v < 0 || top + v >= r->height) {
            continue;
        }
        float *row = r->values + (size_t)(top + v) * (size_t)r->width;
        for (int u = 0; u < chunk->width; u++) {
            if (left + u >= 0 && left + u < r->width) {
                row[left + u] = r->chunk[(size_t)v * (size_t)r->chunk_width + (size_t)u];
            }
        }
    }
}

static relief_status read_chunks(reader *r) {
    int64_t width = 0;
    int64_t height = 0;
    box_size(&r->data, &width, &height);
    for (int y = 0; y < height; y += r->chunk_height) {
        relief_status status = rl_check_cancel(r->ctx);
        if (status) {
            return status;
        }
        for (int x = 0; x < width; x += r->chunk_width) {
            exr_chunk_info_t chunk;
            exr_result_t code =
                r->tiled ? exr_read_tile_chunk_info(r->exr, r->part, x / r->chunk_width,
                                                    y / r->chunk_height, 0, 0, &chunk)
                         : exr_read_scanline_chunk_info(r->exr, r->part, r->data.min.y + y, &chunk);
            if (code == EXR_ERR_SUCCESS) {
                code = decode_chunk(r, &chunk);
            }
            if (code != EXR_ERR_SUCCESS) {
                return fail_exr(r, code);
            }
            place_chunk(r, x, y, &chunk);
        }
    }
    return RELIEF_OK;
}

static relief_status read_open(reader *r) {
    relief_status status = choose_channel(r);
    if (!status) {
        status = read_windows(r);
    }
    size_t count = (size_t)r->width * (size_t)r->height;
    size_t chunk_count = (size_t)r->chunk_width * (size_t)r->chunk_height;
    if (!status) {
        status = rl_alloc_in(r->ctx, count, sizeof(float), (void **)&r->values);
    }
    if (!status) {
        status = rl_calloc_in(r->ctx, chunk_count, sizeof(float), (void **)&r->chunk);
    }
    if (status) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        r->values[i] = NAN; /* outside the data window nothing is known */
    }
    return read_chunks(r);
}

relief_status rl_exr_read(relief_ctx *ctx, const char *path, const uint8_t *data, size_t size,
                          rl_depth_raw *out) {
    rl_exr_stream from = {data, size};
    reader r = {.ctx = ctx, .path = path, .decode = EXR_DECODE_PIPELINE_INITIALIZER};
    *out = (rl_depth_raw){0};
    exr_result_t code = rl_exr_open(&from, path, &r.exr);
    if (code != EXR_ERR_SUCCESS) {
        return fail_exr(&r, code);
    }
    relief_status status = read_open(&r);
    if (r.decoding) {
        exr_decoding_destroy(r.exr, &r.decode);
    }
    exr_finish(&r.exr);
    rl_free(r.chunk);
    if (status) {
        rl_free(r.values);
        return status;
    }
    *out = (rl_depth_raw){r.values, r.width, r.height};
    return RELIEF_OK;
}
