#include "lastmile_boringssl.h"

#include <openssl/pool.h>
#include <openssl/stack.h>
#include <pthread.h>
#include <stdlib.h>

/* Seconds since 1970, for hosts that have a clock of their own: a function without arguments. */
#ifdef LASTMILE_BORINGSSL_NOW
int64_t LASTMILE_BORINGSSL_NOW(void);
#else
#include <time.h>
static int64_t system_now(void) { return (int64_t)time(NULL); }
#define LASTMILE_BORINGSSL_NOW system_now
#endif

/* Certificates beyond these are listed on the heap. */
#define USUAL_CERTIFICATES 8

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int verifier_index = -1; /* of an SSL_CTX */
static int verdict_index = -1;  /* of an SSL: of a refusal */

static void free_verifier(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                          void *argp) {
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    lastmile_verifier_unref(pointer);
}

static void free_verdict(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl,
                         void *argp) {
    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    lastmile_verdict_free(pointer);
}

static void make_indexes(void) {
    verifier_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_verifier);
    verdict_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_verdict);
}

static int have_indexes(void) {
    return pthread_once(&once, make_indexes) == 0 && verifier_index >= 0 && verdict_index >= 0;
}

/* Keeps this verdict in place of an earlier one. */
static void keep_verdict(SSL *ssl, lastmile_verdict *verdict) {
    lastmile_verdict *before = SSL_get_ex_data(ssl, verdict_index);
    if (SSL_set_ex_data(ssl, verdict_index, verdict)) lastmile_verdict_free(before);
    else lastmile_verdict_free(verdict);
}

/* Called for each handshake, resumed ones too. The certificates are read where BoringSSL has them. */
static enum ssl_verify_result_t verify(SSL *ssl, uint8_t *out_alert) {
    const lastmile_verifier *verifier = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), verifier_index);
    const STACK_OF(CRYPTO_BUFFER) *chain = SSL_get0_peer_certificates(ssl);
    size_t count = chain == NULL ? 0 : sk_CRYPTO_BUFFER_num(chain);
    lastmile_slice usual[USUAL_CERTIFICATES];
    lastmile_slice *slices = count <= USUAL_CERTIFICATES ? usual : calloc(count, sizeof *slices);
    lastmile_verdict *verdict = NULL;
    lastmile_verdict_info info = {.struct_size = sizeof info};
    enum ssl_verify_result_t result = ssl_verify_invalid;
    *out_alert = SSL_AD_INTERNAL_ERROR;
    if (count > 0 && slices != NULL) {
        lastmile_status status;
        for (size_t at = 0; at < count; at++) {
            const CRYPTO_BUFFER *certificate = sk_CRYPTO_BUFFER_value(chain, at);
            slices[at] = (lastmile_slice){CRYPTO_BUFFER_data(certificate), CRYPTO_BUFFER_len(certificate)};
        }
        status = lastmile_verifier_verify(verifier, slices[0], slices + 1, count - 1,
                                          LASTMILE_BORINGSSL_NOW(), &verdict);
        if (lastmile_status_is_ok(status)) {
            result = ssl_verify_ok;
        } else if (verdict != NULL && lastmile_status_is_ok(lastmile_verdict_get(verdict, &info)) &&
                   info.alert != 0) {
            *out_alert = info.alert;
        }
    }
    if (result == ssl_verify_ok) {
        lastmile_verdict_free(verdict);
        verdict = NULL;
    }
    keep_verdict(ssl, verdict);
    if (slices != usual) free(slices);
    return result;
}

int lastmile_boringssl_use(SSL_CTX *ctx, const lastmile_verifier *verifier) {
    const lastmile_verifier *before;
    if (ctx == NULL || verifier == NULL || !have_indexes()) return 0;
    before = SSL_CTX_get_ex_data(ctx, verifier_index);
    if (!SSL_CTX_set_ex_data(ctx, verifier_index, (void *)lastmile_verifier_ref(verifier))) {
        lastmile_verifier_unref(verifier);
        return 0;
    }
    lastmile_verifier_unref(before);
    SSL_CTX_set_custom_verify(ctx, SSL_VERIFY_PEER, verify);
    SSL_CTX_set_reverify_on_resume(ctx, 1);
    SSL_CTX_set_early_data_enabled(ctx, 0);
    return 1;
}

const lastmile_verdict *lastmile_boringssl_verdict(const SSL *ssl) {
    return ssl == NULL || !have_indexes() ? NULL : SSL_get_ex_data(ssl, verdict_index);
}
