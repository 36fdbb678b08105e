/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the .onnx reader share. Field numbers are those of onnx.proto (ONNX's
 * specification, docs/IR.md). */
#ifndef RELIEF_NN_ONNX_ONNX_READER_H
#define RELIEF_NN_ONNX_ONNX_READER_H

#include "nn/onnx/names.h"
#include "nn/onnx/onnx_model.h"
#include "nn/onnx/wire.h"

typedef struct rl_onnx_reader {
    relief_ctx *ctx;
    const rl_onnx_source *source;
    rl_onnx_model *model;
    rl_graph *graph;
    rl_names names;     /* of all values */
    rl_names externals; /* location of external data -> index in model->externals */
    char *folder;       /* of the model, links resolved; NULL until needed */
} rl_onnx_reader;

static inline rl_text rl_text_of(const rl_wire_field *field) {
    return (rl_text){field->data, field->size};
}

/* Fail with the file's name in front of the text. */
relief_status rl_onnx_fail(const rl_onnx_reader *reader, relief_status status, const char *format,
                           ...) RL_PRINTF(3, 4);
/* Fail because the bytes of `what` are no such message. */
relief_status rl_onnx_damaged(const rl_onnx_reader *reader, const char *what);
/* RELIEF_OK, or the above when reading the message came to a bad end. */
RELIEF_CHECKED relief_status rl_onnx_end(const rl_onnx_reader *reader, const rl_wire *wire,
                                         const char *what);
/* A copy of text in the graph's arena, with a 0 at its end. */
RELIEF_CHECKED relief_status rl_onnx_copy_text(const rl_onnx_reader *reader, rl_text text,
                                               const char **out);
/* Add a value under a name that must be new; `what` says what defines it. */
RELIEF_CHECKED relief_status rl_onnx_define(rl_onnx_reader *reader, rl_text name, const char *what,
                                            int *value);
/* The element type of a TensorProto.DataType; _UNSUPPORTED for strings, complex numbers and the
 * like. */
RELIEF_CHECKED relief_status rl_onnx_dtype(const rl_onnx_reader *reader, uint64_t type,
                                           const char *name, relief_dtype *out);

/* onnx_tensor.c: a TensorProto. *tensor lives in the arena and may borrow the file's bytes. */
RELIEF_CHECKED relief_status rl_onnx_tensor(rl_onnx_reader *reader, rl_wire wire,
                                            relief_tensor **tensor, rl_text *name);

/* onnx_external.c: `size` bytes at `offset` of the file `location` beside the model. length -1: not
 * said in the file. */
typedef struct rl_onnx_range {
    rl_text location;
    int64_t offset, length;
} rl_onnx_range;
RELIEF_CHECKED relief_status rl_onnx_external(rl_onnx_reader *reader, const rl_onnx_range *range,
                                              size_t size, const uint8_t **data);

/* onnx_value.c: a ValueInfoProto. An output may leave out its type. */
RELIEF_CHECKED relief_status rl_onnx_value_info(const rl_onnx_reader *reader, rl_wire wire,
                                                rl_value *value, rl_text *name);

/* onnx_node.c: a NodeProto without its inputs; defines its outputs. `index` counts from 0 in the
 * file. */
RELIEF_CHECKED relief_status rl_onnx_node(rl_onnx_reader *reader, rl_wire wire, int index,
                                          rl_node *node);
/* Look up the inputs, once every value is defined. */
RELIEF_CHECKED relief_status rl_onnx_node_inputs(const rl_onnx_reader *reader, rl_wire wire,
                                                 rl_node *node);
/* The tensor of a Constant node. */
RELIEF_CHECKED relief_status rl_onnx_constant(rl_onnx_reader *reader, const rl_node *node,
                                              const relief_tensor **out);

/* onnx_graph.c: the GraphProto into reader->graph. */
RELIEF_CHECKED relief_status rl_onnx_graph(rl_onnx_reader *reader, rl_wire wire);

/* onnx_widen.c: let everything of float16 and bfloat16 be computed in float32, once the nodes have
 * their operators. */
RELIEF_CHECKED relief_status rl_onnx_widen(rl_onnx_reader *reader);

/* onnx_order.c: put the nodes in an order in which they can run: the file's own where that is one.
 * Errors: _FORMAT (a cycle). */
RELIEF_CHECKED relief_status rl_onnx_sort(rl_onnx_reader *reader);

#endif
