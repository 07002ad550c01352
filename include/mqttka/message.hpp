/* Messages. Include mqttka.hpp. */
#ifndef MQTTKA_MESSAGE_HPP
#define MQTTKA_MESSAGE_HPP

#include <ostream>

#include "base.hpp"

namespace mqttka {

/** The trace that a message belongs to (W3C Trace Context). */
struct trace_context {
    std::string traceparent;
    std::string tracestate; /**< may be empty */
};

/** Why a message is not wanted: a negative acknowledgement in the making. */
class refusal {
public:
    /** reason_code: 0x80 or above, what PUBACK and PUBREC can have. */
    explicit refusal(std::int32_t reason_code) {
        mqttka_refusal *made = nullptr;
        detail::check(mqttka_refusal_new(reason_code, &made));
        refusal_.reset(made);
    }
    refusal &reason_string(std::string_view reason) {
        detail::check(mqttka_refusal_set_reason_string(refusal_.get(), reason.data(), reason.size()));
        return *this;
    }
    refusal &add_user_property(std::string_view name, std::string_view value) {
        detail::check(mqttka_refusal_add_user_property(refusal_.get(), name.data(), name.size(), value.data(), value.size()));
        return *this;
    }
    const mqttka_refusal *get() const noexcept { return refusal_.get(); }

private:
    std::unique_ptr<mqttka_refusal, detail::freeing<mqttka_refusal_free>> refusal_;
};

class message;

/** A message that belongs to somebody else: in a callback the library, until it returns. */
class message_view {
public:
    explicit message_view(const mqttka_message *message) noexcept : message_(message) {}
    const mqttka_message *get() const noexcept { return message_; }

    std::string_view topic() const noexcept {
        std::size_t length = 0;
        const char *start = mqttka_message_topic(message_, &length);
        return {start, length};
    }
    /** The bytes as they came; whether they are text is between the programs. */
    std::string_view payload() const noexcept {
        std::size_t length = 0;
        const auto *start = mqttka_message_payload(message_, &length);
        return {reinterpret_cast<const char *>(start), length};
    }
    std::int32_t qos() const noexcept { return mqttka_message_qos(message_); }
    bool retain() const noexcept { return mqttka_message_retain(message_); }
    bool dup() const noexcept { return mqttka_message_dup(message_); }
    /** Over which connection it came; 0: it was not received. */
    std::uint64_t connection_number() const noexcept { return mqttka_message_connection_number(message_); }

    /** Whether its topic belongs to a topic filter. */
    bool matches(std::string_view filter) const { return topic_matches(filter, topic()); }

    /** A property that is a number: MQTTKA_PROPERTY_*. */
    std::optional<std::int64_t> number(std::int32_t property) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_message_get_int(message_, property, &value))) return std::nullopt;
        return value;
    }
    /** A property that is a string. */
    std::optional<std::string_view> text(std::int32_t property) const {
        const char *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_message_get_string(message_, property, &value, &length))) return std::nullopt;
        return std::string_view(value, length);
    }
    /** A property that is bytes. */
    std::optional<std::string_view> bytes(std::int32_t property) const {
        const std::uint8_t *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_message_get_bytes(message_, property, &value, &length))) return std::nullopt;
        return std::string_view(reinterpret_cast<const char *>(value), length);
    }
    std::optional<std::string_view> content_type() const { return text(MQTTKA_PROPERTY_CONTENT_TYPE); }
    /** Where a response is wanted. */
    std::optional<std::string_view> response_topic() const { return text(MQTTKA_PROPERTY_RESPONSE_TOPIC); }
    /** Which request a response is for. */
    std::optional<std::string_view> correlation_data() const { return bytes(MQTTKA_PROPERTY_CORRELATION_DATA); }

    std::vector<user_property> user_properties() const {
        return detail::user_properties(mqttka_message_user_property_count(message_), mqttka_message_user_property_at, message_);
    }

    std::optional<trace_context> trace() const {
        char parent[MQTTKA_TRACEPARENT_SIZE], state[MQTTKA_TRACESTATE_SIZE];
        if (!detail::present(mqttka_message_get_trace_context(message_, parent, state))) return std::nullopt;
        return trace_context{parent, state};
    }

    /**
     * The program has consumed it, where it acknowledges itself: here, or later with a message that
     * keeps it. False: it is not the program's to acknowledge.
     */
    bool acknowledge() const { return detail::present(mqttka_message_acknowledge(message_)); }
    /** The program does not want it. False: it is not the program's to refuse. */
    bool refuse(std::int32_t reason_code, std::string_view reason = {}) const {
        return detail::present(mqttka_message_refuse(message_, reason_code, reason.data(), reason.size()));
    }
    bool refuse(const refusal &refusal) const { return detail::present(mqttka_message_refuse_with(message_, refusal.get())); }
    /** The answer to this request, to be published. */
    inline message reply(std::string_view payload) const;

protected:
    const mqttka_message *message_;
};

/** For logs: the topic and the payload's length, not the payload. */
inline std::ostream &operator<<(std::ostream &stream, const message_view &message) {
    return stream << message.topic() << " (" << message.payload().size() << " bytes, QoS " << message.qos()
                  << (message.retain() ? ", retained)" : ")");
}

/** A message that is the program's own. A copy shares topic and payload. */
class message : public message_view {
public:
    message(std::string_view topic, std::string_view payload, std::int32_t qos = 0, bool retain = false)
        : message_view(nullptr) {
        mqttka_message *made = nullptr;
        detail::check(mqttka_message_new(topic.data(), topic.size(), payload.data(), payload.size(), qos, retain, &made));
        own(made);
    }
    /** Keeps what was received. */
    explicit message(const message_view &other) : message_view(nullptr) {
        own(detail::made(mqttka_message_clone(other.get())));
    }
    message(const message &other) : message(static_cast<const message_view &>(other)) {}
    message(message &&other) noexcept : message_view(other), owned_(std::move(other.owned_)) { other.message_ = nullptr; }
    message &operator=(message other) noexcept {
        std::swap(owned_, other.owned_);
        std::swap(message_, other.message_);
        return *this;
    }
    ~message() = default;

    mqttka_message *get() noexcept { return owned_.get(); }
    using message_view::get;

    /** Sets a property that is a number: MQTTKA_PROPERTY_*. */
    message &set_number(std::int32_t property, std::int64_t value) {
        detail::check(mqttka_message_set_int(owned_.get(), property, value));
        return *this;
    }
    /** Sets a property that is a string. */
    message &set_text(std::int32_t property, std::string_view value) {
        detail::check(mqttka_message_set_string(owned_.get(), property, value.data(), value.size()));
        return *this;
    }
    /** Sets a property that is bytes. */
    message &set_bytes(std::int32_t property, std::string_view value) {
        detail::check(mqttka_message_set_bytes(owned_.get(), property, value.data(), value.size()));
        return *this;
    }
    message &content_type(std::string_view value) { return set_text(MQTTKA_PROPERTY_CONTENT_TYPE, value); }
    message &response_topic(std::string_view value) { return set_text(MQTTKA_PROPERTY_RESPONSE_TOPIC, value); }
    message &correlation_data(std::string_view value) { return set_bytes(MQTTKA_PROPERTY_CORRELATION_DATA, value); }
    message &add_user_property(std::string_view name, std::string_view value) {
        detail::check(mqttka_message_add_user_property(owned_.get(), name.data(), name.size(), value.data(), value.size()));
        return *this;
    }
    /** Puts it into a trace, in place of one in which it was. */
    message &set_trace(const trace_context &trace) {
        detail::check(mqttka_message_set_trace_context(owned_.get(), trace.traceparent.data(), trace.traceparent.size(),
                                                       trace.tracestate.data(), trace.tracestate.size()));
        return *this;
    }
    using message_view::content_type;
    using message_view::correlation_data;
    using message_view::response_topic;

private:
    friend class message_view;
    message() : message_view(nullptr) {}
    void own(mqttka_message *made) noexcept {
        owned_.reset(made);
        message_ = made;
    }
    std::unique_ptr<mqttka_message, detail::freeing<mqttka_message_free>> owned_;
};

inline message message_view::reply(std::string_view payload) const {
    mqttka_message *made = nullptr;
    detail::check(mqttka_message_reply_new(message_, payload.data(), payload.size(), &made));
    message reply;
    reply.own(made);
    return reply;
}

} // namespace mqttka

#endif // MQTTKA_MESSAGE_HPP
