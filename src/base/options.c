/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that callers of another version pass: the first field is the size they were compiled
 * with. */
#include "base/status.h"

#include <string.h>

#define MAX_STRUCT_SIZE 4096

relief_status rl_options_copy(relief_ctx *ctx, void *own, size_t own_size, const void *given) {
    if (!given) {
        return RELIEF_OK;
    }
    size_t size;
    memcpy(&size, given, sizeof(size));
    if (size < sizeof(size) || size > MAX_STRUCT_SIZE) {
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "an options struct says it has %zu bytes (set struct_size first)", size);
    }
    const uint8_t *bytes = given;
    for (size_t i = own_size; i < size; i++) {
        if (bytes[i]) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "an option is set that relief %s does not know",
                           relief_version());
        }
    }
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof(own_size));
    return RELIEF_OK;
}

void rl_info_copy(void *given, const void *own, size_t own_size) {
    size_t size;
    memcpy(&size, given, sizeof(size));
    if (size < sizeof(size) || size > MAX_STRUCT_SIZE) {
        return;
    }
    size_t known = size < own_size ? size : own_size;
    memcpy((uint8_t *)given + sizeof(size), (const uint8_t *)own + sizeof(size),
           known - sizeof(size));
    if (size > own_size) {
        memset((uint8_t *)given + own_size, 0, size - own_size);
    }
}
