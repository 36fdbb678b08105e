/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps: estimated by a network, or read from files, and written to files. */
#ifndef RELIEF_DEPTH_H
#define RELIEF_DEPTH_H

#include "relief/image.h"
#include "relief/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A map of one float a pixel, all finite, rows from the top; immutable. What the floats mean:
 * relief_depth_info.kind. */
typedef struct relief_depth relief_depth;

typedef struct relief_depth_options {
    size_t struct_size;
    int network_width; /* network size; 0: the model's rule for the photo's shape */
    int network_height;
    int width; /* size of the map; 0: photo size */
    int height;
    bool as_predicted; /* give the map in the size of the network's output; width and height are
                          then not looked at */
    bool mirrored_too; /* the mean of two network runs, one on the mirrored photo: a little better,
                          and twice the time (of a closer look, too) */
    bool leave_small;  /* a prediction smaller than the map asked for stays in its own size: for
                          relief_scene_new() and relief_depth_sharpen(), which enlarge it themselves
                          and so need less time and memory */
    bool closer_too;   /* where a network of disparity has a closer look
                          (relief_model_info.closer_look), a second, larger run, from which the map
                          takes the edges: for scenes. Not with a network size of the caller's or
                          with as_predicted */
} relief_depth_options;

typedef struct relief_depth_info {
    size_t struct_size;
    int width, height;
    relief_depth_kind kind;
    float min, max;                    /* least and greatest value of the map */
    int network_width, network_height; /* size that the network first ran at; 0: from a file */
    const char *model;                 /* name of the model, "" when read from a file */
    const char *precision;             /* that the network ran in ("f32", "bf16"); "" from a file */
    const char *instruction_set;       /* of its kernels; "" from a file */
} relief_depth_info;

/* Estimate how near every pixel of `photo` is.
 * *out: a new map of the photo's size (or of options->width x height); disparity, relative depth or
 * metres. Errors: _ARG (a size that the network does not take), _MEMORY, _CANCELLED, _INTERNAL (the
 * network gave nothing finite). Cost: one network run, or as many as the options ask for, and two
 * passes over the map. The caller frees *out with relief_depth_free(). */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_estimate(relief_ctx *ctx,
                                                              const relief_model *model,
                                                              const relief_image *photo,
                                                              const relief_depth_options *options,
                                                              relief_depth **out);

/* Begin what the first estimate of a photo of this size does once, in threads of its own, so that
 * it is done while the photo is decoded; the estimate waits for it. photo: its facts suffice. Where
 * the context has one thread, or this model was prepared before, nothing is begun; and what goes
 * wrong is told by the estimate. Not by two threads at a time. Errors: _ARG, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_prepare(relief_ctx *ctx, relief_model *model,
                                                             const relief_image *photo,
                                                             const relief_depth_options *options);

/* Copy width x height floats, rows from the top, as a map. Errors: _ARG (size, a value not finite,
 * depth <= 0), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_from_values(relief_ctx *ctx,
                                                                 const float *values, int width,
                                                                 int height, relief_depth_kind kind,
                                                                 relief_depth **out);

/* The same, as a map of the kind of `origin` that names its network. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_derive(relief_ctx *ctx,
                                                            const relief_depth *origin,
                                                            const float *values, int width,
                                                            int height, relief_depth **out);

/* Read a map from a grey PNG or TIFF (8 or 16 bit), EXR (channel Y, R, Z or the only one), PFM or
 * NPY file.
 * Values that are not finite, and depths <= 0, become those of the nearest valid pixel.
 * Errors: _IO, _FORMAT, _UNSUPPORTED, _LIMIT, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_load(relief_ctx *ctx, const char *path,
                                                          relief_depth_kind kind,
                                                          relief_depth **out);
/* Read the map that a phone put into the photo's own file: GDepth and Dynamic Depth in JPEG.
 * *out: NULL when there is none, or, with a warning, none that can be used: damaged, or of a shape
 * that is clearly not the photo's. Else a new map in its own size, upright as the photo: depth
 * where the file gives depth in even steps between two distances that it names, else disparity. The
 * photo may have been loaded with facts_only. Errors: _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_embedded(relief_ctx *ctx,
                                                              const relief_image *photo,
                                                              relief_depth **out);
RELIEF_API void relief_depth_free(relief_depth *depth);

/* Fill *info, whose struct_size the caller has set. Strings are borrowed from the map. */
RELIEF_API void relief_depth_get_info(const relief_depth *depth, relief_depth_info *info);
/* height * width floats, rows from the top. Borrowed. */
RELIEF_API const float *relief_depth_values(const relief_depth *depth);

/* The same map as another kind: disparity and depth are each other's reciprocal. For a relative
 * disparity, which has no scale, depths come out as scenes have them: 20 times as far as near
 * between the robust ends of the map (docs/bulk.md). Metres stay metres, as depth; as disparity
 * they become 1 / m. *out: a new map. Errors: _ARG, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_convert(relief_ctx *ctx,
                                                             const relief_depth *depth,
                                                             relief_depth_kind kind,
                                                             relief_depth **out);

/* The same map at another size: by the filter of its network's authors, averaged where it is made
 * much smaller. *out: a new map. Errors: _ARG (size), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_resize(relief_ctx *ctx,
                                                            const relief_depth *depth, int width,
                                                            int height, relief_depth **out);

typedef enum relief_depth_format {
    RELIEF_DEPTH_PNG16 =
        0, /* 16-bit grey, the map's range over 0..65535; the range stands in text chunks */
    RELIEF_DEPTH_PFM = 1,      /* raw floats, rows from the bottom, as the format wants */
    RELIEF_DEPTH_NPY = 2,      /* raw floats (height, width) for NumPy */
    RELIEF_DEPTH_EXR = 3,      /* raw floats, one channel Y, and facts as attributes */
    RELIEF_DEPTH_EXR_HALF = 4, /* the same as 16-bit floats; values beyond 65504 are _UNSUPPORTED */
    RELIEF_DEPTH_TIFF = 5,     /* raw floats, deflated, and facts as ImageDescription */
    RELIEF_DEPTH_PNG8 = 6,     /* 8-bit grey, with the range in text chunks */
    RELIEF_DEPTH_PREVIEW = 7   /* PNG in colours, to look at */
} relief_depth_format;

/* Which values become the least and the greatest sample of PNG16, PNG8 and PREVIEW. Values beyond
 * them become those samples. */
typedef enum relief_depth_range {
    RELIEF_RANGE_IMAGE = 0,     /* the map's least and greatest */
    RELIEF_RANGE_FIXED = 1,     /* low and high: the same for many maps */
    RELIEF_RANGE_PERCENTILE = 2 /* the low-th percentile, and the one as far below the 100th; from
                                   at most 65536 evenly spaced values */
} relief_depth_range;

typedef enum relief_colours {
    RELIEF_COLOURS_INFERNO = 0, /* black through red to yellow, even steps of brightness */
    RELIEF_COLOURS_TURBO = 1,   /* blue through green to red */
    RELIEF_COLOURS_GREY = 2,
    RELIEF_COLOURS_SPECTRAL = 3 /* violet through yellow to dark red */
} relief_colours;

typedef struct relief_depth_save_options {
    size_t struct_size;
    relief_depth_format format;
    bool force; /* replace a file that relief did not make */
    relief_depth_range range;
    double low, high;           /* of the range */
    bool invert;                /* PNG16, PNG8, PREVIEW: the greatest value becomes 0 */
    relief_colours colours;     /* PREVIEW */
    const relief_image *beside; /* PREVIEW: this photo to the left of the map; NULL: none */
} relief_depth_save_options;

/* Write a map. Samples are rounded to the nearest; NaN and infinity are in no map and in no file.
 * Replaces an existing file only when relief made it or with `force`. `options` may be NULL.
 * Errors: _ARG (the range), _IO, _EXISTS, _UNSUPPORTED (EXR_HALF), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status
relief_depth_write(relief_ctx *ctx, const relief_depth *depth, const char *path,
                   const relief_depth_save_options *options);

/* relief_depth_write() with a format and `force` alone. */
RELIEF_API RELIEF_CHECKED relief_status relief_depth_save(relief_ctx *ctx,
                                                          const relief_depth *depth,
                                                          const char *path,
                                                          relief_depth_format format, bool force);

#ifdef __cplusplus
}
#endif
#endif
