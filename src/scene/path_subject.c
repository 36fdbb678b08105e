/* SPDX-License-Identifier: Apache-2.0 */
/* What a photo is of, and which way to it uncovers least. */
#include "scene/path.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How much each counts: being there at all, colours that differ from the photo's mean, nearness. */
static const double BASE = 0.05;
/* The middle of the photo counts more: of a bell curve, in shares of the sides. */
static const double BELL = 0.30;
/* What belongs together around the subject's middle: as BELL; and steps towards that middle. */
static const double AROUND_SUBJECT = 0.18;
enum { SHIFTS = 12 };
/* How far nearness is averaged to tell what stands out from the ground, in shares of the width. */
static const double WIDE = 0.25;
/* Neighbours whose depths differ by this share belong to two things. */
static const double APART = 0.08;
/* What is joined to the subject belongs to it between these depths, in shares of its own. */
static const double BODY_NEAR = 0.5, BODY_FAR = 1.4;
/* As wide as this at the upper edge it is a background; in shares of the width. */
static const double BACKGROUND = 0.6;
/* Share of a body's height that is its upper part; and of its width that a row of it has. */
static const double UPPER = 0.35, ROW = 0.12;
/* Ends that are tried, as a square around the way to the subject; and how far the outermost are. */
enum { TRIED = 5 };
static const double SPREAD = 0.5;
/* A way aside costs as much as this share of the photo uncovered, at most. */
static const double ASIDE_COST = 0.004;
/* Pixels get as far on a way aside as this many times what they do straight ahead, at most: it
 * would be another kind of move, and flicker more. */
static const double MOST_MOTION = 1.5;

/* Means over a row's window of 2 * radius + 1 values. */
static void blur_line(const double *in, double *out, int count, size_t step, int radius) {
    for (int i = 0; i < count; i++) {
        double sum = 0;
        const int a = i - radius < 0 ? 0 : i - radius;
        const int b = i + radius >= count ? count - 1 : i + radius;
        for (int k = a; k <= b; k++)
            sum += in[(size_t)k * step];
        out[(size_t)i * step] = sum / (b - a + 1);
    }
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Scale values to 0..1 between two of their quantiles. `sorted` is room for as many. */
static void normalise(double *values, double *sorted, size_t count, double low, double high) {
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    const double a = sorted[(size_t)(low * (double)(count - 1))];
    const double b = sorted[(size_t)(high * (double)(count - 1))];
    for (size_t i = 0; i < count; i++)
        values[i] = b > a ? fmax(0, fmin(1, (values[i] - a) / (b - a))) : 0;
}

/* How near each pixel is, and how much nearer than what is to its left and right: half each. */
static void rate_nearness(const relief_sight *sight, double *out, double *room, double *sorted) {
    const int width = sight->width, height = sight->height;
    const size_t count = (size_t)width * (size_t)height;
    for (size_t i = 0; i < count; i++)
        out[i] = sight->depth[i] > 0 ? 1 / (double)sight->depth[i] : 0;
    for (int y = 0; y < height; y++)
        blur_line(out + (size_t)y * (size_t)width, room + (size_t)y * (size_t)width, width, 1,
                  (int)(WIDE * width));
    for (size_t i = 0; i < count; i++)
        room[i] = fmax(0, out[i] - room[i]);
    normalise(out, sorted, count, 0.05, 0.95);
    normalise(room, sorted, count, 0.05, 0.98);
    for (size_t i = 0; i < count; i++)
        out[i] = 0.5 * (out[i] + room[i]);
}

/* How much the colours around each pixel differ from the photo's mean (Achanta et al. 2009, in
 * plain differences of colours). */
static void rate_colours(const relief_sight *sight, double *out, double *room, double *sorted) {
    const int width = sight->width, height = sight->height;
    const size_t count = (size_t)width * (size_t)height;
    const int radius = 1 + width / 64;
    memset(out, 0, count * sizeof *out);
    for (int c = 0; c < 3; c++) {
        double mean = 0;
        for (size_t i = 0; i < count; i++) {
            room[i] = sight->rgb[3 * i + (size_t)c];
            mean += room[i] / (double)count;
        }
        for (int y = 0; y < height; y++)
            blur_line(room + (size_t)y * (size_t)width, sorted + (size_t)y * (size_t)width, width,
                      1, radius);
        for (int x = 0; x < width; x++)
            blur_line(sorted + x, room + x, height, (size_t)width, radius);
        for (size_t i = 0; i < count; i++)
            out[i] += (room[i] - mean) * (room[i] - mean);
    }
    for (size_t i = 0; i < count; i++)
        out[i] = sqrt(out[i]);
    normalise(out, sorted, count, 0.05, 0.98);
}

/* Depth that half of the weight is nearer than. */
static double middle_depth(const relief_sight *sight, const double *weights, double (*pairs)[2]) {
    const size_t count = (size_t)sight->width * (size_t)sight->height;
    double total = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        pairs[i][0] = sight->depth[i] > 0 ? (double)sight->depth[i] : 1;
        pairs[i][1] = weights[i];
        total += weights[i];
    }
    qsort(pairs, count, sizeof *pairs, compare);
    size_t k = 0;
    while (k + 1 < count && (sum += pairs[k][1]) < 0.5 * total)
        k++;
    return pairs[k][0];
}

/* Narrow the weights to a bell around `middle`, whose width is told in shares of the sides. */
static void narrow(const relief_sight *sight, const double *weights, const double middle[2],
                   double bell, double *out) {
    for (int y = 0; y < sight->height; y++) {
        for (int x = 0; x < sight->width; x++) {
            const size_t at = (size_t)y * (size_t)sight->width + (size_t)x;
            const double u = ((x + 0.5) / sight->width - middle[0]) / bell;
            const double v = ((y + 0.5) / sight->height - middle[1]) / bell;
            out[at] = weights[at] * exp(-0.5 * (u * u + v * v));
        }
    }
}

/* The weights' middle, and how wide they spread. */
static void find_middle(const relief_sight *sight, const double *weights, double middle[2],
                        double *spread) {
    double sum = 0, mean[2] = {0, 0}, square = 0;
    for (int y = 0; y < sight->height; y++) {
        for (int x = 0; x < sight->width; x++) {
            const double w = weights[(size_t)y * (size_t)sight->width + (size_t)x];
            const double at[2] = {(x + 0.5) / sight->width, (y + 0.5) / sight->height};
            sum += w;
            mean[0] += w * at[0];
            mean[1] += w * at[1];
            square += w * at[0] * at[0];
        }
    }
    for (int k = 0; k < 2; k++)
        middle[k] = sum > 0 ? mean[k] / sum : 0.5;
    *spread = sum > 0 ? sqrt(fmax(0, square / sum - middle[0] * middle[0])) : 0.1;
}

/* Between two things there is neither: from the middle of all it goes to that of what is around it,
 * again and again (mean shift, Comaniciu and Meer 2002). `pairs` is room for twice the pixels. */
static void weigh(relief_sight *sight, const double *weights, double *narrowed,
                  double (*pairs)[2]) {
    double spread;
    find_middle(sight, weights, sight->subject, &spread);
    for (int step = 0; step < SHIFTS; step++) {
        narrow(sight, weights, sight->subject, AROUND_SUBJECT, narrowed);
        find_middle(sight, narrowed, sight->subject, &spread);
    }
    sight->subject_width = fmin(1, 2 * spread);
    sight->focus = fmax(1, middle_depth(sight, narrowed, pairs));
}

static bool belongs(const relief_sight *sight, double depth, double beside) {
    return depth > BODY_NEAR * sight->focus && depth < BODY_FAR * sight->focus &&
           fabs(depth - beside) < APART * fmin(depth, beside);
}

/* Mark what is joined to pixel `seed`; `list` is room for all pixels. The marked are counted. */
static size_t mark_body(const relief_sight *sight, size_t seed, uint8_t *marks, size_t *list) {
    const size_t width = (size_t)sight->width, count = width * (size_t)sight->height;
    size_t used = 1;
    memset(marks, 0, count);
    marks[seed] = 1;
    list[0] = seed;
    for (size_t next = 0; next < used; next++) {
        const size_t at = list[next], x = at % width;
        const size_t beside[4] = {x ? at - 1 : at, x + 1 < width ? at + 1 : at,
                                  at >= width ? at - width : at,
                                  at + width < count ? at + width : at};
        for (int k = 0; k < 4; k++) {
            if (marks[beside[k]] ||
                !belongs(sight, (double)sight->depth[beside[k]], (double)sight->depth[at]))
                continue;
            marks[beside[k]] = 1;
            list[used++] = beside[k];
        }
    }
    return used;
}

static int count_row(const relief_sight *sight, const uint8_t *marks, int y) {
    int count = 0;
    for (int x = 0; x < sight->width; x++)
        count += marks[(size_t)y * (size_t)sight->width + (size_t)x];
    return count;
}

/* Where the subject ends upwards, and the middle of its upper part. A shape that is no body (small,
 * or a background) leaves both as they are. */
static void find_upper_part(relief_sight *sight, uint8_t *marks, size_t *list) {
    const int width = sight->width, height = sight->height;
    const int at[2] = {(int)fmin(width - 1, sight->subject[0] * width),
                       (int)fmin(height - 1, sight->subject[1] * height)};
    const size_t seed = (size_t)at[1] * (size_t)width + (size_t)at[0];
    sight->upper = sight->subject[0];
    sight->top = sight->subject[1];
    const double depth = (double)sight->depth[seed];
    if (!belongs(sight, depth, depth))
        return;
    const size_t used = mark_body(sight, seed, marks, list);
    int widest = 0, top = 0, bottom = 0;
    for (int y = 0; y < height; y++) {
        const int row = count_row(sight, marks, y);
        widest = row > widest ? row : widest;
        bottom = row ? y : bottom;
    }
    while (count_row(sight, marks, top) < fmax(1, ROW * widest))
        top++;
    if (used * 100 < (size_t)width * (size_t)height ||
        (top == 0 && count_row(sight, marks, 0) > BACKGROUND * width))
        return;
    const int end = top + 1 + (int)(UPPER * (bottom - top));
    double sum = 0, middle = 0;
    for (size_t i = 0; i < used; i++) {
        if ((int)(list[i] / (size_t)width) >= end)
            continue;
        sum++;
        middle += (double)(list[i] % (size_t)width) + 0.5;
    }
    sight->top = fmin(sight->top, (double)top / height);
    sight->upper = sum > 0 ? middle / sum / width : sight->upper;
}

relief_status rl_sight_find_subject(relief_ctx *ctx, relief_sight *sight) {
    const size_t count = (size_t)sight->width * (size_t)sight->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, count, 6 * sizeof(double), &block);
    if (status)
        return status;
    double *nearness = block, *colours = nearness + count, *room = colours + count;
    double *sorted = room + count; /* and as much behind it */
    rate_nearness(sight, nearness, room, sorted);
    rate_colours(sight, colours, room, sorted);
    for (size_t at = 0; at < count; at++) {
        const double rated = (BASE + nearness[at]) * (BASE + colours[at]);
        nearness[at] = rated * rated;
    }
    static const double middle[2] = {0.5, 0.5};
    narrow(sight, nearness, middle, BELL, nearness);
    weigh(sight, nearness, colours, (double(*)[2])room);
    find_upper_part(sight, (uint8_t *)nearness, (size_t *)room);
    rl_free(block);
    return RELIEF_OK;
}

/* What a camera that stands at `end` sees between two neighbours that belong to different things,
 * in pixels of the rasters: the gap that opens between them. */
static double gap(const relief_sight *sight, int x, int y, int axis, const double end[3]) {
    const size_t at = (size_t)y * (size_t)sight->width + (size_t)x;
    const double za = (double)sight->depth[at];
    const double zb = (double)sight->depth[at + (axis ? (size_t)sight->width : 1)];
    if (!(za > 0) || !(zb > 0) || fabs(za - zb) < APART * fmin(za, zb))
        return 0;
    const double focal = sight->source.focal_px * sight->width / sight->source.width;
    const double middle = axis ? 0.5 * sight->height - (y + 1) : x + 1 - 0.5 * sight->width;
    const double ray = middle / focal;
    double place[2];
    for (int k = 0; k < 2; k++) {
        const double z = k ? zb : za;
        place[k] = z > end[2] ? (ray * z - end[axis]) / (z - end[2]) : ray;
    }
    const double opens = axis ? place[0] - place[1] : place[1] - place[0];
    return fmax(0, opens * focal);
}

/* The share of the photo that comes to light on the way to `end`. */
static double uncovered(const relief_sight *sight, const double end[3]) {
    double sum = 0;
    for (int y = 0; y < sight->height; y++) {
        for (int x = 0; x < sight->width; x++) {
            if (x + 1 < sight->width)
                sum += gap(sight, x, y, 0, end);
            if (y + 1 < sight->height)
                sum += gap(sight, x, y, 1, end);
        }
    }
    return sum / ((double)sight->width * sight->height);
}

double rl_path_motion(const relief_sight *sight, const double end[3]) {
    const double focal = sight->source.focal_px * sight->width / sight->source.width;
    double sum = 0;
    for (int y = 0; y < sight->height; y++) {
        for (int x = 0; x < sight->width; x++) {
            const double z = (double)sight->depth[(size_t)y * (size_t)sight->width + (size_t)x];
            const double ray[2] = {(x + 0.5 - 0.5 * sight->width) / focal,
                                   (0.5 * sight->height - y - 0.5) / focal};
            if (z > end[2])
                sum += hypot((ray[0] * z - end[0]) / (z - end[2]) - ray[0],
                             (ray[1] * z - end[1]) / (z - end[2]) - ray[1]);
        }
    }
    return sum * focal / ((double)sight->width * sight->height) / sight->width;
}

void rl_path_find_end(const relief_sight *sight, double reach, double end[3]) {
    const double middle[2] = {end[0], end[1]};
    const double most_motion = MOST_MOTION * rl_path_motion(sight, end);
    double least = INFINITY;
    for (int j = 0; j < TRIED; j++) {
        for (int i = 0; i < TRIED; i++) {
            const double aside[2] = {SPREAD * (2.0 * i / (TRIED - 1) - 1),
                                     SPREAD * (2.0 * j / (TRIED - 1) - 1)};
            const double tried[3] = {middle[0] + reach * aside[0], middle[1] + reach * aside[1],
                                     end[2]};
            const double cost =
                uncovered(sight, tried) + ASIDE_COST * hypot(aside[0], aside[1]) / SPREAD;
            const bool straight = 2 * i == TRIED - 1 && 2 * j == TRIED - 1;
            if (cost < least && (straight || rl_path_motion(sight, tried) <= most_motion)) {
                least = cost;
                end[0] = tried[0];
                end[1] = tried[1];
            }
        }
    }
}
