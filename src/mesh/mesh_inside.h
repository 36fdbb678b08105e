/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a mesh. */
#ifndef RELIEF_MESH_MESH_INSIDE_H
#define RELIEF_MESH_MESH_INSIDE_H

#include "relief/mesh.h"

struct relief_mesh {
    const relief_scene *scene; /* borrowed */
    relief_mesh_info info;
    float *positions;  /* vertex_count triples */
    float *uvs;        /* vertex_count pairs */
    uint32_t *indices; /* triangle_count triples */
};

#endif
