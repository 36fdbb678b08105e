/* SPDX-License-Identifier: Apache-2.0 */
/* Pixels around silhouettes, and the torn border next to each. Distances along columns come first,
 * in two sweeps over all of them; then each pixel that is near a column with a seed looks to both
 * sides for the one that is nearest of all. */
#include "scene/ribbon.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "base/widths.h"

#include <math.h>
#include <string.h>

enum { NONE = 127, SPAN = 8, COLUMNS = 512, ROWS = 16 };
/* Pixels of a row that look for their seeds together, and those from which they can be seen. */
enum { RUN = 256, SEEN = RUN + 2 * RL_RIBBON_MOST_REACH };
/* A squared distance in a column without seeds. */
enum { TOO_FAR = 1 << 15 };

typedef struct field_job {
    rl_ribbon_field *field;
    int8_t *down; /* rows from each pixel to the nearest seed in its column, NONE: too many */
    int reach;    /* the larger one */
} field_job;

/* Which pixels of a row lie at torn borders: 0; the others: NONE. above: the row above, or NULL. */
RL_INLINED void find_seeds(const uint8_t *torn, const uint8_t *above, int from, int to,
                           uint8_t *row) {
    for (int x = from; x < to; x++)
        row[x] = torn[x] ? 0 : NONE;
    for (int x = from > 0 ? from : 1; x < to; x++)
        row[x] = torn[x - 1] & RL_TORN_RIGHT ? 0 : row[x];
    for (int x = from; above && x < to; x++)
        row[x] = above[x] & RL_TORN_DOWN ? 0 : row[x];
}

/* One row further. */
RL_INLINED uint8_t one_more(uint8_t distance, int reach) {
    return distance >= reach ? NONE : (uint8_t)(distance + 1);
}

/* Some columns: distances to the seeds above first, in the bytes that then hold both. */
RL_EVERY_WIDTH static void sweep(const field_job *job, int from, int to) {
    const rl_ribbon_field *field = job->field;
    const int reach = job->reach;
    const size_t width = (size_t)field->width;
    uint8_t below[COLUMNS], *up = (uint8_t *)job->down;
    for (int y = 0; y < field->height; y++, up += width) {
        const uint8_t *torn = field->torn + (size_t)y * width;
        find_seeds(torn, y > 0 ? torn - width : NULL, from, to, up);
        RL_INDEPENDENT
        for (int x = from; y > 0 && x < to; x++) {
            const uint8_t more = one_more(up[x - (ptrdiff_t)width], reach);
            up[x] = up[x] < more ? up[x] : more;
        }
    }
    memset(below, NONE, sizeof below);
    for (int y = field->height - 1; y >= 0; y--) {
        int8_t *down = job->down + (size_t)y * width;
        RL_INDEPENDENT
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
    const float near = a > b ? a : b, far = a > b ? b : a;
    place->near_q = near > place->near_q ? near : place->near_q;
    place->far_q = far < place->far_q ? far : place->far_q;
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

/* Where the pixels of a run have their seeds: squared distances, too large where there is none, and
 * columns from here to there. */
typedef struct run_seeds {
    uint16_t square[RUN];
    int16_t dx[RUN];
} run_seeds;

/* Squared distances in columns. */
RL_EVERY_WIDTH static void square_run(const int8_t *down, int count, uint16_t *to) {
    for (int k = 0; k < count; k++)
        to[k] = (uint16_t)(down[k] == NONE ? TOO_FAR : down[k] * down[k]);
}

/* Look for them farther and farther away on both sides; of those as near as each other the first
 * one counts. column: squared distances in columns, from `reach` ones before the run on. */
RL_EVERY_WIDTH static void find_seeds_of_run(const uint16_t *column, int reach, int count,
                                             run_seeds *out) {
    for (int k = 0; k < count; k++) {
        out->square[k] = column[k + reach];
        out->dx[k] = 0;
    }
    for (int step = 1; step <= reach; step++) {
        const uint16_t *left = column + reach - step, *right = column + reach + step;
        const uint16_t more = (uint16_t)(step * step);
        for (int k = 0; k < count; k++) {
            const uint16_t a = (uint16_t)(left[k] + more), b = (uint16_t)(right[k] + more);
            uint16_t best = out->square[k];
            int16_t dx = out->dx[k];
            dx = a < best ? (int16_t)-step : dx;
            best = a < best ? a : best;
            dx = b < best ? (int16_t)step : dx;
            best = b < best ? b : best;
            out->square[k] = best;
            out->dx[k] = dx;
        }
    }
}

/* Whether a pixel with its seed at (x + dx, y + dy) is listed. */
static bool find_place(const field_job *job, int x, int y, int dx, int square,
                       rl_ribbon_place *place) {
    static const float NEAR_ROOM = 1.25F, FAR_ROOM = 1.35F;
    const rl_ribbon_field *field = job->field;
    const size_t row = (size_t)y * (size_t)field->width;
    const int dy = (int)job->down[row + (size_t)(x + dx)];
    look_at_seed(field, x + dx, y + dy, place);
    if (place->near_q <= 0)
        return false;
    place->x = (uint16_t)x;
    place->y = (uint16_t)y;
    const float q = field->q[row + (size_t)x], between = place->near_q * place->far_q;
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

/* List the pixels of a run; returns the list's end. */
static size_t list_run(const field_job *job, int from, int count, int y, size_t at) {
    rl_ribbon_field *field = job->field;
    const int8_t *down = job->down + (size_t)y * (size_t)field->width;
    const int reach = job->reach;
    uint16_t column[SEEN];
    run_seeds seeds;
    const int first = from > reach ? from - reach : 0, end = from + count + reach;
    const int last = end < field->width ? end : field->width;
    for (int k = 0; k < first - (from - reach); k++)
        column[k] = TOO_FAR;
    square_run(down + first, last - first, column + first - (from - reach));
    for (int k = last - (from - reach); k < count + 2 * reach; k++)
        column[k] = TOO_FAR;
    find_seeds_of_run(column, reach, count, &seeds);
    for (int k = 0; k < count; k++)
        if (seeds.square[k] <= reach * reach)
            at += find_place(job, from + k, y, seeds.dx[k], seeds.square[k], &field->list[at]);
    return at;
}

/* The next run of spans of a row that have a seed within reach in their columns or beside them, at
 * *from or behind it; returns its end, or *from for none. */
static int next_run(const field_job *job, size_t y, int *from) {
    static const int8_t none[SPAN] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
    const int8_t *down = job->down + y * (size_t)job->field->width;
    const int width = job->field->width, reach = job->reach, first = *from;
    int end = first;
    for (int x = (first > reach ? first - reach : 0) / SPAN * SPAN; x < width; x += SPAN) {
        const int size = x + SPAN < width ? SPAN : width - x;
        if (end > first && x - reach > end)
            break;
        if (memcmp(down + x, none, (size_t)size) == 0)
            continue;
        if (end == first) {
            const int begin = (x > reach ? x - reach : 0) / SPAN * SPAN;
            *from = begin > first ? begin : first;
        }
        end = x + size + reach < width ? x + size + reach : width;
    }
    return end > first ? end : *from;
}

/* Room for the pixels of runs. */
static void count_rows(void *arg, size_t begin, size_t end) {
    const field_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        size_t count = 0;
        int from = 0, to;
        for (; (to = next_run(job, y, &from)) > from; from = to)
            count += (size_t)(to - from);
        job->field->ends[y] = count;
    }
}

static void list_rows(void *arg, size_t begin, size_t end) {
    const field_job *job = arg;
    for (size_t y = begin; y < end; y++) {
        size_t at = job->field->rows[y];
        int from = 0, to;
        for (; (to = next_run(job, y, &from)) > from; from = to)
            for (int x = from; x < to; x += RUN)
                at = list_run(job, x, x + RUN < to ? RUN : to - x, (int)y, at);
        job->field->ends[y] = at;
    }
}

static relief_status make_list(relief_ctx *ctx, field_job *job) {
    rl_ribbon_field *field = job->field;
    const size_t height = (size_t)field->height;
    size_t total = 0;
    void *block;
    rl_parallel(ctx, (size_t)field->width, COLUMNS, sweep_columns, job);
    rl_parallel_uneven(ctx, height, ROWS, count_rows, job);
    for (size_t y = 0; y < height; y++) {
        field->rows[y] = total;
        total += field->ends[y];
    }
    /* One more, for what is looked at and not listed. */
    relief_status status = rl_alloc_in(ctx, total + 1, sizeof *field->list, &block);
    if (status)
        return status;
    field->list = block;
    rl_parallel_uneven(ctx, height, ROWS, list_rows, job);
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
