/* SPDX-License-Identifier: Apache-2.0 */
/* Moves that are known by a word, as keys. */
#include "scene/path.h"

#include "base/status.h"

#include <math.h>
#include <string.h>

/* Moves forwards and backwards uncover less than those to the side, and may go this much further
 * for the same travel. */
static const double FORWARD = 1.5;
/* Moves from one side to the other uncover on both, and go less far on each. */
static const double EACH_SIDE = 0.75;
/* Where little is near they show little; then they go on until pixels get this far on average, in
 * shares of the width, but not further than that many travels. */
static const double LEAST_MOTION = 0.022, MOST_FORWARD = 2;
enum { CIRCLE_KEYS = 24 };
static const double TURN = 6.283185307179586;
static const double DEFAULT_SECONDS = 5;

static const char *const NAMES[RELIEF_MOVE_COUNT] = {
    [RELIEF_MOVE_AUTO] = "auto",   [RELIEF_MOVE_ZOOM] = "zoom",     [RELIEF_MOVE_DOLLY] = "dolly",
    [RELIEF_MOVE_ORBIT] = "orbit", [RELIEF_MOVE_CIRCLE] = "circle", [RELIEF_MOVE_SWAY] = "sway",
    [RELIEF_MOVE_PAN] = "pan",     [RELIEF_MOVE_RISE] = "rise",
};

const char *relief_move_name(relief_move move) {
    return (unsigned)move < RELIEF_MOVE_COUNT ? NAMES[move] : NULL;
}

bool relief_move_of(const char *name, relief_move *out) {
    for (int k = 0; k < RELIEF_MOVE_COUNT; k++) {
        if (strcmp(NAMES[k], name) == 0) {
            *out = (relief_move)k;
            return true;
        }
    }
    return false;
}

static void set(double out[3], double right, double up, double forward) {
    out[0] = right;
    out[1] = up;
    out[2] = forward;
}

/* A key at a share of the path's time. Looks straight ahead from where it stands unless `at_focus`.
 */
static rl_key *key_of(relief_path *path, int index, double share, const double place[3],
                      bool at_focus) {
    rl_key *key = &path->keys[index];
    key->time = share * path->seconds;
    memcpy(key->position, place, sizeof key->position);
    if (at_focus)
        set(key->target, 0, 0, path->focus);
    else
        set(key->target, place[0], place[1], place[2] + 1);
    return key;
}

/* From one place to another, and back when the path loops. */
static void go(relief_path *path, const double from[3], const double to[3], bool at_focus) {
    key_of(path, 0, 0, from, at_focus);
    key_of(path, 1, path->loop ? 0.5 : 1, to, at_focus);
    if (path->loop)
        key_of(path, 2, 1, from, at_focus);
}

/* Away along the axis while the lens keeps the subject's size: what is behind it comes closer. */
static void go_dolly(relief_path *path, double reach) {
    const double from[3] = {0, 0, 0}, to[3] = {0, 0, -FORWARD * reach};
    go(path, from, to, false);
    path->keys[1].zoom = (path->focus - to[2]) / path->focus;
}

static void go_around(relief_path *path, double reach) {
    for (int i = 0; i < path->key_count; i++) {
        const double share = (double)i / (path->key_count - 1), angle = TURN * share;
        const double place[3] = {reach * sin(angle), reach * cos(angle), 0};
        key_of(path, i, share, place, true)->ease = RL_EASE_SMOOTH;
    }
}

/* Take the end of a move forwards so far that something is seen of it. */
static void lengthen(const relief_sight *sight, double reach, double end[3]) {
    const double least = LEAST_MOTION * fmin(1, reach / sight->source.travel);
    const double motion = rl_path_motion(sight, end);
    if (motion >= least)
        return;
    const double longer = fmin(MOST_FORWARD / FORWARD, least / fmax(motion, 1e-9));
    for (int k = 0; k < 3; k++)
        end[k] *= longer;
}

static void fill(relief_path *path, const relief_sight *sight, relief_move move, double reach) {
    static const double source[3] = {0, 0, 0};
    const double left[3] = {-EACH_SIDE * reach, 0, 0}, right[3] = {EACH_SIDE * reach, 0, 0};
    const double aside[3] = {reach, 0, 0}, up[3] = {0, reach, 0};
    /* Along the ray to the subject, which then keeps its place in the picture. */
    const double half[2] = {0.5 * sight->source.width / sight->source.focal_px,
                            0.5 * sight->source.height / sight->source.focal_px};
    double end[3] = {FORWARD * reach * (2 * sight->subject[0] - 1) * half[0],
                     FORWARD * reach * (1 - 2 * sight->subject[1]) * half[1], FORWARD * reach};
    switch (move) {
    case RELIEF_MOVE_DOLLY:
        go_dolly(path, reach);
        return;
    case RELIEF_MOVE_ORBIT:
        go(path, left, right, true);
        return;
    case RELIEF_MOVE_CIRCLE:
        go_around(path, reach);
        return;
    case RELIEF_MOVE_SWAY:
        go(path, left, right, false);
        return;
    case RELIEF_MOVE_PAN:
        go(path, source, aside, false);
        return;
    case RELIEF_MOVE_RISE:
        go(path, source, up, true);
        /* It begins with the photo as it was taken. */
        return;
    case RELIEF_MOVE_AUTO:
        rl_path_find_end(sight, FORWARD * reach, end);
        break;
    default:
        break;
    }
    lengthen(sight, reach, end);
    go(path, source, end, false);
}

relief_status relief_path_new(relief_ctx *ctx, const relief_sight *sight,
                              const relief_path_options *options, relief_path **out) {
    relief_path_options own = RELIEF_OPTIONS_INIT(relief_path_options);
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    own.amount = own.amount != 0 ? own.amount : 1;
    own.seconds = own.seconds != 0 ? own.seconds : DEFAULT_SECONDS;
    if (!(own.amount >= 0.01 && own.amount <= 10))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "amount %g is not between 0.01 and 10", own.amount);
    if (!(own.seconds >= 0.1 && own.seconds <= 3600))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "%g seconds are not between 0.1 and 3600",
                       own.seconds);
    if (!relief_move_name(own.move))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "there is no move %d", (int)own.move);
    own.loop = own.loop || own.move == RELIEF_MOVE_CIRCLE || own.move == RELIEF_MOVE_SWAY;
    const int keys = own.move == RELIEF_MOVE_CIRCLE ? CIRCLE_KEYS + 1 : own.loop ? 3 : 2;
    relief_path *path;
    status = rl_path_start(ctx, sight, keys, &path);
    if (status)
        return status;
    path->seconds = own.seconds;
    path->loop = own.loop;
    fill(path, sight, own.move, own.amount * sight->source.travel);
    status = rl_path_finish(ctx, sight, path);
    if (status) {
        relief_path_free(path);
        return status;
    }
    *out = path;
    return RELIEF_OK;
}
