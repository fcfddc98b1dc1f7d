/* Asks about every chain of a file of fields, and prints all that was concluded, a line for each. */
#include "check.h"

static void print_slice(const char *what, lastmile_slice text) {
    CHECK(text.data[text.len] == 0);
    printf(" | %s=%.*s", what, (int)text.len, (const char *)text.data);
}

/* Everything about a verdict, in one line. */
static void tell(const char *name, const lastmile_verifier *verifier, const lastmile_verdict *verdict,
                 const lastmile_verdict_info *info) {
    uint8_t digest[32];
    char words[65536];
    lastmile_text text = {words, sizeof words, 0};
    printf("%s status=%d err=%d alert=%d certificate=%lld anchor=%lld until=%lld attempts=%u digest=", name,
           (int)info->status.code, (int)info->x509_v_err, (int)info->alert, (long long)info->certificate,
           (long long)info->anchor, (long long)info->valid_until, (unsigned)info->attempts);
    CHECK_CODE(lastmile_verifier_digest(verifier, digest), LASTMILE_OK);
    for (size_t at = 0; at < sizeof digest; at++) printf("%02x", digest[at]);
    print_slice("code", info->code), print_slice("clause", info->clause);
    print_slice("message", info->message), print_slice("matched", info->matched);
    for (size_t at = 0; at < info->expected; at++) {
        lastmile_slice one;
        CHECK_CODE(lastmile_verdict_expected(verdict, at, &one), LASTMILE_OK);
        print_slice("expected", one);
    }
    for (size_t at = 0; at < info->presented; at++) {
        lastmile_slice one;
        CHECK_CODE(lastmile_verdict_presented(verdict, at, &one), LASTMILE_OK);
        print_slice("presented", one);
    }
    for (size_t at = 0; at < info->path; at++) {
        lastmile_path_certificate one;
        CHECK_CODE(lastmile_verdict_path(verdict, at, &one), LASTMILE_OK);
        printf(" | path=%lld,%lld", (long long)one.certificate, (long long)one.anchor);
        print_slice("subject", one.subject);
    }
    for (size_t at = 0; at < info->also; at++) {
        lastmile_finding one;
        CHECK_CODE(lastmile_verdict_also(verdict, at, &one), LASTMILE_OK);
        printf(" | also=%d,%lld,%lld", (int)one.status.code, (long long)one.certificate, (long long)one.anchor);
        print_slice("code", one.code), print_slice("clause", one.clause), print_slice("message", one.message);
    }
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    for (char *at = words; *at != 0; at++)
        if (*at == '\n') *at = '/';
    CHECK(text.needed < sizeof words);
    printf(" | explanation=%s\n", words);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    while (!check_is_at_end(&fields)) {
        const lastmile_trust_anchors *anchors = NULL;
        const lastmile_verifier *verifier = NULL;
        lastmile_verifier_builder *builder = NULL;
        lastmile_verdict *verdict = NULL;
        lastmile_verdict_info info = {.struct_size = sizeof info};
        char *name = check_next_text(&fields);
        int64_t now = check_next_number(&fields);
        lastmile_slice bundle = check_next(&fields);
        CHECK_CODE(lastmile_trust_anchors_from_pem(bundle, &anchors, NULL), LASTMILE_OK);
        check_free(bundle);
        CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
        for (long long names = check_next_number(&fields); names > 0; names--) {
            char *expected = check_next_text(&fields);
            lastmile_status status = strncmp(expected, "uri:", 4) == 0
                ? lastmile_verifier_builder_expect_uri(builder, check_slice(expected + 4), NULL)
                : lastmile_verifier_builder_expect_dns(builder, check_slice(strchr(expected, ':') + 1), NULL);
            CHECK_CODE(status, LASTMILE_OK);
            free(expected);
        }
        CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
        size_t presented = (size_t)check_next_number(&fields);
        lastmile_slice *chain = calloc(presented, sizeof *chain);
        CHECK(chain != NULL && presented > 0);
        for (size_t at = 0; at < presented; at++) chain[at] = check_next(&fields);
        lastmile_status status =
            lastmile_verifier_verify(verifier, chain[0], chain + 1, presented - 1, now, &verdict);
        CHECK(verdict != NULL);
        CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
        CHECK_CODE(info.status, status.code);
        tell(name, verifier, verdict, &info);
        for (size_t at = 0; at < presented; at++) check_free(chain[at]);
        free(chain);
        free(name);
        lastmile_verdict_free(verdict);
        lastmile_verifier_unref(verifier);
        lastmile_verifier_builder_free(builder);
        lastmile_trust_anchors_unref(anchors);
    }
    free(fields.octets);
    return 0;
}
