/* SPDX-License-Identifier: Apache-2.0 */
/* Windows: a scene to look around in. */
#ifndef RELIEF_WINDOW_H
#define RELIEF_WINDOW_H

#include "relief/surface.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_window_options {
    size_t struct_size;
    const char *title; /* UTF-8; NULL: "relief" */
    int width, height; /* in the desktop's units; 0: the photo, as large as the desktop allows */
    const char *stem;  /* screenshots are STEM-1.png, STEM-2.png ...; NULL: "relief" */
    /* Called with a line of text to show: what keys and mouse do, once the window is open, and the
     * name of each screenshot. May be NULL. */
    void (*say)(void *user, const char *line);
    void *user;
} relief_window_options;

/* Show surfaces until the window is closed. The camera follows the mouse as far as the scene's
 * travel; dragging turns it around the scene, the wheel brings it nearer. To be called in the
 * process's first thread. `options` may be NULL. Errors: _DEVICE (no display, or no driver with
 * OpenGL 3.3), _UNSUPPORTED (built without), _FORMAT, _LIMIT, _IO (a screenshot), _MEMORY,
 * _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_window_run(relief_ctx *ctx,
                                                          const relief_surfaces *surfaces,
                                                          const relief_window_options *options);

#ifdef __cplusplus
}
#endif
#endif
