/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of camera paths. Places are told as in the command line: right, up and forward of the
 * source camera, in shares of the scene's nearest depth. Rays are x / depth and y / depth, y
 * upwards. */
#ifndef RELIEF_SCENE_PATH_H
#define RELIEF_SCENE_PATH_H

#include "relief/path.h"

/* How a path goes on from one key to the next. */
typedef enum rl_ease {
    RL_EASE_LINEAR,
    RL_EASE_IN_OUT, /* slow at both ends */
    RL_EASE_IN,     /* slow at first */
    RL_EASE_OUT,    /* slow at last */
    RL_EASE_SMOOTH, /* a curve through the keys, which it passes without a bend */
    RL_EASE_HOLD,   /* not at all until the next key */
    RL_EASE_COUNT
} rl_ease;

/* A moment of a path. */
typedef struct rl_key {
    double time; /* in seconds */
    double position[3];
    double target[3]; /* that the camera looks at */
    double roll;      /* in degrees, clockwise as the camera sees it */
    double zoom;      /* its focal length over the source camera's */
    rl_ease ease;     /* until the next key */
} rl_key;

/* What a path must know of the source camera. */
typedef struct rl_path_source {
    int width, height; /* of the photo */
    double focal_px, near_depth, travel;
} rl_path_source;

struct relief_path {
    rl_path_source source;
    rl_key *keys;
    int key_count;
    double seconds;
    bool loop;
    bool fits; /* comes closer by as much as the scene's border asks for */
    double focus;
    double subject[2]; /* as in relief_sight_info */
    /* What pictures show before the path zooms: the middle and half the sides, in rays. */
    double centre[2], half[2];
    double crop;     /* most of what zooms in addition */
    bool crop_grows; /* with the way from where the path begins, else it is the same all the time */
    double farthest; /* from where it begins */
    double reach;    /* from the source camera's place */
};

/* Points on a border, in shares of near_depth as x, y, depth: left, right, bottom, top. */
typedef struct rl_border {
    float *points[4];
    int count[4];
} rl_border;

/* A look from the source camera at the front, and the border of all that there is. */
struct relief_sight {
    rl_path_source source;
    int width, height; /* of the rasters */
    float *depth;      /* in shares of near_depth; 0: nothing is here */
    uint8_t *rgb;
    double subject[2], subject_width, focus;
    /* The middle of the subject's upper part, where faces are, and its upper end; as subject[]. */
    double upper, top;
    rl_border photo; /* of what was photographed */
    rl_border scene; /* of all that there is, what was made up around the photo included */
};

/* A pose of the camera. */
typedef struct rl_pose {
    double position[3];   /* right, up, forward */
    double axes[3][3];    /* the camera's right, up and forward in the same terms, of length 1 */
    double zoom;          /* with what zooms in addition */
    double quaternion[4]; /* x, y, z, w: of the axes of glTF, whose third points backwards */
} rl_pose;

void rl_path_pose(const relief_path *path, double seconds, rl_pose *out);
/* Position and target between the keys, before they become axes. */
void rl_path_key_at(const relief_path *path, double seconds, rl_key *out);

/* An empty path for the source that `sight` saw. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_path_start(relief_ctx *ctx, const relief_sight *sight, int keys,
                                           relief_path **out);
/* Settle what follows from the keys, and fit the path to the photo's shape. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_path_finish(relief_ctx *ctx, const relief_sight *sight,
                                            relief_path *path);

/* How far pixels get on average, in shares of the width, when the camera goes to `end`. */
double rl_path_motion(const relief_sight *sight, const double end[3]);

/* The way to the subject that uncovers least of what the photo does not show: an end for a move by
 * `reach`. */
void rl_path_find_end(const relief_sight *sight, double reach, double end[3]);

/* Find the subject: what is near, stands out by its colours, and lies towards the middle; and what
 * belongs to it, upwards. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_sight_find_subject(relief_ctx *ctx, relief_sight *sight);

/* The words for eases in files. */
const char *rl_ease_name(rl_ease ease);

#endif
