/* SPDX-License-Identifier: Apache-2.0 */
/* Web pages: a scene in one HTML file that any browser shows, without a network or a server. */
#ifndef RELIEF_PAGE_H
#define RELIEF_PAGE_H

#include "relief/surface.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Most pixels on the long side of a page's textures: what telephones take. */
#define RELIEF_PAGE_TEXTURE 4096

typedef struct relief_page_options {
    size_t struct_size;
    const char *title; /* of the page, UTF-8; NULL, or what is not UTF-8: "relief" */
    int texture_size;  /* most pixels on a texture's long side, 1..RELIEF_PAGE_TEXTURE; 0: that */
    bool force;        /* replace an existing file that relief did not make */
} relief_page_options;

typedef struct relief_page_info {
    size_t struct_size;
    int64_t bytes;         /* of the whole page */
    int64_t mesh_bytes;    /* of packed geometry, before it becomes text */
    int64_t texture_bytes; /* of encoded textures, likewise */
    int largest_texture;   /* pixels on the long side of the largest */
} relief_page_info;

/* Write surfaces as a page that draws them through WebGL 2, from a camera that moves with the
 * pointer, or with the device, as far as the scene's travel. `path` "-" is standard output.
 * `options` and `info` may be NULL. Errors: _ARG, _FORMAT (a texture, or corners that the source
 * camera does not see), _IO, _EXISTS, _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_page_save(relief_ctx *ctx,
                                                         const relief_surfaces *surfaces,
                                                         const char *path,
                                                         const relief_page_options *options,
                                                         relief_page_info *info);

#ifdef __cplusplus
}
#endif
#endif
