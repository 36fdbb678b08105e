/* SPDX-License-Identifier: Apache-2.0 */
/* `relief info`: what a photo, a network or a scene holds. */
#include "glb_reader.h"
#include "outputs.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a map's floats mean, as --depth-is spells it. */
static const char *kind_word(relief_depth_kind kind) {
    return kind == RELIEF_METRES ? "metres" : kind == RELIEF_DEPTH ? "depth" : "disparity";
}

/* `depth` is NULL when there is no map in the file. */
static json_t *embedded_json(const relief_depth *depth) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    if (!depth)
        return json_null();
    json_t *object = json_object();
    relief_depth_get_info(depth, &info);
    json_object_set_new(object, "width", json_integer(info.width));
    json_object_set_new(object, "height", json_integer(info.height));
    json_object_set_new(object, "kind", json_string(kind_word(info.kind)));
    return object;
}

static void print_embedded(const relief_depth *depth) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    if (!depth)
        return;
    relief_depth_get_info(depth, &info);
    printf("depth map:   %s, %d x %d\n", kind_word(info.kind), info.width, info.height);
}

static json_t *photo_json(const char *path, const relief_image_info *info) {
    json_t *object = json_object();
    json_object_set_new(object, "type", json_string("photo"));
    json_object_set_new(object, "path", rl_cli_json_text(path));
    json_object_set_new(object, "format", rl_cli_json_text(info->format));
    json_object_set_new(object, "width", json_integer(info->width));
    json_object_set_new(object, "height", json_integer(info->height));
    json_object_set_new(object, "bits", json_integer(info->source_bits));
    json_object_set_new(object, "channels", json_integer(info->source_channels));
    json_object_set_new(object, "alpha", json_boolean(info->has_alpha));
    json_object_set_new(object, "orientation", json_integer(info->orientation));
    json_object_set_new(object, "colour_profile", rl_cli_json_text(info->colour_profile));
    json_object_set_new(object, "focal_35mm",
                        info->focal_35mm > 0 ? rl_cli_json_number(info->focal_35mm, 3)
                                             : json_null());
    return object;
}

static int describe_photo(rl_cli *cli, const char *path) {
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image *photo = NULL;
    relief_depth *depth = NULL;
    options.min_side = 1; /* only facts are wanted: decode as little as the format allows */
    cli->side = SIDE_INPUT;
    relief_status status = relief_image_load(cli->ctx, path, &options, &photo);
    if (!status)
        status = relief_depth_embedded(cli->ctx, photo, &depth);
    if (status) {
        relief_image_free(photo);
        return rl_cli_failed(cli, path, status);
    }
    relief_image_get_info(photo, &info);
    if (cli->options.json) {
        json_t *object = photo_json(path, &info);
        json_object_set_new(object, "embedded_depth", embedded_json(depth));
        rl_cli_print_json(object);
    } else {
        rl_cli_put_row("file:        ", path);
        printf("photo:       %s, %d x %d\n", info.format, info.width, info.height);
        printf("channels:    %d of %d bits%s\n", info.source_channels, info.source_bits,
               info.has_alpha ? ", with alpha" : "");
        printf("orientation: %d\n", info.orientation);
        rl_cli_put_row("colours:     ",
                       info.colour_profile[0] ? info.colour_profile : "no profile");
        if (info.focal_35mm > 0)
            printf("focal:       %g mm (35 mm equivalent)\n", info.focal_35mm);
        else
            printf("focal:       not known\n");
        print_embedded(depth);
    }
    relief_depth_free(depth);
    relief_image_free(photo);
    return EXIT_ALL_DONE;
}

/* The object that relief keeps in a scene's `extras`, wherever the file has it; NULL when relief
 * did not make the file. */
static const json_t *find_extras(const json_t *gltf) {
    const char *generator =
        json_string_value(json_object_get(json_object_get(gltf, "asset"), "generator"));
    const json_t *asset = json_object_get(json_object_get(gltf, "asset"), "extras");
    const json_t *scene =
        json_object_get(json_array_get(json_object_get(gltf, "scenes"), 0), "extras");
    if (!generator || strncasecmp(generator, "relief", 6) != 0)
        return NULL;
    return json_is_object(asset) ? asset : json_is_object(scene) ? scene : NULL;
}

/* Number of elements of accessor `index`, 0 when there is none. */
static json_int_t accessor_count(const json_t *gltf, const json_t *index) {
    const json_t *accessors = json_object_get(gltf, "accessors");
    if (!json_is_integer(index) || json_integer_value(index) < 0)
        return 0;
    const json_t *accessor = json_array_get(accessors, (size_t)json_integer_value(index));
    return json_integer_value(json_object_get(accessor, "count"));
}

static void count_geometry(const json_t *gltf, json_int_t *triangles, json_int_t *vertices) {
    size_t i, j;
    json_t *mesh, *primitive;
    *triangles = *vertices = 0;
    json_array_foreach(json_object_get(gltf, "meshes"), i, mesh) {
        json_array_foreach(json_object_get(mesh, "primitives"), j, primitive) {
            *triangles += accessor_count(gltf, json_object_get(primitive, "indices")) / 3;
            *vertices += accessor_count(
                gltf, json_object_get(json_object_get(primitive, "attributes"), "POSITION"));
        }
    }
}

enum { LABEL_WIDTH = 12 };

static void print_extras(const json_t *extras) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)extras, name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        int width = (int)strlen(name);
        rl_cli_put(name);
        printf("%*s", width < LABEL_WIDTH ? LABEL_WIDTH - width + 1 : 1, "");
        rl_cli_put_row("", json_is_string(value) ? json_string_value(value) : text ? text : "");
        free(text);
    }
}

int rl_cli_describe_scene(rl_cli *cli, const char *path) {
    rl_cli_glb_error error;
    int64_t total = 0;
    json_int_t triangles, vertices;
    json_t *gltf = rl_cli_read_glb(path, &total, &error);
    if (!gltf)
        return rl_cli_fault(cli, error.exit_code, error.code, "%s", error.text);
    json_t *extras = (json_t *)find_extras(gltf);
    if (!extras) {
        json_decref(gltf);
        return rl_cli_fault(cli, EXIT_INPUT, "unsupported",
                            "%s: a glTF file that relief did not make (open it in a viewer)", path);
    }
    count_geometry(gltf, &triangles, &vertices);
    if (cli->options.json) {
        json_t *object = json_object();
        json_object_set_new(object, "type", json_string("scene"));
        json_object_set_new(object, "path", rl_cli_json_text(path));
        json_object_set_new(object, "bytes", json_integer(total));
        json_object_set_new(object, "triangles", json_integer(triangles));
        json_object_set_new(object, "vertices", json_integer(vertices));
        json_object_set(object, "extras", extras);
        rl_cli_print_json(object);
    } else {
        rl_cli_put_row("file         ", path);
        printf("scene        %lld bytes\ntriangles    %lld\nvertices     %lld\n", (long long)total,
               (long long)triangles, (long long)vertices);
        print_extras(extras);
    }
    json_decref(gltf);
    return EXIT_ALL_DONE;
}

int rl_cli_info(rl_cli *cli) {
    if (cli->options.inputs.count != 1)
        return rl_cli_usage(cli, "name one file (relief info FILE)");
    const char *path = cli->options.inputs.items[0];
    if (!strcasecmp(rl_cli_ending(path), ".onnx"))
        return rl_cli_describe_model(cli, path);
    return rl_cli_is_glb(path) ? rl_cli_describe_scene(cli, path) : describe_photo(cli, path);
}
