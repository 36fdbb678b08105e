/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps from files; the format is told by the first bytes, not by the name. */
#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "depth/depth_map.h"
#include "image/grey.h"

#include <math.h>
#include <string.h>

typedef relief_status (*read_fn)(relief_ctx *ctx, const char *path, const uint8_t *data,
                                 size_t size, rl_depth_raw *out);

/* A number from a text chunk; false when there is none. */
static bool text_number(const rl_grey *grey, const char *key, double *out) {
    const char *text = rl_grey_text_value(grey, key);
    char *end = NULL;
    *out = text ? rl_number_parse(text, &end) : 0.0;
    return text && *text && !*end;
}

/* Our own 16-bit files tell what 0 and 65535 stand for (depth_picture.c), the latter being less in
 * inverted ones; others hold what they hold. */
static void restore_range(relief_ctx *ctx, const char *path, relief_depth_kind kind,
                          rl_grey *grey) {
    double least = 0;
    double most = 0;
    const char *own_kind = rl_grey_text_value(grey, "relief:kind");
    if (own_kind && strcmp(own_kind, rl_depth_kind_name(kind)) != 0) {
        rl_log(ctx, RELIEF_LOG_WARNING, "%s: was written as %s and is read as %s", path, own_kind,
               rl_depth_kind_name(kind));
    }
    size_t count = (size_t)grey->width * (size_t)grey->height;
    if (grey->bits == 16 && text_number(grey, "relief:min", &least) &&
        text_number(grey, "relief:max", &most) && isfinite(least) && isfinite(most)) {
        for (size_t i = 0; i < count; i++) {
            grey->values[i] = (float)(least + (most - least) * ((double)grey->values[i] / 65535.0));
        }
    } else if (grey->bits == 8) {
        rl_log(
            ctx, RELIEF_LOG_INFO,
            "%s: has 8 bits, so surfaces will have steps (16-bit PNG, EXR, PFM or NPY have none)",
            path);
    }
}

static relief_status read_picture(relief_ctx *ctx, const char *path, relief_depth_kind kind,
                                  const uint8_t *data, size_t size, rl_depth_raw *out) {
    rl_grey grey;
    relief_status status = rl_grey_read(ctx, data, size, path, &grey);
    if (status) {
        return status;
    }
    restore_range(ctx, path, kind, &grey);
    *out = (rl_depth_raw){grey.values, grey.width, grey.height};
    grey.values = NULL;
    rl_grey_clear(&grey);
    return RELIEF_OK;
}

static bool begins(const uint8_t *data, size_t size, const char *magic, size_t length) {
    return size >= length && memcmp(data, magic, length) == 0;
}

static relief_status read_any(relief_ctx *ctx, const char *path, relief_depth_kind kind,
                              const rl_mapping *file, rl_depth_raw *out) {
    static const struct {
        const char *magic;
        size_t length;
        read_fn read; /* NULL: a grey picture */
    } formats[] = {
        {"\x89PNG", 4, NULL},
        {"II*\0", 4, NULL},
        {"MM\0*", 4, NULL},
        {"v/1\x01", 4, rl_exr_read},
        {"Pf", 2, rl_pfm_read},
        {"PF", 2, rl_pfm_read},
        {"\x93NUMPY", 6, rl_npy_depth_read},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (begins(file->data, file->size, formats[i].magic, formats[i].length)) {
            return formats[i].read ? formats[i].read(ctx, path, file->data, file->size, out)
                                   : read_picture(ctx, path, kind, file->data, file->size, out);
        }
    }
    if (file->size == 0) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the file is empty", path);
    }
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "%s: not a depth map (grey PNG or TIFF, EXR, PFM and NPY are read)", path);
}

relief_status relief_depth_load(relief_ctx *ctx, const char *path, relief_depth_kind kind,
                                relief_depth **out) {
    rl_mapping *file = NULL;
    rl_depth_raw raw = {0};
    *out = NULL;
    relief_status status = rl_os_map(ctx, path, &file);
    if (status) {
        return status;
    }
    status = read_any(ctx, path, kind, file, &raw);
    rl_os_unmap(file);
    int64_t valid = 0;
    if (!status) {
        status = rl_depth_fill(ctx, raw.values, raw.width, raw.height, kind, &valid);
    }
    if (!status && valid == 0) {
        status = rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: no pixel holds a %s", path,
                         kind == RELIEF_DISPARITY ? "finite disparity" : "depth above 0");
    }
    if (status) {
        rl_free(raw.values);
        return status;
    }
    return rl_depth_adopt(ctx, raw.values, raw.width, raw.height, kind, out);
}
