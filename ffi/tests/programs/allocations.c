/* Counts allocations of accepted chains: linked with the archive, and malloc wrapped by the linker. */
#include "check.h"

#define NOW 1780272000

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **place, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **place, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) { return allocations++, __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return allocations++, __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return allocations++, __real_realloc(old, size); }
int __wrap_posix_memalign(void **place, size_t alignment, size_t size) {
    return allocations++, __real_posix_memalign(place, alignment, size);
}

int main(int count, char **arguments) {
    const lastmile_trust_anchors *anchors = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_verifier_builder *builder = NULL;
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    lastmile_slice bundle = check_next(&fields);
    check_free(check_next(&fields));
    lastmile_slice leaf = check_next(&fields), intermediate = check_next(&fields);
    CHECK_CODE(lastmile_trust_anchors_from_pem(bundle, &anchors, NULL), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_new(anchors, &builder), LASTMILE_OK);
    CHECK_CODE(lastmile_verifier_builder_expect_dns(builder, check_slice("backend.example.com"), NULL), LASTMILE_OK);
    for (uint32_t memory = 0; memory <= 8; memory += 8) {
        CHECK_CODE(lastmile_verifier_builder_set_memory(builder, memory, 1 << 20), LASTMILE_OK);
        CHECK_CODE(lastmile_verifier_builder_build(builder, &verifier), LASTMILE_OK);
        /* Threads and processors are asked about once. */
        CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
        unsigned long before = allocations;
        CHECK(before > 0);
        for (int round = 0; round < 100; round++)
            CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, NULL), LASTMILE_OK);
        printf("memory of %u: %lu allocations in 100 calls\n", memory, allocations - before);
        CHECK(allocations == before);
        /* And they are seen where there are some. */
        lastmile_verdict *verdict = NULL;
        CHECK_CODE(lastmile_verifier_verify(verifier, leaf, &intermediate, 1, NOW, &verdict), LASTMILE_OK);
        CHECK(allocations > before);
        lastmile_verdict_free(verdict);
        lastmile_verifier_unref(verifier);
    }
    lastmile_verifier_builder_free(builder);
    lastmile_trust_anchors_unref(anchors);
    check_free(bundle), check_free(leaf), check_free(intermediate);
    free(fields.octets);
    return 0;
}
