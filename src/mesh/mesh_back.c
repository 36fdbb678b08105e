/* SPDX-License-Identifier: Apache-2.0 */
/* The back layer as a primitive of a mesh: its triangles and its texture. */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/encode.h"
#include "scene/layers.h"

/* Most triangles of the layer, as a share of those of the mesh. */
static const double TRIANGLE_SHARE = 0.5;

relief_status rl_mesh_add_back(relief_ctx *ctx, const relief_scene *scene,
                               const rl_tess_bounds *bounds, relief_mesh *mesh) {
    const rl_back *back = scene->back;
    const relief_camera *camera = &scene->info.camera;
    const rl_surface surface = {
        .width = back->width, .height = back->height, .q = back->q, .valid = back->valid};
    rl_tess_bounds own = *bounds;
    rl_triangles triangles = {0};
    rl_encoded picture = {NULL, 0};
    /* Its pixels are cells. */
    own.uv_px = bounds->uv_px / back->cell_px;
    own.outline_px = 0;
    own.grid = 0;
    own.most = (int64_t)((double)bounds->most * TRIANGLE_SHARE);
    own.most = own.most > 2 ? own.most : 2;
    relief_status status = rl_tessellate(ctx, &surface, &own, &triangles);
    if (!status && triangles.triangle_count > 0)
        status = rl_encode_jpeg(ctx, &back->colour, &picture);
    if (!status && triangles.triangle_count > 0) {
        const rl_placement placement = {
            .focal_px = camera->focal_px / back->cell_px,
            .centre_x = back->left + 0.5 * camera->width / back->cell_px,
            .centre_y = back->top + 0.5 * camera->height / back->cell_px,
            .width = back->width,
            .height = back->height};
        const rl_primitive fill = {.name = "fill",
                                   .texture = {.data = picture.data,
                                               .size = picture.size,
                                               .mime_type = "image/jpeg",
                                               .width = back->colour.width,
                                               .height = back->colour.height,
                                               .owner = picture.data},
                                   .alpha = RL_ALPHA_OPAQUE};
        status = rl_mesh_add(ctx, mesh, &triangles, &placement, &fill);
    }
    rl_triangles_clear(&triangles);
    return status;
}
