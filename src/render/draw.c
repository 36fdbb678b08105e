/* SPDX-License-Identifier: Apache-2.0 */
/* From surfaces in the driver to pictures and measures in memory. Large views are drawn box by box.
 */
#include "render/render_inside.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <string.h>

/* Samples a side of what is drawn at once: 2^24 samples take 128 MiB in the driver. */
enum { MOST_SAMPLES = 4096 };
/* Up to so many texels a sample there is no need for mip levels: samples reach two texels far. */
static const double FINE = 1.25;
static const float WHITE[4] = {1, 1, 1, 1};
/* Wireframes: how dark the surfaces, and the edges. */
static const float DARK[4] = {0.35F, 0.35F, 0.35F, 1};
static const float EDGE[4] = {0.55F, 0.95F, 0.75F, 1};

/* One picture being drawn. */
typedef struct drawing {
    relief_ctx *ctx;
    relief_renderer *renderer;
    const rl_view_camera *camera;
    bool plain_uvs, wireframe;
    unsigned hidden; /* bits 1 << relief_layer that are not drawn */
    int supersample;
    int box[4]; /* pixels drawn now: x, y, width, height */
} drawing;

static int least(int a, int b) {
    return a < b ? a : b;
}

static void use_program(const drawing *d, const rl_program *program, const float tint[4]) {
    float matrix[16];
    rl_view_camera_matrix(d->camera, d->box, d->renderer->clip_control, matrix);
    glUseProgram(program->id);
    glUniformMatrix4fv(program->matrix, 1, GL_FALSE, matrix);
    glUniform1f(program->plain, d->plain_uvs ? 1 : 0);
    glUniform4fv(program->tint, 1, tint);
}

static bool is_hidden(const drawing *d, const rl_drawn *drawn) {
    return d->hidden >> drawn->layer & 1;
}

static void draw_surface(const rl_drawn *drawn, const rl_program *program) {
    const rl_tiling *plan = &drawn->tiling;
    glUniform2f(program->sides, (float)plan->width, (float)plan->height);
    glUniform4f(program->cut, (float)plan->inner, (float)plan->border, (float)(plan->columns - 1),
                (float)(plan->rows - 1));
    glUniform3f(program->layer_sides, (float)plan->layer_width, (float)plan->layer_height,
                (float)(drawn->levels_made - 1));
    glBindTexture(GL_TEXTURE_2D_ARRAY, drawn->texture);
    glBindVertexArray(drawn->vertex_array);
    glDrawElements(GL_TRIANGLES, drawn->index_count, GL_UNSIGNED_INT, NULL);
}

/* Draw what is not blended: the front first, so that nothing is shaded in vain behind it, and so
 * that it wins where both are equally near. */
static void draw_solid(const drawing *d, const float tint[4]) {
    const relief_renderer *renderer = d->renderer;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < renderer->info.surface_count; i++) {
            const rl_drawn *drawn = &renderer->surfaces[i];
            if (drawn->alpha == RELIEF_ALPHA_BLEND || is_hidden(d, drawn) ||
                (drawn->layer == RELIEF_LAYER_BACK) != pass)
                continue;
            const rl_program *program =
                &renderer->programs[drawn->alpha == RELIEF_ALPHA_MASK ? RL_PROGRAM_MASK
                                                                      : RL_PROGRAM_OPAQUE];
            use_program(d, program, tint);
            draw_surface(drawn, program);
        }
    }
}

static void draw_blended(const drawing *d, const float tint[4]) {
    const relief_renderer *renderer = d->renderer;
    const rl_program *program = &renderer->programs[RL_PROGRAM_BLEND];
    glEnable(GL_FRAMEBUFFER_SRGB);
    glEnable(GL_BLEND);
    glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glDepthMask(GL_FALSE);
    glDepthFunc(GL_GEQUAL);
    for (int i = 0; i < renderer->info.surface_count; i++) {
        if (renderer->surfaces[i].alpha != RELIEF_ALPHA_BLEND ||
            is_hidden(d, &renderer->surfaces[i]))
            continue;
        use_program(d, program, tint);
        draw_surface(&renderer->surfaces[i], program);
    }
    glDepthFunc(GL_GREATER);
    glDepthMask(GL_TRUE);
    glDisable(GL_BLEND);
    glDisable(GL_FRAMEBUFFER_SRGB);
}

static void draw_edges(const drawing *d) {
    const relief_renderer *renderer = d->renderer;
    const rl_program *program = &renderer->programs[RL_PROGRAM_FLAT];
    glPolygonMode(GL_FRONT_AND_BACK, GL_LINE);
    glEnable(GL_POLYGON_OFFSET_LINE);
    glPolygonOffset(1, 16); /* towards the camera: depth is larger there */
    glDepthMask(GL_FALSE);
    use_program(d, program, EDGE);
    for (int i = 0; i < renderer->info.surface_count; i++) {
        if (is_hidden(d, &renderer->surfaces[i]))
            continue;
        glBindVertexArray(renderer->surfaces[i].vertex_array);
        glDrawElements(GL_TRIANGLES, renderer->surfaces[i].index_count, GL_UNSIGNED_INT, NULL);
    }
    glDepthMask(GL_TRUE);
    glDisable(GL_POLYGON_OFFSET_LINE);
    glPolygonMode(GL_FRONT_AND_BACK, GL_FILL);
}

static void begin_box(const drawing *d) {
    glViewport(0, 0, d->box[2] * d->supersample, d->box[3] * d->supersample);
    if (d->renderer->clip_control)
        glClipControl(GL_LOWER_LEFT, GL_ZERO_TO_ONE);
    glDisable(GL_CULL_FACE);
    glEnable(GL_DEPTH_TEST);
    glDepthFunc(GL_GREATER);
    glClearColor(0, 0, 0, 0);
    glClearDepth(0);
    glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
}

static void draw_box(const drawing *d) {
    const float *tint = d->wireframe ? DARK : WHITE;
    begin_box(d);
    draw_solid(d, tint);
    draw_blended(d, tint);
    if (d->wireframe)
        draw_edges(d);
}

/* Make mip levels where a sample of this view would skip texels. */
static relief_status need_levels(const drawing *d) {
    const double samples = d->camera->focal_px * d->supersample;
    relief_status status = RELIEF_OK;
    for (int i = 0; i < d->renderer->info.surface_count && !status; i++) {
        rl_drawn *drawn = &d->renderer->surfaces[i];
        if (drawn->image && drawn->focal_texels > FINE * samples)
            status = rl_texture_make_levels(d->ctx, drawn);
    }
    return status;
}

typedef relief_status (*box_fn)(const drawing *d, void *arg);

/* Call fn for every box of the view, of at most `side` pixels a side. */
static relief_status for_boxes(drawing *d, int side, box_fn fn, void *arg) {
    for (int y = 0; y < d->camera->height; y += side) {
        for (int x = 0; x < d->camera->width; x += side) {
            d->box[0] = x;
            d->box[1] = y;
            d->box[2] = least(side, d->camera->width - x);
            d->box[3] = least(side, d->camera->height - y);
            relief_status status = rl_check_cancel(d->ctx);
            if (!status)
                status = fn(d, arg);
            if (status)
                return status;
        }
    }
    return RELIEF_OK;
}

typedef struct picture_job {
    relief_view *view;
    uint8_t *samples;
} picture_job;

static relief_status picture_box(const drawing *d, void *arg) {
    const picture_job *job = arg;
    draw_box(d);
    const int width = d->box[2] * d->supersample, height = d->box[3] * d->supersample;
    glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, job->samples);
    relief_status status = rl_gl_check(d->ctx, "a view");
    if (status)
        return status;
    const rl_resolve box = {job->samples, (size_t)width, d->supersample, d->box[0],
                            d->box[1],    d->box[2],     d->box[3]};
    rl_resolve_box(d->ctx, &box, job->view);
    return RELIEF_OK;
}

relief_status rl_draw_picture(relief_ctx *ctx, relief_renderer *renderer,
                              const rl_view_camera *camera, const relief_view_options *options,
                              relief_view *view) {
    drawing d = {.ctx = ctx,
                 .renderer = renderer,
                 .camera = camera,
                 .plain_uvs = options->plain_uvs,
                 .wireframe = options->style == RELIEF_VIEW_WIREFRAME,
                 .supersample = options->supersample};
    picture_job job = {.view = view};
    const int most = least(MOST_SAMPLES, renderer->max_target_side) / d.supersample;
    const int width = least(camera->width, most) * d.supersample;
    const int height = least(camera->height, most) * d.supersample;
    void *block;
    relief_status status = need_levels(&d);
    if (!status)
        status = rl_alloc_in(ctx, (size_t)width * (size_t)height, 4, &block);
    if (status)
        return status;
    job.samples = block;
    status = rl_target_size(ctx, &renderer->pictures, width, height, false);
    if (!status)
        status = for_boxes(&d, most, picture_box, &job);
    rl_free(job.samples);
    if (!status)
        rl_resolve_count(view);
    return status;
}

static void draw_nearness(const drawing *d, const double q[2]) {
    const rl_program *program = &d->renderer->programs[RL_PROGRAM_NEARNESS];
    for (int i = 0; i < d->renderer->info.surface_count; i++) {
        const rl_drawn *drawn = &d->renderer->surfaces[i];
        const float settings[4] = {drawn->alpha == RELIEF_ALPHA_OPAQUE ? -1 : 0.5F, (float)q[0],
                                   (float)(q[1] > q[0] ? q[1] - q[0] : 1), 0};
        if (is_hidden(d, drawn))
            continue;
        use_program(d, program, settings);
        draw_surface(drawn, program);
    }
}

relief_status rl_draw_shown(relief_ctx *ctx, relief_renderer *renderer,
                            const rl_view_camera *camera, const rl_shown *shown) {
    const drawing d = {.ctx = ctx,
                       .renderer = renderer,
                       .camera = camera,
                       .wireframe = shown->wireframe,
                       .hidden = shown->hidden,
                       .supersample = 1,
                       .box = {0, 0, camera->width, camera->height}};
    relief_status status = need_levels(&d);
    if (status)
        return status;
    if (shown->nearness) {
        begin_box(&d);
        draw_nearness(&d, shown->q);
    } else {
        draw_box(&d);
    }
    return rl_gl_check(ctx, "a view");
}

typedef struct measure_job {
    bool only_front;
    float *planes[2]; /* what the driver writes for one box: RGBA each */
    rl_measure *measures;
} measure_job;

static void draw_measures(const drawing *d, bool only_front) {
    const relief_renderer *renderer = d->renderer;
    const rl_program *program = &renderer->programs[RL_PROGRAM_MEASURE];
    begin_box(d);
    for (int i = 0; i < renderer->info.surface_count; i++) {
        const rl_drawn *drawn = &renderer->surfaces[i];
        const bool front = drawn->layer != RELIEF_LAYER_BACK;
        if (only_front && !front)
            continue;
        const float settings[4] = {drawn->alpha == RELIEF_ALPHA_OPAQUE ? -1 : 0.5F, front ? 1 : -1,
                                   0, 0};
        use_program(d, program, settings);
        draw_surface(drawn, program);
    }
}

static relief_status measure_box(const drawing *d, void *arg) {
    const measure_job *job = arg;
    const size_t width = (size_t)d->box[2], height = (size_t)d->box[3];
    draw_measures(d, job->only_front);
    for (int k = 0; k < 2; k++) {
        glReadBuffer(GL_COLOR_ATTACHMENT0 + (GLenum)k);
        glReadPixels(0, 0, d->box[2], d->box[3], GL_RGBA, GL_FLOAT, job->planes[k]);
    }
    glReadBuffer(GL_COLOR_ATTACHMENT0);
    relief_status status = rl_gl_check(d->ctx, "a view's geometry");
    for (size_t y = 0; y < height && !status; y++) {
        rl_measure *out =
            job->measures + ((size_t)d->box[1] + y) * (size_t)d->camera->width + (size_t)d->box[0];
        for (size_t x = 0; x < width; x++) {
            const float *a = job->planes[0] + (y * width + x) * 4;
            const float *b = job->planes[1] + (y * width + x) * 4;
            out[x] = (rl_measure){{a[0], a[1]}, a[2], a[3], {b[0], b[1]}, {b[2], b[3]}};
        }
    }
    return status;
}

relief_status rl_draw_measures(relief_ctx *ctx, relief_renderer *renderer,
                               const rl_view_camera *camera, bool only_front, rl_measure **out) {
    drawing d = {.ctx = ctx, .renderer = renderer, .camera = camera, .supersample = 1};
    measure_job job = {.only_front = only_front};
    const int most = least(MOST_SAMPLES / 2, renderer->max_target_side);
    const int width = least(camera->width, most), height = least(camera->height, most);
    const size_t box = (size_t)width * (size_t)height;
    void *blocks[3] = {NULL};
    *out = NULL;
    relief_status status = rl_alloc_in(ctx, (size_t)camera->width * (size_t)camera->height,
                                       sizeof(rl_measure), &blocks[0]);
    for (int k = 1; k < 3 && !status; k++)
        status = rl_alloc_in(ctx, box, 4 * sizeof(float), &blocks[k]);
    job.measures = blocks[0];
    job.planes[0] = blocks[1];
    job.planes[1] = blocks[2];
    if (!status)
        status = rl_target_size(ctx, &renderer->measures, width, height, true);
    if (!status)
        status = for_boxes(&d, most, measure_box, &job);
    rl_free(blocks[1]);
    rl_free(blocks[2]);
    if (status)
        rl_free(blocks[0]);
    else
        *out = job.measures;
    return status;
}
