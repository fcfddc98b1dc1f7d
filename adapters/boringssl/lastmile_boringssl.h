/*
 * Holds the servers that a TLS client of BoringSSL talks to, to a policy of lastmile. Copy this header,
 * lastmile_boringssl.c and lastmile_connection.h into your program.
 *
 *     lastmile_boringssl_use(ctx, verifier);             once for each SSL_CTX, which is for clients only
 *     lastmile_boringssl_connect(ssl, sessions, ...);    before each handshake
 *
 * Every check of certificates by BoringSSL is off then: the names are those of the verifier. The alert tells the
 * reason, and the verdict has it; SSL_get_verify_result is X509_V_ERR_APPLICATION_VERIFICATION for all of them, and
 * after a resumption that was refused still that of the session. What nobody verifies is up to the program: no
 * other verify mode or callback afterwards, no PSK, no raw public keys.
 *
 * BoringSSL keeps the whole chain in a session, and is told to verify it again whenever it resumes: by the
 * policy and the clock of that moment. A session whose chain is refused then makes the handshake fail, also where
 * the server has another chain by now. So lastmile_boringssl_connect offers sessions of a cache that keeps
 * them by the digest of the policy, the client's certificate, the name and the address, and none before or after
 * what was verified; without a cache, none. Early data is never sent.
 *
 * lastmile_boringssl_use takes the SSL_CTX's new-session callback and cache mode.
 *
 * A host with a clock of its own compiles lastmile_boringssl.c with -DLASTMILE_BORINGSSL_NOW=its_clock, a function
 * without arguments that returns int64_t, seconds since 1970.
 */
#ifndef LASTMILE_BORINGSSL_H
#define LASTMILE_BORINGSSL_H

#include <lastmile.h>
#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes the verifier judge the servers of this SSL_CTX, which takes a reference. Called again with another
 * verifier, that one judges from then on, resumed sessions and handshakes that are under way too. Returns 1, or 0
 * if memory is short or a pointer is NULL; then nothing may be connected with it.
 *
 * Thread: one at a time for each SSL_CTX, and not while another is in SSL_new or lastmile_boringssl_connect with
 * it; handshakes may be under way.
 */
int lastmile_boringssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier);

/* Sessions to resume. */
typedef struct lastmile_boringssl_sessions lastmile_boringssl_sessions;

/*
 * A cache for so many sessions, from 8 on a multiple of 8; where a new one has no place, an old one gives
 * way. One may serve all SSL_CTX of a process whose ciphers, ALPN and ways to a client certificate by a
 * callback or an SSL_CREDENTIAL are the same; `address` tells others apart. NULL if memory is short.
 *
 * Thread: any.
 */
lastmile_boringssl_sessions *lastmile_boringssl_sessions_new(size_t most);

/*
 * Frees a cache; of NULL, does nothing. No SSL that was given it may be left.
 *
 * Thread: one at a time for each cache.
 */
void lastmile_boringssl_sessions_free(lastmile_boringssl_sessions *sessions);

/*
 * Before each handshake, of a new SSL or after SSL_clear: sends `name` as SNI unless it is NULL, and offers the
 * session that the cache has of this policy, client certificate, name and address (any text that tells servers
 * apart, such as "10.0.0.1:443"). `sessions` may be NULL: then nothing is resumed. Returns 1, or 0 if memory is
 * short, the SSL_CTX has no verifier or the handshake is over; then do not connect. While one is under way it must
 * not be called.
 *
 * Thread: one at a time for each SSL; the cache may be that of others.
 */
int lastmile_boringssl_connect(SSL *ssl, lastmile_boringssl_sessions *sessions, const char *name,
                               const char *address);

/*
 * The verdict of a refusal, which lives until lastmile_boringssl_connect or SSL_free; NULL if the verifier has
 * not refused this connection.
 *
 * Thread: one at a time for each SSL.
 */
const lastmile_verdict *lastmile_boringssl_verdict(const SSL *ssl);

#ifdef __cplusplus
}
#endif

#endif
