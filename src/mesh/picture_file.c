/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in files of their own, with a mark by which relief knows them again. */
#include "mesh/mesh_file.h"

#include "base/os.h"
#include "base/status.h"
#include "image/picture.h"
#include "scene/scene_inside.h"

#include <stdio.h>
#include <string.h>

/* JPEG: the start marker; PNG: the signature and the first chunk. */
enum { JPEG_HEAD = 2, PNG_HEAD = 33 };
/* A JPEG comment, and the type and data of a PNG text chunk. */
static const char COMMENT[] = "\xFF\xFE\x00\x10relief texture";
static const char TEXT[] = "tEXtrelief:kind\0texture";

static bool is_png(const rl_texture *texture) {
    return strcmp(texture->mime_type, "image/png") == 0;
}

relief_status rl_picture_open(const rl_mesh_file *file, int primitive, rl_file_set *files,
                              rl_output **out, const char **name) {
    char suffix[32];
    const relief_image *photo = file->mesh->scene->photo;
    (void)snprintf(suffix, sizeof suffix, "-%s.%s", file->mesh->primitives[primitive].name,
                   is_png(&file->textures[primitive]) ? "png" : "jpg");
    return rl_files_add(files, suffix, photo->name, out, name);
}

/* The check sum of a PNG chunk's type and data, ISO/IEC 15948 annex D. */
static uint32_t chunk_sum(const char *data, size_t size) {
    uint32_t sum = UINT32_MAX;
    for (size_t k = 0; k < size; k++) {
        sum ^= (uint8_t)data[k];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
    }
    return ~sum;
}

static void put_word(uint8_t *to, uint32_t value) {
    for (int k = 0; k < 4; k++)
        to[k] = (uint8_t)(value >> (24 - 8 * k));
}

relief_status rl_picture_put(const rl_mesh_file *file, int primitive, rl_output *output) {
    const rl_texture *texture = &file->textures[primitive];
    const bool png = is_png(texture);
    const size_t head = png ? PNG_HEAD : JPEG_HEAD;
    if (texture->size < head)
        return rl_output_write(output, texture->data, texture->size);
    relief_status status = rl_output_write(output, texture->data, head);
    if (!status && png) {
        uint8_t length[4], sum[4];
        put_word(length, sizeof TEXT - 1 - 4);
        put_word(sum, chunk_sum(TEXT, sizeof TEXT - 1));
        status = rl_output_write(output, length, sizeof length);
        if (!status)
            status = rl_output_write(output, TEXT, sizeof TEXT - 1);
        if (!status)
            status = rl_output_write(output, sum, sizeof sum);
    } else if (!status) {
        status = rl_output_write(output, COMMENT, sizeof COMMENT - 1);
    }
    return status ? status : rl_output_write(output, texture->data + head, texture->size - head);
}
