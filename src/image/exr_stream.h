/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of EXR photos and EXR depth maps share. */
#ifndef RELIEF_IMAGE_EXR_STREAM_H
#define RELIEF_IMAGE_EXR_STREAM_H

#include <openexr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More pixels than this in one chunk mean a header made to hurt; for RELIEF_MAX_SIDE. */
#define RL_EXR_MAX_CHUNK_PIXELS ((int64_t)RELIEF_MAX_SIDE * 256)

/* A file's bytes, borrowed. */
typedef struct rl_exr_stream {
    const uint8_t *data;
    size_t size;
} rl_exr_stream;

/* Open a file whose bytes are in memory; `stream` stays until exr_finish(*out). Says nothing on
 * standard error. */
exr_result_t rl_exr_open(rl_exr_stream *stream, const char *name, exr_context_t *out);

/* Whether OpenEXRCore 3.1 would mix up the channels of a part: B44 that is not all half floats. */
bool rl_exr_is_misread(exr_const_context_t exr, int part, const exr_attr_chlist_t *channels);

#endif
