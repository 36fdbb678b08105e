/* SPDX-License-Identifier: Apache-2.0 */
#include "store/catalogue.h"

#include "base/status.h"

#include <glib.h>
#include <string.h>

/* From models/catalogue.json, by tools/embed.c. */
extern const char rl_catalogue_json[];
extern const char rl_catalogue_json_end[];

/* The parsed array "models", or NULL when there was no memory for it, or the file is broken (a test
 * parses it). */
static const json_t *models(void) {
    static gsize state; /* 0: not parsed yet; else the address, or 1 for none */
    if (g_once_init_enter(&state)) {
        size_t size = (size_t)(rl_catalogue_json_end - rl_catalogue_json);
        json_t *root = json_loadb(rl_catalogue_json, size, JSON_REJECT_DUPLICATES, NULL);
        json_t *array = json_incref(json_object_get(root, "models"));
        json_decref(root);
        g_once_init_leave(&state, json_is_array(array) ? (gsize)array : 1);
    }
    /* The array is kept for good: strings of its entries are handed out. */
    return state == 1 ? NULL : (const json_t *)state; // NOLINT(performance-no-int-to-ptr)
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
    relief_catalogue_entry own = {
        .struct_size = sizeof(own),
        .name = text(found, "name"),
        .title = text(found, "title"),
        .url = text(found, "url"),
        .sha256 = text(found, "sha256"),
        .licence = text(found, "licence"),
        .bytes = json_integer_value(json_object_get(found, "bytes")),
    };
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
        if (*text(entry, "sha256") &&
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
