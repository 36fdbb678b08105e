/* SPDX-License-Identifier: Apache-2.0 */
/* What lies behind the photo: the surfaces that come to light at silhouettes and around the frame
 * when the camera moves. */
#ifndef RELIEF_SCENE_LAYERS_H
#define RELIEF_SCENE_LAYERS_H

#include "image/picture.h"
#include "scene/guide.h"
#include "scene/scene_inside.h"

/* Up to this share of q nearer a cell belongs to the surface beside it or behind it. */
#define RL_SAME_SURFACE 0.08F

/* The back layer: a raster of cells, each a pixel of the guide, with a frame of cells around the
 * photo. Cell (x, y) covers guide pixel (x - left, y - top). */
struct rl_back {
    int width, height;
    int left, top;    /* cells of the frame on these sides */
    double cell_px;   /* photo pixels a cell */
    float *q;         /* 1 / depth of every cell */
    uint8_t *valid;   /* not 0: the cell belongs to the layer */
    rl_pixels colour; /* over all cells, `factor` texels a cell and side */
};

/* Make the back layer of a scene. q: of the photo's pixels. The caller frees *out.
 * Errors: _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_back_make(relief_ctx *ctx, const relief_scene *scene,
                                          const float *q, rl_back **out);
void rl_back_free(rl_back *back);

/* The soft edge of the front along its silhouettes: blocks of pixels at the near side's distance,
 * whose colours, laid over the back layer by their alpha, are the photo. */
struct rl_ribbon {
    rl_pixels colour; /* RGBA over the whole photo; 0 where there is no ribbon */
    uint8_t *stays;   /* of every pixel: 0 where the front has a hole below the ribbon */
    int block_px;     /* pixels a block and side; those at the photo's end are cut off */
    int columns, rows;
    uint8_t *used;       /* not 0: the block belongs to the ribbon */
    int64_t block_count; /* of those */
    float *corner_q;     /* 1 / depth at the blocks' corners, columns + 1 a row */
};

/* Make the ribbon of a scene that has a back layer, into whose colours the photo's own are written
 * where the ribbon covers them by less than a trace, and those of the far side elsewhere below it,
 * whether a mesh will draw the ribbon or not. *out: NULL for a scene without silhouettes, of less
 * than 512 pixels, with transparent parts, or whose back has coarser texels than the photo. The
 * caller frees it. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_ribbon_make(relief_ctx *ctx, relief_scene *scene, const float *q,
                                            rl_ribbon **out);
void rl_ribbon_free(rl_ribbon *ribbon);

/* The steps of the back layer. */
typedef struct rl_cells {
    int width, height; /* with the frame */
    int left, top;     /* of the photo */
    int photo_width, photo_height;
    double cell_px;        /* pixels of q a cell: those of a guide pixel */
    float parallax;        /* cells that a q of 1 moves at the largest travel */
    float *near_q, *far_q; /* the nearest and the farthest front pixel of each cell */
    float *back_q;         /* of the surface behind, INFINITY where none is known */
    uint8_t *state;        /* RL_CELL_ bits */
} rl_cells;

enum {
    RL_CELL_EDGE = 1,     /* touches a torn border */
    RL_CELL_HOLE = 2,     /* its colour is made up */
    RL_CELL_VALID = 4,    /* belongs to the back layer */
    RL_CELL_FRAME = 8,    /* outside the photo */
    RL_CELL_REFLECTS = 16 /* goes on as the photo's reflection in its border */
};

/* The place in [0, size) whose reflection at one of the ends `at` is, or `at` itself. */
static inline int rl_reflect(int at, int size) {
    at = at < 0 ? -1 - at : at;
    if (at < size)
        return at;
    at %= 2 * size;
    return at < size ? at : 2 * size - 1 - at;
}

/* Cells that the layer has over what is needed. */
enum { RL_BACK_MARGIN = 2 };

/* Whether a cell of the photo belongs to the layer as the frame's margin, in which the layer lies
 * close behind the front whatever that is. */
static inline bool rl_cells_beside_frame(const rl_cells *cells, size_t at) {
    const int x = (int)(at % (size_t)cells->width) - cells->left;
    const int y = (int)(at / (size_t)cells->width) - cells->top;
    return x < RL_BACK_MARGIN || y < RL_BACK_MARGIN || x >= cells->photo_width - RL_BACK_MARGIN ||
           y >= cells->photo_height - RL_BACK_MARGIN;
}

/* Lay out cells and frame, and look at the front in each. The caller clears *out, after failures
 * too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_cells_make(relief_ctx *ctx, const relief_scene *scene,
                                           const rl_guide *guide, const float *q, rl_cells *out);
void rl_cells_clear(rl_cells *cells);

/* Find which cells the layer needs, and how far away it is there. Errors: _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_cells_reach(relief_ctx *ctx, rl_cells *cells);

#endif
