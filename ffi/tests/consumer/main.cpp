// Asks whether a chain is good for a backend:
//     consumer BUNDLE.pem HOSTNAME LEAF.der [OTHER.der ...]
// Exit status: 0 accepted, 1 refused, 2 no verdict.
#include <lastmile.hpp>

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// Once for each policy. Empty if there can be no verifier; the words say why.
static lastmile::verifier new_verifier(std::string_view bundle, std::string_view hostname) {
    lastmile::trust_anchors anchors;
    lastmile::verifier_builder builder;
    lastmile::verifier verifier;
    auto [status, words] = lastmile::trust_anchors::from_pem(bundle, anchors);
    if (lastmile::is_ok(status)) status = lastmile::verifier_builder::make(anchors, builder);
    if (lastmile::is_ok(status)) std::tie(status, words) = builder.expect_dns(hostname);
    if (lastmile::is_ok(status)) status = builder.build(verifier);
    if (!lastmile::is_ok(status))
        std::cerr << "there is no verifier: " << lastmile_status_name(status) << ": " << words << '\n';
    return verifier;
}

template <typename Octets>
static Octets read_file(const char *path) {
    std::ifstream file(path, std::ios::binary);
    return Octets(std::istreambuf_iterator<char>(file), {});
}

int main(int argc, char **argv) {
    if (argc < 4) {
        std::cerr << "usage: " << argv[0] << " BUNDLE.pem HOSTNAME LEAF.der [OTHER.der ...]\n";
        return 2;
    }
    const auto verifier = new_verifier(read_file<std::string>(argv[1]), argv[2]);
    if (!verifier) return 2;

    std::vector<std::vector<std::uint8_t>> files;
    for (int i = 3; i < argc; i++) files.push_back(read_file<std::vector<std::uint8_t>>(argv[i]));
    std::vector<lastmile_slice> others;
    for (std::size_t i = 1; i < files.size(); i++) others.push_back(lastmile::slice(files[i]));

    // Once for each full handshake, on any thread.
    lastmile::verdict verdict;
    const auto status = verifier.verify(files[0], others, std::time(nullptr), verdict);
    if (verdict.has_value()) std::cout << verdict.explanation() << '\n';
    if (status.code == LASTMILE_NAME_MISMATCH) std::cerr << "the certificate is another backend's\n";
    return lastmile::is_ok(status) ? 0 : lastmile::is_refusal(status) ? 1 : 2;
}
