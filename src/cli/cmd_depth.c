/* SPDX-License-Identifier: Apache-2.0 */
/* `relief depth`: photos to depth maps. */
#include "outputs.h"
#include "progress.h"
#include "stages.h"

#include <string.h>

#define DEFAULT_FORMAT "png16"

/* The format that --format names, or else the output's ending. EXIT_USAGE, reported, when they
 * disagree. */
static int choose_format(rl_cli *cli, const rl_cli_depth_format **out) {
    const char *output = cli->options.output, *word = cli->options.format;
    bool file = strcmp(output, "-") != 0 && !rl_cli_output_is_folder(output);
    const rl_cli_depth_format *named = word ? rl_cli_depth_format_called(word) : NULL;
    const rl_cli_depth_format *ended = file ? rl_cli_depth_format_of(output) : NULL;
    if (file && !word && !ended)
        return rl_cli_usage(
            cli, "%s: no depth format ends so (use .png, .pfm or .npy, or --format)", output);
    if (named && ended && named != ended)
        return rl_cli_usage(cli, "%s: the ending does not fit --format %s (use %s)", output, word,
                            named->ending);
    *out = named ? named : ended ? ended : rl_cli_depth_format_called(DEFAULT_FORMAT);
    return EXIT_ALL_DONE;
}

static int check_options(rl_cli *cli, const rl_cli_depth_format **format) {
    if (!cli->options.inputs.count)
        return rl_cli_usage(cli, "no photo is named (relief depth PHOTO... -o FILE|FOLDER)");
    if (!cli->options.output)
        return rl_cli_usage(cli, "no output is named (relief depth PHOTO... -o FILE|FOLDER)");
    int code = choose_format(cli, format);
    return code ? code : rl_cli_check_network_options(cli);
}

static relief_status write_map(rl_cli *cli, const rl_cli_depth_format *format, rl_cli_job *job) {
    double start = relief_now();
    cli->side = SIDE_OUTPUT;
    relief_status status =
        relief_depth_save(cli->ctx, job->depth, job->output, format->value, cli->options.force);
    job->ms[STAGE_WRITE] = (relief_now() - start) * 1000;
    return status;
}

static void print_result(rl_cli *cli, const rl_cli_job *job) {
    static const char *const kinds[] = {"disparity", "depth", "metres"};
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(job->depth, &info);
    rl_cli_progress_clear(cli);
    if (cli->options.json) {
        json_t *object = rl_cli_job_json(job);
        json_object_set_new(object, "width", json_integer(info.width));
        json_object_set_new(object, "height", json_integer(info.height));
        json_object_set_new(object, "kind", json_string(kinds[info.kind]));
        json_object_set_new(object, "min", rl_cli_json_number(info.min, 6));
        json_object_set_new(object, "max", rl_cli_json_number(info.max, 6));
        json_object_set_new(object, "network_width", json_integer(info.network_width));
        json_object_set_new(object, "network_height", json_integer(info.network_height));
        json_object_set_new(object, "model", rl_cli_json_text(info.model));
        json_object_set_new(object, "precision", json_string(info.precision));
        json_object_set_new(object, "instruction_set", json_string(info.instruction_set));
        rl_cli_print_json_line(stdout, object);
    } else if (!cli->options.quiet && strcmp(job->output, "-") != 0) {
        rl_cli_put(job->output);
        printf(": %d x %d, %s from %g to %g, %.1f s\n", info.width, info.height, kinds[info.kind],
               (double)info.min, (double)info.max, rl_cli_job_seconds(job));
        fflush(stdout);
    }
}

static void make_all(rl_cli *cli, const relief_model *model, const rl_cli_outputs *outputs,
                     const rl_cli_depth_format *format, double model_ms) {
    bool go_on = true;
    for (int i = 0; i < outputs->count && go_on; i++) {
        rl_cli_job job = {.input = cli->options.inputs.items[i], .output = outputs->paths[i]};
        int code = EXIT_ALL_DONE;
        job.ms[STAGE_MODEL] = i ? 0 : model_ms;
        rl_cli_progress_file(cli, job.input);
        relief_status status = rl_cli_decode(cli, model, &job);
        if (!status)
            status = rl_cli_estimate(cli, model, &job);
        if (!status)
            status = rl_cli_sharpen(cli, &job);
        if (!status)
            status = write_map(cli, format, &job);
        if (status) {
            code = rl_cli_failed(cli, cli->side == SIDE_OUTPUT ? job.output : job.input, status);
        } else {
            rl_cli_progress_notes(cli, true);
            print_result(cli, &job);
        }
        rl_cli_job_clear(&job);
        go_on = rl_cli_count(cli, code);
    }
    rl_cli_progress_file(cli, "");
}

int rl_cli_depth(rl_cli *cli) {
    const rl_cli_depth_format *format = NULL;
    rl_cli_outputs outputs = {0};
    relief_model *model = NULL;
    double start = relief_now();
    int code = check_options(cli, &format);
    if (code)
        return code;
    code = rl_cli_name_outputs(cli, format->ending, &outputs);
    if (!code) {
        relief_status status = rl_cli_open_model(cli, &model);
        if (status)
            code = rl_cli_failed(cli, "", status);
    }
    if (!code) {
        make_all(cli, model, &outputs, format, (relief_now() - start) * 1000);
        code = rl_cli_summary(cli);
    }
    rl_cli_close_model(cli, model);
    rl_cli_outputs_clear(&outputs);
    return code;
}
