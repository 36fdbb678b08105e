/* SPDX-License-Identifier: Apache-2.0 */
/* Auxiliary depth pictures of HEIF files (ISO 23008-12), which phones write as HEIC. What their
 * numbers mean stands in XMP of their own (Apple's names) or in the coded picture (the
 * depth_representation_info message of HEVC); where neither says it, larger is nearer, which is
 * what all of these default to. */
#include "image/heif_depth.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/heif_library.h"
#include "image/xmp.h"

#include <string.h>

/* More is no depth map, and libheif has limits of its own for the rest of the file. */
#define MAX_PIXELS ((int64_t)64 << 20)
#define MAX_XMP_BYTES ((size_t)1 << 20)

/* The photo's name in messages is given by whoever reports them. */
static relief_status fail(relief_ctx *ctx, const char *name, struct heif_error error) {
    const bool memory = error.code == heif_error_Memory_allocation_error;
    return rl_fail(ctx, memory ? RELIEF_ERROR_MEMORY : RELIEF_ERROR_FORMAT,
                   "%s: the depth map in it cannot be read: %s", name, error.message);
}

/* ---- what the numbers mean ---- */

static relief_status read_xmp(relief_ctx *ctx, const struct heif_image_handle *handle,
                              rl_xmp *xmp) {
    heif_item_id id;
    if (rl_heif.image_handle_get_list_of_metadata_block_IDs(handle, "mime", &id, 1) != 1) {
        return RELIEF_OK;
    }
    const size_t size = rl_heif.image_handle_get_metadata_size(handle, id);
    void *packet = NULL;
    if (size == 0 || size > MAX_XMP_BYTES) {
        return RELIEF_OK;
    }
    relief_status status = rl_alloc_in(ctx, size, 1, &packet);
    if (status == RELIEF_OK &&
        rl_heif.image_handle_get_metadata(handle, id, packet).code == heif_error_Ok) {
        status = rl_xmp_read(ctx, packet, size, xmp);
    }
    rl_free(packet);
    return status;
}

/* From the coded picture. */
static void read_representation(const struct heif_image_handle *photo, heif_item_id id,
                                rl_embedded *out) {
    const struct heif_depth_representation_info *info = NULL;
    if (!rl_heif.image_handle_get_depth_image_representation_info(photo, id, &info) || !info) {
        return;
    }
    if (info->depth_representation_type == heif_depth_representation_type_uniform_Z &&
        info->has_z_near && info->has_z_far) {
        out->scale = RL_EMBEDDED_LINEAR;
        out->nearest = info->z_near;
        out->farthest = info->z_far;
    }
    rl_heif.depth_representation_info_free(info);
}

static relief_status read_meaning(relief_ctx *ctx, const struct heif_image_handle *photo,
                                  heif_item_id id, const struct heif_image_handle *depth,
                                  rl_embedded *out) {
    rl_xmp xmp = {.data = NULL};
    out->scale = RL_EMBEDDED_DISPARITY;
    read_representation(photo, id, out);
    relief_status status = read_xmp(ctx, depth, &xmp);
    if (status == RELIEF_OK && xmp.stored[0]) {
        const bool linear = strcmp(xmp.stored, RL_XMP_DEPTH_HALF) == 0 ||
                            strcmp(xmp.stored, RL_XMP_DEPTH_FLOAT) == 0;
        out->scale = linear ? RL_EMBEDDED_LINEAR : RL_EMBEDDED_DISPARITY;
        out->nearest = xmp.least;
        out->farthest = xmp.most;
    }
    rl_xmp_clear(&xmp);
    return status;
}

/* ---- pixels ---- */

/* Luma from 0 to 1; colours of a depth picture say nothing. */
static relief_status copy_luma(relief_ctx *ctx, const struct heif_image *image, rl_embedded *out) {
    int stride = 0;
    const uint8_t *luma = rl_heif.image_get_plane_readonly(image, heif_channel_Y, &stride);
    const int width = rl_heif.image_get_width(image, heif_channel_Y);
    const int height = rl_heif.image_get_height(image, heif_channel_Y);
    const int bits = rl_heif.image_get_bits_per_pixel_range(image, heif_channel_Y);
    if (!luma || width < 1 || height < 1 || bits < 1 || bits > 16) {
        return RELIEF_OK;
    }
    const float greatest = (float)((1 << bits) - 1);
    relief_status status =
        rl_alloc_in(ctx, (size_t)width * (size_t)height, sizeof(float), (void **)&out->values);
    if (status != RELIEF_OK) {
        return status;
    }
    for (int y = 0; y < height; y++) {
        const uint8_t *row = luma + (size_t)y * (size_t)stride;
        float *to = out->values + (size_t)y * (size_t)width;
        for (int x = 0; x < width; x++) {
            uint16_t wide = row[x];
            if (bits > 8) {
                memcpy(&wide, row + 2 * (size_t)x, sizeof wide);
            }
            to[x] = (float)wide / greatest;
        }
    }
    out->width = width;
    out->height = height;
    return RELIEF_OK;
}

static relief_status decode(relief_ctx *ctx, const char *name,
                            const struct heif_image_handle *depth, rl_embedded *out) {
    struct heif_image *image = NULL;
    const int64_t pixels = (int64_t)rl_heif.image_handle_get_width(depth) *
                           (int64_t)rl_heif.image_handle_get_height(depth);
    if (pixels > MAX_PIXELS) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: the depth map in it is too large", name);
    }
    const struct heif_error error =
        rl_heif.decode_image(depth, &image, heif_colorspace_undefined, heif_chroma_undefined, NULL);
    if (error.code != heif_error_Ok) {
        return fail(ctx, name, error);
    }
    relief_status status = copy_luma(ctx, image, out);
    rl_heif.image_release(image);
    return status;
}

static relief_status read_depth(relief_ctx *ctx, const char *name,
                                const struct heif_image_handle *photo, rl_embedded *out) {
    struct heif_image_handle *depth = NULL;
    heif_item_id id;
    if (rl_heif.image_handle_get_list_of_depth_image_IDs(photo, &id, 1) != 1) {
        return RELIEF_OK;
    }
    const struct heif_error error = rl_heif.image_handle_get_depth_image_handle(photo, id, &depth);
    if (error.code != heif_error_Ok) {
        return fail(ctx, name, error);
    }
    relief_status status = read_meaning(ctx, photo, id, depth, out);
    if (status == RELIEF_OK) {
        status = decode(ctx, name, depth, out);
    }
    rl_heif.image_handle_release(depth);
    return status;
}

relief_status rl_heif_depth_read(relief_ctx *ctx, const relief_image *photo, rl_embedded *out) {
    struct heif_image_handle *handle = NULL;
    relief_status status = rl_heif_load(ctx);
    if (status) {
        return status;
    }
    struct heif_context *heif = rl_heif.context_alloc();
    out->origin = "HEIF";
    if (!heif) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "%s: out of memory", photo->name);
    }
    struct heif_error error =
        rl_heif.context_read_from_memory_without_copy(heif, photo->file, photo->file_size, NULL);
    if (error.code == heif_error_Ok) {
        error = rl_heif.context_get_primary_image_handle(heif, &handle);
    }
    if (error.code == heif_error_Ok) {
        status = read_depth(ctx, photo->name, handle, out);
    }
    rl_heif.image_handle_release(handle);
    rl_heif.context_free(heif);
    return status; /* a file that is damaged as a whole is for the photo to report */
}
