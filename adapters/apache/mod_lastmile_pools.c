/* What mod_proxy keeps: connections that last, in workers, which a virtual host may have from the main server.
 * A connection is verified once, when it is made; so those of one worker are held to one policy. */
#include "mod_lastmile.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <dlfcn.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_proxy.h>
#include <pthread.h>

APLOG_USE_MODULE(lastmile);

static proxy_server_conf *proxy_conf_of(const server_rec *server) {
    /* mod_proxy may not be there. */
    module *proxy = ap_find_linked_module("mod_proxy.c");
    return proxy == NULL ? NULL : ap_get_module_config(server->module_config, proxy);
}

static int is_same_policy(const server_rec *one, const server_rec *other) {
    const lastmile_policy *first = lastmile_policy_of(one), *second = lastmile_policy_of(other);
    if (first == NULL || second == NULL) return first == second;
    return memcmp(first->digest, second->digest, sizeof first->digest) == 0 &&
           ap_cstr_casecmp(first->hostname, second->hostname) == 0;
}

static int is_tls(const proxy_worker *worker) {
    return ap_cstr_casecmp(worker->s->scheme, "https") == 0 || ap_cstr_casecmp(worker->s->scheme, "wss") == 0 ||
           ap_cstr_casecmp(worker->s->scheme, "h2") == 0;
}

/* Where a server is configured. */
static const char *place_of(const server_rec *server) {
    return server->defn_name == NULL
               ? "the main server"
               : apr_psprintf(server->process->pconf, "%s:%u", server->defn_name, server->defn_line_number);
}

static int fail(const server_rec *one, const server_rec *other, const char *name) {
    return lastmile_refuse(
        apr_psprintf(one->process->pconf,
                     "the worker %s is reached under two policies: %s in %s, and %s in %s: a connection that lasts is "
                     "not verified again: move its ProxyPass or <Proxy> into each virtual host, or add "
                     "\"ProxyPassInherit off\" and \"BalancerInherit off\" there, or \"disablereuse=on\" to it",
                     name, lastmile_words_of(one), place_of(one), lastmile_words_of(other), place_of(other)));
}

/* The worker of another server whose connections are those of this one, or NULL. What is copied when a virtual
 * host inherits has the same shared part. */
static const proxy_worker *find(const proxy_server_conf *conf, const proxy_worker *wanted) {
    const proxy_worker *workers = (const proxy_worker *)conf->workers->elts;
    for (int at = 0; at < conf->workers->nelts; at++)
        if (workers[at].s == wanted->s) return &workers[at];
    return NULL;
}

static const proxy_balancer *find_balancer(const proxy_server_conf *conf, const proxy_balancer *wanted) {
    const proxy_balancer *balancers = (const proxy_balancer *)conf->balancers->elts;
    for (int at = 0; at < conf->balancers->nelts; at++)
        if (balancers[at].workers == wanted->workers ||
            (balancers[at].s == wanted->s && wanted->s != NULL))
            return &balancers[at];
    return NULL;
}

/* Whether connections to one of its members may last. */
static int has_tls_member(const proxy_balancer *balancer) {
    proxy_worker *const *members = (proxy_worker *const *)balancer->workers->elts;
    for (int at = 0; at < balancer->workers->nelts; at++)
        if (is_tls(members[at]) && !members[at]->s->disablereuse) return 1;
    return 0;
}

static int check_two(const server_rec *one, const server_rec *other) {
    const proxy_server_conf *first = proxy_conf_of(one), *second = proxy_conf_of(other);
    const proxy_worker *workers;
    const proxy_balancer *balancers;
    if (first == NULL || second == NULL || is_same_policy(one, other)) return OK;
    workers = (const proxy_worker *)first->workers->elts;
    for (int at = 0; at < first->workers->nelts; at++)
        if (is_tls(&workers[at]) && !workers[at].s->disablereuse && find(second, &workers[at]) != NULL)
            return fail(one, other, workers[at].s->name_ex);
    balancers = (const proxy_balancer *)first->balancers->elts;
    for (int at = 0; at < first->balancers->nelts; at++)
        if (has_tls_member(&balancers[at]) && find_balancer(second, &balancers[at]) != NULL)
            return fail(one, other, balancers[at].s->name);
    return OK;
}

/* Whether no server without a policy has it: one of these two. */
static int is_under_policies(const server_rec *first, const proxy_worker *worker, const proxy_balancer *balancer) {
    for (const server_rec *server = first; server != NULL; server = server->next) {
        const proxy_server_conf *conf = proxy_conf_of(server);
        if (lastmile_policy_of(server) != NULL) continue;
        if (worker != NULL ? find(conf, worker) != NULL : find_balancer(conf, balancer) != NULL) return 0;
    }
    return 1;
}

static int fail_for_plain(const server_rec *server, const proxy_worker *worker) {
    return lastmile_refuse(apr_psprintf(
        server->process->pconf,
        "the worker %s of %s speaks no TLS, where %s in %s asks for a verified backend: no request would get to it: "
        "write https://, or move it into a virtual host with \"LastmilePolicy off\" if plain text is meant",
        worker->s->name_ex, place_of(server), lastmile_words_of(server), lastmile_place_of(server)));
}

/* What is stopped at each request is refused before: a worker without TLS, unless a server without a policy has
 * it too. */
static int check_plain(const server_rec *first, const server_rec *server) {
    const proxy_server_conf *conf = proxy_conf_of(server);
    const proxy_worker *workers;
    const proxy_balancer *balancers;
    if (conf == NULL || lastmile_policy_of(server) == NULL) return OK;
    workers = (const proxy_worker *)conf->workers->elts;
    for (int at = 0; at < conf->workers->nelts; at++)
        if (!is_tls(&workers[at]) && is_under_policies(first, &workers[at], NULL))
            return fail_for_plain(server, &workers[at]);
    balancers = (const proxy_balancer *)conf->balancers->elts;
    for (int at = 0; at < conf->balancers->nelts; at++) {
        proxy_worker *const *members = (proxy_worker *const *)balancers[at].workers->elts;
        for (int member = 0; member < balancers[at].workers->nelts; member++)
            if (!is_tls(members[member]) && is_under_policies(first, NULL, &balancers[at]))
                return fail_for_plain(server, members[member]);
    }
    return OK;
}

int lastmile_check_pools(server_rec *first) {
    for (server_rec *one = first; one != NULL; one = one->next) {
        int status = check_plain(first, one);
        for (server_rec *other = one->next; status == OK && other != NULL; other = other->next)
            status = check_two(one, other);
        if (status != OK) return status;
    }
    return OK;
}

/* The policy that the connections of a worker were first made under, in this process: members of a balancer may be
 * added while it runs, and inherit from nobody. */
typedef struct {
    unsigned char digest[32]; /* zeros: no policy */
    const char *hostname;
    const char *words;
} first_use;

static apr_pool_t *own_pool;
static apr_hash_t *first_uses; /* by the worker's pool of connections */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static apr_status_t forget(void *unused) {
    (void)unused;
    first_uses = NULL;
    return APR_SUCCESS;
}

void lastmile_init_pools(apr_pool_t *pool, server_rec *server) {
    (void)server;
    if (apr_pool_create(&own_pool, pool) != APR_SUCCESS) return;
    first_uses = apr_hash_make(own_pool);
    apr_pool_cleanup_register(own_pool, NULL, forget, apr_pool_cleanup_null);
}

/* NULL if the worker's connections are those of this server's policy, and else the words of the other. */
static const char *other_policy(const server_rec *server, const proxy_worker *worker) {
    const lastmile_policy *policy = lastmile_policy_of(server);
    const char *other = NULL;
    first_use *use;
    if (worker->cp == NULL || worker->s->disablereuse || !worker->s->is_address_reusable) return NULL;
    if (first_uses == NULL || pthread_mutex_lock(&lock) != 0) return "what nobody could note";
    use = apr_hash_get(first_uses, &worker->cp, sizeof worker->cp);
    if (use == NULL) {
        proxy_conn_pool **key = apr_pmemdup(own_pool, &worker->cp, sizeof worker->cp);
        use = apr_pcalloc(own_pool, sizeof *use);
        if (policy != NULL) memcpy(use->digest, policy->digest, sizeof use->digest);
        use->hostname = policy == NULL ? "" : apr_pstrdup(own_pool, policy->hostname);
        use->words = apr_pstrdup(own_pool, lastmile_words_of(server));
        apr_hash_set(first_uses, key, sizeof *key, use);
    } else {
        static const unsigned char none[32];
        const unsigned char *digest = policy == NULL ? none : policy->digest;
        if (memcmp(use->digest, digest, sizeof use->digest) != 0 ||
            ap_cstr_casecmp(use->hostname, policy == NULL ? "" : policy->hostname) != 0)
            other = use->words;
    }
    pthread_mutex_unlock(&lock);
    return other;
}

/* Each request, when it is known where it goes. */
static int pass(request_rec *r, proxy_worker *worker, proxy_server_conf *conf, char *url, const char *proxyname,
                apr_port_t proxyport) {
    const char *other;
    (void)conf, (void)proxyname, (void)proxyport;
    if (ap_cstr_casecmpn(url, "https:", 6) == 0 || ap_cstr_casecmpn(url, "wss:", 4) == 0 ||
        ap_cstr_casecmpn(url, "h2:", 3) == 0) {
        other = other_policy(r->server, worker);
        if (other == NULL) return DECLINED;
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "lastmile: the worker %s has connections that were made under %s, and is reached under %s: a "
                      "connection that lasts is not verified again: write a worker for each, or add "
                      "\"disablereuse=on\" to it",
                      worker->s->name_ex, other, lastmile_words_of(r->server));
        return HTTP_BAD_GATEWAY;
    }
    if (lastmile_policy_of(r->server) == NULL) return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  "lastmile: a request was to go without TLS to %s, where %s asks for a verified backend: write "
                  "https://, or \"LastmilePolicy off\" in the virtual host if plain text is meant",
                  url, lastmile_words_of(r->server));
    return HTTP_BAD_GATEWAY;
}

/* mod_proxy may be loaded after this module, or not at all: its function is looked up when all are there. */
int lastmile_hook_pools(void) {
    union {
        void *found;
        void (*hook)(proxy_HOOK_scheme_handler_t *function, const char *const *before, const char *const *after,
                     int order);
    } proxy;
    if (ap_find_linked_module("mod_proxy.c") == NULL) return OK;
    proxy.found = dlsym(RTLD_DEFAULT, "proxy_hook_scheme_handler");
    if (proxy.found == NULL)
        return lastmile_refuse("this mod_proxy has no scheme_handler hook: requests without TLS could not be stopped");
    proxy.hook(pass, NULL, NULL, APR_HOOK_REALLY_FIRST);
    return OK;
}
