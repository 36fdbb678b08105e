/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/onednn/api.h"

#include <math.h>
#include <string.h>

#include <oneapi/dnnl/dnnl.h>

#include "base/memory.h"
#include "base/status.h"
#include "nn/prepared.h"

/* Of the OpenMP runtime that the library is linked with. Its header comes with the compiler, and
 * not with every one that can build this. */
void omp_set_num_threads(int count);
int omp_get_max_threads(void);

struct rl_dnnl {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

enum { SOURCE, WEIGHTS, BIAS, DESTINATION, SCRATCH, MEMORY_COUNT };

struct rl_dnnl_conv {
    rl_dnnl *dnnl;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[MEMORY_COUNT]; /* NULL where there is none */
    void *data[MEMORY_COUNT];           /* what each points at now */
    dnnl_memory_desc_t plain_weights;
    dnnl_memory_t zero_memory[2]; /* of 8 bits: the zero points of source and destination */
    int32_t zeros[2];
    int threads; /* of the OpenMP team; the library remembers it from the making of the kernel */
};

/* Fewer bytes of weights are packed sooner than another thread is told to. */
#define PACKED_ALONE ((size_t)128 << 10)

/* Above this many threads the library sums the input channels of some 1x1 kernels in another order.
 */
#define MAX_THREADS_1X1 8

static relief_status failed(relief_ctx *ctx, dnnl_status_t status, const char *what) {
    if (status == dnnl_out_of_memory)
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "oneDNN: out of memory while %s", what);
    return rl_fail(ctx, RELIEF_ERROR_INTERNAL, "oneDNN: failure %d while %s", (int)status, what);
}

relief_status rl_dnnl_open(relief_ctx *ctx, rl_dnnl **out) {
    *out = NULL;
    rl_dnnl *dnnl = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(*dnnl), (void **)&dnnl);
    if (status)
        return status;
    dnnl_status_t code = dnnl_engine_create(&dnnl->engine, dnnl_cpu, 0);
    if (code == dnnl_success)
        code = dnnl_stream_create(&dnnl->stream, dnnl->engine, dnnl_stream_in_order);
    if (code != dnnl_success) {
        rl_dnnl_close(dnnl);
        return failed(ctx, code, "opening the processor");
    }
    *out = dnnl;
    return RELIEF_OK;
}

void rl_dnnl_close(rl_dnnl *dnnl) {
    if (!dnnl)
        return;
    if (dnnl->stream)
        dnnl_stream_destroy(dnnl->stream);
    if (dnnl->engine)
        dnnl_engine_destroy(dnnl->engine);
    rl_free(dnnl);
}

int rl_dnnl_vector_width(void) {
    dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    if ((isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core)
        return 16;
    return (isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2 ? 8 : 4;
}

static bool has_isa(dnnl_cpu_isa_t isa) {
    return (dnnl_get_effective_cpu_isa() & isa) == isa;
}

bool rl_dnnl_has_bf16(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_bf16);
}

bool rl_dnnl_has_int8(void) {
    return has_isa(dnnl_cpu_isa_avx512_core_vnni);
}

const char *rl_dnnl_instruction_set(void) {
    if (has_isa(dnnl_cpu_isa_avx512_core_amx))
        return "AVX-512 with AMX";
    if (has_isa(dnnl_cpu_isa_avx512_core_bf16))
        return "AVX-512 with bf16";
    if (has_isa(dnnl_cpu_isa_avx512_core_vnni))
        return "AVX-512 with VNNI";
    if (has_isa(dnnl_cpu_isa_avx512_core))
        return "AVX-512";
    return has_isa(dnnl_cpu_isa_avx2) ? "AVX2" : "SSE4.1";
}

/* The library's tag of a blocked layout; dnnl_format_tag_undef when it has none. */
static dnnl_format_tag_t block_tag(int64_t channels, int64_t block) {
    switch (block) {
    case 1:
        return dnnl_nchw;
    case 4:
        return dnnl_nChw4c;
    case 8:
        return dnnl_nChw8c;
    case 16:
        return dnnl_nChw16c;
    default:
        return block == channels ? dnnl_nhwc : dnnl_format_tag_undef;
    }
}

static dnnl_data_type_t type_of(relief_dtype type) {
    switch (type) {
    case RELIEF_BF16:
        return dnnl_bf16;
    case RELIEF_U8:
        return dnnl_u8;
    case RELIEF_I8:
        return dnnl_s8;
    default:
        return dnnl_f32;
    }
}

static bool is_quantised(const rl_dnnl_conv_spec *spec) {
    return spec->in_type == RELIEF_U8 || spec->in_type == RELIEF_I8;
}

static dnnl_status_t source_desc(dnnl_memory_desc_t *desc, const rl_dnnl_conv_spec *spec) {
    const dnnl_dims_t dims = {spec->batch, spec->in_channels, spec->in_size[0], spec->in_size[1]};
    return dnnl_memory_desc_init_by_tag(
        desc, 4, dims, type_of(spec->in_type),
        is_quantised(spec) ? dnnl_nhwc : block_tag(spec->in_channels, spec->in_block));
}

static dnnl_status_t result_desc(dnnl_memory_desc_t *desc, const rl_dnnl_conv_spec *spec) {
    const dnnl_dims_t dims = {spec->batch, spec->out_channels, spec->out_size[0],
                              spec->out_size[1]};
    return dnnl_memory_desc_init_by_tag(
        desc, 4, dims, type_of(spec->out_type),
        is_quantised(spec) ? dnnl_nhwc : block_tag(spec->out_channels, spec->out_block));
}

static dnnl_status_t weight_desc(dnnl_memory_desc_t *desc, const rl_dnnl_conv_spec *spec,
                                 bool plain) {
    const dnnl_data_type_t type = is_quantised(spec) ? dnnl_s8
                                  : plain            ? dnnl_f32
                                                     : type_of(spec->in_type);
    const int64_t groups = spec->groups;
    const dnnl_dims_t dense = {spec->out_channels, spec->in_channels, spec->kernel[0],
                               spec->kernel[1]};
    const dnnl_dims_t grouped = {groups, spec->out_channels / groups, spec->in_channels / groups,
                                 spec->kernel[0], spec->kernel[1]};
    if (groups == 1)
        return dnnl_memory_desc_init_by_tag(desc, 4, dense, type,
                                            plain ? dnnl_oihw : dnnl_format_tag_any);
    return dnnl_memory_desc_init_by_tag(desc, 5, grouped, type,
                                        plain ? dnnl_goihw : dnnl_format_tag_any);
}

static dnnl_status_t describe(const rl_dnnl_conv_spec *spec, dnnl_convolution_desc_t *out) {
    dnnl_memory_desc_t source, weights, bias, destination;
    const dnnl_dims_t bias_dims = {spec->out_channels};
    dnnl_status_t code = source_desc(&source, spec);
    if (code == dnnl_success)
        code = result_desc(&destination, spec);
    if (code == dnnl_success)
        code = weight_desc(&weights, spec, false);
    if (code == dnnl_success)
        code = dnnl_memory_desc_init_by_tag(&bias, 1, bias_dims, dnnl_f32, dnnl_a);
    if (code != dnnl_success)
        return code;
    /* The library counts the rows left out between two taps. */
    const dnnl_dims_t strides = {spec->stride[0], spec->stride[1]};
    const dnnl_dims_t dilates = {spec->dilation[0] - 1, spec->dilation[1] - 1};
    const dnnl_dims_t begin = {spec->pad_begin[0], spec->pad_begin[1]};
    const dnnl_dims_t end = {spec->pad_end[0], spec->pad_end[1]};
    return dnnl_dilated_convolution_forward_desc_init(
        out, dnnl_forward_inference, dnnl_convolution_direct, &source, &weights,
        spec->bias ? &bias : NULL, &destination, strides, dilates, begin, end);
}

static dnnl_status_t append_step(dnnl_post_ops_t steps, const rl_dnnl_step *step) {
    if (step->sum)
        return dnnl_post_ops_append_sum(steps, 1.0f);
    if (step->lo == 0 && isinf(step->hi))
        return dnnl_post_ops_append_eltwise(steps, 1.0f, dnnl_eltwise_relu, 0, 0);
    return dnnl_post_ops_append_eltwise(steps, 1.0f, dnnl_eltwise_clip, step->lo, step->hi);
}

/* Zero points are memory of their own when the convolution runs; here the library only hears that
 * there are some. */
static dnnl_status_t set_quanta(const rl_dnnl_conv_spec *spec, dnnl_primitive_attr_t attributes) {
    const int32_t later = DNNL_RUNTIME_S32_VAL;
    dnnl_status_t code =
        dnnl_primitive_attr_set_output_scales(attributes, spec->out_channels, 1 << 1, spec->scales);
    if (code == dnnl_success && spec->in_zero)
        code = dnnl_primitive_attr_set_zero_points(attributes, DNNL_ARG_SRC, 1, 0, &later);
    if (code == dnnl_success && spec->out_zero)
        code = dnnl_primitive_attr_set_zero_points(attributes, DNNL_ARG_DST, 1, 0, &later);
    return code;
}

static dnnl_status_t make_attributes(const rl_dnnl_conv_spec *spec, dnnl_primitive_attr_t *out) {
    dnnl_post_ops_t steps = NULL;
    dnnl_status_t code = dnnl_primitive_attr_create(out);
    if (code != dnnl_success)
        return code;
    code = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (code == dnnl_success && is_quantised(spec))
        code = set_quanta(spec, *out);
    if (code == dnnl_success)
        code = dnnl_post_ops_create(&steps);
    /* ONNX rounds before the zero point is added, which decides about halves. */
    if (code == dnnl_success && is_quantised(spec) && spec->out_zero)
        code = dnnl_post_ops_append_eltwise(steps, 1.0f, dnnl_eltwise_round, 0, 0);
    for (int i = 0; code == dnnl_success && i < spec->step_count; i++)
        code = append_step(steps, &spec->steps[i]);
    if (code == dnnl_success)
        code = dnnl_primitive_attr_set_post_ops(*out, steps);
    if (steps)
        dnnl_post_ops_destroy(steps);
    return code;
}

const char *rl_dnnl_conv_name(const rl_dnnl_conv *conv) {
    const char *name = NULL;
    dnnl_primitive_desc_query(conv->description, dnnl_query_impl_info_str, 0, (void *)&name);
    return name ? name : "";
}

/* Whether the kernel gives the same bits for every number of threads. Plain loops ("ref:") would,
 * but take for ever; matrix products over the unfolded picture ("gemm:") do not. Sums of whole
 * numbers are exact in any order. */
static bool is_wanted(const rl_dnnl_conv *conv, bool exact) {
    const char *name = rl_dnnl_conv_name(conv);
    if (exact)
        return true;
    return strstr(name, "ref") == NULL && strstr(name, "gemm") == NULL && *name;
}

/* Find a wanted kernel; conv->description stays NULL when there is none. */
static dnnl_status_t choose_kernel(rl_dnnl_conv *conv, const dnnl_convolution_desc_t *desc,
                                   const_dnnl_primitive_attr_t attributes, bool exact) {
    dnnl_primitive_desc_iterator_t iterator = NULL;
    dnnl_status_t code =
        dnnl_primitive_desc_iterator_create(&iterator, desc, attributes, conv->dnnl->engine, NULL);
    while (code == dnnl_success) {
        conv->description = dnnl_primitive_desc_iterator_fetch(iterator);
        if (!conv->description) {
            code = dnnl_out_of_memory;
            break;
        }
        if (is_wanted(conv, exact))
            break;
        dnnl_primitive_desc_destroy(conv->description);
        conv->description = NULL;
        code = dnnl_primitive_desc_iterator_next(iterator);
    }
    if (iterator)
        dnnl_primitive_desc_iterator_destroy(iterator);
    return code;
}

static dnnl_status_t make_memory(rl_dnnl_conv *conv, int which, dnnl_query_t what, int index) {
    const dnnl_memory_desc_t *desc = dnnl_primitive_desc_query_md(conv->description, what, index);
    if (!desc || dnnl_memory_desc_get_size(desc) == 0)
        return dnnl_success;
    return dnnl_memory_create(&conv->memory[which], desc, conv->dnnl->engine, DNNL_MEMORY_NONE);
}

static dnnl_status_t make_zeros(rl_dnnl_conv *conv, const rl_dnnl_conv_spec *spec) {
    const dnnl_dims_t one = {1};
    dnnl_memory_desc_t desc;
    dnnl_status_t code = dnnl_memory_desc_init_by_tag(&desc, 1, one, dnnl_s32, dnnl_a);
    conv->zeros[0] = spec->in_zero;
    conv->zeros[1] = spec->out_zero;
    for (int i = 0; code == dnnl_success && i < 2; i++)
        if (conv->zeros[i])
            code = dnnl_memory_create(&conv->zero_memory[i], &desc, conv->dnnl->engine,
                                      &conv->zeros[i]);
    return code;
}

static dnnl_status_t finish_conv(rl_dnnl_conv *conv, const rl_dnnl_conv_spec *spec) {
    dnnl_status_t code = dnnl_primitive_create(&conv->primitive, conv->description);
    if (code == dnnl_success && is_quantised(spec))
        code = make_zeros(conv, spec);
    if (code == dnnl_success)
        code = make_memory(conv, SOURCE, dnnl_query_src_md, 0);
    if (code == dnnl_success)
        code = make_memory(conv, WEIGHTS, dnnl_query_weights_md, 0);
    if (code == dnnl_success && spec->bias)
        code = make_memory(conv, BIAS, dnnl_query_weights_md, 1);
    if (code == dnnl_success)
        code = make_memory(conv, DESTINATION, dnnl_query_dst_md, 0);
    if (code == dnnl_success)
        code = make_memory(conv, SCRATCH, dnnl_query_scratchpad_md, 0);
    return code == dnnl_success ? weight_desc(&conv->plain_weights, spec, true) : code;
}

/* Codes by which the library says that it has no such kernel. */
static bool is_refusal(dnnl_status_t code) {
    return code == dnnl_unimplemented || code == dnnl_invalid_arguments ||
           code == dnnl_iterator_ends;
}

static dnnl_status_t build_conv(rl_dnnl_conv *conv, const rl_dnnl_conv_spec *spec) {
    dnnl_convolution_desc_t desc;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t code = describe(spec, &desc);
    if (code == dnnl_success)
        code = make_attributes(spec, &attributes);
    if (code == dnnl_success)
        code = choose_kernel(conv, &desc, attributes, is_quantised(spec));
    if (attributes)
        dnnl_primitive_attr_destroy(attributes);
    return code == dnnl_success ? finish_conv(conv, spec) : code;
}

relief_status rl_dnnl_conv_new(relief_ctx *ctx, rl_dnnl *dnnl, const rl_dnnl_conv_spec *spec,
                               rl_dnnl_conv **out) {
    *out = NULL;
    rl_dnnl_conv *conv = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(*conv), (void **)&conv);
    if (status)
        return status;
    conv->dnnl = dnnl;
    conv->threads = relief_ctx_threads(ctx);
    if (spec->kernel[0] == 1 && spec->kernel[1] == 1 && conv->threads > MAX_THREADS_1X1)
        conv->threads = MAX_THREADS_1X1;
    const int before = omp_get_max_threads();
    omp_set_num_threads(conv->threads);
    const dnnl_status_t code = build_conv(conv, spec);
    omp_set_num_threads(before);
    if (code == dnnl_success) {
        *out = conv;
        return RELIEF_OK;
    }
    rl_dnnl_conv_free(conv);
    return is_refusal(code) ? RELIEF_OK : failed(ctx, code, "preparing a convolution");
}

void rl_dnnl_conv_free(rl_dnnl_conv *conv) {
    if (!conv)
        return;
    for (int i = 0; i < MEMORY_COUNT; i++)
        if (conv->memory[i])
            dnnl_memory_destroy(conv->memory[i]);
    for (int i = 0; i < 2; i++)
        if (conv->zero_memory[i])
            dnnl_memory_destroy(conv->zero_memory[i]);
    if (conv->primitive)
        dnnl_primitive_destroy(conv->primitive);
    if (conv->description)
        dnnl_primitive_desc_destroy(conv->description);
    rl_free(conv);
}

static size_t query_bytes(const rl_dnnl_conv *conv, dnnl_query_t what) {
    const dnnl_memory_desc_t *desc = dnnl_primitive_desc_query_md(conv->description, what, 0);
    return desc ? dnnl_memory_desc_get_size(desc) : 0;
}

size_t rl_dnnl_conv_scratch_bytes(const rl_dnnl_conv *conv) {
    return query_bytes(conv, dnnl_query_scratchpad_md);
}

size_t rl_dnnl_conv_weight_bytes(const rl_dnnl_conv *conv) {
    return query_bytes(conv, dnnl_query_weights_md);
}

/* The fields that count, one after the other: what lies between them in the struct may be anything.
 */
uint64_t rl_dnnl_conv_weight_form(const rl_dnnl_conv *conv) {
    const dnnl_memory_desc_t *desc =
        dnnl_primitive_desc_query_md(conv->description, dnnl_query_weights_md, 0);
    const dnnl_version_t *version = dnnl_version();
    const int64_t words[] = {version->major,
                             version->minor,
                             version->patch,
                             desc->ndims,
                             desc->data_type,
                             desc->format_kind,
                             desc->offset0,
                             (int64_t)desc->extra.flags,
                             desc->extra.compensation_mask};
    const size_t dims = (size_t)desc->ndims * sizeof(desc->dims[0]);
    uint64_t form = rl_prepared_mix(0, words, sizeof words);
    form = rl_prepared_mix(form, desc->dims, dims);
    form = rl_prepared_mix(form, desc->padded_dims, dims);
    form = rl_prepared_mix(form, desc->padded_offsets, dims);
    form = rl_prepared_mix(form, &desc->extra.scale_adjust, sizeof desc->extra.scale_adjust);
    if (desc->format_kind == dnnl_blocked) {
        const dnnl_blocking_desc_t *blocked = &desc->format_desc.blocking;
        const size_t inner = (size_t)blocked->inner_nblks * sizeof(blocked->inner_blks[0]);
        form = rl_prepared_mix(form, blocked->strides, dims);
        form = rl_prepared_mix(form, blocked->inner_blks, inner);
        form = rl_prepared_mix(form, blocked->inner_idxs, inner);
    } else if (desc->format_kind == dnnl_format_kind_wino) {
        const dnnl_wino_desc_t *wino = &desc->format_desc.wino_desc;
        const int64_t fields[] = {wino->wino_format,  wino->r,         wino->alpha,
                                  wino->ic,           wino->oc,        wino->ic_block,
                                  wino->oc_block,     wino->ic2_block, wino->oc2_block,
                                  (int64_t)wino->size};
        form = rl_prepared_mix(form, fields, sizeof fields);
        form = rl_prepared_mix(form, &wino->adj_scale, sizeof wino->adj_scale);
    }
    return form;
}

/* Every call of the library's function also writes zeros over the channels that only fill a block;
 * they are 0 already. */
static dnnl_status_t point_at(rl_dnnl_conv *conv, int which, void *data) {
    if (conv->data[which] == data)
        return dnnl_success;
    conv->data[which] = data;
    return dnnl_memory_set_data_handle(conv->memory[which], data);
}

relief_status rl_dnnl_conv_pack(relief_ctx *ctx, rl_dnnl_conv *conv, const void *weights,
                                void *packed) {
    dnnl_engine_t engine = conv->dnnl->engine;
    const bool few = rl_dnnl_conv_weight_bytes(conv) < PACKED_ALONE;
    const int before = omp_get_max_threads();
    omp_set_num_threads(few ? 1 : conv->threads);
    dnnl_memory_t from = NULL;
    dnnl_primitive_desc_t description = NULL;
    dnnl_primitive_t reorder = NULL;
    const dnnl_memory_desc_t *desc =
        dnnl_primitive_desc_query_md(conv->description, dnnl_query_weights_md, 0);
    /* The library only reads through this handle, but its type cannot say so. */
    dnnl_status_t code =
        dnnl_memory_create(&from, &conv->plain_weights, engine, (void *)(uintptr_t)weights);
    if (code == dnnl_success)
        code = point_at(conv, WEIGHTS, packed);
    if (code == dnnl_success)
        code = dnnl_reorder_primitive_desc_create(&description, &conv->plain_weights, engine, desc,
                                                  engine, NULL);
    if (code == dnnl_success)
        code = dnnl_primitive_create(&reorder, description);
    if (code == dnnl_success) {
        const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from},
                                        {DNNL_ARG_TO, conv->memory[WEIGHTS]}};
        code = dnnl_primitive_execute(reorder, conv->dnnl->stream, 2, args);
    }
    if (code == dnnl_success)
        code = dnnl_stream_wait(conv->dnnl->stream);
    omp_set_num_threads(before);
    if (reorder)
        dnnl_primitive_destroy(reorder);
    if (description)
        dnnl_primitive_desc_destroy(description);
    if (from)
        dnnl_memory_destroy(from);
    return code == dnnl_success ? RELIEF_OK : failed(ctx, code, "packing weights");
}

relief_status rl_dnnl_conv_run(relief_ctx *ctx, rl_dnnl_conv *conv, const rl_dnnl_conv_data *data) {
    static const int names[MEMORY_COUNT] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS,
                                            DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
    void *const places[MEMORY_COUNT] = {
        (void *)(uintptr_t)data->source, (void *)(uintptr_t)data->packed,
        (void *)(uintptr_t)data->bias, data->destination, data->scratch};
    static const int zeros[2] = {DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC,
                                 DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_DST};
    dnnl_exec_arg_t args[MEMORY_COUNT + 2];
    int count = 0;
    dnnl_status_t code = dnnl_success;
    for (int i = 0; code == dnnl_success && i < MEMORY_COUNT; i++) {
        if (!conv->memory[i])
            continue;
        code = point_at(conv, i, places[i]);
        args[count++] = (dnnl_exec_arg_t){names[i], conv->memory[i]};
    }
    for (int i = 0; i < 2; i++)
        if (conv->zero_memory[i])
            args[count++] = (dnnl_exec_arg_t){zeros[i], conv->zero_memory[i]};
    const int before = omp_get_max_threads();
    omp_set_num_threads(conv->threads);
    if (code == dnnl_success)
        code = dnnl_primitive_execute(conv->primitive, conv->dnnl->stream, count, args);
    omp_set_num_threads(before);
    return code == dnnl_success ? RELIEF_OK : failed(ctx, code, "running a convolution");
}
