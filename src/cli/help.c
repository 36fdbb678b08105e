/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 30 };

static void print_option(const rl_cli_option *row) {
    char left[96];
    const char *value = row->argument ? row->argument : row->words;
    char letter[6] = "    ";
    if (row->letter)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    int width = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->name, value ? " " : "",
                         value ? value : "");
    fputs(left, stdout);
    if (width > HELP_COLUMN - 2)
        printf("\n%*s", HELP_COLUMN, "");
    else
        printf("%*s", HELP_COLUMN - width, "");
    for (const char *text = row->help; *text;) {
        size_t length = strcspn(text, "\n");
        printf("%.*s\n", (int)length, text);
        text += length;
        if (*text) {
            text++;
            printf("%*s", HELP_COLUMN, "");
        }
    }
}

/* Lines of `text`, each behind two spaces. */
static void print_indented(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        printf("%s%.*s\n", length ? "  " : "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void print_options(unsigned bit) {
    static const char *const titles[GROUP_COUNT] = {
        "Input and output", "Many inputs", "Scene and mesh",    "View",
        "Camera move",      "Network",     "Reporting and help"};
    for (int group = 0; group < GROUP_COUNT; group++) {
        bool titled = false;
        for (const rl_cli_option *row = rl_cli_option_table; row->name; row++) {
            if (row->group != (rl_cli_group)group || !(row->commands & bit))
                continue;
            if (!titled)
                printf("\n%s:\n", titles[group]);
            titled = true;
            print_option(row);
        }
    }
}

/* The first sentence of what each command says about itself. */
static void print_commands(const rl_cli_command *commands, int count) {
    printf("\nOther commands (relief COMMAND --help):\n");
    for (int i = 0; i < count; i++)
        if (commands[i].name[0])
            printf("  %-12s %.*s\n", commands[i].name, (int)strcspn(commands[i].about, "."),
                   commands[i].about);
}

void rl_cli_print_help(const rl_cli_command *command, const rl_cli_command *commands, int count) {
    printf("Usage: %s\n\n%s\n", command->synopsis, command->about);
    if (!command->name[0])
        print_commands(commands, count);
    print_options(command->bit);
    printf("\nExamples:\n");
    print_indented(command->examples);
    if (!command->name[0])
        printf(
            "\nExit codes: 0 all done, 1 some inputs failed and the rest are done, 2 usage, 3 an\n"
            "input or the model could not be used, 4 out of memory or over a limit, 5 disk or\n"
            "device failure, 70 our own fault, 130 cancelled. 'man relief' says more.\n");
}

void rl_cli_print_version(bool json) {
    const char *info = relief_build_info();
    if (!json) {
        printf("relief %s\n%s%s", relief_version(), info,
               info[0] && info[strlen(info) - 1] != '\n' ? "\n" : "");
        return;
    }
    json_t *object = json_object();
    json_object_set_new(object, "version", rl_cli_json_text(relief_version()));
    while (*info) {
        char name[64], value[256];
        size_t length = strcspn(info, "\n");
        if (sscanf(info, "%63[^:\n]: %255[^\n]", name, value) == 2)
            json_object_set_new(object, name, rl_cli_json_text(value));
        info += length + (info[length] == '\n');
    }
    rl_cli_print_json(object);
}
