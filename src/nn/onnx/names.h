/* SPDX-License-Identifier: Apache-2.0 */
/* Which value has which name, while a file is read. */
#ifndef RELIEF_NN_ONNX_NAMES_H
#define RELIEF_NN_ONNX_NAMES_H

#include "relief/base.h"

/* Bytes inside the file; no 0 at their end. */
typedef struct rl_text {
    const uint8_t *data;
    size_t size;
} rl_text;

/* A hash table with open addressing; start with {0}. Keys are borrowed. */
typedef struct rl_names {
    struct rl_name_slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t count;
} rl_names;

/* The value of this name, -1 when there is none. */
int rl_names_find(const rl_names *names, rl_text name);
/* Add a name that is not there yet. */
RELIEF_CHECKED relief_status rl_names_add(relief_ctx *ctx, rl_names *names, rl_text name,
                                          int value);
void rl_names_clear(rl_names *names);

#endif
