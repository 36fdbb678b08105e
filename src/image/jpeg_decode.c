/* SPDX-License-Identifier: Apache-2.0 */
#include "image/jpeg_decode.h"

#include "base/memory.h"
#include "base/status.h"
#include "image/exif.h"
#include "image/orient.h"

#include <setjmp.h>
#include <stdio.h> /* for jpeglib.h */
#include <string.h>

#include <jpeglib.h>

enum { EXIF_HEAD = 6, ICC_HEAD = 14, EXIF_MARKER = JPEG_APP0 + 1, ICC_MARKER = JPEG_APP0 + 2 };
enum { LONGEST_SEGMENT = 0xffff };
/* Rows between two looks at whether to stop, and of a strip that is turned. */
enum { STRIP = 32 };

/* One file in libjpeg's hands. */
typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    struct jpeg_progress_mgr progress;
    const relief_ctx *ctx; /* of whom it is asked whether to stop; NULL: nobody */
} decoder;

static void leave(j_common_ptr jpeg) {
    decoder *d = (decoder *)jpeg->client_data;
    longjmp(d->failed, 1);
}

/* A warning is a failure: who tolerates which is told by libvips. Others are for tracing. */
static void take_message(j_common_ptr jpeg, int level) {
    if (level < 0)
        leave(jpeg);
}

/* Called now and then, also while a picture of several scans is read as a whole. */
static void look_up(j_common_ptr jpeg) {
    const decoder *d = (decoder *)jpeg->client_data;
    if (d->ctx && rl_cancelled(d->ctx))
        leave(jpeg);
}

static void begin(decoder *d, const relief_image *image) {
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->jpeg.client_data = d;
    d->errors.error_exit = leave;
    d->errors.emit_message = take_message;
    jpeg_create_decompress(&d->jpeg);
    d->progress.progress_monitor = look_up;
    d->jpeg.progress = &d->progress;
    jpeg_mem_src(&d->jpeg, image->file, (unsigned long)image->file_size);
}

/* The only segment of a kind, without its head. False: there are several, or a long profile's
 * parts. *data: NULL when there is none. */
static bool find_only(const decoder *d, int marker, const char *head, size_t head_size,
                      const uint8_t **data, size_t *size) {
    *data = NULL;
    *size = 0;
    for (jpeg_saved_marker_ptr m = d->jpeg.marker_list; m; m = m->next) {
        if (m->marker != marker || m->data_length < head_size ||
            memcmp(m->data, head, strlen(head)) != 0)
            continue;
        if (*data)
            return false;
        *data = m->data + head_size;
        *size = m->data_length - head_size;
    }
    return true;
}

/* The profile of a picture that needs no conversion: sRGB's, or none. */
static bool take_profile(const decoder *d, relief_image *image) {
    const uint8_t *profile;
    size_t size;
    if (!find_only(d, ICC_MARKER, "ICC_PROFILE", ICC_HEAD, &profile, &size))
        return false;
    rl_icc_parse(profile, size, &image->icc);
    image->is_srgb = true;
    const rl_icc_space space = d->jpeg.num_components == 1 ? RL_ICC_GREY : RL_ICC_RGB;
    return !profile || (image->icc.space == space && image->icc.is_srgb);
}

static relief_status take_exif(relief_ctx *ctx, const decoder *d, relief_image *image,
                               bool *plain) {
    const uint8_t *block;
    size_t size;
    void *copy = NULL;
    *plain = find_only(d, EXIF_MARKER, "Exif", EXIF_HEAD, &block, &size);
    if (!*plain || !block || size == 0)
        return RELIEF_OK;
    relief_status status = rl_alloc_in(ctx, size, 1, &copy);
    if (status)
        return status;
    memcpy(copy, block, size);
    image->exif = copy;
    image->exif_size = size;
    return RELIEF_OK;
}

/* Facts that the header told. */
static void fill_info(decoder *d, relief_image *image) {
    const int size[2] = {(int)d->jpeg.image_width, (int)d->jpeg.image_height};
    rl_exif exif;
    rl_exif_parse(image->exif, image->exif_size, size, &exif);
    image->coded_width = size[0];
    image->coded_height = size[1];
    image->whole_frame = jpeg_has_multiple_scans(&d->jpeg); /* its coefficients */
    image->info.orientation = exif.orientation ? exif.orientation : 1;
    image->info.focal_35mm = exif.focal_35mm;
    image->info.source_bits = 8;
    image->info.source_channels = d->jpeg.num_components;
    image->info.has_alpha = false;
}

static bool has_plain_pixels(const struct jpeg_decompress_struct *jpeg) {
    const bool colour = jpeg->num_components == 3 && jpeg->jpeg_color_space == JCS_YCbCr;
    const bool grey = jpeg->num_components == 1 && jpeg->jpeg_color_space == JCS_GRAYSCALE;
    return (colour || grey) && jpeg->data_precision == 8 && !jpeg->arith_code;
}

static relief_status read_facts(relief_ctx *ctx, decoder *d, relief_image *image, bool *plain) {
    *plain = has_plain_pixels(&d->jpeg) && take_profile(d, image);
    if (!*plain)
        return RELIEF_OK;
    relief_status status =
        rl_picture_check_size(ctx, image->name, d->jpeg.image_width, d->jpeg.image_height);
    if (!status)
        status = take_exif(ctx, d, image, plain);
    if (!status && *plain)
        fill_info(d, image);
    return status;
}

/* False: libjpeg gave up. */
static bool read_header(decoder *d, const relief_image *image) {
    if (setjmp(d->failed))
        return false;
    begin(d, image);
    jpeg_save_markers(&d->jpeg, EXIF_MARKER, LONGEST_SEGMENT);
    jpeg_save_markers(&d->jpeg, ICC_MARKER, LONGEST_SEGMENT);
    return jpeg_read_header(&d->jpeg, TRUE) == JPEG_HEADER_OK;
}

relief_status rl_jpeg_probe(relief_ctx *ctx, relief_image *image, bool *plain) {
    decoder d = {0};
    relief_status status = RELIEF_OK;
    *plain = read_header(&d, image);
    if (*plain)
        status = read_facts(ctx, &d, image, plain);
    jpeg_destroy_decompress(&d.jpeg);
    return status;
}

/* A picture on its way. */
typedef struct decoding {
    decoder d;
    relief_ctx *ctx;
    const relief_image *image;
    int shrink;
    int width, height; /* as coded, made smaller */
    rl_pixels *out;
    uint8_t *strip; /* NULL: rows are decoded into their places */
} decoding;

/* The side of a picture made smaller: what is less than a pixel is left out. */
static int shrink_side(unsigned side, int shrink) {
    const int whole = (int)side / shrink;
    return whole ? whole : 1;
}

/* Whether libjpeg makes the picture smaller as it was told to. */
static bool is_as_asked(const decoding *job) {
    const struct jpeg_decompress_struct *jpeg = &job->d.jpeg;
    const unsigned shrink = (unsigned)job->shrink;
    return jpeg->output_width == (jpeg->image_width + shrink - 1) / shrink &&
           jpeg->output_height == (jpeg->image_height + shrink - 1) / shrink;
}

/* Once libjpeg knows what it will give, and before it takes memory for that: room for it. */
static relief_status allocate(decoding *job) {
    const struct jpeg_decompress_struct *jpeg = &job->d.jpeg;
    const int orientation = job->image->info.orientation;
    const bool swaps = rl_orientation_swaps(orientation);
    void *block = NULL;
    job->width = shrink_side(jpeg->image_width, job->shrink);
    job->height = shrink_side(jpeg->image_height, job->shrink);
    job->out->width = swaps ? job->height : job->width;
    job->out->height = swaps ? job->width : job->height;
    const int64_t pixels = (int64_t)jpeg->image_width * jpeg->image_height;
    const int64_t extra =
        job->image->whole_frame ? pixels * jpeg->num_components * (int64_t)sizeof(JCOEF) : 0;
    relief_status status = rl_pixels_alloc(job->ctx, job->image, extra, job->out);
    const bool cropped =
        (int)jpeg->output_width != job->width || (int)jpeg->output_height != job->height;
    if (!status && (orientation != 1 || cropped))
        status = rl_alloc_in(job->ctx, (size_t)STRIP * jpeg->output_width, 3, &block);
    job->strip = block;
    return status;
}

/* The next `count` rows. May jump to d->failed. */
static void read_rows(decoder *d, uint8_t *to, size_t row_bytes, int count) {
    for (int done = 0; done < count;) {
        JSAMPROW row = to + (size_t)done * row_bytes;
        done += (int)jpeg_read_scanlines(&d->jpeg, &row, 1);
    }
}

/* All rows, upright. May jump to d->failed. */
static relief_status read_picture(decoding *job) {
    const size_t row_bytes = (size_t)job->d.jpeg.output_width * 3;
    const rl_orient map = rl_orient_map(job->image->info.orientation, job->width, job->height);
    relief_status status = RELIEF_OK;
    for (int y = 0; y < job->height && !status; y += STRIP) {
        const int rows = y + STRIP < job->height ? STRIP : job->height - y;
        const rl_strip strip = {job->strip, row_bytes, job->width, y, rows};
        uint8_t *pixels = job->out->data;
        read_rows(&job->d, job->strip ? job->strip : pixels + (size_t)y * row_bytes, row_bytes,
                  rows);
        if (job->strip)
            rl_orient_strip(&map, &strip, pixels);
        status = rl_check_cancel(job->ctx);
    }
    return status;
}

/* What is left of the file: it may be found to be damaged. May jump to d->failed. */
static void finish(struct jpeg_decompress_struct *jpeg, uint8_t *row) {
    while (jpeg->output_scanline < jpeg->output_height)
        jpeg_read_scanlines(jpeg, &row, 1);
    jpeg_finish_decompress(jpeg);
}

/* False: libjpeg gave up. *status: of everything else. */
static bool decode(decoding *job, relief_status *status) {
    struct jpeg_decompress_struct *jpeg = &job->d.jpeg;
    if (setjmp(job->d.failed))
        return false;
    begin(&job->d, job->image);
    jpeg_read_header(jpeg, TRUE);
    jpeg->out_color_space = JCS_RGB;
    jpeg->scale_num = 1;
    jpeg->scale_denom = (unsigned)job->shrink;
    jpeg_calc_output_dimensions(jpeg);
    if (!is_as_asked(job))
        return false;
    *status = allocate(job);
    if (*status)
        return true;
    jpeg_start_decompress(jpeg);
    *status = read_picture(job);
    if (!*status)
        finish(jpeg, job->strip);
    return true;
}

relief_status rl_jpeg_decode(relief_ctx *ctx, const relief_image *image, int shrink, rl_pixels *out,
                             bool *fine) {
    decoding job = {.d.ctx = ctx, .ctx = ctx, .image = image, .shrink = shrink, .out = out};
    relief_status status = RELIEF_OK;
    *out = (rl_pixels){.channels = 3, .sample_bytes = 1};
    *fine = decode(&job, &status);
    rl_free(job.strip);
    jpeg_destroy_decompress(&job.d.jpeg);
    if (status || !*fine) {
        rl_free(out->data);
        *out = (rl_pixels){0};
    }
    return *fine ? status : rl_check_cancel(ctx);
}
