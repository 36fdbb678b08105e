/* SPDX-License-Identifier: Apache-2.0 */
/* Depth pictures in JPEG files; those in HEIF files are for heif_depth.h. Two places are known:
 * GDepth keeps the picture's file as base64 in XMP, most of it in extension segments; Dynamic Depth
 * appends it to the photo's file and lists it in a directory in XMP.
 *
 * An extension segment (XMP specification, part 3): identifier with its 0, name of the whole
 * extension in 32 letters, its length and the offset of this piece as 32-bit numbers, the piece. */
#include "image/embedded.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/grey.h"
#include "image/heif_depth.h"
#include "image/jpeg.h"
#include "image/sink.h"
#include "image/xmp.h"

#include <string.h>

static const char main_id[] = "http://ns.adobe.com/xap/1.0/";
static const char extension_id[] = "http://ns.adobe.com/xmp/extension/";

#define NAME_LETTERS 32
#define EXTENSION_HEAD (sizeof extension_id + NAME_LETTERS + 8)
/* Sixteen bits for each of twelve million pixels as base64; a map needs far less. */
#define MAX_EXTENSION_BYTES ((size_t)64 << 20)
/* In messages, behind the photo's name. */
#define PICTURE_NAME "the depth map in it"

typedef struct bytes {
    const uint8_t *data;
    size_t size;
} bytes;

static bool begins(bytes b, const void *text, size_t length) {
    return b.size >= length && memcmp(b.data, text, length) == 0;
}

static bool next_app1(const relief_image *photo, size_t *at, bytes *out) {
    return rl_jpeg_next_app1(photo->file, photo->file_size, at, &out->data, &out->size);
}

static relief_status read_main(relief_ctx *ctx, const relief_image *photo, rl_xmp *xmp) {
    bytes segment;
    for (size_t at = 0; next_app1(photo, &at, &segment);) {
        if (begins(segment, main_id, sizeof main_id)) {
            return rl_xmp_read(ctx, segment.data + sizeof main_id, segment.size - sizeof main_id,
                               xmp);
        }
    }
    return RELIEF_OK;
}

static size_t read_u32(const uint8_t *p) {
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* The next piece of the extension `name`; false behind the last. */
static bool next_piece(const relief_image *photo, const char *name, size_t *at, bytes *out) {
    while (next_app1(photo, at, out)) {
        if (begins(*out, extension_id, sizeof extension_id) && out->size > EXTENSION_HEAD &&
            memcmp(out->data + sizeof extension_id, name, NAME_LETTERS) == 0) {
            return true;
        }
    }
    return false;
}

/* Length of the extension that all its pieces name and fill; 0 when they do not. */
static size_t extension_length(const relief_image *photo, const char *name) {
    bytes piece;
    size_t whole = 0, filled = 0;
    for (size_t at = 0; next_piece(photo, name, &at, &piece);) {
        const uint8_t *numbers = piece.data + EXTENSION_HEAD - 8;
        size_t length = read_u32(numbers), offset = read_u32(numbers + 4);
        size_t size = piece.size - EXTENSION_HEAD;
        if ((whole && length != whole) || size > length || offset > length - size) {
            return 0;
        }
        whole = length;
        filled += size;
    }
    return filled == whole && whole <= MAX_EXTENSION_BYTES ? whole : 0;
}

static relief_status read_extension(relief_ctx *ctx, const relief_image *photo, rl_xmp *xmp) {
    char name[RL_XMP_MAX_WORD];
    memcpy(name, xmp->extension, sizeof name);
    size_t length = strlen(name) == NAME_LETTERS ? extension_length(photo, name) : 0;
    if (length == 0) {
        return RELIEF_OK;
    }
    void *packet = NULL;
    relief_status status = rl_calloc_in(ctx, length, 1, &packet);
    if (status != RELIEF_OK) {
        return status;
    }
    bytes piece;
    for (size_t at = 0; next_piece(photo, name, &at, &piece);) {
        size_t offset = read_u32(piece.data + EXTENSION_HEAD - 4);
        memcpy((uint8_t *)packet + offset, piece.data + EXTENSION_HEAD,
               piece.size - EXTENSION_HEAD);
    }
    status = rl_xmp_read(ctx, packet, length, xmp);
    rl_free(packet);
    return status;
}

/* Index of the depth picture in the directory; 0 when there is none, which is the photo's own. */
static int find_item(const rl_xmp *xmp) {
    for (int i = 1; i < xmp->item_count; i++) {
        const rl_xmp_item *item = &xmp->items[i];
        bool named = xmp->depth_uri[0] && strcmp(item->uri, xmp->depth_uri) == 0;
        if ((item->is_depth || named) && item->length > 0) {
            return i;
        }
    }
    return 0;
}

/* The bytes from `start` on when a picture begins there and ends in the file. */
static bool take_picture(const relief_image *photo, int64_t start, int64_t length, bytes *out) {
    int64_t size = (int64_t)photo->file_size;
    if (start < 0 || start > size || length > size - start) {
        return false;
    }
    *out = (bytes){photo->file + start, (size_t)length};
    return begins(*out, "\xff\xd8\xff", 3) || begins(*out, "\x89PNG", 4);
}

/* Where the directory's depth picture lies: counted from the photo's end or, when something that
 * the directory does not list lies between, from the file's. Lengths are at most 2^52 each, so sums
 * do not overflow. */
static bool find_appended(const relief_image *photo, const rl_xmp *xmp, bytes *out) {
    int index = find_item(xmp);
    if (index == 0) {
        return false;
    }
    int64_t before = xmp->items[0].padding, after = 0;
    for (int i = 1; i < xmp->item_count; i++) {
        int64_t extent = xmp->items[i].length + xmp->items[i].padding;
        before += i < index ? extent : 0;
        after += i < index ? 0 : extent;
    }
    int64_t length = xmp->items[index].length;
    int64_t own = (int64_t)rl_jpeg_length(photo->file, photo->file_size);
    return take_picture(photo, own + before, length, out) ||
           take_picture(photo, (int64_t)photo->file_size - after, length, out);
}

static float greatest(int bits) {
    return bits == 8 ? 255.0F : bits == 16 ? 65535.0F : 1.0F;
}

/* Decode the picture's file and turn it as the photo is turned: it was stored as the photo was. */
static relief_status decode(relief_ctx *ctx, const relief_image *photo, bytes file,
                            rl_embedded *out) {
    const int orientation = photo->info.orientation;
    rl_grey grey;
    relief_status status = rl_grey_read(ctx, file.data, file.size, PICTURE_NAME, &grey);
    if (status != RELIEF_OK) {
        return status;
    }
    size_t count = (size_t)grey.width * (size_t)grey.height;
    status = rl_alloc_in(ctx, count, sizeof(float), (void **)&out->values);
    if (status == RELIEF_OK) {
        rl_orient turn = rl_orient_map(orientation, grey.width, grey.height);
        const float *from = grey.values;
        for (int y = 0; y < grey.height; y++) {
            float *to = out->values + turn.base + y * turn.dy;
            for (int x = 0; x < grey.width; x++) {
                to[x * turn.dx] = *from++ / greatest(grey.bits);
            }
        }
        bool swaps = rl_orientation_swaps(orientation);
        out->width = swaps ? grey.height : grey.width;
        out->height = swaps ? grey.width : grey.height;
    }
    rl_grey_clear(&grey);
    return status;
}

/* What XMP tells, from both packets. */
static relief_status read_xmp(relief_ctx *ctx, const relief_image *photo, rl_xmp *xmp) {
    relief_status status = read_main(ctx, photo, xmp);
    if (status == RELIEF_OK && xmp->extension[0]) {
        status = read_extension(ctx, photo, xmp);
    }
    return status;
}

static relief_status read_jpeg(relief_ctx *ctx, const relief_image *photo, rl_embedded *out) {
    rl_xmp xmp = {.data = NULL};
    bytes file = {NULL, 0};
    relief_status status = read_xmp(ctx, photo, &xmp);
    if (status == RELIEF_OK && xmp.data) {
        file = (bytes){xmp.data, xmp.data_size};
        out->origin = "GDepth";
    } else if (status == RELIEF_OK && find_appended(photo, &xmp, &file)) {
        out->origin = "Dynamic Depth";
    }
    if (status == RELIEF_OK && file.data) {
        out->scale =
            strcmp(xmp.format, "RangeLinear") == 0 ? RL_EMBEDDED_LINEAR : RL_EMBEDDED_INVERSE;
        out->nearest = xmp.nearest;
        out->farthest = xmp.farthest;
        status = decode(ctx, photo, file, out);
    }
    rl_xmp_clear(&xmp);
    return status;
}

relief_status rl_embedded_read(relief_ctx *ctx, const relief_image *photo, rl_embedded *out) {
    *out = (rl_embedded){.values = NULL};
    switch (photo->format) {
    case RL_IMAGE_JPEG:
        return read_jpeg(ctx, photo, out);
    case RL_IMAGE_HEIF:
        return rl_heif_depth_read(ctx, photo, out);
    default:
        return RELIEF_OK;
    }
}

void rl_embedded_clear(rl_embedded *embedded) {
    rl_free(embedded->values);
    *embedded = (rl_embedded){.values = NULL};
}
