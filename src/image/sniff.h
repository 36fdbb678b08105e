/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of file some bytes are, told by their content first and by the file's ending second. */
#ifndef RELIEF_IMAGE_SNIFF_H
#define RELIEF_IMAGE_SNIFF_H

#include "relief/base.h"

typedef enum rl_image_format {
    RL_IMAGE_NONE = 0,
    RL_IMAGE_JPEG,
    RL_IMAGE_PNG,
    RL_IMAGE_WEBP,
    RL_IMAGE_TIFF,
    RL_IMAGE_HEIF, /* HEIC and AVIF */
    RL_IMAGE_JXL,
    RL_IMAGE_EXR,
    RL_IMAGE_GIF
} rl_image_format;

/* "jpeg", "png", ... as relief_image_info.format spells it; "" for RL_IMAGE_NONE. */
const char *rl_image_format_name(rl_image_format format);

/* Tell the format of a file's bytes; `name` stands in messages and lends its ending.
 * Errors: _FORMAT (empty, text, no picture), _UNSUPPORTED (camera raw, PSD, PDF, SVG, video and
 * other known kinds that are not read; the reason names the way out). */
RELIEF_CHECKED relief_status rl_image_sniff(relief_ctx *ctx, const uint8_t *data, size_t size,
                                            const char *name, rl_image_format *out);

#endif
