/* SPDX-License-Identifier: Apache-2.0 */
/* Colours that numbers are shown in. */
#ifndef RELIEF_DEPTH_COLOURS_H
#define RELIEF_DEPTH_COLOURS_H

#include "relief/depth.h"

/* Steps of a colour map, more than 8 bits can tell apart. */
#define RL_COLOUR_STEPS 4096

/* Fill `rgb` with the colours of 0..1 in even steps. Errors: _ARG (an unknown map). */
RELIEF_CHECKED relief_status rl_colours_fill(relief_ctx *ctx, relief_colours colours,
                                             uint8_t rgb[RL_COLOUR_STEPS][3]);

#endif
