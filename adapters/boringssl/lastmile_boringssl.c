#include "lastmile_boringssl.h"

#include <openssl/pool.h>
#include <openssl/stack.h>
#include <time.h>

#ifdef LASTMILE_BORINGSSL_NOW
int64_t LASTMILE_BORINGSSL_NOW(void);
#define NOW LASTMILE_BORINGSSL_NOW
#else
static int64_t system_now(void) { return (int64_t)time(NULL); }
#define NOW system_now
#endif

/* It is a matter of the SSL here, and off there. */
static void without_early_data(SSL_SESSION *session) { (void)session; }

#define SESSIONS lastmile_boringssl_sessions
#define DUPLICATE NULL
#define WITHOUT_EARLY_DATA without_early_data
#define HASH_IDENTITY hash_identity

static int hash_identity(EVP_MD_CTX *hash, SSL *ssl) {
    const STACK_OF(CRYPTO_BUFFER) *chain = SSL_get0_chain(ssl);
    const CRYPTO_BUFFER *leaf = chain == NULL || sk_CRYPTO_BUFFER_num(chain) == 0
                                    ? NULL
                                    : sk_CRYPTO_BUFFER_value(chain, 0);
    uint64_t length = leaf == NULL ? 0 : CRYPTO_BUFFER_len(leaf);
    return EVP_DigestUpdate(hash, &length, sizeof length) &&
           (leaf == NULL || EVP_DigestUpdate(hash, CRYPTO_BUFFER_data(leaf), (size_t)length));
}

#include "lastmile_connection.h"

/* Certificates beyond these are listed on the heap. */
#define USUAL_CERTIFICATES 8

/* Called for each handshake, resumed ones too. The certificates are read where BoringSSL has them. */
static enum ssl_verify_result_t verify(SSL *ssl, uint8_t *out_alert) {
    connection *own = judged(ssl);
    const STACK_OF(CRYPTO_BUFFER) *chain = SSL_get0_peer_certificates(ssl);
    size_t count = chain == NULL ? 0 : sk_CRYPTO_BUFFER_num(chain);
    lastmile_slice usual[USUAL_CERTIFICATES];
    lastmile_slice *slices = count <= USUAL_CERTIFICATES ? usual : calloc(count, sizeof *slices);
    lastmile_verdict_info info = {0};
    enum ssl_verify_result_t result = ssl_verify_invalid;
    *out_alert = SSL_AD_INTERNAL_ERROR;
    if (own != NULL && count > 0 && slices != NULL) {
        for (size_t at = 0; at < count; at++) {
            const CRYPTO_BUFFER *certificate = sk_CRYPTO_BUFFER_value(chain, at);
            slices[at] = (lastmile_slice){CRYPTO_BUFFER_data(certificate), CRYPTO_BUFFER_len(certificate)};
        }
        if (judge(own, slices, count, &info)) result = ssl_verify_ok;
        else if (own->verdict != NULL && info.alert != 0) *out_alert = info.alert;
    }
    if (slices != usual) free(slices);
    return result;
}

int lastmile_boringssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier) {
    if (ctx == NULL || verifier == NULL || !have_indexes()) return 0;
    SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, verify);
    /* What handshakes read, which may be under way, is set once. */
    if (SSL_CTX_get_ex_data(ctx, verifier_index) != NULL) return set_verifier(ctx, verifier);
    SSL_CTX_set_reverify_on_resume(ctx, 1);
    SSL_CTX_set_early_data_enabled(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return set_verifier(ctx, verifier);
}

int lastmile_boringssl_connect(SSL *ssl, lastmile_boringssl_sessions *sessions, const char *name,
                               const char *address) {
    connection *own;
    /* After a handshake BoringSSL would abort the program. */
    if (ssl == NULL || !SSL_in_init(ssl) || !have_indexes() || (own = begin(ssl)) == NULL) return 0;
    /* An SSL that is older than the policy, or comes from another SSL_CTX, has its own of both. */
    SSL_set_custom_verify(ssl, SSL_VERIFY_PEER, verify);
    SSL_set_early_data_enabled(ssl, 0);
    return prepare(ssl, own, sessions, name, address);
}

lastmile_boringssl_sessions *lastmile_boringssl_sessions_new(size_t most) { return new_sessions(most); }

void lastmile_boringssl_sessions_free(lastmile_boringssl_sessions *sessions) { free_sessions(sessions); }

const lastmile_verdict *lastmile_boringssl_verdict(const SSL *ssl) { return verdict_of(ssl); }
