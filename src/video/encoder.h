/* SPDX-License-Identifier: Apache-2.0 */
/* Encoders of films: one file a kind, all fed with the same frames. */
#ifndef RELIEF_VIDEO_ENCODER_H
#define RELIEF_VIDEO_ENCODER_H

#include "relief/base.h"

/* What every encoder must know before the first frame. */
typedef struct rl_film_facts {
    const char *path; /* of the film; "-": standard output */
    int width, height;
    int64_t frame_count;
    int rate[2]; /* frames a second as a fraction */
    bool force, loop;
} rl_film_facts;

/* An encoder at work; each kind has more behind this. */
typedef struct rl_encoder rl_encoder;

typedef struct rl_encoder_kind {
    const char *ending;
    const char *contents;
    int most_side; /* of pictures without a size */
    int rate;      /* frames a second when none are asked for */
    /* The encoder that would be used, NULL for none on this machine. */
    const char *(*find)(void);
    /* Open the file. Errors: _UNSUPPORTED, _IO, _EXISTS, _MEMORY, _LIMIT. */
    relief_status (*open)(relief_ctx *ctx, const rl_film_facts *facts, rl_encoder **out);
    /* Take the next frame, width * height RGBA pixels, of which the alpha is not looked at. */
    relief_status (*put)(rl_encoder *encoder, const uint8_t *rgba);
    /* Finish the file and free the encoder; after a failure nothing stays. */
    relief_status (*commit)(rl_encoder *encoder);
    /* Remove what was written and free the encoder; NULL is fine. */
    void (*abort)(rl_encoder *encoder);
} rl_encoder_kind;

/* The kind of a path's ending, NULL for none. */
const rl_encoder_kind *rl_encoder_of(const char *path);

extern const rl_encoder_kind rl_encoder_mp4, rl_encoder_webm, rl_encoder_gif, rl_encoder_png,
    rl_encoder_y4m;

/* yuv.c: RGBA to planes of 8 bits: Y of the picture's size, Cb and Cr of half of it, by BT.709 with
 * the range of television, chroma on every other column and between the rows, as H.264 has it.
 * Sides are even. */
typedef struct rl_planes {
    uint8_t *data[3];
    int row[3]; /* bytes from one row to the next */
} rl_planes;
void rl_planes_fill(relief_ctx *ctx, const uint8_t *rgba, int width, int height,
                    const rl_planes *to);

#endif
