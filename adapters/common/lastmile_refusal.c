#include "lastmile_refusal.h"

#include <stdio.h>
#include <string.h>

/* A line that grows; what does not fit is not written. */
typedef struct {
    char text[LASTMILE_REFUSAL_MOST + 1];
    size_t length;
} buffer;

/* Of one name: longer than any DNS name, and most SPIFFE IDs. */
#define MOST_NAME 260
/* Of one list, so that the other one has room. */
#define MOST_LIST 400
#define MOST_DETAIL 600
/* For what tells that something is cut. */
#define MOST_MARK 24

static int has_room(const buffer *line, size_t length) { return sizeof line->text - 1 - line->length >= length; }

static int add(buffer *line, const char *text) {
    size_t length = strlen(text);
    if (!has_room(line, length)) return 0;
    memcpy(line->text + line->length, text, length + 1);
    line->length += length;
    return 1;
}

static int is_plain(unsigned char octet, const char *others) {
    return octet > 0x20 && octet < 0x7f && strchr(others, octet) == NULL;
}

#define OF_A_NAME "%\"\\,"
#define OF_A_SENTENCE "%\"\\"

/* At most so many octets of the value, and those that are not plain escaped. */
static void add_escaped(buffer *line, lastmile_slice value, size_t most, const char *others) {
    size_t start = line->length;
    for (size_t at = 0; at < value.len; at++) {
        unsigned char octet = value.data[at];
        char escaped[4] = {(char)octet, 0, 0, 0};
        if (!is_plain(octet, others)) snprintf(escaped, sizeof escaped, "%%%02X", octet);
        if (line->length - start + strlen(escaped) + 3 > most || !has_room(line, strlen(escaped) + 3)) {
            add(line, "...");
            return;
        }
        add(line, escaped);
    }
}

static void add_value(buffer *line, lastmile_slice value, size_t most) { add_escaped(line, value, most, OF_A_NAME); }

/* For people: with _ between words. */
static void add_sentence(buffer *line, lastmile_slice sentence) {
    unsigned char joined[LASTMILE_REFUSAL_MOST];
    size_t length = sentence.len < sizeof joined ? sentence.len : sizeof joined;
    for (size_t at = 0; at < length; at++) joined[at] = sentence.data[at] == ' ' ? '_' : sentence.data[at];
    add_escaped(line, (lastmile_slice){joined, length}, MOST_DETAIL, OF_A_SENTENCE);
}

/* A name: its form, a colon, and itself. */
static void add_name(buffer *line, lastmile_slice name) {
    const unsigned char *space = name.len == 0 ? NULL : memchr(name.data, ' ', name.len);
    size_t form = space == NULL ? 0 : (size_t)(space - name.data);
    if (form > 0) {
        add_value(line, (lastmile_slice){name.data, form}, MOST_MARK);
        add(line, ":");
        name = (lastmile_slice){name.data + form + 1, name.len - form - 1};
    }
    add_value(line, name, MOST_NAME);
}

/* A list of names; of as many as fit. */
static void add_names(buffer *line, const char *key, const lastmile_verdict *verdict, size_t count,
                      lastmile_status (*name_at)(const lastmile_verdict *, size_t, lastmile_slice *)) {
    size_t start = line->length, at;
    char mark[MOST_MARK];
    if (count == 0 || !add(line, key)) return;
    for (at = 0; at < count; at++) {
        lastmile_slice name = {NULL, 0};
        size_t before = line->length;
        if (!lastmile_status_is_ok(name_at(verdict, at, &name))) break;
        if (at > 0) add(line, ",");
        add_name(line, name);
        /* The first one is always there. */
        if (at == 0 || line->length - start <= MOST_LIST) continue;
        line->length = before;
        line->text[before] = 0;
        break;
    }
    if (at == count) return;
    snprintf(mark, sizeof mark, ",+%zu", count - at);
    add(line, mark);
}

static void add_number(buffer *line, const char *key, int64_t number) {
    char text[48];
    if (number < 0) return;
    snprintf(text, sizeof text, " %s=%lld", key, (long long)number);
    add(line, text);
}

/* The codes of the other reasons, each once. */
static void add_also(buffer *line, const lastmile_verdict *verdict, size_t count) {
    const char *between = " also=";
    for (size_t at = 0; at < count; at++) {
        lastmile_finding finding;
        int is_there = 0;
        if (!lastmile_status_is_ok(lastmile_verdict_also(verdict, at, &finding))) return;
        for (size_t before = 0; before < at && !is_there; before++) {
            lastmile_finding other;
            is_there = lastmile_status_is_ok(lastmile_verdict_also(verdict, before, &other)) &&
                       other.status.code == finding.status.code;
        }
        if (is_there || !has_room(line, finding.code.len + strlen(between))) continue;
        add(line, between);
        add_value(line, finding.code, MOST_NAME);
        between = ",";
    }
}

static void write_line(buffer *line, const lastmile_verdict *verdict) {
    lastmile_verdict_info info = {.struct_size = sizeof info};
    if (!lastmile_status_is_ok(lastmile_verdict_get(verdict, &info)) || lastmile_status_is_ok(info.status)) {
        add(line, "lastmile/fault");
        return;
    }
    add(line, "lastmile/");
    add_value(line, info.code, MOST_NAME);
    /* Where the names are another reason, they stand in its place only. */
    if (info.status.code == LASTMILE_NAME_MISMATCH) {
        add_names(line, " expected=", verdict, info.expected, lastmile_verdict_expected);
        add_names(line, " presented=", verdict, info.presented, lastmile_verdict_presented);
    }
    add_number(line, "certificate", info.certificate);
    add_number(line, "anchor", info.anchor);
    if (info.status.code != LASTMILE_NAME_MISMATCH) {
        add(line, " detail=");
        add_sentence(line, info.message);
    }
    add_also(line, verdict, info.also);
}

size_t lastmile_refusal_line(const lastmile_verdict *verdict, char *line, size_t size) {
    buffer whole = {.length = 0};
    write_line(&whole, verdict);
    if (line != NULL && size > 0) {
        size_t length = whole.length < size ? whole.length : size - 1;
        memcpy(line, whole.text, length);
        line[length] = 0;
    }
    return whole.length;
}
