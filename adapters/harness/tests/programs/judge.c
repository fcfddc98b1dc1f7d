/* A host of OpenSSL that makes its SSL_CTX and connections itself: what it is told, and what goes past it. */
#include "pair.h"
#include "verifier_of.h"

static const lastmile_verifier *accepting, *accepting_too, *refusing, *current;
static SSL_CTX *server;
static int calls;

/* As a host has it: the policy is that of the moment. */
static int ask(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    int is_accepted;
    (void)unused;
    calls++;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    is_accepted = lastmile_openssl_judge(store, current);
    CHECK((X509_STORE_CTX_get_error(store) == X509_V_OK) == is_accepted);
    /* The handshake has not ended. */
    CHECK(!lastmile_openssl_is_accepted(ssl, accepting));
    return is_accepted;
}

static SSL_CTX *host(void) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    CHECK(ctx != NULL);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, ask, NULL);
    return ctx;
}

static void accepted(int version) {
    SSL_CTX *ctx = host();
    SSL *ssl = SSL_new(ctx);
    current = accepting, calls = 0;
    CHECK(!lastmile_openssl_is_accepted(ssl, accepting));
    CHECK(pair_connect(ssl, server, version) && calls == 1 && pair_alert == -1);
    CHECK(SSL_get_verify_result(ssl) == X509_V_OK && lastmile_openssl_verdict(ssl) == NULL);
    CHECK(lastmile_openssl_is_accepted(ssl, accepting));
    /* Another verifier of the same policy. */
    CHECK(accepting_too != accepting && lastmile_openssl_is_accepted(ssl, accepting_too));
    CHECK(!lastmile_openssl_is_accepted(ssl, refusing));
    CHECK(!lastmile_openssl_is_accepted(ssl, NULL) && !lastmile_openssl_is_accepted(NULL, accepting));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void refused(int version) {
    SSL_CTX *ctx = host();
    SSL *ssl = SSL_new(ctx);
    lastmile_verdict_info info = {.struct_size = sizeof info};
    current = refusing, calls = 0;
    CHECK(!pair_connect(ssl, server, version) && calls == 1 && pair_alert == 42);
    CHECK(SSL_get_verify_result(ssl) == X509_V_ERR_HOSTNAME_MISMATCH);
    CHECK_CODE(lastmile_verdict_get(lastmile_openssl_verdict(ssl), &info), LASTMILE_OK);
    CHECK(check_is(info.code, "name-mismatch"));
    CHECK(!lastmile_openssl_is_accepted(ssl, refusing) && !lastmile_openssl_is_accepted(ssl, accepting));
    /* The next handshake of the same SSL is another one. */
    current = accepting;
    CHECK(SSL_clear(ssl) && pair_connect(ssl, server, version));
    CHECK(lastmile_openssl_verdict(ssl) == NULL && lastmile_openssl_is_accepted(ssl, accepting));
    current = refusing;
    CHECK(SSL_clear(ssl) && SSL_set_session(ssl, NULL) && !pair_connect(ssl, server, version));
    CHECK(lastmile_openssl_verdict(ssl) != NULL && !lastmile_openssl_is_accepted(ssl, accepting));
    SSL_free(ssl);
    /* Where nobody heeds the answer, it is still known. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    ssl = SSL_new(ctx);
    CHECK(pair_connect(ssl, server, version) && SSL_get_verify_result(ssl) != X509_V_OK);
    CHECK(!lastmile_openssl_is_accepted(ssl, refusing) && !lastmile_openssl_is_accepted(ssl, accepting));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* What a host must not do: nobody is asked, and it is not accepted. */
static void resumed(int version) {
    SSL_CTX *ctx = host();
    SSL *ssl = SSL_new(ctx), *another = SSL_new(ctx);
    SSL_SESSION *session;
    current = accepting, calls = 0;
    CHECK(pair_connect(ssl, server, version) && calls == 1);
    session = SSL_get1_session(ssl);
    CHECK(SSL_set_session(another, session) && pair_connect(another, server, version));
    CHECK(SSL_session_reused(another) && calls == 1);
    CHECK(!lastmile_openssl_is_accepted(another, accepting));
    SSL_free(another);
    /* Nor if the same SSL had a handshake that was accepted. */
    another = SSL_new(ctx);
    CHECK(pair_connect(another, server, version) && calls == 2 && lastmile_openssl_is_accepted(another, accepting));
    CHECK(SSL_clear(another) && pair_connect(another, server, version));
    CHECK(SSL_session_reused(another) && calls == 2 && !lastmile_openssl_is_accepted(another, accepting));
    SSL_SESSION_free(session);
    SSL_free(ssl), SSL_free(another);
    SSL_CTX_free(ctx);
}

/* Nor is anybody asked where there is no certificate. */
static void without_certificates(void) {
    SSL_CTX *ctx = host(), *anonymous = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(ctx);
    CHECK(SSL_CTX_set_cipher_list(anonymous, "aNULL:@SECLEVEL=0"));
    current = accepting, calls = 0;
    CHECK(pair_connect(ssl, server, TLS1_2_VERSION) && lastmile_openssl_is_accepted(ssl, accepting));
    CHECK(SSL_clear(ssl) && SSL_set_session(ssl, NULL));
    CHECK(SSL_set_cipher_list(ssl, "aNULL:@SECLEVEL=0"));
    CHECK(pair_connect(ssl, anonymous, TLS1_2_VERSION) && calls == 1);
    CHECK(!lastmile_openssl_is_accepted(ssl, accepting));
    SSL_free(ssl);
    SSL_CTX_free(ctx), SSL_CTX_free(anonymous);
}

static void misuse(int version) {
    SSL_CTX *ctx = host();
    SSL *ssl = SSL_new(ctx);
    X509_STORE_CTX *store = X509_STORE_CTX_new();
    CHECK(store != NULL);
    /* No verifier: refused, and there is no verdict. */
    current = NULL;
    CHECK(!pair_connect(ssl, server, version) && pair_alert == 80);
    CHECK(SSL_get_verify_result(ssl) == X509_V_ERR_UNSPECIFIED && lastmile_openssl_verdict(ssl) == NULL);
    /* No SSL, and no chain. */
    CHECK(!lastmile_openssl_judge(NULL, accepting));
    X509_STORE_CTX_set_error(store, X509_V_OK);
    CHECK(!lastmile_openssl_judge(store, accepting));
    CHECK(X509_STORE_CTX_get_error(store) == X509_V_ERR_UNSPECIFIED);
    CHECK(X509_STORE_CTX_set_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx(), ssl));
    X509_STORE_CTX_set_error(store, X509_V_OK);
    CHECK(!lastmile_openssl_judge(store, accepting));
    CHECK(X509_STORE_CTX_get_error(store) == X509_V_ERR_UNSPECIFIED);
    X509_STORE_CTX_free(store);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(int count, char **arguments) {
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    lastmile_slice chain[2];
    check_fields again;
    char *key;
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    pair_now = check_next_number(&fields);
    (void)check_next_number(&fields);
    again = fields;
    accepting = next_verifier(&fields), accepting_too = next_verifier(&again);
    refusing = next_verifier(&fields);
    key = check_next_text(&fields);
    chain[0] = check_next(&fields), chain[1] = check_next(&fields);
    server = pair_server(chain, 2, key);
    CHECK(server != NULL);
    for (int at = 0; at < 2; at++) {
        accepted(versions[at]);
        refused(versions[at]);
        resumed(versions[at]);
        misuse(versions[at]);
    }
    without_certificates();
    SSL_CTX_free(server);
    lastmile_verifier_unref(accepting), lastmile_verifier_unref(accepting_too), lastmile_verifier_unref(refusing);
    check_free(chain[0]), check_free(chain[1]);
    free(key), free(fields.octets);
    /* What is left now is a leak. */
    server = NULL, accepting = accepting_too = refusing = current = NULL;
    puts("done");
    return 0;
}
