/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes to planes: a flat grid that shows the photo, to be displaced by a picture of the disparity
 * in whatever program it is opened in. */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "scene/scene_inside.h"

#include <math.h>

enum { DEFAULT_CELLS = 128 };
static const double LONG_SIDE = 2; /* of the plane, in units */

typedef struct relief_job {
    const float *depth;
    double far_q, span;
    float *out;
} relief_job;

static void find_shares(void *arg, size_t begin, size_t end) {
    const relief_job *job = arg;
    for (size_t k = begin; k < end; k++) {
        const double share =
            job->span > 0 ? (1 / (double)job->depth[k] - job->far_q) / job->span : 0;
        job->out[k] = (float)(share < 0 ? 0 : share > 1 ? 1 : share);
    }
}

relief_status rl_scene_heights(relief_ctx *ctx, const relief_scene *scene, float **out) {
    const relief_camera *camera = &scene->info.camera;
    const size_t count = (size_t)camera->width * (size_t)camera->height;
    void *memory;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), &memory);
    if (status)
        return status;
    const double far_q = 1 / (double)scene->info.far_depth;
    relief_job job = {.depth = scene->depth,
                      .far_q = far_q,
                      .span = 1 / (double)scene->info.near_depth - far_q,
                      .out = memory};
    rl_parallel(ctx, count, 1 << 16, find_shares, &job);
    *out = memory;
    return RELIEF_OK;
}

/* Corners of the grid as vertices, row by row. q: of a plane that fills the camera's view. */
static void place_corners(const relief_camera *camera, int columns, int rows, rl_triangles *grid) {
    const double side = camera->width > camera->height ? camera->width : camera->height;
    const float q = (float)(side / (LONG_SIDE * camera->focal_px));
    for (int row = 0; row <= rows; row++)
        for (int column = 0; column <= columns; column++)
            *grid->vertices++ =
                (rl_tess_vertex){.x = (float)((double)camera->width * column / columns),
                                 .y = (float)((double)camera->height * row / rows),
                                 .q = q};
    grid->vertices -= grid->vertex_count;
}

static void join_corners(int columns, int rows, uint32_t *to) {
    const uint32_t below = (uint32_t)columns + 1;
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
            const uint32_t at = (uint32_t)row * below + (uint32_t)column;
            const uint32_t cell[6] = {at, at + below, at + 1, at + 1, at + below, at + below + 1};
            for (int k = 0; k < 6; k++)
                *to++ = cell[k];
        }
    }
}

relief_status rl_mesh_fill_plane(relief_ctx *ctx, const relief_scene *scene, int grid,
                                 relief_mesh *mesh) {
    const relief_camera *camera = &scene->info.camera;
    const int cells = grid > 0 ? grid : DEFAULT_CELLS;
    const double side = camera->width > camera->height ? camera->width : camera->height;
    const int columns = (int)fmax(1, round(cells * camera->width / side));
    const int rows = (int)fmax(1, round(cells * camera->height / side));
    rl_triangles plane = {.vertex_count = ((int64_t)columns + 1) * (rows + 1),
                          .triangle_count = 2 * (int64_t)columns * rows};
    void *vertices, *indices = NULL;
    relief_status status =
        rl_alloc_in(ctx, (size_t)plane.vertex_count, sizeof(rl_tess_vertex), &vertices);
    if (!status)
        status = rl_alloc_in(ctx, (size_t)plane.triangle_count, 3 * sizeof(uint32_t), &indices);
    if (!status) {
        plane.vertices = vertices;
        plane.indices = indices;
        place_corners(camera, columns, rows, &plane);
        join_corners(columns, rows, plane.indices);
        const rl_placement placement = rl_front_placement(scene);
        status = rl_mesh_add(ctx, mesh, &plane, &placement, &(rl_primitive){.name = "photo"});
    }
    rl_free(vertices);
    rl_free(indices);
    return status;
}
