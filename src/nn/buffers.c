/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/buffers.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

struct rl_lent_buffer {
    rl_lent_buffer *next;
    rl_buffer *memory;
    size_t bytes;
    int users;     /* the thread that has it, and those that wait for it */
    rl_mutex *use; /* one thread at a time */
};

struct rl_buffers {
    rl_backend *backend;
    rl_mutex *lock; /* of the list and of `users` */
    rl_lent_buffer *list;
};

relief_status rl_buffers_new(relief_ctx *ctx, rl_backend *backend, rl_buffers **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_buffers), &memory);
    if (status) {
        return status;
    }
    rl_buffers *buffers = memory;
    buffers->backend = backend;
    status = rl_mutex_new(ctx, &buffers->lock);
    if (status) {
        rl_free(buffers);
        return status;
    }
    *out = buffers;
    return RELIEF_OK;
}

static void free_one(const rl_buffers *buffers, rl_lent_buffer *one) {
    if (one->memory) {
        buffers->backend->api->buffer_free(buffers->backend, one->memory);
    }
    rl_mutex_free(one->use);
    rl_free(one);
}

void rl_buffers_free(rl_buffers *buffers) {
    if (!buffers) {
        return;
    }
    for (rl_lent_buffer *one = buffers->list, *next; one; one = next) {
        next = one->next;
        free_one(buffers, one);
    }
    rl_mutex_free(buffers->lock);
    rl_free(buffers);
}

static relief_status new_one(relief_ctx *ctx, const rl_buffers *buffers, size_t bytes,
                             rl_lent_buffer **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_lent_buffer), &memory);
    if (status) {
        return status;
    }
    rl_lent_buffer *one = memory;
    one->bytes = bytes;
    status = rl_mutex_new(ctx, &one->use);
    if (!status) {
        status = buffers->backend->api->buffer_new(ctx, buffers->backend, bytes, &one->memory);
    }
    if (status) {
        free_one(buffers, one);
        return status;
    }
    *out = one;
    return RELIEF_OK;
}

/* The smallest free buffer that is large enough. */
static rl_lent_buffer *find_free(const rl_buffers *buffers, size_t bytes) {
    rl_lent_buffer *best = NULL;
    for (rl_lent_buffer *one = buffers->list; one; one = one->next) {
        if (!one->users && one->bytes >= bytes && (!best || one->bytes < best->bytes)) {
            best = one;
        }
    }
    return best;
}

/* The one in use that is large enough and that the fewest wait for. */
static rl_lent_buffer *find_shortest_queue(const rl_buffers *buffers, size_t bytes) {
    rl_lent_buffer *best = NULL;
    for (rl_lent_buffer *one = buffers->list; one; one = one->next) {
        if (one->bytes >= bytes && (!best || one->users < best->users)) {
            best = one;
        }
    }
    return best;
}

/* Free one that is too small, so that a larger one takes its place. */
static void drop_free_one(rl_buffers *buffers) {
    for (rl_lent_buffer **at = &buffers->list; *at; at = &(*at)->next) {
        if (!(*at)->users) {
            rl_lent_buffer *gone = *at;
            *at = gone->next;
            free_one(buffers, gone);
            return;
        }
    }
}

relief_status rl_buffers_take(relief_ctx *ctx, rl_buffers *buffers, size_t bytes,
                              rl_lent_buffer **out) {
    relief_status status = RELIEF_OK;
    rl_mutex_lock(buffers->lock);
    *out = find_free(buffers, bytes);
    if (!*out) {
        drop_free_one(buffers);
        status = new_one(ctx, buffers, bytes, out);
        if (!status) {
            (*out)->next = buffers->list;
            buffers->list = *out;
        } else if (status == RELIEF_ERROR_MEMORY) {
            *out = find_shortest_queue(buffers, bytes);
            status = *out ? RELIEF_OK : status;
        }
    }
    if (*out) {
        (*out)->users++;
    }
    rl_mutex_unlock(buffers->lock);
    if (*out) {
        rl_mutex_lock((*out)->use);
    }
    return status;
}

rl_buffer *rl_buffers_memory(const rl_lent_buffer *lent) {
    return lent->memory;
}

void rl_buffers_give_back(rl_buffers *buffers, rl_lent_buffer *lent) {
    rl_mutex_unlock(lent->use);
    rl_mutex_lock(buffers->lock);
    lent->users--;
    rl_mutex_unlock(buffers->lock);
}

size_t rl_buffers_bytes(rl_buffers *buffers) {
    size_t bytes = 0;
    rl_mutex_lock(buffers->lock);
    for (const rl_lent_buffer *one = buffers->list; one; one = one->next) {
        bytes += one->bytes;
    }
    rl_mutex_unlock(buffers->lock);
    return bytes;
}
