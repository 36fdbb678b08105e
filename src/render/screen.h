/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes in a window: drawn into what the caller's OpenGL context shows. That context is current
 * whenever a function here is called. */
#ifndef RELIEF_RENDER_SCREEN_H
#define RELIEF_RENDER_SCREEN_H

#include "relief/render.h"

typedef struct rl_screen rl_screen;

typedef enum rl_screen_style {
    RL_SCREEN_PICTURE,
    RL_SCREEN_WIREFRAME,
    RL_SCREEN_NEARNESS /* grey: black is the farthest that the source camera sees */
} rl_screen_style;

typedef struct rl_screen_options {
    relief_view_options view; /* the camera; the size is that of the window's pixels */
    rl_screen_style style;
    unsigned hidden; /* bits 1 << relief_layer of what is not drawn */
    double q[2];     /* 1 / depth of the farthest and of the nearest */
} rl_screen_options;

/* Hand surfaces to the driver. The caller frees *out. Errors: those of relief_renderer_new() and
 * relief_renderer_add(); _DEVICE also for a driver older than OpenGL 3.3. */
RELIEF_CHECKED relief_status rl_screen_new(relief_ctx *ctx, const relief_surfaces *surfaces,
                                           rl_screen **out);
void rl_screen_free(rl_screen *screen);
/* Draw into the window's back buffer; the caller swaps it. Errors: _ARG, _MEMORY, _DEVICE. */
RELIEF_CHECKED relief_status rl_screen_draw(relief_ctx *ctx, rl_screen *screen,
                                            const rl_screen_options *options);
/* What was drawn last, as a view. The caller frees *out. Errors: _MEMORY, _DEVICE. */
RELIEF_CHECKED relief_status rl_screen_grab(relief_ctx *ctx, const rl_screen *screen,
                                            relief_view **out);

#endif
