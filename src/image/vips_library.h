/* SPDX-License-Identifier: Apache-2.0 */
/* libvips, loaded when the first picture comes that wants it: it brings some hundred other
 * libraries, which plain JPEGs should not have to wait for. */
#ifndef RELIEF_IMAGE_VIPS_LIBRARY_H
#define RELIEF_IMAGE_VIPS_LIBRARY_H

#include "relief/base.h"

#include <vips/vips.h>

/* X(function): all that is called, without "vips_". */
#define RL_VIPS_FUNCTIONS(X)                                                                       \
    X(bandjoin)                                                                                    \
    X(block_untrusted_set)                                                                         \
    X(cache_set_max)                                                                               \
    X(cast_float)                                                                                  \
    X(colourspace)                                                                                 \
    X(copy)                                                                                        \
    X(error)                                                                                       \
    X(error_buffer)                                                                                \
    X(error_buffer_copy)                                                                           \
    X(error_clear)                                                                                 \
    X(extract_band)                                                                                \
    X(format_sizeof)                                                                               \
    X(gifload_buffer)                                                                              \
    X(gifsave_buffer)                                                                              \
    X(heifload_buffer)                                                                             \
    X(icc_transform)                                                                               \
    X(image_get_bands)                                                                             \
    X(image_get_blob)                                                                              \
    X(image_get_coding)                                                                            \
    X(image_get_format)                                                                            \
    X(image_get_height)                                                                            \
    X(image_get_int)                                                                               \
    X(image_get_orientation)                                                                       \
    X(image_get_string)                                                                            \
    X(image_get_typeof)                                                                            \
    X(image_get_width)                                                                             \
    X(image_hasalpha)                                                                              \
    X(image_map)                                                                                   \
    X(image_new_from_memory)                                                                       \
    X(image_set_array_int)                                                                         \
    X(image_set_int)                                                                               \
    X(image_write_to_memory)                                                                       \
    X(init)                                                                                        \
    X(jpegload_buffer)                                                                             \
    X(jxlload_buffer)                                                                              \
    X(operation_block_set)                                                                         \
    X(pngload_buffer)                                                                              \
    X(pngsave_buffer)                                                                              \
    X(region_new)                                                                                  \
    X(region_prepare)                                                                              \
    X(sink_disc)                                                                                   \
    X(thumbnail_image)                                                                             \
    X(tiffload_buffer)                                                                             \
    X(webpload_buffer)

#define RL_VIPS_MEMBER(function) __typeof__(vips_##function) *function;

typedef struct rl_vips_table {
    RL_VIPS_FUNCTIONS(RL_VIPS_MEMBER)
} rl_vips_table;

/* To be called after rl_picture_start(): rl_vips.copy(...) is vips_copy(...). */
extern rl_vips_table rl_vips;

/* Fill rl_vips; once for the process. Errors: _UNSUPPORTED (libvips is not installed), _MEMORY. */
RELIEF_CHECKED relief_status rl_vips_load(relief_ctx *ctx);

#endif
