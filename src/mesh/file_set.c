/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/file_set.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum { MOST_FILES = 8 };

struct rl_file_set {
    relief_ctx *ctx;
    bool force;
    int count; /* the main file is the first */
    rl_output *outputs[MOST_FILES];
    char *paths[MOST_FILES];
};

static void set_free(rl_file_set *files) {
    for (int k = 0; k < files->count; k++)
        rl_free(files->paths[k]);
    rl_free(files);
}

relief_status rl_files_open(relief_ctx *ctx, const char *path, bool force, rl_file_set **out) {
    void *memory;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_file_set), &memory);
    if (status)
        return status;
    rl_file_set *files = memory;
    files->ctx = ctx;
    files->force = force;
    files->paths[0] = rl_strdup(path);
    files->count = 1;
    status = files->paths[0] ? rl_output_open(ctx, path, force, &files->outputs[0])
                             : rl_fail_memory(ctx, strlen(path));
    if (status)
        set_free(files);
    else
        *out = files;
    return status;
}

rl_output *rl_files_main(rl_file_set *files) {
    return files->outputs[0];
}

/* The part of a path behind its last slash. */
static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

relief_status rl_files_add(rl_file_set *files, const char *suffix, const char *input,
                           rl_output **out, const char **name) {
    const char *main_path = files->paths[0], *part = last_part(main_path);
    const char *dot = strrchr(part, '.');
    const int stem = (int)(dot && dot > part ? dot - main_path : (ptrdiff_t)strlen(main_path));
    if (files->count >= MOST_FILES)
        return rl_fail(files->ctx, RELIEF_ERROR_INTERNAL, "%s: too many files", main_path);
    if (strcmp(main_path, "-") == 0)
        return rl_fail(files->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "-: this format is more than one file (name one with -o)");
    char *path = rl_format("%.*s%s", stem, main_path, suffix);
    if (!path)
        return rl_fail_memory(files->ctx, strlen(main_path));
    relief_status status = RELIEF_OK;
    if (input && rl_os_same_file(path, input))
        status =
            rl_fail(files->ctx, RELIEF_ERROR_EXISTS,
                    "%s: the output would replace an input (choose another name with -o)", path);
    else
        status = rl_output_open(files->ctx, path, files->force, &files->outputs[files->count]);
    if (status) {
        rl_free(path);
        return status;
    }
    *out = files->outputs[files->count];
    *name = last_part(path);
    files->paths[files->count++] = path;
    return RELIEF_OK;
}

relief_status rl_files_commit(rl_file_set *files) {
    relief_status status = RELIEF_OK;
    int placed = files->count;
    for (int k = 0; k < files->count && !status; k++)
        status = rl_output_close(files->outputs[k]);
    for (int k = files->count; k-- > 0 && !status;) {
        status = rl_output_commit(files->outputs[k]);
        files->outputs[k] = NULL;
        if (!status)
            placed = k;
    }
    if (status) {
        for (int k = placed; k < files->count; k++)
            (void)remove(files->paths[k]);
        rl_files_abort(files);
        return status;
    }
    set_free(files);
    return RELIEF_OK;
}

void rl_files_abort(rl_file_set *files) {
    if (!files)
        return;
    for (int k = 0; k < files->count; k++)
        rl_output_abort(files->outputs[k]);
    set_free(files);
}
