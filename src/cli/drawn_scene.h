/* SPDX-License-Identifier: Apache-2.0 */
/* A scene to be drawn, of a photo or from a file; render, view and video share it. */
#ifndef RELIEF_CLI_DRAWN_SCENE_H
#define RELIEF_CLI_DRAWN_SCENE_H

#include "stages.h"

/* Geometry lies in the job's mesh or in the surfaces' file. Clear with rl_cli_scene_clear(). */
typedef struct rl_cli_scene {
    rl_cli_job job; /* its input is set, and its output where there is one */
    relief_surfaces *surfaces;
    relief_surfaces_info info;
} rl_cli_scene;

/* The way from the photo to triangles, in two steps: decode it, find its depth, place it...
 * Opens the network in *model when it is needed and not open. cli->side as below. */
RELIEF_CHECKED relief_status rl_cli_place_photo(rl_cli *cli, relief_model **model, rl_cli_job *job);
/* ...and triangulate it. The caller frees *out; geometry lies in the job's mesh. */
RELIEF_CHECKED relief_status rl_cli_make_surfaces(rl_cli *cli, rl_cli_job *job,
                                                  relief_surfaces **out);

/* Make the scene of the photo, or read it from the .glb file, that the job names; cli->side tells
 * what a failure concerned. What would be written must be allowed to. */
RELIEF_CHECKED relief_status rl_cli_open_scene(rl_cli *cli, rl_cli_scene *scene);
void rl_cli_scene_clear(rl_cli_scene *scene);

#endif
