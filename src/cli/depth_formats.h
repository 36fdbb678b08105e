/* SPDX-License-Identifier: Apache-2.0 */
/* What --format, --as, --range and the like ask of a depth map's files. */
#ifndef RELIEF_CLI_DEPTH_FORMATS_H
#define RELIEF_CLI_DEPTH_FORMATS_H

#include "program.h"

enum { RL_CLI_MAX_FORMATS = 7 };

typedef struct rl_cli_depth_format {
    const char *name;
    const char *ending; /* of files in a folder; "-preview.png" of the preview */
    relief_depth_format value;
    bool is_picture; /* --range and --invert count */
} rl_cli_depth_format;

/* The format that a file's ending says; NULL for none. */
const rl_cli_depth_format *rl_cli_depth_format_of(const char *path);

/* All that is to be written of one map. */
typedef struct rl_cli_depth_files {
    const rl_cli_depth_format *formats[RL_CLI_MAX_FORMATS];
    int count;
    relief_depth_save_options save; /* but for the format and the photo beside it */
    bool converts;                  /* --as asks for `kind` */
    relief_depth_kind kind;
    bool side_by_side;
} rl_cli_depth_files;

/* Read the options. `file`: the one output, whose ending counts where --format is not given; NULL
 * for a folder. EXIT_ALL_DONE, or EXIT_USAGE, reported. */
int rl_cli_depth_files_read(rl_cli *cli, const char *file, rl_cli_depth_files *out);

/* Write the files that are wanted: outputs[i] of formats[i], NULL: not that one. */
RELIEF_CHECKED relief_status rl_cli_depth_files_write(relief_ctx *ctx,
                                                      const rl_cli_depth_files *files,
                                                      const relief_depth *depth,
                                                      const relief_image *photo,
                                                      const char *const *outputs);

/* All that the file of formats[i] depends on besides the photo; for free(), NULL without memory. */
char *rl_cli_depth_settings(const rl_cli *cli, const relief_model *model,
                            const rl_cli_depth_files *files, int i);

#endif
