/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's facts, and the way from a name to a file. */
#include "testing.h"

#include "base/memory.h"
#include "relief/model.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/store_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static relief_catalogue_entry entry_named(const char *name) {
    relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    assert_true(relief_catalogue_get(rl_catalogue_find(name), &entry));
    return entry;
}

static void every_entry_is_complete(void **state) {
    (void)state;
    assert_int_equal(relief_catalogue_count(), 5);
    for (int i = 0; i < relief_catalogue_count(); i++) {
        relief_catalogue_entry entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
        assert_true(relief_catalogue_get(i, &entry));
        assert_true(*entry.name && *entry.title && *entry.licence);
        assert_int_equal(strncmp(entry.url, "https://", 8), 0);
        size_t digits = strlen(entry.sha256);
        assert_true(digits == 0 || digits == 64);
        assert_int_equal(strspn(entry.sha256, "0123456789abcdef"), digits);
        assert_true(entry.bytes >= 0);
        assert_int_equal(rl_catalogue_find(entry.name), i);
        assert_true(json_is_object(rl_catalogue_descriptor(i)));
        assert_true(entry.bytes ? entry.about_bytes == entry.bytes : entry.about_bytes > 0);
        assert_int_equal(entry.use, RELIEF_USE_ANY);
    }
    relief_catalogue_entry none = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    assert_false(relief_catalogue_get(-1, &none));
    assert_false(relief_catalogue_get(5, &none));
}

static void facts_of_published_files(void **state) {
    (void)state;
    relief_catalogue_entry small = entry_named("midas-small");
    assert_int_equal(small.bytes, 66764249);
    assert_string_equal(small.licence, "MIT");
    assert_string_equal(small.sha256,
                        "2d8c6cb8f415229daf1eb041024208e2608c9f98e17c81cc7c6ecb449c56fd58");
    assert_string_equal(entry_named("low").name, "midas-small");
    assert_string_equal(entry_named("medium").name, "dpt-hybrid");
    assert_string_equal(entry_named("high").name, "dpt-large");
    assert_string_equal(entry_named("DPT_Large").name, "dpt-large");
    assert_string_equal(entry_named("depth-anything-v2-small").licence, "Apache-2.0");
    assert_string_equal(entry_named("midas-large").sha256, "");
    assert_string_equal(entry_named("high").sha256,
                        "84be17faae8f0953a821012aab96e489e78992d95ea73e4e5a29a840f5a3bf83");
    assert_string_equal(entry_named("high").aliases, "high DPT_Large");
    assert_int_equal(entry_named("high").bytes, 0); /* known in round figures */
    assert_int_equal(entry_named("high").about_bytes, 1370000000);
    assert_int_equal(rl_catalogue_find_sha256(small.sha256), rl_catalogue_find("midas-small"));
    assert_int_equal(rl_catalogue_find_sha256("00"), -1);
    assert_true(rl_catalogue_knows_size(99060839));
    assert_false(rl_catalogue_knows_size(99060840));
    assert_false(rl_catalogue_knows_size(0));
}

static void sha256_of_known_text(void **state) {
    (void)state;
    char digits[RL_SHA256_DIGITS + 1];
    rl_sha256((const uint8_t *)"abc", 3, digits); /* FIPS 180-4, example 1 */
    assert_string_equal(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    rl_sha256(NULL, 0, digits);
    assert_string_equal(digits, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Resolving `name` fails with _IO, and the reason holds `words`. */
static void assert_missing(relief_ctx *ctx, const char *name, const char *words) {
    char *path = NULL;
    assert_int_equal(relief_catalogue_resolve(ctx, name, &path), RELIEF_ERROR_IO);
    assert_null(path);
    if (!strstr(relief_last_error(ctx), words)) {
        fail_msg("\"%s\" is not in: %s", words, relief_last_error(ctx));
    }
}

static void missing_models_name_the_way_out(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    setenv("RELIEF_MODELS", "/nowhere/models", 1);
    relief_catalogue_entry builtin = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!relief_catalogue_builtin(&builtin)) {
        assert_missing(ctx, NULL, "--model FILE.onnx");
        assert_missing(ctx, "", "--model FILE.onnx");
    }
    assert_missing(ctx, "low", "midas-small: ");
    if (relief_store_can_pull()) {
        assert_missing(ctx, "low", "(relief model pull midas-small)");
    } else {
        assert_missing(ctx, "low", "relief model add FILE --as midas-small");
    }
    /* What cannot be checked is not fetched. */
    assert_missing(ctx, "midas-large", "https://github.com/isl-org/MiDaS/releases/download/v2_1/");
    assert_missing(ctx, "midas-large", "relief model add FILE --as midas-large");
    assert_missing(ctx, "no-such-network", "midas-small, midas-large, dpt-hybrid");
    assert_missing(ctx, "no/such/file.onnx", "no such file");
    assert_missing(ctx, "/", "is a directory");
    unsetenv("RELIEF_MODELS");
    setenv("XDG_DATA_HOME", "/nowhere/data", 1);
    char *folder = rl_store_folder();
    assert_string_equal(folder, "/nowhere/data/relief/models");
    rl_free(folder);
    relief_ctx_free(ctx);
}

/* Its name, nothing and RELIEF_BUILTIN mean the network inside; a file wins over its name. */
static void the_network_inside_is_the_default(void **state) {
    (void)state;
    relief_catalogue_entry builtin = RELIEF_OPTIONS_INIT(relief_catalogue_entry);
    if (!relief_catalogue_builtin(&builtin)) {
        skip();
    }
    relief_ctx *ctx = test_ctx(1);
    const char *const names[] = {NULL, "", RELIEF_BUILTIN, builtin.name};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = NULL;
        assert_int_equal(relief_catalogue_resolve(ctx, names[i], &path), RELIEF_OK);
        assert_string_equal(path, RELIEF_BUILTIN);
        relief_string_free(path);
    }
    char digits[RL_SHA256_DIGITS + 1];
    rl_builtin inside = rl_builtin_network();
    rl_sha256(inside.data, inside.size, digits);
    assert_string_equal(builtin.sha256, digits);
    assert_int_equal(builtin.bytes, inside.size);
    assert_int_equal((uintptr_t)inside.data % 64, 0);

    relief_model *model = NULL;
    relief_model_info info = RELIEF_OPTIONS_INIT(relief_model_info);
    assert_int_equal(relief_model_load(ctx, RELIEF_BUILTIN, NULL, &model), RELIEF_OK);
    relief_model_get_info(model, &info);
    assert_string_equal(info.name, builtin.name);
    assert_string_equal(relief_model_sha256(model), digits);
    assert_string_equal(info.licence_text, inside.licence);
    assert_int_equal(info.kind, RELIEF_DISPARITY);
    relief_model_free(model);
    relief_ctx_free(ctx);
}

static void present_models_are_found(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    char folder[] = "/tmp/relief-catalogue-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char file[128];
    snprintf(file, sizeof(file), "%s/midas-small.onnx", folder);
    FILE *made = fopen(file, "w");
    assert_non_null(made);
    fclose(made);

    setenv("RELIEF_MODELS", folder, 1);
    char *path = NULL;
    assert_int_equal(relief_catalogue_resolve(ctx, "low", &path), RELIEF_OK);
    assert_string_equal(path, file);
    relief_string_free(path);
    assert_int_equal(relief_catalogue_resolve(ctx, file, &path), RELIEF_OK);
    assert_string_equal(path, file);
    relief_string_free(path);

    rl_memory_fail_at(0, true);
    assert_int_equal(relief_catalogue_resolve(ctx, "low", &path), RELIEF_ERROR_MEMORY);
    rl_memory_fail_at(-1, false);
    unsetenv("RELIEF_MODELS");
    unlink(file);
    rmdir(folder);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_complete),
        cmocka_unit_test(facts_of_published_files),
        cmocka_unit_test(sha256_of_known_text),
        cmocka_unit_test(missing_models_name_the_way_out),
        cmocka_unit_test(the_network_inside_is_the_default),
        cmocka_unit_test(present_models_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
