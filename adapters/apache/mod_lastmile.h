/* What the two files of mod_lastmile know of each other. */
#ifndef MOD_LASTMILE_H
#define MOD_LASTMILE_H

#include <httpd.h>

#include <http_config.h>

#include "lastmile_policies.h"

extern module AP_MODULE_DECLARE_DATA lastmile_module;

/* The policy that the backends of this server are held to, or NULL. */
const lastmile_policy *lastmile_policy_of(const server_rec *server);

/* How it was said. */
const char *lastmile_words_of(const server_rec *server);

/* Whether no connection can be reached under two policies: OK, or what the configuration is refused with. */
int lastmile_check_pools(server_rec *first);

void lastmile_init_pools(apr_pool_t *pool, server_rec *server);

/* A hook for pre_config: then all modules are loaded, in whatever order. */
int lastmile_hook_pools(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary);

#endif
