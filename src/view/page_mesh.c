/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry for pages: small, and exact where it shows. A vertex stands on a ray of the source
 * camera, mostly through a pixel's corner, so that its place in the photo is a small whole number
 * and only its depth is rounded: to a 65535th of the scene's disparity, which at the largest travel
 * is less than a hundredth of a pixel. */
#include "view/page_inside.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>

enum { Q_STEPS = 65535, NUMBER_BYTES = 5 };
/* Places are rounded to the coarsest of 1, 1/2, 1/4, 1/8 and 1/16 pixels that is this exact, or to
 * the finest of them. */
static const double LEAST_STEP = 1.0 / 16;
static const double STEP_TOLERANCE = 0.05;
/* Corners lie within so many pixels of the photo. */
static const double FARTHEST = 1e6;
/* Of the nearest thing's disparity: what keeps its place is no nearer than that, so that the
 * picture need not be enlarged much while it moves. */
static const double NEAREST_PIVOT = 0.5;

/* A vertex as (x, y, q), and its place in the texture. */
typedef struct corner {
    double at[3], uv[2];
} corner;

static corner corner_of(const relief_surface *surface, const rl_page_range *range, uint32_t v) {
    const float *p = surface->positions + 3 * (size_t)v;
    const float *uv = surface->uvs + 2 * (size_t)v;
    const double q = -1.0 / (double)p[2];
    return (corner){{0.5 * range->width + (double)p[0] * q * range->focal_px,
                     0.5 * range->height - (double)p[1] * q * range->focal_px, q},
                    {(double)uv[0], (double)uv[1]}};
}

static bool is_seen(const corner *c) {
    return isfinite(c->at[2]) && c->at[2] > 0 && fabs(c->at[0]) <= FARTHEST &&
           fabs(c->at[1]) <= FARTHEST;
}

/* Sums over triangles, weighed by the area that each takes of the photo. */
typedef struct weighing {
    double area, q;
} weighing;

static relief_status survey_triangle(relief_ctx *ctx, const relief_surface *surface, int64_t t,
                                     rl_page_range *range, weighing *sums) {
    corner c[3];
    for (int k = 0; k < 3; k++) {
        const uint32_t v = surface->indices[3 * t + k];
        if (v >= surface->vertex_count)
            return rl_fail(ctx, RELIEF_ERROR_FORMAT, "a triangle names vertex %u of %lld", v,
                           (long long)surface->vertex_count);
        c[k] = corner_of(surface, range, v);
        if (!is_seen(&c[k]))
            return rl_fail(ctx, RELIEF_ERROR_FORMAT,
                           "the scene has a vertex that its own camera cannot see");
        range->q[0] = fmin(range->q[0], c[k].at[2]);
        range->q[1] = fmax(range->q[1], c[k].at[2]);
    }
    const double area = 0.5 * fabs((c[1].at[0] - c[0].at[0]) * (c[2].at[1] - c[0].at[1]) -
                                   (c[1].at[1] - c[0].at[1]) * (c[2].at[0] - c[0].at[0]));
    sums->area += area;
    sums->q += area * (c[0].at[2] + c[1].at[2] + c[2].at[2]) / 3;
    return RELIEF_OK;
}

relief_status rl_page_survey(relief_ctx *ctx, const relief_surfaces *surfaces, rl_page_range *out) {
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    weighing front = {0}, rest = {0};
    relief_surfaces_get_info(surfaces, &info);
    *out = (rl_page_range){info.width, info.height, info.focal_px, {INFINITY, 0}, 0};
    for (int i = 0; i < info.surface_count; i++) {
        const relief_surface *surface = relief_surfaces_get(surfaces, i);
        weighing *sums = surface->layer == RELIEF_LAYER_BACK ? &rest : &front;
        for (int64_t t = 0; t < surface->triangle_count; t++) {
            relief_status status = survey_triangle(ctx, surface, t, out, sums);
            if (status)
                return status;
        }
    }
    if (out->q[1] == 0)
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "the scene has no triangles");
    const double mean = front.area > 0 ? front.q / front.area : out->q[0];
    out->pivot = fmin(mean, NEAREST_PIVOT / info.near_depth);
    return RELIEF_OK;
}

/* ------------------------------------------------------------------ packing */

/* Corners of one surface in the order of their first use. */
typedef struct packing {
    const relief_surface *surface;
    uint32_t *number; /* of each vertex, UINT32_MAX for one that is not used */
    corner *corners;
    int64_t count;
    uint8_t *end; /* of the bytes written */
} packing;

static void number_corners(packing *p, const rl_page_range *range) {
    for (int64_t v = 0; v < p->surface->vertex_count; v++)
        p->number[v] = UINT32_MAX;
    for (int64_t i = 0; i < 3 * p->surface->triangle_count; i++) {
        const uint32_t v = p->surface->indices[i];
        if (p->number[v] != UINT32_MAX)
            continue;
        p->number[v] = (uint32_t)p->count;
        p->corners[p->count++] = corner_of(p->surface, range, v);
    }
}

/* Largest distance of a corner from the grid of this step, in pixels. */
static double rounding_error(const packing *p, double step) {
    double worst = 0;
    for (int64_t i = 0; i < p->count; i++)
        for (int k = 0; k < 2; k++)
            worst =
                fmax(worst, fabs(p->corners[i].at[k] - step * round(p->corners[i].at[k] / step)));
    return worst;
}

static double find_step(const packing *p) {
    double step = 1;
    while (step > LEAST_STEP && rounding_error(p, step) > STEP_TOLERANCE)
        step *= 0.5;
    return step;
}

/* Fit uv[k] = scale * at[k] + start by least squares. */
static void fit_place(const packing *p, int k, double *scale, double *start) {
    double mean_at = 0, mean_uv = 0, square = 0, product = 0;
    for (int64_t i = 0; i < p->count; i++) {
        mean_at += p->corners[i].at[k] / (double)p->count;
        mean_uv += p->corners[i].uv[k] / (double)p->count;
    }
    for (int64_t i = 0; i < p->count; i++) {
        const double at = p->corners[i].at[k] - mean_at;
        square += at * at;
        product += at * (p->corners[i].uv[k] - mean_uv);
    }
    *scale = square > 0 ? product / square : 0;
    *start = mean_uv - *scale * mean_at;
}

static void put_number(packing *p, uint32_t value) {
    for (; value > 127; value >>= 7)
        *p->end++ = (uint8_t)(value | 128);
    *p->end++ = (uint8_t)value;
}

static void put_difference(packing *p, int64_t difference) {
    put_number(p, (uint32_t)(difference < 0 ? -2 * difference - 1 : 2 * difference));
}

static void put_corners(packing *p, const rl_page_range *range, double step) {
    const double span = range->q[1] - range->q[0];
    int64_t last[3] = {0};
    for (int64_t i = 0; i < p->count; i++) {
        const double *at = p->corners[i].at;
        const int64_t now[3] = {llround(at[0] / step), llround(at[1] / step),
                                span > 0 ? llround((at[2] - range->q[0]) / span * Q_STEPS) : 0};
        for (int k = 0; k < 3; k++) {
            put_difference(p, now[k] - last[k]);
            last[k] = now[k];
        }
    }
}

static void put_triangles(packing *p) {
    uint32_t fresh = 0;
    for (int64_t i = 0; i < 3 * p->surface->triangle_count; i++) {
        const uint32_t number = p->number[p->surface->indices[i]];
        put_number(p, fresh - number);
        fresh += number == fresh;
    }
}

relief_status rl_page_pack(relief_ctx *ctx, const relief_surface *surface,
                           const rl_page_range *range, rl_page_mesh *out) {
    const size_t vertices = (size_t)surface->vertex_count;
    const size_t numbers = 3 * (vertices + (size_t)surface->triangle_count);
    void *blocks[3] = {NULL};
    *out = (rl_page_mesh){.triangle_count = surface->triangle_count};
    relief_status status = rl_alloc_in(ctx, vertices, sizeof(uint32_t), &blocks[0]);
    if (!status)
        status = rl_alloc_in(ctx, vertices, sizeof(corner), &blocks[1]);
    if (!status)
        status = rl_alloc_in(ctx, numbers, NUMBER_BYTES, &blocks[2]);
    if (!status) {
        packing p = {surface, blocks[0], blocks[1], 0, blocks[2]};
        number_corners(&p, range);
        out->step = find_step(&p);
        for (int k = 0; k < 2; k++)
            fit_place(&p, k, &out->place[k], &out->place[2 + k]);
        put_corners(&p, range, out->step);
        put_triangles(&p);
        out->vertex_count = p.count;
        out->bytes = blocks[2];
        out->size = (size_t)(p.end - out->bytes);
        blocks[2] = NULL;
    }
    for (int k = 0; k < 3; k++)
        rl_free(blocks[k]);
    return status;
}
