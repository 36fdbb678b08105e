/* SPDX-License-Identifier: Apache-2.0 */
/* Depth of field and vignette, on finished pictures, in linear light. */
#include "video/effects.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "render/srgb.h"

#include <math.h>
#include <string.h>

/* Points of the lens that are looked through: a spiral, so that they cover a disc evenly. */
enum { POINTS = 48 };
static const double GOLDEN = 2.399963229728653;
/* Depths within this share of each other blur into each other; behind something nearer, only what
 * is sharp there stays out. */
static const float SAME = 0.05F;

struct rl_effects {
    rl_effects_facts facts;
    float disc[POINTS][2];
    float *light;  /* the picture in linear light, RGB */
    float *radius; /* of each pixel's blur, in pixels */
    float *shade;  /* of the vignette, a factor for each pixel; or NULL */
};

static float *room(relief_ctx *ctx, size_t count, relief_status *status) {
    void *block = NULL;
    if (!*status)
        *status = rl_alloc_in(ctx, count, sizeof(float), &block);
    return *status ? NULL : block;
}

/* The natural fall of light towards the corners: the fourth power of the cosine of a field that is
 * as wide as the corners get as dark as asked for. */
static void fill_shade(rl_effects *e) {
    const int width = e->facts.width, height = e->facts.height;
    const double corner = 1 / sqrt(fmax(1 - e->facts.vignette, 0.01)) - 1;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            const double u = (2 * x + 1.0) / width - 1, v = (2 * y + 1.0) / height - 1;
            const double c = 1 + corner * 0.5 * (u * u + v * v);
            e->shade[(size_t)y * (size_t)width + (size_t)x] = (float)(1 / (c * c));
        }
    }
}

relief_status rl_effects_new(relief_ctx *ctx, const rl_effects_facts *facts, rl_effects **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(rl_effects), &block);
    if (status)
        return status;
    rl_effects *e = block;
    const size_t count = (size_t)facts->width * (size_t)facts->height;
    e->facts = *facts;
    for (int k = 0; k < POINTS; k++) {
        const double r = sqrt((k + 0.5) / POINTS), angle = GOLDEN * k;
        e->disc[k][0] = (float)(r * cos(angle));
        e->disc[k][1] = (float)(r * sin(angle));
    }
    if (facts->vignette > 0)
        e->shade = room(ctx, count, &status);
    if (facts->focus_blur > 0) {
        e->light = room(ctx, 3 * count, &status);
        e->radius = room(ctx, count, &status);
    }
    if (status) {
        rl_effects_free(e);
        return status;
    }
    if (e->shade)
        fill_shade(e);
    *out = e;
    return RELIEF_OK;
}

void rl_effects_free(rl_effects *effects) {
    if (!effects)
        return;
    rl_free(effects->light);
    rl_free(effects->radius);
    rl_free(effects->shade);
    rl_free(effects);
}

bool rl_effects_need_depth(const rl_effects *effects) {
    return effects->facts.focus_blur > 0;
}

typedef struct apply_job {
    rl_effects *e;
    uint8_t *rgba;
    const float *depth;
} apply_job;

/* The picture as light, and how blurred each pixel is: a thin lens blurs by the difference of
 * inverse depths, here in shares of the focus's. */
static void read_rows(void *arg, size_t begin, size_t end) {
    const apply_job *job = arg;
    const rl_effects *e = job->e;
    const uint16_t *linear = rl_srgb_to_linear();
    const size_t width = (size_t)e->facts.width;
    const double most = e->facts.focus_blur * e->facts.width;
    for (size_t i = begin * width; i < end * width; i++) {
        for (size_t c = 0; c < 3; c++)
            e->light[3 * i + c] = (float)linear[job->rgba[4 * i + c]];
        const double depth = job->depth[i] > 0 ? (double)job->depth[i] : e->facts.focus;
        e->radius[i] = (float)(most * fmin(1, fabs(1 - e->facts.focus / depth)));
    }
}

/* Light that reaches a pixel from others whose discs cover it; what lies behind it comes in only as
 * far as the pixel itself is blurred. */
static void blur_pixel(const apply_job *job, int x, int y, float out[3]) {
    const rl_effects *e = job->e;
    const int width = e->facts.width, height = e->facts.height;
    const size_t at = (size_t)y * (size_t)width + (size_t)x;
    const float reach = (float)(e->facts.focus_blur * width), own = e->radius[at];
    float sum[3] = {e->light[3 * at], e->light[3 * at + 1], e->light[3 * at + 2]}, weight = 1;
    for (int k = 0; k < POINTS; k++) {
        const float dx = e->disc[k][0] * reach, dy = e->disc[k][1] * reach;
        const int u = x + (int)lrintf(dx), v = y + (int)lrintf(dy);
        if (u < 0 || v < 0 || u >= width || v >= height)
            continue;
        const size_t from = (size_t)v * (size_t)width + (size_t)u;
        const bool behind = job->depth[from] > job->depth[at] * (1 + SAME);
        const float r = behind && own < e->radius[from] ? own : e->radius[from];
        const float away = sqrtf(dx * dx + dy * dy);
        float share = r - away + 0.5F;
        share = share < 0 ? 0 : share > 1 ? 1 : share;
        /* The light of a disc is spread over its area. */
        share *= reach * reach / ((r > 0.5F ? r * r : 0.25F) * POINTS);
        for (size_t c = 0; c < 3; c++)
            sum[c] += share * e->light[3 * from + c];
        weight += share;
    }
    for (int c = 0; c < 3; c++)
        out[c] = sum[c] / weight;
}

static void put_light(const float light[3], uint8_t *rgba) {
    for (int c = 0; c < 3; c++) {
        const float v = light[c] + 0.5F;
        rgba[c] = rl_srgb_from_linear()[v < 65535.0F ? (int)v : 65535];
    }
}

static void blur_rows(void *arg, size_t begin, size_t end) {
    const apply_job *job = arg;
    const int width = job->e->facts.width;
    for (size_t y = begin; y < end; y++) {
        for (int x = 0; x < width; x++) {
            float light[3];
            blur_pixel(job, x, (int)y, light);
            put_light(light, job->rgba + 4 * (y * (size_t)width + (size_t)x));
        }
    }
}

static void shade_rows(void *arg, size_t begin, size_t end) {
    const apply_job *job = arg;
    const uint16_t *linear = rl_srgb_to_linear();
    const size_t width = (size_t)job->e->facts.width;
    for (size_t i = begin * width; i < end * width; i++) {
        uint8_t *pixel = job->rgba + 4 * i;
        float light[3];
        for (int c = 0; c < 3; c++)
            light[c] = (float)linear[pixel[c]] * job->e->shade[i];
        put_light(light, pixel);
    }
}

void rl_effects_apply(relief_ctx *ctx, rl_effects *effects, uint8_t *rgba, const float *depth) {
    apply_job job = {effects, rgba, depth};
    const size_t rows = (size_t)effects->facts.height;
    if (effects->facts.focus_blur > 0) {
        rl_parallel(ctx, rows, 16, read_rows, &job);
        rl_parallel(ctx, rows, 4, blur_rows, &job);
    }
    if (effects->shade)
        rl_parallel(ctx, rows, 16, shade_rows, &job);
}
