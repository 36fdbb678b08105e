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
    const float *x;
    float *y;
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

/* `n` elements at `at` from the beginning of the value, all in one panel. */
static void do_step(const map_job *job, const rl_map_step *step, const float *x, int64_t at,
                    int64_t n, int64_t panel) {
    float *y = job->y + at;
    if (step->kind == RL_MAP_CLIP) {
        clip(x, y, n, step->lo, step->hi);
        return;
    }
    switch (step->extent) {
    case RL_MAP_FULL:
        with_full(step->kind, x, step->other + at, y, n);
        break;
    case RL_MAP_SCALAR:
        with_scalar(step->kind, x, *step->other, y, n);
        break;
    case RL_MAP_CHANNEL: {
        const int64_t blocks = rl_layout_blocks(&job->layout);
        with_channels(step, step->other + panel % blocks * job->layout.block, x, y, n,
                      job->layout.block);
        break;
    }
    }
}

/* Zero the channels that do not exist; x / 0 and exp(0) would leave something there, and 0 *
 * infinity is no 0. */
static void clear_padding(const map_job *job, int64_t at, int64_t n, int64_t panel) {
    const rl_layout *layout = &job->layout;
    const int64_t blocks = rl_layout_blocks(layout), used = layout->channels % layout->block;
    if (!used || panel % blocks != blocks - 1)
        return;
    for (int64_t i = 0; i < n; i += layout->block)
        for (int64_t c = used; c < layout->block; c++)
            job->y[at + i + c] = 0;
}

/* Pieces of CHUNK pixels' worth: [begin, end) counts pixels over all panels. */
static void map_range(void *arg, size_t begin, size_t end) {
    const map_job *job = arg;
    const int64_t block = job->layout.block;
    const int64_t size = job->layout.height * job->layout.width;
    for (int64_t pixel = (int64_t)begin; pixel < (int64_t)end;) {
        const int64_t panel = pixel / size;
        int64_t stop = (panel + 1) * size;
        stop = stop < (int64_t)end ? stop : (int64_t)end;
        stop = stop - pixel < CHUNK / block ? stop : pixel + CHUNK / block;
        const int64_t at = pixel * block, n = (stop - pixel) * block;
        const float *x = job->x + at;
        for (int i = 0; i < job->step_count; i++) {
            do_step(job, &job->steps[i], x, at, n, panel);
            x = job->y + at;
        }
        if (x != job->y + at)
            memmove(job->y + at, x, (size_t)n * sizeof *x);
        clear_padding(job, at, n, panel);
        pixel = stop;
    }
}

void rl_map_run(relief_ctx *ctx, const rl_layout *layout, const float *x, float *y,
                const rl_map_step *steps, int step_count) {
    map_job job = {*layout, x, y, steps, step_count};
    const int64_t pixels = rl_layout_panels(layout) * layout->height * layout->width;
    if (step_count == 0 && x == y)
        return;
    rl_parallel(ctx, (size_t)pixels, (size_t)(GRAIN / layout->block), map_range, &job);
}

relief_status rl_map_chain_epilogue(relief_ctx *ctx, rl_onednn_program *program,
                                    rl_onednn_kernel *kernel, int index, int first,
                                    rl_map_chain *chain) {
    const rl_node *node = &program->base.graph->nodes[index];
    const int64_t block = program->blocks[node->outputs[0]];
    for (int i = first; i < node->epilogue_count; i++) {
        const rl_epilogue *entry = &node->epilogue[i];
        const int at = chain->step_count++;
        if (entry->kind != RL_EPILOGUE_ADD) {
            chain->steps[at] = (rl_map_step){.kind = RL_MAP_CLIP, .lo = entry->lo, .hi = entry->hi};
            continue;
        }
        chain->steps[at] = (rl_map_step){.kind = RL_MAP_ADD, .extent = RL_MAP_FULL};
        relief_status status = rl_onednn_operand_new(
            ctx, program, kernel, node->inputs[entry->input], block, &chain->others[at]);
        if (status)
            return status;
    }
    return RELIEF_OK;
}

void rl_map_chain_run(const rl_onednn_call *call, const rl_map_chain *chain, const float *x,
                      float *y) {
    const rl_layout layout = rl_onednn_layout(call->program, call->node->outputs[0]);
    rl_map_step steps[RL_MAP_MAX_STEPS];
    memcpy(steps, chain->steps, sizeof steps);
    for (int i = 0; i < chain->step_count; i++)
        if (steps[i].kind != RL_MAP_CLIP)
            steps[i].other = rl_onednn_operand_get(call, &chain->others[i]);
    rl_map_run(call->ctx, &layout, x, y, steps, chain->step_count);
}
