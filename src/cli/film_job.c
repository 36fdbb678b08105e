/* SPDX-License-Identifier: Apache-2.0 */
#include "film_job.h"

#include "camera_path.h"
#include "drawn_scene.h"
#include "glb_reader.h"
#include "outputs.h"
#include "progress.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* A film in which more than this share of the pixels had to be coloured goes too far. */
static const double MOST_PATCHED = 0.002;
/* A scene's triangles may err by this many of the film's pixels. */
static const double ERROR_PX = 0.5, DRAFT_ERROR_PX = 2;

static bool is_draft(const rl_cli *cli) {
    return cli->options.quality && !strcmp(cli->options.quality, "draft");
}

void rl_cli_film_start(rl_cli_film *film, const char *input, const char *output) {
    *film = (rl_cli_film){.job = {.input = input, .output = output},
                          .source = RELIEF_OPTIONS_INIT(relief_surfaces_info),
                          .options = RELIEF_OPTIONS_INIT(relief_film_options),
                          .info = RELIEF_OPTIONS_INIT(relief_film_info),
                          .path = RELIEF_OPTIONS_INIT(relief_path_info)};
}

/* How large the film of a photo of this size is. */
static void find_size(const rl_cli *cli, rl_cli_film *film) {
    const rl_cli_options *options = &cli->options;
    double across = 0, down = 0;
    film->options.width = options->size.width;
    film->options.height = options->size.height;
    if (options->size.width)
        return;
    if (options->aspect)
        (void)sscanf(options->aspect, "%lf:%lf", &across, &down);
    const relief_film_format *format = relief_film_format_of(film->job.output);
    relief_film_size(&film->source, across, down, format ? format->most_side : 0,
                     &film->options.width, &film->options.height);
}

/* Triangles for the film's pixels, not for the photo's. */
static void choose_error(rl_cli *cli, rl_cli_film *film) {
    rl_cli_options *options = &cli->options;
    const relief_scene_info info = {.struct_size = sizeof info};
    relief_scene_info scene = info;
    relief_scene_get_info(film->job.scene, &scene);
    film->source.width = scene.camera.width;
    film->source.height = scene.camera.height;
    find_size(cli, film);
    const double across = (double)film->source.width / film->options.width;
    const double down = (double)film->source.height / film->options.height;
    const double scale = across < down ? across : down;
    const double error = (is_draft(cli) ? DRAFT_ERROR_PX : ERROR_PX) * (scale > 1 ? scale : 1);
    if (options->quality && !strcmp(options->quality, "high"))
        return;
    options->error = error < 100 ? error : 100;
    /* Outlines that are off by a pixel of the photo are off by half a pixel of the film. */
    if (scale >= 2)
        options->quality = "draft";
}

static relief_status make_scene(rl_cli *cli, relief_model **model, rl_cli_film *film) {
    const double asked = cli->options.error;
    const char *quality = cli->options.quality;
    const bool own = asked == 0 && !cli->options.grid && !cli->options.triangles;
    relief_status status = rl_cli_place_photo(cli, model, &film->job);
    if (!status && own)
        choose_error(cli, film);
    if (!status)
        status = rl_cli_make_surfaces(cli, &film->job, &film->surfaces);
    cli->options.error = asked;
    cli->options.quality = quality;
    return status;
}

/* Find the camera's way, and fit it to the film's shape. */
static relief_status find_path(rl_cli *cli, rl_cli_film *film) {
    find_size(cli, film);
    relief_status status = rl_cli_find_path(cli, &film->job, film->surfaces, film->options.width,
                                            film->options.height);
    if (status)
        return status;
    relief_path_get_info(film->job.path, &film->path);
    return RELIEF_OK;
}

relief_status rl_cli_film_open(rl_cli *cli, relief_model **model, rl_cli_film *film) {
    cli->side = SIDE_OUTPUT;
    /* A row of pictures has names of its own. */
    relief_status status = strcasecmp(rl_cli_ending(film->job.output), ".png") != 0
                               ? relief_output_check(cli->ctx, film->job.output, cli->options.force)
                               : RELIEF_OK;
    if (status)
        return status;
    cli->side = SIDE_INPUT;
    status = rl_cli_is_glb(film->job.input)
                 ? relief_surfaces_load(cli->ctx, film->job.input, &film->surfaces)
                 : make_scene(cli, model, film);
    if (status)
        return status;
    relief_surfaces_get_info(film->surfaces, &film->source);
    return find_path(cli, film);
}

relief_status rl_cli_film_make(rl_cli *cli, rl_cli_film *film) {
    const rl_cli_options *options = &cli->options;
    film->options.frames_per_second = options->fps;
    film->options.supersample = options->supersample ? (int)options->supersample
                                : is_draft(cli)      ? 1
                                                     : 0;
    film->options.focus_blur = options->blur;
    film->options.vignette = options->vignette;
    film->options.force = options->force;
    cli->side = SIDE_OUTPUT;
    const double start = relief_now();
    relief_status status = relief_film_save(cli->ctx, film->surfaces, film->job.path,
                                            film->job.output, &film->options, &film->info);
    film->seconds = relief_now() - start;
    const double pixels = (double)film->info.frame_count * film->info.width * film->info.height;
    const double patched = (double)film->info.patched_pixels / fmax(pixels, 1);
    if (!status && patched > MOST_PATCHED)
        rl_cli_say(
            cli,
            "%s: the camera goes further than the scene is made for: %.1f %% of the pictures "
            "are gaps that were coloured",
            film->job.input, 100 * patched);
    return status;
}

void rl_cli_film_describe(json_t *object, const rl_cli_film *film) {
    const relief_film_info *info = &film->info;
    json_object_set_new(object, "width", json_integer(info->width));
    json_object_set_new(object, "height", json_integer(info->height));
    json_object_set_new(object, "frames", json_integer(info->frame_count));
    json_object_set_new(object, "fps", json_real(info->frames_per_second));
    json_object_set_new(object, "seconds", json_real(film->path.seconds));
    json_object_set_new(object, "loop", json_boolean(film->path.loop));
    json_object_set_new(object, "crop", rl_cli_json_number(film->path.crop, 5));
    json_object_set_new(object, "triangles", json_integer(film->source.triangle_count));
    json_object_set_new(object, "holed_pixels", json_integer(info->holed_pixels));
    json_object_set_new(object, "patched_pixels", json_integer(info->patched_pixels));
    json_object_set_new(object, "encoder", json_string(info->encoder));
    json_object_set_new(object, "first_frame_ms",
                        rl_cli_json_number(1000 * info->first_frame_s, 3));
    json_object_set_new(object, "draw_ms", rl_cli_json_number(1000 * info->draw_s, 3));
    json_object_set_new(object, "encode_ms", rl_cli_json_number(1000 * info->encode_s, 3));
    json_object_set_new(object, "film_ms", rl_cli_json_number(1000 * film->seconds, 3));
}

void rl_cli_film_print(const rl_cli_film *film, double seconds) {
    const relief_film_info *info = &film->info;
    rl_cli_put(film->job.output);
    printf(": %d x %d, %lld frames at %.10g a second, %.1f s\n", info->width, info->height,
           (long long)info->frame_count, info->frames_per_second, seconds);
    fflush(stdout);
}

void rl_cli_film_clear(rl_cli_film *film) {
    relief_surfaces_free(film->surfaces);
    film->surfaces = NULL;
    rl_cli_job_clear(&film->job);
}
