/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/mesh_inside.h"

#include "base/memory.h"
#include "base/status.h"

void relief_mesh_free(relief_mesh *mesh) {
    if (!mesh)
        return;
    rl_free(mesh->positions);
    rl_free(mesh->uvs);
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

const uint32_t *relief_mesh_indices(const relief_mesh *mesh) {
    return mesh->indices;
}
