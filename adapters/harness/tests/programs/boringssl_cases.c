/* Presents every chain of a file of fields to a client with the adapter: a line for each, in each version of TLS:
 * the name, the version, whether it connected, the alert that the server was sent, and the code of the verdict. */
#include "lastmile_boringssl.h"
#include "boringssl_pair.h"
#include "verifier_of.h"

int main(int count, char **arguments) {
    const uint16_t versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
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
        SSL_CTX *ctx = SSL_CTX_new(TLS_with_buffers_method());
        /* BoringSSL's own limit is 100 KB. */
        SSL_CTX_set_max_cert_list(ctx, 1 << 20);
        CHECK(lastmile_boringssl_use(ctx, verifier));
        lastmile_verifier_unref(verifier);
        for (size_t at = 0; server != NULL && at < 2; at++) {
            SSL *ssl = SSL_new(ctx);
            lastmile_verdict_info info = {.struct_size = sizeof info};
            int connected = pair_connect(ssl, server, versions[at]);
            const lastmile_verdict *verdict = lastmile_boringssl_verdict(ssl);
            if (verdict != NULL) CHECK_CODE(lastmile_verdict_get(verdict, &info), LASTMILE_OK);
            printf("%s %s %d %d %s\n", name, at == 0 ? "1.2" : "1.3", connected, pair_alert,
                   verdict == NULL ? "-" : (const char *)info.code.data);
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
