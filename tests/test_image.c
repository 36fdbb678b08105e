/* SPDX-License-Identifier: Apache-2.0 */
/* Photos of every kind become the right pixels, and files that are none are refused in the right
 * words. */
#include "relief/image.h"

#include "tests/pictures.h"
#include "tests/testing.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH 64
#define HEIGHT 48

static relief_ctx *ctx;

static void drop_message(const char *domain, GLogLevelFlags level, const char *text, void *user) {
    (void)domain;
    (void)level;
    (void)text;
    (void)user;
}

static int set_up(void **state) {
    (void)state;
    vips_init("test");
    ctx = test_ctx(2);
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, drop_message, NULL);
    /* the first load bars what counts as untrusted; the tests write JPEG XL themselves */
    relief_image *none = NULL;
    assert_int_equal(relief_image_load_memory(ctx, "\xff\xd8\xff", 3, "x", NULL, &none),
                     RELIEF_ERROR_FORMAT);
    vips_operation_block_set("VipsForeignSaveJxl", FALSE);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    relief_ctx_free(ctx);
    return 0;
}

static relief_status load(const picture *p, const char *name, relief_image **out) {
    return relief_image_load_memory(ctx, p->data, p->size, name, NULL, out);
}

static relief_image_info info_of(const relief_image *image) {
    relief_image_info info = {.struct_size = sizeof info};
    relief_image_get_info(image, &info);
    return info;
}

/* How far the raster is from the scene at worst; `grey`: it shows the scene's green in all colours.
 */
static double worst_difference(const relief_image *image, bool grey) {
    relief_image_info info = info_of(image);
    const uint8_t *pixels = relief_image_pixels(image);
    double worst = 0;
    for (int y = 0; y < info.raster_height; y++) {
        for (int x = 0; x < info.raster_width; x++) {
            for (int c = 0; c < info.channels; c++) {
                int channel = grey && c < 3 ? 1 : c;
                double expected = scene_byte(x, y, info.raster_width, info.raster_height, channel);
                worst = fmax(worst, fabs(expected - *pixels++));
            }
        }
    }
    return worst;
}

/* A file, what its facts should be and how far its pixels may be off. The file is given up. */
typedef struct expectation {
    const char *format;
    int channels, bits;
    double tolerance;
    bool grey;
} expectation;

static void check(picture p, const expectation *expected) {
    relief_image *image = NULL;
    relief_status status = load(&p, "picture", &image);
    if (status != RELIEF_OK) {
        print_message("%s: %s\n", expected->format, relief_last_error(ctx));
    }
    assert_int_equal(status, RELIEF_OK);
    relief_image_info info = info_of(image);
    assert_string_equal(info.format, expected->format);
    assert_int_equal(info.width, WIDTH);
    assert_int_equal(info.height, HEIGHT);
    assert_int_equal(info.raster_width, WIDTH);
    assert_int_equal(info.channels, expected->channels);
    assert_int_equal(info.has_alpha, expected->channels == 4);
    assert_int_equal(info.source_bits, expected->bits);
    double worst = worst_difference(image, expected->grey);
    if (worst > expected->tolerance) {
        print_message("%s: off by %g\n", expected->format, worst);
    }
    assert_true(worst <= expected->tolerance);
    relief_image_free(image);
    g_free(p.data);
}

static VipsImage *scene(int bands, int bits) {
    return scene_image(WIDTH, HEIGHT, bands, bits, 1);
}

static void jpeg_kinds(void **state) {
    (void)state;
    check(encode(scene(3, 8), ".jpg[Q=95]"), &(expectation){"jpeg", 3, 8, 4, false});
    check(encode(scene(3, 8), ".jpg[Q=95,interlace]"), &(expectation){"jpeg", 3, 8, 4, false});
    check(encode(scene(1, 8), ".jpg[Q=95]"), &(expectation){"jpeg", 3, 8, 3, true});
}

static void png_kinds(void **state) {
    (void)state;
    check(encode(scene(3, 8), ".png"), &(expectation){"png", 3, 8, 0.51, false});
    check(encode(scene(4, 8), ".png"), &(expectation){"png", 4, 8, 0.51, false});
    check(encode(scene(3, 16), ".png"), &(expectation){"png", 3, 16, 0.51, false});
    check(encode(scene(4, 16), ".png[interlace]"), &(expectation){"png", 4, 16, 0.51, false});
    check(encode(scene(1, 8), ".png"), &(expectation){"png", 3, 8, 0.51, true});
    check(encode(scene(2, 8), ".png"), &(expectation){"png", 4, 8, 0.51, true});
    check(encode(scene(1, 16), ".png"), &(expectation){"png", 3, 16, 0.51, true});
    check(encode(scene(2, 16), ".png"), &(expectation){"png", 4, 16, 0.51, true});
    check(encode(scene(3, 8), ".png[palette,Q=100,dither=0]"),
          &(expectation){"png", 3, 8, 24, false});
}

static void other_formats(void **state) {
    (void)state;
    check(encode(scene(3, 8), ".webp[lossless]"), &(expectation){"webp", 3, 8, 0.51, false});
    check(encode(scene(3, 8), ".webp[Q=95]"), &(expectation){"webp", 3, 8, 8, false});
    check(encode(scene(4, 8), ".webp[lossless]"), &(expectation){"webp", 4, 8, 0.51, false});
    check(encode(scene(3, 8), ".tif"), &(expectation){"tiff", 3, 8, 0.51, false});
    check(encode(scene(4, 16), ".tif[compression=deflate]"),
          &(expectation){"tiff", 4, 16, 0.51, false});
    check(encode(scene(3, 16), ".tif[tile,bigtiff]"), &(expectation){"tiff", 3, 16, 0.51, false});
    check(encode(scene(3, 8), ".jxl[Q=100,lossless]"), &(expectation){"jxl", 3, 8, 0.51, false});
    check(encode(scene(3, 16), ".jxl[lossless]"), &(expectation){"jxl", 3, 16, 0.51, false});
    check(encode(scene(4, 8), ".jxl[lossless]"), &(expectation){"jxl", 4, 8, 0.51, false});
    check(encode(scene(3, 8), ".gif[dither=0]"), &(expectation){"gif", 3, 8, 24, false});
}

/* A file of tests/data, see make_pictures.py. */
static void heif_kinds(void **state) {
    (void)state;
    check(data_file("rgb8.avif"), &(expectation){"heif", 3, 8, 4, false});
    check(data_file("rgba8.avif"), &(expectation){"heif", 4, 8, 4, false});
    check(data_file("rgb8.heic"), &(expectation){"heif", 3, 8, 4, false});
    check(data_file("rgb10.heic"), &(expectation){"heif", 3, 10, 4, false});
}

/* HEIF turns pictures by a property of its own, once. */
static void heif_is_turned_once(void **state) {
    (void)state;
    picture p = data_file("exif6.avif");
    relief_image *image = NULL;
    assert_int_equal(load(&p, "turned", &image), RELIEF_OK);
    relief_image_info info = info_of(image);
    assert_int_equal(info.width, HEIGHT);
    assert_int_equal(info.height, WIDTH);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            int at[2];
            upright_position(6, HEIGHT, WIDTH, (const int[]){x, y}, at);
            const uint8_t *pixel = relief_image_pixels(image) + 3 * (at[1] * HEIGHT + at[0]);
            for (int c = 0; c < 3; c++) {
                assert_true(fabs(pixel[c] - scene_byte(x, y, WIDTH, HEIGHT, c)) <= 4);
            }
        }
    }
    relief_image_free(image);
    g_free(p.data);
}

static void exr_kinds(void **state) {
    (void)state;
    check(scene_exr(WIDTH, HEIGHT, "BGR"), &(expectation){"exr", 3, 32, 0.52, false});
    check(scene_exr(WIDTH, HEIGHT, "ABGR"), &(expectation){"exr", 4, 32, 0.52, false});
    check(scene_exr(WIDTH, HEIGHT, "Y"), &(expectation){"exr", 3, 32, 0.52, true});
}

/* OpenEXRCore would swap the channels of this one. */
static void exr_b44_of_floats(void **state) {
    (void)state;
    static const char attribute[] = "compression\0compression\0\1\0\0";
    picture p = scene_exr(WIDTH, HEIGHT, "BGR");
    uint8_t *at = memmem(p.data, p.size, attribute, sizeof attribute);
    relief_image *image = NULL;
    assert_non_null(at);
    at[sizeof attribute] = 6;
    assert_int_equal(load(&p, "b44.exr", &image), RELIEF_ERROR_UNSUPPORTED);
    assert_non_null(strstr(relief_last_error(ctx), "ZIP"));
    g_free(p.data);
}

/* An EXR whose data window is 0, 0 to WIDTH - 1, HEIGHT - 1 and whose display window is
 * `display`: left, top, right, bottom. */
static picture windowed_exr(const char *channels, const int32_t display[4]) {
    static const char attribute[] = "displayWindow\0box2i\0\20\0\0"; /* and the size's last zero */
    picture p = scene_exr(WIDTH, HEIGHT, channels);
    uint8_t *at = memmem(p.data, p.size, attribute, sizeof attribute);
    assert_non_null(at);
    memcpy(at + sizeof attribute, display, 16);
    return p;
}

static void exr_windows(void **state) {
    (void)state;
    static const int32_t windows[][4] = {
        {4, -3, 70, 40},         /* cuts the data left and below; lacks some right and above */
        {-5, 6, 33, 60},         /* the other way round */
        {-9, -7, 90, 80},        /* all around */
        {1000, 1000, 1009, 1019} /* elsewhere */
    };
    for (int i = 0; i < 8; i++) {
        const int32_t *window = windows[i / 2];
        picture p = windowed_exr(i % 2 ? "ABGR" : "BGR", window);
        relief_image *image = NULL;
        assert_int_equal(load(&p, "window.exr", &image), RELIEF_OK);
        relief_image_info info = info_of(image);
        assert_int_equal(info.raster_width, window[2] - window[0] + 1);
        assert_int_equal(info.raster_height, window[3] - window[1] + 1);
        assert_int_equal(info.width, info.raster_width);
        assert_int_equal(info.channels, i % 2 ? 4 : 3);
        const uint8_t *pixel = relief_image_pixels(image);
        for (int j = 0; j < info.raster_width * info.raster_height; j++) {
            int x = j % info.raster_width + window[0], y = j / info.raster_width + window[1];
            bool there = x >= 0 && x < WIDTH && y >= 0 && y < HEIGHT;
            for (int c = 0; c < info.channels; c++) {
                double want = there ? scene_byte(x, y, WIDTH, HEIGHT, c) : 0;
                assert_true(fabs(want - *pixel++) <= (there ? 0.52 : 0));
            }
        }
        relief_image_free(image);
        g_free(p.data);
    }
}

static void exr_refused(void **state) {
    (void)state;
    static const char attribute[] = "dataWindow\0box2i\0\20\0\0";
    picture files[3] = {
        windowed_exr("BGR", (int32_t[4]){0, 0, RELIEF_MAX_SIDE, 40}),
        scene_exr(WIDTH, HEIGHT, "BGR"),
        scene_exr(WIDTH, HEIGHT, "Y"),
    };
    uint8_t *window = memmem(files[1].data, files[1].size, attribute, sizeof attribute);
    assert_non_null(window);
    memcpy(window + sizeof attribute + 8, &(int32_t){RELIEF_MAX_SIDE}, 4);
    /* a lone channel that is not called Y, with every second column */
    uint8_t *entry = memmem(files[2].data, files[2].size, "Y\0\2\0\0\0\0\0\0\0\1", 11);
    assert_non_null(entry);
    entry[0] = 'L';
    entry[10] = 2;
    for (int i = 0; i < 3; i++) {
        relief_image *image = NULL;
        assert_int_equal(load(&files[i], "refused.exr", &image),
                         i < 2 ? RELIEF_ERROR_LIMIT : RELIEF_ERROR_UNSUPPORTED);
        assert_null(image);
        g_free(files[i].data);
    }
}

/* Linear light in a TIFF of floats. */
static void float_tiff(void **state) {
    (void)state;
    VipsImage *linear = NULL, *from = scene(3, 16);
    assert_int_equal(vips_colourspace(from, &linear, VIPS_INTERPRETATION_scRGB, NULL), 0);
    g_object_unref(from);
    check(encode(linear, ".tif"), &(expectation){"tiff", 3, 32, 0.6, false});
}

static void profiles(void **state) {
    (void)state;
    check(encode(through_profile(scene(3, 8), "p3"), ".jpg[Q=98,subsample_mode=off]"),
          &(expectation){"jpeg", 3, 8, 5, false});
    check(encode(through_profile(scene(3, 16), "p3"), ".png"),
          &(expectation){"png", 3, 16, 1, false});
    check(encode(through_profile(scene(4, 16), "p3"), ".png"),
          &(expectation){"png", 4, 16, 1, false});
    check(encode(through_profile(scene(3, 8), "p3"), ".jxl[lossless]"),
          &(expectation){"jxl", 3, 8, 2, false});
}

/* Inks in 255ths, and the sRGB that Little CMS makes of them for libvips' "cmyk" profile: relative
 * colorimetric with black point compensation, by way of Pillow's ImageCms. */
static const struct {
    uint8_t ink[4];
    int rgb[3];
} inks[] = {
    {{0, 0, 0, 0}, {255, 255, 255}},    {{255, 0, 0, 0}, {0, 153, 228}},
    {{0, 255, 0, 0}, {234, 0, 130}},    {{0, 0, 255, 0}, {255, 240, 0}},
    {{0, 0, 0, 255}, {12, 0, 19}},      {{60, 40, 40, 20}, {172, 176, 180}},
    {{128, 64, 0, 64}, {99, 127, 161}}, {{0, 0, 0, 128}, {134, 133, 134}},
};

/* Patches of those inks, 16 pixels wide, with the profile of `like`. */
static VipsImage *ink_patches(VipsImage *like) {
    enum { PATCH = 16, PATCHES = 8 };
    static uint8_t data[PATCH][PATCHES * PATCH][4];
    VipsImage *borrowed, *out = NULL;
    const void *profile = NULL;
    size_t size = 0;
    for (int y = 0; y < PATCH; y++) {
        for (int x = 0; x < PATCHES * PATCH; x++) {
            memcpy(data[y][x], inks[x / PATCH].ink, 4);
        }
    }
    borrowed = vips_image_new_from_memory_copy(data, sizeof data, PATCHES * PATCH, PATCH, 4,
                                               VIPS_FORMAT_UCHAR);
    assert_int_equal(vips_copy(borrowed, &out, "interpretation", VIPS_INTERPRETATION_CMYK, NULL),
                     0);
    assert_int_equal(vips_image_get_blob(like, VIPS_META_ICC_NAME, &profile, &size), 0);
    vips_image_set_blob_copy(out, VIPS_META_ICC_NAME, profile, size);
    g_object_unref(borrowed);
    g_object_unref(like);
    return out;
}

static void check_inks(picture p) {
    relief_image *image = NULL;
    assert_int_equal(load(&p, "inks", &image), RELIEF_OK);
    assert_int_equal(info_of(image).channels, 3);
    for (int i = 0; i < 8; i++) {
        const uint8_t *pixel =
            relief_image_pixels(image) + 3 * (8 * info_of(image).raster_width + 16 * i + 8);
        for (int c = 0; c < 3; c++) {
            assert_true(abs(pixel[c] - inks[i].rgb[c]) <= 3);
        }
    }
    relief_image_free(image);
    g_free(p.data);
}

static void cmyk(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg[Q=100,subsample_mode=off]", ".tif"};
    for (int i = 0; i < 2; i++) {
        check_inks(encode(ink_patches(through_profile(scene(3, 8), "cmyk")), suffixes[i]));
        VipsImage *plain = without_profile(ink_patches(through_profile(scene(3, 8), "cmyk")));
        check_inks(encode(plain, suffixes[i]));
    }
}

/* Display P3's numbers differ from sRGB's by much more than the tolerance above, so that a picture
 * whose profile was not applied would be found out. */
static void profile_numbers_differ(void **state) {
    (void)state;
    picture p = encode(without_profile(through_profile(scene(3, 8), "p3")), ".png");
    relief_image *image = NULL;
    assert_int_equal(load(&p, "p3", &image), RELIEF_OK);
    assert_true(worst_difference(image, false) > 8);
    relief_image_free(image);
    g_free(p.data);
}

static void profile_is_named(void **state) {
    (void)state;
    picture p = encode(through_profile(scene(3, 8), "p3"), ".jpg");
    relief_image *image = NULL;
    assert_int_equal(load(&p, "p3", &image), RELIEF_OK);
    assert_non_null(strstr(info_of(image).colour_profile, "P3"));
    relief_image_free(image);
    g_free(p.data);
    p = encode(without_profile(scene(3, 8)), ".jpg");
    assert_int_equal(load(&p, "plain", &image), RELIEF_OK);
    assert_string_equal(info_of(image).colour_profile, "");
    relief_image_free(image);
    g_free(p.data);
}

/* A profile cut short is left out; the numbers stay. */
static void broken_profile(void **state) {
    (void)state;
    VipsImage *image = scene(3, 8);
    uint8_t junk[200] = {0};
    memcpy(junk + 16, "RGB XYZ ", 8);
    memcpy(junk + 36, "acsp", 4);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, junk, sizeof junk);
    picture p = encode(image, ".tif");
    check(p, &(expectation){"tiff", 3, 8, 0.51, false});
}

static void orientations(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        for (int odd = 0; odd < 2; odd++) {
            int width = odd ? 61 : 64, height = odd ? 45 : 48;
            for (int bands = 1; bands <= 3; bands += 2) {
                picture p = oriented_jpeg(width, height, bands, orientation, ".jpg[Q=95]");
                relief_image *image = NULL;
                assert_int_equal(load(&p, "turned", &image), RELIEF_OK);
                relief_image_info info = info_of(image);
                assert_int_equal(info.orientation, orientation);
                assert_int_equal(info.width, width);
                assert_int_equal(info.height, height);
                assert_int_equal(info.raster_width, width);
                assert_int_equal(info.raster_height, height);
                assert_true(worst_difference(image, bands == 1) <= 5);
                relief_image_free(image);
                g_free(p.data);
            }
        }
    }
}

/* The same for the formats that carry the tag in other ways, with alpha and with 16 bits. */
static void orientations_elsewhere(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        VipsImage *coded = scene_image(WIDTH, HEIGHT, 4, 8, orientation);
        vips_image_set_int(coded, VIPS_META_ORIENTATION, orientation);
        g_object_ref(coded);
        check(encode(coded, ".tif"), &(expectation){"tiff", 4, 8, 0.51, false});
        check(encode(coded, ".webp[lossless]"), &(expectation){"webp", 4, 8, 0.51, false});
        picture png = encode(scene_image(WIDTH, HEIGHT, 4, 16, orientation), ".png");
        add_exif_chunk(&png, &(exif_facts){.orientation = orientation});
        check(png, &(expectation){"png", 4, 16, 0.51, false});
    }
}

static void shrinking(void **state) {
    (void)state;
    static const struct {
        int min_side, expected;
    } cases[] = {{0, 1601},  {1601, 1601}, {801, 1601}, {800, 800}, {401, 800},
                 {400, 400}, {201, 400},   {200, 200},  {1, 200}};
    picture p = oriented_jpeg(1201, 1601, 3, 6, ".jpg[Q=95]");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
        relief_image *image = NULL;
        options.min_side = cases[i].min_side;
        assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "large", &options, &image),
                         RELIEF_OK);
        relief_image_info info = info_of(image);
        assert_int_equal(info.width, 1201);
        assert_int_equal(info.height, 1601);
        assert_int_equal(info.raster_height, cases[i].expected);
        assert_true(worst_difference(image, false) <= 5);
        relief_image_free(image);
    }
    g_free(p.data);
}

static double focal_of(const exif_facts *facts) {
    picture p = encode(scene(3, 8), ".jpg");
    add_exif_segment(&p, facts);
    relief_image *image = NULL;
    assert_int_equal(load(&p, "focal", &image), RELIEF_OK);
    double focal = info_of(image).focal_35mm;
    relief_image_free(image);
    g_free(p.data);
    return focal;
}

static void focal_length(void **state) {
    (void)state;
    assert_true(focal_of(&(exif_facts){.focal_35mm = 24, .focal_mm = 4.2}) == 24);
    assert_true(focal_of(&(exif_facts){.focal_mm = 4.2}) == 0);
    assert_true(focal_of(&(exif_facts){.orientation = 1}) == 0);
    /* 4368 x 2912 pixels at 3086.9 an inch are 35.94 x 23.96 mm: a full-frame camera */
    exif_facts sensor = {
        .focal_mm = 50, .plane_resolution = 3086.9, .pixel_width = 4368, .pixel_height = 2912};
    assert_true(fabs(focal_of(&sensor) - 50.08) < 0.05);
    /* half the sensor, twice the equivalent */
    sensor.plane_resolution *= 2;
    assert_true(fabs(focal_of(&sensor) - 100.17) < 0.1);
    /* the picture's own 64 x 48 pixels where the file does not say how many were recorded: 4:3 by
     * the diagonal, 16.256 x 12.192 mm are 20.32 mm across */
    exif_facts own = {.focal_mm = 10, .plane_resolution = 100};
    assert_true(fabs(focal_of(&own) - 10 * 43.2666 / 20.32) < 0.01);
    /* nonsense is not believed */
    sensor.plane_resolution = 1;
    assert_true(focal_of(&sensor) == 0);
}

static void expect_failure(const void *data, size_t size, const char *name, relief_status status,
                           const char *words) {
    relief_image *image = NULL;
    relief_status got = relief_image_load_memory(ctx, data, size, name, NULL, &image);
    if (got != status || !strstr(relief_last_error(ctx), words)) {
        print_message("%s: %d, %s\n", name, got, relief_last_error(ctx));
    }
    assert_int_equal(got, status);
    assert_null(image);
    assert_non_null(strstr(relief_last_error(ctx), words));
    assert_null(strchr(relief_last_error(ctx), '\n'));
    assert_ptr_equal(strstr(relief_last_error(ctx), name), relief_last_error(ctx));
}

static void refused_kinds(void **state) {
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
        relief_status status;
        const char *words;
    } cases[] = {
        {"a.jpg", "", 0, RELIEF_ERROR_FORMAT, "empty"},
        {"a.jpg", "just some words\n", 16, RELIEF_ERROR_FORMAT, "text"},
        {"a.jpg", "<!DOCTYPE html><html>", 21, RELIEF_ERROR_FORMAT, "web page"},
        {"a.jpg", "\1\2\3\4\5\6\7\10\11", 9, RELIEF_ERROR_FORMAT, "not a picture"},
        {"a.nef", "\1\2\3\4\5\6\7\10\11", 9, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a.cr2", "II*\0\x10\0\0\0CR\2\0", 12, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a.tif", "II*\0\x10\0\0\0CR\2\0", 12, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a.nef", "MM\0*\0\0\0\x08\0\0", 10, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a.tif", "II*\0\x08\0\0\0\1\0\x12\xc6\1\0\4\0\0\0\1\4\0\0", 22, RELIEF_ERROR_UNSUPPORTED,
         "camera raw"},
        {"a", "FUJIFILMCCD-RAW 0201", 20, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a",
         "\0\0\0\x18"
         "ftypcrx \0\0",
         14, RELIEF_ERROR_UNSUPPORTED, "camera raw"},
        {"a.jpg", "8BPS\0\1\0\0\0\0\0\0", 12, RELIEF_ERROR_UNSUPPORTED, "Photoshop"},
        {"a.jpg", "%PDF-1.7\n%1234", 14, RELIEF_ERROR_UNSUPPORTED, "PDF"},
        {"a", "<?xml version='1.0'?>\n<svg>", 27, RELIEF_ERROR_UNSUPPORTED, "SVG"},
        {"a", "gimp xcf v011", 13, RELIEF_ERROR_UNSUPPORTED, "GIMP"},
        {"a.eps", "%!PS-Adobe-3.0", 14, RELIEF_ERROR_UNSUPPORTED, "PostScript"},
        {"a.mp4",
         "\0\0\0\x18"
         "ftypisom\0\0",
         14, RELIEF_ERROR_UNSUPPORTED, "video"},
        {"a.mkv", "\x1a\x45\xdf\xa3\1\0\0\0\0\0\0", 12, RELIEF_ERROR_UNSUPPORTED, "video"},
        {"a.jp2", "\xff\x4f\xff\x51\0\0\0\0\0\0\0", 12, RELIEF_ERROR_UNSUPPORTED, "JPEG 2000"},
        {"a.jpg", "\xff\xd8\xff", 3, RELIEF_ERROR_FORMAT, "damaged"},
        {"a.png", "\x89PNG\r\n\x1a\n", 8, RELIEF_ERROR_FORMAT, "damaged"},
        {"a.exr", "\x76\x2f\x31\x01\2\0\0\0", 8, RELIEF_ERROR_FORMAT, "damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_failure(cases[i].bytes, cases[i].size, cases[i].name, cases[i].status,
                       cases[i].words);
    }
}

/* A cut file is an error with one line, or still holds every pixel; never a crash. */
static void check_cuts(picture p, const char *name, bool must_fail) {
    size_t step = p.size / 97 + 1;
    for (size_t size = 1; size < p.size; size += step) {
        relief_image *image = NULL;
        uint8_t *exact = g_memdup2(p.data, size); /* so that reading behind the end is seen */
        relief_status status = relief_image_load_memory(ctx, exact, size, name, NULL, &image);
        g_free(exact);
        if (status == RELIEF_OK) {
            assert_false(must_fail && size + 12 < p.size);
            relief_image_free(image);
            continue;
        }
        assert_null(image);
        assert_int_equal(status, RELIEF_ERROR_FORMAT);
        assert_null(strchr(relief_last_error(ctx), '\n'));
        assert_ptr_equal(strstr(relief_last_error(ctx), name), relief_last_error(ctx));
    }
    g_free(p.data);
}

static void truncated(void **state) {
    (void)state;
    picture secret = encode(scene(3, 8), ".jpg");
    add_exif_segment(&secret, &(exif_facts){.orientation = 6, .focal_35mm = 30, .gps = true});
    check_cuts(secret, "cut.jpg", true);
    check_cuts(encode(scene(3, 8), ".jpg[interlace]"), "progressive.jpg", true);
    check_cuts(encode(scene(3, 8), ".png"), "cut.png", true);
    check_cuts(encode(scene(3, 8), ".png[interlace]"), "interlaced.png", true);
    check_cuts(encode(scene(3, 8), ".webp"), "cut.webp", true);
    check_cuts(encode(scene(3, 8), ".tif"), "cut.tif", true);
    check_cuts(data_file("rgba8.avif"), "cut.avif", true);
    check_cuts(encode(scene(3, 8), ".jxl[lossless]"), "cut.jxl", true);
    check_cuts(encode(scene(3, 8), ".gif"), "cut.gif", false);
    check_cuts(scene_exr(WIDTH, HEIGHT, "BGR"), "cut.exr", true);
}

/* Bytes changed here and there: any status, but no crash. Sanitizer builds see the rest. */
static void damaged(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".tif", ".gif", ".jxl"};
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        picture p = encode(through_profile(scene(3, 8), "p3"), suffixes[i]);
        for (int round = 0; round < 60; round++) {
            uint8_t *bytes = g_memdup2(p.data, p.size);
            for (int k = 0; k < 8; k++) {
                random = random * 1664525u + 1013904223u;
                bytes[(random >> 8) % (k < 4 && p.size > 300 ? 300 : p.size)] =
                    (uint8_t)(random >> 3);
            }
            relief_image *image = NULL;
            if (relief_image_load_memory(ctx, bytes, p.size, "damaged", NULL, &image) ==
                RELIEF_OK) {
                assert_non_null(relief_image_pixels(image));
            }
            relief_image_free(image);
            g_free(bytes);
        }
        g_free(p.data);
    }
}

static void limits(void **state) {
    (void)state;
    picture bomb = png_bomb(60000, 60000);
    double begin = relief_now();
    expect_failure(bomb.data, bomb.size, "bomb.png", RELIEF_ERROR_LIMIT, "60000 x 60000");
    assert_true(relief_now() - begin < 1);
    g_free(bomb.data);
    bomb = png_bomb(RELIEF_MAX_SIDE + 1, 8);
    expect_failure(bomb.data, bomb.size, "wide.png", RELIEF_ERROR_LIMIT, "16384 a side");
    g_free(bomb.data);
    bomb = encode(scene(3, 8), ".jpg");
    for (size_t i = 2; i + 9 < bomb.size; i++) {
        if (bomb.data[i] == 0xff && bomb.data[i + 1] == 0xc0) {
            memcpy(bomb.data + i + 5, "\xff\x00\xff\x00", 4);
            break;
        }
    }
    expect_failure(bomb.data, bomb.size, "bomb.jpg", RELIEF_ERROR_LIMIT, "65280 x 65280");
    g_free(bomb.data);

    picture p = encode(scene_image(400, 300, 3, 8, 1), ".png");
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *image = NULL;
    options.max_bytes = 400 * 300 * 3 - 1;
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "p", &options, &image),
                     RELIEF_ERROR_LIMIT);
    options.max_bytes++;
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "p", &options, &image),
                     RELIEF_OK);
    relief_image_free(image);
    options.max_bytes = -1;
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "p", &options, &image),
                     RELIEF_ERROR_ARG);
    g_free(p.data);
}

static void files(void **state) {
    (void)state;
    char directory[] = "/tmp/relief-image-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char *path = g_strdup_printf("%s/f\xc3\xbcr.png", directory);
    picture p = encode(scene(4, 8), ".png");
    relief_image *image = NULL;
    assert_true(g_file_set_contents(path, (const char *)p.data, (gssize)p.size, NULL));
    assert_int_equal(relief_image_load(ctx, path, NULL, &image), RELIEF_OK);
    assert_true(worst_difference(image, false) <= 0.51);
    relief_image_free(image);

    int saved = dup(0), opened = open(path, O_RDONLY);
    assert_int_equal(dup2(opened, 0), 0);
    assert_int_equal(relief_image_load(ctx, "-", NULL, &image), RELIEF_OK);
    dup2(saved, 0);
    close(saved);
    close(opened);
    assert_true(worst_difference(image, false) <= 0.51);
    relief_image_free(image);

    assert_int_equal(relief_image_load(ctx, directory, NULL, &image), RELIEF_ERROR_IO);
    assert_int_equal(relief_image_load(ctx, "", NULL, &image), RELIEF_ERROR_ARG);
    assert_true(g_file_set_contents(path, "", 0, NULL));
    assert_int_equal(relief_image_load(ctx, path, NULL, &image), RELIEF_ERROR_FORMAT);
    unlink(path);
    assert_int_equal(relief_image_load(ctx, path, NULL, &image), RELIEF_ERROR_IO);
    assert_null(image);
    rmdir(directory);
    g_free(path);
    g_free(p.data);
}

static bool refuse_to_go_on(void *user, const char *stage, int64_t done, int64_t total) {
    (void)user;
    (void)stage;
    (void)done;
    (void)total;
    return false;
}

static void cancelling(void **state) {
    (void)state;
    picture p = encode(scene(3, 8), ".jpg");
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_ctx *stopped = NULL;
    relief_image *image = NULL;
    options.progress = refuse_to_go_on;
    assert_int_equal(relief_ctx_new(&options, &stopped), RELIEF_OK);
    assert_int_equal(relief_image_load_memory(stopped, p.data, p.size, "p", NULL, &image),
                     RELIEF_ERROR_CANCELLED);
    assert_null(image);
    relief_ctx_free(stopped);
    g_free(p.data);
}

/* One photo loaded over and over in a thread of its own, and how often it came out as expected: the
 * damaged one refused as such, the other one with the very same pixels. */
typedef struct loading {
    const picture *file;
    const uint8_t *pixels; /* expected; NULL: the file is damaged */
    int as_expected;
} loading;

#define LOADINGS 200

static void *load_often(void *arg) {
    loading *job = arg;
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    relief_ctx *own = NULL;
    options.threads = 2;
    if (relief_ctx_new(&options, &own) != RELIEF_OK) {
        return NULL;
    }
    for (int i = 0; i < LOADINGS; i++) {
        relief_image *image = NULL;
        relief_status status =
            relief_image_load_memory(own, job->file->data, job->file->size, "photo", NULL, &image);
        if (!job->pixels) {
            job->as_expected +=
                status == RELIEF_ERROR_FORMAT && strstr(relief_last_error(own), "damaged") != NULL;
        } else if (status == RELIEF_OK) {
            job->as_expected +=
                memcmp(relief_image_pixels(image), job->pixels, (size_t)WIDTH * HEIGHT * 3) == 0;
        }
        relief_image_free(image);
    }
    relief_ctx_free(own);
    return NULL;
}

/* libvips keeps one error text for all threads; a damaged photo is nobody else's failure. */
static void threads_fail_alone(void **state) {
    (void)state;
    picture good = encode(scene(3, 8), ".jpg");
    picture bad = {good.data, good.size / 2};
    relief_image *image = NULL;
    assert_int_equal(load(&good, "good", &image), RELIEF_OK);
    loading jobs[2] = {{&bad, NULL, 0}, {&good, relief_image_pixels(image), 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, load_often, &jobs[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(jobs[0].as_expected, LOADINGS);
    assert_int_equal(jobs[1].as_expected, LOADINGS);
    relief_image_free(image);
    g_free(good.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_kinds),
        cmocka_unit_test(png_kinds),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(heif_kinds),
        cmocka_unit_test(heif_is_turned_once),
        cmocka_unit_test(exr_kinds),
        cmocka_unit_test(exr_b44_of_floats),
        cmocka_unit_test(exr_windows),
        cmocka_unit_test(exr_refused),
        cmocka_unit_test(float_tiff),
        cmocka_unit_test(profiles),
        cmocka_unit_test(cmyk),
        cmocka_unit_test(profile_numbers_differ),
        cmocka_unit_test(profile_is_named),
        cmocka_unit_test(broken_profile),
        cmocka_unit_test(orientations),
        cmocka_unit_test(orientations_elsewhere),
        cmocka_unit_test(shrinking),
        cmocka_unit_test(focal_length),
        cmocka_unit_test(refused_kinds),
        cmocka_unit_test(truncated),
        cmocka_unit_test(damaged),
        cmocka_unit_test(limits),
        cmocka_unit_test(files),
        cmocka_unit_test(cancelling),
        cmocka_unit_test(threads_fail_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
