/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the operator table, each defined beside its kernel; a number is the first opset of
 * the row's form. */
#ifndef RELIEF_NN_OPS_OPS_H
#define RELIEF_NN_OPS_OPS_H

#include "nn/op.h"

/* Infer function of operators whose inputs, all of one of `types`, are broadcast to each other; the
 * output's type is `result`, or the inputs' when that is 0. */
RELIEF_CHECKED relief_status rl_op_infer_broadcast(relief_ctx *ctx, rl_graph *graph,
                                                   const rl_node *node, unsigned types,
                                                   relief_dtype result);

/* binary.c */
extern const rl_op rl_op_add, rl_op_div, rl_op_max, rl_op_min, rl_op_mul, rl_op_pow, rl_op_sub,
    rl_op_sum;
/* cast.c */
extern const rl_op rl_op_cast;
/* clip.c */
extern const rl_op rl_op_clip_6, rl_op_clip_11;
/* compare.c */
extern const rl_op rl_op_and, rl_op_equal, rl_op_greater, rl_op_greater_or_equal, rl_op_less,
    rl_op_less_or_equal, rl_op_not, rl_op_or, rl_op_where;
/* concat.c; attributes of everything that joins tensors along an axis */
extern const rl_op rl_op_concat, rl_op_split_2, rl_op_split_13;
relief_status rl_concat_parse(relief_ctx *ctx, rl_graph *graph, rl_node *node);
/* constant.c */
extern const rl_op rl_op_constant, rl_op_constant_of_shape, rl_op_range, rl_op_shape, rl_op_size;
/* conv.c */
extern const rl_op rl_op_conv;
/* conv_transpose.c */
extern const rl_op rl_op_conv_transpose;
/* gather.c */
extern const rl_op rl_op_gather;
/* matmul.c */
extern const rl_op rl_op_gemm, rl_op_matmul;
/* normalization.c */
extern const rl_op rl_op_batch_normalization, rl_op_group_normalization,
    rl_op_instance_normalization, rl_op_layer_normalization;
/* pad.c */
extern const rl_op rl_op_pad_2, rl_op_pad_11, rl_op_pad_18;
/* pool.c */
extern const rl_op rl_op_average_pool, rl_op_global_average_pool, rl_op_global_max_pool,
    rl_op_max_pool;
/* qlinear.c */
extern const rl_op rl_op_conv_integer, rl_op_matmul_integer, rl_op_qlinear_conv,
    rl_op_qlinear_matmul;
/* qlinear_arith.c */
extern const rl_op rl_op_dynamic_quantize_linear, rl_op_qlinear_add, rl_op_qlinear_concat,
    rl_op_qlinear_leaky_relu, rl_op_qlinear_mul, rl_op_qlinear_sigmoid;
/* quantize.c */
extern const rl_op rl_op_dequantize_linear_10, rl_op_dequantize_linear_13, rl_op_quantize_linear_10,
    rl_op_quantize_linear_13;
/* reduce.c */
extern const rl_op rl_op_reduce_l2_1, rl_op_reduce_l2_18, rl_op_reduce_max_1, rl_op_reduce_max_18,
    rl_op_reduce_mean_1, rl_op_reduce_mean_18, rl_op_reduce_min_1, rl_op_reduce_min_18,
    rl_op_reduce_prod_1, rl_op_reduce_prod_18, rl_op_reduce_sum_1, rl_op_reduce_sum_13;
/* reshape.c */
extern const rl_op rl_op_dropout, rl_op_flatten, rl_op_identity, rl_op_reshape, rl_op_squeeze_1,
    rl_op_squeeze_13, rl_op_unsqueeze_1, rl_op_unsqueeze_13;
/* resize.c */
extern const rl_op rl_op_resize_10, rl_op_resize_11, rl_op_resize_18, rl_op_upsample_7,
    rl_op_upsample_9;
/* slice.c */
extern const rl_op rl_op_slice_1, rl_op_slice_10;
/* softmax.c */
extern const rl_op rl_op_log_softmax, rl_op_softmax;
/* transpose.c */
extern const rl_op rl_op_expand, rl_op_tile, rl_op_transpose;
/* unary_more.c */
extern const rl_op rl_op_celu, rl_op_cos, rl_op_mish, rl_op_selu, rl_op_sign, rl_op_sin,
    rl_op_softplus, rl_op_softsign, rl_op_thresholded_relu;
/* unary.c */
extern const rl_op rl_op_abs, rl_op_ceil, rl_op_elu, rl_op_erf, rl_op_exp, rl_op_floor, rl_op_gelu,
    rl_op_hard_sigmoid, rl_op_hard_swish, rl_op_leaky_relu, rl_op_log, rl_op_neg, rl_op_reciprocal,
    rl_op_relu, rl_op_round, rl_op_sigmoid, rl_op_sqrt, rl_op_tanh;

#endif
