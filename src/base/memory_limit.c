/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory a process may use: RAM, or what control groups and resource limits leave of it.
 */
#include "base/os.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The number in a file of the system's; INT64_MAX when there is none ("max", for instance). */
static int64_t read_number(const char *path) {
    FILE *file = fopen(path, "re");
    long long number = INT64_MAX;
    if (file) {
        if (fscanf(file, "%lld", &number) != 1 || number <= 0) {
            number = INT64_MAX;
        }
        fclose(file);
    }
    return number;
}

/* The least limit of a control group and those above it, each of which counts: a job of Slurm's or
 * a service has its own some levels down, and sees the tree from its root. */
static int64_t group_limit(const char *root, char *group, const char *name) {
    char path[4400];
    int64_t limit = INT64_MAX;
    for (;;) {
        snprintf(path, sizeof(path), "%s%s/%s", root, group, name);
        limit = least(limit, read_number(path));
        char *slash = strrchr(group, '/');
        if (!slash) {
            return limit;
        }
        *slash = 0;
    }
}

/* Limits of the control groups that /proc names: "0::/a/b" of version 2, "5:memory:/a/b" of 1. */
static int64_t groups_limit(void) {
    char line[4200];
    int64_t limit = INT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        char *second = strchr(line, ':');
        char *group = second ? strchr(second + 1, ':') : NULL;
        if (!group) {
            continue;
        }
        *group++ = 0;
        if (!second[1]) {
            limit = least(limit, group_limit("/sys/fs/cgroup", group, "memory.max"));
        } else if (strstr(second + 1, "memory")) {
            limit =
                least(limit, group_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
        }
    }
    if (file) {
        fclose(file);
    }
    return limit;
}

int64_t rl_os_address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return INT64_MAX;
    }
    return (int64_t)limit.rlim_cur;
}

int64_t rl_os_memory_limit(void) {
    static _Atomic int64_t kept; /* every photo asks, and it takes some files to find out */
    int64_t limit = kept;
    if (!limit) {
        limit = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
        /* Inside a container the root of the tree is the container's own group. */
        limit = least(limit, read_number("/sys/fs/cgroup/memory.max"));
        limit = least(limit, read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
        limit = least(limit, groups_limit());
        kept = limit;
    }
    return least(limit, rl_os_address_space());
}
