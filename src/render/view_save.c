/* SPDX-License-Identifier: Apache-2.0 */
/* Views to files, by the ending of their names. */
#include "render/render_inside.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "image/encode.h"
#include "image/exr_write.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* How an existing JPEG is known to be ours: a comment behind JFIF's segment. */
static const uint8_t JPEG_MARK[] = {0xFF, 0xFE, 0,   13,  'r', 'e', 'l', 'i',
                                    'e',  'f',  ' ', 'v', 'i', 'e', 'w'};
enum { JPEG_MARK_AT = 20 };

typedef relief_status (*writer_fn)(relief_ctx *ctx, const relief_view *view, rl_output *output);

/* RGB, black where nothing is; or RGBA. */
static relief_status pack(relief_ctx *ctx, const relief_view *view, int channels, rl_pixels *out) {
    const size_t count = (size_t)view->info.width * (size_t)view->info.height;
    void *block;
    *out = (rl_pixels){NULL, view->info.width, view->info.height, channels, 1};
    relief_status status = rl_alloc_in(ctx, count, (size_t)channels, &block);
    if (status)
        return status;
    out->data = block;
    uint8_t *to = block;
    for (size_t i = 0; i < count; i++, to += channels)
        memcpy(to, view->pixels + 4 * i, (size_t)channels);
    return RELIEF_OK;
}

static relief_status write_marked(rl_output *output, const rl_encoded *file, size_t at,
                                  const uint8_t *mark, size_t mark_bytes) {
    relief_status status = rl_output_write(output, file->data, at);
    if (!status)
        status = rl_output_write(output, mark, mark_bytes);
    return status ? status : rl_output_write(output, file->data + at, file->size - at);
}

static relief_status write_png(relief_ctx *ctx, const relief_view *view, rl_output *output) {
    rl_pixels pixels;
    rl_encoded file = {NULL, 0};
    relief_status status = pack(ctx, view, view->info.holed_pixels ? 4 : 3, &pixels);
    if (!status)
        status = rl_encode_png(ctx, &pixels, &file);
    rl_free(pixels.data);
    if (!status)
        status = rl_encoded_write_marked(&file, output);
    rl_free(file.data);
    return status;
}

/* Mix with black, in light, what is not there. */
static void blacken(const relief_view *view, uint8_t *rgb) {
    const uint16_t *linear = rl_srgb_to_linear();
    const size_t count = (size_t)view->info.width * (size_t)view->info.height;
    for (size_t i = 0; i < count; i++) {
        const uint32_t alpha = view->pixels[4 * i + 3];
        for (int c = 0; c < 3 && alpha < 255; c++)
            rgb[3 * i + (size_t)c] =
                rl_srgb_from_linear()[(linear[rgb[3 * i + (size_t)c]] * alpha + 127) / 255];
    }
}

static relief_status write_jpeg(relief_ctx *ctx, const relief_view *view, rl_output *output) {
    rl_pixels pixels;
    rl_encoded file = {NULL, 0};
    relief_status status = pack(ctx, view, 3, &pixels);
    if (!status) {
        blacken(view, pixels.data);
        status = rl_encode_jpeg(ctx, &pixels, &file);
    }
    rl_free(pixels.data);
    if (!status)
        status = write_marked(output, &file, JPEG_MARK_AT, JPEG_MARK, sizeof JPEG_MARK);
    rl_free(file.data);
    return status;
}

static relief_status write_exr(relief_ctx *ctx, const relief_view *view, rl_output *output) {
    const rl_exr_plane plane = {.values = view->depth,
                                .width = view->info.width,
                                .height = view->info.height,
                                .kind = "view"};
    uint8_t *file = NULL;
    size_t size = 0;
    relief_status status = rl_exr_write(ctx, &plane, &file, &size);
    if (!status)
        status = rl_output_write(output, file, size);
    rl_free(file);
    return status;
}

/* The header is spelled as rl_output knows our files; rows from the bottom, little-endian. */
static relief_status write_pfm(relief_ctx *ctx, const relief_view *view, rl_output *output) {
    char header[64];
    const size_t columns = (size_t)view->info.width;
    const int length = snprintf(header, sizeof header, "Pf\n%d %d\n-1.0000000\n", view->info.width,
                                view->info.height);
    relief_status status = rl_output_write(output, header, (size_t)length);
    (void)ctx;
    for (int y = view->info.height - 1; y >= 0 && !status; y--)
        status =
            rl_output_write(output, view->depth + (size_t)y * columns, columns * sizeof(float));
    return status;
}

static const struct {
    const char *ending;
    writer_fn write;
    bool wants_depth;
} kinds[] = {
    {".png", write_png, false}, {".jpg", write_jpeg, false}, {".jpeg", write_jpeg, false},
    {".exr", write_exr, true},  {".pfm", write_pfm, true},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static int kind_of(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    int kind = 0;
    if (strcmp(path, "-") == 0)
        return 0;
    while (kind < KIND_COUNT && (!dot || strcasecmp(dot, kinds[kind].ending) != 0))
        kind++;
    return kind;
}

relief_status relief_view_save(relief_ctx *ctx, const relief_view *view, const char *path,
                               bool force) {
    const int kind = kind_of(path);
    if (kind == KIND_COUNT)
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: views are not written in this format (end the name with .png, .jpg, "
                       ".exr or .pfm)",
                       path);
    if (kinds[kind].wants_depth && !view->depth)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%s: the view was drawn without its depth", path);
    rl_output *output = NULL;
    relief_status status = rl_output_open(ctx, path, force, &output);
    if (status)
        return status;
    status = kinds[kind].write(ctx, view, output);
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}
