/* SPDX-License-Identifier: Apache-2.0 */
/* The soft edge of what stands in front, as a layer of its own.
 *
 * A photo's edges are some pixels wide, wider in larger photos, and a silhouette that was found
 * on a smaller raster may stand some pixels off. All of that lies in a band along the silhouette.
 * How much of each pixel is the near thing follows from where its colour lies between what both
 * sides look like further in; where those are too much alike or too coloured to tell, the
 * silhouette that stands is taken as it is. The band leaves the front, so that neither side carries
 * colours of the other when the camera moves, and becomes a layer with alpha at the near side's
 * distance. Its colours are solved, in linear light as viewers mix, so that over the back layer it
 * is the photo. */
#include "scene/ribbon.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

/* Half of the band's width: cells of the guide, on which silhouettes are found, and pixels. */
static const float CELLS = 1.5F, MORE_PX = 1.5F, LEAST_HALF_PX = 3, MOST_HALF_PX = 24;
/* Steps by fewer pixels of parallax at the largest travel need no ribbon, and blocks leave the near
 * side by no more than so many. */
static const float LEAST_STEP_PX = 3, MOST_OFF_PX = 1.5F;
/* Alpha is hard below so much contrast in levels, and as the colours tell from the other on; the
 * same for contrast over the spread of both sides' colours. */
static const float LEAST_CONTRAST = 20, FULL_CONTRAST = 45, LEAST_CLEAR = 0.8F, FULL_CLEAR = 1.6F;
/* Alpha below and above which it is none and all; and up to which the photo goes into the back. */
static const float NO_ALPHA = 0.04F, ALL_ALPHA = 0.97F, TRACE = 0.05F;
/* Pixels over which alpha comes to its end at the band's rims, and around it that have colours. */
enum { RIM = 2, AROUND = 2 };
/* On photos with a shorter long side the band is as wide as a strand of hair, and takes its colours
 * for mixed ones. */
enum { LEAST_SIDE = 512 };
/* Pixels of the band around holes. */
enum { OVERLAP = 2 };
/* How much a block's plane is held even. */
static const double RIDGE = 0.02;

enum { LIGHT_STEPS = 16384 };
enum { STAYS = 1, IN_BAND = 2 };

/* What a block knows of the near side: sums for a plane by least squares. */
typedef struct block_sums {
    double n, x, y, xx, xy, yy, q, xq, yq;
    double least, most;
} block_sums;

typedef struct ribbon_job {
    relief_scene *scene;
    const rl_pixels *photo;
    rl_ribbon_field field;
    rl_ribbon_sides sides;
    rl_ribbon_rings rings;
    rl_ribbon *ribbon;
    block_sums *blocks;
    uint8_t *holes; /* of cells of the picture */
    float half_px, inner, outer;
    float parallax_px;                    /* of a q of 1 */
    double texels_a_pixel, texels_a_cell; /* of the back */
    int block_bits;                       /* a block is 1 << block_bits pixels wide */
    int hole_px;                          /* holes are made of cells of so many pixels a side */
    float light[257];
    uint8_t levels[LIGHT_STEPS + 1];
} ribbon_job;

/* Where a pixel stands in rasters of the photo's size. */
static inline size_t at_of(const ribbon_job *job, const rl_ribbon_place *place) {
    return (size_t)place->y * (size_t)job->field.width + place->x;
}

static const uint8_t *colour_at(const ribbon_job *job, const rl_ribbon_place *place) {
    return (const uint8_t *)job->photo->data + at_of(job, place) * (size_t)job->photo->channels;
}

static inline float least_of(float a, float b) {
    return a < b ? a : b;
}

static inline float most_of(float a, float b) {
    return a > b ? a : b;
}

static float clamp01(float value) {
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static void make_tables(ribbon_job *job) {
    for (int k = 0; k <= 256; k++) {
        const float v = (float)(k < 255 ? k : 255) / 255;
        job->light[k] = v <= 0.04045F ? v / 12.92F : powf((v + 0.055F) / 1.055F, 2.4F);
    }
    for (int k = 0; k <= LIGHT_STEPS; k++) {
        const float v = (float)k / LIGHT_STEPS;
        const float level = v <= 0.0031308F ? v * 12.92F : 1.055F * powf(v, 1 / 2.4F) - 0.055F;
        job->levels[k] = (uint8_t)(255 * level + 0.5F);
    }
}

static float light_of(const ribbon_job *job, float level) {
    level = level < 0 ? 0 : level > 255 ? 255 : level;
    const int at = (int)level;
    return job->light[at] + (level - (float)at) * (job->light[at + 1] - job->light[at]);
}

static uint8_t level_of(const ribbon_job *job, float light) {
    return job->levels[(int)(clamp01(light) * LIGHT_STEPS + 0.5F)];
}

/* ------------------------------------------------------------------ where it lies */

static size_t block_at(const ribbon_job *job, const rl_ribbon_place *place) {
    const int bits = job->block_bits;
    return (size_t)(place->y >> bits) * (size_t)job->ribbon->columns + (size_t)(place->x >> bits);
}

/* The near side's q at a pixel of the band. */
static float near_q_at(const ribbon_job *job, const rl_ribbon_place *place) {
    return place->near ? job->field.q[at_of(job, place)] : place->near_q;
}

/* Whether a pixel's place in the picture allows it to be the ribbon's. */
static bool may_belong(const ribbon_job *job, const rl_ribbon_place *place) {
    const float step = (place->near_q - place->far_q) * job->parallax_px;
    return place->known && place->inside < job->inner && place->inside > -job->outer &&
           step >= LEAST_STEP_PX;
}

static void add_to_block(const ribbon_job *job, const rl_ribbon_place *place) {
    const int side = job->ribbon->block_px;
    block_sums *b = &job->blocks[block_at(job, place)];
    const double x = ((place->x & (side - 1)) + 0.5) / side - 0.5;
    const double y = ((place->y & (side - 1)) + 0.5) / side - 0.5;
    const double q = (double)near_q_at(job, place);
    b->least = b->n > 0 && b->least < q ? b->least : q;
    b->most = b->n > 0 && b->most > q ? b->most : q;
    b->n += 1;
    b->x += x;
    b->y += y;
    b->xx += x * x;
    b->xy += x * y;
    b->yy += y * y;
    b->q += q;
    b->xq += x * q;
    b->yq += y * q;
}

static void look_at_row(const ribbon_job *job, size_t y) {
    const rl_ribbon_field *field = &job->field;
    for (size_t k = field->rows[y]; k < field->ends[y]; k++) {
        const rl_ribbon_place *place = &field->list[k];
        rl_ribbon_sides_add(&job->sides, &job->rings, place, colour_at(job, place));
        if (may_belong(job, place))
            add_to_block(job, place);
    }
}

/* Look at the pixels of rows of blocks, which are also those of the sides' cells. */
static void look_at_blocks(void *arg, size_t begin, size_t end) {
    const ribbon_job *job = arg;
    const size_t side = (size_t)job->ribbon->block_px, height = (size_t)job->field.height;
    for (size_t y = begin * side; y < end * side && y < height; y++)
        look_at_row(job, y);
}

/* The block's plane at (x, y), both -1/2 or 1/2. */
static double plane_at(const block_sums *b, double x, double y) {
    const double ridge = RIDGE * b->n, mean = b->q / b->n, mx = b->x / b->n, my = b->y / b->n;
    const double xx = b->xx - b->n * mx * mx + ridge, yy = b->yy - b->n * my * my + ridge;
    const double xy = b->xy - b->n * mx * my;
    const double xq = b->xq - b->n * mx * mean, yq = b->yq - b->n * my * mean;
    const double scale = 1 / (xx * yy - xy * xy);
    const double q =
        mean + (xq * yy - yq * xy) * scale * (x - mx) + (yq * xx - xq * xy) * scale * (y - my);
    return fmin(fmax(q, 0.9 * b->least), 1.1 * b->most);
}

/* q at the corners of blocks: means of the planes around, so that blocks join. */
static void place_corners(const ribbon_job *job) {
    const rl_ribbon *ribbon = job->ribbon;
    for (int row = 0; row <= ribbon->rows; row++) {
        for (int column = 0; column <= ribbon->columns; column++) {
            double sum = 0, weights = 0;
            for (int k = 0; k < 4; k++) {
                const int u = column - (k & 1), v = row - (k >> 1);
                if (u < 0 || v < 0 || u >= ribbon->columns || v >= ribbon->rows)
                    continue;
                const block_sums *b = &job->blocks[(size_t)v * (size_t)ribbon->columns + (size_t)u];
                if (b->n <= 0)
                    continue;
                sum += b->n * plane_at(b, u < column ? 0.5 : -0.5, v < row ? 0.5 : -0.5);
                weights += b->n;
            }
            ribbon->corner_q[(size_t)row * (size_t)(ribbon->columns + 1) + (size_t)column] =
                weights > 0 ? (float)(sum / weights) : 0;
        }
    }
}

/* The ribbon's own q at a pixel of a block that has one. */
static float ribbon_q(const ribbon_job *job, int x, int y) {
    const rl_ribbon *ribbon = job->ribbon;
    const int bits = job->block_bits, rest = ribbon->block_px - 1;
    const float side = (float)ribbon->block_px;
    const float u = ((float)(x & rest) + 0.5F) / side;
    const float v = ((float)(y & rest) + 0.5F) / side;
    const size_t across = (size_t)ribbon->columns + 1;
    const float *q = ribbon->corner_q + (size_t)(y >> bits) * across + (size_t)(x >> bits);
    return (1 - v) * ((1 - u) * q[0] + u * q[1]) + v * ((1 - u) * q[across] + u * q[across + 1]);
}

/* The back's texel in which a photo's row or column begins. */
static int texel_of(const ribbon_job *job, int pixel, int margin) {
    return (int)(pixel * job->texels_a_pixel + margin * job->texels_a_cell + 0.5);
}

static bool has_back(const ribbon_job *job, int x, int y) {
    const rl_back *back = job->scene->back;
    const double cells = job->texels_a_pixel / job->texels_a_cell;
    const int cx = (int)((x + 0.5) * cells) + back->left;
    const int cy = (int)((y + 0.5) * cells) + back->top;
    return cx < back->width && cy < back->height &&
           back->valid[(size_t)cy * (size_t)back->width + (size_t)cx];
}

/* Mark a pixel if it is the band's. */
static void mark_pixel(const ribbon_job *job, const rl_ribbon_place *place) {
    if (!may_belong(job, place) || !has_back(job, place->x, place->y))
        return;
    const float off = fabsf(ribbon_q(job, place->x, place->y) - near_q_at(job, place));
    if (off * job->parallax_px <= MOST_OFF_PX)
        job->ribbon->stays[at_of(job, place)] = IN_BAND;
}

/* Whether a cell that begins at (x0, y0) becomes a hole: it lies within the band, and not at its
 * rim, where the ribbon goes on over the front. */
static bool is_hole(const ribbon_job *job, int x0, int y0) {
    const uint64_t all = IN_BAND * (UINT64_MAX / UINT8_MAX);
    const int width = job->field.width, height = job->field.height, side = job->hole_px;
    const int left = x0 > OVERLAP ? x0 - OVERLAP : 0, top = y0 > OVERLAP ? y0 - OVERLAP : 0;
    const int right = x0 + side + OVERLAP < width ? x0 + side + OVERLAP : width;
    const int bottom = y0 + side + OVERLAP < height ? y0 + side + OVERLAP : height;
    for (int y = top; y < bottom; y++) {
        const uint8_t *row = job->ribbon->stays + (size_t)y * (size_t)width;
        for (int x = left; x < right; x += (int)sizeof all)
            if (memcmp(row + x, &all, x + 8 < right ? sizeof all : (size_t)(right - x)) != 0)
                return false;
    }
    return true;
}

static size_t cell_at(const ribbon_job *job, int x, int y) {
    const int columns = (job->field.width + job->hole_px - 1) / job->hole_px;
    return (size_t)(y / job->hole_px) * (size_t)columns + (size_t)(x / job->hole_px);
}

/* Holes are made of cells, so that they have few corners. */
static void find_hole(const ribbon_job *job, const rl_ribbon_place *place) {
    if (job->ribbon->stays[at_of(job, place)] != IN_BAND)
        return;
    __atomic_store_n(&job->ribbon->used[block_at(job, place)], 1, __ATOMIC_RELAXED);
    if (place->x % job->hole_px == 0 && place->y % job->hole_px == 0)
        job->holes[cell_at(job, place->x, place->y)] = is_hole(job, place->x, place->y);
}

/* ------------------------------------------------------------------ what it looks like */

/* How much of a pixel is the near side's, by its colour; *trust: from 0 to 1. */
static float colour_alpha(const ribbon_job *job, const uint8_t *colour,
                          const rl_ribbon_look looks[2], float *trust) {
    float along = 0, square = 0;
    *trust = 0;
    if (looks[0].weight <= 0 || looks[1].weight <= 0)
        return 0;
    for (int c = 0; c < 3; c++) {
        const float line = looks[0].colour[c] - looks[1].colour[c];
        along += (colour[c] - looks[1].colour[c]) * line;
        square += line * line;
    }
    const float contrast = sqrtf(square);
    const float clear = contrast / most_of(looks[0].spread + looks[1].spread, 1);
    *trust = clamp01((contrast - LEAST_CONTRAST) / (FULL_CONTRAST - LEAST_CONTRAST)) *
             clamp01((clear - LEAST_CLEAR) / (FULL_CLEAR - LEAST_CLEAR));
    if (*trust <= 0)
        return 0;
    /* Levels say better how far a colour is from either, light how much there is of each. */
    const float share = clamp01(along / square);
    float numerator = 0, denominator = 0;
    for (int c = 0; c < 3; c++) {
        const float far = light_of(job, looks[1].colour[c]);
        const float line = light_of(job, looks[0].colour[c]) - far;
        const float level = looks[1].colour[c] + share * (looks[0].colour[c] - looks[1].colour[c]);
        numerator += (light_of(job, level) - far) * line;
        denominator += line * line;
    }
    return clamp01(numerator / most_of(denominator, 1e-9F));
}

static float find_alpha(const ribbon_job *job, const uint8_t *colour, float inside,
                        const rl_ribbon_look looks[2], float *trust) {
    const float told = colour_alpha(job, colour, looks, trust);
    float alpha = told * *trust + clamp01(0.5F * inside + 0.5F) * (1 - *trust);
    alpha = least_of(alpha, clamp01((inside + job->outer - OVERLAP) / RIM));
    alpha = most_of(alpha, clamp01((inside - (job->inner - OVERLAP - RIM)) / RIM));
    return alpha < NO_ALPHA ? 0 : alpha > ALL_ALPHA ? 1 : alpha;
}

/* What the back is to show at a pixel: the photo where the ribbon is clear, and the far side's own
 * colour, not a mixed one, where it is not. */
static void find_behind(const uint8_t *colour, float alpha, float far_share,
                        const rl_ribbon_look *far, float behind[3]) {
    const float photo = clamp01(1 - alpha / TRACE);
    const float even = far->weight > 0 ? far_share : 0;
    for (int c = 0; c < 3; c++) {
        const float other = behind[c] + even * (far->colour[c] - behind[c]);
        behind[c] = (float)(int)(other + photo * ((float)colour[c] - other) + 0.5F);
    }
}

/* Colour and alpha over `behind` that give the photo's `colour`. */
static void solve(const ribbon_job *job, const uint8_t *colour, const float behind[3], float alpha,
                  uint8_t rgba[4]) {
    float under[3], change[3];
    for (int c = 0; c < 3; c++) {
        under[c] = light_of(job, behind[c]);
        change[c] = job->light[colour[c]] - under[c];
        const float room = change[c] > 0 ? 1 - under[c] : under[c];
        if (alpha > 0 && fabsf(change[c]) > 1e-4F)
            alpha = most_of(alpha, least_of(fabsf(change[c]) / most_of(room, 1e-6F), 1));
    }
    const float whole = (float)(int)(alpha * 255);
    const float eighth = whole < alpha * 255 ? whole + 1 : whole;
    rgba[3] = (uint8_t)eighth;
    for (int c = 0; c < 3; c++)
        rgba[c] = eighth > 0 ? level_of(job, under[c] + change[c] * 255 / eighth) : colour[c];
}

/* The back's texels that a pixel covers. */
typedef struct texels {
    int left, top, right, bottom;
} texels;

static texels texels_of(const ribbon_job *job, int x, int y) {
    const rl_back *back = job->scene->back;
    texels t = {texel_of(job, x, back->left), texel_of(job, y, back->top),
                texel_of(job, x + 1, back->left), texel_of(job, y + 1, back->top)};
    t.right = t.right < back->colour.width ? t.right : back->colour.width;
    t.bottom = t.bottom < back->colour.height ? t.bottom : back->colour.height;
    return t;
}

static void colour_hole(const ribbon_job *job, const rl_ribbon_place *place,
                        const rl_ribbon_look looks[2], uint8_t *rgba) {
    const rl_pixels *fill = &job->scene->back->colour;
    const uint8_t *colour = colour_at(job, place);
    const texels t = texels_of(job, place->x, place->y);
    uint8_t *texel =
        (uint8_t *)fill->data + 3 * ((size_t)t.top * (size_t)fill->width + (size_t)t.left);
    float trust, behind[3] = {texel[0], texel[1], texel[2]};
    const float alpha = find_alpha(job, colour, place->inside, looks, &trust);
    const float far_share = trust * clamp01(1 - place->inside / (float)(job->scene->fringe_px + 2));
    find_behind(colour, alpha, far_share, &looks[1], behind);
    for (int y = t.top; y < t.bottom; y++) {
        for (int x = t.left; x < t.right; x++) {
            texel = (uint8_t *)fill->data + 3 * ((size_t)y * (size_t)fill->width + (size_t)x);
            for (int c = 0; c < 3; c++)
                texel[c] = (uint8_t)behind[c];
        }
    }
    solve(job, colour, behind, alpha, rgba);
}

/* Whether a pixel outside of the band is so close to it that viewers that smooth look at it. */
static bool is_around(const ribbon_job *job, const rl_ribbon_place *place) {
    return place->inside < job->inner + AROUND && place->inside > -job->outer - AROUND;
}

/* Give a pixel its colours, and take the holes out of the front. */
static void colour_pixel(const ribbon_job *job, const rl_ribbon_place *place) {
    uint8_t *stays = &job->ribbon->stays[at_of(job, place)];
    const bool in_band = *stays == IN_BAND;
    if (!in_band && !is_around(job, place))
        return;
    const bool hole = in_band && job->holes[cell_at(job, place->x, place->y)];
    *stays = hole ? 0 : STAYS;
    uint8_t *rgba = (uint8_t *)job->ribbon->colour.data + 4 * at_of(job, place);
    rl_ribbon_look looks[2] = {{0}};
    if (hole || !place->near)
        rl_ribbon_looks(&job->sides, place->x, place->y, looks);
    if (hole) {
        colour_hole(job, place, looks, rgba);
    } else {
        memcpy(rgba, colour_at(job, place), 3);
        rgba[3] = in_band && place->near ? 255 : 0;
    }
    /* What is clear has the near side's colour, for who mixes neighbours. */
    if (rgba[3] == 0 && !place->near && looks[0].weight > 0)
        for (int c = 0; c < 3; c++)
            rgba[c] = (uint8_t)(looks[0].colour[c] + 0.5F);
}

/* ------------------------------------------------------------------ all of it */

/* What is done to each pixel of the field. */
typedef struct pass {
    const ribbon_job *job;
    void (*fn)(const ribbon_job *job, const rl_ribbon_place *place);
} pass;

static void pass_rows(void *arg, size_t begin, size_t end) {
    const pass *p = arg;
    const rl_ribbon_field *field = &p->job->field;
    for (size_t y = begin; y < end; y++)
        for (size_t k = field->rows[y]; k < field->ends[y]; k++)
            p->fn(p->job, &field->list[k]);
}

static void for_all(relief_ctx *ctx, const ribbon_job *job,
                    void (*fn)(const ribbon_job *job, const rl_ribbon_place *place)) {
    enum { ROWS = 16 };
    pass p = {job, fn};
    rl_parallel_uneven(ctx, (size_t)job->field.height, ROWS, pass_rows, &p);
}

/* The band's measures. */
static void measure(ribbon_job *job, const float *q) {
    const rl_back *back = job->scene->back;
    job->texels_a_cell = (double)back->colour.width / back->width;
    job->texels_a_pixel = job->texels_a_cell / back->cell_px;
    const relief_camera *camera = &job->scene->info.camera;
    const int side = camera->width > camera->height ? camera->width : camera->height;
    const float half = CELLS * (float)side / RL_GUIDE_SIDE + MORE_PX;
    job->half_px = least_of(most_of(half, LEAST_HALF_PX), MOST_HALF_PX);
    /* The silhouette stands at the soft edge's outer end. */
    const float fringe = (float)job->scene->fringe_px;
    job->inner = most_of(job->half_px, fringe) + fringe + OVERLAP;
    job->outer = most_of(job->half_px - fringe, RIM) + 1 + OVERLAP;
    job->block_bits = job->half_px <= 4 ? 3 : job->half_px <= 10 ? 4 : 5;
    job->hole_px = (int)most_of(job->half_px / 4, 1);
    job->parallax_px = (float)(camera->focal_px * job->scene->travel) * job->scene->info.near_depth;
    job->field = (rl_ribbon_field){
        .q = q, .torn = job->scene->torn, .width = camera->width, .height = camera->height};
    job->rings = (rl_ribbon_rings){.near_from = fringe + most_of(fringe, 0.6F * job->half_px),
                                   .far_from = 0.3F * job->half_px};
    job->rings.near_to = job->rings.near_from + job->half_px;
    job->rings.far_to = job->rings.far_from + 1.2F * job->half_px;
    job->field.near_reach = (int)ceilf(most_of(job->inner + AROUND, job->rings.near_to));
    job->field.far_reach = (int)ceilf(most_of(job->outer + AROUND, job->rings.far_to));
}

static relief_status allocate(relief_ctx *ctx, const ribbon_job *job, rl_ribbon *ribbon) {
    const size_t count = (size_t)job->field.width * (size_t)job->field.height;
    ribbon->block_px = 1 << job->block_bits;
    ribbon->columns = (job->field.width + ribbon->block_px - 1) / ribbon->block_px;
    ribbon->rows = (job->field.height + ribbon->block_px - 1) / ribbon->block_px;
    ribbon->colour = (rl_pixels){
        .width = job->field.width, .height = job->field.height, .channels = 4, .sample_bytes = 1};
    void *block;
    relief_status status = rl_calloc_in(ctx, count, 4, &ribbon->colour.data);
    if (!status && !(status = rl_alloc_in(ctx, count, 1, &block)))
        ribbon->stays = memset(block, STAYS, count);
    const size_t blocks = (size_t)ribbon->columns * (size_t)ribbon->rows;
    if (!status && !(status = rl_calloc_in(ctx, blocks, 1, &block)))
        ribbon->used = block;
    const size_t corners = ((size_t)ribbon->columns + 1) * ((size_t)ribbon->rows + 1);
    if (!status && !(status = rl_calloc_in(ctx, corners, sizeof(float), &block)))
        ribbon->corner_q = block;
    return status;
}

static relief_status fill(relief_ctx *ctx, ribbon_job *job) {
    const size_t blocks = (size_t)job->ribbon->columns * (size_t)job->ribbon->rows;
    void *sums = NULL, *holes = NULL;
    relief_status status = rl_calloc_in(ctx, blocks, sizeof *job->blocks, &sums);
    if (!status)
        status = rl_calloc_in(ctx, cell_at(job, job->field.width - 1, job->field.height - 1) + 1, 1,
                              &holes);
    job->blocks = sums;
    job->holes = holes;
    job->sides.cell_px = job->ribbon->block_px;
    if (!status)
        status = rl_ribbon_sides_start(ctx, &job->field, &job->sides);
    if (status)
        return status;
    make_tables(job);
    rl_parallel_uneven(ctx, (size_t)job->ribbon->rows, 4, look_at_blocks, job);
    rl_ribbon_sides_smooth(ctx, &job->sides);
    place_corners(job);
    for_all(ctx, job, mark_pixel);
    for_all(ctx, job, find_hole);
    for_all(ctx, job, colour_pixel);
    for (size_t k = 0; k < blocks; k++)
        job->ribbon->block_count += job->ribbon->used[k];
    return RELIEF_OK;
}

/* Whether the photo's pixels are many, and at hand at full size, and the back has one texel or more
 * for each. */
static bool has_pixels(const relief_scene *scene, const relief_image_info *info) {
    const rl_back *back = scene->back;
    const int32_t width = info->raster_width, height = info->raster_height;
    return (width > height ? width : height) >= LEAST_SIDE && width == scene->info.camera.width &&
           height == scene->info.camera.height && !info->has_alpha &&
           back->colour.width >= back->width * back->cell_px - 0.01;
}

relief_status rl_ribbon_make(relief_ctx *ctx, relief_scene *scene, const float *q,
                             rl_ribbon **out) {
    *out = NULL;
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(scene->photo, &info);
    if (!has_pixels(scene, &info) || scene->info.silhouette_edges == 0)
        return RELIEF_OK;
    const rl_pixels photo = {.data = (void *)(uintptr_t)relief_image_pixels(scene->photo),
                             .width = info.raster_width,
                             .height = info.raster_height,
                             .channels = info.channels,
                             .sample_bytes = 1};
    void *block, *own;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(ribbon_job), &block);
    if (status)
        return status;
    ribbon_job *job = block;
    job->scene = scene;
    job->photo = &photo;
    measure(job, q);
    status = rl_calloc_in(ctx, 1, sizeof(rl_ribbon), &own);
    job->ribbon = own;
    if (!status)
        status = allocate(ctx, job, job->ribbon);
    if (!status)
        status = rl_ribbon_find(ctx, &job->field);
    if (!status)
        status = fill(ctx, job);
    if (status)
        rl_ribbon_free(job->ribbon);
    else
        *out = job->ribbon;
    rl_ribbon_field_clear(&job->field);
    rl_ribbon_sides_clear(&job->sides);
    rl_free(job->blocks);
    rl_free(job->holes);
    rl_free(job);
    return status;
}

void rl_ribbon_free(rl_ribbon *ribbon) {
    if (!ribbon)
        return;
    rl_free(ribbon->colour.data);
    rl_free(ribbon->stays);
    rl_free(ribbon->used);
    rl_free(ribbon->corner_q);
    rl_free(ribbon);
}
