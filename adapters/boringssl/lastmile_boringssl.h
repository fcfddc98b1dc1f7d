/*
 * Holds the servers that a TLS client of BoringSSL talks to, to a policy of lastmile. Copy this header and
 * lastmile_boringssl.c into your program.
 *
 *     lastmile_boringssl_use(ctx, verifier);           once for each SSL_CTX
 *
 * Every check of certificates by BoringSSL is off then: the names are those of the verifier. The alert tells the
 * reason, and the verdict has it; SSL_get_verify_result is X509_V_ERR_APPLICATION_VERIFICATION for all of them, and
 * after a resumption that was refused still that of the session. Do not set another verify mode or callback, raw
 * public keys or PSKs: nothing would be verified.
 *
 * BoringSSL keeps the whole chain in a session, and is told to verify it again whenever it resumes: by the
 * policy and the clock of that moment. So sessions may be kept in any way. Early data is never sent, unless it
 * is turned on afterwards.
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
 * verifier, that one judges from then on, resumed sessions too. Returns 1, or 0 if memory is short or a pointer
 * is NULL; then nothing may be connected with it.
 *
 * Thread: one at a time for each SSL_CTX, and while no other connects with it.
 */
int lastmile_boringssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier);

/*
 * The verdict of a refusal, which lives as long as the SSL is not connected again; NULL if the verifier has
 * not refused this connection.
 *
 * Thread: one at a time for each SSL.
 */
const lastmile_verdict *lastmile_boringssl_verdict(const SSL *ssl);

#ifdef __cplusplus
}
#endif

#endif
