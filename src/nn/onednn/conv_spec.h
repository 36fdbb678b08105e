/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels of Conv and QLinearConv share. */
#ifndef RELIEF_NN_ONEDNN_CONV_SPEC_H
#define RELIEF_NN_ONEDNN_CONV_SPEC_H

#include "nn/onednn/program.h"

/* Sizes of the convolution that a node asks for, its weights at input `weights`; types, blocks and
 * bias are left to the caller. False when it has no output. */
bool rl_onednn_describe_conv(const rl_graph *graph, const rl_node *node, int weights,
                             rl_dnnl_conv_spec *spec);

#endif
