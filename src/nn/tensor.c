/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/tensor.h"

#include "base/memory.h"
#include "base/os.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

size_t rl_dtype_size(relief_dtype dtype) {
    switch (dtype) {
    case RELIEF_U8:
    case RELIEF_I8:
    case RELIEF_BOOL:
        return 1;
    case RELIEF_F16:
    case RELIEF_BF16:
        return 2;
    case RELIEF_F32:
    case RELIEF_I32:
        return 4;
    case RELIEF_I64:
    case RELIEF_F64:
        return 8;
    }
    return 0;
}

const char *rl_dtype_name(relief_dtype dtype) {
    switch (dtype) {
    case RELIEF_F32:
        return "float32";
    case RELIEF_U8:
        return "uint8";
    case RELIEF_I8:
        return "int8";
    case RELIEF_I32:
        return "int32";
    case RELIEF_I64:
        return "int64";
    case RELIEF_BOOL:
        return "bool";
    case RELIEF_F16:
        return "float16";
    case RELIEF_F64:
        return "float64";
    case RELIEF_BF16:
        return "bfloat16";
    }
    return "unknown";
}

bool rl_element_count(int rank, const int64_t *dims, int64_t *count) {
    int64_t product = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 0) {
            return false;
        }
        if (dims[i] == 0) {
            product = 0;
        } else if (product > RL_MAX_ELEMENTS / dims[i]) {
            return false;
        } else {
            product *= dims[i];
        }
    }
    *count = product;
    return true;
}

/* Whether a tensor of these sizes is possible, and its bytes. */
static relief_status check_sizes(relief_ctx *ctx, relief_dtype dtype, int rank, const int64_t *dims,
                                 size_t *bytes) {
    int64_t count;
    *bytes = 0;
    if (!rl_dtype_size(dtype)) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "tensor: unknown element type %d", (int)dtype);
    }
    if (rank < 0 || rank > RELIEF_MAX_RANK) {
        return rl_fail(ctx, RELIEF_ERROR_ARG, "tensor: %d dimensions (0 to %d are possible)", rank,
                       RELIEF_MAX_RANK);
    }
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 0) {
            return rl_fail(ctx, RELIEF_ERROR_ARG, "tensor: size %lld of dimension %d is negative",
                           (long long)dims[i], i);
        }
    }
    if (!rl_element_count(rank, dims, &count)) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "tensor: more than %lld elements",
                       (long long)RL_MAX_ELEMENTS);
    }
    *bytes = (size_t)count * rl_dtype_size(dtype);
    if (*bytes > (uint64_t)rl_os_memory_limit()) {
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "tensor: %zu bytes are more than this machine has",
                       *bytes);
    }
    return RELIEF_OK;
}

static relief_status new_tensor(relief_ctx *ctx, const relief_tensor *like, bool zero,
                                relief_tensor **out) {
    size_t bytes;
    void *memory, *data;
    *out = NULL;
    relief_status status = check_sizes(ctx, like->dtype, like->rank, like->dims, &bytes);
    if (!status) {
        status = rl_calloc_in(ctx, 1, sizeof(relief_tensor), &memory);
    }
    if (status) {
        return status;
    }
    status = zero ? rl_calloc_in(ctx, bytes, 1, &data) : rl_alloc_in(ctx, bytes, 1, &data);
    if (status) {
        rl_free(memory);
        return status;
    }
    relief_tensor *tensor = memory;
    *tensor = *like;
    tensor->bytes = bytes;
    tensor->data = data;
    tensor->owned = true;
    *out = tensor;
    return RELIEF_OK;
}

/* Type and sizes alone; a rank that is out of range is kept for check_sizes() to refuse. */
static relief_tensor head_of(relief_dtype dtype, int rank, const int64_t *dims) {
    relief_tensor head = {.dtype = dtype, .rank = rank};
    if (rank > 0 && rank <= RELIEF_MAX_RANK) {
        memcpy(head.dims, dims, (size_t)rank * sizeof(*dims));
    }
    return head;
}

relief_status rl_tensor_new(relief_ctx *ctx, relief_dtype dtype, int rank, const int64_t *dims,
                            relief_tensor **out) {
    relief_tensor head = head_of(dtype, rank, dims);
    return new_tensor(ctx, &head, false, out);
}

relief_status relief_tensor_new(relief_ctx *ctx, relief_dtype dtype, int rank, const int64_t *dims,
                                relief_tensor **out) {
    relief_tensor head = head_of(dtype, rank, dims);
    return new_tensor(ctx, &head, true, out);
}

relief_status rl_tensor_copy(relief_ctx *ctx, const relief_tensor *tensor, relief_tensor **out) {
    relief_status status = rl_tensor_new(ctx, tensor->dtype, tensor->rank, tensor->dims, out);
    if (!status && tensor->bytes) {
        memcpy((*out)->data, tensor->data, tensor->bytes);
    }
    return status;
}

void relief_tensor_free(relief_tensor *tensor) {
    if (!tensor) {
        return;
    }
    if (tensor->owned) {
        rl_free(tensor->data);
    }
    rl_free(tensor);
}

relief_dtype relief_tensor_dtype(const relief_tensor *tensor) {
    return tensor->dtype;
}

int relief_tensor_rank(const relief_tensor *tensor) {
    return tensor->rank;
}

const int64_t *relief_tensor_dims(const relief_tensor *tensor) {
    return tensor->dims;
}

void *relief_tensor_data(relief_tensor *tensor) {
    return tensor->data;
}

size_t relief_tensor_bytes(const relief_tensor *tensor) {
    return tensor->bytes;
}

bool rl_tensor_is_aligned(const relief_tensor *tensor) {
    return (uintptr_t)tensor->data % rl_dtype_size(tensor->dtype) == 0;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 mantissa bits. Its bits at a float's places
 * are the same number but for the bias, of small ones too. */
static inline float half_to_float(uint16_t bits) {
    const uint32_t magnitude = (uint32_t)(bits & 0x7FFF) << 13;
    const uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
    uint32_t wide;
    float value;
    memcpy(&value, &magnitude, sizeof(value));
    value *= 0x1p112F;
    memcpy(&wide, &value, sizeof(wide));
    wide = (bits & 0x7C00) == 0x7C00 ? magnitude | 0x7F800000 : wide; /* infinite, or NaN */
    wide |= sign;
    memcpy(&value, &wide, sizeof(value));
    return value;
}

/* The upper half of a float32. */
static inline float bfloat_to_float(uint16_t bits) {
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof(value));
    return value;
}

/* Any whole number in int64 without undefined conversions: what does not fit becomes the nearest
 * end, NaN 0. */
static int64_t float_to_int(double value) {
    if (isnan(value)) {
        return 0;
    }
    if (value >= 0x1p63) {
        return INT64_MAX;
    }
    if (value < -0x1p63) {
        return INT64_MIN;
    }
    return (int64_t)value;
}

/* The element as the wider of the two kinds; true: it is in *whole, false: in *real. */
static bool read_element(const relief_tensor *tensor, int64_t index, int64_t *whole, double *real) {
    const uint8_t *at =
        (const uint8_t *)tensor->data + (size_t)index * rl_dtype_size(tensor->dtype);
    int32_t i32;
    uint16_t u16;
    float f32;
    *whole = 0;
    *real = 0;
    switch (tensor->dtype) {
    case RELIEF_U8:
    case RELIEF_BOOL:
        *whole = *at;
        return true;
    case RELIEF_I8:
        *whole = *at < 128 ? *at : *at - 256;
        return true;
    case RELIEF_I32:
        memcpy(&i32, at, sizeof(i32));
        *whole = i32;
        return true;
    case RELIEF_I64:
        memcpy(whole, at, sizeof(*whole));
        return true;
    case RELIEF_F32:
        memcpy(&f32, at, sizeof(f32));
        *real = (double)f32;
        return false;
    case RELIEF_F64:
        memcpy(real, at, sizeof(*real));
        return false;
    case RELIEF_F16:
    case RELIEF_BF16:
        memcpy(&u16, at, sizeof(u16));
        *real = (double)(tensor->dtype == RELIEF_F16 ? half_to_float(u16) : bfloat_to_float(u16));
        return false;
    }
    return true;
}

int64_t rl_tensor_int(const relief_tensor *tensor, int64_t index) {
    int64_t whole;
    double real;
    return read_element(tensor, index, &whole, &real) ? whole : float_to_int(real);
}

float rl_tensor_float(const relief_tensor *tensor, int64_t index) {
    int64_t whole;
    double real;
    return read_element(tensor, index, &whole, &real) ? (float)whole : (float)real;
}

void rl_tensor_floats(const relief_tensor *tensor, float *out) {
    const size_t count = tensor->bytes / rl_dtype_size(tensor->dtype);
    const uint8_t *from = tensor->data;
    uint16_t bits;
    switch (tensor->dtype) {
    case RELIEF_F32:
        memcpy(out, from, tensor->bytes);
        break;
    case RELIEF_F16:
        for (size_t i = 0; i < count; i++) {
            memcpy(&bits, from + 2 * i, sizeof(bits));
            out[i] = half_to_float(bits);
        }
        break;
    case RELIEF_BF16:
        for (size_t i = 0; i < count; i++) {
            memcpy(&bits, from + 2 * i, sizeof(bits));
            out[i] = bfloat_to_float(bits);
        }
        break;
    default:
        for (size_t i = 0; i < count; i++) {
            out[i] = rl_tensor_float(tensor, (int64_t)i);
        }
    }
}
