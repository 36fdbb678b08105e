/* SPDX-License-Identifier: Apache-2.0 */
/* From what people type behind --model to a file. */
#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <string.h>

#define MAX_LISTED_NAMES 512

/* The way to a network that is not here. */
static relief_status fail_absent(relief_ctx *ctx, const relief_catalogue_entry *entry) {
    if (relief_store_can_pull() && *entry->sha256) {
        return rl_fail(ctx, RELIEF_ERROR_IO,
                       "%s: this network is not on this machine yet (relief model pull %s)",
                       entry->name, entry->name);
    }
    return rl_fail(ctx, RELIEF_ERROR_IO,
                   "%s: this network is not on this machine yet (fetch it from %s, then: relief "
                   "model add FILE --as %s)",
                   entry->name, *entry->url ? entry->url : "its authors", entry->name);
}

/* The file of this name in the store; *path stays NULL when there is none. */
static relief_status find_in_store(relief_ctx *ctx, const char *name, char **path) {
    char *file;
    relief_status status = rl_store_path(ctx, name, ".onnx", &file);
    if (status) {
        return status;
    }
    if (rl_os_exists(file)) {
        *path = file;
    } else {
        rl_free(file);
    }
    return RELIEF_OK;
}

static relief_status resolve_entry(relief_ctx *ctx, int index, char **path) {
    relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!relief_catalogue_get(index, &entry)) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the catalogue has no entry %d", index);
    }
    relief_status status = find_in_store(ctx, entry.name, path);
    return status || *path ? status : fail_absent(ctx, &entry);
}

static relief_status fail_unknown(relief_ctx *ctx, const char *name) {
    size_t length = strlen(name);
    if (strchr(name, '/') || (length > 5 && strcmp(name + length - 5, ".onnx") == 0)) {
        return rl_fail(ctx, RELIEF_ERROR_IO, "%s: no such file (--model takes an .onnx file)",
                       name);
    }
    char names[MAX_LISTED_NAMES] = "";
    if (rl_builtin_network().data && strlen(rl_builtin_network().name) < MAX_LISTED_NAMES / 2) {
        strcpy(names, rl_builtin_network().name);
    }
    for (int i = 0; i < relief_catalogue_count(); i++) {
        relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        size_t used = strlen(names);
        if (relief_catalogue_get(i, &entry) && used + strlen(entry.name) + 3 < sizeof(names)) {
            strcat(strcat(names, used ? ", " : ""), entry.name);
        }
    }
    return rl_fail(ctx, RELIEF_ERROR_IO,
                   "%s: neither a file nor a network of the catalogue or the store (known are: %s)",
                   name, names);
}

static relief_status give(relief_ctx *ctx, const char *found, char **path) {
    *path = rl_strdup(found);
    return *path ? RELIEF_OK : rl_fail_memory(ctx, strlen(found) + 1);
}

relief_status relief_catalogue_resolve(relief_ctx *ctx, const char *name, char **path) {
    *path = NULL;
    rl_builtin builtin = rl_builtin_network();
    bool by_default = !name || !*name;
    if (by_default && !builtin.data) {
        return rl_fail(ctx, RELIEF_ERROR_IO,
                       "this program was built without a network (give one with --model "
                       "FILE.onnx, or a depth map with --depth FILE)");
    }
    if (!by_default && rl_os_exists(name) && !rl_os_is_directory(name)) {
        return give(ctx, name, path);
    }
    if (by_default || rl_is_builtin(name) || (builtin.data && !strcmp(name, builtin.name))) {
        return give(ctx, RELIEF_BUILTIN, path);
    }
    relief_status status = rl_catalogue_check(ctx);
    if (status) {
        return status;
    }
    int index = rl_catalogue_find(name);
    if (index >= 0) {
        return resolve_entry(ctx, index, path);
    }
    if (rl_store_is_name(name)) {
        status = find_in_store(ctx, name, path);
        if (status || *path) {
            return status;
        }
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
