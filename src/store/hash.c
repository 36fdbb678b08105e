/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hash.h"

#include <glib.h>
#include <string.h>

void rl_sha256(const uint8_t *data, size_t size, char digits[RL_SHA256_DIGITS + 1]) {
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, data, (gssize)size);
    memcpy(digits, g_checksum_get_string(sum), RL_SHA256_DIGITS + 1);
    g_checksum_free(sum);
}
