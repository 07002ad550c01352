/* Errors, numbers in words and what the other headers of mqttka.hpp share. Include mqttka.hpp. */
#ifndef MQTTKA_BASE_HPP
#define MQTTKA_BASE_HPP

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "mqttka.hpp needs C++17 (-std=c++17) or later"
#endif

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../mqttka.h"

namespace mqttka {

/** What failed: code() is MQTTKA_ERROR_*, what() names the function, the argument and its limits. */
class error : public std::runtime_error {
public:
    error(std::int32_t code, const std::string &text) : std::runtime_error(text), code_(code) {}
    std::int32_t code() const noexcept { return code_; }

private:
    std::int32_t code_;
};

namespace detail {

inline void check(std::int32_t code) {
    if (code != MQTTKA_OK) throw error(code, mqttka_last_error());
}

/** Calls a getter: nothing where there is no such value, or where it is of another kind. */
inline bool present(std::int32_t code) {
    if (code == MQTTKA_ERROR_NOT_PRESENT) return false;
    check(code);
    return true;
}

template <class T> T *made(T *object) {
    if (object == nullptr) throw error(MQTTKA_ERROR_PANIC, mqttka_last_error());
    return object;
}

template <auto Free> struct freeing {
    template <class T> void operator()(T *object) const noexcept { Free(object); }
};

/** A function that C keeps as user_data. */
template <class Function> void release(void *function) noexcept {
    delete static_cast<Function *>(function);
}

} // namespace detail

/** The library's version, such as "0.2.0"; MQTTKA_VERSION is the headers'. */
inline std::string_view version() noexcept { return mqttka_version(); }

/** The number of the library's binary interface; MQTTKA_ABI_VERSION is the headers'. */
inline std::uint32_t abi_version() noexcept { return mqttka_abi_version(); }

/** Throws where the library does not serve programs that were compiled with these headers. */
inline void check_abi() { detail::check(mqttka_check_abi(MQTTKA_ABI_VERSION)); }

/** MQTTKA_ERROR_* in words. */
inline std::string_view error_text(std::int32_t error) noexcept { return mqttka_strerror(error); }
/** A reason code in the specification's words. */
inline std::string_view reason_code_text(std::int32_t reason_code) noexcept {
    return mqttka_reason_code_string(reason_code);
}
/** The name of MQTTKA_CAUSE_* or MQTTKA_CONNECT_ERROR_*, such as "keep_alive_timeout". */
inline std::string_view cause_name(std::int32_t cause) noexcept { return mqttka_cause_string(cause); }
/** The name of MQTTKA_STAGE_*. */
inline std::string_view stage_name(std::int32_t stage) noexcept { return mqttka_stage_string(stage); }
/** The name of MQTTKA_STOP_*. */
inline std::string_view stop_reason_name(std::int32_t reason) noexcept {
    return mqttka_stop_reason_string(reason);
}
/** The name of MQTTKA_TRANSPORT_*. */
inline std::string_view transport_name(std::int32_t transport) noexcept {
    return mqttka_transport_string(transport);
}
/** The name of MQTTKA_TRANSPORT_ERROR_*. */
inline std::string_view transport_error_name(std::int32_t error) noexcept {
    return mqttka_transport_error_string(error);
}

/** Whether messages of a topic belong to a topic filter, which may have wildcards. */
inline bool topic_matches(std::string_view filter, std::string_view topic) {
    bool matches = false;
    detail::check(mqttka_topic_matches(filter.data(), filter.size(), topic.data(), topic.size(), &matches));
    return matches;
}

/** Level (MQTTKA_LOG_*) and text of something that the library says of itself. */
using log_function = std::function<void(std::int32_t level, std::string_view text)>;

/** Who hears what the library says, of all clients of the process; an empty function: nobody. */
inline void set_log(std::int32_t level, log_function function) {
    if (!function) return detail::check(mqttka_set_log_callback(level, nullptr, nullptr));
    // An earlier one may still be called while its successor is set, and one at the process's end:
    // none of them is ever freed.
    static std::mutex lock;
    static auto *const kept = new std::vector<std::unique_ptr<log_function>>;
    const std::lock_guard<std::mutex> guard(lock);
    kept->push_back(std::make_unique<log_function>(std::move(function)));
    const auto call = [](std::int32_t of, const char *text, void *user_data) noexcept {
        (*static_cast<const log_function *>(user_data))(of, text);
    };
    detail::check(mqttka_set_log_callback(level, call, kept->back().get()));
}

/** A User Property: its name and value. */
using user_property = std::pair<std::string_view, std::string_view>;

namespace detail {

/* So many, each by its index from what has them. */
template <typename At, typename Of> std::vector<user_property> user_properties(std::size_t count, At at, const Of *of) {
    std::vector<user_property> all(count);
    for (std::size_t index = 0; index < count; ++index) {
        const char *name = nullptr, *value = nullptr;
        std::size_t name_length = 0, value_length = 0;
        check(at(of, index, &name, &name_length, &value, &value_length));
        all[index] = {{name, name_length}, {value, value_length}};
    }
    return all;
}

} // namespace detail

} // namespace mqttka

#endif // MQTTKA_BASE_HPP
