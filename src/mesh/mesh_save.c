/* SPDX-License-Identifier: Apache-2.0 */
/* Meshes to files, by the ending of their names. */
#include "mesh/mesh_file.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/scene_inside.h"

#include <string.h>
#include <strings.h>

enum {
    SURFACES = 1 << RELIEF_MESH_SURFACE,
    POINTS = 1 << RELIEF_MESH_POINTS,
    SOLIDS = 1 << RELIEF_MESH_SOLID,
    PLANES = 1 << RELIEF_MESH_PLANE
};

/* One row a format. */
static const struct {
    relief_mesh_format format;
    relief_status (*write)(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files);
} FORMATS[] = {
    /* The first is what goes to standard output. */
    {{".glb", SURFACES | PLANES, false, "surfaces"}, rl_write_glb},
    {{".gltf", SURFACES | PLANES, false, "surfaces"}, rl_write_gltf},
    {{".obj", SURFACES | PLANES, false, "surfaces"}, rl_write_obj},
    {{".ply", SURFACES | POINTS, true, "surfaces and points"}, rl_write_ply},
    {{".stl", SOLIDS, false, "solids"}, rl_write_stl},
};
enum { FORMAT_COUNT = sizeof FORMATS / sizeof *FORMATS };

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

rl_alpha_mode rl_find_alpha(const relief_image *photo) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    if (info.channels != 4)
        return RL_ALPHA_BLEND;
    const uint8_t *pixels = relief_image_pixels(photo);
    const size_t count = (size_t)info.raster_width * (size_t)info.raster_height;
    for (size_t i = 0; i < count; i++)
        if (pixels[4 * i + 3] != 0 && pixels[4 * i + 3] != 255)
            return RL_ALPHA_BLEND;
    return RL_ALPHA_MASK;
}

/* The texture of primitive `k`: the mesh's, or made for the file. */
static relief_status find_texture(relief_ctx *ctx, rl_mesh_file *file, int k) {
    const rl_primitive *primitive = &file->mesh->primitives[k];
    const relief_image *photo = file->mesh->scene->photo;
    const int most = file->options.texture_size;
    const rl_texture *own = &primitive->texture;
    relief_status status = RELIEF_OK;
    file->textures[k] = *own;
    file->alpha[k] = primitive->alpha;
    if (own->data && (most == 0 || (own->width <= most && own->height <= most)))
        return RELIEF_OK;
    if (own->data)
        status = rl_pixels_texture(ctx, primitive->pixels, most, &file->made[k]);
    else
        status = rl_image_texture(
            ctx, photo,
            &(rl_texture_options){.keep_metadata = file->options.keep_metadata, .most_side = most},
            &file->made[k]);
    file->textures[k] = file->made[k];
    if (!status && !own->data && file->made[k].has_alpha)
        file->alpha[k] = rl_find_alpha(photo);
    return status;
}

static relief_status save(relief_ctx *ctx, const relief_mesh *mesh, const char *path, int format,
                          const relief_mesh_save_options *options) {
    rl_mesh_file file = {.mesh = mesh, .options = *options};
    char *name = NULL;
    rl_file_set *files = NULL;
    /* Opened first: a name that cannot be written is known before the photo is encoded. */
    relief_status status = rl_files_open(ctx, path, options->force, &files);
    for (int k = 0; k < mesh->primitive_count && !status; k++)
        if ((1 << mesh->info.kind) & (SURFACES | PLANES))
            status = find_texture(ctx, &file, k);
    if (!status && !(name = name_of(path)))
        status = rl_fail_memory(ctx, strlen(path));
    file.name = name;
    if (!status && mesh->info.kind == RELIEF_MESH_PLANE)
        status = rl_displacement_put(ctx, &file, files, &file.displacement);
    if (!status)
        status = FORMATS[format].write(ctx, &file, files);
    if (status)
        rl_files_abort(files);
    else
        status = rl_files_commit(files);
    rl_free(name);
    for (int k = 0; k < mesh->primitive_count; k++)
        rl_texture_clear(&file.made[k]);
    return status;
}

/* The row of a path's ending, -1 for none. */
static int find_format(const char *path) {
    const char *dot = strrchr(last_part(path), '.');
    for (int k = 0; dot && k < FORMAT_COUNT; k++)
        if (strcasecmp(dot, FORMATS[k].format.ending) == 0)
            return k;
    return strcmp(path, "-") == 0 ? 0 : -1;
}

const relief_mesh_format *relief_mesh_format_of(const char *path) {
    const int format = find_format(path);
    return format < 0 ? NULL : &FORMATS[format].format;
}

bool relief_mesh_can_save(const char *path) {
    return find_format(path) >= 0;
}

relief_status relief_mesh_save(relief_ctx *ctx, const relief_mesh *mesh, const char *path,
                               const relief_mesh_save_options *options) {
    relief_mesh_save_options own = RELIEF_OPTIONS_INIT(relief_mesh_save_options);
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    if (own.texture_size < 0 || own.texture_size > RELIEF_MAX_SIDE)
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "a texture of %d pixels a side is not between 1 and %d", own.texture_size,
                       RELIEF_MAX_SIDE);
    const int format = find_format(path);
    if (format < 0)
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: meshes are not written in this format (end the name with .glb, .gltf, "
                       ".obj, .ply or .stl)",
                       path);
    if (!(FORMATS[format].format.kinds & 1U << mesh->info.kind))
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "%s: %s files hold %s (end the name with %s)",
                       path, FORMATS[format].format.ending, FORMATS[format].format.contents,
                       mesh->info.kind == RELIEF_MESH_SOLID    ? ".stl"
                       : mesh->info.kind == RELIEF_MESH_POINTS ? ".ply"
                                                               : ".glb");
    return save(ctx, mesh, path, format, &own);
}
