/* SPDX-License-Identifier: Apache-2.0 */
/* A colour for every vertex, for files that hold colours. */
#include "mesh/mesh_file.h"

#include "scene/layers.h"
#include "scene/scene_inside.h"

#include <math.h>
#include <string.h>

/* The pixels that a primitive shows, and how far away each is. */
typedef struct shown {
    const float *values; /* height * width: depths, or their inverses */
    bool inverse;        /* they are 1 / depth */
    int width, height;
    rl_pixels pixels; /* over the same area, borrowed; maybe of another size */
} shown;

static shown find_shown(const relief_mesh *mesh, const rl_primitive *primitive) {
    const relief_scene *scene = mesh->scene;
    if (primitive->texture.data) {
        const rl_back *back = scene->back;
        return (shown){.values = back->q,
                       .inverse = true,
                       .width = back->width,
                       .height = back->height,
                       .pixels = back->colour};
    }
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    relief_image_get_info(scene->photo, &info);
    return (shown){.values = scene->depth,
                   .width = info.width,
                   .height = info.height,
                   .pixels = {.data = scene->photo->pixels,
                              .width = info.raster_width,
                              .height = info.raster_height,
                              .channels = info.channels,
                              .sample_bytes = 1}};
}

/* The one or two pixels along an axis that touch a place: two at a corner, one at a centre. */
static int touched(double place, int size, int out[2]) {
    const double exact = round(2 * place) / 2; /* vertices stand on corners or centres */
    int low = (int)ceil(exact) - 1, high = (int)floor(exact);
    low = low < 0 ? 0 : low;
    high = high > size - 1 ? size - 1 : high;
    out[0] = low < high ? low : high;
    out[1] = high;
    return out[0] == out[1] ? 1 : 2;
}

/* Of the pixels around a vertex the one whose depth is nearest to the vertex's: at a silhouette
 * each side gets its own colour. */
static size_t find_pixel(const shown *from, const float *uv, double depth) {
    int xs[2], ys[2];
    const int x_count = touched(uv[0] * (double)from->width, from->width, xs);
    const int y_count = touched(uv[1] * (double)from->height, from->height, ys);
    double least = INFINITY;
    int x = xs[0], y = ys[0];
    for (int k = 0; k < x_count * y_count; k++) {
        const int at_x = xs[k % x_count], at_y = ys[k / x_count];
        const double value = (double)from->values[(size_t)at_y * (size_t)from->width + at_x];
        const double away = fabs((from->inverse ? 1 / value : value) - depth);
        if (away < least) {
            least = away;
            x = at_x;
            y = at_y;
        }
    }
    const size_t column = (size_t)((x + 0.5) * from->pixels.width / from->width);
    const size_t row = (size_t)((y + 0.5) * from->pixels.height / from->height);
    return row * (size_t)from->pixels.width + column;
}

void rl_mesh_colours(const relief_mesh *mesh, int k, int64_t first, int count, uint8_t *rgba) {
    const shown from = find_shown(mesh, &mesh->primitives[k]);
    const int channels = from.pixels.channels;
    const uint8_t *pixels = from.pixels.data;
    for (int v = 0; v < count; v++) {
        const size_t vertex = (size_t)(first + v);
        const double depth = -(double)mesh->positions[3 * vertex + 2];
        const size_t pixel = find_pixel(&from, mesh->uvs + 2 * vertex, depth);
        rgba[4 * v + 3] = 255;
        memcpy(rgba + 4 * (size_t)v, pixels + (size_t)channels * pixel, (size_t)channels);
    }
}
