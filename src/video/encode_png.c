/* SPDX-License-Identifier: Apache-2.0 */
/* Films as a row of pictures: NAME-0001.png and so on. */
#include "video/encoder.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "image/encode.h"

#include <stdio.h>
#include <string.h>

struct rl_encoder {
    relief_ctx *ctx;
    char *stem;
    int width, height, digits;
    bool force;
    int64_t done;
    uint8_t *rgb;
};

static const char *find(void) {
    return "png";
}

static char *name_of(const rl_encoder *encoder, int64_t frame) {
    return rl_format("%s-%0*lld.png", encoder->stem, encoder->digits, (long long)frame + 1);
}

static void clear(rl_encoder *encoder) {
    rl_free(encoder->stem);
    rl_free(encoder->rgb);
    rl_free(encoder);
}

/* Pictures that are there already go, too: a film appears whole or not at all. */
static void discard(rl_encoder *encoder) {
    if (!encoder)
        return;
    for (int64_t k = 0; k < encoder->done; k++) {
        char *name = name_of(encoder, k);
        if (name)
            rl_os_remove(name);
        rl_free(name);
    }
    clear(encoder);
}

/* Look at all names before the first picture is drawn, and at the next: pictures of a longer film
 * would be taken for the end of this one. */
static relief_status check_names(rl_encoder *encoder, int64_t count) {
    relief_status status = RELIEF_OK;
    for (int64_t k = 0; k < count && !status; k++) {
        char *name = name_of(encoder, k);
        status = name ? relief_output_check(encoder->ctx, name, encoder->force)
                      : rl_fail_memory(encoder->ctx, 1);
        rl_free(name);
    }
    char *next = status ? NULL : name_of(encoder, count);
    if (!status && !next)
        status = rl_fail_memory(encoder->ctx, 1);
    else if (next && rl_os_exists(next))
        status = rl_fail(encoder->ctx, RELIEF_ERROR_EXISTS,
                         "%s: is of a longer film (remove its pictures)", next);
    rl_free(next);
    return status;
}

static relief_status start(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    void *block;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_encoder), &block);
    if (status)
        return status;
    rl_encoder *encoder = block;
    encoder->ctx = ctx;
    encoder->width = facts->width;
    encoder->height = facts->height;
    encoder->force = facts->force;
    encoder->digits = facts->frame_count > 9999 ? 7 : 4;
    encoder->stem = rl_strndup(facts->path, strlen(facts->path) - strlen(".png"));
    status = rl_alloc_in(ctx, (size_t)facts->width * (size_t)facts->height, 3, &block);
    encoder->rgb = status ? NULL : block;
    if (!status && !encoder->stem)
        status = rl_fail_memory(ctx, 1);
    if (!status)
        status = check_names(encoder, facts->frame_count);
    if (status) {
        clear(encoder);
        return status;
    }
    *out = encoder;
    return RELIEF_OK;
}

static relief_status write_picture(rl_encoder *encoder, const rl_encoded *file) {
    rl_output *output = NULL;
    char *name = name_of(encoder, encoder->done);
    if (!name)
        return rl_fail_memory(encoder->ctx, 1);
    relief_status status = rl_output_open(encoder->ctx, name, encoder->force, &output);
    rl_free(name);
    if (!status)
        status = rl_encoded_write_marked(file, output);
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}

static relief_status put(rl_encoder *encoder, const uint8_t *rgba) {
    const size_t count = (size_t)encoder->width * (size_t)encoder->height;
    const rl_pixels pixels = {encoder->rgb, encoder->width, encoder->height, 3, 1};
    rl_encoded file = {NULL, 0};
    for (size_t i = 0; i < count; i++)
        memcpy(encoder->rgb + 3 * i, rgba + 4 * i, 3);
    relief_status status = rl_encode_png(encoder->ctx, &pixels, &file);
    if (!status)
        status = write_picture(encoder, &file);
    rl_free(file.data);
    if (!status)
        encoder->done++;
    return status;
}

static relief_status commit(rl_encoder *encoder) {
    clear(encoder);
    return RELIEF_OK;
}

const rl_encoder_kind rl_encoder_png = {.ending = ".png",
                                        .contents = "one picture a frame",
                                        .most_side = 1920,
                                        .rate = 30,
                                        .find = find,
                                        .open = start,
                                        .put = put,
                                        .commit = commit,
                                        .abort = discard};
