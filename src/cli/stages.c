/* SPDX-License-Identifier: Apache-2.0 */
#include "stages.h"

#include "camera_path.h"
#include "progress.h"
#include "system.h"

#include <string.h>

const char *const rl_cli_stage_names[STAGE_COUNT] = {"decode", "model", "depth",
                                                     "scene",  "mesh",  "write"};

/* Milliseconds since `start`. */
static double since(double start) {
    return (relief_now() - start) * 1000;
}

int rl_cli_check_network_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (options->device && !strcmp(options->device, "cuda"))
        return rl_cli_usage(cli, "--device cuda: not built into this program (use --device cpu)");
    const char *precision = options->precision;
    if (!precision || !strcmp(precision, "auto") ||
        relief_model_has_precision(precision, options->backend))
        return EXIT_ALL_DONE;
    if (relief_model_has_precision(precision, NULL))
        return rl_cli_usage(cli, "--precision %s: not for --backend %s (use --precision f32)",
                            precision, options->backend);
    return rl_cli_usage(cli,
                        "--precision %s: this processor, or this program, has not got it (use "
                        "--precision f32)",
                        precision);
}

int rl_cli_check_photo_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (options->depth && !options->depth_is)
        return rl_cli_usage(cli, "--depth: say what the map holds "
                                 "(with --depth-is disparity, depth or metres)");
    if (options->depth_is && !options->depth)
        return rl_cli_usage(cli, "--depth-is: there is no map (name one with --depth FILE)");
    if (options->depth && options->model)
        return rl_cli_usage(cli, "--model: --depth stands in for the network (leave one out)");
    return rl_cli_check_network_options(cli);
}

relief_status rl_cli_open_model(rl_cli *cli, relief_model **out) {
    const rl_cli_options *options = &cli->options;
    relief_model_options load = RELIEF_OPTIONS_INIT(relief_model_options);
    char *path = NULL;
    *out = NULL;
    cli->side = SIDE_INPUT;
    relief_status status = relief_catalogue_resolve(cli->ctx, options->model, &path);
    if (status)
        return status;
    load.like = options->like;
    load.device = options->device;
    load.precision = options->precision;
    load.backend = options->backend;
    load.no_cache = options->no_cache;
    status = relief_model_load(cli->ctx, path, &load, out);
    relief_string_free(path);
    return status;
}

void rl_cli_close_model(rl_cli *cli, relief_model *model) {
    /* A stop comes too late for what was asked for, and is none for the cache. */
    if (model && !rl_cli_interrupted() && relief_model_keep(cli->ctx, model))
        rl_cli_progress_clear(cli);
    relief_model_free(model);
}

/* Whether maps that photos bring along are wanted. */
static bool takes_embedded(const rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    return !options->depth && !options->ignore_embedded &&
           (!options->model || options->model_by_default);
}

static relief_status take_embedded(rl_cli *cli, const relief_image *photo, rl_cli_job *job) {
    relief_status status = relief_depth_embedded(cli->ctx, photo, &job->depth);
    if (!status && job->depth)
        job->depth_from = "embedded";
    return status;
}

relief_status rl_cli_take_embedded(rl_cli *cli, rl_cli_job *job) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *photo = NULL;
    double start = relief_now();
    /* Standard input can be read but once: rl_cli_find_depth() looks into it. */
    if (!takes_embedded(cli) || !strcmp(job->input, "-"))
        return RELIEF_OK;
    cli->side = SIDE_INPUT;
    facts.facts_only = true;
    relief_status status = relief_image_load(cli->ctx, job->input, &facts, &photo);
    if (!status)
        status = take_embedded(cli, photo, job);
    relief_image_free(photo);
    job->ms[STAGE_DEPTH] = job->depth ? since(start) : 0;
    return status;
}

relief_status rl_cli_want_model(rl_cli *cli, relief_model **model, rl_cli_job *job) {
    double start = relief_now();
    if (*model || job->depth || cli->options.depth)
        return RELIEF_OK;
    relief_status status = rl_cli_open_model(cli, model);
    job->ms[STAGE_MODEL] = since(start);
    return status;
}

/* Twice what the network sees keeps the difference under that of an ordinary downscale. A closer
 * look, too, then has more pixels than it sees. */
int rl_cli_side_for_network(const rl_cli *cli, const relief_model *model) {
    const rl_cli_size *given = &cli->options.network_size;
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model_get_info(model, &info);
    int width = given->width ? given->width : info.network_width;
    int height = given->width ? given->height : info.network_height;
    int side = width > height ? width : height;
    /* Where the rule fits the short side, or squeezes the photo into a square, the long side must
     * be longer. */
    bool long_side =
        info.resize && (!strcmp(info.resize, "upper_bound") || !strcmp(info.resize, "long_side"));
    return side * (long_side ? 2 : 3);
}

/* Maps, points, planes and solids are of what the photo shows. */
static int layers_of(const rl_cli *cli, const rl_cli_job *job) {
    enum { DEFAULT_LAYERS = 2 };
    if (cli->command->bit == COMMAND_DEPTH || job->kind != RELIEF_MESH_SURFACE)
        return 1;
    return cli->options.layers ? (int)cli->options.layers : DEFAULT_LAYERS;
}

static relief_quality find_quality(const char *word) {
    if (word && !strcmp(word, "draft"))
        return RELIEF_QUALITY_DRAFT;
    return word && !strcmp(word, "high") ? RELIEF_QUALITY_HIGH : RELIEF_QUALITY_NORMAL;
}

bool rl_cli_looks_closer(const rl_cli *cli, const rl_cli_job *job) {
    const relief_quality quality = find_quality(cli->options.quality);
    return quality == RELIEF_QUALITY_HIGH ||
           (quality == RELIEF_QUALITY_NORMAL && layers_of(cli, job) == 2);
}

relief_status rl_cli_prepare(rl_cli *cli, relief_model *model, const rl_cli_job *job) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    relief_image *photo = NULL;
    if (!model || job->depth || cli->options.depth || !strcmp(job->input, "-"))
        return RELIEF_OK;
    cli->side = SIDE_INPUT;
    facts.facts_only = true;
    options.network_width = cli->options.network_size.width;
    options.network_height = cli->options.network_size.height;
    options.closer_too = rl_cli_looks_closer(cli, job);
    relief_status status = relief_image_load(cli->ctx, job->input, &facts, &photo);
    if (!status)
        status = relief_depth_prepare(cli->ctx, model, photo, &options);
    relief_image_free(photo);
    return status;
}

relief_status rl_cli_decode(rl_cli *cli, const relief_model *model, rl_cli_job *job) {
    /* No network: sizes and the texture's own data count, and the edges to move the map's to. */
    enum { ENOUGH_FOR_LOOKS = 512, ENOUGH_FOR_EDGES = 1024 };
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    double start = relief_now();
    cli->side = SIDE_OUTPUT;
    relief_status status =
        job->output ? relief_output_check(cli->ctx, job->output, cli->options.force) : RELIEF_OK;
    if (status)
        return status;
    cli->side = SIDE_INPUT;
    /* What lies behind the photo is filled with its own pixels, and vertices are coloured by them.
     */
    const relief_mesh_format *format = job->output ? relief_mesh_format_of(job->output) : NULL;
    if (layers_of(cli, job) != 2 && !(format && format->colours))
        options.min_side = job->depth ? ENOUGH_FOR_EDGES
                           : model    ? rl_cli_side_for_network(cli, model)
                                      : ENOUGH_FOR_LOOKS;
    status = relief_image_load(cli->ctx, job->input, &options, &job->photo);
    job->ms[STAGE_DECODE] = since(start);
    return status;
}

/* size: of the map. leave_small: what comes next brings it to the photo's size. */
static relief_status estimate(rl_cli *cli, const relief_model *model, const rl_cli_size *size,
                              bool leave_small, rl_cli_job *job) {
    relief_depth_options options = RELIEF_OPTIONS_INIT(relief_depth_options);
    double start = relief_now();
    cli->side = SIDE_INPUT;
    options.network_width = cli->options.network_size.width;
    options.network_height = cli->options.network_size.height;
    options.width = size->width;
    options.height = size->height;
    options.mirrored_too = find_quality(cli->options.quality) == RELIEF_QUALITY_HIGH;
    options.closer_too = rl_cli_looks_closer(cli, job);
    options.as_predicted = size->word && !strcmp(size->word, "network");
    options.leave_small = leave_small;
    relief_status status =
        relief_depth_estimate(cli->ctx, model, job->photo, &options, &job->depth);
    job->ms[STAGE_DEPTH] = since(start);
    return status;
}

/* Whether maps are to have the photo's edges. */
static bool wants_edges(const rl_cli *cli) {
    const rl_cli_size *size = &cli->options.size;
    const bool photo_size = !size->width && (!size->word || !strcmp(size->word, "photo"));
    return photo_size && find_quality(cli->options.quality) != RELIEF_QUALITY_DRAFT;
}

relief_status rl_cli_estimate(rl_cli *cli, const relief_model *model, rl_cli_job *job) {
    return estimate(cli, model, &cli->options.size, wants_edges(cli), job);
}

relief_status rl_cli_sharpen(rl_cli *cli, rl_cli_job *job) {
    relief_depth *sharp = NULL;
    double start = relief_now();
    if (!wants_edges(cli))
        return RELIEF_OK;
    cli->side = SIDE_INPUT;
    relief_status status = relief_depth_sharpen(cli->ctx, job->depth, job->photo, &sharp);
    if (!status) {
        relief_depth_free(job->depth);
        job->depth = sharp;
    }
    job->ms[STAGE_DEPTH] += since(start);
    return status;
}

static relief_status read_depth(rl_cli *cli, rl_cli_job *job) {
    const char *word = cli->options.depth_is;
    relief_depth_kind kind = !strcmp(word, "metres")  ? RELIEF_METRES
                             : !strcmp(word, "depth") ? RELIEF_DEPTH
                                                      : RELIEF_DISPARITY;
    double start = relief_now();
    cli->side = SIDE_INPUT;
    relief_status status = relief_depth_load(cli->ctx, cli->options.depth, kind, &job->depth);
    job->ms[STAGE_DEPTH] = since(start);
    return status;
}

relief_status rl_cli_find_depth(rl_cli *cli, const relief_model *model, rl_cli_job *job) {
    if (!job->depth && takes_embedded(cli) && !strcmp(job->input, "-")) {
        relief_status status = take_embedded(cli, job->photo, job);
        if (status)
            return status;
    }
    if (job->depth)
        return RELIEF_OK;
    job->depth_from = cli->options.depth ? "file" : "network";
    if (cli->options.depth)
        return read_depth(cli, job);
    /* --size is that of a picture of the scene, not of the map. */
    return estimate(cli, model, &(rl_cli_size){0}, true, job);
}

relief_status rl_cli_place(rl_cli *cli, rl_cli_job *job) {
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    double start = relief_now();
    cli->side = SIDE_INPUT;
    options.fov_degrees = cli->options.fov;
    options.depth_ratio = cli->options.depth_ratio;
    options.strength = cli->options.strength;
    options.travel = rl_cli_travel(cli);
    options.layers = layers_of(cli, job);
    options.hard_edges = cli->options.hard_edges;
    relief_status status =
        relief_scene_new(cli->ctx, job->photo, job->depth, &options, &job->scene);
    relief_depth_free(job->depth); /* the scene holds a map of its own */
    job->depth = NULL;
    job->ms[STAGE_SCENE] = since(start);
    return status;
}

relief_status rl_cli_triangulate(rl_cli *cli, rl_cli_job *job) {
    relief_mesh_options options = RELIEF_OPTIONS_INIT(relief_mesh_options);
    double start = relief_now();
    cli->side = SIDE_INPUT;
    options.grid = (int)cli->options.grid;
    options.max_triangles = cli->options.max_triangles;
    options.triangles = cli->options.triangles;
    options.error_px = cli->options.error;
    options.normals = cli->options.normals;
    options.quality = find_quality(cli->options.quality);
    options.kind = job->kind;
    options.base_mm = cli->options.base_mm;
    options.relief_mm = cli->options.height_mm;
    options.plate_mm = cli->options.plate_mm;
    /* Colours of vertices cannot show it. */
    const relief_mesh_format *format = job->output ? relief_mesh_format_of(job->output) : NULL;
    options.no_ribbon = format && format->colours;
    relief_status status = relief_mesh_new(cli->ctx, job->scene, &options, &job->mesh);
    job->ms[STAGE_MESH] = since(start);
    return status;
}

relief_status rl_cli_write_mesh(rl_cli *cli, rl_cli_job *job) {
    relief_mesh_save_options options = RELIEF_OPTIONS_INIT(relief_mesh_save_options);
    double start = relief_now();
    cli->side = SIDE_OUTPUT;
    options.force = cli->options.force;
    options.keep_metadata = cli->options.keep_metadata;
    options.compress = cli->options.compress;
    options.texture_size = (int)cli->options.texture_size;
    options.path = job->path;
    options.frames_per_second = cli->options.fps;
    relief_status status = relief_mesh_save(cli->ctx, job->mesh, job->output, &options);
    job->ms[STAGE_WRITE] = since(start);
    return status;
}

void rl_cli_job_clear(rl_cli_job *job) {
    relief_path_free(job->path);
    relief_mesh_free(job->mesh);
    relief_scene_free(job->scene);
    relief_depth_free(job->depth);
    relief_image_free(job->photo);
    *job = (rl_cli_job){0};
}

json_t *rl_cli_job_json(const rl_cli_job *job) {
    json_t *object = json_object(), *ms = json_object();
    json_object_set_new(object, "input", rl_cli_json_text(job->input));
    json_object_set_new(object, "output", rl_cli_json_text(job->output));
    if (strcmp(job->output, "-") != 0)
        json_object_set_new(object, "bytes", json_integer(rl_cli_file_size(job->output)));
    if (job->depth_from)
        json_object_set_new(object, "depth_from", json_string(job->depth_from));
    for (int i = 0; i < STAGE_COUNT; i++)
        if (job->ms[i] > 0)
            json_object_set_new(ms, rl_cli_stage_names[i], rl_cli_json_number(job->ms[i], 3));
    json_object_set_new(object, "ms", ms);
    return object;
}

double rl_cli_job_seconds(const rl_cli_job *job) {
    double total = 0;
    for (int i = 0; i < STAGE_COUNT; i++)
        total += job->ms[i];
    return total / 1000;
}
