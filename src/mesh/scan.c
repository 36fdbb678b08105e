/* SPDX-License-Identifier: Apache-2.0 */
/* Triangles scanned 8 corners at a time, on processors with AVX2. What comes out is what
 * scan_plain.c says, to the bit: the same sums, nothing contracted. */
#include "mesh/scan.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_AVX2
#endif

#ifdef HAS_AVX2
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

enum { LANES = 8 };

/* Where the rows of a part of the triangle begin and end: its left edge and its right one. */
typedef struct sides {
    __m128d at;    /* x in the row y = 0, moved so that cutting off gives whole corners inside */
    __m128d slope; /* dx / dy */
    __m128d from;  /* row in which `at` holds */
} sides;

/* What is known of the errors so far: of each lane the largest, and the first row that has it. */
typedef struct found {
    __m256 worst;
    __m256i row;
} found;

/* The edges that all rows from `top` to `bottom` cross. */
AVX2_INLINE sides find_sides(const rl_scan *scan, int top, int bottom) {
    double at[2] = {0, 0}, slope[2] = {0, 0}, from[2] = {0, 0};
    for (int k = 0; k < 3; k++) {
        const rl_point a = scan->p[k], b = scan->p[k < 2 ? k + 1 : 0];
        const int right = b.y < a.y; /* upwards: the triangle lies to the left */
        if (a.y == b.y || (right ? b.y : a.y) > top || (right ? a.y : b.y) < bottom)
            continue;
        slope[right] = (double)(b.x - a.x) / (b.y - a.y);
        at[right] = a.x;
        from[right] = a.y;
    }
    return (sides){_mm_loadu_pd(at), _mm_loadu_pd(slope), _mm_loadu_pd(from)};
}

AVX2_INLINE void row_span(const sides *s, int y, int *first, int *last) {
    const __m128d down = _mm_sub_pd(_mm_set1_pd(y), s->from);
    const __m128d x = _mm_add_pd(s->at, _mm_mul_pd(down, s->slope));
    const __m128d inwards = _mm_set_pd(RL_SCAN_HAIR, 1 - RL_SCAN_HAIR);
    const __m128i whole = _mm_cvttpd_epi32(_mm_add_pd(x, inwards));
    *first = _mm_cvtsi128_si32(whole);
    *last = _mm_extract_epi32(whole, 1);
}

/* Errors of the 8 corners from `at` on, which are the row's from number `i` on. */
AVX2_INLINE __m256 errors_at(const rl_scan *scan, size_t at, __m256 base, __m256 across, __m256 i) {
    const __m256 sign = _mm256_set1_ps(-0.0F);
    const __m256 own = _mm256_add_ps(base, _mm256_mul_ps(across, i));
    const __m256 off = _mm256_sub_ps(own, _mm256_loadu_ps(scan->q + at));
    return _mm256_mul_ps(_mm256_andnot_ps(sign, off), _mm256_loadu_ps(scan->weight + at));
}

AVX2_INLINE __m256 lane_numbers(void) {
    return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7);
}

AVX2_INLINE void scan_rows(const rl_scan *scan, rl_scan_plane plane, int top, int bottom,
                           found *out) {
    const sides s = find_sides(scan, top, bottom);
    const __m256 across = _mm256_set1_ps((float)plane.across), lanes = _mm256_set1_ps(LANES);
    for (int y = top; y <= bottom; y++) {
        int first, last;
        row_span(&s, y, &first, &last);
        const __m256 base = _mm256_set1_ps(rl_scan_q(scan, plane, first, y));
        const __m256 count = _mm256_set1_ps((float)(last - first + 1));
        const __m256i row = _mm256_set1_epi32(y);
        size_t at = (size_t)y * scan->stride + (size_t)first;
        __m256 i = lane_numbers();
        for (int x = first; x <= last; x += LANES) {
            const __m256 error = errors_at(scan, at, base, across, i);
            const __m256 more = _mm256_and_ps(_mm256_cmp_ps(error, out->worst, _CMP_GT_OQ),
                                              _mm256_cmp_ps(i, count, _CMP_LT_OQ));
            out->worst = _mm256_blendv_ps(out->worst, error, more);
            out->row = _mm256_blendv_epi8(out->row, row, _mm256_castps_si256(more));
            i = _mm256_add_ps(i, lanes);
            at += LANES;
        }
    }
}

/* The first corner of a row with this error, which one of them has. */
AVX2_INLINE int find_in_row(const rl_scan *scan, rl_scan_plane plane, int first, int y,
                            float worst) {
    const __m256 across = _mm256_set1_ps((float)plane.across), lanes = _mm256_set1_ps(LANES);
    const __m256 base = _mm256_set1_ps(rl_scan_q(scan, plane, first, y));
    __m256 i = lane_numbers();
    for (int x = first;; x += LANES) {
        const size_t at = (size_t)y * scan->stride + (size_t)x;
        const __m256 same =
            _mm256_cmp_ps(errors_at(scan, at, base, across, i), _mm256_set1_ps(worst), _CMP_EQ_OQ);
        const int bits = _mm256_movemask_ps(same);
        if (bits)
            return x + __builtin_ctz((unsigned)bits);
        i = _mm256_add_ps(i, lanes);
    }
}

AVX2 static float scan_quickly(const rl_scan *scan, rl_point *where) {
    const rl_point *p = scan->p;
    const rl_scan_plane plane = rl_scan_plane_of(scan);
    const int top = rl_least3(p[0].y, p[1].y, p[2].y), bottom = rl_most3(p[0].y, p[1].y, p[2].y);
    const int middle = p[0].y + p[1].y + p[2].y - top - bottom;
    found f = {_mm256_setzero_ps(), _mm256_set1_epi32(INT32_MAX)};
    scan_rows(scan, plane, top, middle, &f);
    if (middle < bottom)
        scan_rows(scan, plane, middle + 1, bottom, &f);
    _Alignas(32) float worst[LANES];
    _Alignas(32) int32_t row[LANES];
    _mm256_store_ps(worst, f.worst);
    _mm256_store_si256((__m256i *)(void *)row, f.row);
    int best = 0;
    for (int k = 1; k < LANES; k++)
        if (worst[k] > worst[best] || (worst[k] == worst[best] && row[k] < row[best]))
            best = k;
    if (worst[best] > 1) {
        const int y = row[best];
        const sides s =
            y <= middle ? find_sides(scan, top, middle) : find_sides(scan, middle + 1, bottom);
        int first, last;
        row_span(&s, y, &first, &last);
        *where = (rl_point){find_in_row(scan, plane, first, y, worst[best]), y};
    }
    return worst[best];
}
#endif

float rl_scan_worst(const rl_scan *scan, rl_point *where) {
#ifdef HAS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return scan_quickly(scan, where);
#endif
    return rl_scan_worst_plainly(scan, where);
}
