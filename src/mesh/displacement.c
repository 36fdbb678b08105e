/* SPDX-License-Identifier: Apache-2.0 */
/* The picture that a plane is displaced by: disparity from 0, the farthest, to 1, as 32-bit floats
 * in an OpenEXR file beside the main one. */
#include "mesh/mesh_file.h"

#include "base/memory.h"
#include "image/exr_write.h"
#include "scene/scene_inside.h"

relief_status rl_displacement_put(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files,
                                  const char **name) {
    const relief_scene *scene = file->mesh->scene;
    rl_output *output = NULL;
    float *heights = NULL;
    uint8_t *data = NULL;
    size_t size = 0;
    relief_status status = rl_files_add(files, "-depth.exr", scene->photo->name, &output, name);
    if (!status)
        status = rl_scene_heights(ctx, scene, &heights);
    if (!status) {
        const rl_exr_plane plane = {.values = heights,
                                    .width = scene->info.camera.width,
                                    .height = scene->info.camera.height,
                                    .kind = "displacement"};
        status = rl_exr_write(ctx, &plane, &data, &size);
    }
    if (!status)
        status = rl_output_write(output, data, size);
    rl_free(data);
    rl_free(heights);
    return status;
}
