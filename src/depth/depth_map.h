/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a depth map, for the files of this room. */
#ifndef RELIEF_DEPTH_DEPTH_MAP_H
#define RELIEF_DEPTH_DEPTH_MAP_H

#include "depth/descriptor.h"
#include "relief/depth.h"

struct relief_depth {
    float *values; /* height * width, all finite; > 0 for RELIEF_DEPTH and RELIEF_METRES */
    int width, height;
    relief_depth_kind kind;
    float min, max;
    int network_width, network_height; /* 0: not estimated */
    char model[RL_MAX_NAME];
    const char *precision, *instruction_set; /* constants; NULL: not estimated */
    rl_filter filter;                        /* by which it is to be enlarged */
    /* Of the photo that the network saw, which it may have squeezed; 0: the map's own shape. */
    int photo_width, photo_height;
};

/* The shape of what the map shows. */
void rl_depth_shape(const relief_depth *map, int *width, int *height);

/* `from` at the size of `to`, whose data is allocated here: by `filter`, or averaged where it is
 * made much smaller, within the range of its values (cubic interpolation shoots over). Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_depth_resample(relief_ctx *ctx, const rl_raster *from,
                                               rl_filter filter, rl_raster *to);

/* By which a map is brought to the photo's size: as its network's authors do it. Linear for maps of
 * no network. */
rl_filter rl_depth_filter(const relief_depth *map);

/* A map that takes over `values` (width * height, of rl_alloc; freed on failure too), all finite.
 * Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_depth_adopt(relief_ctx *ctx, float *values, int width, int height,
                                            relief_depth_kind kind, relief_depth **out);

/* Let a map name the network that `origin` came from. */
void rl_depth_take_origin(relief_depth *depth, const relief_depth *origin);

/* Whether `value` can stand in a map of this kind: finite, and greater than 0 unless it is a
 * disparity. */
bool rl_depth_valid(float value, relief_depth_kind kind);

/* Give every value that is not valid that of a near valid pixel (8SSED distance propagation:
 * Danielsson, "Euclidean Distance Mapping", 1980; nearest up to a pixel or so). *valid: number of
 * valid values before; nothing is done when it is 0. Cost: one pass when all are valid, else three
 * and 4 bytes a pixel. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_depth_fill(relief_ctx *ctx, float *values, int width, int height,
                                           relief_depth_kind kind, int64_t *valid);

/* Refuse a map size from a file: no pixels, or over RELIEF_MAX_SIDE or RELIEF_MAX_PIXELS. Errors:
 * _FORMAT, _LIMIT. */
RELIEF_CHECKED relief_status rl_depth_check_size(relief_ctx *ctx, const char *path, int64_t width,
                                                 int64_t height);

/* What the readers give: floats as they stand in the file, rows from the top, of rl_alloc. */
typedef struct rl_depth_raw {
    float *values;
    int width, height;
} rl_depth_raw;

/* Readers, one a format. Errors: _IO, _FORMAT, _UNSUPPORTED, _LIMIT, _MEMORY. `data` is the whole
 * file. */
RELIEF_CHECKED relief_status rl_pfm_read(relief_ctx *ctx, const char *path, const uint8_t *data,
                                         size_t size, rl_depth_raw *out);
RELIEF_CHECKED relief_status rl_npy_depth_read(relief_ctx *ctx, const char *path,
                                               const uint8_t *data, size_t size, rl_depth_raw *out);
RELIEF_CHECKED relief_status rl_exr_read(relief_ctx *ctx, const char *path, const uint8_t *data,
                                         size_t size, rl_depth_raw *out);

#endif
