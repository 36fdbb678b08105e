/* SPDX-License-Identifier: Apache-2.0 */
/* STL, binary: 80 bytes of words, the number of triangles, and of every one its normal, its corners
 * and two bytes of nothing. */
#include "mesh/mesh_file.h"

#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_BYTES = 80, FACE_BYTES = 50, PIECE = 4096 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they lie");

/* The unit normal of a triangle; 0 for one without area. */
static void find_normal(const float *const p[3], float n[3]) {
    double u[3], v[3], d[3];
    for (int k = 0; k < 3; k++) {
        u[k] = (double)p[1][k] - (double)p[0][k];
        v[k] = (double)p[2][k] - (double)p[0][k];
    }
    for (int k = 0; k < 3; k++)
        d[k] = u[(k + 1) % 3] * v[(k + 2) % 3] - u[(k + 2) % 3] * v[(k + 1) % 3];
    const double length = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    for (int k = 0; k < 3; k++)
        n[k] = length > 0 ? (float)(d[k] / length) : 0;
}

static void put_face(const relief_mesh *mesh, const uint32_t *triangle, uint8_t *to) {
    const float *const corners[3] = {mesh->positions + 3 * (size_t)triangle[0],
                                     mesh->positions + 3 * (size_t)triangle[1],
                                     mesh->positions + 3 * (size_t)triangle[2]};
    float normal[3];
    find_normal(corners, normal);
    memcpy(to, normal, sizeof normal);
    for (int k = 0; k < 3; k++)
        memcpy(to + 12 * (k + 1), corners[k], 12);
    memset(to + 48, 0, 2);
}

relief_status rl_write_stl(relief_ctx *ctx, const rl_mesh_file *file, rl_file_set *files) {
    const relief_mesh *mesh = file->mesh;
    const int64_t count = mesh->info.triangle_count;
    rl_byte_writer bytes = {.ctx = ctx,
                            .sink = rl_sink_output,
                            .arg = rl_files_main(files),
                            .total = HEAD_BYTES + 4 + (uint64_t)count * FACE_BYTES};
    char head[HEAD_BYTES + 4] = {0};
    const uint32_t number = (uint32_t)count;
    void *memory;
    if (count > UINT32_MAX)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "%lld triangles are too many for .stl (use fewer triangles)",
                       (long long)count);
    (void)snprintf(head, HEAD_BYTES, "relief %s, millimetres", relief_version());
    memcpy(head + HEAD_BYTES, &number, sizeof number);
    relief_status status = rl_alloc_in(ctx, PIECE, FACE_BYTES, &memory);
    if (status)
        return status;
    uint8_t *buffer = memory;
    status = rl_bytes_put(&bytes, head, sizeof head);
    for (int64_t begin = 0; begin < count && !status; begin += PIECE) {
        const int64_t some = count - begin < PIECE ? count - begin : PIECE;
        for (int64_t t = 0; t < some; t++)
            put_face(mesh, mesh->indices + 3 * (begin + t), buffer + FACE_BYTES * t);
        status = rl_bytes_put(&bytes, buffer, (size_t)(FACE_BYTES * some));
    }
    rl_free(buffer);
    return status;
}
