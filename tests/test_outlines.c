/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines that are simplified: what they may cross, what is dropped, and what must stay. */
#include "tests/testing.h"

#include "base/memory.h"
#include "mesh/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 300, HEIGHT = 220 };
static const float FAR_Q = 0.2F;

/* A surface whose pixels belong to numbered things; it is cut between things. */
typedef struct things {
    int width, height;
    int *id;
    float *q;
    uint8_t *torn;
    rl_surface surface;
} things;

static things things_new(int width, int height) {
    const size_t count = (size_t)width * (size_t)height;
    things t = {.width = width,
                .height = height,
                .id = calloc(count, sizeof *t.id),
                .q = calloc(count, sizeof *t.q),
                .torn = calloc(count, 1)};
    return t;
}

static void things_free(things *t) {
    free(t->id);
    free(t->q);
    free(t->torn);
}

static void put_box(things *t, int x0, int y0, int width, int height, int id) {
    for (int y = y0; y < y0 + height; y++)
        for (int x = x0; x < x0 + width; x++)
            t->id[y * t->width + x] = id;
}

static void put_disc(things *t, double cx, double cy, double radius, int id) {
    for (int y = 0; y < t->height; y++)
        for (int x = 0; x < t->width; x++)
            if (hypot(x + 0.5 - cx, y + 0.5 - cy) <= radius)
                t->id[y * t->width + x] = id;
}

/* q by the things' numbers, a little slanted, and cuts between them. */
static void things_finish(things *t) {
    for (int y = 0; y < t->height; y++)
        for (int x = 0; x < t->width; x++) {
            const int at = y * t->width + x, id = t->id[at];
            t->q[at] = FAR_Q + 0.05F * (float)(id % 17) + 1e-5F * (float)(x + y);
            if (x + 1 < t->width && t->id[at + 1] != id)
                t->torn[at] |= RL_CUT_RIGHT;
            if (y + 1 < t->height && t->id[at + t->width] != id)
                t->torn[at] |= RL_CUT_DOWN;
        }
    t->surface = (rl_surface){.width = t->width, .height = t->height, .q = t->q, .torn = t->torn};
}

static uint32_t hash(uint32_t a) {
    a = (a ^ a >> 16) * 0x7feb352du;
    a = (a ^ a >> 15) * 0x846ca68bu;
    return a ^ a >> 16;
}

/* Leaves: blobs of all sizes upon each other, single pixels among them, and tears that end
 * nowhere. */
static things foliage(int width, int height, uint32_t seed) {
    things t = things_new(width, height);
    for (uint32_t k = 0; k < 900; k++) {
        const uint32_t a = hash(seed * 7919 + 3 * k), b = hash(a), c = hash(b);
        const double cx = a % (uint32_t)width, cy = b % (uint32_t)height;
        put_disc(&t, cx, cy, 0.6 + (c % 100) * 0.07, 1 + (int)(c >> 8) % 200);
    }
    for (uint32_t k = 0; k < 40; k++) {
        const uint32_t a = hash(seed * 104729 + k), b = hash(a), c = hash(b);
        const int x = (int)(a % (uint32_t)(width - 30)), y = (int)(b % (uint32_t)(height - 4));
        put_box(&t, x, y, 2 + (int)(c % 28), 1 + (int)(c >> 8) % 2, 300 + (int)k);
    }
    things_finish(&t);
    for (uint32_t k = 0; k < 60; k++) {
        const uint32_t a = hash(seed * 31 + k), b = hash(a);
        const int x = (int)(a % (uint32_t)(width - 12)), y = (int)(b % (uint32_t)(height - 1));
        for (int i = 0; i < 1 + (int)(b >> 8) % 12; i++)
            t.torn[y * width + x + i] |= RL_CUT_DOWN;
    }
    return t;
}

static rl_tess_bounds bounds_of(double outline_px) {
    return (rl_tess_bounds){.q_error = 2e-3,
                            .depth_error = INFINITY,
                            .uv_px = INFINITY,
                            .outline_px = outline_px,
                            .most = 1000000000};
}

static rl_triangles tessellate(relief_ctx *ctx, const things *t, const rl_tess_bounds *bounds) {
    rl_triangles out;
    assert_int_equal(rl_tessellate(ctx, &t->surface, bounds, &out), RELIEF_OK);
    return out;
}

static int64_t twice_area(const int64_t a[2], const int64_t b[2], const int64_t c[2]) {
    return (b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1]);
}

static void place_of(const rl_triangles *mesh, uint32_t vertex, int64_t out[2]) {
    out[0] = (int64_t)mesh->vertices[vertex].x;
    out[1] = (int64_t)mesh->vertices[vertex].y;
    assert_true((float)out[0] == mesh->vertices[vertex].x);
    assert_true((float)out[1] == mesh->vertices[vertex].y);
}

/* An edge by its places and by its vertices. */
typedef struct side {
    uint64_t places, vertices;
} side;

static uint64_t place_key(const int64_t p[2]) {
    return (uint64_t)p[0] << 16 | (uint64_t)p[1];
}

static int compare_places(const void *a, const void *b) {
    const uint64_t x = ((const side *)a)->places, y = ((const side *)b)->places;
    return (x > y) - (x < y);
}

/* The edges of all triangles, sorted by their places; none is flipped or flat. */
static side *list_sides(const rl_triangles *mesh) {
    const size_t count = 3 * (size_t)mesh->triangle_count;
    side *sides = malloc((count + 1) * sizeof *sides);
    for (int64_t k = 0; k < mesh->triangle_count; k++) {
        const uint32_t *v = mesh->indices + 3 * k;
        int64_t c[3][2];
        for (int n = 0; n < 3; n++)
            place_of(mesh, v[n], c[n]);
        assert_true(twice_area(c[0], c[1], c[2]) > 0);
        for (int n = 0; n < 3; n++)
            sides[3 * k + n] = (side){place_key(c[n]) << 32 | place_key(c[(n + 1) % 3]),
                                      (uint64_t)v[n] << 32 | v[(n + 1) % 3]};
    }
    qsort(sides, count, sizeof *sides, compare_places);
    return sides;
}

/* Whether a cut passes within `room` of a place. */
static bool is_near_cut(const things *t, double x, double y, double room) {
    const int reach = (int)ceil(room) + 1;
    for (int v = (int)y - reach; v <= (int)y + reach; v++)
        for (int u = (int)x - reach; u <= (int)x + reach; u++) {
            if (u < 0 || v < 0 || u >= t->width || v >= t->height)
                continue;
            const uint8_t torn = t->torn[v * t->width + u];
            const double along_y = fmax(fmax(v - y, y - v - 1), 0);
            const double along_x = fmax(fmax(u - x, x - u - 1), 0);
            if (((torn & RL_CUT_RIGHT) && hypot(u + 1 - x, along_y) <= room) ||
                ((torn & RL_CUT_DOWN) && hypot(along_x, v + 1 - y) <= room))
                return true;
        }
    return false;
}

/* Seen from the source the triangles cover the picture once, edge to edge: every edge has its
 * opposite at the same two places, but on the picture's border. The two have the same vertices, but
 * where a cut is no further away than outlines may be off. Returns the length of what is open. */
static double check_sides(const things *t, const rl_triangles *mesh, double outline_px) {
    const size_t count = 3 * (size_t)mesh->triangle_count;
    side *sides = list_sides(mesh);
    double open = 0;
    int64_t area = 0;
    for (size_t k = 0; k < count; k++) {
        const uint64_t places = sides[k].places;
        const double x0 = (double)(places >> 48), y0 = (double)(places >> 32 & 0xFFFF);
        const double x1 = (double)(places >> 16 & 0xFFFF), y1 = (double)(places & 0xFFFF);
        const side wanted = {places << 32 | places >> 32, 0};
        area += (int64_t)(y0 * x1 - x0 * y1); /* Green's theorem, counter-clockwise upwards */
        assert_true(k == 0 || places != sides[k - 1].places);
        const side *found = bsearch(&wanted, sides, count, sizeof *sides, compare_places);
        if (!found) {
            assert_true((x0 == x1 && (x0 == 0 || x0 == t->width)) ||
                        (y0 == y1 && (y0 == 0 || y0 == t->height)));
            continue;
        }
        const uint64_t vertices = sides[k].vertices;
        if (found->vertices == (vertices << 32 | vertices >> 32))
            continue;
        open += hypot(x1 - x0, y1 - y0);
        for (int n = 0; n <= 2; n++)
            assert_true(
                is_near_cut(t, x0 + (x1 - x0) * n / 2, y0 + (y1 - y0) * n / 2, outline_px + 1e-6));
    }
    assert_int_equal(area < 0 ? -area : area, 2 * (int64_t)t->width * t->height);
    free(sides);
    return open / 2;
}

/* q of the triangles at pixel centres. */
static float *draw(const things *t, const rl_triangles *mesh) {
    float *seen = calloc((size_t)t->width * (size_t)t->height, sizeof *seen);
    for (int64_t k = 0; k < mesh->triangle_count; k++) {
        const rl_tess_vertex *v[3];
        for (int n = 0; n < 3; n++)
            v[n] = &mesh->vertices[mesh->indices[3 * k + n]];
        const double ax = v[1]->x - v[0]->x, ay = v[1]->y - v[0]->y;
        const double bx = v[2]->x - v[0]->x, by = v[2]->y - v[0]->y, area = ax * by - ay * bx;
        const int left = (int)fminf(v[0]->x, fminf(v[1]->x, v[2]->x));
        const int right = (int)fmaxf(v[0]->x, fmaxf(v[1]->x, v[2]->x));
        const int top = (int)fminf(v[0]->y, fminf(v[1]->y, v[2]->y));
        const int bottom = (int)fmaxf(v[0]->y, fmaxf(v[1]->y, v[2]->y));
        for (int y = top; y < bottom; y++)
            for (int x = left; x < right; x++) {
                const double px = x + 0.5 - v[0]->x, py = y + 0.5 - v[0]->y;
                const double a = (px * by - py * bx) / area, b = (ax * py - ay * px) / area;
                if (a >= 0 && b >= 0 && a + b <= 1)
                    seen[y * t->width + x] =
                        (float)(v[0]->q + a * (v[1]->q - v[0]->q) + b * (v[2]->q - v[0]->q));
            }
    }
    return seen;
}

/* However far outlines may be off, and however close they run. */
static void test_whole(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    static const double rooms[] = {0, 0.2, 0.7, 1, 2.5, 6, 8};
    for (uint32_t seed = 1; seed <= 2; seed++) {
        things t = foliage(WIDTH + 61 * (int)seed, HEIGHT, seed);
        int64_t before = INT64_MAX;
        for (int k = 0; k < 7; k++) {
            const rl_tess_bounds bounds = bounds_of(rooms[k]);
            rl_triangles mesh = tessellate(ctx, &t, &bounds);
            (void)check_sides(&t, &mesh, rooms[k]);
            assert_true(mesh.triangle_count < before);
            before = mesh.triangle_count;
            rl_triangles_clear(&mesh);
        }
        things_free(&t);
    }
    relief_ctx_free(ctx);
}

/* A disc's outline has few edges, and all of it is there. */
static void test_disc(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    things t = things_new(WIDTH, HEIGHT);
    put_disc(&t, 150, 110, 80, 3);
    things_finish(&t);
    static const double rooms[] = {1, 1.5, 2, 4};
    for (int k = 0; k < 4; k++) {
        const rl_tess_bounds bounds = bounds_of(rooms[k]);
        rl_triangles mesh = tessellate(ctx, &t, &bounds);
        const double length = check_sides(&t, &mesh, rooms[k]), circle = 2 * 3.14159265 * 80;
        /* A polygon whose edges bulge by e has pi / acos(1 - e / r) of them; the corners of pixels
         * that it is made of are themselves off. */
        const double least = 3.14159265 / acos(1 - (rooms[k] - 0.6) / 80);
        assert_true(length > 0.97 * circle && length < 1.01 * circle);
        assert_true(mesh.triangle_count <= (int64_t)(2 * 2.2 * least) + 12);
        float *seen = draw(&t, &mesh);
        for (int at = 0; at < WIDTH * HEIGHT; at++) {
            const double x = at % WIDTH + 0.5, y = at / WIDTH + 0.5;
            if (fabs(hypot(x - 150, y - 110) - 80) > rooms[k] + 1)
                assert_true(fabsf(seen[at] - t.q[at]) < 2.5e-3F);
        }
        free(seen);
        rl_triangles_clear(&mesh);
    }
    things_free(&t);
    relief_ctx_free(ctx);
}

/* What is smaller than the error goes, what is larger stays; thin things stay, however near each
 * other. */
static void test_small_things(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const rl_tess_bounds bounds = bounds_of(1);
    const struct {
        int width, height;
        bool stays;
    } cases[] = {{1, 1, false}, {2, 2, false}, {4, 1, false}, {3, 3, true}, {60, 1, true}};
    for (int k = 0; k < 5; k++) {
        things t = things_new(WIDTH, HEIGHT);
        for (int n = 0; n < 8; n++)
            put_box(&t, 20 + 6 * n, 30 + 9 * n, cases[k].width, cases[k].height, 3);
        things_finish(&t);
        rl_triangles mesh = tessellate(ctx, &t, &bounds);
        const double open = check_sides(&t, &mesh, 1);
        const double whole = 2.0 * 8 * (cases[k].width + cases[k].height);
        if (cases[k].stays) {
            assert_true(open > 0.8 * whole);
        } else {
            assert_true(open == 0);
            assert_true(mesh.triangle_count <= 8); /* nothing of them is left */
        }
        rl_triangles_clear(&mesh);
        things_free(&t);
    }
    /* Wires two pixels wide, slanted, one pixel apart. */
    things t = things_new(WIDTH, HEIGHT);
    for (int n = 0; n < 5; n++)
        for (int x = 20; x < 280; x++)
            put_box(&t, x, 40 + 3 * n + x / 7, 1, 2, 3 + n);
    things_finish(&t);
    rl_triangles mesh = tessellate(ctx, &t, &bounds);
    (void)check_sides(&t, &mesh, 1);
    float *seen = draw(&t, &mesh);
    int64_t wires = 0, right = 0;
    for (int at = 0; at < WIDTH * HEIGHT; at++) {
        wires += t.id[at] != 0;
        right += t.id[at] != 0 && fabsf(seen[at] - t.q[at]) < 0.02F;
    }
    assert_true(right > wires * 7 / 10);
    free(seen);
    rl_triangles_clear(&mesh);
    things_free(&t);
    relief_ctx_free(ctx);
}

/* Tears that end nowhere: short ones are closed, long ones stay, and what hangs on them goes. */
static void test_tears(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const rl_tess_bounds bounds = bounds_of(2);
    for (int length = 2; length <= 40; length += 2) {
        things t = things_new(WIDTH, HEIGHT);
        things_finish(&t);
        for (int x = 0; x < length; x++) {
            t.torn[100 * WIDTH + 60 + x] |= RL_CUT_DOWN;
            t.q[100 * WIDTH + 60 + x] += 0.1F;
        }
        if (length > 20) /* a branch of three pixels */
            for (int y = 0; y < 3; y++)
                t.torn[(101 + y) * WIDTH + 70] |= RL_CUT_RIGHT;
        rl_triangles mesh = tessellate(ctx, &t, &bounds);
        const double open = check_sides(&t, &mesh, 2);
        assert_true(length <= 4 ? open == 0 : fabs(open - length) <= 1);
        rl_triangles_clear(&mesh);
        things_free(&t);
    }
    relief_ctx_free(ctx);
}

/* The number asked for is nearly reached and never exceeded. */
static void test_count(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    things t = foliage(320, 240, 5);
    for (uint32_t k = 0; k < 320 * 240; k++) /* so rough that there is no end to it */
        t.q[k] += 2e-6F * (float)(hash(k) % 1000);
    static const int64_t wanted[] = {500, 1000, 3000, 10000, 30000, 60000};
    for (int k = 0; k < 6; k++) {
        for (int draft = 0; draft < 2; draft++) {
            rl_tess_bounds bounds = bounds_of(draft);
            bounds.depth_error = 0.02;
            bounds.uv_px = 0.15;
            bounds.most = wanted[k];
            bounds.fill = true;
            rl_triangles mesh = tessellate(ctx, &t, &bounds);
            if ((double)mesh.triangle_count < 0.95 * (double)wanted[k])
                print_error("%lld triangles for %lld\n", (long long)mesh.triangle_count,
                            (long long)wanted[k]);
            assert_true(mesh.triangle_count <= wanted[k]);
            assert_true((double)mesh.triangle_count >= 0.95 * (double)wanted[k]);
            rl_triangles_clear(&mesh);
        }
    }
    things_free(&t);
    relief_ctx_free(ctx);
}

static void test_threads(void **state) {
    (void)state;
    things t = foliage(1200, 700, 9);
    const rl_tess_bounds bounds = bounds_of(1.5);
    rl_triangles first = {0};
    for (int threads = 1; threads <= 3; threads++) {
        relief_ctx *ctx = test_ctx(threads);
        rl_triangles mesh = tessellate(ctx, &t, &bounds);
        if (threads == 1) {
            first = mesh;
        } else {
            assert_int_equal(mesh.vertex_count, first.vertex_count);
            assert_int_equal(mesh.triangle_count, first.triangle_count);
            assert_memory_equal(mesh.vertices, first.vertices,
                                (size_t)mesh.vertex_count * sizeof *mesh.vertices);
            assert_memory_equal(mesh.indices, first.indices,
                                3 * (size_t)mesh.triangle_count * sizeof *mesh.indices);
            rl_triangles_clear(&mesh);
        }
        relief_ctx_free(ctx);
    }
    rl_triangles_clear(&first);
    things_free(&t);
}

static void test_without_memory(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    things t = foliage(90, 80, 2);
    const rl_tess_bounds bounds = bounds_of(2);
    bool failed = true;
    for (int64_t n = 0; failed; n++) {
        rl_triangles out;
        rl_memory_fail_at(n, true);
        const relief_status status = rl_tessellate(ctx, &t.surface, &bounds, &out);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        rl_triangles_clear(&out);
        assert_true(n < 1000);
    }
    things_free(&t);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),          cmocka_unit_test(test_disc),
        cmocka_unit_test(test_small_things),   cmocka_unit_test(test_tears),
        cmocka_unit_test(test_count),          cmocka_unit_test(test_threads),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
