/* SPDX-License-Identifier: Apache-2.0 */
/* JPEGs that libjpeg-turbo reads alone are, to the bit, what libvips makes of them: test_jpeg
 * [PHOTO.jpg...] also looks at these. */
#include "base/memory.h"
#include "image/jpeg_decode.h"
#include "image/picture.h"

#include "tests/pictures.h"
#include "tests/testing.h"

static relief_ctx *ctx;
static char **files;
static int file_count;

static void expect_same(const rl_pixels *a, const rl_pixels *b) {
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    assert_int_equal(a->sample_bytes, b->sample_bytes);
    assert_memory_equal(a->data, b->data, (size_t)a->width * a->height * a->channels);
}

static void expect_same_facts(const relief_image *a, const relief_image *b) {
    assert_int_equal(a->coded_width, b->coded_width);
    assert_int_equal(a->coded_height, b->coded_height);
    assert_int_equal(a->info.orientation, b->info.orientation);
    assert_int_equal(a->info.source_bits, b->info.source_bits);
    assert_int_equal(a->info.source_channels, b->info.source_channels);
    assert_int_equal(a->info.has_alpha, b->info.has_alpha);
    assert_int_equal(a->is_srgb, b->is_srgb);
    assert_int_equal(a->whole_frame, b->whole_frame);
    assert_true(a->info.focal_35mm == b->info.focal_35mm);
    assert_string_equal(a->info.colour_profile, b->info.colour_profile);
    assert_int_equal(a->exif_size, b->exif_size);
    if (a->exif_size)
        assert_memory_equal(a->exif, b->exif, a->exif_size);
}

/* A copy of a picture's file whose facts libvips has read. */
static relief_image *read_by_vips(const relief_image *image) {
    relief_image *other = NULL;
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    facts.facts_only = true;
    assert_int_equal(
        relief_image_load_memory(ctx, image->file, image->file_size, "other", &facts, &other),
        RELIEF_OK);
    rl_free(other->exif);
    other->exif = NULL;
    other->exif_size = 0;
    other->info = (relief_image_info){.struct_size = sizeof other->info};
    other->icc = (rl_icc){0};
    other->plain_jpeg = false;
    assert_int_equal(rl_picture_probe_with_libvips(ctx, other), RELIEF_OK);
    other->info.colour_profile = other->icc.description;
    return other;
}

/* Whether a file is read by libjpeg-turbo alone; if so, that it is what libvips reads. */
static bool compare(const void *data, size_t size) {
    relief_image *image = NULL;
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    facts.facts_only = true;
    assert_int_equal(relief_image_load_memory(ctx, data, size, "photo", &facts, &image), RELIEF_OK);
    const bool plain = image->plain_jpeg;
    if (plain) {
        relief_image *other = read_by_vips(image);
        expect_same_facts(image, other);
        /* libvips cannot make a picture of no pixels. */
        const int side =
            image->coded_width < image->coded_height ? image->coded_width : image->coded_height;
        for (int shrink = 1; shrink <= 8 && shrink <= side; shrink *= 2) {
            rl_pixels fast, slow;
            assert_int_equal(rl_picture_decode(ctx, image, shrink, false, &fast), RELIEF_OK);
            assert_int_equal(rl_picture_decode(ctx, other, shrink, false, &slow), RELIEF_OK);
            expect_same(&fast, &slow);
            rl_free(fast.data);
            rl_free(slow.data);
        }
        relief_image_free(other);
    }
    relief_image_free(image);
    return plain;
}

static bool compare_made(int width, int height, int bands, int orientation, const char *suffix) {
    picture p = oriented_jpeg(width, height, bands, orientation, suffix);
    const bool plain = compare(p.data, p.size);
    g_free(p.data);
    return plain;
}

static bool compare_profile(const char *profile) {
    picture p = encode(through_profile(scene_image(64, 48, 3, 8, 1), profile), ".jpg[Q=90]");
    const bool plain = compare(p.data, p.size);
    g_free(p.data);
    return plain;
}

static void plain_files_are_what_libvips_makes_of_them(void **state) {
    (void)state;
    static const int sizes[][2] = {{64, 48}, {61, 45}, {45, 61}, {17, 9}, {1, 1}, {7, 300}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int orientation = 1; orientation <= 8; orientation++)
            for (int bands = 1; bands <= 3; bands += 2) {
                const int width = sizes[i][0], height = sizes[i][1];
                assert_true(compare_made(width, height, bands, orientation, ".jpg[Q=85,strip]"));
                assert_true(
                    compare_made(width, height, bands, orientation, ".jpg[Q=85,interlace,strip]"));
                assert_true(compare_made(width, height, bands, orientation,
                                         ".jpg[Q=95,subsample_mode=off,strip]"));
            }
}

static void other_kinds_are_left_to_libvips(void **state) {
    (void)state;
    assert_false(compare_made(64, 48, 3, 1, ".jpg[Q=85]")); /* EXIF of libvips' and of ours */
    assert_true(compare_profile("srgb"));
    assert_false(compare_profile("p3"));
    assert_false(compare_profile("cmyk"));
}

/* What follows a cut is libvips' to word. */
static void damaged_files_fail_in_libvips_words(void **state) {
    (void)state;
    picture p = oriented_jpeg(640, 480, 3, 1, ".jpg[Q=95]");
    relief_image *image = NULL;
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size / 2, "cut.jpg", NULL, &image),
                     RELIEF_ERROR_FORMAT);
    assert_null(image);
    assert_non_null(strstr(relief_last_error(ctx), "cut.jpg: the picture is damaged"));
    g_free(p.data);
}

/* A picture of several scans is refused before libjpeg takes memory for it as a whole. */
static void memory_is_bounded(void **state) {
    (void)state;
    picture p = oriented_jpeg(1024, 768, 3, 1, ".jpg[Q=85,interlace,strip]");
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *image = NULL;
    options.max_bytes = (int64_t)1024 * 768 * 3 * 2; /* less than pixels and coefficients */
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "large", &options, &image),
                     RELIEF_ERROR_LIMIT);
    options.max_bytes = (int64_t)1024 * 768 * 3 * 3;
    assert_int_equal(relief_image_load_memory(ctx, p.data, p.size, "large", &options, &image),
                     RELIEF_OK);
    relief_image_free(image);
    g_free(p.data);
}

/* A stop is heard inside of libjpeg, also while it reads several scans before the first row. */
static void a_stop_is_heard(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg[Q=85,strip]", ".jpg[Q=85,interlace,strip]"};
    for (int k = 0; k < 2; k++) {
        picture p = oriented_jpeg(640, 480, 3, 6, suffixes[k]);
        relief_ctx *stopped = test_ctx(1);
        relief_image *image = NULL;
        relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
        rl_pixels pixels;
        bool fine = true;
        facts.facts_only = true;
        assert_int_equal(relief_image_load_memory(stopped, p.data, p.size, "x", &facts, &image),
                         RELIEF_OK);
        relief_cancel(stopped);
        assert_int_equal(rl_jpeg_decode(stopped, image, 1, &pixels, &fine), RELIEF_ERROR_CANCELLED);
        assert_null(pixels.data);
        relief_image_free(image);
        relief_ctx_free(stopped);
        g_free(p.data);
    }
}

static void photos_at_hand(void **state) {
    (void)state;
    int plain = 0;
    for (int i = 0; i < file_count; i++) {
        gchar *data = NULL;
        gsize size = 0;
        assert_true(g_file_get_contents(files[i], &data, &size, NULL));
        plain += compare(data, size);
        g_free(data);
    }
    print_message("%d of %d photos named are plain\n", plain, file_count);
}

int main(int argc, char **argv) {
    files = argv + 1;
    file_count = argc - 1;
    vips_init("test");
    ctx = test_ctx(2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_files_are_what_libvips_makes_of_them),
        cmocka_unit_test(other_kinds_are_left_to_libvips),
        cmocka_unit_test(damaged_files_fail_in_libvips_words),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_stop_is_heard),
        cmocka_unit_test(photos_at_hand),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    relief_ctx_free(ctx);
    return failed;
}
