/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, by which published files are known. */
#ifndef RELIEF_STORE_HASH_H
#define RELIEF_STORE_HASH_H

#include "relief/base.h"

#define RL_SHA256_DIGITS 64

/* Write the SHA-256 of `size` bytes as 64 lower-case hexadecimal digits and a 0. Cost: about 3 ms a
 * megabyte at worst. */
void rl_sha256(const uint8_t *data, size_t size, char digits[RL_SHA256_DIGITS + 1]);

#endif
