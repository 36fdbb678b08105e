/* SPDX-License-Identifier: Apache-2.0 */
/* The program's state and its commands: what every file of this folder shares. */
#ifndef RELIEF_CLI_PROGRAM_H
#define RELIEF_CLI_PROGRAM_H

#include "arguments.h"
#include "relief/relief.h"

/* Exit codes, as the manual documents them. */
typedef enum rl_cli_exit {
    EXIT_ALL_DONE = 0,
    EXIT_SOME_FAILED = 1, /* some inputs failed, the rest are done */
    EXIT_USAGE = 2,
    EXIT_INPUT = 3,  /* no input, or the model, could be used */
    EXIT_LIMIT = 4,  /* out of memory or over a limit */
    EXIT_DEVICE = 5, /* disk or device failure */
    EXIT_FAULT = 70, /* our own fault */
    EXIT_CANCELLED = 130
} rl_cli_exit;

/* What a call deals with; it decides what a failure of the file system means. */
typedef enum rl_cli_side { SIDE_INPUT, SIDE_OUTPUT } rl_cli_side;

#define RL_CLI_TEXT_SIZE 1400

typedef enum rl_cli_progress_mode {
    PROGRESS_NONE,
    PROGRESS_BAR,
    PROGRESS_JSON
} rl_cli_progress_mode;

/* Progress and messages on stderr; see progress.h. */
typedef struct rl_cli_progress {
    rl_cli_progress_mode mode;
    const char *file; /* that is worked on, "" for none; borrowed */
    bool many;        /* the bar counts inputs, and stages of one input do not show */
    bool one_by_one;  /* inputs take their turns, and their stages do show */
    bool bar_shown;   /* the cursor stands behind a bar */
    double shown_at;  /* when the bar was last drawn, in seconds */
    char stage[24];   /* that the bar shows */
    char notes[2048]; /* messages kept back until an input is done, so that a failure is one line */
    char last_code[24]; /* of the last failure: "io", "usage", ... */
    char last_text[RL_CLI_TEXT_SIZE];
} rl_cli_progress;

typedef struct rl_cli_command rl_cli_command;

typedef struct rl_cli {
    const rl_cli_command *command;
    rl_cli_options options;
    relief_ctx *ctx;
    rl_cli_progress progress;
    rl_cli_side side; /* of the library call that runs */
    int done, failed; /* inputs so far */
    int exit_code;    /* of the failures so far; EXIT_INPUT when they differ */
} rl_cli;

/* One command. `run` returns an exit code, and has reported what went wrong. */
struct rl_cli_command {
    const char *name; /* "mesh", "model run"; "" for the one-click path */
    unsigned bit;     /* COMMAND_* */
    const char *synopsis;
    const char *about;    /* lines for --help */
    const char *examples; /* lines for --help */
    int (*run)(rl_cli *cli);
};

int rl_cli_convert(rl_cli *cli);
int rl_cli_mesh(rl_cli *cli);
int rl_cli_depth(rl_cli *cli);
int rl_cli_model_list(rl_cli *cli);
int rl_cli_model_info(rl_cli *cli);
int rl_cli_model_run(rl_cli *cli);
int rl_cli_render(rl_cli *cli);
int rl_cli_video(rl_cli *cli);
int rl_cli_view(rl_cli *cli);
int rl_cli_model_pull(rl_cli *cli);
int rl_cli_model_add(rl_cli *cli);
int rl_cli_model_remove(rl_cli *cli);
int rl_cli_model_cache(rl_cli *cli);
int rl_cli_info(rl_cli *cli);
int rl_cli_bench(rl_cli *cli);

/* Print what a model file holds; what `relief info` does with .onnx files. Returns an exit code. */
int rl_cli_describe_model(rl_cli *cli, const char *name);
/* Print what a .glb of relief's holds. Returns an exit code. */
int rl_cli_describe_scene(rl_cli *cli, const char *path);

#endif
