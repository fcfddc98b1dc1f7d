/* A client and a server in one process, over a pair of buffers, of either TLS library, and its adapter. */
#ifndef PAIR_H
#define PAIR_H

#include "check.h"

#ifdef WITH_BORINGSSL
#include "lastmile_boringssl.h"

#include <openssl/pool.h>
#define adapter_use lastmile_boringssl_use
#define adapter_connect lastmile_boringssl_connect
#define adapter_verdict lastmile_boringssl_verdict
#define adapter_sessions lastmile_boringssl_sessions
#define adapter_sessions_new lastmile_boringssl_sessions_new
#define adapter_sessions_free lastmile_boringssl_sessions_free
#else
#include "lastmile_openssl.h"
#define adapter_use lastmile_openssl_use
#define adapter_connect lastmile_openssl_connect
#define adapter_verdict lastmile_openssl_verdict
#define adapter_sessions lastmile_openssl_sessions
#define adapter_sessions_new lastmile_openssl_sessions_new
#define adapter_sessions_free lastmile_openssl_sessions_free
#endif

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

static int64_t pair_now;
static _Thread_local int pair_alert;     /* that the server was sent, or -1 */
static _Thread_local char pair_name[64]; /* that the server was asked for, or "" */

int64_t pair_clock(void);
int64_t pair_clock(void) { return pair_now; }

/* Written by all threads at once, if it is to be seen that somebody notices. */
#ifdef AWAKE
static int pair_unlocked;
#endif

static void pair_info(const SSL *ssl, int where, int value) {
    (void)ssl;
#ifdef AWAKE
    pair_unlocked++;
#endif
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL) pair_alert = value & 0xff;
}

static int pair_asked(SSL *ssl, int *alert, void *unused) {
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert, (void)unused;
    snprintf(pair_name, sizeof pair_name, "%s", name == NULL ? "" : name);
    return SSL_TLSEXT_ERR_OK;
}

/* NULL if the library has no use for it. */
static EVP_PKEY *pair_key(const char *pem) {
    BIO *file = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    BIO_free(file);
    return key;
}

#ifdef WITH_BORINGSSL

/* A server that presents these octets as they are, or NULL if it has no use for the leaf or its key. */
static SSL_CTX *pair_server(const lastmile_slice *chain, size_t count, const char *key_pem) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_with_buffers_method());
    EVP_PKEY *key = pair_key(key_pem);
    CRYPTO_BUFFER **buffers = calloc(count, sizeof *buffers);
    int good = key != NULL;
    CHECK(ctx != NULL && buffers != NULL);
    SSL_CTX_set_info_callback(ctx, pair_info);
    SSL_CTX_set_tlsext_servername_callback(ctx, pair_asked);
    SSL_CTX_set_early_data_enabled(ctx, 1);
    CHECK(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"server", 6));
    for (size_t at = 0; at < count; at++) buffers[at] = CRYPTO_BUFFER_new(chain[at].data, chain[at].len, NULL);
    good = good && SSL_CTX_set_chain_and_key(ctx, buffers, count, key, NULL);
    for (size_t at = 0; at < count; at++) CRYPTO_BUFFER_free(buffers[at]);
    free(buffers);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (good) return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* Gives a client this certificate, and its key. */
static inline void pair_identity(SSL_CTX *ctx, const lastmile_slice *chain, size_t count, const char *key_pem) {
    EVP_PKEY *key = pair_key(key_pem);
    CRYPTO_BUFFER *leaf = CRYPTO_BUFFER_new(chain[0].data, chain[0].len, NULL);
    (void)count;
    CHECK(SSL_CTX_set_chain_and_key(ctx, &leaf, 1, key, NULL));
    CRYPTO_BUFFER_free(leaf);
    EVP_PKEY_free(key);
}

#else

/* A server that presents these certificates, or NULL if OpenSSL cannot read them or has no use for the key. */
static SSL_CTX *pair_server(const lastmile_slice *chain, size_t count, const char *key_pem) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = pair_key(key_pem);
    int good = key != NULL;
    CHECK(ctx != NULL);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_info_callback(ctx, pair_info);
    SSL_CTX_set_tlsext_servername_callback(ctx, pair_asked);
    SSL_CTX_set_max_early_data(ctx, 1024);
    CHECK(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"server", 6));
    for (size_t at = 0; good && at < count; at++) {
        const unsigned char *next = chain[at].data;
        X509 *certificate = d2i_X509(NULL, &next, (long)chain[at].len);
        unsigned char *again = NULL;
        int length = certificate == NULL ? -1 : i2d_X509(certificate, &again);
        /* It writes certificates anew: those that come out otherwise are not the ones to ask about. */
        good = length >= 0 && (size_t)length == chain[at].len && memcmp(again, chain[at].data, chain[at].len) == 0;
        OPENSSL_free(again);
        if (good && at == 0) good = SSL_CTX_use_certificate(ctx, certificate) == 1;
        if (good && at > 0) good = SSL_CTX_add1_chain_cert(ctx, certificate) == 1;
        X509_free(certificate);
    }
    good = good && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (good) return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* Gives a client this certificate, and its key. */
static inline void pair_identity(SSL_CTX *ctx, const lastmile_slice *chain, size_t count, const char *key_pem) {
    EVP_PKEY *key = pair_key(key_pem);
    (void)count;
    CHECK(SSL_CTX_use_certificate_ASN1(ctx, (int)chain[0].len, chain[0].data) == 1);
    CHECK(SSL_CTX_use_PrivateKey(ctx, key) == 1);
    EVP_PKEY_free(key);
}

#endif

static int pair_waits(const SSL *ssl, int done) {
    int error = SSL_get_error(ssl, done);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* Connects the client to a server of this SSL_CTX, and reads an octet, with which sessions come. Returns
 * whether it connected; frees nothing of the client's. */
static int pair_connect(SSL *client, SSL_CTX *server_ctx, int version) {
    SSL *server = SSL_new(server_ctx);
    BIO *near_end = NULL, *far_end = NULL;
    int client_done = 0, server_done = 0, failed = 0;
    char octet = 0;
    CHECK(server != NULL && BIO_new_bio_pair(&near_end, 0, &far_end, 0));
    SSL_set_bio(client, near_end, near_end);
    SSL_set_bio(server, far_end, far_end);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    CHECK(SSL_set_min_proto_version(client, (uint16_t)version) && SSL_set_max_proto_version(client, (uint16_t)version));
    pair_alert = -1;
    pair_name[0] = 0;
    for (int round = 0; round < 1000 && !(client_done && server_done) && failed < 2; round++) {
        int done = SSL_do_handshake(client);
        if (done == 1) client_done = 1;
        else if (!pair_waits(client, done)) failed++;
        done = SSL_do_handshake(server);
        if (done == 1) server_done = 1;
        else if (!pair_waits(server, done)) failed++;
        ERR_clear_error();
    }
    if (client_done && server_done)
        CHECK(SSL_write(server, "x", 1) == 1 && SSL_read(client, &octet, 1) == 1 && octet == 'x');
    /* The alert of a client that has finished in TLS 1.3. */
    else if (server_done) (void)SSL_read(server, &octet, 1);
    /* Else those of OpenSSL could not be resumed, whatever the adapter does. */
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(server);
    ERR_clear_error();
    return client_done && server_done;
}

#endif
