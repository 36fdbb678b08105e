/* SPDX-License-Identifier: Apache-2.0 */
#include "relief/image.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/picture.h"

#include <string.h>
#include <strings.h>

/* Decoding may take this share of the memory when the caller sets no limit. */
#define MEMORY_SHARE 4

bool relief_image_has_photo_name(const char *name) {
    static const char *const endings[] = {"jpg",  "jpeg", "jpe",  "jfif", "png",
                                          "webp", "tif",  "tiff", "heic", "heif",
                                          "avif", "hif",  "jxl",  "exr",  "gif"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot != name && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcasecmp(dot + 1, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The largest of 1, 2, 4, 8 that leaves the long side at `min_side` pixels at least. */
static int choose_shrink(const relief_image *image, int min_side) {
    int long_side =
        image->coded_width > image->coded_height ? image->coded_width : image->coded_height;
    int shrink = 1;
    if (image->format != RL_IMAGE_JPEG || min_side <= 0) {
        return 1;
    }
    while (shrink < 8 && long_side / (2 * shrink) >= min_side) {
        shrink *= 2;
    }
    return shrink;
}

/* Fill an image whose encoded bytes are set. */
static relief_status load(relief_ctx *ctx, relief_image *image,
                          const relief_image_options *options) {
    rl_pixels pixels;
    relief_status status =
        rl_image_sniff(ctx, image->file, image->file_size, image->name, &image->format);
    if (status == RELIEF_OK && !options->facts_only) {
        status = rl_progress(ctx, "decode", 0, 1);
    }
    if (status == RELIEF_OK) {
        status = rl_picture_probe(ctx, image);
    }
    image->info.colour_profile = image->icc.description;
    if (status != RELIEF_OK || options->facts_only) {
        return status;
    }
    status = rl_picture_decode(ctx, image, choose_shrink(image, options->min_side), false, &pixels);
    if (status != RELIEF_OK) {
        return status;
    }
    image->pixels = pixels.data;
    image->info.raster_width = pixels.width;
    image->info.raster_height = pixels.height;
    image->info.channels = pixels.channels;
    image->info.has_alpha = pixels.channels == 4;
    return rl_progress(ctx, "decode", 1, 1);
}

/* Read the options and make an empty image. */
static relief_status begin(relief_ctx *ctx, const char *name, const relief_image_options *options,
                           relief_image_options *own, relief_image **out) {
    void *block = NULL;
    *own = (relief_image_options)RELIEF_OPTIONS_INIT(relief_image_options);
    relief_status status = rl_options_copy(ctx, own, sizeof *own, options);
    if (status != RELIEF_OK) {
        return status;
    }
    if (own->min_side < 0 || own->max_bytes < 0) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%s: min_side and max_bytes cannot be negative",
                       name);
    }
    status = rl_calloc_in(ctx, 1, sizeof **out, &block);
    if (status != RELIEF_OK) {
        return status;
    }
    relief_image *image = block;
    image->info.struct_size = sizeof image->info;
    image->max_bytes = own->max_bytes ? own->max_bytes : rl_os_memory_limit() / MEMORY_SHARE;
    image->name = rl_strdup(name);
    if (!image->name) {
        relief_image_free(image);
        return rl_fail_memory(ctx, strlen(name) + 1);
    }
    *out = image;
    return RELIEF_OK;
}

static relief_status finish(relief_ctx *ctx, relief_image *image, relief_status status,
                            const relief_image_options *options, relief_image **out) {
    if (status == RELIEF_OK) {
        status = load(ctx, image, options);
    }
    if (status != RELIEF_OK) {
        relief_image_free(image);
        return status;
    }
    *out = image;
    return RELIEF_OK;
}

/* The whole file, or what comes on standard input. */
static relief_status read_file(relief_ctx *ctx, const char *path, relief_image *image) {
    relief_status status =
        rl_os_read_all(ctx, path, (size_t)image->max_bytes, &image->copy, &image->file_size);
    image->file = image->copy;
    return status;
}

static relief_status map_file(relief_ctx *ctx, const char *path, relief_image *image) {
    relief_status status = rl_os_map(ctx, path, &image->mapping);
    if (status == RELIEF_OK) {
        image->file = image->mapping->data;
        image->file_size = image->mapping->size;
    }
    return status;
}

relief_status relief_image_load(relief_ctx *ctx, const char *path,
                                const relief_image_options *options, relief_image **out) {
    relief_image_options own;
    relief_image *image = NULL;
    *out = NULL;
    if (!path || !path[0]) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "no file is named");
    }
    bool piped = strcmp(path, "-") == 0;
    relief_status status = begin(ctx, piped ? "standard input" : path, options, &own, &image);
    if (status != RELIEF_OK) {
        return status;
    }
    status = piped || own.copy_file ? read_file(ctx, path, image) : map_file(ctx, path, image);
    return finish(ctx, image, status, &own, out);
}

relief_status relief_image_load_memory(relief_ctx *ctx, const void *data, size_t size,
                                       const char *name, const relief_image_options *options,
                                       relief_image **out) {
    relief_image_options own;
    relief_image *image = NULL;
    void *copy = NULL;
    *out = NULL;
    if (!data && size > 0) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "no bytes are given");
    }
    relief_status status = begin(ctx, name ? name : "picture", options, &own, &image);
    if (status != RELIEF_OK) {
        return status;
    }
    status = rl_alloc_in(ctx, size, 1, &copy);
    if (status == RELIEF_OK) {
        image->copy = copy;
        image->file = copy;
        image->file_size = size;
        if (size > 0) {
            memcpy(copy, data, size);
        }
    }
    return finish(ctx, image, status, &own, out);
}

void relief_image_free(relief_image *image) {
    if (!image) {
        return;
    }
    rl_os_unmap(image->mapping);
    rl_free(image->copy);
    rl_free(image->exif);
    rl_free(image->pixels);
    rl_free(image->name);
    rl_free(image);
}

void relief_image_get_info(const relief_image *image, relief_image_info *info) {
    rl_info_copy(info, &image->info, sizeof image->info);
}

const uint8_t *relief_image_pixels(const relief_image *image) {
    return image->pixels;
}
