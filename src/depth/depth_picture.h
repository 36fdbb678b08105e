/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps as PNG files: numbers to go on with, and colours to look at. */
#ifndef RELIEF_DEPTH_DEPTH_PICTURE_H
#define RELIEF_DEPTH_DEPTH_PICTURE_H

#include "depth/depth_map.h"
#include "image/grey.h"

/* What files tell about a map, ended by a NULL key: "relief:min" and "relief:max" are what the
 * least and the greatest sample stand for, or the map's own ends in files of floats. */
enum { RL_MAX_FACTS = 8 };
typedef struct rl_depth_facts {
    rl_grey_text texts[RL_MAX_FACTS];
    char least[RL_NUMBER_TEXT], most[RL_NUMBER_TEXT];
} rl_depth_facts;

void rl_depth_facts_fill(const relief_depth *depth, double least, double most, rl_depth_facts *out);

/* Encode as PNG16, PNG8 or PREVIEW of `options`. The caller frees *data with rl_free(). Errors:
 * _ARG (the range), _MEMORY. */
RELIEF_CHECKED relief_status rl_depth_picture(relief_ctx *ctx, const relief_depth *depth,
                                              const relief_depth_save_options *options,
                                              uint8_t **data, size_t *size);

#endif
