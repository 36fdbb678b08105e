/* SPDX-License-Identifier: Apache-2.0 */
/* The few things that are asked of oneDNN, without its types: api_v2.c speaks its C API of version
 * 2; a new major version is one more file beside it.
 *
 * Tensors are of rank 4 in "blocked" layout: channels are cut into blocks of `block`, and memory is
 * (N, ceil(C / block), H, W, block) with the channels that do not exist kept 0. block 1 is the
 * usual NCHW, block C is NHWC. Elements are f32, bfloat16 or of 8 bits. */
#ifndef RELIEF_NN_ONEDNN_API_H
#define RELIEF_NN_ONEDNN_API_H

#include "relief/model.h"

/* An engine with a stream. */
typedef struct rl_dnnl rl_dnnl;
/* A convolution for given sizes, ready to run. */
typedef struct rl_dnnl_conv rl_dnnl_conv;

/* A step after the convolution, in order; the same as rl_epilogue, but the residual lies in the
 * destination. */
typedef struct rl_dnnl_step {
    bool sum; /* add what stood in the destination before; else clip */
    float lo, hi;
} rl_dnnl_step;

#define RL_DNNL_MAX_STEPS 4

typedef struct rl_dnnl_conv_spec {
    int64_t batch, in_channels, out_channels, groups;
    int64_t in_size[2], out_size[2], kernel[2], stride[2],
        dilation[2]; /* height, width; dilation 1: dense */
    int64_t pad_begin[2], pad_end[2];
    int64_t in_block, out_block;
    /* RELIEF_F32 or RELIEF_BF16, and packed weights are of in_type; or RELIEF_U8 or RELIEF_I8, then
     * channels last, weights are RELIEF_I8, and the result is (sum + bias) * scale + out_zero. */
    relief_dtype in_type, out_type;
    const float *scales; /* 8 bits: one for each output channel */
    int32_t in_zero, out_zero;
    bool bias; /* always f32 */
    int step_count;
    rl_dnnl_step steps[RL_DNNL_MAX_STEPS];
} rl_dnnl_conv_spec;

/* Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_dnnl_open(relief_ctx *ctx, rl_dnnl **out);
void rl_dnnl_close(rl_dnnl *dnnl);

/* Floats in a vector of the instruction set in use: 16 (AVX-512), 8 (AVX2) or 4. */
int rl_dnnl_vector_width(void);
/* Whether there are instructions for bfloat16 (AVX-512 with bf16, or AMX) in that set. */
bool rl_dnnl_has_bf16(void);
/* Whether there are instructions for sums of products of 8 bits that cannot overflow (VNNI). */
bool rl_dnnl_has_int8(void);
/* Its name, a constant. */
const char *rl_dnnl_instruction_set(void);

/* *out: a convolution that runs on the threads of this context; NULL, without an error, when the
 * library has no fast kernel for the spec whose bits do not depend on the number of threads.
 * Errors: _MEMORY, _INTERNAL. */
RELIEF_CHECKED relief_status rl_dnnl_conv_new(relief_ctx *ctx, rl_dnnl *dnnl,
                                              const rl_dnnl_conv_spec *spec, rl_dnnl_conv **out);
void rl_dnnl_conv_free(rl_dnnl_conv *conv);
/* The library's name of the kernel, for logs and tests. */
const char *rl_dnnl_conv_name(const rl_dnnl_conv *conv);
size_t rl_dnnl_conv_scratch_bytes(const rl_dnnl_conv *conv);
size_t rl_dnnl_conv_weight_bytes(const rl_dnnl_conv *conv);
/* A number made of the library's version and all that it says about the form of packed weights. */
uint64_t rl_dnnl_conv_weight_form(const rl_dnnl_conv *conv);

/* Put weights of shape (out, in / groups, kh, kw), row-major and aligned, in the form that the
 * kernel wants: floats, or int8 for a convolution of 8 bits. */
RELIEF_CHECKED relief_status rl_dnnl_conv_pack(relief_ctx *ctx, rl_dnnl_conv *conv,
                                               const void *weights, void *packed);

/* What one run reads and writes; bias (out_channels floats) may be NULL when the spec has none. */
typedef struct rl_dnnl_conv_data {
    const void *source;
    const void *packed;
    const float *bias;
    void *destination;
    void *scratch;
} rl_dnnl_conv_data;

RELIEF_CHECKED relief_status rl_dnnl_conv_run(relief_ctx *ctx, rl_dnnl_conv *conv,
                                              const rl_dnnl_conv_data *data);

#endif
