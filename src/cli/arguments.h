/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table of options for all commands. */
#ifndef RELIEF_CLI_ARGUMENTS_H
#define RELIEF_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COMMAND_CONVERT = 1 << 0,
    COMMAND_MESH = 1 << 1,
    COMMAND_DEPTH = 1 << 2,
    COMMAND_MODEL_LIST = 1 << 3,
    COMMAND_MODEL_INFO = 1 << 4,
    COMMAND_MODEL_RUN = 1 << 5,
    COMMAND_INFO = 1 << 6,
    COMMAND_BENCH = 1 << 7,
    COMMAND_RENDER = 1 << 8,
    COMMAND_VIDEO = 1 << 9,
    COMMAND_VIEW = 1 << 10,
    COMMAND_MODEL_PULL = 1 << 16,
    COMMAND_MODEL_ADD = 1 << 17,
    COMMAND_MODEL_REMOVE = 1 << 18,
    COMMAND_MODEL_CACHE = 1 << 19,
    COMMAND_ALL = (1 << 24) - 1
};

/* A width and height, or a word in their place. */
typedef struct rl_cli_size {
    int width, height; /* 0: not given, or `word` is */
    const char *word;  /* "photo", "network" or NULL */
} rl_cli_size;

/* Values in the order given; strings are borrowed from the argument vector. */
typedef struct rl_cli_list {
    const char **items;
    int count;
} rl_cli_list;

/* What was asked for. 0 and NULL mean: not given. */
typedef struct rl_cli_options {
    rl_cli_list inputs;  /* what is not an option, without the command's name */
    rl_cli_list tensors; /* of --input */
    const char *output;
    const char *model, *like, *device, *precision, *backend;
    const char *progress, *format, *depth, *depth_is;
    const char *camera, *look_at, *save_depth;
    const char *move, *path, *save_camera;
    const char *aspect;
    double amount, seconds, fps, blur, vignette;
    bool loop;
    rl_cli_size network_size, size;
    const char *quality;
    double fov, depth_ratio, strength, travel, view_fov, error;
    int64_t threads, layers, grid, max_triangles, triangles, runs, supersample, max_texture,
        texture_size;
    bool normals, compress, points, displace;
    double base_mm, height_mm, plate_mm;
    bool ignore_embedded, model_by_default; /* the latter: the environment named it */
    bool keep_metadata, force, json, quiet, verbose, help, version;
    bool wireframe, plain_uvs, hard_edges;
    const char *range, *colour_map, *report, *shard, *memory;
    bool invert, side_by_side, recursive, null, fail_fast;
    const char *as, *mirror;
    int64_t timeout;
    bool accept_licence, link, no_cache, end_with_parent;
} rl_cli_options;

typedef enum rl_cli_value {
    VALUE_FLAG,    /* bool, no value */
    VALUE_TEXT,    /* const char *, anything but "" */
    VALUE_WORD,    /* const char *, one of `words` */
    VALUE_LIST,    /* rl_cli_list, grows */
    VALUE_INTEGER, /* int64_t in least..most */
    VALUE_NUMBER,  /* double in least..most */
    VALUE_SIZE     /* rl_cli_size: WxH or one of `words` */
} rl_cli_value;

typedef enum rl_cli_group {
    GROUP_OUTPUT,
    GROUP_BULK,
    GROUP_SCENE,
    GROUP_VIEW,
    GROUP_FILM,
    GROUP_NETWORK,
    GROUP_REPORT,
    GROUP_COUNT
} rl_cli_group;

typedef struct rl_cli_option {
    const char *name; /* without the dashes */
    char letter;      /* of its short form, 0 for none */
    rl_cli_value kind;
    rl_cli_group group;
    unsigned commands; /* COMMAND_* that take it */
    size_t offset;     /* of its value in rl_cli_options */
    double least, most;
    const char *words;    /* "auto|cpu"; NULL for none */
    const char *argument; /* what --help calls the value */
    const char *help;     /* lines for --help */
} rl_cli_option;

/* The table; ends with a row whose name is NULL. */
extern const rl_cli_option rl_cli_option_table[];

/* Index of the first argument from `from` on that is neither an option nor an option's value; argc
 * when there is none. */
int rl_cli_find_positional(int argc, char **argv, int from);

/* The words to parse, and for whom. */
typedef struct rl_cli_line {
    int argc;
    char **argv;
    int skip[2];         /* where the command's name stands in argv, 0 for nowhere */
    unsigned bit;        /* COMMAND_* */
    const char *command; /* its name, "" for the one-click path */
} rl_cli_line;

/* Read all arguments but the program's and the command's name. False with one line in `error` when
 * they make no sense; what was read until then stays. Undo with rl_cli_options_clear(), also after
 * a failure. */
bool rl_cli_parse(const rl_cli_line *line, rl_cli_options *options, char *error, size_t error_size);
void rl_cli_options_clear(rl_cli_options *options);

/* Fill in, from the environment, what no option has set. False with one line in `error`. */
bool rl_cli_read_environment(rl_cli_options *options, char *error, size_t error_size);

/* The name among `names` (NULL-terminated) that is nearest to a mistyped `word`, NULL when none is
 * near. */
const char *rl_cli_nearest(const char *word, const char *const *names);

#endif
