/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_files.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

relief_status rl_store_path(relief_ctx *ctx, const char *name, const char *ending, char **out) {
    char *folder = rl_store_folder();
    *out = folder ? rl_format("%s/%s%s", folder, name, ending) : NULL;
    rl_free(folder);
    return *out ? RELIEF_OK : rl_fail_memory(ctx, strlen(name));
}

relief_status rl_store_record(relief_ctx *ctx, const char *path,
                              const char digits[RL_SHA256_DIGITS + 1]) {
    const char *slash = strrchr(path, '/');
    char *name = rl_format("%s.sha256", path);
    char *line = rl_format("%s  %s\n", digits, slash ? slash + 1 : path);
    rl_output *output = NULL;
    relief_status status = name && line ? RELIEF_OK : rl_fail_memory(ctx, strlen(path));
    if (!status) {
        status = rl_output_open(ctx, name, true, &output);
    }
    if (!status) {
        status = rl_output_write(output, line, strlen(line));
        if (status) {
            rl_output_abort(output);
        } else {
            status = rl_output_commit(output);
        }
    }
    rl_free(name);
    rl_free(line);
    return status;
}

bool rl_store_recorded(const char *path, char digits[RL_SHA256_DIGITS + 1]) {
    rl_file_facts file;
    rl_file_facts record;
    char name[PATH_MAX];
    bool good = snprintf(name, sizeof(name), "%s.sha256", path) < (int)sizeof(name) &&
                rl_os_file_facts(path, &file) && rl_os_file_facts(name, &record) &&
                record.modified_ns >= file.modified_ns;
    FILE *opened = good ? fopen(name, "re") : NULL;
    good = opened && fread(digits, 1, RL_SHA256_DIGITS, opened) == RL_SHA256_DIGITS;
    digits[RL_SHA256_DIGITS] = 0;
    if (opened) {
        fclose(opened);
    }
    return good && strspn(digits, "0123456789abcdef") == RL_SHA256_DIGITS;
}
