/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: published networks that relief knows, with licences and sizes. The environment
 * variable RELIEF_CATALOGUE names a file with more of them (docs/models.md); it is read once a
 * process, and what is wrong with it is reported by relief_catalogue_resolve() and all of
 * relief/store.h. */
#ifndef RELIEF_CATALOGUE_H
#define RELIEF_CATALOGUE_H

#include "relief/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a network may be used for, by its licence. */
typedef enum relief_use {
    RELIEF_USE_UNKNOWN = 0,
    RELIEF_USE_ANY = 1,           /* commercial use too */
    RELIEF_USE_NON_COMMERCIAL = 2 /* the licence excludes commercial use */
} relief_use;

/* One known network. Strings live as long as the process; "" where a fact is not known. */
typedef struct relief_catalogue_entry {
    size_t struct_size;
    const char *name;    /* "midas-small" */
    const char *title;   /* one line for people */
    const char *url;     /* where its authors publish it */
    const char *sha256;  /* 64 hexadecimal digits */
    const char *licence; /* SPDX name or the publisher's own */
    int64_t bytes;       /* size of the file, 0: not known */
    int64_t about_bytes; /* the same, in round figures where no more is known; 0: not even that */
    relief_use use;
    const char *aliases; /* other names, separated by spaces */
} relief_catalogue_entry;

/* Number of entries. */
RELIEF_API int relief_catalogue_count(void);
/* Fill *entry, whose struct_size the caller has set, with entry `index`; false when out of range.
 */
RELIEF_API bool relief_catalogue_get(int index, relief_catalogue_entry *entry);

/* The path of the network inside the library, which is no file; relief_model_load() takes it. */
#define RELIEF_BUILTIN "builtin:"

/* Fill *entry, whose struct_size the caller has set, with the network inside the library, which is
 * not among the numbered entries; false when the library was built without one. The first call
 * hashes it. */
RELIEF_API bool relief_catalogue_builtin(relief_catalogue_entry *entry);

/* Turn the path of a file, a name or an alias of the catalogue ("high", "medium", "low"), or the
 * name of a network that was added to the store, into the path of a file that exists, or into
 * RELIEF_BUILTIN; NULL and "" mean the default, which is the network inside the library. *path: a
 * new string that the caller frees with relief_string_free(). Errors: _IO when the model is not
 * here; the reason names the way to get it. _MEMORY. */
RELIEF_API RELIEF_CHECKED relief_status relief_catalogue_resolve(relief_ctx *ctx, const char *name,
                                                                 char **path);
RELIEF_API void relief_string_free(char *string);

#ifdef __cplusplus
}
#endif
#endif
