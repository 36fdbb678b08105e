/* SPDX-License-Identifier: Apache-2.0 */
#include "depth/descriptor.h"

#include "base/status.h"
#include "depth/preprocess.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define MAX_MULTIPLE 1024

typedef struct word {
    const char *text;
    int value;
} word;

static const word size_rules[] = {
    {"square", RL_SIZE_SQUARE},
    {"lower_bound", RL_SIZE_LOWER_BOUND},
    {"upper_bound", RL_SIZE_UPPER_BOUND},
    {"minimal", RL_SIZE_MINIMAL},
    {"long_side", RL_SIZE_LONG_SIDE},
    {"area", RL_SIZE_AREA},
    {NULL, 0},
};
static const word kinds[] = {
    {"disparity", RELIEF_DISPARITY},
    {"depth", RELIEF_DEPTH},
    {"metres", RELIEF_METRES},
    {NULL, 0},
};
static const word precisions[] = {{"any", 0}, {"f32", 1}, {NULL, 0}};
static const word filters[] = {
    {"cubic", RL_FILTER_CUBIC},
    {"linear", RL_FILTER_LINEAR},
    {"linear_corners", RL_FILTER_LINEAR_CORNERS},
    {NULL, 0},
};

/* What is being read, for messages. */
typedef struct reading {
    relief_ctx *ctx;
    const char *where;
    const char *key;
    const json_t *value;
} reading;

static relief_status refuse(const reading *r, const char *wanted) {
    return rl_fail(r->ctx, RELIEF_ERROR_FORMAT, "%s: \"%s\" must be %s", r->where, r->key, wanted);
}

static relief_status read_word(const reading *r, const word *words, const char *wanted, int *out) {
    const char *text = json_string_value(r->value);
    for (; text && words->text; words++) {
        if (strcmp(words->text, text) == 0) {
            *out = words->value;
            return RELIEF_OK;
        }
    }
    return refuse(r, wanted);
}

static relief_status read_text(const reading *r, char out[RL_MAX_NAME]) {
    const char *text = json_string_value(r->value);
    if (!text || strlen(text) >= RL_MAX_NAME) {
        return refuse(r, "a text of at most 255 bytes");
    }
    strcpy(out, text);
    return RELIEF_OK;
}

static bool is_side(const json_t *value) {
    json_int_t side = json_integer_value(value);
    return side >= 1 && side <= RL_MAX_NETWORK_SIDE;
}

static relief_status read_size(const reading *r, rl_descriptor *d) {
    const json_t *width = json_is_array(r->value) ? json_array_get(r->value, 0) : r->value;
    const json_t *height = json_is_array(r->value) ? json_array_get(r->value, 1) : r->value;
    if (!is_side(width) || !is_side(height) || json_array_size(r->value) > 2) {
        return refuse(r, "[WIDTH, HEIGHT], each from 1 to 8192");
    }
    d->width = (int)json_integer_value(width);
    d->height = (int)json_integer_value(height);
    return RELIEF_OK;
}

static relief_status read_multiple(const reading *r, rl_descriptor *d) {
    json_int_t multiple = json_integer_value(r->value);
    if (multiple < 1 || multiple > MAX_MULTIPLE) {
        return refuse(r, "a whole number from 1 to 1024");
    }
    d->multiple = (int)multiple;
    return RELIEF_OK;
}

/* Three finite numbers; or, where `positive`, three that one can divide by. */
static relief_status read_rgb(const reading *r, bool positive, double out[3]) {
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(r->value, i);
        double number = json_number_value(value);
        if (!json_is_number(value) || json_array_size(r->value) != 3 || fabs(number) > 1e6 ||
            (positive && number < 1e-6)) {
            return refuse(r, positive ? "three positive numbers" : "three numbers");
        }
        out[i] = number;
    }
    return RELIEF_OK;
}

static relief_status read_filter(const reading *r, bool to_network, rl_filter *out) {
    const char *wanted =
        to_network ? "\"cubic\" or \"linear\"" : "\"cubic\", \"linear\" or \"linear_corners\"";
    int value = RL_FILTER_CUBIC;
    relief_status status = read_word(r, filters, wanted, &value);
    if (!status && to_network && value == RL_FILTER_LINEAR_CORNERS) {
        return refuse(r, wanted);
    }
    *out = (rl_filter)value;
    return status;
}

static relief_status read_scale(const reading *r, rl_descriptor *d) {
    double scale = json_number_value(r->value);
    if (!(scale > 0.0) || scale > 1e6) {
        return refuse(r, "a positive number");
    }
    d->metres_per_unit = scale;
    return RELIEF_OK;
}

static relief_status read_rule(const reading *r, rl_descriptor *d) {
    int value = d->rule;
    relief_status status = read_word(r, size_rules,
                                     "\"square\", \"lower_bound\", \"upper_bound\", \"minimal\", "
                                     "\"long_side\" or \"area\"",
                                     &value);
    d->rule = (rl_size_rule)value;
    return status;
}

static relief_status read_kind(const reading *r, rl_descriptor *d) {
    int value = d->kind;
    relief_status status = read_word(r, kinds, "\"disparity\", \"depth\" or \"metres\"", &value);
    d->kind = (relief_depth_kind)value;
    return status;
}

static relief_status read_precision(const reading *r, rl_descriptor *d) {
    int value = d->needs_f32;
    relief_status status = read_word(r, precisions, "\"any\" or \"f32\"", &value);
    d->needs_f32 = value != 0;
    return status;
}

static relief_status read_closer_look(const reading *r, rl_descriptor *d) {
    const double times = json_number_value(r->value);
    if (!(times >= 1.0) || times > RL_MOST_SHRINK) {
        return refuse(r, "a number from 1 to 2");
    }
    d->closer_look = times;
    return RELIEF_OK;
}

const char *const rl_descriptor_keys[] = {
    "name",        "licence",   "network_size",  "resize", "multiple",        "mean",
    "std",         "filter",    "output_filter", "kind",   "metres_per_unit", "input_name",
    "output_name", "precision", "closer_look",   NULL,
};

static relief_status read_key(const reading *r, rl_descriptor *d) {
    int index = 0;
    while (rl_descriptor_keys[index] && strcmp(rl_descriptor_keys[index], r->key) != 0) {
        index++;
    }
    switch (index) {
    case 0:
        return read_text(r, d->name);
    case 1:
        return read_text(r, d->licence);
    case 2:
        return read_size(r, d);
    case 3:
        return read_rule(r, d);
    case 4:
        return read_multiple(r, d);
    case 5:
        return read_rgb(r, false, d->mean);
    case 6:
        return read_rgb(r, true, d->std);
    case 7:
        return read_filter(r, true, &d->filter);
    case 8:
        return read_filter(r, false, &d->output_filter);
    case 9:
        return read_kind(r, d);
    case 10:
        return read_scale(r, d);
    case 11:
        return read_text(r, d->input_name);
    case 12:
        return read_text(r, d->output_name);
    case 13:
        return read_precision(r, d);
    case 14:
        return read_closer_look(r, d);
    default:
        return rl_fail(r->ctx, RELIEF_ERROR_FORMAT,
                       "%s: \"%s\" is not a key of a model descriptor (docs/models.md lists them)",
                       r->where, r->key);
    }
}

relief_status rl_descriptor_read(relief_ctx *ctx, const json_t *object, const char *where,
                                 rl_descriptor *descriptor) {
    if (!json_is_object(object)) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: not a JSON object { ... }", where);
    }
    const char *key;
    json_t *value;
    /* jansson iterates through a pointer that is not const but does not write. */
    json_object_foreach((json_t *)object, key, value) {
        reading r = {ctx, where, key, value};
        relief_status status = read_key(&r, descriptor);
        if (status) {
            return status;
        }
    }
    return RELIEF_OK;
}

static const char *word_for(const word *words, int value) {
    while (words->text && words->value != value) {
        words++;
    }
    return words->text ? words->text : "";
}

const char *rl_size_rule_name(rl_size_rule rule) {
    return word_for(size_rules, (int)rule);
}

const char *rl_depth_kind_name(relief_depth_kind kind) {
    return word_for(kinds, (int)kind);
}
