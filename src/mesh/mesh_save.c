/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes to files, by the ending of their names. */
#include "mesh/glb.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "scene/scene_inside.h"

#include <string.h>
#include <strings.h>

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "dir/photo.glb" gives "photo"; standard output has no name. */
static char *name_of(const char *path) {
    const char *part = strcmp(path, "-") == 0 ? "photo" : last_part(path);
    const char *dot = strrchr(part, '.');
    return rl_strndup(part, dot && dot > part ? (size_t)(dot - part) : strlen(part));
}

static relief_status sink_output(void *arg, const void *data, size_t size) {
    return rl_output_write(arg, data, size);
}

static relief_status save_glb(relief_ctx *ctx, const relief_mesh *mesh, const char *path,
                              const relief_mesh_save_options *options) {
    rl_texture texture = {0};
    char *name = NULL;
    rl_output *output = NULL;
    /* Opened first: a name that cannot be written is known before the photo is encoded. */
    relief_status status = rl_output_open(ctx, path, options->force, &output);
    if (!status)
        status = rl_image_texture(ctx, mesh->scene->photo, options->keep_metadata, &texture);
    if (!status && !(name = name_of(path)))
        status = rl_fail_memory(ctx, strlen(path));
    if (!status)
        status = rl_glb_write(ctx, mesh, &texture, name, sink_output, output);
    if (status)
        rl_output_abort(output);
    else
        status = rl_output_commit(output);
    rl_free(name);
    rl_texture_clear(&texture);
    return status;
}

relief_status relief_mesh_save(relief_ctx *ctx, const relief_mesh *mesh, const char *path,
                               const relief_mesh_save_options *options) {
    relief_mesh_save_options own = RELIEF_OPTIONS_INIT(relief_mesh_save_options);
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    const char *dot = strrchr(last_part(path), '.');
    if (strcmp(path, "-") == 0 || (dot && strcasecmp(dot, ".glb") == 0))
        return save_glb(ctx, mesh, path, &own);
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "%s: meshes are not written in this format (end the name with .glb)", path);
}
