/* SPDX-License-Identifier: Apache-2.0 */
/* The speed that this machine reaches at its best: oneDNN's product of two large matrices.
 *
 *   machine_peak [THREADS]
 *
 * Prints {"f32": 10^9 operations a second, "bf16": the same or null}. */
#include <oneapi/dnnl/dnnl.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of the OpenMP runtime that the library is linked with. */
void omp_set_num_threads(int count);

enum { SIDE = 2048, RUNS = 12, MATRICES = 3 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct product {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_memory_t memory[MATRICES]; /* left, right, result */
    void *data[MATRICES];
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
} product;

static dnnl_status_t make(product *p, dnnl_data_type_t type) {
    static const dnnl_dims_t dims = {SIDE, SIDE};
    dnnl_memory_desc_t desc[MATRICES];
    dnnl_matmul_desc_t matmul;
    dnnl_status_t code = dnnl_success;
    for (int i = 0; i < MATRICES && code == dnnl_success; i++)
        code = dnnl_memory_desc_init_by_tag(&desc[i], 2, dims, i == 2 ? dnnl_f32 : type,
                                            dnnl_format_tag_any);
    if (code == dnnl_success)
        code = dnnl_matmul_desc_init(&matmul, &desc[0], &desc[1], NULL, &desc[2]);
    if (code == dnnl_success)
        code = dnnl_primitive_desc_create(&p->description, &matmul, NULL, p->engine, NULL);
    if (code == dnnl_success)
        code = dnnl_primitive_create(&p->primitive, p->description);
    return code;
}

static dnnl_status_t fill(product *p) {
    static const dnnl_query_t queries[MATRICES] = {dnnl_query_src_md, dnnl_query_weights_md,
                                                   dnnl_query_dst_md};
    dnnl_status_t code = dnnl_success;
    for (int i = 0; i < MATRICES && code == dnnl_success; i++) {
        const dnnl_memory_desc_t *desc =
            dnnl_primitive_desc_query_md(p->description, queries[i], 0);
        p->data[i] = calloc(1, dnnl_memory_desc_get_size(desc) + 64);
        code = p->data[i] ? dnnl_memory_create(&p->memory[i], desc, p->engine, p->data[i])
                          : dnnl_out_of_memory;
    }
    return code;
}

/* The best of several products, in 10^9 operations a second; 0 on failure. */
static double best(product *p) {
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, p->memory[0]},
                                    {DNNL_ARG_WEIGHTS, p->memory[1]},
                                    {DNNL_ARG_DST, p->memory[2]}};
    double least = 0;
    for (int i = 0; i < RUNS; i++) {
        const double start = seconds();
        if (dnnl_primitive_execute(p->primitive, p->stream, MATRICES, args) != dnnl_success ||
            dnnl_stream_wait(p->stream) != dnnl_success)
            return 0;
        const double took = seconds() - start;
        least = i == 0 || took < least ? took : least;
    }
    return 2.0 * SIDE * SIDE * SIDE / least * 1e-9;
}

static double measure(dnnl_data_type_t type) {
    product p = {0};
    double speed = 0;
    dnnl_status_t code = dnnl_engine_create(&p.engine, dnnl_cpu, 0);
    if (code == dnnl_success)
        code = dnnl_stream_create(&p.stream, p.engine, dnnl_stream_in_order);
    if (code == dnnl_success)
        code = make(&p, type);
    if (code == dnnl_success)
        code = fill(&p);
    if (code == dnnl_success)
        speed = best(&p);
    for (int i = 0; i < MATRICES; i++) {
        if (p.memory[i])
            dnnl_memory_destroy(p.memory[i]);
        free(p.data[i]);
    }
    if (p.primitive)
        dnnl_primitive_destroy(p.primitive);
    if (p.description)
        dnnl_primitive_desc_destroy(p.description);
    if (p.stream)
        dnnl_stream_destroy(p.stream);
    if (p.engine)
        dnnl_engine_destroy(p.engine);
    return speed;
}

/* Without instructions of its own bfloat16 is slower than f32, which would be no peak. */
static int has_bf16(void) {
    const dnnl_cpu_isa_t isa = dnnl_get_effective_cpu_isa();
    return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

int main(int argc, char **argv) {
    const int threads = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
    if (threads > 0)
        omp_set_num_threads(threads);
    const double f32 = measure(dnnl_f32);
    printf("{\"f32\": %.1f, \"bf16\": ", f32);
    if (has_bf16())
        printf("%.1f}\n", measure(dnnl_bf16));
    else
        printf("null}\n");
    return f32 > 0 ? 0 : 1;
}
