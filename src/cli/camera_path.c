/* SPDX-License-Identifier: Apache-2.0 */
#include "camera_path.h"

#include "outputs.h"
#include "progress.h"

#include <string.h>
#include <strings.h>

static const double DEFAULT_TRAVEL = 0.10;

bool rl_cli_moves(const rl_cli *cli) {
    return cli->options.move || cli->options.path || cli->command->bit == COMMAND_VIDEO;
}

bool rl_cli_holds_moves(const char *output) {
    const char *ending = rl_cli_ending(output);
    return !strcmp(output, "-") || !strcasecmp(ending, ".glb") || !strcasecmp(ending, ".gltf");
}

double rl_cli_travel(const rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (!rl_cli_moves(cli))
        return options->travel;
    double travel = options->travel > 0 ? options->travel : DEFAULT_TRAVEL;
    travel *= options->amount > 1 ? options->amount : 1;
    return travel < 1 ? travel : 1;
}

int rl_cli_check_move(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    const bool settings = options->amount > 0 || options->seconds > 0 || options->loop;
    if (options->path && (options->move || settings))
        return rl_cli_usage(cli, "--path: the file says how the camera moves (leave out --move, "
                                 "--amount, --seconds and --loop)");
    if (!rl_cli_moves(cli) && (settings || options->fps > 0 || options->save_camera))
        return rl_cli_usage(cli, "--amount, --seconds, --fps, --loop and --save-camera go with "
                                 "--move or --path");
    if (options->save_camera && options->inputs.count > 1)
        return rl_cli_usage(cli, "--save-camera: one file for %d photos (name one photo)",
                            options->inputs.count);
    if (options->save_camera && options->path &&
        rl_cli_same_output(options->save_camera, options->path))
        return rl_cli_usage(cli, "--save-camera: would replace the file of --path");
    return EXIT_ALL_DONE;
}

static relief_status make_path(rl_cli *cli, const relief_sight *sight, bool of_photo,
                               rl_cli_job *job) {
    const rl_cli_options *options = &cli->options;
    relief_path_options want = RELIEF_OPTIONS_INIT(relief_path_options);
    if (options->path)
        return relief_path_load(cli->ctx, sight, options->path, &job->path);
    if (options->move && !relief_move_of(options->move, &want.move))
        want.move = RELIEF_MOVE_AUTO;
    /* A photo's scene is made for all that is asked for. */
    want.amount = of_photo && options->amount > 1 ? 1 : options->amount;
    want.seconds = options->seconds;
    want.loop = options->loop;
    return relief_path_new(cli->ctx, sight, &want, &job->path);
}

relief_status rl_cli_find_path(rl_cli *cli, rl_cli_job *job, const relief_surfaces *surfaces,
                               int width, int height) {
    relief_surfaces *own = NULL;
    relief_sight *sight = NULL;
    relief_status status = RELIEF_OK;
    cli->side = SIDE_INPUT;
    if (!surfaces)
        status = relief_surfaces_of_mesh(cli->ctx, job->mesh, &own);
    if (!status)
        status = relief_sight_new(cli->ctx, surfaces ? surfaces : own, &sight);
    if (!status)
        status = make_path(cli, sight, job->scene != NULL, job);
    if (!status && width)
        status = relief_path_fit(cli->ctx, job->path, sight, width, height);
    if (!status && cli->options.save_camera) {
        cli->side = SIDE_OUTPUT;
        status =
            relief_path_save(cli->ctx, job->path, cli->options.save_camera, cli->options.force);
    }
    relief_sight_free(sight);
    relief_surfaces_free(own);
    return status;
}
