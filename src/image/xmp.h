/* SPDX-License-Identifier: Apache-2.0 */
/* What XMP packets (ISO 16684-1) say about a depth picture in or behind a photo: Google's GDepth
 * and Dynamic Depth, and Apple's pixel data information. */
#ifndef RELIEF_IMAGE_XMP_H
#define RELIEF_IMAGE_XMP_H

#include "relief/base.h"

#define RL_XMP_MAX_ITEMS 16
#define RL_XMP_MAX_WORD 64

/* Values of rl_xmp.stored: the letters 'hdep' and 'fdep', depth in 16 and in 32 bits. Disparity has
 * others. */
#define RL_XMP_DEPTH_HALF "1751410032"
#define RL_XMP_DEPTH_FLOAT "1717855600"

/* A file behind the photo's own, in the order of the directory. */
typedef struct rl_xmp_item {
    int64_t length;  /* bytes; 0: not told */
    int64_t padding; /* bytes between its end and the next one */
    bool is_depth;
    char uri[RL_XMP_MAX_WORD]; /* by which the depth map's description names it; "": none */
} rl_xmp_item;

/* 0 and "" mean: not told. */
typedef struct rl_xmp {
    char format[RL_XMP_MAX_WORD]; /* "RangeInverse" or "RangeLinear" */
    double nearest, farthest;     /* distances that 0 and 1 stand for */
    uint8_t *data; /* the depth picture's file, when the packet holds it; of rl_alloc */
    size_t data_size;
    char depth_uri[RL_XMP_MAX_WORD];
    rl_xmp_item items[RL_XMP_MAX_ITEMS]; /* the first is the photo itself */
    int item_count;
    /* Apple's words about an auxiliary picture: what its numbers were before they became bytes, as
     * a decimal number, and what the least and the greatest stand for. */
    char stored[RL_XMP_MAX_WORD];
    double least, most;
    char extension[RL_XMP_MAX_WORD]; /* name of the packet that goes on where this one ends */
} rl_xmp;

/* Add what a packet says to *xmp, which begins as all zeros; what is told twice counts as the first
 * time. A packet that is no XML counts up to where it breaks. Undo with rl_xmp_clear(), after
 * failures too. Errors: _MEMORY. */
RELIEF_CHECKED relief_status rl_xmp_read(relief_ctx *ctx, const uint8_t *packet, size_t size,
                                         rl_xmp *xmp);
void rl_xmp_clear(rl_xmp *xmp);

#endif
