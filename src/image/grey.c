/* SPDX-License-Identifier: Apache-2.0 */
#include "image/grey.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/picture.h"

#include "image/vips_library.h"
#include <stdio.h>
#include <string.h>

/* Where libvips keeps tEXt chunks: png-comment-N-KEY. */
#define COMMENT_PREFIX "png-comment-"
#define MAX_TEXT_BYTES 4096

static bool begins(const uint8_t *data, size_t size, const char *magic, size_t length) {
    return size > length && memcmp(data, magic, length) == 0;
}

/* Sequential access, because the other kind lets a small file pass that is cut short. */
static VipsImage *open_file(const uint8_t *data, size_t size) {
    VipsImage *image = NULL;
    void *bytes = (void *)data;
    int failed;
    if (begins(data, size, "\x89PNG", 4)) {
        failed = rl_vips.pngload_buffer(bytes, size, &image, "fail_on", VIPS_FAIL_ON_WARNING,
                                        "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    } else if (begins(data, size, "\xff\xd8\xff", 3)) {
        failed = rl_vips.jpegload_buffer(bytes, size, &image, "fail_on", VIPS_FAIL_ON_TRUNCATED,
                                         "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    } else {
        failed = rl_vips.tiffload_buffer(bytes, size, &image, "fail_on", VIPS_FAIL_ON_WARNING,
                                         "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    }
    if (failed) {
        g_clear_object(&image);
    }
    return image;
}

static float sample(const void *pixels, VipsBandFormat format, size_t index) {
    switch (format) {
    case VIPS_FORMAT_UCHAR:
        return ((const uint8_t *)pixels)[index];
    case VIPS_FORMAT_USHORT:
        return ((const uint16_t *)pixels)[index];
    default:
        return ((const float *)pixels)[index];
    }
}

static bool is_supported(VipsBandFormat format) {
    return format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT ||
           format == VIPS_FORMAT_FLOAT;
}

/* Copy one row's first band; fails when a colour band differs from it. */
static bool take_row(const void *pixels, VipsBandFormat format, size_t bands, size_t colours,
                     float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = sample(pixels, format, i * bands);
        for (size_t c = 1; c < colours; c++) {
            if (sample(pixels, format, i * bands + c) != out[i]) {
                return false;
            }
        }
    }
    return true;
}

/* Decode row by row in this thread: with libvips' own threads the failure of a damaged file is lost
 * when a second thread comes upon the rows that the first one failed at. */
static relief_status take_samples(relief_ctx *ctx, VipsImage *image, const char *name,
                                  rl_grey *out) {
    VipsBandFormat format = rl_vips.image_get_format(image);
    size_t bands = (size_t)rl_vips.image_get_bands(image);
    size_t colours = rl_vips.image_hasalpha(image) ? bands - 1 : bands;
    size_t width = (size_t)out->width;
    relief_status status =
        rl_alloc_in(ctx, width * (size_t)out->height, sizeof(float), (void **)&out->values);
    if (status) {
        return status;
    }
    VipsRegion *region = rl_vips.region_new(image);
    for (int y = 0; !status && y < out->height; y++) {
        VipsRect row = {0, y, out->width, 1};
        if (!region || rl_vips.region_prepare(region, &row) != 0) {
            status = rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, name);
        } else if (!take_row(region->data + (size_t)(y - region->valid.top) * (size_t)region->bpl,
                             format, bands, colours, out->values + (size_t)y * width, width)) {
            status = rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                             "%s: a picture in colours; a depth map is grey", name);
        }
    }
    g_clear_object(&region);
    out->bits = format == VIPS_FORMAT_UCHAR ? 8 : format == VIPS_FORMAT_USHORT ? 16 : 32;
    return status;
}

/* Texts gathered from a file; those that do not fit are left out. */
typedef struct text_list {
    char *texts;
    size_t used;
} text_list;

static void *gather_text(VipsImage *image, const char *field, GValue *value, void *user) {
    text_list *list = user;
    const char *text = NULL;
    (void)value;
    if (strncmp(field, COMMENT_PREFIX, strlen(COMMENT_PREFIX)) != 0 ||
        rl_vips.image_get_string(image, field, &text) != 0) {
        return NULL;
    }
    const char *key = strchr(field + strlen(COMMENT_PREFIX), '-');
    size_t key_bytes = key ? strlen(key + 1) + 1 : 0;
    size_t value_bytes = strlen(text) + 1;
    if (key_bytes > 1 && list->used + key_bytes + value_bytes < MAX_TEXT_BYTES - 1) {
        memcpy(list->texts + list->used, key + 1, key_bytes);
        memcpy(list->texts + list->used + key_bytes, text, value_bytes);
        list->used += key_bytes + value_bytes;
    }
    return NULL;
}

static relief_status take_texts(relief_ctx *ctx, VipsImage *image, rl_grey *out) {
    relief_status status = rl_calloc_in(ctx, MAX_TEXT_BYTES, 1, (void **)&out->texts);
    if (!status) {
        text_list list = {out->texts, 0};
        rl_vips.image_map(image, gather_text, &list);
    }
    return status;
}

static relief_status read_image(relief_ctx *ctx, VipsImage *image, const char *name, rl_grey *out) {
    out->width = rl_vips.image_get_width(image);
    out->height = rl_vips.image_get_height(image);
    relief_status status = rl_picture_check_size(ctx, name, out->width, out->height);
    if (status) {
        return status;
    }
    if (!is_supported(rl_vips.image_get_format(image)) ||
        rl_vips.image_get_coding(image) != VIPS_CODING_NONE) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: samples of a depth map are 8 or 16 bits, or floats", name);
    }
    status = take_texts(ctx, image, out);
    return status ? status : take_samples(ctx, image, name, out);
}

relief_status rl_grey_read(relief_ctx *ctx, const uint8_t *data, size_t size, const char *name,
                           rl_grey *out) {
    *out = (rl_grey){0};
    relief_status status = rl_picture_start(ctx);
    if (status) {
        return status;
    }
    rl_picture_lock();
    rl_vips.error_clear();
    VipsImage *image = open_file(data, size);
    status =
        image ? read_image(ctx, image, name, out) : rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, name);
    g_clear_object(&image);
    rl_vips.error_clear();
    rl_picture_unlock();
    if (status) {
        rl_grey_clear(out);
    }
    return status;
}

void rl_grey_clear(rl_grey *grey) {
    rl_free(grey->values);
    rl_free(grey->texts);
    *grey = (rl_grey){0};
}

const char *rl_grey_text_value(const rl_grey *grey, const char *key) {
    const char *at = grey->texts;
    while (at && *at) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, key) == 0) {
            return value;
        }
        at = value + strlen(value) + 1;
    }
    return NULL;
}

void rl_number_format(char text[RL_NUMBER_TEXT], double value) {
    g_ascii_formatd(text, RL_NUMBER_TEXT, "%.9g", value);
}

double rl_number_parse(const char *text, char **end) {
    return g_ascii_strtod(text, end);
}
