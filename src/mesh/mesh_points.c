/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes to points: one in the middle of every pixel, or of every few. */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/layers.h"
#include "scene/scene_inside.h"

/* A raster of distances, every `step`-th of which becomes a point. */
typedef struct dotted {
    const float *values; /* height * width depths, or their inverses */
    bool inverse;
    const uint8_t *valid; /* NULL: all */
    int width, height, step;
} dotted;

/* Write the points to `out`, or only count them when it is NULL. */
static int64_t place_points(const dotted *from, rl_tess_vertex *out) {
    int64_t count = 0;
    for (int y = from->step / 2; y < from->height; y += from->step) {
        for (int x = from->step / 2; x < from->width; x += from->step) {
            const size_t at = (size_t)y * (size_t)from->width + (size_t)x;
            if (from->valid && !from->valid[at])
                continue;
            if (out) {
                const float value = from->values[at];
                out[count] = (rl_tess_vertex){.x = (float)x + 0.5F,
                                              .y = (float)y + 0.5F,
                                              .q = from->inverse ? value : 1 / value};
            }
            count++;
        }
    }
    return count;
}

static relief_status add_points(relief_ctx *ctx, relief_mesh *mesh, const dotted *from,
                                const rl_placement *placement, const rl_primitive *primitive) {
    rl_triangles points = {.vertex_count = place_points(from, NULL)};
    void *memory;
    relief_status status =
        rl_alloc_in(ctx, (size_t)points.vertex_count, sizeof(rl_tess_vertex), &memory);
    if (status)
        return status;
    points.vertices = memory;
    (void)place_points(from, points.vertices);
    status = rl_mesh_add(ctx, mesh, &points, placement, primitive);
    rl_free(memory);
    return status;
}

/* The step for at most `grid` points on the long side of a photo; 1 for 0. */
static int find_step(const relief_camera *camera, int grid) {
    const int side = camera->width > camera->height ? camera->width : camera->height;
    return grid > 0 && grid < side ? (side + grid - 1) / grid : 1;
}

relief_status rl_mesh_fill_points(relief_ctx *ctx, const relief_scene *scene, int grid,
                                  relief_mesh *mesh) {
    const relief_camera *camera = &scene->info.camera;
    const rl_back *back = scene->back;
    const int step = find_step(camera, grid);
    relief_status status = RELIEF_OK;
    if (back) {
        const int cells = (int)(step / back->cell_px);
        const dotted behind = {.values = back->q,
                               .inverse = true,
                               .valid = back->valid,
                               .width = back->width,
                               .height = back->height,
                               .step = cells > 1 ? cells : 1};
        const rl_placement placement = rl_back_placement(scene);
        status = add_points(ctx, mesh, &behind, &placement, &(rl_primitive){.name = "fill"});
    }
    if (status)
        return status;
    const dotted front = {
        .values = scene->depth, .width = camera->width, .height = camera->height, .step = step};
    const rl_placement placement = rl_front_placement(scene);
    return add_points(ctx, mesh, &front, &placement, &(rl_primitive){.name = "photo"});
}
