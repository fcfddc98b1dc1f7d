/*
 * lastmile for C++17: handles that free themselves, and nothing else. No exceptions: what can fail
 * returns a status. What a handle may be used for by several threads at once, lastmile.h says.
 */
#ifndef LASTMILE_HPP
#define LASTMILE_HPP

#include <lastmile.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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
    template <typename Container, typename = decltype(std::declval<const Container &>().data())>
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
    const T **out() noexcept {
        Unref(std::exchange(handle_, nullptr));
        return &handle_;
    }

protected:
    const T *shared() const noexcept { return Ref(handle_); }

private:
    const T *handle_ = nullptr;
};

/* Words that a call has for people. */
struct words {
    std::string text;

    template <typename Call>
    static std::pair<status, words> of(Call call) {
        std::array<char, 1024> buffer;
        lastmile_text text{buffer.data(), buffer.size(), 0};
        const status done = call(&text);
        return {done, words{std::string(buffer.data(), text.needed < buffer.size()
                                                           ? text.needed
                                                           : buffer.size() - 1)}};
    }
};

class trust_anchors
    : public counted<lastmile_trust_anchors, lastmile_trust_anchors_ref, lastmile_trust_anchors_unref> {
public:
    using counted::counted;

    /* The certificates of a PEM bundle; the words say what is wrong with it. */
    static std::pair<status, words> from_pem(std::string_view bundle, trust_anchors &anchors) {
        return words::of([&](lastmile_text *text) {
            return lastmile_trust_anchors_from_pem(slice(bundle), anchors.out(), text);
        });
    }
    /* The roots of this system. */
    static std::pair<status, words> system(trust_anchors &anchors) {
        return words::of(
            [&](lastmile_text *text) { return lastmile_trust_anchors_system(anchors.out(), text); });
    }
    std::size_t count() const noexcept { return lastmile_trust_anchors_count(get()); }
    trust_anchors share() const noexcept { return trust_anchors(shared()); }
};

class signature_cache : public counted<lastmile_signature_cache, lastmile_signature_cache_ref,
                                       lastmile_signature_cache_unref> {
public:
    using counted::counted;

    static status make(std::uint32_t entries, std::size_t bytes, signature_cache &cache) noexcept {
        return lastmile_signature_cache_new(entries, bytes, cache.out());
    }
    signature_cache share() const noexcept { return signature_cache(shared()); }
};

/* What was concluded of one chain. */
class verdict {
public:
    verdict() noexcept = default;

    lastmile_verdict **out() noexcept {
        handle_.reset();
        return &raw_;
    }
    /* After a call that was given out(). */
    void adopt() noexcept { handle_.reset(std::exchange(raw_, nullptr)); }

    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /* Its parts live as long as the verdict. */
    lastmile_verdict_info info() const noexcept {
        lastmile_verdict_info info{};
        info.struct_size = sizeof info;
        info.status = {LASTMILE_NULL_POINTER};
        (void)lastmile_verdict_get(handle_.get(), &info).code;
        return info;
    }
    std::string explanation() const {
        lastmile_text text{nullptr, 0, 0};
        if (!is_ok(lastmile_verdict_explanation(handle_.get(), &text))) return {};
        std::string words(text.needed + 1, '\0');
        text = {words.data(), words.size(), 0};
        if (!is_ok(lastmile_verdict_explanation(handle_.get(), &text))) return {};
        words.resize(text.needed);
        return words;
    }
    const lastmile_verdict *get() const noexcept { return handle_.get(); }

private:
    struct free {
        void operator()(lastmile_verdict *verdict) const noexcept { lastmile_verdict_free(verdict); }
    };
    std::unique_ptr<lastmile_verdict, free> handle_;
    lastmile_verdict *raw_ = nullptr;
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
    /* The same, with everything about it. */
    status verify(octets leaf, span<lastmile_slice> intermediates, std::int64_t now_seconds,
                  verdict &verdict) const noexcept {
        const status done =
            lastmile_verifier_verify(get(), slice(leaf), intermediates.data(), intermediates.size(),
                                     now_seconds, verdict.out());
        verdict.adopt();
        return done;
    }
    std::array<std::uint8_t, 32> digest() const noexcept {
        std::array<std::uint8_t, 32> digest{};
        (void)lastmile_verifier_digest(get(), digest.data()).code;
        return digest;
    }
    verifier share() const noexcept { return verifier(shared()); }
};

/* Makes verifiers. */
class verifier_builder {
public:
    static status make(const trust_anchors &anchors, verifier_builder &builder) noexcept {
        lastmile_verifier_builder *made = nullptr;
        const status done = lastmile_verifier_builder_new(anchors.get(), &made);
        builder.handle_.reset(made);
        return done;
    }
    std::pair<status, words> expect_dns(std::string_view name) {
        return words::of([&](lastmile_text *text) {
            return lastmile_verifier_builder_expect_dns(handle_.get(), slice(name), text);
        });
    }
    std::pair<status, words> expect_uri(std::string_view uri) {
        return words::of([&](lastmile_text *text) {
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
        return lastmile_verifier_builder_build(handle_.get(), verifier.out());
    }

private:
    struct free {
        void operator()(lastmile_verifier_builder *builder) const noexcept {
            lastmile_verifier_builder_free(builder);
        }
    };
    std::unique_ptr<lastmile_verifier_builder, free> handle_;
};

}  // namespace lastmile

#endif
