/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/kept_weights.h"

#include "base/memory.h"
#include "base/status.h"
#include "store/weights.h"

#include <assert.h>
#include <string.h>

static_assert((int)RL_PREPARED_WORDS == (int)RL_WEIGHTS_WORDS, "nn and store agree on keys");

struct rl_kept_weights {
    rl_prepared_cache cache; /* what the network looks into */
    rl_weights *weights;
    char *build;
};

static const void *find(void *user, relief_ctx *ctx, const rl_prepared_key *key, size_t bytes) {
    const rl_kept_weights *kept = user;
    return rl_weights_find(kept->weights, ctx, key->words, bytes);
}

relief_status rl_kept_weights_open(relief_ctx *ctx, rl_net *net, rl_kept_weights **out) {
    void *memory;
    rl_weights_owner owner = {0};
    *out = NULL;
    owner.files = rl_net_files(net, &owner.file_count);
    if (!owner.file_count) {
        return RELIEF_OK;
    }
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_kept_weights), &memory);
    if (status) {
        return status;
    }
    rl_kept_weights *kept = memory;
    /* The commit and the libraries' versions stand in the facts of the build. */
    kept->build = rl_format("%s%s %s %s", relief_build_info(), rl_net_backend_name(net),
                            rl_net_instruction_set(net), rl_precision_name(rl_net_precision(net)));
    owner.build = kept->build;
    status = kept->build ? rl_weights_open(ctx, &owner, &kept->weights) : rl_fail_memory(ctx, 0);
    if (status || !kept->weights) {
        rl_kept_weights_close(kept);
        return status;
    }
    kept->cache = (rl_prepared_cache){.user = kept, .find = find};
    rl_net_use_cache(net, &kept->cache);
    *out = kept;
    return RELIEF_OK;
}

bool rl_kept_weights_found(const rl_kept_weights *kept) {
    return kept && rl_weights_found(kept->weights);
}

void rl_kept_weights_close(rl_kept_weights *kept) {
    if (kept) {
        rl_weights_close(kept->weights);
        rl_free(kept->build);
        rl_free(kept);
    }
}

static bool count_one(void *user, const rl_prepared *item) {
    (void)item;
    ++*(size_t *)user;
    return true;
}

/* The network's list in the store's words. */
typedef struct collecting {
    rl_weights_item *items;
    size_t count, room;
} collecting;

static bool collect_one(void *user, const rl_prepared *item) {
    collecting *all = user;
    if (all->count == all->room) {
        return false;
    }
    rl_weights_item *to = &all->items[all->count++];
    memcpy(to->key, item->key.words, sizeof(to->key));
    to->data = item->data;
    to->bytes = item->bytes;
    return true;
}

relief_status rl_kept_weights_save(relief_ctx *ctx, rl_kept_weights *kept, const rl_net *net) {
    collecting all = {0};
    void *memory = NULL;
    rl_net_each_prepared(net, count_one, &all.room);
    relief_status status = rl_calloc_in(ctx, all.room + 1, sizeof(rl_weights_item), &memory);
    if (status) {
        return status;
    }
    all.items = memory;
    rl_net_each_prepared(net, collect_one, &all);
    status = rl_weights_keep(ctx, kept->weights, all.items, all.count);
    rl_free(all.items);
    return status;
}

static bool add_bytes(void *user, const rl_prepared *item) {
    *(int64_t *)user += item->kept ? (int64_t)item->bytes : 0;
    return true;
}

int64_t rl_kept_weights_bytes(const rl_net *net) {
    int64_t bytes = 0;
    rl_net_each_prepared(net, add_bytes, &bytes);
    return bytes;
}
