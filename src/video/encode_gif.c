/* SPDX-License-Identifier: Apache-2.0 */
/* Films as GIF: all frames are kept, as one palette is looked for over all of them. */
#include "video/encoder.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "image/gif.h"

#include <string.h>

/* Frames that are kept at most, in bytes. */
static const size_t MOST_BYTES = (size_t)1 << 30;

struct rl_encoder {
    relief_ctx *ctx;
    rl_output *output;
    rl_gif_frames frames;
    size_t frame_bytes;
};

static const char *find(void) {
    return "cgif";
}

static void discard(rl_encoder *encoder) {
    if (!encoder)
        return;
    rl_output_abort(encoder->output);
    rl_free(encoder->frames.rgb);
    rl_free(encoder);
}

static relief_status start(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    void *block;
    const size_t frame_bytes = (size_t)facts->width * (size_t)facts->height * 3;
    if ((double)frame_bytes * (double)facts->frame_count > (double)MOST_BYTES)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "%s: %lld frames of %d x %d pixels are too many for a GIF (use --size, "
                       "--fps or --seconds, or .mp4)",
                       facts->path, (long long)facts->frame_count, facts->width, facts->height);
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_encoder), &block);
    if (status)
        return status;
    rl_encoder *encoder = block;
    encoder->ctx = ctx;
    encoder->frame_bytes = frame_bytes;
    encoder->frames = (rl_gif_frames){.width = facts->width,
                                      .height = facts->height,
                                      .rate = (double)facts->rate[0] / facts->rate[1]};
    status = rl_alloc_in(ctx, frame_bytes, (size_t)facts->frame_count, &block);
    encoder->frames.rgb = status ? NULL : block;
    if (!status)
        status = rl_output_open(ctx, facts->path, facts->force, &encoder->output);
    if (status) {
        discard(encoder);
        return status;
    }
    *out = encoder;
    return RELIEF_OK;
}

static relief_status put(rl_encoder *encoder, const uint8_t *rgba) {
    uint8_t *to = encoder->frames.rgb + encoder->frame_bytes * (size_t)encoder->frames.count;
    for (size_t i = 0; i < encoder->frame_bytes / 3; i++)
        memcpy(to + 3 * i, rgba + 4 * i, 3);
    encoder->frames.count++;
    return RELIEF_OK;
}

static relief_status commit(rl_encoder *encoder) {
    uint8_t *data = NULL;
    size_t size = 0;
    relief_status status = rl_gif_encode(encoder->ctx, &encoder->frames, &data, &size);
    if (!status)
        status = rl_output_write(encoder->output, data, size);
    rl_free(data);
    if (!status) {
        status = rl_output_commit(encoder->output);
        encoder->output = NULL;
    }
    discard(encoder);
    return status;
}

const rl_encoder_kind rl_encoder_gif = {.ending = ".gif",
                                        .contents = "256 colours",
                                        .most_side = 640,
                                        .rate = 15,
                                        .find = find,
                                        .open = start,
                                        .put = put,
                                        .commit = commit,
                                        .abort = discard};
