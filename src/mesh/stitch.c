/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/stitch.h"

#include "base/memory.h"

#include <string.h>

static const uint32_t NONE = UINT32_MAX;

/* Indices of the vertices on the lines between tiles: 4 labels of every corner on the horizontal
 * lines, then on the vertical ones. */
typedef struct rim_table {
    const rl_tess *tess;
    uint32_t *ids;
    size_t across;              /* entries of the horizontal lines */
    int *line_of_x, *line_of_y; /* which line passes a corner, -1: none */
} rim_table;

static relief_status table_new(const rl_tess *tess, rim_table *out) {
    const size_t width = (size_t)tess->surface.width + 1;
    const size_t height = (size_t)tess->surface.height + 1;
    const size_t across = 4 * width * (size_t)(tess->rows + 1);
    const size_t down = 4 * height * (size_t)(tess->columns + 1);
    void *ids = NULL, *lines = NULL;
    relief_status status = rl_alloc_in(tess->ctx, across + down, sizeof *out->ids, &ids);
    if (!status)
        status = rl_alloc_in(tess->ctx, width + height, sizeof *out->line_of_x, &lines);
    if (status) {
        rl_free(ids);
        return status;
    }
    *out = (rim_table){.tess = tess, .ids = ids, .across = across, .line_of_x = lines};
    out->line_of_y = out->line_of_x + width;
    memset(ids, 0xFF, (across + down) * sizeof *out->ids);
    memset(lines, 0xFF, (width + height) * sizeof *out->line_of_x);
    for (int k = 0; k <= tess->columns; k++)
        out->line_of_x[tess->column_at[k]] = k;
    for (int k = 0; k <= tess->rows; k++)
        out->line_of_y[tess->row_at[k]] = k;
    return RELIEF_OK;
}

static uint32_t *table_at(const rim_table *table, const rl_tile_vertex *v) {
    const size_t width = (size_t)table->tess->surface.width + 1;
    const size_t height = (size_t)table->tess->surface.height + 1;
    const int row = table->line_of_y[v->y];
    const size_t place =
        row >= 0 ? (size_t)row * width + v->x : (size_t)table->line_of_x[v->x] * height + v->y;
    return table->ids + (row >= 0 ? 0 : table->across) + 4 * place + v->label;
}

static void add_tile(const rim_table *table, const rl_tile_result *tile, uint32_t *map,
                     rl_triangles *out) {
    for (int k = 0; k < tile->vertex_count; k++) {
        const rl_tile_vertex *v = &tile->vertices[k];
        uint32_t *shared = v->rim ? table_at(table, v) : NULL;
        if (shared && *shared != NONE) {
            map[k] = *shared;
            continue;
        }
        map[k] = (uint32_t)out->vertex_count;
        if (shared)
            *shared = map[k];
        out->vertices[out->vertex_count++] = (rl_tess_vertex){(float)v->x, (float)v->y, v->q};
    }
    uint32_t *indices = out->indices + 3 * out->triangle_count;
    for (int k = 0; k < 3 * tile->triangle_count; k++)
        indices[k] = map[tile->indices[k]];
    out->triangle_count += tile->triangle_count;
}

relief_status rl_stitch(const rl_tess *tess, const rl_tile_result *results, rl_triangles *out) {
    const int tiles = tess->columns * tess->rows;
    size_t vertices = 0, triangles = 0, largest = 0;
    rim_table table;
    void *map = NULL, *memory = NULL;
    *out = (rl_triangles){0};
    for (int t = 0; t < tiles; t++) {
        const size_t own = (size_t)results[t].vertex_count;
        vertices += own;
        triangles += (size_t)results[t].triangle_count;
        largest = own > largest ? own : largest;
    }
    relief_status status = table_new(tess, &table);
    if (status)
        return status;
    status = rl_alloc_in(tess->ctx, largest, sizeof(uint32_t), &map);
    if (!status && !(status = rl_alloc_in(tess->ctx, vertices, sizeof *out->vertices, &memory)))
        out->vertices = memory;
    if (!status && !(status = rl_alloc_in(tess->ctx, triangles, 3 * sizeof *out->indices, &memory)))
        out->indices = memory;
    for (int t = 0; t < tiles && !status; t++)
        add_tile(&table, &results[t], map, out);
    if (status)
        rl_triangles_clear(out);
    rl_free(map);
    rl_free(table.ids);
    rl_free(table.line_of_x);
    return status;
}
