/* SPDX-License-Identifier: Apache-2.0 */
/* The program `relief`: finds the command, prepares a context, runs, reports. */
#include "help.h"
#include "progress.h"
#include "report.h"
#include "system.h"

#include <string.h>

static const rl_cli_command commands[] = {
    {"", COMMAND_CONVERT, "relief PHOTO... [-o FILE|FOLDER] [options]",
     "Turn photos into textured 3D scenes.\n"
     "PHOTO.glb is written beside each photo; -o names another file, or a folder. A photo named\n"
     "`-` is read from standard input.",
     "relief holiday.jpg\n"
     "relief *.jpg -o scenes/\n"
     "relief - -o scene.glb --model midas-small < holiday.jpg",
     rl_cli_convert},
    {"mesh", COMMAND_MESH, "relief mesh PHOTO -o FILE [options]",
     "Turn one photo into a scene file, with all settings. FILE's ending says what it is:\n"
     ".glb .gltf .obj .ply .stl; `-` is standard output.",
     "relief mesh holiday.jpg -o scene.glb --fov 65 --quality high\n"
     "relief mesh holiday.jpg -o scene.glb --depth measured.exr --depth-is metres",
     rl_cli_mesh},
    {"depth", COMMAND_DEPTH, "relief depth INPUT... -o FILE|FOLDER [options]",
     "Estimate how near every pixel of a photo is. FILE ends in .png (16 bits), or in .exr, .tif,\n"
     ".pfm or .npy (floats). To a FOLDER go any number: inputs are files, folders, patterns in\n"
     "quotes, or `-`, a list of names on standard input. What is up to date is skipped.",
     "relief depth holiday.jpg -o depth.png\n"
     "relief depth photos/ --recursive -o maps/ --format png16,preview\n"
     "find . -name '*.jpg' -print0 | relief depth -0 -o maps/ --report report.jsonl",
     rl_cli_depth},
    {"render", COMMAND_RENDER, "relief render PHOTO|SCENE -o FILE [options]",
     "Draw one view of a photo or a scene. SCENE is a .glb file that relief made; the camera may\n"
     "stand anywhere. FILE ends in .png or .jpg, or in .exr or .pfm for the view's depth.",
     "relief render holiday.glb -o view.png --camera 0.05,0,0.1\n"
     "relief render holiday.glb -o view.jpg --camera 0.1,0,0 --look-at 0,0,2 --size 1920x1080\n"
     "relief render holiday.jpg -o view.png --camera 0,0,0.1",
     rl_cli_render},
    {"video", COMMAND_VIDEO, "relief video PHOTO|SCENE... [-o FILE|FOLDER] [options]",
     "Make films in which the camera moves through a photo or a scene. PHOTO.mp4 is written\n"
     "beside each photo; FILE ends in .mp4, .webm, .gif, .png (one picture a frame) or .y4m;\n"
     "`-` is .y4m on standard output.",
     "relief video holiday.jpg\n"
     "relief video holiday.jpg -o story.mp4 --move orbit --loop --aspect 9:16\n"
     "relief video *.jpg -o films/ --move zoom --seconds 3",
     rl_cli_video},
    {"view", COMMAND_VIEW, "relief view PHOTO|SCENE [-o FILE.html] [options]",
     "Look around in a photo or a scene. In a window, or with -o in a web page: one file that any\n"
     "browser shows, without a network. The camera moves with the pointer, or with the device.",
     "relief view holiday.jpg\n"
     "relief view holiday.jpg -o holiday.html\n"
     "relief view holiday.glb -o holiday.html --texture-size 2048",
     rl_cli_view},
    {"model list", COMMAND_MODEL_LIST, "relief model list [--json]",
     "List the networks that relief knows. Says which are on this machine.", "relief model list",
     rl_cli_model_list},
    {"model info", COMMAND_MODEL_INFO, "relief model info NAME|FILE [options]",
     "Show what a network takes and gives. The lines say how a photo goes in, what its output "
     "means,\n"
     "and how relief knows.",
     "relief model info\nrelief model info midas-small --json", rl_cli_model_info},
    {"model run", COMMAND_MODEL_RUN,
     "relief model run FILE --input [NAME=]IN.npy... --output OUT.npy|FOLDER",
     "Feed NumPy tensors to a network. They go in as they are; each output becomes a .npy file.\n"
     "FILE is any .onnx file whose operators relief knows.",
     "relief model run net.onnx --input in.npy --output out.npy\n"
     "relief model run net.onnx --input image=a.npy --input scale=b.npy -o results/",
     rl_cli_model_run},
    {"model pull", COMMAND_MODEL_PULL, "relief model pull NAME... [options]",
     "Fetch networks of the list. A file is used when its SHA-256 is the published one, and not\n"
     "before; a run that was cut off is gone on with. RELIEF_MODELS names the folder.",
     "relief model pull midas-small\n"
     "relief model pull high --mirror https://mirror.example/networks",
     rl_cli_model_pull},
    {"model add", COMMAND_MODEL_ADD, "relief model add FILE --as NAME [--like NAME] [options]",
     "Put a network in a file into the folder where they are found by name. The file is copied,\n"
     "and its SHA-256 is kept beside it.",
     "relief model add model-f6b98070.onnx --as midas-large\n"
     "relief model add my-training.onnx --as mine --like midas-small",
     rl_cli_model_add},
    {"model remove", COMMAND_MODEL_REMOVE, "relief model remove NAME...",
     "Remove networks from that folder. Of a network that was added with --link, the file stays.",
     "relief model remove dpt-large", rl_cli_model_remove},
    {"model cache", COMMAND_MODEL_CACHE, "relief model cache [info|clear] [--json]",
     "Show or empty the cache of prepared weights. Its files make large networks start faster;\n"
     "RELIEF_CACHE names its folder, or is `off`.",
     "relief model cache\nrelief model cache clear", rl_cli_model_cache},
    {"info", COMMAND_INFO, "relief info FILE [--json]",
     "Show what a photo, a network or a scene holds. Scenes are .glb files that relief made.",
     "relief info holiday.jpg\nrelief info holiday.glb --json", rl_cli_info},
    {"bench", COMMAND_BENCH, "relief bench [PHOTO] [--model NAME|FILE] [options]",
     "Measure time and memory on this machine. With a photo every stage is measured, without one\n"
     "the network alone.",
     "relief bench holiday.jpg --json\n"
     "relief bench --model net.onnx --network-size 256x256 --runs 20 --threads 2",
     rl_cli_bench},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* What the words of the command line ask for. */
typedef struct request {
    const rl_cli_command *command; /* NULL: the words make no command */
    int words[2];                  /* where those words stand in the arguments, 0 for nowhere */
    bool help;                     /* the first one is `help` */
} request;

/* The command called `name`, or `name second`; NULL for none. *words: how many words its name has.
 */
static const rl_cli_command *find_command(const char *name, const char *second, int *words) {
    size_t length = strlen(name);
    for (int i = 1; i < COMMAND_COUNT; i++) {
        const char *full = commands[i].name;
        *words = 1;
        if (!strcmp(full, name))
            return &commands[i];
        *words = 2;
        if (second && !strncmp(full, name, length) && full[length] == ' ' &&
            !strcmp(full + length + 1, second))
            return &commands[i];
    }
    return NULL;
}

static request read_request(int argc, char **argv) {
    request asked = {.command = &commands[0]};
    int first = rl_cli_find_positional(argc, argv, 1), words = 0;
    if (first < argc && !strcmp(argv[first], "help")) {
        asked.help = true;
        asked.words[0] = first;
        first = rl_cli_find_positional(argc, argv, first + 1);
    }
    if (first >= argc)
        return asked;
    int second = rl_cli_find_positional(argc, argv, first + 1);
    const rl_cli_command *command =
        find_command(argv[first], second < argc ? argv[second] : NULL, &words);
    if (command || asked.help || !strcmp(argv[first], "model"))
        asked.command = command;
    if (command && !asked.help) {
        asked.words[0] = first;
        asked.words[1] = words == 2 ? second : 0;
    }
    return asked;
}

/* The level from which the library's messages are wanted. */
static relief_log_level log_level(const rl_cli_options *options) {
    if (options->quiet)
        return RELIEF_LOG_NONE;
    return options->verbose ? RELIEF_LOG_DEBUG : RELIEF_LOG_INFO;
}

static int run_command(rl_cli *cli) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = (int)cli->options.threads;
    options.log_level = log_level(&cli->options);
    options.log = rl_cli_on_log;
    options.progress = rl_cli_on_progress;
    options.user = cli;
    if (relief_ctx_new(&options, &cli->ctx)) {
        int code = rl_cli_fault(cli, EXIT_LIMIT, "memory",
                                "out of memory: there is too little for a start (raise the limit "
                                "of memory, or use --threads 1)");
        rl_cli_progress_end(cli, code);
        return code;
    }
    rl_cli_watch_signals(cli->ctx);
    if (cli->options.end_with_parent && !rl_cli_end_with_parent())
        relief_cancel(cli->ctx);
    int code = cli->command->run(cli);
    rl_cli_unwatch_signals();
    code = rl_cli_finish_output(cli, code);
    rl_cli_progress_end(cli, code);
    relief_ctx_free(cli->ctx);
    return code;
}

/* Report a mistake in the command line; JSON for those who asked for JSON. */
static int refuse(rl_cli *cli, const char *error) {
    int code = rl_cli_usage(cli, "%s", error);
    rl_cli_progress_end(cli, code);
    return code;
}

/* Do what `asked` and the options read for it ask for. `error` is what was wrong with them, "" for
 * nothing. */
static int dispatch(rl_cli *cli, const request *asked, char *error, size_t error_size) {
    const rl_cli_options *options = &cli->options;
    bool help = options->help || asked->help;
    rl_cli_progress_start(cli);
    if (options->version && !error[0]) {
        rl_cli_print_version(options->json);
        return rl_cli_finish_output(cli, EXIT_ALL_DONE);
    }
    if (!asked->command && !options->help)
        return refuse(cli,
                      "no such command (relief model list, info, pull, add, remove, cache or run; "
                      "see 'relief --help')");
    if (help && !error[0]) {
        rl_cli_print_help(cli->command, commands, COMMAND_COUNT);
        return rl_cli_finish_output(cli, EXIT_ALL_DONE);
    }
    if (error[0] || !rl_cli_read_environment(&cli->options, error, error_size))
        return refuse(cli, error);
    return run_command(cli);
}

int main(int argc, char **argv) {
    char error[RL_CLI_TEXT_SIZE] = "";
    rl_cli cli = {0};
    if (!rl_cli_hold_streams())
        return EXIT_DEVICE;
    relief_guard_process("relief: out of memory (close other programs, or use a smaller photo)",
                         EXIT_LIMIT);
    request asked = read_request(argc, argv);
    cli.command = asked.command ? asked.command : &commands[0];
    rl_cli_line line = {
        argc, argv, {asked.words[0], asked.words[1]}, cli.command->bit, cli.command->name};
    rl_cli_parse(&line, &cli.options, error, sizeof(error));
    int code = dispatch(&cli, &asked, error, sizeof(error));
    rl_cli_options_clear(&cli.options);
    return code;
}
