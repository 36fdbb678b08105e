/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that only give a value another shape, for values of all types. */
#ifndef RELIEF_NN_ONEDNN_SHAPE_H
#define RELIEF_NN_ONEDNN_SHAPE_H

#include "nn/onednn/program.h"

/* As rl_onednn_op.prepare, for Reshape, Squeeze and the like. */
RELIEF_CHECKED relief_status rl_onednn_prepare_shape(relief_ctx *ctx, rl_onednn_program *program,
                                                     int index);

#endif
