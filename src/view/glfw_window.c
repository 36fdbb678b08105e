/* SPDX-License-Identifier: Apache-2.0 */
/* The window, through GLFW. Nothing is drawn while nothing moves. */
#include "relief/window.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"
#include "render/screen.h"
#include "view/look.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <math.h>
#include <stdio.h>

/* Seconds in which the camera goes two thirds of its way, and between looks at a cancel. */
static const double EASE = 0.12;
static const double NAP = 0.2;
static const double NEAR_ENOUGH = 1e-3;
static const double DEGREES_PER_WINDOW = 90;
static const double MOST_YAW = 80, MOST_PITCH = 60;
static const double WHEEL_STEP = 0.92, NEAREST = 0.35, FARTHEST = 2.5;
static const double ARROW_STEP = 0.25;
/* Share of the desktop that a new window takes at most. */
static const double DESKTOP_SHARE = 0.85;
enum { LEAST_SIDE = 160, MOST_SHOTS = 100000 };

static const char HELP[] = "mouse: look around, drag: turn, wheel: nearer, R: back, W: triangles, "
                           "D: depth, L: layers, S: screenshot, Q: close";

typedef struct window {
    relief_ctx *ctx;
    const relief_window_options *options;
    relief_surfaces_info info;
    rl_page_range range;
    GLFWwindow *handle;
    rl_screen *screen;
    rl_look target, shown;
    double cursor[2]; /* where the mouse was told to be last */
    bool dragging, dirty;
    rl_screen_style style;
    unsigned hidden, other; /* layers: not drawn; that there are besides the front */
    relief_status status;   /* of what keys have asked for */
} window;

static const rl_look REST = {.distance = 1};

static double clamp(double value, double low, double high) {
    return fmin(fmax(value, low), high);
}

/* Send the camera aside, no farther than the scene is made for. */
static void aim(window *w, double x, double y) {
    const double far = fmax(1, hypot(x, y));
    w->target.aside[0] = x / far;
    w->target.aside[1] = y / far;
}

/* ------------------------------------------------------------------ what people do */

static void on_cursor(GLFWwindow *handle, double x, double y) {
    window *w = glfwGetWindowUserPointer(handle);
    int width, height;
    glfwGetWindowSize(handle, &width, &height);
    if (width < 1 || height < 1)
        return;
    if (w->dragging) {
        const double turn = DEGREES_PER_WINDOW / width;
        rl_look *look = &w->target;
        look->yaw = clamp(look->yaw - (x - w->cursor[0]) * turn, -MOST_YAW, MOST_YAW);
        look->pitch = clamp(look->pitch + (y - w->cursor[1]) * turn, -MOST_PITCH, MOST_PITCH);
    } else if (x >= 0 && y >= 0 && x <= width && y <= height) {
        aim(w, 2 * x / width - 1, 2 * y / height - 1);
    }
    w->cursor[0] = x;
    w->cursor[1] = y;
}

static void on_button(GLFWwindow *handle, int button, int action, int modifiers) {
    window *w = glfwGetWindowUserPointer(handle);
    (void)modifiers;
    if (button != GLFW_MOUSE_BUTTON_LEFT)
        return;
    w->dragging = action == GLFW_PRESS;
}

static void on_enter(GLFWwindow *handle, int inside) {
    window *w = glfwGetWindowUserPointer(handle);
    if (!inside && !w->dragging)
        aim(w, 0, 0);
}

static void on_scroll(GLFWwindow *handle, double x, double y) {
    window *w = glfwGetWindowUserPointer(handle);
    (void)x;
    w->target.distance = clamp(w->target.distance * pow(WHEEL_STEP, y), NEAREST, FARTHEST);
}

static void say(const window *w, const char *line) {
    if (w->options->say)
        w->options->say(w->options->user, line);
}

/* STEM-N.png with the first N that is free: nothing is ever replaced. */
static relief_status save_shot(const window *w) {
    relief_view *view = NULL;
    char *path = NULL;
    const char *stem = w->options->stem ? w->options->stem : "relief";
    relief_status status = rl_screen_grab(w->ctx, w->screen, &view);
    for (int n = 1; !status && n < MOST_SHOTS; n++) {
        rl_free(path);
        path = rl_format("%s-%d.png", stem, n);
        if (!path)
            status = rl_fail_memory(w->ctx, 1);
        else if (!rl_os_exists(path))
            break;
    }
    if (!status)
        status = relief_view_save(w->ctx, view, path, false);
    char *line = status ? NULL : rl_format("%s: saved", path);
    if (line)
        say(w, line);
    rl_free(line);
    rl_free(path);
    relief_view_free(view);
    return status;
}

/* All layers, the front with its soft edges alone, the others alone, and again. */
static void next_layers(window *w) {
    const unsigned front = 1U << RELIEF_LAYER_FRONT | 1U << RELIEF_LAYER_RIBBON;
    if (w->other)
        w->hidden = !w->hidden ? w->other : w->hidden == w->other ? front : 0;
}

/* Letters rather than keys: the same on every layout. */
static void on_letter(GLFWwindow *handle, unsigned letter) {
    window *w = glfwGetWindowUserPointer(handle);
    w->dirty = true;
    switch (letter | 0x20U) {
    case 'r':
        w->target = REST;
        break;
    case 'w':
        w->style = w->style == RL_SCREEN_WIREFRAME ? RL_SCREEN_PICTURE : RL_SCREEN_WIREFRAME;
        break;
    case 'd':
        w->style = w->style == RL_SCREEN_NEARNESS ? RL_SCREEN_PICTURE : RL_SCREEN_NEARNESS;
        break;
    case 'l':
        next_layers(w);
        break;
    case 's':
        w->status = save_shot(w);
        break;
    case 'q':
        glfwSetWindowShouldClose(handle, GLFW_TRUE);
        break;
    default:
        break;
    }
}

static void on_key(GLFWwindow *handle, int key, int code, int action, int modifiers) {
    window *w = glfwGetWindowUserPointer(handle);
    (void)code;
    (void)modifiers;
    if (action == GLFW_RELEASE)
        return;
    if (key == GLFW_KEY_ESCAPE)
        glfwSetWindowShouldClose(handle, GLFW_TRUE);
    const double x = (key == GLFW_KEY_RIGHT) - (key == GLFW_KEY_LEFT);
    const double y = (key == GLFW_KEY_DOWN) - (key == GLFW_KEY_UP);
    if (x != 0 || y != 0)
        aim(w, w->target.aside[0] + ARROW_STEP * x, w->target.aside[1] + ARROW_STEP * y);
}

static void on_size(GLFWwindow *handle, int width, int height) {
    window *w = glfwGetWindowUserPointer(handle);
    (void)width;
    (void)height;
    w->dirty = true;
}

static void on_damage(GLFWwindow *handle) {
    window *w = glfwGetWindowUserPointer(handle);
    w->dirty = true;
}

/* ------------------------------------------------------------------ drawing */

static relief_status draw(window *w) {
    rl_screen_options options = {.view = RELIEF_OPTIONS_INIT(relief_view_options),
                                 .style = w->style,
                                 .hidden = w->hidden,
                                 .q = {w->range.q[0], w->range.q[1]}};
    glfwGetFramebufferSize(w->handle, &options.view.width, &options.view.height);
    if (options.view.width < 1 || options.view.height < 1)
        return RELIEF_OK; /* it is an icon */
    rl_look_aim(&w->shown, &w->info, &w->range, &options.view);
    relief_status status = rl_screen_draw(w->ctx, w->screen, &options);
    if (!status)
        glfwSwapBuffers(w->handle);
    return status;
}

/* Bring one number of the camera's place nearer to where it goes; how far it still is. */
static double approach(double *shown, double target, double share, double unit) {
    *shown += share * (target - *shown);
    return fabs(target - *shown) / unit;
}

/* Move the camera by so many seconds; whether it is still on its way. */
static bool move(window *w, double seconds) {
    const double share = 1 - exp(-seconds / EASE);
    rl_look *s = &w->shown;
    double left = 0;
    for (int k = 0; k < 2; k++)
        left = fmax(left, approach(&s->aside[k], w->target.aside[k], share, 1));
    left = fmax(left, approach(&s->yaw, w->target.yaw, share, DEGREES_PER_WINDOW));
    left = fmax(left, approach(&s->pitch, w->target.pitch, share, DEGREES_PER_WINDOW));
    left = fmax(left, approach(&s->distance, w->target.distance, share, 1));
    if (left > NEAR_ENOUGH)
        return true;
    w->shown = w->target;
    return false;
}

static bool same_look(const rl_look *a, const rl_look *b) {
    return a->aside[0] == b->aside[0] && a->aside[1] == b->aside[1] && a->yaw == b->yaw &&
           a->pitch == b->pitch && a->distance == b->distance;
}

static relief_status run(window *w) {
    relief_status status = RELIEF_OK;
    double before = glfwGetTime();
    bool moving = false;
    w->dirty = true;
    while (!status && !glfwWindowShouldClose(w->handle)) {
        if (moving || w->dirty)
            glfwPollEvents();
        else
            glfwWaitEventsTimeout(NAP);
        const double now = glfwGetTime();
        const bool still = same_look(&w->shown, &w->target);
        /* Time in which nothing moved does not count. */
        moving = !still && move(w, moving ? now - before : 0);
        before = now;
        status = w->status ? w->status : rl_check_cancel(w->ctx);
        if (!status && (moving || !still || w->dirty)) {
            w->dirty = false;
            status = draw(w);
        }
    }
    return status;
}

/* ------------------------------------------------------------------ opening */

/* A size that shows the photo in its shape on a part of the desktop. */
static void find_size(const window *w, int *width, int *height) {
    GLFWmonitor *monitor = glfwGetPrimaryMonitor();
    int area[4] = {0, 0, 1280, 800};
    if (monitor)
        glfwGetMonitorWorkarea(monitor, &area[0], &area[1], &area[2], &area[3]);
    const double scale = fmin(
        1, DESKTOP_SHARE * fmin((double)area[2] / w->info.width, (double)area[3] / w->info.height));
    const bool given = w->options->width > 0 && w->options->height > 0;
    *width = given ? w->options->width : (int)fmax(LEAST_SIDE, round(scale * w->info.width));
    *height = given ? w->options->height : (int)fmax(LEAST_SIDE, round(scale * w->info.height));
}

static relief_status fail_glfw(relief_ctx *ctx) {
    const char *reason = NULL;
    glfwGetError(&reason);
    return rl_fail(ctx, RELIEF_ERROR_DEVICE,
                   "no window can be opened: %s (make a page with -o "
                   "page.html)",
                   reason ? reason : "there is no display");
}

static relief_status open_window(window *w) {
    int width, height;
    find_size(w, &width, &height);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    const char *title = w->options->title ? w->options->title : "relief";
    char *text = rl_format("%s \xE2\x80\x93 %s", title, HELP);
    if (!text)
        return rl_fail_memory(w->ctx, 1);
    /* EGL is what views off screen need already; the desktop's own way is the second choice. */
    for (int way = 0; way < 2 && !w->handle; way++) {
        glfwWindowHint(GLFW_CONTEXT_CREATION_API,
                       way == 0 ? GLFW_EGL_CONTEXT_API : GLFW_NATIVE_CONTEXT_API);
        w->handle = glfwCreateWindow(width, height, text, NULL, NULL);
    }
    rl_free(text);
    if (!w->handle)
        return fail_glfw(w->ctx);
    glfwSetWindowUserPointer(w->handle, w);
    glfwSetWindowSizeLimits(w->handle, LEAST_SIDE, LEAST_SIDE, GLFW_DONT_CARE, GLFW_DONT_CARE);
    glfwSetCursorPosCallback(w->handle, on_cursor);
    glfwSetCursorEnterCallback(w->handle, on_enter);
    glfwSetMouseButtonCallback(w->handle, on_button);
    glfwSetScrollCallback(w->handle, on_scroll);
    glfwSetCharCallback(w->handle, on_letter);
    glfwSetKeyCallback(w->handle, on_key);
    glfwSetFramebufferSizeCallback(w->handle, on_size);
    glfwSetWindowRefreshCallback(w->handle, on_damage);
    glfwMakeContextCurrent(w->handle);
    glfwSwapInterval(1);
    return RELIEF_OK;
}

static relief_status show(window *w, const relief_surfaces *surfaces) {
    relief_status status = open_window(w);
    if (!status)
        status = rl_screen_new(w->ctx, surfaces, &w->screen);
    if (!status) {
        say(w, HELP);
        status = run(w);
    }
    rl_screen_free(w->screen);
    if (w->handle)
        glfwDestroyWindow(w->handle);
    return status;
}

relief_status relief_window_run(relief_ctx *ctx, const relief_surfaces *surfaces,
                                const relief_window_options *options) {
    relief_window_options own = RELIEF_OPTIONS_INIT(relief_window_options);
    window w = {.ctx = ctx, .options = &own, .target = REST, .shown = REST};
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    w.info.struct_size = sizeof w.info;
    relief_surfaces_get_info(surfaces, &w.info);
    if (!status)
        status = rl_page_survey(ctx, surfaces, &w.range);
    if (status)
        return status;
    for (int i = 0; i < w.info.surface_count; i++)
        if (relief_surfaces_get(surfaces, i)->layer == RELIEF_LAYER_BACK)
            w.other = 1U << RELIEF_LAYER_BACK;
    if (!glfwInit())
        return fail_glfw(ctx);
    status = show(&w, surfaces);
    glfwTerminate();
    return status;
}
