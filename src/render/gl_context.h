/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenGL context without a window. */
#ifndef RELIEF_RENDER_GL_CONTEXT_H
#define RELIEF_RENDER_GL_CONTEXT_H

#include "relief/base.h"

typedef struct rl_gl_context rl_gl_context;

/* Open a graphics driver and make a context of OpenGL 3.3 core or later, which is current in no
 * thread. `software`: draw on the processor. Errors: _DEVICE, _MEMORY. */
RELIEF_CHECKED relief_status rl_gl_context_new(relief_ctx *ctx, bool software, rl_gl_context **out);
void rl_gl_context_free(rl_gl_context *context);

/* Whether there are libraries to call, without which libepoxy ends the process. Errors: _DEVICE. */
RELIEF_CHECKED relief_status rl_gl_check_libraries(relief_ctx *ctx);

/* Make it current in this thread, and in none. Between the two calls OpenGL's functions may be
 * called. NULL: a context of somebody else's, which is current already and stays so. Errors:
 * _DEVICE. */
RELIEF_CHECKED relief_status rl_gl_context_enter(relief_ctx *ctx, rl_gl_context *context);
void rl_gl_context_leave(rl_gl_context *context);

#endif
