/* SPDX-License-Identifier: Apache-2.0 */
#include "image/icc.h"

#include <math.h>
#include <string.h>

#define HEADER_BYTES 128
#define TAG_BYTES 12
#define MAX_TAGS 256

/* How far a colorant may lie from sRGB's: rounding in profiles is about 1e-4, Display P3 is 0.08
 * away. */
#define COLORANT_TOLERANCE 0.004
#define CURVE_TOLERANCE (2.0 / 255)

/* A tag's bytes. */
typedef struct tag {
    const uint8_t *data;
    size_t size;
} tag;

static uint32_t be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | be16(p + 2);
}

static double fixed_16_16(const uint8_t *p) {
    return (int32_t)be32(p) / 65536.0;
}

/* The tag `name`, at least 8 bytes long; size 0 when it is missing or lies outside. */
static tag find_tag(const uint8_t *profile, size_t size, const char *name) {
    uint32_t count = be32(profile + HEADER_BYTES);
    for (uint32_t i = 0; i < count && i < MAX_TAGS; i++) {
        size_t at = HEADER_BYTES + 4 + (size_t)i * TAG_BYTES;
        if (at + TAG_BYTES > size) {
            break;
        }
        size_t offset = be32(profile + at + 4);
        size_t length = be32(profile + at + 8);
        if (memcmp(profile + at, name, 4) == 0 && offset <= size && length <= size - offset &&
            length >= 8) {
            return (tag){profile + offset, length};
        }
    }
    return (tag){NULL, 0};
}

/* Append one character of UTF-16's basic plane; what does not fit is left out. */
static void append_utf8(char *text, size_t *length, uint32_t c) {
    char bytes[3];
    size_t n = 0;
    if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c < 0xe000)) {
        return;
    }
    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xc0 | c >> 6);
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[n++] = (char)(0xe0 | c >> 12);
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    }
    if (*length + n < RL_ICC_MAX_DESCRIPTION) {
        memcpy(text + *length, bytes, n);
        *length += n;
        text[*length] = 0;
    }
}

/* Version 2 profiles hold ASCII ('desc'), version 4 UTF-16 in several languages ('mluc'), of which
 * the first is taken. */
static void read_description(const uint8_t *profile, size_t size, char *text) {
    tag t = find_tag(profile, size, "desc");
    size_t length = 0;
    if (t.size >= 12 && memcmp(t.data, "desc", 4) == 0) {
        for (size_t i = 12; i < t.size && t.data[i] && i - 12 < be32(t.data + 8); i++) {
            append_utf8(text, &length, t.data[i] < 0x80 ? t.data[i] : '?');
        }
    } else if (t.size >= 28 && memcmp(t.data, "mluc", 4) == 0 && be32(t.data + 8) > 0) {
        size_t bytes = be32(t.data + 20);
        size_t from = be32(t.data + 24);
        for (size_t i = 0; i + 1 < bytes && from <= t.size && from + i + 1 < t.size; i += 2) {
            append_utf8(text, &length, be16(t.data + from + i));
        }
    }
}

static double srgb_to_linear(double v) {
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double linear_to_srgb(double v) {
    return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

/* Evaluate a 'para' curve; NaN when it is none. */
static double parametric(tag t, double x) {
    static const int counts[] = {1, 3, 4, 5, 7};
    double p[7] = {0};
    uint32_t type = be16(t.data + 8);
    if (type > 4 || t.size < 12 + 4 * (size_t)counts[type]) {
        return NAN;
    }
    for (int i = 0; i < counts[type]; i++) {
        p[i] = fixed_16_16(t.data + 12 + 4 * i);
    }
    double g = p[0], a = p[1], b = p[2], c = p[3], d = p[4];
    switch (type) {
    case 0:
        return pow(x, g);
    case 1:
        return x >= -b / a ? pow(a * x + b, g) : 0;
    case 2:
        return x >= -b / a ? pow(a * x + b, g) + c : c;
    case 3:
        return x >= d ? pow(a * x + b, g) : c * x;
    default:
        return x >= d ? pow(a * x + b, g) + p[5] : c * x + p[6];
    }
}

/* Evaluate a tone curve at x in [0, 1]; NaN when it cannot be read. */
static double curve(tag t, double x) {
    if (t.size >= 12 && memcmp(t.data, "para", 4) == 0) {
        return parametric(t, x);
    }
    if (t.size < 12 || memcmp(t.data, "curv", 4) != 0) {
        return NAN;
    }
    size_t count = be32(t.data + 8);
    if (count == 0) {
        return x;
    }
    if (count > (t.size - 12) / 2) {
        return NAN;
    }
    if (count == 1) {
        return pow(x, be16(t.data + 12) / 256.0);
    }
    double at = x * (double)(count - 1);
    size_t i = (size_t)at < count - 1 ? (size_t)at : count - 2;
    double low = be16(t.data + 12 + 2 * i), high = be16(t.data + 14 + 2 * i);
    return (low + (high - low) * (at - (double)i)) / 65535.0;
}

static bool is_srgb_curve(tag t) {
    for (int i = 0; i <= 32; i++) {
        double x = i / 32.0;
        double y = curve(t, x);
        if (!(y >= -0.01 && y <= 1.01) || fabs(linear_to_srgb(y) - x) > CURVE_TOLERANCE) {
            return false;
        }
    }
    return fabs(curve(t, 0.5) - srgb_to_linear(0.5)) < 0.01;
}

static bool is_srgb_rgb(const uint8_t *profile, size_t size) {
    /* sRGB's primaries adapted to D50, the white of the connection space */
    static const struct {
        const char *colorant, *curve;
        double xyz[3];
    } srgb[3] = {
        {"rXYZ", "rTRC", {0.43607, 0.22249, 0.01392}},
        {"gXYZ", "gTRC", {0.38515, 0.71687, 0.09708}},
        {"bXYZ", "bTRC", {0.14307, 0.06061, 0.71410}},
    };
    if (find_tag(profile, size, "A2B0").size) {
        return false; /* a table that overrides the matrix */
    }
    for (int i = 0; i < 3; i++) {
        tag t = find_tag(profile, size, srgb[i].colorant);
        for (int k = 0; k < 3; k++) {
            if (t.size < 20 ||
                fabs(fixed_16_16(t.data + 8 + 4 * k) - srgb[i].xyz[k]) > COLORANT_TOLERANCE) {
                return false;
            }
        }
        if (!is_srgb_curve(find_tag(profile, size, srgb[i].curve))) {
            return false;
        }
    }
    return true;
}

void rl_icc_parse(const uint8_t *profile, size_t size, rl_icc *out) {
    *out = (rl_icc){.space = RL_ICC_BROKEN};
    if (!profile || size < HEADER_BYTES + 4 || memcmp(profile + 36, "acsp", 4) != 0) {
        return;
    }
    read_description(profile, size, out->description);
    const uint8_t *space = profile + 16;
    if (memcmp(space, "RGB ", 4) == 0) {
        out->space = RL_ICC_RGB;
        out->is_srgb = is_srgb_rgb(profile, size);
    } else if (memcmp(space, "GRAY", 4) == 0) {
        out->space = RL_ICC_GREY;
        out->is_srgb = is_srgb_curve(find_tag(profile, size, "kTRC"));
    } else {
        out->space = memcmp(space, "CMYK", 4) == 0 ? RL_ICC_CMYK : RL_ICC_OTHER;
    }
}
