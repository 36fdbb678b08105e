/* SPDX-License-Identifier: Apache-2.0 */
/* Shared libraries that are loaded when they are wanted: those that bring many others, which no
 * start of the program should have to wait for. */
#ifndef RELIEF_BASE_LIBRARY_H
#define RELIEF_BASE_LIBRARY_H

#include "relief/base.h"

/* A function, and the pointer that shall point to it. */
typedef struct rl_import {
    const char *name;
    void *pointer;
} rl_import;

/* Load the shared library `name` for good and set the pointers. use: for the message, what it is
 * for. Errors: _UNSUPPORTED (not installed, or without one of the functions), _MEMORY. */
RELIEF_CHECKED relief_status rl_library_load(relief_ctx *ctx, const char *name, const char *use,
                                             const rl_import *imports, size_t count);

#endif
