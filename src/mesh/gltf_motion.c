/* SPDX-License-Identifier: Apache-2.0 */
/* A camera path as a glTF animation: place and turn of the camera's node, frame by frame. */
#include "mesh/gltf.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/path.h"

#include <math.h>

enum { MOST_FRAMES = 1000000, DEFAULT_RATE = 30 };

relief_status rl_gltf_add_motion(relief_ctx *ctx, rl_gltf *gltf) {
    const relief_path *path = gltf->file->options.path;
    double rate = gltf->file->options.frames_per_second;
    void *block;
    rate = rate > 0 ? rate : DEFAULT_RATE;
    const double steps = round(path->seconds * rate);
    if (!(rate >= 1 && rate <= 240) || !(steps <= MOST_FRAMES))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%g frames a second are not between 1 and 240", rate);
    const int count = 1 + (steps < 1 ? 1 : (int)steps);
    relief_status status = rl_alloc_in(ctx, (size_t)count, 9 * sizeof(float), &block);
    if (status)
        return status;
    float *times = block, *places = times + count, *turns = places + 3 * (size_t)count;
    float *zooms = turns + 4 * (size_t)count;
    const double unit = path->source.near_depth;
    for (int i = 0; i < count; i++) {
        rl_pose pose;
        rl_path_pose(path, path->seconds * i / (count - 1), &pose);
        times[i] = (float)(i / rate);
        for (int k = 0; k < 3; k++)
            places[3 * i + k] = (float)((k == 2 ? -unit : unit) * pose.position[k]);
        for (int k = 0; k < 4; k++)
            turns[4 * i + k] = (float)pose.quaternion[k];
        zooms[i] = (float)pose.zoom;
    }
    gltf->motion = (rl_gltf_motion){.times = times,
                                    .places = places,
                                    .turns = turns,
                                    .zooms = zooms,
                                    .count = count,
                                    .rate = rate,
                                    .view = gltf->view_count};
    const int parts[3] = {1, 3, 4};
    const float *const arrays[3] = {times, places, turns};
    for (int k = 0; k < 3; k++)
        gltf->views[gltf->view_count++] = (rl_gltf_view){
            .data = arrays[k], .size = (uint64_t)count * (uint64_t)parts[k] * sizeof(float)};
    gltf->views[gltf->motion.view].owned = block;
    return RELIEF_OK;
}

/* Accessors of times, places and turns, behind `first` others. */
bool rl_gltf_motion_accessors(const rl_gltf *gltf, json_t *list) {
    static const char *const types[3] = {"SCALAR", "VEC3", "VEC4"};
    const rl_gltf_motion *motion = &gltf->motion;
    for (int k = 0; k < 3; k++) {
        json_t *accessor =
            json_pack("{s:i, s:i, s:i, s:s}", "bufferView", motion->view + k, "componentType",
                      RL_GLTF_FLOAT, "count", motion->count, "type", types[k]);
        if (!accessor || json_array_append_new(list, accessor))
            return false;
        /* Viewers find an animation's length there. */
        if (k == 0 &&
            (json_object_set_new(accessor, "min", json_pack("[f]", 0.0)) ||
             json_object_set_new(accessor, "max",
                                 json_pack("[f]", (double)motion->times[motion->count - 1]))))
            return false;
    }
    return true;
}

json_t *rl_gltf_motion_json(int first_accessor, int camera_node) {
    return json_pack("[{s:s, s:[{s:i, s:{s:i, s:s}}, {s:i, s:{s:i, s:s}}],"
                     " s:[{s:i, s:i, s:s}, {s:i, s:i, s:s}]}]",
                     "name", "camera", "channels", "sampler", 0, "target", "node", camera_node,
                     "path", "translation", "sampler", 1, "target", "node", camera_node, "path",
                     "rotation", "samplers", "input", first_accessor, "output", first_accessor + 1,
                     "interpolation", "LINEAR", "input", first_accessor, "output",
                     first_accessor + 2, "interpolation", "LINEAR");
}

/* Whether the lens zooms as the camera moves. */
static bool zooms_on_the_way(const rl_gltf_motion *motion) {
    for (int i = 1; i < motion->count; i++)
        if (fabsf(motion->zooms[i] - motion->zooms[0]) > 1e-6F)
            return true;
    return false;
}

double rl_gltf_motion_zoom(const rl_gltf_motion *motion) {
    return motion->count > 0 && !zooms_on_the_way(motion) ? (double)motion->zooms[0] : 1;
}

json_t *rl_gltf_motion_extras(const rl_gltf *gltf) {
    const rl_gltf_motion *motion = &gltf->motion;
    const relief_path *path = gltf->file->options.path;
    json_t *zooms = json_array();
    for (int i = 0; i < (zooms_on_the_way(motion) ? motion->count : 1); i++)
        if (json_array_append_new(zooms, json_real(round(1e7 * (double)motion->zooms[i]) / 1e7))) {
            json_decref(zooms);
            return NULL;
        }
    return json_pack("{s:f, s:i, s:b, s:f, s:o}", "fps", motion->rate, "frames", motion->count,
                     "loop", (int)path->loop, "focus", path->focus * path->source.near_depth,
                     "zoom", zooms);
}
