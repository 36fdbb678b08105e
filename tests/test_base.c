/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/testing.h"

#include "base/aside.h"
#include "base/library.h"
#include "base/memory.h"
#include "base/npy.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "base/threads.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void allocation_is_counted_and_aligned(void **state) {
    (void)state;
    size_t before = relief_memory().live_bytes;
    uint8_t *block = rl_alloc(7, 11);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % RL_ALIGNMENT, 0);
    assert_int_equal(relief_memory().live_bytes - before, 77);
    memset(block, 0xab, 77);
    block = rl_realloc(block, 200, 1);
    assert_int_equal(block[76], 0xab);
    assert_int_equal(relief_memory().live_bytes - before, 200);
    rl_free(block);
    assert_int_equal(relief_memory().live_bytes, before);
    assert_true(relief_memory().peak_bytes >= before + 277);
}

static void allocation_refuses_overflow(void **state) {
    (void)state;
    assert_null(rl_alloc(SIZE_MAX / 2, 3));
    assert_null(rl_alloc(1, SIZE_MAX - 3));
}

static void allocation_fails_when_told(void **state) {
    (void)state;
    rl_memory_fail_at(1, false);
    void *first = rl_alloc(1, 1);
    void *second = rl_alloc(1, 1);
    void *third = rl_alloc(1, 1);
    bool failed = rl_memory_failed();
    rl_memory_fail_at(-1, false);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_true(failed);
    rl_free(first);
    rl_free(third);
    rl_memory_fail_at(0, true);
    assert_null(rl_alloc(1, 1));
    assert_null(rl_alloc(1, 1));
    rl_memory_fail_at(-1, false);
}

static void arena_keeps_blocks_apart(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_arena *arena;
    assert_int_equal(rl_arena_new(ctx, &arena), RELIEF_OK);
    uint8_t *blocks[300];
    for (int i = 0; i < 300; i++) {
        blocks[i] = rl_arena_alloc(arena, (size_t)i * 37 + 1, 1);
        assert_non_null(blocks[i]);
        assert_int_equal(blocks[i][i * 37], 0);
        memset(blocks[i], i & 0xff, (size_t)i * 37 + 1);
    }
    for (int i = 0; i < 300; i++) {
        assert_int_equal(blocks[i][0], i & 0xff);
        assert_int_equal(blocks[i][i * 37], i & 0xff);
    }
    rl_arena_free(arena);
    relief_ctx_free(ctx);
}

static void error_text_is_one_line(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    assert_string_equal(relief_last_error(ctx), "");
    assert_int_equal(rl_fail(ctx, RELIEF_ERROR_IO, "%s: gone", "a\nb\x1b[31m"), RELIEF_ERROR_IO);
    assert_string_equal(relief_last_error(ctx), "a?b?[31m: gone");
    relief_ctx_free(ctx);
}

static void options_of_other_versions(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    struct {
        size_t struct_size;
        int a, b;
    } own = {sizeof(own), 1, 2};
    struct {
        size_t struct_size;
        int a;
    } older = {12, 7};
    assert_int_equal(rl_options_copy(ctx, &own, sizeof(own), &older), RELIEF_OK);
    assert_int_equal(own.a, 7);
    assert_int_equal(own.b, 2);
    struct {
        size_t struct_size;
        int a, b, c, d;
    } newer = {sizeof(newer), 3, 4, 0, 0};
    assert_int_equal(rl_options_copy(ctx, &own, sizeof(own), &newer), RELIEF_OK);
    assert_int_equal(own.b, 4);
    newer.d = 1;
    assert_int_equal(rl_options_copy(ctx, &own, sizeof(own), &newer), RELIEF_ERROR_ARG);
    newer.struct_size = 0;
    assert_int_equal(rl_options_copy(ctx, &own, sizeof(own), &newer), RELIEF_ERROR_ARG);
    relief_ctx_free(ctx);
}

static void mark_range(void *arg, size_t begin, size_t end) {
    atomic_int *counts = arg;
    for (size_t i = begin; i < end; i++) {
        atomic_fetch_add(&counts[i], 1);
    }
}

static void parallel_does_each_item_once(void **state) {
    (void)state;
    static atomic_int counts[1000];
    for (int threads = 1; threads <= 5; threads++) {
        relief_ctx *ctx = test_ctx(threads);
        for (size_t count = 0; count < 1000; count += 333) {
            memset(counts, 0, sizeof(counts));
            rl_parallel(ctx, count, 7, mark_range, counts);
            for (size_t i = 0; i < 1000; i++) {
                assert_int_equal(counts[i], i < count);
            }
        }
        relief_ctx_free(ctx);
    }
}

static void uneven_pieces_do_each_item_once(void **state) {
    enum { COUNT = 1001 };
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        relief_ctx *ctx = test_ctx(threads);
        for (size_t grain = 0; grain <= 600; grain = 3 * grain + 1) {
            atomic_int counts[COUNT] = {0};
            rl_parallel_uneven(ctx, COUNT, grain, mark_range, counts);
            for (int i = 0; i < COUNT; i++) {
                assert_int_equal(atomic_load(&counts[i]), 1);
            }
            rl_parallel_uneven(ctx, 0, grain, mark_range, counts);
        }
        relief_ctx_free(ctx);
    }
}

/* Works out `sum`, or fails where it is told to. */
typedef struct sum_job {
    int to, sum;
    bool fails;
} sum_job;

static relief_status sum_up(relief_ctx *ctx, void *arg) {
    sum_job *job = arg;
    for (int i = 1; i <= job->to; i++) {
        job->sum += i;
    }
    return job->fails ? rl_fail(ctx, RELIEF_ERROR_FORMAT, "no sum of %d", job->to) : RELIEF_OK;
}

static void aside_is_done_and_its_error_heard(void **state) {
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        relief_ctx *ctx = test_ctx(threads);
        rl_aside *aside;
        sum_job job = {.to = 100};
        assert_int_equal(rl_aside_start(ctx, 1, sum_up, &job, &aside), RELIEF_OK);
        assert_int_equal(rl_aside_wait(ctx, aside, RELIEF_OK), RELIEF_OK);
        assert_int_equal(job.sum, 5050);
        job = (sum_job){.to = 3, .fails = true};
        assert_int_equal(rl_aside_start(ctx, 1, sum_up, &job, &aside), RELIEF_OK);
        assert_int_equal(rl_aside_wait(ctx, aside, RELIEF_OK), RELIEF_ERROR_FORMAT);
        assert_string_equal(relief_last_error(ctx), "no sum of 3");
        /* What went wrong before counts more. */
        assert_int_equal(rl_aside_start(ctx, 1, sum_up, &job, &aside), RELIEF_OK);
        const relief_status before = rl_fail(ctx, RELIEF_ERROR_LIMIT, "too much");
        assert_int_equal(rl_aside_wait(ctx, aside, before), RELIEF_ERROR_LIMIT);
        assert_string_equal(relief_last_error(ctx), "too much");
        assert_int_equal(rl_aside_wait(ctx, NULL, RELIEF_OK), RELIEF_OK);
        relief_ctx_free(ctx);
    }
}

/* Workers that take all that they can get; `slow` ones take one item alone. */
typedef struct share_test {
    rl_shares shares;
    int slow;
    atomic_int counts[100];
    int taken[8];
} share_test;

static void take_items(void *arg, size_t begin, size_t end) {
    share_test *test = arg;
    for (size_t w = begin; w < end; w++) {
        for (size_t item; rl_shares_take(&test->shares, (int)w, &item);) {
            atomic_fetch_add(&test->counts[item], 1);
            test->taken[w]++;
            if ((int)w < test->slow)
                break;
        }
    }
}

static void shares_are_done_by_whoever_is_free(void **state) {
    (void)state;
    static share_test test;
    for (int workers = 1; workers <= 8; workers++)
        for (size_t count = 0; count <= 100; count += 25) {
            relief_ctx *ctx = test_ctx(workers);
            memset(&test, 0, sizeof(test));
            test.slow = workers - 1;
            rl_shares_start(&test.shares, workers, count);
            rl_parallel(ctx, (size_t)workers, 1, take_items, &test);
            for (size_t i = 0; i < 100; i++)
                assert_int_equal(test.counts[i], i < count);
            for (int w = 0; w < test.slow; w++)
                assert_true(test.taken[w] <= 1);
            relief_ctx_free(ctx);
        }
}

static size_t count_files(const char *folder) {
    char command[4096];
    snprintf(command, sizeof(command), "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "r");
    unsigned long count = 99;
    assert_int_equal(fscanf(pipe, "%lu", &count), 1);
    pclose(pipe);
    return count;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void output_appears_whole_or_not(void **state) {
    const char *folder = *state;
    relief_ctx *ctx = test_ctx(1);
    char path[4096];
    snprintf(path, sizeof(path), "%s/out.bin", folder);
    rl_output *output;
    assert_int_equal(rl_output_open(ctx, path, false, &output), RELIEF_OK);
    static const char ours[] = "glTF....................{\"asset\":{\"generator\":\"relief 1\"}}";
    assert_int_equal(rl_output_write(output, ours, sizeof(ours)), RELIEF_OK);
    assert_false(rl_os_exists(path));
    assert_int_equal(count_files(folder), 1);
    assert_int_equal(rl_output_commit(output), RELIEF_OK);
    assert_true(rl_os_exists(path));
    assert_int_equal(count_files(folder), 1);
    assert_int_equal(rl_output_open(ctx, path, false, &output), RELIEF_OK); /* ours: replaced */
    rl_output_abort(output);
    assert_int_equal(count_files(folder), 1);
    write_text(path, "glTF {\"generator\":\"another program\",\"name\":\"bas-relief\"}");
    assert_int_equal(rl_output_open(ctx, path, false, &output), RELIEF_ERROR_EXISTS);
    assert_int_equal(rl_output_open(ctx, path, true, &output), RELIEF_OK);
    rl_output_remove_all();
    assert_int_equal(count_files(folder), 1);
    rl_output_abort(output);
    unlink(path);
    relief_ctx_free(ctx);
}

static void output_survives_what_a_killed_run_left(void **state) {
    const char *folder = *state;
    relief_ctx *ctx = test_ctx(1);
    char path[4096];
    rl_output *outputs[2];
    snprintf(path, sizeof(path), "%s/out.bin", folder);
    assert_int_equal(rl_output_open(ctx, path, false, &outputs[0]), RELIEF_OK);
    /* The next name of this process is taken already. */
    char taken[4096], *number;
    snprintf(taken, sizeof(taken), "%s", rl_output_temporary_path(outputs[0]));
    rl_output_abort(outputs[0]);
    number = strrchr(taken, '-') + 1;
    sprintf(number, "%d.tmp", atoi(number) + 1);
    write_text(taken, "left over");
    assert_int_equal(rl_output_open(ctx, path, false, &outputs[1]), RELIEF_OK);
    assert_string_not_equal(rl_output_temporary_path(outputs[1]), taken);
    rl_output_abort(outputs[1]);
    unlink(taken);
    relief_ctx_free(ctx);
}

static void output_avoids_standard_streams(void **state) {
    const char *folder = *state;
    relief_ctx *ctx = test_ctx(1);
    char path[4096];
    rl_output *output;
    snprintf(path, sizeof(path), "%s/out.bin", folder);
    int kept = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    assert_int_equal(rl_output_open(ctx, path, false, &output), RELIEF_OK);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1); /* still nothing there */
    rl_output_abort(output);
    if (kept >= 0) {
        assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
        close(kept);
    }
    relief_ctx_free(ctx);
}

static void cancel_lasts_until_taken_back(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    assert_int_equal(rl_check_cancel(ctx), RELIEF_OK);
    relief_cancel(ctx);
    assert_int_equal(rl_check_cancel(ctx), RELIEF_ERROR_CANCELLED);
    assert_int_equal(rl_check_cancel(ctx), RELIEF_ERROR_CANCELLED);
    relief_uncancel(ctx);
    assert_int_equal(rl_check_cancel(ctx), RELIEF_OK);
    relief_ctx_free(ctx);
}

static void output_reports_where_it_cannot_write(void **state) {
    const char *folder = *state;
    relief_ctx *ctx = test_ctx(1);
    char path[4096];
    rl_output *output;
    assert_int_equal(rl_output_open(ctx, folder, false, &output), RELIEF_ERROR_IO);
    snprintf(path, sizeof(path), "%s/missing/out.bin", folder);
    assert_int_equal(rl_output_open(ctx, path, false, &output), RELIEF_ERROR_IO);
    assert_non_null(strstr(relief_last_error(ctx), "missing/out.bin: cannot be written"));
    assert_int_equal(rl_output_open(ctx, "/dev/full", true, &output), RELIEF_ERROR_IO);
    relief_ctx_free(ctx);
}

static void npy_header_round_trip(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_npy_header header = {.kind = 'f', .item_size = 4, .rank = 2, .dims = {3, 5}};
    uint8_t file[256 + 60];
    size_t length = rl_npy_write_header(&header, file, sizeof(file));
    assert_int_equal(length % 64, 0);
    rl_npy_header read;
    assert_int_equal(rl_npy_parse(ctx, file, sizeof(file), "x.npy", &read), RELIEF_OK);
    assert_int_equal(read.rank, 2);
    assert_int_equal(read.dims[0], 3);
    assert_int_equal(read.dims[1], 5);
    assert_int_equal(read.data_offset, length);
    assert_false(read.big_endian);
    for (size_t cut = 0; cut < sizeof(file); cut++) {
        assert_int_equal(rl_npy_parse(ctx, file, cut, "x.npy", &read), RELIEF_ERROR_FORMAT);
    }
    header.rank = 1;
    assert_int_equal(rl_npy_write_header(&header, file, sizeof(file)), length);
    assert_non_null(strstr((char *)file + 10, "'shape': (3,), }"));
    relief_ctx_free(ctx);
}

static void npy_refuses_absurd_shapes(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_npy_header header = {.kind = 'f', .item_size = 8, .rank = 3};
    for (int i = 0; i < 3; i++) {
        header.dims[i] = INT64_C(1) << 40;
    }
    uint8_t file[256];
    assert_true(rl_npy_write_header(&header, file, sizeof(file)) > 0);
    assert_int_equal(rl_npy_parse(ctx, file, sizeof(file), "x.npy", &header), RELIEF_ERROR_FORMAT);
    relief_ctx_free(ctx);
}

static void mapping_refuses_what_is_no_file(void **state) {
    relief_ctx *ctx = test_ctx(1);
    rl_mapping *mapping;
    assert_int_equal(rl_os_map(ctx, *state, &mapping), RELIEF_ERROR_IO);
    assert_non_null(strstr(relief_last_error(ctx), "is a directory"));
    assert_int_equal(rl_os_map(ctx, "/no/such", &mapping), RELIEF_ERROR_IO);
    assert_int_equal(rl_os_map(ctx, "/dev/zero", &mapping), RELIEF_ERROR_IO);
    assert_null(mapping);
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    static char folder[] = "/tmp/relief-test-XXXXXX";
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int remove_folder(void **state) {
    return rmdir(*state);
}

static void libraries_are_loaded_or_named(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    double (*cosine)(double) = NULL, (*none)(double) = NULL;
    const rl_import known[] = {{"cos", &cosine}}, unknown[] = {{"cos", &cosine}, {"cas", &none}};
    assert_int_equal(rl_library_load(ctx, "libm.so.6", "counts", known, 1), RELIEF_OK);
    assert_true(cosine(0) == 1);
    assert_int_equal(rl_library_load(ctx, "libm.so.6", "counts", unknown, 2),
                     RELIEF_ERROR_UNSUPPORTED);
    assert_string_equal(relief_last_error(ctx),
                        "libm.so.6, which counts, is too old: it has no cas (install a newer one)");
    assert_int_equal(rl_library_load(ctx, "libnowhere.so.1", "is missing", known, 1),
                     RELIEF_ERROR_UNSUPPORTED);
    assert_string_equal(relief_last_error(ctx),
                        "libnowhere.so.1, which is missing, is not installed");
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_are_loaded_or_named),
        cmocka_unit_test(allocation_is_counted_and_aligned),
        cmocka_unit_test(allocation_refuses_overflow),
        cmocka_unit_test(allocation_fails_when_told),
        cmocka_unit_test(arena_keeps_blocks_apart),
        cmocka_unit_test(error_text_is_one_line),
        cmocka_unit_test(options_of_other_versions),
        cmocka_unit_test(parallel_does_each_item_once),
        cmocka_unit_test(uneven_pieces_do_each_item_once),
        cmocka_unit_test(aside_is_done_and_its_error_heard),
        cmocka_unit_test(shares_are_done_by_whoever_is_free),
        cmocka_unit_test(output_appears_whole_or_not),
        cmocka_unit_test(output_reports_where_it_cannot_write),
        cmocka_unit_test(output_survives_what_a_killed_run_left),
        cmocka_unit_test(output_avoids_standard_streams),
        cmocka_unit_test(cancel_lasts_until_taken_back),
        cmocka_unit_test(npy_header_round_trip),
        cmocka_unit_test(npy_refuses_absurd_shapes),
        cmocka_unit_test(mapping_refuses_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
