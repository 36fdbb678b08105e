/* SPDX-License-Identifier: Apache-2.0 */
/* Textures: the photo's own data where viewers show it right, upright, in sRGB, and nothing private
 * in it. */
#include "image/texture.h"

#include "base/memory.h"
#include "image/encode.h"
#include "image/icc.h"
#include "image/jpeg.h"
#include "tests/pictures.h"
#include "tests/testing.h"

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
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    relief_ctx_free(ctx);
    return 0;
}

static VipsImage *scene(int bands, int bits) {
    return scene_image(WIDTH, HEIGHT, bands, bits, 1);
}

static relief_image *load(const picture *p, int min_side) {
    relief_image_options options = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *image = NULL;
    options.min_side = min_side;
    assert_int_equal(relief_image_load_memory(ctx, p->data, p->size, "photo", &options, &image),
                     RELIEF_OK);
    return image;
}

/* The texture of a file, which is given up. */
static rl_texture texture_of(picture p, bool keep_metadata) {
    rl_texture texture;
    relief_image *image = load(&p, 0);
    assert_int_equal(rl_image_texture(ctx, image,
                                      &(rl_texture_options){.keep_metadata = keep_metadata},
                                      &texture),
                     RELIEF_OK);
    relief_image_free(image);
    g_free(p.data);
    return texture;
}

/* Decode as a viewer does: no orientation, no profile. The caller unrefs. */
static VipsImage *view(const void *data, size_t size) {
    VipsImage *lazy = vips_image_new_from_buffer(data, size, "", NULL);
    assert_non_null(lazy);
    VipsImage *image = vips_image_copy_memory(lazy);
    assert_non_null(image);
    g_object_unref(lazy);
    return image;
}

/* How far a texture's pixels are from the scene, shown without regard to any tags. */
static double worst_difference(const rl_texture *texture, bool grey) {
    VipsImage *image = view(texture->data, texture->size);
    double worst = 0;
    assert_int_equal(image->Xsize, texture->width);
    assert_int_equal(image->Ysize, texture->height);
    assert_int_equal(image->BandFmt, VIPS_FORMAT_UCHAR);
    for (int y = 0; y < image->Ysize; y++) {
        for (int x = 0; x < image->Xsize; x++) {
            const uint8_t *pixel = VIPS_IMAGE_ADDR(image, x, y);
            for (int b = 0; b < image->Bands; b++) {
                int channel = image->Bands < 3 ? (b == 0 ? 1 : 3) : grey && b < 3 ? 1 : b;
                double expected = scene_byte(x, y, image->Xsize, image->Ysize, channel);
                worst = fmax(worst, fabs(expected - pixel[b]));
            }
        }
    }
    g_object_unref(image);
    return worst;
}

static bool holds(const void *data, size_t size, const char *word) {
    return memmem(data, size, word, strlen(word)) != NULL;
}

static void assert_nothing_private(const rl_texture *texture) {
    static const char *const words[] = {"SECRET",      "Exif", "http:", "MPF",
                                        "ICC_PROFILE", "iCCP", "eXIf"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_false(holds(texture->data, texture->size, words[i]));
    }
}

/* From the start of the first scan to its picture's end. */
static picture scans_of(const picture *jpeg) {
    uint8_t *scan = memmem(jpeg->data, jpeg->size, "\xff\xda", 2);
    uint8_t *end = scan;
    assert_non_null(scan);
    while (end[0] != 0xff || end[1] != 0xd9) {
        end++;
    }
    return (picture){scan, (size_t)(end + 2 - scan)};
}

/* The entropy-coded data of baseline, progressive, subsampled and grey JPEGs goes through bit by
 * bit. */
static void jpeg_data_is_kept(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg[Q=90]", ".jpg[Q=90,interlace]",
                                           ".jpg[Q=95,subsample_mode=off,optimize_coding]",
                                           ".jpg[Q=80,restart_interval=2]"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        for (int bands = 1; bands <= 3; bands += 2) {
            picture p = encode(scene(bands, 8), suffixes[i]);
            picture plain = scans_of(&p);
            uint8_t *scans = g_memdup2(plain.data, plain.size);
            add_secrets(&p, 1);
            rl_texture texture = texture_of(p, false);
            assert_string_equal(texture.mime_type, "image/jpeg");
            assert_true(texture.unchanged);
            assert_false(texture.has_alpha);
            assert_nothing_private(&texture);
            assert_true(texture.size > plain.size);
            assert_memory_equal(texture.data + texture.size - plain.size, scans, plain.size);
            assert_true(worst_difference(&texture, bands == 1) <= 10);
            rl_texture_clear(&texture);
            g_free(scans);
        }
    }
}

/* A JPEG whose three components are RGB keeps the segment that says so. */
static void rgb_components(void **state) {
    (void)state;
    picture p = encode(scene(3, 8), ".jpg[Q=95,subsample_mode=off]");
    add_segment(&p, 0xee, "Adobe\0\144\0\0\0\0\0", 12);
    VipsImage *before = view(p.data, p.size);
    rl_texture texture = texture_of(p, false);
    VipsImage *after = view(texture.data, texture.size);
    assert_true(texture.unchanged);
    assert_memory_equal(before->data, after->data, WIDTH * HEIGHT * 3);
    g_object_unref(before);
    g_object_unref(after);
    rl_texture_clear(&texture);
}

static void metadata_is_kept_when_wanted(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation += 5) {
        picture p = encode(scene_image(WIDTH, HEIGHT, 3, 8, orientation), ".jpg[Q=95]");
        add_secrets(&p, orientation);
        rl_texture texture = texture_of(p, true);
        assert_true(holds(texture.data, texture.size, "SECRET-GPS"));
        assert_true(holds(texture.data, texture.size, "SECRET-XMP"));
        assert_true(holds(texture.data, texture.size, "SECRET-COMMENT"));
        assert_false(holds(texture.data, texture.size, "SECRET-INDEX"));
        assert_false(holds(texture.data, texture.size, "SECRET-TRAILER"));
        /* a viewer that obeys EXIF must not turn it again */
        VipsImage *image = view(texture.data, texture.size);
        assert_int_equal(vips_image_get_orientation(image), 1);
        g_object_unref(image);
        assert_true(worst_difference(&texture, false) <= 5);
        rl_texture_clear(&texture);
    }
}

/* EXIF comes along into a texture that is encoded anew, too. */
static void metadata_of_converted(void **state) {
    (void)state;
    picture p = encode(through_profile(scene_image(61, 45, 3, 8, 6), "p3"), ".jpg[Q=98]");
    add_secrets(&p, 6);
    rl_texture texture = texture_of(p, true);
    assert_false(texture.unchanged);
    assert_true(holds(texture.data, texture.size, "SECRET-GPS"));
    assert_false(holds(texture.data, texture.size, "ICC_PROFILE"));
    VipsImage *image = view(texture.data, texture.size);
    assert_int_equal(vips_image_get_orientation(image), 1);
    g_object_unref(image);
    assert_true(worst_difference(&texture, false) <= 6);
    rl_texture_clear(&texture);
}

static void count_warning(void *user, relief_log_level level, const char *text) {
    *(int *)user += level == RELIEF_LOG_WARNING && strstr(text, "metadata") != NULL;
}

/* A PNG that is encoded anew loses its EXIF, and says so to those who asked for it. */
static void metadata_left_out_is_told(void **state) {
    (void)state;
    picture p = encode(scene(3, 16), ".png"), plain = encode(scene(3, 16), ".png");
    add_exif_chunk(&p, &(exif_facts){.orientation = 1, .gps = true});
    struct {
        const picture *file;
        bool keep;
        int warnings;
    } cases[] = {{&p, true, 1}, {&p, false, 0}, {&plain, true, 0}};
    for (int i = 0; i < 3; i++) {
        int warnings = 0;
        relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
        relief_ctx *own = NULL;
        rl_texture texture;
        options.log = count_warning;
        options.log_level = RELIEF_LOG_WARNING;
        options.user = &warnings;
        assert_int_equal(relief_ctx_new(&options, &own), RELIEF_OK);
        relief_image *image = load(cases[i].file, 0);
        assert_int_equal(rl_image_texture(own, image,
                                          &(rl_texture_options){.keep_metadata = cases[i].keep},
                                          &texture),
                         RELIEF_OK);
        assert_string_equal(texture.mime_type, "image/png");
        assert_nothing_private(&texture);
        assert_int_equal(warnings, cases[i].warnings);
        rl_texture_clear(&texture);
        relief_image_free(image);
        relief_ctx_free(own);
    }
    g_free(p.data);
    g_free(plain.data);
}

static void orientations(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg[Q=95]", ".jpg[Q=95,interlace]",
                                           ".jpg[Q=95,subsample_mode=off]"};
    for (int orientation = 1; orientation <= 8; orientation++) {
        for (int odd = 0; odd < 2; odd++) {
            for (int i = 0; i < 6; i++) {
                int bands = i < 3 ? 3 : 1;
                picture p =
                    encode(scene_image(odd ? 61 : WIDTH, odd ? 45 : HEIGHT, bands, 8, orientation),
                           suffixes[i % 3]);
                add_secrets(&p, orientation);
                rl_texture texture = texture_of(p, false);
                assert_int_equal(texture.width, odd ? 61 : WIDTH);
                assert_int_equal(texture.unchanged, orientation == 1);
                assert_nothing_private(&texture);
                assert_true(worst_difference(&texture, bands == 1) <= 6);
                rl_texture_clear(&texture);
            }
        }
    }
}

/* Turning on coefficients loses nothing: turned back, they are the first ones. */
static void turning_is_lossless(void **state) {
    (void)state;
    static const int back[9] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
    picture p = encode(scene(3, 8), ".jpg[Q=75]");
    VipsImage *before = view(p.data, p.size);
    for (int orientation = 2; orientation <= 8; orientation++) {
        rl_encoded from = {p.data, p.size}, turned, again;
        bool done = false;
        assert_int_equal(rl_encode_turned(ctx, &from, orientation, &turned, &done), RELIEF_OK);
        assert_true(done);
        assert_int_equal(rl_encode_turned(ctx, &turned, back[orientation], &again, &done),
                         RELIEF_OK);
        assert_true(done);
        VipsImage *after = view(again.data, again.size);
        assert_memory_equal(before->data, after->data, WIDTH * HEIGHT * 3);
        g_object_unref(after);
        rl_texture_clear(&(rl_texture){.owner = turned.data});
        rl_texture_clear(&(rl_texture){.owner = again.data});
    }
    g_object_unref(before);
    g_free(p.data);
}

/* What becomes of other files. */
static void check(picture p, const char *mime_type, bool unchanged, bool alpha, double tolerance) {
    rl_texture texture = texture_of(p, false);
    assert_string_equal(texture.mime_type, mime_type);
    assert_int_equal(texture.unchanged, unchanged);
    assert_int_equal(texture.has_alpha, alpha);
    assert_nothing_private(&texture);
    double worst = worst_difference(&texture, false);
    if (worst > tolerance) {
        print_message("%s: off by %g\n", mime_type, worst);
    }
    assert_true(worst <= tolerance);
    rl_texture_clear(&texture);
}

static void other_formats(void **state) {
    (void)state;
    check(encode(scene(3, 8), ".png"), "image/png", true, false, 0.51);
    check(encode(scene(4, 8), ".png[interlace]"), "image/png", true, true, 0.51);
    check(encode(scene(1, 8), ".png"), "image/png", true, false, 0.51);
    check(encode(scene(2, 8), ".png"), "image/png", true, true, 0.51);
    check(encode(scene(3, 8), ".png[palette,dither=0]"), "image/png", true, false, 24);
    check(encode(scene(3, 16), ".png"), "image/png", false, false, 1);
    check(encode(scene(4, 16), ".png"), "image/png", false, true, 1);
    check(encode(scene(3, 8), ".webp[lossless]"), "image/jpeg", false, false, 4);
    check(encode(scene(4, 8), ".webp[lossless]"), "image/png", false, true, 0.51);
    check(encode(scene(3, 16), ".tif"), "image/jpeg", false, false, 4);
    check(scene_exr(WIDTH, HEIGHT, "BGR"), "image/jpeg", false, false, 4);
    check(scene_exr(WIDTH, HEIGHT, "ABGR"), "image/png", false, true, 1.1);
    check(encode(scene(3, 8), ".gif[dither=0]"), "image/jpeg", false, false, 26);
}

static void colours(void **state) {
    (void)state;
    picture srgb = encode(through_profile(scene(3, 8), "srgb"), ".jpg[Q=95,subsample_mode=off]");
    check(srgb, "image/jpeg", true, false, 4);
    check(encode(through_profile(scene(3, 8), "srgb"), ".png"), "image/png", true, false, 1.1);
    check(encode(through_profile(scene(3, 8), "p3"), ".jpg[Q=98,subsample_mode=off]"), "image/jpeg",
          false, false, 5);
    check(encode(through_profile(scene(3, 8), "p3"), ".png"), "image/png", false, false, 2);
    check(encode(through_profile(scene(4, 16), "p3"), ".png"), "image/png", false, true, 2);
}

/* Four inks are encoded anew as three colours, the same ones as in the raster. */
static void cmyk(void **state) {
    (void)state;
    picture p = encode(through_profile(scene(3, 8), "cmyk"), ".jpg[Q=95]");
    relief_image *image = load(&p, 0);
    rl_texture texture;
    assert_int_equal(
        rl_image_texture(ctx, image, &(rl_texture_options){.keep_metadata = false}, &texture),
        RELIEF_OK);
    assert_false(texture.unchanged);
    VipsImage *shown = view(texture.data, texture.size);
    assert_int_equal(shown->Bands, 3);
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++) {
        assert_true(abs(shown->data[i] - relief_image_pixels(image)[i]) <= 8);
    }
    g_object_unref(shown);
    rl_texture_clear(&texture);
    relief_image_free(image);
    g_free(p.data);
}

/* A profile in a file of our own making is judged by what it does, not by its name. */
static void profiles_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool is_srgb;
        rl_icc_space space;
    } cases[] = {
        {"srgb", true, RL_ICC_RGB}, {"p3", false, RL_ICC_RGB}, {"cmyk", false, RL_ICC_CMYK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        VipsBlob *blob = NULL;
        size_t size = 0;
        rl_icc icc;
        assert_int_equal(vips_profile_load(cases[i].name, &blob, NULL), 0);
        const uint8_t *bytes = vips_blob_get(blob, &size);
        rl_icc_parse(bytes, size, &icc);
        assert_int_equal(icc.is_srgb, cases[i].is_srgb);
        assert_int_equal(icc.space, cases[i].space);
        for (size_t cut = 0; cut < size; cut += cut < 600 ? 1 : 997) {
            uint8_t *exact = g_memdup2(bytes, cut);
            rl_icc_parse(exact, cut, &icc);
            g_free(exact);
        }
        vips_area_unref((VipsArea *)blob);
    }
}

/* A raster that was decoded small does not make the texture small. */
static void full_size_from_small_raster(void **state) {
    (void)state;
    picture p = encode(through_profile(scene_image(640, 480, 3, 8, 6), "p3"), ".jpg[Q=98]");
    add_exif_segment(&p, &(exif_facts){.orientation = 6});
    relief_image *image = load(&p, 100);
    relief_image_info info = {.struct_size = sizeof info};
    rl_texture texture;
    relief_image_get_info(image, &info);
    assert_int_equal(info.raster_width, 160);
    assert_int_equal(
        rl_image_texture(ctx, image, &(rl_texture_options){.keep_metadata = false}, &texture),
        RELIEF_OK);
    assert_int_equal(texture.width, 640);
    assert_int_equal(texture.height, 480);
    assert_true(worst_difference(&texture, false) <= 8);
    rl_texture_clear(&texture);
    relief_image_free(image);
    g_free(p.data);
}

/* Dither: values that 8 bits can say stay, others keep their mean, and it is the same every time.
 */
static void dither(void **state) {
    (void)state;
    enum { SIDE = 16 };
    for (int fraction = 0; fraction <= 257; fraction += 16) {
        uint16_t data[SIDE * SIDE * 3];
        double sum = 0;
        for (int i = 0; i < SIDE * SIDE * 3; i++) {
            data[i] = (uint16_t)(100 * 257 + fraction);
        }
        rl_pixels pixels = {data, SIDE, SIDE, 3, 2};
        rl_dither_to_8(&pixels);
        assert_int_equal(pixels.sample_bytes, 1);
        const uint8_t *bytes = pixels.data;
        for (int i = 0; i < SIDE * SIDE * 3; i++) {
            assert_true(bytes[i] == 100 || (bytes[i] == 101 && fraction > 0));
            sum += bytes[i];
        }
        assert_true(fabs(sum / (SIDE * SIDE * 3) - 100 - fraction / 257.0) < 0.01);
    }
    uint16_t ends[6] = {0, 0, 0, 65535, 65535, 65535};
    rl_dither_to_8(&(rl_pixels){ends, 2, 1, 3, 2});
    assert_memory_equal(ends, "\0\0\0\xff\xff\xff", 6);
}

/* Cut files that still load never make the walk through their segments leave them. */
static void cut_jpegs(void **state) {
    (void)state;
    picture p = encode(scene(3, 8), ".jpg[interlace]");
    add_secrets(&p, 1);
    for (size_t size = 1; size < p.size; size += 7) {
        uint8_t *exact = g_memdup2(p.data, size), *out = NULL;
        size_t out_size = 0;
        rl_jpeg_strip job = {.file = exact, .size = size, .keep = RL_JPEG_KEEP_METADATA};
        relief_status status = rl_jpeg_copy(ctx, &job, "cut", &out, &out_size);
        assert_true(status == RELIEF_OK || status == RELIEF_ERROR_FORMAT);
        rl_texture_clear(&(rl_texture){.owner = out});
        g_free(exact);
    }
    g_free(p.data);
}

/* Load a file and make its texture, with the n-th allocation failing, for every n; the file is
 * given up. */
static void torture(picture p, int most) {
    for (int64_t n = 0; n < 1000; n++) {
        relief_image *image = NULL;
        rl_texture texture = {0};
        rl_memory_fail_at(n, false);
        relief_status status = relief_image_load_memory(ctx, p.data, p.size, "photo", NULL, &image);
        if (status == RELIEF_OK) {
            const rl_texture_options options = {.keep_metadata = true, .most_side = most};
            status = rl_image_texture(ctx, image, &options, &texture);
        }
        bool failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        relief_image_free(image);
        rl_texture_clear(&texture);
        if (!failed) {
            assert_int_equal(status, RELIEF_OK);
            assert_true(n >= 3);
            g_free(p.data);
            return;
        }
        /* the raster's giving back of unused bytes may fail without harm */
        assert_true(status == RELIEF_ERROR_MEMORY || status == RELIEF_OK);
    }
    fail_msg("allocations never stop");
}

/* A texture of at most `most` pixels a side, decoded. The caller unrefs; the file is given up. */
static VipsImage *view_within(picture p, int min_side, int most) {
    rl_texture texture;
    relief_image *image = load(&p, min_side);
    assert_int_equal(
        rl_image_texture(ctx, image, &(rl_texture_options){.most_side = most}, &texture),
        RELIEF_OK);
    VipsImage *seen = view(texture.data, texture.size);
    assert_int_equal(texture.width, seen->Xsize);
    assert_int_equal(texture.height, seen->Ysize);
    assert_true(seen->Xsize <= most && seen->Ysize <= most);
    rl_texture_clear(&texture);
    relief_image_free(image);
    g_free(p.data);
    return seen;
}

static const uint8_t *pixel_of(VipsImage *image, int x, int y) {
    return (const uint8_t *)VIPS_IMAGE_ADDR(image, x, y);
}

/* Columns of black and white become what linear light makes of them, not the middle of the codes;
 * colour behind alpha 0 does not bleed; a photo that is no larger stays as it is. */
static void smaller_textures(void **state) {
    (void)state;
    enum { SIDE = 64 };
    uint8_t stripes[SIDE * SIDE * 3], cut_out[SIDE * SIDE * 4];
    for (int k = 0; k < SIDE * SIDE; k++) {
        memset(stripes + 3 * k, k & 1 ? 255 : 0, 3);
        const bool there = k % SIDE < SIDE / 2;
        memcpy(cut_out + 4 * k, there ? "\x10\x20\xF0\xFF" : "\xFF\x00\x00\x00", 4);
    }
    VipsImage *image =
        vips_image_new_from_memory(stripes, sizeof stripes, SIDE, SIDE, 3, VIPS_FORMAT_UCHAR);
    VipsImage *seen = view_within(encode(image, ".png"), 0, SIDE / 4);
    assert_int_equal(seen->Xsize, SIDE / 4);
    for (int x = 2; x < SIDE / 4 - 2; x++)
        assert_in_range(pixel_of(seen, x, 8)[0], 185, 191); /* 188: half of white's light */
    g_object_unref(seen);
    image = vips_image_new_from_memory(cut_out, sizeof cut_out, SIDE, SIDE, 4, VIPS_FORMAT_UCHAR);
    seen = view_within(encode(image, ".png"), 0, SIDE / 2);
    assert_int_equal(seen->Bands, 4);
    for (int x = 0; x < SIDE / 2; x++) {
        const uint8_t *pixel = pixel_of(seen, x, 10);
        assert_true(pixel[3] < 8 || (pixel[0] < 0x20 && pixel[2] > 0xE0));
    }
    g_object_unref(seen);
    /* As large as is allowed is not larger. */
    rl_texture texture = texture_of(oriented_jpeg(WIDTH, HEIGHT, 3, 1, ".jpg"), false);
    assert_true(texture.unchanged);
    relief_image *photo = NULL;
    assert_int_equal(
        relief_image_load_memory(ctx, texture.data, texture.size, "again", NULL, &photo),
        RELIEF_OK);
    rl_texture again;
    assert_int_equal(
        rl_image_texture(ctx, photo, &(rl_texture_options){.most_side = WIDTH}, &again), RELIEF_OK);
    assert_true(again.unchanged);
    relief_image_free(photo);
    rl_texture_clear(&again);
    rl_texture_clear(&texture);
}

/* Turned, of odd size, from a raster too small for it: the shape is the upright photo's. */
static void smaller_texture_of_turned(void **state) {
    (void)state;
    VipsImage *seen = view_within(oriented_jpeg(331, 251, 3, 6, ".jpg"), 30, 100);
    VipsImage *whole = view_within(oriented_jpeg(331, 251, 3, 6, ".jpg"), 0, 331);
    assert_int_equal(seen->Xsize, 100);
    assert_int_equal(seen->Ysize, 76);
    for (int y = 5; y < 70; y += 13)
        for (int x = 5; x < 95; x += 15)
            for (int band = 0; band < 3; band++) {
                const int at_x = (int)((x + 0.5) * whole->Xsize / 100),
                          at_y = (int)((y + 0.5) * whole->Ysize / 76);
                assert_in_range(pixel_of(seen, x, y)[band] + 24 - pixel_of(whole, at_x, at_y)[band],
                                0, 48);
            }
    g_object_unref(seen);
    g_object_unref(whole);
}

/* Pixels of which a few are not clear, at places that a packer of runs may stumble over. */
static uint8_t *sparse_pixels(int width, int height, unsigned seed) {
    const size_t count = (size_t)width * (size_t)height;
    uint8_t *data = calloc(count, 4);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        const size_t run = 1 + (seed >> 24) % 9;
        if ((seed >> 16) % 7 > 1)
            i += (seed >> 8) % 400; /* clear for a while */
        for (size_t k = 0; k < run && i < count; k++, i++)
            for (size_t c = 0; c < 4; c++)
                data[4 * i + c] = (seed >> c) & 1 ? (uint8_t)(seed >> (5 * c) ^ k) : (uint8_t)c;
    }
    return data;
}

/* A picture that is mostly clear comes back as it was, whatever its size. */
static void sparse_pictures(void **state) {
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 3}, {65, 1}, {1, 300}, {257, 40}, {700, 130}};
    for (size_t k = 0; k < 3 * sizeof sizes / sizeof *sizes; k++) {
        const int *size = sizes[k / 3];
        const size_t bytes = 4 * (size_t)size[0] * (size_t)size[1];
        uint8_t *data = k % 3 ? sparse_pixels(size[0], size[1], (unsigned)k) : calloc(bytes, 1);
        const rl_pixels pixels = {
            .data = data, .width = size[0], .height = size[1], .channels = 4, .sample_bytes = 1};
        rl_texture texture;
        relief_image *image = NULL;
        assert_int_equal(rl_pixels_texture(ctx, &pixels, 0, &texture), RELIEF_OK);
        assert_string_equal(texture.mime_type, "image/png");
        assert_int_equal(
            relief_image_load_memory(ctx, texture.data, texture.size, "sparse.png", NULL, &image),
            RELIEF_OK);
        assert_memory_equal(relief_image_pixels(image), data, bytes);
        relief_image_free(image);
        rl_texture_clear(&texture);
        free(data);
    }
}

static void allocations_fail(void **state) {
    (void)state;
    torture(oriented_jpeg(WIDTH, HEIGHT, 3, 6, ".jpg"), 0);
    torture(oriented_jpeg(61, 45, 3, 6, ".jpg"), 0);
    torture(encode(through_profile(scene_image(WIDTH, HEIGHT, 3, 8, 1), "p3"), ".jpg"), 0);
    torture(encode(scene(4, 16), ".png"), 0);
    torture(encode(scene(3, 8), ".png"), 0);
    torture(oriented_jpeg(61, 45, 3, 6, ".jpg"), 20);
    torture(scene_exr(WIDTH, HEIGHT, "ABGR"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jpeg_data_is_kept),
        cmocka_unit_test(rgb_components),
        cmocka_unit_test(metadata_is_kept_when_wanted),
        cmocka_unit_test(metadata_of_converted),
        cmocka_unit_test(metadata_left_out_is_told),
        cmocka_unit_test(orientations),
        cmocka_unit_test(turning_is_lossless),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(colours),
        cmocka_unit_test(cmyk),
        cmocka_unit_test(profiles_are_told_apart),
        cmocka_unit_test(full_size_from_small_raster),
        cmocka_unit_test(dither),
        cmocka_unit_test(smaller_textures),
        cmocka_unit_test(smaller_texture_of_turned),
        cmocka_unit_test(sparse_pictures),
        cmocka_unit_test(cut_jpegs),
        cmocka_unit_test(allocations_fail),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
