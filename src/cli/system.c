/* SPDX-License-Identifier: Apache-2.0 */
#include "system.h"

#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static relief_ctx *volatile watched;
static volatile sig_atomic_t signal_count;

static void on_signal(int number) {
    (void)number;
    if (signal_count++) {
        relief_output_abandon();
        _exit(EXIT_CANCELLED);
    }
    if (watched)
        relief_cancel(watched);
}

void rl_cli_watch_signals(relief_ctx *ctx) {
    struct sigaction action = {.sa_handler = on_signal};
    watched = ctx;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader that goes away is an error of writing, which the writer reports. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    /* So is a file that outgrows `ulimit -f`. */
    sigaction(SIGXFSZ, &action, NULL);
}

void rl_cli_unwatch_signals(void) {
    watched = NULL;
}

bool rl_cli_interrupted(void) {
    return signal_count > 0;
}

bool rl_cli_is_terminal(FILE *stream) {
    return isatty(fileno(stream)) == 1;
}

bool rl_cli_is_directory(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool rl_cli_make_directory(const char *path) {
    return mkdir(path, 0777) == 0 || (errno == EEXIST && rl_cli_is_directory(path));
}

int64_t rl_cli_file_size(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) ? (int64_t)facts.st_size : -1;
}

char *rl_cli_temporary_folder(void) {
    static const char name[] = "/relief-XXXXXX";
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    size_t room = strlen(parent) + sizeof(name);
    char *folder = malloc(room);
    if (!folder)
        return NULL;
    snprintf(folder, room, "%s%s", parent, name);
    if (mkdtemp(folder))
        return folder;
    free(folder);
    return NULL;
}

void rl_cli_remove_folder(const char *folder, const char *file) {
    if (file)
        unlink(file);
    rmdir(folder);
}
