/* SPDX-License-Identifier: Apache-2.0 */
/* Joins the network, which packs weights, with the store, which keeps them; neither knows the
 * other. */
#ifndef RELIEF_DEPTH_KEPT_WEIGHTS_H
#define RELIEF_DEPTH_KEPT_WEIGHTS_H

#include "nn/net.h"

typedef struct rl_kept_weights rl_kept_weights;

/* Let a loaded network, whose precision is chosen, look into the cache. *out is NULL when there is
 * none to look into: it is switched off, or the network lies in no file. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_kept_weights_open(relief_ctx *ctx, rl_net *net,
                                                  rl_kept_weights **out);
/* Whether the cache has something for the network; NULL is fine. */
bool rl_kept_weights_found(const rl_kept_weights *kept);
/* After the network's. NULL is fine. */
void rl_kept_weights_close(rl_kept_weights *kept);

/* Keep what the network has packed, where that pays. Errors: _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_kept_weights_save(relief_ctx *ctx, rl_kept_weights *kept,
                                                  const rl_net *net);
/* Bytes of the network's constants that came from the cache. */
int64_t rl_kept_weights_bytes(const rl_net *net);

#endif
