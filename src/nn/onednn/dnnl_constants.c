/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of a program: its own, those that it shares with other programs of the network, and
 * those that an earlier process has packed. */
#include "nn/onednn/program.h"

#include "base/os.h"
#include "base/status.h"

/* Count bytes of constants. */
static relief_status count_constant(relief_ctx *ctx, const rl_onednn_program *program, size_t bytes,
                                    size_t *total) {
    if (!rl_add_size(program->constant_bytes, bytes, total) || *total > program->constant_limit)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "the network's constants want %zu MiB, more than this machine has",
                       (program->constant_bytes >> 20) + (bytes >> 20));
    return RELIEF_OK;
}

relief_status rl_onednn_constant(relief_ctx *ctx, rl_onednn_program *program, size_t bytes,
                                 void **out) {
    void *list = program->constants;
    size_t total;
    relief_status status = count_constant(ctx, program, bytes, &total);
    if (status)
        return status;
    status = rl_grow(ctx, &list, &program->constant_capacity, program->constant_count + 1,
                     sizeof *program->constants);
    program->constants = list;
    if (!status)
        status = rl_calloc_in(ctx, bytes, 1, out);
    if (status)
        return status;
    program->constants[program->constant_count++] = *out;
    program->constant_bytes = total;
    return RELIEF_OK;
}

void *rl_onednn_find_packed(const rl_onednn_program *program, int value, rl_form form) {
    for (size_t i = program->packed_first[value]; i; i = program->packed[i - 1].next)
        if (program->packed[i - 1].form.block == form.block &&
            program->packed[i - 1].form.type == form.type)
            return program->packed[i - 1].data;
    return NULL;
}

/* Let later kernels find a form of a constant. */
static relief_status add_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                rl_form form, void *data) {
    void *list = program->packed;
    relief_status status = rl_grow(ctx, &list, &program->packed_capacity, program->packed_count + 1,
                                   sizeof *program->packed);
    program->packed = list;
    if (status)
        return status;
    program->packed[program->packed_count++] =
        (rl_onednn_packed){form, data, program->packed_first[value]};
    program->packed_first[value] = program->packed_count;
    return RELIEF_OK;
}

/* ---- what makes packed constants equal ---- */

/* One constant may be read in several shapes. */
static uint64_t form_number(const rl_onednn_program *program, int value, rl_form form) {
    const rl_value *v = &program->base.graph->values[value];
    const int64_t words[] = {form.block, form.type, v->dtype, v->rank};
    const uint64_t number = rl_prepared_mix(program->form_seed, words, sizeof words);
    return rl_prepared_mix(number, v->dims,
                           (size_t)(v->rank > 0 ? v->rank : 0) * sizeof v->dims[0]);
}

/* A constant that lies in no file, because passes have computed it or the network is in memory, is
 * known by what it holds. */
static rl_weight_key pool_key(const rl_onednn_program *program, int value, uint64_t form,
                              size_t bytes) {
    const relief_tensor *constant = program->base.graph->values[value].constant;
    rl_weight_key key = {{0, 0, constant->bytes, form, bytes}};
    if (!rl_prepared_place(&program->prepared, constant, key.words))
        rl_weight_hash(constant->data, constant->bytes, key.words);
    return key;
}

/* ---- constants that are packed already ---- */

/* Look for a form among what other programs have packed; *out NULL: it is not there. */
static relief_status find_shared(relief_ctx *ctx, rl_onednn_program *program, int value,
                                 uint64_t form, size_t bytes, void **out) {
    void *list = program->shared;
    size_t total;
    *out = NULL;
    if (bytes < RL_WEIGHT_MIN_BYTES)
        return RELIEF_OK;
    relief_status status = rl_grow(ctx, &list, &program->shared_capacity, program->shared_count + 1,
                                   sizeof(rl_weight_entry *));
    program->shared = list;
    if (status)
        return status;
    const rl_weight_key key = pool_key(program, value, form, bytes);
    rl_weight_entry *entry = rl_weight_pool_take(program->pool, &key);
    if (!entry)
        return RELIEF_OK;
    program->shared[program->shared_count++] = entry;
    status = count_constant(ctx, program, bytes, &total);
    if (status)
        return status;
    program->constant_bytes = total;
    program->shared_bytes += bytes;
    *out = entry->data;
    return RELIEF_OK;
}

/* Look for a form in the cache; *out NULL: it is not there. */
static relief_status find_kept(relief_ctx *ctx, rl_onednn_program *program, int value,
                               uint64_t form, size_t bytes, void **out) {
    rl_prepared_key key;
    const void *data = NULL;
    size_t total;
    *out = NULL;
    if (!rl_prepared_locate(&program->prepared, program->base.graph->values[value].constant, form,
                            &key))
        return RELIEF_OK;
    relief_status status = rl_prepared_find(ctx, &program->prepared, &key, bytes, &data);
    if (!status && data)
        status = count_constant(ctx, program, bytes, &total);
    if (status || !data)
        return status;
    program->constant_bytes = total;
    *out = (void *)(uintptr_t)data;
    return RELIEF_OK;
}

/* Note a packed constant for those who keep it. */
static relief_status note_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                 uint64_t form, const void *data, size_t bytes) {
    rl_prepared_key key;
    if (!rl_prepared_locate(&program->prepared, program->base.graph->values[value].constant, form,
                            &key))
        return RELIEF_OK;
    return rl_prepared_note(ctx, &program->prepared, &key, data, bytes);
}

/* What an earlier process, or another program of this one, has packed; *out NULL: nobody has. */
static relief_status find_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                 uint64_t form, size_t bytes, void **out) {
    relief_status status = find_kept(ctx, program, value, form, bytes, out);
    if (status || *out)
        return status;
    status = find_shared(ctx, program, value, form, bytes, out);
    return status || !*out ? status : note_packed(ctx, program, value, form, *out, bytes);
}

relief_status rl_onednn_kept_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                    rl_form form, size_t bytes, void **out) {
    relief_status status =
        find_packed(ctx, program, value, form_number(program, value, form), bytes, out);
    return status || !*out ? status : add_packed(ctx, program, value, form, *out);
}

/* ---- constants that are to be packed ---- */

/* Memory for a form of a constant, which is going to be read in whole now. */
static relief_status new_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                uint64_t form, size_t bytes, void **out) {
    const relief_tensor *constant = program->base.graph->values[value].constant;
    void *list = program->fresh;
    rl_os_will_read(constant->data, constant->bytes);
    relief_status status = rl_onednn_constant(ctx, program, bytes, out);
    if (status || bytes < RL_WEIGHT_MIN_BYTES)
        return status;
    status = rl_grow(ctx, &list, &program->fresh_capacity, program->fresh_count + 1,
                     sizeof(rl_onednn_fresh));
    program->fresh = list;
    if (!status)
        program->fresh[program->fresh_count++] = (rl_onednn_fresh){
            pool_key(program, value, form, bytes), program->constant_count - 1, bytes};
    return status;
}

relief_status rl_onednn_own_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                   rl_onednn_own *own) {
    const uint64_t form = rl_prepared_mix(program->form_seed, &own->form, sizeof own->form);
    relief_status status = own->is_copy
                               ? find_shared(ctx, program, value, form, own->bytes, &own->data)
                               : find_packed(ctx, program, value, form, own->bytes, &own->data);
    own->filled = !status && own->data;
    if (status || own->filled)
        return status;
    status = new_packed(ctx, program, value, form, own->bytes, &own->data);
    if (status || own->is_copy)
        return status;
    return note_packed(ctx, program, value, form, own->data, own->bytes);
}

relief_status rl_onednn_new_packed(relief_ctx *ctx, rl_onednn_program *program, int value,
                                   rl_form form, size_t bytes, void **out) {
    const uint64_t number = form_number(program, value, form);
    relief_status status = new_packed(ctx, program, value, number, bytes, out);
    if (!status)
        status = note_packed(ctx, program, value, number, *out, bytes);
    return status ? status : add_packed(ctx, program, value, form, *out);
}

relief_status rl_onednn_share_packed(relief_ctx *ctx, rl_onednn_program *program) {
    void *list = program->shared;
    relief_status status =
        rl_grow(ctx, &list, &program->shared_capacity, program->shared_count + program->fresh_count,
                sizeof(rl_weight_entry *));
    program->shared = list;
    for (size_t i = 0; i < program->fresh_count && !status; i++) {
        const rl_onednn_fresh *fresh = &program->fresh[i];
        rl_weight_entry *entry = NULL;
        status = rl_weight_pool_put(ctx, program->pool, &fresh->key,
                                    program->constants[fresh->constant], fresh->bytes, &entry);
        if (!entry)
            continue;
        program->constants[fresh->constant] = NULL; /* the pool's from now on */
        program->shared[program->shared_count++] = entry;
        program->shared_bytes += fresh->bytes;
    }
    program->fresh_count = 0;
    return status;
}

void rl_onednn_free_constants(rl_onednn_program *program) {
    for (size_t i = 0; i < program->shared_count; i++)
        rl_weight_pool_give_back(program->pool, program->shared[i]);
    for (size_t i = 0; i < program->constant_count; i++)
        rl_free(program->constants[i]);
    rl_free(program->shared);
    rl_free(program->fresh);
    rl_free(program->constants);
    rl_free(program->prepared.items);
    rl_free(program->packed);
    rl_free(program->packed_first);
}
