/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sniff.h"

#include "base/status.h"
#include "image/exif.h"

#include <ctype.h>
#include <string.h>

#define TEXT_PROBE 512
#define SVG_PROBE 4096
/* Fewer bytes than this are a damaged file of whatever kind: an ISO container's brand ends here. */
#define LEAST_REFUSED 12

/* Kinds that are recognised in order to be refused by name. */
typedef enum refusal {
    REFUSE_NOT,
    REFUSE_RAW,
    REFUSE_PSD,
    REFUSE_PDF,
    REFUSE_SVG,
    REFUSE_XCF,
    REFUSE_EPS,
    REFUSE_VIDEO,
    REFUSE_JP2,
    REFUSE_BMP,
    REFUSE_ICON,
    REFUSE_NETPBM,
    REFUSE_RADIANCE,
    REFUSE_DDS,
    REFUSE_TGA,
    REFUSE_FITS,
    REFUSE_ARCHIVE
} refusal;

static const char *const refusal_text[] = {
    [REFUSE_NOT] = "",
    [REFUSE_RAW] = "camera raw files are not read (develop it to TIFF or JPEG first)",
    [REFUSE_PSD] = "Photoshop documents are not read (export it as TIFF, PNG or JPEG first)",
    [REFUSE_PDF] = "PDF documents are not read (export the page as PNG or JPEG first)",
    [REFUSE_SVG] = "SVG drawings are not read (export it as PNG first)",
    [REFUSE_XCF] = "GIMP documents are not read (export it as PNG or TIFF first)",
    [REFUSE_EPS] = "PostScript and Illustrator files are not read (export it as PNG or JPEG first)",
    [REFUSE_VIDEO] = "video files are not read (save a frame as PNG or JPEG first)",
    [REFUSE_JP2] = "JPEG 2000 files are not read (convert it to PNG or TIFF first)",
    [REFUSE_BMP] = "BMP files are not read (convert it to PNG first)",
    [REFUSE_ICON] = "icon files are not read (convert it to PNG first)",
    [REFUSE_NETPBM] =
        "PPM, PGM and PFM files are not read as photos (convert it to PNG or TIFF first)",
    [REFUSE_RADIANCE] = "Radiance HDR files are not read (convert it to EXR first)",
    [REFUSE_DDS] = "DDS files are not read (convert it to PNG first)",
    [REFUSE_TGA] = "TGA files are not read (convert it to PNG first)",
    [REFUSE_FITS] = "FITS files are not read (convert it to TIFF first)",
    [REFUSE_ARCHIVE] = "archives are not read (unpack it first)",
};

typedef struct magic {
    int offset, length;
    const char *bytes;
    rl_image_format format; /* RL_IMAGE_NONE: refused, see below */
    refusal why;
} magic;

#define MAGIC(offset, bytes, format, why)                                                          \
    { (offset), sizeof(bytes) - 1, (bytes), (format), (why) }
#define READ_AS(offset, bytes, format) MAGIC(offset, bytes, format, REFUSE_NOT)
#define REFUSED(offset, bytes, why) MAGIC(offset, bytes, RL_IMAGE_NONE, why)

/* In order: the raw kinds that begin like TIFF stand before TIFF. */
static const magic magics[] = {
    READ_AS(0, "\xff\xd8\xff", RL_IMAGE_JPEG),
    READ_AS(0, "\x89PNG\r\n\x1a\n", RL_IMAGE_PNG),
    READ_AS(0, "GIF87a", RL_IMAGE_GIF),
    READ_AS(0, "GIF89a", RL_IMAGE_GIF),
    READ_AS(8, "WEBP", RL_IMAGE_WEBP),
    READ_AS(0, "\x76\x2f\x31\x01", RL_IMAGE_EXR),
    READ_AS(0, "\xff\x0a", RL_IMAGE_JXL),
    READ_AS(0, "\0\0\0\x0cJXL \r\n\x87\n", RL_IMAGE_JXL),
    REFUSED(8, "CR\x02\x00", REFUSE_RAW),
    REFUSED(0, "IIU\0", REFUSE_RAW),
    REFUSED(0, "IIRO", REFUSE_RAW),
    REFUSED(0, "IIRS", REFUSE_RAW),
    REFUSED(0, "MMOR", REFUSE_RAW),
    REFUSED(0, "FUJIFILMCCD-RAW", REFUSE_RAW),
    REFUSED(6, "HEAPCCDR", REFUSE_RAW),
    REFUSED(0, "FOVb", REFUSE_RAW),
    REFUSED(0, "\0MRM", REFUSE_RAW),
    REFUSED(4, "ftypcrx ", REFUSE_RAW),
    READ_AS(0, "II*\0", RL_IMAGE_TIFF),
    READ_AS(0, "MM\0*", RL_IMAGE_TIFF),
    READ_AS(0, "II+\0", RL_IMAGE_TIFF),
    READ_AS(0, "MM\0+", RL_IMAGE_TIFF),
    READ_AS(4, "ftypheic", RL_IMAGE_HEIF),
    READ_AS(4, "ftypheix", RL_IMAGE_HEIF),
    READ_AS(4, "ftypheim", RL_IMAGE_HEIF),
    READ_AS(4, "ftypheis", RL_IMAGE_HEIF),
    READ_AS(4, "ftyphevc", RL_IMAGE_HEIF),
    READ_AS(4, "ftyphevx", RL_IMAGE_HEIF),
    READ_AS(4, "ftypmif1", RL_IMAGE_HEIF),
    READ_AS(4, "ftypmsf1", RL_IMAGE_HEIF),
    READ_AS(4, "ftypavif", RL_IMAGE_HEIF),
    READ_AS(4, "ftypavis", RL_IMAGE_HEIF),
    REFUSED(4, "ftypjp2 ", REFUSE_JP2),
    REFUSED(4, "ftyp", REFUSE_VIDEO),
    REFUSED(4, "moov", REFUSE_VIDEO),
    REFUSED(0, "8BPS", REFUSE_PSD),
    REFUSED(0, "%PDF-", REFUSE_PDF),
    REFUSED(0, "%!PS", REFUSE_EPS),
    REFUSED(0, "\xc5\xd0\xd3\xc6", REFUSE_EPS),
    REFUSED(0, "gimp xcf", REFUSE_XCF),
    REFUSED(0, "\x1a\x45\xdf\xa3", REFUSE_VIDEO),
    REFUSED(8, "AVI LIST", REFUSE_VIDEO),
    REFUSED(0, "\0\0\x01\xba", REFUSE_VIDEO),
    REFUSED(0, "\0\0\x01\xb3", REFUSE_VIDEO),
    REFUSED(0, "FLV\x01", REFUSE_VIDEO),
    REFUSED(0, "\0\0\0\x0cjP  ", REFUSE_JP2),
    REFUSED(0, "\xff\x4f\xff\x51", REFUSE_JP2),
    REFUSED(0, "\0\0\x01\0", REFUSE_ICON),
    REFUSED(0, "#?RADIANCE", REFUSE_RADIANCE),
    REFUSED(0, "#?RGBE", REFUSE_RADIANCE),
    REFUSED(0, "DDS ", REFUSE_DDS),
    REFUSED(0, "SIMPLE  =", REFUSE_FITS),
    REFUSED(0, "PK\x03\x04", REFUSE_ARCHIVE),
    REFUSED(0, "7z\xbc\xaf", REFUSE_ARCHIVE),
};

typedef struct ending {
    const char *text;
    refusal why;
} ending;

static const ending endings[] = {
    {"3fr", REFUSE_RAW},   {"ari", REFUSE_RAW},    {"arw", REFUSE_RAW},   {"cr2", REFUSE_RAW},
    {"cr3", REFUSE_RAW},   {"crw", REFUSE_RAW},    {"dcr", REFUSE_RAW},   {"dng", REFUSE_RAW},
    {"erf", REFUSE_RAW},   {"fff", REFUSE_RAW},    {"iiq", REFUSE_RAW},   {"k25", REFUSE_RAW},
    {"kdc", REFUSE_RAW},   {"mef", REFUSE_RAW},    {"mos", REFUSE_RAW},   {"mrw", REFUSE_RAW},
    {"nef", REFUSE_RAW},   {"nrw", REFUSE_RAW},    {"orf", REFUSE_RAW},   {"pef", REFUSE_RAW},
    {"raf", REFUSE_RAW},   {"raw", REFUSE_RAW},    {"rw2", REFUSE_RAW},   {"rwl", REFUSE_RAW},
    {"sr2", REFUSE_RAW},   {"srf", REFUSE_RAW},    {"srw", REFUSE_RAW},   {"x3f", REFUSE_RAW},
    {"psd", REFUSE_PSD},   {"psb", REFUSE_PSD},    {"pdf", REFUSE_PDF},   {"svg", REFUSE_SVG},
    {"svgz", REFUSE_SVG},  {"xcf", REFUSE_XCF},    {"ai", REFUSE_EPS},    {"eps", REFUSE_EPS},
    {"mp4", REFUSE_VIDEO}, {"mov", REFUSE_VIDEO},  {"m4v", REFUSE_VIDEO}, {"avi", REFUSE_VIDEO},
    {"mkv", REFUSE_VIDEO}, {"webm", REFUSE_VIDEO}, {"mpg", REFUSE_VIDEO}, {"jp2", REFUSE_JP2},
    {"bmp", REFUSE_BMP},   {"tga", REFUSE_TGA},
};

const char *rl_image_format_name(rl_image_format format) {
    static const char *const names[] = {"",     "jpeg", "png", "webp", "tiff",
                                        "heif", "jxl",  "exr", "gif"};
    return names[format];
}

static bool has_magic(const magic *m, const uint8_t *data, size_t size) {
    if (m->format == RL_IMAGE_NONE && size < LEAST_REFUSED) {
        return false;
    }
    return size >= (size_t)(m->offset + m->length) &&
           memcmp(data + m->offset, m->bytes, (size_t)m->length) == 0;
}

static bool same_ignoring_case(const char *a, const char *b) {
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
        a++;
        b++;
    }
    return *a == 0 && *b == 0;
}

static refusal refusal_by_ending(const char *name) {
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++) {
        if (same_ignoring_case(dot + 1, endings[i].text)) {
            return endings[i].why;
        }
    }
    return REFUSE_NOT;
}

/* Whether `word` stands in the first `limit` bytes, in any case of letters. */
static bool contains(const uint8_t *data, size_t size, size_t limit, const char *word) {
    size_t length = strlen(word);
    size_t end = size < limit ? size : limit;
    for (size_t i = 0; i + length <= end; i++) {
        size_t k = 0;
        while (k < length && tolower(data[i + k]) == word[k]) {
            k++;
        }
        if (k == length) {
            return true;
        }
    }
    return false;
}

/* UTF-8 and the Latin encodings count as text; a control character other than white space does not.
 */
static bool looks_like_text(const uint8_t *data, size_t size) {
    size_t end = size < TEXT_PROBE ? size : TEXT_PROBE;
    for (size_t i = 0; i < end; i++) {
        if ((data[i] < 0x20 && !isspace(data[i])) || data[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

/* BMP and PNM have magics of two letters, too short to trust without a look at what follows. */
static refusal refusal_by_short_magic(const uint8_t *data, size_t size) {
    if (size >= 26 && data[0] == 'B' && data[1] == 'M' && data[6] == 0 && data[7] == 0 &&
        data[8] == 0 && data[9] == 0) {
        return REFUSE_BMP;
    }
    if (size >= 8 && data[0] == 'P' && strchr("123456Ff7", data[1]) && data[1] &&
        isspace(data[2])) {
        return REFUSE_NETPBM;
    }
    return REFUSE_NOT;
}

static relief_status refuse(relief_ctx *ctx, const char *name, refusal why) {
    return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "%s: %s", name, refusal_text[why]);
}

static relief_status refuse_unknown(relief_ctx *ctx, const uint8_t *data, size_t size,
                                    const char *name) {
    refusal why = refusal_by_short_magic(data, size);
    if (why != REFUSE_NOT) {
        return refuse(ctx, name, why);
    }
    if (looks_like_text(data, size)) {
        if (contains(data, size, TEXT_PROBE, "<html") ||
            contains(data, size, TEXT_PROBE, "<!doctype html")) {
            return rl_fail(ctx, RELIEF_ERROR_FORMAT,
                           "%s: this is a web page, not a picture (save the picture itself)", name);
        }
        if (contains(data, size, SVG_PROBE, "<svg")) {
            return refuse(ctx, name, REFUSE_SVG);
        }
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: this is text, not a picture", name);
    }
    why = refusal_by_ending(name);
    if (why != REFUSE_NOT) {
        return refuse(ctx, name, why);
    }
    return rl_fail(
        ctx, RELIEF_ERROR_FORMAT,
        "%s: this is not a picture, or it is damaged (JPEG, PNG, WebP, TIFF, AVIF, HEIF, JPEG XL, "
        "EXR and GIF are read)",
        name);
}

relief_status rl_image_sniff(relief_ctx *ctx, const uint8_t *data, size_t size, const char *name,
                             rl_image_format *out) {
    *out = RL_IMAGE_NONE;
    if (size == 0) {
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the file is empty", name);
    }
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (!has_magic(&magics[i], data, size)) {
            continue;
        }
        if (magics[i].format == RL_IMAGE_NONE) {
            return refuse(ctx, name, magics[i].why);
        }
        if (magics[i].format == RL_IMAGE_TIFF &&
            (refusal_by_ending(name) == REFUSE_RAW || rl_exif_is_camera_raw(data, size))) {
            return refuse(ctx, name, REFUSE_RAW);
        }
        *out = magics[i].format;
        return RELIEF_OK;
    }
    return refuse_unknown(ctx, data, size, name);
}
