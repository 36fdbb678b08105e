/* SPDX-License-Identifier: Apache-2.0 */
/* A build without libheif finds no depth in HEIF files. */
#include "image/heif_depth.h"

relief_status rl_heif_depth_read(relief_ctx *ctx, const relief_image *photo, rl_embedded *out) {
    (void)ctx;
    (void)photo;
    (void)out;
    return RELIEF_OK;
}
