/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, by which published files are known. */
#ifndef RELIEF_STORE_HASH_H
#define RELIEF_STORE_HASH_H

#include "relief/base.h"

#define RL_SHA256_DIGITS 64

/* Write the SHA-256 of `size` bytes as 64 lower-case hexadecimal digits and a 0. Cost: about 3 ms a
 * megabyte at worst. */
void rl_sha256(const uint8_t *data, size_t size, char digits[RL_SHA256_DIGITS + 1]);

/* The same, piece by piece. */
typedef struct rl_sha256_sum rl_sha256_sum;
RELIEF_CHECKED relief_status rl_sha256_new(relief_ctx *ctx, rl_sha256_sum **out);
void rl_sha256_reset(rl_sha256_sum *sum);
void rl_sha256_add(rl_sha256_sum *sum, const void *data, size_t size);
/* The digits of all that was added; nothing can be added afterwards, until a reset. */
void rl_sha256_finish(rl_sha256_sum *sum, char digits[RL_SHA256_DIGITS + 1]);
void rl_sha256_free(rl_sha256_sum *sum);

/* Of a file, with progress as stage "verify". Errors: _IO, _MEMORY, _CANCELLED. */
RELIEF_CHECKED relief_status rl_sha256_file(relief_ctx *ctx, const char *path,
                                            char digits[RL_SHA256_DIGITS + 1]);

#endif
