/* Makes policies, as a host's configuration says. Arguments are operations, each ended by `.`:
 *
 *     stanza CA HOSTNAME [SAN]...     documents PATH TARGET     remove FILE
 *
 * Of each that makes a policy, a line: 1, the hostname and the digest, or 0 and the error; before it, its warnings. */
#include "check.h"
#include "lastmile_policies.h"

#include <unistd.h>

static int own;

static void warn(void *host, const char *line) {
    CHECK(host == &own);
    printf("warning %s\n", line);
}

static int step(lastmile_policies *policies, char **words, size_t count) {
    char error[4096] = "untouched", cut[8];
    lastmile_policy policy = {0};
    int made;
    if (strcmp(words[0], "remove") == 0) return unlink(words[1]);
    if (strcmp(words[0], "stanza") == 0) {
        const char *const *sans = (const char *const *)words + 3;
        made = lastmile_policies_from_stanza(policies, words[1], words[2], sans, count - 3, &policy, error, sizeof error);
        if (!made) {
            /* Where there is less room, or none. */
            CHECK(!lastmile_policies_from_stanza(policies, words[1], words[2], sans, count - 3, &policy, cut, sizeof cut));
            CHECK(strlen(cut) > 3 && strlen(cut) < sizeof cut && strncmp(cut, error, strlen(cut)) == 0);
            CHECK(!lastmile_policies_from_stanza(policies, words[1], words[2], sans, count - 3, &policy, NULL, 0));
        }
    } else {
        made = lastmile_policies_from_documents(policies, words[1], words[2], &policy, error, sizeof error);
    }
    CHECK((policy.verifier != NULL) == made && (policy.hostname != NULL) == made);
    if (!made) {
        CHECK(strpbrk(error, "\n\r\t\033") == NULL);
        printf("0 %s\n", error);
        return 0;
    }
    CHECK(strcmp(error, "untouched") == 0);
    lastmile_memory_report report;
    CHECK_CODE(lastmile_verifier_memory_report(policy.verifier, &report), LASTMILE_OK);
    CHECK(report.most_entries > 0);
    printf("1 %s ", policy.hostname);
    for (size_t at = 0; at < 4; at++) printf("%02x", policy.digest[at]);
    printf("\n");
    lastmile_policy_clear(&policy);
    CHECK(policy.verifier == NULL && policy.hostname == NULL);
    return 0;
}

static void misuse(void) {
    char error[64] = "";
    lastmile_policy policy = {0};
    lastmile_policies *policies = lastmile_policies_new();
    CHECK(policies != NULL);
    CHECK(!lastmile_policies_from_stanza(NULL, "system", "a.example", NULL, 0, &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_stanza(policies, NULL, "a.example", NULL, 0, &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_stanza(policies, "system", NULL, NULL, 0, &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_stanza(policies, "system", "a.example", NULL, 1, &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_stanza(policies, "system", "a.example", NULL, 0, NULL, error, sizeof error));
    CHECK(!lastmile_policies_from_documents(NULL, "p", "t", &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_documents(policies, NULL, "t", &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_documents(policies, "p", NULL, &policy, error, sizeof error));
    CHECK(!lastmile_policies_from_documents(policies, "p", "t", NULL, error, sizeof error));
    CHECK(policy.verifier == NULL);
    lastmile_policies_on_warning(NULL, warn, NULL);
    lastmile_policy_clear(NULL), lastmile_policy_clear(&policy);
    lastmile_policies_free(NULL), lastmile_policies_free(policies);
}

int main(int count, char **arguments) {
    lastmile_policies *policies = lastmile_policies_new();
    int start = 1;
    CHECK(policies != NULL);
    misuse();
    lastmile_policies_on_warning(policies, warn, &own);
    for (int at = 1; at < count; at++) {
        if (strcmp(arguments[at], ".") != 0) continue;
        CHECK(step(policies, arguments + start, (size_t)(at - start)) == 0);
        start = at + 1;
    }
    lastmile_policies_free(policies);
    return 0;
}
