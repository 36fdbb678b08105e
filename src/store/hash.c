/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hash.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <glib.h>
#include <string.h>

/* Hashed between two looks at whether to stop. */
#define STEP_BYTES ((size_t)8 << 20)

struct rl_sha256_sum {
    GChecksum *glib;
};

relief_status rl_sha256_new(relief_ctx *ctx, rl_sha256_sum **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_sha256_sum), &memory);
    if (!status) {
        *out = memory;
        (*out)->glib = g_checksum_new(G_CHECKSUM_SHA256);
    }
    return status;
}

void rl_sha256_reset(rl_sha256_sum *sum) {
    g_checksum_reset(sum->glib);
}

void rl_sha256_add(rl_sha256_sum *sum, const void *data, size_t size) {
    g_checksum_update(sum->glib, data, (gssize)size);
}

void rl_sha256_finish(rl_sha256_sum *sum, char digits[RL_SHA256_DIGITS + 1]) {
    memcpy(digits, g_checksum_get_string(sum->glib), RL_SHA256_DIGITS + 1);
}

void rl_sha256_free(rl_sha256_sum *sum) {
    if (sum) {
        g_checksum_free(sum->glib);
        rl_free(sum);
    }
}

void rl_sha256(const uint8_t *data, size_t size, char digits[RL_SHA256_DIGITS + 1]) {
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, data, (gssize)size);
    memcpy(digits, g_checksum_get_string(sum), RL_SHA256_DIGITS + 1);
    g_checksum_free(sum);
}

relief_status rl_sha256_file(relief_ctx *ctx, const char *path, char digits[RL_SHA256_DIGITS + 1]) {
    rl_mapping *file = NULL;
    rl_sha256_sum *sum = NULL;
    relief_status status = rl_os_map(ctx, path, &file);
    if (!status) {
        status = rl_sha256_new(ctx, &sum);
    }
    for (size_t at = 0, step; !status && at < file->size; at += step) {
        step = file->size - at < STEP_BYTES ? file->size - at : STEP_BYTES;
        rl_sha256_add(sum, file->data + at, step);
        rl_os_mapping_drop(file, at, step);
        status = rl_progress(ctx, "verify", (int64_t)(at + step), (int64_t)file->size);
    }
    if (!status) {
        rl_sha256_finish(sum, digits);
    }
    rl_sha256_free(sum);
    rl_os_unmap(file);
    return status;
}
