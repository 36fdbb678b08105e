/* SPDX-License-Identifier: Apache-2.0 */
/* All tiles of a surface, made by several workers, and put together in the order of the tiles. */

#include "mesh/surface.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "mesh/coarsen.h"
#include "mesh/stitch.h"
#include "mesh/tile.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Sides of tiles in pixels: at the finest bounds, and at the loosest. */
enum { SMALL_TILE = 256, LARGE_TILE = 1024 };
/* Results of tiles are kept in blocks of this size. */
static const size_t BLOCK_BYTES = (size_t)8 << 20;
/* Factor between bounds that are tried at first. */
static const double STEP = 4;
/* Looser than this a surface is two triangles. */
static const double LOOSEST = 1e6;
/* How far from cuts the surface is not held to the bounds, where outlines are off by more. */
static const double MOST_CLEAR_PX = 2;
/* From here on regions and branches that are too small are healed. */
static const double LEAST_COARSE_PX = 0.5;
/* How far outlines may follow the bounds, in pixels. */
static const double MOST_OUTLINE_PX = 8;

typedef struct block {
    struct block *next;
    size_t size;
    atomic_size_t used;
    uint8_t *bytes;
} block;

/* One attempt to tessellate. */
typedef struct attempt {
    rl_tess tess;
    int tile_count;
    rl_tile_result *results;
    block *blocks; /* the latest first */
    rl_tile **workers;
    int worker_count;
    int64_t most;
    atomic_int next;        /* place in `todo` of the tile to make next */
    int *todo, todo_count;  /* tiles that are not made yet */
    atomic_bool *made;      /* of every tile */
    atomic_llong triangles; /* so far */
    atomic_bool stop;       /* cancelled, or too many triangles */
    atomic_bool overflow;
} attempt;

static void attempt_clear(attempt *a) {
    for (block *b = a->blocks; b;) {
        block *next = b->next;
        rl_free(b->bytes);
        rl_free(b);
        b = next;
    }
    for (int k = 0; a->workers && k < a->worker_count; k++)
        rl_tile_free(a->workers[k]);
    rl_free(a->workers);
    rl_free(a->results);
    rl_free(a->todo);
    rl_free((void *)a->made);
    rl_free(a->tess.column_at);
    *a = (attempt){0};
}

/* Room for a result in the newest block; NULL when it is full. */
static void *reserve(attempt *a, size_t bytes) {
    const size_t whole = (bytes + 63) / 64 * 64;
    const size_t at = atomic_fetch_add(&a->blocks->used, whole);
    return at + whole <= a->blocks->size ? a->blocks->bytes + at : NULL;
}

/* Copy a result out of its worker's arrays. */
static bool keep_result(attempt *a, rl_tile_result *result) {
    const size_t vertices = (size_t)result->vertex_count * sizeof *result->vertices;
    const size_t indices = (size_t)result->triangle_count * 3 * sizeof *result->indices;
    uint8_t *room = reserve(a, vertices + indices);
    if (!room)
        return false;
    memcpy(room, result->indices, indices);
    memcpy(room + indices, result->vertices, vertices);
    result->indices = (const uint32_t *)(const void *)room;
    result->vertices = (const rl_tile_vertex *)(const void *)(room + indices);
    return true;
}

/* Make tile `number`; false when its result has found no room. */
static bool make_tile(attempt *a, rl_tile *tile, int number) {
    const rl_tess *tess = &a->tess;
    const int column = number % tess->columns, row = number / tess->columns;
    rl_tile_result result = {0};
    tile->tess = tess;
    tile->x0 = tess->column_at[column];
    tile->y0 = tess->row_at[row];
    tile->width = tess->column_at[column + 1] - tile->x0;
    tile->height = tess->row_at[row + 1] - tile->y0;
    rl_tile_read(tile);
    rl_tile_begin(tile);
    rl_tile_outline(tile);
    if (!tile->overflow)
        rl_tile_refine(tile);
    if (tile->overflow) {
        atomic_store(&a->overflow, true);
        atomic_store(&a->stop, true);
        return true;
    }
    rl_tile_finish(tile, &result);
    if (!keep_result(a, &result))
        return false;
    a->results[number] = result;
    atomic_store(&a->made[number], true);
    if (atomic_fetch_add(&a->triangles, result.triangle_count) + result.triangle_count > a->most)
        atomic_store(&a->stop, true);
    return true;
}

static void make_tiles(void *arg, size_t begin, size_t end) {
    attempt *a = arg;
    for (size_t worker = begin; worker < end; worker++) {
        for (;;) {
            const int at = atomic_fetch_add(&a->next, 1);
            if (at >= a->todo_count || atomic_load(&a->stop) || rl_cancelled(a->tess.ctx) ||
                !make_tile(a, a->workers[worker], a->todo[at]))
                break;
        }
    }
}

static relief_status add_block(attempt *a, size_t least) {
    relief_ctx *ctx = a->tess.ctx;
    void *memory, *bytes = NULL;
    const size_t size = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    relief_status status = rl_alloc_in(ctx, 1, sizeof(block), &memory);
    if (status)
        return status;
    status = rl_alloc_in(ctx, size, 1, &bytes);
    if (status) {
        rl_free(memory);
        return status;
    }
    block *b = memory;
    b->next = a->blocks;
    b->size = size;
    atomic_init(&b->used, 0);
    b->bytes = bytes;
    a->blocks = b;
    return RELIEF_OK;
}

/* Where tiles of about `side` pixels begin, all of nearly the same size. */
static void cut_evenly(int length, int count, int *at) {
    for (int k = 0; k <= count; k++)
        at[k] = (int)((int64_t)length * k / count);
}

static relief_status attempt_allocate(attempt *a, int side) {
    rl_tess *tess = &a->tess;
    relief_ctx *ctx = tess->ctx;
    tess->columns = (tess->surface.width + side - 1) / side;
    tess->rows = (tess->surface.height + side - 1) / side;
    a->tile_count = tess->columns * tess->rows;
    const size_t tiles = (size_t)a->tile_count;
    void *memory = NULL;
    relief_status status =
        rl_alloc_in(ctx, (size_t)(tess->columns + tess->rows + 2), sizeof(int), &memory);
    if (status)
        return status;
    tess->column_at = memory;
    tess->row_at = tess->column_at + tess->columns + 1;
    cut_evenly(tess->surface.width, tess->columns, tess->column_at);
    cut_evenly(tess->surface.height, tess->rows, tess->row_at);
    if (!(status = rl_calloc_in(ctx, tiles, sizeof *a->results, &memory)))
        a->results = memory;
    if (!status && !(status = rl_alloc_in(ctx, tiles, sizeof *a->todo, &memory)))
        a->todo = memory;
    if (!status && !(status = rl_calloc_in(ctx, tiles, sizeof *a->made, &memory)))
        a->made = memory;
    const int threads = relief_ctx_threads(ctx);
    a->worker_count = threads < a->tile_count ? threads : a->tile_count;
    if (!status &&
        !(status = rl_calloc_in(ctx, (size_t)a->worker_count, sizeof *a->workers, &memory)))
        a->workers = memory;
    /* Tiles are cut evenly: none is wider than the picture's share. */
    const int width = (tess->surface.width + tess->columns - 1) / tess->columns;
    const int height = (tess->surface.height + tess->rows - 1) / tess->rows;
    for (int k = 0; k < a->worker_count && !status; k++)
        status = rl_tile_new(ctx, width, height, &a->workers[k]);
    return status;
}

/* Make all tiles; *enough: false when there are too many triangles. */
static relief_status make_all(attempt *a, bool *enough) {
    relief_ctx *ctx = a->tess.ctx;
    const rl_tile *first = a->workers[0];
    const size_t worst = (size_t)first->d.point_capacity * 4 * sizeof(rl_tile_vertex) +
                         (size_t)first->d.triangle_capacity * 3 * sizeof(uint32_t) + 64;
    *enough = false;
    for (;;) {
        a->todo_count = 0;
        for (int t = 0; t < a->tile_count; t++)
            if (!atomic_load(&a->made[t]))
                a->todo[a->todo_count++] = t;
        if (a->todo_count == 0)
            break;
        relief_status status = add_block(a, worst);
        if (status)
            return status;
        atomic_store(&a->next, 0);
        rl_parallel(ctx, (size_t)a->worker_count, 1, make_tiles, a);
        status = rl_check_cancel(ctx);
        if (status || atomic_load(&a->stop))
            return status;
    }
    *enough = true;
    return RELIEF_OK;
}

/* The cuts that count: steps that the bounds see, and where what is valid ends. */
typedef struct cut_job {
    const rl_surface *given;
    const rl_tess_bounds *bounds; /* NULL: all count */
    uint8_t *torn;
} cut_job;

/* Whether the bounds forbid to close a step between two pixels by triangles. */
static bool is_step(float a, float b, const rl_tess_bounds *bounds) {
    const double step = fabs((double)a - b), farther = a < b ? a : b;
    return !bounds || step > bounds->q_error || step > bounds->depth_error * farther ||
           step > bounds->uv_px * ((double)a + b);
}

/* The borders of a pixel are cut where what is valid ends; outside of it no cut counts. */
static uint8_t cut_valid(const rl_surface *s, size_t x, size_t y, uint8_t torn) {
    const size_t width = (size_t)s->width, at = y * width + x;
    if (x + 1 < width && !s->valid[at] != !s->valid[at + 1])
        torn |= RL_CUT_RIGHT;
    else if (!s->valid[at])
        torn &= (uint8_t)~RL_CUT_RIGHT;
    if (y + 1 < (size_t)s->height && !s->valid[at] != !s->valid[at + width])
        torn |= RL_CUT_DOWN;
    else if (!s->valid[at])
        torn &= (uint8_t)~RL_CUT_DOWN;
    return torn;
}

/* Whether nothing is cut at the borders of the eight pixels from (x, y) on: none is torn, and what
 * is valid ends at none of them. Most pixels of a photo are like that. */
static bool are_whole(const rl_surface *s, size_t x, size_t y) {
    const size_t width = (size_t)s->width, at = y * width + x;
    uint64_t torn = 0, valid, below;
    if (s->torn)
        memcpy(&torn, s->torn + at, sizeof torn);
    if (torn != 0 || !s->valid)
        return torn == 0;
    memcpy(&valid, s->valid + at, sizeof valid);
    memcpy(&below, s->valid + at + (y + 1 < (size_t)s->height ? width : 0), sizeof below);
    const uint8_t first = s->valid[at];
    return valid == first * (UINT64_MAX / UINT8_MAX) && below == valid &&
           (x + sizeof valid == width || s->valid[at + sizeof valid] == first);
}

static void cut_rows(void *arg, size_t begin, size_t end) {
    const cut_job *job = arg;
    const rl_surface *s = job->given;
    const size_t width = (size_t)s->width;
    for (size_t y = begin; y < end; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t at = y * width + x;
            if (x + sizeof(uint64_t) <= width && are_whole(s, x, y)) {
                memset(job->torn + at, 0, sizeof(uint64_t));
                x += sizeof(uint64_t) - 1;
                continue;
            }
            uint8_t torn = s->torn ? s->torn[at] : 0;
            if ((torn & RL_CUT_RIGHT) && !is_step(s->q[at], s->q[at + 1], job->bounds))
                torn &= (uint8_t)~RL_CUT_RIGHT;
            if ((torn & RL_CUT_DOWN) && !is_step(s->q[at], s->q[at + width], job->bounds))
                torn &= (uint8_t)~RL_CUT_DOWN;
            if (s->valid)
                torn = cut_valid(s, x, y, torn);
            job->torn[at] = torn;
        }
    }
}

/* Bounds loosened by a factor, and the one on outlines by another. */
static rl_tess_bounds loosened(const rl_tess_bounds *bounds, double by, double outlines_by) {
    rl_tess_bounds loose = *bounds;
    const double most = bounds->outline_most_px > 0 ? bounds->outline_most_px : MOST_OUTLINE_PX;
    loose.q_error *= by;
    loose.depth_error *= by;
    loose.uv_px *= by;
    if (bounds->grid > 0)
        loose.grid = by < bounds->grid ? (int)(bounds->grid / by) : 1;
    if (outlines_by < 1)
        loose.outline_px *= outlines_by;
    else if (outlines_by > 1)
        loose.outline_px =
            fmin(fmax(loose.outline_px, most), loose.outline_px + 0.5 * (outlines_by - 1));
    return loose;
}

/* The whole picture as two triangles. */
static relief_status two_triangles(relief_ctx *ctx, const rl_surface *surface, rl_triangles *out) {
    static const uint8_t whole[4] = {0, 0, 0, 0};
    static const uint32_t indices[6] = {0, 1, 2, 0, 2, 3};
    void *vertices = NULL, *list = NULL;
    relief_status status = rl_alloc_in(ctx, 4, sizeof *out->vertices, &vertices);
    if (!status)
        status = rl_alloc_in(ctx, 6, sizeof *out->indices, &list);
    if (status) {
        rl_free(vertices);
        return status;
    }
    *out = (rl_triangles){
        .vertices = vertices, .indices = list, .vertex_count = 4, .triangle_count = 2};
    memcpy(list, indices, sizeof indices);
    for (int k = 0; k < 4; k++) {
        const int i = k > 1 ? surface->width : 0, j = k == 1 || k == 2 ? surface->height : 0;
        out->vertices[k] =
            (rl_tess_vertex){(float)i, (float)j, rl_corner_q(surface, i, j, whole, 0)};
    }
    return RELIEF_OK;
}

/* The search for the bounds: the best result so far and the factors it lies between. */
typedef struct search {
    relief_ctx *ctx;
    const rl_surface *surface;
    rl_tess_bounds bounds;
    uint8_t *torn;
    float *q;       /* of outlines that are simplified: NULL until they are */
    uint8_t *known; /* for rl_coarsen() */
    rl_triangles *out;
    double fails, works; /* factors; 0: none known */
    double outlines_by;  /* factor of the bound on outlines; 0: the same as of all others */
} search;

/* Heal what simplified outlines do not show, in q and cuts of the search's own. */
static relief_status coarsen(search *s, double outline_px) {
    const size_t count = (size_t)s->surface->width * (size_t)s->surface->height;
    void *q = s->q, *known = s->known;
    relief_status status = q ? RELIEF_OK : rl_alloc_in(s->ctx, count, sizeof *s->q, &q);
    s->q = q;
    if (!status && !known)
        status = rl_alloc_in(s->ctx, count, 1, &known);
    s->known = known;
    if (status)
        return status;
    memcpy(s->q, s->surface->q, count * sizeof *s->q);
    memset(s->known, 0, count);
    const rl_coarse coarse = {.width = s->surface->width,
                              .height = s->surface->height,
                              .valid = s->surface->valid,
                              .torn = s->torn,
                              .q = s->q,
                              .known = s->known,
                              .outline_px = outline_px};
    return rl_coarsen(s->ctx, &coarse);
}

/* Tessellate with bounds loosened by a factor. *enough: whether the triangles suffice. */
static relief_status try_factor(search *s, double by, rl_triangles *out, bool *enough) {
    const double outlines_by = s->outlines_by > 0 ? s->outlines_by : by;
    const rl_tess_bounds bounds = loosened(&s->bounds, by, outlines_by);
    const rl_tess_bounds of_cuts = loosened(&s->bounds, outlines_by, outlines_by);
    rl_surface surface = *s->surface;
    surface.torn = s->torn;
    cut_job cuts = {.given = s->surface,
                    .bounds = outlines_by <= 1 && bounds.outline_px == 0 ? NULL : &of_cuts,
                    .torn = s->torn};
    rl_parallel_uneven(s->ctx, (size_t)surface.height, 32, cut_rows, &cuts);
    /* Loose bounds want long triangles; but a picture that is all cuts fills a tile. */
    int side = outlines_by < 4 && bounds.outline_px < 1 ? SMALL_TILE
               : outlines_by < 16                       ? 2 * SMALL_TILE
                                                        : LARGE_TILE;
    relief_status status = RELIEF_OK;
    bool overflow = false;
    if (bounds.outline_px >= LEAST_COARSE_PX) {
        status = coarsen(s, bounds.outline_px);
        surface.q = s->q;
    }
    while (!status) {
        attempt a = {
            .tess = {.ctx = s->ctx,
                     .surface = surface,
                     .bounds = bounds,
                     .clear = (int)ceil(fmin(bounds.outline_px, MOST_CLEAR_PX)),
                     .healed = bounds.outline_px >= LEAST_COARSE_PX},
            .most = bounds.most,
        };
        status = attempt_allocate(&a, side);
        if (!status)
            status = make_all(&a, enough);
        overflow = atomic_load(&a.overflow);
        if (!status && *enough)
            status = rl_stitch(&a.tess, a.results, out);
        attempt_clear(&a);
        side /= 2;
        if (!overflow || side < SMALL_TILE)
            break;
    }
    return status;
}

static relief_status search_try(search *s, double by) {
    rl_triangles found = {0};
    bool enough = false;
    relief_status status = try_factor(s, by, &found, &enough);
    if (status)
        return status;
    if (enough) {
        rl_triangles_clear(s->out);
        *s->out = found;
        s->works = by;
    } else {
        s->fails = by;
    }
    return RELIEF_OK;
}

/* Nearly as many triangles as may be. */
static bool is_full(const search *s) {
    return (double)s->out->triangle_count >= 0.95 * (double)s->bounds.most;
}

/* Tighten the bounds until there are too many triangles. */
static relief_status search_tighten(search *s) {
    relief_status status = RELIEF_OK;
    while (!status && s->works > 0 && s->fails == 0 && s->works * LOOSEST > 1)
        status = search_try(s, s->works / STEP);
    return status;
}

/* Halve what lies between the factors. */
static relief_status search_halve(search *s) {
    enum { HALVINGS = 6 };
    relief_status status = RELIEF_OK;
    for (int k = 0; k < HALVINGS && !status && s->works > 0 && s->fails > 0 && !is_full(s); k++)
        status = search_try(s, sqrt(s->works * s->fails));
    return status;
}

/* Find factors between which the triangles just suffice, then halve what lies between. Outlines
 * lose many triangles at once, where all leaves of a tree become too small to be followed; what
 * is left over then goes into the surfaces. */
static relief_status search_run(search *s) {
    relief_status status = search_try(s, 1);
    while (!status && s->works == 0 && s->fails * STEP <= LOOSEST)
        status = search_try(s, s->fails * STEP);
    if (!status && s->bounds.fill)
        status = search_tighten(s);
    if (!status)
        status = search_halve(s);
    if (!status && s->bounds.fill && s->works > 0 && !is_full(s)) {
        s->outlines_by = s->works;
        s->fails = 0;
        status = search_tighten(s);
        if (!status)
            status = search_halve(s);
    }
    if (status || s->works > 0)
        return status;
    memset(s->torn, 0, (size_t)s->surface->width * (size_t)s->surface->height);
    if (!s->surface->valid) {
        rl_surface bare = *s->surface;
        bare.torn = s->torn;
        return two_triangles(s->ctx, &bare, s->out);
    }
    /* What is valid has an outline, and that needs what it needs. */
    s->bounds.most = INT64_MAX;
    return search_try(s, LOOSEST);
}

relief_status rl_tessellate(relief_ctx *ctx, const rl_surface *surface,
                            const rl_tess_bounds *bounds, rl_triangles *out) {
    *out = (rl_triangles){0};
    void *torn;
    relief_status status = rl_alloc_in(ctx, (size_t)surface->width, (size_t)surface->height, &torn);
    if (status)
        return status;
    search s = {.ctx = ctx, .surface = surface, .bounds = *bounds, .torn = torn, .out = out};
    status = search_run(&s);
    if (status)
        rl_triangles_clear(out);
    else if (s.works > 1)
        rl_log(ctx, RELIEF_LOG_DEBUG, "error bounds raised by %.3g to stay within %lld triangles",
               s.works, (long long)bounds->most);
    rl_free(torn);
    rl_free(s.q);
    rl_free(s.known);
    return status;
}

void rl_triangles_clear(rl_triangles *triangles) {
    rl_free(triangles->vertices);
    rl_free(triangles->indices);
    *triangles = (rl_triangles){0};
}
