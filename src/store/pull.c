/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching a network. What has come so far lies in NAME.DIGITS.part, the digits being the first of
 * the hash that is wanted: a newer edition of the file begins a part of its own. Beside it,
 * NAME.DIGITS.part.from says where the bytes came from, so that the server can be asked for the
 * rest of the same file. Neither is trusted: the hash of the whole decides, at the end. */
#include "base/folder.h"
#include "base/memory.h"
#include "base/os.h"
#include "base/output.h"
#include "base/status.h"
#include "relief/store.h"
#include "store/catalogue.h"
#include "store/fetch.h"
#include "store/store_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT 30
/* Failures in a row after which it is given up. Those that brought this many bytes do not count:
 * a long file over a bad line comes in pieces. */
#define MAX_FAILURES 5
#define WORTHWHILE_BYTES ((int64_t)1 << 20)
#define MAX_TRIES 1000
/* Nothing that is larger is a network that could be run. */
#define MAX_FILE_BYTES ((int64_t)64 << 30)
#define REPORT_SECONDS 0.1
#define LOCK_SECONDS 0.2
#define READ_BYTES ((size_t)1 << 20)

typedef struct pull {
    relief_ctx *ctx;
    relief_catalogue_entry entry;
    relief_pull_options options;
    char *url, *path, *part_path, *from_path;
    rl_part_file *part;
    rl_sha256_sum *sum; /* of the part */
    char validator[RL_MAX_VALIDATOR];
    int64_t total, old_bytes, fetched; /* of the file, 0: not known; here from an earlier run */
    double reported;
} pull;

static void pull_clear(pull *p) {
    rl_part_close(p->part, false);
    rl_sha256_free(p->sum);
    rl_free(p->url);
    rl_free(p->path);
    rl_free(p->part_path);
    rl_free(p->from_path);
}

/* ---- what to fetch, and whether it may be ---- */

static relief_status check_entry(const pull *p) {
    const relief_catalogue_entry *entry = &p->entry;
    const char *from = *entry->url ? entry->url : "its authors";
    if (entry->use == RELIEF_USE_NON_COMMERCIAL && !p->options.accept_licence) {
        return rl_fail(p->ctx, RELIEF_ERROR_ARG,
                       "%s: its licence, %s, excludes commercial use (--accept-licence says that "
                       "you accept that)",
                       entry->name, *entry->licence ? entry->licence : "of its authors");
    }
    if (!*entry->sha256) {
        return rl_fail(p->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: its SHA-256 is not known, so that a download could not be checked "
                       "(fetch it from %s, then: relief model add FILE --as %s)",
                       entry->name, from, entry->name);
    }
    if (!rl_fetch_possible()) {
        return rl_fail(p->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: this build of relief has no downloads (fetch it from %s, then: relief "
                       "model add FILE --as %s)",
                       entry->name, from, entry->name);
    }
    return RELIEF_OK;
}

/* The entry of a name. */
static relief_status find_entry(pull *p, const char *name) {
    char names[512] = "";
    const int index = rl_catalogue_find(name);
    if (relief_catalogue_get(index, &p->entry)) {
        return RELIEF_OK;
    }
    for (int i = 0; relief_catalogue_get(i, &p->entry); i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", p->entry.name);
    }
    return rl_fail(p->ctx, RELIEF_ERROR_ARG, "%s: no network of the catalogue (known are: %s)",
                   name, names);
}

static relief_status choose_names(pull *p) {
    const char *mirror = p->options.mirror ? p->options.mirror : getenv("RELIEF_MIRROR");
    char ending[32];
    relief_status status = rl_store_path(p->ctx, p->entry.name, ".onnx", &p->path);
    snprintf(ending, sizeof(ending), ".%.12s.part", p->entry.sha256);
    if (!status) {
        status = rl_store_path(p->ctx, p->entry.name, ending, &p->part_path);
    }
    if (status) {
        return status;
    }
    p->from_path = rl_format("%s.from", p->part_path);
    if (mirror && *mirror) {
        const char *slash = mirror[strlen(mirror) - 1] == '/' ? "" : "/";
        p->url = rl_format("%s%s%s.onnx", mirror, slash, p->entry.name);
    } else if (*p->entry.url) {
        p->url = rl_strdup(p->entry.url);
    } else {
        return rl_fail(p->ctx, RELIEF_ERROR_UNSUPPORTED,
                       "%s: the catalogue has no address to fetch it from (RELIEF_MIRROR)",
                       p->entry.name);
    }
    return p->url && p->from_path ? RELIEF_OK : rl_fail_memory(p->ctx, strlen(p->path));
}

/* Whether the file is here and right. Errors: _EXISTS when another one has its name. */
static relief_status look(pull *p, bool *here) {
    char digits[RL_SHA256_DIGITS + 1];
    rl_file_facts facts;
    *here = false;
    if (!rl_os_file_facts(p->path, &facts)) {
        return RELIEF_OK;
    }
    relief_status status = rl_sha256_file(p->ctx, p->path, digits);
    if (status) {
        return status;
    }
    *here = strcmp(digits, p->entry.sha256) == 0;
    if (*here || p->options.force) {
        p->total = facts.bytes;
        return RELIEF_OK;
    }
    return rl_fail(p->ctx, RELIEF_ERROR_EXISTS,
                   "%s: is here and is not the published file (--force fetches that in its place)",
                   p->path);
}

/* ---- the part ---- */

/* Lock the part, waiting for whoever has it. *waited: somebody had. */
static relief_status open_part(pull *p, bool *waited) {
    *waited = false;
    for (;;) {
        relief_status status = rl_part_try_open(p->ctx, p->part_path, &p->part);
        if (status || p->part) {
            return status;
        }
        if (!*waited) {
            rl_log(p->ctx, RELIEF_LOG_INFO, "%s: another process fetches it; waiting for that",
                   p->entry.name);
        }
        *waited = true;
        status = rl_progress(p->ctx, "wait", 0, 1);
        if (status) {
            return status;
        }
        rl_os_sleep(LOCK_SECONDS);
    }
}

/* Hash what is here from an earlier run, and read where it came from. */
static relief_status read_part(pull *p) {
    const int64_t size = rl_part_size(p->part);
    void *piece;
    relief_status status = rl_sha256_new(p->ctx, &p->sum);
    if (status || !size) {
        return status;
    }
    status = rl_alloc_in(p->ctx, READ_BYTES, 1, &piece);
    for (int64_t at = 0; !status && at < size;) {
        size_t got = 0;
        status = rl_part_read(p->part, at, piece, READ_BYTES, &got);
        rl_sha256_add(p->sum, piece, got);
        at += (int64_t)got;
        if (!status && !got) {
            break;
        }
        status = status ? status : rl_progress(p->ctx, "verify", at, size);
    }
    rl_free(piece);
    p->old_bytes = size;
    FILE *from = status ? NULL : fopen(p->from_path, "re");
    char line[RL_MAX_VALIDATOR] = "";
    if (from) {
        /* The first line is the address: a validator means nothing to another server. */
        char *url = rl_calloc(strlen(p->url) + 3, 1);
        if (url && fgets(url, (int)strlen(p->url) + 2, from) &&
            !strncmp(url, p->url, strlen(p->url)) && url[strlen(p->url)] == '\n' &&
            fgets(line, sizeof(line), from)) {
            snprintf(p->validator, sizeof(p->validator), "%.*s", (int)strcspn(line, "\n"), line);
        }
        rl_free(url);
        fclose(from);
    }
    return status;
}

/* Begin the part anew. */
static relief_status restart(pull *p) {
    rl_sha256_reset(p->sum);
    p->old_bytes = 0;
    p->validator[0] = 0;
    return rl_part_clear(p->part);
}

/* Keep where the bytes come from; without that a later run begins anew. */
static void write_from(const pull *p, const char *validator) {
    FILE *from = fopen(p->from_path, "we");
    if (from) {
        fprintf(from, "%s\n%s\n", p->url, validator);
        fclose(from);
    }
}

/* ---- while it comes ---- */

static relief_status report(pull *p, bool now) {
    const double time = rl_os_now();
    if (!now && time - p->reported < REPORT_SECONDS) {
        return rl_check_cancel(p->ctx);
    }
    const int64_t size = rl_part_size(p->part);
    p->reported = time;
    return rl_progress(p->ctx, "download", size, p->total > size ? p->total : size);
}

static relief_status check_room(const pull *p, int64_t missing) {
    char *folder = rl_store_folder();
    const int64_t room = folder ? rl_os_free_bytes(folder) : INT64_MAX;
    relief_status status = RELIEF_OK;
    if (missing > room) {
        status = rl_fail(p->ctx, RELIEF_ERROR_IO,
                         "%s: %s has room for %.1f MB, and %.1f MB are wanted (RELIEF_MODELS names "
                         "another folder)",
                         p->entry.name, folder, (double)room / 1e6, (double)missing / 1e6);
    }
    rl_free(folder);
    return status;
}

static relief_status begin(void *user, const rl_fetch_answer *answer) {
    pull *p = user;
    const int64_t expected = p->entry.bytes;
    relief_status status = RELIEF_OK;
    if (!answer->offset && rl_part_size(p->part)) {
        status = restart(p); /* it has no ranges, or another file by now */
    }
    if (!status && expected && answer->total >= 0 && answer->total != expected) {
        status = rl_fail(p->ctx, RELIEF_ERROR_FORMAT,
                         "%s: the file at this address has %lld bytes; the published one has %lld",
                         p->entry.name, (long long)answer->total, (long long)expected);
    }
    if (!status && answer->total > MAX_FILE_BYTES) {
        status = rl_fail(p->ctx, RELIEF_ERROR_LIMIT, "%s: the file at this address has %lld bytes",
                         p->entry.name, (long long)answer->total);
    }
    if (status) {
        return status;
    }
    p->total = expected ? expected : answer->total > 0 ? answer->total : 0;
    write_from(p, answer->validator);
    snprintf(p->validator, sizeof(p->validator), "%s", answer->validator);
    status = check_room(p, p->total - rl_part_size(p->part));
    return status ? status : report(p, true);
}

static relief_status take(void *user, const void *data, size_t size) {
    pull *p = user;
    const int64_t limit = p->entry.bytes ? p->entry.bytes : MAX_FILE_BYTES;
    if ((int64_t)size > limit - rl_part_size(p->part)) {
        return rl_fail(p->ctx, RELIEF_ERROR_FORMAT,
                       "%s: more than %lld bytes come, which is not the published file",
                       p->entry.name, (long long)limit);
    }
    relief_status status = rl_part_append(p->part, data, size);
    if (status) {
        return status;
    }
    rl_sha256_add(p->sum, data, size);
    p->fetched += (int64_t)size;
    return report(p, false);
}

/* ---- the whole ---- */

/* Wait before the next try, unless there was a stop: from half a second on, doubling, for those who
 * have the usual patience. */
static relief_status rest(pull *p, int failures) {
    const double end =
        rl_os_now() + 0.25 * p->options.timeout_s / DEFAULT_TIMEOUT * (double)(1 << failures);
    relief_status status = RELIEF_OK;
    while (!status && rl_os_now() < end) {
        rl_os_sleep(0.05);
        status = rl_check_cancel(p->ctx);
    }
    return status;
}

/* What came of one request. */
typedef enum outcome { WHOLE, CUT, REFUSED, UNABLE } outcome;

/* Ask once for what is missing. CUT: it may be asked for again; REFUSED: the server has no byte at
 * that offset; UNABLE: it would be of no use. */
static relief_status fetch_once(pull *p, outcome *came) {
    const int64_t before = rl_part_size(p->part);
    bool again = false;
    bool offset_refused = false;
    const rl_fetch request = {p->url, before, p->validator, p->options.timeout_s, p, begin, take};
    relief_status status = rl_fetch_run(p->ctx, &request, &again, &offset_refused);
    *came = UNABLE;
    if (!status) {
        *came = rl_part_size(p->part) < p->total ? CUT : WHOLE;
    } else if (offset_refused && !p->entry.bytes && before && before == p->old_bytes) {
        *came = WHOLE; /* all of it may have been here; the hash will tell */
    } else if (status == RELIEF_ERROR_NETWORK && (again || p->fetched)) {
        /* A server that has given bytes is one that may be reached again. */
        *came = offset_refused ? REFUSED : CUT;
    }
    return *came == WHOLE ? RELIEF_OK : status;
}

/* Bring the part to its full length. */
static relief_status fetch_all(pull *p) {
    int failures = 0;
    for (int tries = 0; tries < MAX_TRIES && failures < MAX_FAILURES; tries++) {
        const int64_t fetched = p->fetched;
        outcome came = WHOLE;
        if (p->entry.bytes && rl_part_size(p->part) == p->entry.bytes) {
            return RELIEF_OK;
        }
        relief_status status = fetch_once(p, &came);
        if (came == WHOLE || came == UNABLE) {
            return status;
        }
        failures = p->fetched - fetched >= WORTHWHILE_BYTES ? 1 : failures + 1;
        if (!status) {
            status = rl_fail(p->ctx, RELIEF_ERROR_NETWORK, "%s: the file ends before its end",
                             p->entry.name);
        }
        if (failures >= MAX_FAILURES) {
            return status;
        }
        rl_log(p->ctx, RELIEF_LOG_DEBUG, "%s: %s; going on at byte %lld", p->entry.name,
               relief_last_error(p->ctx), (long long)rl_part_size(p->part));
        status = rest(p, failures);
        if (!status && came == REFUSED) {
            status = restart(p);
        }
        if (status) {
            return status;
        }
    }
    return rl_fail(p->ctx, RELIEF_ERROR_NETWORK, "%s: the connection is cut over and over",
                   p->entry.name);
}

/* Check the part. *again: it was wrong, and thrown away, but some of it was here before. */
static relief_status verify(pull *p, bool *again) {
    char digits[RL_SHA256_DIGITS + 1];
    rl_sha256_finish(p->sum, digits);
    *again = false;
    if (strcmp(digits, p->entry.sha256) == 0) {
        return RELIEF_OK;
    }
    *again = p->old_bytes > 0;
    relief_status status = restart(p);
    if (status || *again) {
        return status;
    }
    return rl_fail(p->ctx, RELIEF_ERROR_FORMAT,
                   "%s: what came is not the published file, its SHA-256 is %s (thrown away; try "
                   "again, or another mirror)",
                   p->entry.name, digits);
}

/* Fetch, check, put in place. */
static relief_status fetch_and_place(pull *p) {
    bool again = false;
    relief_status status = read_part(p);
    do {
        if (!status) {
            status = fetch_all(p);
        }
        if (!status) {
            status = report(p, true);
        }
        if (!status) {
            status = verify(p, &again);
        }
    } while (!status && again);
    if (status) {
        return status;
    }
    const int64_t size = rl_part_size(p->part);
    rl_part_file *part = p->part;
    p->part = NULL;
    status = rl_part_commit(part, p->path);
    p->total = size;
    rl_os_remove(p->from_path);
    return status;
}

static relief_status run(pull *p, bool *was_here) {
    bool waited = false;
    char *folder = NULL;
    relief_status status = look(p, was_here);
    if (status || *was_here) {
        return status;
    }
    folder = rl_store_folder();
    status = folder ? rl_os_make_folders(p->ctx, folder) : rl_fail_memory(p->ctx, 0);
    rl_free(folder);
    if (!status) {
        status = open_part(p, &waited);
    }
    if (!status && waited) {
        status = look(p, was_here);
    }
    if (status) {
        return status;
    }
    if (*was_here) {
        rl_part_close(p->part, true);
        p->part = NULL;
        return RELIEF_OK;
    }
    status = fetch_and_place(p);
    if (p->part && !rl_part_size(p->part)) {
        rl_part_close(p->part, true); /* nothing came */
        p->part = NULL;
        rl_os_remove(p->from_path);
    }
    return status ? status : rl_store_record(p->ctx, p->path, p->entry.sha256);
}

bool relief_store_can_pull(void) {
    return rl_fetch_possible();
}

relief_status relief_store_pull(relief_ctx *ctx, const char *name,
                                const relief_pull_options *options, relief_pull_info *info,
                                char **path) {
    pull p = {.ctx = ctx,
              .options = RELIEF_OPTIONS_INIT(relief_pull_options),
              .entry = RELIEF_OPTIONS_INIT(relief_catalogue_entry)};
    relief_pull_info own = RELIEF_OPTIONS_INIT(relief_pull_info);
    if (path) {
        *path = NULL;
    }
    relief_status status = rl_options_copy(ctx, &p.options, sizeof(p.options), options);
    if (!status) {
        status = rl_catalogue_check(ctx);
    }
    if (!status) {
        status = find_entry(&p, name);
    }
    if (!status) {
        status = check_entry(&p);
    }
    if (!status) {
        status = choose_names(&p);
    }
    p.options.timeout_s = p.options.timeout_s > 0 ? p.options.timeout_s : DEFAULT_TIMEOUT;
    if (!status) {
        status = run(&p, &own.was_here);
    }
    own.bytes = p.total;
    own.fetched_bytes = p.fetched;
    if (info) {
        rl_info_copy(info, &own, sizeof(own));
    }
    if (!status && path) {
        *path = p.path;
        p.path = NULL;
    }
    pull_clear(&p);
    return status;
}
