/* SPDX-License-Identifier: Apache-2.0 */
#include "image/colour.h"

#include "base/status.h"

/* What the bands of a decoded picture are, in the terms of profiles. */
static rl_icc_space space_of(const VipsImage *in) {
    switch (in->Type) {
    case VIPS_INTERPRETATION_CMYK:
        return RL_ICC_CMYK;
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABQ:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_XYZ:
    case VIPS_INTERPRETATION_LCH:
    case VIPS_INTERPRETATION_CMC:
    case VIPS_INTERPRETATION_YXY:
    case VIPS_INTERPRETATION_HSV:
        return RL_ICC_OTHER;
    default:
        return in->Bands < 3 ? RL_ICC_GREY : RL_ICC_RGB;
    }
}

static bool is_float(const VipsImage *in) {
    return in->BandFmt == VIPS_FORMAT_FLOAT || in->BandFmt == VIPS_FORMAT_DOUBLE;
}

bool rl_colour_is_srgb(const VipsImage *in, const rl_icc *icc) {
    rl_icc_space space = space_of(in);
    if (space == RL_ICC_CMYK || space == RL_ICC_OTHER || is_float(in)) {
        return false;
    }
    return icc->space != space || icc->is_srgb;
}

/* Floats are linear light with 1 as white, as in scene-linear TIFF and JPEG XL. */
static int convert_float(VipsImage *in, VipsImage **out) {
    VipsImage *step[3] = {NULL, NULL, NULL};
    int bands = in->Bands;
    int failed = 0;
    if (bands < 3) {
        VipsImage *grey = NULL, *alpha = NULL;
        failed = rl_vips.extract_band(in, &grey, 0, NULL) ||
                 (bands == 2 && rl_vips.extract_band(in, &alpha, 1, NULL));
        VipsImage *joined[4] = {grey, grey, grey, alpha};
        failed = failed || rl_vips.bandjoin(joined, &step[0], bands == 2 ? 4 : 3, NULL);
        VIPS_UNREF(grey);
        VIPS_UNREF(alpha);
    } else {
        failed = rl_vips.extract_band(in, &step[0], 0, "n", bands > 4 ? 3 : bands, NULL);
    }
    failed = failed || rl_vips.cast_float(step[0], &step[1], NULL) ||
             rl_vips.copy(step[1], &step[2], "interpretation", VIPS_INTERPRETATION_scRGB, NULL) ||
             rl_vips.colourspace(step[2], out, VIPS_INTERPRETATION_RGB16, NULL);
    for (int i = 0; i < 3; i++) {
        VIPS_UNREF(step[i]);
    }
    return failed ? -1 : 0;
}

/* Through the embedded profile, or for CMYK without one through libvips' own. */
static int convert_icc(VipsImage *in, bool embedded, VipsImage **out) {
    const char *fallback = in->Type == VIPS_INTERPRETATION_CMYK ? "cmyk" : "srgb";
    return rl_vips.icc_transform(in, out, "srgb", "embedded", embedded, "input_profile", fallback,
                                 "depth", in->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8, "intent",
                                 VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE, NULL);
}

static int convert_integers(relief_ctx *ctx, const relief_image *image, VipsImage *in,
                            VipsImage **out) {
    rl_icc_space space = space_of(in);
    bool usable = image->icc.space == space;
    if (space == RL_ICC_OTHER) {
        return rl_vips.colourspace(in, out, VIPS_INTERPRETATION_sRGB, NULL);
    }
    if (usable && convert_icc(in, true, out) == 0) {
        return 0;
    }
    rl_vips.error_clear();
    VIPS_UNREF(*out);
    rl_log(ctx, RELIEF_LOG_WARNING, "%s: its colour profile cannot be used and is left out",
           image->name);
    return space == RL_ICC_CMYK ? convert_icc(in, false, out) : rl_vips.copy(in, out, NULL);
}

/* Keep RGB and alpha, or grey and alpha, of files that carry further channels. */
static int limit_bands(VipsImage *in, VipsImage **out) {
    return rl_vips.extract_band(in, out, 0, "n", in->Bands > 4 ? 3 : in->Bands, NULL);
}

relief_status rl_colour_convert(relief_ctx *ctx, const relief_image *image, VipsImage *in,
                                VipsImage **out) {
    VipsImage *converted = NULL;
    VipsBandFormat format = in->BandFmt;
    bool special = space_of(in) == RL_ICC_OTHER;
    int failed = 0;
    if (is_float(in) && !special) {
        failed = convert_float(in, &converted);
    } else if (!special && format != VIPS_FORMAT_UCHAR && format != VIPS_FORMAT_USHORT) {
        return rl_fail(
            ctx, RELIEF_ERROR_UNSUPPORTED,
            "%s: pixels of this sample type are not read (convert it to 16 bits a channel)",
            image->name);
    } else if (image->is_srgb) {
        failed = rl_vips.copy(in, &converted, NULL);
    } else {
        failed = convert_integers(ctx, image, in, &converted);
    }
    failed = failed || limit_bands(converted, out);
    VIPS_UNREF(converted);
    return failed ? rl_picture_fail(ctx, RELIEF_ERROR_FORMAT, image->name) : RELIEF_OK;
}
