/*
 * What the adapters for OpenSSL and BoringSSL share: connections, their policies, and the sessions that may be
 * resumed. A part of their sources, not of what programs include. Before it stand
 *
 *     SESSIONS            the type of the cache, as the adapter calls it
 *     NOW                 the clock: seconds since 1970
 *     DUPLICATE           a CRYPTO_EX_dup that gives a copied SSL no connection, or NULL
 *     WITHOUT_EARLY_DATA  a function that takes early data from a session
 *     HASH_IDENTITY       a function that adds the client's own certificate to a hash
 */
#ifndef LASTMILE_CONNECTION_H
#define LASTMILE_CONNECTION_H

#include <lastmile.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_LENGTH 32

/* What one connection knows. */
typedef struct {
    const lastmile_verifier *verifier; /* the one that its sessions are kept by */
    unsigned char digest[DIGEST_LENGTH];
    lastmile_verdict *verdict; /* of a refusal, or NULL */
    int64_t verified_at, valid_until; /* of what was accepted; both 0 before */
    SESSIONS *sessions;
    unsigned char key[DIGEST_LENGTH];
} connection;

typedef struct {
    unsigned char key[DIGEST_LENGTH];
    SSL_SESSION *session; /* NULL: a free place */
    int64_t verified_at, valid_until;
    uint64_t turn;
} place;

/* Sets of so many places: a key, which is a hash, has its places in one set. */
#define WAYS 8

struct SESSIONS {
    pthread_mutex_t lock;
    size_t sets, ways;
    uint64_t turn;
    place *places; /* sets * ways */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
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
    connection_index = SSL_get_ex_new_index(0, NULL, NULL, DUPLICATE, free_connection);
}

static int have_indexes(void) {
    return pthread_once(&once, make_indexes) == 0 && verifier_index >= 0 && connection_index >= 0;
}

/* Between a handshake, which may run at any time, and a thread that changes its SSL_CTX's policy. */
static pthread_rwlock_t policies = PTHREAD_RWLOCK_INITIALIZER;

/* Gives an SSL_CTX this verifier, and a reference of its own, in place of another. */
static int set_verifier(SSL_CTX *ctx, const lastmile_verifier *verifier) {
    const lastmile_verifier *before;
    int is_set;
    if (pthread_rwlock_wrlock(&policies) != 0) return 0;
    before = SSL_CTX_get_ex_data(ctx, verifier_index);
    is_set = SSL_CTX_set_ex_data(ctx, verifier_index, (void *)lastmile_verifier_ref(verifier));
    pthread_rwlock_unlock(&policies);
    lastmile_verifier_unref(is_set ? before : verifier);
    return is_set;
}

/* The verifier that this SSL's SSL_CTX has now, with a reference, or NULL. */
static const lastmile_verifier *verifier_of(const SSL *ssl) {
    const lastmile_verifier *verifier;
    if (pthread_rwlock_rdlock(&policies) != 0) return NULL;
    verifier = lastmile_verifier_ref(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), verifier_index));
    pthread_rwlock_unlock(&policies);
    return verifier;
}

/* This connection anew, with this verifier, whose reference it takes; NULL if that is NULL or memory is short. */
static connection *begin_with(SSL *ssl, const lastmile_verifier *verifier) {
    connection *own = SSL_get_ex_data(ssl, connection_index);
    if (own == NULL) {
        own = calloc(1, sizeof *own);
        if (own == NULL || !SSL_set_ex_data(ssl, connection_index, own)) {
            free(own);
            lastmile_verifier_unref(verifier);
            return NULL;
        }
    }
    lastmile_verdict_free(own->verdict);
    lastmile_verifier_unref(own->verifier);
    memset(own, 0, sizeof *own);
    own->verifier = verifier;
    return lastmile_status_is_ok(lastmile_verifier_digest(verifier, own->digest)) ? own : NULL;
}

static connection *begin(SSL *ssl) { return begin_with(ssl, verifier_of(ssl)); }

/* The connection whose handshake is judged now, by the policy of this moment. If that is not the one which
 * *_connect found, the connection begins anew: nothing of it is kept under the other. */
static connection *judged(SSL *ssl) {
    const lastmile_verifier *verifier = verifier_of(ssl);
    connection *own = SSL_get_ex_data(ssl, connection_index);
    unsigned char digest[DIGEST_LENGTH];
    if (own != NULL && lastmile_status_is_ok(lastmile_verifier_digest(verifier, digest)) &&
        memcmp(own->digest, digest, sizeof digest) == 0) {
        lastmile_verifier_unref(verifier);
        return own;
    }
    return begin_with(ssl, verifier);
}

/* Judges a chain of at least one certificate: whether it is accepted, and everything about it. The verdict of a
 * refusal is kept; there is none if the library did not do its job. */
static int judge(connection *own, const lastmile_slice *chain, size_t count, lastmile_verdict_info *info) {
    int64_t now = NOW();
    lastmile_verdict *verdict = NULL;
    lastmile_status status =
        lastmile_verifier_verify(own->verifier, chain[0], chain + 1, count - 1, now, &verdict);
    int is_told;
    info->struct_size = sizeof *info;
    is_told = verdict != NULL && lastmile_status_is_ok(lastmile_verdict_get(verdict, info));
    lastmile_verdict_free(own->verdict);
    own->verdict = NULL;
    own->verified_at = own->valid_until = 0;
    if (lastmile_status_is_ok(status) && is_told) {
        own->verified_at = now;
        own->valid_until = info->valid_until;
        lastmile_verdict_free(verdict);
        return 1;
    }
    if (is_told) own->verdict = verdict;
    else lastmile_verdict_free(verdict);
    return 0;
}

/* The places that this key may have. */
static place *places_of(SESSIONS *sessions, const unsigned char *key) {
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    return sessions->places + (size_t)(hash % sessions->sets) * sessions->ways;
}

/* A session that may be resumed later: kept under the policy that its certificates satisfied. Returns
 * whether it was kept, and with it the reference. */
static int keep_session(SSL *ssl, SSL_SESSION *session) {
    connection *own = SSL_get_ex_data(ssl, connection_index);
    SESSIONS *sessions = own == NULL ? NULL : own->sessions;
    place *places, *kept;
    /* It would be sent before anything is checked. */
    WITHOUT_EARLY_DATA(session);
    /* What nobody has verified is not kept. */
    if (sessions == NULL || own->valid_until == 0 || pthread_mutex_lock(&sessions->lock) != 0) return 0;
    kept = places = places_of(sessions, own->key);
    for (size_t at = 0; at < sessions->ways; at++) {
        place *other = &places[at];
        if (other->session != NULL && memcmp(other->key, own->key, sizeof own->key) == 0) {
            kept = other;
            break;
        }
        if (kept->session != NULL && (other->session == NULL || other->turn < kept->turn)) kept = other;
    }
    SSL_SESSION_free(kept->session);
    memcpy(kept->key, own->key, sizeof own->key);
    kept->session = session;
    kept->verified_at = own->verified_at;
    kept->valid_until = own->valid_until;
    kept->turn = ++sessions->turn;
    pthread_mutex_unlock(&sessions->lock);
    return 1;
}

/* The session of this key, with a reference, if its certificates are good now. */
static SSL_SESSION *find_session(connection *own) {
    place *places = places_of(own->sessions, own->key);
    SSL_SESSION *found = NULL;
    int64_t now = NOW();
    if (pthread_mutex_lock(&own->sessions->lock) != 0) return NULL;
    for (size_t at = 0; at < own->sessions->ways; at++) {
        place *one = &places[at];
        if (one->session == NULL || memcmp(one->key, own->key, sizeof own->key) != 0) continue;
        if (one->verified_at <= now && now <= one->valid_until && SSL_SESSION_is_resumable(one->session)) {
            found = one->session;
            SSL_SESSION_up_ref(found);
            own->verified_at = one->verified_at;
            own->valid_until = one->valid_until;
        } else {
            SSL_SESSION_free(one->session);
            one->session = NULL;
        }
        break;
    }
    pthread_mutex_unlock(&own->sessions->lock);
    return found;
}

/* SHA-256 of the policy, the client's own certificate, the name and the address. */
static int make_key(connection *own, SSL *ssl, const char *name, const char *address) {
    const char *parts[2] = {name == NULL ? "" : name, address == NULL ? "" : address};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int good = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
               EVP_DigestUpdate(hash, own->digest, sizeof own->digest) && HASH_IDENTITY(hash, ssl);
    for (int at = 0; good && at < 2; at++) {
        uint64_t length = strlen(parts[at]);
        good = EVP_DigestUpdate(hash, &length, sizeof length) &&
               EVP_DigestUpdate(hash, parts[at], (size_t)length);
    }
    good = good && EVP_DigestFinal_ex(hash, own->key, NULL);
    EVP_MD_CTX_free(hash);
    return good;
}

/* Before a handshake: the name that is sent, and the session that is offered, or none. */
static int prepare(SSL *ssl, connection *own, SESSIONS *sessions, const char *name, const char *address) {
    SSL_SESSION *session;
    int is_set;
    /* An SSL that is used again offers the session that it had, of whatever policy. */
    if (!SSL_set_session(ssl, NULL) || !SSL_set_tlsext_host_name(ssl, name)) return 0;
    if (sessions == NULL) return 1;
    if (!make_key(own, ssl, name, address)) return 0;
    own->sessions = sessions;
    session = find_session(own);
    if (session == NULL) return 1;
    is_set = SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
    return is_set;
}

static SESSIONS *new_sessions(size_t most) {
    SESSIONS *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL) return NULL;
    sessions->ways = most == 0 ? 1 : most < WAYS ? most : WAYS;
    sessions->sets = most / WAYS + (most % WAYS != 0 || most == 0);
    sessions->places = calloc(sessions->sets, sessions->ways * sizeof *sessions->places);
    if (sessions->places == NULL || pthread_mutex_init(&sessions->lock, NULL) != 0) {
        free(sessions->places);
        free(sessions);
        return NULL;
    }
    return sessions;
}

static void free_sessions(SESSIONS *sessions) {
    if (sessions == NULL) return;
    for (size_t at = 0; at < sessions->sets * sessions->ways; at++)
        SSL_SESSION_free(sessions->places[at].session);
    pthread_mutex_destroy(&sessions->lock);
    free(sessions->places);
    free(sessions);
}

static const lastmile_verdict *verdict_of(const SSL *ssl) {
    const connection *own = ssl == NULL || !have_indexes() ? NULL : SSL_get_ex_data(ssl, connection_index);
    return own == NULL ? NULL : own->verdict;
}

#endif
