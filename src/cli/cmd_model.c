/* SPDX-License-Identifier: Apache-2.0 */
/* `relief model info`. */
#include "model_entry.h"
#include "progress.h"
#include "stages.h"

#include <stdlib.h>
#include <string.h>

/* What is known about a network that is not on this machine. */
static int describe_absent(rl_cli *cli, const relief_catalogue_entry *entry) {
    if (cli->options.json) {
        rl_cli_print_json(rl_cli_entry_json(entry, NULL));
        return EXIT_ALL_DONE;
    }
    printf("name:      %s\n", entry->name);
    if (entry->aliases[0])
        printf("also:      %s\n", entry->aliases);
    printf("title:     %s\nlicence:   %s (%s)\n", entry->title,
           entry->licence[0] ? entry->licence : "not known", rl_cli_use_name(entry->use));
    if (entry->bytes)
        printf("bytes:     %lld\n", (long long)entry->bytes);
    else if (entry->about_bytes)
        printf("bytes:     about %lld million\n", (long long)entry->about_bytes / 1000000);
    if (entry->sha256[0])
        printf("sha256:    %s\n", entry->sha256);
    if (entry->url[0])
        printf("from:      %s\n", entry->url);
    rl_cli_put_row("file:      not here: ", relief_last_error(cli->ctx));
    return EXIT_ALL_DONE;
}

static const char *kind_name(const relief_model_info *info) {
    static const char *const names[] = {"disparity", "depth", "metres"};
    return names[info->kind];
}

static json_t *names_json(const relief_model *model, bool inputs) {
    json_t *list = json_array();
    int count = inputs ? relief_model_input_count(model) : relief_model_output_count(model);
    for (int i = 0; i < count; i++)
        json_array_append_new(list, rl_cli_json_text(inputs ? relief_model_input_name(model, i)
                                                            : relief_model_output_name(model, i)));
    return list;
}

static json_t *triple_json(const double values[3]) {
    json_t *list = json_array();
    for (int i = 0; i < 3; i++)
        json_array_append_new(list, rl_cli_json_number(values[i], 9));
    return list;
}

static void print_json(const relief_model *model, const relief_model_info *info) {
    json_t *object = json_object(), *dims = json_array();
    for (int i = 0; i < 4; i++)
        json_array_append_new(dims, json_integer(info->input_dims[i]));
    json_object_set_new(object, "type", json_string("model"));
    json_object_set_new(object, "name", rl_cli_json_text(info->name));
    json_object_set_new(object, "path", rl_cli_json_text(info->path));
    json_object_set_new(object, "source", rl_cli_json_text(info->source));
    json_object_set_new(object, "licence", rl_cli_json_text(info->licence));
    json_object_set_new(object, "licence_text", rl_cli_json_text(info->licence_text));
    json_object_set_new(object, "sha256", rl_cli_json_text(relief_model_sha256(model)));
    json_object_set_new(object, "bytes", json_integer(info->file_bytes));
    json_object_set_new(object, "backend", rl_cli_json_text(info->backend));
    json_object_set_new(object, "precision", json_string(info->precision));
    json_object_set_new(object, "instruction_set", json_string(info->instruction_set));
    json_object_set_new(object, "opset", json_integer(info->opset));
    json_object_set_new(object, "nodes", json_integer(info->node_count));
    json_object_set_new(object, "parameters", json_integer(info->parameter_count));
    json_object_set_new(object, "inputs", names_json(model, true));
    json_object_set_new(object, "outputs", names_json(model, false));
    json_object_set_new(object, "input", rl_cli_json_text(info->input_name));
    json_object_set_new(object, "input_dims", dims);
    json_object_set_new(object, "output", rl_cli_json_text(info->output_name));
    json_object_set_new(object, "kind", json_string(kind_name(info)));
    if (info->kind == RELIEF_METRES)
        json_object_set_new(object, "metres_per_unit",
                            rl_cli_json_number(info->metres_per_unit, 9));
    json_object_set_new(object, "network_width", json_integer(info->network_width));
    json_object_set_new(object, "network_height", json_integer(info->network_height));
    json_object_set_new(object, "multiple", json_integer(info->multiple));
    json_object_set_new(object, "resize", rl_cli_json_text(info->resize));
    json_object_set_new(object, "closer_look", rl_cli_json_number(info->closer_look, 4));
    json_object_set_new(object, "mean", triple_json(info->mean));
    json_object_set_new(object, "std", triple_json(info->std));
    rl_cli_print_json(object);
}

static void print_dims(const int64_t dims[4]) {
    for (int i = 0; i < 4; i++) {
        if (dims[i] < 0)
            printf("%s?", i ? " x " : "");
        else
            printf("%s%lld", i ? " x " : "", (long long)dims[i]);
    }
}

static void print_text(const relief_model *model, const relief_model_info *info) {
    rl_cli_put_row("name:      ", info->name);
    rl_cli_put_row("file:      ", info->path);
    printf("bytes:     %lld\nsha256:    %s\n", (long long)info->file_bytes,
           relief_model_sha256(model));
    rl_cli_put_row("licence:   ", info->licence[0] ? info->licence : "not known");
    printf("graph:     opset %d, %d nodes, %lld parameters\n", info->opset, info->node_count,
           (long long)info->parameter_count);
    printf("backend:   %s, %s, %s\n", info->backend, info->precision, info->instruction_set);
    fputs("input:     ", stdout);
    rl_cli_put(info->input_name);
    fputs(", ", stdout);
    print_dims(info->input_dims);
    fputs("\noutput:    ", stdout);
    rl_cli_put(info->output_name);
    printf(", %s", kind_name(info));
    if (info->kind == RELIEF_METRES)
        printf(", %g metres a unit", info->metres_per_unit);
    printf("\nsize:      %d x %d, sides multiples of %d, rule %s\n", info->network_width,
           info->network_height, info->multiple, info->resize);
    if (info->closer_look > 1)
        printf("closer:    %g times these sides, for the edges of scenes\n", info->closer_look);
    printf("colours:   (RGB in 0..1 - %g %g %g) / %g %g %g\n", info->mean[0], info->mean[1],
           info->mean[2], info->std[0], info->std[1], info->std[2]);
    printf("known by:  %s%s\n", info->source,
           strcmp(info->source, "rules") != 0
               ? ""
               : " (if they are wrong: --like NAME, or a .json file beside it)");
    if (*info->licence_text)
        printf("\n%s", info->licence_text);
}

/* Whether the network that `name` means is neither here nor a file. */
static bool is_absent(rl_cli *cli, const char *name) {
    char *path = NULL;
    bool absent = relief_catalogue_resolve(cli->ctx, name, &path) != RELIEF_OK;
    relief_string_free(path);
    return absent;
}

int rl_cli_describe_model(rl_cli *cli, const char *name) {
    relief_catalogue_entry entry;
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model *model = NULL;
    if (name && rl_cli_find_entry(name, &entry) && is_absent(cli, name))
        return describe_absent(cli, &entry);
    cli->options.model = name;
    relief_status status = rl_cli_open_model(cli, &model);
    if (status)
        return rl_cli_failed(cli, "", status);
    relief_model_get_info(model, &info);
    rl_cli_progress_notes(cli, false); /* the guess stands in what is printed */
    if (cli->options.json)
        print_json(model, &info);
    else
        print_text(model, &info);
    relief_model_free(model);
    return EXIT_ALL_DONE;
}

int rl_cli_model_info(rl_cli *cli) {
    const rl_cli_list *inputs = &cli->options.inputs;
    if (inputs->count > 1 || (inputs->count && cli->options.model))
        return rl_cli_usage(cli, "name one network (relief model info NAME|FILE)");
    int code = rl_cli_check_network_options(cli);
    if (code)
        return code;
    return rl_cli_describe_model(cli, inputs->count ? inputs->items[0] : cli->options.model);
}
