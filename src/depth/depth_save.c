/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps to files. Values are rounded, never truncated; a map holds nothing but finite values,
 * so files do not either. */
#include "base/memory.h"
#include "base/npy.h"
#include "base/output.h"
#include "base/status.h"
#include "depth/depth_map.h"
#include "image/grey.h"

#include <stdio.h>
#include <string.h>

#define MOST_16 65535.0
#define MAX_HEADER 256

/* Full range: the least value becomes 0, the greatest 65535; a constant map becomes zeros. */
static relief_status quantise(relief_ctx *ctx, const relief_depth *depth, uint16_t **out) {
    size_t count = (size_t)depth->width * (size_t)depth->height;
    relief_status status = rl_alloc_in(ctx, count, sizeof(**out), (void **)out);
    if (status) {
        return status;
    }
    double least = depth->min;
    double range = (double)depth->max - least;
    double scale = range > 0.0 ? MOST_16 / range : 0.0;
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = (uint16_t)((depth->values[i] - least) * scale + 0.5); /* at most 65535.5 */
    }
    return RELIEF_OK;
}

static relief_status write_png16(relief_ctx *ctx, const relief_depth *depth, rl_output *output) {
    char least[RL_NUMBER_TEXT];
    char most[RL_NUMBER_TEXT];
    rl_number_format(least, (double)depth->min);
    rl_number_format(most, (double)depth->max);
    const rl_grey_text texts[] = {
        {"Software", "relief " RL_VERSION},
        {"relief:kind", rl_depth_kind_name(depth->kind)},
        {"relief:min", least},
        {"relief:max", most},
        {depth->model[0] ? "relief:model" : NULL, depth->model},
        {depth->precision ? "relief:precision" : NULL, depth->precision},
        {depth->instruction_set ? "relief:instruction_set" : NULL, depth->instruction_set},
        {NULL, NULL},
    };
    uint16_t *samples = NULL;
    uint8_t *file = NULL;
    size_t size = 0;
    relief_status status = quantise(ctx, depth, &samples);
    if (!status) {
        status = rl_grey_write_png(
            ctx, &(rl_grey_samples){samples, depth->width, depth->height, texts}, &file, &size);
    }
    rl_free(samples);
    if (!status) {
        status = rl_output_write(output, file, size);
    }
    rl_free(file);
    return status;
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

static relief_status write_pfm(relief_ctx *ctx, const relief_depth *depth, rl_output *output) {
    char header[MAX_HEADER];
    /* Negative: little-endian. The seven zeros are how rl_output knows our files; the format has no
     * room for words. */
    int length =
        snprintf(header, sizeof(header), "Pf\n%d %d\n-1.0000000\n", depth->width, depth->height);
    relief_status status = rl_output_write(output, header, (size_t)length);
    return status ? status : write_rows(ctx, depth, true, output);
}

static relief_status write_npy(relief_ctx *ctx, const relief_depth *depth, rl_output *output) {
    rl_npy_header facts = {
        .kind = 'f', .item_size = 4, .rank = 2, .dims = {depth->height, depth->width}};
    uint8_t header[MAX_HEADER];
    size_t length = rl_npy_write_header(&facts, header, sizeof(header));
    relief_status status = rl_output_write(output, header, length);
    return status ? status : write_rows(ctx, depth, false, output);
}

relief_status relief_depth_save(relief_ctx *ctx, const relief_depth *depth, const char *path,
                                relief_depth_format format, bool force) {
    static relief_status (*const writers[])(relief_ctx *, const relief_depth *, rl_output *) = {
        [RELIEF_DEPTH_PNG16] = write_png16,
        [RELIEF_DEPTH_PFM] = write_pfm,
        [RELIEF_DEPTH_NPY] = write_npy,
    };
    if ((unsigned)format >= sizeof(writers) / sizeof(writers[0])) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "unknown depth format %d", (int)format);
    }
    rl_output *output = NULL;
    relief_status status = rl_output_open(ctx, path, force, &output);
    if (status) {
        return status;
    }
    status = writers[format](ctx, depth, output);
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}
