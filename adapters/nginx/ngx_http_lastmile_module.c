/*
 * Holds the servers that nginx passes requests to over TLS to policies of lastmile. README.md says how to use it.
 *
 * Where it gets in:
 *  - It has directives of the names proxy_pass, grpc_pass, ..., keepalive, which stand before those of nginx:
 *    they note what is configured, and hand on to nginx's own.
 *  - When everything is configured, it sets the upstream settings of each location with a policy: the callback
 *    that judges chains, no sessions to resume, the SNI.
 *  - Every upstream's peer.init is wrapped, and by that its peer.get, which takes no pooled connection that was
 *    verified otherwise; and the output filter of each request is wrapped, which lets nothing pass to a
 *    connection that was not verified under the location's policy.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "lastmile_openssl.h"
#include "lastmile_policies.h"
#include "lastmile_refusal.h"

#if !(NGX_HTTP_SSL)
#error "nginx is configured without http_ssl_module: there is nothing to verify"
#endif

/* Where a directive stands. */
typedef struct {
    u_char *file;
    ngx_uint_t line;
} place_t;

/* What a level says of what is expected. */
typedef enum { SAYS_NOTHING = 0, SAYS_OFF, SAYS_DOCUMENTS, SAYS_STANZA } says_t;

/* What a location passes requests with. */
typedef struct {
    const struct pass_kind *kind; /* NULL: nothing */
    ngx_str_t url;
    place_t place;
} pass_t;

typedef struct {
    /* What the level says itself, and after the merge what it inherits too. */
    ngx_str_t ca; /* a full path, or "system" */
    place_t ca_place;
    says_t says;
    place_t says_place;
    ngx_str_t hostname;
    ngx_array_t *sans; /* ngx_str_t */
    ngx_str_t file, target;
    pass_t pass;
    /* After the merge. */
    unsigned is_merged : 1;
    lastmile_policy *policy;
    ngx_str_t words; /* what it says, for the log */
    ngx_str_t name;
    void **loc_conf; /* of all modules */
} location_t;

/* An upstream whose connections are pooled, for all locations. */
typedef struct {
    ngx_http_upstream_srv_conf_t *upstream;
    place_t place;
    location_t *first;
} pool_t;

typedef struct {
    ngx_http_upstream_srv_conf_t *upstream;
    ngx_http_upstream_init_peer_pt init;
} wrapped_t;

typedef struct {
    lastmile_policies *policies;
    ngx_array_t locations; /* location_t *: those that pass requests */
    ngx_array_t pools;     /* pool_t */
    ngx_array_t wrapped;   /* wrapped_t, sorted */
    ngx_http_complex_value_t server_name;
} main_t;

/* What stands between a request and its connections. */
typedef struct {
    ngx_http_request_t *request;
    ngx_http_upstream_t *upstream;
    const location_t *location;
    /* Of the upstream, as it was. */
    ngx_event_get_peer_pt get;
    ngx_event_free_peer_pt free;
    ngx_event_notify_peer_pt notify;
    ngx_event_set_peer_session_pt set_session;
    ngx_event_save_peer_session_pt save_session;
    void *data;
    /* Of the request's output. */
    ngx_output_chain_filter_pt filter;
    void *filter_ctx;
    ngx_atomic_uint_t open_for; /* the number of a connection; 0 is none */
    ngx_str_t verdict;
} gate_t;

static ngx_int_t preconfiguration(ngx_conf_t *cf);
static ngx_int_t postconfiguration(ngx_conf_t *cf);
static void *create_main(ngx_conf_t *cf);
static void *create_location(ngx_conf_t *cf);
static char *merge_location(ngx_conf_t *cf, void *parent, void *child);
static char *set_ca(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *set_hostname(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *set_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *add_sans(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *note_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *note_keepalive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* A directive that passes requests; the scheme of those that can speak TLS. */
typedef struct pass_kind {
    const char *directive, *scheme;
    /* nginx's own. */
    ngx_module_t *module;
    ngx_command_t *command;
} pass_kind_t;

/* The location configuration of each of their modules begins with an ngx_http_upstream_conf_t. */
static pass_kind_t pass_kinds[] = {
    {"proxy_pass", "https://", NULL, NULL}, {"grpc_pass", "grpcs://", NULL, NULL},
    {"uwsgi_pass", "suwsgi://", NULL, NULL}, {"fastcgi_pass", NULL, NULL, NULL},
    {"scgi_pass", NULL, NULL, NULL},        {"memcached_pass", NULL, NULL, NULL},
};
#define PASS_KINDS (sizeof pass_kinds / sizeof pass_kinds[0])

static pass_kind_t keepalive = {"keepalive", NULL, NULL, NULL};

/* The types of those that nginx has too are set to those of nginx's. */
static ngx_command_t commands[] = {
    {ngx_string("proxy_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[0]},
    {ngx_string("grpc_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[1]},
    {ngx_string("uwsgi_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[2]},
    {ngx_string("fastcgi_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[3]},
    {ngx_string("scgi_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[4]},
    {ngx_string("memcached_pass"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[5]},
    {ngx_string("keepalive"), NGX_HTTP_UPS_CONF | NGX_CONF_TAKE1, note_keepalive, NGX_HTTP_MAIN_CONF_OFFSET, 0, &keepalive},
    {ngx_string("lastmile_ca"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_ca,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_hostname"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
     set_hostname, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_san"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_1MORE, add_sans,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_policy"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE12,
     set_policy, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};

static ngx_http_module_t module_ctx = {
    preconfiguration, postconfiguration, create_main, NULL, NULL, NULL, create_location, merge_location,
};

extern ngx_module_t ngx_http_lastmile_module;
ngx_module_t ngx_http_lastmile_module = {
    NGX_MODULE_V1, &module_ctx, commands, NGX_HTTP_MODULE, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING,
};

/* ---- what is written in the configuration ---- */

static place_t here(ngx_conf_t *cf) {
    place_t place = {cf->conf_file->file.name.data, cf->conf_file->line};
    return place;
}

/* A directive of nginx's of this name, which must stand behind ours; else ours were never asked. */
static ngx_int_t find_own(ngx_conf_t *cf, pass_kind_t *kind) {
    ngx_uint_t is_behind = 0;
    kind->module = NULL;
    for (ngx_uint_t at = 0; cf->cycle->modules[at] != NULL; at++) {
        ngx_module_t *module = cf->cycle->modules[at];
        if (module == &ngx_http_lastmile_module) {
            is_behind = 1;
            continue;
        }
        if (module->type != NGX_HTTP_MODULE || module->commands == NULL) continue;
        for (ngx_command_t *command = module->commands; command->name.len != 0; command++) {
            if (ngx_strcmp(command->name.data, kind->directive) != 0) continue;
            if (!is_behind) {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "lastmile: the module \"%s\" has \"%s\" and stands before ngx_http_lastmile_module: "
                                   "what it pools or passes would not be noticed; do not load both",
                                   module->name, kind->directive);
                return NGX_ERROR;
            }
            kind->module = module;
            kind->command = command;
            for (ngx_command_t *own = commands; own->name.len != 0; own++)
                if (own->post == kind) own->type = command->type;
            return NGX_OK;
        }
    }
    return NGX_OK;
}

/* nginx's own directive. */
static char *hand_on(ngx_conf_t *cf, const pass_kind_t *kind) {
    void **confs;
    if (kind->module == NULL) return "is not known: nginx was built without it";
    confs = *(void ***)((char *)cf->ctx + kind->command->conf);
    return kind->command->set(cf, kind->command, confs == NULL ? NULL : confs[kind->module->ctx_index]);
}

static char *note_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    location_t *location = conf;
    pass_t pass = {cmd->post, ((ngx_str_t *)cf->args->elts)[1], here(cf)};
    char *done = hand_on(cf, pass.kind);
    if (done == NGX_CONF_OK) location->pass = pass;
    return done;
}

static char *note_keepalive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    main_t *main = conf;
    ngx_str_t *words = cf->args->elts;
    ngx_uint_t is_pool = ngx_atoi(words[1].data, words[1].len) != 0;
    char *done = hand_on(cf, cmd->post);
    pool_t *pool;
    if (done != NGX_CONF_OK) return done;
    /* nginx 1.29.7 and later: connections of one location only. */
    for (ngx_uint_t at = 2; at < cf->args->nelts; at++)
        if (ngx_strcmp(words[at].data, "local") == 0) is_pool = 0;
    if (!is_pool) return NGX_CONF_OK;
    pool = ngx_array_push(&main->pools);
    if (pool == NULL) return NGX_CONF_ERROR;
    pool->upstream = ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);
    pool->place = here(cf);
    pool->first = NULL;
    return NGX_CONF_OK;
}

static char *set_ca(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    location_t *location = conf;
    (void)cmd;
    if (location->ca.data != NULL) return "is duplicate";
    if (location->says == SAYS_DOCUMENTS) return "has no place beside \"lastmile_policy\", whose documents name the CA";
    if (location->says == SAYS_OFF) return "has no place beside \"lastmile_policy off\"";
    location->ca = ((ngx_str_t *)cf->args->elts)[1];
    location->ca_place = here(cf);
    if (location->ca.len == 0) return "needs a file of PEM certificates, or \"system\"";
    if (ngx_strcmp(location->ca.data, "system") == 0) return NGX_CONF_OK;
    return ngx_conf_full_name(cf->cycle, &location->ca, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static char *set_hostname(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    location_t *location = conf;
    (void)cmd;
    if (location->hostname.data != NULL) return "is duplicate";
    if (location->says == SAYS_DOCUMENTS) return "has no place beside \"lastmile_policy\", whose documents have the hostname";
    if (location->says == SAYS_OFF) return "has no place beside \"lastmile_policy off\"";
    location->hostname = ((ngx_str_t *)cf->args->elts)[1];
    location->says = SAYS_STANZA;
    location->says_place = here(cf);
    return NGX_CONF_OK;
}

static char *add_sans(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    location_t *location = conf;
    ngx_str_t *words = cf->args->elts, *san;
    (void)cmd;
    if (location->says == SAYS_DOCUMENTS) return "has no place beside \"lastmile_policy\", whose documents have the names";
    if (location->says == SAYS_OFF) return "has no place beside \"lastmile_policy off\"";
    if (location->sans == NULL) location->sans = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (location->sans == NULL) return NGX_CONF_ERROR;
    /* Where it is told that there is no hostname beside it. */
    if (location->says == SAYS_NOTHING) location->says_place = here(cf);
    for (ngx_uint_t at = 1; at < cf->args->nelts; at++) {
        if (ngx_strncmp(words[at].data, "hostname:", 9) != 0 && ngx_strncmp(words[at].data, "uri:", 4) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"lastmile_san\" expects hostname:NAME or uri:URI, found \"%V\"",
                               &words[at]);
            return NGX_CONF_ERROR;
        }
        san = ngx_array_push(location->sans);
        if (san == NULL) return NGX_CONF_ERROR;
        *san = words[at];
    }
    return NGX_CONF_OK;
}

static char *set_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf) {
    location_t *location = conf;
    ngx_str_t *words = cf->args->elts;
    ngx_uint_t is_off = ngx_strcmp(words[1].data, "off") == 0;
    (void)cmd;
    if (location->says == SAYS_DOCUMENTS || location->says == SAYS_OFF) return "is duplicate";
    if (location->ca.data != NULL || location->hostname.data != NULL || location->sans != NULL)
        return "has no place beside \"lastmile_ca\", \"lastmile_hostname\" and \"lastmile_san\"";
    if (is_off != (cf->args->nelts == 2))
        return is_off ? "takes nothing after \"off\""
                      : "needs a target after the file: [NAMESPACE/]NAME[:SECTION]";
    location->says_place = here(cf);
    location->says = is_off ? SAYS_OFF : SAYS_DOCUMENTS;
    if (is_off) return NGX_CONF_OK;
    location->file = words[1];
    location->target = words[2];
    if (location->file.len == 0) return "needs a file of documents, or a directory of them";
    return ngx_conf_full_name(cf->cycle, &location->file, 1) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}

/* ---- what follows from it ---- */

static void free_policies(void *data) {
    main_t *main = data;
    lastmile_policies_free(main->policies);
    main->policies = NULL;
}

static void clear_policy(void *data) { lastmile_policy_clear(data); }

static void warn(void *host, const char *line) {
    ngx_conf_t *cf = host;
    ngx_log_error(NGX_LOG_WARN, cf->log, 0, "lastmile: %s", line);
}

static void *create_main(ngx_conf_t *cf) {
    main_t *main = ngx_pcalloc(cf->pool, sizeof *main);
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (main == NULL || cleanup == NULL || ngx_array_init(&main->locations, cf->pool, 16, sizeof(location_t *)) != NGX_OK ||
        ngx_array_init(&main->pools, cf->pool, 4, sizeof(pool_t)) != NGX_OK ||
        ngx_array_init(&main->wrapped, cf->pool, 16, sizeof(wrapped_t)) != NGX_OK)
        return NULL;
    main->policies = lastmile_policies_new();
    if (main->policies == NULL) return NULL;
    cleanup->handler = free_policies;
    cleanup->data = main;
    /* Before a line is read. */
    for (ngx_uint_t at = 0; at < PASS_KINDS; at++)
        if (find_own(cf, &pass_kinds[at]) != NGX_OK) return NULL;
    return find_own(cf, &keepalive) == NGX_OK ? main : NULL;
}

static void *create_location(ngx_conf_t *cf) { return ngx_pcalloc(cf->pool, sizeof(location_t)); }

/* Whether something that is expected is there to be verified. */
static ngx_uint_t is_complete(const location_t *location) {
    return location->says == SAYS_DOCUMENTS || (location->says == SAYS_STANZA && location->ca.data != NULL);
}

static char *fail_at(ngx_conf_t *cf, place_t place, const char *words) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "lastmile: %s in %s:%ui", words, place.file, place.line);
    return NGX_CONF_ERROR;
}

/* What the level says, for the log. */
static ngx_int_t describe(ngx_conf_t *cf, location_t *location) {
    size_t room = location->file.len + location->target.len + location->ca.len + location->hostname.len + 64;
    location->words.data = ngx_pnalloc(cf->pool, room);
    if (location->words.data == NULL) return NGX_ERROR;
    location->words.len = (size_t)((location->says == SAYS_DOCUMENTS
                                        ? ngx_snprintf(location->words.data, room, "lastmile_policy %V %V",
                                                       &location->file, &location->target)
                                        : ngx_snprintf(location->words.data, room, "lastmile_ca %V, lastmile_hostname %V",
                                                       &location->ca, &location->hostname)) -
                                   location->words.data);
    return NGX_OK;
}

static char *make_policy(ngx_conf_t *cf, location_t *location) {
    main_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_lastmile_module);
    ngx_pool_cleanup_t *cleanup = ngx_pool_cleanup_add(cf->pool, sizeof(lastmile_policy));
    ngx_uint_t count = location->sans == NULL ? 0 : location->sans->nelts;
    char error[1536];
    int made;
    if (cleanup == NULL || describe(cf, location) != NGX_OK) return NGX_CONF_ERROR;
    ngx_memzero(cleanup->data, sizeof(lastmile_policy));
    cleanup->handler = clear_policy;
    lastmile_policies_on_warning(main->policies, warn, cf);
    if (location->says == SAYS_DOCUMENTS) {
        made = lastmile_policies_from_documents(main->policies, (char *)location->file.data,
                                                (char *)location->target.data, cleanup->data, error, sizeof error);
    } else {
        const char **sans = ngx_palloc(cf->pool, (count + 1) * sizeof *sans);
        if (sans == NULL) return NGX_CONF_ERROR;
        for (ngx_uint_t at = 0; at < count; at++) sans[at] = (char *)((ngx_str_t *)location->sans->elts)[at].data;
        made = lastmile_policies_from_stanza(main->policies, (char *)location->ca.data, (char *)location->hostname.data,
                                             sans, count, cleanup->data, error, sizeof error);
    }
    if (!made) {
        /* What is wrong with the bundle is told where that is named. */
        ngx_uint_t is_of_ca = location->says == SAYS_STANZA && ngx_strncmp(error, location->ca.data, location->ca.len) == 0;
        return fail_at(cf, is_of_ca ? location->ca_place : location->says_place, error);
    }
    location->policy = cleanup->data;
    return NGX_CONF_OK;
}

/* What a level that has inherited expects. */
static char *finish_level(ngx_conf_t *cf, location_t *location) {
    location->is_merged = 1;
    return location->policy == NULL && is_complete(location) ? make_policy(cf, location) : NGX_CONF_OK;
}

/* What a level says by itself must make sense there. */
static char *check_level(ngx_conf_t *cf, const location_t *location) {
    if (location->sans != NULL && location->says != SAYS_STANZA)
        return fail_at(cf, location->says_place, "\"lastmile_san\" needs \"lastmile_hostname\" beside it: both are inherited together");
    return NGX_CONF_OK;
}

static char *merge_location(ngx_conf_t *cf, void *parent, void *child) {
    main_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_lastmile_module);
    location_t *from = parent, *location = child, **kept;
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    ngx_uint_t has_ca = location->ca.data != NULL, says_by_itself = location->says != SAYS_NOTHING || has_ca;
    /* The level of http is nobody's child. */
    if (!from->is_merged && (check_level(cf, from) != NGX_CONF_OK || finish_level(cf, from) != NGX_CONF_OK))
        return NGX_CONF_ERROR;
    if (check_level(cf, location) != NGX_CONF_OK) return NGX_CONF_ERROR;
    if (location->says == SAYS_NOTHING) {
        /* A CA takes the place of documents no more than of nothing. */
        if (location->ca.data != NULL && (from->says == SAYS_DOCUMENTS || from->says == SAYS_OFF))
            return fail_at(cf, location->ca_place,
                           from->says == SAYS_OFF
                               ? "\"lastmile_ca\" has no effect under the inherited \"lastmile_policy off\": add \"lastmile_hostname\""
                               : "\"lastmile_ca\" has no effect under the inherited \"lastmile_policy\", whose documents name the CA: add \"lastmile_hostname\"");
        location->says = from->says;
        location->says_place = from->says_place;
        location->hostname = from->hostname;
        location->sans = from->sans;
        location->file = from->file;
        location->target = from->target;
    }
    if (location->ca.data == NULL) {
        location->ca = from->ca;
        location->ca_place = from->ca_place;
    }
    if (!says_by_itself) {
        location->policy = from->policy;
        location->words = from->words;
    }
    location->name = core->name;
    location->loc_conf = ((ngx_http_conf_ctx_t *)cf->ctx)->loc_conf;
    /* Blocks of "if" and "limit_except" pass requests as the location around them. */
    if (core->noname) {
        if (location->pass.kind == NULL) location->pass = from->pass;
        location->name = from->name;
    }
    if (finish_level(cf, location) != NGX_CONF_OK) return NGX_CONF_ERROR;
    if (location->pass.kind == NULL) return NGX_CONF_OK;
    if (location->says == SAYS_STANZA && location->ca.data == NULL)
        return fail_at(cf, location->says_place, "\"lastmile_hostname\" needs \"lastmile_ca\": name a file of PEM certificates, or \"system\"");
    if (location->says == SAYS_NOTHING && has_ca)
        return fail_at(cf, location->ca_place, "\"lastmile_ca\" verifies nothing by itself: add \"lastmile_hostname\"");
    kept = ngx_array_push(&main->locations);
    if (kept == NULL) return NGX_CONF_ERROR;
    *kept = location;
    return NGX_CONF_OK;
}

/* ---- requests ---- */

static void forget(void *data) { (void)data; }

/* What this request's verdicts are kept in: contexts of modules are lost at an internal redirect. */
static gate_t *gate_of(ngx_http_request_t *r) {
    for (ngx_pool_cleanup_t *cleanup = r->pool->cleanup; cleanup != NULL; cleanup = cleanup->next)
        if (cleanup->handler == forget && ((gate_t *)cleanup->data)->request == r) return cleanup->data;
    return NULL;
}

static const ngx_str_t accepted = ngx_string("accepted");
static const ngx_str_t not_verified = ngx_string("lastmile/not-verified");

static int judged_index = -1;    /* of an SSL: was judged for a location with a policy */
static int installed_index = -1; /* of an SSL_CTX: has our callback */

/* Whether requests of this location may go over this connection. */
static ngx_uint_t may_send(const location_t *location, const ngx_connection_t *c) {
    const SSL *ssl = c->ssl == NULL ? NULL : c->ssl->connection;
    const char *name;
    /* As nginx does it, but not over one that was verified otherwise than nginx does. */
    if (location->policy == NULL) return ssl == NULL || SSL_get_ex_data(ssl, judged_index) == NULL;
    if (!lastmile_openssl_is_accepted(ssl, location->policy->verifier)) return 0;
    name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return name != NULL && ngx_strcmp(name, location->policy->hostname) == 0;
}

static void log_refusal(ngx_connection_t *c, ngx_http_request_t *r, const location_t *location, const ngx_str_t *line) {
    const ngx_http_upstream_t *u = r->upstream;
    static const ngx_str_t unknown = ngx_string("?");
    const ngx_str_t *upstream = u->upstream != NULL ? &u->upstream->host : u->resolved != NULL ? &u->resolved->host : &unknown;
    ngx_log_error(NGX_LOG_ERR, c->log, 0, "%V location=\"%V\" upstream=\"%V\" hostname=%s (%V)", line, &location->name,
                  upstream, location->policy->hostname, &location->words);
}

/* Every octet of a request goes through here. */
static ngx_int_t send_if_accepted(void *data, ngx_chain_t *in) {
    gate_t *gate = data;
    ngx_connection_t *c = gate->upstream->peer.connection;
    /* Later it may be reading a ticket, and its handshake seem not to have ended. */
    if (c != NULL && gate->open_for == c->number) return gate->filter(gate->filter_ctx, in);
    if (c == NULL || !may_send(gate->location, c)) {
        if (gate->location->policy != NULL) {
            gate->verdict = not_verified;
            if (c != NULL) log_refusal(c, gate->request, gate->location, &not_verified);
        }
        return NGX_ERROR;
    }
    if (gate->location->policy != NULL) gate->verdict = accepted;
    gate->open_for = c->number;
    return gate->filter(gate->filter_ctx, in);
}

static void close_pooled(ngx_connection_t *c) {
    if (c->ssl != NULL) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void)ngx_ssl_shutdown(c);
    }
    if (c->pool != NULL) ngx_destroy_pool(c->pool);
    ngx_close_connection(c);
}

/* A pooled connection that was not verified under this policy is closed, and another one made. */
static ngx_int_t get_peer(ngx_peer_connection_t *pc, void *data) {
    const gate_t *gate = data;
    ngx_int_t got = gate->get(pc, gate->data);
    if (got != NGX_DONE || pc->connection == NULL || may_send(gate->location, pc->connection)) return got;
    ngx_log_error(NGX_LOG_INFO, pc->log, 0, "lastmile: a pooled connection was verified otherwise, and is closed");
    close_pooled(pc->connection);
    pc->connection = NULL;
    pc->cached = 0;
    return pc->sockaddr == NULL ? NGX_ERROR : NGX_OK;
}

static void free_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t state) {
    const gate_t *gate = data;
    gate->free(pc, gate->data, state);
}

static void notify_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t type) {
    const gate_t *gate = data;
    gate->notify(pc, gate->data, type);
}

static ngx_int_t set_session(ngx_peer_connection_t *pc, void *data) {
    const gate_t *gate = data;
    return gate->set_session(pc, gate->data);
}

static void save_session(ngx_peer_connection_t *pc, void *data) {
    const gate_t *gate = data;
    gate->save_session(pc, gate->data);
}

/* Before the request is sent anywhere; NULL if memory is short. */
static gate_t *stand_before(ngx_http_request_t *r) {
    ngx_http_upstream_t *u = r->upstream;
    ngx_pool_cleanup_t *cleanup;
    gate_t *gate;
    if (u->output.output_filter == send_if_accepted) return u->output.filter_ctx;
    cleanup = ngx_pool_cleanup_add(r->pool, sizeof *gate);
    if (cleanup == NULL) return NULL;
    cleanup->handler = forget;
    gate = cleanup->data;
    ngx_memzero(gate, sizeof *gate);
    gate->request = r;
    gate->upstream = u;
    gate->location = ngx_http_get_module_loc_conf(r, ngx_http_lastmile_module);
    gate->filter = u->output.output_filter;
    gate->filter_ctx = u->output.filter_ctx;
    u->output.output_filter = send_if_accepted;
    u->output.filter_ctx = gate;
    return gate;
}

static int compare_wrapped(const void *one, const void *other) {
    uintptr_t left = (uintptr_t)((const wrapped_t *)one)->upstream, right = (uintptr_t)((const wrapped_t *)other)->upstream;
    return left < right ? -1 : left > right;
}

static ngx_int_t init_peer(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *upstream) {
    main_t *main = ngx_http_get_module_main_conf(r, ngx_http_lastmile_module);
    wrapped_t key = {upstream, NULL};
    const wrapped_t *wrapped = bsearch(&key, main->wrapped.elts, main->wrapped.nelts, sizeof key, compare_wrapped);
    ngx_peer_connection_t *peer;
    gate_t *gate;
    if (wrapped == NULL || wrapped->init(r, upstream) != NGX_OK) return NGX_ERROR;
    gate = stand_before(r);
    if (gate == NULL) return NGX_ERROR;
    peer = &r->upstream->peer;
    gate->data = peer->data;
    gate->get = peer->get;
    gate->free = peer->free;
    gate->notify = peer->notify;
    gate->set_session = peer->set_session;
    gate->save_session = peer->save_session;
    peer->data = gate;
    peer->get = get_peer;
    peer->free = free_peer;
    if (peer->notify != NULL) peer->notify = notify_peer;
    if (peer->set_session != NULL) peer->set_session = set_session;
    if (peer->save_session != NULL) peer->save_session = save_session;
    return NGX_OK;
}

/* Called for each full handshake of an SSL_CTX that a location with a policy has, maybe with others. `native` is
 * the verify mode that nginx had given it. */
static int judge(X509_STORE_CTX *store, void *native) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    ngx_connection_t *c = ssl == NULL ? NULL : ngx_ssl_get_connection(ssl);
    ngx_http_request_t *r = c == NULL ? NULL : c->data;
    const location_t *location;
    u_char line[LASTMILE_REFUSAL_MOST + 1];
    gate_t *gate;
    ngx_str_t told = {0, line};
    if (r == NULL || r->upstream == NULL) return lastmile_openssl_judge(store, NULL);
    location = ngx_http_get_module_loc_conf(r, ngx_http_lastmile_module);
    if (location->policy == NULL) {
        int is_good = X509_verify_cert(store) > 0;
        /* As without us, it is heeded where it is asked for. */
        return is_good || ((uintptr_t)native & SSL_VERIFY_PEER) == 0;
    }
    if (!SSL_set_ex_data(ssl, judged_index, (void *)location)) return lastmile_openssl_judge(store, NULL);
    if (lastmile_openssl_judge(store, location->policy->verifier)) return 1;
    told.len = lastmile_refusal_line(lastmile_openssl_verdict(ssl), (char *)line, sizeof line);
    log_refusal(c, r, location, &told);
    gate = gate_of(r);
    if (gate != NULL) {
        gate->verdict.data = ngx_pstrdup(r->pool, &told);
        gate->verdict.len = gate->verdict.data == NULL ? 0 : told.len;
    }
    return 0;
}

static ngx_int_t set_text(ngx_http_variable_value_t *value, const u_char *text, size_t length) {
    value->valid = 1;
    value->no_cacheable = 1;
    value->not_found = 0;
    value->len = (unsigned)length;
    value->data = (u_char *)text;
    return NGX_OK;
}

static ngx_int_t verdict_variable(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data) {
    const gate_t *gate = gate_of(r);
    (void)data;
    return set_text(value, gate == NULL ? NULL : gate->verdict.data, gate == NULL ? 0 : gate->verdict.len);
}

/* nginx asks for the SNI of each connection that it makes: also of one to a server that is no upstream. */
static ngx_int_t server_name_variable(ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data) {
    const location_t *location = ngx_http_get_module_loc_conf(r, ngx_http_lastmile_module);
    (void)data;
    if (location->policy == NULL) return set_text(value, NULL, 0);
    /* Others may ask before there is a connection. */
    if (r->upstream != NULL && r->upstream->peer.connection != NULL && r->upstream->output.output_filter != NULL &&
        stand_before(r) == NULL)
        return NGX_ERROR;
    return set_text(value, (u_char *)location->policy->hostname, ngx_strlen(location->policy->hostname));
}

/* ---- when everything is read ---- */

static ngx_int_t preconfiguration(ngx_conf_t *cf) {
    static ngx_str_t verdict = ngx_string("lastmile_verdict"), server_name = ngx_string("lastmile_server_name");
    ngx_http_variable_t *variable = ngx_http_add_variable(cf, &verdict, NGX_HTTP_VAR_NOCACHEABLE);
    if (variable == NULL) return NGX_ERROR;
    variable->get_handler = verdict_variable;
    variable = ngx_http_add_variable(cf, &server_name, NGX_HTTP_VAR_NOCACHEABLE);
    if (variable == NULL) return NGX_ERROR;
    variable->get_handler = server_name_variable;
    if (judged_index < 0) judged_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (installed_index < 0) installed_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    return judged_index < 0 || installed_index < 0 ? NGX_ERROR : NGX_OK;
}

static ngx_http_upstream_conf_t *upstream_conf_of(const location_t *location) {
    return location->loc_conf[location->pass.kind->module->ctx_index];
}

#define NO_TLS "speaks no TLS, so that no certificate can be verified"

static ngx_int_t fail_pass(ngx_conf_t *cf, const location_t *location, const char *why, const char *scheme,
                           const char *what_to_do) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "lastmile: \"%s %V\" in location \"%V\" %s: write %s%s in %s:%ui (the policy is that of %s:%ui)",
                  location->pass.kind->directive, &location->pass.url, &location->name, why, scheme, what_to_do,
                  location->pass.place.file, location->pass.place.line, location->says_place.file,
                  location->says_place.line);
    return NGX_ERROR;
}

static ngx_int_t check_pass(ngx_conf_t *cf, const location_t *location) {
    const char *scheme = location->pass.kind->scheme;
    const ngx_str_t *url = &location->pass.url;
    if (scheme == NULL) return fail_pass(cf, location, NO_TLS, "", "\"lastmile_policy off;\" in the location if that is meant");
    if (ngx_strncasecmp(url->data, (u_char *)scheme, ngx_strlen(scheme)) == 0) return NGX_OK;
    if (url->len > 0 && url->data[0] == '$')
        return fail_pass(cf, location, "may speak no TLS, as its scheme is a variable", scheme, " before the variable");
    return fail_pass(cf, location, NO_TLS, scheme, ", or \"lastmile_policy off;\" in the location if plain text is meant");
}

/* What nginx does for this location from now on. */
static ngx_int_t apply(ngx_conf_t *cf, main_t *main, const location_t *location) {
    ngx_http_upstream_conf_t *u = upstream_conf_of(location);
    SSL_CTX *ctx = u->ssl == NULL ? NULL : u->ssl->ctx;
    if (ctx == NULL)
        return fail_pass(cf, location, "has no SSL_CTX, and this nginx is not the one that the module was built for", "",
                         "nothing else, but build the module again");
    /* Sessions that are resumed are not verified again. */
    u->ssl_session_reuse = 0;
    /* The names that nginx would expect. */
    u->ssl_verify = 0;

    u->ssl_server_name = 1;
    u->ssl_name = &main->server_name;
    /* Several locations may share it. */
    if (SSL_CTX_get_ex_data(ctx, installed_index) != NULL) return NGX_OK;
    if (!SSL_CTX_set_ex_data(ctx, installed_index, main)) return NGX_ERROR;
    SSL_CTX_set_cert_verify_callback(ctx, judge, (void *)(uintptr_t)SSL_CTX_get_verify_mode(ctx));
    /* Without it the verdict would be ignored. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, SSL_CTX_get_verify_callback(ctx));
    return NGX_OK;
}

static ngx_uint_t are_verified_alike(const location_t *one, const location_t *other) {
    if (one->policy == NULL || other->policy == NULL) return one->policy == other->policy;
    return ngx_memcmp(one->policy->digest, other->policy->digest, sizeof one->policy->digest) == 0 &&
           ngx_strcmp(one->policy->hostname, other->policy->hostname) == 0;
}

/* One pool of connections serves one policy. An upstream that is named by a variable is not known here; its
 * connections are checked when they are taken. */
static ngx_int_t check_pool(ngx_conf_t *cf, main_t *main, location_t *location) {
    static const ngx_str_t none = ngx_string("no policy");
    pool_t *pools = main->pools.elts;
    const ngx_http_upstream_srv_conf_t *upstream = upstream_conf_of(location)->upstream;
    for (ngx_uint_t at = 0; upstream != NULL && at < main->pools.nelts; at++) {
        pool_t *pool = &pools[at];
        const location_t *first = pool->first;
        if (pool->upstream != upstream) continue;
        if (first == NULL) pool->first = location;
        if (first == NULL || are_verified_alike(first, location)) return NGX_OK;
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "lastmile: the upstream \"%V\" pools connections (\"keepalive\" in %s:%ui), and is reached under "
                      "two policies: %V in location \"%V\" (%s:%ui), and %V in location \"%V\" (%s:%ui): a pooled "
                      "connection is not verified again: write one upstream for each policy, with the same servers",
                      &upstream->host, pool->place.file, pool->place.line,
                      first->policy == NULL ? &none : &first->words, &first->name, first->pass.place.file,
                      first->pass.place.line, location->policy == NULL ? &none : &location->words, &location->name,
                      location->pass.place.file, location->pass.place.line);
        return NGX_ERROR;
    }
    return NGX_OK;
}

static ngx_int_t wrap_upstreams(ngx_conf_t *cf, main_t *main) {
    ngx_http_upstream_main_conf_t *all = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    ngx_http_upstream_srv_conf_t **upstreams = all->upstreams.elts;
    for (ngx_uint_t at = 0; at < all->upstreams.nelts; at++) {
        wrapped_t *wrapped;
        if (upstreams[at]->peer.init == NULL) continue;
        wrapped = ngx_array_push(&main->wrapped);
        if (wrapped == NULL) return NGX_ERROR;
        wrapped->upstream = upstreams[at];
        wrapped->init = upstreams[at]->peer.init;
        upstreams[at]->peer.init = init_peer;
    }
    ngx_qsort(main->wrapped.elts, main->wrapped.nelts, sizeof(wrapped_t), compare_wrapped);
    return NGX_OK;
}

static ngx_int_t postconfiguration(ngx_conf_t *cf) {
    static ngx_str_t server_name = ngx_string("$lastmile_server_name");
    main_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_lastmile_module);
    location_t **locations = main->locations.elts;
    ngx_http_compile_complex_value_t compiled = {.cf = cf, .value = &server_name, .complex_value = &main->server_name};
    ngx_uint_t is_used = 0;
    for (ngx_uint_t at = 0; at < main->locations.nelts; at++) {
        if (locations[at]->policy == NULL) continue;
        if (check_pass(cf, locations[at]) != NGX_OK) return NGX_ERROR;
        if (!is_used && ngx_http_compile_complex_value(&compiled) != NGX_OK) return NGX_ERROR;
        is_used = 1;
        if (apply(cf, main, locations[at]) != NGX_OK) return NGX_ERROR;
    }
    /* What was read for it. */
    free_policies(main);
    if (!is_used) return NGX_OK;
    for (ngx_uint_t at = 0; at < main->locations.nelts; at++)
        if (check_pool(cf, main, locations[at]) != NGX_OK) return NGX_ERROR;
    return wrap_upstreams(cf, main);
}
