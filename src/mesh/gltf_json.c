/* SPDX-License-Identifier: Apache-2.0 */
/* The description part of a glTF file. */
#include "mesh/gltf.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/scene_inside.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Numbers of the glTF 2.0 and OpenGL specifications. */
enum {
    GLTF_UNSIGNED_SHORT = 5123,
    GLTF_UNSIGNED_INT = 5125,
    GLTF_LINEAR = 9729,
    GLTF_LINEAR_MIPMAP_LINEAR = 9987,
    GLTF_CLAMP_TO_EDGE = 33071,
    GLTF_TRIANGLES = 4
};
/* The camera's number among the nodes. */
enum { CAMERA_NODE = 1 };
/* Clipping planes of the camera, beyond the mesh on both sides so that it can be moved. */
static const double NEAR_CLIP = 0.02;
static const double FAR_CLIP = 4.0;

/* How far the nearest part of a plane, 2 units long, is moved. */
static const double DISPLACEMENT_STRENGTH = 0.5;

static const char PACKED[] = "EXT_meshopt_compression";

static json_t *make_asset(void) {
    return json_pack("{s:s, s:s+}", "version", "2.0", "generator", "relief ", relief_version());
}

/* What a plane is displaced by, and how far for a start; NULL without memory. */
static json_t *make_displacement(const char *name) {
    json_t *text = json_string(name); /* a file's name need not be UTF-8 */
    return json_pack("{s:o, s:f, s:f}", "image", text ? text : json_string(""), "midlevel", 0.0,
                     "strength", DISPLACEMENT_STRENGTH);
}

static json_t *make_extras(const rl_gltf *gltf) {
    const rl_mesh_file *file = gltf->file;
    const relief_mesh *mesh = file->mesh;
    const relief_scene_info *info = &mesh->scene->info;
    const relief_camera *camera = &info->camera;
    /* A model's name is a file's, which need not be UTF-8. */
    json_t *model = json_string(info->model);
    json_t *extras = json_pack(
        "{s:{s:s, s:o, s:s, s:s, s:f, s:f, s:s, s:i, s:i, s:f, s:f, s:f, s:b, s:f}}", "relief",
        "version", relief_version(), "model", model ? model : json_string(""), "precision",
        info->precision, "instruction_set", info->instruction_set, "fov_degrees",
        camera->fov_degrees, "focal_px", camera->focal_px, "focal_from", camera->focal_from,
        "width", camera->width, "height", camera->height, "near", (double)info->near_depth, "far",
        (double)info->far_depth, "median", (double)info->median_depth, "metric", (int)info->metric,
        "travel", mesh->scene->travel);
    if (extras && file->displacement &&
        json_object_set_new(json_object_get(extras, "relief"), "displacement",
                            make_displacement(file->displacement))) {
        json_decref(extras);
        return NULL;
    }
    if (extras && gltf->motion.count > 0 &&
        json_object_set_new(json_object_get(extras, "relief"), "motion",
                            rl_gltf_motion_extras(gltf))) {
        json_decref(extras);
        return NULL;
    }
    return extras;
}

static json_t *make_nodes(const rl_mesh_file *file) {
    /* A name that is not UTF-8 cannot stand in JSON. */
    json_t *name = json_string(file->name);
    if (!name)
        name = json_string("photo");
    const char *text = json_string_value(name);
    json_t *nodes = json_pack("[{s:s, s:i}, {s:s+, s:i}]", "name", text ? text : "photo", "mesh", 0,
                              "name", text ? text : "photo", " camera", "camera", 0);
    json_decref(name);
    return nodes;
}

static json_t *make_camera(const rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    const relief_camera *camera = &mesh->scene->info.camera;
    const double focal_px = camera->focal_px * rl_gltf_motion_zoom(&gltf->motion);
    return json_pack("[{s:s, s:{s:f, s:f, s:f, s:f}}]", "type", "perspective", "perspective",
                     "yfov", 2 * atan(0.5 * camera->height / focal_px), "aspectRatio",
                     (double)camera->width / camera->height, "znear",
                     -(double)mesh->info.bounds_max[2] * NEAR_CLIP, "zfar",
                     -(double)mesh->info.bounds_min[2] * FAR_CLIP);
}

/* Lists are filled by functions that return false without memory. */
static bool append(json_t *list, json_t *item) {
    return item && json_array_append_new(list, item) == 0;
}

static json_t *make_material(const rl_mesh_file *file, int k) {
    static const char *const modes[] = {
        [RL_ALPHA_OPAQUE] = NULL, [RL_ALPHA_MASK] = "MASK", [RL_ALPHA_BLEND] = "BLEND"};
    json_t *material = json_pack(
        "{s:s, s:{s:{s:i}, s:f, s:f}, s:b, s:{s:{}}}", "name", file->mesh->primitives[k].name,
        "pbrMetallicRoughness", "baseColorTexture", "index", k, "metallicFactor", 0.0,
        "roughnessFactor", 0.9, "doubleSided", 1, "extensions", "KHR_materials_unlit");
    const char *mode = modes[file->alpha[k]];
    if (material && mode && json_object_set_new(material, "alphaMode", json_string(mode))) {
        json_decref(material);
        return NULL;
    }
    return material;
}

/* An accessor over a whole view. */
static json_t *make_accessor(int view, int component, bool normalized, int64_t count,
                             const char *type) {
    json_t *accessor = json_pack("{s:i, s:i, s:I, s:s}", "bufferView", view, "componentType",
                                 component, "count", (json_int_t)count, "type", type);
    if (accessor && normalized && json_object_set_new(accessor, "normalized", json_true())) {
        json_decref(accessor);
        return NULL;
    }
    return accessor;
}

/* Packing moves positions by a little, and bounds must hold what is in the file. */
static json_t *make_bound(const rl_gltf *gltf, const float *values, bool low) {
    double out[3];
    const bool packed = gltf->views[0].mode != NULL;
    for (int k = 0; k < 3; k++) {
        const double room = packed ? fabs((double)values[k]) * 1e-4 + 1e-9 : 0;
        out[k] = low ? values[k] - room : values[k] + room;
    }
    return json_pack("[f,f,f]", out[0], out[1], out[2]);
}

/* Positions, UVs, normals, and the indices of each primitive. */
static json_t *make_accessors(const rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    const int64_t vertices = mesh->info.vertex_count;
    json_t *list = json_array();
    json_t *positions = make_accessor(0, RL_GLTF_FLOAT, false, vertices, "VEC3");
    bool good =
        positions &&
        !json_object_set_new(positions, "min", make_bound(gltf, mesh->info.bounds_min, true)) &&
        !json_object_set_new(positions, "max", make_bound(gltf, mesh->info.bounds_max, false));
    good = append(list, positions) && good;
    good =
        good && append(list, make_accessor(1, gltf->short_uvs ? GLTF_UNSIGNED_SHORT : RL_GLTF_FLOAT,
                                           gltf->short_uvs, vertices, "VEC2"));
    if (mesh->normals)
        good = good && append(list, make_accessor(2, RL_GLTF_FLOAT, false, vertices, "VEC3"));
    const int view = mesh->normals ? 3 : 2;
    for (int k = 0; k < mesh->primitive_count && good; k++) {
        const rl_primitive *primitive = &mesh->primitives[k];
        json_t *indices =
            make_accessor(view, GLTF_UNSIGNED_INT, false, 3 * primitive->triangle_count, "SCALAR");
        good = append(list, indices) &&
               (primitive->first_triangle == 0 ||
                !json_object_set_new(indices, "byteOffset",
                                     json_integer(12 * primitive->first_triangle)));
    }
    if (good && gltf->motion.count > 0)
        good = rl_gltf_motion_accessors(gltf, list);
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

/* A name as a URI: what is not plain is escaped byte by byte. */
static json_t *make_uri(const char *name) {
    static const char plain[] = "-_.~";
    char *uri = rl_alloc(strlen(name) + 1, 3);
    if (!uri)
        return NULL;
    char *to = uri;
    for (const char *c = name; *c; c++) {
        const bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        if (letter || (*c >= '0' && *c <= '9') || strchr(plain, *c))
            *to++ = *c;
        else
            to += snprintf(to, 4, "%%%02X", (unsigned)(unsigned char)*c);
    }
    *to = 0;
    json_t *text = json_string(uri);
    rl_free(uri);
    return text;
}

static json_t *make_view(const rl_gltf *gltf, int k, uint64_t at, uint64_t unpacked_at) {
    const rl_gltf_view *view = &gltf->views[k];
    const uint64_t size = view->mode ? (uint64_t)view->count * (uint64_t)view->stride : view->size;
    json_t *object =
        json_pack("{s:i, s:I, s:I}", "buffer", view->mode ? 1 : 0, "byteOffset",
                  (json_int_t)(view->mode ? unpacked_at : at), "byteLength", (json_int_t)size);
    bool good = object && (!view->target ||
                           !json_object_set_new(object, "target", json_integer(view->target)));
    if (good && view->mode) {
        json_t *packed =
            json_pack("{s:i, s:I, s:I, s:i, s:I, s:s}", "buffer", 0, "byteOffset", (json_int_t)at,
                      "byteLength", (json_int_t)view->size, "byteStride", view->stride, "count",
                      (json_int_t)view->count, "mode", view->mode);
        good = packed &&
               (!view->filter || !json_object_set_new(packed, "filter", json_string(view->filter)));
        if (good && view->target != 34963)
            good = !json_object_set_new(object, "byteStride", json_integer(view->stride));
        good =
            !json_object_set_new(object, "extensions", json_pack("{s:o}", PACKED, packed)) && good;
    }
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *make_views(const rl_gltf *gltf) {
    json_t *list = json_array();
    uint64_t at = gltf->head, unpacked_at = 0;
    for (int k = 0; k < gltf->view_count; k++) {
        const rl_gltf_view *view = &gltf->views[k];
        if (!append(list, make_view(gltf, k, at, unpacked_at))) {
            json_decref(list);
            return NULL;
        }
        at += rl_gltf_padded(view->size);
        if (view->mode)
            unpacked_at += rl_gltf_padded((uint64_t)view->count * (uint64_t)view->stride);
    }
    return list;
}

static json_t *make_buffers(const rl_gltf *gltf) {
    json_t *list = json_array();
    json_t *buffer = json_pack("{s:I}", "byteLength", (json_int_t)gltf->size);
    bool good = append(list, buffer);
    if (good && gltf->buffer_name)
        good = !json_object_set_new(buffer, "uri", make_uri(gltf->buffer_name));
    if (good && gltf->unpacked > 0)
        good =
            append(list, json_pack("{s:I, s:{s:{s:b}}}", "byteLength", (json_int_t)gltf->unpacked,
                                   "extensions", PACKED, "fallback", 1));
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *make_image(const rl_gltf *gltf, int k) {
    const rl_mesh_file *file = gltf->file;
    const char *mime = file->textures[k].mime_type;
    if (gltf->picture_names[k])
        return json_pack("{s:s, s:o}", "mimeType", mime, "uri", make_uri(gltf->picture_names[k]));
    return json_pack("{s:s, s:i}", "mimeType", mime, "bufferView",
                     gltf->view_count - file->mesh->primitive_count + k);
}

static json_t *make_primitive(const rl_gltf *gltf, int k) {
    const bool normals = gltf->file->mesh->normals != NULL;
    json_t *primitive =
        json_pack("{s:{s:i, s:i}, s:i, s:i, s:i}", "attributes", "POSITION", 0, "TEXCOORD_0", 1,
                  "indices", (normals ? 3 : 2) + k, "material", k, "mode", GLTF_TRIANGLES);
    if (primitive && normals &&
        json_object_set_new(json_object_get(primitive, "attributes"), "NORMAL", json_integer(2))) {
        json_decref(primitive);
        return NULL;
    }
    return primitive;
}

/* What there is one of for each primitive. */
typedef struct lists {
    json_t *primitives, *materials, *textures, *images;
} lists;

static bool make_lists(const rl_gltf *gltf, lists *out) {
    *out = (lists){json_array(), json_array(), json_array(), json_array()};
    for (int k = 0; k < gltf->file->mesh->primitive_count; k++)
        if (!append(out->primitives, make_primitive(gltf, k)) ||
            !append(out->materials, make_material(gltf->file, k)) ||
            !append(out->textures, json_pack("{s:i, s:i}", "sampler", 0, "source", k)) ||
            !append(out->images, make_image(gltf, k)))
            return false;
    return true;
}

static json_t *make_used(const rl_gltf *gltf) {
    return gltf->unpacked ? json_pack("[s,s]", "KHR_materials_unlit", PACKED)
                          : json_pack("[s]", "KHR_materials_unlit");
}

static json_t *make_root(const rl_gltf *gltf) {
    const relief_mesh *mesh = gltf->file->mesh;
    lists all;
    if (!make_lists(gltf, &all)) {
        json_decref(all.primitives);
        json_decref(all.materials);
        json_decref(all.textures);
        json_decref(all.images);
        return NULL;
    }
    /* "o" takes over each part and gives NULL when one is missing. */
    json_t *root =
        json_pack("{s:o, s:o, s:i, s:[{s:[i,i], s:o}], s:o, s:o, s:[{s:o}], s:o, s:o,"
                  " s:[{s:i, s:i, s:i, s:i}], s:o, s:o, s:o, s:o}",
                  "asset", make_asset(), "extensionsUsed", make_used(gltf), "scene", 0, "scenes",
                  "nodes", 0, 1, "extras", make_extras(gltf), "nodes", make_nodes(gltf->file),
                  "cameras", make_camera(gltf), "meshes", "primitives", all.primitives, "materials",
                  all.materials, "textures", all.textures, "samplers", "magFilter", GLTF_LINEAR,
                  "minFilter", GLTF_LINEAR_MIPMAP_LINEAR, "wrapS", GLTF_CLAMP_TO_EDGE, "wrapT",
                  GLTF_CLAMP_TO_EDGE, "images", all.images, "accessors", make_accessors(gltf),
                  "bufferViews", make_views(gltf), "buffers", make_buffers(gltf));
    const int accessors = (mesh->normals ? 3 : 2) + mesh->primitive_count;
    if (root && gltf->motion.count > 0 &&
        json_object_set_new(root, "animations", rl_gltf_motion_json(accessors, CAMERA_NODE))) {
        json_decref(root);
        return NULL;
    }
    if (root && gltf->unpacked &&
        json_object_set_new(root, "extensionsRequired", json_pack("[s]", PACKED))) {
        json_decref(root);
        return NULL;
    }
    return root;
}

relief_status rl_gltf_json(relief_ctx *ctx, const rl_gltf *gltf, char **text, size_t *size) {
    json_t *root = make_root(gltf);
    if (!root)
        return rl_fail_memory(ctx, 1);
    relief_status status = RELIEF_OK;
    void *block;
    size_t length = json_dumpb(root, NULL, 0, JSON_COMPACT);
    if (length == 0)
        status = rl_fail_memory(ctx, 1);
    if (!status)
        status = rl_alloc_in(ctx, length, 1, &block);
    if (!status) {
        *text = block;
        *size = json_dumpb(root, *text, length, JSON_COMPACT);
    }
    json_decref(root);
    return status;
}
