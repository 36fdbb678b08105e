/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into networks: their sizes, descriptors in JSON, and prepared pictures. */
#include "testing.h"

#include "base/memory.h"
#include "depth/descriptor.h"
#include "depth/network_size.h"
#include "depth/preprocess.h"
#include "store/catalogue.h"

#include <math.h>
#include <string.h>

static rl_descriptor sized(rl_size_rule rule, int side, int multiple) {
    return (rl_descriptor){.width = side, .height = side, .rule = rule, .multiple = multiple};
}

static void assert_size(const rl_descriptor *d, int width, int height, int want_width,
                        int want_height) {
    int w = 0;
    int h = 0;
    rl_network_size(d, width, height, &w, &h);
    if (w != want_width || h != want_height) {
        fail_msg("%dx%d gives %dx%d, not %dx%d", width, height, w, h, want_width, want_height);
    }
}

static void sizes_are_those_of_the_authors(void **state) {
    (void)state;
    rl_descriptor dpt = sized(RL_SIZE_MINIMAL, 384, 32);
    assert_size(&dpt, 1920, 1080, 672, 384);
    assert_size(&dpt, 1080, 1920, 384, 672);
    assert_size(&dpt, 384, 384, 384, 384);
    assert_size(&dpt, 200, 100, 384,
                192); /* enlarged as little as possible: |1 - 1.92| < |1 - 3.84| */
    rl_descriptor large = sized(RL_SIZE_UPPER_BOUND, 384, 32);
    assert_size(&large, 1920, 1080, 384, 224);
    rl_descriptor small = sized(RL_SIZE_UPPER_BOUND, 256, 32);
    assert_size(&small, 1920, 1080, 256, 128); /* 4.5 rounds to the even 4 */
    assert_size(&small, 1080, 1920, 128, 256);
    assert_size(&small, 640, 480, 256, 192);
    rl_descriptor anything = sized(RL_SIZE_LOWER_BOUND, 518, 14);
    assert_size(&anything, 1920, 1080, 924, 518);
    assert_size(&anything, 1080, 1920, 518, 924);
    assert_size(&anything, 640, 480, 686, 518); /* 690.7 / 14 = 49.3 */
    rl_descriptor fixed = sized(RL_SIZE_SQUARE, 256, 32);
    assert_size(&fixed, 1920, 1080, 256, 256);
    rl_descriptor longest = sized(RL_SIZE_LONG_SIDE, 384, 32);
    assert_size(&longest, 1920, 1080, 384, 224); /* 216 = 6.75 * 32 */
    assert_size(&longest, 480, 640, 288, 384);
    assert_size(&longest, 300, 200, 384, 256);
    rl_descriptor area = {.width = 384, .height = 288, .rule = RL_SIZE_AREA, .multiple = 32};
    assert_size(&area, 640, 480, 384, 288);
    assert_size(&area, 3000, 4000, 288, 384);
    assert_size(&area, 1000, 1000, 320, 320); /* 332.6 = 10.4 * 32 */
    assert_size(&area, 1920, 1080, 448, 256); /* 443.4 x 249.4 */
    assert_size(&area, 1242, 375, 608, 192);  /* 605.2 x 182.7 */
}

static void extreme_shapes_stay_runnable(void **state) {
    (void)state;
    rl_descriptor small = sized(RL_SIZE_UPPER_BOUND, 256, 32);
    assert_size(&small, 10000, 10, 256, 32);
    rl_descriptor anything = sized(RL_SIZE_LOWER_BOUND, 518, 14);
    assert_size(&anything, 16000, 160, 2072, 518);
    rl_descriptor longest = sized(RL_SIZE_LONG_SIDE, 384, 32);
    assert_size(&longest, 1, 16384, 32, 384);
}

static void closer_looks_are_larger(void **state) {
    (void)state;
    static const struct {
        double times;
        int multiple, first[2], closer[2];          /* closer 0: there is none */
    } cases[] = {{1.5, 32, {384, 288}, {576, 448}}, /* 13.5 multiples become 14 */
                 {1.5, 32, {448, 256}, {672, 384}}, {2, 14, {518, 392}, {1036, 784}},
                 {1.02, 32, {384, 288}, {0, 0}},    {1.1, 32, {384, 96}, {0, 0}},
                 {1.5, 64, {20, 20}, {0, 0}},       {2, 32, {8192, 32}, {0, 0}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rl_descriptor d = {.closer_look = cases[i].times, .multiple = cases[i].multiple};
        int width = cases[i].first[0], height = cases[i].first[1];
        const bool larger = cases[i].closer[0] > 0;
        assert_int_equal(rl_closer_size(&d, &width, &height), larger);
        assert_int_equal(width, larger ? cases[i].closer[0] : cases[i].first[0]);
        assert_int_equal(height, larger ? cases[i].closer[1] : cases[i].first[1]);
    }
}

static relief_status read_text(relief_ctx *ctx, const char *text, rl_descriptor *out) {
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    relief_status status = rl_descriptor_read(ctx, object, "m.json", out);
    json_decref(object);
    return status;
}

static void descriptors_are_read(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    rl_descriptor d = {.filter = RL_FILTER_CUBIC, .multiple = 7};
    const char *text =
        "{\"network_size\": [640, 480], \"resize\": \"minimal\", \"mean\": [0.5, 0.25, 0],"
        " \"std\": [1, 2, 0.5], \"filter\": \"linear\", \"output_filter\": "
        "\"linear_corners\", \"kind\": \"metres\", \"metres_per_unit\": 0.01,"
        " \"input_name\": \"x\", \"output_name\": \"y\", \"name\": \"n\", \"closer_look\": 1.25}";
    assert_int_equal(read_text(ctx, text, &d), RELIEF_OK);
    assert_int_equal(d.width, 640);
    assert_int_equal(d.height, 480);
    assert_int_equal(d.rule, RL_SIZE_MINIMAL);
    assert_int_equal(d.multiple, 7); /* not said: kept */
    assert_true(d.mean[1] == 0.25 && d.std[2] == 0.5);
    assert_int_equal(d.filter, RL_FILTER_LINEAR);
    assert_int_equal(d.output_filter, RL_FILTER_LINEAR_CORNERS);
    assert_int_equal(d.kind, RELIEF_METRES);
    assert_true(d.metres_per_unit == 0.01);
    assert_true(d.closer_look == 1.25);
    assert_string_equal(d.input_name, "x");
    assert_string_equal(d.output_name, "y");
    assert_string_equal(d.name, "n");
    assert_int_equal(read_text(ctx, "{\"network_size\": 256}", &d), RELIEF_OK);
    assert_int_equal(d.width, 256);
    assert_int_equal(d.height, 256);
    relief_ctx_free(ctx);
}

static void wrong_descriptors_are_refused_by_key(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"nett_size\": 3}", "nett_size"},
        {"{\"network_size\": 0}", "network_size"},
        {"{\"network_size\": [1, 2, 3]}", "network_size"},
        {"{\"network_size\": [384]}", "network_size"},
        {"{\"network_size\": \"big\"}", "network_size"},
        {"{\"resize\": \"up\"}", "resize"},
        {"{\"resize\": 3}", "resize"},
        {"{\"multiple\": 0}", "multiple"},
        {"{\"mean\": [0, 0]}", "mean"},
        {"{\"mean\": [0, 0, \"a\"]}", "mean"},
        {"{\"mean\": [0, 0, 0, 0]}", "mean"},
        {"{\"std\": [1, 0, 1]}", "std"},
        {"{\"filter\": \"linear_corners\"}", "filter"},
        {"{\"kind\": \"far\"}", "kind"},
        {"{\"metres_per_unit\": 0}", "metres_per_unit"},
        {"{\"name\": 1}", "name"},
        {"{\"closer_look\": 0.5}", "closer_look"},
        {"{\"closer_look\": 3}", "closer_look"},
        {"{\"closer_look\": \"yes\"}", "closer_look"},
        {"[]", "not a JSON object"},
    };
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        rl_descriptor d = {0};
        assert_int_equal(read_text(ctx, wrong[i][0], &d), RELIEF_ERROR_FORMAT);
        assert_non_null(strstr(relief_last_error(ctx), wrong[i][1]));
        assert_non_null(strstr(relief_last_error(ctx), "m.json"));
    }
    relief_ctx_free(ctx);
}

static void the_catalogue_describes_its_networks(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < relief_catalogue_count(); i++) {
        rl_descriptor d = {0};
        assert_int_equal(rl_descriptor_read(ctx, rl_catalogue_descriptor(i), "catalogue", &d),
                         RELIEF_OK);
        assert_int_equal(d.kind, RELIEF_DISPARITY);
        assert_true(d.width % d.multiple == 0 && d.std[0] > 0.0);
    }
    rl_descriptor d = {0};
    assert_int_equal(
        rl_descriptor_read(ctx, rl_catalogue_descriptor(rl_catalogue_find("low")), "", &d), 0);
    assert_true(d.mean[0] == 0.0 && d.std[0] == 1.0); /* normalised inside the file */
    assert_int_equal(d.rule, RL_SIZE_SQUARE);
    relief_ctx_free(ctx);
}

/* Pixels that differ in all channels; the reference vectors below are made from the same formula.
 */
static void pattern(uint8_t *out, int width, int height, int channels) {
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < channels; c++) {
                *out++ = (uint8_t)(x * 37 + y * 59 + c * 83 + x * y * 11);
            }
        }
    }
}

static void assert_near(const float *got, const float *want, size_t count, float tolerance) {
    for (size_t i = 0; i < count; i++) {
        if (!(fabsf(got[i] - want[i]) <= tolerance)) {
            fail_msg("element %zu is %.7g, not %.7g", i, (double)got[i], (double)want[i]);
        }
    }
}

static void prepare(relief_ctx *ctx, const rl_photo_pixels *photo, const rl_descriptor *d,
                    int width, int height, float *out) {
    rl_raster averaged;
    assert_int_equal(rl_photo_average(ctx, photo, width, height, &averaged), RELIEF_OK);
    assert_int_equal(rl_preprocess(ctx, &averaged, d, width, height, out), RELIEF_OK);
    rl_free(averaged.data);
}

/* Reference: torch.nn.functional.interpolate(mode="bicubic", align_corners=False) in double
 * precision, then ImageNet's mean and std; rows 0, 2, 5 and columns 0, 3, 6 of the three planes. */
static void pictures_are_prepared_as_pytorch_does(void **state) {
    (void)state;
    static const float want[27] = {
        -2.2542F,   -0.971081F, 0.312037F, -0.960237F, 0.907945F, 1.99473F,  0.905234F,
        -1.33344F,  1.57293F,   -0.72197F, 0.589789F,  2.29059F,  0.735441F, 1.78973F,
        -0.521882F, -2.39348F,  0.60839F,  -2.06367F,  0.919596F, 2.64333F,  -0.899932F,
        1.958F,     -0.758209F, 0.756171F, -0.296189F, 2.27453F,  0.413867F};
    relief_ctx *ctx = test_ctx(2);
    uint8_t pixels[5 * 4 * 3];
    float out[3 * 6 * 7];
    pattern(pixels, 5, 4, 3);
    rl_photo_pixels photo = {pixels, 5, 4, 3};
    rl_descriptor d = {.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}};
    d.filter = RL_FILTER_CUBIC;
    prepare(ctx, &photo, &d, 7, 6, out);
    float got[27];
    for (int i = 0; i < 27; i++) {
        static const int rows[3] = {0, 2, 5};
        got[i] = out[(i / 9) * 42 + rows[i / 3 % 3] * 7 + (i % 3) * 3];
    }
    assert_near(got, want, 27, 2e-5F);
    relief_ctx_free(ctx);
}

/* 21 x 10 pixels for a 4 x 3 network: averaged to 8 x 6 (numpy, exact areas), then bicubic
 * (PyTorch). */
static void large_pictures_are_averaged_first(void **state) {
    (void)state;
    static const float want[36] = {
        -0.00931314F, -0.0917828F, 0.164425F,   -0.00633578F, 0.117996F,    -0.119455F,
        -0.133636F,   0.157504F,   0.01735F,    -0.0191159F,  0.084382F,    -0.188013F,
        0.0431799F,   -0.0646493F, -0.139515F,  0.092189F,    0.000311625F, 0.0666141F,
        0.0166725F,   0.0926856F,  0.0984518F,  -0.233439F,   -0.134199F,   0.260297F,
        -0.1126F,     0.0817933F,  0.00524685F, -0.0614618F,  0.0596207F,   -0.0464951F,
        -0.223047F,   0.313003F,   0.0252865F,  0.276197F,    -0.0735265F,  -0.0208234F};
    uint8_t pixels[21 * 10 * 3];
    float out[36];
    pattern(pixels, 21, 10, 3);
    rl_photo_pixels photo = {pixels, 21, 10, 3};
    rl_descriptor d = {.mean = {0.5, 0.5, 0.5}, .std = {0.5, 0.5, 0.5}};
    d.filter = RL_FILTER_CUBIC;
    for (int threads = 1; threads <= 3; threads++) {
        relief_ctx *ctx = test_ctx(threads);
        prepare(ctx, &photo, &d, 4, 3, out);
        assert_near(out, want, 36, 2e-6F);
        relief_ctx_free(ctx);
    }
}

static void alpha_is_laid_over_white(void **state) {
    (void)state;
    static const float want[12] = {0.0235294F, 0.767982F, 0.796078F, 0.838893F,
                                   0.341361F,  0.947958F, 0.343791F, 0.322753F,
                                   0.659193F,  0.572826F, 0.560784F, 0.570381F};
    relief_ctx *ctx = test_ctx(1);
    uint8_t pixels[5 * 4 * 4];
    float out[3 * 4 * 5];
    pattern(pixels, 5, 4, 4);
    rl_photo_pixels photo = {pixels, 5, 4, 4};
    rl_descriptor d = {.std = {1, 1, 1}, .filter = RL_FILTER_CUBIC};
    prepare(ctx, &photo, &d, 5, 4, out); /* the same size */
    float got[12];
    for (int i = 0; i < 12; i++) {
        got[i] = out[(i / 4) * 20 + (i / 2 % 2) * 15 + (i % 2) * 4];
    }
    assert_near(got, want, 12, 1e-6F);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_the_authors),
        cmocka_unit_test(extreme_shapes_stay_runnable),
        cmocka_unit_test(closer_looks_are_larger),
        cmocka_unit_test(descriptors_are_read),
        cmocka_unit_test(wrong_descriptors_are_refused_by_key),
        cmocka_unit_test(the_catalogue_describes_its_networks),
        cmocka_unit_test(pictures_are_prepared_as_pytorch_does),
        cmocka_unit_test(large_pictures_are_averaged_first),
        cmocka_unit_test(alpha_is_laid_over_white),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
