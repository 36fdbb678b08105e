/* SPDX-License-Identifier: Apache-2.0 */
/* Ramps as a network draws them, along silhouettes whose place is known: each must become one
 * connected, smooth tear between the two surfaces, whatever the photo's texture. */
#include "tests/scene_testing.h"

#include "scene/scene_inside.h"

#include <stdio.h>

/* The map, and a photo of twice its size. */
enum { MAP_WIDTH = 384, MAP_HEIGHT = 288, SCALE = 2 };
enum { WIDTH = SCALE * MAP_WIDTH, HEIGHT = SCALE * MAP_HEIGHT, COUNT = WIDTH * HEIGHT };
static const float NEAR_Q = 0.5F, FAR_Q = 0.2F;
/* Half the ramp's length, in the map's pixels. */
static const float SOFT = 5;

/* Distance from a silhouette in the map's pixels; inside, where it is near, below 0. */
typedef float (*shape_fn)(float x, float y);

static float slant(float x, float y) {
    return ((x - 190) - 0.37F * (y - 144)) / sqrtf(1 + 0.37F * 0.37F);
}

static float disc(float x, float y) {
    return hypotf(x - 200, y - 150) - 80;
}

static shape_fn shape;

/* -1 to 1, different in every pixel. */
static float noise(int x, int y) {
    uint32_t h = (uint32_t)(y * 4099 + x) * 2654435761U;
    h = (h ^ (h >> 15)) * 2246822519U;
    return (float)((h ^ (h >> 13)) & 0xFFFF) / 32767.5F - 1;
}

static float ramp_between(float near_q, int x, int y) {
    const float share = 0.5F - 0.5F * tanhf(shape((float)x + 0.5F, (float)y + 0.5F) / SOFT);
    return 1 / ((FAR_Q + (near_q - FAR_Q) * share) * (1 + 0.002F * noise(x, y)));
}

static float ramp(int x, int y, int width, int height) {
    (void)width;
    (void)height;
    return ramp_between(NEAR_Q, x, y);
}

/* The near surface meets the far one lower down, as a curtain does that is drawn in. */
static float fading_ramp(int x, int y, int width, int height) {
    (void)width;
    float left = ((float)y / (float)height - 0.4F) / 0.3F;
    left = 1 - fminf(fmaxf(left, 0), 1);
    return ramp_between(FAR_Q + (NEAR_Q - FAR_Q) * left, x, y);
}

/* A floor that rises steeply towards the camera. */
static float steep_floor(int x, int y, int width, int height) {
    (void)width;
    return 1 / ((0.1F + 0.9F * (float)y / (float)height) * (1 + 0.002F * noise(x, y)));
}

/* Whether a pixel of the photo belongs to the near surface. */
static bool is_near(int x, int y) {
    return shape(((float)x + 0.5F) / SCALE, ((float)y + 0.5F) / SCALE) < 0;
}

/* Dark before light, with grain; every third stripe of the far side is as dark as the near one. */
static uint8_t striped(int x, int y) {
    const bool dark = is_near(x, y) || (x / 9 + y / 23) % 3 == 0;
    return (uint8_t)((dark ? 80 : 150) + 30 * noise(x, y));
}

typedef struct tear_figures {
    int borders, lines; /* torn ones, and how many lines they hang together in */
    double worst, rms;  /* their distances from the silhouette, in the map's pixels */
    double off;         /* of q beside them, as a share of the surface's */
} tear_figures;

static bool is_torn(const relief_scene *scene, int x, int y, unsigned bit) {
    return x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT && (scene->torn[y * WIDTH + x] & bit);
}

/* Mark the torn borders that hang together with those at a pixel corner. */
static void flood(const relief_scene *scene, uint8_t *seen, int32_t *pile, int corner) {
    int count = 0;
    pile[count++] = corner;
    seen[corner] = 1;
    while (count > 0) {
        const int at = pile[--count], x = at % (WIDTH + 1), y = at / (WIDTH + 1);
        const bool ways[4] = {
            is_torn(scene, x, y - 1, RL_TORN_DOWN), is_torn(scene, x - 1, y - 1, RL_TORN_DOWN),
            is_torn(scene, x - 1, y, RL_TORN_RIGHT), is_torn(scene, x - 1, y - 1, RL_TORN_RIGHT)};
        const int next[4] = {at + 1, at - 1, at + WIDTH + 1, at - WIDTH - 1};
        for (int k = 0; k < 4; k++) {
            if (ways[k] && !seen[next[k]]) {
                seen[next[k]] = 1;
                pile[count++] = next[k];
            }
        }
    }
}

static int count_lines(const relief_scene *scene) {
    const size_t corners = (size_t)(WIDTH + 1) * (HEIGHT + 1);
    uint8_t *seen = calloc(corners, 1);
    int32_t *pile = malloc(corners * sizeof(*pile));
    int lines = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const int corner =
                (y + 1) * (WIDTH + 1) + x + 1; /* both borders of the pixel end here */
            if (!scene->torn[y * WIDTH + x] || seen[corner])
                continue;
            lines++;
            flood(scene, seen, pile, corner);
        }
    }
    free(seen);
    free(pile);
    return lines;
}

static void note_border(const relief_scene *scene, int at, int other, float x, float y,
                        tear_figures *out) {
    const double distance = fabsf(shape(x / SCALE, y / SCALE));
    const float a = 1 / scene->depth[at], b = 1 / scene->depth[other];
    const double near_off = fabsf(fmaxf(a, b) / NEAR_Q - 1);
    const double far_off = fabsf(fminf(a, b) / FAR_Q - 1);
    out->borders++;
    out->worst = fmax(out->worst, distance);
    out->rms += distance * distance;
    out->off = fmax(out->off, fmax(near_off, far_off));
}

static tear_figures look_at(const relief_scene *scene) {
    tear_figures figures = {.lines = count_lines(scene)};
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const int at = y * WIDTH + x;
            if (is_torn(scene, x, y, RL_TORN_RIGHT))
                note_border(scene, at, at + 1, (float)(x + 1), (float)y + 0.5F, &figures);
            if (is_torn(scene, x, y, RL_TORN_DOWN))
                note_border(scene, at, at + WIDTH, (float)x + 0.5F, (float)(y + 1), &figures);
        }
    }
    figures.rms = figures.borders ? sqrt(figures.rms / figures.borders) : 0;
    return figures;
}

/* Pixel borders along the silhouette itself: the length of a staircase that never turns back. */
static int ideal_borders(void) {
    int count = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const bool here = is_near(x, y);
            count += x + 1 < WIDTH && is_near(x + 1, y) != here;
            count += y + 1 < HEIGHT && is_near(x, y + 1) != here;
        }
    }
    return count;
}

static relief_scene *scene_of(relief_ctx *ctx, const relief_image *photo, test_map_fn fn) {
    relief_depth *map = test_map(ctx, MAP_WIDTH, MAP_HEIGHT, RELIEF_METRES, fn);
    relief_scene *scene = NULL;
    relief_scene_options options = RELIEF_OPTIONS_INIT(relief_scene_options);
    options.hard_edges = true;
    assert_int_equal(relief_scene_new(ctx, photo, map, &options, &scene), RELIEF_OK);
    relief_depth_free(map);
    return scene;
}

static void ramps_become_one_line(void **state) {
    (void)state;
    const shape_fn shapes[] = {slant, disc};
    relief_ctx *ctx = test_ctx(2);
    for (int k = 0; k < 2; k++) {
        shape = shapes[k];
        relief_image *photo = test_grey_photo(ctx, WIDTH, HEIGHT, striped);
        relief_scene *scene = scene_of(ctx, photo, ramp);
        const tear_figures figures = look_at(scene);
        const int ideal = ideal_borders();
        printf("%s: %d lines, %d borders of %d, off the silhouette by %.2f, at worst %.2f, q by "
               "%.1f %%\n",
               k ? "disc" : "slant", figures.lines, figures.borders, ideal, figures.rms,
               figures.worst, 100 * figures.off);
        assert_int_equal(figures.lines, 1);
        assert_in_range(figures.borders, ideal * 97 / 100, ideal * 108 / 100);
        assert_true(figures.worst <= 3);
        assert_true(figures.rms <= 1);
        assert_true(figures.off <= 0.05);
        relief_scene_free(scene);
        relief_image_free(photo);
    }
    relief_ctx_free(ctx);
}

static void a_tear_ends_where_its_step_does(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    shape = slant;
    relief_image *photo = test_grey_photo(ctx, WIDTH, HEIGHT, striped);
    relief_scene *scene = scene_of(ctx, photo, fading_ramp);
    int last = 0;
    for (int y = 0; y < HEIGHT; y++) {
        bool torn = false;
        for (int x = 0; x < WIDTH; x++)
            torn = torn || is_torn(scene, x, y, RL_TORN_RIGHT);
        /* Torn without a gap from the top to where it ends. */
        assert_true(!torn || y == last);
        last += torn;
    }
    float step = 0;
    for (int x = 0; x < WIDTH; x++)
        if (is_torn(scene, x, last - 1, RL_TORN_RIGHT))
            step = fabsf(scene->depth[(last - 1) * WIDTH + x + 1] /
                             scene->depth[(last - 1) * WIDTH + x] -
                         1);
    printf("fading: torn down to row %d of %d; the step there is %.1f %%\n", last, HEIGHT,
           100 * step);
    assert_int_equal(count_lines(scene), 1);
    assert_in_range(last, HEIGHT * 40 / 100, HEIGHT * 70 / 100);
    assert_true(step < 0.25F);
    relief_scene_free(scene);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static void floors_stay_whole(void **state) {
    (void)state;
    relief_ctx *ctx = test_ctx(2);
    shape = slant;
    relief_image *photo = test_grey_photo(ctx, WIDTH, HEIGHT, striped);
    relief_scene *scene = scene_of(ctx, photo, steep_floor);
    assert_int_equal(count_lines(scene), 0);
    relief_scene_free(scene);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

static void same_bits_for_any_thread_count(void **state) {
    (void)state;
    const int counts[] = {1, 3, 5};
    relief_scene *scenes[3];
    relief_ctx *ctx = test_ctx(1);
    shape = disc;
    relief_image *photo = test_grey_photo(ctx, WIDTH, HEIGHT, striped);
    for (int k = 0; k < 3; k++) {
        relief_ctx *own = test_ctx(counts[k]);
        scenes[k] = scene_of(own, photo, ramp);
        relief_ctx_free(own);
        assert_memory_equal(scenes[k]->torn, scenes[0]->torn, COUNT);
        assert_memory_equal(scenes[k]->depth, scenes[0]->depth, COUNT * sizeof(float));
    }
    for (int k = 0; k < 3; k++)
        relief_scene_free(scenes[k]);
    relief_image_free(photo);
    relief_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ramps_become_one_line),
        cmocka_unit_test(a_tear_ends_where_its_step_does),
        cmocka_unit_test(floors_stay_whole),
        cmocka_unit_test(same_bits_for_any_thread_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
