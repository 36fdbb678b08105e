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

enum { LANES = 8, ROWS = 4 };

/* Where the rows of a part of the triangle begin and end: its left edge and its right one. */
typedef struct sides {
    double at[2];    /* x in the row `from` */
    double slope[2]; /* dx / dy */
    double from[2];
} sides;

/* Some rows one below the other: their first and last corners, and the plane's q at the first. */
typedef struct spans {
    int32_t first[ROWS], last[ROWS];
    float base[ROWS];
} spans;

/* What is known of the errors so far: of each lane the largest, and the first row that has it. */
typedef struct found {
    __m256 worst;
    __m256i row;
} found;

/* The edges that all rows from `top` to `bottom` cross. */
AVX2_INLINE sides find_sides(const rl_scan *scan, int top, int bottom) {
    sides s = {{0, 0}, {0, 0}, {0, 0}};
    for (int k = 0; k < 3; k++) {
        const rl_point a = scan->p[k], b = scan->p[k < 2 ? k + 1 : 0];
        const int right = b.y < a.y; /* upwards: the triangle lies to the left */
        if (a.y == b.y || (right ? b.y : a.y) > top || (right ? a.y : b.y) < bottom)
            continue;
        s.slope[right] = (double)(b.x - a.x) / (b.y - a.y);
        s.at[right] = a.x;
        s.from[right] = a.y;
    }
    return s;
}

/* x of a side in these rows, moved so that cutting off gives whole corners inside. */
AVX2_INLINE __m128i side_of_rows(const sides *s, int side, __m256d y, double inwards) {
    const __m256d down = _mm256_sub_pd(y, _mm256_set1_pd(s->from[side]));
    const __m256d x = _mm256_add_pd(_mm256_set1_pd(s->at[side]),
                                    _mm256_mul_pd(down, _mm256_set1_pd(s->slope[side])));
    return _mm256_cvttpd_epi32(_mm256_add_pd(x, _mm256_set1_pd(inwards)));
}

/* The rows from `top` on. */
AVX2_INLINE void find_spans(const rl_scan *scan, rl_scan_plane plane, const sides *s, int top,
                            spans *out) {
    const __m256d y = _mm256_add_pd(_mm256_set1_pd(top), _mm256_setr_pd(0, 1, 2, 3));
    const __m128i first = side_of_rows(s, 0, y, 1 - RL_SCAN_HAIR);
    const __m128i last = side_of_rows(s, 1, y, RL_SCAN_HAIR);
    const __m256d right = _mm256_cvtepi32_pd(_mm_sub_epi32(first, _mm_set1_epi32(scan->p[0].x)));
    const __m256d below = _mm256_sub_pd(y, _mm256_set1_pd(scan->p[0].y));
    const __m256d q =
        _mm256_add_pd(_mm256_add_pd(_mm256_set1_pd((double)scan->corner_q[0]),
                                    _mm256_mul_pd(_mm256_set1_pd(plane.across), right)),
                      _mm256_mul_pd(_mm256_set1_pd(plane.down), below));
    _mm_storeu_si128((__m128i *)(void *)out->first, first);
    _mm_storeu_si128((__m128i *)(void *)out->last, last);
    _mm_storeu_ps(out->base, _mm256_cvtpd_ps(q));
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
    spans rows;
    for (int y = top; y <= bottom; y++) {
        const int k = (y - top) % ROWS;
        if (k == 0)
            find_spans(scan, plane, &s, y, &rows);
        const int first = rows.first[k], last = rows.last[k];
        const __m256 base = _mm256_set1_ps(rows.base[k]);
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

/* The first corner of row y with this error, which one of them has. */
AVX2_INLINE int find_in_row(const rl_scan *scan, rl_scan_plane plane, const sides *s, int y,
                            float worst) {
    const __m256 across = _mm256_set1_ps((float)plane.across), lanes = _mm256_set1_ps(LANES);
    spans rows;
    find_spans(scan, plane, s, y, &rows);
    const __m256 base = _mm256_set1_ps(rows.base[0]);
    __m256 i = lane_numbers();
    for (int x = rows.first[0];; x += LANES) {
        const size_t at = (size_t)y * scan->stride + (size_t)x;
        const __m256 same =
            _mm256_cmp_ps(errors_at(scan, at, base, across, i), _mm256_set1_ps(worst), _CMP_EQ_OQ);
        const int bits = _mm256_movemask_ps(same);
        if (bits)
            return x + __builtin_ctz((unsigned)bits);
        i = _mm256_add_ps(i, lanes);
    }
}

AVX2_INLINE float greatest_of(__m256 lanes) {
    __m128 most = _mm_max_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    most = _mm_max_ps(most, _mm_movehl_ps(most, most));
    return _mm_cvtss_f32(_mm_max_ss(most, _mm_movehdup_ps(most)));
}

/* The first row in which some lane has the worst error. */
AVX2_INLINE int first_row(const found *f, float worst) {
    const __m256i same =
        _mm256_castps_si256(_mm256_cmp_ps(f->worst, _mm256_set1_ps(worst), _CMP_EQ_OQ));
    const __m256i rows = _mm256_blendv_epi8(_mm256_set1_epi32(INT32_MAX), f->row, same);
    __m128i least = _mm_min_epi32(_mm256_castsi256_si128(rows), _mm256_extracti128_si256(rows, 1));
    least = _mm_min_epi32(least, _mm_shuffle_epi32(least, _MM_SHUFFLE(1, 0, 3, 2)));
    least = _mm_min_epi32(least, _mm_shuffle_epi32(least, _MM_SHUFFLE(2, 3, 0, 1)));
    return _mm_cvtsi128_si32(least);
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
    const float worst = greatest_of(f.worst);
    if (worst > 1) {
        const int y = first_row(&f, worst);
        const sides s =
            y <= middle ? find_sides(scan, top, middle) : find_sides(scan, middle + 1, bottom);
        *where = (rl_point){find_in_row(scan, plane, &s, y, worst), y};
    }
    return worst;
}
#endif

float rl_scan_worst(const rl_scan *scan, rl_point *where) {
#ifdef HAS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return scan_quickly(scan, where);
#endif
    return rl_scan_worst_plainly(scan, where);
}
