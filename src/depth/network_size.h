/* SPDX-License-Identifier: Apache-2.0 */
/* The size that a network runs at, as the networks' authors compute it. */
#ifndef RELIEF_DEPTH_NETWORK_SIZE_H
#define RELIEF_DEPTH_NETWORK_SIZE_H

#include "depth/descriptor.h"

/* Shapes longer than this many times the short side are squashed for the network: a strip of 50,000
 * x 500 pixels would otherwise ask a lower-bound network for a run of a hundred times its usual
 * memory. */
#define RL_MAX_NETWORK_ASPECT 4

/* Network size for a photo of width x height pixels (both at least 1).
 * Source: Resize in MiDaS' midas/transforms.py, Depth Anything's dpt.py: sides are rounded to the
 * nearest multiple, half to even, then up where they fell below a lower bound and down where they
 * rose above an upper one. Beside them: at least one multiple, and at most RL_MAX_NETWORK_ASPECT
 * times the descriptor's own side. */
void rl_network_size(const rl_descriptor *descriptor, int width, int height, int *network_width,
                     int *network_height);

/* Make the sides of the first look those of the closer one: by the descriptor's closer_look, to the
 * nearest multiple, half to even. false, and nothing is changed: that is no larger on both sides,
 * or more than RL_MAX_NETWORK_SIDE. */
bool rl_closer_size(const rl_descriptor *descriptor, int *network_width, int *network_height);

#endif
