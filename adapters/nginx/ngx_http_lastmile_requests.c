/* What the module does for each request, and what it sets in nginx for that when everything is configured. */
#include "ngx_http_lastmile_module.h"

#include "lastmile_openssl.h"
#include "lastmile_refusal.h"

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

static void log_refusal(ngx_connection_t *c, ngx_http_request_t *r, const location_t *location,
                        const ngx_str_t *line) {
    static const ngx_str_t unknown = ngx_string("?");
    const ngx_http_upstream_t *u = r->upstream;
    const ngx_str_t *upstream = u->upstream != NULL   ? &u->upstream->host
                                : u->resolved != NULL ? &u->resolved->host
                                                      : &unknown;
    ngx_log_error(NGX_LOG_ERR, c->log, 0, "%V location=\"%V\" upstream=\"%V\" hostname=%s (%V)", line,
                  &location->name, upstream, location->policy->hostname, &location->words);
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
    uintptr_t left = (uintptr_t)((const wrapped_t *)one)->upstream;
    uintptr_t right = (uintptr_t)((const wrapped_t *)other)->upstream;
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

ngx_int_t ngx_http_lastmile_before(ngx_conf_t *cf) {
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
    if (scheme == NULL)
        return fail_pass(cf, location, NO_TLS, "", "\"lastmile_policy off;\" in the location if that is meant");
    if (ngx_strncasecmp(url->data, (u_char *)scheme, ngx_strlen(scheme)) == 0) return NGX_OK;
    if (url->len > 0 && url->data[0] == '$')
        return fail_pass(cf, location, "may speak no TLS, as its scheme is a variable", scheme, " before the variable");
    return fail_pass(cf, location, NO_TLS, scheme,
                     ", or \"lastmile_policy off;\" in the location if plain text is meant");
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

ngx_int_t ngx_http_lastmile_after(ngx_conf_t *cf) {
    static ngx_str_t server_name = ngx_string("$lastmile_server_name");
    main_t *main = ngx_http_conf_get_module_main_conf(cf, ngx_http_lastmile_module);
    location_t **locations = main->locations.elts;
    ngx_http_compile_complex_value_t compiled = {
        .cf = cf, .value = &server_name, .complex_value = &main->server_name};
    ngx_uint_t is_used = 0;
    for (ngx_uint_t at = 0; at < main->locations.nelts; at++) {
        if (locations[at]->policy == NULL) continue;
        if (check_pass(cf, locations[at]) != NGX_OK) return NGX_ERROR;
        if (!is_used && ngx_http_compile_complex_value(&compiled) != NGX_OK) return NGX_ERROR;
        is_used = 1;
        if (apply(cf, main, locations[at]) != NGX_OK) return NGX_ERROR;
    }
    /* What was read for it. */
    lastmile_policies_free(main->policies);
    main->policies = NULL;
    if (!is_used) return NGX_OK;
    for (ngx_uint_t at = 0; at < main->locations.nelts; at++)
        if (check_pool(cf, main, locations[at]) != NGX_OK) return NGX_ERROR;
    return wrap_upstreams(cf, main);
}
