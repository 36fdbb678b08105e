/* SPDX-License-Identifier: Apache-2.0 */
/* Camera paths: how the camera of a film moves through a scene. */
#ifndef RELIEF_PATH_H
#define RELIEF_PATH_H

#include "relief/render.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the source camera sees, coarsely: all that a move needs to know of a scene. */
typedef struct relief_sight relief_sight;

/* Look at surfaces, which are not needed afterwards. The caller frees *out with
 * relief_sight_free(). Errors: _FORMAT (no front), _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_sight_new(relief_ctx *ctx,
                                                         const relief_surfaces *surfaces,
                                                         relief_sight **out);
RELIEF_API void relief_sight_free(relief_sight *sight);

typedef struct relief_sight_info {
    size_t struct_size;
    double subject[2];    /* its place in the photo: shares of width and height from the top left */
    double focus;         /* its depth, as a share of near_depth: 1 or more */
    double subject_width; /* share of the photo's width that it takes */
} relief_sight_info;
RELIEF_API void relief_sight_get_info(const relief_sight *sight, relief_sight_info *info);

/* Moves that are known by a word. */
typedef enum relief_move {
    RELIEF_MOVE_AUTO,   /* towards the subject, on the way that uncovers least */
    RELIEF_MOVE_ZOOM,   /* towards the subject */
    RELIEF_MOVE_DOLLY,  /* away from it, with a lens that keeps its size */
    RELIEF_MOVE_ORBIT,  /* around it, from left to right */
    RELIEF_MOVE_CIRCLE, /* once around the source camera's place, looking at the subject */
    RELIEF_MOVE_SWAY,   /* from side to side and back, looking straight ahead */
    RELIEF_MOVE_PAN,    /* to the right */
    RELIEF_MOVE_RISE,   /* upwards, looking at the subject */
    RELIEF_MOVE_COUNT
} relief_move;
/* "auto", "zoom", ...; NULL for none. */
RELIEF_API const char *relief_move_name(relief_move move);
/* Whether there is a move of this name. */
RELIEF_API bool relief_move_of(const char *name, relief_move *out);

typedef struct relief_path_options {
    size_t struct_size;
    relief_move move;
    double amount;  /* 1 goes as far as the scene is made for, 0.01..10; 0: 1 */
    double seconds; /* 0.1..3600; 0: 5 */
    bool loop;      /* end where it begins; circle and sway always do */
} relief_path_options;

/* Work out a move. `options` may be NULL. The path does not need `sight` afterwards. The caller
 * frees *out with relief_path_free(). Errors: _ARG, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_path_new(relief_ctx *ctx, const relief_sight *sight,
                                                        const relief_path_options *options,
                                                        relief_path **out);
/* Read a path from a JSON file; docs/video.md says what it holds. Errors: _IO, _FORMAT, _LIMIT,
 * _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_path_load(relief_ctx *ctx, const relief_sight *sight,
                                                         const char *file, relief_path **out);
/* Write it as such a file. Errors: _IO, _EXISTS, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_path_save(relief_ctx *ctx, const relief_path *path,
                                                         const char *file, bool force);
RELIEF_API void relief_path_free(relief_path *path);

typedef struct relief_path_info {
    size_t struct_size;
    double seconds;
    bool loop;       /* the last moment is the first one */
    int key_count;   /* moments that the path is told by */
    double farthest; /* from the source camera's place, as a share of near_depth */
    double focus;    /* depth of what it looks at, as a share of near_depth */
    double crop;     /* how much closer than the photo its pictures are, so that nothing beyond the
                       scene's border shows: 1 or more */
} relief_path_info;
RELIEF_API void relief_path_get_info(const relief_path *path, relief_path_info *info);

/* Choose what part of the photo pictures of this shape show: all of it when the shape is the
 * photo's, else as much as fits, with the subject in the middle where that can be; and come closer
 * by as much as the scene's border asks for. A new path is fitted to the photo's shape. Errors:
 * _ARG (a size of 0), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_path_fit(relief_ctx *ctx, relief_path *path,
                                                        const relief_sight *sight, int width,
                                                        int height);

/* Aim the camera of `view`, whose width and height are set, as the path has it after so many
 * seconds. */
RELIEF_API void relief_path_view(const relief_path *path, double seconds,
                                 relief_view_options *view);

/* The moment of frame `index` of `count`. Frames of a loop go up to, and leave out, the moment
 * which is the first one again. */
RELIEF_API double relief_path_moment(const relief_path *path, int64_t index, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
