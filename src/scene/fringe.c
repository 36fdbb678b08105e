/* SPDX-License-Identifier: Apache-2.0 */
/* The soft edge of what stands in front.
 *
 * A silhouette in a photo is some pixels wide: the lens, the demosaicing and every enlargement mix
 * the colours of both sides there. Left with the background, the outer half of that fringe stays
 * behind as a thin ghost of the outline when the camera moves; carried along by the foreground it
 * is a rim in the colours of what the foreground stands before. So the near surface is drawn out
 * over it: over a pixel or more, and on for as long as colours still change outwards. */
#include "scene/scene_inside.h"

#include "base/threads.h"

#include <stdlib.h>
#include <string.h>

/* Photo pixels that a fringe has at least, on a side of so many pixels and for every so many more;
 * and how many times as wide it can be. */
enum { SIDE_A_PIXEL = 1500, MOST_TIMES = 4, MOST_WIDTH = 4 * (1 + RELIEF_MAX_SIDE / SIDE_A_PIXEL) };
/* Rows that tell how wide fringes are. */
enum { LOOKED_AT = 500 };
/* Levels by which the most different channel changes over twice that width in a fringe. */
enum { SETTLED = 8 };

typedef struct fringe_job {
    const uint8_t *pixels; /* of the photo's raster */
    int raster_width, raster_height, channels;
    int width, height; /* of q */
    int least;         /* width of a fringe */
    int length;        /* width of this photo's */
    const uint8_t *torn;
    float *q;
    uint8_t *tiles; /* in which q has changed; threads may set the same one */
} fringe_job;

/* Pixels in a row, in either direction of either axis. */
typedef struct walk {
    int x, y; /* the first on the far side */
    int step_x, step_y;
    int room; /* pixels from there to the frame */
} walk;

static const uint8_t *colour_at(const fringe_job *job, int x, int y) {
    const size_t column = (size_t)x * (size_t)job->raster_width / (size_t)job->width;
    const size_t row = (size_t)y * (size_t)job->raster_height / (size_t)job->height;
    return job->pixels + (row * (size_t)job->raster_width + column) * (size_t)job->channels;
}

/* Whether colours between two places are those of a surface, not of a border. */
static bool are_settled(const uint8_t *a, const uint8_t *b) {
    int most = 0;
    for (int c = 0; c < 3; c++) {
        const int difference = abs(a[c] - b[c]);
        most = difference > most ? difference : most;
    }
    return most < SETTLED;
}

/* How many pixels of the walk the fringe has. */
static int fringe_length(const fringe_job *job, const walk *w) {
    const int least = job->least, most = least * MOST_TIMES;
    int length = least;
    for (; length < most && length < w->room; length++) {
        const int ahead = length + 2 * least, further = ahead < w->room ? ahead : w->room - 1;
        const uint8_t *here = colour_at(job, w->x + length * w->step_x, w->y + length * w->step_y);
        if (are_settled(here,
                        colour_at(job, w->x + further * w->step_x, w->y + further * w->step_y)))
            break;
    }
    return length;
}

/* The walk away from the nearer of the two pixels at a border, one of which is (x, y). */
static walk walk_away(const fringe_job *job, int x, int y, bool down, float *near_q) {
    const int at = down ? y : x, size = down ? job->height : job->width;
    const float *q = job->q + (size_t)y * (size_t)job->width + (size_t)x;
    const float a = q[0], b = q[down ? job->width : 1];
    const int way = a > b ? 1 : -1, first = a > b ? at + 1 : at;
    *near_q = a > b ? a : b;
    return (walk){.x = down ? x : first,
                  .y = down ? first : y,
                  .step_x = down ? 0 : way,
                  .step_y = down ? way : 0,
                  .room = a > b ? size - first : first + 1};
}

/* How wide the photo's fringes are: the median. One width for all keeps outlines as smooth as they
 * are, and what a texture makes of some borders does not show. */
static int fringe_width(const fringe_job *job) {
    int64_t counts[MOST_WIDTH + 1] = {0}, total = 0, sum = 0;
    const int step = 1 + job->height / LOOKED_AT;
    for (int y = 0; y < job->height; y += step) {
        const uint8_t *torn = job->torn + (size_t)y * (size_t)job->width;
        for (int x = 0; x + 1 < job->width; x++) {
            float near_q;
            if (!(torn[x] & RL_TORN_RIGHT))
                continue;
            const walk w = walk_away(job, x, y, false, &near_q);
            counts[fringe_length(job, &w)]++;
            total++;
        }
    }
    int width = job->least;
    for (; width < job->least * MOST_TIMES; width++) {
        sum += counts[width];
        if (2 * sum >= total)
            break;
    }
    return width;
}

/* Whether a border is torn depends on so many pixels on both sides. */
enum { SIDE_PIXELS = 3 };

/* Note that the borders around a pixel are to be looked at again. */
static void mark(const fringe_job *job, int x, int y) {
    const int columns = rl_tiles_across(job->width);
    for (int k = 0; k < 4; k++) {
        int u = x + (k & 1 ? SIDE_PIXELS : -SIDE_PIXELS),
            v = y + (k & 2 ? SIDE_PIXELS : -SIDE_PIXELS);
        u = u < 0 ? 0 : u < job->width ? u : job->width - 1;
        v = v < 0 ? 0 : v < job->height ? v : job->height - 1;
        __atomic_store_n(&job->tiles[v / RL_TEAR_TILE * columns + u / RL_TEAR_TILE], 1,
                         __ATOMIC_RELAXED);
    }
}

/* Draw the surface with this q out over the fringe, but over nothing that is nearer. */
static void draw_out(const fringe_job *job, const walk *w, float near_q) {
    for (int k = 0; k < job->length && k < w->room; k++) {
        float *q = &job->q[(size_t)(w->y + k * w->step_y) * (size_t)job->width +
                           (size_t)(w->x + k * w->step_x)];
        if (*q >= near_q)
            return;
        *q = near_q;
        mark(job, w->x + k * w->step_x, w->y + k * w->step_y);
    }
}

/* The next border in [x, end) that is torn; most bytes are 0. */
static int next_torn(const uint8_t *torn, int x, int end, uint8_t bit) {
    while (x < end) {
        uint64_t many;
        if (x + (int)sizeof many <= end) {
            memcpy(&many, torn + x, sizeof many);
            if (!many) {
                x += (int)sizeof many;
                continue;
            }
        }
        if (torn[x] & bit)
            return x;
        x++;
    }
    return end;
}

/* Rows do not touch each other. */
static void draw_rows(void *arg, size_t begin, size_t end) {
    const fringe_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        const uint8_t *torn = job->torn + y * (size_t)job->width;
        int x = next_torn(torn, 0, job->width - 1, RL_TORN_RIGHT);
        for (; x < job->width - 1; x = next_torn(torn, x + 1, job->width - 1, RL_TORN_RIGHT)) {
            float near_q;
            const walk w = walk_away(job, x, (int)y, false, &near_q);
            draw_out(job, &w, near_q);
        }
    }
}

/* The same for columns, those of a band at a time. */
static void draw_columns(void *arg, size_t begin, size_t end) {
    const fringe_job *job = arg;
    for (int y = 0; y + 1 < job->height; y++) {
        const uint8_t *torn = job->torn + (size_t)y * (size_t)job->width;
        int x = next_torn(torn, (int)begin, (int)end, RL_TORN_DOWN);
        for (; x < (int)end; x = next_torn(torn, x + 1, (int)end, RL_TORN_DOWN)) {
            float near_q;
            const walk w = walk_away(job, x, y, true, &near_q);
            draw_out(job, &w, near_q);
        }
    }
}

int rl_fringe_take(relief_ctx *ctx, const relief_scene *scene, float *q, uint8_t *tiles) {
    enum { COLUMNS = 512, ROWS = 16 };
    const relief_camera *camera = &scene->info.camera;
    const int side = camera->width > camera->height ? camera->width : camera->height;
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(scene->photo, &info);
    fringe_job job = {.pixels = relief_image_pixels(scene->photo),
                      .raster_width = info.raster_width,
                      .raster_height = info.raster_height,
                      .channels = info.channels,
                      .width = camera->width,
                      .height = camera->height,
                      .least = 1 + side / SIDE_A_PIXEL,
                      .torn = scene->torn,
                      .q = q,
                      .tiles = tiles};
    job.length = fringe_width(&job);
    rl_parallel(ctx, (size_t)camera->height, ROWS, draw_rows, &job);
    rl_parallel(ctx, (size_t)camera->width, COLUMNS, draw_columns, &job);
    return job.length;
}
