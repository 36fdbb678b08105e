/* SPDX-License-Identifier: Apache-2.0 */
/* The store: its files, parts of files, and what is left when something fails. Downloads are tested
 * through the program (tests/cli/model_pull*.sh). */
#include "testing.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/os.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/relief-store-XXXXXX";
static char models[64], source[64];

/* 100 KB that say where they stand. */
static void write_source(void) {
    FILE *file = fopen(source, "wb");
    assert_non_null(file);
    for (int i = 0; i < 25000; i++) {
        assert_int_equal(fwrite(&i, sizeof(i), 1, file), 1);
    }
    fclose(file);
}

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(models, sizeof(models), "%s/models", folder);
    snprintf(source, sizeof(source), "%s/source.onnx", folder);
    setenv("RELIEF_MODELS", models, 1);
    write_source();
    return 0;
}

static int file_count(relief_ctx *ctx) {
    char **names;
    size_t count;
    assert_int_equal(rl_os_list_files(ctx, models, &names, &count), RELIEF_OK);
    rl_os_names_free(names, count);
    return (int)count;
}

static int tear_down(void **state) {
    (void)state;
    unlink(source);
    rmdir(models);
    return rmdir(folder);
}

static void names_that_networks_may_have(void **state) {
    (void)state;
    assert_true(rl_store_is_name("midas-small"));
    assert_true(rl_store_is_name("7.b_C"));
    const char *const bad[] = {"",       ".hidden", "-o",       "a/b", "a b",     "a.onnx",
                               "a.part", "a.json",  "a.sha256", "..",  "\xC3\xA4"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (rl_store_is_name(bad[i])) {
            fail_msg("\"%s\" is no name", bad[i]);
        }
    }
    char longest[66] = "";
    memset(longest, 'a', 64);
    assert_true(rl_store_is_name(longest));
    longest[64] = 'a';
    assert_false(rl_store_is_name(longest));
}

static void catalogues_are_checked(void **state) {
    (void)state;
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {"{\"models\": [", "line 1"},
        {"[]", "has no list"},
        {"{\"models\": {}}", "has no list"},
        {"{\"models\": [7]}", "needs a \"name\""},
        {"{\"models\": [{\"title\": \"a\"}]}", "needs a \"name\""},
        {"{\"models\": [{\"name\": \"../a\"}]}", "needs a \"name\""},
        {"{\"models\": [{\"name\": \"a\", \"hash\": 1}]}", "a: unknown key \"hash\""},
        {"{\"models\": [{\"name\": \"a\", \"bytes\": -1}]}", "a: \"bytes\" is"},
        {"{\"models\": [{\"name\": \"a\", \"bytes\": \"1\"}]}", "a: \"bytes\" is"},
        {"{\"models\": [{\"name\": \"a\", \"sha256\": \"00\"}]}", "64 lower-case"},
        {"{\"models\": [{\"name\": \"a\", \"url\": \"gopher://b\"}]}", "\"url\" begins with"},
        {"{\"models\": [{\"name\": \"a\", \"use\": \"none\"}]}", "\"use\" is"},
        {"{\"models\": [{\"name\": \"a\", \"licence\": 1}]}", "\"licence\" is a text"},
        {"{\"models\": [{\"name\": \"a\", \"aliases\": [\"b/c\"]}]}", "\"aliases\" are names"},
        {"{\"models\": [{\"name\": \"a\", \"aliases\": \"b\"}]}", "\"aliases\" is a list"},
        {"{\"models\": [{\"name\": \"a\", \"descriptor\": 1}]}", "\"descriptor\" is an object"},
        {"{\"models\": [{\"name\": \"a\", \"name\": \"b\"}]}", "duplicate"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char error[256] = "";
        json_t *read =
            rl_catalogue_parse(cases[i].text, strlen(cases[i].text), "file", error, sizeof(error));
        assert_null(read);
        if (strncmp(error, "file: ", 6) != 0 || !strstr(error, cases[i].fault)) {
            fail_msg("%s: \"%s\"", cases[i].text, error);
        }
    }
    const char good[] = "{\"about\": \"ours\", \"models\": [{\"name\": \"a\", \"url\": "
                        "\"file:///b\", \"use\": \"non-commercial\"}]}";
    char error[64] = "";
    json_t *read = rl_catalogue_parse(good, strlen(good), "file", error, sizeof(error));
    assert_non_null(read);
    assert_true(json_is_object(json_object_get(json_array_get(read, 0), "descriptor")));
    json_decref(read);
}

static void a_part_grows_over_several_times(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    char path[128];
    char final[128];
    char read[16] = "";
    size_t got = 0;
    rl_part_file *part = NULL;
    rl_part_file *second = NULL;
    snprintf(path, sizeof(path), "%s/a.part", folder);
    snprintf(final, sizeof(final), "%s/a", folder);
    assert_int_equal(rl_part_try_open(ctx, path, &part), RELIEF_OK);
    assert_int_equal(rl_part_append(part, "first ", 6), RELIEF_OK);
    /* One at a time, within a process too. */
    assert_int_equal(rl_part_try_open(ctx, path, &second), RELIEF_OK);
    assert_null(second);
    rl_part_close(part, false);
    assert_int_equal(rl_part_try_open(ctx, path, &part), RELIEF_OK);
    assert_int_equal(rl_part_size(part), 6);
    assert_int_equal(rl_part_append(part, "second", 6), RELIEF_OK);
    assert_int_equal(rl_part_read(part, 0, read, sizeof(read), &got), RELIEF_OK);
    assert_int_equal(got, 12);
    assert_memory_equal(read, "first second", 12);
    assert_false(rl_os_exists(final));
    assert_int_equal(rl_part_commit(part, final), RELIEF_OK);
    assert_true(rl_os_exists(final));
    assert_false(rl_os_exists(path));
    /* The name is free for another. */
    assert_int_equal(rl_part_try_open(ctx, path, &part), RELIEF_OK);
    assert_int_equal(rl_part_size(part), 0);
    assert_int_equal(rl_part_append(part, "x", 1), RELIEF_OK);
    assert_int_equal(rl_part_clear(part), RELIEF_OK);
    assert_int_equal(rl_part_size(part), 0);
    rl_part_close(part, true);
    assert_false(rl_os_exists(path));
    unlink(final);
    /* Not through a link, and not where there is no folder. */
    assert_int_equal(symlink("/tmp/relief-elsewhere", path), 0);
    assert_int_equal(rl_part_try_open(ctx, path, &part), RELIEF_ERROR_IO);
    unlink(path);
    assert_int_equal(rl_part_try_open(ctx, "/nowhere/a.part", &part), RELIEF_ERROR_IO);
    relief_ctx_free(ctx);
}

static void the_hash_comes_in_pieces(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    char whole[RL_SHA256_DIGITS + 1];
    char pieces[RL_SHA256_DIGITS + 1];
    char file[RL_SHA256_DIGITS + 1];
    rl_mapping *map = NULL;
    rl_sha256_sum *sum = NULL;
    assert_int_equal(rl_os_map(ctx, source, &map), RELIEF_OK);
    rl_sha256(map->data, map->size, whole);
    assert_int_equal(rl_sha256_new(ctx, &sum), RELIEF_OK);
    for (int round = 0; round < 2; round++) {
        size_t step = 1;
        for (size_t at = 0; at < map->size; at += step, step = step * 3 % 997 + 1) {
            rl_sha256_add(sum, map->data + at, step < map->size - at ? step : map->size - at);
        }
        rl_sha256_finish(sum, pieces);
        assert_string_equal(pieces, whole);
        rl_sha256_reset(sum);
    }
    rl_sha256_free(sum);
    rl_os_unmap(map);
    assert_int_equal(rl_sha256_file(ctx, source, file), RELIEF_OK);
    assert_string_equal(file, whole);
    relief_cancel(ctx);
    assert_int_equal(rl_sha256_file(ctx, source, file), RELIEF_ERROR_CANCELLED);
    relief_ctx_free(ctx);
}

/* What the list says about `name`. */
static bool find(const relief_store_list *list, const char *name, relief_store_item *item) {
    for (int i = 0; i < relief_store_list_count(list); i++) {
        *item = (relief_store_item)RELIEF_OPTIONS_INIT(relief_store_item);
        assert_true(relief_store_list_get(list, i, item));
        if (!strcmp(item->name, name)) {
            return true;
        }
    }
    return false;
}

static void the_list_says_what_is_there(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_store_list *list = NULL;
    relief_store_item item;
    char *path = NULL;
    char part[128];
    char other[RL_SHA256_DIGITS + 1];
    assert_int_equal(relief_store_list_new(ctx, &list), RELIEF_OK);
    assert_int_equal(relief_store_list_count(list), 0);
    relief_store_list_free(list);

    relief_add_options options = RELIEF_OPTIONS_INIT(relief_add_options);
    options.name = "mine";
    assert_int_equal(relief_store_add(ctx, source, &options, &path), RELIEF_OK);
    snprintf(part, sizeof(part), "%s/midas-small.2d8c6cb8f415.part", models);
    FILE *file = fopen(part, "w");
    assert_non_null(file);
    assert_true(fputs("1234567", file) >= 0);
    fclose(file);
    assert_int_equal(relief_store_list_new(ctx, &list), RELIEF_OK);
    assert_int_equal(relief_store_list_count(list), 2);
    assert_true(find(list, "mine", &item));
    assert_string_equal(item.path, path);
    assert_int_equal(item.bytes, 100000);
    assert_int_equal(item.entry, -1);
    assert_true(rl_store_recorded(path, other));
    assert_string_equal(item.sha256, other);
    assert_true(find(list, "midas-small", &item));
    assert_string_equal(item.path, "");
    assert_int_equal(item.part_bytes, 7);
    assert_int_equal(item.entry, rl_catalogue_find("midas-small"));
    assert_false(relief_store_list_get(list, 2, &item));
    relief_store_list_free(list);

    /* A record that is older than its file says nothing. */
    char record[128];
    snprintf(record, sizeof(record), "touch -d @1 %s.sha256", path);
    assert_int_equal(system(record), 0);
    assert_false(rl_store_recorded(path, other));
    relief_string_free(path);
    assert_int_equal(relief_store_remove(ctx, "mine"), RELIEF_OK);
    assert_int_equal(relief_store_remove(ctx, "low"), RELIEF_OK); /* the part, by an alias */
    assert_int_equal(relief_store_remove(ctx, "mine"), RELIEF_ERROR_IO);
    assert_int_equal(file_count(ctx), 0);
    relief_ctx_free(ctx);
}

/* Every allocation fails once; the last run succeeds. A run that fails leaves no network behind. */
static void no_memory_leaves_nothing_wrong(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_add_options options = RELIEF_OPTIONS_INIT(relief_add_options);
    options.name = "mine";
    options.like = "midas-small";
    options.force = true;
    int64_t failures = 0;
    for (relief_status status = RELIEF_ERROR_MEMORY; status; failures++) {
        char *path = NULL;
        rl_memory_fail_at(failures, true);
        status = relief_store_add(ctx, source, &options, &path);
        rl_memory_fail_at(-1, false);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_MEMORY);
        assert_true(status || path);
        relief_string_free(path);
    }
    assert_true(failures > 10);
    for (relief_status status = RELIEF_ERROR_MEMORY; status; failures++) {
        relief_store_list *list = NULL;
        rl_memory_fail_at(failures % 100, true);
        status = relief_store_list_new(ctx, &list);
        rl_memory_fail_at(-1, false);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_MEMORY);
        relief_store_list_free(list);
    }
    assert_int_equal(relief_store_remove(ctx, "mine"), RELIEF_OK);
    assert_int_equal(file_count(ctx), 0);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_networks_may_have),
        cmocka_unit_test(catalogues_are_checked),
        cmocka_unit_test(a_part_grows_over_several_times),
        cmocka_unit_test(the_hash_comes_in_pieces),
        cmocka_unit_test(the_list_says_what_is_there),
        cmocka_unit_test(no_memory_leaves_nothing_wrong),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
