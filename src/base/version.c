/* SPDX-License-Identifier: Apache-2.0 */
#include "relief/base.h"

#include "build_facts.h"
#include "commit.h"

const char *relief_version(void) {
    return RL_VERSION;
}

const char *relief_build_info(void) {
    return "commit: " RL_COMMIT "\n"
           "libraries: " RL_LIBRARIES "\n"
           "cpu backend: " RL_CPU_BACKEND "\n"
           "threads: " RL_THREADS "\n";
}
