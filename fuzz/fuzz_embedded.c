/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: depth maps in photos. Any bytes are no picture, a photo without a map, or one whose
 * map lies wholly in memory and holds numbers; a map that is damaged is passed over. */
#include "relief/depth.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is wrong is a crash for the fuzzer. */
static void demand(bool truth) {
    if (!truth)
        abort();
}

static void check_map(const relief_depth *map) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    const float *values = relief_depth_values(map);
    demand(info.width > 0 && info.height > 0);
    for (int64_t i = 0; i < (int64_t)info.width * info.height; i++)
        demand(isfinite(values[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_ctx *ctx = NULL;
    relief_image *image = NULL;
    relief_depth *map = NULL;
    options.threads = 1;
    options.log_level = RELIEF_LOG_NONE;
    facts.facts_only = true;
    demand(relief_ctx_new(&options, &ctx) == RELIEF_OK);
    if (relief_image_load_memory(ctx, data, size, "fuzz", &facts, &image) == RELIEF_OK)
        demand(relief_depth_embedded(ctx, image, &map) == RELIEF_OK);
    if (map)
        check_map(map);
    relief_depth_free(map);
    relief_image_free(image);
    relief_ctx_free(ctx);
    return 0;
}
