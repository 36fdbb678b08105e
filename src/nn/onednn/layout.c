/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/layout.h"

#include <assert.h>
#include <string.h>

#include "base/threads.h"
#include "nn/onednn/vector.h"

rl_layout rl_layout_of(const rl_value *value, rl_form form) {
    const int64_t *d = value->dims;
    if (value->rank == 4)
        return (rl_layout){d[0], d[1], d[2], d[3], form.block, form.type};
    int64_t count = 1;
    for (int i = 0; i < value->rank; i++)
        count *= d[i];
    return (rl_layout){1, 1, 1, count, 1, form.type};
}

int64_t rl_layout_blocks(const rl_layout *layout) {
    return (layout->channels + layout->block - 1) / layout->block;
}

int64_t rl_layout_panels(const rl_layout *layout) {
    return layout->batch * rl_layout_blocks(layout);
}

int64_t rl_layout_elements(const rl_layout *layout) {
    return rl_layout_panels(layout) * layout->height * layout->width * layout->block;
}

size_t rl_layout_bytes(const rl_layout *layout) {
    return (size_t)rl_layout_elements(layout) * rl_dtype_size(layout->type);
}

bool rl_layout_padded(const rl_layout *layout) {
    return layout->channels % layout->block != 0;
}

bool rl_layout_is(const rl_layout *layout, rl_form form) {
    return layout->block == form.block && layout->type == form.type;
}

typedef struct convert_job {
    rl_layout layout; /* of `from` */
    rl_form form;     /* of `to` */
    const char *from;
    char *to;
} convert_job;

/* Pixels that are moved at once, so that both sides stay in the first-level cache. */
enum { CHUNK = 64 };
/* Elements worth a thread of their own. */
enum { GRAIN = 16384 };

/* Elements whose types differ, in one row. */
static void convert_row(const convert_job *job, const char *from, char *to, int64_t count) {
    if (job->form.type == job->layout.type)
        memcpy(to, from, (size_t)count * rl_dtype_size(job->form.type));
    else if (job->form.type == RELIEF_BF16)
        rl_bf16_narrow_row((const float *)(const void *)from, (rl_bf16 *)(void *)to, count);
    else
        rl_bf16_widen_row((const rl_bf16 *)(const void *)from, (float *)(void *)to, count);
}

/* Functions that are built once for each size of an element. */
#define FOR_SIZE static inline __attribute__((always_inline)) void

/* `shape`: the block, and how much of it there is. */
FOR_SIZE pack(const char *from, int64_t size, char *to, const int64_t shape[2], int64_t pixels,
              size_t bytes) {
    const int64_t block = shape[0], count = shape[1];
    for (int64_t p = 0; p < pixels; p++, to += (size_t)block * bytes) {
        for (int64_t c = 0; c < count; c++)
            memcpy(to + (size_t)c * bytes, from + (size_t)(c * size + p) * bytes, bytes);
        memset(to + (size_t)count * bytes, 0, (size_t)(block - count) * bytes);
    }
}

/* `count` channels of up to CHUNK pixels, `size` elements apart, into one block. */
static void pack_pixels(const char *from, int64_t size, char *to, int64_t count, int64_t pixels,
                        const rl_form *form) {
    const int64_t shape[2] = {form->block, count};
    switch (rl_dtype_size(form->type)) {
    case 1:
        pack(from, size, to, shape, pixels, 1);
        break;
    case 2:
        pack(from, size, to, shape, pixels, 2);
        break;
    case 4:
        pack(from, size, to, shape, pixels, 4);
        break;
    default:
        pack(from, size, to, shape, pixels, 8);
        break;
    }
}

FOR_SIZE unpack(const char *from, int64_t block, char *to, int64_t pixels, size_t bytes) {
    for (int64_t p = 0; p < pixels; p++)
        memcpy(to + (size_t)p * bytes, from + (size_t)(p * block) * bytes, bytes);
}

/* Every block-th element, `pixels` of them. */
static void unpack_pixels(const char *from, int64_t block, char *to, int64_t pixels,
                          relief_dtype type) {
    switch (rl_dtype_size(type)) {
    case 1:
        unpack(from, block, to, pixels, 1);
        break;
    case 2:
        unpack(from, block, to, pixels, 2);
        break;
    case 4:
        unpack(from, block, to, pixels, 4);
        break;
    default:
        unpack(from, block, to, pixels, 8);
        break;
    }
}

/* Panels of the destination. Rows of another type are converted on the way, a chunk at a time. */
static void convert_to_blocks(void *arg, size_t begin, size_t end) {
    enum { MOST_BLOCK = 64 };
    float row[MOST_BLOCK * CHUNK];
    const convert_job *job = arg;
    const rl_layout *in = &job->layout;
    const int64_t size = in->height * in->width, block = job->form.block;
    assert(block <= MOST_BLOCK || in->type == job->form.type);
    const int64_t blocks = (in->channels + block - 1) / block;
    const int64_t in_bytes = (int64_t)rl_dtype_size(in->type);
    const int64_t out_bytes = (int64_t)rl_dtype_size(job->form.type);
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t n = i / blocks, first = i % blocks * block;
        const int64_t rest = in->channels - first, count = rest < block ? rest : block;
        const char *from = job->from + (n * in->channels + first) * size * in_bytes;
        char *to = job->to + i * size * block * out_bytes;
        for (int64_t p = 0; p < size; p += CHUNK) {
            const int64_t pixels = size - p < CHUNK ? size - p : CHUNK;
            if (in->type == job->form.type) {
                pack_pixels(from + p * in_bytes, size, to + p * block * out_bytes, count, pixels,
                            &job->form);
                continue;
            }
            for (int64_t c = 0; c < count; c++)
                convert_row(job, from + (c * size + p) * in_bytes,
                            (char *)row + c * CHUNK * out_bytes, pixels);
            pack_pixels((const char *)row, CHUNK, to + p * block * out_bytes, count, pixels,
                        &job->form);
        }
    }
}

/* Channels (rows of size pixels) of a row-major destination. */
static void convert_to_plain(void *arg, size_t begin, size_t end) {
    float row[CHUNK];
    const convert_job *job = arg;
    const rl_layout *in = &job->layout;
    const int64_t size = in->height * in->width, block = in->block;
    const int64_t blocks = rl_layout_blocks(in);
    const int64_t in_bytes = (int64_t)rl_dtype_size(in->type);
    const int64_t out_bytes = (int64_t)rl_dtype_size(job->form.type);
    for (int64_t i = (int64_t)begin; i < (int64_t)end; i++) {
        const int64_t n = i / in->channels, c = i % in->channels;
        const char *from =
            job->from + ((n * blocks + c / block) * size * block + c % block) * in_bytes;
        char *to = job->to + i * size * out_bytes;
        for (int64_t p = 0; p < size; p += CHUNK) {
            const int64_t pixels = size - p < CHUNK ? size - p : CHUNK;
            const char *pixel = from + p * block * in_bytes;
            if (in->type == job->form.type) {
                unpack_pixels(pixel, block, to + p * out_bytes, pixels, in->type);
                continue;
            }
            unpack_pixels(pixel, block, (char *)row, pixels, in->type);
            convert_row(job, (const char *)row, to + p * out_bytes, pixels);
        }
    }
}

/* Elements, whose blocks are the same on both sides. */
static void convert_elements(void *arg, size_t begin, size_t end) {
    const convert_job *job = arg;
    convert_row(job, job->from + begin * rl_dtype_size(job->layout.type),
                job->to + begin * rl_dtype_size(job->form.type), (int64_t)(end - begin));
}

void rl_layout_convert(relief_ctx *ctx, const rl_layout *layout, const void *from, rl_form form,
                       void *to) {
    convert_job job = {*layout, form, from, to};
    if (layout->block == form.block) {
        rl_parallel(ctx, (size_t)rl_layout_elements(layout), GRAIN, convert_elements, &job);
        return;
    }
    if (form.block == 1) {
        rl_parallel(ctx, (size_t)(layout->batch * layout->channels), 1, convert_to_plain, &job);
        return;
    }
    rl_layout result = *layout;
    result.block = form.block;
    rl_parallel(ctx, (size_t)rl_layout_panels(&result), 1, convert_to_blocks, &job);
}
