/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's inside, for the rooms above. models/catalogue.json is compiled into the library;
 * with the file that RELIEF_CATALOGUE names it is parsed once a process. What the functions here
 * return lives as long as the process and is never written to. */
#ifndef RELIEF_STORE_CATALOGUE_H
#define RELIEF_STORE_CATALOGUE_H

#include "relief/catalogue.h"

#include <jansson.h>

/* Whether the file that RELIEF_CATALOGUE names could be used; fine when there is none. Errors: _IO,
 * _FORMAT. */
RELIEF_CHECKED relief_status rl_catalogue_check(relief_ctx *ctx);

/* Index of the entry with this name or alias (letter case counts); -1 when there is none. */
int rl_catalogue_find(const char *name);

/* Index of the entry whose file has this SHA-256 (64 lower-case digits); -1 when there is none. */
int rl_catalogue_find_sha256(const char *digits);

/* Whether a file of this many bytes can be one whose SHA-256 is known, and so is worth hashing.
 * Where the size is known in round figures alone, no file is: hashing would cost every start. */
bool rl_catalogue_knows_size(int64_t bytes);

/* How pictures go into the network and what comes out, as depth/descriptor.h reads it; NULL when
 * out of range. */
const json_t *rl_catalogue_descriptor(int index);

/* Parse the catalogue in `text` and check it. `where` stands in messages. NULL with a line in
 * `error` when it is wrong; else its array of entries, to be freed with json_decref(). */
json_t *rl_catalogue_parse(const char *text, size_t size, const char *where, char *error,
                           size_t error_size);

/* Whether `name` can be that of a network in the store: letters, digits, `.`, `_` and `-`, the
 * first a letter or digit, at most 64; not ending like one of the store's own files. */
bool rl_store_is_name(const char *name);

/* The network inside the library. */
typedef struct rl_builtin {
    const uint8_t *data; /* the .onnx file, aligned to 64 bytes; NULL: built without one */
    size_t size;
    const char *name;    /* "relief-small" */
    const char *licence; /* the whole text of its licence; "" when it came without one */
} rl_builtin;
rl_builtin rl_builtin_network(void);

/* Whether `path` is RELIEF_BUILTIN. */
bool rl_is_builtin(const char *path);

#endif
