/* SPDX-License-Identifier: Apache-2.0 */
#include "drawn_scene.h"

#include "glb_reader.h"

relief_status rl_cli_place_photo(rl_cli *cli, relief_model **model, rl_cli_job *job) {
    relief_status status = rl_cli_take_embedded(cli, job);
    if (!status)
        status = rl_cli_want_model(cli, model, job);
    if (!status)
        status = rl_cli_decode(cli, *model, job);
    if (!status)
        status = rl_cli_find_depth(cli, *model, job);
    return status ? status : rl_cli_place(cli, job);
}

relief_status rl_cli_make_surfaces(rl_cli *cli, rl_cli_job *job, relief_surfaces **out) {
    relief_status status = rl_cli_triangulate(cli, job);
    return status ? status : relief_surfaces_of_mesh(cli->ctx, job->mesh, out);
}

/* Make the scene of a photo. */
static relief_status make_scene(rl_cli *cli, rl_cli_scene *scene) {
    relief_model *model = NULL;
    relief_status status = rl_cli_place_photo(cli, &model, &scene->job);
    rl_cli_close_model(cli, model);
    return status ? status : rl_cli_make_surfaces(cli, &scene->job, &scene->surfaces);
}

relief_status rl_cli_open_scene(rl_cli *cli, rl_cli_scene *scene) {
    relief_status status = RELIEF_OK;
    cli->side = SIDE_OUTPUT;
    if (scene->job.output)
        status = relief_output_check(cli->ctx, scene->job.output, cli->options.force);
    if (status)
        return status;
    cli->side = SIDE_INPUT;
    status = rl_cli_is_glb(scene->job.input)
                 ? relief_surfaces_load(cli->ctx, scene->job.input, &scene->surfaces)
                 : make_scene(cli, scene);
    if (!status) {
        scene->info.struct_size = sizeof scene->info;
        relief_surfaces_get_info(scene->surfaces, &scene->info);
    }
    return status;
}

void rl_cli_scene_clear(rl_cli_scene *scene) {
    relief_surfaces_free(scene->surfaces);
    scene->surfaces = NULL;
    rl_cli_job_clear(&scene->job);
}
