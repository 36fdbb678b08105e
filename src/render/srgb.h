/* SPDX-License-Identifier: Apache-2.0 */
/* 8-bit sRGB to 16-bit linear light and back, exactly inverse on the 256 values. */
#ifndef RELIEF_RENDER_SRGB_H
#define RELIEF_RENDER_SRGB_H

#include <stdint.h>

const uint16_t *rl_srgb_to_linear(void);  /* 256 values */
const uint8_t *rl_srgb_from_linear(void); /* 65,536 values */

#endif
