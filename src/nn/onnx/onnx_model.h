/* SPDX-License-Identifier: Apache-2.0 */
/* An .onnx file as a graph. */
#ifndef RELIEF_NN_ONNX_ONNX_MODEL_H
#define RELIEF_NN_ONNX_ONNX_MODEL_H

#include "base/os.h"
#include "nn/graph.h"

/* Operator sets of the default domain that are read. Which operators of them, the table in ops/
 * says. */
#define RL_ONNX_MIN_OPSET 7
#define RL_ONNX_MAX_OPSET 21

/* The bytes to read. They must outlive the model, whose constants point into them. */
typedef struct rl_onnx_source {
    const uint8_t *data;
    size_t size;
    const char *name; /* for messages */
    const char
        *path; /* where the file is, so that external data can be found; NULL: in memory alone */
} rl_onnx_source;

typedef struct rl_onnx_property {
    const char *key, *value;
} rl_onnx_property;

typedef struct rl_onnx_model {
    rl_graph *graph; /* nodes sorted, checked and bound to the operator table; sizes may be free */
    rl_onnx_property *metadata;
    size_t metadata_count;
    int stored_node_count;   /* with the Constant nodes, which became values */
    int64_t parameter_count; /* elements of all initialisers */
    rl_mapping **externals;  /* files of external data */
    size_t external_count, external_capacity;
} rl_onnx_model;

/* Read a model. Memory stays within a small multiple of the bytes that are there, whatever they
 * claim. Errors: _FORMAT (damaged, contradictory), _UNSUPPORTED (an operator, type or feature, by
 * name), _IO (external data), _LIMIT, _MEMORY. The caller frees *out with rl_onnx_free(). */
RELIEF_CHECKED relief_status rl_onnx_read(relief_ctx *ctx, const rl_onnx_source *source,
                                          rl_onnx_model **out);
void rl_onnx_free(rl_onnx_model *model);

#endif
