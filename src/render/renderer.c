/* SPDX-License-Identifier: Apache-2.0 */
/* Renderers: from surfaces to the driver. */
#include "render/render_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "mesh/surface_facts.h"

#include <math.h>

enum { LEAST_TEXTURE = 128, MOST_SUPERSAMPLE = 8, DEFAULT_SUPERSAMPLE = 2 };

/* Ask the driver what it can. */
static relief_status read_limits(relief_ctx *ctx, const relief_renderer_options *options,
                                 relief_renderer *renderer) {
    GLint texture = 0, buffer = 0, viewport[2] = {0};
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &texture);
    glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &buffer);
    glGetIntegerv(GL_MAX_VIEWPORT_DIMS, viewport);
    if (options->max_texture_side && options->max_texture_side < texture)
        texture = options->max_texture_side;
    renderer->info.max_texture_side = texture;
    renderer->max_target_side = buffer;
    for (int k = 0; k < 2; k++)
        if (viewport[k] < renderer->max_target_side)
            renderer->max_target_side = viewport[k];
    renderer->clip_control =
        epoxy_gl_version() >= 45 || epoxy_has_gl_extension("GL_ARB_clip_control");
    char *name = rl_format("%s, OpenGL %s", (const char *)glGetString(GL_RENDERER),
                           (const char *)glGetString(GL_VERSION));
    if (!name)
        return rl_fail_memory(ctx, 1);
    renderer->info.driver = name;
    return rl_gl_check(ctx, "its limits");
}

/* In the renderer's context, or in the caller's. */
static relief_status open_renderer(relief_ctx *ctx, const relief_renderer_options *options,
                                   relief_renderer *renderer) {
    relief_status status = rl_gl_context_enter(ctx, renderer->gl);
    if (status)
        return status;
    renderer->opened = true;
    status = read_limits(ctx, options, renderer);
    if (!status)
        status = rl_programs_build(ctx, renderer);
    rl_gl_context_leave(renderer->gl);
    if (!status)
        rl_log(ctx, RELIEF_LOG_DEBUG, "views are drawn by %s", renderer->info.driver);
    return status;
}

relief_status relief_renderer_new(relief_ctx *ctx, const relief_renderer_options *options,
                                  relief_renderer **out) {
    relief_renderer_options own = RELIEF_OPTIONS_INIT(relief_renderer_options);
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    if (own.max_texture_side < 0 || (own.max_texture_side && own.max_texture_side < LEAST_TEXTURE))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "textures of at most %d texels a side (%d at least)",
                       own.max_texture_side, LEAST_TEXTURE);
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(relief_renderer), &block);
    if (status)
        return status;
    relief_renderer *renderer = block;
    renderer->info.struct_size = sizeof renderer->info;
    status = rl_gl_context_new(ctx, own.software, &renderer->gl);
    if (!status)
        status = open_renderer(ctx, &own, renderer);
    if (status) {
        relief_renderer_free(renderer);
        return status;
    }
    *out = renderer;
    return RELIEF_OK;
}

relief_status rl_renderer_new_here(relief_ctx *ctx, relief_renderer **out) {
    const relief_renderer_options options = RELIEF_OPTIONS_INIT(relief_renderer_options);
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_renderer), &block);
    if (status)
        return status;
    relief_renderer *renderer = block;
    renderer->info.struct_size = sizeof renderer->info;
    status = open_renderer(ctx, &options, renderer);
    if (status) {
        relief_renderer_free(renderer);
        return status;
    }
    *out = renderer;
    return RELIEF_OK;
}

static void drawn_delete(rl_drawn *drawn) {
    const GLuint buffers[3] = {drawn->positions, drawn->uvs, drawn->indices};
    glDeleteBuffers(3, buffers);
    glDeleteVertexArrays(1, &drawn->vertex_array);
    glDeleteTextures(1, &drawn->texture);
    relief_image_free(drawn->image);
    *drawn = (rl_drawn){0};
}

static void delete_surfaces(relief_renderer *renderer) {
    for (int i = 0; i < renderer->info.surface_count; i++)
        drawn_delete(&renderer->surfaces[i]);
    renderer->info.surface_count = renderer->info.texture_tiles = 0;
    renderer->info.triangle_count = 0;
}

void relief_renderer_free(relief_renderer *renderer) {
    if (!renderer)
        return;
    if (renderer->opened && !rl_gl_context_enter(NULL, renderer->gl)) {
        delete_surfaces(renderer);
        rl_programs_delete(renderer);
        rl_target_delete(&renderer->pictures);
        rl_target_delete(&renderer->measures);
        rl_gl_context_leave(renderer->gl);
    }
    rl_gl_context_free(renderer->gl);
    rl_free((void *)renderer->info.driver);
    rl_free(renderer->surfaces);
    rl_free(renderer);
}

void relief_renderer_get_info(const relief_renderer *renderer, relief_renderer_info *info) {
    rl_info_copy(info, &renderer->info, sizeof renderer->info);
}

relief_status relief_renderer_clear(relief_ctx *ctx, relief_renderer *renderer) {
    relief_status status = rl_gl_context_enter(ctx, renderer->gl);
    if (status)
        return status;
    delete_surfaces(renderer);
    rl_gl_context_leave(renderer->gl);
    return RELIEF_OK;
}

/* Twice the signed area of a triangle. */
static void upload_buffer(GLenum kind, GLuint *buffer, const void *data, size_t bytes) {
    glGenBuffers(1, buffer);
    glBindBuffer(kind, *buffer);
    glBufferData(kind, (GLsizeiptr)bytes, data, GL_STATIC_DRAW);
}

static relief_status upload_geometry(relief_ctx *ctx, const relief_surface *surface,
                                     rl_drawn *drawn) {
    const size_t vertices = (size_t)surface->vertex_count;
    glGenVertexArrays(1, &drawn->vertex_array);
    glBindVertexArray(drawn->vertex_array);
    upload_buffer(GL_ARRAY_BUFFER, &drawn->positions, surface->positions,
                  vertices * 3 * sizeof(float));
    glVertexAttribPointer(0, 3, GL_FLOAT, GL_FALSE, 0, NULL);
    glEnableVertexAttribArray(0);
    upload_buffer(GL_ARRAY_BUFFER, &drawn->uvs, surface->uvs, vertices * 2 * sizeof(float));
    glVertexAttribPointer(1, 2, GL_FLOAT, GL_FALSE, 0, NULL);
    glEnableVertexAttribArray(1);
    upload_buffer(GL_ELEMENT_ARRAY_BUFFER, &drawn->indices, surface->indices,
                  (size_t)surface->triangle_count * 3 * sizeof(uint32_t));
    glBindVertexArray(0);
    return rl_gl_check(ctx, "a mesh");
}

static relief_status add_surface(relief_ctx *ctx, const relief_renderer *renderer,
                                 const relief_surface *surface, rl_drawn *drawn) {
    double density = 0;
    if (surface->triangle_count > INT32_MAX / 3)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%lld triangles (%d are drawn at most)",
                       (long long)surface->triangle_count, INT32_MAX / 3);
    relief_image_info picture;
    relief_status status = rl_surface_density(ctx, surface, &density);
    if (!status)
        status = rl_surface_picture(ctx, surface, NULL, &drawn->image, &picture);
    if (!status)
        status = rl_texture_upload(ctx, renderer, drawn);
    if (!status)
        status = upload_geometry(ctx, surface, drawn);
    drawn->layer = surface->layer;
    drawn->alpha = surface->alpha;
    drawn->index_count = (GLsizei)(3 * surface->triangle_count);
    drawn->focal_texels = sqrt(density * drawn->tiling.width * drawn->tiling.height);
    return status;
}

static relief_status add_all(relief_ctx *ctx, relief_renderer *renderer,
                             const relief_surfaces *surfaces, int count) {
    void *block = renderer->surfaces;
    const size_t needed = (size_t)(renderer->info.surface_count + count);
    relief_status status =
        rl_grow(ctx, &block, &renderer->surface_capacity, needed, sizeof(rl_drawn));
    renderer->surfaces = block;
    for (int i = 0; i < count && !status; i++) {
        const relief_surface *surface = relief_surfaces_get(surfaces, i);
        rl_drawn *drawn = &renderer->surfaces[renderer->info.surface_count];
        *drawn = (rl_drawn){0};
        if (surface->triangle_count == 0)
            continue;
        status = add_surface(ctx, renderer, surface, drawn);
        if (status) {
            drawn_delete(drawn);
            return status;
        }
        renderer->info.surface_count++;
        renderer->info.texture_tiles += drawn->tiling.columns * drawn->tiling.rows;
        renderer->info.triangle_count += surface->triangle_count;
    }
    return status;
}

relief_status relief_renderer_add(relief_ctx *ctx, relief_renderer *renderer,
                                  const relief_surfaces *surfaces) {
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    relief_surfaces_get_info(surfaces, &info);
    relief_status status = rl_gl_context_enter(ctx, renderer->gl);
    if (status)
        return status;
    if (renderer->info.surface_count == 0)
        renderer->source = info;
    status = add_all(ctx, renderer, surfaces, info.surface_count);
    rl_gl_context_leave(renderer->gl);
    return status;
}

static relief_status allocate_view(relief_ctx *ctx, const relief_view_options *options,
                                   relief_view **out) {
    void *block;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_view), &block);
    if (status)
        return status;
    relief_view *view = *out = block;
    view->info.struct_size = sizeof view->info;
    view->info.width = options->width;
    view->info.height = options->height;
    const size_t count = (size_t)options->width * (size_t)options->height;
    status = rl_alloc_in(ctx, count, 4, &block);
    if (status)
        return status;
    view->pixels = block;
    if (options->depth && (status = rl_alloc_in(ctx, count, sizeof(float), &block)))
        return status;
    view->depth = options->depth ? block : NULL;
    if (options->stretch && (status = rl_calloc_in(ctx, count, sizeof(float), &block)))
        return status;
    view->stretch = options->stretch ? block : NULL;
    return RELIEF_OK;
}

static relief_status measure(relief_ctx *ctx, relief_renderer *renderer,
                             const rl_view_camera *camera, relief_view *view) {
    rl_measure *measures = NULL;
    relief_status status = rl_draw_measures(ctx, renderer, camera, false, &measures);
    const size_t count = (size_t)camera->width * (size_t)camera->height;
    for (size_t i = 0; i < count && !status && view->depth; i++)
        view->depth[i] = measures[i].depth;
    if (!status && view->stretch)
        status = rl_stretch_measure(ctx, renderer, camera, measures, view);
    rl_free(measures);
    return status;
}

relief_status relief_renderer_draw(relief_ctx *ctx, relief_renderer *renderer,
                                   const relief_view_options *options, relief_view **out) {
    relief_view_options own = RELIEF_OPTIONS_INIT(relief_view_options);
    relief_view *view = NULL;
    rl_view_camera camera;
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (!own.supersample)
        own.supersample = DEFAULT_SUPERSAMPLE;
    if (!status && (own.supersample < 1 || own.supersample > MOST_SUPERSAMPLE))
        status = rl_fail(ctx, RELIEF_ERROR_ARG, "%d samples along a pixel's side (1 to %d)",
                         own.supersample, MOST_SUPERSAMPLE);
    if (!status)
        status = rl_view_camera_solve(ctx, &own, renderer->source.near_depth, &camera);
    if (!status)
        status = rl_progress(ctx, "draw", 0, 1);
    if (!status)
        status = allocate_view(ctx, &own, &view);
    if (!status)
        status = rl_gl_context_enter(ctx, renderer->gl);
    if (!status) {
        status = rl_draw_picture(ctx, renderer, &camera, &own, view);
        if (!status && (own.depth || own.stretch))
            status = measure(ctx, renderer, &camera, view);
        rl_gl_context_leave(renderer->gl);
    }
    if (!status)
        status = rl_progress(ctx, "draw", 1, 1);
    if (status) {
        relief_view_free(view);
        return status;
    }
    *out = view;
    return RELIEF_OK;
}
