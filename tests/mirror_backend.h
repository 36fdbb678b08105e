/* SPDX-License-Identifier: Apache-2.0 */
/* A backend for tests whose memory is no host memory: bytes lie reversed and scrambled, with marks
 * around every value, and kernels run when somebody waits for them. Whoever reads or writes behind
 * a handle, runs ahead of the queue, uses a constant that was given back, or lays values over each
 * other gets garbage or an error.
 *
 * Kernels are the reference ones, so results must have the same bits. */
#ifndef RELIEF_TESTS_MIRROR_BACKEND_H
#define RELIEF_TESTS_MIRROR_BACKEND_H

#include "nn/backend.h"

extern const rl_backend_api mirror_backend;

/* Let programs made from now on refuse one operator ("Relu"), which then runs on the host; NULL:
 * none. */
void mirror_refuse(const char *op_type);
/* Nodes that the mirror has run, and outputs that took over an input's memory, since the process
 * began. */
int mirror_run_count(void);
int mirror_in_place_count(void);

#endif
