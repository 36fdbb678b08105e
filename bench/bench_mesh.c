/* SPDX-License-Identifier: Apache-2.0 */
/* Triangles and errors of tessellations: bench_mesh PHOTO MAP disparity|depth|metres FOV [THREADS]
 *                                        bench_mesh PHOTO NETWORK.onnx network 0 [THREADS]
 * Prints one JSON object: for each quality the triangles, the seconds, and the error in pixels of
 * parallax at the scene's travel, at pixel centres more than 3 pixels away from silhouettes; the
 * error of the plane of 129 x 129 vertices, and the triangles that have the same. */
#include "base/memory.h"
#include "mesh/mesh_inside.h"
#include "relief/relief.h"
#include "scene/scene_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cutting a square 128 times makes 129 cells a side. */
enum { PLANE = 130, AWAY = 3, SEARCHES = 14 };

typedef struct bench {
    relief_ctx *ctx;
    relief_scene *scene;
    int width, height;
    float *q;       /* of every pixel */
    float *surface; /* of what is measured */
    uint8_t *near;  /* not 0: a silhouette is within AWAY pixels */
    double px;      /* pixels of parallax of 1 of q */
} bench;

typedef struct error_stats {
    double rms, share_over_half, worst;
} error_stats;

static void need(bool good, const bench *b, const char *what) {
    if (good)
        return;
    fprintf(stderr, "bench_mesh: %s: %s\n", what, b->ctx ? relief_last_error(b->ctx) : "");
    exit(1);
}

static void mark_near(bench *b) {
    for (int y = 0; y < b->height; y++)
        for (int x = 0; x < b->width; x++) {
            const uint8_t torn = b->scene->torn[(size_t)y * (size_t)b->width + (size_t)x];
            if (!torn)
                continue;
            for (int v = y - AWAY; v <= y + AWAY + (torn & RL_CUT_DOWN ? 1 : 0); v++)
                for (int u = x - AWAY; u <= x + AWAY + (torn & RL_CUT_RIGHT ? 1 : 0); u++)
                    if (u >= 0 && v >= 0 && u < b->width && v < b->height)
                        b->near[(size_t)v * (size_t)b->width + (size_t)u] = 1;
        }
}

/* q at the centres of the pixels in a triangle with corners at x, y. */
static void draw(bench *b, const rl_tess_vertex *const v[3]) {
    const double ax = v[1]->x - v[0]->x, ay = v[1]->y - v[0]->y;
    const double bx = v[2]->x - v[0]->x, by = v[2]->y - v[0]->y;
    const double area = ax * by - ay * bx;
    const double q1 = v[1]->q - v[0]->q, q2 = v[2]->q - v[0]->q;
    const int top = (int)fminf(v[0]->y, fminf(v[1]->y, v[2]->y));
    const int bottom = (int)ceilf(fmaxf(v[0]->y, fmaxf(v[1]->y, v[2]->y)));
    const int left = (int)fminf(v[0]->x, fminf(v[1]->x, v[2]->x));
    const int right = (int)ceilf(fmaxf(v[0]->x, fmaxf(v[1]->x, v[2]->x)));
    for (int y = top; y < bottom && y < b->height; y++)
        for (int x = left; x < right && x < b->width; x++) {
            const double px = x + 0.5 - v[0]->x, py = y + 0.5 - v[0]->y;
            const double s = (px * by - py * bx) / area, t = (ax * py - ay * px) / area;
            if (s >= 0 && t >= 0 && s + t <= 1)
                b->surface[(size_t)y * (size_t)b->width + (size_t)x] =
                    (float)(v[0]->q + s * q1 + t * q2);
        }
}

static error_stats measure(bench *b, const rl_triangles *triangles, bool everywhere) {
    for (int64_t t = 0; t < triangles->triangle_count; t++) {
        const uint32_t *i = triangles->indices + 3 * t;
        const rl_tess_vertex *const v[3] = {triangles->vertices + i[0], triangles->vertices + i[1],
                                            triangles->vertices + i[2]};
        draw(b, v);
    }
    error_stats stats = {0};
    double sum = 0;
    int64_t count = 0, over = 0;
    for (size_t k = 0; k < (size_t)b->width * (size_t)b->height; k++) {
        if (b->near[k] && !everywhere)
            continue;
        const double error = fabs((double)b->surface[k] - b->q[k]) * b->px;
        sum += error * error;
        count++;
        over += error > 0.5;
        stats.worst = fmax(stats.worst, error);
    }
    stats.rms = count ? sqrt(sum / (double)count) : 0;
    stats.share_over_half = count ? (double)over / (double)count : 0;
    return stats;
}

/* q between pixel centres. */
static float sample(const bench *b, double x, double y) {
    x = fmin(fmax(x - 0.5, 0), b->width - 1);
    y = fmin(fmax(y - 0.5, 0), b->height - 1);
    const int x0 = (int)x, y0 = (int)y;
    const int x1 = x0 + 1 < b->width ? x0 + 1 : x0, y1 = y0 + 1 < b->height ? y0 + 1 : y0;
    const float *above = b->q + (size_t)y0 * (size_t)b->width;
    const float *below = b->q + (size_t)y1 * (size_t)b->width;
    const double u = x - x0, v = y - y0;
    return (float)((above[x0] * (1 - u) + above[x1] * u) * (1 - v) +
                   (below[x0] * (1 - u) + below[x1] * u) * v);
}

/* The plane that is subdivided 128 times and displaced by the depth map. */
static error_stats measure_plane(bench *b) {
    static rl_tess_vertex vertices[PLANE * PLANE];
    static uint32_t indices[(PLANE - 1) * (PLANE - 1) * 6];
    uint32_t *next = indices;
    for (int j = 0; j < PLANE; j++)
        for (int i = 0; i < PLANE; i++) {
            const double x = (double)i * b->width / (PLANE - 1);
            const double y = (double)j * b->height / (PLANE - 1);
            const uint32_t at = (uint32_t)(j * PLANE + i);
            vertices[at] = (rl_tess_vertex){(float)x, (float)y, sample(b, x, y)};
            if (i + 1 == PLANE || j + 1 == PLANE)
                continue;
            const uint32_t cell[6] = {at, at + PLANE, at + PLANE + 1, at, at + PLANE + 1, at + 1};
            memcpy(next, cell, sizeof cell);
            next += 6;
        }
    const rl_triangles plane = {vertices, indices, PLANE * PLANE, (next - indices) / 3};
    return measure(b, &plane, false);
}

static rl_triangles tessellate(bench *b, const rl_tess_bounds *bounds, double *seconds) {
    const rl_surface surface = {
        .width = b->width, .height = b->height, .q = b->q, .torn = b->scene->torn};
    rl_triangles triangles;
    const double start = relief_now();
    need(!rl_tessellate(b->ctx, &surface, bounds, &triangles), b, "tessellate");
    *seconds = relief_now() - start;
    return triangles;
}

static void bench_quality(bench *b, relief_quality quality, const char *name) {
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    rl_tess_bounds bounds;
    options.quality = quality;
    options.max_triangles = 1000000000;
    need(!rl_mesh_bounds(b->ctx, b->scene, &options, &bounds), b, "bounds");
    double seconds, least = 1e9;
    rl_triangles triangles = {0};
    for (int run = 0; run < 3; run++) {
        rl_triangles_clear(&triangles);
        triangles = tessellate(b, &bounds, &seconds);
        least = fmin(least, seconds);
    }
    const error_stats stats = measure(b, &triangles, false);
    printf(", \"%s\": {\"triangles\": %lld, \"seconds\": %.4f, \"rms_px\": %.4f, "
           "\"over_half_px\": %.6f, \"worst_px\": %.3f}",
           name, (long long)triangles.triangle_count, least, stats.rms, stats.share_over_half,
           stats.worst);
    rl_triangles_clear(&triangles);
}

/* The fewest triangles whose error is no more than `rms`; outlines are simplified alike. */
static void bench_same_error(bench *b, double rms) {
    double low = 0.01, high = 1000;
    int64_t fewest = -1;
    double found = 0, at = 0, seconds;
    for (int k = 0; k < SEARCHES; k++) {
        const double px = sqrt(low * high);
        const rl_tess_bounds bounds = {.q_error = px / b->px,
                                       .depth_error = INFINITY,
                                       .uv_px = INFINITY,
                                       .outline_px = fmin(px, AWAY),
                                       .most = 1000000000};
        rl_triangles triangles = tessellate(b, &bounds, &seconds);
        const error_stats stats = measure(b, &triangles, false);
        if (stats.rms <= rms) {
            low = px;
            fewest = triangles.triangle_count;
            found = stats.rms;
            at = px;
        } else {
            high = px;
        }
        rl_triangles_clear(&triangles);
    }
    printf(", \"same_error\": {\"triangles\": %lld, \"rms_px\": %.4f, \"bound_px\": %.4f}",
           (long long)fewest, found, at);
}

static void make_scene(bench *b, char **argv, relief_image **photo) {
    relief_image_options image_options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    relief_depth *map = NULL;
    const bool network = strcmp(argv[3], "network") == 0;
    image_options.min_side = 1024;
    options.fov_degrees = strtod(argv[4], NULL);
    need(!relief_image_load(b->ctx, argv[1], &image_options, photo), b, argv[1]);
    if (network) {
        relief_model *model = NULL;
        need(!relief_model_load(b->ctx, argv[2], NULL, &model) &&
                 !relief_depth_estimate(b->ctx, model, *photo, NULL, &map),
             b, argv[2]);
        relief_model_free(model);
    } else {
        const relief_depth_kind kind = strcmp(argv[3], "metres") == 0  ? RELIEF_METRES
                                       : strcmp(argv[3], "depth") == 0 ? RELIEF_DEPTH
                                                                       : RELIEF_DISPARITY;
        need(!relief_depth_load(b->ctx, argv[2], kind, &map), b, argv[2]);
    }
    need(!relief_scene_new(b->ctx, *photo, map, &options, &b->scene), b, "scene");
    relief_depth_free(map);
}

static void fill(bench *b) {
    const relief_scene_info *info = &b->scene->info;
    b->width = info->camera.width;
    b->height = info->camera.height;
    const size_t count = (size_t)b->width * (size_t)b->height;
    b->q = malloc(count * sizeof(float));
    b->surface = calloc(count, sizeof(float));
    b->near = calloc(count, 1);
    need(b->q && b->surface && b->near, b, "memory");
    for (size_t k = 0; k < count; k++)
        b->q[k] = 1 / b->scene->depth[k];
    b->px = info->camera.focal_px * b->scene->travel * (double)info->near_depth;
    mark_near(b);
}

int main(int argc, char **argv) {
    bench b = {0};
    relief_image *photo = NULL;
    if (argc < 5) {
        fputs("bench_mesh PHOTO MAP disparity|depth|metres FOV [THREADS]\n"
              "bench_mesh PHOTO NETWORK.onnx network 0 [THREADS]\n",
              stderr);
        return 2;
    }
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = argc > 5 ? (int)strtol(argv[5], NULL, 10) : 0;
    need(!relief_ctx_new(&options, &b.ctx), &b, "context");
    make_scene(&b, argv, &photo);
    fill(&b);
    printf("{\"width\": %d, \"height\": %d, \"cuts\": %lld", b.width, b.height,
           (long long)b.scene->info.silhouette_edges);
    bench_quality(&b, RELIEF_QUALITY_DRAFT, "draft");
    bench_quality(&b, RELIEF_QUALITY_NORMAL, "normal");
    bench_quality(&b, RELIEF_QUALITY_HIGH, "high");
    const error_stats plane = measure_plane(&b);
    printf(", \"plane\": {\"triangles\": %d, \"rms_px\": %.4f}", 2 * (PLANE - 1) * (PLANE - 1),
           plane.rms);
    bench_same_error(&b, plane.rms);
    puts("}");
    free(b.q);
    free(b.surface);
    free(b.near);
    relief_scene_free(b.scene);
    relief_image_free(photo);
    relief_ctx_free(b.ctx);
    return 0;
}
