/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/layout.h"

#include <string.h>

#include "base/threads.h"

rl_layout rl_layout_of(const rl_value *value, int64_t block) {
    const int64_t *d = value->dims;
    if (value->rank == 4)
        return (rl_layout){d[0], d[1], d[2], d[3], block};
    int64_t count = 1;
    for (int i = 0; i < value->rank; i++)
        count *= d[i];
    return (rl_layout){1, 1, 1, count, 1};
}

int64_t rl_layout_blocks(const rl_layout *layout) {
    return (layout->channels + layout->block - 1) / layout->block;
}

int64_t rl_layout_panels(const rl_layout *layout) {
    return layout->batch * rl_layout_blocks(layout);
}

int64_t rl_layout_floats(const rl_layout *layout) {
    return rl_layout_panels(layout) * layout->height * layout->width * layout->block;
}

bool rl_layout_padded(const rl_layout *layout) {
    return layout->channels % layout->block != 0;
}

typedef struct convert_job {
    rl_layout layout; /* of `from` */
    int64_t block;    /* of `to` */
    const float *from;
    float *to;
} convert_job;

/* Pixels that are moved at once, so that both sides stay in the first-level cache. */
enum { CHUNK = 64 };

/* `count` channels of `pixels` pixels, `size` floats apart, into one block. */
static void pack_pixels(const float *from, int64_t size, float *to, int64_t block, int64_t count,
                        int64_t pixels) {
    for (int64_t p = 0; p < pixels; p++) {
        for (int64_t c = 0; c < count; c++)
            to[p * block + c] = from[c * size + p];
        for (int64_t c = count; c < block; c++)
            to[p * block + c] = 0;
    }
}

/* Panels of the destination. */
static void convert_to_blocks(void *arg, size_t begin, size_t end) {
    const convert_job *job = arg;
    const rl_layout *in = &job->layout;
    const int64_t size = in->height * in->width;
    const int64_t blocks = (in->channels + job->block - 1) / job->block;
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t n = i / blocks, first = i % blocks * job->block;
        const int64_t rest = in->channels - first;
        const int64_t count = rest < job->block ? rest : job->block;
        const float *from = job->from + (n * in->channels + first) * size;
        float *to = job->to + i * size * job->block;
        for (int64_t p = 0; p < size; p += CHUNK) {
            const int64_t pixels = size - p < CHUNK ? size - p : CHUNK;
            pack_pixels(from + p, size, to + p * job->block, job->block, count, pixels);
        }
    }
}

/* Channels (rows of size pixels) of a row-major destination. */
static void convert_to_plain(void *arg, size_t begin, size_t end) {
    const convert_job *job = arg;
    const rl_layout *in = &job->layout;
    const int64_t size = in->height * in->width;
    const int64_t blocks = rl_layout_blocks(in);
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t n = i / in->channels, c = i % in->channels;
        const float *from =
            job->from + (n * blocks + c / in->block) * size * in->block + c % in->block;
        float *to = job->to + i * size;
        for (int64_t p = 0; p < size; p++)
            to[p] = from[p * in->block];
    }
}

void rl_layout_convert(relief_ctx *ctx, const rl_layout *layout, const float *from, int64_t block,
                       float *to) {
    if (layout->block == block) {
        memcpy(to, from, (size_t)rl_layout_floats(layout) * sizeof(float));
        return;
    }
    convert_job job = {*layout, block, from, to};
    if (block == 1) {
        rl_parallel(ctx, (size_t)(layout->batch * layout->channels), 1, convert_to_plain, &job);
        return;
    }
    rl_layout result = *layout;
    result.block = block;
    rl_parallel(ctx, (size_t)rl_layout_panels(&result), 1, convert_to_blocks, &job);
}
