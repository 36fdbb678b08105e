/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's inside, for the rooms above. models/catalogue.json is compiled into the library
 * and parsed once a process; what the functions here return lives as long as the process and is
 * never written to. */
#ifndef RELIEF_STORE_CATALOGUE_H
#define RELIEF_STORE_CATALOGUE_H

#include "relief/catalogue.h"

#include <jansson.h>

/* Index of the entry with this name or alias (letter case counts); -1 when there is none. */
int rl_catalogue_find(const char *name);

/* Index of the entry whose file has this SHA-256 (64 lower-case digits); -1 when there is none. */
int rl_catalogue_find_sha256(const char *digits);

/* Whether a file of this many bytes can be one whose SHA-256 is known, and so is worth hashing. */
bool rl_catalogue_knows_size(int64_t bytes);

/* How pictures go into the network and what comes out, as depth/descriptor.h reads it; NULL when
 * out of range. */
const json_t *rl_catalogue_descriptor(int index);

/* The folder where downloaded networks lie: RELIEF_MODELS, else relief/models in the user's data
 * folder. A new string for rl_free(); NULL without memory. The folder need not exist. */
char *rl_store_folder(void);

#endif
