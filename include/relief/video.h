/* SPDX-License-Identifier: Apache-2.0 */
/* Films: a scene seen by a camera that moves, frame by frame, into a file. */
#ifndef RELIEF_VIDEO_H
#define RELIEF_VIDEO_H

#include "relief/path.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_film_options {
    size_t struct_size;
    int width, height;        /* of the pictures, even; 0: relief_film_size() without a shape */
    double frames_per_second; /* 1..240; 0: 30, for .gif 15 */
    int supersample;          /* samples along each side of a pixel, 1..8; 0: 2, 4 a pixel */
    double focus_blur;        /* how far what is infinitely far, or half as far as the subject, is
                                 blurred, as a share of the width, 0..0.1; 0: all is sharp */
    double vignette;          /* how much darker the corners are, 0..1 */
    bool force;               /* replace an existing file that relief did not make */
} relief_film_options;

typedef struct relief_film_info {
    size_t struct_size;
    int width, height;
    int64_t frame_count;
    double frames_per_second;
    int64_t holed_pixels;   /* of all frames together; 0: every frame is covered everywhere */
    int64_t patched_pixels; /* in which the scene had a gap that was coloured like what is behind */
    const char *encoder;    /* that made the file, static */
    double first_frame_s;   /* seconds until the first frame was drawn */
    double draw_s, encode_s; /* seconds spent drawing, and handing frames to the encoder */
} relief_film_info;

/* What relief_film_save() writes. */
typedef struct relief_film_format {
    const char *ending;   /* ".mp4" */
    const char *contents; /* a few words for help and messages */
    int most_side;        /* of pictures without a size, in pixels */
    bool available;       /* this build, on this machine, can write it */
} relief_film_format;
/* The format of a path's ending, NULL for none; "-" is .y4m. */
RELIEF_API const relief_film_format *relief_film_format_of(const char *path);

/* The size of pictures of a shape, `across` to `down` (0 and 0: the photo's): even, at most
 * most_side a side, and not larger than the photo is there. */
RELIEF_API void relief_film_size(const relief_surfaces_info *info, double across, double down,
                                 int most_side, int *width, int *height);

/* Draw a film and write it; the ending of `file` picks the format:
 *   .mp4   H.264, for all players
 *   .webm  VP9, or AV1
 *   .gif   256 colours
 *   .png   one file a frame: NAME-0001.png and so on
 *   .y4m   raw; "-" is the same to standard output
 * `path` is fitted to the pictures' shape by the caller. Pictures are drawn on the processor, the
 * same bits for any number of threads. `options` and `info` may be NULL. Files appear whole or not
 * at all. Errors: _UNSUPPORTED (ending; no encoder for it), _ARG, _IO, _EXISTS, _MEMORY, _LIMIT,
 * _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_film_save(relief_ctx *ctx,
                                                         const relief_surfaces *surfaces,
                                                         const relief_path *path, const char *file,
                                                         const relief_film_options *options,
                                                         relief_film_info *info);

#ifdef __cplusplus
}
#endif
#endif
