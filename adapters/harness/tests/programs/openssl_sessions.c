/* Sessions and policies: one process, one cache, two policies about one backend. */
#include "lastmile_openssl.h"
#include "openssl_pair.h"
#include "verifier_of.h"

static const lastmile_verifier *accepting, *refusing;
static SSL_CTX *server;
static lastmile_openssl_sessions *sessions;
static int64_t start;

typedef struct {
    int connected, reused;
    long result;
} outcome;

static SSL_CTX *client_of(const lastmile_verifier *verifier) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    CHECK(ctx != NULL && lastmile_openssl_use(ctx, verifier));
    return ctx;
}

static outcome ask_at(SSL_CTX *ctx, lastmile_openssl_sessions *cache, int version, const char *name,
                      const char *address) {
    SSL *ssl = SSL_new(ctx);
    outcome found;
    CHECK(lastmile_openssl_connect(ssl, cache, name, address));
    found.connected = pair_connect(ssl, server, version);
    found.reused = SSL_session_reused(ssl);
    found.result = SSL_get_verify_result(ssl);
    CHECK((lastmile_openssl_verdict(ssl) != NULL) == (found.result != X509_V_OK));
    SSL_free(ssl);
    return found;
}

static outcome ask(SSL_CTX *ctx, lastmile_openssl_sessions *cache, int version) {
    return ask_at(ctx, cache, version, "backend.example.com", "10.0.0.1:443");
}

static void expect(outcome found, int connected, int reused) {
    CHECK(found.connected == connected);
    CHECK(found.reused == reused);
    CHECK((found.result == X509_V_OK) == connected);
    if (!connected) CHECK(pair_alert == 42);
}

/* OpenSSL itself resumes, and asks nobody: what the adapter is there for. */
static SSL_SESSION *stolen;
static int steal(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(stolen);
    stolen = session;
    return 1;
}
static int never(X509_STORE_CTX *store, void *calls) {
    ++*(int *)calls;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}
static int always(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}
static void without_the_adapter(int version) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl;
    int calls = 0;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, always, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, steal);
    ssl = SSL_new(ctx);
    CHECK(pair_connect(ssl, server, version));
    SSL_free(ssl);
    SSL_CTX_set_cert_verify_callback(ctx, never, &calls);
    ssl = SSL_new(ctx);
    CHECK(stolen != NULL && SSL_set_session(ssl, stolen));
    CHECK(pair_connect(ssl, server, version) && SSL_session_reused(ssl) && calls == 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);

    /* Its session in an SSL_CTX of the adapter: another session-id context, so it fails. */
    ctx = client_of(refusing);
    ssl = SSL_new(ctx);
    CHECK(lastmile_openssl_connect(ssl, NULL, NULL, NULL) && SSL_set_session(ssl, stolen));
    CHECK(!pair_connect(ssl, server, version));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void two_policies(int version) {
    SSL_CTX *good = client_of(accepting), *good_too = client_of(accepting), *bad = client_of(refusing);
    pair_now = start;
    expect(ask(good, sessions, version), 1, 0);
    expect(ask(good, sessions, version), 1, 1);
    /* Another SSL_CTX of the same policy shares them. */
    expect(ask(good_too, sessions, version), 1, 1);
    /* Accept, accept, refuse; and the good one is as before. */
    expect(ask(bad, sessions, version), 0, 0);
    expect(ask(bad, sessions, version), 0, 0);
    expect(ask(good, sessions, version), 1, 1);
    /* Another name or address is another backend. */
    expect(ask_at(good, sessions, version, "other.example", "10.0.0.1:443"), 1, 0);
    expect(ask_at(good, sessions, version, "backend.example.com", "10.0.0.2:443"), 1, 0);
    expect(ask_at(good, sessions, version, "backend.example.com1", "0.0.0.1:443"), 1, 0);
    /* Without a cache nothing is resumed. */
    expect(ask(good, NULL, version), 1, 0);
    expect(ask(good, NULL, version), 1, 0);
    /* A changed policy in the same SSL_CTX: a full handshake, which refuses, and not a failure. */
    CHECK(lastmile_openssl_use(good, refusing));
    expect(ask(good, sessions, version), 0, 0);
    CHECK(lastmile_openssl_use(good, accepting));
    expect(ask(good, sessions, version), 1, 1);
    SSL_CTX_free(good), SSL_CTX_free(good_too), SSL_CTX_free(bad);
}

/* The policy changes while a connection is made: what was begun ends under one policy, or not at all. */
static void changed_between(int version) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl = SSL_new(ctx);
    CHECK(lastmile_openssl_connect(ssl, sessions, "backend.example.com", "between"));
    CHECK(lastmile_openssl_use(ctx, refusing));
    CHECK(pair_connect(ssl, server, version));
    SSL_free(ssl);
    /* What that connection left is of the policy that it began with. */
    expect(ask_at(ctx, sessions, version, "backend.example.com", "between"), 0, 0);
    /* Without lastmile_openssl_connect: made under one, judged under the other. */
    CHECK(lastmile_openssl_use(ctx, accepting));
    ssl = SSL_new(ctx);
    CHECK(pair_connect(ssl, server, version));
    SSL_free(ssl);
    ssl = SSL_new(ctx);
    CHECK(lastmile_openssl_use(ctx, refusing));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
    ssl = SSL_new(ctx);
    CHECK(lastmile_openssl_use(ctx, accepting));
    CHECK(!pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* A server that would take early data is sent none. */
static void no_early_data(void) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl;
    size_t written;
    expect(ask_at(ctx, sessions, TLS1_3_VERSION, NULL, "early"), 1, 0);
    ssl = SSL_new(ctx);
    CHECK(lastmile_openssl_connect(ssl, sessions, NULL, "early"));
    CHECK(SSL_get_session(ssl) != NULL && SSL_SESSION_get_max_early_data(SSL_get_session(ssl)) == 0);
    CHECK(!SSL_write_early_data(ssl, "x", 1, &written));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* The last second of the chain, and the next. */
static void the_end(int version, int64_t end) {
    SSL_CTX *good = client_of(accepting);
    lastmile_openssl_sessions *own = lastmile_openssl_sessions_new(4);
    pair_now = end;
    expect(ask(good, own, version), 1, 0);
    expect(ask(good, own, version), 1, 1);
    pair_now = end + 1;
    outcome found = ask(good, own, version);
    CHECK(!found.connected && !found.reused && found.result == X509_V_ERR_CERT_HAS_EXPIRED && pair_alert == 45);
    pair_now = start;
    /* What had ended is gone. */
    expect(ask(good, own, version), 1, 0);
    lastmile_openssl_sessions_free(own);
    SSL_CTX_free(good);
}

/* A cache of two places: the oldest gives way. */
static void full(int version) {
    SSL_CTX *good = client_of(accepting);
    lastmile_openssl_sessions *two = lastmile_openssl_sessions_new(2);
    const char *addresses[] = {"a", "b", "c"};
    for (int at = 0; at < 3; at++) expect(ask_at(good, two, version, NULL, addresses[at]), 1, 0);
    expect(ask_at(good, two, version, NULL, "c"), 1, 1);
    expect(ask_at(good, two, version, NULL, "b"), 1, 1);
    expect(ask_at(good, two, version, NULL, "a"), 1, 0);
    lastmile_openssl_sessions_free(two);
    SSL_CTX_free(good);
}

static void misuse(void) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    CHECK(!lastmile_openssl_use(NULL, accepting) && !lastmile_openssl_use(ctx, NULL));
    CHECK(!lastmile_openssl_connect(NULL, NULL, NULL, NULL));
    CHECK(!lastmile_openssl_connect(ssl, NULL, NULL, NULL)); /* no verifier */
    CHECK(lastmile_openssl_verdict(NULL) == NULL && lastmile_openssl_verdict(ssl) == NULL);
    lastmile_openssl_sessions_free(NULL);
    lastmile_openssl_sessions_free(lastmile_openssl_sessions_new(0));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(int count, char **arguments) {
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    start = pair_now = check_next_number(&fields);
    int64_t end = check_next_number(&fields);
    accepting = next_verifier(&fields);
    refusing = next_verifier(&fields);
    char *key = check_next_text(&fields);
    lastmile_slice chain[2] = {check_next(&fields), check_next(&fields)};
    server = pair_server(chain, 2, key);
    CHECK(server != NULL);
    sessions = lastmile_openssl_sessions_new(64);
    CHECK(sessions != NULL);
    misuse();
    for (int at = 0; at < 2; at++) {
        without_the_adapter(versions[at]);
        two_policies(versions[at]);
        changed_between(versions[at]);
        the_end(versions[at], end);
        full(versions[at]);
        no_early_data();
        lastmile_openssl_sessions_free(sessions);
        sessions = lastmile_openssl_sessions_new(64);
    }
    SSL_SESSION_free(stolen);
    SSL_CTX_free(server);
    lastmile_openssl_sessions_free(sessions);
    lastmile_verifier_unref(accepting);
    lastmile_verifier_unref(refusing);
    check_free(chain[0]), check_free(chain[1]);
    free(key), free(fields.octets);
    puts("done");
    return 0;
}
