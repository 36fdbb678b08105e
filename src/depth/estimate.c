/* SPDX-License-Identifier: Apache-2.0 */
/* One photo through one network. */
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "depth/depth_map.h"
#include "depth/depth_model.h"
#include "depth/looks.h"
#include "depth/network_size.h"
#include "depth/preprocess.h"
#include "nn/tensor.h"

#include <math.h>
#include <string.h>

/* Depths of 0 and less make no geometry. What networks give there is noise about "very near". */
#define LEAST_METRES 0.1F
#define LEAST_DEPTH_SHARE 1e-3F

enum { STEP_INPUT, STEP_RUN, STEP_OUTPUT, STEP_COUNT };

/* One estimate on its way. */
typedef struct estimate {
    relief_ctx *ctx;
    const relief_model *model;
    relief_image_info photo;
    rl_photo_pixels pixels;
    rl_raster averaged; /* `pixels` as all looks see them; no data: not yet; owned */
    int network_width, network_height;
    bool mirrored;        /* the network sees the photo in a mirror */
    bool fell_back;       /* the network runs at its square size alone */
    int looks_left;       /* runs that `averaged` is still for */
    int width, height;    /* of the map to make */
    rl_raster prediction; /* 1 channel; owned */
} estimate;

static relief_status check_model(relief_ctx *ctx, const relief_model *model) {
    const rl_graph *graph = rl_net_graph(model->net);
    if (model->input < 0 || model->output < 0) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: no depth network: it has no picture input of four dimensions with "
                       "three channels (`relief model info` shows what it has)",
                       model->path);
    }
    const rl_value *input = &graph->values[graph->inputs[model->input]];
    if (graph->input_count != 1) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: takes %d inputs; relief fills in a picture alone", model->path,
                       graph->input_count);
    }
    if (input->dtype != RELIEF_F32) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED, "%s: input \"%s\" is %s, not f32",
                       model->path, input->name, rl_dtype_name(input->dtype));
    }
    if (input->dims[0] > 1) {
        return rl_fail(ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: takes %lld pictures at once; relief gives one", model->path,
                       (long long)input->dims[0]);
    }
    return RELIEF_OK;
}

static bool side_fits(int64_t fixed, int side, int multiple) {
    return fixed > 0 ? side == fixed
                     : side >= multiple && side % multiple == 0 && side <= RL_MAX_NETWORK_SIDE;
}

/* The network size that the caller asks for, if the network takes it. */
static relief_status take_network_size(estimate *e, const relief_depth_options *options) {
    const rl_graph *graph = rl_net_graph(e->model->net);
    const rl_descriptor *d = &e->model->descriptor;
    const int64_t *dims = graph->values[graph->inputs[e->model->input]].dims;
    e->network_width = options->network_width;
    e->network_height = options->network_height;
    if (side_fits(dims[3], e->network_width, d->multiple) &&
        side_fits(dims[2], e->network_height, d->multiple)) {
        return RELIEF_OK;
    }
    if (dims[2] > 0 && dims[3] > 0) {
        return rl_fail(e->ctx, RELIEF_ERROR_ARG,
                       "%s: network size %dx%d, but the file fixes it to %lldx%lld", e->model->path,
                       e->network_width, e->network_height, (long long)dims[3], (long long)dims[2]);
    }
    return rl_fail(e->ctx, RELIEF_ERROR_ARG,
                   "%s: network size %dx%d: both sides must be multiples of %d, from %d to %d",
                   e->model->path, e->network_width, e->network_height, d->multiple, d->multiple,
                   RL_MAX_NETWORK_SIDE);
}

static relief_status choose_sizes(estimate *e, const relief_depth_options *options) {
    e->width = options->width ? options->width : e->photo.width;
    e->height = options->height ? options->height : e->photo.height;
    if (e->width < 1 || e->height < 1 || e->width > RELIEF_MAX_SIDE ||
        e->height > RELIEF_MAX_SIDE) {
        return rl_fail(e->ctx, RELIEF_ERROR_ARG, "a depth map of %d x %d pixels (1 to %d a side)",
                       e->width, e->height, RELIEF_MAX_SIDE);
    }
    if (options->network_width || options->network_height) {
        return take_network_size(e, options);
    }
    const rl_graph *graph = rl_net_graph(e->model->net);
    const int64_t *dims = graph->values[graph->inputs[e->model->input]].dims;
    rl_network_size(&e->model->descriptor, e->photo.width, e->photo.height, &e->network_width,
                    &e->network_height);
    if (dims[3] > 0 && dims[3] <= RL_MAX_NETWORK_SIDE) { /* a file may fix one side alone */
        e->network_width = (int)dims[3];
    }
    if (dims[2] > 0 && dims[2] <= RL_MAX_NETWORK_SIDE) {
        e->network_height = (int)dims[2];
    }
    return RELIEF_OK;
}

/* Copy an output of shape (..1.., H, W) as floats. */
static relief_status take_prediction(estimate *e, const relief_tensor *tensor) {
    int64_t pixels = 0;
    bool plane = tensor->rank >= 2 && rl_element_count(tensor->rank, tensor->dims, &pixels);
    int64_t height = plane ? tensor->dims[tensor->rank - 2] : 0;
    int64_t width = plane ? tensor->dims[tensor->rank - 1] : 0;
    if (!plane || pixels < 1 || pixels != width * height || width > RELIEF_MAX_SIDE ||
        height > RELIEF_MAX_SIDE) {
        return rl_fail(e->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: output \"%s\" is no single map of height x width", e->model->path,
                       relief_model_output_name(e->model, e->model->output));
    }
    relief_status status =
        rl_alloc_in(e->ctx, (size_t)pixels, sizeof(float), (void **)&e->prediction.data);
    if (status) {
        return status;
    }
    e->prediction.width = (int)width;
    e->prediction.height = (int)height;
    e->prediction.channels = 1;
    float scale = e->model->descriptor.kind == RELIEF_METRES
                      ? (float)e->model->descriptor.metres_per_unit
                      : 1.0F;
    for (int64_t i = 0; i < pixels; i++) {
        e->prediction.data[i] = rl_tensor_float(tensor, i) * scale;
    }
    return RELIEF_OK;
}

static void drop_average(estimate *e) {
    rl_free(e->averaged.data);
    e->averaged.data = NULL;
}

/* Run the network on the photo, at e->network_width x e->network_height. */
static relief_status run_network(estimate *e) {
    int64_t dims[4] = {1, 3, e->network_height, e->network_width};
    relief_tensor *input = NULL;
    relief_status status = rl_tensor_new(e->ctx, RELIEF_F32, 4, dims, &input);
    if (status) {
        return status;
    }
    int count = relief_model_output_count(e->model);
    relief_tensor **outputs = NULL;
    status = rl_calloc_in(e->ctx, (size_t)count, sizeof(*outputs), (void **)&outputs);
    if (!status && !e->averaged.data) {
        status =
            rl_photo_average(e->ctx, &e->pixels, e->network_width, e->network_height, &e->averaged);
    }
    if (!status) {
        status = rl_preprocess(e->ctx, &e->averaged, &e->model->descriptor, e->network_width,
                               e->network_height, input->data);
    }
    if (--e->looks_left < 1) {
        drop_average(e);
    }
    if (!status && e->mirrored) {
        rl_mirror_rows(input->data, 3 * (size_t)e->network_height, (size_t)e->network_width);
    }
    if (!status) {
        status = rl_progress(e->ctx, "depth", STEP_RUN, STEP_COUNT);
    }
    if (!status) {
        status = rl_net_run(e->ctx, e->model->net, &input, outputs);
    }
    relief_tensor_free(input); /* before the copy of the output is made */
    if (!status) {
        status = take_prediction(e, outputs[e->model->output]);
    }
    if (!status && e->mirrored) {
        rl_mirror_rows(e->prediction.data, (size_t)e->prediction.height,
                       (size_t)e->prediction.width);
    }
    for (int i = 0; outputs && i < count; i++) {
        relief_tensor_free(outputs[i]);
    }
    rl_free(outputs);
    return status;
}

/* Whether a network cannot run at the size that it was asked to. */
static bool is_refusal(relief_status status) {
    return status == RELIEF_ERROR_ARG || status == RELIEF_ERROR_UNSUPPORTED ||
           status == RELIEF_ERROR_FORMAT;
}

/* Run at the size that the authors' rule gives; files that were exported for one size alone often
 * do not say so, and then take only the square one. */
static relief_status run_at_fitting_size(estimate *e, bool chosen_by_caller) {
    const rl_descriptor *d = &e->model->descriptor;
    relief_status status = run_network(e);
    if (!is_refusal(status) || chosen_by_caller ||
        (e->network_width == d->width && e->network_height == d->height)) {
        return status;
    }
    rl_log(e->ctx, RELIEF_LOG_WARNING, "%s: cannot run at %dx%d, so it runs at %dx%d (%s)",
           e->model->path, e->network_width, e->network_height, d->width, d->height,
           relief_last_error(e->ctx));
    e->network_width = d->width;
    e->network_height = d->height;
    e->fell_back = true;
    e->looks_left++;
    drop_average(e);
    return run_network(e);
}

/* No infinities and NaNs leave this function. */
static relief_status make_finite(estimate *e) {
    int64_t finite = 0;
    float *values = e->prediction.data;
    relief_status status = rl_depth_fill(e->ctx, values, e->prediction.width, e->prediction.height,
                                         RELIEF_DISPARITY, &finite);
    if (status) {
        return status;
    }
    if (finite == 0) {
        return rl_fail(e->ctx, RELIEF_ERROR_INTERNAL, "%s: the network gave no finite value",
                       e->model->path);
    }
    return RELIEF_OK;
}

/* A second look, in a mirror, and the mean of both. */
static relief_status look_again(estimate *e) {
    rl_raster first = e->prediction;
    e->prediction.data = NULL;
    e->mirrored = true;
    relief_status status = run_network(e);
    if (!status) {
        status = make_finite(e);
    }
    if (!status) {
        status = rl_looks_join(e->ctx, &e->prediction, e->model->descriptor.kind, &first);
    }
    rl_free(e->prediction.data);
    e->prediction = first;
    return status;
}

/* What every look ends with. */
static relief_status end_look(estimate *e, const relief_depth_options *options) {
    relief_status status = make_finite(e);
    return !status && options->mirrored_too ? look_again(e) : status;
}

/* Whether there is a closer look; its lines are straight in disparity alone. It also helps where
 * the photo has no more pixels. */
static bool wants_closer_look(const estimate *e, const relief_depth_options *options) {
    const rl_graph *graph = rl_net_graph(e->model->net);
    const int64_t *dims = graph->values[graph->inputs[e->model->input]].dims;
    return options->closer_too && e->model->descriptor.closer_look > 1 &&
           e->model->descriptor.kind == RELIEF_DISPARITY && !options->as_predicted &&
           !options->network_width && !options->network_height && dims[2] <= 0 && dims[3] <= 0;
}

/* A second look at more pixels, whose edges the first one's distances get. The map still says the
 * first one's network size: its ramps are as wide. */
static relief_status look_closer(estimate *e, const relief_depth_options *options) {
    const int width = e->network_width, height = e->network_height;
    rl_raster first = e->prediction;
    if (!rl_closer_size(&e->model->descriptor, &e->network_width, &e->network_height)) {
        return RELIEF_OK;
    }
    e->prediction.data = NULL;
    e->mirrored = false;
    relief_status status = run_network(e);
    if (is_refusal(status)) {
        rl_log(e->ctx, RELIEF_LOG_WARNING, "%s: cannot run at %dx%d, so it has no closer look (%s)",
               e->model->path, e->network_width, e->network_height, relief_last_error(e->ctx));
        rl_free(e->prediction.data);
        e->prediction = first;
        first.data = NULL;
        status = RELIEF_OK;
    } else {
        status = status ? status : end_look(e, options);
        status = status ? status : rl_looks_refine(e->ctx, &first, &e->prediction);
    }
    rl_free(first.data);
    e->network_width = width;
    e->network_height = height;
    return status;
}

/* No impossible depths leave this function. */
static relief_status make_possible(estimate *e) {
    const float *values = e->prediction.data;
    size_t count = (size_t)e->prediction.width * (size_t)e->prediction.height;
    relief_depth_kind kind = e->model->descriptor.kind;
    if (kind == RELIEF_DISPARITY) {
        return RELIEF_OK;
    }
    float most = values[0];
    for (size_t i = 1; i < count; i++) {
        most = fmaxf(most, values[i]);
    }
    float least = kind == RELIEF_METRES ? LEAST_METRES : most * LEAST_DEPTH_SHARE;
    if (!(least > 0.0F)) {
        return rl_fail(e->ctx, RELIEF_ERROR_INTERNAL, "%s: the network gave no depth above 0",
                       e->model->path);
    }
    for (size_t i = 0; i < count; i++) {
        e->prediction.data[i] = fmaxf(values[i], least);
    }
    return RELIEF_OK;
}

static relief_status make_map(estimate *e, relief_depth **out) {
    rl_raster map = {.width = e->width, .height = e->height, .channels = 1};
    relief_status status = make_possible(e);
    if (!status) {
        status = rl_progress(e->ctx, "depth", STEP_OUTPUT, STEP_COUNT);
    }
    if (!status) {
        status =
            rl_depth_resample(e->ctx, &e->prediction, e->model->descriptor.output_filter, &map);
    }
    if (!status) {
        status =
            rl_depth_adopt(e->ctx, map.data, map.width, map.height, e->model->descriptor.kind, out);
    }
    if (status) {
        return status;
    }
    (*out)->network_width = e->network_width;
    (*out)->network_height = e->network_height;
    (*out)->filter = e->model->descriptor.output_filter;
    if (e->width == e->prediction.width && e->height == e->prediction.height) {
        (*out)->photo_width = e->photo.width;
        (*out)->photo_height = e->photo.height;
    }
    (*out)->precision = rl_precision_name(rl_net_precision(e->model->net));
    (*out)->instruction_set = rl_net_instruction_set(e->model->net);
    size_t length = strnlen(e->model->name, RL_MAX_NAME - 1);
    memcpy((*out)->model, e->model->name, length);
    return RELIEF_OK;
}

/* Whether the map to make has no side shorter than the network's prediction. */
static bool is_smaller(const estimate *e) {
    return e->prediction.width <= e->width && e->prediction.height <= e->height;
}

relief_status relief_depth_estimate(relief_ctx *ctx, const relief_model *model,
                                    const relief_image *photo, const relief_depth_options *options,
                                    relief_depth **out) {
    relief_depth_options own = RELIEF_OPTIONS_INIT(relief_depth_options);
    estimate e = {.ctx = ctx, .model = model, .photo = RELIEF_OPTIONS_INIT(relief_image_info)};
    *out = NULL;
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), options);
    if (!status) {
        status = check_model(ctx, model);
    }
    if (status) {
        return status;
    }
    relief_image_get_info(photo, &e.photo);
    e.pixels = (rl_photo_pixels){.data = relief_image_pixels(photo),
                                 .width = e.photo.raster_width,
                                 .height = e.photo.raster_height,
                                 .channels = e.photo.channels};
    status = choose_sizes(&e, &own);
    e.looks_left = (own.mirrored_too ? 2 : 1) * (wants_closer_look(&e, &own) ? 2 : 1);
    if (!status) {
        status = rl_progress(ctx, "depth", STEP_INPUT, STEP_COUNT);
    }
    if (!status) {
        status = run_at_fitting_size(&e, own.network_width || own.network_height);
    }
    if (!status) {
        status = end_look(&e, &own);
    }
    if (!status && !e.fell_back && wants_closer_look(&e, &own)) {
        status = look_closer(&e, &own);
    }
    if (!status && (own.as_predicted || (own.leave_small && is_smaller(&e)))) {
        e.width = e.prediction.width;
        e.height = e.prediction.height;
    }
    if (!status) {
        status = make_map(&e, out);
    }
    if (!status) {
        status = rl_progress(ctx, "depth", STEP_COUNT, STEP_COUNT);
    }
    drop_average(&e);
    rl_free(e.prediction.data);
    if (status) {
        relief_depth_free(*out);
        *out = NULL;
    }
    return status;
}

static rl_shape input_shape(const estimate *e) {
    return (rl_shape){.rank = 4, .dims = {1, 3, e->network_height, e->network_width}};
}

static relief_status make_plans(relief_ctx *ctx, void *arg) {
    const relief_model *model = arg;
    relief_status status = RELIEF_OK;
    for (int i = 0; i < model->prepared_count && !status; i++) {
        status = rl_net_prepare(ctx, model->net, &model->prepared[i]);
    }
    return status;
}

relief_status relief_depth_prepare(relief_ctx *ctx, relief_model *model, const relief_image *photo,
                                   const relief_depth_options *options) {
    relief_depth_options own = RELIEF_OPTIONS_INIT(relief_depth_options);
    estimate e = {.ctx = ctx, .model = model, .photo = RELIEF_OPTIONS_INIT(relief_image_info)};
    relief_status status = rl_options_copy(ctx, &own, sizeof(own), options);
    const int threads = relief_ctx_threads(ctx);
    if (status || threads == 1 || model->preparing) {
        return status;
    }
    relief_image_get_info(photo, &e.photo);
    if (check_model(ctx, model) || choose_sizes(&e, &own)) {
        return RELIEF_OK;
    }
    model->prepared[0] = input_shape(&e);
    model->prepared_count = 1;
    if (wants_closer_look(&e, &own) &&
        rl_closer_size(&model->descriptor, &e.network_width, &e.network_height)) {
        model->prepared[model->prepared_count++] = input_shape(&e);
    }
    return rl_aside_start(ctx, threads, make_plans, model, &model->preparing);
}
