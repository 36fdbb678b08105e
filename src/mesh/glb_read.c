/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes read back from binary glTF: of the format no more than what relief writes. Everything that
 * the file says about sizes is checked against the file before it is believed. */
#include "mesh/glb_unpack.h"
#include "mesh/surfaces_inside.h"

#include "base/memory.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* Numbers of the glTF 2.0 specification. */
enum {
    GLB_HEADER = 12,
    CHUNK_HEADER = 8,
    GLTF_UNSIGNED_BYTE = 5121,
    GLTF_UNSIGNED_SHORT = 5123,
    GLTF_UNSIGNED_INT = 5125,
    GLTF_FLOAT = 5126,
    GLTF_TRIANGLES = 4,
    LARGEST_JSON = 16 << 20
};
static const uint32_t GLB_MAGIC = 0x46546C67;
static const uint32_t CHUNK_JSON = 0x4E4F534A;
static const uint32_t CHUNK_BIN = 0x004E4942;

typedef struct reader {
    relief_ctx *ctx;
    const char *path;
    json_t *root;
    const uint8_t *bin; /* the buffer */
    size_t bin_size;
    relief_surfaces *surfaces;
} reader;

static const char PACKED[] = "EXT_meshopt_compression";

/* A row of elements in the buffer. */
typedef struct accessor {
    const uint8_t *data;
    size_t count, stride; /* elements, and bytes from one to the next */
    int component;        /* GLTF_ number of its kind */
    bool normalized;      /* whole numbers stand for 0 to 1 */
} accessor;

static relief_status fail_damaged(const reader *r, const char *what) {
    return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: damaged glTF (%s)", r->path, what);
}

static uint32_t word_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Find the JSON and the buffer. */
static relief_status read_chunks(reader *r, const uint8_t *data, size_t size) {
    if (size < GLB_HEADER + CHUNK_HEADER || word_at(data) != GLB_MAGIC || word_at(data + 4) != 2 ||
        word_at(data + 16) != CHUNK_JSON)
        return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: not binary glTF 2.0", r->path);
    if (word_at(data + 8) != size)
        return fail_damaged(r, "its length is not what its header says");
    const size_t json_size = word_at(data + 12);
    const size_t json_at = GLB_HEADER + CHUNK_HEADER;
    if (json_size > LARGEST_JSON || json_size > size - json_at)
        return fail_damaged(r, "its description is too long");
    const size_t bin_at = json_at + json_size;
    if (size - bin_at >= CHUNK_HEADER && word_at(data + bin_at + 4) == CHUNK_BIN &&
        word_at(data + bin_at) <= size - bin_at - CHUNK_HEADER) {
        r->bin = data + bin_at + CHUNK_HEADER;
        r->bin_size = word_at(data + bin_at);
    }
    json_error_t reason;
    r->root = json_loadb((const char *)data + json_at, json_size, JSON_REJECT_DUPLICATES, &reason);
    if (r->root)
        return RELIEF_OK;
    if (!reason.text[0] || json_error_code(&reason) == json_error_out_of_memory)
        return rl_fail_memory(r->ctx, json_size);
    return fail_damaged(r, reason.text);
}

/* root[list][index], where `index` is a JSON number; NULL when there is none. */
static const json_t *item_of(const reader *r, const char *list, const json_t *index) {
    if (!json_is_integer(index) || json_integer_value(index) < 0)
        return NULL;
    return json_array_get(json_object_get(r->root, list), (size_t)json_integer_value(index));
}

/* A size or offset; `fallback` when it is not given, SIZE_MAX when it makes no sense. */
static size_t size_of(const json_t *object, const char *key, size_t fallback) {
    const json_t *value = json_object_get(object, key);
    if (!value)
        return fallback;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return SIZE_MAX;
    return (size_t)json_integer_value(value);
}

/* The bytes that `part`, a buffer view or what an extension says in its place, names; false when
 * they do not lie in the buffer. */
static bool find_part(const reader *r, const json_t *part, const uint8_t **data, size_t *size) {
    const size_t offset = size_of(part, "byteOffset", 0);
    *size = size_of(part, "byteLength", SIZE_MAX);
    if (!part || size_of(part, "buffer", SIZE_MAX) != 0 || offset > r->bin_size ||
        *size > r->bin_size - offset)
        return false;
    *data = r->bin + offset;
    return true;
}

/* The bytes of a buffer view, unpacked where it was packed; false when it has none. */
static bool find_view(const reader *r, const json_t *index, const uint8_t **data, size_t *size) {
    const json_t *view = item_of(r, "bufferViews", index);
    for (int k = 0; view && k < r->surfaces->unpacked_count; k++) {
        const rl_unpacked *unpacked = &r->surfaces->unpacked[k];
        if (unpacked->view == json_integer_value(index)) {
            *data = unpacked->data;
            *size = unpacked->size;
            return true;
        }
    }
    return find_part(r, view, data, size);
}

/* Unpack one view; what the extension says stands in `part`. */
static relief_status unpack_view(reader *r, int64_t view, const json_t *part) {
    rl_packed packed = {.mode = json_string_value(json_object_get(part, "mode")),
                        .filter = json_string_value(json_object_get(part, "filter")),
                        .count = size_of(part, "count", 0),
                        .stride = size_of(part, "byteStride", 0)};
    if (packed.filter && strcmp(packed.filter, "NONE") == 0)
        packed.filter = NULL;
    relief_surfaces *surfaces = r->surfaces;
    if (!packed.mode || !find_part(r, part, &packed.data, &packed.size) ||
        surfaces->unpacked_count == RL_MOST_UNPACKED)
        return fail_damaged(r, "a packed part");
    rl_unpacked *out = &surfaces->unpacked[surfaces->unpacked_count];
    bool good;
    relief_status status = rl_glb_unpack(r->ctx, &packed, &out->data, &good);
    if (status)
        return status;
    if (!good)
        return fail_damaged(r, "a part that cannot be unpacked");
    out->view = view;
    out->size = packed.count * packed.stride;
    surfaces->unpacked_count++;
    return RELIEF_OK;
}

static relief_status unpack_views(reader *r) {
    const json_t *views = json_object_get(r->root, "bufferViews");
    relief_status status = RELIEF_OK;
    for (size_t i = 0; i < json_array_size(views) && !status; i++) {
        const json_t *extensions = json_object_get(json_array_get(views, i), "extensions");
        const json_t *part = json_object_get(extensions, PACKED);
        if (part)
            status = unpack_view(r, (int64_t)i, part);
    }
    return status;
}

static size_t bytes_of(int component) {
    return component == GLTF_UNSIGNED_BYTE ? 1 : component == GLTF_UNSIGNED_SHORT ? 2 : 4;
}

/* `width`: components an element, "VEC3" has 3. */
static relief_status find_accessor(const reader *r, const json_t *index, const char *type,
                                   size_t width, accessor *out) {
    const json_t *object = item_of(r, "accessors", index);
    const char *its_type = json_string_value(json_object_get(object, "type"));
    const json_t *view_index = json_object_get(object, "bufferView");
    size_t view_size = 0;
    const uint8_t *view = NULL;
    if (!its_type || strcmp(its_type, type) != 0 || json_object_get(object, "sparse") ||
        !find_view(r, view_index, &view, &view_size))
        return fail_damaged(r, "an accessor");
    const size_t offset = size_of(object, "byteOffset", 0);
    out->component = (int)json_integer_value(json_object_get(object, "componentType"));
    out->normalized = json_is_true(json_object_get(object, "normalized"));
    out->count = size_of(object, "count", SIZE_MAX);
    const size_t element = width * bytes_of(out->component);
    out->stride = size_of(item_of(r, "bufferViews", view_index), "byteStride", element);
    size_t span = 0;
    if (out->stride < element || out->stride > 255 || out->count == 0 ||
        !rl_mul_size(out->count - 1, out->stride, &span) || !rl_add_size(span, element, &span) ||
        offset > view_size || span > view_size - offset)
        return fail_damaged(r, "an accessor goes beyond its buffer");
    out->data = view + offset;
    return RELIEF_OK;
}

/* 16-bit fractions as floats. */
static relief_status read_fractions(const reader *r, const accessor *from, size_t width,
                                    void **owned, const float **out) {
    relief_status status = rl_alloc_in(r->ctx, from->count, width * sizeof(float), owned);
    for (size_t i = 0; i < from->count * width && !status; i++) {
        uint16_t value;
        memcpy(&value, from->data + i / width * from->stride + i % width * sizeof value,
               sizeof value);
        ((float *)*owned)[i] = (float)value / 65535.0F;
    }
    *out = *owned;
    return status;
}

/* Floats as an array: borrowed where they lie well, else copied into *owned. */
static relief_status read_floats(const reader *r, const accessor *from, size_t width, void **owned,
                                 const float **out) {
    const size_t element = width * sizeof(float);
    if (from->component == GLTF_UNSIGNED_SHORT && from->normalized)
        return read_fractions(r, from, width, owned, out);
    if (from->component != GLTF_FLOAT)
        return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: coordinates that are not floats (write it again with relief)", r->path);
    if (from->stride == element && (uintptr_t)from->data % sizeof(float) == 0) {
        *out = (const float *)(const void *)from->data;
        return RELIEF_OK;
    }
    relief_status status = rl_alloc_in(r->ctx, from->count, element, owned);
    for (size_t i = 0; i < from->count && !status; i++)
        memcpy((uint8_t *)*owned + i * element, from->data + i * from->stride, element);
    *out = *owned;
    return status;
}

static relief_status read_indices(const reader *r, const accessor *from, void **owned,
                                  const uint32_t **out) {
    const size_t bytes = bytes_of(from->component);
    if (from->component == GLTF_UNSIGNED_INT && from->stride == bytes &&
        (uintptr_t)from->data % bytes == 0) {
        *out = (const uint32_t *)(const void *)from->data;
        return RELIEF_OK;
    }
    if (from->component == GLTF_FLOAT)
        return fail_damaged(r, "indices that are not whole numbers");
    relief_status status = rl_alloc_in(r->ctx, from->count, sizeof(uint32_t), owned);
    for (size_t i = 0; i < from->count && !status; i++) {
        uint32_t value = 0;
        for (size_t b = 0; b < bytes; b++)
            value |= (uint32_t)from->data[i * from->stride + b] << (8 * b);
        ((uint32_t *)*owned)[i] = value;
    }
    *out = *owned;
    return status;
}

/* The picture of a material. */
static relief_status read_material(const reader *r, const json_t *material,
                                   relief_surface *surface) {
    const json_t *pbr = json_object_get(material, "pbrMetallicRoughness");
    const json_t *slot = json_object_get(pbr, "baseColorTexture");
    const json_t *texture = item_of(r, "textures", json_object_get(slot, "index"));
    const json_t *image = item_of(r, "images", json_object_get(texture, "source"));
    const char *alpha = json_string_value(json_object_get(material, "alphaMode"));
    const char *name = json_string_value(json_object_get(material, "name"));
    const char *type = json_string_value(json_object_get(image, "mimeType"));
    if (!type || !find_view(r, json_object_get(image, "bufferView"), &surface->picture,
                            &surface->picture_size))
        return fail_damaged(r, "a surface without a texture");
    surface->picture_type = strcmp(type, "image/png") == 0 ? "image/png" : "image/jpeg";
    surface->alpha = !alpha                        ? RELIEF_ALPHA_OPAQUE
                     : strcmp(alpha, "MASK") == 0  ? RELIEF_ALPHA_MASK
                     : strcmp(alpha, "BLEND") == 0 ? RELIEF_ALPHA_BLEND
                                                   : RELIEF_ALPHA_OPAQUE;
    surface->layer = rl_layer_of(name);
    return RELIEF_OK;
}

static relief_status check_indices(const reader *r, const relief_surface *surface) {
    uint32_t largest = 0;
    for (int64_t i = 0; i < 3 * surface->triangle_count; i++)
        largest = surface->indices[i] > largest ? surface->indices[i] : largest;
    if (surface->triangle_count && largest >= surface->vertex_count)
        return fail_damaged(r, "a triangle names a vertex that is not there");
    return RELIEF_OK;
}

/* Whether none of these is infinite or no number. */
static bool all_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static relief_status check_vertices(const reader *r, const relief_surface *surface) {
    const size_t count = (size_t)surface->vertex_count;
    if (!all_finite(surface->positions, 3 * count) || !all_finite(surface->uvs, 2 * count))
        return fail_damaged(r, "a vertex whose place is no number");
    return RELIEF_OK;
}

static relief_status read_primitive(const reader *r, const json_t *primitive,
                                    rl_owned_surface *item) {
    const json_t *attributes = json_object_get(primitive, "attributes");
    relief_surface *surface = &item->surface;
    accessor positions, uvs, indices;
    surface->struct_size = sizeof *surface;
    if (size_of(primitive, "mode", GLTF_TRIANGLES) != GLTF_TRIANGLES)
        return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED, "%s: holds more than triangles", r->path);
    relief_status status =
        find_accessor(r, json_object_get(attributes, "POSITION"), "VEC3", 3, &positions);
    if (!status)
        status = find_accessor(r, json_object_get(attributes, "TEXCOORD_0"), "VEC2", 2, &uvs);
    if (!status)
        status = find_accessor(r, json_object_get(primitive, "indices"), "SCALAR", 1, &indices);
    if (!status && uvs.count != positions.count)
        status = fail_damaged(r, "not every vertex has texture coordinates");
    if (!status)
        status = read_floats(r, &positions, 3, &item->geometry[0], &surface->positions);
    if (!status)
        status = read_floats(r, &uvs, 2, &item->geometry[1], &surface->uvs);
    if (!status)
        status = read_indices(r, &indices, &item->geometry[2], &surface->indices);
    if (status)
        return status;
    surface->vertex_count = (int64_t)positions.count;
    surface->triangle_count = (int64_t)(indices.count / 3);
    status = check_indices(r, surface);
    if (!status)
        status = check_vertices(r, surface);
    if (status)
        return status;
    return read_material(r, item_of(r, "materials", json_object_get(primitive, "material")),
                         surface);
}

/* A number of the extras; false when it is missing or not a positive number. */
static bool read_positive(const json_t *extras, const char *key, double *out) {
    const json_t *value = json_object_get(extras, key);
    *out = json_number_value(value);
    return json_is_number(value) && *out > 0 && isfinite(*out);
}

/* What relief keeps in the scene's extras. */
static relief_status read_source(const reader *r, relief_surfaces_info *info) {
    const json_t *scene = json_array_get(json_object_get(r->root, "scenes"), 0);
    const json_t *extras = json_object_get(json_object_get(scene, "extras"), "relief");
    double width, height;
    if (!json_is_object(extras))
        return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: a glTF file that relief did not make (open it in a viewer)", r->path);
    if (!read_positive(extras, "width", &width) || !read_positive(extras, "height", &height) ||
        !read_positive(extras, "focal_px", &info->focal_px) ||
        !read_positive(extras, "near", &info->near_depth) ||
        !read_positive(extras, "far", &info->far_depth) ||
        !read_positive(extras, "travel", &info->travel) || width > RELIEF_MAX_SIDE ||
        height > RELIEF_MAX_SIDE)
        return fail_damaged(r, "its camera");
    info->width = (int)width;
    info->height = (int)height;
    return RELIEF_OK;
}

/* Refuse what would be drawn wrongly. */
static relief_status check_features(const reader *r) {
    const json_t *needed = json_object_get(r->root, "extensionsRequired");
    for (size_t i = 0; i < json_array_size(needed); i++) {
        const char *name = json_string_value(json_array_get(needed, i));
        if (!name || (strcmp(name, "KHR_materials_unlit") != 0 && strcmp(name, PACKED) != 0))
            return rl_fail(r->ctx, RELIEF_ERROR_UNSUPPORTED,
                           "%s: needs %s (write the scene without it)", r->path,
                           name ? name : "an extension");
    }
    return RELIEF_OK;
}

static relief_status read_surfaces(const reader *r, relief_surfaces *surfaces, size_t room) {
    const json_t *meshes = json_object_get(r->root, "meshes");
    for (size_t m = 0; m < json_array_size(meshes); m++) {
        const json_t *primitives = json_object_get(json_array_get(meshes, m), "primitives");
        for (size_t p = 0; p < json_array_size(primitives); p++) {
            const size_t at = (size_t)surfaces->info.surface_count;
            if (at == room)
                return RELIEF_OK;
            surfaces->info.surface_count++;
            relief_status status =
                read_primitive(r, json_array_get(primitives, p), &surfaces->items[at]);
            if (status)
                return status;
        }
    }
    return surfaces->info.surface_count ? RELIEF_OK : fail_damaged(r, "nothing to draw");
}

relief_status rl_glb_read(relief_ctx *ctx, const rl_glb_bytes *file, relief_surfaces *surfaces) {
    reader r = {.ctx = ctx, .path = file->name, .surfaces = surfaces};
    relief_status status = read_chunks(&r, file->data, file->size);
    if (!status)
        status = check_features(&r);
    if (!status)
        status = read_source(&r, &surfaces->info);
    if (!status)
        status = unpack_views(&r);
    if (!status)
        status = read_surfaces(&r, surfaces, RL_MOST_SURFACES);
    if (!status)
        rl_surfaces_count(surfaces);
    json_decref(r.root);
    return status;
}

relief_status relief_surfaces_load(relief_ctx *ctx, const char *path, relief_surfaces **out) {
    relief_surfaces *surfaces;
    *out = NULL;
    relief_status status = rl_surfaces_new(ctx, RL_MOST_SURFACES, &surfaces);
    if (status)
        return status;
    status = rl_os_map(ctx, path, &surfaces->file);
    if (!status) {
        const rl_glb_bytes file = {surfaces->file->data, surfaces->file->size, path};
        status = rl_glb_read(ctx, &file, surfaces);
    }
    if (status) {
        relief_surfaces_free(surfaces);
        return status;
    }
    *out = surfaces;
    return RELIEF_OK;
}
