/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as JSON files; docs/video.md describes them. */
#include "scene/path.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { VERSION = 1, MOST_KEYS = 100000 };
static const size_t MOST_BYTES = (size_t)64 << 20;
/* Numbers in a path are no larger. */
static const double MOST_VALUE = 1e6, LEAST_ZOOM = 0.05, MOST_ZOOM = 100, MOST_SECONDS = 3600;

static const char *const EASES[RL_EASE_COUNT] = {
    [RL_EASE_LINEAR] = "linear", [RL_EASE_IN_OUT] = "ease",   [RL_EASE_IN] = "ease-in",
    [RL_EASE_OUT] = "ease-out",  [RL_EASE_SMOOTH] = "smooth", [RL_EASE_HOLD] = "hold",
};

const char *rl_ease_name(rl_ease ease) {
    return EASES[ease];
}

/* A file being read. */
typedef struct reader {
    relief_ctx *ctx;
    const char *file;
    int key; /* its number, from 0; -1: the file itself */
} reader;

static relief_status bad(const reader *r, const char *what) {
    if (r->key < 0)
        return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: %s", r->file, what);
    return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: key %d: %s", r->file, r->key + 1, what);
}

static relief_status read_number(const reader *r, const json_t *object, const char *name,
                                 const double range[2], double *out) {
    char text[96];
    const json_t *value = json_object_get(object, name);
    if (!value)
        return RELIEF_OK;
    const double number = json_is_number(value) ? json_number_value(value) : NAN;
    if (number >= range[0] && number <= range[1]) {
        *out = number;
        return RELIEF_OK;
    }
    (void)snprintf(text, sizeof text, "%s is not a number from %g to %g", name, range[0], range[1]);
    return bad(r, text);
}

static relief_status read_place(const reader *r, const json_t *object, const char *name,
                                double out[3], bool *there) {
    char text[96];
    const json_t *value = json_object_get(object, name);
    *there = value != NULL;
    if (!value)
        return RELIEF_OK;
    bool good = json_is_array(value) && json_array_size(value) == 3;
    for (size_t k = 0; k < 3 && good; k++) {
        const json_t *number = json_array_get(value, k);
        out[k] = json_is_number(number) ? json_number_value(number) : NAN;
        good = fabs(out[k]) <= MOST_VALUE;
    }
    if (good)
        return RELIEF_OK;
    (void)snprintf(text, sizeof text, "%s is not [right, up, forward]", name);
    return bad(r, text);
}

static relief_status read_ease(const reader *r, const json_t *object, rl_ease *out) {
    const json_t *value = json_object_get(object, "ease");
    const char *word = json_string_value(value);
    for (int k = 0; value && k < RL_EASE_COUNT; k++) {
        if (word && strcmp(word, EASES[k]) == 0) {
            *out = (rl_ease)k;
            return RELIEF_OK;
        }
    }
    return value ? bad(r, "ease is not linear, ease, ease-in, ease-out, smooth or hold")
                 : RELIEF_OK;
}

/* A misspelt word must not be passed over. */
static relief_status check_names(const reader *r, json_t *object, const char *const *names) {
    char text[96];
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        int k = 0;
        while (names[k] && strcmp(names[k], name) != 0)
            k++;
        if (names[k])
            continue;
        (void)snprintf(text, sizeof text, "there is no \"%.40s\" in a path", name);
        return bad(r, text);
    }
    return RELIEF_OK;
}

static double distance(const double a[3], const double b[3]) {
    return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

static relief_status read_key(const reader *r, json_t *object, rl_key *key) {
    static const char *const names[] = {"time", "position", "look_at", "roll",
                                        "zoom", "ease",     NULL};
    const double times[2] = {0, MOST_SECONDS}, angles[2] = {-3600, 3600};
    const double zooms[2] = {LEAST_ZOOM, MOST_ZOOM};
    bool placed, aimed = false;
    if (!json_is_object(object))
        return bad(r, "is no object");
    key->time = NAN;
    relief_status status = check_names(r, object, names);
    if (!status)
        status = read_number(r, object, "time", times, &key->time);
    if (!status && isnan(key->time))
        status = bad(r, "has no time");
    if (!status)
        status = read_place(r, object, "position", key->position, &placed);
    if (!status)
        status = read_place(r, object, "look_at", key->target, &aimed);
    for (int k = 0; k < 3 && !status && !aimed; k++)
        key->target[k] = key->position[k] + (k == 2);
    if (!status && distance(key->target, key->position) < 1e-9)
        status = bad(r, "looks at where it is");
    if (!status)
        status = read_number(r, object, "roll", angles, &key->roll);
    if (!status)
        status = read_number(r, object, "zoom", zooms, &key->zoom);
    return status ? status : read_ease(r, object, &key->ease);
}

static relief_status read_keys(reader *r, json_t *keys, relief_path *path) {
    for (int i = 0; i < path->key_count; i++) {
        r->key = i;
        relief_status status = read_key(r, json_array_get(keys, (size_t)i), &path->keys[i]);
        if (!status && i == 0 && path->keys[0].time != 0)
            status = bad(r, "the first time is not 0");
        if (!status && i > 0 && !(path->keys[i].time > path->keys[i - 1].time))
            status = bad(r, "its time is not after that of the key before");
        if (status)
            return status;
    }
    r->key = -1;
    path->seconds = path->keys[path->key_count - 1].time;
    return RELIEF_OK;
}

/* Whether a path ends as it began. */
static bool closes(const relief_path *path) {
    rl_key first = path->keys[0], last = path->keys[path->key_count - 1];
    last.time = first.time;
    last.ease = first.ease;
    double apart = fabs(first.roll - last.roll) + fabs(first.zoom - last.zoom);
    for (int k = 0; k < 3; k++)
        apart +=
            fabs(first.position[k] - last.position[k]) + fabs(first.target[k] - last.target[k]);
    return apart < 1e-9;
}

static relief_status read_root(reader *r, const relief_sight *sight, json_t *root,
                               relief_path **out) {
    static const char *const names[] = {"relief_path", "loop", "fit", "keys", "made_by", NULL};
    json_t *keys = json_object_get(root, "keys");
    if (!json_is_object(root) ||
        json_integer_value(json_object_get(root, "relief_path")) != VERSION)
        return bad(r, "is no path of relief's (\"relief_path\": 1 is missing)");
    relief_status status = check_names(r, root, names);
    if (!status && (!json_is_array(keys) || json_array_size(keys) < 2))
        status = bad(r, "has no keys, or one alone");
    if (!status && json_array_size(keys) > MOST_KEYS)
        status = rl_fail(r->ctx, RELIEF_ERROR_LIMIT, "%s: has more than %d keys", r->file,
                         (int)MOST_KEYS);
    if (!status)
        status = rl_path_start(r->ctx, sight, (int)json_array_size(keys), out);
    if (!status)
        status = read_keys(r, keys, *out);
    if (status)
        return status;
    (*out)->fits = !json_is_false(json_object_get(root, "fit"));
    (*out)->loop = json_is_true(json_object_get(root, "loop"));
    if ((*out)->loop && !closes(*out))
        return bad(r, "loops, but the last key is not like the first one");
    return rl_path_finish(r->ctx, sight, *out);
}

relief_status relief_path_load(relief_ctx *ctx, const relief_sight *sight, const char *file,
                               relief_path **out) {
    reader r = {.ctx = ctx, .file = file, .key = -1};
    uint8_t *data = NULL;
    size_t size = 0;
    json_error_t error;
    *out = NULL;
    relief_status status = rl_os_read_all(ctx, file, MOST_BYTES, &data, &size);
    if (status)
        return status;
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &error);
    rl_free(data);
    if (!root)
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: line %d: %s", file, error.line, error.text);
    status = read_root(&r, sight, root, out);
    json_decref(root);
    if (status) {
        relief_path_free(*out);
        *out = NULL;
    }
    return status;
}

static json_t *triple(const double v[3]) {
    return json_pack("[f,f,f]", v[0], v[1], v[2]);
}

static json_t *make_key(const rl_key *key) {
    return json_pack("{s:f, s:o, s:o, s:f, s:f, s:s}", "time", key->time, "position",
                     triple(key->position), "look_at", triple(key->target), "roll", key->roll,
                     "zoom", key->zoom, "ease", EASES[key->ease]);
}

static json_t *make_root(const relief_path *path) {
    json_t *keys = json_array();
    for (int i = 0; i < path->key_count; i++) {
        json_t *key = make_key(&path->keys[i]);
        if (!key || json_array_append_new(keys, key)) {
            json_decref(keys);
            return NULL;
        }
    }
    return json_pack("{s:i, s:s+, s:b, s:b, s:o}", "relief_path", (int)VERSION, "made_by",
                     "relief ", relief_version(), "loop", (int)path->loop, "fit", (int)path->fits,
                     "keys", keys);
}

relief_status relief_path_save(relief_ctx *ctx, const relief_path *path, const char *file,
                               bool force) {
    rl_output *output = NULL;
    json_t *root = make_root(path);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return rl_fail_memory(ctx, 1);
    relief_status status = rl_output_open(ctx, file, force, &output);
    if (!status)
        status = rl_output_write(output, text, strlen(text));
    if (!status)
        status = rl_output_write(output, "\n", 1);
    free(text);
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}
