/*
 * Holds the TLS backends of a virtual host to a policy of lastmile.
 *
 *     LastmileCA FILE|system, LastmileHostname NAME, LastmileSAN hostname:NAME|uri:URI ...
 *     LastmilePolicy FILE TARGET | off
 *
 * The way of a connection: mod_ssl makes the SSL_CTX of the proxy (`use`), a connection of it is given the policy
 * of its server (`prepare`), the handshake asks (`verify`), and before anything is sent it is asked once more
 * whether somebody was asked (`confirm`). mod_lastmile_pools.c holds connections that last to one policy,
 * mod_lastmile_kept.c has what a restart falls back on, and mod_lastmile_notes.c tells what is found while it reads.
 */
#include "mod_lastmile.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <ap_release.h>
#include <http_connection.h>
#include <http_log.h>
#include <mod_ssl_openssl.h>
#include <openssl/x509_vfy.h>

#include "lastmile_openssl.h"
#include "lastmile_refusal.h"

APLOG_USE_MODULE(lastmile);

/* Where something is said. */
typedef struct {
    const char *file;
    int line;
} place;

enum says { SAYS_NOTHING, SAYS_STANZA, SAYS_DOCUMENTS, SAYS_OFF };

/* What one server says, or has from the main server. */
typedef struct {
    const char *ca; /* a path, or "system"; inherited by itself */
    int is_own_ca;
    place ca_place;
    /* Inherited together. */
    enum says says;
    place says_place;
    const char *hostname;
    apr_array_header_t *sans; /* of const char * */
    const char *file, *target;
    /* Made of it. */
    const char *words; /* for messages */
    lastmile_policy policy;
} server_conf;

static int policy_index = -1;  /* of an SSL: the server_conf whose policy it is held to */
static int context_index = -1; /* of an SSL_CTX: that its callback is ours */

static server_conf *conf_of(const server_rec *server) {
    return ap_get_module_config(server->module_config, &lastmile_module);
}

const lastmile_policy *lastmile_policy_of(const server_rec *server) {
    const server_conf *conf = conf_of(server);
    return conf->policy.verifier == NULL ? NULL : &conf->policy;
}

const char *lastmile_words_of(const server_rec *server) {
    const server_conf *conf = conf_of(server);
    return conf->policy.verifier == NULL ? "no policy" : conf->words;
}

/* Directives. */

static void *create(apr_pool_t *pool, server_rec *server) {
    (void)server;
    return apr_pcalloc(pool, sizeof(server_conf));
}

static void *merge(apr_pool_t *pool, void *base, void *add) {
    const server_conf *outer = base, *inner = add;
    server_conf *merged = apr_pmemdup(pool, inner->says == SAYS_NOTHING ? outer : inner, sizeof *merged);
    const server_conf *ca = inner->ca == NULL ? outer : inner;
    merged->ca = ca->ca;
    merged->ca_place = ca->ca_place;
    merged->is_own_ca = inner->ca != NULL;
    return merged;
}

static place here(const cmd_parms *cmd) { return (place){cmd->directive->filename, cmd->directive->line_num}; }

#define BESIDE_DOCUMENTS " has no place beside LastmilePolicy, whose documents say it"
#define BESIDE_OFF " has no place beside \"LastmilePolicy off\""

/* What a directive of a stanza cannot stand beside. */
static const char *stanza(cmd_parms *cmd, server_conf *conf) {
    if (conf->says == SAYS_DOCUMENTS) return apr_pstrcat(cmd->pool, cmd->cmd->name, BESIDE_DOCUMENTS, NULL);
    if (conf->says == SAYS_OFF) return apr_pstrcat(cmd->pool, cmd->cmd->name, BESIDE_OFF, NULL);
    return NULL;
}

static const char *enter(cmd_parms *cmd, server_conf **conf) {
    const char *error = ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT | NOT_IN_HTACCESS);
    *conf = conf_of(cmd->server);
    return error;
}

static const char *set_ca(cmd_parms *cmd, void *unused, const char *ca) {
    server_conf *conf;
    const char *error = enter(cmd, &conf);
    (void)unused;
    if (error != NULL || (error = stanza(cmd, conf)) != NULL) return error;
    if (conf->ca != NULL) return "LastmileCA stands here twice: put all certificates into one file";
    if (*ca == '\0') return "LastmileCA needs a file of PEM certificates, or \"system\"";
    conf->ca = strcmp(ca, "system") == 0 ? ca : ap_server_root_relative(cmd->pool, ca);
    if (conf->ca == NULL) return apr_pstrcat(cmd->pool, "LastmileCA: not a path: ", ca, NULL);
    conf->is_own_ca = 1;
    conf->ca_place = here(cmd);
    return NULL;
}

static void say_stanza(cmd_parms *cmd, server_conf *conf) {
    if (conf->says == SAYS_NOTHING) conf->says_place = here(cmd);
    conf->says = SAYS_STANZA;
}

static const char *set_hostname(cmd_parms *cmd, void *unused, const char *hostname) {
    server_conf *conf;
    const char *error = enter(cmd, &conf);
    (void)unused;
    if (error != NULL || (error = stanza(cmd, conf)) != NULL) return error;
    if (conf->hostname != NULL)
        return "LastmileHostname stands here twice: further names are given by LastmileSAN";
    say_stanza(cmd, conf);
    conf->hostname = hostname;
    return NULL;
}

static const char *add_san(cmd_parms *cmd, void *unused, const char *san) {
    server_conf *conf;
    const char *error = enter(cmd, &conf);
    (void)unused;
    if (error != NULL || (error = stanza(cmd, conf)) != NULL) return error;
    if (strncmp(san, "hostname:", 9) != 0 && strncmp(san, "uri:", 4) != 0)
        return apr_pstrcat(cmd->pool, "LastmileSAN expects hostname:NAME or uri:URI, found ", san, NULL);
    say_stanza(cmd, conf);
    if (conf->sans == NULL) conf->sans = apr_array_make(cmd->pool, 4, sizeof(const char *));
    APR_ARRAY_PUSH(conf->sans, const char *) = san;
    return NULL;
}

static const char *set_policy(cmd_parms *cmd, void *unused, const char *file, const char *target) {
    server_conf *conf;
    const char *error = enter(cmd, &conf);
    int is_off = ap_cstr_casecmp(file, "off") == 0;
    (void)unused;
    if (error != NULL) return error;
    if (conf->says == SAYS_DOCUMENTS || conf->says == SAYS_OFF) return "LastmilePolicy stands here twice";
    if (conf->says == SAYS_STANZA || conf->ca != NULL)
        return "LastmilePolicy has no place beside LastmileCA, LastmileHostname and LastmileSAN";
    if (is_off != (target == NULL))
        return is_off ? "LastmilePolicy off takes nothing after it"
                      : "LastmilePolicy needs a target after the file: [NAMESPACE/]NAME[:SECTION]";
    conf->says = is_off ? SAYS_OFF : SAYS_DOCUMENTS;
    conf->says_place = here(cmd);
    if (is_off) return NULL;
    conf->file = *file == '\0' ? NULL : ap_server_root_relative(cmd->pool, file);
    if (conf->file == NULL) return "LastmilePolicy needs a file of documents, or a directory of them";
    conf->target = target;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("LastmileCA", set_ca, NULL, RSRC_CONF, "a file of PEM certificates, or \"system\""),
    AP_INIT_TAKE1("LastmileHostname", set_hostname, NULL, RSRC_CONF,
                  "the name that is sent, and that the certificate must have unless LastmileSAN says otherwise"),
    AP_INIT_ITERATE("LastmileSAN", add_san, NULL, RSRC_CONF,
                    "names of which the certificate must have one: hostname:NAME or uri:URI"),
    AP_INIT_TAKE12("LastmilePolicy", set_policy, NULL, RSRC_CONF,
                   "documents of Kubernetes and the target among them, or \"off\""),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL},
};

/* Policies. */

static apr_status_t clear(void *policy) {
    lastmile_policy_clear(policy);
    return APR_SUCCESS;
}

static apr_status_t free_policies(void *policies) {
    lastmile_policies_free(policies);
    return APR_SUCCESS;
}

static void warn(void *unused, const char *line) {
    (void)unused;
    lastmile_say(APLOG_WARNING, line);
}

static const char *name_of(apr_pool_t *pool, place at) {
    return apr_psprintf(pool, "%s:%d", at.file == NULL ? "?" : at.file, at.line);
}

const char *lastmile_place_of(const server_rec *server) {
    return name_of(server->process->pconf, conf_of(server)->says_place);
}

static int fail(apr_pool_t *pool, place at, const char *words) {
    return lastmile_refuse(apr_pstrcat(pool, words, " in ", name_of(pool, at), NULL));
}

/* Makes what this server says into its policy. */
static int compile(apr_pool_t *pool, lastmile_policies *policies, server_rec *server) {
    server_conf *conf = conf_of(server);
    char error[1024];
    const char *said;
    int is_made;
    if (conf->is_own_ca && (conf->says == SAYS_OFF || conf->says == SAYS_DOCUMENTS))
        return fail(pool, conf->ca_place,
                    "LastmileCA has no effect under the inherited LastmilePolicy: add LastmileHostname");
    if (conf->says == SAYS_OFF) return OK;
    if (conf->says == SAYS_DOCUMENTS) {
        conf->words = apr_psprintf(pool, "LastmilePolicy %s %s", conf->file, conf->target);
        is_made = lastmile_policies_from_documents(policies, conf->file, conf->target, &conf->policy, error,
                                                   sizeof error);
    } else if (conf->says == SAYS_STANZA) {
        if (conf->hostname == NULL)
            return fail(pool, conf->says_place,
                        "LastmileSAN needs LastmileHostname beside it: the name that is sent");
        if (conf->ca == NULL)
            return fail(pool, conf->says_place,
                        "LastmileHostname needs LastmileCA: name a file of PEM certificates, or \"system\"");
        conf->words = apr_psprintf(pool, "LastmileCA %s, LastmileHostname %s", conf->ca, conf->hostname);
        is_made = lastmile_policies_from_stanza(
            policies, conf->ca, conf->hostname, conf->sans == NULL ? NULL : (const char **)conf->sans->elts,
            conf->sans == NULL ? 0 : (size_t)conf->sans->nelts, &conf->policy, error, sizeof error);
    } else if (conf->is_own_ca && (server->is_virtual || server->next == NULL)) {
        /* In the main server it may be there for the virtual hosts. */
        return fail(pool, conf->ca_place, "LastmileCA verifies nothing by itself: add LastmileHostname");
    } else {
        return OK;
    }
    /* No directive has the end of a line in its arguments. */
    said = conf->says == SAYS_DOCUMENTS
               ? apr_pstrcat(pool, conf->file, "\n", conf->target, NULL)
               : apr_pstrcat(pool, conf->ca, "\n", conf->hostname, "\n",
                             conf->sans == NULL ? "" : apr_array_pstrcat(pool, conf->sans, '\n'), "\n", NULL);
    if (is_made) {
        lastmile_keep(said, &conf->policy);
    } else {
        if (!lastmile_take_kept(said, &conf->policy)) return fail(pool, conf->says_place, error);
        lastmile_say(APLOG_CRIT, apr_pstrcat(pool, error, " in ", name_of(pool, conf->says_place),
                                             ": the policy of before the restart goes on", NULL));
    }
    apr_pool_cleanup_register(pool, &conf->policy, clear, apr_pool_cleanup_null);
    return OK;
}

/* httpd looks at the major number of its ABI only. */
static void check_version(apr_pool_t *pool) {
    ap_version_t version;
    ap_get_server_revision(&version);
    if (version.major != AP_SERVER_MAJORVERSION_NUMBER || version.minor != AP_SERVER_MINORVERSION_NUMBER ||
        version.patch != AP_SERVER_PATCHLEVEL_NUMBER)
        lastmile_say(APLOG_WARNING,
                     apr_psprintf(pool,
                                  "this module was built for httpd " AP_SERVER_BASEREVISION ", and this is %d.%d.%d: "
                                  "build it again",
                                  version.major, version.minor, version.patch));
}

/* Makes what all of them say into their policies. */
static int compile_all(apr_pool_t *pool, server_rec *first) {
    lastmile_policies *policies = lastmile_policies_new();
    if (policies == NULL) return lastmile_refuse("memory is short");
    apr_pool_cleanup_register(pool, policies, free_policies, apr_pool_cleanup_null);
    lastmile_policies_on_warning(policies, warn, NULL);
    for (server_rec *server = first; server != NULL; server = server->next) {
        int status;
        /* A virtual host that says nothing has what the main server has, and not a copy of it. */
        if (server != first && conf_of(server) == conf_of(first)) continue;
        status = compile(pool, policies, server);
        if (status != OK) return status;
        if (lastmile_policy_of(server) != NULL && ap_find_linked_module("mod_ssl.c") == NULL)
            return fail(pool, conf_of(server)->says_place,
                        "a policy needs mod_ssl, which is not loaded: add its LoadModule");
    }
    apr_pool_cleanup_run(pool, policies, free_policies);
    return lastmile_check_pools(first);
}

/* Before a configuration is read, when all modules are loaded, in whatever order. */
static int begin(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary) {
    (void)log, (void)temporary;
    lastmile_begin_notes(pool);
    return lastmile_when_told(lastmile_hook_pools());
}

/* When it has been read, by `apachectl configtest` too. */
static int check(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *first) {
    int status;
    (void)log, (void)temporary;
    check_version(pool);
    status = compile_all(pool, first);
    if (status == OK) lastmile_forget_others();
    return lastmile_when_told(status);
}

/* Connections. */

/* An SSL_CTX for backends, of a server or of a <Proxy> in it. Whoever has no policy is verified as without us. */
static int verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    server_rec *server = ssl == NULL ? NULL : SSL_get_ex_data(ssl, policy_index);
    conn_rec *connection;
    char line[LASTMILE_REFUSAL_MOST + 1];
    (void)unused;
    if (ssl == NULL) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
        return 0;
    }
    if (server == NULL) return X509_verify_cert(store);
    if (lastmile_openssl_judge(store, conf_of(server)->policy.verifier)) return 1;
    lastmile_refusal_line(lastmile_openssl_verdict(ssl), line, sizeof line);
    connection = SSL_get_app_data(ssl);
    if (connection != NULL)
        ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, connection, "%s hostname=%s (%s)", line,
                      conf_of(server)->policy.hostname, conf_of(server)->words);
    return 0;
}

static int use(server_rec *server, apr_pool_t *pool, int is_proxy, SSL_CTX *ctx) {
    (void)pool;
    if (!is_proxy || lastmile_policy_of(server) == NULL) return OK;
    if (!SSL_CTX_set_ex_data(ctx, context_index, &context_index)) return HTTP_INTERNAL_SERVER_ERROR;
    SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
    /* Nobody is asked about a session that is resumed. */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return OK;
}

/* A new connection, before its handshake. */
static int prepare(conn_rec *connection, SSL *ssl, int is_proxy) {
    const lastmile_policy *policy = lastmile_policy_of(connection->base_server);
    if (!is_proxy || policy == NULL) return DECLINED;
    if (SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_index) == NULL ||
        !SSL_set_ex_data(ssl, policy_index, connection->base_server) ||
        !SSL_set_tlsext_host_name(ssl, policy->hostname)) {
        ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, connection,
                      "lastmile/fault: this connection cannot be held to %s, and is not made",
                      lastmile_words_of(connection->base_server));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    /* Whatever SSLProxyVerify says: without this, the verdict would be ignored. */
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    /* mod_ssl would send this name, and compare it with the certificate: the names are those of the policy. */
    apr_table_unset(connection->notes, "proxy-request-hostname");
    ap_set_module_config(connection->conn_config, &lastmile_module, ssl);
    return OK;
}

/* A new connection, when all that stands between it and the backend is there. */
static int guard(conn_rec *connection, void *socket) {
    (void)socket;
    if (!connection->outgoing || lastmile_policy_of(connection->base_server) == NULL ||
        ap_get_module_config(connection->conn_config, &lastmile_module) != NULL)
        return DECLINED;
    ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, connection,
                  "lastmile/not-verified: a connection without TLS, or with that of another module than mod_ssl, is "
                  "not used (%s)",
                  lastmile_words_of(connection->base_server));
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int is_name_sent(const SSL *ssl, const char *hostname) {
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return name != NULL && ap_cstr_casecmp(name, hostname) == 0;
}

/* A handshake has ended well. */
static int confirm(conn_rec *connection, SSL *ssl) {
    const lastmile_policy *policy = lastmile_policy_of(connection->base_server);
    if (policy == NULL) return DECLINED;
    if (lastmile_openssl_is_accepted(ssl, policy->verifier) && is_name_sent(ssl, policy->hostname)) return OK;
    ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, connection,
                  "lastmile/not-verified: a connection was made that nobody verified under this policy, and is closed (%s)",
                  lastmile_words_of(connection->base_server));
    return HTTP_INTERNAL_SERVER_ERROR;
}

static void hooks(apr_pool_t *pool) {
    (void)pool;
    /* OpenSSL keeps its numbers for as long as the process is there, and so is this. */
    if (policy_index < 0) policy_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (context_index < 0) context_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    ap_hook_pre_config(begin, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_config(check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(lastmile_tell, NULL, NULL, APR_HOOK_REALLY_FIRST);
    APR_OPTIONAL_HOOK(ssl, init_server, use, NULL, NULL, APR_HOOK_LAST);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, prepare, NULL, NULL, APR_HOOK_LAST);
    APR_OPTIONAL_HOOK(ssl, proxy_post_handshake, confirm, NULL, NULL, APR_HOOK_FIRST);
    /* After mod_ssl, and before core. */
    ap_hook_pre_connection(guard, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_init(lastmile_init_pools, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA lastmile_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, create, merge, directives, hooks, 0,
};
