/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/delaunay.h"

static void touch(rl_delaunay *d, int32_t triangle) {
    if (d->dirty_count < d->dirty_capacity)
        d->dirty[d->dirty_count++] = triangle;
    else
        d->all_dirty = true;
}

static rl_point origin_point(const rl_delaunay *d, int32_t h) {
    return d->points[d->origin[h]];
}

/* Put a half-edge into place; the triangle's other ones follow. */
static void set_edge(rl_delaunay *d, int32_t h, int point, int32_t twin, uint8_t marks) {
    d->origin[h] = point;
    d->twin[h] = twin;
    d->marks[h] = marks;
    d->leaving[point] = h;
    if (twin >= 0)
        d->twin[twin] = h;
}

static int add_point(rl_delaunay *d, rl_point p) {
    d->points[d->point_count] = p;
    return d->point_count++;
}

void rl_delaunay_begin(rl_delaunay *d, int width, int height) {
    const rl_point corners[4] = {{0, 0}, {0, height}, {width, height}, {width, 0}};
    d->point_count = 0;
    d->triangle_count = 2;
    d->hint = 0;
    d->dirty_count = 0;
    d->all_dirty = false;
    for (int k = 0; k < 4; k++)
        (void)add_point(d, corners[k]);
    for (int h = 0; h < 6; h++)
        d->twin[h] = -1;
    const int order[6] = {0, 1, 2, 0, 2, 3};
    for (int h = 0; h < 6; h++)
        set_edge(d, h, order[h],
                 h == 2   ? 3
                 : h == 3 ? 2
                          : -1,
                 h == 2 || h == 3 ? 0 : RL_EDGE_FIXED);
    touch(d, 0);
    touch(d, 1);
}

/* What a walk has found of the triangle of half-edge h. */
static rl_place place_in(const rl_delaunay *d, int32_t h, rl_point p) {
    const int32_t base = h - h % 3;
    for (int32_t e = base; e < base + 3; e++) {
        const rl_point a = origin_point(d, e);
        if (a.x == p.x && a.y == p.y)
            return (rl_place){RL_PLACE_POINT, e};
    }
    for (int32_t e = base; e < base + 3; e++)
        if (rl_orient(origin_point(d, e), origin_point(d, rl_next(e)), p) == 0)
            return (rl_place){RL_PLACE_EDGE, e};
    return (rl_place){RL_PLACE_INSIDE, base};
}

rl_place rl_delaunay_find(rl_delaunay *d, rl_point p) {
    int32_t h = d->hint - d->hint % 3;
    /* A walk through a Delaunay triangulation ends; constraints may bend it a little, so that the
     * edge looked at first alternates and the search cannot go in circles. */
    for (unsigned step = 0;; step++) {
        int32_t out = -1;
        for (int32_t k = 0; k < 3 && out < 0; k++) {
            const int32_t e = h + (int32_t)(((unsigned)k + step) % 3);
            if (rl_orient(origin_point(d, e), origin_point(d, rl_next(e)), p) < 0 &&
                d->twin[e] >= 0)
                out = e;
        }
        if (out < 0)
            break;
        const int32_t twin = d->twin[out];
        h = twin - twin % 3;
    }
    d->hint = h;
    return place_in(d, h, p);
}

/* Whether p lies inside the circle through a, b, c, which run counter-clockwise. */
static bool in_circle(rl_point a, rl_point b, rl_point c, rl_point p) {
    const int64_t ax = a.x - p.x, ay = a.y - p.y;
    const int64_t bx = b.x - p.x, by = b.y - p.y;
    const int64_t cx = c.x - p.x, cy = c.y - p.y;
    const int64_t a2 = ax * ax + ay * ay, b2 = bx * bx + by * by, c2 = cx * cx + cy * cy;
    const int64_t sum =
        (ax * by - ay * bx) * c2 + (bx * cy - by * cx) * a2 + (cx * ay - cy * ax) * b2;
    return sum < 0; /* y grows downwards */
}

void rl_delaunay_flip(rl_delaunay *d, int32_t h) {
    const int32_t g = d->twin[h];
    const int32_t h1 = rl_next(h), h2 = rl_prev(h), g1 = rl_next(g), g2 = rl_prev(g);
    const int a = d->origin[h], b = d->origin[g];
    const int c = d->origin[h2], e = d->origin[g2];
    const int32_t out_h1 = d->twin[h1], out_h2 = d->twin[h2];
    const int32_t out_g1 = d->twin[g1], out_g2 = d->twin[g2];
    const uint8_t m_h1 = d->marks[h1], m_h2 = d->marks[h2];
    const uint8_t m_g1 = d->marks[g1], m_g2 = d->marks[g2];
    /* Triangles e c a (at h) and c e b (at g). */
    set_edge(d, h, e, g, 0);
    set_edge(d, h1, c, out_h2, m_h2);
    set_edge(d, h2, a, out_g1, m_g1);
    set_edge(d, g, c, h, 0);
    set_edge(d, g1, e, out_g2, m_g2);
    set_edge(d, g2, b, out_h1, m_h1);
    touch(d, h / 3);
    touch(d, g / 3);
}

static bool push(rl_delaunay *d, int *count, int32_t h) {
    if (*count >= d->stack_capacity)
        return false;
    d->stack[(*count)++] = h;
    return true;
}

/* Restore the Delaunay property from the half-edges on the stack on (Lawson 1977). all_sides: look
 * at all four edges around a turned one, not only at those opposite of a new point. */
static void legalise(rl_delaunay *d, int count, bool all_sides) {
    while (count > 0) {
        const int32_t h = d->stack[--count];
        const int32_t g = d->twin[h];
        if (g < 0 || (d->marks[h] & RL_EDGE_FIXED))
            continue;
        const rl_point a = origin_point(d, h), b = origin_point(d, g);
        const rl_point c = origin_point(d, rl_prev(h)), e = origin_point(d, rl_prev(g));
        if (!in_circle(a, b, c, e))
            continue;
        rl_delaunay_flip(d, h);
        /* A full stack leaves a few edges as they are, which is still a triangulation. */
        (void)(push(d, &count, rl_prev(h)) && push(d, &count, rl_next(g)));
        if (all_sides)
            (void)(push(d, &count, rl_next(h)) && push(d, &count, rl_prev(g)));
    }
}

/* A point inside of triangle t becomes the corner of three. */
static int split_triangle(rl_delaunay *d, int32_t t, rl_point p) {
    const int point = add_point(d, p);
    const int32_t h = 3 * t, n1 = 3 * d->triangle_count, n2 = n1 + 3;
    const int a = d->origin[h], b = d->origin[h + 1], c = d->origin[h + 2];
    const int32_t out_b = d->twin[h + 1], out_c = d->twin[h + 2];
    const uint8_t mark_b = d->marks[h + 1], mark_c = d->marks[h + 2];
    d->triangle_count += 2;
    /* a b p, b c p, c a p */
    set_edge(d, h + 1, b, n1 + 2, 0);
    set_edge(d, h + 2, point, n2 + 1, 0);
    set_edge(d, n1, b, out_b, mark_b);
    set_edge(d, n1 + 1, c, n2 + 2, 0);
    set_edge(d, n1 + 2, point, h + 1, 0);
    set_edge(d, n2, c, out_c, mark_c);
    set_edge(d, n2 + 1, a, h + 2, 0);
    set_edge(d, n2 + 2, point, n1 + 1, 0);
    d->leaving[a] = h;
    touch(d, t);
    touch(d, n1 / 3);
    touch(d, n2 / 3);
    d->stack[0] = h;
    d->stack[1] = n1;
    d->stack[2] = n2;
    legalise(d, 3, false);
    return point;
}

/* The half of a split at edge h = a b, opposite c: triangle a p c stays, p b c is new. Returns the
 * new triangle's half-edge p b. */
static int32_t split_half(rl_delaunay *d, int32_t h, int point) {
    const int32_t h1 = rl_next(h), h2 = rl_prev(h), n = 3 * d->triangle_count;
    const int b = d->origin[h1], c = d->origin[h2];
    const int32_t out = d->twin[h1];
    const uint8_t mark = d->marks[h1];
    d->triangle_count++;
    set_edge(d, n + 1, b, out, mark);
    set_edge(d, n, point, -1, d->marks[h]);
    set_edge(d, n + 2, c, h1, 0);
    set_edge(d, h1, point, n + 2, 0);
    touch(d, h / 3);
    touch(d, n / 3);
    return n;
}

/* A point on the edge of h splits the triangles on both sides. */
static int split_edge(rl_delaunay *d, int32_t h, rl_point p) {
    const int point = add_point(d, p);
    const int32_t g = d->twin[h];
    int count = 0;
    const int32_t far_h = split_half(d, h, point);
    d->stack[count++] = rl_prev(h);
    d->stack[count++] = rl_next(far_h);
    if (g >= 0) {
        const int32_t far_g = split_half(d, g, point);
        /* h: a p, far_h: p b, g: b p, far_g: p a */
        d->twin[h] = far_g;
        d->twin[far_g] = h;
        d->twin[g] = far_h;
        d->twin[far_h] = g;
        d->stack[count++] = rl_prev(g);
        d->stack[count++] = rl_next(far_g);
    }
    legalise(d, count, false);
    return point;
}

int rl_delaunay_insert(rl_delaunay *d, rl_point p) {
    const rl_place place = rl_delaunay_find(d, p);
    if (place.kind == RL_PLACE_POINT)
        return d->origin[place.edge];
    if (d->point_count >= d->point_capacity || d->triangle_count + 2 > d->triangle_capacity)
        return -1;
    return place.kind == RL_PLACE_EDGE ? split_edge(d, place.edge, p)
                                       : split_triangle(d, place.edge / 3, p);
}

/* The first half-edge around a point, turning clockwise from any: on the rim the last one before
 * it. */
static int32_t first_leaving(const rl_delaunay *d, int point) {
    const int32_t begin = d->leaving[point];
    int32_t h = begin;
    do {
        const int32_t twin = d->twin[h];
        if (twin < 0)
            return h;
        h = rl_next(twin);
    } while (h != begin);
    return begin;
}

/* The next half-edge around its origin, counter-clockwise; -1 at the rim or back at `first`. */
static int32_t next_leaving(const rl_delaunay *d, int32_t h, int32_t first) {
    const int32_t turned = d->twin[rl_prev(h)];
    return turned == first ? -1 : turned;
}

int32_t rl_delaunay_edge(const rl_delaunay *d, int from, int to) {
    const int32_t first = first_leaving(d, from);
    for (int32_t h = first; h >= 0; h = next_leaving(d, h, first)) {
        if (d->origin[rl_next(h)] == to)
            return h;
        /* The last edge before the rim leaves no half-edge of its own here. */
        if (d->origin[rl_prev(h)] == to && d->twin[rl_prev(h)] < 0)
            return rl_prev(h);
    }
    return -1;
}

static void mark_edge(rl_delaunay *d, int32_t h, int from, uint8_t mark_ab, uint8_t mark_ba) {
    const bool along = d->origin[h] == from;
    d->marks[h] = (along ? mark_ab : mark_ba) | RL_EDGE_FIXED;
    if (d->twin[h] >= 0)
        d->marks[d->twin[h]] = (along ? mark_ba : mark_ab) | RL_EDGE_FIXED;
}

/* The half-edge opposite of `a` that the line to `b` leaves a's fan through; -1 when that is a
 * point or fixed. */
static int32_t fan_exit(const rl_delaunay *d, int a, int b) {
    const rl_point from = d->points[a], to = d->points[b];
    const int32_t first = first_leaving(d, a);
    for (int32_t h = first; h >= 0; h = next_leaving(d, h, first)) {
        const int32_t across = rl_next(h);
        const rl_point u = origin_point(d, across), w = origin_point(d, rl_next(across));
        if (rl_orient(from, to, u) < 0 && rl_orient(from, to, w) > 0)
            return d->marks[across] & RL_EDGE_FIXED ? -1 : across;
    }
    return -1;
}

/* Put the edges that cross a - b on the stack, each as its two points; -1 when one is fixed or a
 * point lies in the way, else their number. */
static int crossed_edges(rl_delaunay *d, int a, int b, int most) {
    const rl_point from = d->points[a], to = d->points[b];
    int count = 0;
    /* h runs from a point to the right of the way to one to the left of it. */
    for (int32_t h = fan_exit(d, a, b); h >= 0;) {
        if (count >= most || (d->marks[h] & RL_EDGE_FIXED))
            return -1;
        d->stack[2 * count] = d->origin[h];
        d->stack[2 * count + 1] = d->origin[rl_next(h)];
        count++;
        const int32_t g = d->twin[h];
        const int apex = d->origin[rl_prev(g)];
        if (apex == b)
            return count;
        const int64_t side = rl_orient(from, to, d->points[apex]);
        if (side == 0)
            return -1;
        h = side < 0 ? rl_prev(g) : rl_next(g);
    }
    return -1;
}

static bool is_convex(const rl_delaunay *d, int32_t h) {
    const int32_t g = d->twin[h];
    const rl_point c = origin_point(d, rl_prev(h)), e = origin_point(d, rl_prev(g));
    return rl_orient(c, e, origin_point(d, h)) < 0 && rl_orient(c, e, origin_point(d, g)) > 0;
}

/* Flip the `count` edges on the stack until none crosses a - b (Sloan 1993). Those that no longer
 * cross are put behind position `fresh` of the stack; returns their number, -1 when it gets
 * stuck. */
static int flip_away(rl_delaunay *d, int a, int b, int count, int fresh) {
    const rl_point from = d->points[a], to = d->points[b];
    const int ring = fresh / 2;
    int made = 0, head = 0;
    for (int64_t patience = 64 + 16 * (int64_t)count * count; count > 0; patience--) {
        const int u = d->stack[2 * head], w = d->stack[2 * head + 1];
        const int32_t h = rl_delaunay_edge(d, u, w);
        if (patience == 0 || h < 0)
            return -1;
        head = (head + 1) % ring;
        count--;
        int back[2] = {u, w};
        if (is_convex(d, h)) {
            rl_delaunay_flip(d, h);
            back[0] = d->origin[h];
            back[1] = d->origin[d->twin[h]];
            const int64_t side_0 = rl_orient(from, to, d->points[back[0]]);
            const int64_t side_1 = rl_orient(from, to, d->points[back[1]]);
            if (!((side_0 < 0 && side_1 > 0) || (side_0 > 0 && side_1 < 0))) {
                if (fresh + 2 * made + 2 <= d->stack_capacity) {
                    d->stack[fresh + 2 * made] = back[0];
                    d->stack[fresh + 2 * made + 1] = back[1];
                    made++;
                }
                continue;
            }
        }
        const int tail = (head + count) % ring;
        d->stack[2 * tail] = back[0];
        d->stack[2 * tail + 1] = back[1];
        count++;
    }
    return made;
}

bool rl_delaunay_fix(rl_delaunay *d, int a, int b, uint8_t mark_ab, uint8_t mark_ba) {
    int32_t h = rl_delaunay_edge(d, a, b);
    if (h < 0) {
        const int half = d->stack_capacity / 4 * 2;
        const int crossed = crossed_edges(d, a, b, half / 2);
        const int made = crossed > 0 ? flip_away(d, a, b, crossed, half) : -1;
        h = made < 0 ? -1 : rl_delaunay_edge(d, a, b);
        if (h < 0)
            return false;
        mark_edge(d, h, a, mark_ab, mark_ba);
        const int whole = d->stack_capacity;
        d->stack_capacity = half; /* the new edges stand behind */
        for (int k = 0; k < made; k++) {
            d->stack[0] = rl_delaunay_edge(d, d->stack[half + 2 * k], d->stack[half + 2 * k + 1]);
            if (d->stack[0] >= 0)
                legalise(d, 1, true);
        }
        d->stack_capacity = whole;
        return true;
    }
    mark_edge(d, h, a, mark_ab, mark_ba);
    return true;
}
