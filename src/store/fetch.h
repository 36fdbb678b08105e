/* SPDX-License-Identifier: Apache-2.0 */
/* One request for a file, or for the rest of one, over HTTP. */
#ifndef RELIEF_STORE_FETCH_H
#define RELIEF_STORE_FETCH_H

#include "relief/base.h"

#define RL_MAX_VALIDATOR 256

/* What a server says before the bytes come. */
typedef struct rl_fetch_answer {
    int64_t offset;        /* of the first byte that comes: what was asked for, or 0 */
    int64_t total;         /* bytes of the whole file, -1: not said */
    const char *validator; /* its ETag, else the time it was modified; "" for neither */
} rl_fetch_answer;

typedef struct rl_fetch {
    const char *url;
    int64_t offset;        /* bytes that are here already; the server may begin anew all the same */
    const char *validator; /* of those; "": not known */
    int timeout_s;         /* to connect, and without a byte */
    void *user;            /* of both functions, either of which ends the transfer by a failure */
    relief_status (*begin)(void *user, const rl_fetch_answer *answer);
    relief_status (*take)(void *user, const void *data, size_t size);
} rl_fetch;

/* Whether this build has downloads. */
bool rl_fetch_possible(void);

/* Run the request. *again: whether it may go better the next time. *offset_refused: the server has
 * no byte at the offset. Errors: _NETWORK, _CANCELLED, those of begin and take. */
RELIEF_CHECKED relief_status rl_fetch_run(relief_ctx *ctx, const rl_fetch *fetch, bool *again,
                                          bool *offset_refused);

/* The host of a URL, for messages: without the password that may stand in it. */
void rl_fetch_host(const char *url, char *host, size_t size);

#endif
