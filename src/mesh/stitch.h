/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles to one list of triangles. */
#ifndef RELIEF_MESH_STITCH_H
#define RELIEF_MESH_STITCH_H

#include "mesh/tile.h"

/* Put the results of all tiles together, row by row; vertices that tiles share become one. Errors:
 * _MEMORY. */
RELIEF_CHECKED relief_status rl_stitch(const rl_tess *tess, const rl_tile_result *results,
                                       rl_triangles *out);

#endif
