/* SPDX-License-Identifier: Apache-2.0 */
/* What a graph tells about its use; descriptor_rules.h states the rules. */
#include "depth/descriptor_rules.h"

#include "base/memory.h"
#include "nn/tensor.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Nodes that are looked at to find out whether a value is constant. */
#define MAX_CONSTANT_NODES 64
#define MAX_SCANNED_ELEMENTS 16
#define LARGEST_PATCH_STEP 64

static const double imagenet_mean[3] = {0.485, 0.456, 0.406};
static const double imagenet_std[3] = {0.229, 0.224, 0.225};

static bool is(const rl_node *node, const char *op_type) {
    return strcmp(node->op_type, op_type) == 0;
}

/* A graph, and where each of its values comes from. */
typedef struct lookup {
    const rl_graph *graph;
    int *made_by; /* for each value: 1 + the first node that gives it, 0 for none */
} lookup;

static relief_status find_producers(relief_ctx *ctx, const rl_graph *graph, lookup *out) {
    *out = (lookup){.graph = graph};
    relief_status status = rl_calloc_in(ctx, (size_t)graph->value_count, sizeof(*out->made_by),
                                        (void **)&out->made_by);
    for (int n = 0; !status && n < graph->node_count; n++) {
        for (int o = 0; o < graph->nodes[n].output_count; o++) {
            int value = graph->nodes[n].outputs[o];
            if (value >= 0 && !out->made_by[value]) {
                out->made_by[value] = n + 1;
            }
        }
    }
    return status;
}

static const rl_node *producer(const lookup *in, int value) {
    int made_by = in->made_by[value];
    return made_by ? &in->graph->nodes[made_by - 1] : NULL;
}

/* The tensor of a value that is constant as it stands, NULL for all others. */
static const relief_tensor *constant_tensor(const lookup *in, int value) {
    if (value < 0) {
        return NULL;
    }
    if (in->graph->values[value].constant) {
        return in->graph->values[value].constant;
    }
    const rl_node *node = producer(in, value);
    const rl_attribute *attribute =
        node && is(node, "Constant") ? rl_node_attribute(node, "value") : NULL;
    return attribute ? attribute->tensor : NULL;
}

/* Whether a value depends on constants alone: weights may pass through DequantizeLinear, Reshape
 * and the like. *budget: nodes that may still be looked at, so that no file can make this long. */
static bool is_constant(const lookup *in, int value, int *budget) {
    if (value < 0 || in->graph->values[value].constant) {
        return true;
    }
    const rl_node *node = (*budget)-- > 0 ? producer(in, value) : NULL;
    if (!node) {
        return false;
    }
    for (int i = 0; i < node->input_count; i++) {
        if (!is_constant(in, node->inputs[i], budget)) {
            return false;
        }
    }
    return true;
}

static bool reads(const rl_node *node, int value) {
    for (int i = 0; i < node->input_count; i++) {
        if (node->inputs[i] == value) {
            return true;
        }
    }
    return false;
}

/* The first node that works on the picture itself; NULL when there is none. *value: what it reads.
 */
static const rl_node *first_consumer(const rl_graph *graph, int *value) {
    for (int n = 0; n < graph->node_count; n++) {
        const rl_node *node = &graph->nodes[n];
        if (!reads(node, *value) || is(node, "Shape")) {
            continue;
        }
        bool passes_on = is(node, "Identity") || is(node, "Cast") || is(node, "Pad");
        if (!passes_on || node->output_count < 1) {
            return node;
        }
        *value = node->outputs[0];
    }
    return NULL;
}

/* Least and greatest magnitude of a small constant; false when it is not one. */
static bool magnitudes(const relief_tensor *tensor, float *least, float *most) {
    int64_t count = 0;
    if (!tensor || !tensor->data || !rl_element_count(tensor->rank, tensor->dims, &count) ||
        count < 1 || count > MAX_SCANNED_ELEMENTS) {
        return false;
    }
    *least = *most = fabsf(rl_tensor_float(tensor, 0));
    for (int64_t i = 1; i < count; i++) {
        float magnitude = fabsf(rl_tensor_float(tensor, i));
        *least = fminf(*least, magnitude);
        *most = fmaxf(*most, magnitude);
    }
    return true;
}

/* Whether constants that normalise were made for pictures in 0..255: a mean over 2, a divisor over
 * 10 or a factor under 0.1 would leave nothing of a picture in 0..1. */
static bool made_for_bytes(const lookup *in, const rl_node *node, int constant_at) {
    float least = 0;
    float most = 0;
    if (!magnitudes(constant_tensor(in, node->inputs[constant_at]), &least, &most)) {
        return false;
    }
    if (is(node, "Div")) {
        return least > 10.0F;
    }
    if (is(node, "Mul")) {
        return most < 0.1F;
    }
    return most > 2.0F;
}

static void set_normalisation(rl_descriptor *d, const double mean[3], const double std[3]) {
    memcpy(d->mean, mean, sizeof(d->mean));
    memcpy(d->std, std, sizeof(d->std));
}

/* Rule (1): normalisation inside the graph. */
static bool normalises(const lookup *in, const rl_node *node, int picture, rl_descriptor *d) {
    int constant_at = -1;
    if ((is(node, "Sub") || is(node, "Div")) && node->input_count == 2 &&
        node->inputs[0] == picture) {
        constant_at = 1;
    } else if ((is(node, "Add") || is(node, "Mul")) && node->input_count == 2) {
        constant_at = node->inputs[0] == picture ? 1 : 0;
    } else if (is(node, "BatchNormalization") && node->input_count == 5) {
        constant_at = 3; /* the mean */
    }
    int budget = MAX_CONSTANT_NODES;
    if (constant_at < 0 || !is_constant(in, node->inputs[constant_at], &budget)) {
        return false;
    }
    bool bytes = made_for_bytes(in, node, constant_at);
    for (int c = 0; c < 3; c++) {
        d->mean[c] = 0.0;
        d->std[c] = bytes ? 1.0 / 255.0 : 1.0;
    }
    return true;
}

/* Stride of a patch embedding (a convolution whose windows do not overlap), 0 for any other node.
 */
static int patch_size(const rl_node *node) {
    const rl_attribute *kernel = is(node, "Conv") ? rl_node_attribute(node, "kernel_shape") : NULL;
    const rl_attribute *strides = kernel ? rl_node_attribute(node, "strides") : NULL;
    if (!strides || kernel->count != 2 || strides->count != 2) {
        return 0;
    }
    int64_t size = strides->ints[0];
    bool square = strides->ints[1] == size && kernel->ints[0] == size && kernel->ints[1] == size;
    return square && size >= 8 && size <= LARGEST_PATCH_STEP ? (int)size : 0;
}

/* Whether `name` is `word`, in any letter case. */
static bool same_word(const char *name, const char *word) {
    while (*name && tolower((unsigned char)*name) == *word) {
        name++;
        word++;
    }
    return *name == *word;
}

/* Whether `name` holds `word` (of lower-case letters), in any letter case. */
static bool has_word(const char *name, const char *word) {
    size_t length = strlen(word);
    for (; *name; name++) {
        size_t i = 0;
        while (i < length && tolower((unsigned char)name[i]) == word[i]) {
            i++;
        }
        if (i == length) {
            return true;
        }
    }
    return false;
}

static void guess_normalisation(const lookup *in, int picture, int patch, rl_descriptor *d) {
    static const double zero[3] = {0, 0, 0};
    static const double half[3] = {0.5, 0.5, 0.5};
    static const double one[3] = {1, 1, 1};
    const char *name = in->graph->values[picture].name;
    int value = picture;
    const rl_node *first = first_consumer(in->graph, &value);
    if (first && normalises(in, first, value, d)) {
        return;
    }
    if (patch == 16) {
        set_normalisation(d, half, half);
    } else if (patch == 0 &&
               (same_word(name, "image") || same_word(name, "rgb") || same_word(name, "img"))) {
        set_normalisation(d, zero, one);
    } else {
        set_normalisation(d, imagenet_mean, imagenet_std);
    }
}

/* As coarsening(), of a node that resizes. */
static double resize_coarsening(const lookup *in, const rl_node *node) {
    int at = is(node, "Resize") && node->input_count > 2 ? 2 : 1;
    const relief_tensor *scales =
        node->input_count > at ? constant_tensor(in, node->inputs[at]) : NULL;
    bool whole = scales && scales->rank == 1 && scales->dims[0] == 4;
    float scale = whole ? rl_tensor_float(scales, 2) : 0.0F;
    return scale > 0.0F ? 1.0 / (double)scale : 0.0;
}

/* How much coarser a node's output is than its input, along the height; 0: not known. */
static double coarsening(const lookup *in, const rl_node *node) {
    const rl_attribute *strides = rl_node_attribute(node, "strides");
    double stride = strides && strides->count >= 1 ? (double)strides->ints[0] : 1.0;
    if (is(node, "Conv") || is(node, "MaxPool") || is(node, "AveragePool")) {
        return stride;
    }
    if (is(node, "ConvTranspose")) {
        return 1.0 / fmax(stride, 1.0);
    }
    const rl_attribute *block = rl_node_attribute(node, "blocksize");
    if (block && is(node, "SpaceToDepth")) {
        return (double)block->i;
    }
    if (block && is(node, "DepthToSpace") && block->i > 0) {
        return 1.0 / (double)block->i;
    }
    if (is(node, "Resize") || is(node, "Upsample")) {
        return resize_coarsening(in, node);
    }
    return is(node, "Shape") || strncmp(node->op_type, "Global", 6) == 0 ? 0.0 : 1.0;
}

/* How coarse the coarsest map of the graph is: the product of the strides on the way there. */
static relief_status coarsest(relief_ctx *ctx, const lookup *in, int picture, double *most) {
    const rl_graph *graph = in->graph;
    double *steps = NULL; /* for each value; 0: unknown, or not made from the picture */
    size_t count = (size_t)graph->value_count;
    relief_status status = rl_calloc_in(ctx, count, sizeof(*steps), (void **)&steps);
    if (status) {
        return status;
    }
    *most = 1.0;
    steps[picture] = 1.0;
    for (int n = 0; n < graph->node_count; n++) {
        const rl_node *node = &graph->nodes[n];
        double step = 0.0;
        for (int i = 0; i < node->input_count; i++) {
            if (node->inputs[i] >= 0) {
                step = fmax(step, steps[node->inputs[i]]);
            }
        }
        step *= coarsening(in, node);
        for (int o = 0; o < node->output_count; o++) {
            if (node->outputs[o] >= 0) {
                steps[node->outputs[o]] = step;
            }
        }
        *most = fmax(*most, step);
    }
    rl_free(steps);
    return RELIEF_OK;
}

static void guess_size(int patch, double most, rl_descriptor *d) {
    d->width = d->height = patch == 14 ? 518 : 384;
    d->rule = patch == 14 ? RL_SIZE_LOWER_BOUND : patch == 16 ? RL_SIZE_MINIMAL : RL_SIZE_LONG_SIDE;
    if (patch) {
        d->multiple = patch == 16 ? 32 : patch;
    } else {
        d->multiple = most >= 2.0 && most <= 256.0 ? (int)lround(most) : 32;
    }
    if (patch == 14) {
        d->output_filter = RL_FILTER_LINEAR_CORNERS;
    }
}

static relief_depth_kind guess_kind(const rl_value *output, int patch) {
    const char *name = output->name;
    if (has_word(name, "disp") || has_word(name, "inverse")) {
        return RELIEF_DISPARITY;
    }
    if (has_word(name, "metric") || has_word(name, "metre") || has_word(name, "meter")) {
        return RELIEF_METRES;
    }
    bool metric = same_word(name, "depth") && output->rank == 4 && patch == 0;
    return metric ? RELIEF_METRES : RELIEF_DISPARITY;
}

int rl_rules_input(const rl_graph *graph, const rl_descriptor *descriptor) {
    int found = -1;
    for (int i = graph->input_count - 1; i >= 0; i--) {
        const rl_value *value = &graph->values[graph->inputs[i]];
        bool picture = value->rank == 4 && (value->dims[1] == 3 || value->dims[1] < 0);
        bool named = strcmp(value->name, descriptor->input_name) == 0;
        if (named) {
            return picture ? i : -1;
        }
        if (picture && !*descriptor->input_name) {
            found = i;
        }
    }
    return found;
}

static int output_rank(const char *name) {
    static const char *const words[] = {"depth",  "predicted_depth", "metre",
                                        "metric", "inverse",         "disp"};
    int rank = 0;
    for (int i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++) {
        rank = has_word(name, words[i]) ? i + 1 : rank;
    }
    return rank;
}

int rl_rules_output(const rl_graph *graph, const rl_descriptor *descriptor) {
    int found = -1;
    int found_rank = -1;
    for (int i = 0; i < graph->output_count; i++) {
        const char *name = graph->values[graph->outputs[i]].name;
        int rank = output_rank(name);
        if (*descriptor->output_name) {
            rank = strcmp(name, descriptor->output_name) == 0 ? 0 : -1;
        }
        if (rank > found_rank) {
            found = i;
            found_rank = rank;
        }
    }
    return found;
}

/* Sizes, normalisation and kind, for a graph that has both a picture and a depth. */
static relief_status guess_of_picture(relief_ctx *ctx, const lookup *in, int picture,
                                      const rl_value *depth, rl_descriptor *d) {
    int value = picture;
    const rl_node *first = first_consumer(in->graph, &value);
    int patch = first ? patch_size(first) : 0;
    for (int step = 0; first && !patch && step < 2 && normalises(in, first, value, d); step++) {
        value = first->outputs[0]; /* a patch embedding may stand behind Sub and Div */
        first = first_consumer(in->graph, &value);
        patch = first ? patch_size(first) : 0;
    }
    double most = 1.0;
    relief_status status = coarsest(ctx, in, picture, &most);
    if (status) {
        return status;
    }
    guess_size(patch, most, d);
    guess_normalisation(in, picture, patch, d);
    d->kind = guess_kind(depth, patch);
    return RELIEF_OK;
}

relief_status rl_rules_guess(relief_ctx *ctx, const rl_graph *graph, rl_descriptor *descriptor) {
    *descriptor = (rl_descriptor){
        .width = 384,
        .height = 384,
        .rule = RL_SIZE_LONG_SIDE,
        .multiple = 32,
        .std = {1.0, 1.0, 1.0},
        .filter = RL_FILTER_CUBIC,
        .output_filter = RL_FILTER_CUBIC,
        .kind = RELIEF_DISPARITY,
        .metres_per_unit = 1.0,
        .closer_look = 1.0,
    };
    int input = rl_rules_input(graph, descriptor);
    int output = rl_rules_output(graph, descriptor);
    if (input < 0 || output < 0) {
        return RELIEF_OK; /* no depth network: it can still be run on tensors */
    }
    lookup in;
    relief_status status = find_producers(ctx, graph, &in);
    if (!status) {
        status = guess_of_picture(ctx, &in, graph->inputs[input],
                                  &graph->values[graph->outputs[output]], descriptor);
    }
    rl_free(in.made_by);
    return status;
}
