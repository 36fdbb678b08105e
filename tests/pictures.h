/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures whose every pixel is known, in all formats, made when a test wants them. */
#ifndef RELIEF_TESTS_PICTURES_H
#define RELIEF_TESTS_PICTURES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vips/vips.h>

/* An encoded picture, for g_free(). */
typedef struct picture {
    uint8_t *data;
    size_t size;
} picture;

/* What the pictures show: smooth, so that lossy formats keep it; different under every turn and
 * flip. 0-1. */
static inline double scene_value(double u, double v, int channel) {
    switch (channel) {
    case 0:
        return 0.25 + 0.5 * u;
    case 1:
        return 0.25 + 0.5 * v;
    case 2:
        return 0.7 - 0.4 * u * v;
    default: /* alpha */
        return u;
    }
}

/* The scene's value at a pixel of a width x height picture, 0-255. */
static inline double scene_byte(int x, int y, int width, int height, int channel) {
    return 255 * scene_value((x + 0.5) / width, (y + 0.5) / height, channel);
}

/* Where pixel (x, y) of a coded picture stands in the upright one of width x height pixels, told by
 * EXIF's own words: on which side of the upright picture the coded row 0 and the coded column 0
 * are. */
static inline void upright_position(int orientation, int width, int height, const int coded[2],
                                    int upright[2]) {
    static const char row_side[] = " TTBBLRRL", column_side[] = " LRRLTTBB";
    char row = row_side[orientation], column = column_side[orientation];
    bool swapped = row == 'L' || row == 'R';
    int along_row_side = coded[1], along_column_side = coded[0];
    if (swapped) {
        upright[0] = row == 'L' ? along_row_side : width - 1 - along_row_side;
        upright[1] = column == 'T' ? along_column_side : height - 1 - along_column_side;
    } else {
        upright[0] = column == 'L' ? along_column_side : width - 1 - along_column_side;
        upright[1] = row == 'T' ? along_row_side : height - 1 - along_row_side;
    }
}

/* The scene as coded for an orientation: `width` x `height` are upright. `bands` 1: its green
 * alone, 2: that and alpha, 3, 4; `bits` 8 or 16. */
static inline VipsImage *scene_image(int width, int height, int bands, int bits, int orientation) {
    bool swapped = orientation >= 5;
    int coded_width = swapped ? height : width, coded_height = swapped ? width : height;
    size_t count = (size_t)coded_width * coded_height * bands;
    uint16_t *wide = g_malloc(count * 2);
    uint8_t *narrow = (uint8_t *)wide;
    size_t at = 0;
    for (int y = 0; y < coded_height; y++) {
        for (int x = 0; x < coded_width; x++) {
            int upright[2];
            upright_position(orientation, width, height, (const int[]){x, y}, upright);
            for (int b = 0; b < bands; b++, at++) {
                int channel = bands >= 3 ? b : b == 0 ? 1 : 3;
                double value = scene_byte(upright[0], upright[1], width, height, channel);
                if (bits == 16) {
                    wide[at] = (uint16_t)(value * 257 + 0.5);
                } else {
                    narrow[at] = (uint8_t)(value + 0.5);
                }
            }
        }
    }
    VipsImage *borrowed =
        vips_image_new_from_memory_copy(wide, count * (size_t)(bits / 8), coded_width, coded_height,
                                        bands, bits == 16 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
    VipsImage *out = NULL;
    VipsInterpretation type =
        bits == 16  ? bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16
        : bands < 3 ? VIPS_INTERPRETATION_B_W
                    : VIPS_INTERPRETATION_sRGB;
    if (vips_copy(borrowed, &out, "interpretation", type, NULL) != 0) {
        abort();
    }
    g_object_unref(borrowed);
    g_free(wide);
    return out;
}

/* Encode an image, which is given up. `suffix` as libvips spells it, with options: ".jpg[Q=95]". */
static inline picture encode(VipsImage *image, const char *suffix) {
    void *data = NULL;
    picture out = {NULL, 0};
    if (vips_image_write_to_buffer(image, suffix, &data, &out.size, NULL) != 0) {
        fprintf(stderr, "%s\n", vips_error_buffer());
        abort();
    }
    g_object_unref(image);
    out.data = data;
    return out;
}

/* The scene through a profile that libvips has built in ("p3", "cmyk", "srgb"), which the file then
 * carries. */
static inline VipsImage *through_profile(VipsImage *image, const char *profile) {
    VipsImage *out = NULL;
    if (vips_icc_transform(image, &out, profile, "input_profile", "srgb", "depth",
                           image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8, NULL) != 0) {
        abort();
    }
    g_object_unref(image);
    return out;
}

static inline VipsImage *without_profile(VipsImage *image) {
    VipsImage *out = NULL;
    if (vips_copy(image, &out, NULL) != 0) {
        abort();
    }
    vips_image_remove(out, VIPS_META_ICC_NAME);
    g_object_unref(image);
    return out;
}

/* What an EXIF block shall say; 0: nothing of that. */
typedef struct exif_facts {
    int orientation;
    int focal_35mm;
    double focal_mm;
    double plane_resolution; /* pixels an inch on the sensor */
    int pixel_width, pixel_height;
    bool gps; /* a position and a maker's note with telling words */
} exif_facts;

typedef struct exif_writer {
    uint8_t bytes[1024];
    size_t ifd, used; /* the directory being filled; first free byte for long values */
} exif_writer;

static inline void exif_u16(exif_writer *w, size_t at, unsigned value) {
    w->bytes[at] = (uint8_t)value;
    w->bytes[at + 1] = (uint8_t)(value >> 8);
}

static inline void exif_u32(exif_writer *w, size_t at, uint32_t value) {
    exif_u16(w, at, value & 0xffff);
    exif_u16(w, at + 2, value >> 16);
}

static inline void exif_entry(exif_writer *w, unsigned tag, unsigned type, uint32_t value) {
    unsigned count = w->bytes[w->ifd];
    size_t at = w->ifd + 2 + 12 * (size_t)count;
    exif_u16(w, at, tag);
    exif_u16(w, at + 2, type);
    exif_u32(w, at + 4, 1);
    exif_u32(w, at + 8, value);
    exif_u16(w, w->ifd, count + 1);
}

static inline void exif_rational(exif_writer *w, unsigned tag, double value) {
    exif_entry(w, tag, 5, (uint32_t)w->used);
    exif_u32(w, w->used, (uint32_t)(value * 1000 + 0.5));
    exif_u32(w, w->used + 4, 1000);
    w->used += 8;
}

static inline void exif_text(exif_writer *w, unsigned tag, const char *text) {
    exif_entry(w, tag, 2, (uint32_t)w->used);
    exif_u32(w, w->ifd + 2 + 12 * (size_t)(w->bytes[w->ifd] - 1) + 4, (uint32_t)strlen(text) + 1);
    memcpy(w->bytes + w->used, text, strlen(text) + 1);
    w->used += strlen(text) + 1;
}

/* A little-endian block from its TIFF header on. Returns its size. */
static inline size_t make_exif(const exif_facts *facts, uint8_t out[1024]) {
    enum { IFD0 = 8, EXIF_IFD = 160, GPS_IFD = 320, VALUES = 400 };
    exif_writer w = {.ifd = IFD0, .used = VALUES};
    memcpy(w.bytes, "II*\0\x08\0\0\0", 8);
    if (facts->orientation) {
        exif_entry(&w, 0x0112, 3, (uint32_t)facts->orientation);
    }
    if (facts->gps) {
        exif_text(&w, 0x013b, "SECRET-ARTIST");
    }
    exif_entry(&w, 0x8769, 4, EXIF_IFD);
    if (facts->gps) {
        exif_entry(&w, 0x8825, 4, GPS_IFD);
    }
    w.ifd = EXIF_IFD;
    if (facts->focal_mm > 0) {
        exif_rational(&w, 0x920a, facts->focal_mm);
    }
    if (facts->pixel_width) {
        exif_entry(&w, 0xa002, 4, (uint32_t)facts->pixel_width);
        exif_entry(&w, 0xa003, 4, (uint32_t)facts->pixel_height);
    }
    if (facts->plane_resolution > 0) {
        exif_rational(&w, 0xa20e, facts->plane_resolution);
        exif_entry(&w, 0xa210, 3, 2);
    }
    if (facts->focal_35mm) {
        exif_entry(&w, 0xa405, 3, (uint32_t)facts->focal_35mm);
    }
    if (facts->gps) {
        w.ifd = GPS_IFD;
        exif_text(&w, 0x001d, "SECRET-GPS");
        exif_rational(&w, 0x0002, 48.137);
    }
    memcpy(out, w.bytes, w.used);
    return w.used;
}

/* Put a segment behind the start of a JPEG; the picture is replaced. `payload` includes its
 * identifier. */
static inline void add_segment(picture *jpeg, int marker, const void *payload, size_t size) {
    uint8_t *data = g_malloc(jpeg->size + size + 4);
    uint8_t head[4] = {0xff, (uint8_t)marker, (uint8_t)((size + 2) >> 8), (uint8_t)(size + 2)};
    memcpy(data, jpeg->data, 2);
    memcpy(data + 2, head, 4);
    memcpy(data + 6, payload, size);
    memcpy(data + 6 + size, jpeg->data + 2, jpeg->size - 2);
    g_free(jpeg->data);
    *jpeg = (picture){data, jpeg->size + size + 4};
}

static inline void add_exif_segment(picture *jpeg, const exif_facts *facts) {
    uint8_t payload[1024 + 6] = "Exif\0";
    size_t size = make_exif(facts, payload + 6);
    add_segment(jpeg, 0xe1, payload, size + 6);
}

static inline void append_bytes(picture *p, const void *bytes, size_t size) {
    p->data = g_realloc(p->data, p->size + size);
    memcpy(p->data + p->size, bytes, size);
    p->size += size;
}

/* Everything in a JPEG that nobody should find in an output: GPS, a comment, XMP, a multi-picture
 * index and a second picture behind the first. All of it holds the word SECRET. */
static inline void add_secrets(picture *jpeg, int orientation) {
    picture second = encode(scene_image(16, 16, 3, 8, 1), ".jpg");
    add_exif_segment(jpeg, &(exif_facts){.orientation = orientation, .gps = true});
    add_segment(jpeg, 0xfe, "SECRET-COMMENT", 14);
    add_segment(jpeg, 0xe1, "http://ns.adobe.com/xap/1.0/\0SECRET-XMP", 39);
    add_segment(jpeg, 0xe2, "MPF\0SECRET-INDEX", 16);
    append_bytes(jpeg, second.data, second.size);
    append_bytes(jpeg, "SECRET-TRAILER", 14);
    g_free(second.data);
}

/* The scene as a JPEG with EXIF, `width` x `height` upright. */
static inline picture oriented_jpeg(int width, int height, int bands, int orientation,
                                    const char *suffix) {
    picture jpeg = encode(scene_image(width, height, bands, 8, orientation), suffix);
    add_exif_segment(&jpeg, &(exif_facts){.orientation = orientation, .focal_35mm = 28});
    return jpeg;
}

static inline uint32_t png_crc(const uint8_t *data, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}

static inline void put_be32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* Put EXIF into a PNG, behind its header. */
static inline void add_exif_chunk(picture *png, const exif_facts *facts) {
    enum { HEADER_END = 33 };
    uint8_t chunk[1024 + 12] = "....eXIf";
    size_t size = make_exif(facts, chunk + 8);
    put_be32(chunk, (uint32_t)size);
    put_be32(chunk + 8 + size, png_crc(chunk + 4, size + 4));
    uint8_t *data = g_malloc(png->size + size + 12);
    memcpy(data, png->data, HEADER_END);
    memcpy(data + HEADER_END, chunk, size + 12);
    memcpy(data + HEADER_END + size + 12, png->data + HEADER_END, png->size - HEADER_END);
    g_free(png->data);
    *png = (picture){data, png->size + size + 12};
}

/* A small PNG that claims to be width x height. */
static inline picture png_bomb(uint32_t width, uint32_t height) {
    picture png = encode(scene_image(16, 16, 3, 8, 1), ".png");
    put_be32(png.data + 16, width);
    put_be32(png.data + 20, height);
    put_be32(png.data + 29, png_crc(png.data + 12, 17));
    return png;
}

typedef struct exr_writer {
    uint8_t *data;
    size_t size;
} exr_writer;

static inline void exr_put(exr_writer *w, const void *bytes, size_t size) {
    memcpy(w->data + w->size, bytes, size);
    w->size += size;
}

static inline void exr_attribute(exr_writer *w, const char *name, const char *type,
                                 const void *value, int32_t size) {
    exr_put(w, name, strlen(name) + 1);
    exr_put(w, type, strlen(type) + 1);
    exr_put(w, &size, 4);
    exr_put(w, value, (size_t)size);
}

static inline float linear_of(double srgb) {
    return (float)(srgb <= 0.04045 ? srgb / 12.92 : pow((srgb + 0.055) / 1.055, 2.4));
}

/* The scene as an uncompressed EXR of floats. `names`: its channels in alphabetical order, of A, B,
 * G, R, Y (the scene's green). Colours are premultiplied when there is alpha. */
static inline picture scene_exr(int width, int height, const char *names) {
    size_t channels = strlen(names);
    exr_writer w = {g_malloc(4096 + (size_t)height * (16 + (size_t)width * channels * 4)), 0};
    uint8_t list[5 * 18 + 1] = {0};
    int32_t window[4] = {0, 0, width - 1, height - 1};
    float one = 1, centre[2] = {0, 0};
    for (size_t i = 0; i < channels; i++) {
        int32_t entry[4] = {2, 0, 1, 1}; /* float, not linear, sampled everywhere */
        list[18 * i] = (uint8_t)names[i];
        memcpy(list + 18 * i + 2, entry, 16);
    }
    exr_put(&w, "\x76\x2f\x31\x01\x02\0\0\0", 8);
    exr_attribute(&w, "channels", "chlist", list, (int32_t)(18 * channels + 1));
    exr_attribute(&w, "compression", "compression", "\0", 1);
    exr_attribute(&w, "dataWindow", "box2i", window, 16);
    exr_attribute(&w, "displayWindow", "box2i", window, 16);
    exr_attribute(&w, "lineOrder", "lineOrder", "\0", 1);
    exr_attribute(&w, "pixelAspectRatio", "float", &one, 4);
    exr_attribute(&w, "screenWindowCenter", "v2f", centre, 8);
    exr_attribute(&w, "screenWindowWidth", "float", &one, 4);
    exr_put(&w, "", 1);
    int32_t row_bytes = (int32_t)((size_t)width * channels * 4);
    uint64_t first = w.size + 8 * (uint64_t)height;
    for (int y = 0; y < height; y++) {
        uint64_t offset = first + (uint64_t)y * (uint64_t)(row_bytes + 8);
        exr_put(&w, &offset, 8);
    }
    for (int32_t y = 0; y < height; y++) {
        exr_put(&w, &y, 4);
        exr_put(&w, &row_bytes, 4);
        for (size_t i = 0; i < channels; i++) {
            const char *order = "RGBAY";
            int channel = (int)(strchr(order, names[i]) - order);
            for (int x = 0; x < width; x++) {
                double alpha = names[0] == 'A' ? scene_byte(x, y, width, height, 3) / 255 : 1;
                double value = scene_byte(x, y, width, height, channel == 4 ? 1 : channel) / 255;
                float sample = channel == 3 ? (float)alpha : linear_of(value) * (float)alpha;
                exr_put(&w, &sample, 4);
            }
        }
    }
    return (picture){w.data, w.size};
}

/* A file of tests/data. */
static inline picture data_file(const char *name) {
    const char *root = getenv("RELIEF_SOURCE_ROOT");
    char *path = g_build_filename(root ? root : ".", "tests", "data", name, NULL);
    picture p = {NULL, 0};
    if (!g_file_get_contents(path, (char **)&p.data, &p.size, NULL)) {
        abort();
    }
    g_free(path);
    return p;
}

#endif
