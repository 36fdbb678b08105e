/* SPDX-License-Identifier: Apache-2.0 */
#include "system.h"

#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static relief_ctx *volatile watched;
static volatile sig_atomic_t signal_count;

bool rl_cli_hold_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        /* The lowest number is given out first. Open the wrong way round, so that reading from what
         * was closed, or writing to it, stays an error. */
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

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
    struct sigaction action = {.sa_handler = on_signal}, hangup;
    watched = ctx;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* nohup starts its programs with SIGHUP ignored. */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
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

bool rl_cli_end_with_parent(void) {
#ifdef __linux__
    const char *told = getenv("RELIEF_PARENT");
    const pid_t starter = told ? (pid_t)strtol(told, NULL, 10) : 0;
    const pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* It may have ended before that: orphans belong to another process. Who has told its number may
     * have ended even before this one began. */
    return getppid() == parent && (starter <= 0 || kill(starter, 0) == 0 || errno != ESRCH);
#else
    return true;
#endif
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
