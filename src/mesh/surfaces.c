/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/surfaces_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh_file.h"
#include "scene/scene_inside.h"

#include <string.h>

relief_status rl_surfaces_new(relief_ctx *ctx, int count, relief_surfaces **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_surfaces), &block);
    if (status)
        return status;
    relief_surfaces *surfaces = block;
    surfaces->info.struct_size = sizeof surfaces->info;
    status = rl_calloc_in(ctx, (size_t)count, sizeof(rl_owned_surface), &block);
    if (status) {
        rl_free(surfaces);
        return status;
    }
    surfaces->items = block;
    *out = surfaces;
    return RELIEF_OK;
}

void relief_surfaces_free(relief_surfaces *surfaces) {
    if (!surfaces)
        return;
    for (int i = 0; i < surfaces->info.surface_count; i++) {
        rl_owned_surface *item = &surfaces->items[i];
        rl_texture_clear(&item->texture);
        for (int k = 0; k < 3; k++)
            rl_free(item->geometry[k]);
    }
    rl_free(surfaces->items);
    for (int k = 0; k < surfaces->unpacked_count; k++)
        rl_free(surfaces->unpacked[k].data);
    rl_os_unmap(surfaces->file);
    rl_free(surfaces);
}

void relief_surfaces_get_info(const relief_surfaces *surfaces, relief_surfaces_info *info) {
    rl_info_copy(info, &surfaces->info, sizeof surfaces->info);
}

const relief_surface *relief_surfaces_get(const relief_surfaces *surfaces, int index) {
    return &surfaces->items[index].surface;
}

relief_layer rl_layer_of(const char *name) {
    if (!name || strcmp(name, "photo") == 0)
        return RELIEF_LAYER_FRONT;
    return strcmp(name, "fill") == 0 ? RELIEF_LAYER_BACK : RELIEF_LAYER_RIBBON;
}

void rl_surfaces_count(relief_surfaces *surfaces) {
    surfaces->info.vertex_count = surfaces->info.triangle_count = 0;
    for (int i = 0; i < surfaces->info.surface_count; i++) {
        surfaces->info.vertex_count += surfaces->items[i].surface.vertex_count;
        surfaces->info.triangle_count += surfaces->items[i].surface.triangle_count;
    }
}

static void describe_source(const relief_scene *scene, relief_surfaces_info *info) {
    info->width = scene->info.camera.width;
    info->height = scene->info.camera.height;
    info->focal_px = scene->info.camera.focal_px;
    info->near_depth = (double)scene->info.near_depth;
    info->far_depth = (double)scene->info.far_depth;
    info->travel = scene->travel;
}

/* A primitive as a surface. Its own texture is borrowed from the mesh; the photo's is made here. */
static relief_status take_primitive(relief_ctx *ctx, const relief_mesh *mesh,
                                    const rl_primitive *primitive, rl_owned_surface *item) {
    const rl_texture *texture = &primitive->texture;
    relief_alpha_mode alpha = (relief_alpha_mode)primitive->alpha;
    if (!texture->data) {
        const relief_image *photo = mesh->scene->photo;
        relief_status status =
            rl_image_texture(ctx, photo, &(rl_texture_options){0}, &item->texture);
        if (status)
            return status;
        texture = &item->texture;
        alpha = texture->has_alpha ? (relief_alpha_mode)rl_find_alpha(photo) : RELIEF_ALPHA_OPAQUE;
    }
    item->surface = (relief_surface){
        .struct_size = sizeof item->surface,
        .layer = rl_layer_of(primitive->name),
        .alpha = alpha,
        .vertex_count = mesh->info.vertex_count,
        .triangle_count = primitive->triangle_count,
        .positions = mesh->positions,
        .uvs = mesh->uvs,
        .indices = mesh->indices + 3 * primitive->first_triangle,
        .picture = texture->data,
        .picture_size = texture->size,
        .picture_type = texture->mime_type,
    };
    return RELIEF_OK;
}

relief_status relief_surfaces_of_mesh(relief_ctx *ctx, const relief_mesh *mesh,
                                      relief_surfaces **out) {
    relief_surfaces *surfaces;
    *out = NULL;
    if (mesh->info.kind != RELIEF_MESH_SURFACE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "points and solids have no surfaces to be drawn");
    relief_status status = rl_surfaces_new(ctx, RL_MAX_PRIMITIVES, &surfaces);
    if (status)
        return status;
    describe_source(mesh->scene, &surfaces->info);
    for (int k = 0; k < mesh->primitive_count && !status; k++) {
        surfaces->info.surface_count = k + 1;
        status = take_primitive(ctx, mesh, &mesh->primitives[k], &surfaces->items[k]);
    }
    if (status) {
        relief_surfaces_free(surfaces);
        return status;
    }
    rl_surfaces_count(surfaces);
    *out = surfaces;
    return RELIEF_OK;
}
