/* SPDX-License-Identifier: Apache-2.0 */
/* Resize (opsets 10, 11, 13, 18) and Upsample (7, 9) of height and width: x (N,C,H,W) -> y
 * (N,C,oH,oW). Every output pixel is a weighted sum of up to 4 x 4 input pixels; rows and columns
 * have taps of their own. */
#include "base/memory.h"
#include "nn/ops/op_params.h"
#include "nn/ops/op_util.h"
#include "nn/ops/ops.h"
#include "nn/ops/qlinear.h"

#include <math.h>

/* ---- attributes ---- */

typedef struct word {
    const char *text;
    int value;
} word;

/* The value of a string attribute in a list that ends with NULL. */
static relief_status parse_word(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                const char *name, const word *words, int *out) {
    const char *text;
    relief_status status = rl_op_string(ctx, graph, node, name, words[0].text, &text);
    if (status != RELIEF_OK) {
        return status;
    }
    for (int i = 0; words[i].text != NULL; i++) {
        if (strcmp(words[i].text, text) == 0) {
            *out = words[i].value;
            return RELIEF_OK;
        }
    }
    return rl_op_refuse(ctx, graph, node, name, text);
}

/* In each list the default comes first. */
static const word mode_words[] = {
    {"nearest", RL_RESIZE_NEAREST}, {"linear", RL_RESIZE_LINEAR}, {"cubic", RL_RESIZE_CUBIC}, {0}};
/* Before opset 11 there is no cubic, and some exporters write "bilinear". */
static const word old_mode_words[] = {{"nearest", RL_RESIZE_NEAREST},
                                      {"linear", RL_RESIZE_LINEAR},
                                      {"bilinear", RL_RESIZE_LINEAR},
                                      {0}};
static const word coordinate_words[] = {
    {"half_pixel", RL_COORDINATE_HALF_PIXEL},
    {"pytorch_half_pixel", RL_COORDINATE_PYTORCH_HALF_PIXEL},
    {"align_corners", RL_COORDINATE_ALIGN_CORNERS},
    {"asymmetric", RL_COORDINATE_ASYMMETRIC},
    {"tf_half_pixel_for_nn", RL_COORDINATE_TF_HALF_PIXEL},
    {"half_pixel_symmetric", RL_COORDINATE_HALF_PIXEL_SYMMETRIC},
    {0}};
static const word nearest_words[] = {{"round_prefer_floor", RL_NEAREST_ROUND_PREFER_FLOOR},
                                     {"round_prefer_ceil", RL_NEAREST_ROUND_PREFER_CEIL},
                                     {"floor", RL_NEAREST_FLOOR},
                                     {"ceil", RL_NEAREST_CEIL},
                                     {0}};
static const word policy_words[] = {{"stretch", 0}, {0}};

/* Resize 10, Upsample 7 and 9: the mode alone; pixels are addressed by their corner. */
static relief_status parse_old_params(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                      rl_resize_params **out) {
    int mode = 0;
    relief_status status = rl_op_params(ctx, graph, node, sizeof **out, (void **)out);
    if (status == RELIEF_OK) {
        status = parse_word(ctx, graph, node, "mode", old_mode_words, &mode);
    }
    if (status == RELIEF_OK) {
        rl_resize_params *params = *out;
        params->mode = (rl_resize_mode)mode;
        params->coordinate = RL_COORDINATE_ASYMMETRIC;
        params->nearest = RL_NEAREST_SIMPLE;
        params->scales_input = 1;
        params->sizes_input = -1;
    }
    return status;
}

static relief_status parse_old(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"mode", NULL};
    rl_resize_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    return status == RELIEF_OK ? parse_old_params(ctx, graph, node, &params) : status;
}

static relief_status parse_upsample_7(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"mode", "scales", NULL};
    rl_resize_params *params;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = parse_old_params(ctx, graph, node, &params);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_attribute *scales = rl_node_attribute(node, "scales");
    if (scales == NULL || scales->type != RL_ATTRIBUTE_FLOATS || scales->count < 1 ||
        scales->count > RELIEF_MAX_RANK) {
        return rl_op_senseless(ctx, graph, node, "scales");
    }
    params->scales_input = -1;
    params->scale_count = (int)scales->count;
    memcpy(params->scales, scales->floats, (size_t)params->scale_count * sizeof(float));
    return RELIEF_OK;
}

static relief_status parse_flags(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                 rl_resize_params *params) {
    bool antialias;
    relief_status status =
        rl_op_bool(ctx, graph, node, "exclude_outside", false, &params->exclude_outside);
    if (status == RELIEF_OK) {
        status = rl_op_bool(ctx, graph, node, "antialias", false, &antialias);
    }
    if (status == RELIEF_OK && antialias) {
        status = rl_op_refuse(ctx, graph, node, "antialias", "1");
    }
    if (status == RELIEF_OK) {
        status = rl_op_float(ctx, graph, node, "cubic_coeff_a", -0.75f, &params->cubic_a);
    }
    return status;
}

static relief_status parse_axes(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                                rl_resize_params *params) {
    rl_short_list axes;
    relief_status status = rl_op_ints(ctx, graph, node, "axes", &axes);
    if (status != RELIEF_OK || axes.count < 0) {
        return status;
    }
    unsigned set;
    if (axes.count < 1 || !rl_axis_set(axes.v, axes.count, 4, &set)) {
        return rl_op_senseless(ctx, graph, node, "axes");
    }
    params->axis_count = axes.count;
    for (int i = 0; i < axes.count; i++) {
        params->axes[i] = rl_axis(axes.v[i], 4);
    }
    return RELIEF_OK;
}

static relief_status parse_new(relief_ctx *ctx, rl_graph *graph, rl_node *node,
                               const char *const *known) {
    rl_resize_params *params;
    int mode = 0, coordinate = 0, nearest = 0, policy;
    relief_status status = rl_op_know(ctx, graph, node, known);
    if (status == RELIEF_OK) {
        status = rl_op_params(ctx, graph, node, sizeof *params, (void **)&params);
    }
    if (status == RELIEF_OK) {
        status = parse_word(ctx, graph, node, "mode", mode_words, &mode);
    }
    if (status == RELIEF_OK) {
        status = parse_word(ctx, graph, node, "coordinate_transformation_mode", coordinate_words,
                            &coordinate);
    }
    if (status == RELIEF_OK) {
        status = parse_word(ctx, graph, node, "nearest_mode", nearest_words, &nearest);
    }
    if (status == RELIEF_OK) {
        status = parse_word(ctx, graph, node, "keep_aspect_ratio_policy", policy_words, &policy);
    }
    if (status == RELIEF_OK) {
        status = parse_flags(ctx, graph, node, params);
    }
    if (status == RELIEF_OK) {
        status = parse_axes(ctx, graph, node, params);
    }
    if (status == RELIEF_OK) {
        params->mode = (rl_resize_mode)mode;
        params->coordinate = (rl_resize_coordinate)coordinate;
        params->nearest = (rl_resize_nearest)nearest;
        params->scales_input = 2;
        params->sizes_input = 3;
    }
    return status;
}

/* extrapolation_value matters to tf_crop_and_resize alone, which is refused. */
static relief_status parse_11(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"coordinate_transformation_mode",
                                        "cubic_coeff_a",
                                        "exclude_outside",
                                        "extrapolation_value",
                                        "mode",
                                        "nearest_mode",
                                        NULL};
    return parse_new(ctx, graph, node, known);
}

static relief_status parse_18(relief_ctx *ctx, rl_graph *graph, rl_node *node) {
    static const char *const known[] = {"antialias",
                                        "axes",
                                        "coordinate_transformation_mode",
                                        "cubic_coeff_a",
                                        "exclude_outside",
                                        "extrapolation_value",
                                        "keep_aspect_ratio_policy",
                                        "mode",
                                        "nearest_mode",
                                        NULL};
    return parse_new(ctx, graph, node, known);
}

/* ---- sizes ---- */

/* *out: the constant tensor of scales or sizes, NULL when it is left out or empty (which old
 * exporters write for that). */
static relief_status constant_list(relief_ctx *ctx, const rl_graph *graph, const rl_node *node,
                                   int input, const relief_tensor **out) {
    const rl_value *value = rl_op_input(graph, node, input);
    *out = NULL;
    if (value == NULL || (value->rank == 1 && value->dims[0] == 0)) {
        return RELIEF_OK;
    }
    if (value->constant == NULL) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "input %d sets sizes and must not depend on the network's input data",
                            input);
    }
    *out = value->constant;
    return RELIEF_OK;
}

/* Axis that entry i of the scales or sizes is for. */
static int list_axis(const rl_resize_params *params, int i) {
    return params->axis_count > 0 ? params->axes[i] : i;
}

static bool set_from_scales(const rl_resize_params *params, const relief_tensor *scales,
                            int64_t *dims) {
    int count = scales != NULL ? (int)rl_tensor_count(scales) : params->scale_count;
    if (count != (params->axis_count > 0 ? params->axis_count : 4)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        float scale = scales != NULL ? rl_tensor_float(scales, i) : params->scales[i];
        int axis = list_axis(params, i);
        /* In float, as the scale itself: 3 pixels times 7/3 are 7, where the exact product is a
         * hair less. */
        float size = floorf((float)dims[axis] * scale);
        if (!(scale > 0.0f) || !(size >= 1.0f && size <= (float)RL_MAX_ELEMENTS)) {
            return false;
        }
        dims[axis] = (int64_t)size;
    }
    return true;
}

static bool set_from_sizes(const rl_resize_params *params, const relief_tensor *sizes,
                           int64_t *dims) {
    int count = (int)rl_tensor_count(sizes);
    if (count != (params->axis_count > 0 ? params->axis_count : 4)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        int64_t size = rl_tensor_int(sizes, i);
        if (size < 1 || size > RL_MAX_ELEMENTS) {
            return false;
        }
        dims[list_axis(params, i)] = size;
    }
    return true;
}

static relief_status infer(relief_ctx *ctx, rl_graph *graph, const rl_node *node) {
    const rl_resize_params *params = node->params;
    const relief_tensor *scales, *sizes;
    const bool quantised = params->mode != RL_RESIZE_CUBIC;
    relief_status status = rl_op_expect(
        ctx, graph, node, 0, RL_TYPE(RELIEF_F32) | (quantised ? RL_TYPES_QUANTISED : 0u));
    if (status == RELIEF_OK) {
        status = constant_list(ctx, graph, node, params->scales_input, &scales);
    }
    if (status == RELIEF_OK) {
        status = constant_list(ctx, graph, node, params->sizes_input, &sizes);
    }
    if (status != RELIEF_OK) {
        return status;
    }
    const rl_value *x = rl_op_input(graph, node, 0);
    if (x->rank != 4 || rl_dims_product(x->dims, 0, 4) == 0) {
        return rl_op_misfit(ctx, graph, node, "only (N, C, H, W) pictures can be resized");
    }
    if (sizes != NULL && (sizes->dtype != RELIEF_I64 || scales != NULL)) {
        return rl_op_misfit(ctx, graph, node, "either sizes (int64) or scales are wanted");
    }
    if (sizes == NULL && scales == NULL && params->scale_count == 0) {
        return rl_op_misfit(ctx, graph, node, "there are neither sizes nor scales");
    }
    rl_value y = *x;
    if (!(sizes != NULL ? set_from_sizes(params, sizes, y.dims)
                        : set_from_scales(params, scales, y.dims))) {
        return rl_op_misfit(ctx, graph, node, "the scales or sizes make no sense");
    }
    if (y.dims[0] != x->dims[0] || y.dims[1] != x->dims[1]) {
        return rl_fail_node(ctx, graph, node, RELIEF_ERROR_UNSUPPORTED,
                            "only height and width can be resized, not images or channels");
    }
    return rl_op_output(ctx, graph, node, 0, &y);
}

void rl_resize_scale(const rl_resize_params *params, const relief_tensor *scales,
                     const int64_t *in_dims, const int64_t *out_dims, float scale[2]) {
    int given = scales != NULL ? (int)rl_tensor_count(scales) : params->scale_count;
    scale[0] = (float)out_dims[2] / (float)in_dims[2];
    scale[1] = (float)out_dims[3] / (float)in_dims[3];
    for (int i = 0; i < given; i++) {
        int axis = list_axis(params, i);
        if (axis >= 2) {
            scale[axis - 2] = scales != NULL ? rl_tensor_float(scales, i) : params->scales[i];
        }
    }
}

/* ---- coordinates ---- */

/* In float, like the scales: at ties a rounding error decides, and it should be the one that other
 * runtimes make. */
static float source_coordinate(rl_resize_coordinate mode, float scale, int64_t in, int64_t out,
                               int64_t x) {
    switch (mode) {
    case RL_COORDINATE_ALIGN_CORNERS:
        return out == 1 ? 0.0f : (float)x * (float)(in - 1) / (float)(out - 1);
    case RL_COORDINATE_ASYMMETRIC:
        return (float)x / scale;
    case RL_COORDINATE_TF_HALF_PIXEL:
        return ((float)x + 0.5f) / scale;
    case RL_COORDINATE_HALF_PIXEL_SYMMETRIC: {
        /* The part of a pixel that the output size was rounded by is spread to both sides. */
        const float adjustment = (float)out / (scale * (float)in);
        return (float)in / 2.0f * (1.0f - adjustment) + ((float)x + 0.5f) / scale - 0.5f;
    }
    case RL_COORDINATE_PYTORCH_HALF_PIXEL:
        if (out == 1) {
            return 0.0f;
        }
        break;
    default:
        break;
    }
    return ((float)x + 0.5f) / scale - 0.5f;
}

/* A coordinate that misses a half by less than this does so by the rounding of the scale, and
 * counts as a half. */
#define NEARLY 1e-6

static double round_coordinate(rl_resize_nearest mode, float scale, double at) {
    switch (mode) {
    case RL_NEAREST_ROUND_PREFER_FLOOR:
        return ceil(at - 0.5 - NEARLY);
    case RL_NEAREST_ROUND_PREFER_CEIL:
        return floor(at + 0.5 + NEARLY);
    case RL_NEAREST_CEIL:
        return ceil(at);
    case RL_NEAREST_SIMPLE:
        return scale < 1.0f ? ceil(at) : floor(at);
    default:
        return floor(at);
    }
}

static int64_t clamp_index(double at, int64_t size) {
    if (!(at > 0.0)) {
        return 0;
    }
    return at < (double)(size - 1) ? (int64_t)at : size - 1;
}

/* Keys' kernel, "Cubic convolution interpolation for digital image processing" (1981), at distance
 * t. */
static double cubic_weight(double a, double t) {
    t = fabs(t);
    if (t <= 1.0) {
        return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
    }
    return t < 2.0 ? ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a : 0.0;
}

static rl_resize_tap cubic_tap(const rl_resize_params *params, double at, int64_t in) {
    rl_resize_tap tap = {.count = 4};
    double base = floor(at), sum = 0.0, weight[4];
    for (int k = 0; k < 4; k++) {
        double pixel = base - 1.0 + k;
        bool outside = pixel < 0.0 || pixel > (double)(in - 1);
        weight[k] = params->exclude_outside && outside
                        ? 0.0
                        : cubic_weight((double)params->cubic_a, at - pixel);
        tap.index[k] = clamp_index(pixel, in);
        sum += weight[k];
    }
    for (int k = 0; k < 4; k++) {
        tap.weight[k] = (float)(params->exclude_outside ? weight[k] / sum : weight[k]);
    }
    return tap;
}

static rl_resize_tap linear_tap(float at, int64_t in) {
    rl_resize_tap tap = {.count = 2};
    float most = (float)(in - 1);
    float inside = at < 0.0f ? 0.0f : at > most ? most : at;
    tap.index[0] = clamp_index(floor((double)inside), in);
    tap.index[1] = tap.index[0] + 1 < in ? tap.index[0] + 1 : tap.index[0];
    tap.weight[1] = inside - (float)tap.index[0];
    tap.weight[0] = 1.0f - tap.weight[1];
    return tap;
}

void rl_resize_taps(const rl_resize_params *params, float scale, int64_t in, int64_t out,
                    rl_resize_tap *taps) {
    for (int64_t x = 0; x < out; x++) {
        float at = source_coordinate(params->coordinate, scale, in, out, x);
        if (params->mode == RL_RESIZE_CUBIC) {
            taps[x] = cubic_tap(params, (double)at, in);
        } else if (params->mode == RL_RESIZE_LINEAR) {
            taps[x] = linear_tap(at, in);
        } else {
            double pixel = round_coordinate(params->nearest, scale, (double)at);
            taps[x] = (rl_resize_tap){1, {clamp_index(pixel, in)}, {1.0f}};
        }
    }
}

/* ---- kernel ---- */

typedef struct resize_job {
    const relief_tensor *x;
    relief_tensor *y;
    int64_t in_h, in_w, out_h, out_w;
    const rl_resize_tap *rows, *columns;
    const rl_resize_params *params;
} resize_job;

static double element(const relief_tensor *x, int64_t i) {
    return x->dtype == RELIEF_F32 ? (double)((const float *)x->data)[i] : (double)rl_get_int(x, i);
}

/* One number of 8 bits by way of the floats. Halves are common, and which way they go hangs on the
 * last bit: the order of the sum is that of ONNX Runtime. */
static int64_t rounded(const resize_job *job, const rl_resize_tap *row, const rl_resize_tap *column,
                       int64_t plane) {
    const rl_resize_params *params = job->params;
    float sum = 0;
    for (int i = 0; i < row->count; i++) {
        for (int k = 0; k < column->count; k++) {
            const int64_t at = plane + row->index[i] * job->in_w + column->index[k];
            const float x = (float)(rl_get_int(job->x, at) - params->zero) * params->quantum;
            sum += column->weight[k] * row->weight[i] * x;
        }
    }
    return rl_quantise(sum / params->quantum, params->zero, job->y->dtype);
}

/* ONNX does not say whether numbers of 8 bits are rounded; ONNX Runtime cuts them off. */
static void resize_planes(void *arg, size_t begin, size_t end) {
    const resize_job *job = arg;
    for (int64_t r = (int64_t)begin; r < (int64_t)end; r++) {
        const int64_t plane = r / job->out_h * job->in_h * job->in_w;
        const rl_resize_tap *row = &job->rows[r % job->out_h];
        for (int64_t ox = 0; ox < job->out_w; ox++) {
            const rl_resize_tap *column = &job->columns[ox];
            double sum = 0.0;
            if (job->params->rounds) {
                rl_set_int(job->y, r * job->out_w + ox, rounded(job, row, column, plane));
                continue;
            }
            for (int i = 0; i < row->count; i++) {
                const int64_t line = plane + row->index[i] * job->in_w;
                double line_sum = 0.0;
                for (int k = 0; k < column->count; k++) {
                    line_sum +=
                        (double)column->weight[k] * element(job->x, line + column->index[k]);
                }
                sum += (double)row->weight[i] * line_sum;
            }
            if (job->y->dtype == RELIEF_F32) {
                ((float *)job->y->data)[r * job->out_w + ox] = (float)sum;
            } else {
                rl_set_int(job->y, r * job->out_w + ox, (int64_t)sum);
            }
        }
    }
}

static relief_status run(relief_ctx *ctx, const rl_node *node, const relief_tensor *const *inputs,
                         relief_tensor *const *outputs) {
    const rl_resize_params *params = node->params;
    const relief_tensor *x = inputs[0];
    relief_tensor *y = outputs[0];
    const relief_tensor *scales =
        params->scales_input > 0 && params->scales_input < node->own_input_count
            ? inputs[params->scales_input]
            : NULL;
    float scale[2];
    rl_resize_scale(params, scales, x->dims, y->dims, scale);
    size_t height = (size_t)y->dims[2], width = (size_t)y->dims[3];
    rl_resize_tap *taps;
    relief_status status = rl_alloc_in(ctx, height + width, sizeof *taps, (void **)&taps);
    if (status != RELIEF_OK) {
        return status;
    }
    rl_resize_taps(params, scale[0], x->dims[2], y->dims[2], taps);
    rl_resize_taps(params, scale[1], x->dims[3], y->dims[3], taps + height);
    resize_job job = {x,          y,    x->dims[2],    x->dims[3], y->dims[2],
                      y->dims[3], taps, taps + height, params};
    rl_parallel(ctx, (size_t)(y->dims[0] * y->dims[1]) * height, 1, resize_planes, &job);
    rl_free(taps);
    return RELIEF_OK;
}

const rl_op rl_op_upsample_7 = {"Upsample", 7, 8, 1, 1, 1, 1, parse_upsample_7, infer, run};
const rl_op rl_op_upsample_9 = {"Upsample", 9, 9, 2, 2, 1, 1, parse_old, infer, run};
const rl_op rl_op_resize_10 = {"Resize", 10, 10, 2, 2, 1, 1, parse_old, infer, run};
const rl_op rl_op_resize_11 = {"Resize", 11, 17, 1, 4, 1, 1, parse_11, infer, run};
const rl_op rl_op_resize_18 = {"Resize", 18, 0, 1, 4, 1, 1, parse_18, infer, run};
