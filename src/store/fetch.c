/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers with libcurl. */
#include "store/fetch.h"

#include "base/os.h"
#include "base/status.h"
#include "store/curl_library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_REDIRECTS 10
#define CONNECT_SECONDS 30
#define MAX_HOST 256

/* A transfer that runs. */
typedef struct transfer {
    relief_ctx *ctx;
    const rl_fetch *fetch;
    CURL *curl;
    relief_status status; /* of begin and take */
    bool begun;
    bool strange; /* the answer makes no sense */
    /* From the headers of the answer that counts, the last one. */
    int64_t length, range_start, range_total; /* -1: not said */
    char etag[RL_MAX_VALIDATOR], modified[RL_MAX_VALIDATOR];
} transfer;

bool rl_fetch_possible(void) {
    return true;
}

void rl_fetch_host(const char *url, char *host, size_t size) {
    CURLU *parsed = rl_curl.url();
    char *found = NULL;
    if (parsed && rl_curl.url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
        rl_curl.url_get(parsed, CURLUPART_HOST, &found, 0) == CURLUE_OK && *found) {
        snprintf(host, size, "%s", found);
    } else {
        snprintf(host, size, "%s", strncmp(url, "file:", 5) ? "the server" : "the mirror");
    }
    rl_curl.free(found);
    rl_curl.url_cleanup(parsed);
}

/* ---- the answer ---- */

/* Copy a header's value if the line is that header's. */
static bool read_header(const char *line, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return false;
    }
    line += length + 1;
    line += strspn(line, " \t");
    size_t end = strcspn(line, "\r\n");
    if (end >= size) {
        end = 0; /* a validator that does not fit is none */
    }
    memcpy(value, line, end);
    value[end] = 0;
    return true;
}

static void forget_headers(transfer *running) {
    running->length = running->range_start = running->range_total = -1;
    running->etag[0] = running->modified[0] = 0;
}

static size_t on_header(char *data, size_t one, size_t size, void *user) {
    transfer *running = user;
    char line[1024];
    char value[RL_MAX_VALIDATOR];
    long long first = -1;
    long long total = -1;
    snprintf(line, sizeof(line), "%.*s", (int)(size * one), data);
    if (!strncmp(line, "HTTP/", 5)) {
        forget_headers(running); /* of a redirection, or of a proxy */
    } else if (read_header(line, "Content-Length", value, sizeof(value))) {
        running->length = strtoll(value, NULL, 10);
    } else if (read_header(line, "Content-Range", value, sizeof(value))) {
        if (sscanf(value, "bytes %lld-%*d/%lld", &first, &total) >= 1) {
            running->range_start = first;
            running->range_total = total;
        }
    } else if (!read_header(line, "ETag", running->etag, sizeof(running->etag))) {
        (void)read_header(line, "Last-Modified", running->modified, sizeof(running->modified));
    }
    return size * one;
}

/* Tell what comes, before its first byte. */
static void begin(transfer *running) {
    long code = 0;
    rl_curl.easy_getinfo(running->curl, CURLINFO_RESPONSE_CODE, &code);
    /* A weak ETag (W/...) does not promise the same bytes. */
    const bool strong = running->etag[0] && strncmp(running->etag, "W/", 2) != 0;
    rl_fetch_answer answer = {.validator = strong ? running->etag : running->modified};
    running->begun = true;
    if (code == 206) {
        answer.offset = running->range_start;
        answer.total = running->range_total;
        running->strange = answer.offset != running->fetch->offset;
    } else {
        answer.total = running->length;
        running->strange = code != 200 && code != 0; /* 0: no HTTP, but a file */
    }
    if (!running->strange) {
        running->status = running->fetch->begin(running->fetch->user, &answer);
    }
}

static size_t on_data(char *data, size_t one, size_t size, void *user) {
    transfer *running = user;
    if (!running->begun) {
        begin(running);
    }
    if (!running->strange && !running->status) {
        running->status = running->fetch->take(running->fetch->user, data, size * one);
    }
    return running->strange || running->status ? 0 : size * one;
}

static int on_tick(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                   curl_off_t up) {
    (void)down_total, (void)down, (void)up_total, (void)up;
    return rl_cancelled(((const transfer *)user)->ctx);
}

/* ---- the request ---- */

static void set_protocols(CURL *curl, const char *url) {
    const bool safe = !strncmp(url, "https:", 6); /* never lose the encryption on the way */
#if LIBCURL_VERSION_NUM >= 0x075500
    rl_curl.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    rl_curl.easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, safe ? "https" : "https,http");
#else
    rl_curl.easy_setopt(curl, CURLOPT_PROTOCOLS,
                        (long)(CURLPROTO_HTTPS | CURLPROTO_HTTP | CURLPROTO_FILE));
    rl_curl.easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                        (long)(safe ? CURLPROTO_HTTPS : CURLPROTO_HTTPS | CURLPROTO_HTTP));
#endif
}

/* The file that libcurl was built to read; where there is none, the program runs on another system
 * than it was built for, and that of other distributions is taken. */
static void find_certificates(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075400
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt",
                                        "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
    char *own = NULL;
    rl_curl.easy_getinfo(curl, CURLINFO_CAINFO, &own);
    if (!own || rl_os_exists(own)) {
        return;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (rl_os_exists(files[i])) {
            rl_curl.easy_setopt(curl, CURLOPT_CAINFO, files[i]);
            return;
        }
    }
#else
    (void)curl;
#endif
}

/* Certificates of a company's own proxy, as curl and OpenSSL let one name them. */
static void set_certificates(CURL *curl) {
    static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (int i = 0; i < 2; i++) {
        const char *file = getenv(names[i]);
        if (file && *file) {
            rl_curl.easy_setopt(curl, CURLOPT_CAINFO, file);
            return;
        }
    }
    find_certificates(curl);
}

static void set_options(transfer *running, char *reason) {
    CURL *curl = running->curl;
    const rl_fetch *fetch = running->fetch;
    const long seconds = fetch->timeout_s;
    rl_curl.easy_setopt(curl, CURLOPT_URL, fetch->url);
    rl_curl.easy_setopt(curl, CURLOPT_USERAGENT, "relief/" RL_VERSION);
    rl_curl.easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    rl_curl.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    rl_curl.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    rl_curl.easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    rl_curl.easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    rl_curl.easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    rl_curl.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                        seconds < CONNECT_SECONDS ? seconds : (long)CONNECT_SECONDS);
    rl_curl.easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    rl_curl.easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
    set_protocols(curl, fetch->url);
    set_certificates(curl);
    rl_curl.easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    rl_curl.easy_setopt(curl, CURLOPT_HEADERDATA, running);
    rl_curl.easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    rl_curl.easy_setopt(curl, CURLOPT_WRITEDATA, running);
    rl_curl.easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    rl_curl.easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_tick);
    rl_curl.easy_setopt(curl, CURLOPT_XFERINFODATA, running);
}

/* Ask for the rest of the file, and for all of it should it be another one by now. */
static struct curl_slist *ask_for_rest(const transfer *running) {
    const rl_fetch *fetch = running->fetch;
    struct curl_slist *headers = NULL;
    char text[RL_MAX_VALIDATOR + 16];
    if (!fetch->offset || !strncmp(fetch->url, "file:", 5)) {
        return NULL;
    }
    snprintf(text, sizeof(text), "%lld-", (long long)fetch->offset);
    rl_curl.easy_setopt(running->curl, CURLOPT_RANGE, text);
    if (*fetch->validator) {
        snprintf(text, sizeof(text), "If-Range: %s", fetch->validator);
        headers = rl_curl.slist_append(NULL, text);
        rl_curl.easy_setopt(running->curl, CURLOPT_HTTPHEADER, headers);
    }
    return headers;
}

/* ---- failures ---- */

static relief_status fail_refused(transfer *running, const char *host, bool *again,
                                  bool *offset_refused) {
    long code = 0;
    rl_curl.easy_getinfo(running->curl, CURLINFO_RESPONSE_CODE, &code);
    *offset_refused = code == 416;
    *again = *offset_refused || code >= 500 || code == 408 || code == 429;
    const char *hint = code == 401 || code == 403 || code == 407
                           ? " (it wants a login: see RELIEF_MIRROR, and .netrc)"
                       : code == 404 || code == 410 ? " (the file is not there any more)"
                                                    : "";
    return rl_fail(running->ctx, RELIEF_ERROR_NETWORK, "%s answers with error %ld%s", host, code,
                   hint);
}

static relief_status fail_transfer(transfer *running, CURLcode code, const char *reason,
                                   bool *again) {
    char host[MAX_HOST];
    rl_fetch_host(running->fetch->url, host, sizeof(host));
    relief_ctx *ctx = running->ctx;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return rl_fail(ctx, RELIEF_ERROR_NETWORK,
                       "%s cannot be reached: %s (is this machine online? see also http_proxy, "
                       "RELIEF_MIRROR)",
                       host, reason);
    case CURLE_OPERATION_TIMEDOUT:
        *again = true;
        return rl_fail(ctx, RELIEF_ERROR_NETWORK, "%s sent nothing for %d seconds", host,
                       running->fetch->timeout_s);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        *again = true;
        return rl_fail(ctx, RELIEF_ERROR_NETWORK, "%s cut the connection: %s", host, reason);
    case CURLE_TOO_MANY_REDIRECTS:
        return rl_fail(ctx, RELIEF_ERROR_NETWORK, "%s sends on and on, to other addresses", host);
    case CURLE_PEER_FAILED_VERIFICATION:
        return rl_fail(ctx, RELIEF_ERROR_NETWORK,
                       "%s cannot prove that it is: %s (SSL_CERT_FILE names certificates)", host,
                       reason);
    default:
        return rl_fail(ctx, RELIEF_ERROR_NETWORK, "%s: the transfer failed: %s", host, reason);
    }
}

static relief_status judge(transfer *running, CURLcode code, const char *reason, bool *again,
                           bool *offset_refused) {
    char host[MAX_HOST];
    if (running->status) {
        return running->status;
    }
    if (running->strange) {
        rl_fetch_host(running->fetch->url, host, sizeof(host));
        return rl_fail(running->ctx, RELIEF_ERROR_NETWORK,
                       "%s answers with something else than the file", host);
    }
    if (code == CURLE_OK) {
        return RELIEF_OK;
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return rl_check_cancel(running->ctx);
    }
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        rl_fetch_host(running->fetch->url, host, sizeof(host));
        return fail_refused(running, host, again, offset_refused);
    }
    return fail_transfer(running, code, *reason ? reason : rl_curl.easy_strerror(code), again);
}

relief_status rl_fetch_run(relief_ctx *ctx, const rl_fetch *fetch, bool *again,
                           bool *offset_refused) {
    char reason[CURL_ERROR_SIZE] = "";
    transfer running = {.ctx = ctx, .fetch = fetch};
    *again = *offset_refused = false;
    relief_status status = rl_curl_load(ctx);
    if (status) {
        return status;
    }
    running.curl = rl_curl.easy_init();
    if (!running.curl) {
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "libcurl could not be started");
    }
    forget_headers(&running);
    set_options(&running, reason);
    struct curl_slist *headers = ask_for_rest(&running);
    CURLcode code = rl_curl.easy_perform(running.curl);
    if (code == CURLE_OK && !running.begun) {
        begin(&running); /* an empty file */
    }
    status = judge(&running, code, reason, again, offset_refused);
    rl_curl.slist_free_all(headers);
    rl_curl.easy_cleanup(running.curl);
    return status;
}
