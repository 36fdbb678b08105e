/* SPDX-License-Identifier: Apache-2.0 */
/* `relief model run`: a network fed with .npy tensors as they are. */
#include "outputs.h"
#include "progress.h"
#include "stages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

/* One run: arrays of the network's input and output count. */
typedef struct tensor_run {
    relief_model *model;
    int input_count, output_count;
    const char **files; /* of the inputs; borrowed */
    relief_tensor **inputs;
    relief_tensor **outputs;
    char **paths; /* of the outputs */
} tensor_run;

static int out_of_memory(rl_cli *cli) {
    return rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
}

/* Index of the input that `item`, "NAME=FILE" or "FILE", names, and the file; -1 for none.
 * A name ends at the first `=`; a file with one in its name is reached through NAME=. */
static int match_input(const tensor_run *run, const char *item, int position, const char **file) {
    const char *equals = strchr(item, '=');
    for (int i = 0; equals && i < run->input_count; i++) {
        const char *name = relief_model_input_name(run->model, i);
        if (strlen(name) == (size_t)(equals - item) && !strncmp(name, item, strlen(name))) {
            *file = equals + 1;
            return i;
        }
    }
    *file = item;
    return !equals && position < run->input_count ? position : -1;
}

static int assign_inputs(rl_cli *cli, tensor_run *run) {
    const rl_cli_list *given = &cli->options.tensors;
    for (int i = 0; i < given->count; i++) {
        const char *file;
        int index = match_input(run, given->items[i], i, &file);
        if (index < 0)
            return rl_cli_usage(cli, "--input %s: the network has no such input (its first is %s)",
                                given->items[i], relief_model_input_name(run->model, 0));
        if (run->files[index])
            return rl_cli_usage(cli, "--input %s: this input is given twice", given->items[i]);
        run->files[index] = file;
    }
    for (int i = 0; i < run->input_count; i++)
        if (!run->files[i])
            return rl_cli_usage(
                cli, "--input: nothing for the network's input %s (--input %s=FILE)",
                relief_model_input_name(run->model, i), relief_model_input_name(run->model, i));
    return EXIT_ALL_DONE;
}

/* FOLDER/NAME.npy for output `index`; slashes and colons in names of networks become `_`. */
static char *path_in_folder(const tensor_run *run, const char *folder, int index) {
    const char *name = relief_model_output_name(run->model, index);
    char *path = rl_cli_join(folder, name, (int)strlen(name), ".npy");
    for (char *c = path ? path + strlen(path) - strlen(name) - 4 : NULL; c && *c; c++)
        if (*c == '/' || *c == ':' || *c == '\\')
            *c = '_';
    return path;
}

/* Refuse output `index` when it replaces something that is read, or an earlier output. */
static int check_clash(rl_cli *cli, const tensor_run *run, int index) {
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    const char *path = run->paths[index];
    relief_model_get_info(run->model, &info);
    int code = rl_cli_refuse_same(cli, path, info.path);
    for (int i = 0; i < run->input_count && !code; i++)
        code = rl_cli_refuse_same(cli, path, run->files[i]);
    for (int i = 0; i < index && !code; i++)
        if (rl_cli_same_output(path, run->paths[i]))
            code = rl_cli_usage(
                cli, "%s: the outputs %s and %s would both be written to it (rename one of them)",
                path, relief_model_output_name(run->model, i),
                relief_model_output_name(run->model, index));
    return code;
}

static int name_outputs(rl_cli *cli, tensor_run *run) {
    const char *output = cli->options.output;
    bool folder = rl_cli_output_is_folder(output);
    if (!folder && run->output_count > 1)
        return rl_cli_usage(cli, "%s: the network has %d outputs (name a folder with --output)",
                            output, run->output_count);
    if (folder && !rl_cli_make_directory(output))
        return rl_cli_fault(cli, EXIT_DEVICE, "io", "%s: the folder cannot be made (%s)", output,
                            strerror(errno));
    for (int i = 0; i < run->output_count; i++) {
        run->paths[i] = folder ? path_in_folder(run, output, i) : strdup(output);
        if (!run->paths[i])
            return out_of_memory(cli);
        int code = check_clash(cli, run, i);
        if (code)
            return code;
    }
    return EXIT_ALL_DONE;
}

static void print_shape(const relief_tensor *tensor) {
    for (int i = 0; i < relief_tensor_rank(tensor); i++)
        printf("%s%lld", i ? " x " : "", (long long)relief_tensor_dims(tensor)[i]);
}

static void print_results(rl_cli *cli, const tensor_run *run, double ms) {
    json_t *object, *list;
    if (!cli->options.json) {
        for (int i = 0; i < run->output_count && !cli->options.quiet; i++) {
            if (!strcmp(run->paths[i], "-"))
                continue;
            rl_cli_put(run->paths[i]);
            fputs(": ", stdout);
            rl_cli_put(relief_model_output_name(run->model, i));
            fputs(", ", stdout);
            print_shape(run->outputs[i]);
            printf(", %.1f ms\n", ms);
        }
        return;
    }
    object = json_object();
    list = json_array();
    for (int i = 0; i < run->output_count; i++) {
        json_t *entry = json_object(), *dims = json_array();
        for (int d = 0; d < relief_tensor_rank(run->outputs[i]); d++)
            json_array_append_new(dims, json_integer(relief_tensor_dims(run->outputs[i])[d]));
        json_object_set_new(entry, "name",
                            rl_cli_json_text(relief_model_output_name(run->model, i)));
        json_object_set_new(entry, "output", rl_cli_json_text(run->paths[i]));
        json_object_set_new(entry, "dims", dims);
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "outputs", list);
    json_object_set_new(object, "ms", rl_cli_json_number(ms, 3));
    rl_cli_print_json(object);
}

/* Load the tensors, run, save. */
static int run_and_save(rl_cli *cli, tensor_run *run) {
    relief_status status = RELIEF_OK;
    cli->side = SIDE_INPUT;
    for (int i = 0; i < run->input_count; i++) {
        status = relief_tensor_load_npy(cli->ctx, run->files[i], &run->inputs[i]);
        if (status)
            return rl_cli_failed(cli, run->files[i], status);
    }
    double start = relief_now();
    status = relief_model_run(cli->ctx, run->model, run->inputs, run->outputs);
    double ms = (relief_now() - start) * 1000;
    if (status)
        return rl_cli_failed(cli, cli->options.model, status);
    cli->side = SIDE_OUTPUT;
    for (int i = 0; i < run->output_count; i++) {
        status =
            relief_tensor_save_npy(cli->ctx, run->outputs[i], run->paths[i], cli->options.force);
        if (status)
            return rl_cli_failed(cli, run->paths[i], status);
    }
    print_results(cli, run, ms);
    return EXIT_ALL_DONE;
}

static int check_options(rl_cli *cli) {
    rl_cli_options *options = &cli->options;
    if (options->inputs.count > 1 || (!options->inputs.count && !options->model))
        return rl_cli_usage(
            cli, "name one network (relief model run FILE --input in.npy --output out.npy)");
    if (options->inputs.count)
        options->model = options->inputs.items[0];
    if (!options->tensors.count)
        return rl_cli_usage(cli, "no tensor is named (--input [NAME=]in.npy)");
    if (!options->output)
        return rl_cli_usage(cli, "no output is named (--output out.npy, or a folder)");
    if (options->json && !strcmp(options->output, "-"))
        return rl_cli_usage(cli, "--json: standard output is taken by -o - (name a file with -o)");
    return rl_cli_check_network_options(cli);
}

static void clear_run(rl_cli *cli, tensor_run *run) {
    for (int i = 0; i < run->input_count && run->inputs; i++)
        relief_tensor_free(run->inputs[i]);
    for (int i = 0; i < run->output_count && run->outputs; i++)
        relief_tensor_free(run->outputs[i]);
    for (int i = 0; i < run->output_count && run->paths; i++)
        free(run->paths[i]);
    free(run->files);
    free(run->inputs);
    free(run->outputs);
    free(run->paths);
    rl_cli_close_model(cli, run->model);
}

int rl_cli_model_run(rl_cli *cli) {
    tensor_run run = {0};
    int code = check_options(cli);
    if (code)
        return code;
    relief_status status = rl_cli_open_model(cli, &run.model);
    if (status)
        return rl_cli_failed(cli, "", status);
    /* How a photo would go in is of no interest to someone who brings tensors. */
    rl_cli_progress_notes(cli, false);
    run.input_count = relief_model_input_count(run.model);
    run.output_count = relief_model_output_count(run.model);
    run.files = calloc((size_t)run.input_count + 1, sizeof(*run.files));
    run.inputs = calloc((size_t)run.input_count + 1, sizeof(relief_tensor *));
    run.outputs = calloc((size_t)run.output_count + 1, sizeof(relief_tensor *));
    run.paths = calloc((size_t)run.output_count + 1, sizeof(*run.paths));
    if (!run.files || !run.inputs || !run.outputs || !run.paths)
        code = out_of_memory(cli);
    if (!code)
        code = assign_inputs(cli, &run);
    if (!code)
        code = name_outputs(cli, &run);
    if (!code)
        code = run_and_save(cli, &run);
    clear_run(cli, &run);
    return code;
}
