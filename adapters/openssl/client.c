/*
 * A TLS client of OpenSSL 3 whose servers lastmile judges:
 *
 *     client HOST PORT NAME BUNDLE
 *
 * connects to HOST:PORT, sends NAME as SNI, and holds the server to NAME and the PEM certificates of BUNDLE.
 * Then it asks for / and writes what comes. It ends with 0 if the server is accepted, 1 if it is refused, 2 if
 * there is no verdict.
 */
#include "lastmile_openssl.h"

#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACCEPTED = 0, REFUSED = 1, NO_VERDICT = 2 };

static lastmile_slice slice_of(const char *text) {
    return (lastmile_slice){(const uint8_t *)text, strlen(text)};
}

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

/* The policy: these certificates, and this name. NULL, and why on standard error. */
static const lastmile_verifier *make_verifier(const char *path, const char *name) {
    const lastmile_trust_anchors *anchors = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    char words[1024] = "";
    lastmile_text text = {words, sizeof words, 0};
    lastmile_slice bundle = read_file(path);
    lastmile_status status = lastmile_trust_anchors_from_pem(bundle, &anchors, &text);
    if (lastmile_status_is_ok(status)) status = lastmile_verifier_builder_new(anchors, &builder);
    if (lastmile_status_is_ok(status))
        status = lastmile_verifier_builder_expect_dns(builder, slice_of(name), &text);
    if (lastmile_status_is_ok(status)) status = lastmile_verifier_builder_build(builder, &verifier);
    if (!lastmile_status_is_ok(status))
        fprintf(stderr, "%s, %s: %s: %s\n", path, name, lastmile_status_name(status), words);
    lastmile_verifier_builder_free(builder);
    lastmile_trust_anchors_unref(anchors);
    free((void *)bundle.data);
    return verifier;
}

/* Why it was refused, on standard error. */
static void explain(const lastmile_verdict *verdict) {
    char words[4096];
    lastmile_text text = {words, sizeof words, 0};
    if (lastmile_status_is_ok(lastmile_verdict_explanation(verdict, &text))) fprintf(stderr, "%s\n", words);
}

static int talk(SSL_CTX *ctx, const char *host, const char *port, const char *name) {
    char address[512], octets[4096];
    BIO *wire = BIO_new_ssl_connect(ctx);
    SSL *ssl = NULL;
    int result = NO_VERDICT, got;
    /* An IPv6 address has colons of its own. */
    snprintf(address, sizeof address, strchr(host, ':') == NULL ? "%s:%s" : "[%s]:%s", host, port);
    if (wire == NULL || BIO_get_ssl(wire, &ssl) != 1 || BIO_set_conn_hostname(wire, address) != 1) {
        ERR_print_errors_fp(stderr);
        /* One connection: there is nothing to resume. A proxy gives a cache of its process here. */
    } else if (lastmile_openssl_connect(ssl, NULL, name, address) && BIO_do_handshake(wire) == 1) {
        result = ACCEPTED;
        fprintf(stderr, "accepted: %s\n", name);
        BIO_printf(wire, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", name);
        while ((got = BIO_read(wire, octets, sizeof octets)) > 0) fwrite(octets, 1, (size_t)got, stdout);
    } else if (lastmile_openssl_verdict(ssl) != NULL) {
        result = REFUSED;
        explain(lastmile_openssl_verdict(ssl));
    } else {
        ERR_print_errors_fp(stderr);
    }
    BIO_free_all(wire);
    return result;
}

int main(int count, char **arguments) {
    const lastmile_verifier *verifier;
    SSL_CTX *ctx;
    int result = NO_VERDICT;
    if (count != 5) {
        fprintf(stderr, "usage: %s HOST PORT NAME BUNDLE\n", arguments[0]);
        return NO_VERDICT;
    }
    /* A server that is gone is an error to read, not the end. */
    signal(SIGPIPE, SIG_IGN);
    verifier = make_verifier(arguments[4], arguments[3]);
    ctx = SSL_CTX_new(TLS_client_method());
    if (verifier != NULL && ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) &&
        lastmile_openssl_use(ctx, verifier))
        result = talk(ctx, arguments[1], arguments[2], arguments[3]);
    SSL_CTX_free(ctx);
    lastmile_verifier_unref(verifier);
    return result;
}
