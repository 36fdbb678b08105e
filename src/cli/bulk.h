/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over folders of inputs: which inputs, progress, report and exit code. What is done to an
 * input is the command's own; see cmd_depth.c. */
#ifndef RELIEF_CLI_BULK_H
#define RELIEF_CLI_BULK_H

#include "report.h"

typedef struct rl_cli_bulk rl_cli_bulk;

/* What a command does with each input. */
typedef struct rl_cli_bulk_work {
    const char *stage;          /* in progress lines: "depth" */
    const char *const *endings; /* as in relief_batch_options */
    const char *const *settings;
    const relief_batch_stage *stages;
    int stage_count;
    int workers;        /* as in relief_batch_job */
    size_t state_bytes; /* the state begins with a rl_cli_bulk_state */
    relief_status (*weigh)(relief_ctx *ctx, const relief_batch_item *item, void *state, void *user,
                           int64_t *bytes);
    /* Add what is special to an input's report, and to its line of JSON. */
    void (*describe)(json_t *object, const void *state, void *user);
    /* Print the line of an input that is done. */
    void (*print)(const relief_batch_item *item, const double *ms, const void *state, void *user);
    /* Free what the state holds, after a failure too. */
    void (*clear)(void *state);
    void *user; /* of the stages and the functions above */
} rl_cli_bulk_work;

/* What every state begins with. */
typedef struct rl_cli_bulk_state {
    rl_cli_side side; /* that the stage which runs deals with */
} rl_cli_bulk_state;

/* Check --shard, --memory, --report and the like. EXIT_ALL_DONE or EXIT_USAGE, reported. */
int rl_cli_bulk_check(rl_cli *cli);
/* Do the work on all inputs; returns the exit code. */
int rl_cli_bulk_run(rl_cli *cli, const rl_cli_bulk_work *work);

/* Copy --memory's "4G" or "500M" as bytes; false when it is neither. */
bool rl_cli_read_bytes(const char *text, int64_t *bytes);
/* Read "K/N" or, for "auto", what Slurm or Kubernetes say. False with a reason in `error`. */
bool rl_cli_read_shard(const char *text, int *shard, int *count, char *error, size_t error_size);

#endif
