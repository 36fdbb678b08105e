/* SPDX-License-Identifier: Apache-2.0 */
/* Camera moves of the command line: --move, --path and what goes with them. */
#ifndef RELIEF_CLI_CAMERA_PATH_H
#define RELIEF_CLI_CAMERA_PATH_H

#include "stages.h"

/* Whether the camera is to move. */
bool rl_cli_moves(const rl_cli *cli);
/* Whether a file of this name tells how the camera moves. */
bool rl_cli_holds_moves(const char *output);
/* The travel that scenes are made for: --travel, or more where --amount asks for it. */
double rl_cli_travel(const rl_cli *cli);
/* Check that the options make sense together. EXIT_ALL_DONE or EXIT_USAGE, reported. */
int rl_cli_check_move(rl_cli *cli);
/* Work out job->path for pictures of this size (0: of the photo's shape), and write it where
 * --save-camera says. `surfaces` may be NULL: those of job->mesh. */
RELIEF_CHECKED relief_status rl_cli_find_path(rl_cli *cli, rl_cli_job *job,
                                              const relief_surfaces *surfaces, int width,
                                              int height);

#endif
