/* SPDX-License-Identifier: Apache-2.0 */
/* Colour maps as a few colours with straight lines between them, in sRGB, as their authors mean
 * them to be joined:
 *
 *  - inferno: every eighth colour of the 256 that Nathaniel J. Smith and Stefan van der Walt
 *    published for matplotlib 1.5 (CC0); off by at most 1.5 of 255 in between;
 *  - turbo: every eighth colour of the table in Anton Mikhailov, "Turbo, An Improved Rainbow
 *    Colormap for Visualization", Google AI Blog, 2019; off by at most 1.9 of 255;
 *  - spectral: the eleven classes of ColorBrewer's diverging scheme "Spectral" (Cynthia Brewer,
 *    Mark Harrower, The Pennsylvania State University), from its violet end. */
#include "depth/colours.h"

#include "base/status.h"

static const uint32_t inferno[] = {
    0x000004, 0x040312, 0x0b0724, 0x150b37, 0x210c4a, 0x2e0a5a, 0x3c0965, 0x4a0c6b, 0x57106d,
    0x63146e, 0x70196e, 0x7d1e6d, 0x89226a, 0x962766, 0xa32b61, 0xaf315c, 0xbb3755, 0xc63e4d,
    0xd14644, 0xdb4f3b, 0xe35932, 0xeb6528, 0xf1711e, 0xf67f14, 0xf98d0a, 0xfb9c06, 0xfcab0f,
    0xfbba1f, 0xf9ca32, 0xf5d949, 0xf2e865, 0xf3f586, 0xfcffa4,
};
static const uint32_t turbo[] = {
    0x30123b, 0x392a73, 0x4040a1, 0x4456c7, 0x466be3, 0x467ff6, 0x4293ff, 0x37a7fa, 0x29bbec,
    0x1dcdd8, 0x18dcc3, 0x1ee8b0, 0x31f299, 0x4cf97e, 0x6bfd64, 0x8aff4d, 0xa3fd3c, 0xb8f735,
    0xcced34, 0xdee037, 0xedd03a, 0xf8c03a, 0xfdae35, 0xfe982c, 0xfb8022, 0xf56817, 0xec520f,
    0xe04009, 0xd23105, 0xc02302, 0xac1701, 0x950d01, 0x7a0403,
};
static const uint32_t grey[] = {0x000000, 0xffffff};
static const uint32_t spectral[] = {
    0x5e4fa2, 0x3288bd, 0x66c2a5, 0xabdda4, 0xe6f598, 0xffffbf,
    0xfee08b, 0xfdae61, 0xf46d43, 0xd53e4f, 0x9e0142,
};

#define MAP(colours)                                                                               \
    { colours, sizeof(colours) / sizeof(*(colours)) }
static const struct {
    const uint32_t *colours;
    size_t count;
} maps[] = {
    [RELIEF_COLOURS_INFERNO] = MAP(inferno),
    [RELIEF_COLOURS_TURBO] = MAP(turbo),
    [RELIEF_COLOURS_GREY] = MAP(grey),
    [RELIEF_COLOURS_SPECTRAL] = MAP(spectral),
};

relief_status rl_colours_fill(relief_ctx *ctx, relief_colours colours,
                              uint8_t rgb[RL_COLOUR_STEPS][3]) {
    if ((unsigned)colours >= sizeof(maps) / sizeof(*maps))
        return rl_fail(ctx, RELIEF_ERROR_ARG, "unknown colour map %d", (int)colours);
    const uint32_t *points = maps[colours].colours;
    const double last = (double)(maps[colours].count - 1);
    for (size_t i = 0; i < RL_COLOUR_STEPS; i++) {
        const double at = last * (double)i / (RL_COLOUR_STEPS - 1);
        const size_t from = at < last ? (size_t)at : maps[colours].count - 2;
        for (int c = 0; c < 3; c++) {
            const int shift = 16 - 8 * c;
            const double a = points[from] >> shift & 255, b = points[from + 1] >> shift & 255;
            rgb[i][c] = (uint8_t)(a + (b - a) * (at - (double)from) + 0.5);
        }
    }
    return RELIEF_OK;
}
