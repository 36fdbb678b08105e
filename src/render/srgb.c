/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the curve of IEC 61966-2-1. */
#include "render/srgb.h"

#include <math.h>
#include <stdatomic.h>

enum { LINEAR_STEPS = 65536 };

static uint16_t to_linear[256];
static uint8_t from_linear[LINEAR_STEPS];
/* 0: not made, 1: being made, 2: there. */
static atomic_int state;

static double decode(double code) {
    return code <= 0.04045 ? code / 12.92 : pow((code + 0.055) / 1.055, 2.4);
}

/* Codes are a monotonic function of light, so each covers a run that ends half-way, in code, to the
 * next one. */
static void make_tables(void) {
    int light = 0;
    for (int code = 0; code < 256; code++) {
        to_linear[code] = (uint16_t)lround(decode(code / 255.0) * (LINEAR_STEPS - 1));
        const double end =
            code == 255 ? LINEAR_STEPS : decode((code + 0.5) / 255.0) * (LINEAR_STEPS - 1);
        for (; light < end; light++)
            from_linear[light] = (uint8_t)code;
    }
}

/* Tables are made once; whoever comes while another thread makes them waits the millisecond. */
static void need_tables(void) {
    int none = 0;
    if (atomic_load_explicit(&state, memory_order_acquire) == 2)
        return;
    if (atomic_compare_exchange_strong(&state, &none, 1)) {
        make_tables();
        atomic_store_explicit(&state, 2, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&state, memory_order_acquire) != 2) {
    }
}

const uint16_t *rl_srgb_to_linear(void) {
    need_tables();
    return to_linear;
}

const uint8_t *rl_srgb_from_linear(void) {
    need_tables();
    return from_linear;
}
