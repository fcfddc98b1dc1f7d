/* Writes the line of each case of a file of fields that is refused: its name, and the line. */
#include "lastmile_refusal.h"
#include "verifier_of.h"

/* The same line in every size of buffer, and nothing behind its end. */
static void check_sizes(const lastmile_verdict *verdict, const char *whole, size_t length) {
    char line[LASTMILE_REFUSAL_MOST + 8];
    CHECK(lastmile_refusal_line(verdict, NULL, 0) == length && lastmile_refusal_line(verdict, NULL, 10) == length);
    for (size_t size = 0; size <= length + 2; size++) {
        memset(line, 'x', sizeof line);
        CHECK(lastmile_refusal_line(verdict, line, size) == length && line[size] == 'x');
        if (size == 0) continue;
        CHECK(strlen(line) == (length < size ? length : size - 1));
        CHECK(memcmp(line, whole, strlen(line)) == 0);
    }
}

int main(int count, char **arguments) {
    char line[LASTMILE_REFUSAL_MOST + 1];
    CHECK(count == 2);
    CHECK(lastmile_refusal_line(NULL, line, sizeof line) == 14 && strcmp(line, "lastmile/fault") == 0);
    check_fields fields = check_open(arguments[1]);
    while (!check_is_at_end(&fields)) {
        char *name = check_next_text(&fields);
        int64_t now = check_next_number(&fields);
        const lastmile_verifier *verifier = next_verifier(&fields);
        lastmile_verdict *verdict = NULL;
        lastmile_slice chain[200];
        size_t presented;
        lastmile_status status;
        free(check_next_text(&fields)); /* the key */
        presented = (size_t)check_next_number(&fields);
        CHECK(presented > 0 && presented <= 200);
        for (size_t at = 0; at < presented; at++) chain[at] = check_next(&fields);
        status = lastmile_verifier_verify(verifier, chain[0], chain + 1, presented - 1, now, &verdict);
        if (lastmile_status_is_refusal(status)) {
            size_t length = lastmile_refusal_line(verdict, line, sizeof line);
            CHECK(length <= LASTMILE_REFUSAL_MOST && strlen(line) == length);
            printf("%s %s\n", name, line);
            check_sizes(verdict, line, length);
        } else {
            /* That is no line to be written of what is accepted. */
            CHECK(lastmile_refusal_line(verdict, line, sizeof line) == 14);
        }
        lastmile_verdict_free(verdict);
        lastmile_verifier_unref(verifier);
        for (size_t at = 0; at < presented; at++) check_free(chain[at]);
        free(name);
    }
    free(fields.octets);
    return 0;
}
