/*
 * A TLS client of BoringSSL whose servers lastmile judges:
 *
 *     client HOST PORT NAME BUNDLE
 *
 * connects to HOST:PORT, sends NAME as SNI, and holds the server to NAME and the PEM certificates of BUNDLE.
 * Then it asks for / and writes what comes. It ends with 0 if the server is accepted, 1 if it is refused, 2 if
 * there is no verdict.
 */
#include "lastmile_boringssl.h"

#include <netdb.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* A connected socket, or -1, and why on standard error. */
static int dial(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found), wire = -1;
    if (error != 0) fprintf(stderr, "%s:%s: %s\n", host, port, gai_strerror(error));
    for (struct addrinfo *at = found; at != NULL && wire < 0; at = at->ai_next) {
        wire = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (wire >= 0 && connect(wire, at->ai_addr, at->ai_addrlen) != 0) {
            perror(host);
            close(wire);
            wire = -1;
        }
    }
    if (found != NULL) freeaddrinfo(found);
    return wire;
}

static int talk(SSL_CTX *ctx, int wire, const char *name) {
    SSL *ssl = SSL_new(ctx);
    char octets[4096];
    int result = NO_VERDICT, got;
    /* One connection: there is nothing to resume. A proxy gives a cache of its process here. */
    if (ssl != NULL && lastmile_boringssl_connect(ssl, NULL, name, NULL) && SSL_set_fd(ssl, wire) &&
        SSL_connect(ssl) == 1) {
        result = ACCEPTED;
        fprintf(stderr, "accepted: %s\n", name);
        got = snprintf(octets, sizeof octets, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", name);
        if (got > 0 && (size_t)got < sizeof octets && SSL_write(ssl, octets, got) == got)
            while ((got = SSL_read(ssl, octets, sizeof octets)) > 0) fwrite(octets, 1, (size_t)got, stdout);
    } else if (lastmile_boringssl_verdict(ssl) != NULL) {
        result = REFUSED;
        explain(lastmile_boringssl_verdict(ssl));
    } else {
        ERR_print_errors_fp(stderr);
    }
    SSL_free(ssl);
    return result;
}

int main(int count, char **arguments) {
    const lastmile_verifier *verifier;
    SSL_CTX *ctx;
    int wire, result = NO_VERDICT;
    if (count != 5) {
        fprintf(stderr, "usage: %s HOST PORT NAME BUNDLE\n", arguments[0]);
        return NO_VERDICT;
    }
    /* A server that is gone is an error to read, not the end. */
    signal(SIGPIPE, SIG_IGN);
    verifier = make_verifier(arguments[4], arguments[3]);
    ctx = SSL_CTX_new(TLS_with_buffers_method());
    if (verifier != NULL && ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) &&
        lastmile_boringssl_use(ctx, verifier))
        if ((wire = dial(arguments[1], arguments[2])) >= 0) {
            result = talk(ctx, wire, arguments[3]);
            close(wire);
        }
    SSL_CTX_free(ctx);
    lastmile_verifier_unref(verifier);
    return result;
}
