/* SPDX-License-Identifier: Apache-2.0 */
/* `relief PHOTO...` and `relief mesh`: photos to scenes. */
#include "camera_path.h"
#include "depth_formats.h"
#include "outputs.h"
#include "progress.h"
#include "stages.h"

#include <string.h>
#include <strings.h>

/* Whether meshes can be written to a file of this name; reported when not. */
static int check_ending(rl_cli *cli, const char *output) {
    if (!output || !strcmp(output, "-") || rl_cli_output_is_folder(output) ||
        relief_mesh_can_save(output))
        return EXIT_ALL_DONE;
    return rl_cli_usage(
        cli, "%s: relief writes no such files (use the ending .glb, .gltf, .obj, .ply or .stl)",
        output);
}

/* What to make for a file. */
static relief_mesh_kind find_kind(const rl_cli *cli, const char *output) {
    const relief_mesh_format *format = relief_mesh_format_of(output);
    if (cli->options.points)
        return RELIEF_MESH_POINTS;
    if (cli->options.displace)
        return RELIEF_MESH_PLANE;
    return format && format->kinds == 1U << RELIEF_MESH_SOLID ? RELIEF_MESH_SOLID
                                                              : RELIEF_MESH_SURFACE;
}

/* The ending of outputs that are not named. */
static const char *default_ending(const rl_cli *cli) {
    return cli->options.points ? ".ply" : ".glb";
}

/* Whether the file holds what the options ask for; reported when not. */
static int check_kind(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    const bool named = options->output && !rl_cli_output_is_folder(options->output);
    const char *output = named ? options->output : default_ending(cli);
    const relief_mesh_format *format = relief_mesh_format_of(output);
    const relief_mesh_kind kind = find_kind(cli, output);
    const bool measured = options->base_mm > 0 || options->height_mm > 0 || options->plate_mm > 0;
    if (format && !(format->kinds & 1U << kind))
        return rl_cli_usage(cli, "%s: %s files hold no %s (use the ending %s)", output,
                            format->ending, kind == RELIEF_MESH_PLANE ? "planes" : "points",
                            kind == RELIEF_MESH_PLANE ? ".glb or .obj" : ".ply");
    if (options->points && options->displace)
        return rl_cli_usage(cli, "--points, --displace: a scene is one or the other");
    if (rl_cli_moves(cli) && (kind != RELIEF_MESH_SURFACE || !rl_cli_holds_moves(output)))
        return rl_cli_usage(cli, "%s: this holds no camera moves (use the ending .glb or .gltf)",
                            output);
    if (measured && kind != RELIEF_MESH_SOLID)
        return rl_cli_usage(cli, "--base, --height and --plate are for solids (use -o FILE.stl)");
    return EXIT_ALL_DONE;
}

/* Whether the map can go where --save-depth wants it; reported when not. */
static int check_saved_depth(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    const char *path = options->save_depth;
    if (!path)
        return EXIT_ALL_DONE;
    if (!rl_cli_depth_format_of(path))
        return rl_cli_usage(cli, "%s: no depth format ends so (use .png, .exr, .tif, .pfm or .npy)",
                            path);
    if (options->inputs.count > 1)
        return rl_cli_usage(cli, "--save-depth: one file for %d photos (name one photo)",
                            options->inputs.count);
    if (options->output && rl_cli_same_output(path, options->output))
        return rl_cli_usage(cli, "%s: the depth map would replace the scene", path);
    int code = rl_cli_refuse_same(cli, path, options->inputs.items[0]);
    return code ? code : rl_cli_refuse_same(cli, path, options->depth);
}

static int check_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (!options->inputs.count)
        return rl_cli_usage(cli, "no photo is named (see 'relief --help')");
    if (options->depth && options->inputs.count > 1)
        return rl_cli_usage(cli, "--depth: one map for %d photos (name one photo)",
                            options->inputs.count);
    int code = check_ending(cli, options->output);
    if (!code)
        code = check_kind(cli);
    if (!code)
        code = check_saved_depth(cli);
    if (!code)
        code = rl_cli_check_move(cli);
    return code ? code : rl_cli_check_photo_options(cli);
}

/* A network's map goes out at the photo's size. */
static relief_status save_depth(rl_cli *cli, const rl_cli_job *job) {
    const char *path = cli->options.save_depth;
    relief_image_info photo = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_depth_info map = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth *large = NULL;
    relief_status status = RELIEF_OK;
    if (!path)
        return RELIEF_OK;
    cli->side = SIDE_OUTPUT;
    relief_image_get_info(job->photo, &photo);
    relief_depth_get_info(job->depth, &map);
    if (map.network_width && (map.width != photo.width || map.height != photo.height))
        status = relief_depth_resize(cli->ctx, job->depth, photo.width, photo.height, &large);
    if (!status)
        status = relief_depth_save(cli->ctx, large ? large : job->depth, path,
                                   rl_cli_depth_format_of(path)->value, cli->options.force);
    relief_depth_free(large);
    return status;
}

/* Take one job from its photo to the file. */
static relief_status make_scene(rl_cli *cli, relief_model *model, rl_cli_job *job) {
    relief_status status = rl_cli_prepare(cli, model, job);
    if (!status)
        status = rl_cli_decode(cli, model, job);
    if (!status)
        status = rl_cli_find_depth(cli, model, job);
    if (!status)
        status = save_depth(cli, job);
    if (!status)
        status = rl_cli_place(cli, job);
    if (!status)
        status = rl_cli_triangulate(cli, job);
    if (!status && rl_cli_moves(cli))
        status = rl_cli_find_path(cli, job, NULL, 0, 0);
    if (!status)
        status = rl_cli_write_mesh(cli, job);
    return status;
}

/* The camera and the distances, for formats that do not hold them. */
static json_t *scene_json(const relief_scene *scene) {
    relief_scene_info info = RELIEF_OPTIONS_INIT(relief_scene_info);
    relief_scene_get_info(scene, &info);
    json_t *object = json_object();
    json_object_set_new(object, "model", rl_cli_json_text(info.model));
    json_object_set_new(object, "focal_px", rl_cli_json_number(info.camera.focal_px, 9));
    json_object_set_new(object, "fov_degrees", rl_cli_json_number(info.camera.fov_degrees, 9));
    json_object_set_new(object, "focal_from", json_string(info.camera.focal_from));
    json_object_set_new(object, "near", rl_cli_json_number((double)info.near_depth, 9));
    json_object_set_new(object, "far", rl_cli_json_number((double)info.far_depth, 9));
    json_object_set_new(object, "median", rl_cli_json_number((double)info.median_depth, 9));
    json_object_set_new(object, "metric", json_boolean(info.metric));
    return object;
}

static void print_result(rl_cli *cli, const rl_cli_job *job) {
    relief_image_info photo = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_mesh_info mesh = RELIEF_OPTIONS_INIT(relief_mesh_info);
    relief_image_get_info(job->photo, &photo);
    relief_mesh_get_info(job->mesh, &mesh);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = rl_cli_job_json(job);
        json_object_set_new(object, "width", json_integer(photo.width));
        json_object_set_new(object, "height", json_integer(photo.height));
        json_object_set_new(object, "triangles", json_integer(mesh.triangle_count));
        json_object_set_new(object, "vertices", json_integer(mesh.vertex_count));
        json_object_set_new(object, "scene", scene_json(job->scene));
        rl_cli_print_json_line(stdout, object);
    } else if (!cli->options.quiet && strcmp(job->output, "-") != 0) {
        rl_cli_put(job->output);
        const bool points = mesh.kind == RELIEF_MESH_POINTS;
        printf(": %d x %d photo, %lld %s, %.1f s\n", photo.width, photo.height,
               (long long)(points ? mesh.vertex_count : mesh.triangle_count),
               points ? "points" : "triangles", rl_cli_job_seconds(job));
        fflush(stdout);
    }
}

/* Make the scene of one input and report how that went; the exit code. False in *go_on: without the
 * network there is none of the rest either. */
static int make_one(rl_cli *cli, relief_model **model, rl_cli_job *job, bool *go_on) {
    relief_status status = rl_cli_take_embedded(cli, job);
    if (!status) {
        status = rl_cli_want_model(cli, model, job);
        if (status) {
            *go_on = false;
            return rl_cli_failed(cli, "", status);
        }
        status = make_scene(cli, *model, job);
    }
    if (status)
        return rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? job->output : job->input, status);
    rl_cli_progress_notes(cli, true);
    print_result(cli, job);
    return EXIT_ALL_DONE;
}

/* Make the scenes of all inputs; counts them. */
static void make_all(rl_cli *cli, relief_model **model, const rl_cli_outputs *outputs) {
    bool go_on = true;
    for (int i = 0; i < outputs->count && go_on; i++) {
        rl_cli_job job = {.input = cli->options.inputs.items[i],
                          .output = outputs->paths[i],
                          .kind = find_kind(cli, outputs->paths[i])};
        rl_cli_progress_file(cli, job.input);
        int code = make_one(cli, model, &job, &go_on);
        rl_cli_job_clear(&job);
        go_on = rl_cli_count(cli, code) && go_on;
    }
    rl_cli_progress_file(cli, "");
}

int rl_cli_convert(rl_cli *cli) {
    rl_cli_outputs outputs = {0};
    relief_model *model = NULL;
    int code = check_options(cli);
    if (code)
        return code;
    code = rl_cli_name_outputs(cli, default_ending(cli), &outputs);
    if (!code) {
        make_all(cli, &model, &outputs);
        code = rl_cli_summary(cli);
    }
    rl_cli_close_model(cli, model);
    rl_cli_outputs_clear(&outputs);
    return code;
}
