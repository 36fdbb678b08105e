/* SPDX-License-Identifier: Apache-2.0 */
#include "batch/resume_index.h"

#include "base/folder.h"
#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "batch/hash64.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "relief index 2\n";
#define PREFIX ".relief."
#define SUFFIX "index"
enum { FIELD_COUNT = 9, TURN = 7, MAX_FILES = 4096 };
static const double wait_seconds = 100, quiet_seconds = 1, nap_seconds = 0.1;

/* Where a line lies, found by the hash of its input. */
typedef struct line_at {
    uint64_t hash;
    uint32_t file;
    uint32_t unused;
    size_t offset;
} line_at;

struct rl_index {
    char *path;         /* of this process's own file */
    rl_part_file *part; /* it, locked */
    rl_mapping **files; /* all that were there, this process's own last */
    size_t file_count;
    line_at *lines; /* sorted by hash, then from old to new */
    size_t line_count, line_capacity;
};

/* ------------------------------------------------------------------ lines */

static bool is_plain(unsigned char c) {
    return c > 0x20 && c != 0x7F && c != '%';
}

/* Spell a name without bytes that would end a field; a new string, NULL without memory. */
static char *escape(const char *name) {
    char *out = rl_alloc(3 * strlen(name) + 1, 1);
    char *at = out;
    for (const unsigned char *in = (const unsigned char *)name; out && *in; in++) {
        if (is_plain(*in))
            *at++ = (char)*in;
        else
            at += snprintf(at, 4, "%%%02X", *in);
    }
    if (out)
        *at = 0;
    return out;
}

/* -1: none, as escape() writes them. */
static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text lies in a mapped file, and has no end of its own. */
static char *unescape(const char *text, size_t length) {
    char *out = rl_alloc(length + 1, 1);
    char *at = out;
    for (size_t i = 0; out && i < length; i++) {
        if (text[i] == '%' && i + 2 < length && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            *at++ = (char)(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
            i += 2;
        } else {
            *at++ = text[i];
        }
    }
    if (out)
        *at = 0;
    return out;
}

/* A line's fields, in place. */
typedef struct fields {
    const char *at[FIELD_COUNT];
    size_t length[FIELD_COUNT];
} fields;

static uint32_t check_of(const char *text, size_t length) {
    return (uint32_t)rl_hash64(text, length);
}

/* Split a line of `length` bytes without its newline; false when it is not whole. */
static bool split(const char *line, size_t length, fields *out) {
    size_t at = 0;
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *tab = memchr(line + at, '\t', length - at);
        if ((i + 1 < FIELD_COUNT) != (tab != NULL))
            return false;
        out->at[i] = line + at;
        out->length[i] = tab ? (size_t)(tab - line) - at : length - at;
        at += out->length[i] + 1;
    }
    char check[9];
    snprintf(check, sizeof(check), "%08x",
             check_of(line, (size_t)(out->at[FIELD_COUNT - 1] - line)));
    return out->length[FIELD_COUNT - 1] == 8 && !memcmp(out->at[FIELD_COUNT - 1], check, 8);
}

/* The line at an offset of a file; its length without the newline. */
static const char *line_of(const rl_index *index, const line_at *where, size_t *length) {
    const rl_mapping *file = index->files[where->file];
    const char *line = (const char *)file->data + where->offset;
    const char *end = memchr(line, '\n', file->size - where->offset);
    *length = (size_t)(end - line); /* lines without an end were not taken up */
    return line;
}

/* ------------------------------------------------------------------ reading */

static relief_status read_lines(relief_ctx *ctx, rl_index *index, uint32_t file) {
    const rl_mapping *mapping = index->files[file];
    const char *data = (const char *)mapping->data;
    relief_status status = RELIEF_OK;
    for (size_t at = 0; at < mapping->size && !status;) {
        const char *end = memchr(data + at, '\n', mapping->size - at);
        fields parts;
        if (!end)
            break;
        const size_t length = (size_t)(end - data) - at;
        if (split(data + at, length, &parts)) {
            status = rl_grow(ctx, (void **)&index->lines, &index->line_capacity,
                             index->line_count + 1, sizeof(*index->lines));
            if (!status)
                index->lines[index->line_count++] =
                    (line_at){rl_hash64(parts.at[0], parts.length[0]), file, 0, at};
        }
        at += length + 1;
    }
    return status;
}

static int compare_lines(const void *a, const void *b) {
    const line_at *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool is_index_name(const char *name) {
    const size_t length = strlen(name), suffix = strlen(SUFFIX);
    return length >= strlen(PREFIX) + suffix && !strncmp(name, PREFIX, strlen(PREFIX)) &&
           !strcmp(name + length - suffix, SUFFIX);
}

static relief_status map_one(relief_ctx *ctx, rl_index *index, const char *path) {
    if (index->file_count == MAX_FILES)
        return rl_fail(ctx, RELIEF_ERROR_LIMIT, "%s: more than %d index files in this folder", path,
                       MAX_FILES);
    relief_status status = rl_os_map(ctx, path, &index->files[index->file_count]);
    return status ? status : read_lines(ctx, index, (uint32_t)index->file_count++);
}

/* Map all files of the folder, the own one last. */
static relief_status map_files(relief_ctx *ctx, const char *folder, rl_index *index) {
    char **names = NULL;
    size_t count = 0;
    relief_status status =
        rl_calloc_in(ctx, MAX_FILES, sizeof(rl_mapping *), (void **)&index->files);
    if (!status)
        status = rl_os_list_files(ctx, folder, &names, &count);
    for (size_t i = 0; i < count && !status; i++) {
        if (!is_index_name(names[i]))
            continue;
        char *path = rl_format("%s/%s", folder, names[i]);
        if (!path)
            status = rl_fail_memory(ctx, strlen(names[i]));
        else if (strcmp(path, index->path) != 0)
            status = map_one(ctx, index, path);
        if (status == RELIEF_ERROR_IO && !rl_os_exists(path))
            status = RELIEF_OK; /* gone meanwhile */
        rl_free(path);
    }
    rl_os_names_free(names, count);
    if (!status)
        status = map_one(ctx, index, index->path);
    if (!status && index->line_count)
        qsort(index->lines, index->line_count, sizeof(*index->lines), compare_lines);
    return status;
}

/* Lock the own file, and let it begin as it must. */
static relief_status lock(relief_ctx *ctx, rl_index *index, const char *folder) {
    const double start = rl_os_now();
    bool told = false;
    relief_status status = RELIEF_OK;
    while (!index->part && !status) {
        status = rl_part_try_open(ctx, index->path, &index->part);
        if (index->part || status)
            break;
        const double waited = rl_os_now() - start;
        if (waited > wait_seconds)
            return rl_fail(ctx, RELIEF_ERROR_IO,
                           "%s: another relief works on this folder (let it end, or share the "
                           "work with --shard)",
                           folder);
        if (waited > quiet_seconds && !told)
            rl_log(ctx, RELIEF_LOG_WARNING, "%s: waiting for another relief that works on it",
                   folder);
        told = waited > quiet_seconds;
        rl_os_sleep(nap_seconds);
        status = rl_check_cancel(ctx);
    }
    if (status)
        return status;
    const int64_t size = rl_part_size(index->part);
    char last = '\n';
    size_t got = 0;
    if (!size)
        return rl_part_append(index->part, header, sizeof(header) - 1);
    status = rl_part_read(index->part, size - 1, &last, 1, &got);
    /* A line that was cut off must not swallow the next one. */
    return status || last == '\n' ? status : rl_part_append(index->part, "\n", 1);
}

relief_status rl_index_open(relief_ctx *ctx, const char *folder, int shard, int shard_count,
                            rl_index **out) {
    rl_index *index = NULL;
    *out = NULL;
    relief_status status = rl_calloc_in(ctx, 1, sizeof(*index), (void **)&index);
    if (status)
        return status;
    index->path = shard_count
                      ? rl_format("%s/" PREFIX "%d-of-%d." SUFFIX, folder, shard, shard_count)
                      : rl_format("%s/" PREFIX SUFFIX, folder);
    status = index->path ? lock(ctx, index, folder) : rl_fail_memory(ctx, strlen(folder));
    if (!status)
        status = map_files(ctx, folder, index);
    if (status) {
        rl_index_close(index);
        return status;
    }
    *out = index;
    return RELIEF_OK;
}

/* ------------------------------------------------------------------ asking */

static int64_t number_of(const fields *parts, int i) {
    return strtoll(parts->at[i], NULL, 10);
}

static relief_status take_record(relief_ctx *ctx, const fields *parts, rl_index_record *out) {
    *out = (rl_index_record){.stem = unescape(parts->at[1], parts->length[1]),
                             .input_bytes = number_of(parts, 3),
                             .input_modified_ns = number_of(parts, 4),
                             .settings = strtoull(parts->at[5], NULL, 16),
                             .output_bytes = number_of(parts, 6)};
    return out->stem ? RELIEF_OK : rl_fail_memory(ctx, parts->length[1]);
}

/* Index of the first line behind all of this hash. */
static size_t behind(const rl_index *index, uint64_t hash) {
    size_t low = 0, high = index->line_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (index->lines[middle].hash <= hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether two lines say the same of an output, from the stem to its bytes. */
static bool say_the_same(const fields *a, const fields *b) {
    for (int i = 1; i < TURN; i++)
        if (a->length[i] != b->length[i] || memcmp(a->at[i], b->at[i], a->length[i]) != 0)
            return false;
    return true;
}

/* Whether the line is of this input, and of this ending unless that is NULL. */
static bool is_of(const fields *parts, const char *spelled, const char *ending) {
    return parts->length[0] == strlen(spelled) &&
           !memcmp(parts->at[0], spelled, parts->length[0]) &&
           (!ending || (parts->length[2] == strlen(ending) &&
                        !memcmp(parts->at[2], ending, parts->length[2])));
}

/* The newest line of the input as it is spelled in files; false: there is none. *contested: as in
 * rl_index_record. `others`: of the files that are not this process's own. */
static bool find_newest(const rl_index *index, const char *spelled, const char *ending, bool others,
                        fields *out, bool *contested) {
    const uint64_t hash = rl_hash64(spelled, strlen(spelled));
    const uint32_t own = (uint32_t)index->file_count - 1;
    uint32_t last = UINT32_MAX;
    bool found = false;
    *contested = false;
    /* From new to old within a file, of which only the first one counts. */
    for (size_t i = behind(index, hash); i-- > 0 && index->lines[i].hash == hash;) {
        const line_at *where = &index->lines[i];
        size_t length;
        fields parts;
        if (where->file == last || (others && where->file == own))
            continue;
        const char *line = line_of(index, where, &length);
        split(line, length, &parts);
        if (!is_of(&parts, spelled, ending))
            continue;
        last = where->file;
        const int64_t turn = number_of(&parts, TURN);
        if (found && turn <= number_of(out, TURN)) {
            *contested |= turn == number_of(out, TURN) && !say_the_same(&parts, out);
            continue;
        }
        *contested = false;
        *out = parts;
        found = true;
    }
    return found;
}

relief_status rl_index_find(relief_ctx *ctx, const rl_index *index, const char *key,
                            const char *ending, rl_index_record *out, bool *found) {
    fields parts;
    bool contested;
    *found = false;
    *out = (rl_index_record){0};
    if (!index->line_count)
        return RELIEF_OK;
    char *spelled = escape(key);
    if (!spelled)
        return rl_fail_memory(ctx, strlen(key));
    relief_status status = RELIEF_OK;
    *found = find_newest(index, spelled, ending, false, &parts, &contested);
    if (*found)
        status = take_record(ctx, &parts, out);
    out->contested = *found && contested;
    rl_free(spelled);
    return status;
}

relief_status rl_index_each(relief_ctx *ctx, const rl_index *index,
                            relief_status (*fn)(relief_ctx *ctx, const char *name, void *arg),
                            void *arg) {
    relief_status status = RELIEF_OK;
    for (size_t i = 0; i < index->line_count && !status; i++) {
        size_t length;
        fields parts;
        const char *line = line_of(index, &index->lines[i], &length);
        split(line, length, &parts);
        char *stem = unescape(parts.at[1], parts.length[1]);
        char *name = stem ? rl_format("%s%.*s", stem, (int)parts.length[2], parts.at[2]) : NULL;
        status = name ? fn(ctx, name, arg) : rl_fail_memory(ctx, length);
        rl_free(name);
        rl_free(stem);
    }
    return status;
}

/* ------------------------------------------------------------------ writing */

relief_status rl_index_add(relief_ctx *ctx, rl_index *index, const char *key, const char *ending,
                           const rl_index_record *record) {
    char *spelled = escape(key), *stem = escape(record->stem), *line = NULL, *whole = NULL;
    fields other;
    bool contested;
    int64_t turn = 0;
    if (spelled && find_newest(index, spelled, ending, true, &other, &contested))
        turn = number_of(&other, TURN) + 1;
    if (spelled && stem)
        line = rl_format("%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%016" PRIx64 "\t%" PRId64
                         "\t%" PRId64 "\t",
                         spelled, stem, ending, record->input_bytes, record->input_modified_ns,
                         record->settings, record->output_bytes, turn);
    if (line)
        whole = rl_format("%s%08x\n", line, check_of(line, strlen(line)));
    relief_status status = whole ? rl_part_append(index->part, whole, strlen(whole))
                                 : rl_fail_memory(ctx, strlen(key));
    rl_free(whole);
    rl_free(line);
    rl_free(stem);
    rl_free(spelled);
    return status;
}

/* The own file's lines while they are sorted. */
typedef struct sorted_line {
    const char *text;
    size_t length, identity; /* of all; of the input, stem and ending, with the tabs */
} sorted_line;

static int compare_sorted(const void *a, const void *b) {
    const sorted_line *x = a, *y = b;
    const size_t shorter = x->identity < y->identity ? x->identity : y->identity;
    const int order = memcmp(x->text, y->text, shorter);
    if (order || x->identity != y->identity)
        return order ? order : x->identity < y->identity ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text); /* from old to new */
}

/* Gather the whole lines of a file; *count of them. */
static relief_status gather(relief_ctx *ctx, const rl_mapping *file, sorted_line **lines,
                            size_t *count, size_t *written) {
    size_t capacity = 0;
    const char *data = (const char *)file->data;
    relief_status status = RELIEF_OK;
    for (size_t at = 0; at < file->size && !status;) {
        const char *end = memchr(data + at, '\n', file->size - at);
        fields parts;
        if (!end)
            break;
        const size_t length = (size_t)(end - data) - at;
        ++*written;
        if (split(data + at, length, &parts)) {
            status = rl_grow(ctx, (void **)lines, &capacity, *count + 1, sizeof(**lines));
            if (!status)
                (*lines)[(*count)++] =
                    (sorted_line){data + at, length, (size_t)(parts.at[3] - (data + at))};
        }
        at += length + 1;
    }
    return status;
}

static bool same_identity(const sorted_line *a, const sorted_line *b) {
    return a->identity == b->identity && !memcmp(a->text, b->text, a->identity);
}

static relief_status write_sorted(relief_ctx *ctx, const char *path, const sorted_line *lines,
                                  size_t count) {
    rl_output *output = NULL;
    relief_status status = rl_output_open(ctx, path, true, &output);
    if (status)
        return status;
    status = rl_output_write(output, header, sizeof(header) - 1);
    for (size_t i = 0; i < count && !status; i++) {
        if (i + 1 < count && same_identity(&lines[i], &lines[i + 1]))
            continue; /* a newer one follows */
        status = rl_output_write(output, lines[i].text, lines[i].length + 1);
    }
    if (status) {
        rl_output_abort(output);
        return status;
    }
    return rl_output_commit(output);
}

relief_status rl_index_tidy(relief_ctx *ctx, rl_index *index) {
    rl_mapping *file = NULL;
    sorted_line *lines = NULL;
    size_t count = 0, written = 0;
    relief_status status = rl_os_map(ctx, index->path, &file);
    if (!status)
        status = gather(ctx, file, &lines, &count, &written);
    bool tidy = written == count + 1;
    for (size_t i = 1; i < count && tidy; i++)
        tidy = compare_sorted(&lines[i - 1], &lines[i]) < 0 &&
               !same_identity(&lines[i - 1], &lines[i]);
    if (!status && count && !tidy) {
        qsort(lines, count, sizeof(*lines), compare_sorted);
        status = write_sorted(ctx, index->path, lines, count);
    }
    rl_free(lines);
    rl_os_unmap(file);
    return status;
}

void rl_index_close(rl_index *index) {
    if (!index)
        return;
    rl_part_close(index->part, false);
    for (size_t i = 0; i < index->file_count; i++)
        rl_os_unmap(index->files[i]);
    rl_free(index->files);
    rl_free(index->lines);
    rl_free(index->path);
    rl_free(index);
}
