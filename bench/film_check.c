/* SPDX-License-Identifier: Apache-2.0 */
/* What a film shows, measured: film_check SCENE.glb MOVE WIDTH HEIGHT FRAMES [LOOP [OUT]]
 * Prints one line of JSON:
 *   holed      pixels of all frames that are not wholly covered
 *   patched    pixels of all frames in which the scene had a gap that was coloured
 *   flicker    mean absolute second difference, in levels of 255, of three frames brought onto the
 *              middle one by their known motion, over pixels that are visible in all three
 *   motion     how far the first frame's pixels get on average, in shares of the width
 *   ends, step mean absolute difference of the last and the first frame, and the median of that of
 *              neighbours
 * With OUT, every fourth frame goes to OUT-N.ppm. */
#include "base/memory.h"
#include "relief/relief.h"
#include "render/soft.h"
#include "scene/path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 512 };
/* Depths that differ by less are those of one point. */
static const double SAME = 0.01;

typedef struct frame {
    uint8_t *rgba;
    float *depth;
    rl_view_camera camera;
} frame;

typedef struct film {
    int width, height, count;
    frame frames[MOST_FRAMES];
    double near_depth;
    int64_t holed, patched;
} film;

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Where frame `to` sees what frame `from` sees at pixel (x, y); *depth: how far away. */
static void follow(const frame *from, const frame *to, double x, double y, double z, double out[2],
                   double *depth) {
    const rl_view_camera *a = &from->camera, *b = &to->camera;
    const double r = (x - a->centre_px[0]) / a->focal_px * z;
    const double u = (a->centre_px[1] - y) / a->focal_y_px * z;
    double place[3];
    for (int k = 0; k < 3; k++)
        place[k] = a->position[k] + r * a->axes[0][k] + u * a->axes[1][k] - z * a->axes[2][k] -
                   b->position[k];
    *depth = -dot(b->axes[2], place);
    out[0] = b->centre_px[0] + b->focal_px * dot(b->axes[0], place) / *depth;
    out[1] = b->centre_px[1] - b->focal_y_px * dot(b->axes[1], place) / *depth;
}

/* The colours of a frame between four pixels, if all four show the point at this depth. */
static bool sample(const film *f, const frame *at, const double place[2], double depth,
                   double out[3]) {
    const double x = place[0] - 0.5, y = place[1] - 0.5;
    const int left = (int)floor(x), top = (int)floor(y);
    if (left < 0 || top < 0 || left + 1 >= f->width || top + 1 >= f->height)
        return false;
    memset(out, 0, 3 * sizeof *out);
    for (int j = 0; j < 2; j++) {
        for (int i = 0; i < 2; i++) {
            const size_t k = (size_t)(top + j) * (size_t)f->width + (size_t)(left + i);
            if (fabs((double)at->depth[k] - depth) > SAME * depth)
                return false;
            const double wx = i ? x - left : 1 - (x - left), wy = j ? y - top : 1 - (y - top);
            for (size_t c = 0; c < 3; c++)
                out[c] += wx * wy * at->rgba[4 * k + c];
        }
    }
    return true;
}

static double flicker_of(const film *f, int middle) {
    const frame *at = &f->frames[middle];
    double sum = 0, count = 0;
    for (int y = 0; y < f->height; y++) {
        for (int x = 0; x < f->width; x++) {
            const size_t k = (size_t)y * (size_t)f->width + (size_t)x;
            double colours[2][3];
            bool seen = true;
            for (int side = 0; side < 2 && seen; side++) {
                double place[2], depth;
                const frame *other = &f->frames[middle + (side ? 1 : -1)];
                follow(at, other, x + 0.5, y + 0.5, (double)at->depth[k], place, &depth);
                seen = sample(f, other, place, depth, colours[side]);
            }
            for (size_t c = 0; c < 3 && seen; c++)
                sum += fabs(colours[0][c] - 2.0 * at->rgba[4 * k + c] + colours[1][c]) / 3;
            count += seen;
        }
    }
    return count > 0 ? sum / count : 0;
}

static double difference(const film *f, int a, int b) {
    double sum = 0;
    const size_t count = (size_t)f->width * (size_t)f->height * 4;
    for (size_t k = 0; k < count; k++)
        sum += abs(f->frames[a].rgba[k] - f->frames[b].rgba[k]);
    return sum / ((double)count * 0.75);
}

static double motion(const film *f) {
    double most = 0;
    for (int i = 1; i < f->count; i++) {
        double sum = 0;
        for (int y = 0; y < f->height; y += 4) {
            for (int x = 0; x < f->width; x += 4) {
                double place[2], depth;
                const size_t k = (size_t)y * (size_t)f->width + (size_t)x;
                follow(&f->frames[0], &f->frames[i], x + 0.5, y + 0.5,
                       (double)f->frames[0].depth[k], place, &depth);
                sum += hypot(place[0] - x - 0.5, place[1] - y - 0.5);
            }
        }
        most = fmax(most, sum * 16 / ((double)f->width * f->height));
    }
    return most / f->width;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const film *f) {
    double steps[MOST_FRAMES] = {0}, flicker = 0;
    for (int i = 1; i < f->count; i++)
        steps[i - 1] = difference(f, i - 1, i);
    for (int i = 1; i + 1 < f->count; i++)
        flicker += flicker_of(f, i) / (f->count - 2);
    qsort(steps, (size_t)f->count - 1, sizeof *steps, compare);
    printf("{\"holed\":%lld,\"patched\":%lld,\"flicker\":%.4f,\"motion\":%.4f,\"ends\":%.3f,"
           "\"step\":%.3f}\n",
           (long long)f->holed, (long long)f->patched, flicker, motion(f),
           difference(f, f->count - 1, 0), steps[(f->count - 1) / 2]);
}

static void save(const film *f, const char *out) {
    for (int i = 0; i < f->count; i += 4) {
        char name[1024];
        (void)snprintf(name, sizeof name, "%s-%d.ppm", out, i / 4);
        FILE *file = fopen(name, "wb");
        if (!file)
            continue;
        fprintf(file, "P6\n%d %d\n255\n", f->width, f->height);
        for (size_t k = 0; k < (size_t)f->width * (size_t)f->height; k++)
            fwrite(f->frames[i].rgba + 4 * k, 1, 3, file);
        fclose(file);
    }
}

static relief_status draw(relief_ctx *ctx, const relief_surfaces *surfaces, const relief_path *path,
                          film *f) {
    rl_soft *soft = NULL;
    relief_status status = RELIEF_OK;
    double longest = 0;
    for (int i = 0; i < f->count && !status; i++) {
        relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
        view.width = f->width;
        view.height = f->height;
        relief_path_view(path, relief_path_moment(path, i, f->count), &view);
        status = rl_view_camera_solve(ctx, &view, f->near_depth, &f->frames[i].camera);
        longest = fmax(longest, view.focal_px);
    }
    if (!status)
        status = rl_soft_new(ctx, surfaces, 2 * longest, &soft);
    for (int i = 0; i < f->count && !status; i++) {
        const size_t pixels = (size_t)f->width * (size_t)f->height;
        f->frames[i].rgba = malloc(4 * pixels);
        f->frames[i].depth = malloc(sizeof(float) * pixels);
        rl_soft_frame out = {.rgba = f->frames[i].rgba, .depth = f->frames[i].depth, .patch = true};
        status = rl_soft_draw(ctx, soft, &f->frames[i].camera, 2, &out);
        f->holed += out.holed;
        f->patched += out.patched;
    }
    rl_soft_free(soft);
    return status;
}

static relief_status measure(relief_ctx *ctx, char **argv, bool loop, film *f) {
    relief_surfaces *surfaces = NULL;
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    relief_sight *sight = NULL;
    relief_path_options options = RELIEF_OPTIONS_INIT(relief_path_options);
    relief_path *path = NULL;
    options.loop = loop;
    if (!relief_move_of(argv[2], &options.move))
        return RELIEF_ERROR_ARG;
    relief_status status = relief_surfaces_load(ctx, argv[1], &surfaces);
    if (!status) {
        relief_surfaces_get_info(surfaces, &info);
        f->near_depth = info.near_depth;
        status = relief_sight_new(ctx, surfaces, &sight);
    }
    if (!status)
        status = relief_path_new(ctx, sight, &options, &path);
    if (!status)
        status = relief_path_fit(ctx, path, sight, f->width, f->height);
    if (!status)
        status = draw(ctx, surfaces, path, f);
    relief_path_free(path);
    relief_sight_free(sight);
    relief_surfaces_free(surfaces);
    return status;
}

int main(int argc, char **argv) {
    static film f;
    relief_ctx *ctx = NULL;
    if (argc < 6 || relief_ctx_new(NULL, &ctx)) {
        fprintf(stderr, "usage: film_check SCENE.glb MOVE WIDTH HEIGHT FRAMES [LOOP [OUT]]\n");
        return 2;
    }
    f.width = atoi(argv[3]);
    f.height = atoi(argv[4]);
    f.count = atoi(argv[5]) < MOST_FRAMES ? atoi(argv[5]) : MOST_FRAMES;
    if (measure(ctx, argv, argc > 6 && atoi(argv[6]), &f)) {
        fprintf(stderr, "film_check: %s\n", relief_last_error(ctx));
        return 1;
    }
    report(&f);
    if (argc > 7)
        save(&f, argv[7]);
    for (int i = 0; i < f.count; i++) {
        free(f.frames[i].rgba);
        free(f.frames[i].depth);
    }
    relief_ctx_free(ctx);
    return 0;
}
