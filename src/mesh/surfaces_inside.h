/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a list of surfaces. */
#ifndef RELIEF_MESH_SURFACES_INSIDE_H
#define RELIEF_MESH_SURFACES_INSIDE_H

#include "base/os.h"
#include "image/texture.h"
#include "relief/surface.h"

/* One surface and what it owns. */
typedef struct rl_owned_surface {
    relief_surface surface;
    rl_texture texture; /* that its picture is in; cleared with it */
    void *geometry[3];  /* of rl_alloc: positions, UVs, indices; NULL when they are borrowed */
} rl_owned_surface;

/* A part of the buffer that was packed. */
typedef struct rl_unpacked {
    int64_t view; /* its number */
    void *data;   /* of rl_alloc */
    size_t size;
} rl_unpacked;

enum { RL_MOST_UNPACKED = 8 };

struct relief_surfaces {
    relief_surfaces_info info;
    rl_mapping *file; /* that geometry and pictures lie in, NULL for none */
    rl_owned_surface *items;
    rl_unpacked unpacked[RL_MOST_UNPACKED]; /* that geometry lies in */
    int unpacked_count;
};

/* An empty list with room for `count` surfaces, info.surface_count of which are there (none yet).
 * Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_surfaces_new(relief_ctx *ctx, int count, relief_surfaces **out);

/* Most surfaces that are read from a file. */
enum { RL_MOST_SURFACES = 64 };

/* The bytes of a .glb file. */
typedef struct rl_glb_bytes {
    const uint8_t *data;
    size_t size;
    const char *name; /* for messages */
} rl_glb_bytes;

/* Fill a new list, which has room for RL_MOST_SURFACES. Geometry and pictures stay where they are
 * where they can. Errors: those of relief_surfaces_load(); what was read until then belongs to the
 * list. */
RELIEF_CHECKED relief_status rl_glb_read(relief_ctx *ctx, const rl_glb_bytes *file,
                                         relief_surfaces *surfaces);

/* The layer that a material's name stands for; NULL is the photo. */
relief_layer rl_layer_of(const char *name);

/* Add up what the surfaces hold. */
void rl_surfaces_count(relief_surfaces *surfaces);

#endif
