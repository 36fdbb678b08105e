/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/map.h"

#include <string.h>

#include "base/threads.h"
#include "nn/onednn/vector.h"

/* Elements done before the next step: they stay in the first-level cache between steps. */
enum { CHUNK = 2048 };
/* Elements worth a thread of their own. */
enum { GRAIN = 16384 };

/* y may be x or b: every element is read before it is written, in the same place. */
#define FOR_EACH(expression)                                                                       \
    do {                                                                                           \
        RL_INDEPENDENT                                                                             \
        for (int64_t i = 0; i < n; i++)                                                            \
            y[i] = (expression);                                                                   \
    } while (0)

RL_EVERY_WIDTH static void clip(const float *x, float *y, int64_t n, float lo, float hi) {
    FOR_EACH((x[i] < lo ? lo : x[i]) > hi ? hi : (x[i] < lo ? lo : x[i]));
}

RL_EVERY_WIDTH static void with_full(rl_map_kind kind, const float *x, const float *b, float *y,
                                     int64_t n) {
    switch (kind) {
    case RL_MAP_ADD:
        FOR_EACH(x[i] + b[i]);
        break;
    case RL_MAP_SUB:
        FOR_EACH(x[i] - b[i]);
        break;
    case RL_MAP_SUB_REVERSED:
        FOR_EACH(b[i] - x[i]);
        break;
    case RL_MAP_MUL:
        FOR_EACH(x[i] * b[i]);
        break;
    case RL_MAP_DIV:
        FOR_EACH(x[i] / b[i]);
        break;
    default:
        FOR_EACH(b[i] / x[i]);
        break;
    }
}

RL_EVERY_WIDTH static void with_scalar(rl_map_kind kind, const float *x, float b, float *y,
                                       int64_t n) {
    switch (kind) {
    case RL_MAP_ADD:
        FOR_EACH(x[i] + b);
        break;
    case RL_MAP_SUB:
        FOR_EACH(x[i] - b);
        break;
    case RL_MAP_SUB_REVERSED:
        FOR_EACH(b - x[i]);
        break;
    case RL_MAP_MUL:
        FOR_EACH(x[i] * b);
        break;
    case RL_MAP_DIV:
        FOR_EACH(x[i] / b);
        break;
    default:
        FOR_EACH(b / x[i]);
        break;
    }
}

typedef struct map_job {
    rl_layout layout;
    rl_map_source x;
    void *y;
    const rl_map_step *steps;
    int step_count;
} map_job;

/* A channel operand over pixels of a panel; with blocks of 1 a panel has one channel. */
static void with_channels(const rl_map_step *step, const float *b, const float *x, float *y,
                          int64_t n, int64_t block) {
    if (block == 1) {
        with_scalar(step->kind, x, *b, y, n);
        return;
    }
    for (int64_t i = 0; i < n; i += block)
        with_full(step->kind, x + i, b, y + i, block);
}

/* Elements that are done at once: `n` of them `at` elements from the beginning of the value, all in
 * one panel. */
typedef struct map_part {
    int64_t at, n, panel;
} map_part;

/* Elements [at, at + n) as floats: where they are, or widened in `room`. */
static const float *as_floats(const void *data, relief_dtype type, int64_t at, int64_t n,
                              float *room) {
    if (type == RELIEF_F32)
        return (const float *)data + at;
    rl_bf16_widen_row((const rl_bf16 *)data + at, room, n);
    return room;
}

static void do_step(const map_job *job, const rl_map_step *step, const float *x, float *y,
                    map_part part) {
    float room[CHUNK];
    switch (step->kind == RL_MAP_CLIP ? RL_MAP_SCALAR : step->extent) {
    case RL_MAP_FULL:
        with_full(step->kind, x, as_floats(step->other, step->type, part.at, part.n, room), y,
                  part.n);
        break;
    case RL_MAP_SCALAR:
        if (step->kind == RL_MAP_CLIP)
            clip(x, y, part.n, step->lo, step->hi);
        else
            with_scalar(step->kind, x, *(const float *)step->other, y, part.n);
        break;
    case RL_MAP_CHANNEL: {
        const int64_t block = job->layout.block;
        const int64_t first = part.panel % rl_layout_blocks(&job->layout) * block;
        with_channels(step, (const float *)step->other + first, x, y, part.n, block);
        break;
    }
    }
}

/* Zero the channels that do not exist; x / 0 and exp(0) would leave something there, and 0 *
 * infinity is no 0. */
static void clear_padding(const map_job *job, float *y, map_part part) {
    const rl_layout *layout = &job->layout;
    const int64_t blocks = rl_layout_blocks(layout), used = layout->channels % layout->block;
    if (!used || part.panel % blocks != blocks - 1)
        return;
    for (int64_t i = 0; i < part.n; i += layout->block)
        for (int64_t c = used; c < layout->block; c++)
            y[i + c] = 0;
}

/* All steps on one part. Floats go from one step to the next in the result's memory; bfloat16 in
 * `row`, which is rounded into it at the end. */
static void do_part(const map_job *job, map_part part) {
    float row[CHUNK];
    const bool narrow = job->layout.type == RELIEF_BF16;
    float *y = narrow ? row : (float *)job->y + part.at;
    const float *x = as_floats(job->x.data, job->x.type, part.at, part.n, y);
    for (int i = 0; i < job->step_count; i++) {
        do_step(job, &job->steps[i], x, y, part);
        x = y;
    }
    if (x != y)
        memmove(y, x, (size_t)part.n * sizeof *x);
    clear_padding(job, y, part);
    if (narrow)
        rl_bf16_narrow_row(y, (rl_bf16 *)job->y + part.at, part.n);
}

/* Pieces of CHUNK elements' worth: [begin, end) counts pixels over all panels. */
static void map_range(void *arg, size_t begin, size_t end) {
    const map_job *job = arg;
    const int64_t block = job->layout.block;
    const int64_t size = job->layout.height * job->layout.width;
    for (int64_t pixel = (int64_t)begin; pixel < (int64_t)end;) {
        const int64_t panel = pixel / size;
        int64_t stop = (panel + 1) * size;
        stop = stop < (int64_t)end ? stop : (int64_t)end;
        stop = stop - pixel < CHUNK / block ? stop : pixel + CHUNK / block;
        do_part(job, (map_part){pixel * block, (stop - pixel) * block, panel});
        pixel = stop;
    }
}

void rl_map_run(relief_ctx *ctx, const rl_layout *layout, rl_map_source x, void *y,
                const rl_map_step *steps, int step_count) {
    map_job job = {*layout, x, y, steps, step_count};
    const int64_t pixels = rl_layout_panels(layout) * layout->height * layout->width;
    if (step_count == 0 && x.data == y)
        return;
    rl_parallel(ctx, (size_t)pixels, (size_t)(GRAIN / layout->block), map_range, &job);
}

relief_status rl_map_chain_epilogue(relief_ctx *ctx, rl_onednn_program *program,
                                    rl_onednn_kernel *kernel, int index, int first,
                                    rl_map_chain *chain) {
    const rl_node *node = &program->base.graph->nodes[index];
    const int64_t block = program->forms[node->outputs[0]].block;
    for (int i = first; i < node->epilogue_count; i++) {
        const rl_epilogue *entry = &node->epilogue[i];
        const int at = chain->step_count++;
        if (entry->kind != RL_EPILOGUE_ADD) {
            chain->steps[at] = (rl_map_step){.kind = RL_MAP_CLIP, .lo = entry->lo, .hi = entry->hi};
            continue;
        }
        const int value = node->inputs[entry->input];
        const rl_form form = rl_onednn_form(program, value, block);
        chain->steps[at] =
            (rl_map_step){.kind = RL_MAP_ADD, .extent = RL_MAP_FULL, .type = form.type};
        relief_status status =
            rl_onednn_operand_new(ctx, program, kernel, value, form, &chain->others[at]);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

void rl_map_chain_run(const rl_onednn_call *call, const rl_map_chain *chain, rl_map_source x,
                      void *y) {
    const rl_layout layout = rl_onednn_layout(call->program, call->node->outputs[0]);
    rl_map_step steps[RL_MAP_MAX_STEPS];
    memcpy(steps, chain->steps, sizeof steps);
    for (int i = 0; i < chain->step_count; i++)
        if (steps[i].kind != RL_MAP_CLIP)
            steps[i].other = rl_onednn_operand_get(call, &chain->others[i]);
    rl_map_run(call->ctx, &layout, x, y, steps, chain->step_count);
}
