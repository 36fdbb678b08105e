/* SPDX-License-Identifier: Apache-2.0 */
#include "render/view_inside.h"

#include "base/memory.h"
#include "base/status.h"

void relief_view_free(relief_view *view) {
    if (!view)
        return;
    rl_free(view->pixels);
    rl_free(view->depth);
    rl_free(view->stretch);
    rl_free(view);
}

void relief_view_get_info(const relief_view *view, relief_view_info *info) {
    rl_info_copy(info, &view->info, sizeof view->info);
}

const uint8_t *relief_view_pixels(const relief_view *view) {
    return view->pixels;
}

const float *relief_view_depth(const relief_view *view) {
    return view->depth;
}

const float *relief_view_stretch(const relief_view *view) {
    return view->stretch;
}
