/* SPDX-License-Identifier: Apache-2.0 */
/* `relief view`: a scene to look around in, in a window or as a web page. */
#include "drawn_scene.h"
#include "glb_reader.h"
#include "outputs.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Check what the command line alone tells. */
static int check_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (options->inputs.count != 1)
        return rl_cli_usage(cli, "name one photo or scene (relief view PHOTO)");
    const char *input = options->inputs.items[0], *output = options->output;
    const bool to_stdout = output && !strcmp(output, "-");
    const char *ending = output ? rl_cli_ending(output) : ".html";
    if (!output && options->json)
        return rl_cli_usage(cli, "--json: a window has no result (make a page with -o page.html)");
    if (!output && options->texture_size)
        return rl_cli_usage(cli, "--texture-size: for pages (name one with -o page.html)");
    if (!to_stdout && strcasecmp(ending, ".html") != 0 && strcasecmp(ending, ".htm") != 0)
        return rl_cli_usage(cli, "%s: views are pages (use the ending .html)", output);
    if (to_stdout && options->json)
        return rl_cli_usage(cli, "--json: standard output is taken by -o - (name a file with -o)");
    const int code = rl_cli_refuse_same(cli, output, input);
    return code || rl_cli_is_glb(input) ? code : rl_cli_check_photo_options(cli);
}

static void print_result(rl_cli *cli, const rl_cli_scene *scene, const relief_page_info *page) {
    rl_cli_progress_notes(cli, true);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = json_object();
        json_object_set_new(object, "input", rl_cli_json_text(scene->job.input));
        json_object_set_new(object, "output", rl_cli_json_text(cli->options.output));
        if (scene->job.depth_from)
            json_object_set_new(object, "depth_from", json_string(scene->job.depth_from));
        json_object_set_new(object, "width", json_integer(scene->info.width));
        json_object_set_new(object, "height", json_integer(scene->info.height));
        json_object_set_new(object, "surfaces", json_integer(scene->info.surface_count));
        json_object_set_new(object, "triangles", json_integer(scene->info.triangle_count));
        json_object_set_new(object, "bytes", json_integer(page->bytes));
        json_object_set_new(object, "mesh_bytes", json_integer(page->mesh_bytes));
        json_object_set_new(object, "texture_bytes", json_integer(page->texture_bytes));
        json_object_set_new(object, "largest_texture", json_integer(page->largest_texture));
        rl_cli_print_json_line(stdout, object);
    } else if (!cli->options.quiet && strcmp(cli->options.output, "-") != 0) {
        rl_cli_put(cli->options.output);
        printf(": a page of %.1f MB, %lld triangles\n", (double)page->bytes * 1e-6,
               (long long)scene->info.triangle_count);
        fflush(stdout);
    }
}

/* The name of a file without its folder and ending, in UTF-8; NULL without memory. */
static json_t *find_title(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    json_t *title = NULL;
    char *stem = strcmp(path, "-") ? strdup(name) : strdup("photo");
    if (!stem)
        return NULL;
    char *dot = strrchr(stem, '.');
    if (dot && dot > stem)
        *dot = 0;
    title = rl_cli_json_text(stem);
    free(stem);
    return title;
}

static relief_status write_page(rl_cli *cli, const rl_cli_scene *scene) {
    relief_page_options options = RELIEF_OPTIONS_INIT(relief_page_options);
    relief_page_info info = RELIEF_OPTIONS_INIT(relief_page_info);
    json_t *title = find_title(scene->job.input);
    cli->side = SIDE_OUTPUT;
    options.title = json_string_value(title);
    options.texture_size = (int)cli->options.texture_size;
    options.force = cli->options.force;
    relief_status status =
        relief_page_save(cli->ctx, scene->surfaces, cli->options.output, &options, &info);
    json_decref(title);
    if (!status)
        print_result(cli, scene, &info);
    return status;
}

static void on_line(void *user, const char *line) {
    rl_cli_say(user, "%s", line);
}

static relief_status open_window(rl_cli *cli, const rl_cli_scene *scene, rl_cli_size size) {
    relief_window_options options = RELIEF_OPTIONS_INIT(relief_window_options);
    json_t *title = find_title(scene->job.input);
    rl_cli_progress_notes(cli, true);
    rl_cli_progress_clear(cli);
    cli->side = SIDE_OUTPUT;
    options.title = options.stem = json_string_value(title);
    options.width = size.width;
    options.height = size.height;
    options.say = on_line;
    options.user = cli;
    relief_status status = relief_window_run(cli->ctx, scene->surfaces, &options);
    json_decref(title);
    return status;
}

int rl_cli_view(rl_cli *cli) {
    int code = check_options(cli);
    if (code)
        return code;
    rl_cli_scene scene = {
        .job = {.input = cli->options.inputs.items[0], .output = cli->options.output}};
    rl_cli_progress_file(cli, scene.job.input);
    relief_status status = rl_cli_open_scene(cli, &scene);
    if (!status)
        status = scene.job.output ? write_page(cli, &scene)
                                  : open_window(cli, &scene, cli->options.size);
    if (status)
        code = rl_cli_failed(
            cli, cli->side == SIDE_OUTPUT && scene.job.output ? scene.job.output : scene.job.input,
            status);
    rl_cli_scene_clear(&scene);
    return code;
}
