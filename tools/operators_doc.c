/* SPDX-License-Identifier: Apache-2.0 */
/* Print docs/operators.md, made from the operator table, or compare it with a file:
 *
 *     operators_doc [--check FILE] */
#include "nn/onnx/onnx_model.h"
#include "nn/op.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is said about an operator beyond its row: what of it is not done, or done in a way that is
 * worth knowing. */
static const struct {
    const char *name, *text;
} notes[] = {
    {"AveragePool", "height and width"},
    {"BatchNormalization", "inference only"},
    {"Cast", "between all types; out of range goes to the border of an integer type"},
    {"Constant", "tensor, float, int and lists of them; no strings, not sparse"},
    {"ConstantOfShape", "the shape must not depend on the input's data"},
    {"Conv", "height and width; groups, dilations, all kinds of padding"},
    {"ConvTranspose", "height and width; groups, dilations, output_padding, output_shape"},
    {"DequantizeLinear", "int8, uint8, int32; one scale, or one for each index of an axis"},
    {"Dropout", "inference only: hands its input on"},
    {"ConvInteger", "exact, in int32"},
    {"Expand", "the shape must not depend on the input's data"},
    {"Gelu", "exact and tanh form"},
    {"LayerNormalization", "first output only"},
    {"MaxPool", "height and width; first output only"},
    {"MatMulInteger", "exact, in int32"},
    {"Pad", "constant, reflect, edge; negative counts with constant only"},
    {"Pow", "the exponent may be of another type"},
    {"QLinearConv", "scales and zero points of weights may be one for each output channel"},
    {"QuantizeLinear", "to int8 and uint8"},
    {"Range", "the bounds must not depend on the input's data"},
    {"Reshape", "the shape must not depend on the input's data"},
    {"Resize", "height and width; nearest (four roundings), linear, cubic; half_pixel, "
               "half_pixel_symmetric, pytorch_half_pixel, align_corners, "
               "asymmetric, tf_half_pixel_for_nn; of float and 8-bit tensors; no antialias, no "
               "tf_crop_and_resize, aspect policy stretch"},
    {"Slice", "the bounds must not depend on the input's data"},
    {"Softmax", "before opset 13 over all axes from `axis` on, as ONNX had it"},
    {"LogSoftmax", "as Softmax"},
    {"Split", "all outputs must be used"},
    {"Upsample", "height and width; nearest, linear"},
};

static const char head[] =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "<!-- Made by tools/operators_doc.c; a test keeps it current. -->\n"
    "# Operators\n"
    "\n"
    "The ONNX operators that `relief` runs, of operator sets %d to %d. Anything else in a network, "
    "an attribute or a type\n"
    "included, is refused with the node's name and the operator set; nothing is approximated in "
    "silence. Floating-point\n"
    "operators compute in float32, in networks of float16 and bfloat16 too. Operators with a dot "
    "in their name are of\n"
    "other sets than ONNX's own. Where "
    "sizes \"must not depend\n"
    "on the input's data\" they may depend on its size: such chains (Shape, Gather, Mul, Concat "
    "...) are computed once,\n"
    "when a network meets an input size for the first time.\n"
    "\n"
    "Every operator has a plain kernel in src/nn/ops, which the tests compare with numpy; the fast "
    "backend has kernels of its\n"
    "own for those that take time, and they are compared with the plain ones.\n"
    "\n"
    "| operator | operator sets | inputs | what to know |\n"
    "|---|---|---|---|\n";

/* Text that grows. */
typedef struct page {
    char text[1 << 16];
    size_t used;
} page;

__attribute__((format(printf, 2, 3))) static void put(page *p, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int wrote = vsnprintf(p->text + p->used, sizeof p->text - p->used, format, args);
    va_end(args);
    if (wrote < 0 || (size_t)wrote >= sizeof p->text - p->used) {
        fprintf(stderr, "operators_doc: the page is too long\n");
        exit(EXIT_FAILURE);
    }
    p->used += (size_t)wrote;
}

static const char *note_for(const char *name) {
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (strcmp(notes[i].name, name) == 0) {
            return notes[i].text;
        }
    }
    return "";
}

static void put_opsets(page *p, const rl_op *op) {
    int since = op->since < RL_ONNX_MIN_OPSET ? RL_ONNX_MIN_OPSET : op->since;
    int until = op->until == 0 ? RL_ONNX_MAX_OPSET : op->until;
    put(p, since == until ? "%d" : "%d-%d", since, until);
}

static void put_inputs(page *p, const rl_op *op) {
    if (op->max_inputs < 0) {
        put(p, "%d or more", op->min_inputs);
    } else if (op->min_inputs == op->max_inputs) {
        put(p, "%d", op->min_inputs);
    } else {
        put(p, "%d-%d", op->min_inputs, op->max_inputs);
    }
}

/* One line an operator; its forms in different operator sets stand together, with commas between.
 */
static void put_table(page *p) {
    int count;
    const rl_op *const *table = rl_op_table(&count);
    for (int i = 0, next; i < count; i = next) {
        next = i + 1;
        while (next < count && strcmp(table[next]->name, table[i]->name) == 0) {
            next++;
        }
        put(p, "| %s | ", table[i]->name);
        for (int k = i; k < next; k++) {
            put(p, "%s", k > i ? ", " : "");
            put_opsets(p, table[k]);
        }
        put(p, " | ");
        for (int k = i; k < next; k++) {
            put(p, "%s", k > i ? ", " : "");
            put_inputs(p, table[k]);
        }
        put(p, " | %s |\n", note_for(table[i]->name));
    }
}

/* Whether a file holds exactly the page. */
static bool file_is(const char *path, const page *p) {
    static char buffer[1 << 16];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    return size == p->used && memcmp(buffer, p->text, size) == 0;
}

int main(int argc, char **argv) {
    static page p;
    put(&p, head, RL_ONNX_MIN_OPSET, RL_ONNX_MAX_OPSET);
    put_table(&p);
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (rl_op_find("", notes[i].name, RL_ONNX_MAX_OPSET) == NULL &&
            rl_op_find("", notes[i].name, RL_ONNX_MIN_OPSET) == NULL) {
            fprintf(stderr, "operators_doc: there is a note on %s, which is no operator\n",
                    notes[i].name);
            return EXIT_FAILURE;
        }
    }
    if (argc == 3 && strcmp(argv[1], "--check") == 0) {
        if (!file_is(argv[2], &p)) {
            fprintf(stderr,
                    "operators_doc: %s is not current (write it anew: operators_doc > FILE)\n",
                    argv[2]);
            return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
    }
    if (argc != 1) {
        fprintf(stderr, "usage: operators_doc [--check FILE]\n");
        return EXIT_FAILURE;
    }
    return fputs(p.text, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
