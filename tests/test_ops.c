/* SPDX-License-Identifier: Apache-2.0 */
/* Every operator of the table on the reference backend, against outputs that numpy computed. */
#include "op_cases.h"
#include "testing.h"

#include "nn/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void matches_numpy(void **state) {
    (void)state;
    op_cases_options options = {.threads = 1};
    op_cases_report report = op_cases_run(&rl_backend_reference, &options);
    print_message("%d cases; largest error %.2g in %s\n", report.run, report.worst_error,
                  report.worst_name);
    assert_true(report.run > 600);
    assert_int_equal(report.failed, 0);
}

/* ---- the thread count does not show ---- */

typedef struct digest {
    uint64_t hash;
    int outputs;
} digest;

/* FNV-1a over the bytes of every output. */
static void add_to_digest(void *user, const char *name, int output, const relief_tensor *tensor) {
    (void)name, (void)output;
    digest *d = user;
    for (size_t i = 0; i < tensor->bytes; i++) {
        d->hash = (d->hash ^ ((const uint8_t *)tensor->data)[i]) * 0x100000001b3u;
    }
    d->outputs++;
}

static void same_bits_on_any_thread_count(void **state) {
    (void)state;
    digest digests[2] = {{0xcbf29ce484222325u, 0}, {0xcbf29ce484222325u, 0}};
    for (int i = 0; i < 2; i++) {
        op_cases_options options = {
            .threads = i == 0 ? 1 : 3, .seen = add_to_digest, .user = &digests[i]};
        op_cases_run(&rl_backend_reference, &options);
    }
    assert_true(digests[0].outputs > 600);
    assert_int_equal(digests[0].outputs, digests[1].outputs);
    assert_true(digests[0].hash == digests[1].hash);
}

/* ---- the table ---- */

typedef struct name_set {
    const char *wanted;
    bool found;
} name_set;

/* Cases are named "Operator what (opset N)". */
static void look_for(void *user, const char *name, int output, const relief_tensor *tensor) {
    (void)output, (void)tensor;
    name_set *set = user;
    size_t length = strlen(set->wanted);
    set->found = set->found || (strncmp(name, set->wanted, length) == 0 && name[length] == ' ');
}

static void every_operator_has_a_case(void **state) {
    (void)state;
    int count;
    const rl_op *const *table = rl_op_table(&count);
    for (int i = 0; i < count; i++) {
        if (strcmp(table[i]->name, "Constant") == 0) {
            continue; /* stands inside the cases of several nodes */
        }
        name_set set = {table[i]->name, false};
        op_cases_options options = {.only = table[i]->name, .seen = look_for, .user = &set};
        op_cases_run(&rl_backend_reference, &options);
        if (!set.found) {
            fail_msg("%s has no case", table[i]->name);
        }
    }
}

static void rows_are_sorted_and_do_not_overlap(void **state) {
    (void)state;
    int count;
    const rl_op *const *table = rl_op_table(&count);
    for (int i = 0; i < count; i++) {
        assert_true(table[i]->since >= 1);
        assert_true(table[i]->until == 0 || table[i]->until >= table[i]->since);
        const char *dot = strrchr(table[i]->name, '.');
        char domain[32] = "";
        if (dot)
            snprintf(domain, sizeof domain, "%.*s", (int)(dot - table[i]->name), table[i]->name);
        assert_true(rl_op_find(domain, dot ? dot + 1 : table[i]->name, table[i]->since) ==
                    table[i]);
        if (i > 0 && strcmp(table[i - 1]->name, table[i]->name) == 0) {
            assert_true(table[i - 1]->until == table[i]->since - 1);
        } else if (i > 0) {
            assert_true(strcmp(table[i - 1]->name, table[i]->name) < 0);
        }
    }
    assert_null(rl_op_find("", "Clip", 5));
    assert_null(rl_op_find("", "Upsample", 10));
    assert_null(rl_op_find("", "NoSuchOperator", 13));
    assert_null(rl_op_find("", "QLinearAdd", 13));
    assert_null(rl_op_find("com.microsoft", "Conv", 13));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_numpy),
        cmocka_unit_test(same_bits_on_any_thread_count),
        cmocka_unit_test(every_operator_has_a_case),
        cmocka_unit_test(rows_are_sorted_and_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
