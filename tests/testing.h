/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test needs: cmocka with the headers it wants before it, and a context. */
#ifndef RELIEF_TESTS_TESTING_H
#define RELIEF_TESTS_TESTING_H

#include "relief/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A context with this many threads, which the caller frees with relief_ctx_free(). */
static inline relief_ctx *test_ctx(int threads) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = threads;
    options.log_level = RELIEF_LOG_NONE;
    relief_ctx *ctx = NULL;
    assert_int_equal(relief_ctx_new(&options, &ctx), RELIEF_OK);
    return ctx;
}

#endif
