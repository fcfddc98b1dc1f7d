/*
 * A client of libcurl, built with OpenSSL 3, whose servers lastmile judges:
 *
 *     curl_client BUNDLE URL...
 *
 * fetches each URL, and holds its server to the host of the URL and the PEM certificates of BUNDLE. It ends with
 * 0 if all are accepted, 1 if one is refused, 2 if one has no verdict.
 */
#include "lastmile_openssl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCEPTED = 0, REFUSED = 1, NO_VERDICT = 2 };

/* The whole of a file, or an empty slice without data, and why on standard error. */
static lastmile_slice read_file(const char *path) {
    uint8_t *octets = NULL;
    size_t length = 0, room = 0, got = 1;
    FILE *file = fopen(path, "rb");
    while (file != NULL && got > 0) {
        if (length == room) {
            uint8_t *more = realloc(octets, room = room * 2 + 4096);
            if (more == NULL) break;
            octets = more;
        }
        got = fread(octets + length, 1, room - length, file);
        length += got;
    }
    if (file == NULL || ferror(file) || !feof(file)) {
        perror(path);
        free(octets);
        octets = NULL;
        length = 0;
    }
    if (file != NULL) fclose(file);
    return (lastmile_slice){octets, length};
}

/* What one URL is held to, and whether curl has asked for it. */
typedef struct {
    const lastmile_verifier *verifier;
    int is_used;
} policy;

/* The policy for a URL: these certificates, and its host. NULL, and why on standard error. */
static const lastmile_verifier *make_verifier(const lastmile_trust_anchors *anchors, const char *url) {
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    char *host = NULL, words[1024] = "not a URL with a host";
    lastmile_text text = {words, sizeof words, 0};
    uint8_t octets[4];
    CURLU *parts = curl_url();
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        lastmile_slice name = {(const uint8_t *)host, strlen(host)}, address = {octets, sizeof octets};
        lastmile_status status = lastmile_verifier_builder_new(anchors, &builder);
        if (lastmile_status_is_ok(status))
            status = inet_pton(AF_INET, host, octets) == 1
                         ? lastmile_verifier_builder_expect_ip(builder, address)
                         : lastmile_verifier_builder_expect_dns(builder, name, &text);
        if (lastmile_status_is_ok(status)) status = lastmile_verifier_builder_build(builder, &verifier);
    }
    if (verifier == NULL) fprintf(stderr, "%s: %s\n", url, words);
    lastmile_verifier_builder_free(builder);
    curl_free(host);
    curl_url_cleanup(parts);
    return verifier;
}

/* curl calls this when it has set up an SSL_CTX, before each connection. */
static CURLcode use_policy(CURL *curl, void *ctx, void *data) {
    policy *held = data;
    (void)curl;
    held->is_used = lastmile_openssl_use(ctx, held->verifier);
    return held->is_used ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

static int fetch(CURL *curl, policy held, const char *url) {
    char why[CURL_ERROR_SIZE] = "";
    CURLcode code;
    /* With a TLS library that is not OpenSSL, the first of these fails: nothing may be fetched then. */
    if (curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, use_policy) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &held) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") != CURLE_OK ||
        /* The verifier looks at names; curl would look again, in other ways, and for roots of its own. */
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) != CURLE_OK ||
        /* curl keeps sessions by the host's name alone, and a resumed one is not verified. So it does its
         * connections: one that another policy accepted must not be used. */
        curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK) {
        fprintf(stderr, "%s: this libcurl cannot be held to a policy\n", url);
        return NO_VERDICT;
    }
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (code == CURLE_OK && held.is_used) return ACCEPTED;
    fprintf(stderr, "%s: %s\n", url, why[0] != 0 ? why : curl_easy_strerror(code));
    return code == CURLE_PEER_FAILED_VERIFICATION && held.is_used ? REFUSED : NO_VERDICT;
}

int main(int count, char **arguments) {
    const lastmile_trust_anchors *anchors = NULL;
    char words[1024] = "";
    lastmile_text text = {words, sizeof words, 0};
    lastmile_slice bundle;
    lastmile_status status;
    CURL *curl;
    int worst = ACCEPTED;
    if (count < 3) {
        fprintf(stderr, "usage: %s BUNDLE URL...\n", arguments[0]);
        return NO_VERDICT;
    }
    bundle = read_file(arguments[1]);
    status = lastmile_trust_anchors_from_pem(bundle, &anchors, &text);
    free((void *)bundle.data);
    if (!lastmile_status_is_ok(status)) {
        fprintf(stderr, "%s: %s: %s\n", arguments[1], lastmile_status_name(status), words);
        return NO_VERDICT;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    for (int at = 2; at < count && curl != NULL; at++) {
        policy held = {make_verifier(anchors, arguments[at]), 0};
        int found = held.verifier == NULL ? NO_VERDICT : fetch(curl, held, arguments[at]);
        if (found > worst) worst = found;
        lastmile_verifier_unref(held.verifier);
    }
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    lastmile_trust_anchors_unref(anchors);
    return curl == NULL ? NO_VERDICT : worst;
}
