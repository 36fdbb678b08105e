/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps out of phone pictures. */
#include "base/memory.h"
#include "base/status.h"
#include "depth/depth_map.h"
#include "image/embedded.h"

#include <math.h>

/* How far the shapes of map and photo may differ, as a share of the map's height: as scenes take
 * it. */
static const double SHAPE_TOLERANCE = 0.10;

static bool fits(const rl_embedded *map, const relief_image_info *photo) {
    double wanted = (double)map->width * photo->height / photo->width;
    double difference = fabs(wanted - map->height);
    return difference <= 1.5 || difference <= SHAPE_TOLERANCE * map->height;
}

/* Turn numbers from 0 to 1 into disparity or depth, in place. Even steps of 1 / distance are even
 * steps of disparity, and a disparity has neither scale nor shift: the two distances say no more
 * than that 0 is the nearest, or, given the other way round, the farthest. Even steps of distance
 * need both. False when they miss. */
static bool convert(rl_embedded *map, relief_depth_kind *kind) {
    const size_t count = (size_t)map->width * (size_t)map->height;
    const double nearest = map->nearest, span = map->farthest - map->nearest;
    const bool known = nearest > 0 && map->farthest > 0 && span != 0;
    *kind = RELIEF_DISPARITY;
    if (map->scale == RL_EMBEDDED_LINEAR) {
        *kind = RELIEF_DEPTH;
        for (size_t i = 0; i < count && known; i++) {
            map->values[i] = (float)(nearest + (double)map->values[i] * span);
        }
        return known;
    }
    if (map->scale == RL_EMBEDDED_INVERSE && !(known && span < 0)) {
        for (size_t i = 0; i < count; i++) {
            map->values[i] = 1.0F - map->values[i];
        }
    }
    return true;
}

/* Make the map, or say why there is none. */
static relief_status make_map(relief_ctx *ctx, rl_embedded *map, const relief_image_info *photo,
                              const char *name, relief_depth **out) {
    relief_depth_kind kind;
    int64_t valid = 0;
    if (!fits(map, photo)) {
        rl_log(ctx, RELIEF_LOG_WARNING,
               "%s: the depth map in it is not used: it is %d x %d, and the photo %d x %d", name,
               map->width, map->height, photo->width, photo->height);
        return RELIEF_OK;
    }
    if (!convert(map, &kind)) {
        rl_log(ctx, RELIEF_LOG_WARNING,
               "%s: the depth map in it is not used: it does not tell its distances", name);
        return RELIEF_OK;
    }
    relief_status status = rl_depth_fill(ctx, map->values, map->width, map->height, kind, &valid);
    if (status || valid == 0) {
        return status;
    }
    rl_log(ctx, RELIEF_LOG_INFO, "%s: has a depth map in it (%s, %d x %d)", name, map->origin,
           map->width, map->height);
    float *values = map->values;
    map->values = NULL;
    return rl_depth_adopt(ctx, values, map->width, map->height, kind, out);
}

relief_status relief_depth_embedded(relief_ctx *ctx, const relief_image *photo,
                                    relief_depth **out) {
    rl_embedded map;
    relief_image_info info = RELIEF_OPTIONS_INIT(relief_image_info);
    *out = NULL;
    relief_image_get_info(photo, &info);
    relief_status status = rl_embedded_read(ctx, photo, &map);
    if (status == RELIEF_ERROR_MEMORY || status == RELIEF_ERROR_CANCELLED) {
        return status;
    }
    if (status) {
        rl_log(ctx, RELIEF_LOG_WARNING, "%s: %s; it is not used", photo->name,
               relief_last_error(ctx));
        return RELIEF_OK;
    }
    if (map.values) {
        status = make_map(ctx, &map, &info, photo->name, out);
    }
    rl_embedded_clear(&map);
    return status;
}
