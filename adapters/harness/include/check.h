/* What the test programs share: checks that print, and fields from a file. */
#ifndef CHECK_H
#define CHECK_H

#include <lastmile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A claim that does not hold ends the program. */
#define CHECK(claim)                                                             \
    do {                                                                         \
        if (!(claim)) {                                                          \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim); \
            exit(1);                                                             \
        }                                                                        \
    } while (0)

#define CHECK_CODE(status, expected)                                                    \
    do {                                                                                \
        lastmile_status found_ = (status);                                              \
        if (found_.code != (expected)) {                                                \
            fprintf(stderr, "%s:%d: %s: expected %d, found %d\n", __FILE__, __LINE__, #status, \
                    (int)(expected), (int)found_.code);                                 \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

/* Octets with their length before them, one after the other, as the harness writes them. */
typedef struct {
    unsigned char *octets;
    size_t length, at;
} check_fields;

static inline check_fields check_open(const char *path) {
    check_fields fields = {NULL, 0, 0};
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && ftell(file) > 0);
    fields.length = (size_t)ftell(file);
    rewind(file);
    fields.octets = (unsigned char *)malloc(fields.length);
    CHECK(fields.octets != NULL && fread(fields.octets, 1, fields.length, file) == fields.length);
    fclose(file);
    return fields;
}

static inline int check_is_at_end(const check_fields *fields) { return fields->at == fields->length; }

/* The next field: a copy of its own, so that reading beyond its end is seen. Free its data. */
static inline lastmile_slice check_next(check_fields *fields) {
    const unsigned char *next = fields->octets + fields->at;
    unsigned char *copy;
    size_t length;
    CHECK(fields->length - fields->at >= 4);
    length = (size_t)next[0] | (size_t)next[1] << 8 | (size_t)next[2] << 16 | (size_t)next[3] << 24;
    CHECK(fields->length - fields->at - 4 >= length);
    fields->at += 4 + length;
    copy = (unsigned char *)malloc(length == 0 ? 1 : length);
    CHECK(copy != NULL);
    memcpy(copy, next + 4, length);
    lastmile_slice field = {copy, length};
    return field;
}

static inline void check_free(lastmile_slice field) { free((void *)field.data); }

/* The next field as text; free it. */
static inline char *check_next_text(check_fields *fields) {
    lastmile_slice field = check_next(fields);
    char *text = (char *)malloc(field.len + 1);
    CHECK(text != NULL);
    memcpy(text, field.data, field.len);
    text[field.len] = 0;
    check_free(field);
    return text;
}

static inline long long check_next_number(check_fields *fields) {
    char *text = check_next_text(fields), *end;
    long long number = strtoll(text, &end, 10);
    CHECK(*text != 0 && *end == 0);
    free(text);
    return number;
}

static inline lastmile_slice check_slice(const char *text) {
    lastmile_slice slice = {(const uint8_t *)text, strlen(text)};
    return slice;
}

static inline int check_is(lastmile_slice slice, const char *text) {
    return slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

#endif
