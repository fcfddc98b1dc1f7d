#include "lastmile_openssl.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DIGEST_LENGTH 32

/* What one connection knows. */
typedef struct {
    lastmile_verdict *verdict; /* of a refusal, or NULL */
    int64_t valid_until;
    lastmile_openssl_sessions *sessions;
    unsigned char key[DIGEST_LENGTH];
} connection;

typedef struct {
    unsigned char key[DIGEST_LENGTH];
    SSL_SESSION *session; /* NULL: a free place */
    int64_t valid_until;
    uint64_t turn;
} entry;

struct lastmile_openssl_sessions {
    CRYPTO_RWLOCK *lock;
    size_t most;
    uint64_t turn;
    entry *entries;
};

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int verifier_index = -1; /* of an SSL_CTX */
static int connection_index = -1; /* of an SSL */

static void free_verifier(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                          void *argp) {
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    lastmile_verifier_unref(pointer);
}

static void free_connection(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                            void *argp) {
    connection *own = pointer;
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    if (own != NULL) lastmile_verdict_free(own->verdict);
    free(own);
}

static void make_indexes(void) {
    verifier_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_verifier);
    connection_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_connection);
}

static int have_indexes(void) {
    return CRYPTO_THREAD_run_once(&once, make_indexes) && verifier_index >= 0 && connection_index >= 0;
}

static const lastmile_verifier *verifier_of(const SSL *ssl) {
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), verifier_index);
}

static connection *connection_of(SSL *ssl) {
    connection *own = SSL_get_ex_data(ssl, connection_index);
    if (own == NULL && (own = calloc(1, sizeof *own)) != NULL &&
        !SSL_set_ex_data(ssl, connection_index, own)) {
        free(own);
        own = NULL;
    }
    return own;
}

/* The chain as it was sent, the leaf first, in one buffer. 1, or 0 if there is none or memory is short. */
static int read_chain(X509_STORE_CTX *store, unsigned char **octets, lastmile_slice **slices,
                      size_t *count) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    int number = chain == NULL ? 0 : sk_X509_num(chain);
    size_t total = 0;
    if (number <= 0) return 0;
    for (int at = 0; at < number; at++) {
        int length = i2d_X509(sk_X509_value(chain, at), NULL);
        if (length <= 0) return 0;
        total += (size_t)length;
    }
    *octets = malloc(total);
    *slices = calloc((size_t)number, sizeof **slices);
    if (*octets == NULL || *slices == NULL) return 0;
    unsigned char *next = *octets;
    for (int at = 0; at < number; at++) {
        const unsigned char *start = next;
        int length = i2d_X509(sk_X509_value(chain, at), &next);
        if (length <= 0) return 0;
        (*slices)[at] = (lastmile_slice){start, (size_t)length};
    }
    *count = (size_t)number;
    return 1;
}

/* Called for each full handshake. An error is always set before it is refused: without one
 * SSL_get_verify_result would say X509_V_OK. */
static int verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    connection *own = ssl == NULL ? NULL : connection_of(ssl);
    unsigned char *octets = NULL;
    lastmile_slice *slices = NULL;
    size_t count = 0;
    int accepted = 0, error = X509_V_ERR_UNSPECIFIED;
    (void)unused;
    if (own != NULL && read_chain(store, &octets, &slices, &count)) {
        lastmile_verdict *verdict = NULL;
        lastmile_verdict_info info = {.struct_size = sizeof info};
        lastmile_status status = lastmile_verifier_verify(verifier_of(ssl), slices[0], slices + 1,
                                                          count - 1, (int64_t)time(NULL), &verdict);
        int told = verdict != NULL && lastmile_status_is_ok(lastmile_verdict_get(verdict, &info));
        lastmile_verdict_free(own->verdict);
        own->verdict = NULL;
        if (lastmile_status_is_ok(status) && told) {
            accepted = 1;
            own->valid_until = info.valid_until;
            lastmile_verdict_free(verdict);
        } else {
            own->verdict = verdict;
            if (told && info.x509_v_err != X509_V_OK) error = info.x509_v_err;
            if (told && info.certificate >= 0 && info.certificate < (int64_t)count)
                X509_STORE_CTX_set_error_depth(store, (int)info.certificate);
        }
    }
    free(slices);
    free(octets);
    X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : error);
    return accepted;
}

/* A session that may be resumed later: kept under the policy that its certificates satisfied. */
static int keep_session(SSL *ssl, SSL_SESSION *session) {
    connection *own = SSL_get_ex_data(ssl, connection_index);
    lastmile_openssl_sessions *sessions = own == NULL ? NULL : own->sessions;
    entry *place;
    if (sessions == NULL || !CRYPTO_THREAD_write_lock(sessions->lock)) return 0;
    place = &sessions->entries[0];
    for (size_t at = 0; at < sessions->most; at++) {
        entry *other = &sessions->entries[at];
        if (other->session == NULL) {
            if (place->session != NULL) place = other;
        } else if (memcmp(other->key, own->key, sizeof own->key) == 0) {
            place = other;
            break;
        } else if (place->session != NULL && other->turn < place->turn) {
            place = other;
        }
    }
    SSL_SESSION_free(place->session);
    /* Early data would be sent before anything is checked. */
    SSL_SESSION_set_max_early_data(session, 0);
    memcpy(place->key, own->key, sizeof own->key);
    place->session = session;
    place->valid_until = own->valid_until;
    place->turn = ++sessions->turn;
    CRYPTO_THREAD_unlock(sessions->lock);
    return 1;
}

/* The session of this key, with a reference, if it has not ended. */
static SSL_SESSION *find_session(lastmile_openssl_sessions *sessions, connection *own) {
    SSL_SESSION *found = NULL;
    int64_t now = (int64_t)time(NULL);
    if (!CRYPTO_THREAD_write_lock(sessions->lock)) return NULL;
    for (size_t at = 0; at < sessions->most; at++) {
        entry *one = &sessions->entries[at];
        if (one->session == NULL || memcmp(one->key, own->key, sizeof own->key) != 0) continue;
        if (now <= one->valid_until && SSL_SESSION_is_resumable(one->session) &&
            SSL_SESSION_up_ref(one->session)) {
            found = one->session;
            own->valid_until = one->valid_until;
        } else {
            SSL_SESSION_free(one->session);
            one->session = NULL;
        }
        break;
    }
    CRYPTO_THREAD_unlock(sessions->lock);
    return found;
}

int lastmile_openssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier) {
    unsigned char digest[DIGEST_LENGTH];
    const lastmile_verifier *before;
    if (ctx == NULL || !have_indexes() ||
        !lastmile_status_is_ok(lastmile_verifier_digest(verifier, digest)) ||
        !SSL_CTX_set_session_id_context(ctx, digest, sizeof digest))
        return 0;
    before = SSL_CTX_get_ex_data(ctx, verifier_index);
    if (!SSL_CTX_set_ex_data(ctx, verifier_index, (void *)lastmile_verifier_ref(verifier))) {
        lastmile_verifier_unref(verifier);
        return 0;
    }
    lastmile_verifier_unref(before);
    SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
    /* Without it the verdict would be ignored. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return 1;
}

lastmile_openssl_sessions *lastmile_openssl_sessions_new(size_t most) {
    lastmile_openssl_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL) return NULL;
    sessions->most = most == 0 ? 1 : most;
    sessions->entries = calloc(sessions->most, sizeof *sessions->entries);
    sessions->lock = CRYPTO_THREAD_lock_new();
    if (sessions->entries == NULL || sessions->lock == NULL) {
        lastmile_openssl_sessions_free(sessions);
        return NULL;
    }
    return sessions;
}

void lastmile_openssl_sessions_free(lastmile_openssl_sessions *sessions) {
    if (sessions == NULL) return;
    for (size_t at = 0; sessions->entries != NULL && at < sessions->most; at++)
        SSL_SESSION_free(sessions->entries[at].session);
    CRYPTO_THREAD_lock_free(sessions->lock);
    free(sessions->entries);
    free(sessions);
}

/* SHA-256 of the policy, the name and the address, each with its length before it. */
static int make_key(const SSL *ssl, const char *name, const char *address, unsigned char *key) {
    unsigned char digest[DIGEST_LENGTH];
    const char *parts[2] = {name == NULL ? "" : name, address == NULL ? "" : address};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int good = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
               lastmile_status_is_ok(lastmile_verifier_digest(verifier_of(ssl), digest)) &&
               EVP_DigestUpdate(hash, digest, sizeof digest);
    for (int at = 0; good && at < 2; at++) {
        uint64_t length = strlen(parts[at]);
        good = EVP_DigestUpdate(hash, &length, sizeof length) &&
               EVP_DigestUpdate(hash, parts[at], length);
    }
    good = good && EVP_DigestFinal_ex(hash, key, NULL);
    EVP_MD_CTX_free(hash);
    return good;
}

int lastmile_openssl_connect(SSL *ssl, lastmile_openssl_sessions *sessions, const char *name,
                             const char *address) {
    connection *own;
    SSL_SESSION *session;
    if (ssl == NULL || !have_indexes() || (own = connection_of(ssl)) == NULL) return 0;
    if (name != NULL && !SSL_set_tlsext_host_name(ssl, name)) return 0;
    own->sessions = NULL;
    if (sessions == NULL) return 1;
    if (!make_key(ssl, name, address, own->key)) return 0;
    own->sessions = sessions;
    session = find_session(sessions, own);
    if (session != NULL) {
        int set = SSL_set_session(ssl, session);
        SSL_SESSION_free(session);
        return set;
    }
    return 1;
}

lastmile_status lastmile_openssl_explanation(const SSL *ssl, lastmile_text *text) {
    const connection *own = ssl == NULL || !have_indexes() ? NULL : SSL_get_ex_data(ssl, connection_index);
    if (own == NULL || own->verdict == NULL) return (lastmile_status){LASTMILE_INVALID_ARGUMENT};
    return lastmile_verdict_explanation(own->verdict, text);
}
