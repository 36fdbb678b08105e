/* SPDX-License-Identifier: Apache-2.0 */
/* The store: the folder on this machine in which networks are found by name.
 *
 * RELIEF_MODELS names it, else it is relief/models in the user's data folder. A network NAME is the
 * file NAME.onnx; beside it lie NAME.onnx.sha256 (its hash, as sha256sum writes it) and, where the
 * network is treated as another one, the descriptor NAME.json. */
#ifndef RELIEF_STORE_H
#define RELIEF_STORE_H

#include "relief/catalogue.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct relief_pull_options {
    size_t struct_size;
    bool accept_licence; /* the user takes on the terms of a licence that excludes some use */
    bool force;          /* fetch it even when another file has the name */
    int timeout_s;       /* give up when nothing comes for so many seconds; 0: 30 */
    const char *mirror;  /* fetch MIRROR/NAME.onnx in place of the published address; NULL: the
                            environment variable RELIEF_MIRROR, or none */
} relief_pull_options;

/* What became of a pull. */
typedef struct relief_pull_info {
    size_t struct_size;
    bool was_here;         /* the file lay in the store already, and its hash is right */
    int64_t bytes;         /* size of the file */
    int64_t fetched_bytes; /* that came through the network this time */
} relief_pull_info;

/* Fetch a network of the catalogue by name or alias into the store. The file gets its name when its
 * SHA-256 is right, and not before. What a cut connection or a cancelled run has left is kept as
 * NAME.*.part and gone on with by the next call. Several processes may ask for one network: one
 * fetches, the others wait. Proxies come from the environment as curl knows them.
 * `options` and `info` may be NULL. *path: a new string for relief_string_free(); NULL is fine.
 * Errors: _ARG (no such name; the licence wants accept_licence), _UNSUPPORTED (its SHA-256 is not
 * known, or this build has no downloads), _NETWORK, _FORMAT (not the published file), _EXISTS (the
 * file that is there is another one, and force is false), _IO (writing), _LIMIT, _MEMORY,
 * _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_store_pull(relief_ctx *ctx, const char *name,
                                                          const relief_pull_options *options,
                                                          relief_pull_info *info, char **path);

typedef struct relief_add_options {
    size_t struct_size;
    const char *name; /* to find it by; that of a catalogue entry is for its file alone */
    const char *like; /* name of the catalogue entry whose descriptor to use; NULL: none */
    bool link;        /* let the name lead to the file where it lies, in place of a copy */
    bool force;       /* replace a file of that name; let another file have a published name */
} relief_add_options;

/* Put a file of the user's into the store. It is copied as it is: load it first, to see whether it
 * is a network. *path as above. Errors: _ARG (names), _EXISTS (the name is taken), _FORMAT (not the
 * file that the catalogue knows by this name), _IO, _MEMORY, _CANCELLED. */
RELIEF_API RELIEF_CHECKED relief_status relief_store_add(relief_ctx *ctx, const char *file,
                                                         const relief_add_options *options,
                                                         char **path);

/* Remove a network, by name or alias, from the store with all that belongs to it; of a link, not
 * what it leads to. Errors: _ARG (no such name), _IO (it is not there, or cannot be removed),
 * _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_store_remove(relief_ctx *ctx, const char *name);

/* What lies in the store under one name. */
typedef struct relief_store_item {
    size_t struct_size;
    const char *name;
    const char *path;
    const char *sha256; /* as recorded when it came; "": no record, or the file is newer */
    int64_t bytes;
    int64_t
        part_bytes; /* of a download that is not finished, 0: none; `path` is "" without a file */
    bool is_link;
    int entry; /* of the catalogue that has this name, -1: none */
} relief_store_item;

/* A list of what was there when it was made. */
typedef struct relief_store_list relief_store_list;

/* List the store, sorted by name. The caller frees *out with relief_store_list_free(). Errors: _IO,
 * _FORMAT (RELIEF_CATALOGUE), _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_store_list_new(relief_ctx *ctx,
                                                              relief_store_list **out);
RELIEF_API int relief_store_list_count(const relief_store_list *list);
/* Fill *item, whose struct_size the caller has set; strings are borrowed from the list. False when
 * out of range. */
RELIEF_API bool relief_store_list_get(const relief_store_list *list, int index,
                                      relief_store_item *item);
RELIEF_API void relief_store_list_free(relief_store_list *list);

/* Whether this build can fetch networks. */
RELIEF_API bool relief_store_can_pull(void);

/* The cache of prepared weights: files that make the next start of a network faster, and that may
 * go at any time. RELIEF_CACHE names its folder ("off": there is none), else it is relief in the
 * user's cache folder; RELIEF_CACHE_LIMIT its bound in megabytes. */
typedef struct relief_cache_info {
    size_t struct_size;
    int64_t bytes;       /* of all its files */
    int64_t limit_bytes; /* that it will not exceed */
    int file_count;      /* networks, counted once for each precision and build */
} relief_cache_info;

/* What is in the cache. *folder: a new string for relief_string_free(); NULL when it is off.
 * Errors: _IO, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_cache_get_info(relief_ctx *ctx,
                                                              relief_cache_info *info,
                                                              char **folder);
/* Empty it; *bytes: that were freed. Errors: _IO, _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_cache_clear(relief_ctx *ctx, int64_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
