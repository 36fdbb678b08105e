/* SPDX-License-Identifier: Apache-2.0 */
/* `relief model list`: the catalogue, then what else lies in the store. */
#include "model_entry.h"

#include <string.h>

const char *rl_cli_use_name(relief_use use) {
    static const char *const names[] = {"see its licence", "any use", "non-commercial use"};
    return names[use];
}

/* Whether `name` is the entry's or one of its aliases, which blanks separate. */
static bool is_called(const relief_catalogue_entry *entry, const char *name) {
    size_t length = strlen(name);
    if (!strcmp(entry->name, name))
        return true;
    for (const char *at = entry->aliases; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == length && !strncmp(at, name, length))
            return true;
    return false;
}

bool rl_cli_find_entry(const char *name, relief_catalogue_entry *entry) {
    for (int i = 0; i < relief_catalogue_count(); i++) {
        *entry = (relief_catalogue_entry)RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        if (relief_catalogue_get(i, entry) && is_called(entry, name))
            return true;
    }
    return false;
}

/* The aliases, which blanks separate in `text`, as a list. */
static json_t *aliases_json(const char *text) {
    json_t *list = json_array();
    while (*text) {
        size_t length = strcspn(text, " ");
        json_array_append_new(list, json_stringn(text, length));
        text += length + (text[length] == ' ');
    }
    return list;
}

static json_t *number_or_null(int64_t number) {
    return number ? json_integer(number) : json_null();
}

json_t *rl_cli_entry_json(const relief_catalogue_entry *entry, const relief_store_item *item) {
    static const char *const uses[] = {NULL, "any", "non-commercial"};
    json_t *object = json_object();
    bool here = item && item->path[0];
    const char *use = entry ? uses[entry->use] : NULL;
    json_object_set_new(object, "name", rl_cli_json_text(entry ? entry->name : item->name));
    json_object_set_new(object, "aliases", aliases_json(entry ? entry->aliases : ""));
    json_object_set_new(object, "title", rl_cli_json_text(entry ? entry->title : ""));
    json_object_set_new(object, "licence", rl_cli_json_text(entry ? entry->licence : ""));
    json_object_set_new(object, "use", use ? json_string(use) : json_null());
    json_object_set_new(object, "url", rl_cli_json_text(entry ? entry->url : ""));
    json_object_set_new(object, "sha256", rl_cli_json_text(entry ? entry->sha256 : ""));
    json_object_set_new(object, "bytes", number_or_null(entry ? entry->bytes : 0));
    json_object_set_new(object, "about_bytes", number_or_null(entry ? entry->about_bytes : 0));
    json_object_set_new(object, "path", here ? rl_cli_json_text(item->path) : json_null());
    json_object_set_new(object, "file_bytes", here ? json_integer(item->bytes) : json_null());
    json_object_set_new(object, "file_sha256",
                        here && item->sha256[0] ? json_string(item->sha256) : json_null());
    json_object_set_new(object, "part_bytes", number_or_null(item ? item->part_bytes : 0));
    json_object_set_new(object, "link", json_boolean(here && item->is_link));
    return object;
}

/* What the column HERE says. */
static const char *state_of(const relief_catalogue_entry *entry, const relief_store_item *item) {
    if (!item || !item->path[0])
        return item ? "part" : "no";
    if (entry && entry->sha256[0] && item->sha256[0] && strcmp(entry->sha256, item->sha256) != 0)
        return "other"; /* a file of the user's in the place of the published one */
    return item->is_link ? "link" : "yes";
}

static void print_row(const relief_catalogue_entry *entry, const relief_store_item *item) {
    static const char *const uses[] = {"?", "any", "non-commercial"};
    bool here = item && item->path[0];
    int64_t bytes = here ? item->bytes : entry ? entry->about_bytes : 0;
    char size[32] = "?";
    if (bytes && !here && !entry->bytes)
        snprintf(size, sizeof(size), "~%.0f MB", (double)bytes / 1e6);
    else if (bytes)
        snprintf(size, sizeof(size), "%.1f MB", (double)bytes / 1e6);
    printf("%-23s %10s  %-13s %-14s %-5s %s", entry ? entry->name : item->name, size,
           entry && entry->licence[0] ? entry->licence : "?", uses[entry ? entry->use : 0],
           state_of(entry, item), entry ? entry->title : "added on this machine");
    if (entry && entry->aliases[0])
        printf("; also named %s", entry->aliases);
    putchar('\n');
}

static void show(json_t *list, const relief_catalogue_entry *entry, const relief_store_item *item) {
    if (list)
        json_array_append_new(list, rl_cli_entry_json(entry, item));
    else
        print_row(entry, item);
}

/* The item of the store that has the entry's name. */
static bool find_item(const relief_store_list *store, int entry, relief_store_item *item) {
    for (int i = 0; i < relief_store_list_count(store); i++) {
        *item = (relief_store_item)RELIEF_OPTIONS_INIT(relief_store_item);
        if (relief_store_list_get(store, i, item) && item->entry == entry)
            return true;
    }
    return false;
}

/* The network inside the program, as if it lay in the store. */
static void show_builtin(json_t *list) {
    relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!relief_catalogue_builtin(&entry))
        return;
    relief_store_item item = {.struct_size = sizeof(item),
                              .name = entry.name,
                              .path = RELIEF_BUILTIN,
                              .sha256 = entry.sha256,
                              .bytes = entry.bytes,
                              .entry = -1};
    show(list, &entry, &item);
}

int rl_cli_model_list(rl_cli *cli) {
    relief_store_list *store = NULL;
    if (cli->options.inputs.count)
        return rl_cli_usage(cli, "%s: relief model list takes no names (use relief model info)",
                            cli->options.inputs.items[0]);
    relief_status status = relief_store_list_new(cli->ctx, &store);
    if (status)
        return rl_cli_failed(cli, "", status);
    json_t *list = cli->options.json ? json_array() : NULL;
    if (!list)
        printf("%-23s %10s  %-13s %-14s %-5s %s\n", "NAME", "SIZE", "LICENCE", "USE", "HERE",
               "WHAT");
    show_builtin(list);
    for (int i = 0; i < relief_catalogue_count(); i++) {
        relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        relief_store_item item;
        if (relief_catalogue_get(i, &entry))
            show(list, &entry, find_item(store, i, &item) ? &item : NULL);
    }
    for (int i = 0; i < relief_store_list_count(store); i++) {
        relief_store_item item = RELIEF_OPTIONS_INIT(relief_store_item);
        if (relief_store_list_get(store, i, &item) && item.entry < 0)
            show(list, NULL, &item);
    }
    if (list)
        rl_cli_print_json(list);
    relief_store_list_free(store);
    return EXIT_ALL_DONE;
}
