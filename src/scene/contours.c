/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes as lines.
 *
 * Across a depth edge a network draws a ramp of up to twenty pixels. Its steepest pixels form a
 * ridge of the slope, one pixel wide (Canny 1986: no maximum across, no ridge). From each of them a
 * walk straight up and down finds the surfaces at the ramp's ends: where the ramp flattens. What
 * does not flatten is a slanted surface. Ridges that hang together are a contour, which is a
 * silhouette as a whole or not at all: strong pixels vouch for the weak ones between them, ends and
 * weights are smoothed along it, and where it ends its weight goes to nothing. */
#include "scene/contours.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The ramp's ends are looked for up to here, in pixels to either side. */
enum { LONGEST_WALK = 14 };
/* A ramp ends where its steps fall below this share of its steepest step. */
static const float FLAT_SHARE = 0.15F;
/* What makes a ridge strong: the difference of the ramp's ends and its slope, as shares of the
 * farther end's q, and the pixels by which the largest travel pulls a pixel of it apart. Tuned on
 * the maps of the network inside and on photos of people, houses and landscapes. */
static const float CONTRAST = 0.10F, STEEPNESS = 0.03F, STRETCH = 0.25F;
/* The share of it that is enough to continue a contour, and what a ramp without an end counts. */
static const float WEAK_SHARE = 0.4F, ENDLESS = 0.6F;
/* Contours have at least this many strong pixels, as a share of the raster's long side, and uncover
 * at least that area at the largest travel, in squares of the long side. */
static const float LEAST_LINE = 0.06F, LEAST_AREA = 4e-4F;
/* What is meant by a ramp, in pixels on average: a map with narrower ones was not drawn by a
 * network but shrunk, and its edges are better looked at pixel by pixel. */
static const float WIDE = 5.5F;
/* Over how many pixels along the contour its ends are smoothed, and over how many a cut tapers. */
enum { SMOOTHINGS = 5, TAPER = 6 };

typedef struct ridge_job {
    const rl_raster *q;
    float parallax;
    float *slope;
    uint8_t *candidate;
    rl_ridge *ridges;
} ridge_job;

static inline float q_at(const rl_raster *q, int x, int y) {
    x = x < 0 ? 0 : x >= q->width ? q->width - 1 : x;
    y = y < 0 ? 0 : y >= q->height ? q->height - 1 : y;
    return q->data[(size_t)y * (size_t)q->width + (size_t)x];
}

/* The slope of q at a pixel, by Sobel's masks. */
static void gradient(const rl_raster *q, int x, int y, float *gx, float *gy) {
    const float a = q_at(q, x - 1, y - 1), b = q_at(q, x, y - 1), c = q_at(q, x + 1, y - 1);
    const float d = q_at(q, x - 1, y), e = q_at(q, x + 1, y);
    const float f = q_at(q, x - 1, y + 1), g = q_at(q, x, y + 1), h = q_at(q, x + 1, y + 1);
    *gx = (c - a + 2 * (e - d) + h - f) / 8;
    *gy = (f - a + 2 * (g - b) + h - c) / 8;
}

static void slope_rows(void *arg, size_t begin, size_t end) {
    const ridge_job *job = arg;
    const int width = job->q->width;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < width; x++) {
            float gx, gy;
            gradient(job->q, x, (int)y, &gx, &gy);
            job->slope[y * (size_t)width + (size_t)x] = sqrtf(gx * gx + gy * gy);
        }
    }
}

/* The neighbour in the direction of a slope: of four axes the nearest. */
static void axis_of(float gx, float gy, int *dx, int *dy) {
    const float steep = 0.41421356F; /* tan 22.5 degrees */
    const float ax = fabsf(gx), ay = fabsf(gy);
    *dx = ax < steep * ay ? 0 : gx > 0 ? 1 : -1;
    *dy = ay < steep * ax ? 0 : gy > 0 ? 1 : -1;
}

/* Mark the pixels whose slope is a maximum across the ramp, and enough to continue a contour. */
static void candidate_rows(void *arg, size_t begin, size_t end) {
    const ridge_job *job = arg;
    const int width = job->q->width, height = job->q->height;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < width; x++) {
            const size_t at = y * (size_t)width + (size_t)x;
            const float slope = job->slope[at], q = job->q->data[at];
            job->candidate[at] = 0;
            if (slope < WEAK_SHARE * STEEPNESS * 0.5F * q ||
                slope * job->parallax < WEAK_SHARE * STRETCH)
                continue;
            float gx, gy;
            int dx, dy;
            gradient(job->q, x, (int)y, &gx, &gy);
            axis_of(gx, gy, &dx, &dy);
            const int x1 = x + dx, y1 = (int)y + dy, x0 = x - dx, y0 = (int)y - dy;
            if (x0 < 0 || x1 < 0 || x0 >= width || x1 >= width || y0 < 0 || y1 < 0 ||
                y0 >= height || y1 >= height)
                continue;
            job->candidate[at] = slope >= job->slope[(size_t)y1 * (size_t)width + (size_t)x1] &&
                                 slope > job->slope[(size_t)y0 * (size_t)width + (size_t)x0];
        }
    }
}

/* q between pixels. */
static float sample(const rl_raster *q, float x, float y) {
    const int x0 = (int)floorf(x), y0 = (int)floorf(y);
    const float u = x - (float)x0, v = y - (float)y0;
    const float top = q_at(q, x0, y0) * (1 - u) + q_at(q, x0 + 1, y0) * u;
    const float bottom = q_at(q, x0, y0 + 1) * (1 - u) + q_at(q, x0 + 1, y0 + 1) * u;
    return top * (1 - v) + bottom * v;
}

/* Walk from a ridge up (way 1) or down (-1) until the ramp flattens. Returns how far that is, or
 * LONGEST_WALK + 1; *end: q there. */
static int walk(const rl_raster *q, rl_ridge *ridge, float way, float slope, float *end) {
    float before = q->data[(size_t)ridge->y * (size_t)q->width + (size_t)ridge->x];
    float steepest = slope;
    *end = before;
    for (int k = 1; k <= LONGEST_WALK; k++) {
        const float x = (float)ridge->x + way * (float)k * ridge->up_x;
        const float y = (float)ridge->y + way * (float)k * ridge->up_y;
        if (x < 0 || y < 0 || x > (float)(q->width - 1) || y > (float)(q->height - 1)) {
            ridge->open = true;
            return k - 1;
        }
        const float here = sample(q, x, y), step = way * (here - before);
        if (step <= 0)
            return k - 1;
        *end = before = here; /* the first flat step still leads closer to the surface */
        if (step < FLAT_SHARE * steepest)
            return k;
        steepest = step > steepest ? step : steepest;
    }
    return LONGEST_WALK + 1;
}

static void measure_ridges(void *arg, size_t begin, size_t end) {
    const ridge_job *job = arg;
    for (size_t k = begin; k < end; k++) {
        rl_ridge *ridge = &job->ridges[k];
        float gx, gy;
        gradient(job->q, ridge->x, ridge->y, &gx, &gy);
        const float slope = sqrtf(gx * gx + gy * gy);
        ridge->up_x = gx / slope;
        ridge->up_y = gy / slope;
        const int up = walk(job->q, ridge, 1, slope, &ridge->near_end);
        const int down = walk(job->q, ridge, -1, slope, &ridge->far_end);
        const bool endless = up > LONGEST_WALK || down > LONGEST_WALK;
        ridge->up = (float)(up < LONGEST_WALK ? up : LONGEST_WALK);
        ridge->down = (float)(down < LONGEST_WALK ? down : LONGEST_WALK);
        float strength = (ridge->near_end - ridge->far_end) / (CONTRAST * ridge->far_end);
        strength = fminf(strength, slope / (STEEPNESS * ridge->far_end));
        strength = fminf(strength, slope * job->parallax / STRETCH);
        ridge->strength = endless ? ENDLESS * strength : strength;
    }
}

/* ------------------------------------------------------------------ contours */

enum { NO_RIDGE = -1 };

typedef struct link_job {
    int width, height;
    int32_t *at; /* the ridge of each pixel, or NO_RIDGE */
    rl_ridge *ridges;
    uint32_t *pile;
    uint8_t *seen;
} link_job;

/* The ridges beside one; returns how many. */
static int ridges_beside(const link_job *job, const rl_ridge *ridge, int32_t found[8]) {
    int count = 0;
    for (int y = ridge->y - 1; y <= ridge->y + 1; y++) {
        for (int x = ridge->x - 1; x <= ridge->x + 1; x++) {
            if (x < 0 || y < 0 || x >= job->width || y >= job->height ||
                (x == ridge->x && y == ridge->y))
                continue;
            const int32_t other = job->at[(size_t)y * (size_t)job->width + (size_t)x];
            if (other != NO_RIDGE)
                found[count++] = other;
        }
    }
    return count;
}

/* Put the ridges that hang together with `first` on the pile; returns how many. */
static size_t gather(const link_job *job, size_t first) {
    size_t count = 1;
    job->pile[0] = (uint32_t)first;
    job->seen[first] = 1;
    for (size_t next = 0; next < count; next++) {
        int32_t beside[8];
        const int found = ridges_beside(job, &job->ridges[job->pile[next]], beside);
        for (int k = 0; k < found; k++) {
            if (job->seen[beside[k]])
                continue;
            job->seen[beside[k]] = 1;
            job->pile[count++] = (uint32_t)beside[k];
        }
    }
    return count;
}

static bool is_silhouette(const link_job *job, size_t size, float parallax) {
    const float side = (float)(job->width > job->height ? job->width : job->height);
    float area = 0, strong = 0, ramps = 0;
    for (size_t k = 0; k < size; k++) {
        const rl_ridge *ridge = &job->ridges[job->pile[k]];
        area += (ridge->near_end - ridge->far_end) * parallax;
        strong += ridge->strength >= 1 ? 1.0F : 0.0F;
        ramps += ridge->up + ridge->down;
    }
    return ramps >= WIDE * (float)size && strong >= LEAST_LINE * side &&
           area >= LEAST_AREA * side * side;
}

/* Leave only ridges of silhouettes, and give each its weight, 1. */
static void link(const link_job *job, size_t count, float parallax) {
    for (size_t k = 0; k < count; k++) {
        if (job->seen[k] || job->ridges[k].strength < WEAK_SHARE)
            continue;
        const size_t size = gather(job, k);
        const float weight = is_silhouette(job, size, parallax) ? 1 : 0;
        for (size_t i = 0; i < size; i++)
            job->ridges[job->pile[i]].weight = weight;
    }
    for (size_t k = 0; k < count; k++) {
        const rl_ridge *ridge = &job->ridges[k];
        if (ridge->weight == 0)
            job->at[(size_t)ridge->y * (size_t)job->width + (size_t)ridge->x] = NO_RIDGE;
    }
}

/* Whether a contour ends at a ridge: of all ridges a little way off no two lie on opposite sides of
 * it. */
static bool is_end(const link_job *job, const rl_ridge *ridge) {
    enum { NEAREST = 2, AROUND = 3, MOST = (2 * AROUND + 1) * (2 * AROUND + 1) };
    int found[MOST][2], count = 0;
    for (int dy = -AROUND; dy <= AROUND; dy++) {
        for (int dx = -AROUND; dx <= AROUND; dx++) {
            const int x = ridge->x + dx, y = ridge->y + dy;
            if (x < 0 || y < 0 || x >= job->width || y >= job->height)
                return false; /* the picture's edge ends it */
            if ((abs(dx) < NEAREST && abs(dy) < NEAREST) ||
                job->at[(size_t)y * (size_t)job->width + (size_t)x] == NO_RIDGE)
                continue;
            for (int k = 0; k < count; k++)
                if (found[k][0] * dx + found[k][1] * dy < 0)
                    return false;
            found[count][0] = dx;
            found[count++][1] = dy;
        }
    }
    return true;
}

/* Weights fall towards the ends of contours. */
static void taper(const link_job *job, const uint32_t *kept, size_t count) {
    for (size_t k = 0; k < count; k++)
        if (is_end(job, &job->ridges[kept[k]]))
            job->ridges[kept[k]].weight = 1.0F / TAPER;
    for (int step = 2; step < TAPER; step++) {
        const float weight = (float)step / TAPER;
        for (size_t k = 0; k < count; k++) {
            rl_ridge *ridge = &job->ridges[kept[k]];
            int32_t beside[8];
            const int found = ridge->weight > weight ? ridges_beside(job, ridge, beside) : 0;
            for (int i = 0; i < found; i++)
                if (job->ridges[beside[i]].weight < weight)
                    ridge->weight = weight;
        }
    }
}

/* The mean of a ridge and its neighbours, for what is smoothed. */
static void smooth(const link_job *job, const uint32_t *kept, size_t count, rl_ridge *buffer) {
    for (size_t k = 0; k < count; k++) {
        const rl_ridge *ridge = &job->ridges[kept[k]];
        int32_t beside[8];
        const int found = ridges_beside(job, ridge, beside);
        rl_ridge sum = *ridge;
        for (int i = 0; i < found; i++) {
            const rl_ridge *other = &job->ridges[beside[i]];
            sum.near_end += other->near_end;
            sum.far_end += other->far_end;
            sum.up += other->up;
            sum.down += other->down;
            sum.up_x += other->up_x;
            sum.up_y += other->up_y;
        }
        const float share = 1 / (float)(found + 1);
        sum.near_end *= share;
        sum.far_end *= share;
        sum.up *= share;
        sum.down *= share;
        const float length = sqrtf(sum.up_x * sum.up_x + sum.up_y * sum.up_y);
        sum.up_x = length > 0.1F ? sum.up_x / length : ridge->up_x;
        sum.up_y = length > 0.1F ? sum.up_y / length : ridge->up_y;
        buffer[k] = sum;
    }
    for (size_t k = 0; k < count; k++)
        job->ridges[kept[k]] = buffer[k];
}

/* Ridges whose cross-section the picture's edge cut off take their neighbours' ends: down the list,
 * then up, which follows most contours to where they are whole. */
static void close_ends(const link_job *job, const uint32_t *kept, size_t count) {
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < count; k++) {
            rl_ridge *ridge = &job->ridges[kept[pass % 2 ? count - 1 - k : k]];
            int32_t beside[8];
            const int found = ridge->open ? ridges_beside(job, ridge, beside) : 0;
            for (int i = 0; i < found && ridge->open; i++) {
                const rl_ridge *other = &job->ridges[beside[i]];
                if (other->open)
                    continue;
                ridge->near_end = other->near_end;
                ridge->far_end = other->far_end;
                ridge->up = other->up;
                ridge->down = other->down;
                ridge->open = false;
            }
        }
    }
}

/* Make contours of `count` ridges, and leave those of silhouettes at the front of the list; returns
 * how many. */
static size_t settle(const link_job *job, size_t count, float parallax, rl_ridge *buffer) {
    for (size_t k = 0; k < count; k++) {
        const rl_ridge *ridge = &job->ridges[k];
        if (ridge->strength >= WEAK_SHARE)
            job->at[(size_t)ridge->y * (size_t)job->width + (size_t)ridge->x] = (int32_t)k;
    }
    link(job, count, parallax);
    size_t kept = 0;
    for (size_t k = 0; k < count; k++)
        if (job->ridges[k].weight > 0)
            job->pile[kept++] = (uint32_t)k;
    close_ends(job, job->pile, kept);
    taper(job, job->pile, kept);
    for (int pass = 0; pass < SMOOTHINGS; pass++)
        smooth(job, job->pile, kept, buffer);
    for (size_t k = 0; k < kept; k++)
        job->ridges[k] = job->ridges[job->pile[k]];
    return kept;
}

static relief_status list_ridges(relief_ctx *ctx, const ridge_job *job, rl_contours *out) {
    const size_t pixels = (size_t)job->q->width * (size_t)job->q->height;
    for (size_t at = 0; at < pixels; at++)
        out->count += job->candidate[at];
    void *block;
    relief_status status = rl_calloc_in(ctx, out->count, sizeof(rl_ridge), &block);
    if (status)
        return status;
    out->ridges = block;
    size_t count = 0;
    for (size_t at = 0; at < pixels; at++) {
        if (!job->candidate[at])
            continue;
        out->ridges[count].x = (int)(at % (size_t)job->q->width);
        out->ridges[count++].y = (int)(at / (size_t)job->q->width);
    }
    return RELIEF_OK;
}

static relief_status link_ridges(relief_ctx *ctx, const rl_raster *q, float parallax,
                                 rl_contours *contours) {
    const size_t pixels = (size_t)q->width * (size_t)q->height;
    void *blocks[4] = {NULL};
    relief_status status = rl_alloc_in(ctx, pixels, sizeof(int32_t), &blocks[0]);
    if (!status)
        status = rl_alloc_in(ctx, contours->count, sizeof(uint32_t), &blocks[1]);
    if (!status)
        status = rl_calloc_in(ctx, contours->count, 1, &blocks[2]);
    if (!status)
        status = rl_alloc_in(ctx, contours->count, sizeof(rl_ridge), &blocks[3]);
    if (!status) {
        const link_job job = {.width = q->width,
                              .height = q->height,
                              .at = blocks[0],
                              .ridges = contours->ridges,
                              .pile = blocks[1],
                              .seen = blocks[2]};
        memset(job.at, 0xff, pixels * sizeof(int32_t)); /* NO_RIDGE */
        contours->count = settle(&job, contours->count, parallax, blocks[3]);
    }
    for (int k = 0; k < 4; k++)
        rl_free(blocks[k]);
    return status;
}

relief_status rl_contours_find(relief_ctx *ctx, const rl_raster *q, float parallax,
                               rl_contours *out) {
    const size_t rows = (size_t)q->height, pixels = rows * (size_t)q->width;
    void *blocks[2] = {NULL};
    *out = (rl_contours){0};
    relief_status status = rl_alloc_in(ctx, pixels, sizeof(float), &blocks[0]);
    if (!status)
        status = rl_alloc_in(ctx, pixels, 1, &blocks[1]);
    ridge_job job = {.q = q, .parallax = parallax, .slope = blocks[0], .candidate = blocks[1]};
    if (!status) {
        rl_parallel(ctx, rows, 16, slope_rows, &job);
        rl_parallel(ctx, rows, 16, candidate_rows, &job);
        status = list_ridges(ctx, &job, out);
    }
    rl_free(blocks[0]);
    rl_free(blocks[1]);
    if (status)
        return status;
    job.ridges = out->ridges;
    rl_parallel(ctx, out->count, 256, measure_ridges, &job);
    return link_ridges(ctx, q, parallax, out);
}

void rl_contours_clear(rl_contours *contours) {
    rl_free(contours->ridges);
    *contours = (rl_contours){0};
}
