/* Eight threads ask one verifier, and hold and give back references. Argument 1 is a file of fields. */
#include "check.h"

#include <pthread.h>

#define NOW 1780272000
#define THREADS 8

static lastmile_slice bundle, leaf, intermediate;
static const lastmile_verifier *shared;
static const lastmile_signature_cache *cache;
static int rounds;

static const lastmile_verifier *build(const char *name) {
    const lastmile_trust_anchors *anchors = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    CHECK_CODE(lastmile_trust_anchors_from_pem(bundle, &anchors, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    lastmile_trust_anchors_unref(anchors);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice(name), NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_set_signature_cache(builder, cache), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
    lastmile_verifier_builder_free(builder);
    return verifier;
}

static void *ask(void *argument) {
    const int own_number = *(const int *)argument;
    for (int round = 0; round < rounds; round++) {
        const lastmile_verifier *verifier = lastmile_verifier_ref(shared);
        lastmile_verdict *verdict = NULL;
        lastmile_verdict_info info = {.struct_size = sizeof info};
        char words[1024];
        lastmile_text text = {words, sizeof words, 0};
        lastmile_memory_report report;
        /* Its memory turns over: the second octet string is not looked at. */
        lastmile_slice presented[2] = {intermediate, {NULL, 0}};
        memset(words, (own_number * 7 + round) % 251, sizeof words);
        presented[1] = (lastmile_slice){(const uint8_t *)words, (size_t)(round % 64)};
        CHECK_CODE(lastmile_verifier_verify(verifier, leaf, presented, 2, NOW, NULL), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict), LASTMILE_OK);
        CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
        CHECK(info.path == 3 && info.valid_until > NOW);
        lastmile_verdict_free(verdict);
        CHECK_CODE(lastmile_verifier_verify(verifier, leaf, NULL, 0, NOW, &verdict), LASTMILE_UNKNOWN_ISSUER);
        CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
        CHECK(strncmp(words, "refused: ", 9) == 0);
        lastmile_verdict_free(verdict);
        CHECK_CODE(lastmile_verifier_memory_report(verifier, &report), LASTMILE_OK);
        lastmile_verifier_unref(verifier);
        if (round % 16 == own_number) {
            /* Others share the signatures only. */
            verifier = build("frontend.example.com");
            CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL),
                       LASTMILE_NAME_MISMATCH);
            lastmile_verifier_unref(verifier);
        }
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    int numbers[THREADS];
    uint64_t accepted = 0, refused = 0;
    CHECK(count == 2 || count == 3);
    check_fields fields = check_open(arguments[1]);
    rounds = count == 3 ? atoi(arguments[2]) : 20;
    bundle = check_next(&fields);
    check_free(check_next(&fields));
    leaf = check_next(&fields);
    intermediate = check_next(&fields);
    CHECK_CODE(lastmile_signature_cache_new(16, 1 << 16, &cache), LASTMILE_OK);
    shared = build("backend.example.com");
    for (int at = 0; at < THREADS; at++) {
        numbers[at] = at;
        CHECK(pthread_create(&threads[at], NULL, ask, &numbers[at]) == 0);
    }
    for (int at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK_CODE(lastmile_verifier_count(shared, (lastmile_status){LASTMILE_OK}, &accepted), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_count(shared, (lastmile_status){LASTMILE_UNKNOWN_ISSUER}, &refused), LASTMILE_OK);
    CHECK(accepted == 2u * THREADS * (unsigned)rounds && refused == THREADS * (unsigned)rounds);
    lastmile_verifier_unref(shared);
    lastmile_signature_cache_unref(cache);
    check_free(bundle), check_free(leaf), check_free(intermediate);
    free(fields.octets);
    printf("%llu accepted, %llu refused\n", (unsigned long long)accepted, (unsigned long long)refused);
    return 0;
}
