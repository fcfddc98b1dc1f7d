/* Does what must not be done, so that the sanitizers have something to say. */
#include "check.h"

#include <pthread.h>

static lastmile_text words;

static void *write_words(void *verifier) {
    lastmile_verdict *verdict = NULL;
    for (int round = 0; round < 100; round++) {
        CHECK_CODE(lastmile_verifier_verify(verifier, (lastmile_slice){NULL, 0}, NULL, 0, 0, &verdict),
                   LASTMILE_MALFORMED_CERTIFICATE);
        /* A buffer of two threads. */
        words.capacity++;
        lastmile_verdict_free(verdict);
    }
    return NULL;
}

int main(int count, char **arguments) {
    const lastmile_trust_anchors *anchors = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    lastmile_verdict *verdict = NULL;
    lastmile_verdict_info info = {.struct_size = sizeof info};
    pthread_t threads[2];
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    lastmile_slice bundle = check_next(&fields);
    CHECK_CODE(lastmile_trust_anchors_from_pem(bundle, &anchors, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice("a.example"), NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
    for (int at = 0; at < 2; at++) CHECK(pthread_create(&threads[at], NULL, write_words, (void *)verifier) == 0);
    for (int at = 0; at < 2; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK_CODE(lastmile_verifier_verify(verifier, (lastmile_slice){NULL, 0}, NULL, 0, 0, &verdict),
               LASTMILE_MALFORMED_CERTIFICATE);
    CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
    lastmile_verdict_free(verdict);
    /* What it gave out went with it. */
    return info.message.data[0] == 'x';
}
