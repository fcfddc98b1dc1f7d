/* A module of httpd that meddles with connections to backends, in one of these ways, after or before mod_lastmile:
 *
 *     Meddle accept     accepts every chain, in place of whoever was asked before
 *     Meddle name       sends another name
 *     Meddle context    gives a connection another SSL_CTX
 *     Meddle session    resumes sessions
 */
#include <httpd.h>

#include <apr_optional.h>
#include <http_config.h>
#include <mod_ssl_openssl.h>

#include <string.h>

static const char *way;
static int session_index = -1; /* of an SSL_CTX: its last session */

static int is(const char *wanted) { return way != NULL && strcmp(way, wanted) == 0; }

static int accept_all(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int keep_session(SSL *ssl, SSL_SESSION *session) {
    SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);
    SSL_SESSION_free(SSL_CTX_get_ex_data(ctx, session_index));
    return SSL_CTX_set_ex_data(ctx, session_index, session);
}

static int init_before(server_rec *server, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx) {
    (void)server, (void)pool;
    if (!is_proxy || !is("session")) return OK;
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return OK;
}

static int init_after(server_rec *server, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx) {
    (void)server, (void)pool;
    if (is_proxy && is("accept")) SSL_CTX_set_cert_verify_callback(ctx, accept_all, NULL);
    return OK;
}

static int handshake_before(conn_rec *connection, SSL *ssl, int is_proxy) {
    (void)connection;
    if (is_proxy && is("context")) {
        SSL_CTX *other = SSL_CTX_new(TLS_client_method());
        SSL_set_SSL_CTX(ssl, other);
        SSL_CTX_free(other);
    }
    if (is_proxy && is("session")) SSL_set_session(ssl, SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), session_index));
    return DECLINED;
}

static int handshake_after(conn_rec *connection, SSL *ssl, int is_proxy) {
    (void)connection;
    if (is_proxy && is("name")) SSL_set_tlsext_host_name(ssl, "meddler.example");
    return DECLINED;
}

static const char *set_way(cmd_parms *cmd, void *unused, const char *word) {
    (void)cmd, (void)unused;
    way = word;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("Meddle", set_way, NULL, RSRC_CONF, "how"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL},
};

static void hooks(apr_pool_t *pool) {
    (void)pool;
    if (session_index < 0) session_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    APR_OPTIONAL_HOOK(ssl, init_server, init_before, NULL, NULL, APR_HOOK_REALLY_FIRST);
    APR_OPTIONAL_HOOK(ssl, init_server, init_after, NULL, NULL, APR_HOOK_REALLY_LAST);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, handshake_before, NULL, NULL, APR_HOOK_REALLY_FIRST);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, handshake_after, NULL, NULL, APR_HOOK_REALLY_LAST);
}

module AP_MODULE_DECLARE_DATA meddler_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, hooks, 0,
};
