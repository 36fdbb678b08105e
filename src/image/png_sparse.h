/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of which most is clear, as PNG files. */
#ifndef RELIEF_IMAGE_PNG_SPARSE_H
#define RELIEF_IMAGE_PNG_SPARSE_H

#include "image/encode.h"

/* Encode 8-bit RGBA of which most bytes are 0, in the time that the others take. Errors: _MEMORY.
 */
RELIEF_CHECKED relief_status rl_png_write_sparse(relief_ctx *ctx, const rl_pixels *pixels,
                                                 rl_encoded *out);

#endif
