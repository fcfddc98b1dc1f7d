/*
 * lastmile: whether the certificate chain that a TLS backend presents satisfies a policy.
 *
 * Rules that hold for every function here:
 *  - A pointer that is NULL where a value is needed is LASTMILE_NULL_POINTER, never a crash. Other
 *    pointers must be good: to what their type says, for as long as the call lasts.
 *  - Outputs are written if and only if the call did its job. A refusal is a done job. A text
 *    (lastmile_text) is for people, and has the words for a failure too.
 *  - What is counted (*_ref, *_unref) is given back as often as it was got; what has one owner (*_free)
 *    is freed once. Freeing NULL does nothing.
 *  - There are no callbacks, and one function that reads files, lastmile_trust_anchors_system. Time is
 *    an argument. No state is shared but that of handles, as far as a caller can see. A fault in the
 *    library is a status, and Rust's words for it go to standard error.
 *  - What stands in LASTMILE_POLICY is there if the library was built with the feature `policy`: the
 *    header that is installed with such a library defines it.
 *  - "Thread:" says which threads may call it at once.
 *
 * A resumed TLS session is not verified again, unless BoringSSL is told to. Key sessions and pooled
 * connections by lastmile_verifier_digest, the SNI and the address, and resume none after valid_until.
 */
#ifndef LASTMILE_H
#define LASTMILE_H


/* Made from the sources of lastmile: do not change it by hand. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#define LASTMILE_MUST_USE __attribute__((warn_unused_result))
#else
#define LASTMILE_MUST_USE
#endif

/* In C++, and in C from C23 on, no status is dropped without a word. */
#if defined(__cplusplus) && __cplusplus >= 201703L || defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define LASTMILE_NODISCARD [[nodiscard]]
#else
#define LASTMILE_NODISCARD
#endif


/**
 * `lastmile_verifier_builder_set_limit`: CA certificates between the leaf and the anchor. Default 8.
 */
#define LASTMILE_LIMIT_INTERMEDIATES 1

/**
 * `lastmile_verifier_builder_set_limit`: certificates presented beside the leaf. Default 128.
 */
#define LASTMILE_LIMIT_PRESENTED 2

/**
 * `lastmile_verifier_builder_set_limit`: octets of one certificate. Default 65536.
 */
#define LASTMILE_LIMIT_CERTIFICATE_BYTES 3

/**
 * `lastmile_verifier_builder_set_limit`: units of signatures to check. Default 128.
 */
#define LASTMILE_LIMIT_SIGNATURE_CHECKS 4

/**
 * `lastmile_verifier_builder_set_limit`: issuers to try. Default 65536.
 */
#define LASTMILE_LIMIT_ISSUER_CANDIDATES 5

/**
 * `lastmile_verifier_builder_set_limit`: pairs of a name and a constraint. Default 4194304.
 */
#define LASTMILE_LIMIT_NAME_CONSTRAINT_PAIRS 6

/**
 * `lastmile_verifier_builder_set_limit`: octets of names and constraints to read. Default 524288.
 */
#define LASTMILE_LIMIT_NAME_BYTES 7

#if defined(LASTMILE_POLICY)
/**
 * `lastmile_documents_resolver`: a ConfigMap or a Secret without `ca.crt` is read from `tls.crt`, or from
 * its only key. The API knows `ca.crt` alone.
 */
#define LASTMILE_RESOLVE_FALLBACK_KEYS 1
#endif

#if defined(LASTMILE_POLICY)
/**
 * `lastmile_documents_resolver`: what no policy is about has none, although some documents could not be
 * read. Without it, such targets are refused: each of those documents may be their policy.
 */
#define LASTMILE_RESOLVE_DESPITE_FAULTS 2
#endif

#if defined(LASTMILE_POLICY)
/**
 * With TLS, and the certificate is verified: `lastmile_resolution_verifier` gives the verifier.
 */
#define LASTMILE_DECISION_VERIFY 1
#endif

#if defined(LASTMILE_POLICY)
/**
 * With TLS, and no handshake can be good: answer as for a backend that is down. Never without TLS. A number
 * that a program does not know means the same.
 */
#define LASTMILE_DECISION_REFUSE 2
#endif

#if defined(LASTMILE_POLICY)
/**
 * With TLS, and every certificate is accepted: somebody has asked for that in so many words.
 */
#define LASTMILE_DECISION_SKIP_VERIFICATION 3
#endif

#if defined(LASTMILE_POLICY)
/**
 * No policy is about it, and nothing says that it speaks TLS.
 */
#define LASTMILE_DECISION_NO_POLICY 4
#endif

#if defined(LASTMILE_POLICY)
/**
 * A dNSName; a wildcard is met by the same wildcard, and by nothing else.
 */
#define LASTMILE_SUBJECT_ALT_NAME_HOSTNAME 1
#endif

#if defined(LASTMILE_POLICY)
/**
 * A uniformResourceIdentifier, compared octet by octet.
 */
#define LASTMILE_SUBJECT_ALT_NAME_URI 2
#endif

/**
 * The most entries that a memory may have.
 */
#define LASTMILE_MOST_ENTRIES (1 << 20)

/**
 * Done; of a chain: accepted.
 */
#define LASTMILE_OK 0

/**
 * A pointer is NULL where a value is needed.
 */
#define LASTMILE_NULL_POINTER 1

/**
 * An argument is out of its range: a length, an index, a constant that is not known.
 */
#define LASTMILE_INVALID_ARGUMENT 2

/**
 * A fault in the library. Treat it as a refusal, and report it; what the call was changing may not be
 * used again, but freed.
 */
#define LASTMILE_PANIC 3

/**
 * A bundle is not what it should be: the text says which block, and why.
 */
#define LASTMILE_INVALID_BUNDLE 100

/**
 * There is no certificate to trust.
 */
#define LASTMILE_NO_ANCHORS 101

/**
 * The roots of the system cannot be read.
 */
#define LASTMILE_NO_SYSTEM_ANCHORS 102

/**
 * Not a DNS name, or a wildcard that is none.
 */
#define LASTMILE_INVALID_DNS_NAME 110

/**
 * Not a URI.
 */
#define LASTMILE_INVALID_URI 111

/**
 * Neither 4 nor 16 octets.
 */
#define LASTMILE_INVALID_IP_ADDRESS 112

/**
 * No name is expected: there is no verifier that takes any.
 */
#define LASTMILE_NO_NAMES 113

/**
 * Not a validation stanza that the API takes: the text says which fields, and why.
 */
#define LASTMILE_INVALID_VALIDATION 120

/**
 * Not the name of a target.
 */
#define LASTMILE_INVALID_TARGET 121

/**
 * Refused, for a reason that has no number yet.
 */
#define LASTMILE_REFUSED 1000

/**
 * malformed-certificate
 */
#define LASTMILE_MALFORMED_CERTIFICATE 1010

/**
 * unsupported-version
 */
#define LASTMILE_UNSUPPORTED_VERSION 1011

/**
 * certificate-too-large
 */
#define LASTMILE_CERTIFICATE_TOO_LARGE 1100

/**
 * too-many-certificates
 */
#define LASTMILE_TOO_MANY_CERTIFICATES 1101

/**
 * path-too-long
 */
#define LASTMILE_PATH_TOO_LONG 1102

/**
 * too-many-signature-checks
 */
#define LASTMILE_TOO_MANY_SIGNATURE_CHECKS 1103

/**
 * too-many-issuer-candidates
 */
#define LASTMILE_TOO_MANY_ISSUER_CANDIDATES 1104

/**
 * too-many-name-constraint-comparisons
 */
#define LASTMILE_TOO_MANY_NAME_CONSTRAINT_COMPARISONS 1105

/**
 * too-many-name-bytes
 */
#define LASTMILE_TOO_MANY_NAME_BYTES 1106

/**
 * unknown-issuer
 */
#define LASTMILE_UNKNOWN_ISSUER 1200

/**
 * bad-signature
 */
#define LASTMILE_BAD_SIGNATURE 1201

/**
 * unsupported-signature-algorithm
 */
#define LASTMILE_UNSUPPORTED_SIGNATURE_ALGORITHM 1300

/**
 * unsupported-public-key
 */
#define LASTMILE_UNSUPPORTED_PUBLIC_KEY 1301

/**
 * name-constraint-not-supported
 */
#define LASTMILE_NAME_CONSTRAINT_NOT_SUPPORTED 1500

/**
 * malformed-name
 */
#define LASTMILE_MALFORMED_NAME 1501

/**
 * name-not-permitted
 */
#define LASTMILE_NAME_NOT_PERMITTED 1502

/**
 * name-excluded
 */
#define LASTMILE_NAME_EXCLUDED 1503

/**
 * name-mismatch
 */
#define LASTMILE_NAME_MISMATCH 1600

/**
 * expired
 */
#define LASTMILE_EXPIRED 1700

/**
 * not-yet-valid
 */
#define LASTMILE_NOT_YET_VALID 1701

/**
 * not-a-ca
 */
#define LASTMILE_NOT_A_CA 1800

/**
 * leaf-is-a-ca
 */
#define LASTMILE_LEAF_IS_A_CA 1801

/**
 * path-length-exceeded
 */
#define LASTMILE_PATH_LENGTH_EXCEEDED 1802

/**
 * key-usage
 */
#define LASTMILE_KEY_USAGE 1900

/**
 * extended-key-usage
 */
#define LASTMILE_EXTENDED_KEY_USAGE 1901

/**
 * unknown-critical-extension
 */
#define LASTMILE_UNKNOWN_CRITICAL_EXTENSION 1950

/**
 * The first number of the version that the header is of.
 */
#define LASTMILE_VERSION_MAJOR 0

/**
 * The second.
 */
#define LASTMILE_VERSION_MINOR 1

/**
 * The third.
 */
#define LASTMILE_VERSION_PATCH 0

/**
 * Changes when a program that was compiled with another header may not work.
 */
#define LASTMILE_ABI_VERSION 1

#if defined(LASTMILE_POLICY)
/**
 * Documents of Kubernetes: policies, the bundles and backends that they name, routes and Gateways. It has
 * one owner, who frees it with `lastmile_documents_free`.
 */
typedef struct lastmile_documents lastmile_documents;
#endif

#if defined(LASTMILE_POLICY)
/**
 * How a backend is spoken to, and why. It has one owner, who frees it with `lastmile_resolution_free`; what
 * it gives out lives as long as it does.
 */
typedef struct lastmile_resolution lastmile_resolution;
#endif

#if defined(LASTMILE_POLICY)
/**
 * Documents, judged: each policy once. It has one owner, who frees it with `lastmile_resolver_free`, and
 * outlives the documents that it was made of.
 */
typedef struct lastmile_resolver lastmile_resolver;
#endif

/**
 * A memory of the signatures on CA certificates that were good, for all verifiers that are given
 * it. Counted, as trust anchors are.
 */
typedef struct lastmile_signature_cache lastmile_signature_cache;

/**
 * Certificates that may end a path. Counted: whoever has a reference gives it back with
 * `lastmile_trust_anchors_unref`. Nothing changes them, and verifiers share them.
 */
typedef struct lastmile_trust_anchors lastmile_trust_anchors;

/**
 * Everything about one verdict. It has one owner, who frees it with `lastmile_verdict_free`; what it
 * gives out lives as long as it does.
 */
typedef struct lastmile_verdict lastmile_verdict;

/**
 * Decides whether chains satisfy one policy. Counted, as trust anchors are; nothing changes it but its
 * memories, and any number of threads may ask it at once.
 */
typedef struct lastmile_verifier lastmile_verifier;

/**
 * Makes verifiers. It has one owner, who frees it with `lastmile_verifier_builder_free`; it may build
 * several verifiers.
 */
typedef struct lastmile_verifier_builder lastmile_verifier_builder;

/**
 * What a call concluded. `code` is one of `LASTMILE_*`: 0 is done, or accepted; from 1 the call was
 * wrong or could not be done; from 1000 the chain is refused. Numbers are never reused, and one that
 * a program does not know means refused: only `lastmile_status_is_ok` means accepted.
 *
 * It is no plain integer, because OpenSSL's callbacks fail on 0 and less, and BoringSSL's have
 * cases of their own: to return it from either does not compile.
 */
typedef struct LASTMILE_NODISCARD lastmile_status {
  /**
   * One of `LASTMILE_*`.
   */
  int32_t code;
} lastmile_status;

/**
 * Octets that belong to somebody else. `data` may be NULL if `len` is 0.
 *
 * Where the library gives one of text, an octet 0 follows that `len` does not count.
 */
typedef struct lastmile_slice {
  /**
   * The first octet.
   */
  const uint8_t *data;
  /**
   * How many there are.
   */
  size_t len;
} lastmile_slice;

/**
 * A buffer of the caller's, for text. What is written ends with an octet 0 if `capacity` is not 0,
 * and is cut to fit.
 */
typedef struct lastmile_text {
  /**
   * Where to write; may be NULL if `capacity` is 0.
   */
  char *data;
  /**
   * Octets that may be written there.
   */
  size_t capacity;
  /**
   * Set by the call: octets of the whole text, the 0 at its end not counted.
   */
  size_t needed;
} lastmile_text;

#if defined(LASTMILE_POLICY)
/**
 * A name that a certificate may have in its subjectAltName.
 */
typedef struct lastmile_subject_alt_name {
  /**
   * One of `LASTMILE_SUBJECT_ALT_NAME_*`.
   */
  uint32_t kind;
  /**
   * The name.
   */
  struct lastmile_slice name;
} lastmile_subject_alt_name;
#endif

#if defined(LASTMILE_POLICY)
/**
 * What `lastmile_resolution_get` tells. Later versions add to its end.
 */
typedef struct lastmile_resolution_info {
  /**
   * Before the call: octets of the caller's struct, `sizeof (lastmile_resolution_info)`. After it:
   * octets that were written, which an older library has fewer of.
   */
  size_t struct_size;
  /**
   * One of `LASTMILE_DECISION_*`.
   */
  uint32_t decision;
  /**
   * The name to send; empty for none.
   */
  struct lastmile_slice sni;
  /**
   * The policy that governs, as `namespace/name`; empty if none does.
   */
  struct lastmile_slice policy;
  /**
   * Refused: what it is called, such as `policy-no-valid-ca-certificate`; else empty.
   */
  struct lastmile_slice code;
  /**
   * Refused: the reason of the condition, such as `NoValidCACertificate`; else empty.
   */
  struct lastmile_slice reason;
  /**
   * Refused: every fault that led to it, with its place, a line for each; else empty.
   */
  struct lastmile_slice message;
} lastmile_resolution_info;
#endif

/**
 * What a memory holds, and how often it was asked.
 */
typedef struct lastmile_memory_report {
  /**
   * Entries that it holds.
   */
  uint64_t entries;
  /**
   * Entries that it can hold.
   */
  uint64_t most_entries;
  /**
   * Octets that they keep.
   */
  uint64_t bytes;
  /**
   * Octets that it can hold.
   */
  uint64_t most_bytes;
  /**
   * Questions that it answered.
   */
  uint64_t hits;
  /**
   * Questions that it could not answer.
   */
  uint64_t misses;
  /**
   * Entries that were put in.
   */
  uint64_t insertions;
} lastmile_memory_report;

/**
 * What `lastmile_verdict_get` tells. Later versions add to its end.
 */
typedef struct lastmile_verdict_info {
  /**
   * Before the call: octets of the caller's struct, `sizeof (lastmile_verdict_info)`. After it: octets
   * that were written, which an older library has fewer of.
   */
  size_t struct_size;
  /**
   * `LASTMILE_OK`, or the reason that is reported first.
   */
  struct lastmile_status status;
  /**
   * The `X509_V_ERR_*` of OpenSSL for it; 0, `X509_V_OK`, if accepted.
   */
  int32_t x509_v_err;
  /**
   * The certificate at fault: 0 is the leaf, N the Nth of the others; -1 if it is none of them.
   */
  int64_t certificate;
  /**
   * The anchor at fault, or that ends the path: `lastmile_trust_anchors_describe` tells which that is;
   * -1 if none.
   */
  int64_t anchor;
  /**
   * Accepted: the last second, since 1970, in which every certificate of the path is good, and
   * after which no session is resumed. Refused: 0.
   */
  int64_t valid_until;
  /**
   * How many paths reached an anchor and were judged.
   */
  uint32_t attempts;
  /**
   * The TLS alert to send; 0 if accepted.
   */
  uint8_t alert;
  /**
   * What the reason is called, such as `name-mismatch`; empty if accepted.
   */
  struct lastmile_slice code;
  /**
   * Where the rule stands, such as `RFC 9525 6`; empty if accepted.
   */
  struct lastmile_slice clause;
  /**
   * One sentence.
   */
  struct lastmile_slice message;
  /**
   * The expected name that the leaf has; empty if refused.
   */
  struct lastmile_slice matched;
  /**
   * How many `lastmile_verdict_expected` knows: the names that the leaf has none of.
   */
  size_t expected;
  /**
   * How many `lastmile_verdict_presented` knows: the names that it has instead.
   */
  size_t presented;
  /**
   * How many `lastmile_verdict_path` knows: none if refused.
   */
  size_t path;
  /**
   * How many `lastmile_verdict_also` knows: the other reasons.
   */
  size_t also;
} lastmile_verdict_info;

/**
 * A certificate of the path.
 */
typedef struct lastmile_path_certificate {
  /**
   * 0 is the leaf, N the Nth of the others; -1 of the anchor.
   */
  int64_t certificate;
  /**
   * As in `lastmile_verdict_info`; -1 of the others.
   */
  int64_t anchor;
  /**
   * Its subject, for people.
   */
  struct lastmile_slice subject;
} lastmile_path_certificate;

/**
 * One of several reasons.
 */
typedef struct lastmile_finding {
  /**
   * The reason.
   */
  struct lastmile_status status;
  /**
   * As in `lastmile_verdict_info`.
   */
  int64_t certificate;
  /**
   * As in `lastmile_verdict_info`.
   */
  int64_t anchor;
  /**
   * As in `lastmile_verdict_info`.
   */
  struct lastmile_slice code;
  /**
   * As in `lastmile_verdict_info`.
   */
  struct lastmile_slice clause;
  /**
   * As in `lastmile_verdict_info`.
   */
  struct lastmile_slice message;
} lastmile_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Reads a bundle of PEM certificates. Any fault in it is a fault of the whole: `LASTMILE_INVALID_BUNDLE`,
 * and `text`, if it is not NULL, says which block and why, a line for each.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_trust_anchors_from_pem(struct lastmile_slice bundle,
                                                       const struct lastmile_trust_anchors **anchors,
                                                       struct lastmile_text *text);

/**
 * The same, but faults leave out their blocks only, and `text` tells them; `LASTMILE_NO_ANCHORS` if nothing
 * is left.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_trust_anchors_from_pem_lenient(struct lastmile_slice bundle,
                                                               const struct lastmile_trust_anchors **anchors,
                                                               struct lastmile_text *text);

/**
 * Reads so many certificates in DER. Any fault in one is a fault of all, as of
 * `lastmile_trust_anchors_from_pem`.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_trust_anchors_from_der(const struct lastmile_slice *certificates,
                                                       size_t count,
                                                       const struct lastmile_trust_anchors **anchors,
                                                       struct lastmile_text *text);

/**
 * The roots of this system. Those that cannot be used are left out; `text`, if it is not NULL, says
 * which. The one function of this library that reads files; it takes milliseconds.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_trust_anchors_system(const struct lastmile_trust_anchors **anchors,
                                                     struct lastmile_text *text);

/**
 * How many there are, copies counted once; 0 of NULL.
 *
 * Thread: any.
 */
size_t lastmile_trust_anchors_count(const struct lastmile_trust_anchors *anchors);

/**
 * Writes which one this is, counted from 0 without faults and copies: its subject, and where it stands in
 * the bundle: `block 2, line 23: O=Example Shop, CN=Example Shop Root CA`.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_trust_anchors_describe(const struct lastmile_trust_anchors *anchors,
                                                       size_t index,
                                                       struct lastmile_text *text);

/**
 * One more reference to the same; NULL of NULL.
 *
 * Thread: any.
 */
const struct lastmile_trust_anchors *lastmile_trust_anchors_ref(const struct lastmile_trust_anchors *anchors);

/**
 * Gives a reference back; of NULL, does nothing.
 *
 * Thread: any.
 */
void lastmile_trust_anchors_unref(const struct lastmile_trust_anchors *anchors);

/**
 * A builder with these anchors, which it shares, and no name yet. Memories of what was accepted are on,
 * limits are the default ones.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_new(const struct lastmile_trust_anchors *anchors,
                                                     struct lastmile_verifier_builder **builder);

/**
 * Expects this DNS name, or another name that is expected. A name that begins with `*.` is met by
 * the same wildcard in a certificate, and by nothing else.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_expect_dns(struct lastmile_verifier_builder *builder,
                                                            struct lastmile_slice name,
                                                            struct lastmile_text *text);

/**
 * Expects this URI, octet for octet, or another name that is expected.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_expect_uri(struct lastmile_verifier_builder *builder,
                                                            struct lastmile_slice uri,
                                                            struct lastmile_text *text);

/**
 * Expects this IP address, of 4 or 16 octets, or another name that is expected.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_expect_ip(struct lastmile_verifier_builder *builder,
                                                           struct lastmile_slice address);

/**
 * Sets one of `LASTMILE_LIMIT_*`.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_set_limit(struct lastmile_verifier_builder *builder,
                                                           uint32_t limit,
                                                           uint32_t value);

/**
 * How many accepted chains each verifier remembers, `LASTMILE_MOST_ENTRIES` at most, in how many octets;
 * with no entries, none. On by default: 256 entries in 4 MiB. The same for signatures on CA certificates, unless
 * `lastmile_verifier_builder_set_signature_cache` gives a cache for them.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_set_memory(struct lastmile_verifier_builder *builder,
                                                            uint32_t entries,
                                                            size_t bytes);

/**
 * Shares these signatures with other verifiers; NULL for those of each verifier's own.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_set_signature_cache(struct lastmile_verifier_builder *builder,
                                                                     const struct lastmile_signature_cache *cache);

/**
 * Builds a verifier, and leaves the builder as it is. `LASTMILE_NO_NAMES` if none is expected: there is
 * no verifier that takes any name.
 *
 * Thread: one at a time for each builder.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_builder_build(const struct lastmile_verifier_builder *builder,
                                                       const struct lastmile_verifier **verifier);

/**
 * Frees a builder; of NULL, does nothing. Verifiers that it built live on.
 *
 * Thread: one at a time for each builder.
 */
void lastmile_verifier_builder_free(struct lastmile_verifier_builder *builder);

#if defined(LASTMILE_POLICY)
/**
 * None yet.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_documents_new(struct lastmile_documents **documents);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Reads a stream of YAML or JSON documents beside those that are there. `file` is what messages call it.
 * What cannot be read is kept as a fault, not a failure: `lastmile_documents_faults` tells.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_documents_add_yaml(struct lastmile_documents *documents,
                                                   struct lastmile_slice file,
                                                   struct lastmile_slice yaml);
#endif

#if defined(LASTMILE_POLICY)
/**
 * How many documents could not be read; `text`, if it is not NULL, says which and why, a line for each.
 *
 * Thread: any, while none changes it.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_documents_faults(const struct lastmile_documents *documents,
                                                 size_t *count,
                                                 struct lastmile_text *text);
#endif

#if defined(LASTMILE_POLICY)
/**
 * What is trusted where a policy says `wellKnownCACertificates: NAME`; `System` is the API's own name.
 * Without it, such a policy refuses every handshake.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_documents_set_well_known(struct lastmile_documents *documents,
                                                         struct lastmile_slice name,
                                                         const struct lastmile_trust_anchors *anchors);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Judges them as they are now, at this time, in seconds since 1970; `flags` are of `LASTMILE_RESOLVE_*`,
 * or 0. Verifiers that it gives out have memories as those of a `lastmile_verifier_builder`; the
 * signatures are shared by all of them.
 *
 * Thread: any, while none changes it.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_documents_resolver(const struct lastmile_documents *documents,
                                                   int64_t now_seconds,
                                                   uint32_t flags,
                                                   struct lastmile_resolver **resolver);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Frees documents; of NULL, does nothing.
 *
 * Thread: one at a time for each handle.
 */
void lastmile_documents_free(struct lastmile_documents *documents);
#endif

#if defined(LASTMILE_POLICY)
/**
 * How many accepted chains each verifier remembers from now on, in how many octets; with no entries, none.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolver_set_memory(struct lastmile_resolver *resolver,
                                                    uint32_t entries,
                                                    size_t bytes);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Verifiers share these signatures from now on; with NULL, each has its own, if it has a memory.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolver_set_signature_cache(struct lastmile_resolver *resolver,
                                                             const struct lastmile_signature_cache *cache);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Writes every target that a policy is about, and every Backend, to `text`, a line for each.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolver_targets(const struct lastmile_resolver *resolver,
                                                 struct lastmile_text *text);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Decides how a target is spoken to. It is named `[NAMESPACE/]NAME[:SECTION]`, a section being a port's
 * name or number; `service/NAMESPACE/NAME` or `backend/NAMESPACE/NAME` where there are both.
 *
 * Thread: one at a time for each handle.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolver_resolve(struct lastmile_resolver *resolver,
                                                 struct lastmile_slice target,
                                                 struct lastmile_resolution **resolution);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Frees a resolver; of NULL, does nothing. What it gave out lives on.
 *
 * Thread: one at a time for each handle.
 */
void lastmile_resolver_free(struct lastmile_resolver *resolver);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Holds a backend to a validation stanza, without documents. `hostname` is sent; the certificate must
 * have it, or, if there are `names`, one of those. `text`, if it is not NULL, tells every rule of the API
 * that is broken, a line for each.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_validation_compile(struct lastmile_slice hostname,
                                                   const struct lastmile_subject_alt_name *names,
                                                   size_t count,
                                                   const struct lastmile_trust_anchors *anchors,
                                                   struct lastmile_resolution **resolution,
                                                   struct lastmile_text *text);
#endif

#if defined(LASTMILE_POLICY)
/**
 * The same, with the stanza as YAML or JSON: `hostname` and `subjectAltNames`, as the API spells them.
 * `text` has lines and columns.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_validation_from_yaml(struct lastmile_slice yaml,
                                                     const struct lastmile_trust_anchors *anchors,
                                                     struct lastmile_resolution **resolution,
                                                     struct lastmile_text *text);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Tells what was decided.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolution_get(const struct lastmile_resolution *resolution,
                                               struct lastmile_resolution_info *info);
#endif

#if defined(LASTMILE_POLICY)
/**
 * A verifier of its own, with a reference, for `LASTMILE_DECISION_VERIFY`; else
 * `LASTMILE_INVALID_ARGUMENT`.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolution_verifier(const struct lastmile_resolution *resolution,
                                                    const struct lastmile_verifier **verifier);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Writes what somebody should look at, in the policy too, a line for each; that verification is skipped
 * comes first.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_resolution_warnings(const struct lastmile_resolution *resolution,
                                                    struct lastmile_text *text);
#endif

#if defined(LASTMILE_POLICY)
/**
 * Frees a resolution; of NULL, does nothing. Verifiers of it live on.
 *
 * Thread: one at a time for each resolution.
 */
void lastmile_resolution_free(struct lastmile_resolution *resolution);
#endif

/**
 * An empty one, for so many entries (rounded up to a multiple of four, `LASTMILE_MOST_ENTRIES` at most) of
 * so many octets together.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_signature_cache_new(uint32_t entries,
                                                    size_t bytes,
                                                    const struct lastmile_signature_cache **cache);

/**
 * What it holds, and how often it was asked.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_signature_cache_report(const struct lastmile_signature_cache *cache,
                                                       struct lastmile_memory_report *report);

/**
 * One more reference to the same; NULL of NULL.
 *
 * Thread: any.
 */
const struct lastmile_signature_cache *lastmile_signature_cache_ref(const struct lastmile_signature_cache *cache);

/**
 * Gives a reference back; of NULL, does nothing.
 *
 * Thread: any.
 */
void lastmile_signature_cache_unref(const struct lastmile_signature_cache *cache);

/**
 * The word for a status, such as `name-mismatch`; of a reason, the one that `lastmile_verdict_info` has
 * in `code`. Static text, ended by an octet 0; `unknown` of a number that is not known, which means
 * refused.
 *
 * Thread: any.
 */
const char *lastmile_status_name(struct lastmile_status status);

/**
 * Tells the verdict.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_get(const struct lastmile_verdict *verdict,
                                            struct lastmile_verdict_info *info);

/**
 * One of the names that were expected and are not there, with its form: `dns backend.example.com`.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_expected(const struct lastmile_verdict *verdict,
                                                 size_t index,
                                                 struct lastmile_slice *name);

/**
 * One of the names that the leaf has, where none is expected, with its form, escaped. The first ones: the
 * explanation says how many there are.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_presented(const struct lastmile_verdict *verdict,
                                                  size_t index,
                                                  struct lastmile_slice *name);

/**
 * One certificate of the path: 0 is the leaf, the last is the anchor.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_path(const struct lastmile_verdict *verdict,
                                             size_t index,
                                             struct lastmile_path_certificate *certificate);

/**
 * One of the other reasons.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_also(const struct lastmile_verdict *verdict,
                                             size_t index,
                                             struct lastmile_finding *finding);

/**
 * Writes the explanation: several lines, with every cause and what to do.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verdict_explanation(const struct lastmile_verdict *verdict,
                                                    struct lastmile_text *text);

/**
 * Frees a verdict; of NULL, does nothing.
 *
 * Thread: one at a time for each verdict.
 */
void lastmile_verdict_free(struct lastmile_verdict *verdict);

/**
 * Decides whether the chain that a backend presents satisfies the policy.
 *
 * `leaf` is the first certificate of the handshake, `intermediates` are the `count` others, in any order;
 * all are DER, and are only read. `now_seconds` is the time, in seconds since 1970.
 *
 * Returns `LASTMILE_OK` if the chain is accepted, and else the reason. If `verdict` is not NULL, it is
 * set to everything about it, accepted or refused, and `lastmile_verdict_free` frees that. With NULL an
 * accepted chain of up to 8 intermediates and 32 constraints allocates nothing, but what the memory keeps.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_verify(const struct lastmile_verifier *verifier,
                                                struct lastmile_slice leaf,
                                                const struct lastmile_slice *intermediates,
                                                size_t count,
                                                int64_t now_seconds,
                                                struct lastmile_verdict **verdict);

/**
 * Writes the digest of the policy, 32 octets, to `digest`. A resumed TLS session or a pooled connection
 * is not verified again: key them by this, the SNI and the address.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_digest(const struct lastmile_verifier *verifier,
                                                uint8_t *digest);

/**
 * How many verdicts of this status it has given: `LASTMILE_OK`, or one from 1000 on.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_count(const struct lastmile_verifier *verifier,
                                               struct lastmile_status status,
                                               uint64_t *count);

/**
 * What its memory of accepted chains holds, and how often it was asked; all zero without one.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_memory_report(const struct lastmile_verifier *verifier,
                                                       struct lastmile_memory_report *report);

/**
 * What its memory of signatures holds, its own or a shared one, and how often it was asked; all zero
 * without one.
 *
 * Thread: any.
 */
LASTMILE_MUST_USE
struct lastmile_status lastmile_verifier_signature_report(const struct lastmile_verifier *verifier,
                                                          struct lastmile_memory_report *report);

/**
 * One more reference to the same; NULL of NULL.
 *
 * Thread: any.
 */
const struct lastmile_verifier *lastmile_verifier_ref(const struct lastmile_verifier *verifier);

/**
 * Gives a reference back; of NULL, does nothing.
 *
 * Thread: any.
 */
void lastmile_verifier_unref(const struct lastmile_verifier *verifier);

/**
 * The version of the library that runs, and its provider of algorithms: `0.1.0 (ring)`. Static text,
 * ended by an octet 0.
 *
 * Thread: any.
 */
const char *lastmile_version(void);

/**
 * `LASTMILE_ABI_VERSION` of the library that runs.
 *
 * Thread: any.
 */
uint32_t lastmile_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/* Whether a call did its job, and a chain is accepted. */
static inline bool lastmile_status_is_ok(lastmile_status status) { return status.code == LASTMILE_OK; }

/* Whether it is a verdict that refuses. What is neither ok nor this is a call that was not done, and means
 * refused too. */
static inline bool lastmile_status_is_refusal(lastmile_status status) { return status.code >= LASTMILE_REFUSED; }

#endif  /* LASTMILE_H */
