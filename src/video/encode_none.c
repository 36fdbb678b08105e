/* SPDX-License-Identifier: Apache-2.0 */
/* A build without libavcodec: .mp4 and .webm are refused. */
#include "video/encoder.h"

#include "base/status.h"

static const char *find(void) {
    return NULL;
}

static relief_status start(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out) {
    (void)out;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "%s: this build has no encoder for it (use .gif or .png, or build it with "
                   "-Dvideo=enabled)",
                   facts->path);
}

const rl_encoder_kind rl_encoder_mp4 = {.ending = ".mp4",
                                        .contents = "H.264",
                                        .most_side = 1920,
                                        .rate = 30,
                                        .find = find,
                                        .open = start};
const rl_encoder_kind rl_encoder_webm = {.ending = ".webm",
                                         .contents = "VP9 or AV1",
                                         .most_side = 1920,
                                         .rate = 30,
                                         .find = find,
                                         .open = start};
