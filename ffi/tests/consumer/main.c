/*
 * Asks whether a chain is good for a backend:
 *     consumer BUNDLE.pem HOSTNAME LEAF.der [OTHER.der ...]
 * Exit status: 0 accepted, 1 refused, 2 no verdict.
 */
#include <lastmile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Once for each policy; NULL if there can be no verifier. */
static const lastmile_verifier *new_verifier(lastmile_slice bundle, lastmile_slice hostname) {
    char words[1024] = "";
    lastmile_text text = {words, sizeof words, 0};
    const lastmile_trust_anchors *anchors = NULL;
    lastmile_verifier_builder *builder = NULL;
    const lastmile_verifier *verifier = NULL;
    lastmile_status status = lastmile_trust_anchors_from_pem(bundle, &anchors, &text);
    if (lastmile_status_is_ok(status)) status = lastmile_verifier_builder_new(anchors, &builder);
    if (lastmile_status_is_ok(status))
        status = lastmile_verifier_builder_expect_dns(builder, hostname, &text);
    if (lastmile_status_is_ok(status)) status = lastmile_verifier_builder_build(builder, &verifier);
    if (!lastmile_status_is_ok(status))
        fprintf(stderr, "there is no verifier: %s: %s\n", lastmile_status_name(status), words);
    lastmile_verifier_builder_free(builder);
    lastmile_trust_anchors_unref(anchors);
    return verifier;
}

/* Once for each full handshake, on any thread. The certificates are DER. */
static lastmile_status verify(const lastmile_verifier *verifier, lastmile_slice leaf,
                              const lastmile_slice *others, size_t count) {
    char words[4096];
    lastmile_text text = {words, sizeof words, 0};
    lastmile_verdict *verdict = NULL;
    lastmile_status status =
        lastmile_verifier_verify(verifier, leaf, others, count, time(NULL), &verdict);
    if (verdict != NULL && lastmile_status_is_ok(lastmile_verdict_explanation(verdict, &text)))
        puts(words);
    lastmile_verdict_free(verdict);
    return status;
}

static lastmile_slice read_file(const char *path) {
    size_t capacity = 1 << 20;
    uint8_t *octets = malloc(capacity);
    FILE *file = fopen(path, "rb");
    if (octets == NULL || file == NULL) {
        perror(path);
        exit(2);
    }
    size_t len = fread(octets, 1, capacity, file);
    fclose(file);
    return (lastmile_slice){octets, len};
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: %s BUNDLE.pem HOSTNAME LEAF.der [OTHER.der ...]\n", argv[0]);
        return 2;
    }
    size_t count = (size_t)argc - 3;
    lastmile_slice bundle = read_file(argv[1]);
    lastmile_slice hostname = {(const uint8_t *)argv[2], strlen(argv[2])};
    lastmile_slice *chain = calloc(count, sizeof *chain);
    for (size_t i = 0; chain != NULL && i < count; i++)
        chain[i] = read_file(argv[3 + i]);

    const lastmile_verifier *verifier = new_verifier(bundle, hostname);
    if (chain == NULL || verifier == NULL)
        return 2;
    lastmile_status status = verify(verifier, chain[0], chain + 1, count - 1);
    if (status.code == LASTMILE_NAME_MISMATCH)
        fputs("the certificate is another backend's\n", stderr);
    lastmile_verifier_unref(verifier);

    for (size_t i = 0; i < count; i++)
        free((void *)chain[i].data);
    free(chain);
    free((void *)bundle.data);
    return lastmile_status_is_ok(status) ? 0 : lastmile_status_is_refusal(status) ? 1 : 2;
}
