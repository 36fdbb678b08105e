/* SPDX-License-Identifier: Apache-2.0 */
/* From vertices in space to triangles ready to be filled. */
#include "render/soft.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Vertices stand on this grid, so that two copies of one along a tear, at different depths, stand
 * on the same point where they should, and no gap opens between their triangles. */
static const double GRID = 256;

/* Boxes are less than a sample wide by this much, so that those which touch a texel's border see
 * nothing of the next one, whatever the rounding. */
static const double WITHIN = 0.999;

typedef struct project_job {
    const rl_soft_surface *surface;
    const rl_view_camera *camera;
    double scale; /* samples a pixel's side */
} project_job;

static void project_vertices(void *arg, size_t begin, size_t end) {
    const project_job *job = arg;
    const rl_view_camera *camera = job->camera;
    for (size_t v = begin; v < end; v++) {
        const float *p = job->surface->positions + 3 * v;
        double place[3] = {0, 0, 0};
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < 3; i++)
                place[k] += camera->axes[k][i] * ((double)p[i] - camera->position[i]);
        const double depth = -place[2];
        rl_soft_vertex *out = &job->surface->vertices[v];
        if (!(depth > camera->near_plane)) {
            *out = (rl_soft_vertex){0};
            continue;
        }
        const double x = camera->centre_px[0] + camera->focal_px * place[0] / depth;
        const double y = camera->centre_px[1] - camera->focal_y_px * place[1] / depth;
        out->x = (float)(rint(x * job->scale * GRID) / GRID);
        out->y = (float)(rint(y * job->scale * GRID) / GRID);
        out->inverse = (float)(1 / depth);
        out->source = -p[2];
    }
}

void rl_soft_project(relief_ctx *ctx, const rl_soft *soft, const rl_view_camera *camera,
                     int supersample) {
    for (int i = 0; i < soft->surface_count; i++) {
        project_job job = {&soft->surfaces[i], camera, supersample};
        if (soft->surfaces[i].owns_vertices)
            rl_parallel(ctx, (size_t)soft->surfaces[i].vertex_count, 4096, project_vertices, &job);
    }
}

static float least3(float a, float b, float c) {
    const float d = a < b ? a : b;
    return c < d ? c : d;
}

static float most3(float a, float b, float c) {
    const float d = a > b ? a : b;
    return c > d ? c : d;
}

/* First and last sample whose middles are between two places; of `count` samples. */
static void find_range(float low, float high, int count, int *first, int *last) {
    const float from = ceilf(low - 0.5F), to = floorf(high - 0.5F);
    *first = from > 0 ? from < (float)count ? (int)from : count : 0;
    *last = to < (float)(count - 1) ? to >= 0 ? (int)to : -1 : count - 1;
}

typedef struct reach_job {
    const rl_soft_surface *surface;
    rl_soft_reach *reach;
    int width, height, side;
} reach_job;

static void find_reaches(void *arg, size_t begin, size_t end) {
    const reach_job *job = arg;
    for (size_t t = begin; t < end; t++) {
        const uint32_t *corner = job->surface->indices + 3 * t;
        const rl_soft_vertex *a = &job->surface->vertices[corner[0]];
        const rl_soft_vertex *b = &job->surface->vertices[corner[1]];
        const rl_soft_vertex *c = &job->surface->vertices[corner[2]];
        int left, right, top, bottom;
        find_range(least3(a->x, b->x, c->x), most3(a->x, b->x, c->x), job->width, &left, &right);
        find_range(least3(a->y, b->y, c->y), most3(a->y, b->y, c->y), job->height, &top, &bottom);
        const bool none = left > right || top > bottom || !(a->inverse > 0) || !(b->inverse > 0) ||
                          !(c->inverse > 0);
        job->reach[t] =
            none ? (rl_soft_reach){1, 1, 0, 0}
                 : (rl_soft_reach){(uint16_t)(left / job->side), (uint16_t)(top / job->side),
                                   (uint16_t)(right / job->side), (uint16_t)(bottom / job->side)};
    }
}

void rl_soft_find_reach(relief_ctx *ctx, const rl_soft *soft, int width, int height, int side) {
    for (int i = 0; i < soft->surface_count; i++) {
        const rl_soft_surface *surface = &soft->surfaces[i];
        reach_job job = {surface, soft->reach + surface->first_triangle, width, height, side};
        rl_parallel(ctx, (size_t)surface->triangle_count, 4096, find_reaches, &job);
    }
}

relief_status rl_soft_bin(relief_ctx *ctx, rl_soft *soft, int columns, int rows) {
    const size_t tiles = (size_t)columns * (size_t)rows;
    void *block = soft->starts;
    relief_status status =
        rl_grow(ctx, &block, &soft->starts_capacity, tiles + 2, sizeof(uint32_t));
    soft->starts = block;
    if (status)
        return status;
    /* Tile t is counted at t + 2, so that after the sums t + 1 is where it is filled from, and,
     * when it is full, where it ends. */
    uint64_t total = 0;
    memset(soft->starts, 0, (tiles + 2) * sizeof *soft->starts);
    for (int64_t t = 0; t < soft->triangle_count; t++) {
        const rl_soft_reach *r = &soft->reach[t];
        for (size_t y = r->y0; y <= r->y1; y++)
            for (size_t x = r->x0; x <= r->x1; x++, total++)
                soft->starts[y * (size_t)columns + x + 2]++;
    }
    if (total > UINT32_MAX)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "the scene has too many triangles for a film");
    for (size_t k = 2; k < tiles + 2; k++)
        soft->starts[k] += soft->starts[k - 1];
    block = soft->binned;
    status = rl_grow(ctx, &block, &soft->binned_capacity, (size_t)total + 1, sizeof(uint32_t));
    soft->binned = block;
    if (status)
        return status;
    uint32_t *next = soft->starts + 1;
    for (int64_t t = 0; t < soft->triangle_count; t++) {
        const rl_soft_reach *r = &soft->reach[t];
        for (size_t y = r->y0; y <= r->y1; y++)
            for (size_t x = r->x0; x <= r->x1; x++)
                soft->binned[next[y * (size_t)columns + x]++] = (uint32_t)t;
    }
    return RELIEF_OK;
}

/* An edge from one corner to another, told from its upper end whichever of the two triangles asks,
 * so that both come to the same number with opposite signs, and a sample on it belongs to one. */
static void set_edge(const rl_soft_vertex *from, const rl_soft_vertex *to, bool flip, int k,
                     rl_soft_triangle *out) {
    const bool turned = to->y < from->y || (to->y == from->y && to->x < from->x);
    const rl_soft_vertex *first = turned ? to : from, *second = turned ? from : to;
    const bool negative = turned != flip;
    const float a = first->y - second->y, b = second->x - first->x;
    out->x0[k] = first->x;
    out->y0[k] = first->y;
    out->a[k] = negative ? -a : a;
    out->b[k] = negative ? -b : b;
    out->least[k] = negative ? FLT_MIN : 0;
}

/* The plane through three values at the corners. */
static rl_soft_plane set_plane(const double corners[3][2], double area, const double values[3]) {
    const double d1 = values[1] - values[0], d2 = values[2] - values[0];
    const double x1 = corners[1][0] - corners[0][0], y1 = corners[1][1] - corners[0][1];
    const double x2 = corners[2][0] - corners[0][0], y2 = corners[2][1] - corners[0][1];
    return (rl_soft_plane){(float)values[0], (float)((d1 * y2 - d2 * y1) / area),
                           (float)((d2 * x1 - d1 * x2) / area)};
}

static double at_middle(const rl_soft_plane *plane, double dx, double dy) {
    return (double)plane->value + (double)plane->across * dx + (double)plane->down * dy;
}

/* How many texels a sample spans in the middle of the triangle: as many as u and v change by from
 * one sample to the next ones. */
static void set_sharpness(const double corners[3][2], rl_soft_triangle *out) {
    const double dx = (corners[1][0] + corners[2][0] - 2 * corners[0][0]) / 3;
    const double dy = (corners[1][1] + corners[2][1] - 2 * corners[0][1]) / 3;
    const double w = at_middle(&out->w, dx, dy);
    for (int k = 0; k < 2; k++) {
        const rl_soft_plane *plane = k ? &out->v : &out->u;
        const double value = at_middle(plane, dx, dy) / w;
        const double span = (fabs((double)plane->across - value * (double)out->w.across) +
                             fabs((double)plane->down - value * (double)out->w.down)) /
                            w;
        out->sharp[k] = (float)(1 / fmin(1, fmax(0.001, WITHIN * span)));
    }
}

bool rl_soft_set_up(const rl_soft_surface *surface, int64_t triangle, int width, int height,
                    rl_soft_triangle *out) {
    const rl_soft_vertex *v[3];
    const float *uv[3];
    double corners[3][2], values[4][3];
    for (int k = 0; k < 3; k++) {
        const size_t index = surface->indices[3 * triangle + k];
        v[k] = &surface->vertices[index];
        uv[k] = surface->uvs + 2 * index;
        corners[k][0] = (double)v[k]->x;
        corners[k][1] = (double)v[k]->y;
        const double w = (double)v[k]->source * (double)v[k]->inverse;
        values[0][k] = (double)v[k]->inverse;
        values[1][k] = (double)uv[k][0] * surface->texture.width * w;
        values[2][k] = (double)uv[k][1] * surface->texture.height * w;
        values[3][k] = w;
    }
    const double area = (corners[1][0] - corners[0][0]) * (corners[2][1] - corners[0][1]) -
                        (corners[1][1] - corners[0][1]) * (corners[2][0] - corners[0][0]);
    if (area == 0 || !isfinite(area))
        return false;
    for (int k = 0; k < 3; k++)
        set_edge(v[k], v[(k + 1) % 3], area < 0, k, out);
    out->x_at = v[0]->x;
    out->y_at = v[0]->y;
    out->inverse = set_plane(corners, area, values[0]);
    out->u = set_plane(corners, area, values[1]);
    out->v = set_plane(corners, area, values[2]);
    out->w = set_plane(corners, area, values[3]);
    set_sharpness(corners, out);
    find_range(least3(v[0]->x, v[1]->x, v[2]->x), most3(v[0]->x, v[1]->x, v[2]->x), width,
               &out->left, &out->right);
    find_range(least3(v[0]->y, v[1]->y, v[2]->y), most3(v[0]->y, v[1]->y, v[2]->y), height,
               &out->top, &out->bottom);
    return out->left <= out->right && out->top <= out->bottom;
}
