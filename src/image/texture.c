/* SPDX-License-Identifier: Apache-2.0 */
#include "image/texture.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/encode.h"
#include "image/exif.h"
#include "image/jpeg.h"
#include "image/picture.h"
#include "image/png_chunks.h"
#include "image/png_sparse.h"
#include "image/shrink.h"

#include <string.h>

/* A way to the texture: what was made, and whether by copying. */
typedef struct making {
    const relief_image *image;
    rl_texture_options options;
    int width, height; /* of the texture */
    rl_encoded bytes;
    bool is_png, unchanged;
} making;

/* Whether a viewer shows the file's own JPEG data in the right colours. */
static bool is_plain_jpeg(const relief_image *image) {
    rl_jpeg_info jpeg;
    return image->format == RL_IMAGE_JPEG && image->is_srgb &&
           rl_jpeg_parse(image->file, image->file_size, &jpeg) && jpeg.process <= 2 &&
           jpeg.bits == 8 && (jpeg.components == 1 || jpeg.components == 3);
}

static bool is_plain_png(const relief_image *image) {
    int bits = rl_png_bits(image->file, image->file_size);
    return image->format == RL_IMAGE_PNG && image->is_srgb && bits >= 1 && bits <= 8 &&
           image->info.orientation == 1;
}

/* The first picture's data as it is, or turned on its coefficients. Leaves m->bytes empty when that
 * cannot be. */
static relief_status copy_jpeg(relief_ctx *ctx, making *m) {
    const relief_image *image = m->image;
    rl_encoded copy = {NULL, 0};
    rl_jpeg_strip job = {.file = image->file, .size = image->file_size};
    job.keep = m->options.keep_metadata ? RL_JPEG_KEEP_METADATA : RL_JPEG_KEEP_PICTURE;
    relief_status status = rl_jpeg_copy(ctx, &job, image->name, &copy.data, &copy.size);
    if (status != RELIEF_OK || image->info.orientation == 1) {
        m->bytes = copy;
        m->unchanged = true;
        return status;
    }
    bool done = false;
    status = rl_encode_turned(ctx, &copy, image->info.orientation, &m->bytes, &done);
    rl_free(copy.data);
    size_t exif_size = 0;
    uint8_t *exif = done ? rl_jpeg_find_exif(m->bytes.data, m->bytes.size, &exif_size) : NULL;
    if (exif) {
        rl_exif_reset_orientation(exif, exif_size);
    }
    return status;
}

static relief_status copy_png(relief_ctx *ctx, making *m) {
    rl_png_bytes copy = {NULL, 0};
    relief_status status = rl_png_copy(ctx, m->image->file, m->image->file_size,
                                       m->options.keep_metadata, m->image->name, &copy);
    m->bytes = (rl_encoded){copy.data, copy.size};
    m->is_png = true;
    m->unchanged = true;
    return status;
}

/* Put the photo's EXIF, its orientation reset, into a fresh JPEG. */
static relief_status add_exif(relief_ctx *ctx, making *m) {
    const relief_image *image = m->image;
    rl_encoded with = {NULL, 0};
    void *exif = NULL;
    relief_status status = rl_alloc_in(ctx, image->exif_size, 1, &exif);
    if (status == RELIEF_OK) {
        memcpy(exif, image->exif, image->exif_size);
        rl_exif_reset_orientation(exif, image->exif_size);
        rl_jpeg_strip job = {
            .file = m->bytes.data, .size = m->bytes.size, .keep = RL_JPEG_KEEP_PICTURE};
        job.exif = exif;
        job.exif_size = image->exif_size;
        status = rl_jpeg_copy(ctx, &job, image->name, &with.data, &with.size);
    }
    rl_free(exif);
    if (status == RELIEF_OK) {
        rl_free(m->bytes.data);
        m->bytes = with;
    }
    return status;
}

/* By how much a photo may be decoded smaller and still be as large as the texture. */
static int find_decode_shrink(const making *m) {
    int shrink = 8;
    while (shrink > 1 &&
           (m->image->info.width / shrink < m->width || m->image->info.height / shrink < m->height))
        shrink /= 2;
    return m->image->format == RL_IMAGE_JPEG ? shrink : 1;
}

/* The photo at full size, or not much smaller than it may be, in 8 bits: the raster where it is
 * that, else decoded anew, which *owned says. */
static relief_status full_pixels(relief_ctx *ctx, const making *m, rl_pixels *out, bool *owned) {
    const relief_image *image = m->image;
    const relief_image_info *info = &image->info;
    *owned =
        info->source_bits > 8 || info->raster_width < m->width || info->raster_height < m->height;
    if (!*owned) {
        *out =
            (rl_pixels){image->pixels, info->raster_width, info->raster_height, info->channels, 1};
        return RELIEF_OK;
    }
    relief_status status = rl_picture_decode(ctx, image, find_decode_shrink(m), true, out);
    if (status == RELIEF_OK && out->sample_bytes == 2) {
        rl_dither_to_8(out);
    }
    return status;
}

/* Put pixels of the texture's size in the place of larger ones. */
static relief_status shrink(relief_ctx *ctx, const making *m, rl_pixels *pixels, bool *owned) {
    rl_pixels small;
    relief_status status = rl_pixels_shrink(ctx, pixels, m->width, m->height, &small);
    if (status == RELIEF_OK) {
        if (*owned) {
            rl_free(pixels->data);
        }
        *pixels = small;
        *owned = true;
    }
    return status;
}

static relief_status encode_anew(relief_ctx *ctx, making *m) {
    rl_pixels pixels = {0};
    bool owned = false;
    relief_status status = full_pixels(ctx, m, &pixels, &owned);
    if (status == RELIEF_OK && (pixels.width != m->width || pixels.height != m->height)) {
        status = shrink(ctx, m, &pixels, &owned);
    }
    if (status != RELIEF_OK) {
        if (owned) {
            rl_free(pixels.data);
        }
        return status;
    }
    m->is_png = pixels.channels == 4 || m->image->format == RL_IMAGE_PNG;
    m->unchanged = false;
    status = m->is_png ? rl_encode_png(ctx, &pixels, &m->bytes)
                       : rl_encode_jpeg(ctx, &pixels, &m->bytes);
    if (owned) {
        rl_free(pixels.data);
    }
    if (status == RELIEF_OK && m->options.keep_metadata && m->image->exif) {
        if (m->is_png) {
            rl_log(ctx, RELIEF_LOG_WARNING,
                   "%s: its metadata is left out, as the texture is encoded anew as PNG",
                   m->image->name);
        } else {
            status = add_exif(ctx, m);
        }
    }
    return status;
}

/* The texture of the bytes made, which it owns. */
static rl_texture finish(const making *m, bool has_alpha) {
    return (rl_texture){
        .data = m->bytes.data,
        .size = m->bytes.size,
        .mime_type = m->is_png ? "image/png" : "image/jpeg",
        .width = m->width,
        .height = m->height,
        .has_alpha = has_alpha,
        .unchanged = m->unchanged,
        .owner = m->bytes.data,
    };
}

relief_status rl_image_texture(relief_ctx *ctx, const relief_image *image,
                               const rl_texture_options *options, rl_texture *out) {
    making m = {.image = image,
                .options = *options,
                .width = image->info.width,
                .height = image->info.height};
    *out = (rl_texture){0};
    const bool smaller = options->most_side > 0 &&
                         rl_shrunk_size(m.width, m.height, options->most_side, &m.width, &m.height);
    relief_status status = rl_check_cancel(ctx);
    if (status == RELIEF_OK && !smaller && is_plain_jpeg(image)) {
        status = copy_jpeg(ctx, &m);
    } else if (status == RELIEF_OK && !smaller && is_plain_png(image)) {
        status = copy_png(ctx, &m);
    }
    if (status == RELIEF_OK && !m.bytes.data) {
        status = encode_anew(ctx, &m);
    }
    if (status != RELIEF_OK) {
        rl_free(m.bytes.data);
        return status;
    }
    *out = finish(&m, image->info.has_alpha);
    return RELIEF_OK;
}

relief_status rl_pixels_texture(relief_ctx *ctx, const rl_pixels *pixels, int most_side,
                                rl_texture *out) {
    making m = {.width = pixels->width, .height = pixels->height};
    rl_pixels used = *pixels;
    bool owned = false;
    relief_status status = RELIEF_OK;
    *out = (rl_texture){0};
    if (most_side > 0 && rl_shrunk_size(m.width, m.height, most_side, &m.width, &m.height)) {
        status = shrink(ctx, &m, &used, &owned);
    }
    m.is_png = pixels->channels == 4;
    if (status == RELIEF_OK) {
        status = m.is_png ? rl_png_write_sparse(ctx, &used, &m.bytes)
                          : rl_encode_jpeg(ctx, &used, &m.bytes);
    }
    if (owned) {
        rl_free(used.data);
    }
    if (status == RELIEF_OK) {
        *out = finish(&m, m.is_png);
    }
    return status;
}

void rl_texture_clear(rl_texture *texture) {
    rl_free(texture->owner);
    *texture = (rl_texture){0};
}
