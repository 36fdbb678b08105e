/* SPDX-License-Identifier: Apache-2.0 */
/* Colours for what no camera has seen: patches of the photo, put together so that they fit each
 * other and the border of the hole.
 *
 * PatchMatch (Barnes et al. 2009) inside the expectation-maximisation of Wexler et al. 2007, coarse
 * to fine, with one rule of its own: a patch of anything nearer than the surface that is filled is
 * no source. Matches are taken over from the pass before (Jacobi), ties go to the lowest index, and
 * random numbers are a hash of (level, pass, pixel), so the result depends on no thread count. */
#ifndef RELIEF_SCENE_INPAINT_H
#define RELIEF_SCENE_INPAINT_H

#include "scene/layers.h"

enum {
    RL_PATCH_RADIUS = 3,
    RL_PATCH_SIDE = 2 * RL_PATCH_RADIUS + 1,
    RL_PATCH_ROW = 32 /* bytes of a patch's row: 7 pixels and one that does not count */
};
#define RL_NO_MATCH UINT32_MAX
/* The bytes of a pixel that count. */
#define RL_USABLE 0x00FFFFFFU

/* Bits of rl_level.part; the first two are holes. */
enum {
    RL_PART_HIDDEN = 1,  /* behind something */
    RL_PART_FRAME = 2,   /* outside the photo */
    RL_PART_NEAR = 4,    /* what the frame goes on from, in front of the layer or not */
    RL_PART_REFLECTS = 8 /* at the finest level, of the frame: shows the photo's reflection */
};

/* One level of the pyramid; all arrays are height * width. */
typedef struct rl_level {
    int width, height;
    int number;                               /* 0 is the finest */
    int left, top, photo_width, photo_height; /* the photo, at the finest level */
    uint8_t *source; /* RGBX of the photo and its reflections around it, and some pixels more to
                        read over the end */
    uint8_t *canvas; /* RGBX of the layer: the photo where it shows it, else the fill so far */
    uint8_t *part;   /* RL_PART_ bits */
    uint32_t
        *usable;   /* RL_USABLE: canvas holds the layer's colour; 0: something nearer, or nothing */
    float *back_q; /* of the layer */
    float *nearest;  /* greatest q of the photo under the patch around a pixel; INFINITY where the
                         patch leaves the photo */
    uint32_t *match; /* of hole pixels: x and y << 16 of the source pixel, or RL_NO_MATCH */
    int32_t *cost;   /* of that match */
    float *even;     /* colours in the large, and whether they are known: 4 a pixel */
} rl_level;

/* Fill the canvas of the finest level, and find its matches. Errors: _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_inpaint(relief_ctx *ctx, rl_level *finest);

/* Allocate a level's arrays for its size. The caller clears it, after failures too. */
RELIEF_CHECKED relief_status rl_level_allocate(relief_ctx *ctx, rl_level *level);
void rl_level_clear(rl_level *level);
/* Fill in level->nearest from the q of the photo's pixels, INFINITY outside. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_level_find_nearest(relief_ctx *ctx, const float *near_q,
                                                   rl_level *level);

/* matching.c */
/* Improve the matches in `passes` passes; `round` tells one call from another. Errors: _MEMORY,
 * _CANCELLED. */
RELIEF_CHECKED relief_status rl_match(relief_ctx *ctx, rl_level *level, int round, int passes);
/* Give every hole pixel the mean of what the patches over it say. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_vote(relief_ctx *ctx, rl_level *level);

/* membrane.c */
/* Find the colours in the large of all levels, finest first. Errors: _CANCELLED. */
RELIEF_CHECKED relief_status rl_membrane(relief_ctx *ctx, rl_level *const *levels, int count);
/* Begin a level's canvas with them. */
void rl_membrane_start(rl_level *level);
/* Give a level's canvas these colours in the large; its detail stays. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_membrane_lay(relief_ctx *ctx, rl_level *level);

/* reflection.c */
/* Give the pixels that show the photo's reflection their colours, at the finest level. */
void rl_reflect_photo(relief_ctx *ctx, rl_level *level);

/* Colours at the size of the photo's raster: `factor` texels a pixel of the finest level, copied
 * from where its matches lie. Errors: _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_inpaint_full(relief_ctx *ctx, const relief_image *photo,
                                             const rl_cells *cells, const rl_level *finest,
                                             int factor, rl_pixels *out);

static inline int rl_match_x(uint32_t match) {
    return (int)(match & 0xFFFF);
}

static inline int rl_match_y(uint32_t match) {
    return (int)(match >> 16);
}

static inline uint32_t rl_match_at(int x, int y) {
    return (uint32_t)y << 16 | (uint32_t)x;
}

static inline bool rl_is_hole(const rl_level *level, size_t at) {
    return level->part[at] & (RL_PART_HIDDEN | RL_PART_FRAME);
}

/* Whether a hole pixel has a match. */
static inline bool rl_is_matched(const rl_level *level, size_t at) {
    return rl_is_hole(level, at) && !(level->part[at] & RL_PART_REFLECTS);
}

/* Whether pixel `source` may stand in for hole pixel `at`. */
static inline bool rl_may_match(const rl_level *level, size_t at, size_t source) {
    return level->nearest[source] <= 1.1F * level->back_q[at];
}

#endif
