/* SPDX-License-Identifier: Apache-2.0 */
/* Which file each input is written to, settled before any work is done. */
#ifndef RELIEF_CLI_OUTPUTS_H
#define RELIEF_CLI_OUTPUTS_H

#include "program.h"

/* Output names, one an input, in the inputs' order. */
typedef struct rl_cli_outputs {
    char **paths;
    int count;
} rl_cli_outputs;

/* Name the outputs of all inputs. Without --output each stands beside its photo. `ending` (".glb")
 * is what names made here end in. Refuses, before any work: an output over a file that is read, two
 * inputs with one output, several inputs into one file, `-` without a name. Returns EXIT_ALL_DONE,
 * or the exit code of what it reported. Undo with rl_cli_outputs_clear(), also after a failure. */
int rl_cli_name_outputs(rl_cli *cli, const char *ending, rl_cli_outputs *outputs);
void rl_cli_outputs_clear(rl_cli_outputs *outputs);

/* Whether --output names a folder: it is one, or its name has no ending (`maps`, `out/`). */
bool rl_cli_output_is_folder(const char *path);
/* The ending of a path's last part with its dot, "" for none; borrowed. */
const char *rl_cli_ending(const char *path);
/* FOLDER/STEM+ENDING; a new string for free(), NULL without memory. */
char *rl_cli_join(const char *folder, const char *stem, int stem_length, const char *ending);
/* Whether two outputs, which need not exist, are one file. */
bool rl_cli_same_output(const char *a, const char *b);
/* EXIT_USAGE, reported, when writing `output` would replace `input`; NULL for either is fine. */
int rl_cli_refuse_same(rl_cli *cli, const char *output, const char *input);

#endif
