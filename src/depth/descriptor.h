/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: how pictures go into a network and what its output means.
 *
 * The same few facts are written as JSON in the catalogue ("descriptor"), beside a model (FILE.json
 * for FILE.onnx) and, one fact a key, in the metadata of an .onnx file ("relief.network_size" and
 * so on). Every key may be left out; what is not said is worked out from the graph by the rules of
 * descriptor_rules.h.
 *
 *   {
 *     "name": "my-network",            what to call it in outputs; default: the file's name
 *     "licence": "MIT",                shown by `relief model info`
 *     "network_size": [384, 384],      width and height for "resize"; one number: both
 *     "resize": "minimal",             see rl_size_rule
 *     "multiple": 32,                  both network sides become multiples of this
 *     "mean": [0.485, 0.456, 0.406],   RGB in 0..1 becomes (x - mean) / std;
 *     "std": [0.229, 0.224, 0.225],    [0, 0, 0] and [1, 1, 1] where the graph normalises itself
 *     "filter": "cubic",               photo to network size: "cubic" or "linear"
 *     "output_filter": "cubic",        prediction to photo size; "linear_corners" too
 *     "kind": "disparity",             meaning of the output: "disparity", "depth" or "metres"
 *     "metres_per_unit": 1.0,          for "metres": what one unit of the output is
 *     "input_name": "image",           for networks with several inputs or outputs
 *     "output_name": "disparity",
 *     "precision": "f32",              "f32": --precision auto never picks a narrower one; "any"
 *     "closer_look": 1.5               sides of a second, larger run for scenes, whose edges are
 *                                      finer, in those of the first; 1: none
 *   }
 * A key that is not in this list is refused by name, so that a misspelt one is not silently without
 * effect. */
#ifndef RELIEF_DEPTH_DESCRIPTOR_H
#define RELIEF_DEPTH_DESCRIPTOR_H

#include "image/resample.h"
#include "relief/model.h"

#include <jansson.h>

#define RL_MAX_NAME 256
/* Largest side that a network is run at. */
#define RL_MAX_NETWORK_SIDE 8192

/* How the network size follows from the photo's shape; after MiDaS (midas/transforms.py), see
 * network_size.h. */
typedef enum rl_size_rule {
    RL_SIZE_SQUARE, /* exactly network_size, whatever the photo's shape; also for fixed sizes that
                       are no squares */
    RL_SIZE_LOWER_BOUND, /* shape kept, both sides at least network_size */
    RL_SIZE_UPPER_BOUND, /* shape kept, both sides at most network_size */
    RL_SIZE_MINIMAL,     /* shape kept, scaled as little as possible */
    RL_SIZE_LONG_SIDE,   /* shape kept, the long side is that of network_size */
    RL_SIZE_AREA         /* shape kept, as many pixels as network_size has, so equal work */
} rl_size_rule;

typedef struct rl_descriptor {
    int width, height; /* network size that the rule starts from */
    rl_size_rule rule;
    int multiple;
    double mean[3], std[3];
    rl_filter filter, output_filter;
    relief_depth_kind kind;
    double metres_per_unit;
    char input_name[RL_MAX_NAME]; /* "": chosen from the graph */
    char output_name[RL_MAX_NAME];
    bool needs_f32;
    double closer_look;        /* 1: there is none */
    char name[RL_MAX_NAME];    /* "": the file's */
    char licence[RL_MAX_NAME]; /* "": unknown */
} rl_descriptor;

/* Change in *descriptor what the JSON object says; `where` (a file or an entry) stands in messages.
 * Errors: _FORMAT (a key or value that makes no sense, by name). */
RELIEF_CHECKED relief_status rl_descriptor_read(relief_ctx *ctx, const json_t *object,
                                                const char *where, rl_descriptor *descriptor);

/* The keys of a descriptor, ended by NULL. */
extern const char *const rl_descriptor_keys[];

/* "square", "lower_bound", ... */
const char *rl_size_rule_name(rl_size_rule rule);
/* "disparity", "depth", "metres". */
const char *rl_depth_kind_name(relief_depth_kind kind);

#endif
