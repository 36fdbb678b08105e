/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a renderer. Everything here runs between rl_gl_context_enter() and _leave(). */
#ifndef RELIEF_RENDER_RENDER_INSIDE_H
#define RELIEF_RENDER_RENDER_INSIDE_H

#include "render/gl_context.h"
#include "render/srgb.h"
#include "render/view_inside.h"

#include <epoxy/gl.h>

/* How a texture too large for the driver is cut: tiles of `inner` texels a side with a border of
 * `border` more all around, layers of one array. Inner sides, borders and layers are multiples of
 * 2^(levels - 1), so that at every mip level a tile is a whole number of texels of the whole. */
typedef struct rl_tiling {
    int width, height;             /* of the texture, in texels */
    int inner, border;             /* one tile: inner >= both sides, border 0 */
    int columns, rows;             /* tiles */
    int layer_width, layer_height; /* of the array, in texels */
    int levels;                    /* mip levels that the cut allows, at least 1 */
} rl_tiling;

/* A surface in the driver's hands. */
typedef struct rl_drawn {
    relief_layer layer;
    relief_alpha_mode alpha;
    GLuint vertex_array, positions, uvs, indices, texture;
    GLsizei index_count;
    rl_tiling tiling;
    int levels_made; /* mip levels that hold something */
    /* Texels on which one unit of x / z of the source view falls: its focal length in texels. */
    double focal_texels;
    relief_image *image; /* level 0, until the coarser levels are made; else NULL */
} rl_drawn;

/* A linked program and where its variables are. */
typedef struct rl_program {
    GLuint id;
    GLint matrix, plain, sides, cut, layer_sides, tint;
} rl_program;

typedef enum rl_program_kind {
    RL_PROGRAM_OPAQUE,
    RL_PROGRAM_MASK,
    RL_PROGRAM_BLEND,
    RL_PROGRAM_FLAT,     /* one colour: edges of wireframes */
    RL_PROGRAM_MEASURE,  /* geometry as numbers */
    RL_PROGRAM_NEARNESS, /* grey: how near a point is to the source camera */
    RL_PROGRAM_COUNT
} rl_program_kind;

/* What is drawn into: kept from one view to the next of the same size. */
typedef struct rl_target {
    GLuint frame, colour[2], depth;
    int width, height;
    bool measures; /* colour[] are floats */
} rl_target;

struct relief_renderer {
    rl_gl_context *gl;           /* NULL: the caller's own */
    bool opened;                 /* there is something to undo */
    relief_renderer_info info;   /* info.driver is owned */
    bool clip_control;           /* depth runs from 0 to 1: no precision is lost far away */
    int max_target_side;         /* samples a side of what is drawn into */
    relief_surfaces_info source; /* camera of what was added first */
    rl_program programs[RL_PROGRAM_COUNT];
    rl_target pictures, measures;
    rl_drawn *surfaces;
    size_t surface_capacity;
};

/* gl_program.c */
/* Compile all programs. Errors: _DEVICE. */
RELIEF_CHECKED relief_status rl_programs_build(relief_ctx *ctx, relief_renderer *renderer);
void rl_programs_delete(relief_renderer *renderer);

/* texture_tiles.c */
/* How a texture of this size is cut when sides may be `most` texels long. */
rl_tiling rl_tiling_plan(int width, int height, int most);
/* Make the texture and upload level 0, drawn->image. Errors: _MEMORY, _DEVICE. */
RELIEF_CHECKED relief_status rl_texture_upload(relief_ctx *ctx, const relief_renderer *renderer,
                                               rl_drawn *drawn);
/* Make and upload the coarser levels, and let go of the image. Errors: as above. */
RELIEF_CHECKED relief_status rl_texture_make_levels(relief_ctx *ctx, rl_drawn *drawn);

/* target.c */
/* Make `target` at least what is asked for. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_target_size(relief_ctx *ctx, rl_target *target, int width,
                                            int height, bool measures);
void rl_target_delete(rl_target *target);

/* average.c */
/* Average supersample x supersample samples to a pixel. `samples`: rows of premultiplied RGBA, of
 * `row` samples each; writes width * height pixels of the view from (x, y) on. */
typedef struct rl_resolve {
    const uint8_t *samples;
    size_t row;
    int supersample;
    int x, y, width, height;
} rl_resolve;
void rl_resolve_box(relief_ctx *ctx, const rl_resolve *box, relief_view *view);
/* Count what is covered in a whole picture. */
void rl_resolve_count(relief_view *view);

/* renderer.c */
/* A renderer in a context of the caller's, which is current whenever the renderer is used. The
 * caller frees *out. Errors: _DEVICE, _MEMORY. */
RELIEF_CHECKED relief_status rl_renderer_new_here(relief_ctx *ctx, relief_renderer **out);

/* draw.c */
/* What of a scene is drawn, and how. */
typedef struct rl_shown {
    bool wireframe, nearness; /* nearness: grey in place of the picture */
    unsigned hidden;          /* bits 1 << relief_layer */
    double q[2];              /* 1 / depth that is black, and white, as nearness */
} rl_shown;
/* Draw the whole view, one sample a pixel or as many as the framebuffer that is bound has. Errors:
 * _MEMORY, _DEVICE. */
RELIEF_CHECKED relief_status rl_draw_shown(relief_ctx *ctx, relief_renderer *renderer,
                                           const rl_view_camera *camera, const rl_shown *shown);
/* Draw the picture of a view. Errors: _MEMORY, _DEVICE, _CANCELLED. */
RELIEF_CHECKED relief_status rl_draw_picture(relief_ctx *ctx, relief_renderer *renderer,
                                             const rl_view_camera *camera,
                                             const relief_view_options *options, relief_view *view);
/* What the measuring program writes for a pixel. */
typedef struct rl_measure {
    float s[2];      /* source ray (s[0], s[1], -1) */
    float depth;     /* along the view's axis; 0: nothing is here */
    float source;    /* depth along the source's axis; negative: not the front */
    float across[2]; /* d s / d x, x of the view to the right */
    float down[2];   /* d s / d y, y of the view downwards */
} rl_measure;
/* Measure every pixel of a view at its centre. only_front: leave the others out. The caller frees
 * *out with rl_free(). Errors: as above. */
RELIEF_CHECKED relief_status rl_draw_measures(relief_ctx *ctx, relief_renderer *renderer,
                                              const rl_view_camera *camera, bool only_front,
                                              rl_measure **out);

/* stretch.c */
/* Fill view->stretch and the facts about it. Errors: as above. */
RELIEF_CHECKED relief_status rl_stretch_measure(relief_ctx *ctx, relief_renderer *renderer,
                                                const rl_view_camera *camera,
                                                const rl_measure *measures, relief_view *view);

/* Turn OpenGL's pending error into a failure. */
RELIEF_CHECKED relief_status rl_gl_check(relief_ctx *ctx, const char *doing);

#endif
