/* A module of httpd that says of every connection to a backend that it has TLS, and makes none: as another module
 * than mod_ssl would, which nobody can ask. */
#include <httpd.h>

#include <http_config.h>
#include <http_ssl.h>

static int bind_outgoing(conn_rec *connection, ap_conf_vector_t *directory, int wants_tls) {
    (void)connection, (void)directory, (void)wants_tls;
    return OK;
}

static void hooks(apr_pool_t *pool) {
    (void)pool;
    ap_hook_ssl_bind_outgoing(bind_outgoing, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

module AP_MODULE_DECLARE_DATA other_tls_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, hooks, 0,
};
