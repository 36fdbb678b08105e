/* SPDX-License-Identifier: Apache-2.0 */
/* Triangles filled 8 samples at a time, on processors with AVX2. What comes out is what
 * soft_plain.c says, to the bit: the same sums in the same order, nothing contracted. */
#include "render/soft.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_AVX2
#endif

#ifdef HAS_AVX2
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

enum { LANES = 8 };
/* Rows of texels that are fetched ahead. */
enum { AHEAD = 12 };

/* A plane along a row of samples: its value where dx is 0, and its slope. */
typedef struct row_plane {
    __m256 value, across;
} row_plane;

/* What of a triangle is the same all along a row. */
typedef struct row_terms {
    __m256 a[3], x0[3], edge[3], least[3];
    row_plane inverse, u, v, w;
    __m256 x_at;
} row_terms;

/* Where each of 8 samples reads the texture. */
typedef struct span {
    _Alignas(32) int32_t from[LANES]; /* its first texel */
    _Alignas(32) float across[LANES], down[LANES];
} span;

AVX2_INLINE __m256 plane_at(const row_plane *plane, __m256 dx) {
    return _mm256_add_ps(plane->value, _mm256_mul_ps(plane->across, dx));
}

/* What is the same in all rows. */
AVX2_INLINE void start_triangle(const rl_soft_triangle *t, row_terms *row) {
    for (int k = 0; k < 3; k++) {
        row->a[k] = _mm256_set1_ps(t->a[k]);
        row->x0[k] = _mm256_set1_ps(t->x0[k]);
        row->least[k] = _mm256_set1_ps(t->least[k]);
    }
    row->inverse.across = _mm256_set1_ps(t->inverse.across);
    row->u.across = _mm256_set1_ps(t->u.across);
    row->v.across = _mm256_set1_ps(t->v.across);
    row->w.across = _mm256_set1_ps(t->w.across);
    row->x_at = _mm256_set1_ps(t->x_at);
}

AVX2_INLINE __m256 start_plane(const rl_soft_plane *plane, float dy) {
    return _mm256_set1_ps(plane->value + plane->down * dy);
}

AVX2_INLINE void start_row(const rl_soft_triangle *t, float y, row_terms *row) {
    const float dy = y - t->y_at;
    for (int k = 0; k < 3; k++)
        row->edge[k] = _mm256_set1_ps(t->b[k] * (y - t->y0[k]));
    row->inverse.value = start_plane(&t->inverse, dy);
    row->u.value = start_plane(&t->u, dy);
    row->v.value = start_plane(&t->v, dy);
    row->w.value = start_plane(&t->w, dy);
}

/* Which samples are inside. */
AVX2_INLINE __m256 find_inside(const row_terms *row, __m256 x) {
    __m256 inside[3];
    for (int k = 0; k < 3; k++) {
        const __m256 e =
            _mm256_add_ps(_mm256_mul_ps(row->a[k], _mm256_sub_ps(x, row->x0[k])), row->edge[k]);
        inside[k] = _mm256_cmp_ps(e, row->least[k], _CMP_GE_OQ);
    }
    return _mm256_and_ps(_mm256_and_ps(inside[0], inside[1]), inside[2]);
}

/* The vector form of find_pair() in soft_plain.c: the first texel; *share: that of the second one.
 * The order of arguments makes a number of what is none. */
AVX2_INLINE __m256i find_pair(__m256 at, float sharp, int count, __m256 *share) {
    const __m256i one = _mm256_set1_epi32(1), last = _mm256_set1_epi32(count - 1);
    const __m256 half = _mm256_set1_ps(0.5F);
    at = _mm256_max_ps(at, _mm256_set1_ps(-1));
    at = _mm256_min_ps(at, _mm256_set1_ps((float)count));
    const __m256i seam = _mm256_cvttps_epi32(_mm256_add_ps(at, half));
    __m256 part = _mm256_sub_ps(at, _mm256_cvtepi32_ps(seam));
    part = _mm256_add_ps(_mm256_mul_ps(part, _mm256_set1_ps(sharp)), half);
    part = _mm256_min_ps(_mm256_max_ps(part, _mm256_setzero_ps()), _mm256_set1_ps(1));
    const __m256i low = _mm256_cmpgt_epi32(one, seam), high = _mm256_cmpgt_epi32(seam, last);
    *share = _mm256_andnot_ps(_mm256_castsi256_ps(_mm256_or_si256(low, high)), part);
    return _mm256_andnot_si256(low, _mm256_sub_epi32(seam, one));
}

/* Two neighbouring texels as floats. */
AVX2_INLINE __m256 read_pair(const uint16_t *texel) {
    const __m128i words = _mm_loadu_si128((const __m128i *)(const void *)texel);
    return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(words));
}

AVX2_INLINE void shade(const rl_soft_texture *texture, const span *s, unsigned bits,
                       float (*colour)[4]) {
    const __m128 whole = _mm_set1_ps(65535.0F);
    for (; bits; bits &= bits - 1) {
        const int i = __builtin_ctz(bits);
        const uint16_t *texel = texture->texels + 4 * (size_t)s->from[i];
        _mm_prefetch((const char *)(texel + 4 * AHEAD * texture->row), _MM_HINT_T0);
        const __m256 above = read_pair(texel), below = read_pair(texel + 4 * texture->row);
        const __m256 pair = _mm256_add_ps(
            above, _mm256_mul_ps(_mm256_sub_ps(below, above), _mm256_set1_ps(s->down[i])));
        const __m128 left = _mm256_castps256_ps128(pair), right = _mm256_extractf128_ps(pair, 1);
        const __m128 out =
            _mm_add_ps(left, _mm_mul_ps(_mm_sub_ps(right, left), _mm_set1_ps(s->across[i])));
        _mm_store_ps(colour[i], _mm_blend_ps(out, whole, 8));
    }
}

/* The samples from x on. */
AVX2_INLINE void fill_span(const rl_soft_surface *surface, const rl_soft_triangle *t,
                           const row_terms *row, __m256 x, rl_soft_samples *to, size_t at) {
    const rl_soft_texture *texture = &surface->texture;
    __m256 inside = find_inside(row, x);
    if (_mm256_movemask_ps(inside) == 0)
        return;
    const __m256 dx = _mm256_sub_ps(x, row->x_at);
    const __m256 inverse = plane_at(&row->inverse, dx), before = _mm256_load_ps(&to->nearest[at]);
    inside = _mm256_and_ps(inside, _mm256_cmp_ps(inverse, before, _CMP_GT_OQ));
    const unsigned bits = (unsigned)_mm256_movemask_ps(inside);
    if (bits == 0)
        return;
    _mm256_store_ps(&to->nearest[at], _mm256_blendv_ps(before, inverse, inside));
    const __m256 over = _mm256_div_ps(_mm256_set1_ps(1), plane_at(&row->w, dx));
    __m256 across, down;
    span s;
    const __m256i column =
        find_pair(_mm256_mul_ps(plane_at(&row->u, dx), over), t->sharp[0], texture->width, &across);
    const __m256i line =
        find_pair(_mm256_mul_ps(plane_at(&row->v, dx), over), t->sharp[1], texture->height, &down);
    const __m256i stride = _mm256_set1_epi32((int32_t)texture->row);
    _mm256_store_si256((__m256i *)(void *)s.from,
                       _mm256_add_epi32(_mm256_mullo_epi32(line, stride), column));
    _mm256_store_ps(s.across, across);
    _mm256_store_ps(s.down, down);
    shade(texture, &s, bits, to->colour + at);
}

AVX2 static void fill_opaque(const rl_soft_surface *surface, const rl_soft_triangle *t,
                             const rl_soft_place *place, rl_soft_samples *to) {
    const __m256 lanes = _mm256_setr_ps(0.5F, 1.5F, 2.5F, 3.5F, 4.5F, 5.5F, 6.5F, 7.5F);
    const int top = t->top > place->top ? t->top : place->top;
    const int bottom = t->bottom < place->bottom ? t->bottom : place->bottom - 1;
    const int left = (t->left > place->left ? t->left - place->left : 0) & ~(LANES - 1);
    const int right = (t->right < place->right ? t->right : place->right - 1) - place->left;
    row_terms row;
    start_triangle(t, &row);
    for (int y = top; y <= bottom; y++) {
        const size_t line = (size_t)(y - place->top) * RL_SOFT_TILE;
        start_row(t, (float)y + 0.5F, &row);
        for (int i = left; i <= right; i += LANES)
            fill_span(surface, t, &row,
                      _mm256_add_ps(lanes, _mm256_set1_ps((float)(place->left + i))), to,
                      line + (size_t)i);
    }
}

static bool can_fill(void) {
    return __builtin_cpu_supports("avx2");
}
#endif

void rl_soft_fill(const rl_soft_surface *surface, const rl_soft_triangle *triangle,
                  const rl_soft_place *place, rl_soft_samples *to) {
#ifdef HAS_AVX2
    if (surface->alpha == RELIEF_ALPHA_OPAQUE && can_fill()) {
        fill_opaque(surface, triangle, place, to);
        return;
    }
#endif
    rl_soft_fill_plainly(surface, triangle, place, to);
}
