/* SPDX-License-Identifier: Apache-2.0 */
/* libheif, loaded when a HEIF file is looked into for its depth map. */
#ifndef RELIEF_IMAGE_HEIF_LIBRARY_H
#define RELIEF_IMAGE_HEIF_LIBRARY_H

#include "relief/base.h"

#include <libheif/heif.h>

/* X(function): all that is called, without "heif_". */
#define RL_HEIF_FUNCTIONS(X)                                                                       \
    X(context_alloc)                                                                               \
    X(context_free)                                                                                \
    X(context_get_primary_image_handle)                                                            \
    X(context_read_from_memory_without_copy)                                                       \
    X(decode_image)                                                                                \
    X(depth_representation_info_free)                                                              \
    X(image_get_bits_per_pixel_range)                                                              \
    X(image_get_height)                                                                            \
    X(image_get_plane_readonly)                                                                    \
    X(image_get_width)                                                                             \
    X(image_handle_get_depth_image_handle)                                                         \
    X(image_handle_get_depth_image_representation_info)                                            \
    X(image_handle_get_height)                                                                     \
    X(image_handle_get_list_of_depth_image_IDs)                                                    \
    X(image_handle_get_list_of_metadata_block_IDs)                                                 \
    X(image_handle_get_metadata)                                                                   \
    X(image_handle_get_metadata_size)                                                              \
    X(image_handle_get_width)                                                                      \
    X(image_handle_release)                                                                        \
    X(image_release)

#define RL_HEIF_MEMBER(function) __typeof__(heif_##function) *function;

typedef struct rl_heif_table {
    RL_HEIF_FUNCTIONS(RL_HEIF_MEMBER)
} rl_heif_table;

/* To be called once rl_heif_load() has been: rl_heif.decode_image() is heif_decode_image(). */
extern rl_heif_table rl_heif;

/* Load it, once for the process. Errors: _UNSUPPORTED (not installed), _MEMORY. Any thread. */
RELIEF_CHECKED relief_status rl_heif_load(relief_ctx *ctx);

#endif
