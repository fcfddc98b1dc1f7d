/* What is said about a configuration while it is read. When httpd starts, somebody waits for it, and `apachectl
 * configtest` is such a start. At a restart the logs are not open yet: it is noted, and told when they are; and a
 * configuration that is refused ends httpd only then. */
#include "mod_lastmile.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>

APLOG_USE_MODULE(lastmile);

typedef struct {
    int level;
    const char *words;
} note;

/* Of the configuration that is being read; in its pool. */
static apr_array_header_t *notes;
static int is_refused;

/* httpd reads its configuration twice when it starts: first for those who started it. */
static int is_first_reading(void) { return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG; }

void lastmile_begin_notes(apr_pool_t *pool) {
    notes = apr_array_make(pool, 4, sizeof(note));
    is_refused = 0;
}

void lastmile_say(int level, const char *words) {
    if (is_first_reading() || notes == NULL) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | level, 0, ap_server_conf, "lastmile: %s", words);
        return;
    }
    APR_ARRAY_PUSH(notes, note) = (note){level, apr_pstrdup(notes->pool, words)};
}

int lastmile_refuse(const char *words) {
    lastmile_say(APLOG_CRIT, words);
    is_refused = 1;
    return HTTP_INTERNAL_SERVER_ERROR;
}

int lastmile_when_told(int status) {
    if (status != OK) is_refused = 1;
    return is_first_reading() ? status : OK;
}

int lastmile_tell(apr_pool_t *pool, apr_pool_t *log, apr_pool_t *temporary, server_rec *first) {
    (void)pool, (void)log, (void)temporary;
    for (int at = 0; notes != NULL && at < notes->nelts; at++) {
        note one = APR_ARRAY_IDX(notes, at, note);
        ap_log_error(APLOG_MARK, one.level, 0, first, "lastmile: %s", one.words);
    }
    return is_refused ? HTTP_INTERNAL_SERVER_ERROR : OK;
}
