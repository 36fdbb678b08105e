/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

void relief_mesh_free(relief_mesh *mesh) {
    if (!mesh)
        return;
    for (int k = 0; k < mesh->primitive_count; k++)
        rl_texture_clear(&mesh->primitives[k].texture);
    rl_free(mesh->positions);
    rl_free(mesh->uvs);
    rl_free(mesh->normals);
    rl_free(mesh->indices);
    rl_free(mesh);
}

void relief_mesh_get_info(const relief_mesh *mesh, relief_mesh_info *info) {
    rl_info_copy(info, &mesh->info, sizeof mesh->info);
}

const float *relief_mesh_positions(const relief_mesh *mesh) {
    return mesh->positions;
}

const float *relief_mesh_uvs(const relief_mesh *mesh) {
    return mesh->uvs;
}

const float *relief_mesh_normals(const relief_mesh *mesh) {
    return mesh->normals;
}

const uint32_t *relief_mesh_indices(const relief_mesh *mesh) {
    return mesh->indices;
}

typedef struct place_job {
    const rl_tess_vertex *vertices;
    const rl_placement *placement;
    float *positions, *uvs;
} place_job;

static void place_vertices(void *arg, size_t begin, size_t end) {
    const place_job *job = arg;
    const rl_placement *at = job->placement;
    for (size_t k = begin; k < end; k++) {
        const rl_tess_vertex *v = &job->vertices[k];
        const double z = 1 / (double)v->q;
        job->positions[3 * k] = (float)((v->x - at->centre_x) / at->focal_px * z);
        job->positions[3 * k + 1] = (float)((at->centre_y - v->y) / at->focal_px * z);
        job->positions[3 * k + 2] = (float)-z;
        job->uvs[2 * k] = (float)((v->x - at->left) / at->width);
        job->uvs[2 * k + 1] = (float)((v->y - at->top) / at->height);
    }
}

/* Make room behind what is there. */
static relief_status grow(relief_ctx *ctx, void **array, int64_t count, size_t size) {
    void *larger = rl_realloc(*array, (size_t)count, size);
    if (!larger)
        return rl_fail_memory(ctx, (size_t)count * size);
    *array = larger;
    return RELIEF_OK;
}

relief_status rl_mesh_add(relief_ctx *ctx, relief_mesh *mesh, const rl_triangles *triangles,
                          const rl_placement *placement, const rl_primitive *primitive) {
    rl_primitive *own = &mesh->primitives[mesh->primitive_count++];
    const int64_t vertices = mesh->info.vertex_count + triangles->vertex_count;
    const int64_t faces = mesh->info.triangle_count + triangles->triangle_count;
    *own = *primitive;
    own->first_vertex = mesh->info.vertex_count;
    own->vertex_count = triangles->vertex_count;
    own->first_triangle = mesh->info.triangle_count;
    own->triangle_count = triangles->triangle_count;
    if (vertices > UINT32_MAX)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "the mesh has %lld vertices (use fewer triangles)",
                       (long long)vertices);
    relief_status status =
        grow(ctx, (void **)&mesh->positions, vertices, 3 * sizeof *mesh->positions);
    if (!status)
        status = grow(ctx, (void **)&mesh->uvs, vertices, 2 * sizeof *mesh->uvs);
    if (!status)
        status = grow(ctx, (void **)&mesh->indices, faces, 3 * sizeof *mesh->indices);
    if (status)
        return status;
    place_job job = {.vertices = triangles->vertices,
                     .placement = placement,
                     .positions = mesh->positions + 3 * mesh->info.vertex_count,
                     .uvs = mesh->uvs + 2 * mesh->info.vertex_count};
    rl_parallel(ctx, (size_t)triangles->vertex_count, 1 << 14, place_vertices, &job);
    uint32_t *indices = mesh->indices + 3 * mesh->info.triangle_count;
    for (int64_t k = 0; k < 3 * triangles->triangle_count; k++)
        indices[k] = triangles->indices[k] + (uint32_t)mesh->info.vertex_count;
    mesh->info.vertex_count = vertices;
    mesh->info.triangle_count = faces;
    return RELIEF_OK;
}

static void find_bounds(relief_mesh *mesh) {
    float low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
    for (int64_t v = 0; v < mesh->info.vertex_count; v++) {
        for (int k = 0; k < 3; k++) {
            const float value = mesh->positions[3 * v + k];
            low[k] = value < low[k] ? value : low[k];
            high[k] = value > high[k] ? value : high[k];
        }
    }
    for (int k = 0; k < 3; k++) {
        mesh->info.bounds_min[k] = low[k];
        mesh->info.bounds_max[k] = high[k];
    }
}

/* Add a triangle's normal, as long as twice its area, to its corners. */
static void add_normal(relief_mesh *mesh, const uint32_t *triangle) {
    const float *a = mesh->positions + 3 * (size_t)triangle[0];
    const float *b = mesh->positions + 3 * (size_t)triangle[1];
    const float *c = mesh->positions + 3 * (size_t)triangle[2];
    const float u[3] = {b[0] - a[0], b[1] - a[1], b[2] - a[2]};
    const float v[3] = {c[0] - a[0], c[1] - a[1], c[2] - a[2]};
    const float n[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2],
                        u[0] * v[1] - u[1] * v[0]};
    for (int k = 0; k < 3; k++)
        for (int d = 0; d < 3; d++)
            mesh->normals[3 * (size_t)triangle[k] + (size_t)d] += n[d];
}

/* Means of the triangles around each vertex, weighted by their areas. */
static relief_status make_normals(relief_ctx *ctx, relief_mesh *mesh) {
    void *memory;
    relief_status status =
        rl_calloc_in(ctx, (size_t)mesh->info.vertex_count, 3 * sizeof(float), &memory);
    if (status)
        return status;
    mesh->normals = memory;
    for (int64_t t = 0; t < mesh->info.triangle_count; t++)
        add_normal(mesh, mesh->indices + 3 * t);
    for (int64_t v = 0; v < mesh->info.vertex_count; v++) {
        float *n = mesh->normals + 3 * v;
        const double length = sqrt((double)n[0] * n[0] + (double)n[1] * n[1] + (double)n[2] * n[2]);
        /* A vertex whose triangles cancel out looks at the camera. */
        const bool good = length > 0 && isfinite(length);
        for (int k = 0; k < 3; k++)
            n[k] = good ? (float)(n[k] / length) : k == 2;
    }
    return RELIEF_OK;
}

relief_status rl_mesh_finish(relief_ctx *ctx, relief_mesh *mesh, bool normals) {
    find_bounds(mesh);
    return normals ? make_normals(ctx, mesh) : RELIEF_OK;
}
