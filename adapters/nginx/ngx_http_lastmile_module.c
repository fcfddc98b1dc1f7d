/*
 * Holds the servers that nginx passes requests to over TLS to policies of lastmile. README.md says how to use it.
 *
 * This file reads the configuration, ngx_http_lastmile_requests.c does what it says. Where they get in:
 *  - It has directives of the names proxy_pass, grpc_pass, ..., keepalive, which stand before those of nginx:
 *    they note what is configured, and hand on to nginx's own.
 *  - When everything is configured, it sets the upstream settings of each location with a policy: the callback
 *    that judges chains, no sessions to resume, the SNI.
 *  - Every upstream's peer.init is wrapped, and by that its peer.get, which takes no pooled connection that was
 *    verified otherwise; and the output filter of each request is wrapped, which lets nothing pass to a
 *    connection that was not verified under the location's policy.
 */
#include "ngx_http_lastmile_module.h"

static void *create_main(ngx_conf_t *cf);
static void *create_location(ngx_conf_t *cf);
static char *merge_location(ngx_conf_t *cf, void *parent, void *child);
static char *set_ca(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *set_hostname(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *set_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *add_sans(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *note_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *note_keepalive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* The location configuration of each of their modules begins with an ngx_http_upstream_conf_t. */
static pass_kind_t pass_kinds[] = {
    {"proxy_pass", "https://", NULL, NULL}, {"grpc_pass", "grpcs://", NULL, NULL},
    {"uwsgi_pass", "suwsgi://", NULL, NULL}, {"fastcgi_pass", NULL, NULL, NULL},
    {"scgi_pass", NULL, NULL, NULL},        {"memcached_pass", NULL, NULL, NULL},
};
#define PASS_KINDS (sizeof pass_kinds / sizeof pass_kinds[0])

static pass_kind_t keepalive = {"keepalive", NULL, NULL, NULL};

#define EVERYWHERE (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

/* Those that nginx has too stand where nginx's do: their types are set to the same. */
static ngx_command_t commands[] = {
    {ngx_string("proxy_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[0]},
    {ngx_string("grpc_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[1]},
    {ngx_string("uwsgi_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[2]},
    {ngx_string("fastcgi_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[3]},
    {ngx_string("scgi_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[4]},
    {ngx_string("memcached_pass"), NGX_CONF_TAKE1, note_pass, NGX_HTTP_LOC_CONF_OFFSET, 0, &pass_kinds[5]},
    {ngx_string("keepalive"), NGX_CONF_TAKE1, note_keepalive, NGX_HTTP_MAIN_CONF_OFFSET, 0, &keepalive},
    {ngx_string("lastmile_ca"), EVERYWHERE | NGX_CONF_TAKE1, set_ca, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_hostname"), EVERYWHERE | NGX_CONF_TAKE1, set_hostname, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_san"), EVERYWHERE | NGX_CONF_1MORE, add_sans, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("lastmile_policy"), EVERYWHERE | NGX_CONF_TAKE12, set_policy, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    ngx_null_command,
};

static ngx_http_module_t module_ctx = {
    ngx_http_lastmile_before, ngx_http_lastmile_after, create_main, NULL, NULL, NULL, create_location, merge_location,
};

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
    if (location->says == SAYS_DOCUMENTS)
        return "has no place beside \"lastmile_policy\", whose documents name the CA";
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
    if (location->says == SAYS_DOCUMENTS)
        return "has no place beside \"lastmile_policy\", whose documents have the hostname";
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
    if (location->says == SAYS_DOCUMENTS)
        return "has no place beside \"lastmile_policy\", whose documents have the names";
    if (location->says == SAYS_OFF) return "has no place beside \"lastmile_policy off\"";
    if (location->sans == NULL) location->sans = ngx_array_create(cf->pool, 2, sizeof(ngx_str_t));
    if (location->sans == NULL) return NGX_CONF_ERROR;
    /* Where it is told that there is no hostname beside it. */
    if (location->says == SAYS_NOTHING) location->says_place = here(cf);
    for (ngx_uint_t at = 1; at < cf->args->nelts; at++) {
        if (ngx_strncmp(words[at].data, "hostname:", 9) != 0 && ngx_strncmp(words[at].data, "uri:", 4) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"lastmile_san\" expects hostname:NAME or uri:URI, found \"%V\"", &words[at]);
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
    if (main == NULL || cleanup == NULL ||
        ngx_array_init(&main->locations, cf->pool, 16, sizeof(location_t *)) != NGX_OK ||
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
    u_char *start = ngx_pnalloc(cf->pool, room), *end;
    if (start == NULL) return NGX_ERROR;
    if (location->says == SAYS_DOCUMENTS)
        end = ngx_snprintf(start, room, "lastmile_policy %V %V", &location->file, &location->target);
    else
        end = ngx_snprintf(start, room, "lastmile_ca %V, lastmile_hostname %V", &location->ca, &location->hostname);
    location->words.data = start;
    location->words.len = (size_t)(end - start);
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
        made = lastmile_policies_from_stanza(main->policies, (char *)location->ca.data,
                                             (char *)location->hostname.data, sans, count, cleanup->data, error,
                                             sizeof error);
    }
    if (!made) {
        /* What is wrong with the bundle is told where that is named. */
        ngx_uint_t is_of_ca =
            location->says == SAYS_STANZA && ngx_strncmp(error, location->ca.data, location->ca.len) == 0;
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
        return fail_at(cf, location->says_place,
                       "\"lastmile_san\" needs \"lastmile_hostname\" beside it: both are inherited together");
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
                               ? "\"lastmile_ca\" has no effect under the inherited \"lastmile_policy off\": add "
                                 "\"lastmile_hostname\""
                               : "\"lastmile_ca\" has no effect under the inherited \"lastmile_policy\", whose "
                                 "documents name the CA: add \"lastmile_hostname\"");
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
        return fail_at(cf, location->says_place,
                       "\"lastmile_hostname\" needs \"lastmile_ca\": name a file of PEM certificates, or \"system\"");
    if (location->says == SAYS_NOTHING && has_ca)
        return fail_at(cf, location->ca_place, "\"lastmile_ca\" verifies nothing by itself: add \"lastmile_hostname\"");
    kept = ngx_array_push(&main->locations);
    if (kept == NULL) return NGX_CONF_ERROR;
    *kept = location;
    return NGX_CONF_OK;
}
