/* SPDX-License-Identifier: Apache-2.0 */
/* One film, from its photo or scene to its file; runs over one and over many share it. */
#ifndef RELIEF_CLI_FILM_JOB_H
#define RELIEF_CLI_FILM_JOB_H

#include "stages.h"

typedef struct rl_cli_film {
    rl_cli_job job; /* its input and output are set */
    relief_surfaces *surfaces;
    relief_surfaces_info source;
    relief_film_options options;
    relief_film_info info;
    relief_path_info path;
    double seconds; /* that drawing and encoding took */
} rl_cli_film;

void rl_cli_film_start(rl_cli_film *film, const char *input, const char *output);
/* Make the scene, or read it, and find the camera's way. Opens the network in *model when it is
 * needed and not open. cli->side tells what a failure concerned. */
RELIEF_CHECKED relief_status rl_cli_film_open(rl_cli *cli, relief_model **model, rl_cli_film *film);
/* Draw and write it. */
RELIEF_CHECKED relief_status rl_cli_film_make(rl_cli *cli, rl_cli_film *film);
/* Add what is special to films to an object of JSON. */
void rl_cli_film_describe(json_t *object, const rl_cli_film *film);
/* Print the line of a film that is done. */
void rl_cli_film_print(const rl_cli_film *film, double seconds);
void rl_cli_film_clear(rl_cli_film *film);

#endif
