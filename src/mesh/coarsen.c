/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/coarsen.h"

#include "base/memory.h"
#include "mesh/tile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sides of the square that a region must fill, and length of a branch, in errors of an outline. */
static const double REGION_SIDE = 2, BRANCH_LENGTH = 2;
/* Branches that hang on branches are healed after so many rounds. */
enum { ROUNDS = 4 };
/* States of rl_coarse.known. */
enum { UNKNOWN, LARGE, LISTED };

/* A border of a pixel: bit of torn that stands for it, in the pixel that holds that. */
typedef struct border {
    size_t holder, other; /* the pixel that holds the bit, and the one beyond the border */
    uint8_t bit;
} border;

/* The region that is looked at. */
typedef struct region {
    size_t *pixels;
    int count, most;
    border *borders; /* to pixels outside */
    float *steps;    /* q of those, sorted */
    int border_count;
} region;

/* The border between a pixel and its neighbour to a side; false at the picture's end. */
static bool border_of(const rl_coarse *c, size_t pixel, rl_side side, border *out) {
    const size_t width = (size_t)c->width;
    const size_t x = pixel % width, y = pixel / width;
    switch (side) {
    case RL_NORTH:
        *out = (border){pixel - width, pixel - width, RL_CUT_DOWN};
        return y > 0;
    case RL_SOUTH:
        *out = (border){pixel, pixel + width, RL_CUT_DOWN};
        return y + 1 < (size_t)c->height;
    case RL_WEST:
        *out = (border){pixel - 1, pixel - 1, RL_CUT_RIGHT};
        return x > 0;
    case RL_EAST:
        *out = (border){pixel, pixel + 1, RL_CUT_RIGHT};
        return x + 1 < width;
    }
    return false;
}

static void heal(const rl_coarse *c, size_t holder, uint8_t bit) {
    c->torn[holder] = (uint8_t)((c->torn[holder] & ~bit) | bit << 2);
}

/* List the pixels that hang together with the first one, as far as there is room; false when there
 * are more, or when they hang together with a region that has more. */
static bool fill_region(const rl_coarse *c, size_t first, region *r) {
    r->count = 1;
    r->pixels[0] = first;
    c->known[first] = LISTED;
    for (int k = 0; k < r->count; k++) {
        for (unsigned side = 0; side < 4; side++) {
            border b;
            if (!border_of(c, r->pixels[k], (rl_side)side, &b) || (c->torn[b.holder] & b.bit))
                continue;
            if (c->known[b.other] == LARGE || (c->known[b.other] != LISTED && r->count == r->most))
                return false;
            if (c->known[b.other] == LISTED)
                continue;
            c->known[b.other] = LISTED;
            r->pixels[r->count++] = b.other;
        }
    }
    return true;
}

static int compare_floats(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* List the region's borders to other valid pixels. */
static void list_borders(const rl_coarse *c, region *r) {
    r->border_count = 0;
    for (int k = 0; k < r->count; k++) {
        for (unsigned side = 0; side < 4; side++) {
            border b;
            if (!border_of(c, r->pixels[k], (rl_side)side, &b) || c->known[b.other] == LISTED ||
                (c->valid && !c->valid[b.other]))
                continue;
            r->steps[r->border_count] = c->q[b.other];
            r->borders[r->border_count++] = b;
        }
    }
    qsort(r->steps, (size_t)r->border_count, sizeof *r->steps, compare_floats);
}

/* Give the region's pixels the q of what it becomes a part of, from the healed borders inwards.
 * Pixels that have theirs are marked LARGE. */
static void spread(const rl_coarse *c, const region *r) {
    for (int left = r->count, before = 0; left > 0 && left != before;) {
        before = left;
        for (int k = 0; k < r->count; k++) {
            const size_t pixel = r->pixels[k];
            float sum = 0;
            int count = 0;
            if (c->known[pixel] != LISTED)
                continue;
            for (unsigned side = 0; side < 4; side++) {
                border b;
                if (!border_of(c, pixel, (rl_side)side, &b) || c->known[b.other] == LISTED ||
                    (c->torn[b.holder] & b.bit))
                    continue;
                sum += c->q[b.other];
                count++;
            }
            if (count == 0)
                continue;
            c->q[pixel] = sum / (float)count;
            c->known[pixel] = LARGE;
            left--;
        }
    }
}

/* Make a small region part of what lies around it: of what most of its border looks at, where that
 * is several things. */
static void merge_region(const rl_coarse *c, region *r) {
    list_borders(c, r);
    if (r->border_count == 0)
        return;
    const float around = r->steps[r->border_count / 2];
    double own = 0;
    for (int k = 0; k < r->count; k++)
        own += (double)c->q[r->pixels[k]] / r->count;
    for (int k = 0; k < r->border_count; k++) {
        const border *b = &r->borders[k];
        if (fabsf(c->q[b->other] - around) <= 0.5F * fabsf((float)own - around))
            heal(c, b->holder, b->bit);
    }
    spread(c, r);
}

static void merge_if_small(const rl_coarse *c, size_t pixel, region *r) {
    if (c->known[pixel] != UNKNOWN || (c->valid && !c->valid[pixel]))
        return;
    if (fill_region(c, pixel, r))
        merge_region(c, r);
    for (int k = 0; k < r->count; k++)
        c->known[r->pixels[k]] = LARGE;
}

/* The first pixel from `at` on that has a cut; `count` for none. */
static size_t next_cut(const rl_coarse *c, size_t at, size_t count) {
    uint64_t eight;
    while (at + 8 <= count && (memcpy(&eight, c->torn + at, 8), eight == 0))
        at += 8;
    while (at < count && !(c->torn[at] & (RL_CUT_RIGHT | RL_CUT_DOWN)))
        at++;
    return at;
}

static relief_status merge_regions(relief_ctx *ctx, const rl_coarse *c) {
    const size_t count = (size_t)c->width * (size_t)c->height;
    const double side = REGION_SIDE * c->outline_px;
    region r = {.most = (int)(side * side)};
    const size_t most = (size_t)r.most;
    void *pixels = NULL, *borders = NULL, *steps = NULL;
    if (r.most < 1)
        return RELIEF_OK;
    relief_status status = rl_alloc_in(ctx, most, sizeof *r.pixels, &pixels);
    if (!status)
        status = rl_alloc_in(ctx, 4 * most, sizeof *r.borders, &borders);
    if (!status)
        status = rl_alloc_in(ctx, 4 * most, sizeof *r.steps, &steps);
    r.pixels = pixels;
    r.borders = borders;
    r.steps = steps;
    for (size_t at = 0; !status && (at = next_cut(c, at, count)) < count; at++) {
        const uint8_t torn = c->torn[at];
        merge_if_small(c, at, &r);
        if (torn & RL_CUT_RIGHT)
            merge_if_small(c, at + 1, &r);
        if (torn & RL_CUT_DOWN)
            merge_if_small(c, at + (size_t)c->width, &r);
    }
    rl_free(pixels);
    rl_free(borders);
    rl_free(steps);
    return status;
}

/* The pixel border that leaves a corner inside of the picture to a side: which pixel holds its bit.
 */
static size_t holder_of(const rl_coarse *c, rl_point p, rl_side side, uint8_t *bit) {
    const int x = side == RL_EAST ? p.x : p.x - 1;
    const int y = side == RL_SOUTH ? p.y : p.y - 1;
    *bit = side == RL_NORTH || side == RL_SOUTH ? RL_CUT_RIGHT : RL_CUT_DOWN;
    return (size_t)y * (size_t)c->width + (size_t)x;
}

static bool is_inside(const rl_coarse *c, rl_point p) {
    return p.x > 0 && p.y > 0 && p.x < c->width && p.y < c->height;
}

/* The sides to which cuts leave a corner inside of the picture. */
static unsigned sides_at(const rl_coarse *c, rl_point p) {
    unsigned sides = 0;
    for (unsigned side = 0; side < 4; side++) {
        uint8_t bit;
        const size_t holder = holder_of(c, p, (rl_side)side, &bit);
        sides |= c->torn[holder] & bit ? 1u << side : 0;
    }
    return sides;
}

/* Close the cut that ends at a corner, when it is a short one or a short branch. */
static bool heal_branch(const rl_coarse *c, rl_point end) {
    static const rl_point STEP[4] = {{0, -1}, {0, 1}, {-1, 0}, {1, 0}};
    const double most = BRANCH_LENGTH * c->outline_px;
    for (int pass = 0; pass < 2; pass++) { /* the first one looks, the second one heals */
        rl_point p = end;
        unsigned sides = is_inside(c, p) ? sides_at(c, p) : 0;
        if (__builtin_popcount(sides) != 1)
            return false;
        for (int length = 1;; length++) {
            const unsigned side = (unsigned)__builtin_ctz(sides);
            uint8_t bit;
            const size_t holder = holder_of(c, p, (rl_side)side, &bit);
            p.x += STEP[side].x;
            p.y += STEP[side].y;
            if (length > most)
                return false;
            const unsigned there = is_inside(c, p) ? sides_at(c, p) : 0;
            if (pass == 1)
                heal(c, holder, bit);
            if (__builtin_popcount(there) != 2)
                break;
            sides = there & ~(1u << (side ^ 1u));
        }
    }
    return true;
}

static bool heal_branches(const rl_coarse *c) {
    const size_t count = (size_t)c->width * (size_t)c->height;
    bool any = false;
    for (size_t at = 0; (at = next_cut(c, at, count)) < count; at++) {
        const int x = (int)(at % (size_t)c->width), y = (int)(at / (size_t)c->width);
        if (c->torn[at] & RL_CUT_RIGHT)
            any = heal_branch(c, (rl_point){x + 1, y}) || any;
        if (c->torn[at] & RL_CUT_DOWN)
            any = heal_branch(c, (rl_point){x, y + 1}) || any;
        any = heal_branch(c, (rl_point){x + 1, y + 1}) || any;
    }
    return any;
}

relief_status rl_coarsen(relief_ctx *ctx, const rl_coarse *coarse) {
    relief_status status = merge_regions(ctx, coarse);
    for (int round = 0; round < ROUNDS && !status; round++)
        if (!heal_branches(coarse))
            break;
    return status;
}
