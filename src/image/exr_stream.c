/* SPDX-License-Identifier: Apache-2.0 */
#include "image/exr_stream.h"

#include <string.h>

/* OpenEXR asks for the bytes by offset. */
static int64_t read_bytes(exr_const_context_t exr, void *user, void *buffer, uint64_t size,
                          uint64_t offset, exr_stream_error_func_ptr_t report) {
    const rl_exr_stream *from = user;
    (void)exr;
    (void)report;
    if (offset >= from->size) {
        return 0;
    }
    uint64_t left = from->size - offset;
    size = size < left ? size : left;
    memcpy(buffer, from->data + offset, size);
    return (int64_t)size;
}

static int64_t tell_size(exr_const_context_t exr, void *user) {
    (void)exr;
    return (int64_t)((const rl_exr_stream *)user)->size;
}

static void stay_quiet(exr_const_context_t exr, exr_result_t code, const char *text) {
    (void)exr;
    (void)code;
    (void)text;
}

exr_result_t rl_exr_open(rl_exr_stream *stream, const char *name, exr_context_t *out) {
    exr_context_initializer_t init = EXR_DEFAULT_CONTEXT_INITIALIZER;
    init.user_data = stream;
    init.read_fn = read_bytes;
    init.size_fn = tell_size;
    init.error_handler_fn = stay_quiet;
    return exr_start_read(out, name, &init);
}

bool rl_exr_is_misread(exr_const_context_t exr, int part, const exr_attr_chlist_t *channels) {
    exr_compression_t compression = EXR_COMPRESSION_NONE;
    if (exr_get_compression(exr, part, &compression) != EXR_ERR_SUCCESS ||
        (compression != EXR_COMPRESSION_B44 && compression != EXR_COMPRESSION_B44A)) {
        return false;
    }
    for (int i = 0; i < channels->num_channels; i++) {
        if (channels->entries[i].pixel_type != EXR_PIXEL_HALF) {
            return true;
        }
    }
    return false;
}
