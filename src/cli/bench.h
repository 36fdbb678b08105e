/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of `relief bench` share. */
#ifndef RELIEF_CLI_BENCH_H
#define RELIEF_CLI_BENCH_H

#include "program.h"

/* Time the network of --model alone. Returns an exit code. */
int rl_cli_bench_network(rl_cli *cli);

/* The middle of `count` values, which are sorted by the call. */
double rl_cli_median(double *values, int count);

#endif
