/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "progress.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Length of the valid UTF-8 character at `text`, 0 when there is none. */
static size_t character_length(const unsigned char *text) {
    size_t length = text[0] < 0x80                       ? 1
                    : text[0] >= 0xC2 && text[0] <= 0xDF ? 2
                    : (text[0] & 0xF0) == 0xE0           ? 3
                    : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) ||
        (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

/* Length of the character at `text` when a terminal may see it as it is, 0 when not: a control
 * character, one of U+0080 to U+009F (which terminals obey too), or a byte in that range. */
static size_t harmless_length(const unsigned char *text) {
    size_t length = character_length(text);
    if (!length)
        return text[0] >= 0xA0; /* names that are not UTF-8 stay as they are */
    bool control = length == 1 && (text[0] < 0x20 || text[0] == 0x7F);
    bool upper_control = length == 2 && text[0] == 0xC2 && text[1] < 0xA0;
    return control || upper_control ? 0 : length;
}

/* Copy `text` with `?` for each control character, as far as it fits. */
static void copy_harmless(const char *text, char *out, size_t out_size) {
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;
    while (*in) {
        size_t length = harmless_length(in), whole = character_length(in);
        size_t needed = length ? length : 1;
        if (used + needed >= out_size)
            break;
        memcpy(out + used, length ? (const char *)in : "?", needed);
        used += needed;
        in += length ? length : whole ? whole : 1;
    }
    out[used] = '\0';
}

void rl_cli_put(const char *text) {
    size_t room = strlen(text) + 1;
    char *clean = malloc(room);
    /* Without memory for a name there is no name. */
    if (!clean)
        return;
    copy_harmless(text, clean, room);
    fputs(clean, stdout);
    free(clean);
}

void rl_cli_put_row(const char *label, const char *text) {
    fputs(label, stdout);
    rl_cli_put(text);
    putchar('\n');
}

void rl_cli_print_line(const char *text) {
    char line[RL_CLI_TEXT_SIZE];
    copy_harmless(text, line, sizeof(line));
    fprintf(stderr, "relief: %s\n", line);
}

void rl_cli_shorten(const char *path, char *out, size_t out_size) {
    size_t length = strlen(path);
    const char *from = length < out_size ? path : path + length - (out_size - 1);
    while (((unsigned char)*from & 0xC0) == 0x80) /* do not begin inside a UTF-8 character */
        from++;
    copy_harmless(from, out, out_size);
}

/* Keep a failure for the last JSON line, and print it. */
static void print_failure(rl_cli *cli, const char *code, const char *text) {
    rl_cli_progress *progress = &cli->progress;
    rl_cli_progress_notes(cli, false);
    rl_cli_progress_clear(cli);
    snprintf(progress->last_code, sizeof(progress->last_code), "%s", code);
    snprintf(progress->last_text, sizeof(progress->last_text), "%s", text);
    if (progress->mode != PROGRESS_JSON) {
        rl_cli_print_line(text);
        return;
    }
    /* A run with one input says it in its last line; one with several names each that failed. */
    if ((cli->options.inputs.count < 2 && !progress->many) || !progress->file[0])
        return;
    json_t *line = json_object();
    json_object_set_new(line, "stage", json_string("failed"));
    json_object_set_new(line, "file", rl_cli_json_text(progress->file));
    json_object_set_new(line, "code", json_string(code));
    json_object_set_new(line, "message", rl_cli_json_text(text));
    rl_cli_print_json_line(stderr, line);
}

void rl_cli_report(rl_cli *cli, const char *code, const char *format, ...) {
    char text[RL_CLI_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_failure(cli, code, text);
}

static int exit_code_of(relief_status status, rl_cli_side side) {
    switch (status) {
    case RELIEF_OK:
        return EXIT_ALL_DONE;
    case RELIEF_ERROR_MEMORY:
    case RELIEF_ERROR_LIMIT:
        return EXIT_LIMIT;
    case RELIEF_ERROR_ARG:
    case RELIEF_ERROR_EXISTS:
        return EXIT_USAGE;
    case RELIEF_ERROR_IO:
        return side == SIDE_OUTPUT ? EXIT_DEVICE : EXIT_INPUT;
    case RELIEF_ERROR_FORMAT:
    case RELIEF_ERROR_NETWORK:
        return EXIT_INPUT;
    case RELIEF_ERROR_UNSUPPORTED:
        return side == SIDE_OUTPUT ? EXIT_USAGE : EXIT_INPUT;
    case RELIEF_ERROR_CANCELLED:
        return EXIT_CANCELLED;
    case RELIEF_ERROR_DEVICE:
        return EXIT_DEVICE;
    case RELIEF_ERROR_INTERNAL:
        break;
    }
    return EXIT_FAULT;
}

/* Whether the library's reason names what it is about: the input, or another file that was asked
 * for. A long name stands there without its middle. */
static bool names_file(const rl_cli *cli, const char *reason, const char *file) {
    enum { SURE = 200 };
    const char *const files[] = {file, cli->options.depth, cli->options.model, cli->options.output,
                                 cli->options.save_depth};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] && (strstr(reason, files[i]) ||
                         (strlen(files[i]) > SURE && !strncmp(reason, files[i], SURE))))
            return true;
    return false;
}

int rl_cli_failed_because(rl_cli *cli, const char *file, relief_status status, const char *reason) {
    char text[RL_CLI_TEXT_SIZE], name[300];
    /* "out of memory" names nothing, for instance. */
    bool named = !file[0] || names_file(cli, reason, file);
    rl_cli_shorten(file, name, sizeof(name));
    snprintf(text, sizeof(text), "%s%s%s", named ? "" : name, named ? "" : ": ",
             reason[0] ? reason : relief_status_name(status));
    print_failure(cli, relief_status_name(status), text);
    return exit_code_of(status, cli->side);
}

int rl_cli_failed(rl_cli *cli, const char *file, relief_status status) {
    return rl_cli_failed_because(cli, file, status, relief_last_error(cli->ctx));
}

static bool ends_the_run(int exit_code) {
    return exit_code == EXIT_CANCELLED || exit_code == EXIT_FAULT;
}

bool rl_cli_count(rl_cli *cli, int exit_code) {
    if (exit_code == EXIT_ALL_DONE) {
        cli->done++;
        return true;
    }
    bool differs = cli->failed && cli->exit_code != exit_code;
    cli->exit_code = differs && !ends_the_run(exit_code) ? EXIT_INPUT : exit_code;
    cli->failed++;
    return !ends_the_run(exit_code);
}

int rl_cli_summary(const rl_cli *cli) {
    if (!cli->failed)
        return EXIT_ALL_DONE;
    return cli->done && !ends_the_run(cli->exit_code) ? EXIT_SOME_FAILED : cli->exit_code;
}

json_t *rl_cli_json_text(const char *text) {
    char *clean = malloc(strlen(text) * 3 + 1), *out = clean;
    json_t *string;
    if (!clean)
        return NULL;
    for (const unsigned char *in = (const unsigned char *)text; *in;) {
        size_t length = character_length(in);
        memcpy(out, length ? (const char *)in : "\xEF\xBF\xBD", length ? length : 3);
        out += length ? length : 3;
        in += length ? length : 1;
    }
    *out = '\0';
    string = json_string(clean);
    free(clean);
    return string;
}

json_t *rl_cli_json_number(double number, int digits) {
    double scale = pow(10, digits);
    return json_real(round(number * scale) / scale);
}

static void print_object(FILE *stream, json_t *object, size_t flags) {
    char *text = object ? json_dumps(object, flags | JSON_REAL_PRECISION(12)) : NULL;
    /* Without memory for a line of text there is no line; the exit code still tells. */
    if (text)
        fprintf(stream, "%s\n", text);
    free(text);
    json_decref(object);
}

void rl_cli_print_json_line(FILE *stream, json_t *object) {
    print_object(stream, object, JSON_COMPACT);
    fflush(stream);
}

void rl_cli_print_json(json_t *object) {
    print_object(stdout, object, JSON_INDENT(2));
}

int rl_cli_finish_output(rl_cli *cli, int exit_code) {
    int failed_flush = fflush(stdout);
    int reason = errno;
    if (!failed_flush && !ferror(stdout))
        return exit_code;
    if (exit_code != EXIT_ALL_DONE)
        return exit_code;
    return rl_cli_fault(cli, EXIT_DEVICE, "io", "standard output: cannot be written (%s)",
                        strerror(reason ? reason : EIO));
}
