/* Sessions and policies: one process, one cache of sessions, two policies about one backend. */
#include "lastmile_boringssl.h"
#include "boringssl_pair.h"
#include "verifier_of.h"

static const lastmile_verifier *accepting, *refusing;
static SSL_CTX *server;
static int64_t start;

/* The cache of the process: the last session, whoever made it. */
static SSL_SESSION *kept;
static int keep(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

static SSL_CTX *client_of(const lastmile_verifier *verifier) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    CHECK(ctx != NULL && (verifier == NULL || lastmile_boringssl_use(ctx, verifier)));
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep);
    return ctx;
}

static void ask(SSL_CTX *ctx, uint16_t version, int connects, int is_resumed, int alert) {
    SSL *ssl = SSL_new(ctx);
    if (kept != NULL) CHECK(SSL_set_session(ssl, kept));
    CHECK(pair_connect(ssl, server, version) == connects);
    if (connects) CHECK(SSL_session_reused(ssl) == is_resumed);
    /* Of a session that was refused, it says what the session says. */
    if (connects || kept == NULL)
        CHECK(SSL_get_verify_result(ssl) == (connects ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION));
    CHECK((lastmile_boringssl_verdict(ssl) == NULL) == connects);
    CHECK(pair_alert == alert);
    SSL_free(ssl);
}

static void forget(void) {
    SSL_SESSION_free(kept);
    kept = NULL;
}

/* BoringSSL itself resumes, and asks nobody: what the adapter is there for. */
static int calls;
static enum ssl_verify_result_t always(SSL *ssl, uint8_t *alert) {
    (void)ssl, (void)alert;
    calls++;
    return ssl_verify_ok;
}
static void without_the_adapter(uint16_t version) {
    SSL_CTX *ctx = client_of(NULL);
    forget();
    calls = 0;
    SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, always);
    for (int at = 0; at < 2; at++) {
        SSL *ssl = SSL_new(ctx);
        if (kept != NULL) CHECK(SSL_set_session(ssl, kept));
        CHECK(pair_connect(ssl, server, version) && SSL_session_reused(ssl) == at && calls == 1);
        SSL_free(ssl);
    }
    SSL_CTX_free(ctx);
}

static void two_policies(uint16_t version) {
    SSL_CTX *good = client_of(accepting), *bad = client_of(refusing);
    uint64_t accepted = 0;
    /* A session that nobody of ours has verified is verified now. */
    CHECK(kept != NULL);
    ask(bad, version, 0, 0, 42);
    forget();
    ask(good, version, 1, 0, -1);
    ask(good, version, 1, 1, -1);
    ask(bad, version, 0, 0, 42);
    ask(good, version, 1, 1, -1);
    /* A changed policy in the same SSL_CTX. */
    CHECK(lastmile_boringssl_use(good, refusing));
    ask(good, version, 0, 0, 42);
    forget();
    ask(good, version, 0, 0, 42);
    CHECK(lastmile_boringssl_use(good, accepting));
    ask(good, version, 1, 0, -1);
    ask(good, version, 1, 1, -1);
    CHECK_CODE(lastmile_verifier_count(accepting, (lastmile_status){LASTMILE_OK}, &accepted), LASTMILE_OK);
    /* Resumed ones were asked about too, of those of this version and those before. */
    CHECK(accepted >= 5);
    SSL_CTX_free(good), SSL_CTX_free(bad);
}

/* The last second of the chain, and the next. */
static void the_end(uint16_t version, int64_t end) {
    SSL_CTX *good = client_of(accepting);
    forget();
    pair_now = end;
    ask(good, version, 1, 0, -1);
    ask(good, version, 1, 1, -1);
    pair_now = end + 1;
    ask(good, version, 0, 0, 45);
    pair_now = start;
    ask(good, version, 1, 1, -1);
    SSL_CTX_free(good);
}

static void no_early_data(void) {
    SSL_CTX *ctx = client_of(accepting);
    SSL *ssl = SSL_new(ctx);
    CHECK(kept != NULL && SSL_SESSION_early_data_capable(kept) && SSL_set_session(ssl, kept));
    CHECK(pair_connect(ssl, server, TLS1_3_VERSION) && !SSL_early_data_accepted(ssl));
    CHECK(SSL_get_early_data_reason(ssl) == ssl_early_data_disabled);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void misuse(void) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_with_buffers_method());
    SSL *ssl = SSL_new(ctx);
    CHECK(!lastmile_boringssl_use(NULL, accepting) && !lastmile_boringssl_use(ctx, NULL));
    CHECK(lastmile_boringssl_verdict(NULL) == NULL && lastmile_boringssl_verdict(ssl) == NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(int count, char **arguments) {
    const uint16_t versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
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
    misuse();
    for (int at = 0; at < 2; at++) {
        without_the_adapter(versions[at]);
        two_policies(versions[at]);
        the_end(versions[at], end);
    }
    no_early_data();
    forget();
    SSL_CTX_free(server);
    lastmile_verifier_unref(accepting);
    lastmile_verifier_unref(refusing);
    check_free(chain[0]), check_free(chain[1]);
    free(key), free(fields.octets);
    puts("done");
    return 0;
}
