/* SPDX-License-Identifier: Apache-2.0 */
#include "image/jpeg.h"

#include "base/memory.h"
#include "base/status.h"

#include <string.h>

enum {
    SOF0 = 0xc0,
    SOF15 = 0xcf,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP0 = 0xe0,
    APP1 = 0xe1,
    APP2 = 0xe2,
    APP14 = 0xee,
    APP15 = 0xef,
    COM = 0xfe,
    TEM = 0x01
};

#define JFIF_PAYLOAD 14  /* identifier, version, density, no thumbnail */
#define ADOBE_PAYLOAD 12 /* identifier, version, flags, colour transform */
#define MAX_SEGMENT_PAYLOAD 65533

/* One marker with its payload, or a stretch of entropy-coded data behind SOS as part of it. */
typedef struct segment {
    int marker;
    const uint8_t *start;   /* the marker's 0xff */
    const uint8_t *payload; /* behind the length */
    size_t payload_size;
    const uint8_t *end; /* the next segment begins here or later */
} segment;

static bool stands_alone(int marker) {
    return marker == SOI || marker == EOI || marker == TEM || (marker >= RST0 && marker <= RST7);
}

/* Where entropy-coded data that begins at `p` ends: at the first marker that is neither stuffing
 * nor a restart. */
static const uint8_t *skip_entropy(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        p = memchr(p, 0xff, (size_t)(end - p));
        if (!p || end - p < 2) {
            return end;
        }
        if (p[1] != 0 && p[1] != 0xff && !(p[1] >= RST0 && p[1] <= RST7)) {
            return p;
        }
        p += p[1] == 0xff ? 1 : 2;
    }
    return end;
}

/* The next segment at or behind `p`; bytes that belong to none are skipped, as decoders do. */
static bool next_segment(const uint8_t *p, const uint8_t *end, segment *out) {
    for (;;) {
        p = p < end ? memchr(p, 0xff, (size_t)(end - p)) : NULL;
        if (!p || end - p < 2) {
            return false;
        }
        if (p[1] != 0 && p[1] != 0xff) {
            break;
        }
        p++;
    }
    *out = (segment){.marker = p[1], .start = p, .payload = p + 2, .end = p + 2};
    if (stands_alone(out->marker)) {
        return true;
    }
    if (end - p < 4) {
        return false;
    }
    size_t length = (size_t)p[2] << 8 | p[3];
    if (length < 2 || (size_t)(end - p) < 2 + length) {
        return false;
    }
    out->payload = p + 4;
    out->payload_size = length - 2;
    out->end = p + 2 + length;
    if (out->marker == SOS) {
        out->end = skip_entropy(out->end, end);
    }
    return true;
}

static bool is_frame_header(int marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static bool begins_with(const segment *s, const char *text, size_t length) {
    return s->payload_size >= length && memcmp(s->payload, text, length) == 0;
}

bool rl_jpeg_parse(const uint8_t *file, size_t size, rl_jpeg_info *out) {
    const uint8_t *end = file + size;
    segment s = {.end = file};
    while (next_segment(s.end, end, &s) && s.marker != EOI && s.marker != SOS) {
        if (is_frame_header(s.marker) && s.payload_size >= 6) {
            *out = (rl_jpeg_info){
                .width = s.payload[3] << 8 | s.payload[4],
                .height = s.payload[1] << 8 | s.payload[2],
                .components = s.payload[5],
                .bits = s.payload[0],
                .process = s.marker - SOF0,
            };
            return true;
        }
    }
    return false;
}

uint8_t *rl_jpeg_find_exif(uint8_t *file, size_t size, size_t *exif_size) {
    const uint8_t *end = file + size;
    segment s = {.end = file};
    while (next_segment(s.end, end, &s) && s.marker != EOI && s.marker != SOS) {
        if (s.marker == APP1 && begins_with(&s, "Exif\0\0", 6)) {
            *exif_size = s.payload_size - 6;
            return file + (s.payload + 6 - file);
        }
    }
    return NULL;
}

bool rl_jpeg_next_app1(const uint8_t *file, size_t size, size_t *at, const uint8_t **payload,
                       size_t *payload_size) {
    const uint8_t *end = file + size;
    segment s = {.end = file + *at};
    while (next_segment(s.end, end, &s) && s.marker != EOI && s.marker != SOS) {
        if (s.marker == APP1) {
            *payload = s.payload;
            *payload_size = s.payload_size;
            *at = (size_t)(s.end - file);
            return true;
        }
    }
    return false;
}

size_t rl_jpeg_length(const uint8_t *file, size_t size) {
    const uint8_t *end = file + size;
    segment s = {.end = file};
    while (next_segment(s.end, end, &s)) {
        if (s.marker == EOI) {
            return (size_t)(s.end - file);
        }
    }
    return size;
}

/* Output that is known to be large enough, see rl_jpeg_copy(). */
typedef struct writer {
    uint8_t *data;
    size_t size;
} writer;

static void put(writer *w, const void *bytes, size_t size) {
    if (size) {
        memcpy(w->data + w->size, bytes, size);
        w->size += size;
    }
}

static void put_head(writer *w, int marker, size_t payload_size) {
    size_t length = payload_size + 2;
    put(w, (const uint8_t[4]){0xff, (uint8_t)marker, (uint8_t)(length >> 8), (uint8_t)length}, 4);
}

static void put_exif(writer *w, const uint8_t *exif, size_t size) {
    if (exif && size && size + 6 <= MAX_SEGMENT_PAYLOAD) {
        put_head(w, APP1, size + 6);
        put(w, "Exif\0\0", 6);
        put(w, exif, size);
    }
}

/* The pixel density without the thumbnail that may stand behind it. */
static void put_jfif(writer *w, const segment *s) {
    put_head(w, APP0, JFIF_PAYLOAD);
    put(w, s->payload, JFIF_PAYLOAD - 2);
    put(w, "\0\0", 2);
}

/* Application and comment segments: what stays of them. JFIF and Adobe's say what the components
 * mean. */
static void put_application(writer *w, const segment *s, const rl_jpeg_strip *job) {
    bool all = job->keep == RL_JPEG_KEEP_METADATA;
    bool jfif = s->marker == APP0 && begins_with(s, "JFIF\0", 5) && s->payload_size >= JFIF_PAYLOAD;
    bool adobe =
        s->marker == APP14 && begins_with(s, "Adobe", 5) && s->payload_size >= ADOBE_PAYLOAD;
    bool replaced = job->exif && s->marker == APP1 && begins_with(s, "Exif\0\0", 6);
    bool further_pictures = s->marker == APP2 && begins_with(s, "MPF\0", 4);
    if (adobe) {
        put_head(w, APP14, ADOBE_PAYLOAD);
        put(w, s->payload, ADOBE_PAYLOAD);
    } else if (jfif) {
        put_jfif(w, s);
    } else if (all && !replaced && !further_pictures) {
        put(w, s->start, (size_t)(s->end - s->start));
    }
}

relief_status rl_jpeg_copy(relief_ctx *ctx, const rl_jpeg_strip *job, const char *name,
                           uint8_t **out, size_t *out_size) {
    const uint8_t *end = job->file + job->size;
    segment s = {.end = job->file};
    writer w = {NULL, 0};
    bool pixels = false;
    bool exif_due = job->exif != NULL;
    void *block = NULL;
    /* every byte is written at most once; SOI, a new EXIF segment and EOI may come on top */
    relief_status status = rl_alloc_in(ctx, job->size + job->exif_size + 16, 1, &block);
    if (status != RELIEF_OK) {
        return status;
    }
    w.data = block;
    put(&w, (const uint8_t[]){0xff, SOI}, 2);
    while (next_segment(s.end, end, &s) && s.marker != EOI) {
        bool is_application = (s.marker >= APP0 && s.marker <= APP15) || s.marker == COM;
        if (exif_due && s.marker != SOI && s.marker != APP0) {
            put_exif(&w, job->exif, job->exif_size);
            exif_due = false;
        }
        if (is_application) {
            put_application(&w, &s, job);
        } else if (!stands_alone(s.marker)) {
            put(&w, s.start, (size_t)(s.end - s.start));
            pixels = pixels || s.marker == SOS;
        }
    }
    put(&w, (const uint8_t[]){0xff, EOI}, 2);
    if (!pixels) {
        rl_free(block);
        return rl_fail(ctx, RELIEF_ERROR_FORMAT, "%s: the JPEG holds no picture", name);
    }
    *out = w.data;
    *out_size = w.size;
    return RELIEF_OK;
}
