/* SPDX-License-Identifier: Apache-2.0 */
#include "depth_formats.h"

#include "outputs.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const rl_cli_depth_format formats[] = {
    {"png16", ".png", RELIEF_DEPTH_PNG16, true},
    {"png8", ".png", RELIEF_DEPTH_PNG8, true},
    {"exr", ".exr", RELIEF_DEPTH_EXR, false},
    {"exr-half", ".exr", RELIEF_DEPTH_EXR_HALF, false},
    {"tiff", ".tif", RELIEF_DEPTH_TIFF, false},
    {"pfm", ".pfm", RELIEF_DEPTH_PFM, false},
    {"npy", ".npy", RELIEF_DEPTH_NPY, false},
    {"preview", "-preview.png", RELIEF_DEPTH_PREVIEW, true},
};
enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };
#define ALL_FORMATS "png16, png8, exr, exr-half, tiff, pfm, npy or preview"

static const rl_cli_depth_format *find_format(const char *word, size_t length) {
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (strlen(formats[i].name) == length && !strncmp(word, formats[i].name, length))
            return &formats[i];
    return NULL;
}

static const rl_cli_depth_format *format_of_ending(const char *ending) {
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (!strcasecmp(ending, formats[i].ending))
            return &formats[i];
    return !strcasecmp(ending, ".tiff") ? find_format("tiff", 4) : NULL;
}

const rl_cli_depth_format *rl_cli_depth_format_of(const char *path) {
    return format_of_ending(rl_cli_ending(path));
}

/* Whether a file with this ending is of the format. */
static bool fits(const rl_cli_depth_format *format, const char *ending) {
    const rl_cli_depth_format *other = format_of_ending(ending);
    const char *own = strrchr(format->ending, '.');
    return !strcasecmp(ending, own) || (other && other->value == format->value);
}

/* Add one word of --format. */
static int add_format(rl_cli *cli, const char *word, size_t length, rl_cli_depth_files *out) {
    const rl_cli_depth_format *format = find_format(word, length);
    if (!format)
        return rl_cli_usage(cli, "--format %.*s: not one of " ALL_FORMATS, (int)length, word);
    for (int i = 0; i < out->count; i++) {
        if (out->formats[i] == format)
            return EXIT_ALL_DONE;
        if (!strcmp(out->formats[i]->ending, format->ending))
            return rl_cli_usage(cli, "--format: %s and %s have one name, *%s (one at a time)",
                                out->formats[i]->name, format->name, format->ending);
    }
    out->formats[out->count++] = format;
    return EXIT_ALL_DONE;
}

static int read_formats(rl_cli *cli, const char *file, rl_cli_depth_files *out) {
    const char *words = cli->options.format;
    int code = EXIT_ALL_DONE;
    while (words && !code) {
        const size_t length = strcspn(words, ",");
        code = add_format(cli, words, length, out);
        words = words[length] ? words + length + 1 : NULL;
    }
    if (code)
        return code;
    const bool named = file && strcmp(file, "-") != 0;
    const char *ending = named ? rl_cli_ending(file) : "";
    if (file && out->count > 1)
        return rl_cli_usage(cli, "%s: one file for %d formats (name a folder with -o)", file,
                            out->count);
    if (named && out->count && !fits(out->formats[0], ending) && format_of_ending(ending))
        return rl_cli_usage(cli, "%s: the ending does not fit --format %s (use %s)", file,
                            out->formats[0]->name, strrchr(out->formats[0]->ending, '.'));
    if (!out->count) {
        out->formats[0] = named ? format_of_ending(ending) : &formats[0];
        out->count = 1;
    }
    if (!out->formats[0])
        return rl_cli_usage(
            cli, "%s: no depth format ends so (use .png, .exr, .tif, .pfm or .npy, or --format)",
            file);
    return EXIT_ALL_DONE;
}

static bool has_picture(const rl_cli_depth_files *files) {
    bool any = false;
    for (int i = 0; i < files->count; i++)
        any |= files->formats[i]->is_picture;
    return any;
}

static bool has_preview(const rl_cli_depth_files *files) {
    bool any = false;
    for (int i = 0; i < files->count; i++)
        any |= files->formats[i]->value == RELIEF_DEPTH_PREVIEW;
    return any;
}

/* "image", "fixed:A:B" or "percentile:P". */
static int read_range(rl_cli *cli, const char *word, relief_depth_save_options *save) {
    char *end = NULL;
    if (!word || !strcmp(word, "image"))
        return EXIT_ALL_DONE;
    if (!strncmp(word, "fixed:", 6)) {
        save->range = RELIEF_RANGE_FIXED;
        save->low = strtod(word + 6, &end);
        if (end != word + 6 && *end == ':') {
            const char *second = end + 1;
            save->high = strtod(second, &end);
            if (end != second && !*end && isfinite(save->low) && isfinite(save->high) &&
                save->low < save->high)
                return EXIT_ALL_DONE;
        }
        return rl_cli_usage(cli, "--range %s: not fixed:A:B with A less than B", word);
    }
    if (!strncmp(word, "percentile:", 11)) {
        save->range = RELIEF_RANGE_PERCENTILE;
        save->low = strtod(word + 11, &end);
        if (end != word + 11 && !*end && save->low >= 0 && save->low < 50)
            return EXIT_ALL_DONE;
        return rl_cli_usage(cli, "--range %s: not percentile:P with P from 0 to below 50", word);
    }
    return rl_cli_usage(cli, "--range %s: not image, fixed:A:B or percentile:P", word);
}

static relief_colours colours_of(const char *word) {
    static const char *const names[] = {"inferno", "turbo", "grey", "spectral"};
    for (int i = 0; word && i < 4; i++)
        if (!strcmp(word, names[i]))
            return (relief_colours)i;
    return RELIEF_COLOURS_INFERNO;
}

int rl_cli_depth_files_read(rl_cli *cli, const char *file, rl_cli_depth_files *out) {
    const rl_cli_options *options = &cli->options;
    *out = (rl_cli_depth_files){.save = RELIEF_OPTIONS_INIT(relief_depth_save_options)};
    int code = read_formats(cli, file, out);
    if (!code)
        code = read_range(cli, options->range, &out->save);
    if (code)
        return code;
    if ((options->range || options->invert) && !has_picture(out))
        return rl_cli_usage(cli,
                            "--%s: for png16, png8 and preview; %s holds the values as they are",
                            options->range ? "range" : "invert", out->formats[0]->name);
    if ((options->colour_map || options->side_by_side) && !has_preview(out))
        return rl_cli_usage(cli, "--%s: for previews (add preview to --format)",
                            options->colour_map ? "colour-map" : "side-by-side");
    out->save.force = options->force;
    out->save.invert = options->invert;
    out->save.colours = colours_of(options->colour_map);
    out->side_by_side = options->side_by_side;
    out->converts = options->as != NULL;
    out->kind = options->as && !strcmp(options->as, "depth") ? RELIEF_DEPTH : RELIEF_DISPARITY;
    return EXIT_ALL_DONE;
}

relief_status rl_cli_depth_files_write(relief_ctx *ctx, const rl_cli_depth_files *files,
                                       const relief_depth *depth, const relief_image *photo,
                                       const char *const *outputs) {
    relief_status status = RELIEF_OK;
    for (int i = 0; i < files->count && !status; i++) {
        relief_depth_save_options save = files->save;
        save.format = files->formats[i]->value;
        save.beside = files->side_by_side ? photo : NULL;
        if (outputs[i])
            status = relief_depth_write(ctx, depth, outputs[i], &save);
    }
    return status;
}

char *rl_cli_depth_settings(const rl_cli *cli, const relief_model *model,
                            const rl_cli_depth_files *files, int i) {
    const rl_cli_options *options = &cli->options;
    const rl_cli_depth_format *format = files->formats[i];
    const bool preview = format->value == RELIEF_DEPTH_PREVIEW;
    char *text = malloc(1024);
    if (text)
        snprintf(text, 1024,
                 "relief %s; %s of %s; precision %s; like %s; network size %dx%d; size %dx%d %s; "
                 "quality %s; as %s; range %s; invert %d; colours %s; beside %d",
                 relief_version(), format->name, relief_model_sha256(model),
                 options->precision ? options->precision : "auto",
                 options->like ? options->like : "-", options->network_size.width,
                 options->network_size.height, options->size.width, options->size.height,
                 options->size.word ? options->size.word : "photo",
                 options->quality ? options->quality : "normal", options->as ? options->as : "-",
                 format->is_picture && options->range ? options->range : "image",
                 format->is_picture && options->invert,
                 preview && options->colour_map ? options->colour_map : "inferno",
                 preview && options->side_by_side);
    return text;
}
