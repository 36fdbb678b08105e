/* SPDX-License-Identifier: Apache-2.0 */
/* What a colour profile is, without applying it (ICC.1:2010). */
#ifndef RELIEF_IMAGE_ICC_H
#define RELIEF_IMAGE_ICC_H

#include "relief/base.h"

typedef enum rl_icc_space {
    RL_ICC_BROKEN = 0, /* no profile, or one that cannot be read */
    RL_ICC_GREY,
    RL_ICC_RGB,
    RL_ICC_CMYK,
    RL_ICC_OTHER
} rl_icc_space;

#define RL_ICC_MAX_DESCRIPTION 128

typedef struct rl_icc {
    rl_icc_space space;
    bool
        is_srgb; /* its numbers mean the colours that the same sRGB numbers mean, within 2 of 255 */
    char description[RL_ICC_MAX_DESCRIPTION]; /* UTF-8, "" when it has none */
} rl_icc;

void rl_icc_parse(const uint8_t *profile, size_t size, rl_icc *out);

#endif
