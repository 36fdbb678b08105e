/* SPDX-License-Identifier: Apache-2.0 */
/* Triangles and errors of tessellations:
 *     bench_mesh PHOTO MAP disparity|depth|metres FOV [THREADS [RUNS]]
 *     bench_mesh PHOTO NETWORK.onnx network 0 [THREADS [RUNS]]
 * Prints one JSON object: for each quality the triangles, the seconds (the least of RUNS, 3), and
 * the error in pixels of parallax at the scene's travel, at pixel centres more than 3 pixels away
 * from silhouettes; the error of the plane of 129 x 129 vertices that is displaced by the same map,
 * and the triangles that have the same.
 *
 * `outline_px` is how far silhouettes are off: for each pixel border that is torn, how many pixels
 * beside it, in a line, have a q that is off by more than half of the step; the mean of all. Same
 * error: neither this nor the error away from silhouettes is larger than the plane's. */
#include "base/memory.h"
#include "mesh/mesh_inside.h"
#include "relief/relief.h"
#include "scene/scene_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cutting a square 128 times makes 129 cells a side. */
enum { PLANE = 130, AWAY = 3, SEARCHES = 9 };
/* Pixels beside a border that are looked at. */
enum { BESIDE = 16 };

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
    double near_rms;   /* within AWAY of silhouettes */
    double outline_px; /* how far silhouettes are off */
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

/* Whether pixel `at` lies on the wrong side of a silhouette with a step of `step`. */
static bool is_wrong(const bench *b, size_t at, double step) {
    return fabs((double)b->surface[at] - (double)b->q[at]) > 0.5 * step;
}

/* How many pixels are on the wrong side from pixel `at` on, in a line up to the next cut. */
static int wrong_from(const bench *b, size_t at, ptrdiff_t stride, int most, double step) {
    const uint8_t bit = stride == 1 || stride == -1 ? RL_CUT_RIGHT : RL_CUT_DOWN;
    int count = 0;
    while (count < most && is_wrong(b, at, step)) {
        count++;
        if (count == most || (b->scene->torn[stride > 0 ? at : at + (size_t)stride] & bit))
            break;
        at += (size_t)stride;
    }
    return count;
}

static int least_int(int a, int b) {
    return a < b ? a : b;
}

static double measure_outlines(const bench *b) {
    double sum = 0;
    int64_t borders = 0;
    for (int y = 0; y < b->height; y++) {
        for (int x = 0; x < b->width; x++) {
            const size_t at = (size_t)y * (size_t)b->width + (size_t)x;
            const ptrdiff_t strides[2] = {1, b->width};
            const int before[2] = {x + 1, y + 1};
            const int behind[2] = {b->width - 1 - x, b->height - 1 - y};
            for (int k = 0; k < 2; k++) {
                if (!(b->scene->torn[at] & (k ? RL_CUT_DOWN : RL_CUT_RIGHT)) || behind[k] == 0)
                    continue;
                const size_t next = at + (size_t)strides[k];
                const double step = fabs((double)b->q[at] - (double)b->q[next]);
                sum += wrong_from(b, at, -strides[k], least_int(BESIDE, before[k]), step) +
                       wrong_from(b, next, strides[k], least_int(BESIDE, behind[k]), step);
                borders++;
            }
        }
    }
    return borders ? sum / (double)borders : 0;
}

static error_stats measure(bench *b, const rl_triangles *triangles) {
    for (int64_t t = 0; t < triangles->triangle_count; t++) {
        const uint32_t *i = triangles->indices + 3 * t;
        const rl_tess_vertex *const v[3] = {triangles->vertices + i[0], triangles->vertices + i[1],
                                            triangles->vertices + i[2]};
        draw(b, v);
    }
    error_stats stats = {0};
    double sum = 0, near_sum = 0;
    int64_t count = 0, near_count = 0, over = 0;
    for (size_t k = 0; k < (size_t)b->width * (size_t)b->height; k++) {
        const double error = fabs((double)b->surface[k] - (double)b->q[k]) * b->px;
        if (b->near[k]) {
            near_sum += error * error;
            near_count++;
            continue;
        }
        sum += error * error;
        count++;
        over += error > 0.5;
        stats.worst = fmax(stats.worst, error);
    }
    stats.rms = count ? sqrt(sum / (double)count) : 0;
    stats.share_over_half = count ? (double)over / (double)count : 0;
    stats.near_rms = near_count ? sqrt(near_sum / (double)near_count) : 0;
    stats.outline_px = measure_outlines(b);
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
    return measure(b, &plane);
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

static void bench_quality(bench *b, relief_quality quality, const char *name, int runs) {
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    rl_tess_bounds bounds;
    options.quality = quality;
    options.max_triangles = 1000000000;
    need(!rl_mesh_bounds(b->ctx, b->scene, &options, &bounds), b, "bounds");
    double seconds, least = 1e9;
    rl_triangles triangles = {0};
    for (int run = 0; run < runs; run++) {
        rl_triangles_clear(&triangles);
        triangles = tessellate(b, &bounds, &seconds);
        least = fmin(least, seconds);
    }
    const error_stats stats = measure(b, &triangles);
    printf(", \"%s\": {\"triangles\": %lld, \"seconds\": %.4f, \"rms_px\": %.4f, "
           "\"over_half_px\": %.6f, \"worst_px\": %.3f, \"outline_px\": %.3f}",
           name, (long long)triangles.triangle_count, least, stats.rms, stats.share_over_half,
           stats.worst, stats.outline_px);
    rl_triangles_clear(&triangles);
}

/* A tessellation that is tried: its bounds in pixels, and what came of it. */
typedef struct trial {
    double error_px, outline_px;
    error_stats stats;
    rl_triangles triangles;
} trial;

static void run_trial(bench *b, trial *t) {
    double seconds;
    const rl_tess_bounds bounds = {.q_error = t->error_px / b->px,
                                   .depth_error = INFINITY,
                                   .uv_px = INFINITY,
                                   .outline_px = t->outline_px,
                                   .most = 1000000000};
    rl_triangles_clear(&t->triangles);
    t->triangles = tessellate(b, &bounds, &seconds);
    t->stats = measure(b, &t->triangles);
}

/* Find the largest of the two bounds (`outlines`: the one on outlines) that keeps its error to the
 * plane's. */
static void widen(bench *b, trial *t, const error_stats *plane, bool outlines) {
    double low = outlines ? 0.05 : 0.001, high = outlines ? 16 : 10;
    double *bound = outlines ? &t->outline_px : &t->error_px;
    for (int k = 0; k < SEARCHES; k++) {
        *bound = sqrt(low * high);
        run_trial(b, t);
        if (outlines ? t->stats.outline_px <= plane->outline_px : t->stats.rms <= plane->rms)
            low = *bound;
        else
            high = *bound;
    }
    *bound = low;
    run_trial(b, t);
}

/* Numbers of triangles: with a corner where the surface is cut, of the others with a corner on the
 * picture's border, and the rest. */
static void count_kinds(const bench *b, const rl_triangles *triangles, int64_t kinds[3]) {
    const size_t stride = (size_t)b->width + 1;
    uint8_t *vertices = calloc(stride * ((size_t)b->height + 1), 1);
    need(vertices, b, "memory");
    for (int64_t k = 0; k < triangles->vertex_count; k++) {
        const rl_tess_vertex *v = &triangles->vertices[k];
        uint8_t *count = &vertices[(size_t)v->y * stride + (size_t)v->x];
        *count = (uint8_t)(*count + 1);
    }
    for (int64_t k = 0; k < triangles->triangle_count; k++) {
        int kind = 2;
        for (int c = 0; c < 3; c++) {
            const rl_tess_vertex *v = &triangles->vertices[triangles->indices[3 * k + c]];
            if (vertices[(size_t)v->y * stride + (size_t)v->x] > 1)
                kind = 0;
            else if (v->x <= 0 || v->y <= 0 || v->x >= (float)b->width || v->y >= (float)b->height)
                kind = least_int(kind, 1);
        }
        kinds[kind]++;
    }
    free(vertices);
}

/* The fewest triangles with errors no larger than the plane's: with outlines as far off as that
 * allows, and with less, which leaves more of the other error. */
static void bench_same_error(bench *b, const error_stats *plane) {
    static const double OUTLINES[] = {3, 2, 1};
    trial t = {.error_px = 0.25, .outline_px = 2}, best = {0};
    widen(b, &t, plane, true);
    const double most = t.outline_px;
    for (int k = -1; k < 3; k++) {
        if (k >= 0 && OUTLINES[k] >= most)
            continue;
        t.outline_px = k < 0 ? most : OUTLINES[k];
        widen(b, &t, plane, false);
        const bool good = t.stats.rms <= plane->rms && t.stats.outline_px <= plane->outline_px;
        if (!good || (best.triangles.triangle_count > 0 &&
                      best.triangles.triangle_count <= t.triangles.triangle_count))
            continue;
        rl_triangles_clear(&best.triangles);
        best = t;
        t.triangles = (rl_triangles){0};
    }
    int64_t kinds[3] = {0};
    count_kinds(b, &best.triangles, kinds);
    printf(", \"same_error\": {\"triangles\": %lld, \"rms_px\": %.4f, \"outline_px\": %.3f, "
           "\"near_rms_px\": %.3f, \"bound_px\": %.4f, \"outline_bound_px\": %.3f, "
           "\"at_outlines\": %lld, \"at_border\": %lld, \"inside\": %lld}",
           (long long)best.triangles.triangle_count, best.stats.rms, best.stats.outline_px,
           best.stats.near_rms, best.error_px, best.outline_px, (long long)kinds[0],
           (long long)kinds[1], (long long)kinds[2]);
    rl_triangles_clear(&t.triangles);
    rl_triangles_clear(&best.triangles);
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
        relief_depth_options small = RELIEF_OPTIONS_INIT(relief_depth_options);
        relief_model *model = NULL;
        small.leave_small = small.closer_too = true; /* as the program does it */
        need(!relief_model_load(b->ctx, argv[2], NULL, &model) &&
                 !relief_depth_estimate(b->ctx, model, *photo, &small, &map),
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
        fputs("bench_mesh PHOTO MAP disparity|depth|metres FOV [THREADS [RUNS]]\n"
              "bench_mesh PHOTO NETWORK.onnx network 0 [THREADS [RUNS]]\n",
              stderr);
        return 2;
    }
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = argc > 5 ? (int)strtol(argv[5], NULL, 10) : 0;
    need(!relief_ctx_new(&options, &b.ctx), &b, "context");
    make_scene(&b, argv, &photo);
    fill(&b);
    const int runs = argc > 6 ? (int)strtol(argv[6], NULL, 10) : 3;
    printf("{\"width\": %d, \"height\": %d, \"cuts\": %lld", b.width, b.height,
           (long long)b.scene->info.silhouette_edges);
    bench_quality(&b, RELIEF_QUALITY_DRAFT, "draft", runs);
    bench_quality(&b, RELIEF_QUALITY_NORMAL, "normal", runs);
    bench_quality(&b, RELIEF_QUALITY_HIGH, "high", runs);
    const error_stats plane = measure_plane(&b);
    printf(", \"plane\": {\"triangles\": %d, \"rms_px\": %.4f, \"outline_px\": %.3f, "
           "\"near_rms_px\": %.3f}",
           2 * (PLANE - 1) * (PLANE - 1), plane.rms, plane.outline_px, plane.near_rms);
    bench_same_error(&b, &plane);
    puts("}");
    free(b.q);
    free(b.surface);
    free(b.near);
    relief_scene_free(b.scene);
    relief_image_free(photo);
    relief_ctx_free(b.ctx);
    return 0;
}
