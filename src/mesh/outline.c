/* SPDX-License-Identifier: Apache-2.0 */
/* Vertices and fixed edges on a tile's rim and along the cuts inside of it.
 *
 * Cuts run along pixel borders. Between corners where they end, branch or meet the rim they form
 * chains. The straight parts of a chain's staircase are divided as Douglas and Peucker (1973) do,
 * until the surfaces on both sides are straight along each piece. With leave to move, points of the
 * staircase are dropped (chains.c). */
#include "mesh/tile.h"

#include <math.h>
#include <string.h>

static const rl_point STEP[4] = {{0, -1}, {0, 1}, {-1, 0}, {1, 0}};
/* The pixels left and right of a cut that leaves a corner to a side: above left, above right, below
 * left, below right. */
static const uint8_t LEFT_PIXEL[4] = {0, 3, 2, 1};
static const uint8_t RIGHT_PIXEL[4] = {1, 2, 0, 3};

static rl_side opposite(rl_side side) {
    return (rl_side)(side ^ 1);
}

static unsigned cuts_at(const rl_tile *tile, rl_point p) {
    return tile->cuts[rl_tile_at(tile, p.x, p.y)] & 15u;
}

/* q at a corner as one of the pixels around it sees it. */
static float seen_q(const rl_tile *tile, rl_point p, unsigned cuts, int pixel) {
    int count;
    const uint8_t *labels = rl_corner_labels(cuts, &count);
    if (count == 1)
        return tile->q[rl_tile_at(tile, p.x, p.y)];
    return rl_corner_q(&tile->tess->surface, tile->x0 + p.x, tile->y0 + p.y, labels, labels[pixel]);
}

/* Add a point to the run: seen along the step that leads on, or, at the end, the one that led
 * there. */
static void run_add(rl_tile *tile, rl_point p, rl_side step, bool last) {
    rl_run *run = &tile->run;
    const unsigned cuts = cuts_at(tile, p);
    if (run->count >= run->capacity) {
        tile->overflow = true;
        return;
    }
    const rl_side look = last ? opposite(step) : step;
    const float left = seen_q(tile, p, cuts, LEFT_PIXEL[look]);
    const float right = seen_q(tile, p, cuts, RIGHT_PIXEL[look]);
    run->at[run->count] = p;
    run->step[run->count] = (uint8_t)step;
    run->left[run->count] = last ? right : left;
    run->right[run->count] = last ? left : right;
    run->keep[run->count] = 0;
    run->count++;
}

static float off_line(float a, float b, float share, float q, const rl_tess_bounds *bounds) {
    const float error = fabsf(a + (b - a) * share - q);
    return error * fmaxf((float)(1 / bounds->q_error), (float)(1 / bounds->depth_error) / q);
}

/* How much a straight piece of the run asks to be split, and where; more than 1: it must be. */
static float worst_point(const rl_tile *tile, int a, int b, int *where) {
    const rl_run *run = &tile->run;
    const rl_tess_bounds *bounds = &tile->tess->bounds;
    const float length = (float)(b - a);
    float worst = 0;
    *where = (a + b) / 2;
    for (int k = a + 1; k < b; k++) {
        const float share = (float)(k - a) / length;
        const float urge =
            fmaxf(off_line(run->left[a], run->left[b], share, run->left[k], bounds),
                  off_line(run->right[a], run->right[b], share, run->right[k], bounds));
        if (urge > worst) {
            worst = urge;
            *where = k;
        }
    }
    if (worst > 1)
        return worst;
    const float shift = fmaxf(rl_uv_shift(length, run->left[a], run->left[b]),
                              rl_uv_shift(length, run->right[a], run->right[b]));
    if (shift <= (float)bounds->uv_px)
        return 0;
    *where = (a + b) / 2;
    return 2;
}

/* Keep the points of a straight piece that are needed between its ends, which are kept. */
static void subdivide(rl_tile *tile, int a, int b) {
    rl_run *run = &tile->run;
    int top = 0;
    run->stack[top++] = a;
    run->stack[top++] = b;
    run->keep[a] = run->keep[b] = 1;
    while (top > 0) {
        b = run->stack[--top];
        a = run->stack[--top];
        int where;
        if (b - a < 2 || worst_point(tile, a, b, &where) <= 1)
            continue;
        run->keep[where] = 1;
        run->stack[top++] = a;
        run->stack[top++] = where;
        run->stack[top++] = where;
        run->stack[top++] = b;
    }
}

/* Keep what is needed of the whole run. */
static void simplify(rl_tile *tile) {
    const rl_run *run = &tile->run;
    for (int a = 0; a + 1 < run->count;) {
        int b = a + 1;
        while (b + 1 < run->count && run->step[b] == run->step[a])
            b++;
        subdivide(tile, a, b);
        a = b;
    }
}

/* Make the kept points from `first` on vertices and, for a cut, the pieces between them fixed
 * edges, up to a chain's end. Returns the place behind that. */
static int fix_run(rl_tile *tile, int first, bool cut) {
    const rl_run *run = &tile->run;
    int before = -1, before_point = -1;
    for (int k = first; k < run->count && !tile->overflow; k++) {
        if (!run->keep[k])
            continue;
        const int point = rl_tile_insert(tile, run->at[k]);
        if (cut && before >= 0 && point >= 0) {
            const unsigned there = run->step[before];
            const unsigned back = opposite((rl_side)run->step[k - 1]);
            /* Chains neither cross nor touch but at their ends, so it can be done. */
            (void)rl_delaunay_fix(&tile->d, before_point, point,
                                  (uint8_t)(RL_EDGE_CUT | there << RL_EDGE_SIDE_SHIFT),
                                  (uint8_t)(RL_EDGE_CUT | back << RL_EDGE_SIDE_SHIFT));
        }
        if (before >= 0 && run->keep[k] == RL_CHAIN_END)
            return k + 1;
        before = k;
        before_point = point;
    }
    return run->count;
}

/* Whether a corner on the rim must be a vertex: for both tiles that share it. */
static bool is_forced(const rl_tile *tile, rl_point p) {
    const rl_tess *tess = tile->tess;
    if (cuts_at(tile, p))
        return true;
    if (tess->bounds.grid <= 0)
        return false;
    const int width = tess->surface.width, height = tess->surface.height;
    const double step = (double)(width > height ? width : height) / tess->bounds.grid;
    return p.y == 0 || p.y == tile->height ? rl_on_grid(tile->x0 + p.x, width, step)
                                           : rl_on_grid(tile->y0 + p.y, height, step);
}

/* One side of the rim, from west to east or from north to south. */
static void fix_rim(rl_tile *tile, rl_point from, rl_point to, rl_side step) {
    rl_run *run = &tile->run;
    rl_point p = from;
    while ((p.x != to.x || p.y != to.y) && !tile->overflow) {
        run->count = 0;
        const bool cut = cuts_at(tile, p) & (1u << step);
        run_add(tile, p, step, false);
        for (;;) {
            p.x += STEP[step].x;
            p.y += STEP[step].y;
            const bool last = (p.x == to.x && p.y == to.y) || is_forced(tile, p);
            run_add(tile, p, step, last);
            if (last)
                break;
        }
        run->keep[0] = run->keep[run->count - 1] = 1;
        if (tile->tess->bounds.grid <= 0)
            subdivide(tile, 0, run->count - 1);
        (void)fix_run(tile, 0, cut);
    }
}

static bool is_node(const rl_tile *tile, rl_point p) {
    return rl_tile_on_rim(tile, p.x, p.y) || __builtin_popcount(cuts_at(tile, p)) != 2;
}

/* Whether a cut that leaves a corner lies inside of the tile. */
static bool leads_inside(const rl_tile *tile, rl_point p, rl_side side) {
    if (side == RL_NORTH || side == RL_SOUTH)
        return p.x > 0 && p.x < tile->width && (side == RL_NORTH ? p.y > 0 : p.y < tile->height);
    return p.y > 0 && p.y < tile->height && (side == RL_WEST ? p.x > 0 : p.x < tile->width);
}

/* Follow a chain: into the run, behind what stands there, or, when outlines are kept, into the
 * triangulation. */
static void follow(rl_tile *tile, rl_point start, rl_side side) {
    rl_run *run = &tile->run;
    const bool thin = tile->tess->bounds.outline_px > 0;
    rl_point p = start;
    const int first = thin ? run->count : 0;
    run->count = first;
    do {
        run_add(tile, p, side, false);
        tile->cuts[rl_tile_at(tile, p.x, p.y)] |= (uint8_t)(16u << side);
        p.x += STEP[side].x;
        p.y += STEP[side].y;
        tile->cuts[rl_tile_at(tile, p.x, p.y)] |= (uint8_t)(16u << opposite(side));
        if (is_node(tile, p) || (p.x == start.x && p.y == start.y))
            break;
        const unsigned rest = cuts_at(tile, p) & ~(1u << opposite(side));
        side = (rl_side)__builtin_ctz(rest);
    } while (true);
    run_add(tile, p, side, true);
    if (tile->overflow)
        return;
    if (thin) {
        memset(run->keep + first, RL_KEPT, (size_t)(run->count - first));
        run->keep[first] = run->keep[run->count - 1] = RL_CHAIN_END;
        return;
    }
    simplify(tile);
    (void)fix_run(tile, 0, true);
}

/* Follow all chains that begin at nodes; then what is left, which are closed. */
static void follow_chains(rl_tile *tile, bool closed) {
    for (int j = 0; j <= tile->height; j++) {
        for (int i = 0; i <= tile->width && !tile->overflow; i++) {
            const uint8_t *cuts = tile->cuts + rl_tile_at(tile, i, j);
            const rl_point p = {i, j};
            if (!*cuts || (!closed && !is_node(tile, p)))
                continue;
            for (unsigned side = 0; side < 4; side++)
                if ((*cuts & (1u << side)) && !(*cuts & (16u << side)) &&
                    leads_inside(tile, p, (rl_side)side))
                    follow(tile, p, (rl_side)side);
        }
    }
}

void rl_tile_outline(rl_tile *tile) {
    const int right = tile->width, bottom = tile->height;
    fix_rim(tile, (rl_point){0, 0}, (rl_point){right, 0}, RL_EAST);
    fix_rim(tile, (rl_point){0, bottom}, (rl_point){right, bottom}, RL_EAST);
    fix_rim(tile, (rl_point){0, 0}, (rl_point){0, bottom}, RL_SOUTH);
    fix_rim(tile, (rl_point){right, 0}, (rl_point){right, bottom}, RL_SOUTH);
    if (!tile->any_cut || tile->overflow)
        return;
    tile->run.count = 0;
    follow_chains(tile, false);
    follow_chains(tile, true);
    if (tile->tess->bounds.outline_px <= 0 || tile->overflow)
        return;
    rl_tile_thin_chains(tile);
    for (int at = 0; at < tile->run.count && !tile->overflow;)
        at = fix_run(tile, at, true);
}
