/* Events, and results of operations. Include mqttka.hpp. */
#ifndef MQTTKA_EVENT_HPP
#define MQTTKA_EVENT_HPP

#include <chrono>
#include <ostream>

#include "base.hpp"

namespace mqttka {

/** A filter that is no longer subscribed, and why. */
struct lost_filter {
    std::string_view filter;
    std::int32_t error;       /**< MQTTKA_ERROR_* */
    std::int32_t reason_code; /**< the broker's; -1: none */
};

/** A lifecycle event, until its callback returns. */
class event_view {
public:
    explicit event_view(const mqttka_event *event) noexcept : event_(event) {}
    const mqttka_event *get() const noexcept { return event_; }

    /** MQTTKA_EVENT_CONNECTED, _DISCONNECTED, ... Ignore those that you do not know. */
    std::int32_t type() const noexcept { return mqttka_event_type(event_); }
    /** A number: an MQTTKA_EVENT_* key that mqttka.h describes as one. */
    std::optional<std::int64_t> number(std::int32_t key) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_event_get_int(event_, key, &value))) return std::nullopt;
        return value;
    }
    /** A string: an MQTTKA_EVENT_* key that mqttka.h describes as one. */
    std::optional<std::string_view> text(std::int32_t key) const {
        const char *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_event_get_string(event_, key, &value, &length))) return std::nullopt;
        return std::string_view(value, length);
    }
    /** Why: MQTTKA_CAUSE_* or MQTTKA_CONNECT_ERROR_*; 0: the event has none. cause_name() names it. */
    std::int32_t cause() const { return static_cast<std::int32_t>(number(MQTTKA_EVENT_CAUSE).value_or(0)); }
    /** How long a stage of the attempt took: MQTTKA_STAGE_*. */
    std::optional<std::chrono::microseconds> stage_time(std::int32_t stage) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_event_stage_time_us(event_, stage, &value))) return std::nullopt;
        return std::chrono::microseconds(value);
    }
    /** With MQTTKA_EVENT_SUBSCRIPTIONS_LOST: which. */
    std::vector<lost_filter> lost_filters() const {
        std::vector<lost_filter> all(static_cast<std::size_t>(number(MQTTKA_EVENT_LOST_FILTERS).value_or(0)));
        for (std::size_t index = 0; index < all.size(); ++index) {
            const char *filter = nullptr;
            std::size_t length = 0;
            auto &lost = all[index];
            detail::check(mqttka_event_lost_filter_at(event_, index, &filter, &length, &lost.error, &lost.reason_code));
            lost.filter = {filter, length};
        }
        return all;
    }
    /** The broker's, with what this tells of: CONNACK, or DISCONNECT. */
    std::vector<user_property> user_properties() const {
        return detail::user_properties(mqttka_event_user_property_count(event_), mqttka_event_user_property_at, event_);
    }
    /** In one line of English. */
    std::string_view description() const noexcept { return mqttka_event_description(event_); }

private:
    const mqttka_event *event_;
};

inline std::ostream &operator<<(std::ostream &stream, const event_view &event) { return stream << event.description(); }

/** The outcome of an operation, until its callback returns. True where it succeeded. */
class result_view {
public:
    explicit result_view(const mqttka_result *result) noexcept : result_(result) {}
    const mqttka_result *get() const noexcept { return result_; }

    explicit operator bool() const noexcept { return error_code() == MQTTKA_OK; }
    /** MQTTKA_OK, or MQTTKA_ERROR_*. */
    std::int32_t error_code() const noexcept { return mqttka_result_error(result_); }
    /** The broker's; -1: none. */
    std::int32_t reason_code() const noexcept { return mqttka_result_reason_code(result_); }
    /** One for each filter that the broker answered. */
    std::vector<std::int32_t> reason_codes() const {
        std::vector<std::int32_t> all(mqttka_result_reason_code_count(result_));
        for (std::size_t index = 0; index < all.size(); ++index) all[index] = mqttka_result_reason_code_at(result_, index);
        return all;
    }
    /** 0: it had none. */
    std::int32_t packet_id() const noexcept { return mqttka_result_packet_id(result_); }
    /** How far a publish came: MQTTKA_RECEIPT_*; -1: it failed, or is no publish. */
    std::int32_t receipt() const noexcept { return mqttka_result_receipt(result_); }
    std::optional<std::string_view> reason_string() const {
        const char *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_result_get_reason_string(result_, &value, &length))) return std::nullopt;
        return std::string_view(value, length);
    }
    /** Those of the broker's answer. */
    std::vector<user_property> user_properties() const {
        return detail::user_properties(mqttka_result_user_property_count(result_), mqttka_result_user_property_at, result_);
    }

private:
    const mqttka_result *result_;
};

/** For logs: "success", or what failed and the broker's reason. */
inline std::ostream &operator<<(std::ostream &stream, const result_view &result) {
    stream << error_text(result.error_code());
    if (!result && result.reason_code() >= 0) stream << ": " << reason_code_text(result.reason_code());
    return stream;
}

} // namespace mqttka

#endif // MQTTKA_EVENT_HPP
