/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps that phones put into photos: every pixel against the formula that made it, in each of
 * the forms, turned, and damaged. */
#include "tests/phone_pictures.h"
#include "tests/testing.h"

#include "base/memory.h"
#include "relief/depth.h"

#include <stdio.h>

enum { PHOTO_WIDTH = 64, PHOTO_HEIGHT = 48, WIDTH = 32, HEIGHT = 24 };

static char warned[512];

static void note(void *user, relief_log_level level, const char *text) {
    (void)user;
    if (level == RELIEF_LOG_WARNING) {
        snprintf(warned, sizeof warned, "%s", text);
    }
}

static relief_ctx *noting_ctx(void) {
    relief_ctx_options options = RELIEF_OPTIONS_INIT(relief_ctx_options);
    options.threads = 1;
    options.log_level = RELIEF_LOG_INFO;
    options.log = note;
    relief_ctx *ctx = NULL;
    warned[0] = 0;
    assert_int_equal(relief_ctx_new(&options, &ctx), RELIEF_OK);
    return ctx;
}

static picture plain_photo(void) {
    return encode(scene_image(PHOTO_WIDTH, PHOTO_HEIGHT, 3, 8, 1), ".jpg[Q=90]");
}

static picture plain_depth(void) {
    return depth_picture(WIDTH, HEIGHT, 1, ".png");
}

/* The map in a photo, which is freed. */
static relief_depth *take(relief_ctx *ctx, picture photo) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *image = NULL;
    relief_depth *map = NULL;
    facts.facts_only = true;
    assert_int_equal(
        relief_image_load_memory(ctx, photo.data, photo.size, "phone.jpg", &facts, &image),
        RELIEF_OK);
    assert_int_equal(relief_depth_embedded(ctx, image, &map), RELIEF_OK);
    relief_image_free(image);
    g_free(photo.data);
    return map;
}

static double falling(double dn) {
    return 1 - dn;
}

static double rising(double dn) {
    return dn;
}

static double linear(double dn) {
    return 0.5 + 7.5 * dn;
}

/* The map must be of this kind and hold expected(depth_byte() / 255); it is freed. */
static void check(relief_depth *map, relief_depth_kind kind, double (*expected)(double),
                  double tolerance) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    assert_non_null(map);
    relief_depth_get_info(map, &info);
    assert_int_equal(info.width, WIDTH);
    assert_int_equal(info.height, HEIGHT);
    assert_int_equal(info.kind, kind);
    const float *values = relief_depth_values(map);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double wanted = expected(depth_byte(x, y) / 255.0);
            assert_float_equal(values[y * WIDTH + x], wanted, tolerance);
        }
    }
    relief_depth_free(map);
}

static void formats_mean_what_they_say(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    static const struct {
        const char *attributes;
        relief_depth_kind kind;
        double (*expected)(double);
    } cases[] = {
        {RANGE_INVERSE, RELIEF_DISPARITY, falling},
        {GDEPTH "GDepth:Format=\"RangeLinear\" GDepth:Near=\"0.5\" GDepth:Far=\"8\"", RELIEF_DEPTH,
         linear},
        {GDEPTH "GDepth:Near=\"8\" GDepth:Far=\"0.5\"", RELIEF_DISPARITY, rising},
        {GDEPTH, RELIEF_DISPARITY, falling},
        {GDEPTH "GDepth:Near=\"nan\" GDepth:Far=\"-1e999\"", RELIEF_DISPARITY, falling},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        picture photo = gdepth_photo(plain_photo(), cases[i].attributes, &depth);
        check(take(ctx, photo), cases[i].kind, cases[i].expected, 1e-6);
        assert_string_equal(warned, "");
    }
    picture photo = gdepth_photo(
        plain_photo(), GDEPTH "GDepth:Format=\"RangeLinear\" GDepth:Near=\"0.5\"", &depth);
    assert_null(take(ctx, photo));
    assert_non_null(strstr(warned, "phone.jpg"));
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void extensions_are_put_together(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    check(take(ctx, extended_photo(plain_photo(), &depth)), RELIEF_DISPARITY, falling, 1e-6);
    assert_string_equal(warned, "");
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void maps_turn_with_the_photo(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    for (int orientation = 1; orientation <= 8; orientation++) {
        picture depth = depth_picture(WIDTH, HEIGHT, orientation, ".png");
        picture photo = oriented_jpeg(PHOTO_WIDTH, PHOTO_HEIGHT, 3, orientation, ".jpg");
        check(take(ctx, gdepth_photo(photo, RANGE_INVERSE, &depth)), RELIEF_DISPARITY, falling,
              1e-6);
        g_free(depth.data);
    }
    relief_ctx_free(ctx);
}

/* Whether this build reads them. */
static bool has_heif(void) {
    return strstr(relief_build_info(), "libheif") != NULL;
}

static void heif_maps_are_found(void **state) {
    (void)state;
    if (!has_heif()) {
        skip();
    }
    relief_ctx *ctx = noting_ctx();
    check(take(ctx, data_file("depth.heic")), RELIEF_DISPARITY, rising, 1e-6);
    check(take(ctx, data_file("depth_turned.heic")), RELIEF_DISPARITY, rising, 1e-6);
    check(take(ctx, data_file("depth_metres.heic")), RELIEF_DEPTH, linear, 1e-5);
    assert_null(take(ctx, data_file("rgb8.heic")));
    assert_null(take(ctx, data_file("rgb8.avif")));
    assert_string_equal(warned, "");
    relief_ctx_free(ctx);
}

static void jpegs_are_read_as_numbers(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    /* A slope, since compression would blur the steps of depth_byte(). */
    VipsImage *slope = scene_image(WIDTH, HEIGHT, 1, 8, 1);
    picture depth = encode(slope, ".jpg[Q=98]");
    relief_depth *map = take(ctx, gdepth_photo(plain_photo(), RANGE_INVERSE, &depth));
    assert_non_null(map);
    for (int y = 0; y < HEIGHT; y++) {
        double wanted = 1 - scene_value(0, (y + 0.5) / HEIGHT, 1);
        assert_float_equal(relief_depth_values(map)[y * WIDTH + 5], wanted, 2.5 / 255);
    }
    relief_depth_free(map);
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void appended_pictures_are_found(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    static const size_t gaps[][2] = {{0, 0}, {7, 0}, {0, 100}, {5, 9}};
    for (size_t i = 0; i < 4; i++) {
        picture photo = container_photo(plain_photo(), &depth, NULL, gaps[i]);
        check(take(ctx, photo), RELIEF_DISPARITY, falling, 1e-6);
    }
    /* Something that the directory does not list, between the photo and what it lists. */
    picture photo = plain_photo();
    append_bytes(&photo, "\xff\xd8\xff and more", 12);
    check(take(ctx, container_photo(photo, &depth, NULL, gaps[0])), RELIEF_DISPARITY, falling,
          1e-6);
    assert_string_equal(warned, "");
    g_free(depth.data);
    relief_ctx_free(ctx);
}

/* The older names, where the map's description names its item. */
static void appended_pictures_are_found_by_name(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth(), photo = plain_photo();
    char *items = g_strdup_printf(
        "<Device:Container><Container:Directory><rdf:Seq>"
        "<rdf:li><Container:Item Item:DataURI=\"primary\" Item:Mime=\"image/jpeg\"/></rdf:li>"
        "<rdf:li><Container:Item Item:DataURI=\"map\" Item:Length=\"%zu\"/></rdf:li>"
        "</rdf:Seq></Container:Directory></Device:Container>"
        "<Camera:DepthMap DepthMap:Format=\"RangeLinear\" DepthMap:Near=\"0.5\" DepthMap:Far=\"8\" "
        "DepthMap:DepthURI=\"map\"/>",
        depth.size);
    char *packet = xmp_packet("xmlns:Device=\"http://ns.google.com/photos/dd/1.0/device/\" "
                              "xmlns:Camera=\"http://ns.google.com/photos/dd/1.0/camera/\" "
                              "xmlns:Container=\"http://ns.google.com/photos/dd/1.0/container/\" "
                              "xmlns:Item=\"http://ns.google.com/photos/dd/1.0/item/\" "
                              "xmlns:DepthMap=\"http://ns.google.com/photos/dd/1.0/depthmap/\"",
                              items);
    add_xmp(&photo, packet);
    append_bytes(&photo, depth.data, depth.size);
    check(take(ctx, photo), RELIEF_DEPTH, linear, 1e-6);
    g_free(packet);
    g_free(items);
    g_free(depth.data);
    relief_ctx_free(ctx);
}

/* Maps that are there and cannot be used: a warning, and none. */
static void unusable_maps_are_told(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture maps[] = {
        depth_picture(WIDTH, 2 * HEIGHT, 1, ".png"),         /* another shape */
        encode(scene_image(WIDTH, HEIGHT, 3, 8, 1), ".png"), /* colours */
        png_bomb(60000, 45000),
        plain_depth(), /* cut short, below */
        plain_depth(), /* no picture, below */
    };
    maps[3].size -= maps[3].size / 3;
    memset(maps[4].data, 'x', maps[4].size);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        warned[0] = 0;
        assert_null(take(ctx, gdepth_photo(plain_photo(), RANGE_INVERSE, &maps[i])));
        assert_non_null(strstr(warned, "phone.jpg: the depth map in it"));
        g_free(maps[i].data);
    }
    relief_ctx_free(ctx);
}

/* Lengths and offsets that lie: no map. */
static void extensions_must_fit(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    char *all = with_data(GDEPTH, &depth);
    char *extension = xmp_packet(all, "");
    const uint32_t size = (uint32_t)strlen(extension), half = size / 2;
    const uint32_t pieces[][2][3] = {
        {{size, 0, half}, {size, half, size - half - 1}},    /* a byte is missing */
        {{size, 0, half}, {size, half + 1, size - half}},    /* one too far */
        {{0x80000000u, 0, half}, {0x80000000u, half, half}}, /* 2^31 */
        {{0xffffffffu, 0, half}, {0xffffffffu, 0xfffffff0u, half}},
        {{size, 0, half}, {size + 1, half, size - half}}, /* two lengths */
        {{0, 0, half}, {0, 0, half}},
    };
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        picture photo = plain_photo();
        add_piece(&photo, EXTENSION_NAME, extension, pieces[i][0]);
        add_piece(&photo, EXTENSION_NAME, extension + half, pieces[i][1]);
        char *packet = xmp_packet(EXTENDED, "");
        add_xmp(&photo, packet);
        assert_null(take(ctx, photo));
        g_free(packet);
    }
    /* The same, whole. */
    picture photo = plain_photo();
    char *packet = xmp_packet(EXTENDED, "");
    add_piece(&photo, EXTENSION_NAME, extension, (const uint32_t[]){size, 0, size});
    add_xmp(&photo, packet);
    check(take(ctx, photo), RELIEF_DISPARITY, falling, 1e-6);
    g_free(packet);
    g_free(extension);
    g_free(all);
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void directories_must_fit(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    static const char *const lengths[] = {
        "0",    "-5", "2147483648", "4503599627370496", "18446744073709551615", "1000000000",
        "0x20", "",   "100000"};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        picture photo = container_photo(plain_photo(), &depth, lengths[i], (const size_t[]){0, 0});
        assert_null(take(ctx, photo));
    }
    g_free(depth.data);
    relief_ctx_free(ctx);
}

/* XML of all sorts: nested deep, of many items and prefixes, broken, with entities of its own. */
static void hostile_packets_end(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    GString *deep = g_string_new(""), *items = g_string_new(""), *prefixes = g_string_new(GDEPTH);
    for (int i = 0; i < 8000; i++) {
        g_string_append(deep, "<a:b>");
    }
    for (int i = 0; i < 200; i++) {
        g_string_append(items, "<Container:Item Item:Length=\"4\" Item:Semantic=\"Depth\"/>");
        g_string_append_printf(prefixes, "xmlns:p%d=\"http://ns.google.com/photos/1.0/depthmap/\" ",
                               i);
    }
    char *packets[] = {
        xmp_packet("", deep->str),
        xmp_packet(DIRECTORY, items->str),
        xmp_packet(prefixes->str, "<p199:Data>AAAA</p199:Data>"),
        g_strdup("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>"),
        g_strdup("<x:xmpmeta"),
        g_strdup("\xff\xfe<"),
        g_strdup(""),
    };
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        picture photo = plain_photo();
        add_xmp(&photo, packets[i]);
        assert_null(take(ctx, photo));
        g_free(packets[i]);
    }
    g_string_free(deep, TRUE);
    g_string_free(items, TRUE);
    g_string_free(prefixes, TRUE);
    relief_ctx_free(ctx);
}

/* Read what may not be a photo any more; a failure is one of the file. */
static void read_any(relief_ctx *ctx, const uint8_t *data, size_t size) {
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    relief_image *image = NULL;
    relief_depth *map = NULL;
    facts.facts_only = true;
    if (relief_image_load_memory(ctx, data, size, "phone.jpg", &facts, &image) == RELIEF_OK) {
        assert_int_equal(relief_depth_embedded(ctx, image, &map), RELIEF_OK);
    }
    relief_depth_free(map);
    relief_image_free(image);
}

/* Cut at every few bytes, and with bytes changed. */
static void damage_is_survived(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture depth = plain_depth();
    picture photos[] = {
        extended_photo(plain_photo(), &depth),
        container_photo(plain_photo(), &depth, NULL, (const size_t[]){3, 3}),
        data_file("depth_metres.heic"),
    };
    uint32_t random = 12345;
    for (size_t i = 0; i < sizeof photos / sizeof photos[0]; i++) {
        for (size_t size = 0; size < photos[i].size; size += 101) {
            read_any(ctx, photos[i].data, size);
        }
        for (int k = 0; k < 100; k++) {
            random = random * 1664525u + 1013904223u;
            size_t at = random % photos[i].size;
            uint8_t kept = photos[i].data[at];
            photos[i].data[at] = (uint8_t)(random >> 24);
            read_any(ctx, photos[i].data, photos[i].size);
            photos[i].data[at] = kept;
        }
        g_free(photos[i].data);
    }
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void memory_failures_are_survived(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    relief_image_options facts = RELIEF_OPTIONS_INIT(relief_image_options);
    picture depth = plain_depth(), photo = extended_photo(plain_photo(), &depth);
    relief_image *image = NULL;
    facts.facts_only = true;
    assert_int_equal(
        relief_image_load_memory(ctx, photo.data, photo.size, "phone.jpg", &facts, &image),
        RELIEF_OK);
    assert_null(relief_image_pixels(image));
    int n = 0;
    for (bool failed = true; failed; n++) {
        relief_depth *map = NULL;
        rl_memory_fail_at(n, false);
        relief_status status = relief_depth_embedded(ctx, image, &map);
        failed = rl_memory_failed();
        rl_memory_fail_at(-1, false);
        assert_int_equal(status, failed ? RELIEF_ERROR_MEMORY : RELIEF_OK);
        assert_true(failed == (map == NULL));
        relief_depth_free(map);
    }
    assert_true(n > 5);
    relief_image_free(image);
    g_free(photo.data);
    g_free(depth.data);
    relief_ctx_free(ctx);
}

static void photos_without_a_map_have_none(void **state) {
    (void)state;
    relief_ctx *ctx = noting_ctx();
    picture secrets = plain_photo();
    add_secrets(&secrets, 1);
    assert_null(take(ctx, plain_photo()));
    assert_null(take(ctx, secrets));
    assert_null(take(ctx, encode(scene_image(16, 16, 3, 8, 1), ".png")));
    assert_string_equal(warned, "");
    relief_ctx_free(ctx);
}

int main(void) {
    setenv("VIPS_WARNING", "0", 1); /* libvips' own words about damaged files */
    if (vips_init("test") != 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_mean_what_they_say),
        cmocka_unit_test(extensions_are_put_together),
        cmocka_unit_test(maps_turn_with_the_photo),
        cmocka_unit_test(heif_maps_are_found),
        cmocka_unit_test(jpegs_are_read_as_numbers),
        cmocka_unit_test(appended_pictures_are_found),
        cmocka_unit_test(appended_pictures_are_found_by_name),
        cmocka_unit_test(unusable_maps_are_told),
        cmocka_unit_test(extensions_must_fit),
        cmocka_unit_test(directories_must_fit),
        cmocka_unit_test(hostile_packets_end),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(memory_failures_are_survived),
        cmocka_unit_test(photos_without_a_map_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
