/* SPDX-License-Identifier: Apache-2.0 */
#include "glb_reader.h"

#include "system.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 20, LARGEST_JSON = 16 << 20 };
static const uint32_t magic_gltf = 0x46546C67, chunk_json = 0x4E4F534A; /* "glTF", "JSON" */

static uint32_t little_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

bool rl_cli_is_glb(const char *path) {
    unsigned char bytes[4];
    /* A pipe would lose what is read here. */
    FILE *file = rl_cli_file_size(path) >= 0 ? fopen(path, "rb") : NULL;
    if (!file)
        return false;
    bool is_glb = fread(bytes, 1, 4, file) == 4 && little_endian(bytes) == magic_gltf;
    fclose(file);
    return is_glb;
}

/* Read the chunk of `length` bytes at the file's position. */
static json_t *read_chunk(FILE *file, uint32_t length, const char *path, char *error,
                          size_t error_size) {
    json_error_t reason;
    char *text = malloc(length ? length : 1);
    if (!text) {
        snprintf(error, error_size, "%s: out of memory", path);
        return NULL;
    }
    json_t *object = NULL;
    if (fread(text, 1, length, file) != length)
        snprintf(error, error_size, "%s: the file is cut short", path);
    else if (!(object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &reason)))
        snprintf(error, error_size, "%s: damaged glTF (%s)", path, reason.text);
    free(text);
    if (object && !json_is_object(object)) {
        snprintf(error, error_size, "%s: damaged glTF (no object)", path);
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *rl_cli_read_glb(const char *path, int64_t *total, char *error, size_t error_size) {
    unsigned char header[HEADER_BYTES];
    json_t *object = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(error, error_size, "%s: cannot be opened", path);
        return NULL;
    }
    if (fread(header, 1, sizeof(header), file) != sizeof(header)) {
        snprintf(error, error_size, "%s: the file is cut short", path);
    } else {
        uint32_t length = little_endian(header + 12);
        *total = little_endian(header + 8);
        if (little_endian(header) != magic_gltf || little_endian(header + 4) != 2 ||
            little_endian(header + 16) != chunk_json)
            snprintf(error, error_size, "%s: not binary glTF 2.0", path);
        else if (length > LARGEST_JSON || length > *total - HEADER_BYTES)
            snprintf(error, error_size, "%s: damaged glTF (a JSON part of %u bytes)", path, length);
        else if (*total != rl_cli_file_size(path))
            snprintf(error, error_size, "%s: damaged glTF (%lld bytes, its header says %lld)", path,
                     (long long)rl_cli_file_size(path), (long long)*total);
        else
            object = read_chunk(file, length, path, error, error_size);
    }
    fclose(file);
    return object;
}
