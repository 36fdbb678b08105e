/* SPDX-License-Identifier: Apache-2.0 */
/* Temporaries that outlived their process: .relief-HOST-PID-N.tmp, see output.c. */
#include "base/output.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PREFIX ".relief-"
#define SUFFIX ".tmp"
enum { IDLE_SECONDS = 3600 };

/* Step back over digits that end at `end`; NULL unless there are some with a `-` before them. */
static const char *number_before(const char *begin, const char *end) {
    const char *at = end;
    while (at > begin && isdigit((unsigned char)at[-1]))
        at--;
    return at < end && at > begin && at[-1] == '-' ? at : NULL;
}

/* Whether a name is a temporary's, and whose. */
static bool parse(const char *name, const char **host, size_t *host_length, long *pid) {
    const size_t length = strlen(name), prefix = strlen(PREFIX), suffix = strlen(SUFFIX);
    if (length < prefix + suffix || strncmp(name, PREFIX, prefix) != 0 ||
        strcmp(name + length - suffix, SUFFIX) != 0)
        return false;
    const char *serial = number_before(name + prefix, name + length - suffix);
    const char *process = serial ? number_before(name + prefix, serial - 1) : NULL;
    if (!process)
        return false;
    *pid = strtol(process, NULL, 10);
    *host = name + prefix;
    *host_length = (size_t)(process - 1 - *host);
    return true;
}

static bool is_dead(const char *host, size_t host_length, long pid) {
    char own[64];
    if (gethostname(own, sizeof(own)) != 0)
        return false;
    own[sizeof(own) - 1] = 0;
    return strlen(own) == host_length && !strncmp(own, host, host_length) &&
           kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Whether some process has the file locked, as it does while it writes: in another container, say,
 * which has this host's name and does not see our processes nor we its. */
static bool is_locked(int folder, const char *name) {
    const int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    const bool locked = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}

int rl_output_remove_leftovers(const char *folder) {
    int removed = 0;
    DIR *opened = opendir(folder);
    if (!opened)
        return 0;
    const struct dirent *entry;
    while ((entry = readdir(opened))) {
        const char *host = NULL;
        size_t host_length = 0;
        long pid = 0;
        struct stat facts;
        if (!parse(entry->d_name, &host, &host_length, &pid) || pid == (long)getpid() ||
            fstatat(dirfd(opened), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(facts.st_mode))
            continue;
        const bool idle = time(NULL) - facts.st_mtime > IDLE_SECONDS;
        if ((idle || is_dead(host, host_length, pid)) && !is_locked(dirfd(opened), entry->d_name))
            removed += unlinkat(dirfd(opened), entry->d_name, 0) == 0;
    }
    closedir(opened);
    return removed;
}
