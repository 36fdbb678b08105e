/* SPDX-License-Identifier: Apache-2.0 */
/* PNG (ISO/IEC 15948) by a packer of its own (RFC 1950, RFC 1951), for pictures that are mostly 0.
 * General packers look at every byte several times; here runs of zeros are found eight bytes at a
 * time, and all else is a literal. One block of dynamic Huffman codes, in which a run is matches
 * with the byte before. */
#include "image/png_sparse.h"

#include "base/memory.h"

#include <libdeflate.h>
#include <string.h>

enum { LITERALS = 256, END = 256, SYMBOLS = 286, MOST_BITS = 15, LONGEST = 258, LEAST_RUN = 4 };
enum { SIGNATURE_BYTES = 8, HEADER_BYTES = 13, CHUNK_OVERHEAD = 12, FILTER_SUB = 1 };
/* Bytes that a stream has around its codes: headers, code lengths, checksum. */
enum { AROUND_CODES = 512 };
/* The prime of the checksum of RFC 1950. */
enum { PRIME = 65521 };
/* A token is a literal, or a part of a run with this bit: so many bits of its length, the highest
 * first. Between two runs there is a literal. */
enum { RUN = 0x8000, RUN_BITS = 15 };
/* Literals that are read at once. */
enum { SOME = 256 };

/* What the rows are made of. */
typedef struct tokens {
    relief_ctx *ctx;
    uint16_t *list;
    size_t count, room;
    uint64_t counts[SYMBOLS];
    uint32_t sums[2]; /* checksum */
} tokens;

/* A length from 3 to 258 as a symbol; *extra: how many more bits, with *base: the least length. */
static int symbol_of_length(unsigned length, unsigned *extra, unsigned *base) {
    *extra = 0;
    *base = length;
    if (length == LONGEST)
        return 285;
    if (length < 11)
        return 254 + (int)length;
    unsigned bits = 1;
    while (((length - 3) >> (bits + 3)) > 0)
        bits++;
    const unsigned part = ((length - 3) >> bits) & 3;
    *extra = bits;
    *base = 3 + ((4 + part) << bits);
    return 261 + 4 * (int)bits + (int)part;
}

/* The length of the next match of a run: what is left is 0 or 3 and more. */
static unsigned next_match(uint32_t run) {
    if (run <= LONGEST)
        return run;
    return run - LONGEST < 3 ? LONGEST - 3 : LONGEST;
}

/* Some bytes that are to stand as they are; there is room for them. */
static void put_literals(tokens *t, const uint8_t *bytes, size_t count) {
    uint32_t sum = 0, weighted = 0;
    uint16_t *to = t->list + t->count;
    for (size_t k = 0; k < count; k++) {
        to[k] = bytes[k];
        sum += bytes[k];
        weighted += (uint32_t)(count - k) * bytes[k];
        t->counts[bytes[k]]++;
    }
    t->count += count;
    t->sums[1] = (t->sums[1] + (uint32_t)count * t->sums[0] + weighted) % PRIME;
    t->sums[0] = (t->sums[0] + sum) % PRIME;
}

/* `run` zeros, the first of which is a literal, for the matches to refer to. */
static void put_zeros(tokens *t, uint32_t run) {
    static const uint8_t zeros[LEAST_RUN] = {0};
    put_literals(t, zeros, run < LEAST_RUN ? run : 1);
    if (run < LEAST_RUN)
        return;
    run--;
    t->sums[1] = (uint32_t)((t->sums[1] + (uint64_t)run * t->sums[0]) % PRIME);
    for (uint32_t left = run; left > 0;) {
        unsigned extra, base;
        const unsigned length = next_match(left);
        t->counts[symbol_of_length(length, &extra, &base)]++;
        left -= length;
    }
    for (int shift = 2 * RUN_BITS; shift >= 0; shift -= RUN_BITS)
        if (run >> shift > 0)
            t->list[t->count++] = (uint16_t)(RUN | (run >> shift & (RUN - 1)));
}

/* Where the zeros from `at` on end. */
static size_t skip_zeros(const uint8_t *row, size_t at, size_t bytes) {
    uint64_t many[4];
    while (at + sizeof many <= bytes &&
           (memcpy(many, row + at, sizeof many), (many[0] | many[1] | many[2] | many[3]) == 0))
        at += sizeof many;
    while (at + sizeof *many <= bytes && (memcpy(many, row + at, sizeof *many), *many == 0))
        at += sizeof *many;
    while (at < bytes && row[at] == 0)
        at++;
    return at;
}

/* The bytes from `at` on, each less that of the pixel to the left, up to where both are 0: at most
 * SOME. Returns how many. */
static size_t filter(const uint8_t *row, size_t at, size_t bytes, uint8_t out[SOME]) {
    const size_t end = at + SOME < bytes ? at + SOME : bytes, first = at;
    for (; at < end; at++) {
        const uint8_t left = at < 4 ? 0 : row[at - 4];
        if (row[at] == left)
            break;
        out[at - first] = (uint8_t)(row[at] - left);
    }
    return at - first;
}

/* The tokens of a row, for which there is room. *zeros: a run that goes on. */
static void read_row(tokens *t, const uint8_t *row, size_t bytes, uint32_t *zeros) {
    static const uint8_t how = FILTER_SUB;
    uint8_t some[SOME];
    if (*zeros)
        put_zeros(t, *zeros);
    *zeros = 0;
    put_literals(t, &how, 1);
    for (size_t at = 0; at < bytes;) {
        /* Where the pixel to the left is 0 as well, zeros stay zeros. */
        const bool clear = at == 0 || (at >= 4 && memcmp(row + at - 4, "\0\0\0", 4) == 0);
        const size_t end = clear ? skip_zeros(row, at, bytes) : at;
        *zeros += (uint32_t)(end - at);
        at = end;
        if (at == bytes)
            break;
        const size_t count = filter(row, at, bytes, some);
        if (count == 0) {
            (*zeros)++;
            at++;
            continue;
        }
        if (*zeros)
            put_zeros(t, *zeros);
        *zeros = 0;
        put_literals(t, some, count);
        at += count;
    }
}

static relief_status read_rows(tokens *t, const rl_pixels *pixels) {
    enum { AROUND_ROW = 8 }; /* the filter's, and those of a run before it */
    const size_t bytes = 4 * (size_t)pixels->width;
    uint32_t zeros = 0;
    relief_status status = RELIEF_OK;
    t->sums[0] = 1;
    for (int y = 0; y < pixels->height && !status; y++) {
        void *list = t->list;
        status =
            rl_grow(t->ctx, &list, &t->room, t->count + bytes + 2 * AROUND_ROW, sizeof *t->list);
        t->list = list;
        if (!status)
            read_row(t, (const uint8_t *)pixels->data + (size_t)y * bytes, bytes, &zeros);
    }
    if (!status && zeros)
        put_zeros(t, zeros);
    t->counts[END] = 1;
    return status;
}

/* ------------------------------------------------------------------ codes */

typedef struct codes {
    uint8_t bits[SYMBOLS];
    uint16_t code[SYMBOLS]; /* the first bit lowest */
} codes;

/* The two lightest of those that are not joined yet. */
static void find_lightest(const uint64_t *weights, const int *parents, int count, int out[2]) {
    out[0] = out[1] = -1;
    for (int k = 0; k < count; k++) {
        if (weights[k] == 0 || parents[k] >= 0)
            continue;
        if (out[0] < 0 || weights[k] < weights[out[0]]) {
            out[1] = out[0];
            out[0] = k;
        } else if (out[1] < 0 || weights[k] < weights[out[1]]) {
            out[1] = k;
        }
    }
}

/* Huffman's lengths for these counts; returns the longest. */
static int find_lengths(const uint64_t counts[SYMBOLS], uint8_t bits[SYMBOLS]) {
    uint64_t weights[2 * SYMBOLS];
    int parents[2 * SYMBOLS], count = SYMBOLS, pair[2], longest = 0;
    memcpy(weights, counts, SYMBOLS * sizeof *weights);
    for (int k = 0; k < 2 * SYMBOLS; k++)
        parents[k] = -1;
    for (find_lightest(weights, parents, count, pair); pair[1] >= 0;
         find_lightest(weights, parents, count, pair)) {
        weights[count] = weights[pair[0]] + weights[pair[1]];
        parents[pair[0]] = parents[pair[1]] = count++;
    }
    for (int k = 0; k < SYMBOLS; k++) {
        bits[k] = 0;
        for (int at = k; parents[at] >= 0; at = parents[at])
            bits[k]++;
        longest = bits[k] > longest ? bits[k] : longest;
    }
    return longest;
}

/* Canonical codes of RFC 1951, at most 15 bits long: rare symbols are made less rare until they
 * are. There are two symbols at least, a filter's and the end. */
static void make_codes(uint64_t counts[SYMBOLS], codes *out) {
    while (find_lengths(counts, out->bits) > MOST_BITS)
        for (int k = 0; k < SYMBOLS; k++)
            counts[k] = (counts[k] + 1) / 2;
    uint16_t next = 0;
    for (int length = 1; length <= MOST_BITS; length++) {
        next = (uint16_t)(next << 1);
        for (int k = 0; k < SYMBOLS; k++) {
            if (out->bits[k] != length)
                continue;
            uint16_t reversed = 0;
            for (int b = 0; b < length; b++)
                reversed = (uint16_t)(reversed | (next >> b & 1) << (length - 1 - b));
            out->code[k] = reversed;
            next++;
        }
    }
}

/* ------------------------------------------------------------------ bits */

typedef struct bit_writer {
    uint8_t *at;
    uint64_t bits;
    unsigned count;
} bit_writer;

static void put_bytes(bit_writer *to, unsigned count) {
    for (; count > 0; count--, to->bits >>= 8, to->count -= 8)
        *to->at++ = (uint8_t)to->bits;
}

/* At most 32 bits. */
static void put_bits(bit_writer *to, uint32_t value, unsigned count) {
    to->bits |= (uint64_t)value << to->count;
    to->count += count;
    if (to->count >= 32)
        put_bytes(to, 4);
}

/* Up to the end of a byte. */
static void put_rest(bit_writer *to) {
    put_bits(to, 0, (8 - to->count) & 7);
    put_bytes(to, to->count / 8);
}

/* The block's head: lengths of 0 to 15 have codes of four bits each, so that each length is spelled
 * as itself; of distances there is one, with a code of one bit. */
static void put_head(bit_writer *to, const codes *c) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    put_bits(to, 1 | 2 << 1, 3);
    put_bits(to, SYMBOLS - 257, 5);
    put_bits(to, 0, 5);
    put_bits(to, 19 - 4, 4);
    for (int k = 0; k < 19; k++)
        put_bits(to, order[k] < 16 ? 4 : 0, 3);
    for (int k = 0; k <= SYMBOLS; k++) {
        const unsigned bits = k < SYMBOLS ? c->bits[k] : 1;
        const unsigned code = (bits & 1) << 3 | (bits & 2) << 1 | (bits & 4) >> 1 | (bits & 8) >> 3;
        put_bits(to, code, 4);
    }
}

static void put_run(bit_writer *to, const codes *c, uint32_t run) {
    while (run > 0) {
        unsigned extra, base;
        const unsigned length = next_match(run);
        const int symbol = symbol_of_length(length, &extra, &base);
        put_bits(to, c->code[symbol], c->bits[symbol]);
        put_bits(to, length - base, extra);
        put_bits(to, 0, 1); /* the byte before */
        run -= length;
    }
}

/* The rows as a zlib stream; returns its end. */
static uint8_t *put_stream(uint8_t *at, const tokens *t, const codes *c) {
    *at++ = 0x78;
    *at++ = 0x01;
    bit_writer to = {.at = at};
    put_head(&to, c);
    for (size_t k = 0; k < t->count; k++) {
        uint32_t run = 0;
        for (; k < t->count && (t->list[k] & RUN); k++)
            run = run << RUN_BITS | (t->list[k] & (RUN - 1));
        put_run(&to, c, run);
        if (k < t->count)
            put_bits(&to, c->code[t->list[k]], c->bits[t->list[k]]);
    }
    put_bits(&to, c->code[END], c->bits[END]);
    put_rest(&to);
    const uint32_t sum = t->sums[1] % PRIME << 16 | t->sums[0] % PRIME;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to.at++ = (uint8_t)(sum >> shift);
    return to.at;
}

/* Bytes that the stream takes at most. */
static size_t stream_bytes(const tokens *t, const codes *c) {
    uint64_t bits = 0;
    for (int k = 0; k < SYMBOLS; k++)
        bits += t->counts[k] * (c->bits[k] + (k > END ? 6u : 0u));
    return (size_t)(bits / 8) + AROUND_CODES;
}

/* ------------------------------------------------------------------ the file */

static uint8_t *put_32(uint8_t *at, size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    return at;
}

/* Finish a chunk whose data ends at `end`; returns its own end. */
static uint8_t *end_chunk(uint8_t *chunk, const char *kind, uint8_t *end) {
    put_32(chunk, (size_t)(end - chunk) - 8);
    memcpy(chunk + 4, kind, 4);
    return put_32(end, libdeflate_crc32(0, chunk + 4, (size_t)(end - chunk) - 4));
}

static relief_status put_file(const tokens *t, const codes *c, const rl_pixels *pixels,
                              rl_encoded *out) {
    void *file;
    const size_t room = SIGNATURE_BYTES + HEADER_BYTES + 3 * CHUNK_OVERHEAD + stream_bytes(t, c);
    relief_status status = rl_alloc_in(t->ctx, room, 1, &file);
    if (status)
        return status;
    out->data = file;
    memcpy(out->data, "\x89PNG\r\n\x1a\n", SIGNATURE_BYTES);
    uint8_t *chunk = out->data + SIGNATURE_BYTES;
    uint8_t *at = put_32(put_32(chunk + 8, (size_t)pixels->width), (size_t)pixels->height);
    memcpy(at, "\x08\x06\0\0\0", 5); /* 8 bits, RGBA, deflate, adaptive filters, not interlaced */
    chunk = end_chunk(chunk, "IHDR", at + 5);
    chunk = end_chunk(chunk, "IDAT", put_stream(chunk + 8, t, c));
    chunk = end_chunk(chunk, "IEND", chunk + 8);
    out->size = (size_t)(chunk - out->data);
    return RELIEF_OK;
}

relief_status rl_png_write_sparse(relief_ctx *ctx, const rl_pixels *pixels, rl_encoded *out) {
    tokens t = {.ctx = ctx};
    codes c = {0};
    uint64_t counts[SYMBOLS];
    *out = (rl_encoded){NULL, 0};
    relief_status status = read_rows(&t, pixels);
    memcpy(counts, t.counts, sizeof counts);
    if (!status) {
        make_codes(counts, &c);
        status = put_file(&t, &c, pixels, out);
    }
    rl_free(t.list);
    return status;
}
