/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of prepared weights: what is kept is found by its owner, as it was, and by nobody else;
 * whatever is wrong with it makes a start slower and nothing worse. */
#include "onnx_builder.h"
#include "testing.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/os.h"
#include "nn/backend.h"
#include "relief/relief.h"
#include "store/cache.h"
#include "store/weights.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNELS = 64, SIDE = 16 };

static char folder[] = "/tmp/relief-weights-XXXXXX";
static char network[64], cache[64];
static char *program; /* this one, for tests that want several processes */

/* x (1, 64, 16, 16) -> three convolutions 3x3 -> y */
static void write_network(float factor) {
    static float weights[CHANNELS * CHANNELS * 9];
    const char *const names[] = {"x", "a", "b", "y"};
    onnx_builder *b = onnx_builder_new(13);
    onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, CHANNELS, SIDE, SIDE});
    for (int i = 0; i < 3; i++) {
        char weight[8];
        char inputs[16];
        for (int k = 0; k < CHANNELS * CHANNELS * 9; k++) {
            weights[k] = factor * (float)((k * 37 + i * 11) % 101 - 50);
        }
        snprintf(weight, sizeof(weight), "w%d", i);
        snprintf(inputs, sizeof(inputs), "%s,%s", names[i], weight);
        onnx_add_floats(b, weight, 4, (int64_t[]){CHANNELS, CHANNELS, 3, 3}, weights);
        onnx_add_node(b, "Conv", names[i + 1], inputs, names[i + 1]);
        onnx_set_ints(b, "pads", 4, (int64_t[]){1, 1, 1, 1});
    }
    onnx_add_output(b, "y", RELIEF_F32, 4, (int64_t[]){1, CHANNELS, SIDE, SIDE});
    size_t size;
    uint8_t *bytes = onnx_builder_finish(b, &size);
    FILE *file = fopen(network, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    free(bytes);
    rl_os_sleep(0.15); /* a file that is just being written is not trusted */
}

static void name_paths(void) {
    snprintf(network, sizeof(network), "%s/net.onnx", folder);
    snprintf(cache, sizeof(cache), "%s/cache", folder);
}

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    name_paths();
    setenv("RELIEF_CACHE", cache, 1);
    setenv("RELIEF_CACHE_LEAST", "0", 1);
    write_network(0.001f);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    int64_t bytes;
    assert_int_equal(relief_cache_clear(ctx, &bytes), RELIEF_OK);
    relief_ctx_free(ctx);
    rmdir(cache);
    unlink(network);
    return rmdir(folder);
}

/* ---- the store's side ---- */

typedef struct opened {
    rl_mapping *file;
    rl_weights *weights;
} opened;

static opened open_for(relief_ctx *ctx, const char *build) {
    opened o = {0};
    assert_int_equal(rl_os_map(ctx, network, &o.file), RELIEF_OK);
    const rl_weights_owner owner = {&o.file, 1, build};
    assert_int_equal(rl_weights_open(ctx, &owner, &o.weights), RELIEF_OK);
    return o;
}

static void close_it(opened *o) {
    rl_weights_close(o->weights);
    rl_os_unmap(o->file);
}

/* `count` constants of odd sizes. */
static rl_weights_item *make_items(size_t count, unsigned seed) {
    rl_weights_item *items = calloc(count, sizeof(*items));
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        items[i].bytes = 1000000 * (i + 1) + 7 * i + seed % 5;
        uint8_t *data = malloc(items[i].bytes);
        assert_non_null(data);
        for (size_t k = 0; k < items[i].bytes; k++) {
            data[k] = (uint8_t)((k * 2654435761u >> 13) + seed + i);
        }
        items[i].data = data;
        items[i].key[0] = i;
        items[i].key[3] = seed;
    }
    return items;
}

static void free_items(rl_weights_item *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)items[i].data);
    }
    free(items);
}

static void assert_found(relief_ctx *ctx, rl_weights *weights, const rl_weights_item *item) {
    const void *data = rl_weights_find(weights, ctx, item->key, item->bytes);
    assert_non_null(data);
    assert_int_equal((uintptr_t)data % 64, 0);
    assert_memory_equal(data, item->data, item->bytes);
}

static void keep(relief_ctx *ctx, const char *build, const rl_weights_item *items, size_t count) {
    opened o = open_for(ctx, build);
    assert_int_equal(rl_weights_keep(ctx, o.weights, items, count), RELIEF_OK);
    close_it(&o);
}

/* The one file of the cache. */
static void only_file(relief_ctx *ctx, char *path, size_t size) {
    char **names;
    size_t count;
    assert_int_equal(rl_os_list_files(ctx, cache, &names, &count), RELIEF_OK);
    assert_int_equal(count, 1);
    snprintf(path, size, "%s/%s", cache, names[0]);
    rl_os_names_free(names, count);
}

static void clear(relief_ctx *ctx) {
    int64_t bytes;
    assert_int_equal(relief_cache_clear(ctx, &bytes), RELIEF_OK);
}

static void what_is_kept_is_found(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    rl_weights_item *items = make_items(3, 1);
    rl_weights_item *more = make_items(2, 9);
    keep(ctx, "build", items, 3);
    opened o = open_for(ctx, "build");
    for (int i = 0; i < 3; i++) {
        assert_found(ctx, o.weights, &items[i]);
    }
    /* Not in another size, under another key, or for another build. */
    assert_null(rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes - 1));
    assert_null(rl_weights_find(o.weights, ctx, more[0].key, more[0].bytes));
    close_it(&o);
    o = open_for(ctx, "another build");
    assert_null(rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes));
    close_it(&o);
    /* What comes later is added; what is open stays readable meanwhile. */
    o = open_for(ctx, "build");
    keep(ctx, "build", more, 2);
    assert_found(ctx, o.weights, &items[2]);
    close_it(&o);
    o = open_for(ctx, "build");
    assert_found(ctx, o.weights, &items[0]);
    assert_found(ctx, o.weights, &more[0]);
    assert_found(ctx, o.weights, &more[1]);
    close_it(&o);
    clear(ctx);
    free_items(items, 3);
    free_items(more, 2);
    relief_ctx_free(ctx);
}

/* Change a byte of a file, or cut it when there is none to change. */
static void damage(const char *path, long at) {
    if (at < 0) {
        assert_int_equal(truncate(path, -at), 0);
        return;
    }
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    fputc(byte ^ 4, file);
    fclose(file);
}

static void damaged_files_are_made_anew(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    rl_weights_item *items = make_items(2, 3);
    char path[256];
    /* In turn: magic, version, size, owner, an entry, the data, cut off here and there. */
    const long places[] = {0, 8, 24, 40, 150, 1500000, -100, -90000, -1999999, -1};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        keep(ctx, "build", items, 2);
        only_file(ctx, path, sizeof(path));
        damage(path, places[i]);
        opened o = open_for(ctx, "build");
        const void *first = rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes);
        const void *second = rl_weights_find(o.weights, ctx, items[1].key, items[1].bytes);
        if (first) {
            assert_memory_equal(first, items[0].data, items[0].bytes);
        }
        if (second) {
            fail_msg("damage at %ld is not seen", places[i]);
        }
        assert_int_equal(rl_weights_keep(ctx, o.weights, items, 2), RELIEF_OK);
        close_it(&o);
        o = open_for(ctx, "build");
        assert_found(ctx, o.weights, &items[0]);
        assert_found(ctx, o.weights, &items[1]);
        close_it(&o);
        clear(ctx);
    }
    free_items(items, 2);
    relief_ctx_free(ctx);
}

static void another_network_has_its_own(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(1, 5);
    struct stat facts;
    keep(ctx, "build", items, 1);
    /* A byte in the middle, with the size and the time of before. */
    assert_int_equal(stat(network, &facts), 0);
    damage(network, (long)facts.st_size / 2);
    const struct timespec times[2] = {facts.st_atim, facts.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, network, times, 0), 0);
    opened o = open_for(ctx, "build");
    assert_null(rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes));
    /* Just written to, it might be written to again: nothing is kept for it. */
    assert_int_equal(rl_weights_keep(ctx, o.weights, items, 1), RELIEF_OK);
    close_it(&o);
    o = open_for(ctx, "build");
    assert_null(rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes));
    /* Nor for one that changes while it is in use. */
    rl_os_sleep(0.15);
    close_it(&o);
    o = open_for(ctx, "build");
    damage(network, (long)facts.st_size / 2);
    assert_int_equal(rl_weights_keep(ctx, o.weights, items, 1), RELIEF_OK);
    close_it(&o);
    rl_os_sleep(0.15);
    o = open_for(ctx, "build");
    assert_null(rl_weights_find(o.weights, ctx, items[0].key, items[0].bytes));
    close_it(&o);
    clear(ctx);
    free_items(items, 1);
    relief_ctx_free(ctx);
}

static int file_count(relief_ctx *ctx) {
    relief_cache_info info = RELIEF_OPTIONS_INIT(relief_cache_info);
    char *path = NULL;
    assert_int_equal(relief_cache_get_info(ctx, &info, &path), RELIEF_OK);
    relief_string_free(path);
    assert_true(info.bytes <= info.limit_bytes);
    return info.file_count;
}

static void it_is_bounded(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(1, 7); /* of 1 MB */
    setenv("RELIEF_CACHE_LIMIT", "3", 1);
    keep(ctx, "a", items, 1);
    rl_os_sleep(0.02);
    keep(ctx, "b", items, 1);
    assert_int_equal(file_count(ctx), 2);
    rl_os_sleep(0.02);
    opened o = open_for(ctx, "a"); /* now b is the one that was used least recently */
    rl_os_sleep(0.02);
    keep(ctx, "c", items, 1);
    assert_int_equal(file_count(ctx), 2);
    assert_found(ctx, o.weights, items);
    close_it(&o);
    o = open_for(ctx, "b");
    assert_null(rl_weights_find(o.weights, ctx, items->key, items->bytes));
    close_it(&o);
    o = open_for(ctx, "a");
    assert_found(ctx, o.weights, items);
    close_it(&o);
    clear(ctx);
    setenv("RELIEF_CACHE_LIMIT", "0", 1);
    keep(ctx, "a", items, 1);
    assert_int_equal(file_count(ctx), 0);
    unsetenv("RELIEF_CACHE_LIMIT");
    setenv("RELIEF_CACHE_LEAST", "2", 1);
    keep(ctx, "a", items, 1);
    assert_int_equal(file_count(ctx), 0);
    setenv("RELIEF_CACHE_LEAST", "0", 1);
    /* Switched off, and where nothing can be written. */
    setenv("RELIEF_CACHE", "off", 1);
    rl_weights *none = NULL;
    const rl_weights_owner owner = {NULL, 0, "a"};
    assert_int_equal(rl_weights_open(ctx, &owner, &none), RELIEF_OK);
    assert_null(none);
    setenv("RELIEF_CACHE", "/proc/nowhere", 1);
    keep(ctx, "a", items, 1);
    setenv("RELIEF_CACHE", network, 1); /* a file where a folder should be */
    keep(ctx, "a", items, 1);
    setenv("RELIEF_CACHE", cache, 1);
    free_items(items, 1);
    relief_ctx_free(ctx);
}

/* A disk that is full while the file is being written, as a limit that no file may grow beyond. */
static void a_full_disk_is_no_failure(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(2, 6);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1500000, before.rlim_max};
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    keep(ctx, "full", items, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    relief_cache_info info = RELIEF_OPTIONS_INIT(relief_cache_info);
    char *path = NULL;
    assert_int_equal(relief_cache_get_info(ctx, &info, &path), RELIEF_OK);
    relief_string_free(path);
    assert_true(info.file_count == 0 && info.bytes == 0); /* nor a part of it */
    free_items(items, 2);
    relief_ctx_free(ctx);
}

/* ---- the network's side ---- */

typedef struct outcome {
    float values[CHANNELS * SIDE * SIDE];
    int64_t cached_bytes;
} outcome;

static void run_network(relief_ctx *ctx, bool no_cache, const char *precision, outcome *out) {
    relief_model_options options = RELIEF_OPTIONS_INIT(relief_model_options);
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    relief_model *model = NULL;
    relief_tensor *in = NULL;
    relief_tensor *result = NULL;
    options.no_cache = no_cache;
    options.precision = precision;
    assert_int_equal(relief_model_load(ctx, network, &options, &model), RELIEF_OK);
    assert_int_equal(
        relief_tensor_new(ctx, RELIEF_F32, 4, (int64_t[]){1, CHANNELS, SIDE, SIDE}, &in),
        RELIEF_OK);
    float *x = relief_tensor_data(in);
    for (int i = 0; i < CHANNELS * SIDE * SIDE; i++) {
        x[i] = (float)(i * 31 % 257) / 257.0f;
    }
    assert_int_equal(relief_model_run(ctx, model, &in, &result), RELIEF_OK);
    memcpy(out->values, relief_tensor_data(result), sizeof(out->values));
    relief_model_get_info(model, &info);
    out->cached_bytes = info.cached_bytes;
    assert_int_equal(relief_model_keep(ctx, model), RELIEF_OK);
    relief_tensor_free(in);
    relief_tensor_free(result);
    relief_model_free(model);
}

static void a_second_start_gives_the_same_bits(void **state) {
    (void)state;
    static outcome first, second, without, other, narrow;
    relief_ctx *ctx = test_ctx(2);
    write_network(0.001f);
    clear(ctx);
    run_network(ctx, true, "f32", &without);
    assert_int_equal(file_count(ctx), 0);
    run_network(ctx, false, "f32", &first);
    run_network(ctx, false, "f32", &second);
    assert_int_equal(first.cached_bytes, 0);
    assert_memory_equal(first.values, second.values, sizeof(first.values));
    assert_memory_equal(first.values, without.values, sizeof(first.values));
    const bool packs = !strcmp(rl_backend_find(NULL)->name, "onednn");
    assert_int_equal(file_count(ctx), packs ? 1 : 0);
    assert_true(!packs || second.cached_bytes >= 3 * CHANNELS * CHANNELS * 9 * 4);
    if (packs && relief_model_has_precision("bf16", NULL)) {
        run_network(ctx, false, "bf16", &narrow);
        assert_int_equal(narrow.cached_bytes, 0); /* a form, and a file, of its own */
        run_network(ctx, false, "bf16", &second);
        assert_memory_equal(narrow.values, second.values, sizeof(narrow.values));
        assert_true(second.cached_bytes > 0);
    }
    /* A new network in the place of the old one gets nothing of that. */
    write_network(0.002f);
    run_network(ctx, false, "f32", &other);
    assert_int_equal(other.cached_bytes, 0);
    assert_true(memcmp(other.values, first.values, sizeof(first.values)) != 0);
    clear(ctx);
    relief_ctx_free(ctx);
}

/* Every allocation of a start and of the keeping fails once. */
static void no_memory_is_survived(void **state) {
    (void)state;
    static outcome filled;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(2, 4);
    run_network(ctx, false, "f32", &filled);
    int64_t failures = 0;
    for (relief_status status = RELIEF_ERROR_MEMORY; status; failures++) {
        rl_mapping *file = NULL;
        rl_weights *weights = NULL;
        assert_int_equal(rl_os_map(ctx, network, &file), RELIEF_OK);
        const rl_weights_owner owner = {&file, 1, "memory"};
        rl_memory_fail_at(failures, true);
        status = rl_weights_open(ctx, &owner, &weights);
        if (!status) {
            (void)rl_weights_find(weights, ctx, items[0].key, items[0].bytes);
            status = rl_weights_keep(ctx, weights, items, 2);
        }
        const bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_MEMORY);
        status = failed ? RELIEF_ERROR_MEMORY : status; /* go on until nothing fails */
        rl_weights_close(weights);
        rl_os_unmap(file);
    }
    assert_true(failures > 5);
    opened o = open_for(ctx, "memory");
    assert_found(ctx, o.weights, &items[1]);
    close_it(&o);
    clear(ctx);
    free_items(items, 2);
    relief_ctx_free(ctx);
}

/* ---- many processes at once ---- */

enum { WRITERS = 6, ROUNDS = 6 };

/* What each of them does: the same as all others; and whatever it finds must be right. */
static int write_and_compare(void) {
    static outcome without, with;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(4, 2);
    run_network(ctx, true, "f32", &without);
    for (int round = 0; round < ROUNDS; round++) {
        run_network(ctx, false, "f32", &with);
        assert_memory_equal(with.values, without.values, sizeof(with.values));
        opened o = open_for(ctx, "everybody's");
        for (int i = 0; i < 4; i++) {
            const void *data = rl_weights_find(o.weights, ctx, items[i].key, items[i].bytes);
            if (data) {
                assert_memory_equal(data, items[i].data, items[i].bytes);
            }
        }
        /* Each round has something to add, for what is older is left out now and then. */
        assert_int_equal(rl_weights_keep(ctx, o.weights, items, (size_t)round % 4 + 1), RELIEF_OK);
        close_it(&o);
        if (round == ROUNDS / 2) {
            clear(ctx); /* in the middle of what the others do */
        }
    }
    free_items(items, 4);
    relief_ctx_free(ctx);
    return 0;
}

static pid_t start_writer(void) {
    static char role[] = "writer";
    char *const arguments[] = {program, role, folder, NULL};
    pid_t process;
    assert_int_equal(posix_spawn(&process, program, NULL, NULL, arguments, environ), 0);
    return process;
}

static void processes_do_not_disturb_each_other(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_weights_item *items = make_items(4, 2);
    pid_t writers[WRITERS], doomed[WRITERS];
    write_network(0.001f);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = start_writer();
        doomed[i] = start_writer();
    }
    for (int i = 0; i < WRITERS; i++) { /* killed wherever each happens to be */
        rl_os_sleep(0.02 * (i + 1));
        assert_int_equal(kill(doomed[i], SIGKILL), 0);
        assert_int_equal(waitpid(doomed[i], NULL, 0), doomed[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        int result;
        assert_int_equal(waitpid(writers[i], &result, 0), writers[i]);
        assert_int_equal(result, 0);
    }
    /* What they leave is whole, and what the killed ones leave goes with the rest. */
    keep(ctx, "everybody's", items, 4);
    opened o = open_for(ctx, "everybody's");
    for (int i = 0; i < 4; i++) {
        assert_found(ctx, o.weights, &items[i]);
    }
    close_it(&o);
    clear(ctx);
    assert_int_equal(file_count(ctx), 0);
    free_items(items, 4);
    relief_ctx_free(ctx);
}

int main(int argc, char **argv) {
    program = argv[0];
    if (argc == 3 && !strcmp(argv[1], "writer")) {
        snprintf(folder, sizeof(folder), "%s", argv[2]);
        name_paths();
        return write_and_compare();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found),
        cmocka_unit_test(damaged_files_are_made_anew),
        cmocka_unit_test(another_network_has_its_own),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(a_full_disk_is_no_failure),
        cmocka_unit_test(a_second_start_gives_the_same_bits),
        cmocka_unit_test(no_memory_is_survived),
        cmocka_unit_test(processes_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
