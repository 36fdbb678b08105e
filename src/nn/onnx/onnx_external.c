/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files of their own. A model comes from anywhere, so it may name only files in its own
 * folder: not by an absolute path, not through "..", and not by a link that leads out. */
#include "nn/onnx/onnx_reader.h"

#include <string.h>

#define MAX_FILES 256
#define MAX_LOCATION_BYTES 4096

/* Whether the location is relative, of plain components. */
static bool is_plain(const char *location) {
    if (!*location || *location == '/' || strchr(location, '\\') || strchr(location, ':')) {
        return false;
    }
    for (const char *part = location; *part;) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 2 && !strncmp(part, "..", 2))) {
            return false;
        }
        part += length;
        if (*part == '/') {
            part++;
        }
    }
    return true;
}

/* The folder that the model is in, with links resolved. */
static relief_status find_folder(rl_onnx_reader *reader) {
    if (reader->folder) {
        return RELIEF_OK;
    }
    const char *path = reader->source->path, *slash = strrchr(path, '/');
    char *folder = slash ? rl_strndup(path, (size_t)(slash - path) + 1) : rl_strdup(".");
    if (!folder) {
        return rl_fail_memory(reader->ctx, strlen(path));
    }
    reader->folder = rl_os_real_path(folder);
    rl_free(folder);
    if (!reader->folder) {
        return rl_onnx_fail(reader, RELIEF_ERROR_IO, "its folder cannot be found");
    }
    return RELIEF_OK;
}

static bool is_inside(const char *folder, const char *path) {
    size_t length = strlen(folder);
    if (length == 1) { /* "/" */
        return true;
    }
    return !strncmp(path, folder, length) && path[length] == '/';
}

/* Map the file `location`, whose name is checked here. */
static relief_status map_file(rl_onnx_reader *reader, const char *location, rl_mapping **out) {
    relief_status status = find_folder(reader);
    if (status) {
        return status;
    }
    char *path = rl_format("%s/%s", reader->folder, location);
    if (!path) {
        return rl_fail_memory(reader->ctx, strlen(location));
    }
    char *real = rl_os_real_path(path);
    if (!real) {
        status = rl_onnx_fail(reader, RELIEF_ERROR_IO,
                              "its external data '%.200s' is missing (it belongs beside the model)",
                              location);
    } else if (!is_inside(reader->folder, real)) {
        status = rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                              "external data '%.200s' leads out of the model's folder", location);
    } else {
        status = rl_os_map(reader->ctx, real, out);
    }
    rl_free(path);
    rl_free(real);
    return status;
}

/* The place of the file in model->externals; mapped now when it is new. */
static relief_status open_file(rl_onnx_reader *reader, rl_text text, int *index) {
    rl_onnx_model *model = reader->model;
    *index = rl_names_find(&reader->externals, text);
    if (*index >= 0) {
        return RELIEF_OK;
    }
    const char *location;
    relief_status status = RELIEF_OK;
    if (!reader->source->path) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "external data is possible beside files alone");
    }
    if (text.size > MAX_LOCATION_BYTES || model->external_count == MAX_FILES) {
        return rl_onnx_fail(reader, RELIEF_ERROR_LIMIT,
                            "too many or too long names of external data");
    }
    status = rl_onnx_copy_text(reader, text, &location);
    if (status) {
        return status;
    }
    if (strlen(location) != text.size || !is_plain(location)) {
        return rl_onnx_fail(reader, RELIEF_ERROR_UNSUPPORTED,
                            "external data '%.200s' is outside the model's folder", location);
    }
    void *externals = model->externals;
    status = rl_grow(reader->ctx, &externals, &model->external_capacity, model->external_count + 1,
                     sizeof(void *));
    model->externals = externals;
    if (status) {
        return status;
    }
    *index = (int)model->external_count;
    status = map_file(reader, location, &model->externals[*index]);
    if (status) {
        return status;
    }
    model->external_count++;
    return rl_names_add(reader->ctx, &reader->externals, text, *index);
}

relief_status rl_onnx_external(rl_onnx_reader *reader, const rl_onnx_range *range, size_t size,
                               const uint8_t **data) {
    int index = 0;
    if (!range->location.size) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT, "external data without a location");
    }
    relief_status status = open_file(reader, range->location, &index);
    if (status) {
        return status;
    }
    const rl_mapping *file = reader->model->externals[index];
    if (range->length >= 0 && (uint64_t)range->length != size) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT,
                            "external data of %lld bytes for a tensor of %zu bytes",
                            (long long)range->length, size);
    }
    if ((uint64_t)range->offset > file->size || size > file->size - (uint64_t)range->offset) {
        return rl_onnx_fail(reader, RELIEF_ERROR_FORMAT,
                            "external data ends at byte %zu of '%.200s', which has %zu",
                            (size_t)range->offset + size, file->path, file->size);
    }
    *data = file->data ? file->data + range->offset : (const uint8_t *)"";
    return RELIEF_OK;
}
