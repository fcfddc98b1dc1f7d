#include "lastmile_policies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A bundle that was read. */
typedef struct bundle {
    struct bundle *next;
    unsigned char *octets; /* NULL: the roots of the system */
    size_t length;
    const lastmile_trust_anchors *anchors;
} bundle;

/* Documents that were read. */
typedef struct documents {
    struct documents *next;
    char *path;
    lastmile_resolver *resolver;
} documents;

struct lastmile_policies {
    bundle *bundles;
    documents *documents;
    void (*warn)(void *host, const char *line);
    void *host;
};

/* Where the words for a failure go. */
typedef struct {
    char *text;
    size_t size;
} words;

/* As much as a host logs of one failure. */
#define MOST_WORDS 2048

/* Lines become one: what is said is for a log. */
static void make_one_line(char *text) {
    size_t to = 0;
    for (size_t from = 0; text[from] != 0; from++) {
        unsigned char octet = (unsigned char)text[from];
        text[to++] = octet == '\n' ? ';' : octet < 0x20 || octet == 0x7f ? ' ' : (char)octet;
    }
    while (to > 0 && (text[to - 1] == ';' || text[to - 1] == ' ')) to--;
    text[to] = 0;
}

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static int
fail(words error, const char *format, ...) {
    va_list arguments;
    if (error.text == NULL || error.size == 0) return 0;
    va_start(arguments, format);
    vsnprintf(error.text, error.size, format, arguments);
    va_end(arguments);
    make_one_line(error.text);
    return 0;
}

static int fail_for_memory(words error) { return fail(error, "memory is short"); }

/* The words of the library for a status, if it had none. */
static const char *or_name(const char *text, lastmile_status status) {
    return text[0] != 0 ? text : lastmile_status_name(status);
}

static lastmile_slice slice(const char *text) {
    return (lastmile_slice){(const unsigned char *)text, strlen(text)};
}

static char *copy(const char *octets, size_t length) {
    char *text = malloc(length + 1);
    if (text == NULL) return NULL;
    memcpy(text, octets, length);
    text[length] = 0;
    return text;
}

/* The content of a regular file, of at most so many octets. */
static int read_file(const char *path, size_t most, unsigned char **octets, size_t *length, words error) {
    /* Where it is no file, opening it must not wait for somebody at the other end. */
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    size_t room = 0;
    *octets = NULL;
    *length = 0;
    if (file < 0 || fstat(file, &status) != 0) {
        fail(error, "%s: cannot be read: %s", path, strerror(errno));
        if (file >= 0) close(file);
        return 0;
    }
    if (!S_ISREG(status.st_mode)) {
        close(file);
        return fail(error, "%s: is not a regular file", path);
    }
    for (;;) {
        ssize_t count;
        if (*length == room) {
            unsigned char *more;
            /* One octet more than there should be, to see the end. */
            if (room > 0) room *= 2;
            else room = status.st_size > 0 && (uintmax_t)status.st_size < most ? (size_t)status.st_size + 1 : 4096;
            more = realloc(*octets, room);
            if (more == NULL) {
                close(file);
                free(*octets);
                return fail_for_memory(error);
            }
            *octets = more;
        }
        count = read(file, *octets + *length, room - *length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(error, "%s: cannot be read: %s", path, strerror(errno));
        if (count > 0) *length += (size_t)count;
        if (*length > most) {
            fail(error, "%s: has more than %zu octets, and no more are read", path, most);
            count = -1;
        }
        if (count > 0) continue;
        close(file);
        if (count == 0) return 1;
        free(*octets);
        *octets = NULL;
        return 0;
    }
}

static bundle *keep_bundle(lastmile_policies *policies, unsigned char *octets, size_t length,
                           const lastmile_trust_anchors *anchors, words error) {
    bundle *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        free(octets);
        lastmile_trust_anchors_unref(anchors);
        fail_for_memory(error);
        return NULL;
    }
    *kept = (bundle){policies->bundles, octets, length, anchors};
    policies->bundles = kept;
    return kept;
}

/* The roots of the system; NULL, with the reason, if there are none. */
static const lastmile_trust_anchors *system_anchors(lastmile_policies *policies, words error) {
    char said[MOST_WORDS] = "";
    lastmile_text text = {said, sizeof said, 0};
    const lastmile_trust_anchors *anchors = NULL;
    lastmile_status status;
    bundle *one;
    for (one = policies->bundles; one != NULL; one = one->next)
        if (one->octets == NULL) return one->anchors;
    status = lastmile_trust_anchors_system(&anchors, &text);
    if (!lastmile_status_is_ok(status)) {
        fail(error,
             "system: the roots of the system cannot be used: %s: install the package ca-certificates, or name a "
             "file", or_name(said, status));
        return NULL;
    }
    one = keep_bundle(policies, NULL, 0, anchors, error);
    return one == NULL ? NULL : one->anchors;
}

static const lastmile_trust_anchors *anchors_of(lastmile_policies *policies, const char *ca, words error) {
    char said[MOST_WORDS] = "";
    lastmile_text text = {said, sizeof said, 0};
    const lastmile_trust_anchors *anchors = NULL;
    lastmile_status status;
    unsigned char *octets;
    size_t length;
    bundle *one;
    if (strcmp(ca, "system") == 0) return system_anchors(policies, error);
    if (!read_file(ca, LASTMILE_POLICIES_MOST_OCTETS, &octets, &length, error)) return NULL;
    for (one = policies->bundles; one != NULL; one = one->next) {
        if (one->octets == NULL || one->length != length || memcmp(one->octets, octets, length) != 0) continue;
        free(octets);
        return one->anchors;
    }
    status = lastmile_trust_anchors_from_pem((lastmile_slice){octets, length}, &anchors, &text);
    if (!lastmile_status_is_ok(status)) {
        free(octets);
        if (status.code == LASTMILE_NO_ANCHORS)
            fail(error, "%s: has no certificate: expected a bundle of PEM certificates of CAs", ca);
        else
            fail(error, "%s: %s: every certificate of a bundle must be good", ca, or_name(said, status));
        return NULL;
    }
    one = keep_bundle(policies, octets, length, anchors, error);
    return one == NULL ? NULL : one->anchors;
}

/* The policy of a resolution that verifies. */
static int finish(const lastmile_resolution *resolution, const lastmile_resolution_info *info,
                  lastmile_policy *policy, words error) {
    lastmile_policy made = {0};
    lastmile_status status = lastmile_resolution_verifier(resolution, &made.verifier);
    if (lastmile_status_is_ok(status)) status = lastmile_verifier_digest(made.verifier, made.digest);
    if (!lastmile_status_is_ok(status)) {
        lastmile_policy_clear(&made);
        return fail(error, "there is no verifier: %s", lastmile_status_name(status));
    }
    made.hostname = copy((const char *)info->sni.data, info->sni.len);
    if (made.hostname == NULL) {
        lastmile_policy_clear(&made);
        return fail_for_memory(error);
    }
    *policy = made;
    return 1;
}

static int read_sans(const char *const *sans, size_t count, lastmile_subject_alt_name *names, words error) {
    for (size_t at = 0; at < count; at++) {
        const char *san = sans[at];
        if (san != NULL && strncmp(san, "hostname:", 9) == 0)
            names[at] = (lastmile_subject_alt_name){LASTMILE_SUBJECT_ALT_NAME_HOSTNAME, slice(san + 9)};
        else if (san != NULL && strncmp(san, "uri:", 4) == 0)
            names[at] = (lastmile_subject_alt_name){LASTMILE_SUBJECT_ALT_NAME_URI, slice(san + 4)};
        else
            return fail(error, "subjectAltNames[%zu]: expected hostname:NAME or uri:URI, found \"%s\"", at,
                        san == NULL ? "" : san);
    }
    return 1;
}

int lastmile_policies_from_stanza(lastmile_policies *policies, const char *ca, const char *hostname,
                                  const char *const *sans, size_t san_count, lastmile_policy *policy,
                                  char *error_text, size_t error_size) {
    words error = {error_text, error_size};
    char said[MOST_WORDS] = "";
    lastmile_text text = {said, sizeof said, 0};
    lastmile_resolution *resolution = NULL;
    lastmile_resolution_info info = {.struct_size = sizeof info};
    lastmile_subject_alt_name *names = NULL;
    const lastmile_trust_anchors *anchors;
    lastmile_status status;
    int made = 0;
    if (policies == NULL || policy == NULL || (sans == NULL && san_count > 0))
        return fail(error, "a pointer is NULL where a value is needed");
    if (ca == NULL || ca[0] == 0) return fail(error, "no CA: name a file of PEM certificates, or \"system\"");
    if (hostname == NULL) return fail(error, "no hostname: name what is sent as SNI");
    names = calloc(san_count + 1, sizeof *names);
    if (names == NULL) return fail_for_memory(error);
    if (read_sans(sans, san_count, names, error) && (anchors = anchors_of(policies, ca, error)) != NULL) {
        status = lastmile_validation_compile(slice(hostname), names, san_count, anchors, &resolution, &text);
        if (lastmile_status_is_ok(status)) status = lastmile_resolution_get(resolution, &info);
        if (lastmile_status_is_ok(status)) made = finish(resolution, &info, policy, error);
        else fail(error, "%s", or_name(said, status));
        lastmile_resolution_free(resolution);
    }
    free(names);
    return made;
}

/* One call for each line. */
static void warn(const lastmile_policies *policies, char *lines) {
    char *end;
    if (policies->warn == NULL) return;
    for (; *lines != 0; lines = end) {
        size_t length = strcspn(lines, "\n");
        end = lines + length + (lines[length] == '\n');
        lines[length] = 0;
        make_one_line(lines);
        if (lines[0] != 0) policies->warn(policies->host, lines);
    }
}

static int is_document(const char *name) {
    const char *dot = strrchr(name, '.');
    if (dot == NULL) return 0;
    return strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0 || strcasecmp(dot, ".json") == 0;
}

static int compare(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The paths of the documents of a directory, by name; folders in it are not read. 0 if it cannot be read. */
static int list_directory(const char *path, char ***paths, size_t *count, words error) {
    DIR *directory = opendir(path);
    size_t room = 0;
    *paths = NULL;
    *count = 0;
    if (directory == NULL) return fail(error, "%s: cannot be read: %s", path, strerror(errno));
    for (;;) {
        struct stat status;
        size_t length;
        char *joined;
        struct dirent *entry = (errno = 0, readdir(directory));
        if (entry == NULL && errno != 0) {
            fail(error, "%s: cannot be read: %s", path, strerror(errno));
            break;
        }
        if (entry == NULL) {
            closedir(directory);
            if (*count > 0) qsort(*paths, *count, sizeof **paths, compare);
            return 1;
        }
        if (!is_document(entry->d_name)) continue;
        if (*count == room) {
            size_t wanted = room == 0 ? 16 : room * 2;
            char **more = realloc(*paths, wanted * sizeof *more);
            if (more == NULL) {
                fail_for_memory(error);
                break;
            }
            *paths = more;
            room = wanted;
        }
        length = strlen(path) + strlen(entry->d_name) + 2;
        joined = malloc(length);
        if (joined == NULL) {
            fail_for_memory(error);
            break;
        }
        snprintf(joined, length, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", entry->d_name);
        if (stat(joined, &status) == 0 && !S_ISREG(status.st_mode)) free(joined);
        else (*paths)[(*count)++] = joined;
    }
    closedir(directory);
    return 0;
}

static int add_file(lastmile_documents *documents, const char *path, size_t *left, words error) {
    unsigned char *octets;
    size_t length;
    lastmile_status status;
    if (!read_file(path, *left, &octets, &length, error)) return 0;
    *left -= length;
    status = lastmile_documents_add_yaml(documents, slice(path), (lastmile_slice){octets, length});
    free(octets);
    return lastmile_status_is_ok(status) || fail(error, "%s: cannot be read: %s", path, lastmile_status_name(status));
}

static int add_path(lastmile_documents *documents, const char *path, words error) {
    size_t left = LASTMILE_POLICIES_MOST_OCTETS;
    struct stat status;
    char **paths;
    size_t count;
    int good;
    if (stat(path, &status) != 0) return fail(error, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode)) return add_file(documents, path, &left, error);
    good = list_directory(path, &paths, &count, error);
    if (good && count == 0) good = fail(error, "%s: has no files that end in .yaml, .yml or .json", path);
    for (size_t at = 0; at < count; at++) {
        if (good) good = add_file(documents, paths[at], &left, error);
        free(paths[at]);
    }
    free(paths);
    return good;
}

/* Judges documents, and tells which could not be read. */
static lastmile_resolver *judge(lastmile_policies *policies, lastmile_documents *documents, words error) {
    char said[MOST_WORDS] = "";
    lastmile_text text = {said, sizeof said, 0};
    lastmile_resolver *resolver = NULL;
    const lastmile_trust_anchors *system = system_anchors(policies, (words){NULL, 0});
    lastmile_status status = {LASTMILE_OK};
    size_t faults = 0;
    /* Where there are none, a policy that wants them says so. */
    if (system != NULL) status = lastmile_documents_set_well_known(documents, slice("System"), system);
    if (lastmile_status_is_ok(status)) status = lastmile_documents_faults(documents, &faults, &text);
    if (lastmile_status_is_ok(status)) {
        warn(policies, said);
        status = lastmile_documents_resolver(documents, (int64_t)time(NULL), 0, &resolver);
    }
    if (!lastmile_status_is_ok(status))
        fail(error, "the documents cannot be judged: %s", lastmile_status_name(status));
    return resolver;
}

static lastmile_resolver *resolver_of(lastmile_policies *policies, const char *path, words error) {
    lastmile_documents *read = NULL;
    lastmile_resolver *resolver = NULL;
    documents *one;
    lastmile_status status;
    for (one = policies->documents; one != NULL; one = one->next)
        if (strcmp(one->path, path) == 0) return one->resolver;
    status = lastmile_documents_new(&read);
    if (!lastmile_status_is_ok(status)) fail(error, "%s: %s", path, lastmile_status_name(status));
    else if (add_path(read, path, error)) resolver = judge(policies, read, error);
    lastmile_documents_free(read);
    if (resolver == NULL) return NULL;
    one = malloc(sizeof *one);
    if (one != NULL) *one = (documents){policies->documents, copy(path, strlen(path)), resolver};
    if (one == NULL || one->path == NULL) {
        free(one);
        lastmile_resolver_free(resolver);
        fail_for_memory(error);
        return NULL;
    }
    policies->documents = one;
    return resolver;
}

/* Why a target is not verified. */
static int fail_for_decision(const char *path, const char *target, const lastmile_resolution_info *info,
                             words error) {
    switch (info->decision) {
    case LASTMILE_DECISION_SKIP_VERIFICATION:
        return fail(error,
                    "%s: target \"%s\": every certificate would be accepted, by insecureSkipVerify: verification is "
                    "not skipped here, remove that", path, target);
    case LASTMILE_DECISION_NO_POLICY:
        return fail(error,
                    "%s: target \"%s\": no policy is about it: expected a BackendTLSPolicy with a targetRef to it",
                    path, target);
    default:
        return fail(error, "%s: target \"%s\": refused: %.*s (%.*s): %.*s", path, target, (int)info->code.len,
                    (const char *)info->code.data, (int)info->policy.len, (const char *)info->policy.data,
                    (int)info->message.len, (const char *)info->message.data);
    }
}

int lastmile_policies_from_documents(lastmile_policies *policies, const char *path, const char *target,
                                     lastmile_policy *policy, char *error_text, size_t error_size) {
    words error = {error_text, error_size};
    char said[MOST_WORDS] = "";
    lastmile_text text = {said, sizeof said, 0};
    lastmile_resolver *resolver;
    lastmile_resolution *resolution = NULL;
    lastmile_resolution_info info = {.struct_size = sizeof info};
    lastmile_status status;
    int made = 0;
    if (policies == NULL || policy == NULL) return fail(error, "a pointer is NULL where a value is needed");
    if (path == NULL || path[0] == 0) return fail(error, "no documents: name a file, or a directory of files");
    if (target == NULL) return fail(error, "no target: expected [NAMESPACE/]NAME[:SECTION]");
    resolver = resolver_of(policies, path, error);
    if (resolver == NULL) return 0;
    status = lastmile_resolver_resolve(resolver, slice(target), &resolution);
    if (status.code == LASTMILE_INVALID_TARGET)
        return fail(error, "target \"%s\": expected [NAMESPACE/]NAME[:SECTION]", target);
    if (lastmile_status_is_ok(status)) status = lastmile_resolution_get(resolution, &info);
    if (!lastmile_status_is_ok(status))
        fail(error, "%s: target \"%s\": %s", path, target, lastmile_status_name(status));
    else if (info.decision != LASTMILE_DECISION_VERIFY) fail_for_decision(path, target, &info, error);
    else made = finish(resolution, &info, policy, error);
    if (made && lastmile_status_is_ok(lastmile_resolution_warnings(resolution, &text))) warn(policies, said);
    lastmile_resolution_free(resolution);
    return made;
}

void lastmile_policy_clear(lastmile_policy *policy) {
    if (policy == NULL) return;
    lastmile_verifier_unref(policy->verifier);
    free(policy->hostname);
    memset(policy, 0, sizeof *policy);
}

lastmile_policies *lastmile_policies_new(void) { return calloc(1, sizeof(lastmile_policies)); }

void lastmile_policies_on_warning(lastmile_policies *policies, void (*called)(void *host, const char *line),
                                  void *host) {
    if (policies == NULL) return;
    policies->warn = called;
    policies->host = host;
}

void lastmile_policies_free(lastmile_policies *policies) {
    if (policies == NULL) return;
    while (policies->bundles != NULL) {
        bundle *one = policies->bundles;
        policies->bundles = one->next;
        lastmile_trust_anchors_unref(one->anchors);
        free(one->octets);
        free(one);
    }
    while (policies->documents != NULL) {
        documents *one = policies->documents;
        policies->documents = one->next;
        lastmile_resolver_free(one->resolver);
        free(one->path);
        free(one);
    }
    free(policies);
}
