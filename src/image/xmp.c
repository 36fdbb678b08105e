/* SPDX-License-Identifier: Apache-2.0 */
/* GLib's parser reads the XML; it knows no namespaces and resolves no entities of a document's own.
 */
#include "image/xmp.h"

#include "base/memory.h"
#include "base/status.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MAX_BINDINGS 64
#define MAX_PREFIX 32

/* Namespaces that tell something here. */
typedef enum space {
    SPACE_OTHER,
    SPACE_DEPTH,     /* GDepth and DepthMap: Format, Near, Far, Data, DepthURI */
    SPACE_CONTAINER, /* Directory, Item */
    SPACE_ITEM,      /* Mime, Semantic, Length, Padding, DataURI */
    SPACE_PIXELS,    /* NativeFormat, FloatMinValue, FloatMaxValue */
    SPACE_NOTE       /* HasExtendedXMP */
} space;

static const struct {
    const char *uri;
    space space;
} spaces[] = {
    {"http://ns.google.com/photos/1.0/depthmap/", SPACE_DEPTH},
    {"http://ns.google.com/photos/dd/1.0/depthmap/", SPACE_DEPTH},
    {"http://ns.google.com/photos/1.0/container/", SPACE_CONTAINER},
    {"http://ns.google.com/photos/dd/1.0/container/", SPACE_CONTAINER},
    {"http://ns.google.com/photos/1.0/container/item/", SPACE_ITEM},
    {"http://ns.google.com/photos/dd/1.0/item/", SPACE_ITEM},
    {"http://ns.apple.com/pixeldatainfo/1.0/", SPACE_PIXELS},
    {"http://ns.adobe.com/xmp/note/", SPACE_NOTE},
};

typedef struct binding {
    char prefix[MAX_PREFIX];
    space space;
    int depth; /* of the element that declares it */
} binding;

/* A name, taken apart. */
typedef struct qualified {
    space space;
    const char *name; /* without its prefix */
} qualified;

typedef struct reader {
    relief_ctx *ctx;
    relief_status status;
    rl_xmp *xmp;
    binding bindings[MAX_BINDINGS]; /* inner ones last */
    int binding_count;
    int depth;
    char element[RL_XMP_MAX_WORD]; /* whose text comes next; "" behind its end */
} reader;

static space find_space(const char *uri) {
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (strcmp(uri, spaces[i].uri) == 0) {
            return spaces[i].space;
        }
    }
    return SPACE_OTHER;
}

/* Declarations beyond the table's end, or with long prefixes, are those of no camera. */
static void bind_prefix(reader *r, const char *prefix, const char *uri) {
    if (r->binding_count < MAX_BINDINGS && strlen(prefix) < MAX_PREFIX) {
        binding *b = &r->bindings[r->binding_count++];
        g_strlcpy(b->prefix, prefix, sizeof b->prefix);
        b->space = find_space(uri);
        b->depth = r->depth;
    }
}

static qualified take_apart(const reader *r, const char *name) {
    const char *colon = strchr(name, ':');
    if (!colon) {
        return (qualified){SPACE_OTHER, name};
    }
    size_t length = (size_t)(colon - name);
    for (int i = r->binding_count - 1; i >= 0; i--) {
        const char *prefix = r->bindings[i].prefix;
        if (strlen(prefix) == length && memcmp(prefix, name, length) == 0) {
            return (qualified){r->bindings[i].space, colon + 1};
        }
    }
    return (qualified){SPACE_OTHER, colon + 1};
}

/* Keep a word the first time that it is told. Words that are too long mean nothing here. */
static void keep_word(char word[RL_XMP_MAX_WORD], const char *value) {
    if (!word[0] && strlen(value) < RL_XMP_MAX_WORD) {
        g_strlcpy(word, value, RL_XMP_MAX_WORD);
    }
}

static void keep_distance(double *distance, const char *value) {
    char *end = NULL;
    double number = g_ascii_strtod(value, &end);
    if (*distance == 0 && end != value && !*end && isfinite(number) && number > 0) {
        *distance = number;
    }
}

static void keep_bytes(int64_t *bytes, const char *value) {
    guint64 number = 0;
    if (g_ascii_string_to_unsigned(value, 10, 0, (guint64)1 << 52, &number, NULL)) {
        *bytes = (int64_t)number;
    }
}

/* What is no base64 is passed over: the picture then is what fails. */
static void keep_data(reader *r, const char *value, size_t length) {
    gint state = 0;
    guint save = 0;
    if (r->xmp->data) {
        return;
    }
    r->status = rl_alloc_in(r->ctx, length / 4 + 1, 3, (void **)&r->xmp->data);
    if (r->status == RELIEF_OK) {
        r->xmp->data_size = g_base64_decode_step(value, length, r->xmp->data, &state, &save);
    }
}

static void take_depth(rl_xmp *xmp, const char *name, const char *value) {
    if (strcmp(name, "Format") == 0) {
        keep_word(xmp->format, value);
    } else if (strcmp(name, "Near") == 0) {
        keep_distance(&xmp->nearest, value);
    } else if (strcmp(name, "Far") == 0) {
        keep_distance(&xmp->farthest, value);
    } else if (strcmp(name, "DepthURI") == 0) {
        keep_word(xmp->depth_uri, value);
    }
}

static void take_pixels(rl_xmp *xmp, const char *name, const char *value) {
    if (strcmp(name, "NativeFormat") == 0) {
        keep_word(xmp->stored, value);
    } else if (strcmp(name, "FloatMinValue") == 0) {
        keep_distance(&xmp->least, value);
    } else if (strcmp(name, "FloatMaxValue") == 0) {
        keep_distance(&xmp->most, value);
    }
}

static void take_item(rl_xmp_item *item, const char *name, const char *value) {
    if (strcmp(name, "Length") == 0) {
        keep_bytes(&item->length, value);
    } else if (strcmp(name, "Padding") == 0) {
        keep_bytes(&item->padding, value);
    } else if (strcmp(name, "DataURI") == 0) {
        keep_word(item->uri, value);
    } else if (strcmp(name, "Semantic") == 0) {
        item->is_depth = strcmp(value, "Depth") == 0 || strcmp(value, "DepthMap") == 0;
    }
}

/* XMP may give a property as an attribute or as an element's text. All but the data are words. */
static void take_property(reader *r, qualified property, const char *value, size_t length) {
    rl_xmp *xmp = r->xmp;
    char word[RL_XMP_MAX_WORD];
    if (property.space == SPACE_DEPTH && strcmp(property.name, "Data") == 0) {
        keep_data(r, value, length);
        return;
    }
    if (property.space == SPACE_OTHER || length >= sizeof word) {
        return;
    }
    memcpy(word, value, length);
    word[length] = 0;
    g_strstrip(word);
    if (property.space == SPACE_DEPTH) {
        take_depth(xmp, property.name, word);
    } else if (property.space == SPACE_PIXELS) {
        take_pixels(xmp, property.name, word);
    } else if (property.space == SPACE_ITEM && xmp->item_count > 0) {
        take_item(&xmp->items[xmp->item_count - 1], property.name, word);
    } else if (property.space == SPACE_NOTE && strcmp(property.name, "HasExtendedXMP") == 0) {
        keep_word(xmp->extension, word);
    }
}

static void stop_on_failure(const reader *r, GError **error) {
    if (r->status != RELIEF_OK) {
        g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "stopped");
    }
}

static void start_element(GMarkupParseContext *context, const char *name, const char **names,
                          const char **values, void *user, GError **error) {
    reader *r = user;
    (void)context;
    r->depth++;
    for (int i = 0; names[i]; i++) {
        if (strncmp(names[i], "xmlns:", 6) == 0) {
            bind_prefix(r, names[i] + 6, values[i]);
        }
    }
    qualified element = take_apart(r, name);
    if (element.space == SPACE_CONTAINER && strcmp(element.name, "Item") == 0) {
        if (r->xmp->item_count == RL_XMP_MAX_ITEMS) {
            g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "items");
            return;
        }
        r->xmp->item_count++;
    }
    for (int i = 0; names[i] && r->status == RELIEF_OK; i++) {
        take_property(r, take_apart(r, names[i]), values[i], strlen(values[i]));
    }
    r->element[0] = 0;
    keep_word(r->element, name);
    stop_on_failure(r, error);
}

static void end_element(GMarkupParseContext *context, const char *name, void *user,
                        GError **error) {
    reader *r = user;
    (void)context;
    (void)name;
    (void)error;
    while (r->binding_count > 0 && r->bindings[r->binding_count - 1].depth == r->depth) {
        r->binding_count--;
    }
    r->depth--;
    r->element[0] = 0;
}

static bool is_blank(const char *text, size_t length) {
    size_t i = 0;
    while (i < length && g_ascii_isspace(text[i])) {
        i++;
    }
    return i == length;
}

static void take_text(GMarkupParseContext *context, const char *text, gsize length, void *user,
                      GError **error) {
    reader *r = user;
    (void)context;
    if (r->element[0] && !is_blank(text, length)) {
        take_property(r, take_apart(r, r->element), text, length);
        stop_on_failure(r, error);
    }
}

relief_status rl_xmp_read(relief_ctx *ctx, const uint8_t *packet, size_t size, rl_xmp *xmp) {
    static const GMarkupParser parser = {
        .start_element = start_element, .end_element = end_element, .text = take_text};
    reader r = {.ctx = ctx, .xmp = xmp};
    GMarkupParseContext *context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &r, NULL);
    GError *error = NULL;
    if (!g_markup_parse_context_parse(context, (const char *)packet, (gssize)size, &error) &&
        r.status == RELIEF_OK) {
        rl_log(ctx, RELIEF_LOG_DEBUG, "XMP: %s", error ? error->message : "broken");
    }
    g_clear_error(&error);
    g_markup_parse_context_free(context);
    return r.status;
}

void rl_xmp_clear(rl_xmp *xmp) {
    rl_free(xmp->data);
    *xmp = (rl_xmp){0};
}
