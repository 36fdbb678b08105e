/* SPDX-License-Identifier: Apache-2.0 */
/* The frame loop: a path's moments, drawn one after the other, into an encoder, whose threads work
 * on the frames before while the next one is drawn. */
#include "relief/video.h"

#include "base/memory.h"
#include "base/status.h"
#include "render/soft.h"
#include "scene/path.h"
#include "video/effects.h"
#include "video/encoder.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { DEFAULT_SUPERSAMPLE = 2, MOST_SUPERSAMPLE = 8, MOST_FRAMES = 500000 };
/* Moments at which a path's longest focal length is looked for. */
enum { MOMENTS = 64 };

static const rl_encoder_kind *const KINDS[] = {&rl_encoder_mp4, &rl_encoder_webm, &rl_encoder_gif,
                                               &rl_encoder_png, &rl_encoder_y4m};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

const rl_encoder_kind *rl_encoder_of(const char *path) {
    const char *dot = strrchr(path, '.');
    if (strcmp(path, "-") == 0)
        return &rl_encoder_y4m;
    for (int k = 0; dot && k < KIND_COUNT; k++)
        if (strcasecmp(dot, KINDS[k]->ending) == 0)
            return KINDS[k];
    return NULL;
}

const relief_film_format *relief_film_format_of(const char *path) {
    static _Thread_local relief_film_format format;
    const rl_encoder_kind *kind = rl_encoder_of(path);
    if (!kind)
        return NULL;
    format = (relief_film_format){.ending = kind->ending,
                                  .contents = kind->contents,
                                  .most_side = kind->most_side,
                                  .available = kind->find() != NULL};
    return &format;
}

static int even(double side) {
    const int half = (int)lround(side / 2);
    return 2 * (half > 1 ? half : 1);
}

void relief_film_size(const relief_surfaces_info *info, double across, double down, int most_side,
                      int *width, int *height) {
    double sides[2] = {info->width, info->height};
    if (across > 0 && down > 0) {
        /* The largest window of the shape that fits into the photo. */
        const double fit = fmin(sides[0] / across, sides[1] / down);
        sides[0] = across * fit;
        sides[1] = down * fit;
    }
    const double longest = fmax(sides[0], sides[1]);
    const double scale = most_side > 0 && longest > most_side ? most_side / longest : 1;
    *width = even(sides[0] * scale);
    *height = even(sides[1] * scale);
}

/* A film being made. */
typedef struct filming {
    relief_ctx *ctx;
    const relief_path *path;
    relief_film_options options;
    relief_film_info info;
    double start;
    rl_soft *soft;
    rl_effects *effects;
    rl_soft_frame frame;
    rl_encoder *encoder;
    const rl_encoder_kind *kind;
} filming;

static relief_status check(relief_ctx *ctx, const char *file, const relief_film_options *options) {
    if (options->width < 2 || options->height < 2 || options->width % 2 || options->height % 2 ||
        options->width > RELIEF_MAX_SIDE || options->height > RELIEF_MAX_SIDE)
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "%s: a film of %d x %d pixels (sides are even, 2 to %d)", file,
                       options->width, options->height, RELIEF_MAX_SIDE);
    if (!(options->frames_per_second >= 1 && options->frames_per_second <= 240))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%g frames a second are not between 1 and 240",
                       options->frames_per_second);
    if (options->supersample < 1 || options->supersample > MOST_SUPERSAMPLE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%d samples along a pixel's side (1 to %d)",
                       options->supersample, MOST_SUPERSAMPLE);
    if (!(options->focus_blur >= 0 && options->focus_blur <= 0.1) ||
        !(options->vignette >= 0 && options->vignette <= 1))
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "a blur of %g (0 to 0.1) or a vignette of %g (0 to 1)", options->focus_blur,
                       options->vignette);
    return RELIEF_OK;
}

/* The camera after so many seconds. */
static relief_status aim(const filming *f, double seconds, rl_view_camera *camera) {
    relief_view_options view = RELIEF_OPTIONS_INIT(relief_view_options);
    view.width = f->options.width;
    view.height = f->options.height;
    relief_path_view(f->path, seconds, &view);
    return rl_view_camera_solve(f->ctx, &view, f->path->source.near_depth, camera);
}

/* Textures are brought once to what the closest of all pictures needs. */
static relief_status open_scene(filming *f, const relief_surfaces *surfaces) {
    double longest = 0;
    relief_status status = RELIEF_OK;
    for (int i = 0; i <= MOMENTS && !status; i++) {
        rl_view_camera camera;
        status = aim(f, f->path->seconds * i / MOMENTS, &camera);
        longest = fmax(longest, fmax(camera.focal_px, camera.focal_y_px));
    }
    if (!status)
        status = rl_soft_new(f->ctx, surfaces, longest * f->options.supersample, &f->soft);
    /* What a photo with alpha leaves open stays open. */
    f->frame.patch = true;
    for (int i = 0; !status && i < f->soft->surface_count; i++)
        if (f->soft->surfaces[i].alpha != RELIEF_ALPHA_OPAQUE &&
            f->soft->surfaces[i].layer != RELIEF_LAYER_RIBBON)
            f->frame.patch = false;
    return status;
}

static relief_status open_frames(filming *f) {
    const relief_film_options *options = &f->options;
    const size_t count = (size_t)options->width * (size_t)options->height;
    const rl_effects_facts facts = {options->width, options->height, options->focus_blur,
                                    options->vignette, f->path->focus * f->path->source.near_depth};
    void *block;
    relief_status status = rl_alloc_in(f->ctx, count, 4, &block);
    f->frame.rgba = status ? NULL : block;
    if (!status)
        status = rl_effects_new(f->ctx, &facts, &f->effects);
    if (!status && rl_effects_need_depth(f->effects)) {
        status = rl_alloc_in(f->ctx, count, sizeof(float), &block);
        f->frame.depth = status ? NULL : block;
    }
    return status;
}

/* Frames a second as a fraction: 29.97 is 30000/1001 to everyone else. */
static void find_rate(double rate, int out[2]) {
    const double film = rate * 1.001;
    if (fabs(rate - round(rate)) > 1e-9 && fabs(film - round(film)) < 1e-3) {
        out[0] = (int)round(film) * 1000;
        out[1] = 1001;
        return;
    }
    out[0] = (int)lround(rate * 1000);
    out[1] = 1000;
    while (out[1] > 1 && out[0] % 10 == 0) {
        out[0] /= 10;
        out[1] /= 10;
    }
}

static relief_status open_file(filming *f, const char *file) {
    rl_film_facts facts = {.path = file,
                           .width = f->options.width,
                           .height = f->options.height,
                           .frame_count = f->info.frame_count,
                           .force = f->options.force,
                           .loop = f->path->loop};
    find_rate(f->options.frames_per_second, facts.rate);
    return f->kind->open(f->ctx, &facts, &f->encoder);
}

static relief_status make_frame(filming *f, int64_t index) {
    rl_view_camera camera;
    const double begin = relief_now();
    relief_status status = aim(f, relief_path_moment(f->path, index, f->info.frame_count), &camera);
    if (!status)
        status = rl_soft_draw(f->ctx, f->soft, &camera, f->options.supersample, &f->frame);
    if (status)
        return status;
    rl_effects_apply(f->ctx, f->effects, f->frame.rgba, f->frame.depth);
    f->info.holed_pixels += f->frame.holed;
    f->info.patched_pixels += f->frame.patched;
    const double drawn = relief_now();
    f->info.draw_s += drawn - begin;
    if (index == 0)
        f->info.first_frame_s = drawn - f->start;
    status = f->kind->put(f->encoder, f->frame.rgba);
    f->info.encode_s += relief_now() - drawn;
    return status ? status : rl_progress(f->ctx, "film", index + 1, f->info.frame_count);
}

static relief_status make_film(filming *f, const relief_surfaces *surfaces, const char *file) {
    relief_status status = rl_progress(f->ctx, "film", 0, f->info.frame_count);
    if (!status)
        status = open_file(f, file);
    if (!status)
        status = open_scene(f, surfaces);
    if (!status)
        status = open_frames(f);
    for (int64_t i = 0; i < f->info.frame_count && !status; i++)
        status = make_frame(f, i);
    const double begin = relief_now();
    if (status) {
        if (f->encoder)
            f->kind->abort(f->encoder);
    } else {
        status = f->kind->commit(f->encoder);
    }
    f->info.encode_s += relief_now() - begin;
    rl_soft_free(f->soft);
    rl_effects_free(f->effects);
    rl_free(f->frame.rgba);
    rl_free(f->frame.depth);
    return status;
}

relief_status relief_film_save(relief_ctx *ctx, const relief_surfaces *surfaces,
                               const relief_path *path, const char *file,
                               const relief_film_options *options, relief_film_info *info) {
    relief_surfaces_info source = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    filming f = {.ctx = ctx,
                 .path = path,
                 .options = RELIEF_OPTIONS_INIT(relief_film_options),
                 .start = relief_now(),
                 .kind = rl_encoder_of(file)};
    relief_status status = rl_options_copy(ctx, &f.options, sizeof f.options, options);
    if (!status && !f.kind)
        status = rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                         "%s: films are not written in this format (end the name with .mp4, .webm, "
                         ".gif, .png or .y4m)",
                         file);
    if (status)
        return status;
    relief_surfaces_get_info(surfaces, &source);
    if (!f.options.width && !f.options.height)
        relief_film_size(&source, 0, 0, f.kind->most_side, &f.options.width, &f.options.height);
    if (f.options.frames_per_second == 0)
        f.options.frames_per_second = f.kind->rate;
    if (!f.options.supersample)
        f.options.supersample = DEFAULT_SUPERSAMPLE;
    status = check(ctx, file, &f.options);
    const double frames = round(path->seconds * f.options.frames_per_second);
    if (!status && frames > MOST_FRAMES)
        status = rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: %.0f frames (%d at most)", file, frames,
                         MOST_FRAMES);
    if (status)
        return status;
    f.info = (relief_film_info){.struct_size = sizeof f.info,
                                .width = f.options.width,
                                .height = f.options.height,
                                .frame_count = frames > 1 ? (int64_t)frames : 1,
                                .frames_per_second = f.options.frames_per_second,
                                .encoder = f.kind->find()};
    status = make_film(&f, surfaces, file);
    if (info)
        rl_info_copy(info, &f.info, sizeof f.info);
    return status;
}
