/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/cache_order.h"

#include <meshoptimizer.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The library asks for a handful of blocks and frees them in reverse order. */
enum { ALIGNMENT = 64, BLOCKS = 16 };

/* Memory of the calling thread that the library is given from; NULL: the C library's. */
static _Thread_local struct {
    unsigned char *at;
    size_t left;
} pool;

static void *give(size_t size) {
    const size_t whole = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!pool.at || whole > pool.left)
        return NULL;
    void *block = pool.at;
    pool.at += whole;
    pool.left -= whole;
    return block;
}

/* Everything is given back at once, with the pool. */
static void take_back(void *block) {
    (void)block;
}

size_t rl_cache_scratch(const rl_cache_mesh *mesh) {
    /* Ordering: adjacency of vertices and triangles, scores and marks; moving vertices: where they
     * go, and a copy of them. */
    const size_t ordering = 16 * mesh->vertex_count + 8 * mesh->index_count;
    const size_t moving = (mesh->vertex_size + 4) * mesh->vertex_count;
    return ordering + moving + (size_t)BLOCKS * ALIGNMENT;
}

/* The same functions for all threads and for ever: setting them again changes nothing, but not in
 * two threads at once. */
static void set_allocator(void) {
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    static atomic_bool ready;
    if (atomic_load(&ready))
        return;
    while (atomic_flag_test_and_set(&busy)) {
    }
    if (!atomic_load(&ready))
        meshopt_setAllocator(give, take_back);
    atomic_store(&ready, true);
    atomic_flag_clear(&busy);
}

void rl_cache_order(const rl_cache_mesh *mesh, uint32_t *ordered, void *scratch) {
    set_allocator();
    if (mesh->index_count == 0)
        return;
    const size_t size = rl_cache_scratch(mesh);
    pool.at = scratch;
    pool.left = size;
    meshopt_optimizeVertexCache(ordered, mesh->indices, mesh->index_count, mesh->vertex_count);
    pool.at = scratch;
    pool.left = size;
    (void)meshopt_optimizeVertexFetch(mesh->vertices, ordered, mesh->index_count, mesh->vertices,
                                      mesh->vertex_count, mesh->vertex_size);
    pool.at = NULL;
}
