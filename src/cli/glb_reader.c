/* SPDX-License-Identifier: Apache-2.0 */
#include "glb_reader.h"

#include "system.h"

#include <errno.h>
#include <stdarg.h>
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

__attribute__((format(printf, 2, 3))) static void fail_format(rl_cli_glb_error *error,
                                                              const char *format, ...) {
    va_list args;
    error->exit_code = EXIT_INPUT;
    error->code = "format";
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
}

static void fail_memory(rl_cli_glb_error *error, const char *path) {
    fail_format(error, "%s: out of memory", path);
    error->exit_code = EXIT_LIMIT;
    error->code = "memory";
}

/* Say why nothing, or too little, was read: the system's reason, or the end of the file. */
static void fail_read(rl_cli_glb_error *error, const char *path, FILE *file) {
    int reason = errno;
    if (file && !ferror(file)) {
        fail_format(error, "%s: the file is cut short", path);
        return;
    }
    fail_format(error, "%s: cannot be %s (%s)", path, file ? "read" : "opened", strerror(reason));
    error->code = "io";
}

/* Read the chunk of `length` bytes at the file's position. */
static json_t *read_chunk(FILE *file, uint32_t length, const char *path, rl_cli_glb_error *error) {
    json_error_t reason;
    char *text = malloc(length ? length : 1);
    if (!text) {
        fail_memory(error, path);
        return NULL;
    }
    json_t *object = NULL;
    if (fread(text, 1, length, file) != length)
        fail_read(error, path, file);
    else if (!(object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &reason))) {
        /* Without memory for a value the parser gives up with nothing to say. */
        if (!reason.text[0] || json_error_code(&reason) == json_error_out_of_memory)
            fail_memory(error, path);
        else
            fail_format(error, "%s: damaged glTF (%s)", path, reason.text);
    }
    free(text);
    if (object && !json_is_object(object)) {
        fail_format(error, "%s: damaged glTF (no object)", path);
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *rl_cli_read_glb(const char *path, int64_t *total, rl_cli_glb_error *error) {
    unsigned char header[HEADER_BYTES];
    json_t *object = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_read(error, path, NULL);
        return NULL;
    }
    if (fread(header, 1, sizeof(header), file) != sizeof(header)) {
        fail_read(error, path, file);
    } else {
        uint32_t length = little_endian(header + 12);
        *total = little_endian(header + 8);
        if (little_endian(header) != magic_gltf || little_endian(header + 4) != 2 ||
            little_endian(header + 16) != chunk_json)
            fail_format(error, "%s: not binary glTF 2.0", path);
        else if (length > LARGEST_JSON || length > *total - HEADER_BYTES)
            fail_format(error, "%s: damaged glTF (a JSON part of %u bytes)", path, length);
        else if (*total != rl_cli_file_size(path))
            fail_format(error, "%s: damaged glTF (%lld bytes, its header says %lld)", path,
                        (long long)rl_cli_file_size(path), (long long)*total);
        else
            object = read_chunk(file, length, path, error);
    }
    fclose(file);
    return object;
}
