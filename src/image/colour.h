/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a decoder gives, as sRGB. */
#ifndef RELIEF_IMAGE_COLOUR_H
#define RELIEF_IMAGE_COLOUR_H

#include "image/picture.h"

#include "image/vips_library.h"

/* Whether the bands of `in` are sRGB or grey with sRGB's curve, given its embedded profile. */
bool rl_colour_is_srgb(const VipsImage *in, const rl_icc *icc);

/* Append to the pipeline what makes 1-4 bands of 8 or 16 bits in sRGB from `in`. A profile that
 * cannot be used is left out with a warning. *out: the caller's, for g_object_unref(). Errors:
 * _UNSUPPORTED, _FORMAT, _MEMORY. */
RELIEF_CHECKED relief_status rl_colour_convert(relief_ctx *ctx, const relief_image *image,
                                               VipsImage *in, VipsImage **out);

#endif
