/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of triangles and vertices that suit a GPU's caches. */
#ifndef RELIEF_MESH_CACHE_ORDER_H
#define RELIEF_MESH_CACHE_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Triangles over vertices of any kind. */
typedef struct rl_cache_mesh {
    const uint32_t *indices;
    size_t index_count;
    void *vertices;
    size_t vertex_count, vertex_size;
} rl_cache_mesh;

/* Bytes of scratch memory that rl_cache_order() wants for a mesh with these counts and sizes. */
size_t rl_cache_scratch(const rl_cache_mesh *mesh);

/* Put triangles into an order in which neighbours follow each other, and vertices into that of
 * their first use. `ordered` receives the indices; the vertices are moved in place. Works in
 * `scratch` and takes no other memory, so that it may run in any thread. */
void rl_cache_order(const rl_cache_mesh *mesh, uint32_t *ordered, void *scratch);

#endif
