#include "lastmile_openssl.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>

/* Seconds since 1970, for hosts that have a clock of their own: a function without arguments. */
#ifdef LASTMILE_OPENSSL_NOW
int64_t LASTMILE_OPENSSL_NOW(void);
#else
#include <time.h>
static int64_t system_now(void) { return (int64_t)time(NULL); }
#define LASTMILE_OPENSSL_NOW system_now
#endif

#define DIGEST_LENGTH 32

/* What one connection knows. */
typedef struct {
    const lastmile_verifier *verifier; /* the one that its sessions are kept by */
    unsigned char digest[DIGEST_LENGTH];
    lastmile_verdict *verdict; /* of a refusal, or NULL */
    int64_t valid_until;       /* of what was accepted, or 0 */
    lastmile_openssl_sessions *sessions;
    unsigned char key[DIGEST_LENGTH];
} connection;

typedef struct {
    unsigned char key[DIGEST_LENGTH];
    SSL_SESSION *session; /* NULL: a free place */
    int64_t valid_until;
    uint64_t turn;
} entry;

/* Sets of so many places: a key, which is a hash, has its places in one set. */
#define WAYS 8

struct lastmile_openssl_sessions {
    CRYPTO_RWLOCK *lock;
    size_t sets, ways;
    uint64_t turn;
    entry *entries; /* sets * ways */
};

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int verifier_index = -1;   /* of an SSL_CTX */
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
    if (own == NULL) return;
    lastmile_verdict_free(own->verdict);
    lastmile_verifier_unref(own->verifier);
    free(own);
}

static void make_indexes(void) {
    verifier_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_verifier);
    connection_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_connection);
}

static int have_indexes(void) {
    return CRYPTO_THREAD_run_once(&once, make_indexes) && verifier_index >= 0 && connection_index >= 0;
}

/* This connection, with the verifier that its SSL_CTX has now; NULL if there is none or memory is short. */
static connection *begin(SSL *ssl) {
    const lastmile_verifier *verifier = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), verifier_index);
    connection *own = SSL_get_ex_data(ssl, connection_index);
    if (verifier == NULL) return NULL;
    if (own == NULL) {
        own = calloc(1, sizeof *own);
        if (own == NULL) return NULL;
        if (!SSL_set_ex_data(ssl, connection_index, own)) {
            free(own);
            return NULL;
        }
    }
    lastmile_verdict_free(own->verdict);
    lastmile_verifier_unref(own->verifier);
    memset(own, 0, sizeof *own);
    if (!lastmile_status_is_ok(lastmile_verifier_digest(verifier, own->digest))) return NULL;
    own->verifier = lastmile_verifier_ref(verifier);
    return own;
}

/* The chain as it was sent, the leaf first, in one buffer. 1, or 0 if there is none or memory is short. */
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

/* Whether the session is one of the policy that judges this connection. */
static int is_of_policy(const SSL_SESSION *session, const connection *own) {
    unsigned int length = 0;
    const unsigned char *context = session == NULL ? NULL : SSL_SESSION_get0_id_context(session, &length);
    return context != NULL && length == sizeof own->digest &&
           memcmp(context, own->digest, sizeof own->digest) == 0;
}

/* Called for each full handshake. An error is always set before it is refused: without one
 * SSL_get_verify_result would say X509_V_OK. */
static int verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    connection *own = ssl == NULL ? NULL : SSL_get_ex_data(ssl, connection_index);
    unsigned char *octets = NULL;
    lastmile_slice *slices = NULL;
    lastmile_verdict *verdict = NULL;
    lastmile_verdict_info info = {.struct_size = sizeof info};
    size_t count = 0;
    int error = X509_V_ERR_UNSPECIFIED, depth = 0;
    (void)unused;
    if (own == NULL && ssl != NULL) own = begin(ssl);
    if (own != NULL && is_of_policy(SSL_get_session(ssl), own) && read_chain(store, &octets, &slices, &count)) {
        lastmile_status status = lastmile_verifier_verify(own->verifier, slices[0], slices + 1, count - 1,
                                                          LASTMILE_OPENSSL_NOW(), &verdict);
        if (verdict != NULL && lastmile_status_is_ok(lastmile_verdict_get(verdict, &info))) {
            if (lastmile_status_is_ok(status)) {
                error = X509_V_OK;
                own->valid_until = info.valid_until;
            } else if (info.x509_v_err != X509_V_OK) {
                error = info.x509_v_err;
                depth = info.certificate > 0 ? (int)info.certificate : 0;
            }
        }
    }
    if (own != NULL) {
        lastmile_verdict_free(own->verdict);
        own->verdict = error == X509_V_OK ? NULL : verdict;
        if (error != X509_V_OK) own->valid_until = 0;
    }
    if (own == NULL || error == X509_V_OK) lastmile_verdict_free(verdict);
    free(slices);
    free(octets);
    X509_STORE_CTX_set_error(store, error);
    X509_STORE_CTX_set_error_depth(store, depth);
    return error == X509_V_OK;
}

/* The places that this key may have. */
static entry *places_of(lastmile_openssl_sessions *sessions, const unsigned char *key) {
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    return sessions->entries + (size_t)(hash % sessions->sets) * sessions->ways;
}

/* A session that may be resumed later: kept under the policy that its certificates satisfied. Returns
 * whether it was kept, and with it the reference. */
static int keep_session(SSL *ssl, SSL_SESSION *session) {
    connection *own = SSL_get_ex_data(ssl, connection_index);
    lastmile_openssl_sessions *sessions = own == NULL ? NULL : own->sessions;
    entry *places, *place;
    /* What nobody has verified is not kept. */
    if (sessions == NULL || own->valid_until == 0) return 0;
    if (!CRYPTO_THREAD_write_lock(sessions->lock)) return 0;
    place = places = places_of(sessions, own->key);
    for (size_t at = 0; at < sessions->ways; at++) {
        entry *other = &places[at];
        if (other->session != NULL && memcmp(other->key, own->key, sizeof own->key) == 0) {
            place = other;
            break;
        }
        if (place->session != NULL && (other->session == NULL || other->turn < place->turn)) place = other;
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
static SSL_SESSION *find_session(connection *own) {
    lastmile_openssl_sessions *sessions = own->sessions;
    entry *places = places_of(sessions, own->key);
    SSL_SESSION *found = NULL;
    int64_t now = LASTMILE_OPENSSL_NOW();
    if (!CRYPTO_THREAD_write_lock(sessions->lock)) return NULL;
    for (size_t at = 0; at < sessions->ways; at++) {
        entry *one = &places[at];
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
    sessions->ways = most == 0 ? 1 : most < WAYS ? most : WAYS;
    sessions->sets = most / WAYS + (most % WAYS != 0 || most == 0);
    sessions->entries = calloc(sessions->sets, sessions->ways * sizeof *sessions->entries);
    sessions->lock = CRYPTO_THREAD_lock_new();
    if (sessions->entries == NULL || sessions->lock == NULL) {
        lastmile_openssl_sessions_free(sessions);
        return NULL;
    }
    return sessions;
}

void lastmile_openssl_sessions_free(lastmile_openssl_sessions *sessions) {
    if (sessions == NULL) return;
    for (size_t at = 0; sessions->entries != NULL && at < sessions->sets * sessions->ways; at++)
        SSL_SESSION_free(sessions->entries[at].session);
    CRYPTO_THREAD_lock_free(sessions->lock);
    free(sessions->entries);
    free(sessions);
}

/* SHA-256 of the policy, the name and the address, each with its length before it. */
static int make_key(connection *own, const char *name, const char *address) {
    const char *parts[2] = {name == NULL ? "" : name, address == NULL ? "" : address};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int good = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
               EVP_DigestUpdate(hash, own->digest, sizeof own->digest);
    for (int at = 0; good && at < 2; at++) {
        uint64_t length = strlen(parts[at]);
        good = EVP_DigestUpdate(hash, &length, sizeof length) &&
               EVP_DigestUpdate(hash, parts[at], (size_t)length);
    }
    good = good && EVP_DigestFinal_ex(hash, own->key, NULL);
    EVP_MD_CTX_free(hash);
    return good;
}

int lastmile_openssl_connect(SSL *ssl, lastmile_openssl_sessions *sessions, const char *name,
                             const char *address) {
    connection *own;
    SSL_SESSION *session;
    int set;
    if (ssl == NULL || !have_indexes() || (own = begin(ssl)) == NULL) return 0;
    if (!SSL_set_session_id_context(ssl, own->digest, sizeof own->digest)) return 0;
    if (name != NULL && !SSL_set_tlsext_host_name(ssl, name)) return 0;
    if (sessions == NULL) return 1;
    if (!make_key(own, name, address)) return 0;
    own->sessions = sessions;
    session = find_session(own);
    if (session == NULL) return 1;
    set = SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
    return set;
}

const lastmile_verdict *lastmile_openssl_verdict(const SSL *ssl) {
    const connection *own = ssl == NULL || !have_indexes() ? NULL : SSL_get_ex_data(ssl, connection_index);
    return own == NULL ? NULL : own->verdict;
}
