/* What lastmile.h promises, of the quickstart chain: argument 1 is a file of fields. */
#include "check.h"

#define NOW 1780272000 /* 2026-06-01 */

static lastmile_slice bundle, other_bundle, leaf, intermediate;

static const lastmile_trust_anchors *anchors_of(lastmile_slice pem) {
    const lastmile_trust_anchors *anchors = NULL;
    CHECK_CODE(lastmile_trust_anchors_from_pem(pem, &anchors, NULL), LASTMILE_OK);
    CHECK(anchors != NULL);
    return anchors;
}

static const lastmile_verifier *verifier_for(lastmile_slice pem, const char *name, uint32_t memory) {
    const lastmile_trust_anchors *anchors = anchors_of(pem);
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    lastmile_trust_anchors_unref(anchors);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice(name), NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_set_memory(builder, memory, 1 << 20), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
    lastmile_verifier_builder_free(builder);
    return verifier;
}

static lastmile_verdict_info info_of(const lastmile_verdict *verdict) {
    lastmile_verdict_info info = {.struct_size = sizeof info};
    CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
    CHECK(info.struct_size == sizeof info);
    return info;
}

static void versions(void) {
    char expected[32];
    CHECK(lastmile_abi_version() == LASTMILE_ABI_VERSION);
    snprintf(expected, sizeof expected, "%d.%d.%d (ring)", LASTMILE_VERSION_MAJOR,
             LASTMILE_VERSION_MINOR, LASTMILE_VERSION_PATCH);
    CHECK(strcmp(lastmile_version(), expected) == 0);
    puts(lastmile_version());
}

static void names_of_statuses(void) {
    CHECK(strcmp(lastmile_status_name((lastmile_status){LASTMILE_OK}), "ok") == 0);
    CHECK(strcmp(lastmile_status_name((lastmile_status){LASTMILE_NAME_MISMATCH}), "name-mismatch") == 0);
    CHECK(strcmp(lastmile_status_name((lastmile_status){-7}), "unknown") == 0);
    CHECK(lastmile_status_is_ok((lastmile_status){LASTMILE_OK}));
    CHECK(!lastmile_status_is_ok((lastmile_status){LASTMILE_PANIC}));
    CHECK(!lastmile_status_is_refusal((lastmile_status){LASTMILE_PANIC}));
    CHECK(lastmile_status_is_refusal((lastmile_status){LASTMILE_EXPIRED}));
    CHECK(lastmile_status_is_refusal((lastmile_status){1999}));
    CHECK(lastmile_status_is_refusal((lastmile_status){LASTMILE_REFUSED}));
    CHECK(!lastmile_status_is_ok((lastmile_status){-1}) && !lastmile_status_is_ok((lastmile_status){50}));
}

static void accepted(void) {
    const lastmile_verifier *verifier = verifier_for(bundle, "backend.example.com", 0);
    lastmile_verdict *verdict = NULL;
    lastmile_path_certificate step;
    lastmile_slice name = {NULL, 7};
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict), LASTMILE_OK);
    lastmile_verifier_unref(verifier);
    /* The verdict lives by itself. */
    lastmile_verdict_info info = info_of(verdict);
    CHECK_CODE(info.status, LASTMILE_OK);
    CHECK(info.x509_v_err == 0 && info.alert == 0 && info.attempts == 1);
    CHECK(info.certificate == -1 && info.anchor == 0);
    CHECK(info.valid_until == 4922899200); /* 2126-01-01 */
    CHECK(check_is(info.matched, "backend.example.com"));
    CHECK(info.code.len == 0 && info.clause.len == 0 && info.expected == 0 && info.also == 0);
    CHECK(info.message.len > 0 && info.message.data[info.message.len] == 0);
    CHECK(info.path == 3);
    for (size_t at = 0; at < info.path; at++) {
        CHECK_CODE(lastmile_verdict_path(verdict, at, &step), LASTMILE_OK);
        CHECK(step.certificate == (at == 2 ? -1 : (int64_t)at) && step.anchor == (at == 2 ? 0 : -1));
        CHECK(step.subject.len > 0);
    }
    CHECK_CODE(lastmile_verdict_path(verdict, info.path, &step), LASTMILE_INVALID_ARGUMENT);
    CHECK_CODE(lastmile_verdict_expected(verdict, 0, &name), LASTMILE_INVALID_ARGUMENT);
    CHECK(name.len == 7);
    lastmile_verdict_free(verdict);
}

static void refused(void) {
    const lastmile_verifier *verifier = verifier_for(bundle, "frontend.example.com", 0);
    lastmile_verdict *verdict = NULL;
    lastmile_slice name;
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict),
               LASTMILE_NAME_MISMATCH);
    lastmile_verdict_info info = info_of(verdict);
    CHECK_CODE(info.status, LASTMILE_NAME_MISMATCH);
    CHECK(info.x509_v_err == 62 && info.alert == 42 && info.valid_until == 0 && info.path == 0);
    CHECK(info.certificate == 0 && info.anchor == -1);
    CHECK(check_is(info.code, "name-mismatch") && check_is(info.clause, "RFC 9525 6"));
    CHECK(info.matched.len == 0 && info.also == 0);
    CHECK(info.expected == 1 && info.presented == 2);
    CHECK_CODE(lastmile_verdict_expected(verdict, 0, &name), LASTMILE_OK);
    CHECK(check_is(name, "dns frontend.example.com"));
    CHECK_CODE(lastmile_verdict_presented(verdict, 1, &name), LASTMILE_OK);
    CHECK(check_is(name, "uri spiffe://cluster.local/ns/shop/sa/backend"));
    lastmile_verdict_free(verdict);

    /* Two faults, and a clock that says so. */
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, 4922899201, &verdict),
               LASTMILE_NAME_MISMATCH);
    info = info_of(verdict);
    CHECK(info.also > 0);
    lastmile_finding finding;
    CHECK_CODE(lastmile_verdict_also(verdict, 0, &finding), LASTMILE_OK);
    CHECK_CODE(finding.status, LASTMILE_EXPIRED);
    CHECK(finding.certificate == 0 && finding.anchor == -1 && check_is(finding.code, "expired"));
    CHECK(check_is(finding.clause, "RFC 5280 4.1.2.5") && finding.message.len > 0);
    CHECK_CODE(lastmile_verdict_also(verdict, info.also, &finding), LASTMILE_INVALID_ARGUMENT);
    lastmile_verdict_free(verdict);

    /* Each kind of call that has no chain to judge. */
    verdict = (lastmile_verdict *)&verdict;
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, -1, &verdict),
               LASTMILE_INVALID_ARGUMENT);
    CHECK(verdict == (lastmile_verdict *)&verdict);
    CHECK_CODE(lastmile_verifier_verify(verifier, (lastmile_slice){NULL, 0}, NULL, 0, NOW, NULL),
               LASTMILE_MALFORMED_CERTIFICATE);
    lastmile_slice array[2] = {intermediate, {NULL, 5}};
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, array, 2, NOW, NULL), LASTMILE_NULL_POINTER);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, array, SIZE_MAX, NOW, NULL), LASTMILE_INVALID_ARGUMENT);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, array, SIZE_MAX / 16 + 2, NOW, NULL), LASTMILE_INVALID_ARGUMENT);
    CHECK_CODE(lastmile_verifier_verify(verifier, (lastmile_slice){leaf.data, SIZE_MAX}, NULL, 0, NOW, NULL),
               LASTMILE_INVALID_ARGUMENT);
    lastmile_verifier_unref(verifier);

    verifier = verifier_for(other_bundle, "backend.example.com", 8);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL),
               LASTMILE_UNKNOWN_ISSUER);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, NULL, 0, NOW, NULL), LASTMILE_UNKNOWN_ISSUER);
    lastmile_verifier_unref(verifier);
}

static void explanations(void) {
    const lastmile_verifier *verifier = verifier_for(bundle, "frontend.example.com", 0);
    lastmile_verdict *verdict = NULL;
    char whole[2048], part[12];
    lastmile_text text = {NULL, 0, 0};
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict),
               LASTMILE_NAME_MISMATCH);
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(text.needed > 100 && text.needed < sizeof whole);
    size_t needed = text.needed;
    text = (lastmile_text){whole, sizeof whole, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(text.needed == needed && strlen(whole) == needed);
    CHECK(strncmp(whole, "refused: the certificate is not valid for frontend.example.com (name-mismatch, ", 79) == 0);
    CHECK(strstr(whole, "try: ") != NULL);
    /* Exactly as long as it must be, and one octet too short. */
    text = (lastmile_text){whole, needed + 1, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(strlen(whole) == needed);
    text = (lastmile_text){whole, needed, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(strlen(whole) == needed - 1 && text.needed == needed);
    memset(part, 'x', sizeof part);
    text = (lastmile_text){part, 8, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(memcmp(part, "refused\0xxxx", 12) == 0 && text.needed == needed);
    text = (lastmile_text){part, 1, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_OK);
    CHECK(part[0] == 0 && part[1] == 'e');
    text = (lastmile_text){NULL, 1, 0};
    CHECK_CODE(lastmile_verdict_explanation(verdict, &text), LASTMILE_NULL_POINTER);
    lastmile_verdict_free(verdict);
    lastmile_verifier_unref(verifier);
}

static void bundles(void) {
    const lastmile_trust_anchors *anchors = NULL, *same;
    char words[512] = "";
    lastmile_text text = {words, sizeof words, 0};
    static const char bad[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    CHECK_CODE(lastmile_trust_anchors_from_pem(check_slice(bad), &anchors, &text), LASTMILE_INVALID_BUNDLE);
    CHECK(anchors == NULL && strstr(words, "block 1") != NULL && strlen(words) == text.needed);
    CHECK_CODE(lastmile_trust_anchors_from_pem(check_slice("# none\n"), &anchors, &text), LASTMILE_NO_ANCHORS);
    CHECK_CODE(lastmile_trust_anchors_from_pem((lastmile_slice){NULL, 0}, &anchors, &text), LASTMILE_NO_ANCHORS);
    CHECK_CODE(lastmile_trust_anchors_from_der(NULL, 0, &anchors, &text), LASTMILE_NO_ANCHORS);
    CHECK_CODE(lastmile_trust_anchors_from_der(&(lastmile_slice){(const uint8_t *)"0", 1}, 1, &anchors, &text),
               LASTMILE_INVALID_BUNDLE);
    CHECK(anchors == NULL && text.needed > 0);

    /* A good block and a bad one. */
    size_t length = bundle.len + sizeof bad - 1;
    uint8_t *both = malloc(length);
    CHECK(both != NULL);
    memcpy(both, bundle.data, bundle.len);
    memcpy(both + bundle.len, bad, sizeof bad - 1);
    CHECK_CODE(lastmile_trust_anchors_from_pem((lastmile_slice){both, length}, &anchors, &text),
               LASTMILE_INVALID_BUNDLE);
    CHECK(anchors == NULL);
    CHECK_CODE(lastmile_trust_anchors_from_pem_lenient((lastmile_slice){both, length}, &anchors, &text),
               LASTMILE_OK);
    CHECK(lastmile_trust_anchors_count(anchors) == 1 && strstr(words, "block 2") != NULL);
    free(both);

    same = lastmile_trust_anchors_ref(anchors);
    CHECK(same == anchors);
    lastmile_trust_anchors_unref(anchors);
    CHECK(lastmile_trust_anchors_count(same) == 1);
    lastmile_trust_anchors_unref(same);

    lastmile_slice two[2] = {intermediate, leaf};
    CHECK_CODE(lastmile_trust_anchors_from_der(two, 2, &anchors, NULL), LASTMILE_OK);
    CHECK(lastmile_trust_anchors_count(anchors) == 2);
    CHECK_CODE(lastmile_trust_anchors_describe(anchors, 1, &text), LASTMILE_OK);
    CHECK(strcmp(words, "CN=backend.example.com") == 0);
    lastmile_trust_anchors_unref(anchors);
}

static void builders(void) {
    const lastmile_trust_anchors *anchors = anchors_of(bundle);
    const lastmile_verifier *verifier = NULL, *again = NULL;
    lastmile_verifier_builder *builder = NULL;
    char words[256] = "";
    lastmile_text text = {words, sizeof words, 0};
    uint8_t address[16] = {10, 2, 0, 17}, digest[32], other[32];
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    verifier = (const lastmile_verifier *)words;
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_NO_NAMES);
    CHECK(verifier == (const lastmile_verifier *)words);
    verifier = NULL;
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice("a..b"), &text), LASTMILE_INVALID_DNS_NAME);
    CHECK(words[0] != 0);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, (lastmile_slice){NULL, 0}, &text), LASTMILE_INVALID_DNS_NAME);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice("\xff.example"), &text), LASTMILE_INVALID_DNS_NAME);
    CHECK_CODE(lastmile_verifier_builder_expect_uri(builder, check_slice("no uri"), &text), LASTMILE_INVALID_URI);
    CHECK_CODE(lastmile_verifier_builder_expect_ip(builder, (lastmile_slice){address, 5}), LASTMILE_INVALID_IP_ADDRESS);
    CHECK_CODE(lastmile_verifier_builder_expect_ip(builder, (lastmile_slice){NULL, 0}), LASTMILE_INVALID_IP_ADDRESS);
    CHECK(verifier == NULL);
    /* None of those is expected now. */
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_NO_NAMES);
    CHECK_CODE(lastmile_verifier_builder_expect_ip(builder, (lastmile_slice){address, 4}), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
    lastmile_verdict *verdict = NULL;
    lastmile_slice name;
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict), LASTMILE_NAME_MISMATCH);
    CHECK_CODE(lastmile_verdict_expected(verdict, 0, &name), LASTMILE_OK);
    CHECK(check_is(name, "ip 10.2.0.17"));
    lastmile_verdict_free(verdict);
    CHECK_CODE(lastmile_verifier_builder_set_memory(builder, LASTMILE_MOST_ENTRIES + 1, 0), LASTMILE_INVALID_ARGUMENT);
    CHECK_CODE(lastmile_verifier_builder_expect_ip(builder, (lastmile_slice){address, 16}), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_expect_uri(
                   builder, check_slice("spiffe://cluster.local/ns/shop/sa/backend"), &text), LASTMILE_OK);
    CHECK(words[0] == 0 && text.needed == 0);
    /* It may be built again, and is another policy. */
    CHECK_CODE(lastmile_verifier_builder_build(builder, &again), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(again, leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL), LASTMILE_NAME_MISMATCH);
    CHECK_CODE(lastmile_verifier_digest(verifier, digest), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_digest(again, other), LASTMILE_OK);
    CHECK(memcmp(digest, other, 32) != 0);
    lastmile_verifier_unref(again);

    CHECK_CODE(lastmile_verifier_builder_set_limit(builder, 0, 1), LASTMILE_INVALID_ARGUMENT);
    CHECK_CODE(lastmile_verifier_builder_set_limit(builder, 8, 1), LASTMILE_INVALID_ARGUMENT);
    struct { uint32_t limit, value; int32_t code; } limits[] = {
        {LASTMILE_LIMIT_PRESENTED, 0, LASTMILE_TOO_MANY_CERTIFICATES},
        {LASTMILE_LIMIT_CERTIFICATE_BYTES, 100, LASTMILE_CERTIFICATE_TOO_LARGE},
        {LASTMILE_LIMIT_INTERMEDIATES, 0, LASTMILE_PATH_TOO_LONG},
        {LASTMILE_LIMIT_SIGNATURE_CHECKS, 1, LASTMILE_TOO_MANY_SIGNATURE_CHECKS},
        {LASTMILE_LIMIT_ISSUER_CANDIDATES, 0, LASTMILE_TOO_MANY_ISSUER_CANDIDATES},
        /* This chain has no constraints. */
        {LASTMILE_LIMIT_NAME_CONSTRAINT_PAIRS, 0, LASTMILE_OK},
        {LASTMILE_LIMIT_NAME_BYTES, 0, LASTMILE_TOO_MANY_NAME_BYTES},
    };
    for (size_t at = 0; at < sizeof limits / sizeof *limits; at++) {
        lastmile_verifier_builder *own = NULL;
        CHECK_CODE(lastmile_verifier_builder_new(anchors, &own), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_builder_expect_dns(own, check_slice("backend.example.com"), NULL), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_builder_set_memory(own, 0, 0), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_builder_set_limit(own, limits[at].limit, limits[at].value), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_builder_build(own, &again), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_verify(again, leaf, &intermediate, 1, NOW, NULL), limits[at].code);
        lastmile_verifier_unref(again);
        lastmile_verifier_builder_free(own);
    }
    lastmile_verifier_builder_free(builder);
    lastmile_verifier_unref(verifier);
    lastmile_trust_anchors_unref(anchors);
}

static void memories(void) {
    const lastmile_trust_anchors *anchors = anchors_of(bundle);
    const lastmile_verifier *verifiers[2] = {NULL, NULL};
    const lastmile_signature_cache *cache = NULL;
    lastmile_verifier_builder *builder = NULL;
    lastmile_memory_report report;
    uint64_t count = 7;
    CHECK_CODE(lastmile_signature_cache_new(UINT32_MAX, 1 << 20, &cache), LASTMILE_INVALID_ARGUMENT);
    CHECK(cache == NULL);
    CHECK_CODE(lastmile_signature_cache_new(64, 1 << 20, &cache), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice("backend.example.com"), NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_set_signature_cache(builder, cache), LASTMILE_OK);
    for (int at = 0; at < 2; at++)
        CHECK_CODE(lastmile_verifier_builder_build(builder, &verifiers[at]), LASTMILE_OK);
    for (int at = 0; at < 3; at++)
        CHECK_CODE(lastmile_verifier_verify(verifiers[0], leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(verifiers[0], leaf, NULL, 0, NOW, NULL), LASTMILE_UNKNOWN_ISSUER);
    CHECK_CODE(lastmile_verifier_memory_report(verifiers[0], &report), LASTMILE_OK);
    CHECK(report.hits == 2 && report.misses == 2 && report.entries == 1 && report.insertions == 1);
    CHECK(report.most_entries == 256 && report.bytes > 500 && report.most_bytes == 4194304);
    /* Theirs is another chain memory, and the same signatures. */
    CHECK_CODE(lastmile_verifier_verify(verifiers[1], leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_memory_report(verifiers[1], &report), LASTMILE_OK);
    CHECK(report.hits == 0 && report.entries == 1);
    CHECK_CODE(lastmile_signature_cache_report(cache, &report), LASTMILE_OK);
    CHECK(report.hits == 1 && report.entries == 1);
    CHECK_CODE(lastmile_verifier_signature_report(verifiers[1], &report), LASTMILE_OK);
    CHECK(report.hits == 1 && report.entries == 1);

    CHECK_CODE(lastmile_verifier_count(verifiers[0], (lastmile_status){LASTMILE_OK}, &count), LASTMILE_OK);
    CHECK(count == 3);
    CHECK_CODE(lastmile_verifier_count(verifiers[0], (lastmile_status){LASTMILE_UNKNOWN_ISSUER}, &count), LASTMILE_OK);
    CHECK(count == 1);
    CHECK_CODE(lastmile_verifier_count(verifiers[0], (lastmile_status){LASTMILE_EXPIRED}, &count), LASTMILE_OK);
    CHECK(count == 0);
    count = 7;
    CHECK_CODE(lastmile_verifier_count(verifiers[0], (lastmile_status){LASTMILE_NULL_POINTER}, &count), LASTMILE_INVALID_ARGUMENT);
    CHECK(count == 7);

    CHECK(lastmile_signature_cache_ref(cache) == cache);
    lastmile_signature_cache_unref(cache);
    lastmile_signature_cache_unref(cache);
    CHECK(lastmile_verifier_ref(verifiers[0]) == verifiers[0]);
    lastmile_verifier_unref(verifiers[0]);
    for (int at = 0; at < 2; at++) lastmile_verifier_unref(verifiers[at]);

    /* Off. */
    CHECK_CODE(lastmile_verifier_builder_set_memory(builder, 0, 0), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_set_signature_cache(builder, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_build(builder, &verifiers[0]), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(verifiers[0], leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_verify(verifiers[0], leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_memory_report(verifiers[0], &report), LASTMILE_OK);
    CHECK(report.hits == 0 && report.most_entries == 0);
    CHECK_CODE(lastmile_verifier_signature_report(verifiers[0], &report), LASTMILE_OK);
    CHECK(report.hits == 0 && report.most_entries == 0);
    lastmile_verifier_unref(verifiers[0]);
    lastmile_verifier_builder_free(builder);
    lastmile_trust_anchors_unref(anchors);
}

static void sizes(void) {
    const lastmile_verifier *verifier = verifier_for(bundle, "backend.example.com", 0);
    lastmile_verdict *verdict = NULL;
    struct { lastmile_verdict_info info; uint64_t later; } newer = {.later = 7};
    CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict), LASTMILE_OK);
    newer.info.struct_size = sizeof newer;
    CHECK_CODE(lastmile_verdict_get(verdict, &newer.info), LASTMILE_OK);
    CHECK(newer.info.struct_size == sizeof newer.info && newer.later == 7);
    newer.info.struct_size = sizeof newer.info - 1;
    newer.info.attempts = 77;
    CHECK_CODE(lastmile_verdict_get(verdict, &newer.info), LASTMILE_INVALID_ARGUMENT);
    CHECK(newer.info.attempts == 77);
    lastmile_verdict_free(verdict);
    lastmile_verifier_unref(verifier);
}

static void system_roots(void) {
    const lastmile_trust_anchors *anchors = NULL;
    char words[512];
    lastmile_text text = {words, sizeof words, 0};
    lastmile_status status = lastmile_trust_anchors_system(&anchors, &text);
    /* There may be none here. */
    CHECK(status.code == LASTMILE_OK ? lastmile_trust_anchors_count(anchors) > 0
                                     : status.code == LASTMILE_NO_SYSTEM_ANCHORS && anchors == NULL);
    printf("system: %s, %zu\n", lastmile_status_name(status), lastmile_trust_anchors_count(anchors));
    lastmile_trust_anchors_unref(anchors);
}

static void nothing_is_freed(void) {
    lastmile_trust_anchors_unref(NULL);
    lastmile_verifier_builder_free(NULL);
    lastmile_verifier_unref(NULL);
    lastmile_signature_cache_unref(NULL);
    lastmile_verdict_free(NULL);
    CHECK(lastmile_trust_anchors_ref(NULL) == NULL && lastmile_verifier_ref(NULL) == NULL);
    CHECK(lastmile_signature_cache_ref(NULL) == NULL && lastmile_trust_anchors_count(NULL) == 0);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    bundle = check_next(&fields);
    other_bundle = check_next(&fields);
    leaf = check_next(&fields);
    intermediate = check_next(&fields);
    CHECK(check_is_at_end(&fields));
    versions();
    names_of_statuses();
    accepted();
    refused();
    explanations();
    bundles();
    builders();
    memories();
    sizes();
    system_roots();
    nothing_is_freed();
    check_free(bundle), check_free(other_bundle), check_free(leaf), check_free(intermediate);
    free(fields.octets);
    puts("done");
    return 0;
}
