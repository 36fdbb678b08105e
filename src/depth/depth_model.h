/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a loaded model, for the files of this room. */
#ifndef RELIEF_DEPTH_DEPTH_MODEL_H
#define RELIEF_DEPTH_DEPTH_MODEL_H

#include "base/aside.h"
#include "base/os.h"
#include "depth/descriptor.h"
#include "depth/kept_weights.h"
#include "nn/net.h"
#include "store/hash.h"

struct relief_model {
    rl_net *net;
    char *path;
    char *name;
    const char *source; /* a constant */
    const char *licence;
    rl_descriptor descriptor;
    int input, output;     /* of the picture and the depth, among the graph's; -1: the network is no
                          depth network */
    rl_kept_weights *kept; /* NULL: no cache */
    rl_mutex *lock;        /* guards sha256, which is computed when somebody asks */
    char sha256[RL_SHA256_DIGITS + 1];
    rl_aside *preparing;  /* NULL: relief_depth_prepare() has not been called */
    rl_shape prepared[2]; /* the inputs that it makes plans for */
    int prepared_count;
};

#endif
