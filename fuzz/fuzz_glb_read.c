/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: any bytes read as a .glb file are refused, or become surfaces that lie wholly in
 * memory and whose triangles name vertices that are there. */
#include "base/memory.h"
#include "mesh/surfaces_inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is wrong is a crash for the fuzzer. */
static void demand(bool truth) {
    if (!truth)
        abort();
}

/* Touch every byte, for the sanitizer to see. */
static uint8_t touch(const void *data, size_t size) {
    uint8_t all = 0;
    for (size_t i = 0; i < size; i++)
        all ^= ((const uint8_t *)data)[i];
    return all;
}

static void check_surface(const relief_surface *surface) {
    volatile uint8_t all = touch(surface->positions, (size_t)surface->vertex_count * 12);
    all ^= touch(surface->uvs, (size_t)surface->vertex_count * 8);
    all ^= touch(surface->picture, surface->picture_size);
    (void)all;
    for (int64_t i = 0; i < 3 * surface->triangle_count; i++)
        demand(surface->indices[i] < surface->vertex_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = 1;
    relief_ctx *ctx = NULL;
    relief_surfaces *surfaces = NULL;
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    demand(relief_ctx_new(&options, &ctx) == RELIEF_OK);
    demand(rl_surfaces_new(ctx, RL_MOST_SURFACES, &surfaces) == RELIEF_OK);
    /* A copy of its own, at whose end reading further is seen. */
    uint8_t *copy = rl_alloc(size ? size : 1, 1);
    demand(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    const rl_glb_bytes file = {copy, size, "fuzz"};
    const relief_status status = rl_glb_read(ctx, &file, surfaces);
    relief_surfaces_get_info(surfaces, &info);
    demand(status || info.surface_count > 0);
    for (int i = 0; i < info.surface_count && !status; i++)
        check_surface(relief_surfaces_get(surfaces, i));
    relief_surfaces_free(surfaces);
    rl_free(copy);
    relief_ctx_free(ctx);
    return 0;
}
