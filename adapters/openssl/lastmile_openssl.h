/*
 * Holds the servers that a TLS client of OpenSSL 3 talks to, to a policy of lastmile. Copy this header,
 * lastmile_openssl.c and lastmile_connection.h into your program.
 *
 *     lastmile_openssl_use(ctx, verifier);             once for each SSL_CTX, which is for clients only
 *     lastmile_openssl_connect(ssl, sessions, ...);    before each handshake
 *
 * Every check of certificates by OpenSSL is off then, SSL_set1_host among them: the names are those of the
 * verifier. SSL_get_verify_result and the alert tell the reason. What nobody verifies is up to the program: no
 * other verify mode or callback afterwards, no PSK callback, no cipher suites without certificates (aNULL).
 *
 * A resumed session is not verified again. So nothing is resumed, unless lastmile_openssl_connect is given a
 * cache: that keeps sessions by the digest of the policy, the client's certificate, the name and the address,
 * and offers none before or after what was verified. A session that the program brings itself
 * (SSL_set_session, SSL_copy_session_id after lastmile_openssl_connect) is beyond that; one of another policy
 * makes the handshake fail by its session-id context, without a verdict. Early data is never sent.
 *
 * OpenSSL resumes no session of a connection that is freed without SSL_shutdown, and in TLS 1.2 only every other
 * time where the server renews its tickets. lastmile_openssl_use takes the SSL_CTX's new-session callback, cache
 * mode and session-id context.
 *
 * OpenSSL hands out certificates written anew around what is signed, so that oddities of the outer encoding,
 * which it tolerates, are not seen.
 *
 * A host that makes its SSL_CTX and connections itself, as nginx and Apache do, calls lastmile_openssl_judge
 * from a callback of its own instead, and lastmile_openssl_is_accepted before it sends anything.
 *
 * A host with a clock of its own compiles lastmile_openssl.c with -DLASTMILE_OPENSSL_NOW=its_clock, a function
 * without arguments that returns int64_t, seconds since 1970.
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
 * verifier, that one judges from then on: a changed policy makes full handshakes. A connection that is being made
 * then fails, unless it resumes a session: that ends under the policy which it was begun with. Returns 1, or 0
 * if memory is short or a pointer is NULL; then nothing may be connected with it.
 *
 * Thread: one at a time for each SSL_CTX, and not while another is in SSL_new or lastmile_openssl_connect with
 * it; handshakes may be under way.
 */
int lastmile_openssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier);

/* Sessions to resume. */
typedef struct lastmile_openssl_sessions lastmile_openssl_sessions;

/*
 * A cache for so many sessions, from 8 on a multiple of 8; where a new one has no place, an old one gives
 * way. One may serve all SSL_CTX of a process whose ciphers, ALPN and ways to a client certificate by a
 * callback are the same; `address` tells others apart. NULL if memory is short.
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
 * Before each handshake, of a new SSL or after SSL_clear: sends `name` as SNI unless it is NULL, and offers the
 * session that the cache has of this policy, client certificate, name and address (any text that tells servers
 * apart, such as "10.0.0.1:443"). `sessions` may be NULL: then nothing is resumed. Returns 1, or 0 if memory is
 * short, the SSL_CTX has no verifier or a handshake has begun; then do not connect.
 *
 * Thread: one at a time for each SSL; the cache may be that of others.
 */
int lastmile_openssl_connect(SSL *ssl, lastmile_openssl_sessions *sessions, const char *name,
                             const char *address);

/*
 * The verdict of a refusal, which lives until lastmile_openssl_connect or SSL_free; NULL if the verifier has
 * not refused this connection.
 *
 * Thread: one at a time for each SSL.
 */
const lastmile_verdict *lastmile_openssl_verdict(const SSL *ssl);

/*
 * For hosts with an SSL_CTX of their own: judges the chain under this verifier, from the callback of
 * SSL_CTX_set_cert_verify_callback, and returns what that returns. The error of the X509_STORE_CTX is always set:
 * never to X509_V_OK where it refuses, and to X509_V_ERR_UNSPECIFIED where the library did not do its job. The
 * verdict of a refusal is kept for lastmile_openssl_verdict; the SSL takes a reference to the verifier. Returns 1,
 * or 0: refused, or a pointer is NULL.
 *
 * It is up to the host that the verify mode is SSL_VERIFY_PEER, as the answer is ignored without, and that no
 * session is resumed, as nobody is asked then: no SSL_set_session, and nothing that keeps sessions. Not for
 * an SSL_CTX that was given to lastmile_openssl_use.
 *
 * Thread: one at a time for each SSL.
 */
int lastmile_openssl_judge(X509_STORE_CTX *store, const lastmile_verifier *verifier);

/*
 * Whether the chain of this very connection was accepted by a verifier of this policy, which is one of the same
 * digest. 0 before the handshake has ended and while another message of a handshake is read, for a resumed
 * session, for another policy, for a connection without certificates, and if a pointer is NULL. For hosts to ask
 * before they send anything over a connection: nothing has gone past the verifier then.
 *
 * Thread: one at a time for each SSL.
 */
int lastmile_openssl_is_accepted(const SSL *ssl, const lastmile_verifier *verifier);

#ifdef __cplusplus
}
#endif

#endif
