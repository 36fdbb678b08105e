/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors from and to NumPy's .npy files. */
#include "base/npy.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "nn/tensor.h"

#include <string.h>

static const struct {
    relief_dtype dtype;
    char kind;
    int item_size;
} npy_types[] = {
    {RELIEF_F32, 'f', 4}, {RELIEF_F64, 'f', 8}, {RELIEF_F16, 'f', 2}, {RELIEF_I64, 'i', 8},
    {RELIEF_I32, 'i', 4}, {RELIEF_I8, 'i', 1},  {RELIEF_U8, 'u', 1},  {RELIEF_BOOL, 'b', 1},
};
enum { NPY_TYPE_COUNT = sizeof(npy_types) / sizeof(npy_types)[0] };

static relief_status read_tensor(relief_ctx *ctx, const uint8_t *data, size_t size,
                                 const char *path, relief_tensor **out) {
    rl_npy_header header;
    relief_status status = rl_npy_parse(ctx, data, size, path, &header);
    if (status) {
        return status;
    }
    int type = 0;
    while (type < NPY_TYPE_COUNT &&
           (npy_types[type].kind != header.kind || npy_types[type].item_size != header.item_size)) {
        type++;
    }
    if (type == NPY_TYPE_COUNT) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: elements of %d bytes and kind '%c' are not supported", path,
                       header.item_size, header.kind);
    }
    if (header.big_endian && header.item_size > 1) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: big-endian arrays are not supported (save a little-endian one)", path);
    }
    if (header.fortran_order && header.rank > 1) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: Fortran order is not supported (save numpy.ascontiguousarray(x))",
                       path);
    }
    status = rl_tensor_new(ctx, npy_types[type].dtype, header.rank, header.dims, out);
    if (!status && (*out)->bytes) {
        memcpy((*out)->data, data + header.data_offset, (*out)->bytes);
    }
    return status;
}

relief_status relief_tensor_load_npy(relief_ctx *ctx, const char *path, relief_tensor **out) {
    rl_mapping *mapping;
    *out = NULL;
    relief_status status = rl_os_map(ctx, path, &mapping);
    if (status) {
        return status;
    }
    status = read_tensor(ctx, mapping->data, mapping->size, path, out);
    rl_os_unmap(mapping);
    return status;
}

relief_status relief_tensor_save_npy(relief_ctx *ctx, const relief_tensor *tensor, const char *path,
                                     bool force) {
    rl_npy_header header = {.rank = tensor->rank};
    uint8_t bytes[512];
    rl_output *output;
    int type = 0;
    while (type < NPY_TYPE_COUNT && npy_types[type].dtype != tensor->dtype) {
        type++;
    }
    if (type == NPY_TYPE_COUNT) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "%s: NumPy has no type for %s", path,
                       rl_dtype_name(tensor->dtype));
    }
    header.kind = npy_types[type].kind;
    header.item_size = npy_types[type].item_size;
    memcpy(header.dims, tensor->dims, sizeof(header.dims));
    size_t header_size = rl_npy_write_header(&header, bytes, sizeof(bytes));
    if (!header_size) {
        return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "%s: the .npy header is too long", path);
    }
    relief_status status = rl_output_open(ctx, path, force, &output);
    if (status) {
        return status;
    }
    status = rl_output_write(output, bytes, header_size);
    if (!status) {
        status = rl_output_write(output, tensor->data, tensor->bytes);
    }
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}
