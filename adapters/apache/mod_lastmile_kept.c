/* Policies that were good, by what was said: this module outlives a restart, in which a file may turn bad. */
#include "mod_lastmile.h"

#include <stdlib.h>

typedef struct kept {
    struct kept *next;
    char *said;
    lastmile_policy policy;
    int is_said; /* in the configuration that is being read */
} kept;

static kept *all;

static kept *find(const char *said) {
    kept *one = all;
    while (one != NULL && strcmp(one->said, said) != 0) one = one->next;
    return one;
}

static int copy(const lastmile_policy *from, lastmile_policy *to) {
    char *hostname = strdup(from->hostname);
    if (hostname == NULL) return 0;
    *to = *from;
    to->hostname = hostname;
    lastmile_verifier_ref(to->verifier);
    return 1;
}

/* Without memory it is not kept, and that is all. */
void lastmile_keep(const char *said, const lastmile_policy *policy) {
    kept *one = find(said);
    lastmile_policy another = {0};
    if (!copy(policy, &another)) return;
    if (one == NULL) {
        one = calloc(1, sizeof *one);
        if (one == NULL || (one->said = strdup(said)) == NULL) {
            free(one);
            lastmile_policy_clear(&another);
            return;
        }
        one->next = all;
        all = one;
    }
    lastmile_policy_clear(&one->policy);
    one->policy = another;
    one->is_said = 1;
}

int lastmile_take_kept(const char *said, lastmile_policy *policy) {
    kept *one = find(said);
    if (one == NULL || !copy(&one->policy, policy)) return 0;
    one->is_said = 1;
    return 1;
}

/* A configuration has references of its own to what it uses. */
void lastmile_forget_others(void) {
    kept **at = &all;
    while (*at != NULL) {
        kept *one = *at;
        if (one->is_said) {
            one->is_said = 0;
            at = &one->next;
            continue;
        }
        *at = one->next;
        lastmile_policy_clear(&one->policy);
        free(one->said);
        free(one);
    }
}
