/* Asks about every chain of a file of fields, and prints what was concluded of each, a line for each. */
#include "check.h"

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
        printf("%s %s %lld %lld\n", name, lastmile_status_name(status), (long long)info.certificate,
               (long long)info.anchor);
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
