/* Links the verifier without std, and asks it about one certificate: FILE.der BUNDLE.pem SECONDS. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int32_t lastmile_no_std_alert(const uint8_t *certificate, size_t length, const uint8_t *bundle,
                              size_t bundle_length, uint64_t now);

/* alloc comes compiled for unwinding, and names this; with panic=abort nobody calls it. */
void rust_eh_personality(void) { abort(); }

static uint8_t *read_file(const char *name, size_t *length) {
    static uint8_t buffer[2][1 << 16];
    static int used = 0;
    FILE *file = fopen(name, "rb");
    if (file == NULL || used == 2) {
        fprintf(stderr, "cannot read %s\n", name);
        exit(2);
    }
    *length = fread(buffer[used], 1, sizeof buffer[used], file);
    fclose(file);
    return buffer[used++];
}

int main(int argc, char **argv) {
    size_t length, bundle_length;
    if (argc != 4)
        return 2;
    const uint8_t *certificate = read_file(argv[1], &length);
    const uint8_t *bundle = read_file(argv[2], &bundle_length);
    printf("%d\n", lastmile_no_std_alert(certificate, length, bundle, bundle_length,
                                         strtoull(argv[3], NULL, 10)));
    return 0;
}
