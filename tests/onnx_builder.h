/* SPDX-License-Identifier: Apache-2.0 */
/* Small .onnx files made in memory, so that tests need no Python and no ONNX package.
 *
 *   onnx_builder *b = onnx_builder_new(13);
 *   onnx_add_input(b, "x", RELIEF_F32, 4, (int64_t[]){1, 3, -1, -1});
 *   onnx_add_floats(b, "w", 4, (int64_t[]){8, 3, 3, 3}, weights);
 *   onnx_add_node(b, "Conv", "conv1", "x,w", "y");
 *   onnx_set_ints(b, "strides", 2, (int64_t[]){2, 2});
 *   onnx_add_output(b, "y", RELIEF_F32, 4, (int64_t[]){1, 8, -1, -1});
 *   size_t size;
 *   uint8_t *bytes = onnx_builder_finish(b, &size);   -- frees b; free(bytes) is the caller's
 *
 * Memory is the C library's own, so that tests which let relief's allocations fail do not fail
 * here; without memory the process aborts. */
#ifndef RELIEF_TESTS_ONNX_BUILDER_H
#define RELIEF_TESTS_ONNX_BUILDER_H

#include "relief/model.h"

/* Bytes that grow: one protobuf message in the making. Start with {0}; free(bytes) when done. */
typedef struct pb_message {
    uint8_t *bytes;
    size_t size, capacity;
} pb_message;

/* One field each; `field` is the number in onnx.proto. */
void pb_put_varint(pb_message *message, int field, uint64_t value);
void pb_put_float(pb_message *message, int field, float value);
void pb_put_bytes(pb_message *message, int field, const void *data, size_t size);
void pb_put_text(pb_message *message, int field, const char *text);
/* A sub-message, which is freed. */
void pb_put_message(pb_message *message, int field, pb_message *inner);
/* Bytes as they are, for files that are wrong on purpose. */
void pb_put_raw(pb_message *message, const void *data, size_t size);

typedef struct onnx_builder onnx_builder;

/* Begin a model of the default operator set `opset`, IR version 7. */
onnx_builder *onnx_builder_new(int opset);
void onnx_builder_free(onnx_builder *builder);
/* End: *size bytes that the caller frees with free(). Frees the builder. */
uint8_t *onnx_builder_finish(onnx_builder *builder, size_t *size);

/* Graph inputs and outputs. A size of -1 is free (named after its position); rank -1: no shape
 * given. */
void onnx_add_input(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                    const int64_t *dims);
void onnx_add_output(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims);

/* Initialisers, their elements in raw_data; as many elements as the sizes say. */
void onnx_add_tensor(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims, const void *data);
void onnx_add_floats(onnx_builder *builder, const char *name, int rank, const int64_t *dims,
                     const float *data);
void onnx_add_int64s(onnx_builder *builder, const char *name, int count, const int64_t *data);
/* Where an initialiser's elements are in another file. */
typedef struct onnx_place {
    const char *location;
    int64_t offset, length;
} onnx_place;

/* An initialiser of one dimension whose elements are in another file. */
void onnx_add_external(onnx_builder *builder, const char *name, relief_dtype dtype, int64_t count,
                       const onnx_place *place);
/* An initialiser from a TensorProto made by hand, which is freed. */
void onnx_add_tensor_message(onnx_builder *builder, pb_message *tensor);

/* A node. `inputs` and `outputs` are names with commas between, without spaces; an input that is
 * left out is empty ("x,,w"). onnx_set_*() give attributes to the node that was added last. */
void onnx_add_node(onnx_builder *builder, const char *op_type, const char *name, const char *inputs,
                   const char *outputs);
void onnx_set_int(onnx_builder *builder, const char *name, int64_t value);
void onnx_set_float(onnx_builder *builder, const char *name, float value);
void onnx_set_string(onnx_builder *builder, const char *name, const char *value);
void onnx_set_ints(onnx_builder *builder, const char *name, int count, const int64_t *values);
void onnx_set_floats(onnx_builder *builder, const char *name, int count, const float *values);
void onnx_set_tensor(onnx_builder *builder, const char *name, relief_dtype dtype, int rank,
                     const int64_t *dims, const void *data);
/* The domain of the node that was added last. */
void onnx_set_domain(onnx_builder *builder, const char *domain);
/* An attribute from an AttributeProto made by hand, which is freed. */
void onnx_set_message(onnx_builder *builder, pb_message *attribute);

/* An entry of metadata_props. */
void onnx_add_metadata(onnx_builder *builder, const char *key, const char *value);
/* A further operator set. */
void onnx_add_opset(onnx_builder *builder, const char *domain, int version);

/* The messages in the making, for fields that have no function here. */
pb_message *onnx_builder_graph(onnx_builder *builder);
pb_message *onnx_builder_model(onnx_builder *builder);

#endif
