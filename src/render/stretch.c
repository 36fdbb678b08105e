/* SPDX-License-Identifier: Apache-2.0 */
/* How the front is stretched in a view.
 *
 * Where a triangle spans a silhouette that ought to be torn, a few pixels of the photo are drawn
 * over many of the view. Foreshortened floors are stretched too when the camera moves, and rightly
 * so. What tells them apart is the neighbourhood: seen through a pinhole a plane is affine in
 * q = 1 / depth, so the median of the slopes of q around a point is that of the surface there,
 * however many pixels of a narrow ramp lie among them. */
#include "render/render_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>

/* Long side of the map of the source view in which neighbours are looked up. */
enum { MAP_SIDE = 1024 };
/* The neighbourhood: REACH steps each way, of 1 / STEPS of the map's long side each; together 1/32
 * of it. A ramp is outvoted while it is narrower than half of that. */
enum { REACH = 2, STEPS = 128, AROUND = (2 * REACH + 1) * (2 * REACH + 1) };

/* q over the source view. */
typedef struct source_map {
    int width, height, step;
    double focal_px;
    float *q; /* 0: no front here */
} source_map;

typedef struct stretch_job {
    const rl_view_camera *camera;
    const rl_measure *measures;
    const source_map *map;
    float *stretch;
} stretch_job;

static float median(float *values, int count) {
    for (int i = 1; i < count; i++) {
        const float value = values[i];
        int at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
    return count ? values[count / 2] : 0;
}

/* The slope of q around a pixel along one axis, a pixel; dx, dy: that axis. */
static float slope_around(const source_map *map, int x, int y, int dx, int dy) {
    float steps[AROUND];
    int count = 0;
    for (int j = -REACH; j <= REACH; j++) {
        for (int i = -REACH; i <= REACH; i++) {
            const int px = x + i * map->step, py = y + j * map->step;
            if (px < 0 || py < 0 || px + dx >= map->width || py + dy >= map->height)
                continue;
            const float *q = map->q + (size_t)py * (size_t)map->width + (size_t)px;
            const float next = q[(size_t)dy * (size_t)map->width + (size_t)dx];
            if (q[0] > 0 && next > 0)
                steps[count++] = next - q[0];
        }
    }
    return median(steps, count);
}

static int clamp_int(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

/* 1 / the least singular value of the map from view to source pixels. */
static double stretch_seen(const rl_measure *m) {
    const double a = m->across[0], b = m->down[0], c = m->across[1], d = m->down[1];
    const double most = 0.5 * (hypot(a + d, b - c) + hypot(a - d, b + c));
    return most / fabs(a * d - b * c);
}

static void stretch_rows(void *arg, size_t begin, size_t end) {
    const stretch_job *job = arg;
    const source_map *map = job->map;
    const size_t width = (size_t)job->camera->width;
    for (size_t i = begin * width; i < end * width; i++) {
        const rl_measure *m = &job->measures[i];
        if (!(m->depth > 0) || !(m->source > 0))
            continue;
        const int x =
            clamp_int((int)(0.5 * map->width + map->focal_px * m->s[0]), 0, map->width - 1);
        const int y =
            clamp_int((int)(0.5 * map->height - map->focal_px * m->s[1]), 0, map->height - 1);
        const double s[2] = {m->s[0], m->s[1]};
        const double slope[2] = {slope_around(map, x, y, 1, 0) * map->focal_px,
                                 -slope_around(map, x, y, 0, 1) * map->focal_px};
        const double smooth = rl_view_camera_stretch(job->camera, s, 1 / (double)m->source, slope);
        const double ratio = stretch_seen(m) / smooth;
        /* A triangle seen from its very edge has no measure; it is a pixel of a line. */
        job->stretch[i] = isfinite(ratio) ? (float)ratio : 0;
    }
}

static int find_root(int *parents, int i) {
    while (parents[i] != i) {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    return i;
}

static void join(int *parents, int a, int b) {
    a = find_root(parents, a);
    b = find_root(parents, b);
    if (a < b)
        parents[b] = a;
    else
        parents[a] = b;
}

/* Pixels of the largest 8-connected group over the limit. */
static relief_status largest_group(relief_ctx *ctx, const relief_view *view, int64_t *largest) {
    const int width = view->info.width, count = width * view->info.height;
    const float *stretch = view->stretch;
    void *block;
    relief_status status = rl_calloc_in(ctx, (size_t)count, 2 * sizeof(int), &block);
    if (status)
        return status;
    int *parents = block, *sizes = parents + count;
    for (int i = 0; i < count; i++) {
        const int x = i % width;
        const int before[4] = {i - width - 1, i - width, i - width + 1, i - 1};
        const bool there[4] = {i >= width && x > 0, i >= width, i >= width && x + 1 < width, x > 0};
        parents[i] = i;
        for (int k = 0; k < 4 && stretch[i] > RELIEF_STRETCH_LIMIT; k++)
            if (there[k] && stretch[before[k]] > RELIEF_STRETCH_LIMIT)
                join(parents, i, before[k]);
    }
    *largest = 0;
    for (int i = 0; i < count; i++) {
        if (!(stretch[i] > RELIEF_STRETCH_LIMIT))
            continue;
        const int size = ++sizes[find_root(parents, i)];
        *largest = size > *largest ? size : *largest;
    }
    rl_free(block);
    return RELIEF_OK;
}

static void count_stretched(const rl_measure *measures, relief_view *view) {
    const size_t count = (size_t)view->info.width * (size_t)view->info.height;
    int64_t front = 0, over = 0;
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        front += measures[i].depth > 0 && measures[i].source > 0;
        over += view->stretch[i] > RELIEF_STRETCH_LIMIT;
        worst = view->stretch[i] > worst ? view->stretch[i] : worst;
    }
    view->info.front_pixels = front;
    view->info.stretched = front ? (double)over / (double)front : 0;
    view->info.worst_stretch = worst;
}

/* Draw q as the source camera sees it. */
static relief_status make_map(relief_ctx *ctx, relief_renderer *renderer, source_map *map) {
    const relief_surfaces_info *source = &renderer->source;
    const int side = source->width > source->height ? source->width : source->height;
    const double scale = side > MAP_SIDE ? (double)MAP_SIDE / side : 1;
    relief_view_options options = RELIEF_OPTIONS_INIT(relief_view_options);
    rl_view_camera camera;
    rl_measure *measures = NULL;
    options.width = clamp_int((int)lround(source->width * scale), 1, RELIEF_MAX_SIDE);
    options.height = clamp_int((int)lround(source->height * scale), 1, RELIEF_MAX_SIDE);
    options.focal_px = source->focal_px * scale;
    relief_status status = rl_view_camera_solve(ctx, &options, source->near_depth, &camera);
    if (!status)
        status = rl_draw_measures(ctx, renderer, &camera, true, &measures);
    if (status)
        return status;
    const size_t count = (size_t)options.width * (size_t)options.height;
    void *block;
    status = rl_alloc_in(ctx, count, sizeof(float), &block);
    if (!status) {
        map->q = block;
        for (size_t i = 0; i < count; i++)
            map->q[i] = measures[i].depth > 0 ? 1 / measures[i].depth : 0;
    }
    rl_free(measures);
    map->width = options.width;
    map->height = options.height;
    map->focal_px = options.focal_px;
    map->step = clamp_int((int)(side * scale) / STEPS, 1, MAP_SIDE);
    return status;
}

relief_status rl_stretch_measure(relief_ctx *ctx, relief_renderer *renderer,
                                 const rl_view_camera *camera, const rl_measure *measures,
                                 relief_view *view) {
    source_map map = {0};
    relief_status status = make_map(ctx, renderer, &map);
    if (status)
        return status;
    stretch_job job = {
        .camera = camera, .measures = measures, .map = &map, .stretch = view->stretch};
    rl_parallel(ctx, (size_t)camera->height, 8, stretch_rows, &job);
    count_stretched(measures, view);
    rl_free(map.q);
    return largest_group(ctx, view, &view->info.largest_group);
}
