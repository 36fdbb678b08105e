/* SPDX-License-Identifier: Apache-2.0 */
/* Holes of a map take the value of the nearest pixel that has one. */
#include "depth/depth_map.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

/* Steps from a pixel to the valid pixel that it takes its value from. */
typedef struct offset {
    int16_t x, y;
} offset;

/* Farther than any pixel of a map; its square still fits. */
#define FAR 20000

typedef struct field {
    offset *offsets;
    int width, height;
} field;

static int64_t distance(offset o) {
    return (int64_t)o.x * o.x + (int64_t)o.y * o.y;
}

/* Let pixel (x, y) take over what its neighbour at (x + dx, y + dy) knows. */
static void take(const field *f, int x, int y, int dx, int dy) {
    int nx = x + dx;
    int ny = y + dy;
    if (nx < 0 || ny < 0 || nx >= f->width || ny >= f->height) {
        return;
    }
    offset theirs = f->offsets[(size_t)ny * (size_t)f->width + (size_t)nx];
    if (abs(theirs.x) >= FAR) {
        return;
    }
    offset candidate = {(int16_t)(theirs.x + dx), (int16_t)(theirs.y + dy)};
    offset *mine = &f->offsets[(size_t)y * (size_t)f->width + (size_t)x];
    if (distance(candidate) < distance(*mine)) {
        *mine = candidate;
    }
}

static void sweep_row(const field *f, int y, int dy) {
    for (int x = 0; x < f->width; x++) {
        take(f, x, y, 0, dy);
        take(f, x, y, -1, dy);
        take(f, x, y, 1, dy);
        take(f, x, y, -1, 0);
    }
    for (int x = f->width - 1; x >= 0; x--) {
        take(f, x, y, 1, 0);
    }
}

relief_status rl_depth_fill(relief_ctx *ctx, float *values, int width, int height,
                            relief_depth_kind kind, int64_t *valid) {
    size_t count = (size_t)width * (size_t)height;
    *valid = 0;
    for (size_t i = 0; i < count; i++) {
        *valid += rl_depth_valid(values[i], kind);
    }
    if (*valid == 0 || *valid == (int64_t)count) {
        return RELIEF_OK;
    }
    field f = {.width = width, .height = height};
    relief_status status = rl_alloc_in(ctx, count, sizeof(offset), (void **)&f.offsets);
    if (status) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        f.offsets[i] = rl_depth_valid(values[i], kind) ? (offset){0, 0} : (offset){FAR, FAR};
    }
    for (int y = 0; y < height; y++) {
        sweep_row(&f, y, -1);
    }
    for (int y = height - 1; y >= 0; y--) {
        sweep_row(&f, y, 1);
    }
    /* Valid pixels point to themselves and are never written, so the order does not matter. */
    for (size_t i = 0; i < count; i++) {
        offset o = f.offsets[i];
        values[i] = values[(ptrdiff_t)i + (ptrdiff_t)o.y * width + o.x];
    }
    rl_free(f.offsets);
    return RELIEF_OK;
}
