/* SPDX-License-Identifier: Apache-2.0 */
/* The way from a photo to a file, one function a stage; convert, mesh, depth and bench share it. */
#ifndef RELIEF_CLI_STAGES_H
#define RELIEF_CLI_STAGES_H

#include "report.h"

typedef enum rl_cli_stage {
    STAGE_DECODE,
    STAGE_MODEL,
    STAGE_DEPTH,
    STAGE_SCENE,
    STAGE_MESH,
    STAGE_WRITE,
    STAGE_COUNT
} rl_cli_stage;

extern const char *const rl_cli_stage_names[STAGE_COUNT];

/* One input on its way; what a stage leaves for the next. Clear with rl_cli_job_clear(). */
typedef struct rl_cli_job {
    const char *input;
    const char *output;
    relief_mesh_kind kind; /* of mesh to make */
    relief_image *photo;
    relief_depth *depth;
    const char *depth_from; /* "network", "file" or "embedded" */
    relief_scene *scene;
    relief_mesh *mesh;
    relief_path *path;      /* of the camera; NULL: it stands still */
    double ms[STAGE_COUNT]; /* milliseconds each stage took, 0 for one that did not run */
} rl_cli_job;

/* All return a status; cli->side tells what it concerned. */
RELIEF_CHECKED relief_status rl_cli_open_model(rl_cli *cli, relief_model **out);
/* Free the model (NULL is fine) when the results are out; its weights are kept for the next start
 * where that pays. */
void rl_cli_close_model(rl_cli *cli, relief_model *model);
/* Take the depth map that the photo's file has in it, unless another is asked for. */
RELIEF_CHECKED relief_status rl_cli_take_embedded(rl_cli *cli, rl_cli_job *job);
/* Open the network in *model when the job needs it and it is not open. */
RELIEF_CHECKED relief_status rl_cli_want_model(rl_cli *cli, relief_model **model, rl_cli_job *job);
/* Pixels on the long side that the network needs: a photo may be decoded smaller than it is when
 * nothing else needs its pixels. */
int rl_cli_side_for_network(const rl_cli *cli, const relief_model *model);
/* Whether the job gets a network's closer look: where a second layer shows every edge from beside
 * it, and at high quality. */
bool rl_cli_looks_closer(const rl_cli *cli, const rl_cli_job *job);
/* Let the network get ready for the job's photo, if it needs it, while that is decoded. */
RELIEF_CHECKED relief_status rl_cli_prepare(rl_cli *cli, relief_model *model,
                                            const rl_cli_job *job);
/* `model` may be NULL: the network needs no pixels then. */
RELIEF_CHECKED relief_status rl_cli_decode(rl_cli *cli, const relief_model *model, rl_cli_job *job);
RELIEF_CHECKED relief_status rl_cli_estimate(rl_cli *cli, const relief_model *model,
                                             rl_cli_job *job);
/* Move the map's edges to the photo's, where the output has the photo's size and --quality is not
 * draft. */
RELIEF_CHECKED relief_status rl_cli_sharpen(rl_cli *cli, rl_cli_job *job);
/* Fill job->depth in the way that --depth, the photo's file and the model allow. */
RELIEF_CHECKED relief_status rl_cli_find_depth(rl_cli *cli, const relief_model *model,
                                               rl_cli_job *job);
RELIEF_CHECKED relief_status rl_cli_place(rl_cli *cli, rl_cli_job *job);
RELIEF_CHECKED relief_status rl_cli_triangulate(rl_cli *cli, rl_cli_job *job);
RELIEF_CHECKED relief_status rl_cli_write_mesh(rl_cli *cli, rl_cli_job *job);
void rl_cli_job_clear(rl_cli_job *job);

/* Check what goes with photos: --depth and --depth-is, then as below. EXIT_ALL_DONE or EXIT_USAGE,
 * reported. */
int rl_cli_check_photo_options(rl_cli *cli);
/* Check --device, --precision and the like, which name what this build may not have. EXIT_ALL_DONE
 * or EXIT_USAGE, reported. */
int rl_cli_check_network_options(rl_cli *cli);

/* What all jobs' results have in common: input, output, bytes, ms. */
json_t *rl_cli_job_json(const rl_cli_job *job);
/* All stages together, in seconds. */
double rl_cli_job_seconds(const rl_cli_job *job);

#endif
