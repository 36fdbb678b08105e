/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the values of runs, shared by the plans of a network: one buffer for each run that
 * goes on at the same time, however many plans there are. */
#ifndef RELIEF_NN_BUFFERS_H
#define RELIEF_NN_BUFFERS_H

#include "nn/backend.h"

typedef struct rl_buffers rl_buffers;

/* For a backend that outlives it. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_buffers_new(relief_ctx *ctx, rl_backend *backend, rl_buffers **out);
/* All buffers have been given back by then; NULL is fine. */
void rl_buffers_free(rl_buffers *buffers);

/* A buffer in use. */
typedef struct rl_lent_buffer rl_lent_buffer;

/* A buffer of at least `bytes` for this thread alone, whatever stands in it. Where none is free and
 * the system gives no memory for one more, the thread waits for another's. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_buffers_take(relief_ctx *ctx, rl_buffers *buffers, size_t bytes,
                                             rl_lent_buffer **out);
rl_buffer *rl_buffers_memory(const rl_lent_buffer *lent);
void rl_buffers_give_back(rl_buffers *buffers, rl_lent_buffer *lent);

/* Bytes of all buffers. */
size_t rl_buffers_bytes(rl_buffers *buffers);

#endif
