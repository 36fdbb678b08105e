/* SPDX-License-Identifier: Apache-2.0 */
/* Triangles filled sample by sample: what the fast way must come to, to the bit, and the way of
 * surfaces with alpha. */
#include "render/soft.h"

#include <string.h>

static const float WHOLE = 65535.0F;

/* A plane's value, summed in the order that both ways keep to. */
static float plane_at(const rl_soft_plane *plane, float dx, float dy) {
    const float row = plane->value + plane->down * dy;
    return row + plane->across * dx;
}

static bool is_inside(const rl_soft_triangle *t, float x, float y) {
    for (int k = 0; k < 3; k++) {
        const float row = t->b[k] * (y - t->y0[k]);
        if (!(t->a[k] * (x - t->x0[k]) + row >= t->least[k]))
            return false;
    }
    return true;
}

/* The first of two neighbouring texels that a sample at `at` sees, and the share of the second: a
 * box as wide as the sample. */
static float find_pair(float at, float sharp, int count, int *first) {
    at = at > -1 ? at : -1;
    at = at < (float)count ? at : (float)count;
    const int seam = (int)(at + 0.5F);
    float share = (at - (float)seam) * sharp + 0.5F;
    share = share > 0 ? share : 0;
    share = share < 1 ? share : 1;
    *first = seam < 1 ? 0 : seam - 1;
    return seam < 1 || seam > count - 1 ? 0 : share;
}

static void read_texel(const rl_soft_surface *surface, const rl_soft_triangle *t, float dx,
                       float dy, float out[4]) {
    const rl_soft_texture *texture = &surface->texture;
    const float inverse = 1 / plane_at(&t->w, dx, dy);
    int column, row;
    const float across =
        find_pair(plane_at(&t->u, dx, dy) * inverse, t->sharp[0], texture->width, &column);
    const float down =
        find_pair(plane_at(&t->v, dx, dy) * inverse, t->sharp[1], texture->height, &row);
    const uint16_t *texel = texture->texels + 4 * ((size_t)row * texture->row + (size_t)column);
    float pair[8];
    for (int k = 0; k < 8; k++) {
        const float above = (float)texel[k], below = (float)texel[4 * texture->row + (size_t)k];
        pair[k] = above + (below - above) * down;
    }
    for (int k = 0; k < 4; k++)
        out[k] = pair[k] + (pair[k + 4] - pair[k]) * across;
}

static void fill_sample(const rl_soft_surface *surface, const rl_soft_triangle *t, float x, float y,
                        float *nearest, float *colour) {
    const float dx = x - t->x_at, dy = y - t->y_at;
    const float inverse = plane_at(&t->inverse, dx, dy);
    const bool blend = surface->alpha == RELIEF_ALPHA_BLEND;
    if (!is_inside(t, x, y) || !(blend ? inverse >= *nearest : inverse > *nearest))
        return;
    float texel[4];
    read_texel(surface, t, dx, dy, texel);
    if (surface->alpha == RELIEF_ALPHA_MASK && texel[3] < 0.5F * WHOLE)
        return;
    if (!blend) {
        *nearest = inverse;
        memcpy(colour, texel, 3 * sizeof *colour);
        colour[3] = WHOLE;
        return;
    }
    const float share = texel[3] / WHOLE;
    texel[3] = WHOLE;
    for (int k = 0; k < 4; k++)
        colour[k] += (texel[k] - colour[k]) * share; /* what is covered stays so, to the bit */
}

static int more(int a, int b) {
    return a > b ? a : b;
}

static int less(int a, int b) {
    return a < b ? a : b;
}

void rl_soft_fill_plainly(const rl_soft_surface *surface, const rl_soft_triangle *t,
                          const rl_soft_place *place, rl_soft_samples *to) {
    const int bottom = less(t->bottom, place->bottom - 1), right = less(t->right, place->right - 1);
    for (int y = more(t->top, place->top); y <= bottom; y++) {
        for (int x = more(t->left, place->left); x <= right; x++) {
            const size_t at = (size_t)(y - place->top) * RL_SOFT_TILE + (size_t)(x - place->left);
            fill_sample(surface, t, (float)x + 0.5F, (float)y + 0.5F, &to->nearest[at],
                        to->colour[at]);
        }
    }
}
