/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of the work is this process's. */
#include "bulk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SHARDS = 100000 };

/* The whole number in an environment variable; false when there is none. */
static bool number_in(const char *name, long *out) {
    const char *text = getenv(name);
    char *end;
    if (!text || !*text)
        return false;
    errno = 0;
    *out = strtol(text, &end, 10);
    return !*end && !errno;
}

/* Tasks of an array are numbered from any first one, in even steps. */
static bool read_slurm(int *shard, int *count, char *error, size_t error_size) {
    long id, tasks, first = 0, step = 1;
    if (!number_in("SLURM_ARRAY_TASK_ID", &id) || !number_in("SLURM_ARRAY_TASK_COUNT", &tasks))
        return false;
    (void)number_in("SLURM_ARRAY_TASK_MIN", &first);
    if (!number_in("SLURM_ARRAY_TASK_STEP", &step) || step < 1)
        step = 1;
    const long at = (id - first) / step;
    if (tasks < 1 || tasks > MAX_SHARDS || at < 0 || at >= tasks || (id - first) % step) {
        snprintf(error, error_size,
                 "--shard auto: task %ld is not one of %ld in a row (give --shard K/N)", id, tasks);
        return false;
    }
    *shard = (int)at + 1;
    *count = (int)tasks;
    return true;
}

static bool read_kubernetes(int *shard, int *count, char *error, size_t error_size) {
    long index, completions;
    if (!number_in("JOB_COMPLETION_INDEX", &index))
        return false;
    if (!number_in("JOB_COMPLETION_COUNT", &completions) || completions < 1 ||
        completions > MAX_SHARDS || index < 0 || index >= completions) {
        snprintf(error, error_size,
                 "--shard auto: JOB_COMPLETION_INDEX=%ld without a JOB_COMPLETION_COUNT above it "
                 "(set it to the job's completions)",
                 index);
        return false;
    }
    *shard = (int)index + 1;
    *count = (int)completions;
    return true;
}

bool rl_cli_read_shard(const char *text, int *shard, int *count, char *error, size_t error_size) {
    char *end;
    *error = '\0';
    if (!strcmp(text, "auto")) {
        if (read_slurm(shard, count, error, error_size) ||
            (!*error && read_kubernetes(shard, count, error, error_size)))
            return true;
        if (!*error)
            snprintf(error, error_size,
                     "--shard auto: neither SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT nor "
                     "JOB_COMPLETION_INDEX is set (give --shard K/N)");
        return false;
    }
    const long k = strtol(text, &end, 10);
    const long n = end != text && *end == '/' ? strtol(end + 1, &end, 10) : 0;
    if (*end || k < 1 || n < 1 || k > n || n > MAX_SHARDS) {
        snprintf(error, error_size, "--shard %s: not K/N with K from 1 to N, nor auto", text);
        return false;
    }
    *shard = (int)k;
    *count = (int)n;
    return true;
}

bool rl_cli_read_bytes(const char *text, int64_t *bytes) {
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (end == text || errno || !(number > 0))
        return false;
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    for (const char *at = units; unit && at <= unit; at++)
        number *= 1024;
    if (*end &&
        (!unit || (end[1] && strcasecmp(end + 1, "B") != 0 && strcasecmp(end + 1, "iB") != 0)))
        return false;
    if (number < 1 || number > 1e18)
        return false;
    *bytes = (int64_t)number;
    return true;
}
