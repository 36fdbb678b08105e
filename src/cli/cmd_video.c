/* SPDX-License-Identifier: Apache-2.0 */
/* `relief video`: photos and scenes to films; a few to files, or any number to a folder. */
#include "bulk.h"
#include "camera_path.h"
#include "film_job.h"
#include "glb_reader.h"
#include "outputs.h"
#include "progress.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The ending of outputs that are not named. */
static const char *default_ending(const rl_cli *cli, char ending[8]) {
    (void)snprintf(ending, 8, ".%s", cli->options.format ? cli->options.format : "mp4");
    return ending;
}

static bool goes_to_folder(const rl_cli *cli) {
    return cli->options.output && rl_cli_output_is_folder(cli->options.output);
}

/* What goes with a folder of films, and what does not. */
static int check_folder(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    const bool folder = goes_to_folder(cli);
    if (folder && options->save_camera)
        return rl_cli_usage(cli,
                            "--save-camera: one file for a folder of films (name one with -o)");
    if (folder && options->depth &&
        (!options->inputs.count || rl_cli_file_size(options->inputs.items[0]) < 0))
        return rl_cli_usage(cli, "--depth: one map for many photos (name one photo)");
    if (!folder && (options->null || options->recursive || options->shard || options->report ||
                    options->fail_fast))
        return rl_cli_usage(cli, "--recursive, --null, --shard, --report and --fail-fast go with a "
                                 "folder of films (name it with -o)");
    return EXIT_ALL_DONE;
}

static int check_format(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    char ending[8];
    const bool named = options->output && !goes_to_folder(cli);
    const char *name = named ? options->output : default_ending(cli, ending);
    const relief_film_format *format = relief_film_format_of(name);
    if (!format)
        return rl_cli_usage(
            cli, "%s: relief makes no such films (use the ending .mp4, .webm, .gif, .png or .y4m)",
            name);
    if (!format->available)
        return rl_cli_usage(cli, "%s: there is no encoder for %s here (use .gif or .png)", name,
                            format->contents);
    if (options->format && named)
        return rl_cli_usage(cli, "--format: the ending of %s says it (leave one out)", name);
    return EXIT_ALL_DONE;
}

static int check_options(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    if (!options->inputs.count && !options->null)
        return rl_cli_usage(cli, "no photo is named (relief video PHOTO -o film.mp4)");
    if (options->size.width % 2 || options->size.height % 2)
        return rl_cli_usage(cli, "--size %dx%d: sides of films are even", options->size.width,
                            options->size.height);
    if (options->size.width && options->aspect)
        return rl_cli_usage(cli, "--aspect: --size says it already (leave one out)");
    if (options->depth && options->inputs.count > 1)
        return rl_cli_usage(cli, "--depth: one map for %d photos (name one photo)",
                            options->inputs.count);
    int code = check_format(cli);
    if (!code)
        code = check_folder(cli);
    if (!code)
        code = rl_cli_check_move(cli);
    return code ? code : rl_cli_check_photo_options(cli);
}

/* ------------------------------------------------------------------ to files */

static void print_result(rl_cli *cli, const rl_cli_film *film) {
    rl_cli_progress_notes(cli, true);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = rl_cli_job_json(&film->job);
        rl_cli_film_describe(object, film);
        rl_cli_print_json_line(stdout, object);
    } else if (!cli->options.quiet && strcmp(film->job.output, "-") != 0) {
        rl_cli_film_print(film, film->seconds);
    }
}

/* Make one film and report how that went; the exit code. */
static int make_one(rl_cli *cli, relief_model **model, rl_cli_film *film) {
    relief_status status = rl_cli_film_open(cli, model, film);
    if (!status)
        status = rl_cli_film_make(cli, film);
    if (status)
        return rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? film->job.output : film->job.input,
                             status);
    print_result(cli, film);
    return EXIT_ALL_DONE;
}

static int run_few(rl_cli *cli, const char *ending) {
    rl_cli_outputs outputs = {0};
    relief_model *model = NULL;
    bool go_on = true;
    int code = rl_cli_name_outputs(cli, ending, &outputs);
    for (int i = 0; i < outputs.count && go_on && !code; i++) {
        rl_cli_film film;
        rl_cli_film_start(&film, cli->options.inputs.items[i], outputs.paths[i]);
        rl_cli_progress_file(cli, film.job.input);
        go_on = rl_cli_count(cli, make_one(cli, &model, &film));
        rl_cli_film_clear(&film);
    }
    rl_cli_progress_file(cli, "");
    if (!code)
        code = rl_cli_summary(cli);
    rl_cli_close_model(cli, model);
    rl_cli_outputs_clear(&outputs);
    return code;
}

/* ------------------------------------------------------------------ to a folder */

/* One film after the other, each drawn and encoded by all threads. */
typedef struct shared {
    rl_cli *cli;
    relief_model *model;
} shared;

typedef struct state {
    rl_cli_bulk_state bulk; /* first */
    rl_cli_film film;
    char *output;
} state;

/* A row of pictures is known by its first one. */
static const char FIRST_PICTURE[] = "-0001.png";

/* The film's own name: that of its file, or what its pictures' names are made from. */
static char *name_film(const char *output) {
    const size_t length = strlen(output), first = strlen(FIRST_PICTURE);
    char *name = strdup(output);
    if (name && length > first && !strcmp(output + length - first, FIRST_PICTURE))
        memcpy(name + length - first, ".png", sizeof ".png");
    return name;
}

static relief_status open_film(relief_ctx *ctx, const relief_batch_item *item, void *of,
                               void *user) {
    shared *all = user;
    state *s = of;
    (void)ctx; /* there is one worker, with the program's own context */
    s->output = name_film(item->outputs[0]);
    if (!s->output)
        return RELIEF_ERROR_MEMORY;
    rl_cli_film_start(&s->film, item->input, s->output);
    rl_cli_progress_file(all->cli, item->input);
    relief_status status = rl_cli_film_open(all->cli, &all->model, &s->film);
    s->bulk.side = all->cli->side;
    return status;
}

static relief_status make_film(relief_ctx *ctx, const relief_batch_item *item, void *of,
                               void *user) {
    shared *all = user;
    state *s = of;
    (void)ctx;
    (void)item;
    relief_status status = rl_cli_film_make(all->cli, &s->film);
    s->bulk.side = all->cli->side;
    return status;
}

static void describe(json_t *object, const void *of, void *user) {
    (void)user;
    rl_cli_film_describe(object, &((const state *)of)->film);
}

static void print_line(const relief_batch_item *item, const double *ms, const void *of,
                       void *user) {
    (void)item;
    (void)user;
    rl_cli_film_print(&((const state *)of)->film, (ms[0] + ms[1]) / 1000);
}

static void clear(void *of) {
    state *s = of;
    rl_cli_film_clear(&s->film);
    free(s->output);
}

/* FNV-1a of a file's bytes; 0 for none. */
static uint64_t hash_of(const char *path) {
    uint64_t hash = 0xCBF29CE484222325U;
    unsigned char bytes[4096];
    size_t count;
    FILE *file = path ? fopen(path, "rbe") : NULL;
    if (!file)
        return 0;
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        for (size_t i = 0; i < count; i++)
            hash = (hash ^ bytes[i]) * 0x100000001B3U;
    fclose(file);
    return hash;
}

static const char *or_none(const char *text) {
    return text ? text : "-";
}

/* All that a film depends on besides its photo. NULL without memory. */
static char *spell_settings(const rl_cli *cli, const relief_model *model, const char *ending) {
    enum { ROOM = 2048 };
    const rl_cli_options *o = &cli->options;
    char *text = malloc(ROOM);
    if (!text)
        return NULL;
    int used = snprintf(text, ROOM, "relief %s; film %s of %s; precision %s; like %s; size %dx%d",
                        relief_version(), ending, model ? relief_model_sha256(model) : "no network",
                        or_none(o->precision), or_none(o->like), o->network_size.width,
                        o->network_size.height);
    used +=
        snprintf(text + used, ROOM - (size_t)used,
                 "; depth %016llx %s %d; fov %g; ratio %g; strength %g; travel %g; layers %lld; "
                 "hard %d; quality %s; error %g; triangles %lld %lld; grid %lld",
                 (unsigned long long)hash_of(o->depth), or_none(o->depth_is), o->ignore_embedded,
                 o->fov, o->depth_ratio, o->strength, o->travel, (long long)o->layers,
                 o->hard_edges, or_none(o->quality), o->error, (long long)o->triangles,
                 (long long)o->max_triangles, (long long)o->grid);
    (void)snprintf(
        text + used, ROOM - (size_t)used,
        "; pictures %dx%d %s; samples %lld; blur %g; vignette %g; move %s; path %016llx; "
        "amount %g; seconds %g; fps %g; loop %d",
        o->size.width, o->size.height, or_none(o->aspect), (long long)o->supersample, o->blur,
        o->vignette, or_none(o->move), (unsigned long long)hash_of(o->path), o->amount, o->seconds,
        o->fps, o->loop);
    return text;
}

/* Whether any input may be a photo, for which the network is needed. */
static bool has_photos(const rl_cli *cli) {
    bool photos = cli->options.null;
    for (int i = 0; i < cli->options.inputs.count; i++)
        photos = photos || !rl_cli_is_glb(cli->options.inputs.items[i]);
    return photos && !cli->options.depth;
}

static int run_work(rl_cli *cli, shared *all, const char *ending) {
    static const relief_batch_stage stages[] = {{"scene", open_film}, {"film", make_film}};
    const bool row = !strcmp(ending, ".png");
    char *settings = spell_settings(cli, all->model, ending);
    const char *const endings[] = {row ? FIRST_PICTURE : ending, NULL};
    const char *const spelt[] = {settings, NULL};
    const rl_cli_bulk_work work = {.stage = "video",
                                   .endings = endings,
                                   .settings = spelt,
                                   .stages = stages,
                                   .stage_count = 2,
                                   .workers = 1,
                                   .state_bytes = sizeof(state),
                                   .describe = describe,
                                   .print = print_line,
                                   .clear = clear,
                                   .user = all};
    int code = settings ? rl_cli_bulk_run(cli, &work)
                        : rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    free(settings);
    return code;
}

static int run_many(rl_cli *cli, const char *ending) {
    shared all = {.cli = cli};
    int code = rl_cli_bulk_check(cli);
    /* Which network it is tells whether films are up to date. */
    relief_status status =
        !code && has_photos(cli) ? rl_cli_open_model(cli, &all.model) : RELIEF_OK;
    if (status)
        code = rl_cli_failed(cli, "", status);
    if (!code)
        code = run_work(cli, &all, ending);
    rl_cli_close_model(cli, all.model);
    return code;
}

int rl_cli_video(rl_cli *cli) {
    char ending[8];
    int code = check_options(cli);
    if (code)
        return code;
    default_ending(cli, ending);
    return goes_to_folder(cli) ? run_many(cli, ending) : run_few(cli, ending);
}
