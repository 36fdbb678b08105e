/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults from the environment: relief's own variables first, then those of the MiDaS container.
 */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A variable's value, NULL when it is not set or empty. */
static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The catalogue's name for what MIDAS_MODEL calls a network; NULL for none. */
static const char *midas_name(const char *value) {
    static const char *const names[][2] = {
        {"DPT_Large", "dpt-large"}, {"DPT_Hybrid", "dpt-hybrid"}, {"MiDaS_small", "midas-small"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strcmp(value, names[i][0]))
            return names[i][1];
    return NULL;
}

static bool is_yes(const char *value) {
    return !strcmp(value, "1") || !strcasecmp(value, "true") || !strcasecmp(value, "yes");
}

static bool read_threads(int64_t *threads, char *error, size_t error_size) {
    const char *value = variable("RELIEF_THREADS");
    char *end;
    if (*threads || !value)
        return true;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (*end || errno || number < 1 || number > 256) {
        snprintf(error, error_size, "RELIEF_THREADS=%s: not a whole number from 1 to 256", value);
        return false;
    }
    *threads = number;
    return true;
}

bool rl_cli_read_environment(rl_cli_options *options, char *error, size_t error_size) {
    const char *midas = variable("MIDAS_MODEL"), *force_cpu = variable("FORCE_CPU_COMPUTE");
    bool wants_model =
        !options->model && !options->depth; /* a map that is given needs no network */
    if (wants_model)
        options->model = variable("RELIEF_MODEL");
    if (wants_model && !options->model && midas) {
        options->model = midas_name(midas);
        if (!options->model) {
            snprintf(error, error_size,
                     "MIDAS_MODEL=%s: not DPT_Large, DPT_Hybrid or MiDaS_small (or use --model)",
                     midas);
            return false;
        }
    }
    if (!options->device) {
        const char *device = variable("RELIEF_DEVICE");
        if (device && strcmp(device, "auto") != 0 && strcmp(device, "cpu") != 0 &&
            strcmp(device, "cuda") != 0) {
            snprintf(error, error_size, "RELIEF_DEVICE=%s: not one of auto|cpu|cuda", device);
            return false;
        }
        options->device = device ? device : force_cpu && is_yes(force_cpu) ? "cpu" : NULL;
    }
    options->model_by_default = wants_model;
    return read_threads(&options->threads, error, error_size);
}
