/* SPDX-License-Identifier: Apache-2.0 */
/* The page: page.html with page.js and the scene in it. Textures and geometry stand there as
 * base64, which survives whatever handles a text file on its way. */
#include "view/page_inside.h"

#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "image/texture.h"
#include "mesh/surface_facts.h"

#include <jansson.h>
#include <string.h>

enum { MOST_SURFACES = 64, LINE_BYTES = 3 * 1024, PIECE_LINES = 256, NUMBER_DIGITS = 9 };

extern const char rl_page_html[], rl_page_html_end[];
extern const char rl_page_script[], rl_page_script_end[];

/* A page on its way into a file. */
typedef struct page {
    relief_ctx *ctx;
    const relief_surfaces *surfaces;
    relief_surfaces_info source;
    const char *title;
    rl_page_range range;
    int count; /* surfaces that are drawn */
    const relief_surface *drawn[MOST_SURFACES];
    rl_page_mesh meshes[MOST_SURFACES];
    rl_texture pictures[MOST_SURFACES];
    rl_output *output;
    relief_page_info info;
    int64_t done; /* bytes of geometry and textures */
} page;

static relief_status put(page *p, const void *data, size_t size) {
    p->info.bytes += (int64_t)size;
    return rl_output_write(p->output, data, size);
}

static relief_status put_text(page *p, const char *text) {
    return put(p, text, strlen(text));
}

/* One line of base64 (RFC 4648), `size` of at most LINE_BYTES; returns its length. */
static size_t encode_line(const uint8_t *data, size_t size, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to = out;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t bits = (uint32_t)data[i] << 16 |
                              (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                              (left > 2 ? data[i + 2] : 0);
        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 63];
        *to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[bits & 63] : '=';
    }
    *to++ = '\n';
    return (size_t)(to - out);
}

/* Bytes as a script element that no browser runs. */
static relief_status put_bytes(page *p, const char *name, int k, const uint8_t *data, size_t size) {
    enum { PIECE_TEXT = PIECE_LINES * (LINE_BYTES / 3 * 4 + 1) };
    char head[96];
    void *text;
    relief_status status = rl_alloc_in(p->ctx, PIECE_TEXT, 1, &text);
    if (status)
        return status;
    snprintf(head, sizeof head, "<script type=\"text/plain\" id=\"%s%d\">\n", name, k);
    status = put_text(p, head);
    for (size_t at = 0; at < size && !status;) {
        size_t length = 0;
        for (int line = 0; line < PIECE_LINES && at < size; line++) {
            const size_t bytes = size - at < LINE_BYTES ? size - at : LINE_BYTES;
            length += encode_line(data + at, bytes, (char *)text + length);
            at += bytes;
            p->done += (int64_t)bytes;
        }
        status = put(p, text, length);
        if (!status)
            status =
                rl_progress(p->ctx, "write", p->done, p->info.mesh_bytes + p->info.texture_bytes);
    }
    rl_free(text);
    return status ? status : put_text(p, "</script>\n");
}

static relief_status put_data(page *p) {
    relief_status status = RELIEF_OK;
    for (int k = 0; k < p->count && !status; k++) {
        status = put_bytes(p, "mesh", k, p->meshes[k].bytes, p->meshes[k].size);
        if (!status)
            status = put_bytes(p, "picture", k, p->pictures[k].data, p->pictures[k].size);
    }
    return status;
}

/* NULL without memory. */
static json_t *describe_surface(const page *p, int k) {
    static const char *const layers[] = {[RELIEF_LAYER_FRONT] = "front",
                                         [RELIEF_LAYER_BACK] = "back",
                                         [RELIEF_LAYER_RIBBON] = "ribbon"};
    static const char *const alphas[] = {[RELIEF_ALPHA_OPAQUE] = "opaque",
                                         [RELIEF_ALPHA_MASK] = "mask",
                                         [RELIEF_ALPHA_BLEND] = "blend"};
    const rl_page_mesh *mesh = &p->meshes[k];
    const rl_texture *picture = &p->pictures[k];
    return json_pack("{s:s, s:s, s:I, s:I, s:f, s:[f,f,f,f], s:s, s:[i,i]}", "layer",
                     layers[p->drawn[k]->layer], "alpha", alphas[p->drawn[k]->alpha], "vertices",
                     (json_int_t)mesh->vertex_count, "triangles", (json_int_t)mesh->triangle_count,
                     "step", mesh->step, "place", mesh->place[0], mesh->place[1], mesh->place[2],
                     mesh->place[3], "type", picture->mime_type, "size", picture->width,
                     picture->height);
}

/* What page.js reads first. */
static relief_status put_scene(page *p) {
    json_t *list = json_array();
    bool good = list != NULL;
    for (int k = 0; k < p->count && good; k++)
        good = json_array_append_new(list, describe_surface(p, k)) == 0;
    json_t *scene =
        good ? json_pack("{s:i, s:i, s:f, s:f, s:f, s:[f,f], s:f, s:O}", "width", p->source.width,
                         "height", p->source.height, "focal", p->source.focal_px, "near",
                         p->source.near_depth, "travel", p->source.travel, "q", p->range.q[0],
                         p->range.q[1], "pivot", p->range.pivot, "surfaces", list)
             : NULL;
    char *text =
        scene ? json_dumps(scene, JSON_COMPACT | JSON_REAL_PRECISION(NUMBER_DIGITS)) : NULL;
    relief_status status = text ? put_text(p, text) : rl_fail_memory(p->ctx, 1);
    free(text);
    json_decref(scene);
    json_decref(list);
    return status;
}

/* The title as text of HTML. */
static relief_status put_title(page *p) {
    static const struct {
        char letter;
        const char *text;
    } special[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    relief_status status = RELIEF_OK;
    for (const char *c = p->title; *c && !status; c++) {
        const char plain[2] = {(unsigned char)*c < ' ' || *c == 127 ? '?' : *c, 0};
        const char *text = plain;
        for (size_t k = 0; k < sizeof special / sizeof *special; k++)
            if (*c == special[k].letter)
                text = special[k].text;
        status = put_text(p, text);
    }
    return status;
}

static relief_status put_version(page *p) {
    return put_text(p, relief_version());
}

static relief_status put_script(page *p) {
    return put(p, rl_page_script, (size_t)(rl_page_script_end - rl_page_script));
}

/* What stands in the place of {{name}}. */
static const struct {
    const char *name;
    relief_status (*put)(page *p);
} fields[] = {{"{{version}}", put_version},
              {"{{title}}", put_title},
              {"{{scene}}", put_scene},
              {"{{data}}", put_data},
              {"{{script}}", put_script}};

static relief_status put_field(page *p, const char **at) {
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
        const size_t length = strlen(fields[k].name);
        if (strncmp(*at, fields[k].name, length) == 0) {
            *at += length;
            return fields[k].put(p);
        }
    }
    return rl_fail(p->ctx, RELIEF_ERROR_INTERNAL, "the page has a field that nothing fills");
}

static relief_status put_page(page *p) {
    const char *at = rl_page_html;
    relief_status status = RELIEF_OK;
    while (at < rl_page_html_end && !status) {
        const char *field = memmem(at, (size_t)(rl_page_html_end - at), "{{", 2);
        const char *end = field ? field : rl_page_html_end;
        status = put(p, at, (size_t)(end - at));
        at = end;
        if (field && !status)
            status = put_field(p, &at);
    }
    return status;
}

/* ------------------------------------------------------------------ what goes in */

/* A texture as it is, or made smaller. */
static relief_status take_picture(relief_ctx *ctx, const relief_surface *surface, int most,
                                  rl_texture *out) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image_info info;
    relief_image *image = NULL;
    facts.facts_only = true;
    relief_status status = rl_surface_picture(ctx, surface, &facts, &image, &info);
    if (status)
        return status;
    if (info.width > most || info.height > most)
        status = rl_image_texture(ctx, image, &(rl_texture_options){.most_side = most}, out);
    else
        *out = (rl_texture){.data = surface->picture,
                            .size = surface->picture_size,
                            .mime_type = surface->picture_type,
                            .width = info.width,
                            .height = info.height};
    relief_image_free(image);
    return status;
}

static relief_status take_surface(page *p, const relief_surface *surface, int most) {
    const int k = p->count++;
    rl_texture *picture = &p->pictures[k];
    p->drawn[k] = surface;
    relief_status status = take_picture(p->ctx, surface, most, picture);
    if (!status)
        status = rl_page_pack(p->ctx, surface, &p->range, &p->meshes[k]);
    if (status)
        return status;
    const int side = picture->width > picture->height ? picture->width : picture->height;
    if (side > p->info.largest_texture)
        p->info.largest_texture = side;
    p->info.texture_bytes += (int64_t)picture->size;
    p->info.mesh_bytes += (int64_t)p->meshes[k].size;
    return rl_check_cancel(p->ctx);
}

static relief_status take_surfaces(page *p, int most) {
    relief_status status = rl_page_survey(p->ctx, p->surfaces, &p->range);
    for (int i = 0; i < p->source.surface_count && !status; i++) {
        const relief_surface *surface = relief_surfaces_get(p->surfaces, i);
        if (surface->triangle_count == 0)
            continue;
        if (p->count == MOST_SURFACES)
            return rl_fail(p->ctx, RELIEF_ERROR_LIMIT, "%d surfaces (a page holds %d)",
                           p->source.surface_count, MOST_SURFACES);
        status = take_surface(p, surface, most);
    }
    return status;
}

static relief_status write_page(page *p, const char *path, const relief_page_options *options) {
    /* Opened first: a name that cannot be written is known before textures are encoded. */
    relief_status status = rl_output_open(p->ctx, path, options->force, &p->output);
    if (status)
        return status;
    status = take_surfaces(p, options->texture_size ? options->texture_size : RELIEF_PAGE_TEXTURE);
    if (!status)
        status = put_page(p);
    if (!status)
        return rl_output_commit(p->output);
    rl_output_abort(p->output);
    return status;
}

relief_status relief_page_save(relief_ctx *ctx, const relief_surfaces *surfaces, const char *path,
                               const relief_page_options *options, relief_page_info *info) {
    relief_page_options own = RELIEF_OPTIONS_INIT(relief_page_options);
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    if (own.texture_size < 0 || own.texture_size > RELIEF_PAGE_TEXTURE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "a page's textures of %d pixels a side (1 to %d)",
                       own.texture_size, RELIEF_PAGE_TEXTURE);
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(page), &block);
    if (status)
        return status;
    page *p = block;
    json_t *title = own.title ? json_string(own.title) : NULL; /* NULL for what is not UTF-8 */
    p->ctx = ctx;
    p->surfaces = surfaces;
    p->title = title ? json_string_value(title) : "relief";
    p->info.struct_size = sizeof p->info;
    p->source.struct_size = sizeof p->source;
    relief_surfaces_get_info(surfaces, &p->source);
    status = write_page(p, path, &own);
    if (!status && info)
        rl_info_copy(info, &p->info, sizeof p->info);
    for (int k = 0; k < p->count; k++) {
        rl_free(p->meshes[k].bytes);
        rl_texture_clear(&p->pictures[k]);
    }
    json_decref(title);
    rl_free(p);
    return status;
}
