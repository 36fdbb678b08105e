/* SPDX-License-Identifier: Apache-2.0 */
/* The description part of a glTF file. */
#include "mesh/glb.h"

#include "base/memory.h"
#include "base/status.h"
#include "scene/scene_inside.h"

#include <jansson.h>
#include <math.h>

/* Numbers of the glTF 2.0 and OpenGL specifications. */
enum {
    GLTF_FLOAT = 5126,
    GLTF_UNSIGNED_INT = 5125,
    GLTF_ARRAY_BUFFER = 34962,
    GLTF_ELEMENT_ARRAY_BUFFER = 34963,
    GLTF_LINEAR = 9729,
    GLTF_LINEAR_MIPMAP_LINEAR = 9987,
    GLTF_CLAMP_TO_EDGE = 33071,
    GLTF_TRIANGLES = 4
};
/* Clipping planes of the camera, beyond the mesh on both sides so that it can be moved. */
static const double NEAR_CLIP = 0.02;
static const double FAR_CLIP = 4.0;

static uint64_t padded(uint64_t size) {
    return (size + 3) / 4 * 4;
}

static json_t *make_asset(void) {
    return json_pack("{s:s, s:s+}", "version", "2.0", "generator", "relief ", relief_version());
}

static json_t *make_extras(const relief_mesh *mesh) {
    const relief_scene_info *info = &mesh->scene->info;
    const relief_camera *camera = &info->camera;
    /* A model's name is a file's, which need not be UTF-8. */
    json_t *model = json_string(info->model);
    return json_pack(
        "{s:{s:s, s:o, s:s, s:s, s:f, s:f, s:s, s:i, s:i, s:f, s:f, s:b, s:f}}", "relief",
        "version", relief_version(), "model", model ? model : json_string(""), "precision",
        info->precision, "instruction_set", info->instruction_set, "fov_degrees",
        camera->fov_degrees, "focal_px", camera->focal_px, "focal_from", camera->focal_from,
        "width", camera->width, "height", camera->height, "near", (double)info->near_depth, "far",
        (double)info->far_depth, "metric", (int)info->metric, "travel", mesh->scene->travel);
}

static json_t *make_nodes(const rl_gltf_facts *facts) {
    /* A name that is not UTF-8 cannot stand in JSON. */
    json_t *name = json_string(facts->name);
    if (!name)
        name = json_string("photo");
    const char *text = json_string_value(name);
    json_t *nodes = json_pack("[{s:s, s:i}, {s:s+, s:i}]", "name", text ? text : "photo", "mesh", 0,
                              "name", text ? text : "photo", " camera", "camera", 0);
    json_decref(name);
    return nodes;
}

static json_t *make_camera(const relief_mesh *mesh) {
    const relief_camera *camera = &mesh->scene->info.camera;
    return json_pack("[{s:s, s:{s:f, s:f, s:f, s:f}}]", "type", "perspective", "perspective",
                     "yfov", 2 * atan(0.5 * camera->height / camera->focal_px), "aspectRatio",
                     (double)camera->width / camera->height, "znear",
                     -(double)mesh->info.bounds_max[2] * NEAR_CLIP, "zfar",
                     -(double)mesh->info.bounds_min[2] * FAR_CLIP);
}

static json_t *make_material(const rl_gltf_facts *facts) {
    json_t *material =
        json_pack("{s:s, s:{s:{s:i}, s:f, s:f}, s:b, s:{s:{}}}", "name", "photo",
                  "pbrMetallicRoughness", "baseColorTexture", "index", 0, "metallicFactor", 0.0,
                  "roughnessFactor", 0.9, "doubleSided", 1, "extensions", "KHR_materials_unlit");
    if (!material || facts->alpha == RL_ALPHA_OPAQUE)
        return material;
    const char *mode = facts->alpha == RL_ALPHA_MASK ? "MASK" : "BLEND";
    if (json_object_set_new(material, "alphaMode", json_string(mode))) {
        json_decref(material);
        return NULL;
    }
    return material;
}

static json_t *make_accessors(const relief_mesh *mesh) {
    const float *low = mesh->info.bounds_min, *high = mesh->info.bounds_max;
    const json_int_t vertices = mesh->info.vertex_count;
    return json_pack("[{s:i, s:i, s:I, s:s, s:[f,f,f], s:[f,f,f]}, {s:i, s:i, s:I, s:s},"
                     " {s:i, s:i, s:I, s:s}]",
                     "bufferView", 0, "componentType", GLTF_FLOAT, "count", vertices, "type",
                     "VEC3", "min", (double)low[0], (double)low[1], (double)low[2], "max",
                     (double)high[0], (double)high[1], (double)high[2], "bufferView", 1,
                     "componentType", GLTF_FLOAT, "count", vertices, "type", "VEC2", "bufferView",
                     2, "componentType", GLTF_UNSIGNED_INT, "count",
                     (json_int_t)(3 * mesh->info.triangle_count), "type", "SCALAR");
}

static json_t *make_buffer_views(const rl_gltf_facts *facts) {
    const uint64_t uvs = padded(facts->position_bytes);
    const uint64_t indices = uvs + padded(facts->uv_bytes);
    const uint64_t texture = indices + padded(facts->index_bytes);
    return json_pack("[{s:i, s:I, s:I, s:i}, {s:i, s:I, s:I, s:i}, {s:i, s:I, s:I, s:i},"
                     " {s:i, s:I, s:I}]",
                     "buffer", 0, "byteOffset", (json_int_t)0, "byteLength",
                     (json_int_t)facts->position_bytes, "target", GLTF_ARRAY_BUFFER, "buffer", 0,
                     "byteOffset", (json_int_t)uvs, "byteLength", (json_int_t)facts->uv_bytes,
                     "target", GLTF_ARRAY_BUFFER, "buffer", 0, "byteOffset", (json_int_t)indices,
                     "byteLength", (json_int_t)facts->index_bytes, "target",
                     GLTF_ELEMENT_ARRAY_BUFFER, "buffer", 0, "byteOffset", (json_int_t)texture,
                     "byteLength", (json_int_t)facts->texture_bytes);
}

static json_t *make_root(const relief_mesh *mesh, const rl_gltf_facts *facts) {
    const uint64_t buffer = padded(facts->position_bytes) + padded(facts->uv_bytes) +
                            padded(facts->index_bytes) + padded(facts->texture_bytes);
    /* "o" takes over each part and gives NULL when one is missing. */
    return json_pack(
        "{s:o, s:[s], s:i, s:[{s:[i,i], s:o}], s:o, s:o,"
        " s:[{s:[{s:{s:i, s:i}, s:i, s:i, s:i}]}],"
        " s:[o], s:[{s:i, s:i}], s:[{s:i, s:i, s:i, s:i}], s:[{s:s, s:i}],"
        " s:o, s:o, s:[{s:I}]}",
        "asset", make_asset(), "extensionsUsed", "KHR_materials_unlit", "scene", 0, "scenes",
        "nodes", 0, 1, "extras", make_extras(mesh), "nodes", make_nodes(facts), "cameras",
        make_camera(mesh), "meshes", "primitives", "attributes", "POSITION", 0, "TEXCOORD_0", 1,
        "indices", 2, "material", 0, "mode", GLTF_TRIANGLES, "materials", make_material(facts),
        "textures", "sampler", 0, "source", 0, "samplers", "magFilter", GLTF_LINEAR, "minFilter",
        GLTF_LINEAR_MIPMAP_LINEAR, "wrapS", GLTF_CLAMP_TO_EDGE, "wrapT", GLTF_CLAMP_TO_EDGE,
        "images", "mimeType", facts->mime_type, "bufferView", 3, "accessors", make_accessors(mesh),
        "bufferViews", make_buffer_views(facts), "buffers", "byteLength", (json_int_t)buffer);
}

relief_status rl_gltf_json(relief_ctx *ctx, const relief_mesh *mesh, const rl_gltf_facts *facts,
                           char **text, size_t *size) {
    json_t *root = make_root(mesh, facts);
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
