/* SPDX-License-Identifier: Apache-2.0 */
/* A build without OpenGL: no renderer can be made, so nothing else is ever called. */
#include "relief/render.h"

#include "base/status.h"

relief_status relief_renderer_new(relief_ctx *ctx, const relief_renderer_options *options,
                                  relief_renderer **out) {
    (void)options;
    *out = NULL;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                   "views cannot be drawn: this build has no render (build it with "
                   "-Drender=enabled)");
}

void relief_renderer_free(relief_renderer *renderer) {
    (void)renderer;
}

void relief_renderer_get_info(const relief_renderer *renderer, relief_renderer_info *info) {
    (void)renderer;
    (void)info;
}

relief_status relief_renderer_add(relief_ctx *ctx, relief_renderer *renderer,
                                  const relief_surfaces *surfaces) {
    (void)surfaces;
    return relief_renderer_clear(ctx, renderer);
}

relief_status relief_renderer_clear(relief_ctx *ctx, relief_renderer *renderer) {
    (void)renderer;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "this build has no render");
}

relief_status relief_renderer_draw(relief_ctx *ctx, relief_renderer *renderer,
                                   const relief_view_options *options, relief_view **out) {
    (void)options;
    *out = NULL;
    return relief_renderer_clear(ctx, renderer);
}

relief_status relief_view_save(relief_ctx *ctx, const relief_view *view, const char *path,
                               bool force) {
    (void)view;
    (void)path;
    (void)force;
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "this build has no render");
}
