/* SPDX-License-Identifier: Apache-2.0 */
/* `relief video`: photos and scenes to films. */
#include "camera_path.h"
#include "glb_reader.h"
#include "outputs.h"
#include "progress.h"
#include "stages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A scene's triangles may err by this many of the film's pixels. */
static const double ERROR_PX = 0.5, DRAFT_ERROR_PX = 2;

/* One film on its way. */
typedef struct filmed {
    rl_cli_job job;
    relief_surfaces *surfaces;
    relief_surfaces_info source;
    relief_film_options options;
    relief_film_info info;
} filmed;

static bool is_draft(const rl_cli *cli) {
    return cli->options.quality && !strcmp(cli->options.quality, "draft");
}

/* The ending of outputs that are not named. */
static const char *default_ending(const rl_cli *cli, char ending[8]) {
    (void)snprintf(ending, 8, ".%s", cli->options.format ? cli->options.format : "mp4");
    return ending;
}

static int check_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    char ending[8];
    const bool named = options->output && !rl_cli_output_is_folder(options->output);
    const char *name = named ? options->output : default_ending(cli, ending);
    const relief_film_format *format = relief_film_format_of(name);
    if (!options->inputs.count)
        return rl_cli_usage(cli, "no photo is named (relief video PHOTO -o film.mp4)");
    if (!format)
        return rl_cli_usage(
            cli, "%s: relief makes no such films (use the ending .mp4, .webm, .gif, .png or .y4m)",
            name);
    if (!format->available)
        return rl_cli_usage(cli, "%s: there is no encoder for %s here (use .gif or .png)", name,
                            format->contents);
    if (options->format && named)
        return rl_cli_usage(cli, "--format: the ending of %s says it (leave one out)", name);
    if (options->size.width % 2 || options->size.height % 2)
        return rl_cli_usage(cli, "--size %dx%d: sides of films are even", options->size.width,
                            options->size.height);
    if (options->size.width && options->aspect)
        return rl_cli_usage(cli, "--aspect: --size says it already (leave one out)");
    if (options->depth && options->inputs.count > 1)
        return rl_cli_usage(cli, "--depth: one map for %d photos (name one photo)",
                            options->inputs.count);
    int code = rl_cli_check_move(cli);
    return code ? code : rl_cli_check_photo_options(cli);
}

/* How large the film of a photo of this size is. */
static void find_size(const rl_cli *cli, filmed *film) {
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
static void choose_error(rl_cli *cli, filmed *film) {
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

static relief_status make_scene(rl_cli *cli, relief_model **model, filmed *film) {
    rl_cli_job *job = &film->job;
    const double asked = cli->options.error;
    const char *quality = cli->options.quality;
    const bool own = asked == 0 && !cli->options.grid && !cli->options.triangles;
    relief_status status = rl_cli_take_embedded(cli, job);
    if (!status)
        status = rl_cli_want_model(cli, model, job);
    if (!status)
        status = rl_cli_decode(cli, *model, job);
    if (!status)
        status = rl_cli_find_depth(cli, *model, job);
    if (!status)
        status = rl_cli_place(cli, job);
    if (!status && own)
        choose_error(cli, film);
    if (!status)
        status = rl_cli_triangulate(cli, job);
    cli->options.error = asked;
    cli->options.quality = quality;
    if (!status)
        status = relief_surfaces_of_mesh(cli->ctx, job->mesh, &film->surfaces);
    return status;
}

static relief_status open_scene(rl_cli *cli, relief_model **model, filmed *film) {
    relief_status status;
    cli->side = SIDE_OUTPUT;
    /* A row of pictures has names of its own. */
    status = strcasecmp(rl_cli_ending(film->job.output), ".png") != 0
                 ? relief_output_check(cli->ctx, film->job.output, cli->options.force)
                 : RELIEF_OK;
    if (status)
        return status;
    cli->side = SIDE_INPUT;
    status = rl_cli_is_glb(film->job.input)
                 ? relief_surfaces_load(cli->ctx, film->job.input, &film->surfaces)
                 : make_scene(cli, model, film);
    if (!status)
        relief_surfaces_get_info(film->surfaces, &film->source);
    return status;
}

/* Find the camera's way, and fit it to the film's shape. */
static relief_status find_path(rl_cli *cli, filmed *film) {
    relief_path_info path = RELIEF_OPTIONS_INIT(relief_path_info);
    find_size(cli, film);
    relief_status status = rl_cli_find_path(cli, &film->job, film->surfaces, film->options.width,
                                            film->options.height);
    if (status)
        return status;
    relief_path_get_info(film->job.path, &path);
    if (path.farthest > 1.6 * film->source.travel)
        rl_cli_say(cli, "%s: the camera goes further than the scene is made for; it may see gaps",
                   film->job.input);
    return RELIEF_OK;
}

static relief_status make_film(rl_cli *cli, filmed *film) {
    const rl_cli_options *options = &cli->options;
    film->options.frames_per_second = options->fps;
    film->options.supersample = options->supersample ? (int)options->supersample
                                : is_draft(cli)      ? 1
                                                     : 0;
    film->options.focus_blur = options->blur;
    film->options.vignette = options->vignette;
    film->options.force = options->force;
    cli->side = SIDE_OUTPUT;
    return relief_film_save(cli->ctx, film->surfaces, film->job.path, film->job.output,
                            &film->options, &film->info);
}

static void print_json(const filmed *film, double seconds) {
    relief_path_info path = RELIEF_OPTIONS_INIT(relief_path_info);
    const relief_film_info *info = &film->info;
    json_t *object = rl_cli_job_json(&film->job);
    relief_path_get_info(film->job.path, &path);
    json_object_set_new(object, "width", json_integer(info->width));
    json_object_set_new(object, "height", json_integer(info->height));
    json_object_set_new(object, "frames", json_integer(info->frame_count));
    json_object_set_new(object, "fps", json_real(info->frames_per_second));
    json_object_set_new(object, "seconds", json_real(path.seconds));
    json_object_set_new(object, "loop", json_boolean(path.loop));
    json_object_set_new(object, "crop", rl_cli_json_number(path.crop, 5));
    json_object_set_new(object, "triangles", json_integer(film->source.triangle_count));
    json_object_set_new(object, "holed_pixels", json_integer(info->holed_pixels));
    json_object_set_new(object, "patched_pixels", json_integer(info->patched_pixels));
    json_object_set_new(object, "encoder", json_string(info->encoder));
    json_object_set_new(object, "first_frame_ms",
                        rl_cli_json_number(1000 * info->first_frame_s, 3));
    json_object_set_new(object, "draw_ms", rl_cli_json_number(1000 * info->draw_s, 3));
    json_object_set_new(object, "encode_ms", rl_cli_json_number(1000 * info->encode_s, 3));
    json_object_set_new(object, "film_ms", rl_cli_json_number(1000 * seconds, 3));
    rl_cli_print_json_line(stdout, object);
}

static void print_result(rl_cli *cli, const filmed *film, double seconds) {
    const relief_film_info *info = &film->info;
    rl_cli_progress_notes(cli, true);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        print_json(film, seconds);
    } else if (!cli->options.quiet && strcmp(film->job.output, "-") != 0) {
        rl_cli_put(film->job.output);
        printf(": %d x %d, %lld frames at %.10g a second, %.1f s\n", info->width, info->height,
               (long long)info->frame_count, info->frames_per_second, seconds);
        fflush(stdout);
    }
}

/* Make one film and report how that went; the exit code. */
static int make_one(rl_cli *cli, relief_model **model, filmed *film) {
    relief_status status = open_scene(cli, model, film);
    if (!status)
        status = find_path(cli, film);
    const double start = relief_now();
    if (!status)
        status = make_film(cli, film);
    const double seconds = relief_now() - start;
    if (status)
        return rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? film->job.output : film->job.input,
                             status);
    print_result(cli, film, seconds);
    return EXIT_ALL_DONE;
}

static void make_all(rl_cli *cli, relief_model **model, const rl_cli_outputs *outputs) {
    bool go_on = true;
    for (int i = 0; i < outputs->count && go_on; i++) {
        filmed film = {.job = {.input = cli->options.inputs.items[i], .output = outputs->paths[i]},
                       .source = RELIEF_OPTIONS_INIT(relief_surfaces_info),
                       .options = RELIEF_OPTIONS_INIT(relief_film_options),
                       .info = RELIEF_OPTIONS_INIT(relief_film_info)};
        rl_cli_progress_file(cli, film.job.input);
        const int code = make_one(cli, model, &film);
        relief_surfaces_free(film.surfaces);
        rl_cli_job_clear(&film.job);
        go_on = rl_cli_count(cli, code);
    }
    rl_cli_progress_file(cli, "");
}

int rl_cli_video(rl_cli *cli) {
    rl_cli_outputs outputs = {0};
    relief_model *model = NULL;
    char ending[8];
    int code = check_options(cli);
    if (code)
        return code;
    /* What the camera sees behind things must be there. */
    if (!cli->options.layers)
        cli->options.layers = 2;
    code = rl_cli_name_outputs(cli, default_ending(cli, ending), &outputs);
    if (!code) {
        make_all(cli, &model, &outputs);
        code = rl_cli_summary(cli);
    }
    rl_cli_close_model(cli, model);
    rl_cli_outputs_clear(&outputs);
    return code;
}
