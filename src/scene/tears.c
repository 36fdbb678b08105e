/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes are lines.
 *
 * A border that is torn alone is a slit in a surface, and one that is not torn in the middle of a
 * silhouette is a shred between subject and background. So borders that meet at a pixel corner are
 * linked, those that are torn only nearly among them, and a line is torn as a whole or not at all:
 * when it is long enough and when a moving camera sees enough behind it. (Hysteresis, Canny 1986.)
 */
#include "scene/scene_inside.h"

#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

/* Bits of a byte of `torn` while lines are followed. */
enum { STRONG = 3, CANDIDATES = 15, SEEN_SHIFT = 4 };

typedef struct link_job {
    const rl_raster *q;
    const rl_tear_rule *rule;
    uint8_t *torn;
    uint32_t *line; /* borders of the line that is followed: 2 * pixel, + 1 for the one below */
    size_t length;
} link_job;

/* Add the border `bit` of pixel (x, y) to the line, when it is a candidate not seen yet. */
static void take_border(link_job *job, int x, int y, unsigned bit) {
    if (x < 0 || y < 0 || x >= job->q->width || y >= job->q->height)
        return;
    const size_t at = (size_t)y * (size_t)job->q->width + (size_t)x;
    uint8_t *torn = &job->torn[at];
    if (!(*torn & (bit | bit << RL_WEAK_SHIFT)) || (*torn & (bit << SEEN_SHIFT)))
        return;
    *torn |= (uint8_t)(bit << SEEN_SHIFT);
    job->line[job->length++] = (uint32_t)(2 * at + (bit == RL_TORN_DOWN));
}

/* Add the borders that meet at the corner above left of pixel (x, y). */
static void take_corner(link_job *job, int x, int y) {
    take_border(job, x - 1, y - 1, RL_TORN_RIGHT);
    take_border(job, x - 1, y, RL_TORN_RIGHT);
    take_border(job, x - 1, y - 1, RL_TORN_DOWN);
    take_border(job, x, y - 1, RL_TORN_DOWN);
}

/* Follow the line that goes through the border `bit` of (x, y); whether it is a silhouette. */
static bool follow(link_job *job, int x, int y, unsigned bit) {
    const int width = job->q->width;
    size_t strong = 0;
    float area = 0;
    job->length = 0;
    take_border(job, x, y, bit);
    for (size_t k = 0; k < job->length; k++) {
        const size_t at = job->line[k] / 2;
        const bool down = job->line[k] & 1;
        const int i = (int)(at % (size_t)width), j = (int)(at / (size_t)width);
        take_corner(job, down ? i : i + 1, down ? j + 1 : j);
        take_corner(job, i + 1, j + 1);
        const float step = job->q->data[at] - job->q->data[at + (down ? (size_t)width : 1)];
        area += fabsf(step) * job->rule->parallax_px;
        strong += (job->torn[at] >> down) & 1u;
    }
    return strong >= (size_t)job->rule->least_length && area >= job->rule->least_area;
}

/* Tear the line or mend it. */
static void settle(link_job *job, bool silhouette) {
    for (size_t k = 0; k < job->length; k++) {
        uint8_t *torn = &job->torn[job->line[k] / 2];
        const unsigned bit = job->line[k] & 1 ? RL_TORN_DOWN : RL_TORN_RIGHT;
        *torn &= (uint8_t) ~(bit | bit << RL_WEAK_SHIFT);
        *torn |= silhouette ? (uint8_t)bit : 0;
    }
}

/* Settle the lines that go through the pixel's borders; returns how many borders were torn. */
static int64_t link_pixel(link_job *job, int x, int y) {
    const uint8_t *here = &job->torn[(size_t)y * (size_t)job->q->width + (size_t)x];
    int64_t count = 0;
    for (unsigned bit = RL_TORN_RIGHT; bit <= RL_TORN_DOWN; bit <<= 1) {
        if (!(*here & (bit | bit << RL_WEAK_SHIFT)) || (*here & (bit << SEEN_SHIFT)))
            continue;
        const bool silhouette = follow(job, x, y, bit);
        settle(job, silhouette);
        count += silhouette ? (int64_t)job->length : 0;
    }
    return count;
}

typedef struct count_job {
    uint8_t *torn;
    atomic_size_t candidates;
} count_job;

static void count_candidates(void *arg, size_t begin, size_t end) {
    count_job *job = arg;
    size_t candidates = 0;
    for (size_t at = begin; at < end; at++)
        candidates += (job->torn[at] & 5U ? 1U : 0U) + (job->torn[at] & 10U ? 1U : 0U);
    atomic_fetch_add(&job->candidates, candidates);
}

static void leave_strong(void *arg, size_t begin, size_t end) {
    uint8_t *torn = ((count_job *)arg)->torn;
    for (size_t at = begin; at < end; at++)
        torn[at] &= STRONG;
}

/* The first of [at, end) that is not 0, or `end`: most are 0. */
static size_t next_marked(const uint8_t *torn, size_t at, size_t end) {
    uint64_t many;
    while (at + sizeof many <= end && (memcpy(&many, torn + at, sizeof many), many == 0))
        at += sizeof many;
    while (at < end && !torn[at])
        at++;
    return at;
}

relief_status rl_tears_link(relief_ctx *ctx, const rl_raster *q, const rl_tear_rule *rule,
                            uint8_t *torn, int64_t *count) {
    enum { GRAIN = 1 << 16 };
    const size_t pixels = (size_t)q->width * (size_t)q->height;
    count_job counting = {.torn = torn};
    atomic_init(&counting.candidates, 0);
    rl_parallel(ctx, pixels, GRAIN, count_candidates, &counting);
    const size_t candidates = atomic_load(&counting.candidates);
    void *line;
    relief_status status = rl_alloc_in(ctx, candidates, sizeof(uint32_t), &line);
    if (status)
        return status;
    link_job job = {.q = q, .rule = rule, .torn = torn, .line = line};
    *count = 0;
    for (size_t at = next_marked(torn, 0, pixels); at < pixels;
         at = next_marked(torn, at + 1, pixels))
        if (torn[at] & CANDIDATES)
            *count += link_pixel(&job, (int)(at % (size_t)q->width), (int)(at / (size_t)q->width));
    rl_parallel(ctx, pixels, GRAIN, leave_strong, &counting);
    rl_free(line);
    return status;
}
