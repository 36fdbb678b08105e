/* SPDX-License-Identifier: Apache-2.0 */
/* The ribbon along silhouettes as a primitive of a mesh: two triangles a block. */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/layers.h"

/* Most triangles that the outlines of the holes below a block need. */
enum { OUTLINE_TRIANGLES = 64 };

bool rl_mesh_has_ribbon(const relief_scene *scene, const rl_tess_bounds *bounds) {
    const rl_ribbon *ribbon = scene->ribbon;
    return ribbon && ribbon->block_count > 0 && bounds->grid == 0 && !bounds->fill &&
           bounds->outline_px <= RL_RIBBON_OUTLINE_PX &&
           bounds->most / OUTLINE_TRIANGLES >= ribbon->block_count;
}

/* Numbers of the corners of used blocks, from 1 on; returns how many. */
static uint32_t number_corners(const rl_ribbon *ribbon, uint32_t *numbers) {
    const size_t across = (size_t)ribbon->columns + 1;
    uint32_t count = 0;
    for (size_t k = 0; k < (size_t)ribbon->columns * (size_t)ribbon->rows; k++) {
        if (!ribbon->used[k])
            continue;
        const size_t at = k / (size_t)ribbon->columns * across + k % (size_t)ribbon->columns;
        const size_t corners[4] = {at, at + 1, at + across, at + across + 1};
        for (int c = 0; c < 4; c++)
            if (!numbers[corners[c]])
                numbers[corners[c]] = ++count;
    }
    return count;
}

static void place_corners(const rl_ribbon *ribbon, const uint32_t *numbers, rl_tess_vertex *to) {
    const int across = ribbon->columns + 1;
    for (int row = 0; row <= ribbon->rows; row++) {
        for (int column = 0; column < across; column++) {
            const size_t at = (size_t)row * (size_t)across + (size_t)column;
            const int x = column * ribbon->block_px, y = row * ribbon->block_px;
            if (numbers[at])
                to[numbers[at] - 1] = (rl_tess_vertex){
                    .x = (float)(x < ribbon->colour.width ? x : ribbon->colour.width),
                    .y = (float)(y < ribbon->colour.height ? y : ribbon->colour.height),
                    .q = ribbon->corner_q[at]};
        }
    }
}

static void join_corners(const rl_ribbon *ribbon, const uint32_t *numbers, uint32_t *to) {
    const size_t columns = (size_t)ribbon->columns, across = columns + 1;
    for (size_t k = 0; k < columns * (size_t)ribbon->rows; k++) {
        if (!ribbon->used[k])
            continue;
        const uint32_t *n = numbers + k / columns * across + k % columns;
        const uint32_t a = n[0] - 1, b = n[1] - 1, c = n[across] - 1, d = n[across + 1] - 1;
        *to++ = a;
        *to++ = c;
        *to++ = b;
        *to++ = b;
        *to++ = c;
        *to++ = d;
    }
}

static relief_status make_triangles(relief_ctx *ctx, const rl_ribbon *ribbon, rl_triangles *out) {
    const size_t corners = ((size_t)ribbon->columns + 1) * ((size_t)ribbon->rows + 1);
    void *numbers, *vertices = NULL, *indices = NULL;
    relief_status status = rl_calloc_in(ctx, corners, sizeof(uint32_t), &numbers);
    if (status)
        return status;
    const uint32_t count = number_corners(ribbon, numbers);
    status = rl_alloc_in(ctx, count, sizeof(rl_tess_vertex), &vertices);
    if (!status)
        status = rl_alloc_in(ctx, (size_t)ribbon->block_count, 6 * sizeof(uint32_t), &indices);
    *out = (rl_triangles){.vertices = vertices,
                          .indices = indices,
                          .vertex_count = count,
                          .triangle_count = 2 * ribbon->block_count};
    if (!status) {
        place_corners(ribbon, numbers, vertices);
        join_corners(ribbon, numbers, indices);
    }
    rl_free(numbers);
    return status;
}

relief_status rl_mesh_add_ribbon(relief_ctx *ctx, const relief_scene *scene, relief_mesh *mesh) {
    const rl_placement placement = rl_front_placement(scene);
    const rl_primitive primitive = {
        .name = "ribbon", .pixels = &scene->ribbon->colour, .alpha = RL_ALPHA_BLEND};
    rl_triangles triangles = {0};
    relief_status status = make_triangles(ctx, scene->ribbon, &triangles);
    if (!status)
        status = rl_mesh_add(ctx, mesh, &triangles, &placement, &primitive);
    rl_triangles_clear(&triangles);
    return status;
}
