/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of cuts with fewer points, by leave of bounds->outline_px.
 *
 * Points are taken out one by one, the least missed first (as Visvalingam and Whyatt do, 1993), as
 * long as all that were taken out between two neighbours lie near the edge that joins them. A point
 * goes only where the triangle that it makes with its neighbours holds no other point that is still
 * there: then no chain comes to lie across another one or across itself, however close they run,
 * and what lies between them stays between them. */
#include "mesh/tile.h"

#include <math.h>
#include <string.h>

/* Bit of tile->cuts: a chain has a point here. */
enum { PRESENT = 16u };
/* Bit of run->keep: the point cannot go. */
enum { SETTLED = 4u };
/* q along an outline is held to so many times the bound: beside it the surface is not looked at
 * anyway. */
static const float OUTLINE_Q = 1;

/* The state of a simplification. */
typedef struct thinning {
    rl_tile *tile;
    rl_run *run;
    int32_t *before, *after; /* of every point of the run: neighbours in its chain, -1: none */
    float limit;             /* shares of the bounds that may be used up */
    float room;              /* of outlines, in pixels */
} thinning;

static bool same(rl_point a, rl_point b) {
    return a.x == b.x && a.y == b.y;
}

static inline float least_of(float a, float b) {
    return a < b ? a : b;
}

static inline float most_of(float a, float b) {
    return a > b ? a : b;
}

/* The same on every system, which not all libraries' functions are. */
static inline float length_of(float x, float y) {
    return (float)sqrt((double)x * x + (double)y * y);
}

/* The largest share of a bound that an edge between points a and b of the run uses up; more than
 * `limit`: it was not looked at any further. */
static float share_of_bounds(const thinning *t, int a, int b) {
    const rl_run *run = t->run;
    const rl_tess_bounds *bounds = &t->tile->tess->bounds;
    const float by_q = (float)(1 / bounds->q_error), by_depth = (float)(1 / bounds->depth_error);
    const float dx = (float)(run->at[b].x - run->at[a].x);
    const float dy = (float)(run->at[b].y - run->at[a].y);
    const float length2 = dx * dx + dy * dy;
    const float scale = length2 > 0 ? 1 / length2 : 0;
    const float left = run->left[b] - run->left[a], right = run->right[b] - run->right[a];
    float worst = 0;
    for (int k = a + 1; k < b && worst <= t->limit; k++) {
        const float px = (float)(run->at[k].x - run->at[a].x);
        const float py = (float)(run->at[k].y - run->at[a].y);
        const float share = least_of(most_of((px * dx + py * dy) * scale, 0), 1);
        const float off = length_of(px - share * dx, py - share * dy) / t->room;
        const float off_left = fabsf(run->left[a] + left * share - run->left[k]);
        const float off_right = fabsf(run->right[a] + right * share - run->right[k]);
        const float q = most_of(off_left * most_of(by_q, by_depth / run->left[k]),
                                off_right * most_of(by_q, by_depth / run->right[k]));
        worst = most_of(worst, most_of(off, q / OUTLINE_Q));
    }
    const float length = sqrtf(length2);
    const float shift = most_of(rl_uv_shift(length, run->left[a], run->left[b]),
                                rl_uv_shift(length, run->right[a], run->right[b]));
    return most_of(worst, shift / (float)bounds->uv_px);
}

/* The corners of row y in a closed triangle. Rounding cannot move one in or out: an edge passes a
 * corner by 1 / 2^14 pixels at least. */
static void span_of_row(const rl_point p[3], int y, int *first, int *last) {
    const double hair = 1e-6;
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < 3; k++) {
        const rl_point a = p[k], b = p[(k + 1) % 3];
        if ((y < a.y && y < b.y) || (y > a.y && y > b.y))
            continue;
        const double x1 =
            a.y == b.y ? a.x : a.x + (double)(y - a.y) * (b.x - a.x) / (double)(b.y - a.y);
        const double x2 = a.y == b.y ? b.x : x1;
        low = fmin(low, fmin(x1, x2));
        high = fmax(high, fmax(x1, x2));
    }
    *first = (int)ceil(low - hair);
    *last = (int)floor(high + hair);
}

/* Whether a triangle holds no point of a chain but its own corners. */
static bool is_free(const rl_tile *tile, rl_point a, rl_point b, rl_point c) {
    const rl_point p[3] = {a, b, c};
    const int top = rl_least3(a.y, b.y, c.y), bottom = rl_most3(a.y, b.y, c.y);
    for (int y = top; y <= bottom; y++) {
        int first, last;
        span_of_row(p, y, &first, &last);
        const uint8_t *row = tile->cuts + rl_tile_at(tile, 0, y);
        for (int x = first; x <= last; x++) {
            const rl_point at = {x, y};
            if ((row[x] & PRESENT) && !same(at, a) && !same(at, b) && !same(at, c))
                return false;
        }
    }
    return true;
}

/* The corners that an outline has moved over lie on the wrong side of it, and are not looked at. */
static void forget_inside(rl_tile *tile, rl_point a, rl_point b, rl_point c) {
    const rl_point p[3] = {a, b, c};
    const int top = rl_least3(a.y, b.y, c.y), bottom = rl_most3(a.y, b.y, c.y);
    for (int y = top; y <= bottom; y++) {
        int first, last;
        span_of_row(p, y, &first, &last);
        if (first <= last)
            memset(tile->weight + rl_tile_at(tile, first, y), 0,
                   (size_t)(last - first + 1) * sizeof(float));
    }
}

/* Note that two nodes are joined by a straight chain; false when they already were.  */
static bool join_nodes(rl_tile *tile, rl_point a, rl_point b) {
    const size_t u = rl_tile_at(tile, a.x, a.y), v = rl_tile_at(tile, b.x, b.y);
    const int32_t low = (int32_t)(u < v ? u : v), high = (int32_t)(u < v ? v : u);
    uint32_t slot = ((uint32_t)low * 2654435761u ^ (uint32_t)high * 2246822519u) >> 17;
    for (int probes = 0; probes < RL_JOINTS; probes++) {
        rl_joint *joint = &tile->joints[slot];
        if (joint->low < 0) {
            *joint = (rl_joint){low, high};
            return true;
        }
        if (joint->low == low && joint->high == high)
            return false;
        slot = (slot + 1) % RL_JOINTS;
    }
    return false;
}

/* Whether the two neighbours of a point would be all that is left of its chain, or of a loop two
 * edges that are the same. */
static bool is_last(const thinning *t, int u, int w, bool *straight) {
    const rl_point *at = t->run->at;
    *straight = t->before[u] < 0 && t->after[w] < 0;
    if (*straight)
        return same(at[u], at[w]);
    if (t->before[u] < 0 && t->after[t->after[w]] < 0)
        return same(at[u], at[t->after[w]]);
    if (t->after[w] < 0 && t->before[t->before[u]] < 0)
        return same(at[w], at[t->before[u]]);
    return false;
}

/* Whether an edge would lie on the rim, where the neighbour knows nothing of it. */
static bool on_one_rim(const rl_tile *tile, rl_point a, rl_point b) {
    return (a.x == b.x && (a.x == 0 || a.x == tile->width)) ||
           (a.y == b.y && (a.y == 0 || a.y == tile->height));
}

static bool take_out(thinning *t, int k) {
    rl_run *run = t->run;
    const int u = t->before[k], w = t->after[k];
    bool straight;
    if (is_last(t, u, w, &straight) || on_one_rim(t->tile, run->at[u], run->at[w]) ||
        share_of_bounds(t, u, w) > t->limit ||
        !is_free(t->tile, run->at[u], run->at[k], run->at[w]) ||
        (straight && !join_nodes(t->tile, run->at[u], run->at[w])))
        return false;
    forget_inside(t->tile, run->at[u], run->at[k], run->at[w]);
    run->keep[k] = 0;
    t->after[u] = w;
    t->before[w] = u;
    run->keep[u] &= (uint8_t)~SETTLED;
    run->keep[w] &= (uint8_t)~SETTLED;
    t->tile->cuts[rl_tile_at(t->tile, run->at[k].x, run->at[k].y)] &= (uint8_t)~PRESENT;
    return true;
}

/* Take points out until none may go. Of two neighbours only one goes in a round, so that those that
 * stay are spread evenly. */
static void thin_out(thinning *t) {
    rl_run *run = t->run;
    bool any = true;
    for (int k = 0; k < run->count; k++)
        run->keep[k] &= (uint8_t)~SETTLED;
    while (any) {
        any = false;
        for (int k = 0; k < run->count; k++) {
            if (run->keep[k] != RL_KEPT)
                continue;
            run->keep[k] |= SETTLED;
            if (!take_out(t, k))
                continue;
            any = true;
            k = t->after[k]; /* its neighbour waits for the next round */
        }
    }
}

static void link_chains(thinning *t) {
    rl_run *run = t->run;
    rl_tile *tile = t->tile;
    const size_t corners = (size_t)(tile->width + 1) * (size_t)(tile->height + 1);
    for (size_t k = 0; k < corners; k++)
        tile->cuts[k] = (uint8_t)((tile->cuts[k] & 15u) | (tile->cuts[k] & 15u ? PRESENT : 0));
    memset(tile->joints, 0xFF, RL_JOINTS * sizeof *tile->joints);
    bool begins = true;
    for (int k = 0; k < run->count; k++) {
        const bool ends = run->keep[k] == RL_CHAIN_END && !begins;
        t->before[k] = begins ? -1 : k - 1;
        t->after[k] = ends ? -1 : k + 1;
        if (ends && t->before[k - 1] < 0)
            (void)join_nodes(tile, run->at[k - 1], run->at[k]);
        begins = ends;
    }
}

void rl_tile_thin_chains(rl_tile *tile) {
    static const float LIMITS[] = {0.25F, 0.5F, 0.75F, 1};
    rl_run *run = &tile->run;
    thinning t = {.tile = tile,
                  .run = run,
                  .before = run->stack,
                  .after = run->stack + run->capacity,
                  .room = (float)tile->tess->bounds.outline_px};
    link_chains(&t);
    for (int k = 0; k < 4; k++) {
        t.limit = LIMITS[k];
        thin_out(&t);
    }
}
