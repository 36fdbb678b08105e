/* SPDX-License-Identifier: Apache-2.0 */
/* `relief render`: one view of a photo or a scene, from any camera. */
#include "drawn_scene.h"
#include "glb_reader.h"
#include "outputs.h"
#include "progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Three numbers with commas between them. */
static bool read_triple(const char *text, double out[3]) {
    for (int k = 0; k < 3; k++) {
        char *end;
        out[k] = strtod(text, &end);
        if (end == text || !isfinite(out[k]) || *end != (k < 2 ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

/* Check what the command line alone tells. `move` and `target` are right, up, forward in shares of
 * the nearest depth. */
static int check_options(rl_cli *cli, double move[3], double target[3]) {
    const rl_cli_options *options = &cli->options;
    if (options->inputs.count != 1)
        return rl_cli_usage(cli, "name one photo or scene (relief render PHOTO -o view.png)");
    if (!options->output)
        return rl_cli_usage(cli, "no output is named (relief render PHOTO -o view.png)");
    if (options->camera && strcmp(options->camera, "source") != 0 &&
        !read_triple(options->camera, move))
        return rl_cli_usage(cli,
                            "--camera %s: not a place (source, or RIGHT,UP,FORWARD in shares of "
                            "the nearest distance)",
                            options->camera);
    if (options->look_at && !read_triple(options->look_at, target))
        return rl_cli_usage(cli,
                            "--look-at %s: not a point (RIGHT,UP,FORWARD in shares of the nearest "
                            "distance)",
                            options->look_at);
    if (!strcmp(options->output, "-") && options->json)
        return rl_cli_usage(cli, "--json: standard output is taken by -o - (name a file with -o)");
    return rl_cli_refuse_same(cli, options->output, options->inputs.items[0]);
}

/* A point given as right, up, forward in the scene's units. */
static void place(const double from[3], double unit, double out[3]) {
    out[0] = from[0] * unit;
    out[1] = from[1] * unit;
    out[2] = -from[2] * unit;
}

/* The view that is asked for. Without a field of view it shows as much as the photo does, or what
 * of it fits another shape. False when it looks nowhere. */
static bool aim(const rl_cli *cli, const rl_cli_scene *scene, const double move[3],
                const double target[3], relief_view_options *view) {
    const rl_cli_options *options = &cli->options;
    const relief_surfaces_info *info = &scene->info;
    const char *ending = rl_cli_ending(options->output);
    double point[3];
    view->width = options->size.width ? options->size.width : info->width;
    view->height = options->size.width ? options->size.height : info->height;
    const double across = (double)view->width / info->width;
    const double down = (double)view->height / info->height;
    view->focal_px = info->focal_px * (across > down ? across : down);
    if (options->view_fov > 0) {
        const int side = view->width > view->height ? view->width : view->height;
        view->focal_px = 0.5 * side / tan(options->view_fov * M_PI / 360);
    }
    place(move, info->near_depth, view->position);
    place(target, info->near_depth, point);
    view->supersample = (int)options->supersample;
    view->style = options->wireframe ? RELIEF_VIEW_WIREFRAME : RELIEF_VIEW_TEXTURED;
    view->plain_uvs = options->plain_uvs;
    view->depth = !strcasecmp(ending, ".exr") || !strcasecmp(ending, ".pfm");
    view->stretch = options->json;
    return !options->look_at || relief_view_look_at(view, point);
}

static void print_json(const rl_cli *cli, const rl_cli_scene *scene,
                       const relief_renderer *renderer, const relief_view *view, double seconds) {
    relief_view_info info = RELIEF_OPTIONS_INIT(relief_view_info);
    relief_renderer_info driver = RELIEF_OPTIONS_INIT(relief_renderer_info);
    json_t *object = json_object();
    relief_view_get_info(view, &info);
    relief_renderer_get_info(renderer, &driver);
    json_object_set_new(object, "input", rl_cli_json_text(scene->job.input));
    json_object_set_new(object, "output", rl_cli_json_text(cli->options.output));
    if (scene->job.depth_from)
        json_object_set_new(object, "depth_from", json_string(scene->job.depth_from));
    json_object_set_new(object, "width", json_integer(info.width));
    json_object_set_new(object, "height", json_integer(info.height));
    json_object_set_new(object, "surfaces", json_integer(driver.surface_count));
    json_object_set_new(object, "triangles", json_integer(driver.triangle_count));
    json_object_set_new(object, "texture_tiles", json_integer(driver.texture_tiles));
    json_object_set_new(object, "coverage", json_real(info.coverage));
    json_object_set_new(object, "holed_pixels", json_integer(info.holed_pixels));
    json_object_set_new(object, "front_pixels", json_integer(info.front_pixels));
    json_object_set_new(object, "stretched", json_real(info.stretched));
    json_object_set_new(object, "largest_group", json_integer(info.largest_group));
    json_object_set_new(object, "worst_stretch", rl_cli_json_number(info.worst_stretch, 3));
    json_object_set_new(object, "driver", rl_cli_json_text(driver.driver));
    json_object_set_new(object, "draw_ms", rl_cli_json_number(seconds * 1000, 3));
    rl_cli_print_json_line(stdout, object);
}

static void print_result(rl_cli *cli, const rl_cli_scene *scene, const relief_renderer *renderer,
                         const relief_view *view, double seconds) {
    relief_view_info info = RELIEF_OPTIONS_INIT(relief_view_info);
    relief_view_get_info(view, &info);
    rl_cli_progress_notes(cli, true);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        print_json(cli, scene, renderer, view, seconds);
    } else if (!cli->options.quiet && strcmp(cli->options.output, "-") != 0) {
        rl_cli_put(cli->options.output);
        printf(": %d x %d view, %lld triangles, %.2f %% covered\n", info.width, info.height,
               (long long)scene->info.triangle_count, 100 * info.coverage);
        fflush(stdout);
    }
}

/* Draw the scene and write the view. */
static relief_status draw(rl_cli *cli, const rl_cli_scene *scene, const relief_view_options *want) {
    relief_renderer_options options = RELIEF_OPTIONS_INIT(relief_renderer_options);
    relief_renderer *renderer = NULL;
    relief_view *view = NULL;
    double start = 0, seconds = 0;
    options.software = cli->options.device && !strcmp(cli->options.device, "cpu");
    options.max_texture_side = (int)cli->options.max_texture;
    relief_status status = relief_renderer_new(cli->ctx, &options, &renderer);
    if (!status)
        status = relief_renderer_add(cli->ctx, renderer, scene->surfaces);
    if (!status) {
        start = relief_now();
        status = relief_renderer_draw(cli->ctx, renderer, want, &view);
        seconds = relief_now() - start;
    }
    if (!status) {
        cli->side = SIDE_OUTPUT;
        status = relief_view_save(cli->ctx, view, cli->options.output, cli->options.force);
    }
    if (!status)
        print_result(cli, scene, renderer, view, seconds);
    relief_view_free(view);
    relief_renderer_free(renderer);
    return status;
}

int rl_cli_render(rl_cli *cli) {
    double move[3] = {0}, target[3] = {0, 0, 1};
    relief_view_options want = RELIEF_OPTIONS_INIT(relief_view_options);
    int code = check_options(cli, move, target);
    const char *input = code ? "" : cli->options.inputs.items[0];
    if (!code && !rl_cli_is_glb(input))
        code = rl_cli_check_photo_options(cli);
    if (code)
        return code;
    rl_cli_scene scene = {.job = {.input = input, .output = cli->options.output}};
    rl_cli_progress_file(cli, input);
    relief_status status = rl_cli_open_scene(cli, &scene);
    if (!status && !aim(cli, &scene, move, target, &want))
        code = rl_cli_usage(cli, "--look-at %s: the camera is there", cli->options.look_at);
    else if (!status)
        status = draw(cli, &scene, &want);
    if (status)
        code = rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? scene.job.output : input, status);
    rl_cli_scene_clear(&scene);
    return code;
}
