/* SPDX-License-Identifier: Apache-2.0 */
/* From what people type behind --model to a file. */
#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "store/catalogue.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LISTED_NAMES 512

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *rl_store_folder(void) {
    const char *own = environment("RELIEF_MODELS");
    if (own) {
        return rl_strdup(own);
    }
    const char *data = environment("XDG_DATA_HOME");
    if (data) {
        return rl_format("%s/relief/models", data);
    }
    const char *home = environment("HOME");
    return rl_format("%s/.local/share/relief/models", home ? home : ".");
}

/* The file of a catalogue entry in the store. */
static relief_status resolve_entry(relief_ctx *ctx, int index, char **path) {
    relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!relief_catalogue_get(index, &entry)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the catalogue has no entry %d", index);
    }
    char *folder = rl_store_folder();
    char *file = folder ? rl_format("%s/%s.onnx", folder, entry.name) : NULL;
    rl_free(folder);
    if (!file) {
        return rl_fail_memory(ctx, 0);
    }
    if (!rl_os_exists(file)) {
        relief_status status =
            rl_fail(ctx, RELIEF_ERROR_IO,
                    "%s: this network is not on this machine yet (download %s and save it as %s)",
                    entry.name, entry.url, file);
        rl_free(file);
        return status;
    }
    *path = file;
    return RELIEF_OK;
}

static relief_status fail_unknown(relief_ctx *ctx, const char *name) {
    size_t length = strlen(name);
    if (strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".onnx") == 0)) {
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: no such file (--model takes an .onnx file)",
                       name);
    }
    char names[MAX_LISTED_NAMES] = "";
    for (int i = 0; i < relief_catalogue_count(); i++) {
        relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        size_t used = strlen(names);
        if (relief_catalogue_get(i, &entry) && used + strlen(entry.name) + 3 < sizeof(names)) {
            strcat(strcat(names, used ? ", " : ""), entry.name);
        }
    }
    return rl_fail(ctx, RELIEF_ERROR_IO,
                   "%s: neither a file nor a network of the catalogue (known are: %s)", name,
                   names);
}

relief_status relief_catalogue_resolve(relief_ctx *ctx, const char *name, char **path) {
    *path = NULL;
    if (!name || !*name) {
        return rl_fail(ctx, RELIEF_ERROR_IO,
                       "no network is built in yet (give one with --model FILE.onnx, or a depth "
                       "map with --depth FILE)");
    }
    if (rl_os_exists(name) && !rl_os_is_directory(name)) {
        *path = rl_strdup(name);
        return *path ? RELIEF_OK : rl_fail_memory(ctx, strlen(name) + 1);
    }
    int index = rl_catalogue_find(name);
    if (index >= 0) {
        return resolve_entry(ctx, index, path);
    }
    if (rl_os_is_directory(name)) {
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: is a directory (--model takes an .onnx file)",
                       name);
    }
    return fail_unknown(ctx, name);
}

void relief_string_free(char *string) {
    rl_free(string);
}
