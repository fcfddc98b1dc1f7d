// lastmile.hpp: argument 1 is a file of fields.
#include "check.h"

#include <lastmile.hpp>
#include <type_traits>
#include <vector>

namespace {

constexpr std::int64_t now = 1780272000;

static_assert(std::is_nothrow_move_constructible_v<lastmile::verifier>);
static_assert(!std::is_copy_constructible_v<lastmile::verifier>);
static_assert(!std::is_copy_constructible_v<lastmile::verdict>);
static_assert(!std::is_copy_assignable_v<lastmile::trust_anchors>);
static_assert(std::is_nothrow_move_assignable_v<lastmile::verifier_builder>);
static_assert(noexcept(std::declval<const lastmile::verifier &>().verify({}, {}, now)));

lastmile::verifier build(std::string_view bundle, std::string_view name) {
    lastmile::trust_anchors anchors;
    lastmile::verifier_builder builder;
    lastmile::verifier verifier;
    auto [status, words] = lastmile::trust_anchors::from_pem(bundle, anchors);
    CHECK(lastmile::is_ok(status) && words.empty() && anchors.count() == 1);
    CHECK(lastmile::is_ok(lastmile::verifier_builder::make(anchors, builder)));
    CHECK(lastmile::is_ok(builder.expect_dns(name).first));
    CHECK(lastmile::is_ok(builder.set_limit(LASTMILE_LIMIT_INTERMEDIATES, 4)));
    CHECK(lastmile::is_ok(builder.build(verifier)));
    return verifier;
}

void faults(std::string_view bundle) {
    lastmile::trust_anchors anchors;
    auto [status, words] = lastmile::trust_anchors::from_pem("no bundle", anchors);
    CHECK(status.code == LASTMILE_NO_ANCHORS && !anchors);
    // Words of any length.
    std::string bad;
    for (int at = 0; at < 100; at++)
        bad += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::tie(status, words) = lastmile::trust_anchors::from_pem(bad, anchors);
    CHECK(status.code == LASTMILE_INVALID_BUNDLE && !anchors);
    CHECK(words.size() > 1024 && words.find("block 100") != std::string::npos);
    std::tie(status, words) = lastmile::trust_anchors::from_pem_lenient(bad + std::string(bundle), anchors);
    CHECK(lastmile::is_ok(status) && anchors.count() == 1 && words.find("block 100") != std::string::npos);

    // A bad bundle leaves the good one.
    CHECK(!lastmile::is_ok(lastmile::trust_anchors::from_pem(bad, anchors).first) && anchors.count() == 1);
    CHECK(anchors.describe(0).second == "block 101, line 302: O=Example Shop, CN=Example Shop Root CA");
    CHECK(anchors.describe(1).first.code == LASTMILE_INVALID_ARGUMENT);

    lastmile::verifier_builder none;
    CHECK(none.expect_dns("a.example").first.code == LASTMILE_NULL_POINTER);
    lastmile::verifier verifier;
    CHECK(none.build(verifier).code == LASTMILE_NULL_POINTER && !verifier);
    CHECK(verifier.verify({}, {}, now).code == LASTMILE_NULL_POINTER);
    lastmile::verdict verdict;
    CHECK(verifier.verify({}, {}, now, verdict).code == LASTMILE_NULL_POINTER && !verdict.has_value());
    CHECK(!lastmile::is_ok(verdict.info().status) && verdict.explanation().empty());
    CHECK(!verifier.digest());
}

}  // namespace

int main(int count, char **arguments) {
    CHECK(count == 2);
    check_fields fields = check_open(arguments[1]);
    lastmile_slice bundle = check_next(&fields);
    check_free(check_next(&fields));
    const lastmile_slice leaf_field = check_next(&fields);
    const std::vector<lastmile_slice> intermediates{check_next(&fields)};
    const std::vector<std::uint8_t> leaf(leaf_field.data, leaf_field.data + leaf_field.len);

    lastmile::verifier verifier = build(lastmile::view(bundle), "backend.example.com");
    CHECK(lastmile::is_ok(verifier.verify(leaf, intermediates, now)));
    lastmile::verdict verdict;
    CHECK(lastmile::is_ok(verifier.verify(leaf, intermediates, now, verdict)));
    CHECK(verdict.info().path == 3 && verdict.path().size() == 3);
    CHECK(verdict.path()[0].certificate == 0 && verdict.path()[2].anchor == 0);
    CHECK(verdict.explanation().rfind("accepted: ", 0) == 0);

    // A verdict may be used again, and moved.
    CHECK(verifier.verify(leaf, {}, now, verdict).code == LASTMILE_UNKNOWN_ISSUER);
    lastmile::verdict moved = std::move(verdict);
    CHECK(!verdict.has_value() && moved.info().status.code == LASTMILE_UNKNOWN_ISSUER);
    CHECK(lastmile::view(moved.info().code) == "unknown-issuer");

    lastmile::verifier other = build(lastmile::view(bundle), "frontend.example.com");
    CHECK(other.verify(leaf, intermediates, now, moved).code == LASTMILE_NAME_MISMATCH);
    CHECK(moved.expected().size() == 1 && moved.expected()[0] == "dns frontend.example.com");
    CHECK(moved.presented().size() == 2 && moved.also().empty());
    CHECK(verifier.digest() && other.digest() && *verifier.digest() != *other.digest());

    // Text of any kind is octets.
    CHECK(lastmile::slice(std::string("ab")).len == 2 && lastmile::slice("ab").len == 2);
    CHECK(lastmile::slice(leaf).data == leaf.data());

    // A share lives on when the first goes.
    lastmile::verifier shared = verifier.share();
    verifier = std::move(other);
    CHECK(!other && shared.get() != verifier.get());
    CHECK(lastmile::is_ok(shared.verify(leaf, intermediates, now)));
    CHECK(*shared.count({LASTMILE_OK}) == 3 && !shared.count({LASTMILE_INVALID_ARGUMENT}));
    CHECK(shared.memory_report()->hits == 2);

    faults(lastmile::view(bundle));
    check_free(bundle), check_free(leaf_field), check_free(intermediates[0]);
    std::free(fields.octets);
    std::puts("done");
}
