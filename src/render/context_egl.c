/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that speaks to EGL. A display is opened once a process and stays open, as drivers
 * keep what they have loaded; contexts come and go. */
#include "render/gl_context.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <epoxy/egl.h>

enum { MOST_DEVICES = 16 };

struct rl_gl_context {
    EGLDisplay display;
    EGLContext context;
};

relief_status rl_gl_check_libraries(relief_ctx *ctx) {
    if (!rl_os_has_library("libEGL.so.1"))
        return rl_fail(ctx, RELIEF_ERROR_DEVICE,
                       "views cannot be drawn: there is no libEGL.so.1 (install libegl1)");
    if (!rl_os_has_library("libOpenGL.so.0") && !rl_os_has_library("libGL.so.1"))
        return rl_fail(ctx, RELIEF_ERROR_DEVICE,
                       "views cannot be drawn: there is no libOpenGL.so.0 (install libopengl0)");
    return RELIEF_OK;
}

/* A context on a display, EGL_NO_CONTEXT when it gives none of OpenGL 3.3. */
static EGLContext make_context(EGLDisplay display) {
    static const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION,
                                        3,
                                        EGL_CONTEXT_MINOR_VERSION,
                                        3,
                                        EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                        EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                        EGL_NONE};
    if (!eglInitialize(display, NULL, NULL))
        return EGL_NO_CONTEXT;
    if (!epoxy_has_egl_extension(display, "EGL_KHR_surfaceless_context") ||
        !epoxy_has_egl_extension(display, "EGL_KHR_no_config_context") ||
        !eglBindAPI(EGL_OPENGL_API))
        return EGL_NO_CONTEXT;
    return eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
}

/* Whether a device is the processor. */
static bool is_software(EGLDeviceEXT device) {
    const char *extensions = eglQueryDeviceStringEXT(device, EGL_EXTENSIONS);
    return extensions && epoxy_extension_in_string(extensions, "EGL_MESA_device_software");
}

/* Try the devices that EGL lists, of one kind. */
static bool try_devices(bool software, rl_gl_context *out) {
    EGLDeviceEXT devices[MOST_DEVICES];
    EGLint count = 0;
    if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_device") ||
        !epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_device_query") ||
        !epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_device_enumeration") ||
        !eglQueryDevicesEXT(MOST_DEVICES, devices, &count))
        return false;
    for (EGLint i = 0; i < count; i++) {
        if (is_software(devices[i]) != software)
            continue;
        out->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
        out->context = out->display ? make_context(out->display) : EGL_NO_CONTEXT;
        if (out->context != EGL_NO_CONTEXT)
            return true;
    }
    return false;
}

/* Mesa's own way, where devices are not listed or not to be had. */
static bool try_surfaceless(rl_gl_context *out) {
    if (!epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless"))
        return false;
    out->display =
        eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
    out->context = out->display ? make_context(out->display) : EGL_NO_CONTEXT;
    return out->context != EGL_NO_CONTEXT;
}

relief_status rl_gl_context_new(relief_ctx *ctx, bool software, rl_gl_context **out) {
    *out = NULL;
    relief_status status = rl_gl_check_libraries(ctx);
    if (status)
        return status;
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(rl_gl_context), &block);
    if (status)
        return status;
    rl_gl_context *context = block;
    const bool found = (!software && try_devices(false, context)) || try_devices(true, context) ||
                       try_surfaceless(context);
    if (!found) {
        rl_free(context);
        return rl_fail(ctx, RELIEF_ERROR_DEVICE,
                       "views cannot be drawn: EGL finds no driver with OpenGL 3.3 (install "
                       "libgl1-mesa-dri, which draws on the processor)");
    }
    *out = context;
    return RELIEF_OK;
}

void rl_gl_context_free(rl_gl_context *context) {
    if (!context)
        return;
    eglDestroyContext(context->display, context->context);
    rl_free(context);
}

relief_status rl_gl_context_enter(relief_ctx *ctx, rl_gl_context *context) {
    if (!context)
        return RELIEF_OK;
    /* The API is a choice of each thread. */
    if (eglBindAPI(EGL_OPENGL_API) &&
        eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context->context))
        return RELIEF_OK;
    return rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver does not respond (EGL error %#x)",
                   (unsigned)eglGetError());
}

void rl_gl_context_leave(rl_gl_context *context) {
    if (context)
        eglMakeCurrent(context->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}
