/* SPDX-License-Identifier: Apache-2.0 */
/* The few facts of an EXIF block, or of a TIFF file, that matter here (CIPA DC-008, TIFF 6.0). */
#ifndef RELIEF_IMAGE_EXIF_H
#define RELIEF_IMAGE_EXIF_H

#include "relief/base.h"

typedef struct rl_exif {
    int orientation; /* 1-8; 0: not told */
    double
        focal_35mm; /* 35 mm equivalent focal length in millimetres, by the diagonal; 0: not told */
} rl_exif;

/* Read the facts from a block that begins with its TIFF header or with "Exif\0\0". Damaged blocks
 * give what can be read. `size`: the picture's width and height, for files that give the sensor's
 * resolution but not its size. */
void rl_exif_parse(const uint8_t *block, size_t block_size, const int size[2], rl_exif *out);

/* Set the orientation that stands in the block to 1, in place. */
void rl_exif_reset_orientation(uint8_t *block, size_t size);

/* Whether a TIFF file is a camera's raw file: DNG by its version tag, others because their first
 * picture is a reduced preview of one that hides in a sub-directory. */
bool rl_exif_is_camera_raw(const uint8_t *file, size_t size);

#endif
