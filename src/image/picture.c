/* SPDX-License-Identifier: Apache-2.0 */
/* From a file's bytes to upright sRGB pixels, through libvips; for EXR through OpenEXR, and for
 * plain JPEGs through libjpeg-turbo. */
#include "image/picture.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/colour.h"
#include "image/exif.h"
#include "image/exr.h"
#include "image/jpeg.h"
#include "image/jpeg_decode.h"
#include "image/sink.h"

#include <string.h>

#define PNG_INTERLACE_OFFSET 28
#define MAX_EXIF_BYTES (1 << 20)

relief_status rl_picture_check_size(relief_ctx *ctx, const char *name, int64_t width,
                                    int64_t height) {
    if (width < 1 || height < 1) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the picture has no pixels", name);
    }
    if (width > RELIEF_MAX_SIDE || height > RELIEF_MAX_SIDE) {
        return rl_fail(
            ctx, RELIEF_ERROR_LIMIT,
            "%s: %lld x %lld pixels, more than %d a side are not taken (shrink it first)", name,
            (long long)width, (long long)height, RELIEF_MAX_SIDE);
    }
    if (width * height > RELIEF_MAX_PIXELS) {
        return rl_fail(
            ctx, RELIEF_ERROR_LIMIT,
            "%s: %lld x %lld pixels, more than 268 megapixels are not taken (shrink it first)",
            name, (long long)width, (long long)height);
    }
    return RELIEF_OK;
}

relief_status rl_pixels_alloc(relief_ctx *ctx, const relief_image *image, int64_t extra_bytes,
                              rl_pixels *out) {
    /* sides are checked, so none of this overflows */
    int64_t bytes = (int64_t)out->width * out->height * out->channels * out->sample_bytes;
    if (bytes + extra_bytes > image->max_bytes) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT,
                       "%s: decoding takes %lld MB, over the limit of %lld MB (shrink it first)",
                       image->name, (long long)((bytes + extra_bytes) >> 20),
                       (long long)(image->max_bytes >> 20));
    }
    return rl_alloc_in(ctx, (size_t)bytes, 1, &out->data);
}

void rl_pixels_drop_opaque_alpha(rl_pixels *pixels) {
    size_t count = (size_t)pixels->width * pixels->height;
    size_t sample = (size_t)pixels->sample_bytes;
    uint8_t *data = pixels->data;
    if (pixels->channels != 4) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *alpha = data + (4 * i + 3) * sample;
        if (alpha[0] != 0xff || alpha[sample - 1] != 0xff) {
            return;
        }
    }
    for (size_t i = 1; i < count; i++) {
        memmove(data + 3 * i * sample, data + 4 * i * sample, 3 * sample);
    }
    pixels->channels = 3;
    void *smaller = rl_realloc(data, 3 * count, sample);
    if (smaller) {
        pixels->data = smaller;
    }
}

static int call_loader(const relief_image *image, int shrink, VipsImage **out) {
    void *data = (void *)image->file;
    size_t size = image->file_size;
    switch (image->format) {
    case RL_IMAGE_JPEG:
        return rl_vips.jpegload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                       VIPS_FAIL_ON_TRUNCATED, "shrink", shrink, NULL);
    case RL_IMAGE_PNG:
        return rl_vips.pngload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_TRUNCATED, NULL);
    case RL_IMAGE_WEBP:
        return rl_vips.webpload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                       VIPS_FAIL_ON_TRUNCATED, NULL);
    case RL_IMAGE_TIFF:
        return rl_vips.tiffload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                       VIPS_FAIL_ON_TRUNCATED, NULL);
    case RL_IMAGE_HEIF:
        return rl_vips.heifload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                       VIPS_FAIL_ON_TRUNCATED, NULL);
    case RL_IMAGE_JXL:
        return rl_vips.jxlload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_TRUNCATED, NULL);
    case RL_IMAGE_GIF:
        return rl_vips.gifload_buffer(data, size, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                      VIPS_FAIL_ON_TRUNCATED, NULL);
    default:
        rl_vips.error("relief", "no loader");
        return -1;
    }
}

/* *blob: bytes of a metadata field, borrowed from `in`; NULL when there is none. */
static const uint8_t *metadata(VipsImage *in, const char *name, size_t *size) {
    const void *blob = NULL;
    *size = 0;
    if (rl_vips.image_get_typeof(in, name) == 0 ||
        rl_vips.image_get_blob(in, name, &blob, size) != 0) {
        rl_vips.error_clear();
        return NULL;
    }
    return blob;
}

static int metadata_int(VipsImage *in, const char *name, int missing) {
    int value = missing;
    if (rl_vips.image_get_typeof(in, name) != 0 && rl_vips.image_get_int(in, name, &value) != 0) {
        rl_vips.error_clear();
        return missing;
    }
    return value;
}

static int source_bits(VipsImage *in) {
    int coded = (int)(8 * rl_vips.format_sizeof(in->BandFmt));
    int told = metadata_int(in, "bits-per-sample", metadata_int(in, "heif-bitdepth", coded));
    return told >= 1 && told <= coded ? told : coded;
}

static relief_status keep_exif(relief_ctx *ctx, VipsImage *in, relief_image *image) {
    size_t size = 0;
    const uint8_t *blob = metadata(in, VIPS_META_EXIF_NAME, &size);
    if (blob && size > 6 && memcmp(blob, "Exif\0\0", 6) == 0) {
        blob += 6;
        size -= 6;
    }
    if (!blob || size == 0 || size > MAX_EXIF_BYTES) {
        return RELIEF_OK;
    }
    void *copy = NULL;
    relief_status status = rl_alloc_in(ctx, size, 1, &copy);
    if (status == RELIEF_OK) {
        memcpy(copy, blob, size);
        image->exif = copy;
        image->exif_size = size;
    }
    return status;
}

/* HEIF and JPEG XL turn the picture by means of their own and say that EXIF's word does not count.
 */
static void read_facts(VipsImage *in, relief_image *image) {
    const int pixels[2] = {in->Xsize, in->Ysize};
    rl_exif exif;
    if (image->format == RL_IMAGE_TIFF) {
        rl_exif_parse(image->file, image->file_size, pixels, &exif);
        if (exif.orientation == 0) {
            exif.orientation = rl_vips.image_get_orientation(in);
        }
    } else {
        rl_exif_parse(image->exif, image->exif_size, pixels, &exif);
    }
    bool turned = image->format == RL_IMAGE_HEIF || image->format == RL_IMAGE_JXL;
    image->info.orientation = exif.orientation && !turned ? exif.orientation : 1;
    image->info.focal_35mm = exif.focal_35mm;
    image->info.source_bits = source_bits(in);
    image->info.source_channels = in->Bands;
    image->info.has_alpha = rl_vips.image_hasalpha(in);
    size_t size = 0;
    const uint8_t *profile = metadata(in, VIPS_META_ICC_NAME, &size);
    rl_icc_parse(profile, size, &image->icc);
    image->is_srgb = rl_colour_is_srgb(in, &image->icc);
}

/* Whether the decoder holds the whole picture besides what it hands out. */
static bool decodes_whole_frame(const relief_image *image) {
    rl_jpeg_info jpeg;
    switch (image->format) {
    case RL_IMAGE_JPEG:
        return rl_jpeg_parse(image->file, image->file_size, &jpeg) && jpeg.process > 1;
    case RL_IMAGE_PNG:
        return image->file_size > PNG_INTERLACE_OFFSET && image->file[PNG_INTERLACE_OFFSET] != 0;
    case RL_IMAGE_TIFF:
        return false;
    default:
        return true;
    }
}

static relief_status probe_once(relief_ctx *ctx, relief_image *image) {
    VipsImage *in = NULL;
    relief_status status = RELIEF_OK;
    rl_vips.error_clear();
    if (call_loader(image, 1, &in) != 0) {
        status = rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, image->name);
    } else {
        status = rl_picture_check_size(ctx, image->name, in->Xsize, in->Ysize);
        if (status == RELIEF_OK && !image->exif) {
            status = keep_exif(ctx, in, image);
        }
        read_facts(in, image);
        image->coded_width = in->Xsize;
        image->coded_height = in->Ysize;
        image->whole_frame = decodes_whole_frame(image);
    }
    VIPS_UNREF(in);
    rl_vips.error_clear();
    return status;
}

/* Whether a failure may have another photo's text, or be another's. */
static bool may_be_anothers(relief_status status) {
    return status != RELIEF_OK && status != RELIEF_ERROR_MEMORY && status != RELIEF_ERROR_CANCELLED;
}

relief_status rl_picture_probe_with_libvips(relief_ctx *ctx, relief_image *image) {
    relief_status status = rl_picture_start(ctx);
    if (status != RELIEF_OK) {
        return status;
    }
    status = RELIEF_ERROR_INTERNAL;
    if (rl_picture_share(ctx)) {
        status = probe_once(ctx, image);
        rl_picture_unshare();
    }
    if (may_be_anothers(status)) {
        rl_picture_lock();
        status = probe_once(ctx, image);
        rl_picture_unlock();
    }
    return status;
}

relief_status rl_picture_probe(relief_ctx *ctx, relief_image *image) {
    relief_status status = RELIEF_OK;
    if (image->format == RL_IMAGE_JPEG)
        status = rl_jpeg_probe(ctx, image, &image->plain_jpeg);
    if (image->format == RL_IMAGE_EXR)
        status = rl_exr_probe(ctx, image);
    else if (!status && !image->plain_jpeg)
        status = rl_picture_probe_with_libvips(ctx, image);
    bool swaps = rl_orientation_swaps(image->info.orientation);
    image->info.width = swaps ? image->coded_height : image->coded_width;
    image->info.height = swaps ? image->coded_width : image->coded_height;
    image->info.format = rl_image_format_name(image->format);
    return status;
}

/* Run the pipeline `in`, which gives sRGB, into a raster of our own. */
static relief_status collect(relief_ctx *ctx, const relief_image *image, VipsImage *in,
                             bool keep_16, rl_pixels *out) {
    bool swaps = rl_orientation_swaps(image->info.orientation);
    int64_t coded = (int64_t)image->coded_width * image->coded_height;
    int sample_bytes = in->BandFmt == VIPS_FORMAT_USHORT ? 2 : 1;
    int64_t extra = image->whole_frame ? coded * image->info.source_channels * sample_bytes : 0;
    *out = (rl_pixels){
        .width = swaps ? in->Ysize : in->Xsize,
        .height = swaps ? in->Xsize : in->Ysize,
        .channels = in->Bands == 2 || in->Bands == 4 ? 4 : 3,
        .sample_bytes = keep_16 ? sample_bytes : 1,
    };
    relief_status status = rl_pixels_alloc(ctx, image, extra, out);
    if (status == RELIEF_OK) {
        status = rl_sink_run(ctx, in, image->info.orientation, image->name, out);
    }
    return status;
}

static void round_to_8(rl_pixels *pixels) {
    size_t count = (size_t)pixels->width * pixels->height * pixels->channels;
    const uint16_t *from = pixels->data;
    uint8_t *to = pixels->data;
    for (size_t i = 0; i < count; i++) {
        uint16_t wide = from[i];
        to[i] = (uint8_t)((wide + 128u) / 257u);
    }
    pixels->sample_bytes = 1;
}

static relief_status decode_once(relief_ctx *ctx, const relief_image *image, int shrink,
                                 bool keep_16, rl_pixels *out) {
    VipsImage *in = NULL, *srgb = NULL;
    relief_status status = RELIEF_OK;
    rl_vips.error_clear();
    if (call_loader(image, shrink, &in) != 0) {
        status = rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, image->name);
    } else {
        status = rl_colour_convert(ctx, image, in, &srgb);
        if (status == RELIEF_OK) {
            status = collect(ctx, image, srgb, keep_16, out);
        }
    }
    VIPS_UNREF(srgb);
    VIPS_UNREF(in);
    rl_vips.error_clear();
    return status;
}

static relief_status decode_with_vips(relief_ctx *ctx, const relief_image *image, int shrink,
                                      bool keep_16, rl_pixels *out) {
    relief_status status = rl_picture_start(ctx);
    if (status != RELIEF_OK) {
        return status;
    }
    status = RELIEF_ERROR_INTERNAL;
    if (rl_picture_share(ctx)) {
        status = decode_once(ctx, image, shrink, keep_16, out);
        rl_picture_unshare();
    }
    if (may_be_anothers(status)) {
        rl_free(out->data);
        *out = (rl_pixels){0};
        rl_picture_lock();
        status = decode_once(ctx, image, shrink, keep_16, out);
        rl_picture_unlock();
    }
    return status;
}

relief_status rl_picture_decode(relief_ctx *ctx, const relief_image *image, int shrink,
                                bool keep_16, rl_pixels *out) {
    *out = (rl_pixels){0};
    relief_status status = rl_check_cancel(ctx);
    if (status != RELIEF_OK) {
        return status;
    }
    if (image->format == RL_IMAGE_EXR) {
        status = rl_exr_decode(ctx, image, out);
        if (status == RELIEF_OK && !keep_16) {
            round_to_8(out);
        }
    } else {
        bool done = false;
        if (image->plain_jpeg) {
            status = rl_jpeg_decode(ctx, image, shrink, out, &done);
        }
        if (status == RELIEF_OK && !done) {
            status = decode_with_vips(ctx, image, shrink, keep_16, out);
        }
    }
    if (status != RELIEF_OK) {
        rl_free(out->data);
        out->data = NULL;
        return status;
    }
    rl_pixels_drop_opaque_alpha(out);
    return RELIEF_OK;
}
