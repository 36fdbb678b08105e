/* SPDX-License-Identifier: Apache-2.0 */
/* `relief depth`: photos to depth maps; one to a file, or any number to a folder. */
#include "bulk.h"
#include "depth_formats.h"
#include "outputs.h"
#include "progress.h"
#include "stages.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"disparity", "depth", "metres"};

/* What a map is, for its line; the map itself may be gone by then. */
typedef struct map_facts {
    relief_depth_info info;
    char model[128];
} map_facts;

static void take_facts(const relief_depth *depth, map_facts *facts) {
    facts->info = (relief_depth_info)RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(depth, &facts->info);
    snprintf(facts->model, sizeof(facts->model), "%s", facts->info.model);
    facts->info.model = NULL;
}

static void describe_map(json_t *object, const map_facts *facts) {
    const relief_depth_info *info = &facts->info;
    json_object_set_new(object, "width", json_integer(info->width));
    json_object_set_new(object, "height", json_integer(info->height));
    json_object_set_new(object, "kind", json_string(kinds[info->kind]));
    json_object_set_new(object, "min", rl_cli_json_number(info->min, 6));
    json_object_set_new(object, "max", rl_cli_json_number(info->max, 6));
    json_object_set_new(object, "network_width", json_integer(info->network_width));
    json_object_set_new(object, "network_height", json_integer(info->network_height));
    json_object_set_new(object, "model", rl_cli_json_text(facts->model));
    json_object_set_new(object, "precision", json_string(info->precision));
    json_object_set_new(object, "instruction_set", json_string(info->instruction_set));
}

/* The rest of a line about a map. */
static void print_facts(const map_facts *facts, double seconds) {
    const relief_depth_info *info = &facts->info;
    printf(": %d x %d, %s from %g to %g, %.1f s\n", info->width, info->height, kinds[info->kind],
           (double)info->min, (double)info->max, seconds);
}

/* The map as --as asks for it. */
static relief_status convert(relief_ctx *ctx, const rl_cli_depth_files *files, rl_cli_job *job) {
    relief_depth *other = NULL;
    if (!files->converts)
        return RELIEF_OK;
    relief_status status = relief_depth_convert(ctx, job->depth, files->kind, &other);
    if (!status) {
        relief_depth_free(job->depth);
        job->depth = other;
    }
    return status;
}

/* ------------------------------------------------------------------ one file */

static relief_status write_map(rl_cli *cli, const rl_cli_depth_files *files, rl_cli_job *job) {
    double start = relief_now();
    cli->side = SIDE_OUTPUT;
    relief_status status =
        rl_cli_depth_files_write(cli->ctx, files, job->depth, job->photo, &job->output);
    job->ms[STAGE_WRITE] = (relief_now() - start) * 1000;
    return status;
}

static void print_one(rl_cli *cli, const rl_cli_job *job) {
    map_facts facts;
    take_facts(job->depth, &facts);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = rl_cli_job_json(job);
        describe_map(object, &facts);
        rl_cli_print_json_line(stdout, object);
    } else if (!cli->options.quiet && strcmp(job->output, "-") != 0) {
        rl_cli_put(job->output);
        print_facts(&facts, rl_cli_job_seconds(job));
        fflush(stdout);
    }
}

/* The photo's pixels are looked at where they are wanted beside the map. */
static relief_status decode_one(rl_cli *cli, const relief_model *model,
                                const rl_cli_depth_files *files, rl_cli_job *job) {
    return rl_cli_decode(cli, files->side_by_side ? NULL : model, job);
}

static void make_one(rl_cli *cli, const relief_model *model, const rl_cli_depth_files *files,
                     rl_cli_job *job) {
    int code = EXIT_ALL_DONE;
    rl_cli_progress_file(cli, job->input);
    relief_status status = decode_one(cli, model, files, job);
    if (!status)
        status = rl_cli_estimate(cli, model, job);
    if (!status)
        status = rl_cli_sharpen(cli, job);
    if (!status)
        status = convert(cli->ctx, files, job);
    if (!status)
        status = write_map(cli, files, job);
    if (status) {
        code = rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? job->output : job->input, status);
    } else {
        rl_cli_progress_notes(cli, true);
        print_one(cli, job);
    }
    rl_cli_count(cli, code);
    rl_cli_progress_file(cli, "");
}

/* One photo to the file or stream that -o names. */
static int run_one(rl_cli *cli, const rl_cli_depth_files *files) {
    rl_cli_outputs outputs = {0};
    relief_model *model = NULL;
    double start = relief_now();
    int code = rl_cli_name_outputs(cli, files->formats[0]->ending, &outputs);
    if (!code) {
        relief_status status = rl_cli_open_model(cli, &model);
        if (status)
            code = rl_cli_failed(cli, "", status);
    }
    if (!code) {
        rl_cli_job job = {.input = cli->options.inputs.items[0], .output = outputs.paths[0]};
        job.ms[STAGE_MODEL] = (relief_now() - start) * 1000;
        make_one(cli, model, files, &job);
        rl_cli_job_clear(&job);
        code = rl_cli_summary(cli);
    }
    rl_cli_close_model(cli, model);
    rl_cli_outputs_clear(&outputs);
    return code;
}

/* ------------------------------------------------------------------ folders */

/* What all inputs share; read by many threads. */
typedef struct shared {
    rl_cli cli; /* the options, for stages that want them; each call works on a copy */
    const relief_model *model;
    const rl_cli_depth_files *files;
} shared;

typedef struct state {
    rl_cli_bulk_state bulk; /* first */
    rl_cli_job job;
    map_facts facts;
} state;

/* Pixels that the photo's raster must have on its long side. */
static int side_wanted(const shared *all) {
    return all->files->side_by_side ? 0 : rl_cli_side_for_network(&all->cli, all->model);
}

/* The sizes that a photo of this size brings about. */
typedef struct sizes {
    int64_t photo, raster, map; /* pixels */
} sizes;

static sizes sizes_of(const shared *all, const relief_image_info *info) {
    const rl_cli_size *size = &all->cli.options.size;
    const int side = side_wanted(all);
    int longest = info->width > info->height ? info->width : info->height, shrink = 1;
    while (side && !strcmp(info->format, "jpeg") && shrink < 8 && longest / (2 * shrink) >= side)
        shrink *= 2;
    sizes out = {.photo = (int64_t)info->width * info->height};
    out.raster = out.photo / ((int64_t)shrink * shrink);
    out.map = size->width                                    ? (int64_t)size->width * size->height
              : size->word && !strcmp(size->word, "network") ? 0
                                                             : out.photo;
    return out;
}

/* Bytes of values on one run's way: of the last one, or what networks are like before the first. A
 * closer look is larger than the run that may have been last, and needs the photo kept for it. */
static int64_t run_bytes(const relief_model *model, bool looks_closer) {
    enum { BYTES_A_PIXEL = 256, KEPT_A_PIXEL = 48 };
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model_get_info(model, &info);
    const int64_t pixels = (int64_t)info.network_width * info.network_height;
    if (!looks_closer || !(info.closer_look > 1))
        return info.live_bytes ? info.live_bytes : pixels * BYTES_A_PIXEL;
    const double larger = info.closer_look * info.closer_look * (double)pixels;
    const int64_t guess = (int64_t)(larger * BYTES_A_PIXEL);
    return pixels * KEPT_A_PIXEL + (info.live_bytes > guess ? info.live_bytes : guess);
}

/* Bytes by pixels, measured on the set of `make bench-bulk` and rounded up. */
static relief_status weigh(relief_ctx *ctx, const relief_batch_item *item, void *of, void *user,
                           int64_t *bytes) {
    enum { DECODER = 4, RASTER = 4, MAP = 20, FIXED = 4 << 20 };
    const shared *all = user;
    state *s = of;
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image *photo = NULL;
    s->bulk.side = SIDE_INPUT;
    options.facts_only = true;
    options.copy_file = true;
    relief_status status = relief_image_load(ctx, item->input, &options, &photo);
    if (status)
        return status;
    relief_image_get_info(photo, &info);
    const sizes size = sizes_of(all, &info);
    relief_image_free(photo);
    *bytes = FIXED + run_bytes(all->model, rl_cli_looks_closer(&all->cli, &s->job)) +
             DECODER * size.photo + RASTER * size.raster + MAP * size.map;
    if (all->files->side_by_side)
        *bytes += 12 * (size.raster + size.map) + 6 * size.map;
    return RELIEF_OK;
}

static relief_status decode(relief_ctx *ctx, const relief_batch_item *item, void *of, void *user) {
    const shared *all = user;
    state *s = of;
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_status status = RELIEF_OK;
    s->bulk.side = SIDE_OUTPUT;
    for (int i = 0; i < all->files->count && !status; i++)
        if (item->outputs[i])
            status = relief_output_check(ctx, item->outputs[i], all->cli.options.force);
    if (status)
        return status;
    s->bulk.side = SIDE_INPUT;
    options.min_side = side_wanted(all);
    options.copy_file = true;
    return relief_image_load(ctx, item->input, &options, &s->job.photo);
}

static relief_status estimate(relief_ctx *ctx, const relief_batch_item *item, void *of,
                              void *user) {
    const shared *all = user;
    state *s = of;
    rl_cli mine = all->cli;
    mine.ctx = ctx;
    (void)item;
    relief_status status = rl_cli_estimate(&mine, all->model, &s->job);
    if (!status)
        status = rl_cli_sharpen(&mine, &s->job);
    if (!status)
        status = convert(ctx, all->files, &s->job);
    return status;
}

static relief_status write_files(relief_ctx *ctx, const relief_batch_item *item, void *of,
                                 void *user) {
    const shared *all = user;
    state *s = of;
    s->bulk.side = SIDE_OUTPUT;
    take_facts(s->job.depth, &s->facts);
    relief_status status =
        rl_cli_depth_files_write(ctx, all->files, s->job.depth, s->job.photo, item->outputs);
    rl_cli_job_clear(&s->job);
    return status;
}

static void describe(json_t *object, const void *of, void *user) {
    (void)user;
    describe_map(object, &((const state *)of)->facts);
}

static void print_line(const relief_batch_item *item, const double *ms, const void *of,
                       void *user) {
    const shared *all = user;
    double total = 0;
    const char *comma = "";
    for (int i = 0; i < all->files->count; i++) {
        if (item->outputs[i]) {
            fputs(comma, stdout);
            rl_cli_put(item->outputs[i]);
            comma = ", ";
        }
    }
    for (int i = 0; i < 3; i++)
        total += ms[i];
    print_facts(&((const state *)of)->facts, total / 1000);
}

static void clear(void *of) {
    rl_cli_job_clear(&((state *)of)->job);
}

static int run_work(rl_cli *cli, const shared *all, const char *const *settings) {
    static const relief_batch_stage stages[] = {
        {"decode", decode}, {"depth", estimate}, {"write", write_files}};
    const char *endings[RL_CLI_MAX_FORMATS + 1] = {NULL};
    for (int i = 0; i < all->files->count; i++)
        endings[i] = all->files->formats[i]->ending;
    const rl_cli_bulk_work work = {.stage = "depth",
                                   .endings = endings,
                                   .settings = settings,
                                   .stages = stages,
                                   .stage_count = 3,
                                   .state_bytes = sizeof(state),
                                   .weigh = weigh,
                                   .describe = describe,
                                   .print = print_line,
                                   .clear = clear,
                                   .user = (void *)all};
    return rl_cli_bulk_run(cli, &work);
}

/* Any number of photos to the folder that -o names. */
static int run_many(rl_cli *cli, const rl_cli_depth_files *files) {
    relief_model *model = NULL;
    char *settings[RL_CLI_MAX_FORMATS] = {NULL};
    int code = EXIT_ALL_DONE;
    relief_status status = rl_cli_open_model(cli, &model);
    if (status)
        code = rl_cli_failed(cli, "", status);
    for (int i = 0; i < files->count && !code; i++) {
        settings[i] = rl_cli_depth_settings(cli, model, files, i);
        if (!settings[i])
            code = rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    }
    if (!code) {
        const shared all = {.cli = *cli, .model = model, .files = files};
        code = run_work(cli, &all, (const char *const *)settings);
    }
    for (int i = 0; i < files->count; i++)
        free(settings[i]);
    rl_cli_close_model(cli, model);
    return code;
}

int rl_cli_depth(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    rl_cli_depth_files files;
    if (!options->inputs.count && !options->null)
        return rl_cli_usage(cli, "no photo is named (relief depth INPUT... -o FOLDER)");
    if (!options->output)
        return rl_cli_usage(cli, "no output is named (relief depth INPUT... -o FOLDER)");
    const bool one = !rl_cli_output_is_folder(options->output);
    int code = rl_cli_depth_files_read(cli, one ? options->output : NULL, &files);
    if (!code)
        code = rl_cli_bulk_check(cli);
    if (!code)
        code = rl_cli_check_network_options(cli);
    if (!code && one &&
        (options->null || options->inputs.count > 1 || options->recursive || options->shard ||
         options->report))
        return rl_cli_usage(cli, "%s: one file for many inputs (name a folder with -o)",
                            options->output);
    if (code)
        return code;
    return one ? run_one(cli, &files) : run_many(cli, &files);
}
