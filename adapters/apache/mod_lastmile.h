/* What the files of mod_lastmile know of each other. */
#ifndef MOD_LASTMILE_H
#define MOD_LASTMILE_H

#include <httpd.h>

#include <http_config.h>

#include "lastmile_policies.h"

extern module AP_MODULE_DECLARE_DATA lastmile_module;

/* The policy that the backends of this server are held to, or NULL. */
const lastmile_policy *lastmile_policy_of(const server_rec *server);

/* How it was said, and in which file and line. */
const char *lastmile_words_of(const server_rec *server);
const char *lastmile_place_of(const server_rec *server);

/* mod_lastmile_pools.c */

/* Whether every worker can be reached, and under one policy: OK, or what the configuration is refused with. */
int lastmile_check_pools(server_rec *first);

void lastmile_init_pools(apr_pool_t *pool, server_rec *server);

/* Before a configuration is read, when all modules are loaded. */
int lastmile_hook_pools(void);

/* mod_lastmile_kept.c */

/* Keeps a policy that is good, in the place of what was said so before. */
void lastmile_keep(const char *said, const lastmile_policy *policy);

/* A reference to what was kept of the configuration before, or 0. */
int lastmile_take_kept(const char *said, lastmile_policy *policy);

/* A configuration has been read: what it does not say is kept no longer. */
void lastmile_forget_others(void);

/* mod_lastmile_notes.c */

/* Before the configuration of this pool is read. */
void lastmile_begin_notes(apr_pool_t *pool);

/* Says something about it, as soon as somebody can hear it. */
void lastmile_say(int level, const char *words);

/* Says why it is refused, and returns what is not OK. */
int lastmile_refuse(const char *words);

/* What a hook returns for this, as long as it may not have been told. */
int lastmile_when_told(int status);

/* A hook for post_config, when the logs are open. */
int lastmile_tell(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *first);

#endif
