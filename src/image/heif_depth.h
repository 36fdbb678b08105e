/* SPDX-License-Identifier: Apache-2.0 */
/* Auxiliary depth pictures of HEIF files. */
#ifndef RELIEF_IMAGE_HEIF_DEPTH_H
#define RELIEF_IMAGE_HEIF_DEPTH_H

#include "image/embedded.h"

/* As rl_embedded_read() for a photo of RL_IMAGE_HEIF; nothing is found in a build without libheif.
 * The map is turned as the file says. Errors: _MEMORY, _FORMAT (a map that is damaged), _LIMIT. */
RELIEF_CHECKED relief_status rl_heif_depth_read(relief_ctx *ctx, const relief_image *photo,
                                                rl_embedded *out);

#endif
