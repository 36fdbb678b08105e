/* SPDX-License-Identifier: Apache-2.0 */
#include "video/av_library.h"

#include "base/os.h"

#include <stdatomic.h>

/* The name that the linker would have noted: structures differ from one version to the next. */
#define SPELL(version) #version
#define NAME(library, version) "lib" library ".so." SPELL(version)

enum { RL_AV_UTIL, RL_AV_CODEC, RL_AV_FORMAT, LIBRARIES };

static const char *const NAMES[LIBRARIES] = {
    [RL_AV_UTIL] = NAME("avutil", LIBAVUTIL_VERSION_MAJOR),
    [RL_AV_CODEC] = NAME("avcodec", LIBAVCODEC_VERSION_MAJOR),
    [RL_AV_FORMAT] = NAME("avformat", LIBAVFORMAT_VERSION_MAJOR),
};

static rl_av table;
enum { UNTRIED, BEING_TRIED, ABSENT, LOADED };
static atomic_int state;

static bool load(void) {
    void *libraries[LIBRARIES];
    bool found = true, no_memory;
    for (int i = 0; i < LIBRARIES && found; i++) {
        libraries[i] = rl_os_library_open(NAMES[i], &no_memory);
        found = libraries[i] != NULL;
    }
    if (!found)
        return false;
#define FIND(library, function)                                                                    \
    found = rl_os_library_find(libraries[library], #function, &table.function) && found;
    RL_AV_FUNCTIONS(FIND)
    return found;
}

/* Loaded once and for good; whoever comes meanwhile waits for it. */
const rl_av *rl_av_load(void) {
    int none = UNTRIED;
    if (atomic_compare_exchange_strong(&state, &none, BEING_TRIED))
        atomic_store_explicit(&state, load() ? LOADED : ABSENT, memory_order_release);
    int now;
    do
        now = atomic_load_explicit(&state, memory_order_acquire);
    while (now == BEING_TRIED);
    return now == LOADED ? &table : NULL;
}
