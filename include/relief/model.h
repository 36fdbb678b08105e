/* SPDX-License-Identifier: Apache-2.0 */
/* Depth networks: .onnx files, loaded once, run often. */
#ifndef RELIEF_MODEL_H
#define RELIEF_MODEL_H

#include "relief/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RELIEF_MAX_RANK 8

typedef enum relief_dtype {
    RELIEF_F32 = 1,
    RELIEF_U8 = 2,
    RELIEF_I8 = 3,
    RELIEF_I32 = 6,
    RELIEF_I64 = 7,
    RELIEF_BOOL = 9,
    RELIEF_F16 = 10,
    RELIEF_F64 = 11,
    RELIEF_BF16 = 16
} relief_dtype;

/* A dense array in row-major order; the last dimension is contiguous. */
typedef struct relief_tensor relief_tensor;

/* Make a tensor of `rank` dimensions, zero-filled. Errors: _ARG, _LIMIT (too large), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_tensor_new(relief_ctx *ctx, relief_dtype dtype,
                                                          int rank, const int64_t *dims,
                                                          relief_tensor **out);
RELIEF_API void relief_tensor_free(relief_tensor *tensor);
RELIEF_API relief_dtype relief_tensor_dtype(const relief_tensor *tensor);
RELIEF_API int relief_tensor_rank(const relief_tensor *tensor);
RELIEF_API const int64_t *relief_tensor_dims(const relief_tensor *tensor);
RELIEF_API void *relief_tensor_data(relief_tensor *tensor);
RELIEF_API size_t relief_tensor_bytes(const relief_tensor *tensor);

/* Read and write NumPy .npy files (little-endian, C order). Errors: _IO, _FORMAT, _UNSUPPORTED,
 * _LIMIT, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_tensor_load_npy(relief_ctx *ctx, const char *path,
                                                               relief_tensor **out);
RELIEF_API RELIEF_CHECKED relief_status relief_tensor_save_npy(relief_ctx *ctx,
                                                               const relief_tensor *tensor,
                                                               const char *path, bool force);

/* A loaded network: graph, mapped weights and descriptor; immutable. */
typedef struct relief_model relief_model;

/* What a network's output means. */
typedef enum relief_depth_kind {
    RELIEF_DISPARITY = 0, /* relative inverse depth, larger is nearer, unknown scale and shift */
    RELIEF_DEPTH = 1,     /* relative depth along the optical axis, larger is farther */
    RELIEF_METRES = 2     /* depth in metres */
} relief_depth_kind;

typedef struct relief_model_options {
    size_t struct_size;
    const char *like;   /* name of a catalogue entry whose descriptor to use, NULL: work it out */
    const char *device; /* "auto" (NULL), "cpu"; anything not built in is _UNSUPPORTED */
    /* "auto" (NULL), "f32", "bf16", "int8" (what a file quantised to 8 bits is, by "auto" too);
     * what this processor or the backend has not is _UNSUPPORTED, see
     * relief_model_has_precision() */
    const char *precision;
    const char *backend; /* NULL: the fastest; "reference": plain C kernels; "onednn" */
    bool no_cache;       /* neither read nor write the cache of prepared weights */
} relief_model_options;

/* Whether networks can run in a precision ("f32", "bf16") on this processor by a backend (as in
 * relief_model_options). Precisions that the processor has no instructions for are not emulated:
 * they would be slower than f32. */
RELIEF_API bool relief_model_has_precision(const char *precision, const char *backend);

/* How pictures go into a network and what comes out; see docs/models.md. */
typedef struct relief_model_info {
    size_t struct_size;
    const char *name;   /* catalogue name, else the file's name without its ending */
    const char *path;   /* as given */
    const char *source; /* where the descriptor comes from: "like", "json", "metadata", "catalogue",
                           "rules" */
    const char *licence;     /* SPDX name or "" when unknown */
    const char *backend;     /* that runs it */
    const char *sha256;      /* what relief_model_sha256() has given, "" before that */
    int64_t file_bytes;      /* with external data */
    int opset;               /* of the default operator set */
    int node_count;          /* as stored in the file */
    int64_t parameter_count; /* elements of all weights */
    const char *input_name;  /* picture input */
    const char *output_name; /* depth output */
    int64_t input_dims[4];   /* N, C, H, W; -1: free */
    int network_width;       /* default network size; fixed where the file fixes it */
    int network_height;
    int multiple;                /* both network sides are multiples of this */
    const char *resize;          /* "square", "lower_bound", "upper_bound", "minimal", "long_side",
                                    "area" */
    double mean[3], std[3];      /* RGB in 0..1 becomes (x - mean) / std */
    relief_depth_kind kind;      /* meaning of the output */
    double metres_per_unit;      /* for RELIEF_METRES */
    const char *precision;       /* that it runs in: "f32", "bf16", "int8" */
    const char *instruction_set; /* of the kernels: results are the same to the bit for one build,
                                    precision and instruction set */
    const char *licence_text;    /* all of it, of the network inside the library; else "" */
    int64_t cached_bytes;        /* of prepared weights that came from the cache so far */
    int64_t weight_bytes;        /* of the weights in the form that the last run read them in */
    int64_t live_bytes;          /* of the most values that were needed at one time of that run */
    double closer_look;          /* sides of a second run for finer edges, in those of the first; 1:
                                    there is none */
} relief_model_info;

/* Load an .onnx file, or the network inside the library: RELIEF_BUILTIN (relief/catalogue.h).
 * `options` may be NULL. Weights are mapped, not copied: the file must not change while the model
 * lives. Errors: _IO, _FORMAT, _UNSUPPORTED (an operator, attribute or type, by name, node and
 * opset), _LIMIT, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_model_load(relief_ctx *ctx, const char *path,
                                                          const relief_model_options *options,
                                                          relief_model **out);
RELIEF_API void relief_model_free(relief_model *model);

/* Keep the weights that runs have brought into the form that the kernels read, so that the next
 * process starts faster; where that pays, and there is room (docs/models.md, "The cache"). Call it
 * when the results are out: it may write as many bytes as the network has. Not while a run begins
 * or ends in another thread. What goes wrong with the cache is no failure. Errors: _MEMORY,
 * _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_model_keep(relief_ctx *ctx,
                                                          const relief_model *model);

/* Fill *info, whose struct_size the caller has set. Strings are borrowed from the model. */
RELIEF_API void relief_model_get_info(const relief_model *model, relief_model_info *info);

/* The SHA-256 of the network's file, 64 hexadecimal digits, borrowed from the model. The first call
 * reads the whole file: 3 ms a megabyte at worst. */
RELIEF_API const char *relief_model_sha256(const relief_model *model);

/* Number and names of the network's inputs and outputs. Names are borrowed; NULL when out of range.
 */
RELIEF_API int relief_model_input_count(const relief_model *model);
RELIEF_API const char *relief_model_input_name(const relief_model *model, int index);
RELIEF_API int relief_model_output_count(const relief_model *model);
RELIEF_API const char *relief_model_output_name(const relief_model *model, int index);

/* Run the network on tensors as they are: no resizing, no normalisation.
 * inputs: relief_model_input_count() tensors in the file's order. outputs:
 * relief_model_output_count() pointers, filled with new tensors that the caller frees. A plan is
 * made for every new set of input shapes and thread count and kept in the model, behind a lock:
 * threads with contexts of their own may run one model at the same time. Errors: _ARG (count, type,
 * shape), _FORMAT, _UNSUPPORTED, _LIMIT, _MEMORY, _CANCELLED, _INTERNAL. */
RELIEF_API RELIEF_CHECKED relief_status relief_model_run(relief_ctx *ctx, const relief_model *model,
                                                         relief_tensor *const *inputs,
                                                         relief_tensor **outputs);

/* What the runs of a network took, node by node: for benchmarks and for work on networks. */
typedef struct relief_profile relief_profile;

/* One node of the network as it runs, after folding and fusing; two rows behind all nodes stand for
 * the ways of tensors in ("upload") and out ("download"). */
typedef struct relief_profile_row {
    size_t struct_size;
    const char *name; /* of the node in the file; borrowed from the profile */
    const char *type; /* operator; borrowed from the profile */
    double ms;        /* of one run, the mean of all */
    double gflop; /* 10^9 multiplications and additions of one run: convolutions and matrix products
                     by the plain formula, 0 for other operators */
    int conversions; /* of values from one memory layout to another, in one run */
    bool on_host;    /* by the plain kernel, for want of a fast one */
} relief_profile_row;

RELIEF_API RELIEF_CHECKED relief_status relief_profile_new(relief_ctx *ctx, relief_profile **out);
RELIEF_API void relief_profile_free(relief_profile *profile);

/* relief_model_run(), and its times added to `profile`, which belongs to this call alone while it
 * runs. Runs at other input sizes than before begin anew. */
RELIEF_API RELIEF_CHECKED relief_status relief_model_profile(relief_ctx *ctx,
                                                             const relief_model *model,
                                                             relief_tensor *const *inputs,
                                                             relief_tensor **outputs,
                                                             relief_profile *profile);

/* Number of rows, 0 before the first run; and one of them into *row, whose struct_size the caller
 * has set: false when out of range. */
RELIEF_API int relief_profile_row_count(const relief_profile *profile);
RELIEF_API bool relief_profile_get_row(const relief_profile *profile, int index,
                                       relief_profile_row *row);

#ifdef __cplusplus
}
#endif
#endif
