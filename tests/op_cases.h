/* SPDX-License-Identifier: Apache-2.0 */
/* The case table of all operators (tests/data/ops/vectors.bin, written by make_op_vectors.py), for
 * any backend. */
#ifndef RELIEF_TESTS_OP_CASES_H
#define RELIEF_TESTS_OP_CASES_H

#include "nn/net.h"

/* What a run of the table came to. */
typedef struct op_cases_report {
    int run;
    int failed;          /* outputs off, or an error; each is printed to stderr */
    double worst_error;  /* largest normalised error of a float output, among those that passed */
    char worst_name[96]; /* the case that has it */
} op_cases_report;

typedef struct op_cases_options {
    int threads;      /* 0: 1 */
    double tolerance; /* at least this much is allowed for floats; a case may allow more. 0: what
                         the case says */
    const char *only; /* run the cases whose names begin so; NULL: all */
    /* Called for each output of each case that passed, for further comparisons; may be NULL. */
    void (*seen)(void *user, const char *name, int output, const relief_tensor *tensor);
    void *user;
} op_cases_options;

/* Run the table on a backend: each network is loaded, run and compared. The normalised error of an
 * output is its largest deviation over its largest expected magnitude; integers and booleans must
 * be equal, and so must NaN and infinities. A damaged or missing table fails the test that calls.
 */
op_cases_report op_cases_run(const rl_backend_api *backend, const op_cases_options *options);

#endif
