/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes to meshes. */
#include "mesh/mesh_inside.h"

#include "base/aside.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "scene/layers.h"
#include "scene/scene_inside.h"

typedef struct invert_job {
    const float *depth;
    float *q;
} invert_job;

static void invert(void *arg, size_t begin, size_t end) {
    const invert_job *job = arg;
    for (size_t k = begin; k < end; k++)
        job->q[k] = 1 / job->depth[k];
}

rl_placement rl_front_placement(const relief_scene *scene) {
    const relief_camera *camera = &scene->info.camera;
    return (rl_placement){.focal_px = camera->focal_px,
                          .centre_x = 0.5 * camera->width,
                          .centre_y = 0.5 * camera->height,
                          .width = camera->width,
                          .height = camera->height};
}

/* The photo's surface, with holes below a ribbon that is to be drawn. */
static relief_status add_front(relief_ctx *ctx, const relief_scene *scene,
                               const rl_tess_bounds *bounds, const rl_ribbon *ribbon,
                               relief_mesh *mesh) {
    const relief_camera *camera = &scene->info.camera;
    const size_t count = (size_t)camera->width * (size_t)camera->height;
    void *q;
    relief_status status = rl_alloc_in(ctx, count, sizeof(float), &q);
    if (status)
        return status;
    invert_job job = {.depth = scene->depth, .q = q};
    rl_parallel_uneven(ctx, count, 1 << 16, invert, &job);
    const rl_surface surface = {.width = camera->width,
                                .height = camera->height,
                                .q = q,
                                .torn = scene->torn,
                                .valid = ribbon ? ribbon->stays : NULL};
    rl_tess_bounds own = *bounds;
    own.outline_most_px = ribbon ? RL_RIBBON_OUTLINE_PX : 0;
    rl_triangles triangles;
    status = rl_tessellate(ctx, &surface, &own, &triangles);
    rl_free(q);
    if (!status)
        status = rl_progress(ctx, "mesh", 1, 2);
    if (!status) {
        const rl_placement placement = rl_front_placement(scene);
        const rl_primitive photo = {.name = "photo"};
        status = rl_mesh_add(ctx, mesh, &triangles, &placement, &photo);
    }
    rl_triangles_clear(&triangles);
    return status;
}

/* The textures of what lies behind and of the ribbon. */
typedef struct picture_job {
    const rl_pixels *fill, *ribbon; /* NULL: there is none */
    rl_texture fill_made, ribbon_made;
} picture_job;

static relief_status make_pictures(relief_ctx *ctx, void *arg) {
    picture_job *job = arg;
    relief_status status = rl_pixels_texture(ctx, job->fill, 0, &job->fill_made);
    if (!status && job->ribbon)
        status = rl_pixels_texture(ctx, job->ribbon, 0, &job->ribbon_made);
    return status;
}

/* Give a primitive its texture, or forget that. */
static void hand_over(relief_mesh *mesh, int primitive, rl_texture *made) {
    if (primitive >= 0)
        mesh->primitives[primitive].texture = *made;
    else
        rl_texture_clear(made);
}

/* What lies behind is drawn first, what is mixed with it last. Their textures are encoded, which
 * takes one thread, while surfaces are tessellated. */
static relief_status fill_surface(relief_ctx *ctx, const relief_scene *scene,
                                  const rl_tess_bounds *bounds, bool no_ribbon, relief_mesh *mesh) {
    if (!scene->back)
        return add_front(ctx, scene, bounds, NULL, mesh);
    const rl_ribbon *ribbon =
        !no_ribbon && rl_mesh_has_ribbon(scene, bounds) ? scene->ribbon : NULL;
    picture_job job = {.fill = &scene->back->colour, .ribbon = ribbon ? &ribbon->colour : NULL};
    rl_aside *aside;
    relief_status status = rl_aside_start(ctx, 1, make_pictures, &job, &aside);
    if (status)
        return status;
    status = rl_mesh_add_back(ctx, scene, bounds, mesh);
    const int fill = mesh->primitive_count - 1;
    if (!status)
        status = add_front(ctx, scene, bounds, ribbon, mesh);
    const int front = mesh->primitive_count - 1;
    if (!status && ribbon)
        status = rl_mesh_add_ribbon(ctx, scene, mesh);
    const int last = mesh->primitive_count - 1;
    status = rl_aside_wait(ctx, aside, status);
    hand_over(mesh, fill, &job.fill_made);
    hand_over(mesh, last > front ? last : -1, &job.ribbon_made);
    return status;
}

static relief_status fill(relief_ctx *ctx, const relief_scene *scene,
                          const relief_mesh_options *options, const rl_tess_bounds *bounds,
                          relief_mesh *mesh) {
    switch (options->kind) {
    case RELIEF_MESH_SURFACE:
        return fill_surface(ctx, scene, bounds, options->no_ribbon, mesh);
    case RELIEF_MESH_POINTS:
        return rl_mesh_fill_points(ctx, scene, options->grid, mesh);
    case RELIEF_MESH_PLANE:
        return rl_mesh_fill_plane(ctx, scene, options->grid, mesh);
    case RELIEF_MESH_SOLID:
        return rl_mesh_fill_solid(ctx, scene, options, *bounds, mesh);
    }
    return rl_fail(ctx, RELIEF_ERROR_ARG, "there is no kind %d of meshes", (int)options->kind);
}

relief_status relief_mesh_new(relief_ctx *ctx, const relief_scene *scene,
                              const relief_mesh_options *options, relief_mesh **out) {
    *out = NULL;
    relief_mesh_options own = RELIEF_OPTIONS_INIT(relief_mesh_options);
    rl_tess_bounds bounds;
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (!status)
        status = rl_mesh_bounds(ctx, scene, &own, &bounds);
    if (!status)
        status = rl_progress(ctx, "mesh", 0, 2);
    if (status)
        return status;
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(relief_mesh), &block);
    if (status)
        return status;
    relief_mesh *mesh = block;
    mesh->scene = scene;
    mesh->info.struct_size = sizeof mesh->info;
    mesh->info.kind = own.kind;
    status = fill(ctx, scene, &own, &bounds, mesh);
    if (!status)
        status = rl_mesh_finish(ctx, mesh, own.normals && own.kind != RELIEF_MESH_POINTS);
    if (!status)
        status = rl_progress(ctx, "mesh", 2, 2);
    if (status) {
        relief_mesh_free(mesh);
        return status;
    }
    *out = mesh;
    return RELIEF_OK;
}
