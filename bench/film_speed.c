/* SPDX-License-Identifier: Apache-2.0 */
/* How fast our own rasteriser draws: film_speed SCENE.glb WIDTH HEIGHT SUPERSAMPLE FRAMES [OUT.ppm]
 * Prints one line of JSON. The camera goes round by the scene's travel. */
#include "relief/relief.h"
#include "render/soft.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct job {
    relief_surfaces *surfaces;
    relief_surfaces_info info;
    relief_view_options view;
    rl_soft *soft;
    rl_soft_frame frame;
} job;

static relief_status draw(relief_ctx *ctx, job *j, double turn) {
    const double reach = j->info.near_depth * j->info.travel;
    rl_view_camera camera;
    j->view.position[0] = reach * sin(2 * M_PI * turn);
    j->view.position[1] = reach * cos(2 * M_PI * turn);
    relief_status status = rl_view_camera_solve(ctx, &j->view, j->info.near_depth, &camera);
    return status ? status : rl_soft_draw(ctx, j->soft, &camera, j->view.supersample, &j->frame);
}

static void save(const job *j, const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file)
        return;
    fprintf(file, "P6\n%d %d\n255\n", j->view.width, j->view.height);
    for (int i = 0; i < j->view.width * j->view.height; i++)
        fwrite(j->frame.rgba + 4 * (size_t)i, 1, 3, file);
    fclose(file);
}

int main(int argc, char **argv) {
    relief_ctx *ctx = NULL;
    job j = {.info = RELIEF_OPTIONS_INIT(relief_surfaces_info),
             .view = RELIEF_OPTIONS_INIT(relief_view_options)};
    if (argc < 6) {
        fprintf(stderr, "usage: film_speed SCENE.glb WIDTH HEIGHT SUPERSAMPLE FRAMES [OUT.ppm]\n");
        return 2;
    }
    j.view.width = atoi(argv[2]);
    j.view.height = atoi(argv[3]);
    j.view.supersample = atoi(argv[4]);
    const int frames = atoi(argv[5]);
    if (relief_ctx_new(NULL, &ctx))
        return 1;
    relief_status status = relief_surfaces_load(ctx, argv[1], &j.surfaces);
    double start = relief_now(), add = 0, first = 0;
    if (!status) {
        relief_surfaces_get_info(j.surfaces, &j.info);
        const double across = (double)j.view.width / j.info.width;
        const double down = (double)j.view.height / j.info.height;
        j.view.focal_px = j.info.focal_px * (across > down ? across : down);
        status = rl_soft_new(ctx, j.surfaces, j.view.focal_px * j.view.supersample, &j.soft);
        add = relief_now() - start;
    }
    j.frame.rgba = malloc(4 * (size_t)j.view.width * (size_t)j.view.height);
    start = relief_now();
    if (!status)
        status = draw(ctx, &j, 0);
    first = relief_now() - start;
    start = relief_now();
    for (int i = 0; i < frames && !status; i++)
        status = draw(ctx, &j, (double)i / frames);
    const double each = (relief_now() - start) / frames;
    if (status) {
        fprintf(stderr, "film_speed: %s\n", relief_last_error(ctx));
        return 1;
    }
    printf("{\"triangles\":%lld,\"add_s\":%.3f,\"first_s\":%.3f,\"frame_s\":%.4f,\"fps\":%.2f,"
           "\"holed\":%lld}\n",
           (long long)j.soft->triangle_count, add, first, each, 1 / each, (long long)j.frame.holed);
    if (argc > 6)
        save(&j, argv[6]);
    free(j.frame.rgba);
    rl_soft_free(j.soft);
    relief_surfaces_free(j.surfaces);
    relief_ctx_free(ctx);
    return 0;
}
