/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a process whose libraries give up: GLib aborts when it gets no memory, and says so in
 * its own words. */
#include "base/output.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static char guard_line[256];
static size_t guard_length;
static int guard_code;

static void leave(int signal_number) {
    (void)signal_number;
    rl_output_remove_all();
    ssize_t wrote = write(STDERR_FILENO, guard_line, guard_length);
    (void)wrote;
    _exit(guard_code);
}

static GLogWriterOutput swallow(GLogLevelFlags level, const GLogField *fields, gsize field_count,
                                gpointer user) {
    (void)level;
    (void)fields;
    (void)field_count;
    (void)user;
    return G_LOG_WRITER_HANDLED;
}

void relief_guard_process(const char *line, int exit_code) {
    size_t length = strlen(line);
    length = length < sizeof(guard_line) - 1 ? length : sizeof(guard_line) - 1;
    memcpy(guard_line, line, length);
    guard_line[length] = '\n';
    guard_length = length + 1;
    guard_code = exit_code;
    g_log_set_writer_func(swallow, NULL, NULL);
    struct sigaction action = {.sa_handler = leave};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
}
