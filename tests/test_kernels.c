/* SPDX-License-Identifier: Apache-2.0 */
/* Loops that are fast, beside the plain ones that say what is right. */
#include "tests/testing.h"

#include "mesh/scan.h"
#include "nn/tensor.h"

#include <math.h>
#include <string.h>

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static int random_below(uint32_t *state, int end) {
    return (int)(next_random(state) % (uint32_t)end);
}

static float random_share(uint32_t *state) {
    return (float)(next_random(state) & 0xFFFF) / 65536;
}

/* ------------------------------------------------------------------ triangles over a surface */

enum { SIDE = 61 };

/* A bumpy surface; some corners are not looked at, and many errors are equal. */
static void fill_surface(float *q, float *weight, uint32_t *state) {
    for (int at = 0; at < SIDE * SIDE; at++) {
        q[at] = (float)random_below(state, 9) / 8;
        weight[at] = random_below(state, 4) ? (float)random_below(state, 4) : 0;
    }
}

static rl_point random_point(uint32_t *state, int reach) {
    return (rl_point){random_below(state, reach), random_below(state, reach)};
}

static void scan_is_that_of_the_plain_one(void **state) {
    enum { TRIANGLES = 20000 };
    (void)state;
    static float q[SIDE * SIDE + RL_SCAN_ROOM], weight[SIDE * SIDE + RL_SCAN_ROOM];
    uint32_t random = 7;
    int over_one = 0, compared = 0;
    for (int k = 0; k < TRIANGLES; k++) {
        if (k % 100 == 0)
            fill_surface(q, weight, &random);
        rl_scan scan = {.q = q, .weight = weight, .stride = SIDE};
        /* Large and small ones, slivers and those with level edges among them. */
        const int reach = k % 3 == 0 ? 5 : k % 3 == 1 ? 20 : SIDE;
        for (int c = 0; c < 3; c++) {
            scan.p[c] = random_point(&random, reach);
            scan.corner_q[c] = random_share(&random);
        }
        if (rl_orient(scan.p[0], scan.p[1], scan.p[2]) == 0)
            continue;
        if (rl_orient(scan.p[0], scan.p[1], scan.p[2]) < 0) {
            const rl_point swapped = scan.p[1];
            scan.p[1] = scan.p[2];
            scan.p[2] = swapped;
        }
        rl_point fast = {-1, -1}, plain = {-1, -1};
        const float worst = rl_scan_worst(&scan, &fast);
        assert_true(worst == rl_scan_worst_plainly(&scan, &plain));
        assert_int_equal(fast.x, plain.x);
        assert_int_equal(fast.y, plain.y);
        over_one += worst > 1;
        compared++;
    }
    assert_true(over_one > TRIANGLES / 4 && compared - over_one > TRIANGLES / 20);
}

/* ------------------------------------------------------------------ numbers of 16 bits */

/* As the standard says it: sign, exponent, mantissa. */
static float half_by_definition(unsigned bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    float size;
    if (exponent == 31)
        size = mantissa ? NAN : INFINITY;
    else if (exponent == 0)
        size = ldexpf((float)mantissa, -24);
    else
        size = ldexpf((float)(mantissa + 1024), exponent - 25);
    return bits & 0x8000 ? -size : size;
}

static void all_halves_become_the_floats_they_are(void **state) {
    enum { ALL = 1 << 16 };
    (void)state;
    static uint16_t halves[ALL];
    static float floats[ALL];
    for (unsigned bits = 0; bits < ALL; bits++)
        halves[bits] = (uint16_t)bits;
    const relief_tensor tensor = {
        .dtype = RELIEF_F16, .rank = 1, .dims = {ALL}, .bytes = sizeof halves, .data = halves};
    rl_tensor_floats(&tensor, floats);
    for (unsigned bits = 0; bits < ALL; bits++) {
        const float wanted = half_by_definition(bits);
        const float alone = rl_tensor_float(&tensor, bits);
        assert_true(isnan(wanted) ? isnan(floats[bits]) && isnan(alone)
                                  : memcmp(&wanted, &floats[bits], sizeof wanted) == 0 &&
                                        memcmp(&wanted, &alone, sizeof wanted) == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_is_that_of_the_plain_one),
        cmocka_unit_test(all_halves_become_the_floats_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
