/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogues come from people as well as from us: whatever is said in one is checked here, so that
 * the rest may rely on it. */
#include "store/catalogue.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/hash.h"

#define MAX_NAME_BYTES 64

/* Where the first fault is told. */
typedef struct fault {
    const char *where;
    char *text;
    size_t size;
} fault;

__attribute__((format(printf, 2, 3))) static bool refuse(fault *found, const char *format, ...) {
    va_list args;
    int used = snprintf(found->text, found->size, "%s: ", found->where);
    va_start(args, format);
    if (used >= 0 && (size_t)used < found->size) {
        vsnprintf(found->text + used, found->size - (size_t)used, format, args);
    }
    va_end(args);
    return false;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool rl_store_is_name(const char *name) {
    size_t length = strlen(name);
    if (!length || length > MAX_NAME_BYTES || !isalnum((unsigned char)name[0])) {
        return false;
    }
    for (const char *c = name; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
            return false;
        }
    }
    return !ends_with(name, ".onnx") && !ends_with(name, ".json") && !ends_with(name, ".part") &&
           !ends_with(name, ".sha256");
}

static bool check_sha256(const char *digits) {
    size_t length = strlen(digits);
    return length == 0 ||
           (length == RL_SHA256_DIGITS && strspn(digits, "0123456789abcdef") == length);
}

static bool is_url(const char *url) {
    return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0 ||
           strncmp(url, "file:///", 8) == 0;
}

static bool check_aliases(fault *found, const char *name, const json_t *aliases) {
    for (size_t i = 0; i < json_array_size(aliases); i++) {
        const char *alias = json_string_value(json_array_get(aliases, i));
        if (!alias || !rl_store_is_name(alias)) {
            return refuse(found, "%s: \"aliases\" are names", name);
        }
    }
    return json_is_array(aliases) || refuse(found, "%s: \"aliases\" is a list of names", name);
}

/* One key of an entry. */
static bool check_key(fault *found, const char *name, const char *key, const json_t *value) {
    static const char *const texts[] = {"name", "title", "url", "sha256", "licence", "use"};
    if (!strcmp(key, "aliases")) {
        return check_aliases(found, name, value);
    }
    if (!strcmp(key, "descriptor")) {
        return json_is_object(value) || refuse(found, "%s: \"descriptor\" is an object", name);
    }
    if (!strcmp(key, "bytes") || !strcmp(key, "about_bytes")) {
        return (json_is_integer(value) && json_integer_value(value) > 0) ||
               refuse(found, "%s: \"%s\" is a whole number above 0", name, key);
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (!strcmp(key, texts[i])) {
            return json_is_string(value) || refuse(found, "%s: \"%s\" is a text", name, key);
        }
    }
    return refuse(found, "%s: unknown key \"%.60s\"", name, key);
}

static const char *text(const json_t *entry, const char *key) {
    const char *value = json_string_value(json_object_get(entry, key));
    return value ? value : "";
}

static bool check_entry(fault *found, const json_t *entry) {
    const char *name = text(entry, "name");
    const char *use = text(entry, "use");
    const char *key;
    json_t *value;
    if (!json_is_object(entry) || !rl_store_is_name(name)) {
        return refuse(found, "each of \"models\" needs a \"name\" of letters, digits, . _ -");
    }
    json_object_foreach((json_t *)entry, key, value) {
        if (!check_key(found, name, key, value)) {
            return false;
        }
    }
    if (*text(entry, "url") && !is_url(text(entry, "url"))) {
        return refuse(found, "%s: \"url\" begins with https://, http:// or file:///", name);
    }
    if (!check_sha256(text(entry, "sha256"))) {
        return refuse(found, "%s: \"sha256\" is 64 lower-case hexadecimal digits", name);
    }
    return !*use || !strcmp(use, "any") || !strcmp(use, "non-commercial") ||
           refuse(found, "%s: \"use\" is \"any\" or \"non-commercial\"", name);
}

json_t *rl_catalogue_parse(const char *given, size_t size, const char *where, char *error,
                           size_t error_size) {
    fault found = {where, error, error_size};
    json_error_t problem;
    json_t *root = json_loadb(given, size, JSON_REJECT_DUPLICATES, &problem);
    json_t *models = json_object_get(root, "models");
    bool good = true;
    if (!root) {
        good = refuse(&found, "line %d: %s", problem.line, problem.text);
    } else if (!json_is_array(models)) {
        good = refuse(&found, "has no list \"models\"");
    }
    for (size_t i = 0; good && i < json_array_size(models); i++) {
        json_t *entry = json_array_get(models, i);
        good = check_entry(&found, entry);
        if (good && !json_object_get(entry, "descriptor")) {
            json_object_set_new(entry, "descriptor", json_object()); /* what the graph shows */
        }
    }
    json_incref(models);
    json_decref(root);
    if (good) {
        return models;
    }
    json_decref(models);
    return NULL;
}
