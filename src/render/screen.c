/* SPDX-License-Identifier: Apache-2.0 */
/* A window need have neither depth nor samples nor sRGB: the scene is drawn, first row first as
 * everything here, into a framebuffer that has them, averaged into one that has none, and copied
 * from there upside down. */
#include "render/screen.h"

#include "render/render_inside.h"

#include "base/memory.h"
#include "base/status.h"

#include <string.h>

enum { SAMPLES = 4 };

typedef struct frame {
    GLuint id, colour, depth;
} frame;

struct rl_screen {
    relief_renderer *renderer;
    frame drawn, shown; /* of several samples; of one */
    int width, height;  /* of both */
};

static void frame_delete(frame *f) {
    glDeleteFramebuffers(1, &f->id);
    glDeleteRenderbuffers(1, &f->colour);
    glDeleteRenderbuffers(1, &f->depth);
    *f = (frame){0};
}

static void attach(GLuint *buffer, GLenum point, GLenum format, int samples, const rl_screen *s) {
    glGenRenderbuffers(1, buffer);
    glBindRenderbuffer(GL_RENDERBUFFER, *buffer);
    glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, format, s->width, s->height);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, point, GL_RENDERBUFFER, *buffer);
}

static relief_status make_frame(relief_ctx *ctx, const rl_screen *s, int samples, frame *f) {
    glGenFramebuffers(1, &f->id);
    glBindFramebuffer(GL_FRAMEBUFFER, f->id);
    attach(&f->colour, GL_COLOR_ATTACHMENT0, GL_SRGB8_ALPHA8, samples, s);
    if (samples > 0)
        attach(&f->depth, GL_DEPTH_ATTACHMENT, GL_DEPTH_COMPONENT32F, samples, s);
    const bool complete = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
    relief_status status = rl_gl_check(ctx, "a window's picture");
    if (!status && !complete)
        status = rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver cannot draw %d x %d pixels",
                         s->width, s->height);
    return status;
}

static relief_status size_frames(relief_ctx *ctx, rl_screen *s, int width, int height) {
    GLint most = 0;
    if (s->width == width && s->height == height)
        return RELIEF_OK;
    frame_delete(&s->drawn);
    frame_delete(&s->shown);
    s->width = width;
    s->height = height;
    glGetIntegerv(GL_MAX_SAMPLES, &most);
    relief_status status = make_frame(ctx, s, most < SAMPLES ? most : SAMPLES, &s->drawn);
    if (!status)
        status = make_frame(ctx, s, 0, &s->shown);
    if (status)
        s->width = s->height = 0;
    return status;
}

relief_status rl_screen_new(relief_ctx *ctx, const relief_surfaces *surfaces, rl_screen **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_gl_check_libraries(ctx);
    if (!status && epoxy_gl_version() < 33)
        status = rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver has no OpenGL 3.3");
    if (!status)
        status = rl_calloc_in(ctx, 1, sizeof(rl_screen), &block);
    if (status)
        return status;
    rl_screen *screen = block;
    status = rl_renderer_new_here(ctx, &screen->renderer);
    if (!status)
        status = relief_renderer_add(ctx, screen->renderer, surfaces);
    if (status) {
        rl_screen_free(screen);
        return status;
    }
    *out = screen;
    return RELIEF_OK;
}

void rl_screen_free(rl_screen *screen) {
    if (!screen)
        return;
    frame_delete(&screen->drawn);
    frame_delete(&screen->shown);
    relief_renderer_free(screen->renderer);
    rl_free(screen);
}

/* Samples to pixels in linear light, and as they are into the window. */
static void show(const rl_screen *s) {
    const int w = s->width, h = s->height;
    glEnable(GL_FRAMEBUFFER_SRGB);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, s->drawn.id);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, s->shown.id);
    glBlitFramebuffer(0, 0, w, h, 0, 0, w, h, GL_COLOR_BUFFER_BIT, GL_NEAREST);
    glDisable(GL_FRAMEBUFFER_SRGB);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, s->shown.id);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, 0);
    glBlitFramebuffer(0, 0, w, h, 0, h, w, 0, GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

relief_status rl_screen_draw(relief_ctx *ctx, rl_screen *screen, const rl_screen_options *options) {
    rl_view_camera camera;
    const rl_shown shown = {.wireframe = options->style == RL_SCREEN_WIREFRAME,
                            .nearness = options->style == RL_SCREEN_NEARNESS,
                            .hidden = options->hidden,
                            .q = {options->q[0], options->q[1]}};
    relief_status status =
        rl_view_camera_solve(ctx, &options->view, screen->renderer->source.near_depth, &camera);
    if (!status)
        status = size_frames(ctx, screen, camera.width, camera.height);
    if (status)
        return status;
    glBindFramebuffer(GL_FRAMEBUFFER, screen->drawn.id);
    status = rl_draw_shown(ctx, screen->renderer, &camera, &shown);
    if (status)
        return status;
    show(screen);
    return rl_gl_check(ctx, "a window");
}

relief_status rl_screen_grab(relief_ctx *ctx, const rl_screen *screen, relief_view **out) {
    const size_t bytes = (size_t)screen->width * (size_t)screen->height * 4;
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_view), &block);
    if (status)
        return status;
    relief_view *view = block;
    view->info = (relief_view_info){
        .struct_size = sizeof view->info, .width = screen->width, .height = screen->height};
    status = rl_alloc_in(ctx, bytes, 1, &block);
    if (!status) {
        view->pixels = block;
        glBindFramebuffer(GL_READ_FRAMEBUFFER, screen->shown.id);
        glReadPixels(0, 0, screen->width, screen->height, GL_RGBA, GL_UNSIGNED_BYTE, view->pixels);
        status = rl_gl_check(ctx, "a screenshot");
    }
    if (status) {
        relief_view_free(view);
        return status;
    }
    *out = view;
    return RELIEF_OK;
}
