/* SPDX-License-Identifier: Apache-2.0 */
/* A coarse look at surfaces from the source camera, and the border of what they cover. */
#include "scene/path.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/resample.h"
#include "mesh/surface_facts.h"

#include <math.h>
#include <string.h>

enum { LONG_SIDE = 160, COLOUR_SIDE = 320 };
/* UVs of the border may be off by what 16 bits cannot say. */
static const float AT_BORDER = 1e-5F;

/* The raster that triangles are drawn into. */
typedef struct canvas {
    float *depth;
    int width, height;
    double scale[2], unit; /* pixels a ray; the scene's nearest depth */
} canvas;

/* A triangle on the raster. */
typedef struct flat {
    double corner[3][3]; /* x, y, inverse depth */
    double steps[3][2];  /* along the edge opposite of each corner */
    double area;
} flat;

static void draw_row(const canvas *c, const flat *t, int y, int from, int to) {
    for (int x = from; x <= to; x++) {
        double weights[3], q = 0;
        bool inside = true;
        for (int k = 0; k < 3; k++) {
            const double *a = t->corner[(k + 1) % 3];
            weights[k] =
                (t->steps[k][0] * (y + 0.5 - a[1]) - t->steps[k][1] * (x + 0.5 - a[0])) / t->area;
            inside = inside && weights[k] >= 0;
            q += weights[k] * t->corner[k][2];
        }
        float *depth = &c->depth[(size_t)y * (size_t)c->width + (size_t)x];
        if (inside && q > 0 && (*depth == 0 || 1 / q < (double)*depth))
            *depth = (float)(1 / q);
    }
}

static int clamped(double v, int most) {
    return v < 0 ? 0 : v > most ? most : (int)v;
}

/* Inverse depth is affine in the picture, so corners' values are mixed as they are. */
static void draw_triangle(const canvas *c, const float *const points[3]) {
    flat t;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++) {
        const double z = -(double)points[k][2];
        if (!(z > 0))
            return;
        t.corner[k][0] = 0.5 * c->width + points[k][0] / z * c->scale[0];
        t.corner[k][1] = 0.5 * c->height - points[k][1] / z * c->scale[1];
        t.corner[k][2] = c->unit / z;
        for (int i = 0; i < 2; i++) {
            low[i] = fmin(low[i], t.corner[k][i]);
            high[i] = fmax(high[i], t.corner[k][i]);
        }
    }
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++)
            t.steps[k][i] = t.corner[(k + 2) % 3][i] - t.corner[(k + 1) % 3][i];
    t.area = t.steps[2][1] * t.steps[1][0] - t.steps[2][0] * t.steps[1][1];
    if (t.area == 0 || !isfinite(t.area))
        return;
    const int left = clamped(floor(low[0]), c->width - 1), right = clamped(high[0], c->width - 1);
    const int bottom = clamped(high[1], c->height - 1);
    for (int y = clamped(floor(low[1]), c->height - 1); y <= bottom; y++)
        draw_row(c, &t, y, left, right);
}

static relief_status draw_surface(relief_ctx *ctx, const canvas *c, const relief_surface *surface) {
    for (int64_t t = 0; t < surface->triangle_count; t++) {
        const float *points[3];
        for (int k = 0; k < 3; k++) {
            const uint32_t v = surface->indices[3 * t + k];
            if (v >= surface->vertex_count)
                return rl_fail(ctx, RELIEF_ERROR_FORMAT, "a triangle names vertex %u of %lld", v,
                               (long long)surface->vertex_count);
            points[k] = surface->positions + 3 * (size_t)v;
        }
        draw_triangle(c, points);
    }
    return RELIEF_OK;
}

/* The photo's colours at the rasters' size. */
static relief_status read_colours(relief_ctx *ctx, const relief_surface *front,
                                  relief_sight *sight) {
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info;
    relief_image *image = NULL;
    options.min_side = COLOUR_SIDE;
    relief_status status = rl_surface_picture(ctx, front, &options, &image, &info);
    if (status)
        return status;
    const uint8_t *pixels = relief_image_pixels(image);
    for (int y = 0; y < sight->height; y++) {
        const size_t v = (size_t)y * (size_t)info.raster_height / (size_t)sight->height;
        for (int x = 0; x < sight->width; x++) {
            const size_t u = (size_t)x * (size_t)info.raster_width / (size_t)sight->width;
            const size_t from = (v * (size_t)info.raster_width + u) * (size_t)info.channels;
            memcpy(sight->rgb + ((size_t)y * (size_t)sight->width + (size_t)x) * 3, pixels + from,
                   3);
        }
    }
    relief_image_free(image);
    return RELIEF_OK;
}

/* Which sides of its texture a vertex is on: bits of left, right, bottom, top. */
static unsigned sides_of(const float *uv) {
    return (unsigned)(uv[0] <= AT_BORDER) | (unsigned)(uv[0] >= 1 - AT_BORDER) << 1 |
           (unsigned)(uv[1] >= 1 - AT_BORDER) << 2 | (unsigned)(uv[1] <= AT_BORDER) << 3;
}

/* Collect the border's vertices. All surfaces of a mesh share one list of vertices: only those that
 * this one's triangles name are its own. */
static relief_status find_border(relief_ctx *ctx, const relief_surface *outer, double near_depth,
                                 rl_border *out) {
    const float unit = (float)near_depth;
    size_t capacity[4] = {0};
    relief_status status = RELIEF_OK;
    for (int64_t k = 0; k < 3 * outer->triangle_count && !status; k++) {
        const uint32_t v = outer->indices[k];
        const unsigned sides = sides_of(outer->uvs + 2 * (size_t)v);
        const float *p = outer->positions + 3 * (size_t)v;
        for (int side = 0; side < 4 && !status; side++) {
            if (!(sides & 1U << side))
                continue;
            const size_t used = 3 * (size_t)out->count[side];
            void *block = out->points[side];
            status = rl_grow(ctx, &block, &capacity[side], used + 3, sizeof(float));
            out->points[side] = block;
            if (status)
                break;
            const float point[3] = {p[0] / unit, p[1] / unit, -p[2] / unit};
            memcpy(out->points[side] + used, point, sizeof point);
            out->count[side]++;
        }
    }
    return status;
}

static relief_status allocate(relief_ctx *ctx, const relief_surfaces_info *info,
                              relief_sight **out) {
    void *block;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_sight), &block);
    if (status)
        return status;
    relief_sight *sight = *out = block;
    const int side = info->width > info->height ? info->width : info->height;
    const double scale = side > LONG_SIDE ? (double)LONG_SIDE / side : 1;
    sight->source = (rl_path_source){.width = info->width,
                                     .height = info->height,
                                     .focal_px = info->focal_px,
                                     .near_depth = info->near_depth,
                                     .travel = info->travel};
    sight->width = (int)fmax(1, round(scale * info->width));
    sight->height = (int)fmax(1, round(scale * info->height));
    const size_t count = (size_t)sight->width * (size_t)sight->height;
    status = rl_calloc_in(ctx, count, sizeof(float), &block);
    if (status)
        return status;
    sight->depth = block;
    status = rl_calloc_in(ctx, count, 3, &block);
    sight->rgb = block;
    return status;
}

static relief_status look(relief_ctx *ctx, const relief_surfaces *surfaces,
                          const relief_surfaces_info *info, relief_sight *sight) {
    const canvas c = {.depth = sight->depth,
                      .width = sight->width,
                      .height = sight->height,
                      .scale = {info->focal_px * sight->width / info->width,
                                info->focal_px * sight->height / info->height},
                      .unit = info->near_depth};
    const relief_surface *front = NULL, *outer = NULL;
    relief_status status = RELIEF_OK;
    for (int i = 0; i < info->surface_count && !status; i++) {
        const relief_surface *surface = relief_surfaces_get(surfaces, i);
        if (surface->layer == RELIEF_LAYER_FRONT)
            front = front ? front : surface;
        if (surface->layer != RELIEF_LAYER_BACK)
            status = draw_surface(ctx, &c, surface);
        if (surface->layer == RELIEF_LAYER_BACK)
            outer = surface;
    }
    if (!status && !front)
        status = rl_fail(ctx, RELIEF_ERROR_FORMAT, "the scene has nothing to look at");
    if (!status)
        status = find_border(ctx, front, info->near_depth, &sight->photo);
    if (!status)
        status = find_border(ctx, outer ? outer : front, info->near_depth, &sight->scene);
    if (!status)
        status = read_colours(ctx, front, sight);
    return status ? status : rl_sight_find_subject(ctx, sight);
}

relief_status relief_sight_new(relief_ctx *ctx, const relief_surfaces *surfaces,
                               relief_sight **out) {
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    relief_sight *sight = NULL;
    *out = NULL;
    relief_surfaces_get_info(surfaces, &info);
    relief_status status = allocate(ctx, &info, &sight);
    if (!status)
        status = look(ctx, surfaces, &info, sight);
    if (status) {
        relief_sight_free(sight);
        return status;
    }
    *out = sight;
    return RELIEF_OK;
}

void relief_sight_free(relief_sight *sight) {
    if (!sight)
        return;
    for (int side = 0; side < 4; side++) {
        rl_free(sight->photo.points[side]);
        rl_free(sight->scene.points[side]);
    }
    rl_free(sight->depth);
    rl_free(sight->rgb);
    rl_free(sight);
}

void relief_sight_get_info(const relief_sight *sight, relief_sight_info *info) {
    const relief_sight_info own = {.struct_size = sizeof own,
                                   .subject = {sight->subject[0], sight->subject[1]},
                                   .focus = sight->focus,
                                   .subject_width = sight->subject_width};
    rl_info_copy(info, &own, sizeof own);
}
