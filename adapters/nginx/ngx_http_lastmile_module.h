/* What the parts of the module share: ngx_http_lastmile_module.c says what each is for. */
#ifndef NGX_HTTP_LASTMILE_MODULE_H
#define NGX_HTTP_LASTMILE_MODULE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "lastmile_policies.h"

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

/* A directive that passes requests; the scheme of those that can speak TLS. */
typedef struct pass_kind {
    const char *directive, *scheme;
    /* nginx's own. */
    ngx_module_t *module;
    ngx_command_t *command;
} pass_kind_t;

/* What a location passes requests with. */
typedef struct {
    const pass_kind_t *kind; /* NULL: nothing */
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

extern ngx_module_t ngx_http_lastmile_module;

/* Before and after the configuration is read. */
ngx_int_t ngx_http_lastmile_before(ngx_conf_t *cf);
ngx_int_t ngx_http_lastmile_after(ngx_conf_t *cf);

#endif
