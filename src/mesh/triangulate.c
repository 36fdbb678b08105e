/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves to polygons, polygons to fans of triangles, corners to vertices. */
#include "mesh/tessellate.h"

#include "base/threads.h"

#include <math.h>

/* A point of the corner grid. */
typedef struct grid_point {
    int i, j;
} grid_point;

/* How a leaf's polygon is cut: a fan of `triangles` around `origin`. */
typedef struct leaf_fan {
    grid_point origin;
    bool centre; /* origin lies inside, not on the boundary */
    bool plain;  /* four vertices: either diagonal will do */
    int triangles;
} leaf_fan;

/* The sides of a leaf in the order of its polygon, counter-clockwise as the camera sees it: left,
 * downwards; bottom; right, upwards; top, backwards. Side k leads from corner k to corner k + 1. */
static void leaf_corners(const rl_leaf *leaf, grid_point corners[5]) {
    corners[0] = corners[4] = (grid_point){leaf->x0, leaf->y0};
    corners[1] = (grid_point){leaf->x0, leaf->y1};
    corners[2] = (grid_point){leaf->x1, leaf->y1};
    corners[3] = (grid_point){leaf->x1, leaf->y0};
}

static int sign(int value) {
    return (value > 0) - (value < 0);
}

/* The next used corner after `at` on the way to `end`, along a row or column. */
static grid_point next_used(const rl_tess *tess, grid_point at, grid_point end) {
    const int di = sign(end.i - at.i), dj = sign(end.j - at.j);
    do {
        at.i += di;
        at.j += dj;
    } while ((at.i != end.i || at.j != end.j) && !rl_corner_used(tess, at.i, at.j));
    return at;
}

/* A fan is sound when no two neighbours on the polygon lie in line with its origin: from a corner
 * between two plain sides, or from the only vertex within a side, or from the centre. */
static leaf_fan plan_fan(const rl_tess *tess, const rl_leaf *leaf) {
    grid_point corners[5], only[4];
    int inner[4] = {0}, total = 0;
    leaf_corners(leaf, corners);
    for (int side = 0; side < 4; side++) {
        const grid_point end = corners[side + 1];
        grid_point at = next_used(tess, corners[side], end);
        for (; at.i != end.i || at.j != end.j; at = next_used(tess, at, end)) {
            only[side] = at;
            inner[side]++;
        }
        total += inner[side];
    }
    leaf_fan fan = {.triangles = total + 2, .plain = total == 0};
    for (int side = 0; side < 4; side++) {
        if (inner[side] == 0 && inner[(side + 3) % 4] == 0) {
            fan.origin = corners[side];
            return fan;
        }
    }
    for (int side = 0; side < 4; side++) {
        if (inner[side] == 1) {
            fan.origin = only[side];
            return fan;
        }
    }
    fan.origin = (grid_point){(leaf->x0 + leaf->x1) / 2, (leaf->y0 + leaf->y1) / 2};
    fan.centre = true;
    fan.triangles = total + 4;
    return fan;
}

typedef struct count_job {
    const rl_tess *tess;
    int64_t triangles;
} count_job;

static void count_leaf(void *arg, const rl_leaf *leaf) {
    count_job *job = arg;
    if (leaf->x1 - leaf->x0 == 1 && leaf->y1 - leaf->y0 == 1) {
        job->triangles += 2;
        return;
    }
    leaf_fan fan = plan_fan(job->tess, leaf);
    if (fan.centre)
        rl_corner_mark(job->tess, fan.origin.i, fan.origin.j);
    job->triangles += fan.triangles;
}

static void count_bands(void *arg, size_t begin, size_t end) {
    rl_tess *tess = arg;
    for (size_t band = begin; band < end; band++) {
        count_job job = {.tess = tess};
        rl_leaves_visit(tess, (int)band, count_leaf, &job);
        tess->band_triangles[band] = job.triangles;
    }
}

int64_t rl_triangles_count(relief_ctx *ctx, rl_tess *tess) {
    rl_parallel(ctx, (size_t)tess->band_count, 1, count_bands, tess);
    int64_t sum = 0;
    for (int band = 0; band < tess->band_count; band++) {
        int64_t own = tess->band_triangles[band];
        tess->band_triangles[band] = sum;
        sum += own;
    }
    return sum;
}

static unsigned count_bits(uint64_t word) {
    return (unsigned)__builtin_popcountll(word);
}

/* Fill `more` and leave in first_vertex the vertices of the row before each word. */
static void number_rows(void *arg, size_t begin, size_t end) {
    rl_tess *tess = arg;
    for (size_t j = begin; j < end; j++) {
        uint32_t row = 0;
        for (size_t w = 0; w < tess->words; w++) {
            const size_t at = j * tess->words + w;
            const uint64_t used = atomic_load_explicit(&tess->used[at], memory_order_relaxed);
            uint64_t more[2] = {0, 0};
            for (uint64_t rest = used; rest; rest &= rest - 1) {
                const int bit = __builtin_ctzll(rest);
                int count;
                (void)rl_corner_labels(tess, (int)w * 64 + bit, (int)j, &count);
                more[0] |= (uint64_t)((count - 1) & 1) << bit;
                more[1] |= (uint64_t)((count - 1) >> 1) << bit;
            }
            tess->more[0][at] = more[0];
            tess->more[1][at] = more[1];
            tess->first_vertex[at] = row;
            row += count_bits(used) + count_bits(more[0]) + 2 * count_bits(more[1]);
        }
        tess->row_vertices[j] = row;
    }
}

int64_t rl_vertices_number(relief_ctx *ctx, rl_tess *tess) {
    const size_t rows = (size_t)tess->height + 1;
    rl_parallel(ctx, rows, 32, number_rows, tess);
    int64_t sum = 0;
    for (size_t j = 0; j < rows; j++) {
        for (size_t w = 0; w < tess->words; w++)
            tess->first_vertex[j * tess->words + w] += (uint32_t)sum;
        sum += tess->row_vertices[j];
    }
    return sum;
}

/* Index of the vertex at a corner that belongs to the surface of pixel (x, y), which touches the
 * corner. */
static uint32_t vertex_of(const rl_tess *tess, grid_point at, int x, int y) {
    const size_t word = (size_t)at.j * tess->words + (size_t)(at.i >> 6);
    const uint64_t bit = (uint64_t)1 << (at.i & 63);
    const uint64_t more0 = tess->more[0][word], more1 = tess->more[1][word];
    const uint64_t used = atomic_load_explicit(&tess->used[word], memory_order_relaxed);
    uint32_t index = tess->first_vertex[word] + count_bits(used & (bit - 1));
    if (!(more0 | more1))
        return index;
    index += count_bits(more0 & (bit - 1)) + 2 * count_bits(more1 & (bit - 1));
    if (!((more0 | more1) & bit))
        return index;
    int count;
    const uint8_t *labels = rl_corner_labels(tess, at.i, at.j, &count);
    return index + labels[(x < at.i ? 0 : 1) + (y < at.j ? 0 : 2)];
}

typedef struct fill_job {
    const rl_tess *tess;
    relief_mesh *mesh;
} fill_job;

typedef struct emit_job {
    const rl_tess *tess;
    const relief_mesh *mesh;
    uint32_t *next;
} emit_job;

static uint32_t leaf_vertex(const rl_tess *tess, const rl_leaf *leaf, grid_point at) {
    const int x = at.i < leaf->x1 ? at.i : leaf->x1 - 1;
    const int y = at.j < leaf->y1 ? at.j : leaf->y1 - 1;
    return vertex_of(tess, at, x, y);
}

/* q in the middle of a leaf, from the pixels there. */
static float centre_q(const rl_tess *tess, const rl_leaf *leaf) {
    const int x = (leaf->x0 + leaf->x1) / 2, y = (leaf->y0 + leaf->y1) / 2;
    const int left = (leaf->x0 + leaf->x1 - 1) / 2, above = (leaf->y0 + leaf->y1 - 1) / 2;
    return 0.25F * (rl_pixel_q(tess, x, y) + rl_pixel_q(tess, left, y) +
                    rl_pixel_q(tess, x, above) + rl_pixel_q(tess, left, above));
}

/* Two triangles, cut along the diagonal that runs closer to the surface. */
static void emit_quad(emit_job *job, const rl_leaf *leaf) {
    grid_point corners[5];
    uint32_t v[4];
    float q[4];
    leaf_corners(leaf, corners);
    for (int k = 0; k < 4; k++) {
        v[k] = leaf_vertex(job->tess, leaf, corners[k]);
        q[k] = -1 / job->mesh->positions[(size_t)v[k] * 3 + 2];
    }
    const float middle = centre_q(job->tess, leaf);
    const float even = fabsf(0.5F * (q[0] + q[2]) - middle);
    const float odd = fabsf(0.5F * (q[1] + q[3]) - middle);
    const int from = odd < even;
    const uint32_t triangles[6] = {v[from], v[from + 1], v[from + 2],
                                   v[from], v[from + 2], v[(from + 3) % 4]};
    for (int k = 0; k < 6; k++)
        *job->next++ = triangles[k];
}

static void emit_leaf(void *arg, const rl_leaf *leaf) {
    emit_job *job = arg;
    if (leaf->x1 - leaf->x0 == 1 && leaf->y1 - leaf->y0 == 1) {
        emit_quad(job, leaf);
        return;
    }
    const leaf_fan fan = plan_fan(job->tess, leaf);
    if (fan.plain) {
        emit_quad(job, leaf);
        return;
    }
    grid_point corners[5];
    leaf_corners(leaf, corners);
    const uint32_t origin = leaf_vertex(job->tess, leaf, fan.origin);
    uint32_t before = leaf_vertex(job->tess, leaf, corners[0]);
    for (int side = 0; side < 4; side++) {
        const grid_point end = corners[side + 1];
        grid_point at = corners[side];
        while (at.i != end.i || at.j != end.j) {
            at = next_used(job->tess, at, end);
            const uint32_t here = leaf_vertex(job->tess, leaf, at);
            if (before != origin && here != origin) {
                *job->next++ = origin;
                *job->next++ = before;
                *job->next++ = here;
            }
            before = here;
        }
    }
}

static void emit_bands(void *arg, size_t begin, size_t end) {
    const fill_job *job = arg;
    for (size_t band = begin; band < end; band++) {
        emit_job emit = {.tess = job->tess,
                         .mesh = job->mesh,
                         .next = job->mesh->indices + 3 * job->tess->band_triangles[band]};
        rl_leaves_visit(job->tess, (int)band, emit_leaf, &emit);
    }
}

static void place_vertices(void *arg, size_t begin, size_t end) {
    const fill_job *job = arg;
    const rl_tess *tess = job->tess;
    for (size_t j = begin; j < end; j++) {
        uint32_t index = tess->first_vertex[j * tess->words];
        for (size_t w = 0; w < tess->words; w++) {
            uint64_t rest =
                atomic_load_explicit(&tess->used[j * tess->words + w], memory_order_relaxed);
            for (; rest; rest &= rest - 1) {
                const int i = (int)w * 64 + __builtin_ctzll(rest);
                int count;
                const uint8_t *labels = rl_corner_labels(tess, i, (int)j, &count);
                for (int label = 0; label < count; label++, index++) {
                    const double z = 1 / (double)rl_corner_q(tess, i, (int)j, labels, label);
                    float *position = job->mesh->positions + (size_t)index * 3;
                    float *uv = job->mesh->uvs + (size_t)index * 2;
                    position[0] = (float)((i - 0.5 * tess->width) / tess->focal_px * z);
                    position[1] = (float)((0.5 * tess->height - (double)j) / tess->focal_px * z);
                    position[2] = (float)-z;
                    uv[0] = (float)((double)i / tess->width);
                    uv[1] = (float)((double)j / tess->height);
                }
            }
        }
    }
}

static void find_bounds(relief_mesh *mesh) {
    float low[3], high[3];
    for (int k = 0; k < 3; k++)
        low[k] = high[k] = mesh->positions[k];
    for (int64_t v = 1; v < mesh->info.vertex_count; v++) {
        for (int k = 0; k < 3; k++) {
            const float value = mesh->positions[3 * v + k];
            low[k] = value < low[k] ? value : low[k];
            high[k] = value > high[k] ? value : high[k];
        }
    }
    for (int k = 0; k < 3; k++) {
        mesh->info.bounds_min[k] = low[k];
        mesh->info.bounds_max[k] = high[k];
    }
}

void rl_mesh_fill(relief_ctx *ctx, const rl_tess *tess, relief_mesh *mesh) {
    fill_job job = {.tess = tess, .mesh = mesh};
    rl_parallel(ctx, (size_t)tess->height + 1, 32, place_vertices, &job);
    rl_parallel(ctx, (size_t)tess->band_count, 1, emit_bands, &job);
    find_bounds(mesh);
}
