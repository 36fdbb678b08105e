/* SPDX-License-Identifier: Apache-2.0 */
/* The back layer as a primitive of a mesh: its triangles and its texture. */
#include "mesh/ground.h"
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"
#include "scene/layers.h"

#include <math.h>

/* Most triangles of the layer, as a share of those of the mesh. */
static const double TRIANGLE_SHARE = 0.5;
/* How far the layer is set back: in errors of one layer at pixel corners, of which a surface may be
 * twice as far off between them; and at most to this share of its q. */
static const double SET_BACK = 4, LEAST_SHARE = 0.5;

rl_placement rl_back_placement(const relief_scene *scene) {
    const rl_back *back = scene->back;
    const relief_camera *camera = &scene->info.camera;
    return (rl_placement){.focal_px = camera->focal_px / back->cell_px,
                          .centre_x = back->left + 0.5 * camera->width / back->cell_px,
                          .centre_y = back->top + 0.5 * camera->height / back->cell_px,
                          .width = back->width,
                          .height = back->height};
}

typedef struct set_back_job {
    const rl_back *back;
    const rl_tess_bounds *bounds;
    float *out;
} set_back_job;

float rl_back_set(const rl_tess_bounds *bounds, double q) {
    const double of_depth = bounds->depth_error * q;
    const double error = of_depth < bounds->q_error ? of_depth : bounds->q_error;
    const double set = q - SET_BACK * error, least = q * LEAST_SHARE;
    return (float)(set > least ? set : least);
}

/* The farthest q of the valid ones of each cell of row y and those above and below it. */
RL_EVERY_WIDTH static void find_farthest(const rl_back *back, size_t y, float *out) {
    const size_t width = (size_t)back->width, height = (size_t)back->height;
    const size_t first = y > 0 ? y - 1 : 0, last = y + 1 < height ? y + 1 : y;
    for (size_t x = 0; x < width; x++)
        out[x] = INFINITY;
    for (size_t v = first; v <= last; v++) {
        const float *q = back->q + v * width;
        const uint8_t *valid = back->valid + v * width;
        for (size_t x = 0; x < width; x++) {
            const float own = valid[x] ? q[x] : INFINITY;
            out[x] = own < out[x] ? own : out[x];
        }
    }
}

static inline float least_of(float a, float b) {
    return a < b ? a : b;
}

/* A vertex between cells is a mean of those that touch it, and none of them may come forward by
 * that: each is set back from the farthest of the valid ones around it and of its own. */
static void set_rows_back(void *arg, size_t begin, size_t end) {
    const set_back_job *job = arg;
    const size_t width = (size_t)job->back->width;
    for (size_t y = begin; y < end; y++) {
        float *out = job->out + y * width, before = INFINITY;
        const float *q = job->back->q + y * width;
        find_farthest(job->back, y, out);
        for (size_t x = 0; x < width; x++) {
            const float here = out[x], after = x + 1 < width ? out[x + 1] : INFINITY;
            const float farthest = least_of(least_of(before, here), least_of(after, q[x]));
            before = here;
            out[x] = rl_back_set(job->bounds, (double)farthest);
        }
    }
}

/* The layer's q, set back by as much as the triangles of both layers may leave their surfaces: it
 * goes on where the front's far side ends, and must not come through the front there. The caller
 * frees *out. */
static relief_status set_back(relief_ctx *ctx, const rl_back *back, const rl_tess_bounds *bounds,
                              float **out) {
    const size_t count = (size_t)back->width * (size_t)back->height;
    void *memory;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), &memory);
    if (status)
        return status;
    *out = memory;
    set_back_job job = {.back = back, .bounds = bounds, .out = memory};
    rl_parallel_uneven(ctx, (size_t)back->height, 16, set_rows_back, &job);
    return RELIEF_OK;
}

relief_status rl_mesh_add_back(relief_ctx *ctx, const relief_scene *scene,
                               const rl_tess_bounds *bounds, relief_mesh *mesh) {
    const rl_back *back = scene->back;
    float *q = NULL;
    rl_tess_bounds own = *bounds;
    rl_triangles triangles = {0};
    /* Its pixels are cells. */
    own.uv_px = bounds->uv_px / back->cell_px;
    own.outline_px = 0;
    own.grid = 0;
    own.most = (int64_t)((double)bounds->most * TRIANGLE_SHARE);
    const int64_t ground = rl_ground_triangles(back);
    const bool has_ground = ground < own.most / 2;
    own.most -= has_ground ? ground : 0;
    own.most = own.most > 2 ? own.most : 2;
    relief_status status = set_back(ctx, back, bounds, &q);
    const rl_surface surface = {
        .width = back->width, .height = back->height, .q = q, .valid = back->valid};
    if (!status)
        status = rl_tessellate(ctx, &surface, &own, &triangles);
    rl_free(q);
    if (!status && triangles.triangle_count > 0 && has_ground)
        status = rl_ground_add(ctx, back, bounds, &triangles);
    if (!status && triangles.triangle_count > 0) {
        const rl_placement placement = rl_back_placement(scene);
        const rl_primitive fill = {
            .name = "fill", .pixels = &back->colour, .alpha = RL_ALPHA_OPAQUE};
        status = rl_mesh_add(ctx, mesh, &triangles, &placement, &fill);
    }
    rl_triangles_clear(&triangles);
    return status;
}
