/* SPDX-License-Identifier: Apache-2.0 */
/* Depth edges as steps, not ramps.
 *
 * Left alone, the ramps that a network draws across depth edges become rubber sheets between
 * subject and background. ramps.c finds them and the surfaces at their two ends, sides.c tells on
 * which side of the silhouette each pixel of the guide lies; here every photo pixel of a ramp goes
 * to one of the two ends. */
#include "scene/sharpen.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "scene/enlarge.h"

#include <string.h>

/* Photo pixels for a pixel of a given map from which its ramps matter; a network's always do. */
static const double LEAST_SCALE = 1.25;
rl_tap rl_tap_at(int position, double step, int coarse_size) {
    double at = (position + 0.5) * step - 0.5;
    at = at < 0 ? 0 : at > coarse_size - 1 ? coarse_size - 1 : at;
    int left = (int)at;
    return (rl_tap){.left = left,
                    .right = left + 1 < coarse_size ? left + 1 : left,
                    .share = (float)(at - left)};
}

relief_status rl_taps_new(relief_ctx *ctx, int size, double step, int coarse_size, rl_tap **out) {
    void *block;
    relief_status status = rl_alloc_in(ctx, (size_t)size, sizeof(rl_tap), &block);
    if (status)
        return status;
    *out = block;
    for (int x = 0; x < size; x++)
        (*out)[x] = rl_tap_at(x, step, coarse_size);
    return RELIEF_OK;
}

/* Bilinear resampling of a raster of width x height floats, then, where `coarse` is given, the
 * snap. */
typedef struct fine_job {
    const rl_enlargement *enlargement; /* NULL: `map` is looked at */
    const float *map;                  /* NULL: q already holds the smooth values */
    int map_width, map_height;
    const rl_tap *map_taps;
    const rl_coarse *coarse; /* NULL: no snap */
    const rl_tap *coarse_taps;
    const uint8_t *calm; /* of the places between coarse pixels, by the one above left of them */
    const int *columns;  /* of the raster, that lie right of each coarse column: [columns[i],
                            columns[i + 1]) */
    const rl_sides *sides;
    const rl_tap *guide_taps;
    int width, height;
    float *q;
} fine_job;

static void resample_row(const fine_job *job, int y, float *q) {
    rl_tap row = rl_tap_at(y, (double)job->map_height / job->height, job->map_height);
    const float *top = job->map + (size_t)row.left * (size_t)job->map_width;
    const float *bottom = job->map + (size_t)row.right * (size_t)job->map_width;
    for (int x = 0; x < job->width; x++)
        q[x] = rl_between(top, bottom, job->map_taps[x], row.share);
}

/* The share of the near surface at a photo pixel, from the guide pixels around it that lie in
 * ramps; `otherwise` where none does. */
static inline float share_at(const rl_sides *sides, rl_tap column, rl_tap row, float otherwise) {
    const float *top = sides->share + (size_t)row.left * (size_t)sides->width;
    const float *bottom = sides->share + (size_t)row.right * (size_t)sides->width;
    const float values[4] = {top[column.left], top[column.right], bottom[column.left],
                             bottom[column.right]};
    const float weights[4] = {(1 - column.share) * (1 - row.share), column.share * (1 - row.share),
                              (1 - column.share) * row.share, column.share * row.share};
    float sum = 0, total = 0;
    for (int k = 0; k < 4; k++) {
        if (values[k] >= 0) {
            sum += weights[k] * values[k];
            total += weights[k];
        }
    }
    return total > 0 ? sum / total : otherwise;
}

static rl_tap coarse_row(const fine_job *job, int y) {
    return rl_tap_at(y, (double)job->coarse->height / job->height, job->coarse->height);
}

/* Snap columns [begin, end) of row y. */
static void snap_run(const fine_job *job, int y, int begin, int end, float *q) {
    const rl_coarse *coarse = job->coarse;
    const rl_tap row = coarse_row(job, y);
    const rl_tap guide_row = rl_tap_at(y, job->sides->down / job->height, job->sides->height);
    const size_t top = (size_t)row.left * (size_t)coarse->width;
    const size_t bottom = (size_t)row.right * (size_t)coarse->width;
    for (int x = begin; x < end; x++) {
        const rl_tap tap = job->coarse_taps[x];
        const float near_side =
            rl_between(coarse->near_side + top, coarse->near_side + bottom, tap, row.share);
        const float far_side =
            rl_between(coarse->far_side + top, coarse->far_side + bottom, tap, row.share);
        /* Away from edges both sides are the map's own q, and the finer value stays. */
        if (!rl_is_edge(near_side, far_side))
            continue;
        const float level = q[x] > 0.5F * (near_side + far_side) ? 1 : 0;
        q[x] = share_at(job->sides, job->guide_taps[x], guide_row, level) > 0.5F ? near_side
                                                                                 : far_side;
    }
}

static void snap_row(const fine_job *job, int y, float *q) {
    const rl_tap row = coarse_row(job, y);
    const uint8_t *calm = job->calm + (size_t)row.left * (size_t)job->coarse->width;
    for (int i = 0; i < job->coarse->width; i++)
        if (!calm[i])
            snap_run(job, y, job->columns[i], job->columns[i + 1], q);
}

/* The columns right of each coarse one. The caller frees *out. */
static relief_status find_columns(relief_ctx *ctx, const fine_job *job, int coarse_width,
                                  int **out) {
    void *block;
    relief_status status = rl_alloc_in(ctx, (size_t)coarse_width + 1, sizeof(int), &block);
    if (status)
        return status;
    *out = block;
    int x = 0;
    for (int i = 0; i <= coarse_width; i++) {
        while (x < job->width && job->coarse_taps[x].left < i)
            x++;
        (*out)[i] = x;
    }
    return RELIEF_OK;
}

/* Where near and far side are the same at all four coarse pixels around a place, they are between
 * them. The caller frees *out. */
static relief_status find_calm(relief_ctx *ctx, const rl_coarse *coarse, uint8_t **out) {
    const int width = coarse->width, height = coarse->height;
    void *block;
    relief_status status = rl_alloc_in(ctx, (size_t)width * (size_t)height, 1, &block);
    if (status)
        return status;
    *out = block;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const size_t at = (size_t)y * (size_t)width + (size_t)x;
            const size_t right = x + 1 < width, below = y + 1 < height ? (size_t)width : 0;
            const size_t around[4] = {at, at + right, at + below, at + below + right};
            bool calm = true;
            for (int k = 0; k < 4; k++)
                calm = calm && coarse->near_side[around[k]] == coarse->far_side[around[k]];
            (*out)[at] = calm;
        }
    }
    return RELIEF_OK;
}

static void fine_rows(void *arg, size_t begin, size_t end) {
    const fine_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        float *q = job->q + y * (size_t)job->width;
        if (job->enlargement)
            rl_enlarged_q(job->enlargement, (int)y, q);
        else if (job->map)
            resample_row(job, (int)y, q);
        if (job->coarse)
            snap_row(job, (int)y, q);
    }
}

typedef struct pick_job {
    const rl_geometry *geometry;
    const float *values;
    int map_width, map_height, width, height;
    float *q;
} pick_job;

/* q of the map's nearest pixels: exact where the map is as large as the raster or larger. */
static void pick_rows(void *arg, size_t begin, size_t end) {
    const pick_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        size_t from = y * (size_t)job->map_height / (size_t)job->height;
        const float *row = job->values + from * (size_t)job->map_width;
        float *q = job->q + y * (size_t)job->width;
        if (job->map_width != job->width) {
            for (size_t x = 0; x < (size_t)job->width; x++)
                q[x] = row[(2 * x + 1) * (size_t)job->map_width / (2 * (size_t)job->width)];
            row = q;
        }
        rl_geometry_apply(job->geometry, row, q, (size_t)job->width);
    }
}

/* q of the map on the coarse raster, by interpolation; the same size is borrowed. *own: what is to
 * be freed. */
static relief_status shrink_map(relief_ctx *ctx, const rl_raster *map, rl_raster *coarse,
                                float **own) {
    if (coarse->width == map->width && coarse->height == map->height) {
        coarse->data = map->data;
        return RELIEF_OK;
    }
    void *block;
    relief_status status =
        rl_alloc_in(ctx, (size_t)coarse->width * (size_t)coarse->height, sizeof(float), &block);
    if (status)
        return status;
    coarse->data = *own = block;
    coarse->channels = 1;
    return rl_resample(ctx, map, RL_FILTER_LINEAR, coarse);
}

/* The size of the raster on which the map's edges were drawn: the network's, or the map's own. */
static void coarse_size(const relief_depth_info *info, rl_coarse *out) {
    bool network = info->network_width > 0 && info->network_height > 0;
    out->width = network && info->network_width < info->width ? info->network_width : info->width;
    out->height =
        network && info->network_height < info->height ? info->network_height : info->height;
}

static relief_status find_parallax(relief_ctx *ctx, const relief_scene *scene, const rl_raster *q,
                                   rl_coarse *coarse) {
    const double share = 0.999;
    float nearest = 1;
    relief_status status =
        rl_quantiles(ctx, q->data, (size_t)q->width * (size_t)q->height, &share, &nearest, 1);
    const double focal = scene->info.camera.focal_px * q->width / scene->info.camera.width;
    coarse->parallax = (float)(focal * scene->travel / nearest);
    return status;
}

bool rl_map_is_soft(const relief_depth_info *map, const relief_camera *camera) {
    rl_coarse coarse = {0};
    coarse_size(map, &coarse);
    return map->network_width > 0 || camera->width > LEAST_SCALE * coarse.width ||
           camera->height > LEAST_SCALE * coarse.height;
}

/* Turn the ramps of q, which is at photo size already or still on `map`, into steps. */
static relief_status snap(relief_ctx *ctx, const relief_scene *scene, const rl_raster *map,
                          rl_coarse *coarse, fine_job *fine) {
    rl_guide guide = {0};
    rl_sides sides = {0};
    rl_tap *taps[2] = {NULL, NULL};
    uint8_t *calm = NULL;
    int *columns = NULL;
    float *own = NULL;
    rl_raster small = {.width = coarse->width, .height = coarse->height};
    relief_status status = shrink_map(ctx, map, &small, &own);
    if (!status)
        status = find_parallax(ctx, scene, &small, coarse);
    if (!status)
        status = rl_coarse_find(ctx, small.data, coarse);
    if (!status)
        status = rl_guide_make(ctx, scene->photo, &guide);
    if (!status)
        status = rl_sides_find(ctx, &guide, coarse, &small, &sides);
    if (!status)
        status = rl_sides_smooth(ctx, &guide, coarse, &sides);
    if (!status)
        status = rl_taps_new(ctx, fine->width, (double)coarse->width / fine->width, coarse->width,
                             &taps[0]);
    if (!status)
        status = rl_taps_new(ctx, fine->width, guide.across / fine->width, guide.width, &taps[1]);
    fine->coarse_taps = taps[0];
    if (!status)
        status = find_calm(ctx, coarse, &calm);
    if (!status)
        status = find_columns(ctx, fine, coarse->width, &columns);
    if (!status)
        status = rl_check_cancel(ctx);
    if (!status) {
        fine->coarse = coarse;
        fine->calm = calm;
        fine->columns = columns;
        fine->sides = &sides;
        fine->guide_taps = taps[1];
        rl_parallel_uneven(ctx, (size_t)fine->height, 16, fine_rows, fine);
    }
    rl_free(calm);
    rl_free(columns);
    rl_free(sides.share);
    rl_free(taps[0]);
    rl_free(taps[1]);
    rl_free(own);
    rl_guide_clear(&guide);
    return status;
}

/* In the ring along the frame the values from further in stand in. */
static void mend_frame(const relief_depth_info *info, rl_raster *q) {
    const rl_ring ring = rl_ring_of(info, q->width, q->height);
    const size_t width = (size_t)q->width;
    for (int y = ring.y; y < q->height - ring.y; y++) {
        float *row = q->data + (size_t)y * width;
        for (int x = 0; x < ring.x; x++) {
            row[x] = row[ring.x];
            row[q->width - 1 - x] = row[q->width - 1 - ring.x];
        }
    }
    for (int y = 0; y < ring.y; y++) {
        const size_t bottom = (size_t)(q->height - 1 - y), inner = (size_t)(q->height - 1 - ring.y);
        memcpy(q->data + (size_t)y * width, q->data + (size_t)ring.y * width,
               width * sizeof(float));
        memcpy(q->data + bottom * width, q->data + inner * width, width * sizeof(float));
    }
}

relief_status rl_sharpen(relief_ctx *ctx, const relief_scene *scene, const relief_depth *map,
                         const rl_geometry *geometry, float *q) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    const relief_camera *size = &scene->info.camera;
    relief_depth_get_info(map, &info);
    rl_coarse coarse = {0};
    coarse_size(&info, &coarse);
    /* A map smaller than the photo on either side is interpolated, any other is picked from. */
    const bool smaller = info.width < size->width || info.height < size->height;
    const bool ramps = rl_map_is_soft(&info, size);
    rl_raster own = {.data = q,
                     .width = smaller ? info.width : size->width,
                     .height = smaller ? info.height : size->height,
                     .channels = 1};
    fine_job fine = {.width = size->width, .height = size->height, .q = q};
    rl_enlargement enlargement = {0};
    rl_tap *taps = NULL;
    void *block = NULL;
    relief_status status = RELIEF_OK;
    if (smaller)
        status = rl_alloc_in(ctx, (size_t)own.width * (size_t)own.height, sizeof(float), &block);
    if (!status && smaller) {
        own.data = block;
        fine.map = block;
        fine.map_width = own.width;
        fine.map_height = own.height;
        status = rl_taps_new(ctx, size->width, (double)own.width / size->width, own.width, &taps);
        fine.map_taps = taps;
    }
    if (!status && rl_is_left_small(&info, size)) {
        status = rl_enlarge(ctx, map, size, geometry, &enlargement);
        fine.enlargement = &enlargement;
    }
    if (!status) {
        pick_job pick = {.geometry = geometry,
                         .values = relief_depth_values(map),
                         .map_width = info.width,
                         .map_height = info.height,
                         .width = own.width,
                         .height = own.height,
                         .q = own.data};
        rl_parallel(ctx, (size_t)own.height, 16, pick_rows, &pick);
        mend_frame(&info, &own);
        if (ramps)
            status = snap(ctx, scene, &own, &coarse, &fine);
        else if (smaller)
            rl_parallel(ctx, (size_t)size->height, 16, fine_rows, &fine);
    }
    rl_coarse_clear(&coarse);
    rl_enlargement_clear(&enlargement);
    rl_free(taps);
    rl_free(block);
    return status;
}
