/*
 * What a host's configuration says, made into policies: for modules of proxies, on liblastmile with the feature
 * `policy`. Copy this header and lastmile_policies.c into your program.
 *
 *     policies = lastmile_policies_new();                                      once for each configuration
 *     lastmile_policies_from_stanza(policies, ..., &policy, error, sizeof error);     for each backend
 *     lastmile_policies_free(policies);                                        the policies live on
 *
 * Files are read when a policy is made, and never later. What two policies share is read and kept once: a bundle
 * by its content, documents by their path.
 *
 * Thread: one at a time for each lastmile_policies; a policy's verifier may be asked by any.
 */
#ifndef LASTMILE_POLICIES_H
#define LASTMILE_POLICIES_H

#ifndef LASTMILE_POLICY
#define LASTMILE_POLICY
#endif
#include <lastmile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Octets of one bundle, and of all documents of one path: 32 MiB, room for 10,000 certificates. */
#define LASTMILE_POLICIES_MOST_OCTETS (32u << 20)

/* How one backend is verified. All zero is none. */
typedef struct lastmile_policy {
    const lastmile_verifier *verifier; /* a reference; remembers accepted chains */
    char *hostname;                    /* to send as SNI */
    unsigned char digest[32];          /* of the verifier: what tells policies apart */
} lastmile_policy;

/* Gives back what the policy holds, and makes it none; of NULL or none, does nothing. */
void lastmile_policy_clear(lastmile_policy *policy);

/* What is loaded in one configuration. */
typedef struct lastmile_policies lastmile_policies;

/* Nothing yet; NULL if memory is short. */
lastmile_policies *lastmile_policies_new(void);

/* Frees it; of NULL, does nothing. Policies live on. */
void lastmile_policies_free(lastmile_policies *policies);

/*
 * Called with each thing that somebody should look at, one line, while policies are made: a document that cannot
 * be read, a policy that is old. NULL, as at the start, for nobody.
 */
void lastmile_policies_on_warning(lastmile_policies *policies, void (*warn)(void *host, const char *line),
                                  void *host);

/*
 * From a stanza given by hand. `ca` is the path of a bundle of PEM certificates, or "system". `hostname` is sent,
 * and the certificate must have it; or, if there are `sans`, each "hostname:NAME" or "uri:URI", one of those. A
 * bundle with any fault is refused.
 *
 * Returns 1, with the policy; or 0, with one line in `error` that says what is wrong where, and what to do.
 * `policy` must be none, and stays so on 0.
 */
int lastmile_policies_from_stanza(lastmile_policies *policies, const char *ca, const char *hostname,
                                  const char *const *sans, size_t san_count, lastmile_policy *policy,
                                  char *error, size_t error_size);

/*
 * From documents of Kubernetes. `path` is a file of YAML or JSON documents, or a directory of files whose names
 * end in .yaml, .yml or .json. `target` is "[NAMESPACE/]NAME[:SECTION]". A decision other than to verify is an
 * error that says which, and why. Returns as lastmile_policies_from_stanza.
 */
int lastmile_policies_from_documents(lastmile_policies *policies, const char *path, const char *target,
                                     lastmile_policy *policy, char *error, size_t error_size);

#ifdef __cplusplus
}
#endif

#endif
