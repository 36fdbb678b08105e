/* SPDX-License-Identifier: Apache-2.0 */
/* Views: scenes drawn from any camera, off screen, through OpenGL. */
#ifndef RELIEF_RENDER_H
#define RELIEF_RENDER_H

#include "relief/surface.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Surfaces held by a graphics driver. Serves one thread at a time, which need not be the same one
 * always. */
typedef struct relief_renderer relief_renderer;

typedef struct relief_renderer_options {
    size_t struct_size;
    bool software; /* draw on the processor, also where there is a graphics card */
    /* Longest side of a texture, in texels; larger ones are cut into tiles. 0: what the driver
     * takes. At least 128. */
    int max_texture_side;
} relief_renderer_options;

typedef struct relief_renderer_info {
    size_t struct_size;
    const char *driver;     /* the driver's own name and version. Borrowed from the renderer. */
    int max_texture_side;   /* in force */
    int surface_count;      /* added so far */
    int texture_tiles;      /* of all surfaces together */
    int64_t triangle_count; /* of all surfaces together */
} relief_renderer_info;

/* Open the graphics driver. `options` may be NULL. The caller frees *out.
 * Errors: _DEVICE (no EGL, no driver, or none with OpenGL 3.3), _UNSUPPORTED (built without), _ARG,
 * _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_renderer_new(relief_ctx *ctx,
                                                            const relief_renderer_options *options,
                                                            relief_renderer **out);
RELIEF_API void relief_renderer_free(relief_renderer *renderer);
RELIEF_API void relief_renderer_get_info(const relief_renderer *renderer,
                                         relief_renderer_info *info);

/* Hand surfaces to the driver; nothing of them is needed afterwards. They are drawn in the order in
 * which they were added. After a failure those before the failing one are there.
 * Errors: _FORMAT (a texture, indices out of range), _LIMIT, _MEMORY, _DEVICE, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_renderer_add(relief_ctx *ctx,
                                                            relief_renderer *renderer,
                                                            const relief_surfaces *surfaces);
/* Forget all surfaces. Errors: _DEVICE. */
RELIEF_API RELIEF_CHECKED relief_status relief_renderer_clear(relief_ctx *ctx,
                                                              relief_renderer *renderer);

/* What a view shows of the surfaces. */
typedef enum relief_view_style {
    RELIEF_VIEW_TEXTURED,
    RELIEF_VIEW_WIREFRAME /* the same, darker, with the triangles' edges */
} relief_view_style;

/* A camera and what is wanted of its picture. */
typedef struct relief_view_options {
    size_t struct_size;
    int width, height;  /* of the picture, 1..RELIEF_MAX_SIDE */
    double focal_px;    /* focal length in pixels of the picture */
    double position[3]; /* the source camera is at the origin; in the scene's units */
    /* The camera's own axes, at right angles and of length 1. All 0: those of the source camera,
     * (1,0,0) and (0,1,0). */
    double right[3], up[3];
    double shift_px[2]; /* of the principal point from the middle: to the right, downwards */
    int supersample;    /* samples along each side of a pixel, 1..8; 0: 2, which is 4 a pixel */
    relief_view_style style;
    /* Interpolate UVs along the surface, as viewers of glTF files do; else every texel stays on the
     * ray on which the source camera saw it. */
    bool plain_uvs;
    bool depth;        /* keep the depth of every pixel */
    bool stretch;      /* measure how the front is stretched */
    double focal_y_px; /* the same downwards, where pixels are not square; 0: focal_px */
} relief_view_options;

/* Turn the camera of `options`, whose position is set, towards a point, keeping +Y up. False when
 * the point is where the camera is. */
RELIEF_API bool relief_view_look_at(relief_view_options *options, const double target[3]);

/* A picture and what was measured with it. */
typedef struct relief_view relief_view;

/* How much more a front pixel is stretched than a smooth surface through its neighbourhood would
 * be: the largest singular value of the map from source to view pixels, divided by that of the
 * smooth one. */
#define RELIEF_STRETCH_LIMIT 3.0

typedef struct relief_view_info {
    size_t struct_size;
    int width, height;
    double coverage;       /* share of the samples that some surface covers; 1: no hole */
    int64_t holed_pixels;  /* pixels with a sample that nothing covers, or not wholly */
    int64_t front_pixels;  /* of which stretch was measured, 0 when it was not asked for */
    double stretched;      /* share of them over RELIEF_STRETCH_LIMIT */
    int64_t largest_group; /* pixels of the largest 8-connected group over the limit */
    double worst_stretch;
} relief_view_info;

/* Draw all surfaces. The same bits for any number of threads, by one driver on one processor.
 * Errors: _ARG, _MEMORY, _DEVICE, _CANCELLED. The caller frees *out. */
RELIEF_API RELIEF_CHECKED relief_status relief_renderer_draw(relief_ctx *ctx,
                                                             relief_renderer *renderer,
                                                             const relief_view_options *options,
                                                             relief_view **out);
RELIEF_API void relief_view_free(relief_view *view);
RELIEF_API void relief_view_get_info(const relief_view *view, relief_view_info *info);
/* height * width pixels R, G, B, A: 8-bit sRGB, straight alpha that is 0 where nothing is. Samples
 * are averaged in linear light. Borrowed. */
RELIEF_API const uint8_t *relief_view_pixels(const relief_view *view);
/* height * width floats: distance along the view's own axis at pixel centres, 0 where nothing is;
 * NULL when it was not asked for. Borrowed. */
RELIEF_API const float *relief_view_depth(const relief_view *view);
/* height * width floats: the stretch of front pixels, 0 elsewhere; NULL when it was not asked for.
 * Borrowed. */
RELIEF_API const float *relief_view_stretch(const relief_view *view);

/* Write a view; the ending picks what: .png and .jpg the picture (a PNG has alpha where there are
 * holes, a JPEG is black there), .exr and .pfm the depth. "-" is a PNG to standard output.
 * Errors: _UNSUPPORTED (another ending), _ARG (no depth was kept), _IO, _EXISTS, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_view_save(relief_ctx *ctx, const relief_view *view,
                                                         const char *path, bool force);

#ifdef __cplusplus
}
#endif
#endif
