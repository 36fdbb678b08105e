/* SPDX-License-Identifier: Apache-2.0 */
/* What films of a scene show, measured: film_check SCENE.glb FLAT.glb WIDTH HEIGHT FRAMES [OUT]
 * FLAT.glb is the same photo as a plane, whose zoom is a plain one of the picture.
 * Prints a line of JSON for each of the moves auto, zoom and orbit:
 *   holed      pixels of all frames that are not wholly covered, with --loop and without
 *   patched    share of pixels in which the scene had a gap that was coloured
 *   flicker    mean absolute second difference, in levels of 255, of three frames brought onto the
 *              middle one by their known motion, over pixels that are visible in all three
 *   flat       the same of the plane's zoom
 *   even       the same of a zoom of the plane in which pixels get as far on average
 *   stretched, group  most of what the renderer says of LOOKS frames: share of the front's pixels
 *              that are stretched, and the largest group of them; -1 in a build without it
 *   motion     how far the first frame's pixels get on average, in shares of the width, in a loop
 *   ends, step of the loop: mean absolute difference of the last and the first frame, and the
 *              median of that of neighbours
 * With OUT, some frames go to OUT-MOVE-N.ppm. */
#include "base/memory.h"
#include "relief/relief.h"
#include "render/soft.h"
#include "scene/path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 512, LOOKS = 5, SAVED = 3 };
/* Flicker is looked at in one frame of so many. */
enum { EVERY = 4 };
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
    int64_t holed, patched;
} film;

/* A scene that is filmed. */
typedef struct scene {
    relief_surfaces *surfaces;
    relief_surfaces_info info;
    relief_sight *sight;
    relief_renderer *renderer; /* NULL in a build without */
} scene;

/* What is printed of a move. */
typedef struct figures {
    double flicker, flat, even, stretched, motion, ends, step, patched;
    int64_t holed, group;
} figures;

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
            bool seen = at->depth[k] > 0;
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
                /* A gap that was coloured has no place. */
                if (!(f->frames[0].depth[k] > 0))
                    continue;
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

static double flicker_of_film(const film *f) {
    double sum = 0;
    int count = 0;
    for (int i = 1; i + 1 < f->count; i += EVERY, count++)
        sum += flicker_of(f, i);
    return count ? sum / count : 0;
}

static void save(const film *f, const char *out, const char *move) {
    for (int i = 0; i < SAVED; i++) {
        char name[1024];
        (void)snprintf(name, sizeof name, "%s-%s-%d.ppm", out, move, i);
        FILE *file = fopen(name, "wb");
        if (!file)
            continue;
        const uint8_t *rgba = f->frames[i * (f->count - 1) / (SAVED - 1)].rgba;
        fprintf(file, "P6\n%d %d\n255\n", f->width, f->height);
        for (size_t k = 0; k < (size_t)f->width * (size_t)f->height; k++)
            fwrite(rgba + 4 * k, 1, 3, file);
        fclose(file);
    }
}

static relief_status draw_frame(relief_ctx *ctx, rl_soft *soft, film *f, int index) {
    const size_t pixels = (size_t)f->width * (size_t)f->height;
    frame *at = &f->frames[index];
    at->rgba = at->rgba ? at->rgba : malloc(4 * pixels);
    at->depth = at->depth ? at->depth : malloc(sizeof(float) * pixels);
    rl_soft_frame out = {.rgba = at->rgba, .depth = at->depth, .patch = true};
    relief_status status = rl_soft_draw(ctx, soft, &at->camera, 2, &out);
    f->holed += out.holed;
    f->patched += out.patched;
    return status;
}

static void aim(const film *f, const relief_path *path, int index, relief_view_options *view) {
    view->width = f->width;
    view->height = f->height;
    relief_path_view(path, relief_path_moment(path, index, f->count), view);
}

static relief_status draw(relief_ctx *ctx, const scene *from, const relief_path *path, film *f) {
    rl_soft *soft = NULL;
    relief_status status = RELIEF_OK;
    double longest = 0;
    f->holed = f->patched = 0;
    for (int i = 0; i < f->count && !status; i++) {
        relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
        aim(f, path, i, &view);
        status = rl_view_camera_solve(ctx, &view, from->info.near_depth, &f->frames[i].camera);
        longest = fmax(longest, view.focal_px);
    }
    if (!status)
        status = rl_soft_new(ctx, from->surfaces, 2 * longest, &soft);
    for (int i = 0; i < f->count && !status; i++)
        status = draw_frame(ctx, soft, f, i);
    rl_soft_free(soft);
    return status;
}

/* A move of a scene: its path, which the caller frees, and all frames. */
static relief_status shoot(relief_ctx *ctx, const scene *from, const relief_path_options *options,
                           film *f, relief_path **path) {
    relief_status status = relief_path_new(ctx, from->sight, options, path);
    if (!status)
        status = relief_path_fit(ctx, *path, from->sight, f->width, f->height);
    return status ? status : draw(ctx, from, *path, f);
}

static relief_status look_for_stretch(relief_ctx *ctx, const scene *from, const relief_path *path,
                                      const film *f, figures *out) {
    relief_status status = RELIEF_OK;
    out->stretched = -1;
    out->group = -1;
    for (int i = 0; i < LOOKS && from->renderer && !status; i++) {
        relief_view_options options = RELIEF_OPTIONS_INIT(relief_view_options);
        relief_view_info info = RELIEF_OPTIONS_INIT(relief_view_info);
        relief_view *view = NULL;
        aim(f, path, i * (f->count - 1) / (LOOKS - 1), &options);
        options.stretch = true;
        status = relief_renderer_draw(ctx, from->renderer, &options, &view);
        if (status)
            break;
        relief_view_get_info(view, &info);
        out->stretched = fmax(out->stretched, info.stretched);
        out->group = info.largest_group > out->group ? info.largest_group : out->group;
        relief_view_free(view);
    }
    return status;
}

/* Flicker of the plane's zoom; by `amount` times what is usual. */
static relief_status film_flat(relief_ctx *ctx, const scene *flat, double amount, film *f,
                               double *flicker) {
    relief_path_options options = RELIEF_OPTIONS_INIT(relief_path_options);
    relief_path *path = NULL;
    options.move = RELIEF_MOVE_ZOOM;
    options.amount = fmin(5, fmax(0.02, amount));
    relief_status status = shoot(ctx, flat, &options, f, &path);
    relief_path_free(path);
    *flicker = flicker_of_film(f);
    return status;
}

static void measure_loop(const film *f, figures *out) {
    double steps[MOST_FRAMES] = {0};
    for (int i = 1; i < f->count; i++)
        steps[i - 1] = difference(f, i - 1, i);
    qsort(steps, (size_t)f->count - 1, sizeof *steps, compare);
    out->step = steps[(f->count - 1) / 2];
    out->ends = difference(f, f->count - 1, 0);
    out->motion = motion(f);
    out->holed += f->holed;
    out->patched += (double)f->patched;
}

/* plain: of the plane's zoom, flicker and motion. */
static relief_status measure(relief_ctx *ctx, const scene scenes[2], relief_move move, film *f,
                             const double plain[2], const char *out) {
    relief_path_options options = RELIEF_OPTIONS_INIT(relief_path_options);
    relief_path *path = NULL, *loop = NULL;
    figures found = {.flat = plain[0]};
    options.move = move;
    relief_status status = shoot(ctx, &scenes[0], &options, f, &path);
    if (!status)
        status = look_for_stretch(ctx, &scenes[0], path, f, &found);
    found.holed = f->holed;
    found.patched = (double)f->patched;
    found.flicker = flicker_of_film(f);
    const double wanted = motion(f);
    if (out && !status)
        save(f, out, relief_move_name(move));
    options.loop = true;
    if (!status)
        status = shoot(ctx, &scenes[0], &options, f, &loop);
    if (!status) {
        measure_loop(f, &found);
        status = film_flat(ctx, &scenes[1], wanted / plain[1], f, &found.even);
    }
    relief_path_free(path);
    relief_path_free(loop);
    if (!status)
        printf("{\"move\":\"%s\",\"holed\":%lld,\"patched\":%.6f,\"flicker\":%.4f,"
               "\"flat\":%.4f,\"even\":%.4f,\"stretched\":%.6f,\"group\":%lld,\"motion\":%.4f,"
               "\"ends\":%.3f,"
               "\"step\":%.3f}\n",
               relief_move_name(move), (long long)found.holed,
               found.patched / (2.0 * f->count * f->width * f->height), found.flicker, found.flat,
               found.even, found.stretched, (long long)found.group, found.motion, found.ends,
               found.step);
    return status;
}

static relief_status open_scene(relief_ctx *ctx, const char *file, bool draws, scene *out) {
    out->info.struct_size = sizeof out->info;
    relief_status status = relief_surfaces_load(ctx, file, &out->surfaces);
    if (!status) {
        relief_surfaces_get_info(out->surfaces, &out->info);
        status = relief_sight_new(ctx, out->surfaces, &out->sight);
    }
    if (status || !draws)
        return status;
    status = relief_renderer_new(ctx, NULL, &out->renderer);
    if (status == RELIEF_ERROR_UNSUPPORTED)
        return RELIEF_OK;
    return status ? status : relief_renderer_add(ctx, out->renderer, out->surfaces);
}

static void close_scene(scene *of) {
    relief_renderer_free(of->renderer);
    relief_sight_free(of->sight);
    relief_surfaces_free(of->surfaces);
}

int main(int argc, char **argv) {
    static const relief_move moves[] = {RELIEF_MOVE_AUTO, RELIEF_MOVE_ZOOM, RELIEF_MOVE_ORBIT};
    static film f;
    scene scenes[2] = {{0}, {0}};
    relief_ctx *ctx = NULL;
    if (argc < 6 || relief_ctx_new(NULL, &ctx)) {
        fprintf(stderr, "usage: film_check SCENE.glb FLAT.glb WIDTH HEIGHT FRAMES [OUT]\n");
        return 2;
    }
    f.width = atoi(argv[3]);
    f.height = atoi(argv[4]);
    f.count = atoi(argv[5]) < MOST_FRAMES ? atoi(argv[5]) : MOST_FRAMES;
    relief_status status = open_scene(ctx, argv[1], true, &scenes[0]);
    if (!status)
        status = open_scene(ctx, argv[2], false, &scenes[1]);
    double plain[2] = {0, 1};
    if (!status) {
        status = film_flat(ctx, &scenes[1], 1, &f, &plain[0]);
        plain[1] = motion(&f);
    }
    for (int i = 0; i < 3 && !status; i++)
        status = measure(ctx, scenes, moves[i], &f, plain, argc > 6 ? argv[6] : NULL);
    if (status)
        fprintf(stderr, "film_check: %s\n", relief_last_error(ctx));
    for (int i = 0; i < f.count; i++) {
        free(f.frames[i].rgba);
        free(f.frames[i].depth);
    }
    close_scene(&scenes[0]);
    close_scene(&scenes[1]);
    relief_ctx_free(ctx);
    return status != 0;
}
