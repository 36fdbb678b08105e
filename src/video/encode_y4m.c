/* SPDX-License-Identifier: Apache-2.0 */
/* Raw films: YUV4MPEG2, a line of text and then the planes of every frame. */
#include "video/encoder.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

struct rl_encoder {
    relief_ctx *ctx;
    rl_output *output;
    int width, height;
    uint8_t *planes;
    size_t bytes;
};

static const char *find(void) {
    return "yuv4mpeg";
}

static void discard(rl_encoder *encoder) {
    if (!encoder)
        return;
    rl_output_abort(encoder->output);
    rl_free(encoder->planes);
    rl_free(encoder);
}

static relief_status start(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    char head[160];
    void *block;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_encoder), &block);
    if (status)
        return status;
    rl_encoder *encoder = block;
    encoder->ctx = ctx;
    encoder->width = facts->width;
    encoder->height = facts->height;
    encoder->bytes = (size_t)facts->width * (size_t)facts->height * 3 / 2;
    status = rl_alloc_in(ctx, encoder->bytes, 1, &block);
    encoder->planes = status ? NULL : block;
    if (!status)
        status = rl_output_open(ctx, facts->path, facts->force, &encoder->output);
    const int length = snprintf(head, sizeof head,
                                "YUV4MPEG2 W%d H%d F%d:%d Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED "
                                "Xrelief\n",
                                facts->width, facts->height, facts->rate[0], facts->rate[1]);
    if (!status)
        status = rl_output_write(encoder->output, head, (size_t)length);
    if (status) {
        discard(encoder);
        return status;
    }
    *out = encoder;
    return RELIEF_OK;
}

static relief_status put(rl_encoder *encoder, const uint8_t *rgba) {
    static const char mark[] = "FRAME\n";
    const size_t luma = (size_t)encoder->width * (size_t)encoder->height;
    const rl_planes planes = {
        .data = {encoder->planes, encoder->planes + luma, encoder->planes + luma + luma / 4},
        .row = {encoder->width, encoder->width / 2, encoder->width / 2}};
    rl_planes_fill(encoder->ctx, rgba, encoder->width, encoder->height, &planes);
    relief_status status = rl_output_write(encoder->output, mark, sizeof mark - 1);
    return status ? status : rl_output_write(encoder->output, encoder->planes, encoder->bytes);
}

static relief_status commit(rl_encoder *encoder) {
    relief_status status = rl_output_commit(encoder->output);
    encoder->output = NULL;
    discard(encoder);
    return status;
}

const rl_encoder_kind rl_encoder_y4m = {.ending = ".y4m",
                                        .contents = "raw frames",
                                        .most_side = 1920,
                                        .rate = 30,
                                        .find = find,
                                        .open = start,
                                        .put = put,
                                        .commit = commit,
                                        .abort = discard};
