/* SPDX-License-Identifier: Apache-2.0 */
/* Depth maps to files and back, foreign files, and files that are damaged. */
#include "testing.h"

#include "base/memory.h"
#include "base/npy.h"
#include "depth/depth_map.h"
#include "image/png_write.h"
#include "relief/depth.h"

#include <math.h>
#include <openexr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static const char *in_folder(const char *name) {
    static char path[192];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

static relief_depth *map_of(relief_ctx *ctx, const float *values, int width, int height,
                            relief_depth_kind kind) {
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_from_values(ctx, values, width, height, kind, &map), RELIEF_OK);
    return map;
}

static relief_depth *load(relief_ctx *ctx, const char *path, relief_depth_kind kind) {
    relief_depth *map = NULL;
    if (relief_depth_load(ctx, path, kind, &map) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    return map;
}

static relief_depth_info info_of(const relief_depth *map) {
    relief_depth_info info = RELIEF_OPTIONS_INIT(relief_depth_info);
    relief_depth_get_info(map, &info);
    return info;
}

/* An odd-sized map with negative values, for disparity. */
static void wavy(float *values, int width, int height) {
    for (int i = 0; i < width * height; i++) {
        values[i] = sinf((float)(i % width) * 0.7F) * 3.0F + (float)(i / width) * 0.125F - 1.0F;
    }
}

static void float_files_come_back_bit_for_bit(void **state) {
    (void)state;
    static const struct {
        const char *name;
        relief_depth_format format;
    } cases[] = {{"a.pfm", RELIEF_DEPTH_PFM}, {"a.npy", RELIEF_DEPTH_NPY}};
    relief_ctx *ctx = test_ctx(1);
    float values[13 * 7];
    wavy(values, 13, 7);
    relief_depth *map = map_of(ctx, values, 13, 7, RELIEF_DISPARITY);
    for (int i = 0; i < 2; i++) {
        const char *path = in_folder(cases[i].name);
        assert_int_equal(relief_depth_save(ctx, map, path, cases[i].format, false), RELIEF_OK);
        relief_depth *back = load(ctx, path, RELIEF_DISPARITY);
        assert_int_equal(info_of(back).width, 13);
        assert_int_equal(info_of(back).height, 7);
        assert_memory_equal(relief_depth_values(back), values, sizeof(values));
        relief_depth_free(back);
        /* Our own file is replaced without force. */
        assert_int_equal(relief_depth_save(ctx, map, path, cases[i].format, false), RELIEF_OK);
    }
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

static void png16_keeps_the_range(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    float values[13 * 7];
    wavy(values, 13, 7);
    relief_depth *map = map_of(ctx, values, 13, 7, RELIEF_DISPARITY);
    const char *path = in_folder("a.png");
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    relief_depth *back = load(ctx, path, RELIEF_DISPARITY);
    relief_depth_info before = info_of(map);
    relief_depth_info after = info_of(back);
    assert_true(before.min == after.min && before.max == after.max);
    float half_step = (before.max - before.min) / 65535.0F * 0.51F;
    for (int i = 0; i < 13 * 7; i++) {
        assert_true(fabsf(relief_depth_values(back)[i] - values[i]) <= half_step);
    }
    size_t size;
    uint8_t *file = read_file(path, &size);
    rl_grey grey;
    assert_int_equal(rl_grey_read(ctx, file, size, "a.png", &grey), RELIEF_OK);
    assert_int_equal(grey.bits, 16);
    assert_string_equal(rl_grey_text_value(&grey, "relief:kind"), "disparity");
    assert_int_equal(strncmp(rl_grey_text_value(&grey, "Software"), "relief ", 7), 0);
    assert_null(rl_grey_text_value(&grey, "relief:model"));
    rl_grey_clear(&grey);
    free(file);
    relief_depth_free(back);
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

/* A ramp must not come out in steps: 40 levels of 255 is what this program replaces. */
static void png16_has_many_levels(void **state) {
    (void)state;
    enum { WIDTH = 512, HEIGHT = 128, COUNT = WIDTH * HEIGHT };
    relief_ctx *ctx = test_ctx(1);
    float *ramp = malloc(COUNT * sizeof(*ramp));
    assert_non_null(ramp);
    for (int i = 0; i < COUNT; i++) {
        ramp[i] = 0.3F + (float)i * 1e-4F;
    }
    relief_depth *map = map_of(ctx, ramp, WIDTH, HEIGHT, RELIEF_DEPTH);
    const char *path = in_folder("ramp.png");
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    size_t size;
    uint8_t *file = read_file(path, &size);
    rl_grey grey;
    assert_int_equal(rl_grey_read(ctx, file, size, path, &grey), RELIEF_OK);
    static bool seen[65536];
    memset(seen, 0, sizeof(seen));
    int levels = 0;
    for (int i = 0; i < COUNT; i++) {
        int level = (int)grey.values[i];
        levels += !seen[level];
        seen[level] = true;
    }
    assert_true(levels > 10000);
    assert_true(grey.values[0] == 0.0F && grey.values[COUNT - 1] == 65535.0F);
    rl_grey_clear(&grey);
    free(file);
    free(ramp);
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

/* Samples of a written map, for exact comparison. */
static void samples_of(relief_ctx *ctx, const float *values, int count, float *samples) {
    relief_depth *map = map_of(ctx, values, count, 1, RELIEF_DISPARITY);
    const char *path = in_folder("samples.png");
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    size_t size;
    uint8_t *file = read_file(path, &size);
    rl_grey grey;
    assert_int_equal(rl_grey_read(ctx, file, size, path, &grey), RELIEF_OK);
    memcpy(samples, grey.values, (size_t)count * sizeof(*samples));
    rl_grey_clear(&grey);
    free(file);
    relief_depth_free(map);
}

static void samples_are_rounded_not_cut(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    float samples[4];
    samples_of(ctx, (float[]){0.0F, 0.6F, 1.4F, 65535.0F}, 4, samples);
    assert_true(samples[0] == 0.0F && samples[1] == 1.0F && samples[2] == 1.0F &&
                samples[3] == 65535.0F);
    samples_of(ctx, (float[]){5.0F, 5.0F, 5.0F, 5.0F}, 4, samples);
    assert_true(samples[0] == 0.0F && samples[3] == 0.0F);
    samples_of(ctx, (float[]){-3e38F, 0.0F, 1.0F, 3e38F}, 4,
               samples); /* the range overflows a float */
    assert_true(samples[0] == 0.0F && samples[1] == 32768.0F && samples[3] == 65535.0F);
    relief_ctx_free(ctx);
}

static void a_constant_map_comes_back(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_depth *map = map_of(ctx, (float[]){2.5F, 2.5F}, 2, 1, RELIEF_METRES);
    const char *path = in_folder("constant.png");
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PNG16, false), RELIEF_OK);
    relief_depth *back = load(ctx, path, RELIEF_METRES);
    assert_true(relief_depth_values(back)[1] == 2.5F);
    relief_depth_free(back);
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

static void foreign_files_are_not_replaced(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_depth *map = map_of(ctx, (float[]){1, 2}, 2, 1, RELIEF_DISPARITY);
    const char *path = in_folder("foreign.pfm");
    write_file(path, "Pf\n1 1\n-1.0\n....", 16);
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PFM, false),
                     RELIEF_ERROR_EXISTS);
    assert_int_equal(relief_depth_save(ctx, map, path, RELIEF_DEPTH_PFM, true), RELIEF_OK);
    assert_int_equal(relief_depth_save(ctx, map, path, (relief_depth_format)9, true),
                     RELIEF_ERROR_ARG);
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

static void values_are_checked(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_depth *map = NULL;
    float bad[][2] = {{1, NAN}, {INFINITY, 1}, {1, 0}, {-1, 1}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(relief_depth_from_values(ctx, bad[i], 2, 1, RELIEF_DEPTH, &map),
                         RELIEF_ERROR_ARG);
        assert_null(map);
    }
    assert_int_equal(relief_depth_from_values(ctx, bad[2], 0, 1, RELIEF_DEPTH, &map),
                     RELIEF_ERROR_ARG);
    assert_int_equal(relief_depth_from_values(ctx, bad[3], 2, 1, RELIEF_DISPARITY, &map),
                     RELIEF_OK);
    assert_true(info_of(map).min == -1.0F && info_of(map).max == 1.0F);
    assert_string_equal(info_of(map).model, "");
    relief_depth_free(map);
    relief_depth_free(NULL);
    relief_ctx_free(ctx);
}

/* 8- and 16-bit PNG files of others hold what they hold. */
static void foreign_pngs_are_read_raw(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const uint16_t samples[6] = {0, 1, 300, 40000, 65535, 7};
    uint8_t *file;
    size_t size;
    assert_int_equal(
        rl_png_write(ctx, &(rl_png_picture){samples, 3, 2, 1, 16, (rl_grey_text[]){{NULL, NULL}}},
                     &file, &size),
        RELIEF_OK);
    const char *path = in_folder("foreign.png");
    write_file(path, file, size);
    relief_depth *map = load(ctx, path, RELIEF_DISPARITY);
    for (int i = 0; i < 6; i++) {
        assert_true(relief_depth_values(map)[i] == samples[i]);
    }
    relief_depth_free(map);
    /* As a depth, 0 means "not measured". */
    map = load(ctx, path, RELIEF_DEPTH);
    assert_true(info_of(map).min == 1.0F);
    relief_depth_free(map);
    rl_free(file);
    relief_ctx_free(ctx);
}

static void holes_take_the_nearest_value(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    enum { W = 9, H = 5 };
    float values[W * H];
    for (int i = 0; i < W * H; i++) {
        values[i] = NAN;
    }
    values[1 * W + 1] = 4.0F;
    values[3 * W + 7] = 8.0F;
    values[0] = INFINITY;
    values[2] = -1.0F;
    int64_t valid;
    assert_int_equal(rl_depth_fill(ctx, values, W, H, RELIEF_METRES, &valid), RELIEF_OK);
    assert_int_equal(valid, 2);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            int near4 = (x - 1) * (x - 1) + (y - 1) * (y - 1);
            int near8 = (x - 7) * (x - 7) + (y - 3) * (y - 3);
            float want = near4 < near8 ? 4.0F : 8.0F;
            assert_true(near4 == near8 || values[y * W + x] == want);
        }
    }
    float none[2] = {NAN, -1.0F};
    assert_int_equal(rl_depth_fill(ctx, none, 2, 1, RELIEF_METRES, &valid), RELIEF_OK);
    assert_int_equal(valid, 0);
    relief_ctx_free(ctx);
}

/* Write `header`, then `size` bytes of data, and read it as disparity. */
static relief_status load_bytes(relief_ctx *ctx, const char *header, const void *data, size_t size,
                                relief_depth **map) {
    uint8_t bytes[512];
    size_t length = strlen(header);
    memcpy(bytes, header, length);
    memcpy(bytes + length, data, size);
    const char *path = in_folder("bytes");
    write_file(path, bytes, length + size);
    return relief_depth_load(ctx, path, RELIEF_DISPARITY, map);
}

static void pfm_variants(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    relief_depth *map = NULL;
    const uint8_t big[8] = {0x3f, 0x80, 0, 0, 0x40, 0, 0, 0}; /* 1, 2 */
    assert_int_equal(load_bytes(ctx, "Pf\n1 2\n1.0\n", big, 8, &map), RELIEF_OK);
    assert_true(relief_depth_values(map)[0] == 2.0F && relief_depth_values(map)[1] == 1.0F);
    relief_depth_free(map);
    static const char *const wrong[] = {"Pf\n1 2\n0\n",    "Pf\n-1 2\n1\n",  "Pf\n1\n",
                                        "Pf\n1x 2\n1.0\n", "Pf\n1 2\nx\n",   "Pf\n0 2\n1.0\n",
                                        "Pf\n3 3\n1.0\n",  "Pf\n1 2\nnan\n", "Pf"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(load_bytes(ctx, wrong[i], big, 8, &map), RELIEF_ERROR_FORMAT);
        assert_null(map);
    }
    assert_int_equal(load_bytes(ctx, "PF\n1 1\n1.0\n", big, 8, &map), RELIEF_ERROR_UNSUPPORTED);
    assert_int_equal(load_bytes(ctx, "Pf\n60000 60000\n1.0\n", big, 8, &map), RELIEF_ERROR_LIMIT);
    assert_int_equal(load_bytes(ctx, "hello", big, 8, &map), RELIEF_ERROR_UNSUPPORTED);
    assert_int_equal(load_bytes(ctx, "", big, 0, &map), RELIEF_ERROR_FORMAT);
    const uint8_t nan_only[4] = {0, 0, 0xc0, 0x7f};
    assert_int_equal(load_bytes(ctx, "Pf\n1 1\n-1.0\n", nan_only, 4, &map), RELIEF_ERROR_FORMAT);
    assert_int_equal(relief_depth_load(ctx, in_folder("absent"), RELIEF_DEPTH, &map),
                     RELIEF_ERROR_IO);
    assert_int_equal(relief_depth_load(ctx, folder, RELIEF_DEPTH, &map), RELIEF_ERROR_IO);
    relief_ctx_free(ctx);
}

/* A .npy file with this dictionary, read as disparity. */
static relief_status load_npy(relief_ctx *ctx, const char *dictionary, const void *data,
                              size_t size, relief_depth **map) {
    char header[256];
    size_t length = strlen(dictionary);
    memcpy(header, "\x93NUMPY\x01", 7);
    uint8_t bytes[512] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)(length + 1), 0};
    memcpy(bytes + 10, dictionary, length);
    bytes[10 + length] = '\n';
    memcpy(bytes + 11 + length, data, size);
    const char *path = in_folder("array.npy");
    write_file(path, bytes, 11 + length + size);
    return relief_depth_load(ctx, path, RELIEF_DISPARITY, map);
}

static void assert_npy(relief_ctx *ctx, const char *dictionary, const void *data, size_t size,
                       const float want[4]) {
    relief_depth *map = NULL;
    if (load_npy(ctx, dictionary, data, size, &map) != RELIEF_OK) {
        fail_msg("%s: %s", dictionary, relief_last_error(ctx));
    }
    assert_int_equal(info_of(map).width, 2);
    assert_int_equal(info_of(map).height, 2);
    for (int i = 0; i < 4; i++) {
        assert_true(relief_depth_values(map)[i] == want[i]);
    }
    relief_depth_free(map);
}

static void npy_types_and_orders(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    const float rows[4] = {1, 2, 3, -4};
    const float columns[4] = {1, 3, 2, -4};
    const double doubles[4] = {1, 2, 3, -4};
    const int16_t shorts[4] = {1, 2, 3, -4};
    const uint16_t halves[4] = {0x3c00, 0x4000, 0x4200, 0xc400};
    const uint8_t big_shorts[8] = {0, 1, 0, 2, 0, 3, 0xff, 0xfc};
    const uint8_t octets[4] = {1, 2, 3, 252};
    assert_npy(ctx, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", rows, 16, rows);
    assert_npy(ctx, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", columns, 16,
               rows);
    assert_npy(ctx, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 2, 2), }", doubles,
               32, rows);
    assert_npy(ctx, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2, 1), }", shorts, 8,
               rows);
    assert_npy(ctx, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2, 2), }", halves, 8,
               rows);
    assert_npy(ctx, "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 2), }", big_shorts, 8,
               rows);
    const float unsigned_values[4] = {1, 2, 3, 252};
    assert_npy(ctx, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", octets, 4,
               unsigned_values);
    relief_depth *map = NULL;
    assert_int_equal(load_npy(ctx, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2), }",
                              rows, 16, &map),
                     RELIEF_OK); /* a size of 1 in the middle is no harm */
    relief_depth_free(map);
    static const char *const wrong[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
        "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2), }",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }",
        "{'descr': '<f4', 'shape': (2, 2), }",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_true(load_npy(ctx, wrong[i], rows, 16, &map) < 0);
        assert_null(map);
    }
    relief_ctx_free(ctx);
}

/* How an EXR file of the tests is made. */
typedef struct exr_case {
    const char *channel;
    exr_pixel_type_t type;
    exr_compression_t compression;
    bool tiled;
    bool colours;  /* R, G, B stand beside it */
    int left, top; /* of the data window in a display window at 0, 0 */
} exr_case;

enum { EXR_WIDTH = 37, EXR_HEIGHT = 21, EXR_TILE = 16 };

static float exr_value(int x, int y) {
    return 0.5F + (float)x * 0.25F + (float)y * 2.0F;
}

static void fill_chunk(const exr_case *c, int x0, int y0, int width, int height, uint8_t *out) {
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            float value = exr_value(x0 + x, y0 + y);
            uint32_t whole = (uint32_t)value;
            memcpy(out, c->type == EXR_PIXEL_UINT ? (void *)&whole : (void *)&value, 4);
            out += 4;
        }
    }
}

#define EXR_OK(call) assert_int_equal((call), EXR_ERR_SUCCESS)

static void encode_chunk(exr_context_t exr, const exr_case *c, const exr_chunk_info_t *chunk, int x,
                         int y) {
    exr_encode_pipeline_t encode = EXR_ENCODE_PIPELINE_INITIALIZER;
    static uint8_t pixels[EXR_WIDTH * EXR_HEIGHT * 4];
    EXR_OK(exr_encoding_initialize(exr, 0, chunk, &encode));
    fill_chunk(c, x, y, chunk->width, chunk->height, pixels);
    for (int i = 0; i < encode.channel_count; i++) {
        encode.channels[i].encode_from_ptr = pixels;
        encode.channels[i].user_pixel_stride = 4;
        encode.channels[i].user_line_stride = chunk->width * 4;
        encode.channels[i].user_bytes_per_element = 4;
        encode.channels[i].user_data_type =
            c->type == EXR_PIXEL_UINT ? EXR_PIXEL_UINT : EXR_PIXEL_FLOAT;
    }
    EXR_OK(exr_encoding_choose_default_routines(exr, 0, &encode));
    EXR_OK(exr_encoding_run(exr, 0, &encode));
    EXR_OK(exr_encoding_destroy(exr, &encode));
}

static void write_exr(const char *path, const exr_case *c) {
    exr_context_t exr;
    exr_context_initializer_t init = EXR_DEFAULT_CONTEXT_INITIALIZER;
    int part;
    exr_attr_box2i_t display;
    exr_attr_box2i_t data;
    exr_attr_v2f_t centre;
    memset(&display, 0, sizeof(display));
    memset(&centre, 0, sizeof(centre));
    display.max.x = EXR_WIDTH - 1;
    display.max.y = EXR_HEIGHT - 1;
    data = display;
    data.min.x = c->left;
    data.min.y = c->top;
    EXR_OK(exr_start_write(&exr, path, EXR_WRITE_FILE_DIRECTLY, &init));
    EXR_OK(exr_add_part(exr, "depth", c->tiled ? EXR_STORAGE_TILED : EXR_STORAGE_SCANLINE, &part));
    EXR_OK(exr_initialize_required_attr(exr, 0, &display, &data, 1.0F, &centre, 1.0F,
                                        EXR_LINEORDER_INCREASING_Y, c->compression));
    if (c->colours) {
        EXR_OK(exr_add_channel(exr, 0, "B", EXR_PIXEL_HALF, 0, 1, 1));
    }
    EXR_OK(exr_add_channel(exr, 0, c->channel, c->type, 0, 1, 1));
    if (c->tiled) {
        EXR_OK(exr_set_tile_descriptor(exr, 0, EXR_TILE, EXR_TILE, EXR_TILE_ONE_LEVEL,
                                       EXR_TILE_ROUND_DOWN));
    }
    EXR_OK(exr_write_header(exr));
    exr_chunk_info_t chunk;
    if (c->tiled) {
        for (int y = 0; y < EXR_HEIGHT; y += EXR_TILE) {
            for (int x = 0; x < EXR_WIDTH; x += EXR_TILE) {
                EXR_OK(exr_write_tile_chunk_info(exr, 0, x / EXR_TILE, y / EXR_TILE, 0, 0, &chunk));
                encode_chunk(exr, c, &chunk, x, y);
            }
        }
    } else {
        int32_t rows = 0;
        EXR_OK(exr_get_scanlines_per_chunk(exr, 0, &rows));
        for (int y = c->top; y < EXR_HEIGHT; y += rows) {
            EXR_OK(exr_write_scanline_chunk_info(exr, 0, y, &chunk));
            encode_chunk(exr, c, &chunk, c->left, y);
        }
    }
    EXR_OK(exr_finish(&exr));
}

static void exr_channels_and_layouts(void **state) {
    (void)state;
    static const exr_case cases[] = {
        {"Y", EXR_PIXEL_FLOAT, EXR_COMPRESSION_ZIP, false, false, 0, 0},
        {"Y", EXR_PIXEL_FLOAT, EXR_COMPRESSION_NONE, false, true, 0, 0},
        {"Z", EXR_PIXEL_FLOAT, EXR_COMPRESSION_ZIPS, true, false, 0, 0},
        {"R", EXR_PIXEL_HALF, EXR_COMPRESSION_PIZ, false, true, 0, 0},
        {"depth.Z", EXR_PIXEL_FLOAT, EXR_COMPRESSION_RLE, false, true, 0, 0},
        {"whatever", EXR_PIXEL_UINT, EXR_COMPRESSION_ZIP, true, false, 0, 0},
        {"Y", EXR_PIXEL_FLOAT, EXR_COMPRESSION_ZIP, false, false, 5, 3},
    };
    relief_ctx *ctx = test_ctx(1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const exr_case *c = &cases[i];
        const char *path = in_folder("case.exr");
        unlink(path);
        write_exr(path, c);
        relief_depth *map = load(ctx, path, RELIEF_DEPTH);
        assert_int_equal(info_of(map).width, EXR_WIDTH);
        assert_int_equal(info_of(map).height, EXR_HEIGHT);
        for (int p = 0; p < EXR_WIDTH * EXR_HEIGHT; p++) {
            int x = p % EXR_WIDTH < c->left ? c->left : p % EXR_WIDTH;
            int y = p / EXR_WIDTH < c->top ? c->top : p / EXR_WIDTH;
            float want = exr_value(x, y);
            /* As whole numbers the first two pixels are 0, no depth. */
            if (c->type == EXR_PIXEL_UINT && (p < 2 || want < 1.0F)) {
                continue;
            }
            want = c->type == EXR_PIXEL_UINT ? floorf(want) : want;
            assert_true(relief_depth_values(map)[p] == want);
        }
        relief_depth_free(map);
    }
    write_exr(in_folder("no.exr"),
              &(exr_case){"G", EXR_PIXEL_HALF, EXR_COMPRESSION_ZIP, false, true, 0, 0});
    relief_depth *map = NULL;
    assert_int_equal(relief_depth_load(ctx, in_folder("no.exr"), RELIEF_DEPTH, &map),
                     RELIEF_ERROR_UNSUPPORTED);
    relief_ctx_free(ctx);
}

/* OpenEXRCore would mix up the channels of the first two; the third is all half floats. */
static void exr_b44(void **state) {
    (void)state;
    static const exr_case cases[] = {
        {"Z", EXR_PIXEL_FLOAT, EXR_COMPRESSION_B44, false, true, 0, 0},
        {"Y", EXR_PIXEL_FLOAT, EXR_COMPRESSION_B44A, false, false, 0, 0},
        {"Z", EXR_PIXEL_HALF, EXR_COMPRESSION_B44, false, true, 0, 0},
    };
    relief_ctx *ctx = test_ctx(1);
    for (int i = 0; i < 3; i++) {
        relief_depth *map = NULL;
        const char *path = in_folder("b44.exr");
        unlink(path);
        write_exr(path, &cases[i]);
        relief_status status = relief_depth_load(ctx, path, RELIEF_DEPTH, &map);
        assert_int_equal(status, i < 2 ? RELIEF_ERROR_UNSUPPORTED : RELIEF_OK);
        if (i < 2) {
            assert_non_null(strstr(relief_last_error(ctx), "ZIP"));
        } else {
            float want = exr_value(20, 10);
            float got = relief_depth_values(map)[10 * EXR_WIDTH + 20];
            assert_true(fabsf(got - want) < 0.5F);
        }
        relief_depth_free(map);
    }
    relief_ctx_free(ctx);
}

/* Load every file cut at many points, and with bytes turned over: an error or a map, never a crash.
 */
static void mangle(relief_ctx *ctx, const char *path) {
    size_t size;
    uint8_t *file = read_file(path, &size);
    const char *broken = in_folder("broken");
    char broken_path[192];
    snprintf(broken_path, sizeof(broken_path), "%s", broken);
    size_t step = size / 97 + 1;
    /* A PNG file without its last, empty chunk has all its pixels. */
    size_t needed = file[0] == 0x89 ? size - 16 : size;
    for (size_t cut = 0; cut < needed; cut += step) {
        relief_depth *map = NULL;
        write_file(broken_path, file, cut);
        if (relief_depth_load(ctx, broken_path, RELIEF_DEPTH, &map) == RELIEF_OK) {
            fail_msg("%s: read although cut to %zu of %zu bytes", path, cut, size);
        }
        assert_null(map);
        assert_non_null(strstr(relief_last_error(ctx), "broken: "));
    }
    for (size_t at = 0; at < size; at += at < 400 ? 3 : step) {
        relief_depth *map = NULL;
        file[at] ^= 0xff;
        write_file(broken_path, file, size);
        relief_status status = relief_depth_load(ctx, broken_path, RELIEF_DEPTH, &map);
        assert_int_equal(status == RELIEF_OK, map != NULL);
        relief_depth_free(map);
        file[at] ^= 0xff;
    }
    free(file);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    float values[13 * 7];
    wavy(values, 13, 7);
    relief_depth *map = map_of(ctx, values, 13, 7, RELIEF_DISPARITY);
    static const char *const names[] = {"d.png", "d.pfm", "d.npy", "d1.exr", "d2.exr"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            relief_depth_save(ctx, map, in_folder(names[i]), (relief_depth_format)i, false), 0);
    }
    write_exr(in_folder("d1.exr"),
              &(exr_case){"Y", EXR_PIXEL_FLOAT, EXR_COMPRESSION_ZIP, false, false, 0, 0});
    write_exr(in_folder("d2.exr"),
              &(exr_case){"Y", EXR_PIXEL_HALF, EXR_COMPRESSION_PIZ, true, false, 0, 0});
    for (int i = 0; i < 5; i++) {
        char path[192];
        snprintf(path, sizeof(path), "%s", in_folder(names[i]));
        mangle(ctx, path);
    }
    relief_depth_free(map);
    relief_ctx_free(ctx);
}

/* Every allocation of ours fails once: no crash, no leak, nothing half-written. */
static void memory_failures_are_survived(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(1);
    float values[13 * 7];
    wavy(values, 13, 7);
    values[5] = 9.0F;
    static const char *const names[] = {"m.png", "m.pfm",  "m.npy",  "m.exr",
                                        "h.exr", "m.tiff", "m8.png", "preview.png"};
    for (int format = 0; format <= RELIEF_DEPTH_PNG8; format++) {
        char path[192];
        snprintf(path, sizeof(path), "%s", in_folder(names[format]));
        for (int n = 0;; n++) {
            relief_depth *map = NULL;
            relief_depth *back = NULL;
            rl_memory_fail_at(n, false);
            relief_status status =
                relief_depth_from_values(ctx, values, 13, 7, RELIEF_DISPARITY, &map);
            if (!status) {
                status = relief_depth_save(ctx, map, path, (relief_depth_format)format, false);
            }
            if (!status) { /* as depths, so that holes are filled */
                status = relief_depth_load(ctx, path, RELIEF_DEPTH, &back);
            }
            bool failed = rl_memory_failed();
            rl_memory_fail_at(-1, false);
            relief_depth_free(map);
            relief_depth_free(back);
            if (!failed) {
                assert_int_equal(status, RELIEF_OK);
                break;
            }
            assert_int_equal(status, RELIEF_ERROR_MEMORY);
        }
    }
    relief_ctx_free(ctx);
}

static int make_folder(void **state) {
    (void)state;
    setenv("VIPS_WARNING", "0", 1); /* libvips' own words about damaged files */
    strcpy(folder, "/tmp/relief-depth-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[96];
    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    return system(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(float_files_come_back_bit_for_bit),
        cmocka_unit_test(png16_keeps_the_range),
        cmocka_unit_test(png16_has_many_levels),
        cmocka_unit_test(samples_are_rounded_not_cut),
        cmocka_unit_test(a_constant_map_comes_back),
        cmocka_unit_test(foreign_files_are_not_replaced),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(foreign_pngs_are_read_raw),
        cmocka_unit_test(holes_take_the_nearest_value),
        cmocka_unit_test(pfm_variants),
        cmocka_unit_test(npy_types_and_orders),
        cmocka_unit_test(exr_channels_and_layouts),
        cmocka_unit_test(exr_b44),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(memory_failures_are_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
