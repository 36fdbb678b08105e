/* SPDX-License-Identifier: Apache-2.0 */
/* How a bare .onnx file gets its descriptor.
 *
 * The first of these that applies:
 *   "like"       the catalogue entry that the caller named (--like)
 *   "json"       FILE.json beside FILE.onnx
 *   "metadata"   keys relief.KEY in the file; values are JSON, or bare words
 *   "catalogue"  the file's SHA-256 is that of an entry, or its name is that of an entry whose
 *                SHA-256 is not known
 *   "rules"      the graph alone; the guess is logged in one line
 * What the first four do not say comes from the rules, and sizes that the file fixes are obeyed
 * whatever the rest says.
 *
 * The rules:
 *   input        the first of four dimensions whose channels are 3 or free
 *   output       the best by name: *disp*, *inverse*; *metric*, *metre*; *predicted_depth*;
 *                *depth*; else the first
 *   size         fixed by the file: exactly that, the photo squashed to it, as the authors of such
 *                files do; first Conv is a patch embedding (stride = kernel): of 14: 518
 *                lower_bound (Depth Anything), of 16: 384 minimal (DPT); else 384 on the long side
 *   multiple     the patch size (32 for 16, as DPT's authors have it); else the strides multiplied
 *                along the way to the coarsest map
 *   mean, std    (1) the picture first meets Sub, Add, Mul, Div or BatchNormalization with
 *                constants: normalised inside, nothing is done outside; constants made for 0..255
 *                are recognised by their size, and the picture is then fed so;
 *                (2) patches of 14: ImageNet's mean and std; of 16: 0.5 and 0.5;
 *                (3) an input called "image", "rgb" or "img": RGB in 0..1 as it is, since exporters
 *                that name it so wrap the whole pipeline;
 *                (4) else ImageNet's
 *   kind         name with "disp" or "inverse": disparity; "metric", "metre", "meter": metres;
 *                "depth" alone: metres for an output (N,1,H,W), else disparity (MiDaS, DPT and
 *                Depth Anything give (N,H,W) of disparity under that name) */
#ifndef RELIEF_DEPTH_DESCRIPTOR_RULES_H
#define RELIEF_DEPTH_DESCRIPTOR_RULES_H

#include "depth/descriptor.h"
#include "nn/net.h"

/* Work out *descriptor from the graph alone. *input, *output: positions in the graph's inputs and
 * outputs, chosen by the descriptor's names where it has them. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_rules_guess(relief_ctx *ctx, const rl_graph *graph,
                                            rl_descriptor *descriptor);

/* Position of the picture input, and of the depth output, among the graph's; the descriptor's names
 * win. -1: there is none. */
int rl_rules_input(const rl_graph *graph, const rl_descriptor *descriptor);
int rl_rules_output(const rl_graph *graph, const rl_descriptor *descriptor);

/* What rl_describe() finds out. */
typedef struct rl_description {
    rl_descriptor descriptor;
    const char *source; /* a constant: "like", "json", ... */
    int entry;          /* of the catalogue, that the file was recognised as; -1: none */
} rl_description;

/* Descriptor of a loaded network by the order above. `like` may be NULL. Errors: _ARG (`like` is
 * not in the catalogue), _FORMAT (JSON, metadata), _IO, _MEMORY. */
RELIEF_CHECKED relief_status rl_describe(relief_ctx *ctx, const rl_net *net, const char *path,
                                         const char *like, rl_description *out);

#endif
