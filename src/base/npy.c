/* SPDX-License-Identifier: Apache-2.0 */
/* NumPy Enhancement Proposal 1: magic, version, header length, and a Python dictionary with three
 * fixed keys. */
#include "base/npy.h"

#include "base/memory.h"
#include "base/status.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
#define MAX_HEADER_TEXT 4096

/* Our headers are always this long. NumPy's own are shorter for maps, so rl_output knows our files
 * by it. */
#define WRITTEN_HEADER_BYTES 256

static const char *after_key(const char *text, const char *key) {
    const char *at = strstr(text, key);
    if (!at) {
        return NULL;
    }
    at += strlen(key);
    while (*at == ' ' || *at == ':') {
        at++;
    }
    return at;
}

static bool parse_type(const char *text, rl_npy_header *header) {
    const char *at = after_key(text, "'descr'");
    if (!at || *at != '\'' || !strchr("<>|=", at[1]) || !at[1] || !strchr("fiub", at[2]) ||
        !at[2]) {
        return false;
    }
    header->big_endian = at[1] == '>';
    header->kind = at[2];
    char *end;
    long size = strtol(at + 3, &end, 10);
    header->item_size = (int)size;
    return *end == '\'' && (size == 1 || size == 2 || size == 4 || size == 8);
}

static bool parse_shape(const char *text, rl_npy_header *header) {
    const char *at = after_key(text, "'shape'");
    if (!at || *at++ != '(') {
        return false;
    }
    for (header->rank = 0;; header->rank++) {
        while (*at == ' ' || *at == ',') {
            at++;
        }
        if (*at == ')') {
            return true;
        }
        if (!isdigit((unsigned char)*at) || header->rank == RL_NPY_MAX_RANK) {
            return false;
        }
        char *end;
        header->dims[header->rank] = strtoll(at, &end, 10);
        at = end;
    }
}

/* Whether the elements that the shape promises are in the file. */
static bool elements_fit(const rl_npy_header *header, size_t size) {
    size_t bytes = (size_t)header->item_size;
    for (int i = 0; i < header->rank; i++) {
        if (header->dims[i] < 0 || !rl_mul_size(bytes, (size_t)header->dims[i], &bytes)) {
            return false;
        }
    }
    return bytes <= size - header->data_offset;
}

static bool find_text(const uint8_t *data, size_t size, size_t *begin, size_t *length) {
    if (size < 10 || memcmp(data, MAGIC, MAGIC_BYTES) != 0 || data[6] < 1 || data[6] > 3) {
        return false;
    }
    *length = data[8] | (size_t)data[9] << 8;
    *begin = 10;
    if (data[6] > 1) {
        if (size < 12) {
            return false;
        }
        *length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
        *begin = 12;
    }
    return *length < MAX_HEADER_TEXT && *length <= size - *begin;
}

relief_status rl_npy_parse(relief_ctx *ctx, const uint8_t *data, size_t size, const char *name,
                           rl_npy_header *header) {
    size_t begin;
    size_t length;
    if (!find_text(data, size, &begin, &length)) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: not a .npy file, or one that is cut short",
                       name);
    }
    char text[MAX_HEADER_TEXT];
    memcpy(text, data + begin, length);
    text[length] = 0;
    *header = (rl_npy_header){.data_offset = begin + length};
    const char *order = after_key(text, "'fortran_order'");
    if (!parse_type(text, header) || !parse_shape(text, header) || !order) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: only plain arrays of numbers are read from .npy files", name);
    }
    header->fortran_order = strncmp(order, "True", 4) == 0;
    if (!elements_fit(header, size)) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the .npy file is shorter than its shape says",
                       name);
    }
    return RELIEF_OK;
}

size_t rl_npy_write_header(const rl_npy_header *header, uint8_t *buffer, size_t capacity) {
    char shape[RL_NPY_MAX_RANK * 21 + 2] = "";
    size_t used = 0;
    for (int i = 0; i < header->rank; i++) {
        used += (size_t)snprintf(shape + used, sizeof(shape) - used, "%s%lld%s", i ? " " : "",
                                 (long long)header->dims[i],
                                 i + 1 < header->rank || header->rank == 1 ? "," : "");
    }
    char text[WRITTEN_HEADER_BYTES];
    int length =
        snprintf(text, sizeof(text), "{'descr': '%c%c%d', 'fortran_order': False, 'shape': (%s), }",
                 header->item_size == 1 ? '|' : '<', header->kind, header->item_size, shape);
    if (length < 0 || (size_t)length + 11 > WRITTEN_HEADER_BYTES ||
        capacity < WRITTEN_HEADER_BYTES) {
        return 0;
    }
    memset(buffer, ' ', WRITTEN_HEADER_BYTES);
    memcpy(buffer, MAGIC "\x01\x00", 8);
    buffer[8] = (WRITTEN_HEADER_BYTES - 10) & 0xff;
    buffer[9] = (WRITTEN_HEADER_BYTES - 10) >> 8;
    memcpy(buffer + 10, text, (size_t)length);
    buffer[WRITTEN_HEADER_BYTES - 1] = '\n';
    return WRITTEN_HEADER_BYTES;
}
