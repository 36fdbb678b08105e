/* SPDX-License-Identifier: Apache-2.0 */
/* What views are drawn into. */
#include "render/render_inside.h"

#include "base/status.h"

static void attach(GLuint *buffer, GLenum point, GLenum format, int width, int height) {
    glGenRenderbuffers(1, buffer);
    glBindRenderbuffer(GL_RENDERBUFFER, *buffer);
    glRenderbufferStorage(GL_RENDERBUFFER, format, width, height);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, point, GL_RENDERBUFFER, *buffer);
}

relief_status rl_target_size(relief_ctx *ctx, rl_target *target, int width, int height,
                             bool measures) {
    static const GLenum both[2] = {GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1};
    if (target->frame && target->width >= width && target->height >= height) {
        glBindFramebuffer(GL_FRAMEBUFFER, target->frame);
        return RELIEF_OK;
    }
    rl_target_delete(target);
    target->width = width;
    target->height = height;
    glGenFramebuffers(1, &target->frame);
    glBindFramebuffer(GL_FRAMEBUFFER, target->frame);
    /* Encoding to sRGB is switched on for what is blended, and off for what is copied. */
    attach(&target->colour[0], both[0], measures ? GL_RGBA32F : GL_SRGB8_ALPHA8, width, height);
    if (measures)
        attach(&target->colour[1], both[1], GL_RGBA32F, width, height);
    attach(&target->depth, GL_DEPTH_ATTACHMENT, GL_DEPTH_COMPONENT32F, width, height);
    glDrawBuffers(measures ? 2 : 1, both);
    const bool complete = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
    relief_status status = rl_gl_check(ctx, "a picture");
    if (!status && !complete)
        status = rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver cannot draw %d x %d pixels",
                         width, height);
    if (status)
        rl_target_delete(target);
    return status;
}

void rl_target_delete(rl_target *target) {
    glDeleteFramebuffers(1, &target->frame);
    glDeleteRenderbuffers(2, target->colour);
    glDeleteRenderbuffers(1, &target->depth);
    *target = (rl_target){0};
}
