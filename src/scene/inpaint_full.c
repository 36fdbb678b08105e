/* SPDX-License-Identifier: Apache-2.0 */
/* The fill at the size of the photo: every texel is copied from where the matches of the cells
 * around it lead, so that grain and fine texture are the photo's own. What the canvas of the finest
 * level has in place of a match's own colour comes on top: the fill keeps its seamlessness. */
#include "scene/inpaint.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <string.h>

/* Cells of the even ground that stands for what nobody sees. */
enum { GROUND = 16 };
/* Texels on a side that graphics drivers take. */
enum { MOST_SIDE = 16384 };
/* Texels a cell, the bytes of a run of them, and how many of those are done at once. */
enum { MOST_TEXELS = 32, ROOM = 3 * MOST_TEXELS, STRIP = 16 };

typedef struct full_job {
    relief_ctx *ctx;
    const uint8_t *raster;
    int raster_width, raster_height, channels;
    const rl_cells *cells;
    const rl_level *level;
    int factor; /* pixels of the raster a cell */
    int texels; /* of the result a cell, at most that */
    int room;   /* bytes of a run of them, rounded up to whole strips */
    /* Of every byte of a run of texels, how much the cell to its right weighs. */
    float right[ROOM];
    rl_pixels *out;
} full_job;

/* The photo's row or column at a texel that is counted from the photo's border; reflections go on
 * beyond it. */
static inline int photo_pixel(const full_job *job, int texel, int size) {
    if (job->factor != job->texels) {
        const int before = -1 - texel;
        texel =
            texel < 0 ? -1 - before * job->factor / job->texels : texel * job->factor / job->texels;
    }
    return rl_reflect(texel, size);
}

/* The photo's colours at a cell's texels from (x, y) on to the right, `room` bytes: in the raster,
 * or put together in `own`. */
static const uint8_t *photo_run(const full_job *job, int x, int y, uint8_t own[ROOM]) {
    const int left = x - job->cells->left * job->texels, top = y - job->cells->top * job->texels;
    if (job->factor == job->texels && job->channels == 3 && left >= 0 && top >= 0 &&
        left + job->room / 3 < job->raster_width && top < job->raster_height)
        return job->raster + 3 * ((size_t)top * (size_t)job->raster_width + (size_t)left);
    const size_t row = (size_t)photo_pixel(job, top, job->raster_height);
    const uint8_t *pixels = job->raster + row * (size_t)job->raster_width * (size_t)job->channels;
    for (int k = 0; k < job->texels; k++)
        memcpy(own + 3 * k,
               pixels +
                   (size_t)photo_pixel(job, left + k, job->raster_width) * (size_t)job->channels,
               3);
    return own;
}

/* ------------------------------------------------------------------ holes */

/* What a cell says of the texels around it: the photo's colours so far away, and what is added. */
typedef struct source {
    float weight; /* 0: nothing, it is no hole */
    bool copies;
    int dx, dy; /* in texels */
    float add[ROOM];
} source;

/* The texels between the centres of four cells, which have the same sources. */
typedef struct block {
    int x, y; /* its first texel; outside of the layer's raster along its border */
    const source *of[4];
} block;

static void find_source(const full_job *job, int cx, int cy, source *out) {
    const rl_level *level = job->level;
    const size_t at = (size_t)cy * (size_t)level->width + (size_t)cx;
    const uint8_t *canvas = level->canvas + 4 * at;
    const uint32_t match = level->match[at];
    int add[3] = {canvas[0], canvas[1], canvas[2]};
    out->weight = rl_is_hole(level, at) ? 1 : 0;
    const bool reflects = level->part[at] & RL_PART_REFLECTS;
    out->copies = out->weight > 0 && (reflects || match != RL_NO_MATCH);
    if (out->copies) {
        const int mx = reflects ? cx : rl_match_x(match), my = reflects ? cy : rl_match_y(match);
        const uint8_t *smooth =
            level->source + 4 * ((size_t)my * (size_t)level->width + (size_t)mx);
        out->dx = (mx - cx) * job->texels;
        out->dy = (my - cy) * job->texels;
        for (int c = 0; c < 3; c++)
            add[c] -= smooth[c];
    }
    for (int j = 0; j < job->room; j += 3)
        for (int c = 0; c < 3; c++)
            out->add[j + c] = (float)add[c];
}

/* The numbers of a strip. */
typedef float strip_floats __attribute__((vector_size(4 * STRIP)));
typedef int32_t strip_ints __attribute__((vector_size(4 * STRIP)));
typedef uint16_t strip_words __attribute__((vector_size(2 * STRIP)));
typedef uint8_t strip_bytes __attribute__((vector_size(STRIP)));

/* Step by step, which compilers have instructions for. */
RL_INLINED void read_strip(const uint8_t *from, strip_floats *to) {
    strip_bytes bytes;
    memcpy(&bytes, from, sizeof bytes);
    const strip_words words = __builtin_convertvector(bytes, strip_words);
    *to = __builtin_convertvector(__builtin_convertvector(words, strip_ints), strip_floats);
}

RL_INLINED void write_strip(const strip_ints *from, uint8_t *to) {
    const strip_words words = __builtin_convertvector(*from, strip_words);
    const strip_bytes bytes = __builtin_convertvector(words, strip_bytes);
    memcpy(to, &bytes, sizeof bytes);
}

/* A run of `room` bytes between what four sources say. across, down: how much those on the right
 * and those below weigh. */
RL_INLINED void mix_run(const source *const of[4], const uint8_t *const run[4], const float *across,
                        float down, int room, uint8_t *out) {
    for (int from = 0; from < room; from += STRIP) {
        strip_floats sum = {0}, total = {0}, right, add, colour;
        memcpy(&right, across + from, sizeof right);
        for (int k = 0; k < 4; k++) {
            const float on = of[k]->weight, below = k & 2 ? down : 1 - down;
            const strip_floats weight = on * ((k & 1 ? right : 1 - right) * below);
            read_strip(run[k] + from, &colour);
            memcpy(&add, of[k]->add + from, sizeof add);
            sum += weight * (colour + add);
            total += weight;
        }
        total -= __builtin_convertvector(total == 0, strip_floats); /* no 0 but 1 */
        strip_ints value = __builtin_convertvector(sum / total + 0.5F, strip_ints);
        value &= value > 0;
        value = (value & (value < 255)) | (255 & (value >= 255));
        write_strip(&value, out + from);
    }
}

/* Whether two sources read the same run. */
static inline bool is_same_run(const source *a, const source *b) {
    return a->copies && b->copies && a->dx == b->dx && a->dy == b->dy;
}

/* The runs of a block, row by row; texels of cells that are no holes stay. own: room for runs. */
RL_EVERY_WIDTH static void fill_block(const full_job *job, int cx, int cy, const block *b,
                                      uint8_t own[4][ROOM]) {
    static const float LEFT_ALONE[ROOM];
    static const uint8_t BLACK[ROOM];
    const int texels = job->texels, width = job->level->width, height = job->level->height;
    const int split = texels - texels / 2; /* of the cells on the left, and above */
    uint8_t mixed[ROOM];
    for (int row = 0; row < texels; row++) {
        const int y = b->y + row, cell_y = row < split ? cy : cy + 1;
        if (cell_y < 0 || cell_y >= height)
            continue;
        const uint8_t *run[4];
        for (int k = 0; k < 4; k++) {
            const source *of = b->of[k];
            if (k > 0 && is_same_run(of, b->of[k - 1]))
                run[k] = run[k - 1];
            else
                run[k] = of->copies ? photo_run(job, b->x + of->dx, y + of->dy, own[k]) : BLACK;
        }
        mix_run(b->of, run, cx < 0 ? LEFT_ALONE : job->right, cy < 0 ? 0 : job->right[3 * row],
                job->room, mixed);
        uint8_t *to = (uint8_t *)job->out->data + 3 * (size_t)y * (size_t)job->out->width;
        const uint8_t *states = job->cells->state + (size_t)cell_y * (size_t)width;
        if (cx >= 0 && (states[cx] & RL_CELL_HOLE))
            memcpy(to + 3 * b->x, mixed, 3 * (size_t)split);
        if (cx + 1 < width && (states[cx + 1] & RL_CELL_HOLE))
            memcpy(to + 3 * (b->x + split), mixed + 3 * split, 3 * (size_t)(texels - split));
    }
}

/* Blocks below the centres of the cells of row cy; two that are neighbours share sources. */
static void fill_row(const full_job *job, int cy) {
    const rl_level *level = job->level;
    const int texels = job->texels;
    const int rows[2] = {cy < 0 ? 0 : cy, cy + 1 < level->height ? cy + 1 : cy};
    source sources[2][2]; /* of the latest two columns */
    int found = -1;       /* the last one whose sources are known */
    uint8_t own[4][ROOM] = {{0}};
    block b = {.y = cy * texels + texels / 2};
    for (int cx = -1; cx < level->width; cx++) {
        const int columns[2] = {cx < 0 ? 0 : cx, cx + 1 < level->width ? cx + 1 : cx};
        bool holes = false;
        for (int k = 0; k < 4; k++)
            holes |= rl_is_hole(level, (size_t)rows[k >> 1] * (size_t)level->width +
                                           (size_t)columns[k & 1]);
        if (!holes)
            continue;
        found = found < columns[0] - 1 ? columns[0] - 1 : found;
        while (found < columns[1]) {
            found++;
            for (int row = 0; row < 2; row++)
                find_source(job, found, rows[row], &sources[found & 1][row]);
        }
        b.x = cx * texels + texels / 2;
        for (int k = 0; k < 4; k++)
            b.of[k] = &sources[columns[k & 1] & 1][k >> 1];
        fill_block(job, cx, cy, &b, own);
    }
}

/* Rows of such blocks; the first one stands for the one above all cells. */
static void fill_blocks(void *arg, size_t begin, size_t end) {
    const full_job *job = arg;
    for (int cy = (int)begin - 1; cy < (int)end - 1 && !rl_cancelled(job->ctx); cy++)
        fill_row(job, cy);
}

/* ------------------------------------------------------------------ the rest */

/* One colour for a block of cells. */
static void ground_at(const full_job *job, int cx, int cy, uint8_t *out) {
    const rl_level *level = job->level;
    cx = cx / GROUND * GROUND + GROUND / 2;
    cy = cy / GROUND * GROUND + GROUND / 2;
    cx = cx < level->width ? cx : level->width - 1;
    cy = cy < level->height ? cy : level->height - 1;
    memcpy(out, level->canvas + 4 * ((size_t)cy * (size_t)level->width + (size_t)cx), 3);
}

/* What the photo shows of the layer, and ground; a row of texels after the other. */
static void copy_rows(void *arg, size_t begin, size_t end) {
    const full_job *job = arg;
    const int texels = job->texels, width = job->level->width;
    for (size_t y = begin; y < end && !rl_cancelled(job->ctx); y++) {
        uint8_t *out = (uint8_t *)job->out->data + y * (size_t)job->out->width * 3;
        const int cy = (int)y / texels;
        const uint8_t *states = job->cells->state + (size_t)cy * (size_t)width;
        for (int cx = 0; cx < width; cx++, out += 3 * texels) {
            uint8_t own[ROOM];
            if (states[cx] & RL_CELL_HOLE)
                continue;
            if (states[cx] & RL_CELL_VALID) {
                memcpy(out, photo_run(job, cx * texels, (int)y, own), 3 * (size_t)texels);
                continue;
            }
            ground_at(job, cx, cy, own);
            for (int k = 0; k < texels; k++)
                memcpy(out + 3 * k, own, 3);
        }
    }
}

relief_status rl_inpaint_full(relief_ctx *ctx, const relief_image *photo, const rl_cells *cells,
                              const rl_level *finest, int factor, rl_pixels *out) {
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(photo, &info);
    const int side = finest->width > finest->height ? finest->width : finest->height;
    int texels = factor * side > MOST_SIDE ? MOST_SIDE / side : factor;
    texels = texels < MOST_TEXELS ? texels : MOST_TEXELS;
    out->width = finest->width * texels;
    out->height = finest->height * texels;
    out->channels = 3;
    out->sample_bytes = 1;
    relief_status status =
        rl_alloc_in(ctx, (size_t)out->width * (size_t)out->height, 3, &out->data);
    if (status)
        return status;
    full_job job = {.ctx = ctx,
                    .raster = relief_image_pixels(photo),
                    .raster_width = info.raster_width,
                    .raster_height = info.raster_height,
                    .channels = info.channels,
                    .cells = cells,
                    .level = finest,
                    .factor = factor,
                    .texels = texels,
                    .out = out};
    job.room = (3 * texels + STRIP - 1) / STRIP * STRIP;
    for (int j = 0; j < job.room; j++) {
        const int texel = texels / 2 + j / 3;
        job.right[j] = ((float)texel + 0.5F) / (float)texels - 0.5F;
    }
    rl_parallel_uneven(ctx, (size_t)out->height, 16, copy_rows, &job);
    rl_parallel_uneven(ctx, (size_t)finest->height + 1, 4, fill_blocks, &job);
    return rl_check_cancel(ctx);
}
