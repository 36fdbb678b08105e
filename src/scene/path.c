/* SPDX-License-Identifier: Apache-2.0 */
/* Paths between their keys: where the camera is at any moment, and what its pictures show. */
#include "scene/path.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

static const double DEGREES = 57.295779513082321;
/* What a camera without a point to look at looks at: any point straight ahead. */
static const double STRAIGHT[3] = {0, 0, 1};

/* How far towards the next key, 0..1, when the time is at share t between the two. */
static double eased(rl_ease ease, double t) {
    switch (ease) {
    case RL_EASE_IN_OUT:
        return t * t * (3 - 2 * t);
    case RL_EASE_IN:
        return t * t;
    case RL_EASE_OUT:
        return t * (2 - t);
    case RL_EASE_HOLD:
        return t < 1 ? 0 : 1;
    default:
        return t;
    }
}

enum { VALUES = 8 }; /* of a key that are interpolated */

static void read_values(const rl_key *key, double out[VALUES]) {
    for (int k = 0; k < 3; k++) {
        out[k] = key->position[k];
        out[3 + k] = key->target[k];
    }
    out[6] = key->roll;
    out[7] = key->zoom;
}

static void write_values(const double values[VALUES], rl_key *key) {
    for (int k = 0; k < 3; k++) {
        key->position[k] = values[k];
        key->target[k] = values[3 + k];
    }
    key->roll = values[6];
    key->zoom = values[7];
}

/* The key before the first one or behind the last one is on the other side of a loop; on a path
 * with ends there is none. *shift: what its time is to be moved by. */
static const rl_key *beyond(const relief_path *path, int index, double *shift) {
    const int last = path->key_count - 1;
    *shift = 0;
    if (index >= 0 && index <= last)
        return &path->keys[index];
    if (!path->loop || last < 1)
        return NULL;
    *shift = index < 0 ? -path->seconds : path->seconds;
    return index < 0 ? &path->keys[last - 1] : &path->keys[1];
}

/* How fast the values change at a key, a second: the slope between its neighbours. */
static void find_slope(const relief_path *path, int index, double out[VALUES]) {
    double shift[2], before[VALUES], after[VALUES];
    const rl_key *a = beyond(path, index - 1, &shift[0]), *b = beyond(path, index + 1, &shift[1]);
    double from = path->keys[index].time, to = from;
    read_values(&path->keys[index], before);
    memcpy(after, before, sizeof before);
    if (a) {
        read_values(a, before);
        from = a->time + shift[0];
    }
    if (b) {
        read_values(b, after);
        to = b->time + shift[1];
    }
    for (int k = 0; k < VALUES; k++)
        out[k] = to > from ? (after[k] - before[k]) / (to - from) : 0;
}

void rl_path_key_at(const relief_path *path, double seconds, rl_key *out) {
    const int last = path->key_count - 1;
    int i = 0;
    for (int end = last; end - i > 1;) {
        const int middle = i + (end - i) / 2;
        if (seconds >= path->keys[middle].time)
            i = middle;
        else
            end = middle;
    }
    const rl_key *a = &path->keys[i], *b = &path->keys[i < last ? i + 1 : i];
    const double length = b->time - a->time;
    double t = length > 0 ? (seconds - a->time) / length : 0;
    double from[VALUES], to[VALUES];
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    *out = *a;
    read_values(a, from);
    read_values(b, to);
    if (a->ease == RL_EASE_SMOOTH) {
        double start[VALUES], end[VALUES];
        find_slope(path, i, start);
        find_slope(path, i < last ? i + 1 : i, end);
        const double u = 1 - t;
        for (int k = 0; k < VALUES; k++) /* Hermite's cubic */
            from[k] = from[k] * (1 + 2 * t) * u * u + to[k] * t * t * (3 - 2 * t) +
                      length * t * u * (start[k] * u - end[k] * t);
    } else {
        const double share = eased(a->ease, t);
        for (int k = 0; k < VALUES; k++)
            from[k] += share * (to[k] - from[k]);
    }
    write_values(from, out);
    out->time = seconds;
}

static double dot(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Right, up and forward when the camera looks along `way` with its top upwards. */
static void find_axes(const double way[3], double roll, double axes[3][3]) {
    const double length = sqrt(dot(way, way));
    for (int k = 0; k < 3; k++)
        axes[2][k] = length > 0 ? way[k] / length : STRAIGHT[k];
    const double flat = hypot(axes[2][0], axes[2][2]);
    const double side[2] = {flat > 1e-9 ? axes[2][2] / flat : 1,
                            flat > 1e-9 ? -axes[2][0] / flat : 0};
    const double right[3] = {side[0], 0, side[1]};
    /* Up is forward x right in this left-handed frame. */
    const double up[3] = {axes[2][1] * right[2] - axes[2][2] * right[1],
                          axes[2][2] * right[0] - axes[2][0] * right[2],
                          axes[2][0] * right[1] - axes[2][1] * right[0]};
    const double c = cos(roll / DEGREES), s = sin(roll / DEGREES);
    for (int k = 0; k < 3; k++) {
        axes[0][k] = c * right[k] - s * up[k];
        axes[1][k] = s * right[k] + c * up[k];
    }
}

/* The turn that takes the axes x, y, z to the camera's right, up and backward; z of glTF points
 * backwards. */
static void find_quaternion(const double axes[3][3], double out[4]) {
    double m[3][3]; /* columns */
    for (int i = 0; i < 3; i++) {
        m[0][i] = axes[0][i] * (i == 2 ? -1 : 1);
        m[1][i] = axes[1][i] * (i == 2 ? -1 : 1);
        m[2][i] = -axes[2][i] * (i == 2 ? -1 : 1);
    }
    /* Cameras of a film look more or less ahead, so w is the largest; see any text on Shepperd's
     * method for the others. */
    const double trace = m[0][0] + m[1][1] + m[2][2];
    if (trace > 0) {
        const double w = 0.5 * sqrt(1 + trace);
        out[0] = (m[1][2] - m[2][1]) / (4 * w);
        out[1] = (m[2][0] - m[0][2]) / (4 * w);
        out[2] = (m[0][1] - m[1][0]) / (4 * w);
        out[3] = w;
        return;
    }
    const int i = m[0][0] >= m[1][1] && m[0][0] >= m[2][2] ? 0 : m[1][1] >= m[2][2] ? 1 : 2;
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    const double v = 0.5 * sqrt(fmax(1 + m[i][i] - m[j][j] - m[k][k], 1e-12));
    out[i] = v;
    out[j] = (m[j][i] + m[i][j]) / (4 * v);
    out[k] = (m[k][i] + m[i][k]) / (4 * v);
    out[3] = (m[j][k] - m[k][j]) / (4 * v);
}

/* Distance from where the path begins. */
static double way_from_start(const relief_path *path, const double position[3]) {
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        const double step = position[k] - path->keys[0].position[k];
        sum += step * step;
    }
    return sqrt(sum);
}

void rl_path_pose(const relief_path *path, double seconds, rl_pose *out) {
    rl_key key;
    double way[3], crop = path->crop;
    rl_path_key_at(path, seconds, &key);
    for (int k = 0; k < 3; k++) {
        out->position[k] = key.position[k];
        way[k] = key.target[k] - key.position[k];
    }
    find_axes(way, key.roll, out->axes);
    find_quaternion(out->axes, out->quaternion);
    if (path->crop_grows && path->farthest > 0)
        crop = 1 + (crop - 1) * way_from_start(path, key.position) / path->farthest;
    out->zoom = key.zoom * crop;
}

void relief_path_view(const relief_path *path, double seconds, relief_view_options *view) {
    rl_pose pose;
    const double unit = path->source.near_depth;
    rl_path_pose(path, seconds, &pose);
    for (int k = 0; k < 3; k++) {
        const double sign = k == 2 ? -1 : 1; /* scenes lie along -Z */
        view->position[k] = sign * unit * pose.position[k];
        view->right[k] = sign * pose.axes[0][k];
        view->up[k] = sign * pose.axes[1][k];
    }
    view->focal_px = 0.5 * view->width / path->half[0] * pose.zoom;
    view->focal_y_px = 0.5 * view->height / path->half[1] * pose.zoom;
    view->shift_px[0] = -view->focal_px * path->centre[0];
    view->shift_px[1] = view->focal_y_px * path->centre[1];
}

double relief_path_moment(const relief_path *path, int64_t index, int64_t count) {
    const int64_t steps = path->loop ? count : count - 1;
    return steps > 0 ? path->seconds * (double)index / (double)steps : 0;
}

void relief_path_get_info(const relief_path *path, relief_path_info *info) {
    const relief_path_info own = {.struct_size = sizeof own,
                                  .seconds = path->seconds,
                                  .loop = path->loop,
                                  .key_count = path->key_count,
                                  .farthest = path->reach,
                                  .focus = path->focus,
                                  .crop = path->crop};
    rl_info_copy(info, &own, sizeof own);
}

relief_status rl_path_start(relief_ctx *ctx, const relief_sight *sight, int keys,
                            relief_path **out) {
    void *block;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(relief_path), &block);
    if (status)
        return status;
    relief_path *path = block;
    status = rl_calloc_in(ctx, (size_t)keys, sizeof(rl_key), &block);
    if (status) {
        rl_free(path);
        return status;
    }
    path->keys = block;
    path->key_count = keys;
    path->source = sight->source;
    path->focus = sight->focus;
    path->subject[0] = sight->subject[0];
    path->subject[1] = sight->subject[1];
    path->fits = true;
    path->crop = 1;
    for (int i = 0; i < keys; i++)
        path->keys[i] = (rl_key){.target = {0, 0, 1}, .zoom = 1, .ease = RL_EASE_IN_OUT};
    *out = path;
    return RELIEF_OK;
}

void relief_path_free(relief_path *path) {
    if (!path)
        return;
    rl_free(path->keys);
    rl_free(path);
}
