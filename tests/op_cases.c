/* SPDX-License-Identifier: Apache-2.0 */
/* Layout of the table, little-endian and without padding:
 *   "relief operator cases 1\n"  u32 count
 *   case:   u16 length of the name, u32 length of the model, name, the model as an .onnx file, f64
 * tolerance, u8 inputs, u8 outputs, the inputs and then the outputs as tensor: u8 dtype, u8 rank,
 * u32 sizes[rank], elements */
#include "op_cases.h"

#include "testing.h"

#include "base/memory.h"
#include "base/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "relief operator cases 1\n";

/* More than any case has. */
#define MAX_TENSORS 8

typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

static const uint8_t *take(cursor *c, size_t bytes) {
    if ((size_t)(c->end - c->at) < bytes) {
        fail_msg("the table of operator cases is cut off");
    }
    const uint8_t *at = c->at;
    c->at += bytes;
    return at;
}

static uint32_t take_number(cursor *c, size_t bytes) {
    uint32_t value = 0;
    memcpy(&value, take(c, bytes), bytes);
    return value;
}

static relief_tensor *take_tensor(relief_ctx *ctx, cursor *c) {
    relief_dtype dtype = (relief_dtype)take_number(c, 1);
    int rank = (int)take_number(c, 1);
    int64_t dims[RELIEF_MAX_RANK];
    assert_in_range(rank, 0, RELIEF_MAX_RANK);
    for (int i = 0; i < rank; i++) {
        dims[i] = take_number(c, 4);
    }
    relief_tensor *tensor = NULL;
    assert_int_equal(relief_tensor_new(ctx, dtype, rank, dims, &tensor), RELIEF_OK);
    const uint8_t *from = take(c, tensor->bytes);
    if (tensor->bytes > 0) {
        memcpy(tensor->data, from, tensor->bytes);
    }
    return tensor;
}

/* The normalised error of a float tensor; infinite where one is not finite and the other is not the
 * same. */
static double float_error(const relief_tensor *got, const relief_tensor *want) {
    double worst = 0.0, range = 1e-30;
    int64_t count = 1;
    for (int i = 0; i < want->rank; i++) {
        count *= want->dims[i];
    }
    for (int64_t i = 0; i < count; i++) {
        bool wide = want->dtype == RELIEF_F64;
        double a = wide ? ((const double *)got->data)[i] : (double)rl_tensor_float(got, i);
        double b = wide ? ((const double *)want->data)[i] : (double)rl_tensor_float(want, i);
        if (isfinite(a) && isfinite(b)) {
            worst = fmax(worst, fabs(a - b));
            range = fmax(range, fabs(b));
        } else if (a != b && !(isnan(a) && isnan(b))) {
            return INFINITY;
        }
    }
    return worst / range;
}

static double output_error(const relief_tensor *got, const relief_tensor *want) {
    if (got->dtype != want->dtype || got->rank != want->rank ||
        memcmp(got->dims, want->dims, (size_t)want->rank * sizeof want->dims[0]) != 0) {
        return INFINITY;
    }
    switch (want->dtype) {
    case RELIEF_F32:
    case RELIEF_F64:
        return float_error(got, want);
    default: /* F16 and BF16 come from Cast alone, whose rounding is defined to the bit */
        return memcmp(got->data, want->data, want->bytes) != 0 ? INFINITY : 0.0;
    }
}

typedef struct op_case {
    char name[128];
    const uint8_t *model;
    size_t model_bytes;
    double tolerance;
    int input_count, output_count;
    relief_tensor *inputs[MAX_TENSORS], *outputs[MAX_TENSORS];
} op_case;

static op_case take_case(relief_ctx *ctx, cursor *c) {
    op_case one = {.name = ""};
    size_t name_bytes = take_number(c, 2);
    one.model_bytes = take_number(c, 4);
    snprintf(one.name, sizeof one.name, "%.*s", (int)name_bytes, (const char *)take(c, name_bytes));
    one.model = take(c, one.model_bytes);
    memcpy(&one.tolerance, take(c, sizeof one.tolerance), sizeof one.tolerance);
    one.input_count = (int)take_number(c, 1);
    one.output_count = (int)take_number(c, 1);
    assert_in_range(one.input_count, 0, MAX_TENSORS);
    assert_in_range(one.output_count, 1, MAX_TENSORS);
    for (int i = 0; i < one.input_count; i++) {
        one.inputs[i] = take_tensor(ctx, c);
    }
    for (int i = 0; i < one.output_count; i++) {
        one.outputs[i] = take_tensor(ctx, c);
    }
    return one;
}

static void free_case(op_case *one) {
    for (int i = 0; i < MAX_TENSORS; i++) {
        relief_tensor_free(one->inputs[i]);
        relief_tensor_free(one->outputs[i]);
    }
}

/* Compare what came out; true when all is as it should be. */
static bool check_outputs(const op_case *one, relief_tensor *const *got,
                          const op_cases_options *options, op_cases_report *report) {
    bool good = true;
    for (int i = 0; i < one->output_count; i++) {
        double error = output_error(got[i], one->outputs[i]);
        if (error > fmax(one->tolerance, options->tolerance)) {
            fprintf(stderr, "%s: output %d is off by %g\n", one->name, i, error);
            good = false;
            continue;
        }
        if (error > report->worst_error) {
            report->worst_error = error;
            snprintf(report->worst_name, sizeof report->worst_name, "%.95s", one->name);
        }
        if (options->seen != NULL) {
            options->seen(options->user, one->name, i, got[i]);
        }
    }
    return good;
}

static bool run_case(relief_ctx *ctx, const rl_backend_api *backend, const op_case *one,
                     const op_cases_options *options, op_cases_report *report) {
    rl_net *net = NULL;
    relief_tensor *got[MAX_TENSORS] = {NULL};
    bool good = false;
    relief_status status =
        rl_net_load_memory(ctx, one->model, one->model_bytes, "case.onnx", backend, &net);
    if (status == RELIEF_OK && rl_net_graph(net)->output_count != one->output_count) {
        fail_msg("%s: the network has another number of outputs", one->name);
    }
    if (status == RELIEF_OK) {
        status = rl_net_run(ctx, net, one->inputs, got);
    }
    if (status != RELIEF_OK) {
        fprintf(stderr, "%s: %s\n", one->name, relief_last_error(ctx));
    } else {
        good = check_outputs(one, got, options, report);
    }
    for (int i = 0; i < MAX_TENSORS; i++) {
        relief_tensor_free(got[i]);
    }
    rl_net_free(net);
    return good;
}

op_cases_report op_cases_run(const rl_backend_api *backend, const op_cases_options *options) {
    op_cases_report report = {0};
    relief_ctx *ctx = test_ctx(options->threads > 0 ? options->threads : 1);
    char path[1024];
    const char *root = getenv("RELIEF_SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/data/ops/vectors.bin", root != NULL ? root : ".");
    uint8_t *data = NULL;
    size_t size = 0;
    if (rl_os_read_all(ctx, path, (size_t)1 << 24, &data, &size) != RELIEF_OK) {
        fail_msg("%s", relief_last_error(ctx));
    }
    cursor c = {data, data + size};
    assert_memory_equal(take(&c, sizeof magic - 1), magic, sizeof magic - 1);
    uint32_t count = take_number(&c, 4);
    for (uint32_t i = 0; i < count; i++) {
        op_case one = take_case(ctx, &c);
        if (options->only == NULL || strncmp(one.name, options->only, strlen(options->only)) == 0) {
            report.run++;
            report.failed += !run_case(ctx, backend, &one, options, &report);
        }
        free_case(&one);
    }
    assert_ptr_equal(c.at, c.end);
    rl_free(data);
    relief_ctx_free(ctx);
    return report;
}
