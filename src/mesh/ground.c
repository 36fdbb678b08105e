/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/ground.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Cells a side of a block, which has two triangles. */
enum { BLOCK = 32 };
/* The ground's q, of the least around. */
static const double SHARE = 0.97;

/* Blocks across and down. */
typedef struct block_grid {
    int columns, rows;
} block_grid;

static block_grid grid_of(const rl_back *back) {
    return (block_grid){(back->width + BLOCK - 1) / BLOCK, (back->height + BLOCK - 1) / BLOCK};
}

int64_t rl_ground_triangles(const rl_back *back) {
    const block_grid grid = grid_of(back);
    return 2 * (int64_t)grid.columns * grid.rows;
}

static inline float smaller(float a, float b) {
    return a < b ? a : b;
}

static float least_of_block(const rl_back *back, int column, int row) {
    float least = INFINITY;
    for (int y = row * BLOCK; y < (row + 1) * BLOCK && y < back->height; y++)
        for (int x = column * BLOCK; x < (column + 1) * BLOCK && x < back->width; x++)
            least = smaller(least, back->q[(size_t)y * (size_t)back->width + (size_t)x]);
    return least;
}

/* Least q of the blocks that touch corner (column, row), and of those around them, so that what
 * lies between corners is behind everything too. */
static float least_at_corner(const block_grid *grid, const float *blocks, int column, int row) {
    float least = INFINITY;
    for (int v = row - 2; v < row + 2; v++)
        for (int u = column - 2; u < column + 2; u++)
            if (u >= 0 && v >= 0 && u < grid->columns && v < grid->rows)
                least = smaller(least, blocks[(size_t)v * (size_t)grid->columns + (size_t)u]);
    return least;
}

static void place_corners(const rl_back *back, const rl_tess_bounds *bounds, const float *blocks,
                          rl_tess_vertex *to) {
    const block_grid grid = grid_of(back);
    for (int row = 0; row <= grid.rows; row++) {
        for (int column = 0; column <= grid.columns; column++) {
            const int x = column * BLOCK, y = row * BLOCK;
            const double least = (double)least_at_corner(&grid, blocks, column, row);
            *to++ = (rl_tess_vertex){.x = (float)(x < back->width ? x : back->width),
                                     .y = (float)(y < back->height ? y : back->height),
                                     .q = rl_back_set(bounds, SHARE * least)};
        }
    }
}

/* Two triangles a block; `first` is the number of the first corner. */
static void join_corners(const block_grid *grid, uint32_t first, uint32_t *to) {
    const uint32_t across = (uint32_t)grid->columns + 1;
    for (uint32_t row = 0; row < (uint32_t)grid->rows; row++) {
        for (uint32_t column = 0; column < (uint32_t)grid->columns; column++) {
            const uint32_t a = first + row * across + column, b = a + 1, c = a + across, d = c + 1;
            const uint32_t corners[6] = {a, c, b, b, c, d};
            memcpy(to, corners, sizeof corners);
            to += 6;
        }
    }
}

/* Room for more at the end of an array of `count` elements. */
static relief_status grow(relief_ctx *ctx, void **array, size_t count, size_t more, size_t size) {
    void *grown;
    relief_status status = rl_alloc_in(ctx, count + more, size, &grown);
    if (status)
        return status;
    if (count > 0)
        memcpy(grown, *array, count * size);
    rl_free(*array);
    *array = grown;
    return RELIEF_OK;
}

relief_status rl_ground_add(relief_ctx *ctx, const rl_back *back, const rl_tess_bounds *bounds,
                            rl_triangles *triangles) {
    const block_grid grid = grid_of(back);
    const size_t columns = (size_t)grid.columns, blocks = columns * (size_t)grid.rows;
    const size_t corners = (columns + 1) * ((size_t)grid.rows + 1);
    const size_t vertices = (size_t)triangles->vertex_count;
    const size_t indices = 3 * (size_t)triangles->triangle_count;
    void *least, *vertex = triangles->vertices, *index = triangles->indices;
    relief_status status = rl_alloc_in(ctx, blocks, sizeof(float), &least);
    if (status)
        return status;
    status = grow(ctx, &vertex, vertices, corners, sizeof(rl_tess_vertex));
    if (!status)
        status = grow(ctx, &index, indices, 6 * blocks, sizeof(uint32_t));
    triangles->vertices = vertex;
    triangles->indices = index;
    for (size_t k = 0; k < blocks && !status; k++)
        ((float *)least)[k] = least_of_block(back, (int)(k % columns), (int)(k / columns));
    if (!status) {
        place_corners(back, bounds, least, triangles->vertices + vertices);
        join_corners(&grid, (uint32_t)vertices, triangles->indices + indices);
        triangles->vertex_count += (int64_t)corners;
        triangles->triangle_count += 2 * (int64_t)blocks;
    }
    rl_free(least);
    return status;
}
