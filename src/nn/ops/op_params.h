/* SPDX-License-Identifier: Apache-2.0 */
/* What rl_node.params points to, operator by operator: the attributes, checked and with their
 * defaults filled in. Backends read them too. Where a size of 2 stands, [0] is the height and [1]
 * the width. */
#ifndef RELIEF_NN_OPS_OP_PARAMS_H
#define RELIEF_NN_OPS_OP_PARAMS_H

#include "nn/op.h"

typedef enum rl_auto_pad {
    RL_AUTO_PAD_NONE, /* as pad_begin and pad_end say */
    RL_AUTO_PAD_VALID,
    RL_AUTO_PAD_SAME_UPPER, /* out = ceil(in / stride); an odd pixel of padding goes to the end */
    RL_AUTO_PAD_SAME_LOWER  /* ... to the beginning */
} rl_auto_pad;

/* A window that slides over height and width. */
typedef struct rl_window {
    int64_t kernel[2]; /* 0 where the node does not say and the weights do */
    int64_t stride[2], dilation[2];
    int64_t pad_begin[2], pad_end[2];
    rl_auto_pad auto_pad;
    bool ceil_mode; /* pooling: a last window that is partly outside counts */
} rl_window;

/* The window for one input size. */
typedef struct rl_placed_window {
    int64_t kernel[2], stride[2], dilation[2];
    int64_t pad_begin[2]; /* resolved from auto_pad; the end follows from out */
    int64_t in[2], out[2];
} rl_placed_window;

/* Lay the window over `in` (height, width); `kernel` is used where the window has none of its own
 * (it may be NULL else). False when no output pixel is left, or the kernel contradicts the
 * window's. */
bool rl_window_place(const rl_window *window, const int64_t *in, const int64_t *kernel,
                     rl_placed_window *out);
/* Padding after the last row or column that the windows reach; negative when the windows end inside
 * the input. */
int64_t rl_window_pad_end(const rl_placed_window *window, int axis);

/* Conv */
typedef struct rl_conv_params {
    rl_window window;
    int64_t groups;
} rl_conv_params;

/* ConvTranspose */
typedef struct rl_conv_transpose_params {
    rl_window window;
    int64_t groups;
    int64_t output_padding[2];
    int64_t output_shape[2]; /* 0: not given */
} rl_conv_transpose_params;

/* The output size of ConvTranspose and the rows and columns that its padding takes away at the
 * beginning; false: none left. */
bool rl_conv_transpose_place(const rl_conv_transpose_params *params, const int64_t *in,
                             const int64_t *kernel, int64_t *out, int64_t *pad_begin);

/* AveragePool, MaxPool */
typedef struct rl_pool_params {
    rl_window window;
    bool count_include_pad;
} rl_pool_params;

/* The window of a pooling node for one input size. */
typedef struct rl_placed_pool {
    rl_placed_window at;
    int64_t padded[2]; /* the end of the padding, where windows are cut off */
} rl_placed_pool;

/* Where the window of one output lies along an axis. Kernels may be far larger than the input, so
 * nothing is done for each tap that meets the padding. */
typedef struct rl_pool_taps {
    int64_t at;         /* input of the first tap that meets the input */
    int64_t met;        /* taps that meet the input */
    int64_t not_beyond; /* taps before the end of the padding */
} rl_pool_taps;

/* False where the window does not fit the input (height, width). */
bool rl_pool_place(const rl_pool_params *params, const int64_t in[2], rl_placed_pool *out);
rl_pool_taps rl_pool_place_taps(const rl_placed_pool *pool, int axis, int64_t output);

/* Clip of opset 6; later ones have no params. */
typedef struct rl_clip_params {
    float lo, hi;
} rl_clip_params;

/* The bounds of a Clip of any opset, or of a Relu; false while they are not constant. Bounds left
 * out are infinite. */
bool rl_clip_bounds(const rl_graph *graph, const rl_node *node, float *lo, float *hi);

/* LeakyRelu (alpha), HardSigmoid (alpha, beta), Elu (alpha), Gelu (tanh form); others of the unary
 * family have none. */
typedef struct rl_unary_params {
    float alpha, beta;
    bool tanh_form;
} rl_unary_params;

typedef enum rl_resize_mode { RL_RESIZE_NEAREST, RL_RESIZE_LINEAR, RL_RESIZE_CUBIC } rl_resize_mode;

/* Which input coordinate an output pixel x reads; s is the scale, n and m the input's and output's
 * size. */
typedef enum rl_resize_coordinate {
    RL_COORDINATE_HALF_PIXEL,          /* (x + 0.5) / s - 0.5 */
    RL_COORDINATE_PYTORCH_HALF_PIXEL,  /* the same, but 0 when m is 1 */
    RL_COORDINATE_ALIGN_CORNERS,       /* x (n - 1) / (m - 1) */
    RL_COORDINATE_ASYMMETRIC,          /* x / s */
    RL_COORDINATE_TF_HALF_PIXEL,       /* (x + 0.5) / s */
    RL_COORDINATE_HALF_PIXEL_SYMMETRIC /* half_pixel about the middle when m is not n s exactly */
} rl_resize_coordinate;

typedef enum rl_resize_nearest {
    RL_NEAREST_ROUND_PREFER_FLOOR,
    RL_NEAREST_ROUND_PREFER_CEIL,
    RL_NEAREST_FLOOR,
    RL_NEAREST_CEIL,
    RL_NEAREST_SIMPLE /* opset 10 and Upsample: floor when enlarging, ceil when shrinking */
} rl_resize_nearest;

/* Resize, Upsample */
typedef struct rl_resize_params {
    rl_resize_mode mode;
    rl_resize_coordinate coordinate;
    rl_resize_nearest nearest;
    float cubic_a;
    bool exclude_outside; /* cubic: taps outside the picture weigh nothing */
    bool rounds;   /* 8 bits: the floats that they stand for are resized and rounded to the nearest;
                    otherwise the numbers, and what is behind the point is cut off */
    float quantum; /* with `rounds`: scale and zero point */
    int32_t zero;
    int scales_input; /* position of the scales and of the sizes among the inputs; -1: there is none
                       */
    int sizes_input;
    int axis_count; /* opset 18: what the scales and sizes are for, 0: all axes in order */
    int axes[RELIEF_MAX_RANK];
    float
        scales[RELIEF_MAX_RANK]; /* Upsample 7 has them as attribute: scale_count is their number */
    int scale_count;
} rl_resize_params;

/* Input pixels that make one output pixel along one axis. */
typedef struct rl_resize_tap {
    int count; /* 1 nearest, 2 linear, 4 cubic */
    int64_t index[4];
    float weight[4];
} rl_resize_tap;

/* Scales along height and width: `scales` is the tensor of scales or NULL when sizes (or an
 * attribute) rule. */
void rl_resize_scale(const rl_resize_params *params, const relief_tensor *scales,
                     const int64_t *in_dims, const int64_t *out_dims, float scale[2]);
/* Fill `out` taps for an axis of `in` pixels. */
void rl_resize_taps(const rl_resize_params *params, float scale, int64_t in, int64_t out,
                    rl_resize_tap *taps);

/* Everything that has one axis and perhaps a little more: Concat, Gather, Split, Flatten, Softmax,
 * LogSoftmax, LayerNormalization, QuantizeLinear, DequantizeLinear. Not yet resolved: negative
 * counts from the end. */
typedef struct rl_axis_params {
    int64_t axis;
    float epsilon;      /* LayerNormalization */
    bool to_the_end;    /* Softmax before opset 13: over all axes from `axis` on */
    relief_dtype dtype; /* QuantizeLinear: the type asked for, 0: the zero point's */
} rl_axis_params;

/* Axes given as attribute: Squeeze, Unsqueeze, the reductions. `given` false: as input, or left
 * out. */
typedef struct rl_axes_params {
    bool given;
    int count;
    int64_t axes[RELIEF_MAX_RANK];
    bool keep_dims;
    bool empty_is_none; /* reductions: no axes means no reduction rather than all */
} rl_axes_params;

/* Where a Slice of known sizes takes element i of each axis from: start + i * step. False while its
 * lists are not constant. */
bool rl_slice_place(const rl_graph *graph, const rl_node *node, int64_t *start, int64_t *step);

/* Transpose; count 0: all axes reversed */
typedef struct rl_transpose_params {
    int count;
    int perm[RELIEF_MAX_RANK];
} rl_transpose_params;

/* Cast */
typedef struct rl_cast_params {
    relief_dtype to;
} rl_cast_params;

/* Gemm */
typedef struct rl_gemm_params {
    float alpha, beta;
    bool transpose_a, transpose_b;
} rl_gemm_params;

/* BatchNormalization, InstanceNormalization */
typedef struct rl_norm_params {
    float epsilon;
} rl_norm_params;

/* GroupNormalization */
typedef struct rl_group_norm_params {
    float epsilon;
    int64_t groups;
} rl_group_norm_params;

typedef enum rl_pad_mode { RL_PAD_CONSTANT, RL_PAD_REFLECT, RL_PAD_EDGE } rl_pad_mode;

/* Pad */
typedef struct rl_pad_params {
    rl_pad_mode mode;
    bool given; /* opset 2: pads and value are attributes */
    int count;  /* 2 * rank */
    int64_t pads[2 * RELIEF_MAX_RANK];
    float value;
} rl_pad_params;

#endif
