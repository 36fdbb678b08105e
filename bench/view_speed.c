/* SPDX-License-Identifier: Apache-2.0 */
/* How fast views of a scene are drawn: view_speed SCENE.glb WIDTH HEIGHT SUPERSAMPLE FRAMES
 * Prints one line of JSON. The camera goes round by the scene's travel; frames come one by one, as
 * pictures in memory. */
#include "relief/relief.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct speeds {
    double open_s, add_s, first_s, frame_s;
} speeds;

static int fail(const relief_ctx *ctx) {
    fprintf(stderr, "view_speed: %s\n", relief_last_error(ctx));
    return 1;
}

/* Draw frame `number` of `count`; returns its status. */
static relief_status draw(relief_ctx *ctx, relief_renderer *renderer,
                          const relief_surfaces_info *info, relief_view_options *options,
                          double turn) {
    relief_view *view = NULL;
    const double reach = info->near_depth * info->travel;
    options->position[0] = reach * sin(2 * M_PI * turn);
    options->position[1] = reach * cos(2 * M_PI * turn);
    const relief_status status = relief_renderer_draw(ctx, renderer, options, &view);
    relief_view_free(view);
    return status;
}

static relief_status measure(relief_ctx *ctx, const relief_surfaces *surfaces,
                             relief_view_options *options, int frames, speeds *out) {
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    relief_renderer *renderer = NULL;
    relief_surfaces_get_info(surfaces, &info);
    const double across = (double)options->width / info.width;
    const double down = (double)options->height / info.height;
    options->focal_px = info.focal_px * (across > down ? across : down);
    const relief_renderer_options software = {.struct_size = sizeof software, .software = true};
    double start = relief_now();
    relief_status status = relief_renderer_new(ctx, &software, &renderer);
    out->open_s = relief_now() - start;
    start = relief_now();
    if (!status)
        status = relief_renderer_add(ctx, renderer, surfaces);
    out->add_s = relief_now() - start;
    start = relief_now();
    if (!status)
        status = draw(ctx, renderer, &info, options, 0);
    out->first_s = relief_now() - start;
    start = relief_now();
    for (int i = 0; i < frames && !status; i++)
        status = draw(ctx, renderer, &info, options, (double)i / frames);
    out->frame_s = (relief_now() - start) / frames;
    relief_renderer_free(renderer);
    return status;
}

int main(int argc, char **argv) {
    relief_ctx *ctx = NULL;
    relief_surfaces *surfaces = NULL;
    relief_surfaces_info info = RELIEF_OPTIONS_INIT(relief_surfaces_info);
    relief_view_options options = RELIEF_OPTIONS_INIT(relief_view_options);
    speeds s = {0};
    if (argc != 6) {
        fprintf(stderr, "usage: view_speed SCENE.glb WIDTH HEIGHT SUPERSAMPLE FRAMES\n");
        return 2;
    }
    options.width = atoi(argv[2]);
    options.height = atoi(argv[3]);
    options.supersample = atoi(argv[4]);
    const int frames = atoi(argv[5]) > 0 ? atoi(argv[5]) : 1;
    if (relief_ctx_new(NULL, &ctx))
        return 1;
    relief_status status = relief_surfaces_load(ctx, argv[1], &surfaces);
    if (!status)
        status = measure(ctx, surfaces, &options, frames, &s);
    if (status)
        return fail(ctx);
    relief_surfaces_get_info(surfaces, &info);
    printf("{\"triangles\":%lld,\"open_s\":%.3f,\"add_s\":%.3f,\"first_s\":%.3f,\"frame_s\":%.4f,"
           "\"fps\":%.2f}\n",
           (long long)info.triangle_count, s.open_s, s.add_s, s.first_s, s.frame_s, 1 / s.frame_s);
    relief_surfaces_free(surfaces);
    relief_ctx_free(ctx);
    return 0;
}
