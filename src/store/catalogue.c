/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalogue.h"

#include "base/status.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From models/catalogue.json, by tools/embed.c. */
extern const char rl_catalogue_json[];
extern const char rl_catalogue_json_end[];

#define ALIASES_AS_TEXT " aliases" /* no key of a file's: those have no blanks */
#define MAX_CATALOGUE_BYTES ((size_t)16 << 20)

/* What was read. */
typedef struct catalogue {
    json_t
        *models; /* NULL when there was no memory, or our own file is broken (a test parses it) */
    relief_status status; /* of RELIEF_CATALOGUE */
    char error[512];
} catalogue;

static bool has_name(const json_t *models, const char *name) {
    for (size_t i = 0; i < json_array_size(models); i++) {
        const char *other = json_string_value(json_object_get(json_array_get(models, i), "name"));
        if (other && strcmp(other, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The whole file, up to the limit; for free(). NULL when it cannot be read. */
static char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "re");
    char *text = file ? malloc(MAX_CATALOGUE_BYTES) : NULL;
    *size = text ? fread(text, 1, MAX_CATALOGUE_BYTES, file) : 0;
    bool good = text && !ferror(file) && *size < MAX_CATALOGUE_BYTES;
    if (file) {
        fclose(file);
    }
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}

/* Put the networks of the user's file before ours, and in place of those of the same name. */
static void add_own(catalogue *read, const char *path) {
    size_t size = 0;
    char *given = read_file(path, &size);
    if (!given) {
        read->status = RELIEF_ERROR_IO;
        snprintf(read->error, sizeof(read->error), "%s: the catalogue cannot be read (%s)", path,
                 strerror(errno ? errno : EFBIG));
        return;
    }
    json_t *own = rl_catalogue_parse(given, size, path, read->error, sizeof(read->error));
    free(given);
    if (!own) {
        read->status = RELIEF_ERROR_FORMAT;
        return;
    }
    for (size_t i = 0; i < json_array_size(read->models); i++) {
        json_t *entry = json_array_get(read->models, i);
        if (!has_name(own, json_string_value(json_object_get(entry, "name")))) {
            json_array_append(own, entry);
        }
    }
    json_decref(read->models);
    read->models = own;
}

/* Write the aliases of each entry as one text beside the list, for those who show them. */
static void join_aliases(json_t *models) {
    for (size_t i = 0; i < json_array_size(models); i++) {
        json_t *entry = json_array_get(models, i);
        const json_t *aliases = json_object_get(entry, "aliases");
        char joined[512] = "";
        for (size_t k = 0; k < json_array_size(aliases); k++) {
            size_t used = strlen(joined);
            snprintf(joined + used, sizeof(joined) - used, "%s%s", k ? " " : "",
                     json_string_value(json_array_get(aliases, k)));
        }
        json_object_set_new(entry, ALIASES_AS_TEXT, json_string(joined));
    }
}

/* Read once; kept for good, since strings of its entries are handed out. */
static const catalogue *whole(void) {
    static catalogue read;
    static gsize done;
    if (g_once_init_enter(&done)) {
        size_t size = (size_t)(rl_catalogue_json_end - rl_catalogue_json);
        read.models = rl_catalogue_parse(rl_catalogue_json, size, "catalogue.json", read.error,
                                         sizeof(read.error));
        const char *path = getenv("RELIEF_CATALOGUE");
        if (read.models && path && *path) {
            add_own(&read, path);
        }
        join_aliases(read.models);
        g_once_init_leave(&done, 1);
    }
    return &read;
}

static const json_t *models(void) {
    return whole()->models;
}

relief_status rl_catalogue_check(relief_ctx *ctx) {
    const catalogue *read = whole();
    return read->status ? rl_fail(ctx, read->status, "%s (RELIEF_CATALOGUE)", read->error)
                        : RELIEF_OK;
}

static const char *text(const json_t *entry, const char *key) {
    const char *value = json_string_value(json_object_get(entry, key));
    return value ? value : "";
}

int relief_catalogue_count(void) {
    return (int)json_array_size(models());
}

bool relief_catalogue_get(int index, relief_catalogue_entry *entry) {
    const json_t *found = index < 0 ? NULL : json_array_get(models(), (size_t)index);
    if (!found || !entry) {
        return false;
    }
    const char *use = text(found, "use");
    relief_catalogue_entry own = {
        .struct_size = sizeof(own),
        .name = text(found, "name"),
        .title = text(found, "title"),
        .url = text(found, "url"),
        .sha256 = text(found, "sha256"),
        .licence = text(found, "licence"),
        .bytes = json_integer_value(json_object_get(found, "bytes")),
        .use = !strcmp(use, "any") ? RELIEF_USE_ANY
               : *use              ? RELIEF_USE_NON_COMMERCIAL
                                   : RELIEF_USE_UNKNOWN,
        .aliases = text(found, ALIASES_AS_TEXT),
    };
    own.about_bytes =
        own.bytes ? own.bytes : json_integer_value(json_object_get(found, "about_bytes"));
    rl_info_copy(entry, &own, sizeof(own));
    return true;
}

static bool has_alias(const json_t *entry, const char *name) {
    const json_t *aliases = json_object_get(entry, "aliases");
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        if (strcmp(json_string_value(json_array_get(aliases, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

int rl_catalogue_find(const char *name) {
    for (int i = 0; i < relief_catalogue_count(); i++) {
        const json_t *entry = json_array_get(models(), (size_t)i);
        if (strcmp(text(entry, "name"), name) == 0 || has_alias(entry, name)) {
            return i;
        }
    }
    return -1;
}

int rl_catalogue_find_sha256(const char *digits) {
    for (int i = 0; i < relief_catalogue_count(); i++) {
        if (strcmp(text(json_array_get(models(), (size_t)i), "sha256"), digits) == 0) {
            return i;
        }
    }
    return -1;
}

bool rl_catalogue_knows_size(int64_t bytes) {
    for (int i = 0; i < relief_catalogue_count(); i++) {
        const json_t *entry = json_array_get(models(), (size_t)i);
        if (bytes > 0 && *text(entry, "sha256") &&
            json_integer_value(json_object_get(entry, "bytes")) == bytes) {
            return true;
        }
    }
    return false;
}

const json_t *rl_catalogue_descriptor(int index) {
    return index < 0 ? NULL
                     : json_object_get(json_array_get(models(), (size_t)index), "descriptor");
}
