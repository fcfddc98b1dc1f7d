/*
 * lastmile for C++17: handles that free themselves, and nothing else. No exceptions: what can fail
 * returns a status, and leaves the handle that it was to fill as it was, but for a verdict, which is
 * empty then. What a handle may be used for by several threads at once, lastmile.h says.
 */
#ifndef LASTMILE_HPP
#define LASTMILE_HPP

#include <lastmile.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lastmile {

using status = lastmile_status;

inline bool is_ok(status value) noexcept { return lastmile_status_is_ok(value); }
inline bool is_refusal(status value) noexcept { return lastmile_status_is_refusal(value); }

/* Octets that belong to somebody else, as std::span is in C++20. */
template <typename T>
class span {
public:
    constexpr span() noexcept = default;
    constexpr span(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /* Of these elements, and not of a class that is derived from theirs. */
    template <typename Container,
              typename = std::enable_if_t<std::is_convertible_v<
                  std::remove_pointer_t<decltype(std::declval<const Container &>().data())> (*)[],
                  const T (*)[]>>>
    constexpr span(const Container &from) noexcept : data_(from.data()), size_(from.size()) {}
    constexpr const T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    const T *data_ = nullptr;
    std::size_t size_ = 0;
};

using octets = span<std::uint8_t>;

inline lastmile_slice slice(octets of) noexcept { return {of.data(), of.size()}; }
inline lastmile_slice slice(std::string_view of) noexcept {
    return {reinterpret_cast<const std::uint8_t *>(of.data()), of.size()};
}
inline std::string_view view(lastmile_slice of) noexcept {
    return {reinterpret_cast<const char *>(of.data), of.len};
}

/* A handle that is counted: one reference, which can be moved, and copied with share(). */
template <typename T, const T *(*Ref)(const T *), void (*Unref)(const T *)>
class counted {
public:
    counted() noexcept = default;
    explicit counted(const T *handle) noexcept : handle_(handle) {}
    counted(counted &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    counted &operator=(counted &&other) noexcept {
        if (this != &other) {
            Unref(handle_);
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    counted(const counted &) = delete;
    counted &operator=(const counted &) = delete;
    ~counted() { Unref(handle_); }

    const T *get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /* What the call makes, if it did its job; otherwise what was there before. */
    template <typename Call>
    status assign(Call call) {
        const T *made = nullptr;
        const status done = call(&made);
        if (made != nullptr) Unref(std::exchange(handle_, made));
        return done;
    }

protected:
    const T *shared() const noexcept { return Ref(handle_); }

private:
    const T *handle_ = nullptr;
};

/* What a call concluded, and its words for people. A call whose words are long is made twice. */
using told = std::pair<status, std::string>;

template <typename Call>
told words_of(Call call) {
    std::string words(256, '\0');
    for (;;) {
        lastmile_text text{words.data(), words.size(), 0};
        const status done = call(&text);
        const bool is_whole = text.needed < words.size();
        words.resize(is_whole ? text.needed : text.needed + 1);
        if (is_whole) return {done, std::move(words)};
    }
}

/* What a call writes to its last argument, if it did its job. */
template <typename T, typename Call>
std::optional<T> value_of(Call call) {
    T value{};
    return is_ok(call(&value)) ? std::optional<T>(value) : std::nullopt;
}

/* An owner that frees with this function, and nothing else. */
template <typename T, void (*Free)(T *)>
struct deleter {
    void operator()(T *owned) const noexcept { Free(owned); }
};
template <typename T, void (*Free)(T *)>
using owned = std::unique_ptr<T, deleter<T, Free>>;

class trust_anchors
    : public counted<lastmile_trust_anchors, lastmile_trust_anchors_ref, lastmile_trust_anchors_unref> {
public:
    using counted::counted;

    /* The certificates of a PEM bundle; the words say what is wrong with it. */
    [[nodiscard]] static told from_pem(std::string_view bundle, trust_anchors &anchors) {
        return words_of([&](lastmile_text *text) {
            return anchors.assign([&](const lastmile_trust_anchors **made) {
                return lastmile_trust_anchors_from_pem(slice(bundle), made, text);
            });
        });
    }
    /* The same, without the blocks that are wrong. */
    [[nodiscard]] static told from_pem_lenient(std::string_view bundle, trust_anchors &anchors) {
        return words_of([&](lastmile_text *text) {
            return anchors.assign([&](const lastmile_trust_anchors **made) {
                return lastmile_trust_anchors_from_pem_lenient(slice(bundle), made, text);
            });
        });
    }
    /* These certificates, in DER. */
    [[nodiscard]] static told from_der(span<lastmile_slice> certificates, trust_anchors &anchors) {
        return words_of([&](lastmile_text *text) {
            return anchors.assign([&](const lastmile_trust_anchors **made) {
                return lastmile_trust_anchors_from_der(certificates.data(), certificates.size(),
                                                   made, text);
            });
        });
    }
    /* The roots of this system. */
    [[nodiscard]] static told system(trust_anchors &anchors) {
        return words_of([&](lastmile_text *text) {
            return anchors.assign([&](const lastmile_trust_anchors **made) {
                return lastmile_trust_anchors_system(made, text);
            });
        });
    }
    std::size_t count() const noexcept { return lastmile_trust_anchors_count(get()); }
    /* Which one this is, and where it stands in the bundle. */
    [[nodiscard]] told describe(std::size_t index) const {
        return words_of([&](lastmile_text *text) {
            return lastmile_trust_anchors_describe(get(), index, text);
        });
    }
    trust_anchors share() const noexcept { return trust_anchors(shared()); }
};

class signature_cache : public counted<lastmile_signature_cache, lastmile_signature_cache_ref,
                                       lastmile_signature_cache_unref> {
public:
    using counted::counted;

    static status make(std::uint32_t entries, std::size_t bytes, signature_cache &cache) noexcept {
        return cache.assign([&](const lastmile_signature_cache **made) {
            return lastmile_signature_cache_new(entries, bytes, made);
        });
    }
    [[nodiscard]] std::optional<lastmile_memory_report> report() const noexcept {
        return value_of<lastmile_memory_report>(
            [&](auto *report) { return lastmile_signature_cache_report(get(), report); });
    }
    signature_cache share() const noexcept { return signature_cache(shared()); }
};

/* What was concluded of one chain. What it gives out lives as long as it does. */
class verdict {
public:
    /* Whether there is one, accepted or refused. */
    bool has_value() const noexcept { return handle_ != nullptr; }
    const lastmile_verdict *get() const noexcept { return handle_.get(); }

    /* Everything that is not a list; LASTMILE_NULL_POINTER is the status of an empty handle. */
    lastmile_verdict_info info() const noexcept {
        lastmile_verdict_info info{};
        info.struct_size = sizeof info;
        const status done = lastmile_verdict_get(get(), &info);
        if (!is_ok(done)) info.status = done;
        return info;
    }
    std::string explanation() const {
        return words_of([&](lastmile_text *text) { return lastmile_verdict_explanation(get(), text); })
            .second;
    }
    std::vector<std::string_view> expected() const {
        return names(info().expected, lastmile_verdict_expected);
    }
    std::vector<std::string_view> presented() const {
        return names(info().presented, lastmile_verdict_presented);
    }
    std::vector<lastmile_path_certificate> path() const {
        return list<lastmile_path_certificate>(info().path, lastmile_verdict_path);
    }
    std::vector<lastmile_finding> also() const {
        return list<lastmile_finding>(info().also, lastmile_verdict_also);
    }

private:
    friend class verifier;

    template <typename T>
    std::vector<T> list(std::size_t size,
                        status (*element)(const lastmile_verdict *, std::size_t, T *)) const {
        std::vector<T> all;
        for (std::size_t at = 0; at < size; at++) {
            T one{};
            if (is_ok(element(get(), at, &one))) all.push_back(one);
        }
        return all;
    }
    std::vector<std::string_view> names(std::size_t size,
                                        status (*element)(const lastmile_verdict *, std::size_t,
                                                          lastmile_slice *)) const {
        std::vector<std::string_view> names;
        for (const lastmile_slice &name : list<lastmile_slice>(size, element))
            names.push_back(view(name));
        return names;
    }

    owned<lastmile_verdict, lastmile_verdict_free> handle_;
};

class verifier : public counted<lastmile_verifier, lastmile_verifier_ref, lastmile_verifier_unref> {
public:
    using counted::counted;

    /* Whether the chain satisfies the policy; allocates nothing if it does. */
    status verify(octets leaf, span<lastmile_slice> intermediates,
                  std::int64_t now_seconds) const noexcept {
        return lastmile_verifier_verify(get(), slice(leaf), intermediates.data(), intermediates.size(),
                                        now_seconds, nullptr);
    }
    /* The same, with everything about it; without a verdict if there is none. */
    status verify(octets leaf, span<lastmile_slice> intermediates, std::int64_t now_seconds,
                  verdict &verdict) const noexcept {
        lastmile_verdict *made = nullptr;
        const status done =
            lastmile_verifier_verify(get(), slice(leaf), intermediates.data(), intermediates.size(),
                                     now_seconds, &made);
        verdict.handle_.reset(made);
        return done;
    }
    /* What sessions and connections are kept by. */
    [[nodiscard]] std::optional<std::array<std::uint8_t, 32>> digest() const noexcept {
        return value_of<std::array<std::uint8_t, 32>>(
            [&](auto *digest) { return lastmile_verifier_digest(get(), digest->data()); });
    }
    /* How many verdicts of this status it has given. */
    [[nodiscard]] std::optional<std::uint64_t> count(status of) const noexcept {
        return value_of<std::uint64_t>(
            [&](auto *count) { return lastmile_verifier_count(get(), of, count); });
    }
    [[nodiscard]] std::optional<lastmile_memory_report> memory_report() const noexcept {
        return value_of<lastmile_memory_report>(
            [&](auto *report) { return lastmile_verifier_memory_report(get(), report); });
    }
    [[nodiscard]] std::optional<lastmile_memory_report> signature_report() const noexcept {
        return value_of<lastmile_memory_report>(
            [&](auto *report) { return lastmile_verifier_signature_report(get(), report); });
    }
    verifier share() const noexcept { return verifier(shared()); }
};

/* Makes verifiers. */
class verifier_builder {
public:
    static status make(const trust_anchors &anchors, verifier_builder &builder) noexcept {
        lastmile_verifier_builder *made = nullptr;
        const status done = lastmile_verifier_builder_new(anchors.get(), &made);
        if (made != nullptr) builder.handle_.reset(made);
        return done;
    }
    [[nodiscard]] told expect_dns(std::string_view name) {
        return words_of([&](lastmile_text *text) {
            return lastmile_verifier_builder_expect_dns(handle_.get(), slice(name), text);
        });
    }
    [[nodiscard]] told expect_uri(std::string_view uri) {
        return words_of([&](lastmile_text *text) {
            return lastmile_verifier_builder_expect_uri(handle_.get(), slice(uri), text);
        });
    }
    status expect_ip(octets address) noexcept {
        return lastmile_verifier_builder_expect_ip(handle_.get(), slice(address));
    }
    status set_limit(std::uint32_t limit, std::uint32_t value) noexcept {
        return lastmile_verifier_builder_set_limit(handle_.get(), limit, value);
    }
    status set_memory(std::uint32_t entries, std::size_t bytes) noexcept {
        return lastmile_verifier_builder_set_memory(handle_.get(), entries, bytes);
    }
    status set_signature_cache(const signature_cache &cache) noexcept {
        return lastmile_verifier_builder_set_signature_cache(handle_.get(), cache.get());
    }
    status build(verifier &verifier) const noexcept {
        return verifier.assign([&](const lastmile_verifier **made) {
            return lastmile_verifier_builder_build(handle_.get(), made);
        });
    }

private:
    owned<lastmile_verifier_builder, lastmile_verifier_builder_free> handle_;
};

#ifdef LASTMILE_POLICY

/* How a backend is spoken to, and why. What it gives out lives as long as it does. */
class resolution {
public:
    /* By a stanza: this hostname, and the names of which the certificate must have one, if there are. */
    [[nodiscard]] static told compile(std::string_view hostname, span<lastmile_subject_alt_name> names,
                        const trust_anchors &anchors, resolution &resolution) {
        return made(resolution, [&](lastmile_resolution **place, lastmile_text *text) {
            return lastmile_validation_compile(slice(hostname), names.data(), names.size(),
                                               anchors.get(), place, text);
        });
    }
    /* By a stanza in YAML or JSON. */
    [[nodiscard]] static told from_yaml(std::string_view yaml, const trust_anchors &anchors, resolution &resolution) {
        return made(resolution, [&](lastmile_resolution **place, lastmile_text *text) {
            return lastmile_validation_from_yaml(slice(yaml), anchors.get(), place, text);
        });
    }

    /* Whether there is one, whatever it decides. */
    bool has_value() const noexcept { return handle_ != nullptr; }
    const lastmile_resolution *get() const noexcept { return handle_.get(); }

    /* Everything that is not a list; an empty handle refuses. */
    lastmile_resolution_info info() const noexcept {
        lastmile_resolution_info info{};
        info.struct_size = sizeof info;
        if (!is_ok(lastmile_resolution_get(get(), &info))) info.decision = LASTMILE_DECISION_REFUSE;
        return info;
    }
    /* Of LASTMILE_DECISION_VERIFY: the verifier. */
    status build(verifier &verifier) const noexcept {
        return verifier.assign([&](const lastmile_verifier **made) {
            return lastmile_resolution_verifier(get(), made);
        });
    }
    std::string warnings() const {
        return words_of([&](lastmile_text *text) { return lastmile_resolution_warnings(get(), text); })
            .second;
    }

private:
    friend class resolver;

    template <typename Call>
    [[nodiscard]] static told made(resolution &resolution, Call call) {
        return words_of([&](lastmile_text *text) {
            lastmile_resolution *made = nullptr;
            const status done = call(&made, text);
            if (made != nullptr) resolution.handle_.reset(made);
            return done;
        });
    }

    owned<lastmile_resolution, lastmile_resolution_free> handle_;
};

/* Documents, judged. */
class resolver {
public:
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    status set_memory(std::uint32_t entries, std::size_t bytes) noexcept {
        return lastmile_resolver_set_memory(handle_.get(), entries, bytes);
    }
    status set_signature_cache(const signature_cache &cache) noexcept {
        return lastmile_resolver_set_signature_cache(handle_.get(), cache.get());
    }
    /* A line for each. */
    std::string targets() const {
        return words_of(
                   [&](lastmile_text *text) { return lastmile_resolver_targets(handle_.get(), text); })
            .second;
    }
    status resolve(std::string_view target, resolution &resolution) noexcept {
        lastmile_resolution *made = nullptr;
        const status done = lastmile_resolver_resolve(handle_.get(), slice(target), &made);
        if (made != nullptr) resolution.handle_.reset(made);
        return done;
    }

private:
    friend class documents;

    owned<lastmile_resolver, lastmile_resolver_free> handle_;
};

/* Documents of Kubernetes. */
class documents {
public:
    static status make(documents &documents) noexcept {
        lastmile_documents *made = nullptr;
        const status done = lastmile_documents_new(&made);
        if (made != nullptr) documents.handle_.reset(made);
        return done;
    }
    status add_yaml(std::string_view file, std::string_view yaml) noexcept {
        return lastmile_documents_add_yaml(handle_.get(), slice(file), slice(yaml));
    }
    status set_well_known(std::string_view name, const trust_anchors &anchors) noexcept {
        return lastmile_documents_set_well_known(handle_.get(), slice(name), anchors.get());
    }
    /* What could not be read, a line for each; empty if all could. */
    [[nodiscard]] told faults() const {
        return words_of([&](lastmile_text *text) {
            std::size_t count = 0;
            return lastmile_documents_faults(handle_.get(), &count, text);
        });
    }
    /* At this time, with flags of LASTMILE_RESOLVE_*, or 0. */
    status judge(std::int64_t now_seconds, std::uint32_t flags, resolver &resolver) const noexcept {
        lastmile_resolver *made = nullptr;
        const status done = lastmile_documents_resolver(handle_.get(), now_seconds, flags, &made);
        if (made != nullptr) resolver.handle_.reset(made);
        return done;
    }

private:
    owned<lastmile_documents, lastmile_documents_free> handle_;
};

#endif

}  // namespace lastmile

#endif
