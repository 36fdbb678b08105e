/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels of Conv and QLinearConv share. */
#ifndef RELIEF_NN_ONEDNN_CONV_SPEC_H
#define RELIEF_NN_ONEDNN_CONV_SPEC_H

#include "nn/onednn/program.h"

/* Sizes of the convolution that a node asks for, its weights at input `weights`; types, blocks and
 * bias are left to the caller. False when it has no output. */
bool rl_onednn_describe_conv(const rl_graph *graph, const rl_node *node, int weights,
                             rl_dnnl_conv_spec *spec);

/* The library's kernel for the spec in blocks of whole vectors (pictures of up to 4 channels are
 * read row-major), with as many of its steps as the library takes: blocks, groups and step_count
 * are set to what the kernel has. *merged: groups that became one. *out is NULL, and the blocks are
 * 1, where the library has none. Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_onednn_choose_conv(relief_ctx *ctx, rl_onednn_program *program,
                                                   rl_dnnl_conv_spec *spec, int64_t *merged,
                                                   rl_dnnl_conv **out);

/* Weights (M, C / groups, kh, kw) for the groups of the spec, `merged` times as large as those of
 * `from`: merged times as many floats. */
void rl_onednn_spread_weights(const rl_dnnl_conv_spec *spec, int64_t merged, const float *from,
                              float *to);

#endif
