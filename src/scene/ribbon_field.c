/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels around silhouettes, and the torn border next to each. Distances along columns come first,
 * in two sweeps over all of them; then each pixel that is near a column with a seed looks to both
 * sides for the one that is nearest of all. */
#include "scene/ribbon.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { NONE = 127, SPAN = 8, COLUMNS = 512, ROWS = 16 };

typedef struct field_job {
    rl_ribbon_field *field;
    int8_t *down; /* rows from each pixel to the nearest seed in its column, NONE: too many */
    int reach;    /* the larger one */
} field_job;

/* Which pixels of a row lie at torn borders: 0; the others: NONE. */
static void find_seeds(const rl_ribbon_field *field, int y, int from, int to, uint8_t *row) {
    const size_t width = (size_t)field->width;
    const uint8_t *torn = field->torn + (size_t)y * width;
    for (int x = from; x < to; x++)
        row[x] = torn[x] ? 0 : NONE;
    for (int x = from > 0 ? from : 1; x < to; x++)
        row[x] = torn[x - 1] & RL_TORN_RIGHT ? 0 : row[x];
    for (int x = from; y > 0 && x < to; x++)
        row[x] = torn[x - (ptrdiff_t)width] & RL_TORN_DOWN ? 0 : row[x];
}

/* One row further. */
static inline uint8_t one_more(uint8_t distance, int reach) {
    return distance >= reach ? NONE : (uint8_t)(distance + 1);
}

/* Some columns: distances to the seeds above first, in the bytes that then hold both. */
static void sweep(const field_job *job, int from, int to) {
    const rl_ribbon_field *field = job->field;
    const int reach = job->reach;
    const size_t width = (size_t)field->width;
    uint8_t below[COLUMNS], *up = (uint8_t *)job->down;
    for (int y = 0; y < field->height; y++, up += width) {
        find_seeds(field, y, from, to, up);
        for (int x = from; y > 0 && x < to; x++) {
            const uint8_t more = one_more(up[x - (ptrdiff_t)width], reach);
            up[x] = up[x] < more ? up[x] : more;
        }
    }
    memset(below, NONE, sizeof below);
    for (int y = field->height - 1; y >= 0; y--) {
        int8_t *down = job->down + (size_t)y * width;
        for (int x = from; x < to; x++) {
            const uint8_t above = (uint8_t)down[x];
            const uint8_t more = above == 0 ? 0 : one_more(below[x - from], reach);
            below[x - from] = more;
            down[x] = (int8_t)(above == NONE || more < above ? more : -above);
        }
    }
}

/* Columns do not touch each other. */
static void sweep_columns(void *arg, size_t begin, size_t end) {
    for (size_t from = begin; from < end; from += COLUMNS)
        sweep(arg, (int)from, (int)(from + COLUMNS < end ? from + COLUMNS : end));
}

/* Note a border between pixels `at` and `other`. */
static void meet(const rl_ribbon_field *field, size_t at, size_t other, rl_ribbon_place *place) {
    const float a = field->q[at], b = field->q[other];
    place->near_q = fmaxf(place->near_q, fmaxf(a, b));
    place->far_q = fminf(place->far_q, fminf(a, b));
}

/* Both sides at a seed. */
static void look_at_seed(const rl_ribbon_field *field, int x, int y, rl_ribbon_place *place) {
    const size_t width = (size_t)field->width, at = (size_t)y * width + (size_t)x;
    place->near_q = 0;
    place->far_q = INFINITY;
    if (x + 1 < field->width && (field->torn[at] & RL_TORN_RIGHT))
        meet(field, at, at + 1, place);
    if (y + 1 < field->height && (field->torn[at] & RL_TORN_DOWN))
        meet(field, at, at + width, place);
    if (x > 0 && (field->torn[at - 1] & RL_TORN_RIGHT))
        meet(field, at, at - 1, place);
    if (y > 0 && (field->torn[at - width] & RL_TORN_DOWN))
        meet(field, at, at - width, place);
}

/* The squared distance to the nearest seed, which *dx and *dy lead to; too large: there is none. */
static int find_seed(const field_job *job, int x, int y, int *dx, int *dy) {
    const int8_t *down = job->down + (size_t)y * (size_t)job->field->width;
    int best = job->reach * job->reach + 1;
    for (int step = 0; step * step < best; step++) {
        for (int side = step ? -1 : 1; side <= 1; side += 2) {
            const int u = x + side * step;
            if (u < 0 || u >= job->field->width || down[u] == NONE)
                continue;
            const int distance = step * step + down[u] * down[u];
            if (distance < best) {
                best = distance;
                *dx = u - x;
                *dy = (int)down[u];
            }
        }
    }
    return best;
}

/* Whether the pixel is listed. */
static bool find_place(const field_job *job, int x, int y, rl_ribbon_place *place) {
    static const float NEAR_ROOM = 1.25F, FAR_ROOM = 1.35F;
    const rl_ribbon_field *field = job->field;
    int dx = 0, dy = 0;
    const int square = find_seed(job, x, y, &dx, &dy);
    if (square > job->reach * job->reach)
        return false;
    look_at_seed(field, x + dx, y + dy, place);
    if (place->near_q <= 0)
        return false;
    place->x = x;
    place->y = y;
    place->at = (size_t)y * (size_t)field->width + (size_t)x;
    const float q = field->q[place->at], between = place->near_q * place->far_q;
    const size_t seed = (size_t)(y + dy) * (size_t)field->width + (size_t)(x + dx);
    place->near = q * q >= between;
    const bool same = place->near == (field->q[seed] * field->q[seed] >= between);
    const float distance = sqrtf((float)square) + (same ? 0.5F : -0.5F);
    const int reach = place->near ? field->near_reach : field->far_reach;
    const float surface = place->near ? place->near_q : place->far_q;
    place->inside = place->near ? distance : -distance;
    place->known = (q > surface ? q / surface : surface / q) < (place->near ? NEAR_ROOM : FAR_ROOM);
    return square <= reach * reach;
}

/* Call a function for each span of a row that has a seed within reach in its columns or beside. */
static size_t for_spans(const field_job *job, size_t y,
                        size_t (*fn)(const field_job *job, int x, int y, size_t at), size_t at) {
    static const int8_t none[SPAN] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
    const int8_t *down = job->down + y * (size_t)job->field->width;
    const int width = job->field->width;
    int done = 0; /* columns up to here are done, or need not be */
    for (int x = 0; x < width; x += SPAN) {
        const size_t size = (size_t)(x + SPAN < width ? SPAN : width - x);
        if (memcmp(down + x, none, size) == 0)
            continue;
        int from = (x - job->reach) / SPAN * SPAN;
        from = from > done ? from : done;
        for (done = from; done < width && done < x + SPAN + job->reach; done += SPAN)
            at = fn(job, done, (int)y, at);
    }
    return at;
}

static size_t count_span(const field_job *job, int x, int y, size_t at) {
    (void)job;
    (void)x;
    (void)y;
    return at + SPAN;
}

static size_t list_span(const field_job *job, int x, int y, size_t at) {
    rl_ribbon_field *field = job->field;
    for (int u = x; u < x + SPAN && u < field->width; u++)
        at += find_place(job, u, y, &field->list[at]);
    return at;
}

/* Room for the pixels of spans. */
static void count_rows(void *arg, size_t begin, size_t end) {
    const field_job *job = arg;
    for (size_t y = begin; y < end; y++)
        job->field->ends[y] = for_spans(job, y, count_span, 0);
}

static void list_rows(void *arg, size_t begin, size_t end) {
    const field_job *job = arg;
    for (size_t y = begin; y < end; y++)
        job->field->ends[y] = for_spans(job, y, list_span, job->field->rows[y]);
}

static relief_status make_list(relief_ctx *ctx, field_job *job) {
    rl_ribbon_field *field = job->field;
    const size_t height = (size_t)field->height;
    size_t total = 0;
    void *block;
    rl_parallel(ctx, (size_t)field->width, COLUMNS, sweep_columns, job);
    rl_parallel(ctx, height, ROWS, count_rows, job);
    for (size_t y = 0; y < height; y++) {
        field->rows[y] = total;
        total += field->ends[y];
    }
    /* One more, for what is looked at and not listed. */
    relief_status status = rl_alloc_in(ctx, total + 1, sizeof *field->list, &block);
    if (status)
        return status;
    field->list = block;
    rl_parallel(ctx, height, ROWS, list_rows, job);
    return RELIEF_OK;
}

static int less(int a, int b) {
    return a < b ? a : b;
}

relief_status rl_ribbon_find(relief_ctx *ctx, rl_ribbon_field *field) {
    const size_t height = (size_t)field->height;
    field->near_reach = less(field->near_reach, RL_RIBBON_MOST_REACH);
    field->far_reach = less(field->far_reach, RL_RIBBON_MOST_REACH);
    field_job job = {.field = field,
                     .reach = field->near_reach > field->far_reach ? field->near_reach
                                                                   : field->far_reach};
    void *block;
    relief_status status = rl_alloc_in(ctx, height, sizeof *field->rows, &block);
    if (status)
        return status;
    field->rows = block;
    status = rl_alloc_in(ctx, height, sizeof *field->ends, &block);
    if (status)
        return status;
    field->ends = block;
    status = rl_alloc_in(ctx, (size_t)field->width * height, 1, &block);
    if (status)
        return status;
    job.down = block;
    status = make_list(ctx, &job);
    rl_free(job.down);
    return status;
}

void rl_ribbon_field_clear(rl_ribbon_field *field) {
    rl_free(field->list);
    rl_free(field->rows);
    rl_free(field->ends);
    *field = (rl_ribbon_field){0};
}
