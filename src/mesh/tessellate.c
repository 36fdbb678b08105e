/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/tessellate.h"

#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "scene/scene_inside.h"

#include <math.h>
#include <string.h>

enum { DEFAULT_GRID = 512, DEFAULT_TRIANGLES = 1000000 };
/* Texture shift that an edge may cause, in photo pixels: on white noise of the finest grain it
 * costs 40 dB, on photos 50. */
static const float UV_PX = 0.10F;
/* Parallax error of a surface at the scene's largest travel, in photo pixels. */
static const double PARALLAX_PX = 0.5;
/* Error of depth itself, for whoever measures in the scene or moves further than it was made for.
 */
static const float DEPTH_ERROR = 0.005F;
/* Relaxation: how much a step loosens the limits; by then nothing of them is left. */
static const double LOOSEN = 2.0;
enum { STEPS = 24 };

/* The limits at a step of relaxation. Step 0 is what was asked for; at the last the photo is two
 * triangles. */
static rl_tess_limits limits_at(const relief_scene *scene, int grid, int step) {
    const relief_camera *camera = &scene->info.camera;
    const int side = camera->width > camera->height ? camera->width : camera->height;
    rl_tess_limits limits = {0};
    while (((int64_t)grid << limits.leaf_log2) < side)
        limits.leaf_log2++;
    const int largest = (int)ceil(log2(side));
    const double loose = pow(LOOSEN, step);
    const double q_error =
        PARALLAX_PX / (camera->focal_px * scene->travel * scene->info.near_depth);
    limits.leaf_log2 += (step + 1) / 2;
    if (limits.leaf_log2 > largest || step >= STEPS)
        limits.leaf_log2 = largest;
    limits.uv_px = step < STEPS ? UV_PX * (float)loose : INFINITY;
    limits.q_error = step < STEPS ? (float)(q_error * loose) : INFINITY;
    limits.depth_error = step < STEPS ? DEPTH_ERROR * (float)loose : INFINITY;
    limits.tear_ratio = step == 0 ? 1 : step < STEPS ? 1 + 0.05F * (float)loose : INFINITY;
    return limits;
}

typedef struct filter_job {
    const relief_scene *scene;
    const rl_tess *tess;
} filter_job;

/* Keep the tears across which depth differs by the limits' ratio. */
static void filter_rows(void *arg, size_t begin, size_t end) {
    const filter_job *job = arg;
    const size_t width = (size_t)job->tess->width;
    const float ratio = job->tess->limits.tear_ratio;
    for (size_t at = begin * width; at < end * width; at++) {
        const float *depth = job->scene->depth + at;
        uint8_t torn = job->scene->torn[at], kept = 0;
        for (uint8_t bit = RL_TORN_RIGHT; torn && bit <= RL_TORN_DOWN; bit = (uint8_t)(bit << 1)) {
            const float other = depth[bit == RL_TORN_RIGHT ? 1 : width];
            if ((torn & bit) && (other > ratio * depth[0] || depth[0] > ratio * other))
                kept |= bit;
            torn &= (uint8_t)~bit;
        }
        job->tess->own_torn[at] = kept;
    }
}

static void tess_clear(rl_tess *tess) {
    rl_free(tess->own_torn);
    rl_free(tess->levels);
    rl_free((void *)tess->used);
    rl_free(tess->more[0]);
    rl_free(tess->more[1]);
    rl_free(tess->first_vertex);
    rl_free(tess->row_vertices);
    rl_free(tess->band_triangles);
}

/* The arrays whose size the photo alone decides. */
static relief_status tess_allocate(relief_ctx *ctx, rl_tess *tess) {
    const size_t rows = (size_t)tess->height + 1;
    tess->words = (size_t)tess->width / 64 + 1;
    tess->level_stride = ((size_t)tess->width + 1) / 2;
    const size_t corners = tess->words * rows;
    const struct {
        size_t count, size;
    } arrays[] = {
        {tess->level_stride * (((size_t)tess->height + 1) / 2), 1},
        {corners, sizeof(uint64_t)},
        {corners, sizeof(uint64_t)},
        {corners, sizeof(uint64_t)},
        {corners, sizeof(uint32_t)},
        {rows, sizeof(uint32_t)},
        {rows, sizeof(int64_t)},
    };
    void *blocks[sizeof arrays / sizeof *arrays] = {NULL};
    relief_status status = RELIEF_OK;
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays && !status; k++)
        status = rl_alloc_in(ctx, arrays[k].count, arrays[k].size, &blocks[k]);
    tess->levels = blocks[0];
    tess->used = blocks[1];
    tess->more[0] = blocks[2];
    tess->more[1] = blocks[3];
    tess->first_vertex = blocks[4];
    tess->row_vertices = blocks[5];
    tess->band_triangles = blocks[6];
    return status;
}

static relief_status apply_limits(relief_ctx *ctx, const relief_scene *scene,
                                  const rl_tess_limits *limits, rl_tess *tess) {
    tess->limits = *limits;
    tess->cell_log2 = limits->leaf_log2 > 1 ? limits->leaf_log2 : 1;
    const int band = RL_TESS_BAND_CELLS << tess->cell_log2;
    tess->band_count = (tess->height + band - 1) / band;
    if (limits->tear_ratio <= 1)
        return RELIEF_OK;
    if (!tess->own_torn) {
        void *block;
        relief_status status = rl_alloc_in(ctx, (size_t)tess->width, (size_t)tess->height, &block);
        if (status)
            return status;
        tess->torn = tess->own_torn = block;
    }
    filter_job job = {.scene = scene, .tess = tess};
    rl_parallel(ctx, (size_t)tess->height, 32, filter_rows, &job);
    return RELIEF_OK;
}

/* Tessellate, relaxing the limits until at most `most` triangles come out. */
static relief_status find_triangles(relief_ctx *ctx, const relief_scene *scene, int grid,
                                    int64_t most, rl_tess *tess, int64_t *count) {
    for (int step = 0; step <= STEPS; step++) {
        const rl_tess_limits limits = limits_at(scene, grid, step);
        relief_status status = apply_limits(ctx, scene, &limits, tess);
        if (status)
            return status;
        rl_leaves_find(ctx, tess);
        if (atomic_load(&tess->cancelled))
            return rl_check_cancel(ctx);
        *count = rl_triangles_count(ctx, tess);
        if (*count <= most) {
            if (step > 0)
                rl_log(ctx, RELIEF_LOG_DEBUG,
                       "error bounds raised in %d steps to stay within %lld triangles", step,
                       (long long)most);
            return RELIEF_OK;
        }
    }
    return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "the mesh cannot be made coarse enough");
}

static relief_status allocate_mesh(relief_ctx *ctx, relief_mesh *mesh) {
    const size_t vertices = (size_t)mesh->info.vertex_count;
    void *blocks[3];
    relief_status status = rl_alloc_in(ctx, vertices, 3 * sizeof(float), &blocks[0]);
    if (status)
        return status;
    mesh->positions = blocks[0];
    status = rl_alloc_in(ctx, vertices, 2 * sizeof(float), &blocks[1]);
    if (status)
        return status;
    mesh->uvs = blocks[1];
    status = rl_alloc_in(ctx, (size_t)mesh->info.triangle_count, 3 * sizeof(uint32_t), &blocks[2]);
    if (status)
        return status;
    mesh->indices = blocks[2];
    return RELIEF_OK;
}

static relief_status tessellate(relief_ctx *ctx, const relief_scene *scene, int grid, int64_t most,
                                relief_mesh *mesh) {
    rl_tess tess = {.width = scene->info.camera.width,
                    .height = scene->info.camera.height,
                    .focal_px = scene->info.camera.focal_px,
                    .depth = scene->depth,
                    .torn = scene->torn};
    atomic_init(&tess.cancelled, false);
    relief_status status = tess_allocate(ctx, &tess);
    if (!status)
        status = find_triangles(ctx, scene, grid, most, &tess, &mesh->info.triangle_count);
    if (!status)
        status = rl_progress(ctx, "mesh", 1, 2);
    if (!status) {
        mesh->info.vertex_count = rl_vertices_number(ctx, &tess);
        status = allocate_mesh(ctx, mesh);
    }
    if (!status) {
        rl_mesh_fill(ctx, &tess, mesh);
        status = rl_progress(ctx, "mesh", 2, 2);
    }
    tess_clear(&tess);
    return status;
}

relief_status relief_mesh_new(relief_ctx *ctx, const relief_scene *scene,
                              const relief_mesh_options *options, relief_mesh **out) {
    *out = NULL;
    relief_mesh_options own = RELIEF_OPTIONS_INIT(relief_mesh_options);
    relief_status status = rl_options_copy(ctx, &own, sizeof own, options);
    if (status)
        return status;
    if (own.grid < 0 || own.grid > RELIEF_MAX_SIDE)
        return rl_fail(ctx, RELIEF_ERROR_ARG, "grid %d is not between 1 and %d", own.grid,
                       RELIEF_MAX_SIDE);
    if (own.max_triangles < 0 || own.max_triangles == 1)
        return rl_fail(ctx, RELIEF_ERROR_ARG,
                       "a mesh of %lld triangles covers no photo (2 at least)",
                       (long long)own.max_triangles);
    status = rl_progress(ctx, "mesh", 0, 2);
    if (status)
        return status;
    void *block;
    status = rl_calloc_in(ctx, 1, sizeof(relief_mesh), &block);
    if (status)
        return status;
    relief_mesh *mesh = block;
    mesh->scene = scene;
    mesh->info.struct_size = sizeof mesh->info;
    status = tessellate(ctx, scene, own.grid ? own.grid : DEFAULT_GRID,
                        own.max_triangles ? own.max_triangles : DEFAULT_TRIANGLES, mesh);
    if (status) {
        relief_mesh_free(mesh);
        return status;
    }
    *out = mesh;
    return RELIEF_OK;
}
