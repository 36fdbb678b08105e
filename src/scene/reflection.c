/* SPDX-License-Identifier: Apache-2.0 */
/* How the photo goes on beyond its border.
 *
 * A camera that moves aside sees past the border, where a wide strip is to be made up from one side
 * only. A membrane alone would draw the border's colours out into streaks, and patches that must
 * agree with it are as empty. The photo's reflection in its border has the grain of what is there,
 * meets it without a seam, and has its silhouettes where the reflected depth has them. The further
 * out, the less is it known what is there, and the more the membrane counts: symmetry shows less,
 * and what stands in the wrong place is less wrong. */
#include "scene/inpaint.h"

#include "base/threads.h"

/* The membrane's share far out, and from which distance on it has that: a so-many-th of the long
 * side. */
static const float MOST = 0.5F;
enum { SIDES_A_FADE = 64 };

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* How far a place lies outside of [from, from + size). */
static int outside(int at, int from, int size) {
    return larger(0, larger(from - at, at - (from + size - 1)));
}

static void reflect_rows(void *arg, size_t begin, size_t end) {
    const rl_level *level = arg;
    const float fade = MOST * SIDES_A_FADE / (float)larger(level->photo_width, level->photo_height);
    for (size_t y = begin; y < end; y++) {
        const int below = outside((int)y, level->top, level->photo_height);
        for (int x = 0; x < level->width; x++) {
            const size_t at = y * (size_t)level->width + (size_t)x;
            if (!(level->part[at] & RL_PART_REFLECTS))
                continue;
            const int distance = larger(below, outside(x, level->left, level->photo_width));
            const float far_out = fade * (float)distance;
            const float share = level->even[4 * at + 3] > 0 ? (far_out < MOST ? far_out : MOST) : 0;
            for (size_t c = 0; c < 3; c++) {
                const float reflected = (float)level->source[4 * at + c];
                const float value = reflected + share * (level->even[4 * at + c] - reflected);
                level->canvas[4 * at + c] = (uint8_t)(value + 0.5F);
            }
        }
    }
}

void rl_reflect_photo(relief_ctx *ctx, rl_level *level) {
    rl_parallel_uneven(ctx, (size_t)level->height, 16, reflect_rows, level);
}
