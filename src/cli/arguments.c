/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include "relief/base.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One pass over the arguments. */
typedef struct parser {
    int argc;
    char **argv;
    unsigned bit;
    const char *command;
    rl_cli_options *options;
    char *error;
    size_t error_size;
} parser;

/* Keep the first thing that is wrong. */
__attribute__((format(printf, 2, 3))) static bool fail(parser *p, const char *format, ...) {
    if (!p->error[0]) {
        va_list args;
        va_start(args, format);
        vsnprintf(p->error, p->error_size, format, args);
        va_end(args);
    }
    return false;
}

/* Levenshtein distance of two short words; 99 when one is too long to be a slip of the other. */
static int word_distance(const char *a, const char *b) {
    enum { LONGEST = 31 };
    int row[LONGEST + 1];
    int a_length = (int)strnlen(a, LONGEST + 1), b_length = (int)strnlen(b, LONGEST + 1);
    if (a_length > LONGEST || b_length > LONGEST)
        return 99;
    for (int j = 0; j <= b_length; j++)
        row[j] = j;
    for (int i = 1; i <= a_length; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            int step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[b_length];
}

const char *rl_cli_nearest(const char *word, const char *const *names) {
    const char *best = NULL;
    int best_distance = 3;
    for (; *names; names++) {
        int distance = word_distance(word, *names);
        if (distance < best_distance && distance < (int)strlen(*names) / 2 + 1) {
            best = *names;
            best_distance = distance;
        }
    }
    return best;
}

/* The row of a long option, for the commands in `bits`; NULL for none. */
static const rl_cli_option *find_long(const char *name, size_t length, unsigned bits) {
    for (const rl_cli_option *row = rl_cli_option_table; row->name; row++)
        if ((row->commands & bits) && !strncmp(row->name, name, length) && !row->name[length])
            return row;
    return NULL;
}

static const rl_cli_option *find_short(char letter, unsigned bits) {
    for (const rl_cli_option *row = rl_cli_option_table; row->name; row++)
        if ((row->commands & bits) && row->letter == letter)
            return row;
    return NULL;
}

/* Whether an argument is an option: "-" alone is a file, the standard input. */
static bool is_option(const char *argument) {
    return argument[0] == '-' && argument[1];
}

/* Whether the option `argument` takes the argument behind it as its value. */
static bool takes_next(const char *argument) {
    const rl_cli_option *row;
    if (argument[1] == '-') {
        if (strchr(argument, '='))
            return false;
        row = find_long(argument + 2, strlen(argument + 2), COMMAND_ALL);
    } else {
        row = argument[2] ? NULL : find_short(argument[1], COMMAND_ALL);
    }
    return row && row->kind != VALUE_FLAG;
}

int rl_cli_find_positional(int argc, char **argv, int from) {
    for (int i = from; i < argc; i++) {
        if (!strcmp(argv[i], "--"))
            return argc; /* only files follow */
        if (!is_option(argv[i]))
            return i;
        if (takes_next(argv[i]))
            i++;
    }
    return argc;
}

static bool add_item(parser *p, rl_cli_list *list, const char *item) {
    /* An argument vector never holds more than argc items, so one block is enough for ever. */
    if (!list->items) {
        list->items = calloc((size_t)p->argc, sizeof(*list->items));
        if (!list->items)
            return fail(p, "out of memory");
    }
    list->items[list->count++] = item;
    return true;
}

/* Whether `value` is one of `words`, "a|b|c". */
static bool is_word(const char *value, const char *words) {
    size_t length = strlen(value);
    while (length && words) {
        if (!strncmp(words, value, length) && (words[length] == '|' || !words[length]))
            return true;
        words = strchr(words, '|');
        words = words ? words + 1 : NULL;
    }
    return false;
}

static bool read_number(parser *p, const rl_cli_option *row, const char *value, void *target) {
    char *end;
    double number;
    errno = 0;
    if (row->kind == VALUE_INTEGER)
        number = (double)strtoll(value, &end, 10);
    else
        number = strtod(value, &end);
    if (end == value || *end || errno || !isfinite(number) || number < row->least ||
        number > row->most)
        return fail(p, "--%s %s: not a %s from %.10g to %.10g", row->name, value,
                    row->kind == VALUE_INTEGER ? "whole number" : "number", row->least, row->most);
    if (row->kind == VALUE_INTEGER)
        *(int64_t *)target = (int64_t)number;
    else
        *(double *)target = number;
    return true;
}

static bool read_size(parser *p, const rl_cli_option *row, const char *value, rl_cli_size *size) {
    char *end;
    *size = (rl_cli_size){0};
    if (is_word(value, row->words)) {
        size->word = value;
        return true;
    }
    long width = strtol(value, &end, 10), height = 0;
    bool good = end != value && (*end == 'x' || *end == 'X');
    if (good) {
        const char *second = end + 1;
        height = strtol(second, &end, 10);
        good = end != second && !*end;
    }
    if (!good || width < 1 || height < 1 || width > RELIEF_MAX_SIDE || height > RELIEF_MAX_SIDE)
        return fail(p, "--%s %s: not a size (WIDTHxHEIGHT, each from 1 to %d%s)", row->name, value,
                    RELIEF_MAX_SIDE, row->words ? "; or photo, or network" : "");
    size->width = (int)width;
    size->height = (int)height;
    return true;
}

static bool read_value(parser *p, const rl_cli_option *row, const char *value) {
    void *target = (char *)p->options + row->offset;
    switch (row->kind) {
    case VALUE_FLAG:
        *(bool *)target = true;
        return true;
    case VALUE_TEXT:
        if (!*value)
            return fail(p, "--%s: the value is empty", row->name);
        *(const char **)target = value;
        return true;
    case VALUE_WORD:
        if (!is_word(value, row->words))
            return fail(p, "--%s %s: not one of %s", row->name, value, row->words);
        *(const char **)target = value;
        return true;
    case VALUE_LIST:
        return add_item(p, target, value);
    case VALUE_INTEGER:
    case VALUE_NUMBER:
        return read_number(p, row, value, target);
    case VALUE_SIZE:
        return read_size(p, row, value, target);
    }
    return false;
}

static bool unknown_option(parser *p, const char *name, int length) {
    const char *names[64];
    int count = 0;
    char word[40];
    const char *space = p->command[0] ? " " : "";
    if (find_long(name, (size_t)length, COMMAND_ALL))
        return fail(p, "--%.*s: not an option of this command (see 'relief%s%s --help')", length,
                    name, space, p->command);
    for (const rl_cli_option *row = rl_cli_option_table; row->name && count < 63; row++)
        if (row->commands & p->bit)
            names[count++] = row->name;
    names[count] = NULL;
    snprintf(word, sizeof(word), "%.*s", length, name);
    const char *nearest = rl_cli_nearest(word, names);
    if (nearest)
        return fail(p, "--%.*s: no such option (did you mean --%s?)", length, name, nearest);
    return fail(p, "--%.*s: no such option (see 'relief%s%s --help')", length, name, space,
                p->command);
}

/* Read the long option at argv[i]; returns how many arguments it took, 0 when it is wrong. */
static int read_long(parser *p, int i) {
    const char *name = p->argv[i] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const rl_cli_option *row = find_long(name, length, p->bit);
    if (!row)
        return unknown_option(p, name, (int)length);
    if (row->kind == VALUE_FLAG) {
        if (equals)
            return fail(p, "--%s: takes no value", row->name);
        return read_value(p, row, "");
    }
    if (equals)
        return read_value(p, row, equals + 1);
    if (i + 1 >= p->argc)
        return fail(p, "--%s: a value is missing (%s)", row->name,
                    row->argument ? row->argument : row->words);
    return read_value(p, row, p->argv[i + 1]) ? 2 : 0;
}

/* Read -o VALUE, -oVALUE, or flags in one: -qh. Returns how many arguments they took, 0 when they
 * are wrong. */
static int read_short(parser *p, int i) {
    for (const char *letter = p->argv[i] + 1; *letter; letter++) {
        const rl_cli_option *row = find_short(*letter, p->bit);
        if (!row)
            return fail(p, "-%c: no such option here (see 'relief%s%s --help')", *letter,
                        p->command[0] ? " " : "", p->command);
        if (row->kind == VALUE_FLAG) {
            if (!read_value(p, row, ""))
                return 0;
            continue;
        }
        if (letter[1])
            return read_value(p, row, letter + 1);
        if (i + 1 >= p->argc)
            return fail(p, "-%c: a value is missing (%s)", *letter, row->argument);
        return read_value(p, row, p->argv[i + 1]) ? 2 : 0;
    }
    return 1;
}

bool rl_cli_parse(const rl_cli_line *line, rl_cli_options *options, char *error,
                  size_t error_size) {
    parser p = {line->argc, line->argv, line->bit, line->command, options, error, error_size};
    char **argv = line->argv;
    bool only_files = false;
    error[0] = '\0';
    for (int i = 1; i < line->argc;) {
        int taken = 1;
        if (i == line->skip[0] || i == line->skip[1]) {
            /* the command's own name */
        } else if (!only_files && !strcmp(argv[i], "--")) {
            only_files = true;
        } else if (only_files || !is_option(argv[i])) {
            if (!argv[i][0])
                fail(&p, "a file name is empty");
            else
                add_item(&p, &options->inputs, argv[i]);
        } else {
            taken = argv[i][1] == '-' ? read_long(&p, i) : read_short(&p, i);
        }
        /* Go on behind a mistake: --help or --progress json may follow, and say how to report it.
         */
        i += taken ? taken : 1;
    }
    return !error[0];
}

void rl_cli_options_clear(rl_cli_options *options) {
    free(options->inputs.items);
    free(options->tensors.items);
    *options = (rl_cli_options){0};
}
