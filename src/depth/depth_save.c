/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps to files. Values are rounded, never truncated; a map holds nothing but finite values,
 * so files do not either. */
#include "base/memory.h"
#include "base/npy.h"
#include "base/output.h"
#include "base/status.h"
#include "depth/depth_picture.h"
#include "image/exr_write.h"
#include "image/tiff_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_HEADER 256
#define MAX_DESCRIPTION 1024

/* Write a whole file from memory, and free it. */
static relief_status write_file(rl_output *output, uint8_t *file, size_t size) {
    relief_status status = rl_output_write(output, file, size);
    rl_free(file);
    return status;
}

static relief_status write_picture(relief_ctx *ctx, const relief_depth *depth,
                                   const relief_depth_save_options *options, rl_output *output) {
    uint8_t *file = NULL;
    size_t size = 0;
    relief_status status = rl_depth_picture(ctx, depth, options, &file, &size);
    return status ? status : write_file(output, file, size);
}

static relief_status check_half(relief_ctx *ctx, const relief_depth *depth) {
    float most = fmaxf(fabsf(depth->min), fabsf(depth->max));
    if (most <= RL_HALF_MAX) {
        return RELIEF_OK;
    }
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "value %g is too large for 16-bit floats, which end at 65504 (use exr)",
                   (double)most);
}

static relief_status write_exr(relief_ctx *ctx, const relief_depth *depth,
                               const relief_depth_save_options *options, rl_output *output) {
    rl_depth_facts facts;
    uint8_t *file = NULL;
    size_t size = 0;
    rl_depth_facts_fill(depth, depth->min, depth->max, &facts);
    rl_exr_plane plane = {.values = depth->values,
                          .width = depth->width,
                          .height = depth->height,
                          .kind = rl_depth_kind_name(depth->kind),
                          .texts = facts.texts,
                          .half = options->format == RELIEF_DEPTH_EXR_HALF};
    relief_status status = plane.half ? check_half(ctx, depth) : RELIEF_OK;
    if (!status) {
        status = rl_exr_write(ctx, &plane, &file, &size);
    }
    return status ? status : write_file(output, file, size);
}

static relief_status write_tiff(relief_ctx *ctx, const relief_depth *depth,
                                const relief_depth_save_options *options, rl_output *output) {
    rl_depth_facts facts;
    char description[MAX_DESCRIPTION] = "";
    uint8_t *file = NULL;
    size_t size = 0;
    size_t used = 0;
    (void)options;
    rl_depth_facts_fill(depth, depth->min, depth->max, &facts);
    for (int i = 1; facts.texts[i].key && used < sizeof(description); i++) { /* 0: Software */
        used += (size_t)snprintf(description + used, sizeof(description) - used, "%s=%s\n",
                                 facts.texts[i].key, facts.texts[i].value);
    }
    rl_tiff_plane plane = {depth->values, depth->width, depth->height, description};
    relief_status status = rl_tiff_write(ctx, &plane, &file, &size);
    return status ? status : write_file(output, file, size);
}

/* Floats as little-endian bytes. */
static void store_floats(const float *values, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof(bits));
        for (int b = 0; b < 4; b++) {
            out[i * 4 + (size_t)b] = (uint8_t)(bits >> (8 * b));
        }
    }
}

static relief_status write_rows(relief_ctx *ctx, const relief_depth *depth, bool from_bottom,
                                rl_output *output) {
    size_t columns = (size_t)depth->width;
    uint8_t *line = NULL;
    relief_status status = rl_alloc_in(ctx, columns, sizeof(float), (void **)&line);
    for (int row = 0; !status && row < depth->height; row++) {
        int from = from_bottom ? depth->height - 1 - row : row;
        store_floats(depth->values + (size_t)from * columns, columns, line);
        status = rl_output_write(output, line, columns * sizeof(float));
    }
    rl_free(line);
    return status;
}

static relief_status write_pfm(relief_ctx *ctx, const relief_depth *depth,
                               const relief_depth_save_options *options, rl_output *output) {
    (void)options;
    char header[MAX_HEADER];
    /* Negative: little-endian. The seven zeros are how rl_output knows our files; the format has no
     * room for words. */
    int length =
        snprintf(header, sizeof(header), "Pf\n%d %d\n-1.0000000\n", depth->width, depth->height);
    relief_status status = rl_output_write(output, header, (size_t)length);
    return status ? status : write_rows(ctx, depth, true, output);
}

static relief_status write_npy(relief_ctx *ctx, const relief_depth *depth,
                               const relief_depth_save_options *options, rl_output *output) {
    (void)options;
    rl_npy_header facts = {
        .kind = 'f', .item_size = 4, .rank = 2, .dims = {depth->height, depth->width}};
    uint8_t header[MAX_HEADER];
    size_t length = rl_npy_write_header(&facts, header, sizeof(header));
    relief_status status = rl_output_write(output, header, length);
    return status ? status : write_rows(ctx, depth, false, output);
}

relief_status relief_depth_write(relief_ctx *ctx, const relief_depth *depth, const char *path,
                                 const relief_depth_save_options *options) {
    static relief_status (*const writers[])(relief_ctx *, const relief_depth *,
                                            const relief_depth_save_options *, rl_output *) = {
        [RELIEF_DEPTH_PNG16] = write_picture, [RELIEF_DEPTH_PFM] = write_pfm,
        [RELIEF_DEPTH_NPY] = write_npy,       [RELIEF_DEPTH_EXR] = write_exr,
        [RELIEF_DEPTH_EXR_HALF] = write_exr,  [RELIEF_DEPTH_TIFF] = write_tiff,
        [RELIEF_DEPTH_PNG8] = write_picture,  [RELIEF_DEPTH_PREVIEW] = write_picture,
    };
    relief_depth_save_options own = RELIEF_OPTIONS_INIT(relief_depth_save_options);
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), options);
    if (status) {
        return status;
    }
    if ((unsigned)own.format >= sizeof(writers) / sizeof(writers[0])) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "unknown depth format %d", (int)own.format);
    }
    rl_output *output = NULL;
    status = rl_output_open(ctx, path, own.force, &output);
    if (status) {
        return status;
    }
    status = writers[own.format](ctx, depth, &own, output);
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}

relief_status relief_depth_save(relief_ctx *ctx, const relief_depth *depth, const char *path,
                                relief_depth_format format, bool force) {
    relief_depth_save_options options = RELIEF_OPTIONS_INIT(relief_depth_save_options);
    options.format = format;
    options.force = force;
    return relief_depth_write(ctx, depth, path, &options);
}
