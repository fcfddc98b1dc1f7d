/* Presents every chain of a file of fields to a client with the adapter: a line for each, in each version of TLS:
 * the name, the version, whether it connected, the alert that the server was sent, SSL_get_verify_result if it is
 * kept, and the code of the verdict. */
#include "pair.h"
#include "verifier_of.h"

int main(int count, char **arguments) {
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    while (!check_is_at_end(&fields)) {
        char *name = check_next_text(&fields);
        pair_now = check_next_number(&fields);
        const lastmile_verifier *verifier = next_verifier(&fields);
        char *key = check_next_text(&fields);
        size_t presented = (size_t)check_next_number(&fields);
        lastmile_slice *chain = calloc(presented, sizeof *chain);
        CHECK(chain != NULL && presented > 0);
        for (size_t at = 0; at < presented; at++) chain[at] = check_next(&fields);
        SSL_CTX *server = pair_server(chain, presented, key);
#ifdef WITH_BORINGSSL
        /* It would refuse by itself what its own parser does not read, and keep results. */
        SSL_CTX *ctx = SSL_CTX_new(TLS_with_buffers_method());
#else
        SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(ctx, 0);
#endif
        /* Their own limits are 100 KB. */
        SSL_CTX_set_max_cert_list(ctx, 1 << 20);
        CHECK(adapter_use(ctx, verifier));
        lastmile_verifier_unref(verifier);
        for (size_t at = 0; server != NULL && at < 2; at++) {
            SSL *ssl = SSL_new(ctx);
            lastmile_verdict_info info = {.struct_size = sizeof info};
            CHECK(adapter_connect(ssl, NULL, "backend.example.com", "here"));
            int connected = pair_connect(ssl, server, versions[at]);
            const lastmile_verdict *verdict = adapter_verdict(ssl);
            if (verdict != NULL) CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
            printf("%s %s %d %d ", name, at == 0 ? "1.2" : "1.3", connected, pair_alert);
#ifndef WITH_BORINGSSL
            printf("%ld ", SSL_get_verify_result(ssl));
#endif
            printf("%s\n", verdict == NULL ? "-" : (const char *)info.code.data);
            SSL_free(ssl);
        }
        SSL_CTX_free(ctx);
        SSL_CTX_free(server);
        for (size_t at = 0; at < presented; at++) check_free(chain[at]);
        free(chain), free(key), free(name);
    }
    free(fields.octets);
    return 0;
}
