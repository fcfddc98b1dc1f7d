/* A module of httpd that accepts every backend, in place of whoever was asked before: what mod_lastmile finds out
 * after the handshake. */
#include <httpd.h>

#include <apr_optional.h>
#include <http_config.h>
#include <mod_ssl_openssl.h>

static int accept_all(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static int meddle(server_rec *server, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx) {
    (void)server, (void)pool;
    if (is_proxy) SSL_CTX_set_cert_verify_callback(ctx, accept_all, NULL);
    return OK;
}

static void hooks(apr_pool_t *pool) {
    (void)pool;
    APR_OPTIONAL_HOOK(ssl, init_server, meddle, NULL, NULL, APR_HOOK_REALLY_LAST);
}

module AP_MODULE_DECLARE_DATA meddler_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0,
};
