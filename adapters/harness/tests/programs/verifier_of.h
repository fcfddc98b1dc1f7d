/* A verifier of a bundle and names, as fields have them. */
#ifndef VERIFIER_OF_H
#define VERIFIER_OF_H

#include "check.h"

static inline const lastmile_verifier *verifier_of(lastmile_slice bundle, const char *const *names, size_t count) {
    const lastmile_trust_anchors *anchors = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    CHECK_CODE(lastmile_trust_anchors_from_pem(bundle, &anchors, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    for (size_t at = 0; at < count; at++) {
        lastmile_slice name = check_slice(strchr(names[at], ':') + 1);
        lastmile_status status = strncmp(names[at], "uri:", 4) == 0
            ? lastmile_verifier_builder_expect_uri(builder, name, NULL)
            : lastmile_verifier_builder_expect_dns(builder, name, NULL);
        CHECK_CODE(status, LASTMILE_OK);
    }
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
    lastmile_verifier_builder_free(builder);
    lastmile_trust_anchors_unref(anchors);
    return verifier;
}

/* The names of the next fields. */
static inline const lastmile_verifier *next_verifier(check_fields *fields) {
    lastmile_slice bundle = check_next(fields);
    size_t count = (size_t)check_next_number(fields);
    char *names[8] = {0};
    const lastmile_verifier *verifier;
    CHECK(count <= 8);
    for (size_t at = 0; at < count; at++) names[at] = check_next_text(fields);
    verifier = verifier_of(bundle, (const char *const *)names, count);
    for (size_t at = 0; at < count; at++) free(names[at]);
    check_free(bundle);
    return verifier;
}

#endif
