/* SPDX-License-Identifier: Apache-2.0 */
#include "outputs.h"

#include "report.h"
#include "system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The part of a path behind its last slash. */
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *rl_cli_ending(const char *path) {
    const char *name = base_name(path);
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot : name + strlen(name);
}

bool rl_cli_output_is_folder(const char *path) {
    return strcmp(path, "-") != 0 && (!rl_cli_ending(path)[0] || rl_cli_is_directory(path));
}

char *rl_cli_join(const char *folder, const char *stem, int stem_length, const char *ending) {
    size_t folder_length = strlen(folder), room = folder_length + strlen(ending) + 2;
    char *path = malloc(room + (size_t)stem_length);
    const char *slash = folder_length && folder[folder_length - 1] != '/' ? "/" : "";
    if (path)
        snprintf(path, room + (size_t)stem_length, "%s%s%.*s%s", folder, slash, stem_length, stem,
                 ending);
    return path;
}

int rl_cli_refuse_same(rl_cli *cli, const char *output, const char *input) {
    if (!output || !input || !strcmp(input, "-") || !strcmp(output, "-") ||
        !relief_same_file(output, input))
        return EXIT_ALL_DONE;
    return rl_cli_usage(cli, "%s: the output would replace an input (choose another name with -o)",
                        output);
}

/* The folder of a path; a new string, NULL without memory. */
static char *folder_of(const char *path) {
    const char *name = base_name(path);
    return name == path ? strdup(".") : strndup(path, (size_t)(name - path));
}

bool rl_cli_same_output(const char *a, const char *b) {
    if (!strcmp(a, b) || relief_same_file(a, b))
        return true;
    if (strcmp(base_name(a), base_name(b)) != 0)
        return false;
    char *folder_a = folder_of(a), *folder_b = folder_of(b);
    /* Without memory to find out they may be. */
    bool same = !folder_a || !folder_b || relief_same_file(folder_a, folder_b);
    free(folder_a);
    free(folder_b);
    return same;
}

/* Where `input` goes; a new string, NULL without memory. */
static char *name_output(const char *input, const char *file, const char *folder,
                         const char *ending) {
    if (file && !folder)
        return strdup(file);
    const char *name = base_name(input);
    if (folder)
        return rl_cli_join(folder, name, (int)(rl_cli_ending(input) - name), ending);
    return rl_cli_join("", input, (int)(rl_cli_ending(input) - input), ending);
}

/* Check -o against the inputs. *folder: it where it names a folder, which is made, else NULL. */
static int check_output(rl_cli *cli, const char **folder) {
    const rl_cli_list *inputs = &cli->options.inputs;
    const char *output = cli->options.output;
    *folder = output && rl_cli_output_is_folder(output) ? output : NULL;
    for (int i = 0; i < inputs->count; i++) {
        if (!strcmp(inputs->items[i], "-") && (!output || *folder))
            return rl_cli_usage(cli,
                                "-: standard input has no name to write to (name a file with -o)");
    }
    if (output && !*folder && inputs->count > 1)
        return rl_cli_usage(cli, "%s: one file for %d inputs (name a folder with -o)", output,
                            inputs->count);
    if (output && !strcmp(output, "-") && cli->options.json)
        return rl_cli_usage(cli, "--json: standard output is taken by -o - (name a file with -o)");
    if (*folder && !rl_cli_make_directory(output))
        return rl_cli_fault(cli, EXIT_DEVICE, "io", "%s: the folder cannot be made (%s)", output,
                            strerror(errno));
    return EXIT_ALL_DONE;
}

/* Refuse output `i` when it replaces something that is read, or is the output of an earlier input.
 * `model` is the network's file, NULL for none. */
static int check_clash(rl_cli *cli, const rl_cli_outputs *outputs, const char *model, int i) {
    const rl_cli_list *inputs = &cli->options.inputs;
    int code = EXIT_ALL_DONE;
    for (int j = 0; j < inputs->count && !code; j++)
        code = rl_cli_refuse_same(cli, outputs->paths[i], inputs->items[j]);
    if (!code)
        code = rl_cli_refuse_same(cli, outputs->paths[i], cli->options.depth);
    if (!code)
        code = rl_cli_refuse_same(cli, outputs->paths[i], model);
    for (int j = 0; j < i && !code; j++)
        if (rl_cli_same_output(outputs->paths[i], outputs->paths[j]))
            code = rl_cli_usage(
                cli, "%s: both %s and %s would be written to it (one at a time, with -o)",
                outputs->paths[i], inputs->items[j], inputs->items[i]);
    return code;
}

/* The file of the network that is asked for, for relief_string_free(); NULL for none. Why there is
 * none will be said when it is opened. */
static char *model_file(rl_cli *cli) {
    char *path = NULL;
    if (cli->options.depth || relief_catalogue_resolve(cli->ctx, cli->options.model, &path))
        return NULL;
    return path;
}

/* Name and check the outputs, which go to `folder` unless it is NULL. */
static int name_all(rl_cli *cli, const char *ending, const char *folder, const char *model,
                    rl_cli_outputs *outputs) {
    const rl_cli_list *inputs = &cli->options.inputs;
    outputs->paths = calloc((unsigned)inputs->count, sizeof(*outputs->paths));
    if (!outputs->paths)
        return rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
    for (int i = 0; i < inputs->count; i++) {
        outputs->paths[i] = name_output(inputs->items[i], cli->options.output, folder, ending);
        if (!outputs->paths[i])
            return rl_cli_fault(cli, EXIT_LIMIT, "memory", "out of memory");
        outputs->count++;
        int code = check_clash(cli, outputs, model, i);
        if (code)
            return code;
    }
    return EXIT_ALL_DONE;
}

int rl_cli_name_outputs(rl_cli *cli, const char *ending, rl_cli_outputs *outputs) {
    const char *folder;
    *outputs = (rl_cli_outputs){0};
    int code = check_output(cli, &folder);
    if (code)
        return code;
    char *model = model_file(cli);
    code = name_all(cli, ending, folder, model, outputs);
    relief_string_free(model);
    return code;
}

void rl_cli_outputs_clear(rl_cli_outputs *outputs) {
    for (int i = 0; i < outputs->count; i++)
        free(outputs->paths[i]);
    free(outputs->paths);
    *outputs = (rl_cli_outputs){0};
}
