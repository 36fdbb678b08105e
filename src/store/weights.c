/* SPDX-License-Identifier: Apache-2.0 */
/* A file of kept weights:
 *
 *     header                    rl_weights_header
 *     entries                   one for each constant, in the order of their offsets
 *     data                      each constant's bytes at a multiple of 64
 *
 * Numbers are the machine's own, for the file is for this kind of machine alone.
 *
 * Which network a file belongs to is told by what the system says of the network's files: inode,
 * size, and the times of the last change of the content and of anything else, to the nanosecond;
 * and by the SHA-256 of their first and last 64 KiB. Hashing all of 1.4 GB would cost more than the
 * cache saves. A program that writes to a file changes its times, which it cannot set back (ctime);
 * so a file is taken for another one only if it has the same inode number, size, times, beginning
 * and end. Times have grains: what was written to within the last grain before it was read is not
 * kept at all. The number of the device is left out, since containers see another one each time.
 *
 * What is kept is checked twice. The header and the entries have a checksum, and the file the size
 * that they say: that finds files of another version and those that were cut off. Each constant has
 * a checksum of its own, made anew before a kernel sees the bytes: that finds what a crash or a
 * disk has done, so that nothing has to wait for the disk when a file is written. It costs reading
 * the bytes once, which the first run would do anyway. */
#include "store/weights.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/status.h"
#include "base/threads.h"
#include "store/cache.h"
#include "store/hash.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "RLWEIGHT"
#define VERSION 1u
#define ALIGNMENT 64u
#define MAX_ENTRIES ((uint64_t)1 << 20)
#define EDGE_BYTES ((size_t)65536)
#define CHUNK_BYTES ((size_t)1 << 20)

typedef struct rl_weights_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint64_t entry_count, file_bytes;
    char owner[RL_SHA256_DIGITS + 8];
    uint64_t checksum; /* of the header with 0 here, and of the entries */
} rl_weights_header;

typedef struct rl_weights_entry {
    uint64_t key[RL_WEIGHTS_WORDS];
    uint64_t offset, bytes, checksum;
    uint64_t padding;
} rl_weights_entry;

struct rl_weights {
    char owner[RL_SHA256_DIGITS + 1];
    char *path;
    rl_mapping *file; /* NULL: nothing is kept */
    const rl_weights_entry *entries;
    uint64_t entry_count;
    const rl_mapping **network; /* the files that they belong to */
    size_t network_count;
    double opened; /* when, in seconds since 1970 */
};

/* ---- checksums ---- */

/* Eight independent lanes, so that the multiplications overlap. */
static uint64_t sum_chunk(const uint8_t *data, size_t bytes) {
    enum { LANES = 8 };
    const uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t lanes[LANES];
    uint64_t word;
    size_t at = 0;
    for (int i = 0; i < LANES; i++) {
        lanes[i] = bytes + (uint64_t)i;
    }
    for (; at + sizeof(lanes) <= bytes; at += sizeof(lanes)) {
        for (int i = 0; i < LANES; i++) {
            memcpy(&word, data + at + (size_t)i * sizeof(word), sizeof(word));
            lanes[i] = (lanes[i] ^ word) * factor;
            lanes[i] ^= lanes[i] >> 29;
        }
    }
    for (; at < bytes; at++) {
        lanes[at % LANES] = (lanes[at % LANES] ^ data[at]) * factor;
    }
    uint64_t sum = 0;
    for (int i = 0; i < LANES; i++) {
        sum = (sum ^ lanes[i]) * factor;
        sum ^= sum >> 31;
    }
    return sum;
}

typedef struct summing {
    const uint8_t *data;
    size_t bytes;
    uint64_t *sums; /* one a chunk */
} summing;

static void sum_chunks(void *user, size_t begin, size_t end) {
    const summing *work = user;
    for (size_t i = begin; i < end; i++) {
        const size_t at = i * CHUNK_BYTES;
        const size_t rest = work->bytes - at;
        work->sums[i] = sum_chunk(work->data + at, rest < CHUNK_BYTES ? rest : CHUNK_BYTES);
    }
}

/* The sum of the chunks' sums. */
static relief_status checksum(relief_ctx *ctx, const void *data, size_t bytes, uint64_t *sum) {
    const size_t chunks = (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    void *sums;
    relief_status status = rl_calloc_in(ctx, chunks + 1, sizeof(uint64_t), &sums);
    if (status) {
        return status;
    }
    summing work = {data, bytes, sums};
    rl_parallel(ctx, chunks, 1, sum_chunks, &work);
    *sum = sum_chunk(sums, chunks * sizeof(uint64_t));
    rl_free(sums);
    return RELIEF_OK;
}

/* ---- whose they are ---- */

static void add_words(rl_sha256_sum *sum, const rl_mapping *file) {
    const uint64_t words[] = {file->inode, file->size, (uint64_t)file->modified_ns,
                              (uint64_t)file->changed_ns};
    const size_t edge = file->size < EDGE_BYTES ? file->size : EDGE_BYTES;
    rl_sha256_add(sum, words, sizeof(words));
    if (edge) {
        rl_sha256_add(sum, file->data, edge);
        rl_sha256_add(sum, file->data + file->size - edge, edge);
    }
}

static relief_status name_owner(relief_ctx *ctx, const rl_weights_owner *owner,
                                char digits[RL_SHA256_DIGITS + 1]) {
    rl_sha256_sum *sum = NULL;
    relief_status status = rl_sha256_new(ctx, &sum);
    if (status) {
        return status;
    }
    rl_sha256_add(sum, owner->build, strlen(owner->build) + 1);
    for (size_t i = 0; i < owner->file_count; i++) {
        add_words(sum, owner->files[i]);
    }
    rl_sha256_finish(sum, digits);
    rl_sha256_free(sum);
    return RELIEF_OK;
}

/* Whether a file is what it was when it was mapped, and had been so for longer than its times have
 * grains: a tenth of a second, or seconds where there are no fractions of them. */
static bool is_at_rest(const rl_weights *weights, const rl_mapping *file) {
    const int64_t second = 1000000000;
    rl_file_facts now;
    if (!rl_os_file_facts(file->path, &now) || now.inode != file->inode ||
        now.bytes != (int64_t)file->size || now.modified_ns != file->modified_ns ||
        now.changed_ns != file->changed_ns) {
        return false;
    }
    const double grain = file->changed_ns % second && file->modified_ns % second ? 0.1 : 3;
    const int64_t last =
        file->changed_ns > file->modified_ns ? file->changed_ns : file->modified_ns;
    return weights->opened - 1e-9 * (double)last > grain;
}

/* ---- reading ---- */

static uint64_t head_checksum(const rl_weights_header *header, const rl_weights_entry *entries) {
    rl_weights_header copy = *header;
    copy.checksum = 0;
    const uint64_t parts[] = {
        sum_chunk((const uint8_t *)&copy, sizeof(copy)),
        sum_chunk((const uint8_t *)entries, header->entry_count * sizeof(*entries))};
    return sum_chunk((const uint8_t *)parts, sizeof(parts));
}

/* Whether the mapped file is whole and this network's. */
static bool is_good(const rl_weights *weights) {
    const rl_mapping *file = weights->file;
    const rl_weights_header *header = (const rl_weights_header *)(const void *)file->data;
    if (file->size < sizeof(*header) || memcmp(header->magic, MAGIC, 8) != 0 ||
        header->version != VERSION || header->header_bytes != sizeof(*header) ||
        header->file_bytes != file->size || header->entry_count > MAX_ENTRIES ||
        header->entry_count * sizeof(rl_weights_entry) > file->size - sizeof(*header) ||
        memcmp(header->owner, weights->owner, sizeof(weights->owner)) != 0) {
        return false;
    }
    const rl_weights_entry *entries = (const rl_weights_entry *)(const void *)(header + 1);
    if (head_checksum(header, entries) != header->checksum) {
        return false;
    }
    for (uint64_t i = 0; i < header->entry_count; i++) {
        if (entries[i].offset % ALIGNMENT || entries[i].offset > file->size ||
            entries[i].bytes > file->size - entries[i].offset) {
            return false;
        }
    }
    return true;
}

static relief_status read_file(relief_ctx *ctx, rl_weights *weights) {
    rl_file_facts facts;
    if (!rl_os_file_facts(weights->path, &facts)) {
        return RELIEF_OK;
    }
    /* oneDNN writes zeros over what fills up a block, which are 0 already. */
    relief_status status = rl_os_map_private(ctx, weights->path, &weights->file);
    if (status) {
        weights->file = NULL;
        return status == RELIEF_ERROR_MEMORY ? status : RELIEF_OK;
    }
    if (!is_good(weights)) {
        rl_log(ctx, RELIEF_LOG_DEBUG, "%s: is damaged, or not of this version; made anew",
               weights->path);
        rl_os_unmap(weights->file);
        weights->file = NULL;
        return RELIEF_OK;
    }
    const rl_weights_header *header = (const rl_weights_header *)(const void *)weights->file->data;
    weights->entries = (const rl_weights_entry *)(const void *)(header + 1);
    weights->entry_count = header->entry_count;
    rl_os_touch(weights->path);
    return RELIEF_OK;
}

static relief_status copy_network(relief_ctx *ctx, const rl_weights_owner *owner,
                                  rl_weights *weights) {
    void *memory;
    relief_status status = rl_calloc_in(ctx, owner->file_count, sizeof(rl_mapping *), &memory);
    if (status) {
        return status;
    }
    weights->network = memory;
    weights->network_count = owner->file_count;
    for (size_t i = 0; i < owner->file_count; i++) {
        weights->network[i] = owner->files[i];
    }
    return RELIEF_OK;
}

relief_status rl_weights_open(relief_ctx *ctx, const rl_weights_owner *owner, rl_weights **out) {
    void *memory = NULL;
    char *folder = NULL;
    *out = NULL;
    relief_status status = rl_cache_folder(ctx, &folder);
    if (status || !folder) {
        return status;
    }
    status = rl_calloc_in(ctx, 1, sizeof(rl_weights), &memory);
    rl_weights *weights = memory;
    if (!status) {
        weights->opened = rl_os_wall_clock();
        status = copy_network(ctx, owner, weights);
    }
    if (!status) {
        status = name_owner(ctx, owner, weights->owner);
    }
    if (!status) {
        weights->path = rl_format("%s/%.32s" RL_WEIGHTS_ENDING, folder, weights->owner);
        status = weights->path ? read_file(ctx, weights) : rl_fail_memory(ctx, PATH_MAX);
    }
    rl_free(folder);
    if (status) {
        rl_weights_close(weights);
        return status;
    }
    *out = weights;
    return RELIEF_OK;
}

void rl_weights_close(rl_weights *weights) {
    if (weights) {
        rl_os_unmap(weights->file);
        rl_free((void *)weights->network);
        rl_free(weights->path);
        rl_free(weights);
    }
}

bool rl_weights_found(const rl_weights *weights) {
    return weights->entry_count > 0;
}

static const rl_weights_entry *find_entry(const rl_weights *weights,
                                          const uint64_t key[RL_WEIGHTS_WORDS], size_t bytes) {
    for (uint64_t i = 0; i < weights->entry_count; i++) {
        const rl_weights_entry *entry = &weights->entries[i];
        if (entry->bytes == bytes && !memcmp(entry->key, key, sizeof(entry->key))) {
            return entry;
        }
    }
    return NULL;
}

const void *rl_weights_find(rl_weights *weights, relief_ctx *ctx,
                            const uint64_t key[RL_WEIGHTS_WORDS], size_t bytes) {
    uint64_t sum;
    const rl_weights_entry *entry = find_entry(weights, key, bytes);
    if (!entry) {
        return NULL;
    }
    const uint8_t *data = weights->file->data + entry->offset;
    if (checksum(ctx, data, bytes, &sum) || sum != entry->checksum) {
        rl_log(ctx, RELIEF_LOG_DEBUG, "%s: is damaged; made anew", weights->path);
        weights->entry_count = 0; /* nothing in it is to be trusted */
        return NULL;
    }
    return data;
}

/* ---- writing ---- */

/* What a file is made of: the caller's items, then what was kept before and is not among them. */
typedef struct writing {
    relief_ctx *ctx;
    rl_weights_header header;
    rl_weights_entry *entries;
    const void **data;
} writing;

static bool has_key(const writing *w, const uint64_t key[RL_WEIGHTS_WORDS], uint64_t bytes) {
    for (uint64_t i = 0; i < w->header.entry_count; i++) {
        if (w->entries[i].bytes == bytes && !memcmp(w->entries[i].key, key, RL_WEIGHTS_WORDS * 8)) {
            return true;
        }
    }
    return false;
}

static void add_entry(writing *w, const uint64_t key[RL_WEIGHTS_WORDS], const void *data,
                      uint64_t bytes) {
    const uint64_t at = w->header.entry_count++;
    rl_weights_entry *entry = &w->entries[at];
    memset(entry, 0, sizeof(*entry));
    memcpy(entry->key, key, sizeof(entry->key));
    entry->bytes = bytes;
    w->data[at] = data;
}

/* Collect what to write; *fresh: bytes that the file does not have yet. */
static relief_status collect(writing *w, const rl_weights *weights, const rl_weights_item *items,
                             size_t count, uint64_t *fresh) {
    void *entries;
    void *data = NULL;
    const size_t most = count + weights->entry_count + 1;
    relief_status status = rl_calloc_in(w->ctx, most, sizeof(rl_weights_entry), &entries);
    if (!status) {
        w->entries = entries;
        status = rl_calloc_in(w->ctx, most, sizeof(void *), &data);
    }
    if (status) {
        return status;
    }
    w->data = data;
    *fresh = 0;
    for (size_t i = 0; i < count; i++) {
        if (!has_key(w, items[i].key, items[i].bytes)) {
            *fresh += find_entry(weights, items[i].key, items[i].bytes) ? 0 : items[i].bytes;
            add_entry(w, items[i].key, items[i].data, items[i].bytes);
        }
    }
    return RELIEF_OK;
}

/* Add what was kept before for other sizes of the photo, up to as much again. */
static void add_old(writing *w, const rl_weights *weights) {
    uint64_t room = 0;
    for (uint64_t i = 0; i < w->header.entry_count; i++) {
        room += w->entries[i].bytes;
    }
    for (uint64_t i = 0; i < weights->entry_count; i++) {
        const rl_weights_entry *old = &weights->entries[i];
        if (old->bytes <= room && !has_key(w, old->key, old->bytes)) {
            room -= old->bytes;
            add_entry(w, old->key, weights->file->data + old->offset, old->bytes);
        }
    }
}

static uint64_t round_up(uint64_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Give the entries their places and checksums, and fill the header. */
static relief_status lay_out(writing *w, const char *owner) {
    rl_weights_header *header = &w->header;
    uint64_t at = sizeof(*header) + header->entry_count * sizeof(rl_weights_entry);
    relief_status status = RELIEF_OK;
    for (uint64_t i = 0; !status && i < header->entry_count; i++) {
        rl_weights_entry *entry = &w->entries[i];
        entry->offset = round_up(at);
        at = entry->offset + entry->bytes;
        status = checksum(w->ctx, w->data[i], entry->bytes, &entry->checksum);
    }
    memcpy(header->magic, MAGIC, sizeof(header->magic));
    header->version = VERSION;
    header->header_bytes = sizeof(*header);
    header->file_bytes = at;
    memcpy(header->owner, owner, RL_SHA256_DIGITS);
    header->checksum = head_checksum(header, w->entries);
    return status;
}

static relief_status write_data(writing *w, rl_output *output) {
    static const uint8_t zeros[ALIGNMENT];
    const rl_weights_header *header = &w->header;
    const size_t entry_bytes = header->entry_count * sizeof(rl_weights_entry);
    relief_status status = rl_output_write(output, header, sizeof(*header));
    uint64_t at = sizeof(*header) + entry_bytes;
    if (!status) {
        status = rl_output_write(output, w->entries, entry_bytes);
    }
    for (uint64_t i = 0; !status && i < header->entry_count; i++) {
        const rl_weights_entry *entry = &w->entries[i];
        status = rl_output_write(output, zeros, entry->offset - at);
        if (!status) {
            status = rl_output_write(output, w->data[i], entry->bytes);
        }
        at = entry->offset + entry->bytes;
        if (!status) {
            status = rl_progress(w->ctx, "cache", (int64_t)at, (int64_t)header->file_bytes);
        }
    }
    return status;
}

static relief_status write_file(writing *w, const rl_weights *weights) {
    rl_output *output = NULL;
    const char *slash = strrchr(weights->path, '/');
    char *folder = rl_strndup(weights->path, (size_t)(slash - weights->path));
    if (!folder) {
        return rl_fail_memory(w->ctx, PATH_MAX);
    }
    relief_status status = lay_out(w, weights->owner);
    if (!status) {
        status = rl_os_make_folders(w->ctx, folder);
    }
    const bool room =
        !status && rl_cache_make_room(w->ctx, folder, slash + 1, (int64_t)w->header.file_bytes);
    rl_free(folder);
    if (status || !room) {
        return status;
    }
    status = rl_output_open(w->ctx, weights->path, true, &output);
    if (!status) {
        status = write_data(w, output);
        if (status) {
            rl_output_abort(output);
        } else {
            status = rl_output_commit(output);
        }
    }
    return status;
}

relief_status rl_weights_keep(relief_ctx *ctx, rl_weights *weights, const rl_weights_item *items,
                              size_t count) {
    writing w = {.ctx = ctx};
    uint64_t fresh = 0;
    for (size_t i = 0; i < weights->network_count; i++) {
        if (!is_at_rest(weights, weights->network[i])) {
            return RELIEF_OK;
        }
    }
    relief_status status = collect(&w, weights, items, count, &fresh);
    if (!status && fresh > 0 && fresh >= (uint64_t)rl_cache_least()) {
        add_old(&w, weights);
        status = write_file(&w, weights);
    }
    rl_free(w.entries);
    rl_free((void *)w.data);
    if (status == RELIEF_ERROR_IO) {
        rl_log(ctx, RELIEF_LOG_DEBUG, "%s (prepared weights are not kept)", relief_last_error(ctx));
        status = RELIEF_OK;
    }
    return status;
}
