/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes to closed bodies, for lithophanes and carving: the disparity as height above a plate. */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/scene_inside.h"

#include <math.h>

static const double DEFAULT_BASE_MM = 2, DEFAULT_RELIEF_MM = 10, DEFAULT_PLATE_MM = 100;
/* Most difference between the body's top and the heights it was made of, in millimetres: finer
 * than a printed layer, coarser than a carver's step, much finer than one. */
static const double ERROR_MM[] = {
    [RELIEF_QUALITY_NORMAL] = 0.05, [RELIEF_QUALITY_DRAFT] = 0.2, [RELIEF_QUALITY_HIGH] = 0.02};

/* What a body measures. */
typedef struct body_size {
    double base_mm, relief_mm; /* of the plate alone, and of what stands on it */
    double pixel_mm;
    int width, height; /* of the photo */
} body_size;

static double or_default(double value, double fallback) {
    return value > 0 ? value : fallback;
}

static relief_status measure(relief_ctx *ctx, const relief_scene *scene,
                             const relief_mesh_options *options, body_size *out) {
    const relief_camera *camera = &scene->info.camera;
    const int side = camera->width > camera->height ? camera->width : camera->height;
    const double given[] = {options->base_mm, options->relief_mm, options->plate_mm};
    for (int k = 0; k < 3; k++)
        if (!(given[k] >= 0 && given[k] <= RELIEF_MAX_MM))
            return rl_fail(ctx, RELIEF_ERROR_ARG, "%g mm is not between 0 and %d", given[k],
                           RELIEF_MAX_MM);
    *out = (body_size){.base_mm = or_default(options->base_mm, DEFAULT_BASE_MM),
                       .relief_mm = or_default(options->relief_mm, DEFAULT_RELIEF_MM),
                       .pixel_mm = or_default(options->plate_mm, DEFAULT_PLATE_MM) / side,
                       .width = camera->width,
                       .height = camera->height};
    return RELIEF_OK;
}

/* Triangulate the top; its vertices' q are heights. */
static relief_status make_top(relief_ctx *ctx, const relief_scene *scene, const body_size *body,
                              const rl_tess_bounds *bounds, rl_triangles *out) {
    const size_t count = (size_t)body->width * (size_t)body->height;
    float *heights;
    relief_status status = rl_scene_heights(ctx, scene, &heights);
    if (status)
        return status;
    for (size_t k = 0; k < count; k++)
        heights[k] = (float)(body->base_mm + (double)heights[k] * body->relief_mm);
    const rl_surface surface = {.width = body->width, .height = body->height, .q = heights};
    status = rl_tessellate(ctx, &surface, bounds, out);
    rl_free(heights);
    return status;
}

/* The sides of the photo that a vertex lies on, as bits. */
static unsigned sides_of(const rl_tess_vertex *v, const body_size *body) {
    return (v->x <= 0 ? 1U : 0U) | (v->x >= (float)body->width ? 2U : 0U) | (v->y <= 0 ? 4U : 0U) |
           (v->y >= (float)body->height ? 8U : 0U);
}

/* Whether a triangle's edge lies on the rim: nothing of the top is beyond it. */
static bool on_rim(const rl_triangles *top, uint32_t a, uint32_t b, const body_size *body) {
    return (sides_of(&top->vertices[a], body) & sides_of(&top->vertices[b], body)) != 0;
}

/* Number the rim's vertices, in the order in which they stand in the top: feet[v] is a vertex of
 * the plate's underside, 0 for others. Returns how many there are. */
static int64_t number_feet(const rl_triangles *top, const body_size *body, uint32_t *feet) {
    int64_t count = 0;
    for (int64_t v = 0; v < top->vertex_count; v++)
        if (sides_of(&top->vertices[v], body))
            feet[v] = (uint32_t)(top->vertex_count + count++);
    return count;
}

static int64_t count_rim(const rl_triangles *top, const body_size *body) {
    int64_t count = 0;
    for (int64_t k = 0; k < 3 * top->triangle_count; k++)
        count += on_rim(top, top->indices[k], top->indices[k - k % 3 + (k + 1) % 3], body);
    return count;
}

static void put_vertex(relief_mesh *mesh, int64_t at, const rl_tess_vertex *v,
                       const body_size *body) {
    mesh->positions[3 * at] = (float)((double)v->x * body->pixel_mm);
    mesh->positions[3 * at + 1] = (float)(((double)body->height - (double)v->y) * body->pixel_mm);
    mesh->positions[3 * at + 2] = v->q;
    mesh->uvs[2 * at] = v->x / (float)body->width;
    mesh->uvs[2 * at + 1] = v->y / (float)body->height;
}

/* Walls down from the rim, and the underside as a fan around its middle. */
static void close_body(const rl_triangles *top, const body_size *body, const uint32_t *feet,
                       relief_mesh *mesh) {
    const uint32_t middle = (uint32_t)(mesh->info.vertex_count - 1);
    uint32_t *to = mesh->indices + 3 * top->triangle_count;
    for (int64_t k = 0; k < 3 * top->triangle_count; k++) {
        const uint32_t a = top->indices[k], b = top->indices[k - k % 3 + (k + 1) % 3];
        if (!on_rim(top, a, b, body))
            continue;
        const uint32_t faces[9] = {b, a, feet[a], b, feet[a], feet[b], feet[b], feet[a], middle};
        for (int i = 0; i < 9; i++)
            *to++ = faces[i];
    }
}

static relief_status allocate(relief_ctx *ctx, relief_mesh *mesh) {
    const struct {
        void *place;
        int64_t count;
        size_t size;
    } arrays[] = {{&mesh->positions, mesh->info.vertex_count, 3 * sizeof(float)},
                  {&mesh->uvs, mesh->info.vertex_count, 2 * sizeof(float)},
                  {&mesh->indices, mesh->info.triangle_count, 3 * sizeof(uint32_t)}};
    if (mesh->info.vertex_count > UINT32_MAX)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "the body has %lld vertices (use fewer triangles)",
                       (long long)mesh->info.vertex_count);
    for (int k = 0; k < 3; k++) {
        relief_status status =
            rl_alloc_in(ctx, (size_t)arrays[k].count, arrays[k].size, arrays[k].place);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

/* The top, the vertices under its rim, and one in the middle of the underside. */
static relief_status build(relief_ctx *ctx, const rl_triangles *top, const body_size *body,
                           uint32_t *feet, relief_mesh *mesh) {
    const int64_t rim = number_feet(top, body, feet);
    mesh->info.vertex_count = top->vertex_count + rim + 1;
    mesh->info.triangle_count = top->triangle_count + 3 * count_rim(top, body);
    relief_status status = allocate(ctx, mesh);
    if (status)
        return status;
    for (int64_t v = 0; v < top->vertex_count; v++) {
        rl_tess_vertex vertex = top->vertices[v];
        put_vertex(mesh, v, &vertex, body);
        vertex.q = 0;
        if (feet[v])
            put_vertex(mesh, feet[v], &vertex, body);
    }
    const rl_tess_vertex middle = {.x = (float)body->width / 2, .y = (float)body->height / 2};
    put_vertex(mesh, mesh->info.vertex_count - 1, &middle, body);
    for (int64_t k = 0; k < 3 * top->triangle_count; k++)
        mesh->indices[k] = top->indices[k];
    close_body(top, body, feet, mesh);
    mesh->primitives[mesh->primitive_count++] =
        (rl_primitive){.name = "photo",
                       .vertex_count = mesh->info.vertex_count,
                       .triangle_count = mesh->info.triangle_count};
    return RELIEF_OK;
}

relief_status rl_mesh_fill_solid(relief_ctx *ctx, const relief_scene *scene,
                                 const relief_mesh_options *options, rl_tess_bounds bounds,
                                 relief_mesh *mesh) {
    body_size body = {0};
    rl_triangles top = {0};
    void *feet = NULL;
    relief_status status = measure(ctx, scene, options, &body);
    if (status)
        return status;
    bounds.q_error =
        options->error_px > 0 ? options->error_px * body.pixel_mm : ERROR_MM[options->quality];
    bounds.depth_error = bounds.uv_px = INFINITY;
    bounds.outline_px = 0;
    status = make_top(ctx, scene, &body, &bounds, &top);
    if (!status)
        status = rl_calloc_in(ctx, (size_t)top.vertex_count, sizeof(uint32_t), &feet);
    if (!status)
        status = build(ctx, &top, &body, feet, mesh);
    rl_free(feet);
    rl_triangles_clear(&top);
    return status;
}
