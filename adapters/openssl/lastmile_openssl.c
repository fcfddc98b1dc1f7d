#include "lastmile_openssl.h"

#include <openssl/x509_vfy.h>
#include <time.h>

#ifdef LASTMILE_OPENSSL_NOW
int64_t LASTMILE_OPENSSL_NOW(void);
#define NOW LASTMILE_OPENSSL_NOW
#else
static int64_t system_now(void) { return (int64_t)time(NULL); }
#define NOW system_now
#endif

/* SSL_dup would leave both with one connection. */
static int duplicate(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **pointer, int index, long argl,
                     void *argp) {
    (void)to, (void)from, (void)index, (void)argl, (void)argp;
    *pointer = NULL;
    return 1;
}

static void without_early_data(SSL_SESSION *session) { SSL_SESSION_set_max_early_data(session, 0); }

static int hash_identity(EVP_MD_CTX *hash, SSL *ssl) {
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned int length = 0;
    X509 *certificate = SSL_get_certificate(ssl);
    if (certificate != NULL && !X509_digest(certificate, EVP_sha256(), digest, &length)) return 0;
    /* Without one, zeros. */
    return EVP_DigestUpdate(hash, digest, 32);
}

#define SESSIONS lastmile_openssl_sessions
#define DUPLICATE duplicate
#define WITHOUT_EARLY_DATA without_early_data
#define HASH_IDENTITY hash_identity
#include "lastmile_connection.h"

/* The chain as OpenSSL has read it, the leaf first, in one buffer. 1, or 0 if there is none or memory is short. */
static int read_chain(X509_STORE_CTX *store, unsigned char **octets, lastmile_slice **slices,
                      size_t *count) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    int number = chain == NULL ? 0 : sk_X509_num(chain);
    unsigned char *next;
    size_t total = 0;
    if (number <= 0 || sk_X509_value(chain, 0) != X509_STORE_CTX_get0_cert(store)) return 0;
    for (int at = 0; at < number; at++) {
        int length = i2d_X509(sk_X509_value(chain, at), NULL);
        if (length <= 0) return 0;
        total += (size_t)length;
    }
    *octets = next = malloc(total);
    *slices = calloc((size_t)number, sizeof **slices);
    if (*octets == NULL || *slices == NULL) return 0;
    for (int at = 0; at < number; at++) {
        const unsigned char *start = next;
        int length = i2d_X509(sk_X509_value(chain, at), &next);
        if (length <= 0) return 0;
        (*slices)[at] = (lastmile_slice){start, (size_t)length};
    }
    *count = (size_t)number;
    return 1;
}

/* Whether the session that this handshake makes is one of the policy that judges it. */
static int is_of_policy(const SSL *ssl, const connection *own) {
    const SSL_SESSION *session = SSL_get_session(ssl);
    unsigned int length = 0;
    const unsigned char *context = session == NULL ? NULL : SSL_SESSION_get0_id_context(session, &length);
    return context != NULL && length == sizeof own->digest &&
           memcmp(context, own->digest, sizeof own->digest) == 0;
}

/* Judges the chain for a connection, and NULL is none. An error is always set before it is refused: without one
 * SSL_get_verify_result would say X509_V_OK. */
static int judge_store(X509_STORE_CTX *store, connection *own) {
    unsigned char *octets = NULL;
    lastmile_slice *slices = NULL;
    lastmile_verdict_info info = {0};
    size_t count = 0;
    int error = X509_V_ERR_UNSPECIFIED;
    if (own != NULL && read_chain(store, &octets, &slices, &count)) {
        if (judge(own, slices, count, &info)) error = X509_V_OK;
        else if (own->verdict != NULL && info.x509_v_err != X509_V_OK) error = info.x509_v_err;
    }
    free(slices);
    free(octets);
    X509_STORE_CTX_set_error(store, error);
    return error == X509_V_OK;
}

static SSL *ssl_of(X509_STORE_CTX *store) {
    return X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

/* Called for each full handshake. */
static int verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = ssl_of(store);
    connection *own = ssl == NULL ? NULL : judged(ssl);
    (void)unused;
    return judge_store(store, own != NULL && is_of_policy(ssl, own) ? own : NULL);
}

int lastmile_openssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier) {
    unsigned char digest[DIGEST_LENGTH];
    if (ctx == NULL || !have_indexes() ||
        !lastmile_status_is_ok(lastmile_verifier_digest(verifier, digest)) ||
        !SSL_CTX_set_session_id_context(ctx, digest, sizeof digest))
        return 0;
    /* Without it the verdict would be ignored. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    /* What handshakes read, which may be under way, is set once. */
    if (SSL_CTX_get_ex_data(ctx, verifier_index) != NULL) return set_verifier(ctx, verifier);
    SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return set_verifier(ctx, verifier);
}

int lastmile_openssl_connect(SSL *ssl, lastmile_openssl_sessions *sessions, const char *name,
                             const char *address) {
    connection *own;
    if (ssl == NULL || !SSL_in_before(ssl) || !have_indexes() || (own = begin(ssl)) == NULL) return 0;
    /* An SSL that is older than the policy, or comes from another SSL_CTX, has its own of both. */
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    return SSL_set_session_id_context(ssl, own->digest, sizeof own->digest) &&
           prepare(ssl, own, sessions, name, address);
}

lastmile_openssl_sessions *lastmile_openssl_sessions_new(size_t most) { return new_sessions(most); }

void lastmile_openssl_sessions_free(lastmile_openssl_sessions *sessions) { free_sessions(sessions); }

const lastmile_verdict *lastmile_openssl_verdict(const SSL *ssl) { return verdict_of(ssl); }

int lastmile_openssl_judge(X509_STORE_CTX *store, const lastmile_verifier *verifier) {
    SSL *ssl = store == NULL ? NULL : ssl_of(store);
    if (store == NULL) return 0;
    /* Nothing of an earlier handshake is left, whoever judged that. */
    return judge_store(store, ssl == NULL || !have_indexes() ? NULL
                                                             : begin_with(ssl, lastmile_verifier_ref(verifier)));
}

int lastmile_openssl_is_accepted(const SSL *ssl, const lastmile_verifier *verifier) {
    const connection *own = ssl == NULL || !have_indexes() ? NULL : SSL_get_ex_data(ssl, connection_index);
    unsigned char digest[DIGEST_LENGTH];
    /* Every full handshake with a certificate is judged anew: what was accepted before it is gone. */
    return own != NULL && own->valid_until != 0 && own->verdict == NULL && SSL_is_init_finished(ssl) &&
           !SSL_session_reused(ssl) && SSL_get0_peer_certificate(ssl) != NULL &&
           lastmile_status_is_ok(lastmile_verifier_digest(verifier, digest)) &&
           memcmp(own->digest, digest, sizeof digest) == 0;
}
