/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/ops/ops.h"

#include <string.h>

/* All operators, by name and opset; docs/operators.md is made from this list. */
static const rl_op *const table[] = {
    &rl_op_abs,
    &rl_op_add,
    &rl_op_and,
    &rl_op_average_pool,
    &rl_op_batch_normalization,
    &rl_op_cast,
    &rl_op_ceil,
    &rl_op_celu,
    &rl_op_clip_6,
    &rl_op_clip_11,
    &rl_op_concat,
    &rl_op_constant,
    &rl_op_constant_of_shape,
    &rl_op_conv,
    &rl_op_conv_integer,
    &rl_op_conv_transpose,
    &rl_op_cos,
    &rl_op_dequantize_linear_10,
    &rl_op_dequantize_linear_13,
    &rl_op_div,
    &rl_op_dropout,
    &rl_op_dynamic_quantize_linear,
    &rl_op_elu,
    &rl_op_equal,
    &rl_op_erf,
    &rl_op_exp,
    &rl_op_expand,
    &rl_op_flatten,
    &rl_op_floor,
    &rl_op_gather,
    &rl_op_gelu,
    &rl_op_gemm,
    &rl_op_global_average_pool,
    &rl_op_global_max_pool,
    &rl_op_greater,
    &rl_op_greater_or_equal,
    &rl_op_group_normalization,
    &rl_op_hard_sigmoid,
    &rl_op_hard_swish,
    &rl_op_identity,
    &rl_op_instance_normalization,
    &rl_op_layer_normalization,
    &rl_op_leaky_relu,
    &rl_op_less,
    &rl_op_less_or_equal,
    &rl_op_log,
    &rl_op_log_softmax,
    &rl_op_matmul,
    &rl_op_matmul_integer,
    &rl_op_max,
    &rl_op_max_pool,
    &rl_op_min,
    &rl_op_mish,
    &rl_op_mul,
    &rl_op_neg,
    &rl_op_not,
    &rl_op_or,
    &rl_op_pad_2,
    &rl_op_pad_11,
    &rl_op_pad_18,
    &rl_op_pow,
    &rl_op_qlinear_conv,
    &rl_op_qlinear_matmul,
    &rl_op_quantize_linear_10,
    &rl_op_quantize_linear_13,
    &rl_op_range,
    &rl_op_reciprocal,
    &rl_op_reduce_l2_1,
    &rl_op_reduce_l2_18,
    &rl_op_reduce_max_1,
    &rl_op_reduce_max_18,
    &rl_op_reduce_mean_1,
    &rl_op_reduce_mean_18,
    &rl_op_reduce_min_1,
    &rl_op_reduce_min_18,
    &rl_op_reduce_prod_1,
    &rl_op_reduce_prod_18,
    &rl_op_reduce_sum_1,
    &rl_op_reduce_sum_13,
    &rl_op_relu,
    &rl_op_reshape,
    &rl_op_resize_10,
    &rl_op_resize_11,
    &rl_op_resize_18,
    &rl_op_round,
    &rl_op_selu,
    &rl_op_shape,
    &rl_op_sigmoid,
    &rl_op_sign,
    &rl_op_sin,
    &rl_op_size,
    &rl_op_slice_1,
    &rl_op_slice_10,
    &rl_op_softmax,
    &rl_op_softplus,
    &rl_op_softsign,
    &rl_op_split_2,
    &rl_op_split_13,
    &rl_op_sqrt,
    &rl_op_squeeze_1,
    &rl_op_squeeze_13,
    &rl_op_sub,
    &rl_op_sum,
    &rl_op_tanh,
    &rl_op_thresholded_relu,
    &rl_op_tile,
    &rl_op_transpose,
    &rl_op_unsqueeze_1,
    &rl_op_unsqueeze_13,
    &rl_op_upsample_7,
    &rl_op_upsample_9,
    &rl_op_where,
    &rl_op_qlinear_add,
    &rl_op_qlinear_concat,
    &rl_op_qlinear_leaky_relu,
    &rl_op_qlinear_mul,
    &rl_op_qlinear_sigmoid,
};

enum { ROWS = sizeof table / sizeof table[0] };

const rl_op *const *rl_op_table(int *count) {
    *count = ROWS;
    return table;
}

static bool is_named(const rl_op *op, const char *domain, const char *name) {
    const size_t length = strlen(domain);
    if (length == 0) {
        return strcmp(op->name, name) == 0;
    }
    return strncmp(op->name, domain, length) == 0 && op->name[length] == '.' &&
           strcmp(op->name + length + 1, name) == 0;
}

const rl_op *rl_op_find(const char *domain, const char *name, int opset) {
    for (int i = 0; i < ROWS; i++) {
        const rl_op *op = table[i];
        if (opset >= op->since && (op->until == 0 || opset <= op->until) &&
            is_named(op, domain, name)) {
            return op;
        }
    }
    return NULL;
}
