/* SPDX-License-Identifier: Apache-2.0 */
/* What lenses do to pictures. */
#ifndef RELIEF_VIDEO_EFFECTS_H
#define RELIEF_VIDEO_EFFECTS_H

#include "relief/base.h"

/* Pictures being worked on, and room for it. */
typedef struct rl_effects rl_effects;

typedef struct rl_effects_facts {
    int width, height;
    double focus_blur; /* as in relief_film_options */
    double vignette;
    double focus; /* depth that is sharp, in the units of the depths */
} rl_effects_facts;

/* Errors: _MEMORY. The caller frees *out with rl_effects_free(). */
RELIEF_CHECKED relief_status rl_effects_new(relief_ctx *ctx, const rl_effects_facts *facts,
                                            rl_effects **out);
void rl_effects_free(rl_effects *effects);
/* Whether rl_effects_apply() needs depths. */
bool rl_effects_need_depth(const rl_effects *effects);
/* Change a picture of RGBA pixels; `depth` may be NULL when it is not needed. */
void rl_effects_apply(relief_ctx *ctx, rl_effects *effects, uint8_t *rgba, const float *depth);

#endif
