/* Sessions and policies, of either TLS library: one process, one cache, two policies about one backend. */
#include "pair.h"
#include "verifier_of.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define NAME "backend.example.com"
#define ADDRESS "10.0.0.1:443"

static const lastmile_verifier *accepting, *refusing;
static SSL_CTX *server;
static adapter_sessions *sessions;
static int64_t start, end;
static lastmile_slice chain[2];
static char *key;

static SSL_CTX *plain_client(void) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    CHECK(ctx != NULL);
    return ctx;
}

static SSL_CTX *client_of(const lastmile_verifier *verifier) {
    SSL_CTX *ctx = plain_client();
    CHECK(adapter_use(ctx, verifier));
    return ctx;
}

/* One handshake of this SSL, and what must come of it. A refusal is that of a name, unless it is said. */
static void expect(SSL *ssl, int version, int connects, int is_reused) {
    CHECK(pair_connect(ssl, server, version) == connects);
    CHECK(!connects || SSL_session_reused(ssl) == is_reused);
    CHECK((adapter_verdict(ssl) == NULL) == connects);
    if (connects) CHECK(pair_alert == -1 && SSL_get_verify_result(ssl) == X509_V_OK);
    else CHECK(pair_alert == 42 && SSL_get_verify_result(ssl) != X509_V_OK);
}

static void ask_at(SSL_CTX *ctx, adapter_sessions *cache, int version, const char *name, const char *address,
                   int connects, int is_reused) {
    SSL *ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, cache, name, address));
    expect(ssl, version, connects, is_reused);
    CHECK(strcmp(pair_name, name == NULL ? "" : name) == 0);
    SSL_free(ssl);
}

static void ask(SSL_CTX *ctx, adapter_sessions *cache, int version, int connects, int is_reused) {
    ask_at(ctx, cache, version, NAME, ADDRESS, connects, is_reused);
}

/* A session that the adapter has not seen. */
static SSL_SESSION *stolen;
static int steal(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(stolen);
    stolen = session;
    return 1;
}

static int calls;
#ifdef WITH_BORINGSSL
static enum ssl_verify_result_t always(SSL *ssl, uint8_t *alert) {
    (void)ssl, (void)alert;
    calls++;
    return ssl_verify_ok;
}
static void accept_all(SSL_CTX *ctx) { SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, always); }
#else
static int always(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    calls++;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}
static void accept_all(SSL_CTX *ctx) {
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, always, NULL);
}
#endif

/* The library itself resumes, and asks nobody: what the adapter is there for. */
static void without_the_adapter(int version) {
    SSL_CTX *ctx = plain_client();
    SSL *ssl;
    calls = 0;
    accept_all(ctx);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, steal);
    for (int at = 0; at < 2; at++) {
        ssl = SSL_new(ctx);
        if (at == 1) CHECK(stolen != NULL && SSL_set_session(ssl, stolen));
        CHECK(pair_connect(ssl, server, version) && SSL_session_reused(ssl) == at && calls == 1);
        SSL_free(ssl);
    }
    SSL_CTX_free(ctx);

    /* Its session in an SSL_CTX of the adapter. */
    ctx = client_of(refusing);
    ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, NULL, NULL, NULL) && SSL_set_session(ssl, stolen));
    CHECK(!pair_connect(ssl, server, version));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void two_policies(int version) {
    SSL_CTX *good = client_of(accepting), *good_too = client_of(accepting), *bad = client_of(refusing);
    ask(good, sessions, version, 1, 0);
    ask(good, sessions, version, 1, 1);
    /* Another SSL_CTX of the same policy shares them. */
    ask(good_too, sessions, version, 1, 1);
    /* Accept, accept, refuse; and the good one is as before. */
    ask(bad, sessions, version, 0, 0);
    ask(bad, sessions, version, 0, 0);
    ask(good, sessions, version, 1, 1);
    /* Another name or address is another backend. */
    ask_at(good, sessions, version, "other.example", ADDRESS, 1, 0);
    ask_at(good, sessions, version, NAME, "10.0.0.2:443", 1, 0);
    ask_at(good, sessions, version, NAME "1", "0.0.0.1:443", 1, 0);
    /* Without a cache nothing is resumed. */
    ask(good, NULL, version, 1, 0);
    ask(good, NULL, version, 1, 0);
    /* A changed policy in the same SSL_CTX: a full handshake, which refuses, and not a failure. */
    CHECK(adapter_use(good, refusing));
    ask(good, sessions, version, 0, 0);
    CHECK(adapter_use(good, accepting));
    ask(good, sessions, version, 1, 1);
    SSL_CTX_free(good), SSL_CTX_free(good_too), SSL_CTX_free(bad);
}

/* The policy changes while a connection is made: it ends under the policy of the moment, or not at all. */
static void changed_between(int version) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, sessions, NAME, "between"));
    CHECK(adapter_use(ctx, refusing));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
    ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, sessions, NAME, "between"));
    CHECK(adapter_use(ctx, accepting));
#ifdef WITH_BORINGSSL
    expect(ssl, version, 1, 0);
#else
    /* Its session would be one of the policy before. */
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
#endif
    SSL_free(ssl);
    /* Neither has left anything. */
    ask_at(ctx, sessions, version, NAME, "between", 1, 0);
    CHECK(adapter_use(ctx, refusing));
    ask_at(ctx, sessions, version, NAME, "between", 0, 0);
    /* Without …_connect: the policy of the moment, if it was that of SSL_new too. */
    for (int is_good = 0; is_good < 2; is_good++) {
        CHECK(adapter_use(ctx, is_good ? accepting : refusing));
        ssl = SSL_new(ctx);
        CHECK(pair_connect(ssl, server, version) == is_good);
        SSL_free(ssl);
    }
    ssl = SSL_new(ctx);
    CHECK(adapter_use(ctx, refusing));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
#ifndef WITH_BORINGSSL
    ssl = SSL_new(ctx);
    CHECK(adapter_use(ctx, accepting));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
#endif
    /* With a session: it was verified when the connection was begun. */
    CHECK(adapter_use(ctx, accepting));
    ask_at(ctx, sessions, version, NAME, "with a session", 1, 0);
    ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, sessions, NAME, "with a session"));
    CHECK(adapter_use(ctx, refusing));
#ifdef WITH_BORINGSSL
    CHECK(!pair_connect(ssl, server, version) && adapter_verdict(ssl) != NULL);
#else
    expect(ssl, version, 1, 1);
#endif
    SSL_free(ssl);
    ask_at(ctx, sessions, version, NAME, "with a session", 0, 0);
    SSL_CTX_free(ctx);
}

/* An SSL that is used for one connection after the other. */
static void used_again(int version) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, NULL, NAME, "again"));
    expect(ssl, version, 1, 0);
    /* Its handshake is over: nothing would be judged. */
    CHECK(!adapter_connect(ssl, NULL, NAME, "again"));
    /* The session that it still has is not resumed. */
    CHECK(SSL_clear(ssl) && adapter_connect(ssl, NULL, NULL, "again"));
    expect(ssl, version, 1, 0);
    CHECK(pair_name[0] == 0);
    CHECK(adapter_use(ctx, refusing));
    CHECK(SSL_clear(ssl) && adapter_connect(ssl, sessions, NAME, "again"));
    expect(ssl, version, 0, 0);
    /* The verdict of before is gone. */
    CHECK(adapter_use(ctx, accepting));
    CHECK(SSL_clear(ssl) && adapter_connect(ssl, sessions, NAME, "again") && adapter_verdict(ssl) == NULL);
    expect(ssl, version, 1, 0);
    CHECK(SSL_clear(ssl) && adapter_connect(ssl, sessions, NAME, "again"));
    expect(ssl, version, 1, 1);
    /* Not asked for, and not resumed: the policy of the moment. */
    CHECK(adapter_use(ctx, refusing));
    CHECK(SSL_clear(ssl) && SSL_set_session(ssl, NULL));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* An SSL that is older than the policy, or of another SSL_CTX, has another verify mode. */
static void older_than_the_policy(int version) {
    SSL_CTX *plain = plain_client(), *ctx = client_of(refusing);
    SSL *ssl = SSL_new(plain), *moved = SSL_new(plain);
    CHECK(SSL_set_SSL_CTX(moved, ctx) == ctx && adapter_connect(moved, NULL, NAME, "moved"));
    CHECK(!pair_connect(moved, server, version));
    CHECK(!adapter_connect(ssl, NULL, NAME, "older"));
    CHECK(adapter_use(plain, refusing) && adapter_connect(ssl, NULL, NAME, "older"));
    expect(ssl, version, 0, 0);
    SSL_free(ssl), SSL_free(moved);
    /* An SSL_CTX whose mode the program has changed is set right by the next policy. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    CHECK(adapter_use(ctx, refusing));
    ssl = SSL_new(ctx);
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
    SSL_CTX_free(plain), SSL_CTX_free(ctx);
}

/* The last second of the chain, and the next; and the clock before the session was made. */
static void the_times(int version) {
    SSL_CTX *good = client_of(accepting);
    adapter_sessions *own = adapter_sessions_new(4);
    SSL *ssl;
    pair_now = end;
    ask(good, own, version, 1, 0);
    ask(good, own, version, 1, 1);
    pair_now = end + 1;
    ssl = SSL_new(good);
    CHECK(adapter_connect(ssl, own, NAME, ADDRESS));
    CHECK(!pair_connect(ssl, server, version) && !SSL_session_reused(ssl) && pair_alert == 45);
    SSL_free(ssl);
    /* What had ended is gone. */
    pair_now = start;
    ask(good, own, version, 1, 0);
    pair_now = start - 1;
    ask(good, own, version, 1, 0);
    pair_now = start;
    adapter_sessions_free(own);
    SSL_CTX_free(good);
}

/* Another certificate of the client's is another client. */
static void identities(int version) {
    SSL_CTX *nobody = client_of(accepting), *somebody = client_of(accepting);
    pair_identity(somebody, chain, 2, key);
    for (int at = 0; at < 2; at++) {
        ask_at(nobody, sessions, version, NAME, "identities", 1, at);
        ask_at(somebody, sessions, version, NAME, "identities", 1, at);
    }
    SSL_CTX_free(nobody), SSL_CTX_free(somebody);
}

/* Few places: an old session gives way, and a free place is taken first. */
static void full(int version) {
    SSL_CTX *good = client_of(accepting);
    adapter_sessions *two = adapter_sessions_new(2), *one = adapter_sessions_new(0);
    const char *addresses[] = {"a", "b", "c"};
    for (int at = 0; at < 3; at++) ask_at(good, two, version, NULL, addresses[at], 1, 0);
    ask_at(good, two, version, NULL, "c", 1, 1);
    ask_at(good, two, version, NULL, "b", 1, 1);
    ask_at(good, two, version, NULL, "a", 1, 0);
    ask_at(good, one, version, NULL, "a", 1, 0);
    ask_at(good, one, version, NULL, "a", 1, 1);
    ask_at(good, one, version, NULL, "b", 1, 0);
    ask_at(good, one, version, NULL, "a", 1, 0);
    adapter_sessions_free(two), adapter_sessions_free(one);
    /* Many sets: each key has its places. */
    two = adapter_sessions_new(100);
    for (int again = 0; again < 2; again++)
        for (int at = 0; at < 20; at++) {
            char address[16];
            snprintf(address, sizeof address, "%d", at);
            ask_at(good, two, version, NULL, address, 1, again);
        }
    adapter_sessions_free(two);
    SSL_CTX_free(good);
}

#ifdef WITH_BORINGSSL
static void no_early_data(void) {
    SSL_CTX *ctx = plain_client();
    SSL *ssl;
    SSL_CTX_set_early_data_enabled(ctx, 1);
    CHECK(adapter_use(ctx, accepting));
    for (int at = 0; at < 2; at++) {
        ssl = SSL_new(ctx);
        CHECK(adapter_connect(ssl, sessions, NULL, "early"));
        CHECK(pair_connect(ssl, server, TLS1_3_VERSION) && SSL_session_reused(ssl) == at);
        CHECK(!SSL_early_data_accepted(ssl));
        if (at == 1) CHECK(SSL_get_early_data_reason(ssl) == ssl_early_data_disabled);
        SSL_free(ssl);
    }
    SSL_CTX_free(ctx);
}
static void copies(int version) { (void)version; }
#else
static void no_early_data(void) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl;
    size_t written;
    ask_at(ctx, sessions, TLS1_3_VERSION, NULL, "early", 1, 0);
    ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, sessions, NULL, "early"));
    CHECK(SSL_get_session(ssl) != NULL && SSL_SESSION_get_max_early_data(SSL_get_session(ssl)) == 0);
    CHECK(!SSL_write_early_data(ssl, "x", 1, &written));
    SSL_free(ssl);
    /* Nor with the session that an SSL still has. */
    ssl = SSL_new(ctx);
    CHECK(adapter_connect(ssl, NULL, NULL, "early") && pair_connect(ssl, server, TLS1_3_VERSION));
    CHECK(SSL_clear(ssl) && SSL_get_session(ssl) != NULL);
    CHECK(SSL_SESSION_get_max_early_data(SSL_get_session(ssl)) == 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}
/* A copy of an SSL is another connection. */
static void copies(int version) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *first = SSL_new(ctx), *copy;
    CHECK(adapter_connect(first, sessions, NAME, "copies"));
    copy = SSL_dup(first);
    SSL_free(first);
    CHECK(copy != NULL && pair_connect(copy, server, version));
    CHECK(adapter_use(ctx, refusing) && SSL_clear(copy) && adapter_connect(copy, sessions, NAME, "copies"));
    expect(copy, version, 0, 0);
    SSL_free(copy);
    SSL_CTX_free(ctx);
}
#endif

/* Eight threads, one SSL_CTX for each policy, one cache with too few places. */
static SSL_CTX *shared[2];
static void *connect_often(void *argument) {
    int resumed = 0;
    for (int round = 0; round < 40; round++) {
        SSL *ssl = SSL_new(shared[round % 4 == 3]);
        char address[16];
        snprintf(address, sizeof address, "%d", round % 12);
        CHECK(adapter_connect(ssl, sessions, NAME, address));
        CHECK(pair_connect(ssl, server, round % 3 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION) == (round % 4 != 3));
        resumed += SSL_session_reused(ssl);
        SSL_free(ssl);
    }
    *(int *)argument = resumed;
    return NULL;
}
static void threads(void) {
    pthread_t running[8];
    int resumed[8], all = 0;
    adapter_sessions_free(sessions);
    sessions = adapter_sessions_new(8);
    shared[0] = client_of(accepting), shared[1] = client_of(refusing);
    for (int at = 0; at < 8; at++) CHECK(pthread_create(&running[at], NULL, connect_often, &resumed[at]) == 0);
    for (int at = 0; at < 8; at++) {
        CHECK(pthread_join(running[at], NULL) == 0);
        all += resumed[at];
    }
    CHECK(all > 0);
    SSL_CTX_free(shared[0]), SSL_CTX_free(shared[1]);
    shared[0] = shared[1] = NULL;
}

/* The policy is changed again and again, by new verifiers, while handshakes are under way. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;
static check_fields policies_at;
static atomic_int connecting;
static void *connect_while_it_changes(void *unused) {
    (void)unused;
    for (int round = 0; round < 25; round++) {
        SSL *ssl;
        CHECK(pthread_mutex_lock(&changing) == 0);
        ssl = SSL_new(shared[0]);
        /* Every other one as a library does that knows the SSL_CTX alone. */
        if (round % 2 == 0) CHECK(adapter_connect(ssl, sessions, NAME, "changing"));
        CHECK(pthread_mutex_unlock(&changing) == 0);
        pair_connect(ssl, server, round % 3 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION);
        SSL_free(ssl);
    }
    connecting--;
    return NULL;
}
static void policies_change(void) {
    pthread_t running[4];
    shared[0] = client_of(accepting);
    connecting = 4;
    for (int at = 0; at < 4; at++)
        CHECK(pthread_create(&running[at], NULL, connect_while_it_changes, NULL) == 0);
    while (connecting > 0) {
        check_fields both = policies_at;
        for (int at = 0; at < 2; at++) {
            const lastmile_verifier *fresh = next_verifier(&both);
            CHECK(pthread_mutex_lock(&changing) == 0);
            CHECK(adapter_use(shared[0], fresh));
            CHECK(pthread_mutex_unlock(&changing) == 0);
            lastmile_verifier_unref(fresh);
            /* So that the lock is to be had by others. */
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
    }
    for (int at = 0; at < 4; at++) CHECK(pthread_join(running[at], NULL) == 0);
    SSL_CTX_free(shared[0]);
    shared[0] = NULL;
}

#ifdef WATCHED_DIGEST
#include <sanitizer/asan_interface.h>
/* Another thread has the time to free what was not kept, and that is seen. */
lastmile_status __real_lastmile_verifier_digest(const lastmile_verifier *verifier, uint8_t *digest);
lastmile_status __wrap_lastmile_verifier_digest(const lastmile_verifier *verifier, uint8_t *digest);
lastmile_status __wrap_lastmile_verifier_digest(const lastmile_verifier *verifier, uint8_t *digest) {
    if (connecting > 0) nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    CHECK(verifier == NULL || !__asan_address_is_poisoned(verifier));
    return __real_lastmile_verifier_digest(verifier, digest);
}
#endif

static void misuse(void) {
    SSL_CTX *ctx = plain_client();
    SSL *ssl = SSL_new(ctx);
    CHECK(!adapter_use(NULL, accepting) && !adapter_use(ctx, NULL));
    CHECK(!adapter_connect(NULL, NULL, NULL, NULL));
    CHECK(!adapter_connect(ssl, NULL, NULL, NULL)); /* no verifier */
    CHECK(adapter_verdict(NULL) == NULL && adapter_verdict(ssl) == NULL);
    adapter_sessions_free(NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(int count, char **arguments) {
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    /* With another argument, the threads only. */
    CHECK(count == 2 || count == 3);
    check_fields fields = check_open(arguments[1]);
    start = pair_now = check_next_number(&fields);
    end = check_next_number(&fields);
    policies_at = fields;
    accepting = next_verifier(&fields);
    refusing = next_verifier(&fields);
    key = check_next_text(&fields);
    chain[0] = check_next(&fields), chain[1] = check_next(&fields);
    server = pair_server(chain, 2, key);
    CHECK(server != NULL);
    misuse();
    for (int at = 0; count == 2 && at < 2; at++) {
        sessions = adapter_sessions_new(64);
        CHECK(sessions != NULL);
        without_the_adapter(versions[at]);
        two_policies(versions[at]);
        changed_between(versions[at]);
        used_again(versions[at]);
        older_than_the_policy(versions[at]);
        the_times(versions[at]);
        identities(versions[at]);
        full(versions[at]);
        copies(versions[at]);
        no_early_data();
        adapter_sessions_free(sessions);
        sessions = NULL;
    }
    threads();
    policies_change();
    SSL_SESSION_free(stolen);
    SSL_CTX_free(server);
    adapter_sessions_free(sessions);
    lastmile_verifier_unref(accepting);
    lastmile_verifier_unref(refusing);
    check_free(chain[0]), check_free(chain[1]);
    free(key), free(fields.octets);
    /* What is left now is a leak. */
    stolen = NULL, server = NULL, sessions = NULL, accepting = NULL, refusing = NULL;
    puts("done");
    return 0;
}
