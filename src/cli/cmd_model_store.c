/* SPDX-License-Identifier: Apache-2.0 */
/* `relief model pull`, `add`, `remove` and `cache`: what lies in the store. */
#include "model_entry.h"
#include "progress.h"
#include "stages.h"
#include "system.h"

#include <string.h>

/* Report a failure of the store, where _IO is about writing. */
static int store_failed(rl_cli *cli, const char *name, relief_status status) {
    cli->side = status == RELIEF_ERROR_IO ? SIDE_OUTPUT : SIDE_INPUT;
    int code = rl_cli_failed(cli, name, status);
    cli->side = SIDE_INPUT;
    return code;
}

/* ---- pull ---- */

static void print_pulled(rl_cli *cli, const relief_catalogue_entry *entry,
                         const relief_pull_info *info, const char *path) {
    if (!cli->options.json) {
        if (cli->options.quiet)
            return;
        printf("%s: %s", entry->name, info->was_here ? "is here already, " : "");
        rl_cli_put(path);
        printf(", %.1f MB\n", (double)info->bytes / 1e6);
        return;
    }
    json_t *object = json_object();
    json_object_set_new(object, "name", rl_cli_json_text(entry->name));
    json_object_set_new(object, "path", rl_cli_json_text(path));
    json_object_set_new(object, "bytes", json_integer(info->bytes));
    json_object_set_new(object, "sha256", rl_cli_json_text(entry->sha256));
    json_object_set_new(object, "licence", rl_cli_json_text(entry->licence));
    json_object_set_new(object, "was_here", json_boolean(info->was_here));
    json_object_set_new(object, "fetched_bytes", json_integer(info->fetched_bytes));
    rl_cli_print_json_line(stdout, object);
}

static int pull_one(rl_cli *cli, const char *name) {
    relief_catalogue_entry entry;
    relief_pull_options options = RELIEF_OPTIONS_INIT(relief_pull_options);
    relief_pull_info info = RELIEF_OPTIONS_INIT(relief_pull_info);
    char *path = NULL;
    options.accept_licence = cli->options.accept_licence;
    options.force = cli->options.force;
    options.timeout_s = (int)cli->options.timeout;
    options.mirror = cli->options.mirror;
    rl_cli_progress_file(cli, name);
    bool known = rl_cli_find_entry(name, &entry); /* else the pull says so */
    if (known)
        rl_cli_say(cli, "%s: licence %s, %s", entry.name,
                   entry.licence[0] ? entry.licence : "not known", rl_cli_use_name(entry.use));
    relief_status status = relief_store_pull(cli->ctx, name, &options, &info, &path);
    if (status)
        return store_failed(cli, name, status);
    rl_cli_progress_clear(cli);
    rl_cli_progress_notes(cli, false); /* what was waited for is past */
    if (known)
        print_pulled(cli, &entry, &info, path);
    relief_string_free(path);
    return EXIT_ALL_DONE;
}

/* Do `one` for each name of the command line. */
static int for_each_name(rl_cli *cli, int (*one)(rl_cli *cli, const char *name)) {
    const rl_cli_list *names = &cli->options.inputs;
    if (!names->count)
        return rl_cli_usage(cli, "no network is named (relief model list shows them)");
    for (int i = 0; i < names->count; i++)
        if (!rl_cli_count(cli, one(cli, names->items[i])))
            break;
    return rl_cli_summary(cli);
}

int rl_cli_model_pull(rl_cli *cli) {
    return for_each_name(cli, pull_one);
}

/* ---- add ---- */

/* Load the network, since one that cannot be used is of no use by name either. */
static int check_loads(rl_cli *cli, const char *file) {
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model *model = NULL;
    cli->options.model = file;
    relief_status status = rl_cli_open_model(cli, &model);
    if (status)
        return rl_cli_failed(cli, file, status);
    relief_model_get_info(model, &info);
    int64_t apart = info.file_bytes - rl_cli_file_size(file);
    relief_model_free(model);
    rl_cli_progress_notes(cli, false);
    if (apart)
        return rl_cli_usage(cli,
                            "%s: keeps weights in files beside it, which the store does not take "
                            "(use it where it lies, with --model FILE)",
                            file);
    return EXIT_ALL_DONE;
}

static void print_added(rl_cli *cli, const char *path) {
    relief_store_list *store = NULL;
    relief_store_item item = RELIEF_OPTIONS_INIT(relief_store_item);
    /* The list says what the next `relief model list` will. */
    if (relief_store_list_new(cli->ctx, &store))
        return;
    for (int i = 0; i < relief_store_list_count(store); i++) {
        if (!relief_store_list_get(store, i, &item) || strcmp(item.path, path) != 0)
            continue;
        if (cli->options.json) {
            relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
            bool known = relief_catalogue_get(item.entry, &entry);
            rl_cli_print_json(rl_cli_entry_json(known ? &entry : NULL, &item));
        } else if (!cli->options.quiet) {
            printf("%s: ", item.name);
            rl_cli_put(path);
            printf(", %.1f MB, sha256 %s\n", (double)item.bytes / 1e6, item.sha256);
        }
    }
    relief_store_list_free(store);
}

int rl_cli_model_add(rl_cli *cli) {
    const rl_cli_options *options = &cli->options;
    relief_add_options add = RELIEF_OPTIONS_INIT(relief_add_options);
    char *path = NULL;
    if (options->inputs.count != 1)
        return rl_cli_usage(cli, "name one file (relief model add FILE --as NAME)");
    if (!options->as)
        return rl_cli_usage(cli, "no name is given (relief model add FILE --as NAME)");
    const char *file = options->inputs.items[0];
    if (rl_cli_file_size(file) < 0)
        return rl_cli_fault(cli, EXIT_INPUT, "io", "%s: there is no such file", file);
    int code = check_loads(cli, file);
    if (code)
        return code;
    add.name = options->as;
    add.like = options->like;
    add.link = options->link;
    add.force = options->force;
    relief_status status = relief_store_add(cli->ctx, file, &add, &path);
    if (status)
        return store_failed(cli, file, status);
    print_added(cli, path);
    relief_string_free(path);
    return EXIT_ALL_DONE;
}

/* ---- remove ---- */

static int remove_one(rl_cli *cli, const char *name) {
    relief_status status = relief_store_remove(cli->ctx, name);
    if (status)
        return rl_cli_failed(cli, name, status);
    if (!cli->options.quiet && !cli->options.json)
        rl_cli_put_row("removed: ", name);
    return EXIT_ALL_DONE;
}

int rl_cli_model_remove(rl_cli *cli) {
    return for_each_name(cli, remove_one);
}

/* ---- cache ---- */

static int clear_cache(rl_cli *cli) {
    int64_t bytes = 0;
    relief_status status = relief_cache_clear(cli->ctx, &bytes);
    if (status)
        return store_failed(cli, "", status);
    if (cli->options.json) {
        json_t *object = json_object();
        json_object_set_new(object, "removed_bytes", json_integer(bytes));
        rl_cli_print_json(object);
    } else if (!cli->options.quiet) {
        printf("removed %.1f MB\n", (double)bytes / 1e6);
    }
    return EXIT_ALL_DONE;
}

static int describe_cache(rl_cli *cli) {
    relief_cache_info info = RELIEF_OPTIONS_INIT(relief_cache_info);
    char *folder = NULL;
    relief_status status = relief_cache_get_info(cli->ctx, &info, &folder);
    if (status)
        return rl_cli_failed(cli, "", status);
    if (cli->options.json) {
        json_t *object = json_object();
        json_object_set_new(object, "folder", folder ? rl_cli_json_text(folder) : json_null());
        json_object_set_new(object, "files", json_integer(info.file_count));
        json_object_set_new(object, "bytes", json_integer(info.bytes));
        json_object_set_new(object, "limit_bytes", json_integer(info.limit_bytes));
        rl_cli_print_json(object);
    } else {
        rl_cli_put_row("folder:    ", folder ? folder : "none (RELIEF_CACHE is off)");
        printf("files:     %d\nbytes:     %.1f MB of %.0f MB\n", info.file_count,
               (double)info.bytes / 1e6, (double)info.limit_bytes / 1e6);
    }
    relief_string_free(folder);
    return EXIT_ALL_DONE;
}

int rl_cli_model_cache(rl_cli *cli) {
    const rl_cli_list *words = &cli->options.inputs;
    const char *what = words->count ? words->items[0] : "info";
    if (words->count > 1 || (strcmp(what, "info") != 0 && strcmp(what, "clear") != 0))
        return rl_cli_usage(cli, "%s: not info or clear (relief model cache [info|clear])",
                            words->items[words->count - 1]);
    return strcmp(what, "clear") ? describe_cache(cli) : clear_cache(cli);
}
