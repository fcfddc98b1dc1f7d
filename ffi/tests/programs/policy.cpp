// Documents and stanzas, by lastmile.hpp: argument 1 is a file of fields.
#include "check.h"

#include <lastmile.hpp>
#include <vector>

namespace {

constexpr std::int64_t now = 1780272000;

std::string_view bundle, other_bundle, policies, stanza;
std::vector<lastmile_slice> chain;

lastmile_status judged(const lastmile::resolution &resolution) {
    lastmile::verifier verifier;
    CHECK(lastmile::is_ok(resolution.build(verifier)));
    return verifier.verify(lastmile::octets(chain[0].data, chain[0].len),
                           lastmile::span<lastmile_slice>(chain.data() + 1, 1), now);
}

lastmile::trust_anchors anchors_of(std::string_view pem) {
    lastmile::trust_anchors anchors;
    CHECK(lastmile::is_ok(lastmile::trust_anchors::from_pem(pem, anchors).first));
    return anchors;
}

void documents() {
    CHECK(lastmile::resolution().info().decision == LASTMILE_DECISION_REFUSE);
    lastmile::documents documents;
    lastmile::resolver resolver;
    lastmile::resolution resolution;
    CHECK(lastmile::is_ok(lastmile::documents::make(documents)));
    CHECK(lastmile::is_ok(documents.add_yaml("policies.yaml", policies)));
    CHECK(documents.faults().second.empty());
    CHECK(documents.judge(-1, 0, resolver).code == LASTMILE_INVALID_ARGUMENT && !resolver);
    CHECK(documents.judge(now, 4, resolver).code == LASTMILE_INVALID_ARGUMENT && !resolver);
    CHECK(lastmile::is_ok(documents.judge(now, 0, resolver)));
    // The resolver lives by itself, and what is read later is not in it.
    CHECK(lastmile::is_ok(documents.add_yaml("broken.yaml", "kind: [")));
    const auto [done, faults] = documents.faults();
    CHECK(lastmile::is_ok(done) && faults.find("broken.yaml") != std::string::npos);
    lastmile::resolver later;
    CHECK(lastmile::is_ok(documents.judge(now, 0, later)));
    // The resolver outlives what it was made of.
    lastmile::documents documents_of_then = std::move(documents);
    documents = lastmile::documents();

    std::puts(resolver.targets().c_str());
    CHECK(resolver.targets().find("shop/backend:https") != std::string::npos);
    CHECK(resolver.resolve("a b", resolution).code == LASTMILE_INVALID_TARGET && !resolution.has_value());
    CHECK(lastmile::is_ok(resolver.resolve("shop/backend:https", resolution)));
    const auto info = resolution.info();
    CHECK(info.decision == LASTMILE_DECISION_VERIFY && lastmile::view(info.policy) == "shop/backend");
    CHECK(lastmile::view(info.sni) == "backend.example.com" && info.code.len == 0);
    CHECK(judged(resolution).code == LASTMILE_OK);

    CHECK(lastmile::is_ok(resolver.resolve("shop/nobody", resolution)));
    CHECK(resolution.info().decision == LASTMILE_DECISION_NO_POLICY);
    lastmile::verifier none;
    CHECK(resolution.build(none).code == LASTMILE_INVALID_ARGUMENT && !none);
    // The clock of the resolver: in a later century no anchor is good.
    lastmile::resolver century;
    CHECK(lastmile::is_ok(documents_of_then.judge(4922899200 + 1, 0, century)));
    CHECK(lastmile::is_ok(century.resolve("shop/backend:https", resolution)));
    CHECK(resolution.info().decision == LASTMILE_DECISION_REFUSE);
    CHECK(lastmile::view(resolution.info().code) == "policy-no-valid-ca-certificate");
    CHECK(lastmile::view(resolution.info().reason) == "NoValidCACertificate");
    // What could not be read may be its policy.
    lastmile::resolver despite;
    CHECK(lastmile::is_ok(documents_of_then.judge(now, LASTMILE_RESOLVE_FALLBACK_KEYS, despite)));
    CHECK(lastmile::is_ok(despite.resolve("shop/nobody", resolution)));
    CHECK(resolution.info().decision == LASTMILE_DECISION_REFUSE);
    CHECK(lastmile::is_ok(documents_of_then.judge(now, LASTMILE_RESOLVE_DESPITE_FAULTS, despite)));
    CHECK(lastmile::is_ok(despite.resolve("shop/nobody", resolution)));
    CHECK(resolution.info().decision == LASTMILE_DECISION_NO_POLICY);
    CHECK(lastmile::is_ok(later.resolve("shop/nobody", resolution)));
    CHECK(resolution.info().decision == LASTMILE_DECISION_REFUSE);
    CHECK(lastmile::view(resolution.info().code) == "policy-invalid");
    CHECK(lastmile::view(resolution.info().message).find("could not be read") != std::string::npos);
}

void well_known_and_skipped() {
    constexpr std::string_view yaml = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: well-known, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: b}]
  validation: {hostname: backend.example.com, wellKnownCACertificates: System}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: open, namespace: shop}
spec:
  endpoints: [{fqdn: {hostname: open.example, port: 443}}]
  tls: {insecureSkipVerify: true}
)";
    for (const bool is_given : {false, true}) {
        lastmile::documents documents;
        lastmile::resolver resolver;
        lastmile::resolution resolution;
        CHECK(lastmile::is_ok(lastmile::documents::make(documents)));
        CHECK(lastmile::is_ok(documents.add_yaml("p.yaml", yaml)));
        if (is_given) CHECK(lastmile::is_ok(documents.set_well_known("System", anchors_of(bundle))));
        CHECK(lastmile::is_ok(documents.judge(now, 0, resolver)));
        CHECK(resolver.set_memory(LASTMILE_MOST_ENTRIES + 1, 0).code == LASTMILE_INVALID_ARGUMENT);
        CHECK(lastmile::is_ok(resolver.set_memory(12, 1 << 16)));
        lastmile::signature_cache cache;
        CHECK(lastmile::is_ok(lastmile::signature_cache::make(20, 1 << 16, cache)));
        CHECK(lastmile::is_ok(resolver.set_signature_cache(cache)));
        CHECK(lastmile::is_ok(resolver.resolve("shop/b", resolution)));
        if (is_given) {
            CHECK(judged(resolution).code == LASTMILE_OK);
            lastmile::verifier verifier;
            CHECK(lastmile::is_ok(resolution.build(verifier)));
            CHECK(verifier.memory_report()->most_entries == 12);
            CHECK(verifier.signature_report()->most_entries == 20 && cache.report()->entries == 1);
        } else {
            CHECK(resolution.info().decision == LASTMILE_DECISION_REFUSE);
            CHECK(lastmile::view(resolution.info().code) == "policy-invalid");
            CHECK(lastmile::view(resolution.info().reason) == "Invalid");
            CHECK(lastmile::view(resolution.info().message).rfind("p.yaml:", 0) == 0);
        }
        CHECK(lastmile::is_ok(resolver.resolve("shop/open", resolution)));
        CHECK(resolution.info().decision == LASTMILE_DECISION_SKIP_VERIFICATION);
        CHECK(!resolution.warnings().empty());
    }
}

void stanzas() {
    const lastmile::trust_anchors anchors = anchors_of(bundle);
    lastmile::resolution resolution;
    CHECK(lastmile::is_ok(lastmile::resolution::from_yaml(stanza, anchors, resolution).first));
    CHECK(judged(resolution).code == LASTMILE_OK);
    CHECK(lastmile::is_ok(lastmile::resolution::from_yaml(stanza, anchors_of(other_bundle), resolution).first));
    CHECK(judged(resolution).code == LASTMILE_UNKNOWN_ISSUER);
    auto [done, words] = lastmile::resolution::from_yaml("hostname: a_b\nother: 1\n", anchors, resolution);
    CHECK(done.code == LASTMILE_INVALID_VALIDATION);
    CHECK(words.find("line 2") != std::string::npos);

    // With names, the hostname is only sent.
    const auto uri = lastmile_subject_alt_name{
        LASTMILE_SUBJECT_ALT_NAME_URI, lastmile::slice("spiffe://cluster.local/ns/shop/sa/backend")};
    const std::vector<lastmile_subject_alt_name> names{uri};
    CHECK(lastmile::is_ok(lastmile::resolution::compile("other.example", names, anchors, resolution).first));
    CHECK(lastmile::view(resolution.info().sni) == "other.example");
    CHECK(judged(resolution).code == LASTMILE_OK);
    CHECK(lastmile::is_ok(lastmile::resolution::compile("other.example", {}, anchors, resolution).first));
    CHECK(judged(resolution).code == LASTMILE_NAME_MISMATCH);
    const std::vector<lastmile_subject_alt_name> unknown{{3, uri.name}};
    CHECK(lastmile::resolution::compile("other.example", unknown, anchors, resolution).first.code ==
          LASTMILE_INVALID_ARGUMENT);
    const std::vector<lastmile_subject_alt_name> many(6, uri);
    std::tie(done, words) = lastmile::resolution::compile("\xff", many, anchors, resolution);
    CHECK(done.code == LASTMILE_INVALID_VALIDATION);
    CHECK(words.find("subjectAltNames") != std::string::npos && words.find("hostname") != std::string::npos);
}

}  // namespace

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    std::vector<lastmile_slice> all;
    while (!check_is_at_end(&fields)) all.push_back(check_next(&fields));
    CHECK(all.size() == 6);
    bundle = lastmile::view(all[0]), other_bundle = lastmile::view(all[1]);
    chain = {all[2], all[3]};
    policies = lastmile::view(all[4]), stanza = lastmile::view(all[5]);
    documents();
    well_known_and_skipped();
    stanzas();
    for (const lastmile_slice field : all) check_free(field);
    std::free(fields.octets);
    std::puts("done");
}
