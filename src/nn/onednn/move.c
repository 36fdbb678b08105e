/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/move.h"

#include <string.h>

#include "base/threads.h"

/* Side of the squares that are turned at once, so that both sides stay in the first-level cache. */
enum { SQUARE = 32 };

/* A plane of the copy: rows and columns of the result, and where they come from. */
typedef struct move_job {
    rl_move move;                                               /* the axes outside of the plane */
    int64_t rows, columns, row_stride, column_stride, row_step; /* row_step: of the result */
    int64_t outer[RELIEF_MAX_RANK]; /* strides of the result along the other axes */
    int64_t strips;                 /* of SQUARE rows in a plane */
    const char *x;
    char *y;
} move_job;

/* Axes of one element go, and axes that lie as one become one. */
static void merge_axes(rl_move *m) {
    int rank = 0;
    for (int i = 0; i < m->rank; i++) {
        if (m->dims[i] == 1)
            continue;
        if (rank > 0 && m->stride[rank - 1] == m->stride[i] * m->dims[i]) {
            m->dims[rank - 1] *= m->dims[i];
            m->stride[rank - 1] = m->stride[i];
            continue;
        }
        m->dims[rank] = m->dims[i];
        m->stride[rank++] = m->stride[i];
    }
    m->rank = rank;
}

static void turn_words(const move_job *job, const uint32_t *x, uint32_t *y, int64_t rows,
                       int64_t columns) {
    for (int64_t c = 0; c < columns; c++)
        for (int64_t r = 0; r < rows; r++)
            y[r * job->row_step + c] = x[r * job->row_stride + c * job->column_stride];
}

static void turn_halves(const move_job *job, const uint16_t *x, uint16_t *y, int64_t rows,
                        int64_t columns) {
    for (int64_t c = 0; c < columns; c++)
        for (int64_t r = 0; r < rows; r++)
            y[r * job->row_step + c] = x[r * job->row_stride + c * job->column_stride];
}

static void turn(const move_job *job, const void *from, void *to, int64_t rows, int64_t columns) {
    if (job->move.bytes == sizeof(uint32_t))
        turn_words(job, from, to, rows, columns);
    else
        turn_halves(job, from, to, rows, columns);
}

static void copy_strip(const move_job *job, const char *from, char *to, int64_t rows) {
    const int64_t bytes = (int64_t)job->move.bytes;
    if (job->column_stride == 1) {
        for (int64_t r = 0; r < rows; r++)
            memcpy(to + r * job->row_step * bytes, from + r * job->row_stride * bytes,
                   (size_t)(job->columns * bytes));
        return;
    }
    for (int64_t c = 0; c < job->columns; c += SQUARE) {
        const int64_t columns = job->columns - c < SQUARE ? job->columns - c : SQUARE;
        turn(job, from + c * job->column_stride * bytes, to + c * bytes, rows, columns);
    }
}

/* Strips of all planes. */
static void move_strips(void *arg, size_t begin, size_t end) {
    const move_job *job = arg;
    const rl_move *m = &job->move;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t row = i % job->strips * SQUARE;
        int64_t plane = i / job->strips, from = m->base, to = 0;
        for (int a = m->rank - 1; a >= 0; a--) {
            from += plane % m->dims[a] * m->stride[a];
            to += plane % m->dims[a] * job->outer[a];
            plane /= m->dims[a];
        }
        from += row * job->row_stride;
        to += row * job->row_step;
        copy_strip(job, job->x + from * (int64_t)m->bytes, job->y + to * (int64_t)m->bytes,
                   job->rows - row < SQUARE ? job->rows - row : SQUARE);
    }
}

/* The axis beside the last one in the plane: where elements of x lie side by side, if that is not
 * the last itself. */
static int choose_rows(const rl_move *m) {
    for (int i = 0; i < m->rank - 1 && m->stride[m->rank - 1] != 1; i++)
        if (m->stride[i] == 1)
            return i;
    return m->rank - 2;
}

void rl_move_run(relief_ctx *ctx, const rl_move *move, const void *x, void *y) {
    move_job job = {.move = *move, .x = x, .y = y, .rows = 1, .columns = 1, .column_stride = 1};
    rl_move *m = &job.move;
    merge_axes(m);
    int64_t step[RELIEF_MAX_RANK], size = 1, planes = 1;
    for (int i = m->rank - 1; i >= 0; i--) {
        step[i] = size;
        size *= m->dims[i];
    }
    const int rows = choose_rows(m), last = m->rank - 1;
    if (last >= 0) {
        job.columns = m->dims[last];
        job.column_stride = m->stride[last];
    }
    if (rows >= 0) {
        job.rows = m->dims[rows];
        job.row_stride = m->stride[rows];
        job.row_step = step[rows];
    }
    int rank = 0;
    for (int i = 0; i < last; i++) {
        if (i == rows)
            continue;
        m->dims[rank] = m->dims[i];
        m->stride[rank] = m->stride[i];
        job.outer[rank++] = step[i];
        planes *= m->dims[i];
    }
    m->rank = rank;
    job.strips = (job.rows + SQUARE - 1) / SQUARE;
    rl_parallel(ctx, (size_t)(planes * job.strips), 1, move_strips, &job);
}
