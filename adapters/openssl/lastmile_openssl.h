/*
 * Holds the servers that a TLS client of OpenSSL 3 talks to, to a policy of lastmile. Copy this header and
 * lastmile_openssl.c into your program.
 *
 *     lastmile_openssl_use(ctx, verifier);             once for each SSL_CTX
 *     lastmile_openssl_connect(ssl, sessions, ...);    for each connection, before SSL_connect
 *
 * Every check of certificates by OpenSSL is off then, SSL_set1_host among them: the names are those of the
 * verifier. SSL_get_verify_result and the alert tell the reason. Do not set another verify mode, verify
 * callback, or cipher suites without certificates: nothing would be verified.
 *
 * A resumed session is not verified again. So an SSL_CTX that has a verifier resumes nothing, unless
 * lastmile_openssl_connect is given a cache: that keeps sessions by the digest of the policy, the name
 * and the address, and none beyond the end of what was verified. The digest is the session-id context
 * too: a session that comes from elsewhere, of another policy, makes the handshake fail. Early data is
 * never sent.
 */
#ifndef LASTMILE_OPENSSL_H
#define LASTMILE_OPENSSL_H

#include <lastmile.h>
#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes the verifier judge the servers of this SSL_CTX, which takes a reference. Called again with another
 * verifier, that one judges connections that are made from then on: a changed policy makes full handshakes.
 * Returns 1, or 0 if memory is short or a pointer is NULL; then nothing may be connected with it.
 *
 * Thread: one at a time for each SSL_CTX, and while no other begins a connection with it.
 */
int lastmile_openssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier);

/* Sessions to resume. */
typedef struct lastmile_openssl_sessions lastmile_openssl_sessions;

/*
 * A cache for so many sessions, from 8 on a multiple of 8; where a new one has no place, an old one gives
 * way. One may serve all SSL_CTX of a process. NULL if memory is short.
 *
 * Thread: any.
 */
lastmile_openssl_sessions *lastmile_openssl_sessions_new(size_t most);

/*
 * Frees a cache; of NULL, does nothing. No SSL that was given it may be left.
 *
 * Thread: one at a time for each cache.
 */
void lastmile_openssl_sessions_free(lastmile_openssl_sessions *sessions);

/*
 * Before SSL_connect: sends `name` as SNI unless it is NULL, and resumes a session that the cache has of
 * this policy, name and address (any text that tells servers apart, such as "10.0.0.1:443"). `sessions`
 * may be NULL: then nothing is resumed. Returns 1, or 0 if memory is short or the SSL_CTX has no verifier;
 * then do not connect.
 *
 * Thread: one at a time for each SSL; the cache may be that of others.
 */
int lastmile_openssl_connect(SSL *ssl, lastmile_openssl_sessions *sessions, const char *name,
                             const char *address);

/*
 * The verdict of a refusal, which lives as long as the SSL is not connected again; NULL if the verifier has
 * not refused this connection.
 *
 * Thread: one at a time for each SSL.
 */
const lastmile_verdict *lastmile_openssl_verdict(const SSL *ssl);

#ifdef __cplusplus
}
#endif

#endif
