/* What is asked of a broker beyond publishing and subscribing, and what is seen. Include mqttka.hpp. */
#ifndef MQTTKA_OUTCOME_HPP
#define MQTTKA_OUTCOME_HPP

#include <chrono>

#include "message.hpp"

namespace mqttka {

/**
 * Cancels operations of one client that are still queued; those that were sent go on. Flushes, and requests that wait for
 * their responses, end.
 */
class canceller {
public:
    canceller() : canceller_(detail::made(mqttka_canceller_new())) {}
    /** They end with MQTTKA_ERROR_CANCELLED, and so does what this is given to afterwards. */
    void cancel() const { detail::check(mqttka_canceller_cancel(canceller_.get())); }
    const mqttka_canceller *get() const noexcept { return canceller_.get(); }

private:
    std::unique_ptr<mqttka_canceller, detail::freeing<mqttka_canceller_free>> canceller_;
};

/** How a message is published. */
struct publish_options {
    std::chrono::milliseconds timeout{0};  /**< for its outcome; 0: for ever */
    bool receipt = false;                  /**< QoS 0: the outcome when the broker has read it */
    const canceller *cancelled_by = nullptr; /**< what takes it back while it is queued */
};

/** One UNSUBSCRIBE packet in the making. */
class unsubscribe_request {
public:
    unsubscribe_request() : request_(detail::made(mqttka_unsubscribe_request_new())) {}
    unsubscribe_request &add(std::string_view filter) {
        return checked(mqttka_unsubscribe_request_add(request_.get(), filter.data(), filter.size()));
    }
    unsubscribe_request &add_user_property(std::string_view name, std::string_view value) {
        return checked(mqttka_unsubscribe_request_add_user_property(request_.get(), name.data(), name.size(), value.data(), value.size()));
    }
    unsubscribe_request &cancelled_by(const canceller &canceller) {
        return checked(mqttka_unsubscribe_request_set_canceller(request_.get(), canceller.get()));
    }
    const mqttka_unsubscribe_request *get() const noexcept { return request_.get(); }

private:
    unsubscribe_request &checked(std::int32_t code) {
        detail::check(code);
        return *this;
    }
    std::unique_ptr<mqttka_unsubscribe_request, detail::freeing<mqttka_unsubscribe_request_free>> request_;
};

/** One goodbye in the making. */
class disconnect_request {
public:
    disconnect_request() : request_(detail::made(mqttka_disconnect_request_new())) {}
    disconnect_request &reason_code(std::int32_t code) { return set(MQTTKA_DISCONNECT_REASON_CODE, code); }
    /** First what was queued is acknowledged, or this time is over. */
    disconnect_request &drain_timeout(std::chrono::milliseconds time) { return set(MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS, time.count()); }
    disconnect_request &session_expiry_interval(std::chrono::seconds time) {
        return set(MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL, time.count());
    }
    disconnect_request &reason_string(std::string_view reason) {
        return checked(mqttka_disconnect_request_set_reason_string(request_.get(), reason.data(), reason.size()));
    }
    disconnect_request &add_user_property(std::string_view name, std::string_view value) {
        return checked(mqttka_disconnect_request_add_user_property(request_.get(), name.data(), name.size(), value.data(), value.size()));
    }
    const mqttka_disconnect_request *get() const noexcept { return request_.get(); }

private:
    disconnect_request &set(std::int32_t key, std::int64_t value) {
        return checked(mqttka_disconnect_request_set_int(request_.get(), key, value));
    }
    disconnect_request &checked(std::int32_t code) {
        detail::check(code);
        return *this;
    }
    std::unique_ptr<mqttka_disconnect_request, detail::freeing<mqttka_disconnect_request_free>> request_;
};

/** The answer to a request, until its callback returns. */
class reply_view {
public:
    explicit reply_view(mqttka_reply *reply) noexcept : reply_(reply) {}
    /** Without it there is no answer. */
    void payload(std::string_view payload) const { detail::check(mqttka_reply_set_payload(reply_, payload.data(), payload.size())); }

private:
    mqttka_reply *reply_;
};

/** A packet as it was sent or received, until its callback returns. */
class packet_view {
public:
    explicit packet_view(const mqttka_packet *packet) noexcept : packet_(packet) {}
    const mqttka_packet *get() const noexcept { return packet_; }

    /** MQTTKA_PACKET_*. */
    std::optional<std::int64_t> number(std::int32_t key) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_packet_get_int(packet_, key, &value))) return std::nullopt;
        return value;
    }
    bool sent() const { return number(MQTTKA_PACKET_DIRECTION) == MQTTKA_DIRECTION_SENT; }
    /** Its type, 1 to 15. */
    std::int32_t type() const { return static_cast<std::int32_t>(number(MQTTKA_PACKET_TYPE).value_or(0)); }
    /** As on the wire, without credentials. */
    std::string_view bytes() const noexcept {
        std::size_t length = 0;
        const auto *start = mqttka_packet_bytes(packet_, &length);
        return {reinterpret_cast<const char *>(start), length};
    }

private:
    const mqttka_packet *packet_;
};

/** Sees packets. */
using packet_function = std::function<void(packet_view packet)>;

/** So many values of a histogram were this long at most. */
struct bucket {
    double upper_bound; /**< in seconds, included; infinity of the last one */
    std::int64_t count;
};

/** One thing that a client counts. */
struct counter {
    std::string_view name;
    std::string_view unit;
    std::string_view description;
    std::int32_t kind = 0; /**< MQTTKA_METRIC_* */
    std::vector<std::pair<std::string_view, std::string_view>> attributes;
    double value = 0; /**< times in seconds; of a histogram the sum */
    std::optional<std::int64_t> whole; /**< what is no time */
    std::vector<bucket> buckets;       /**< of a histogram */
};

/** A snapshot of what a client counts, which the views of its entries live as long as. */
class counters {
public:
    explicit counters(mqttka_counters *taken) noexcept : counters_(taken) {}

    std::size_t size() const noexcept { return mqttka_counters_count(counters_.get()); }
    /** The entry at index, from 0 to size(). */
    counter at(std::size_t index) const {
        const auto *all = counters_.get();
        if (index >= size()) throw error(MQTTKA_ERROR_NOT_PRESENT, "mqttka::counters::at: past the last one");
        counter entry;
        entry.name = mqttka_counters_name(all, index);
        entry.unit = mqttka_counters_unit(all, index);
        entry.description = mqttka_counters_description(all, index);
        entry.kind = mqttka_counters_kind(all, index);
        const char *name = nullptr, *value = nullptr;
        while (detail::present(mqttka_counters_attribute_at(all, index, entry.attributes.size(), &name, &value)))
            entry.attributes.emplace_back(name, value);
        detail::check(mqttka_counters_get_double(all, index, &entry.value));
        std::int64_t whole = 0;
        if (detail::present(mqttka_counters_get_int(all, index, &whole))) entry.whole = whole;
        bucket next = {0, 0};
        while (detail::present(mqttka_counters_bucket_at(all, index, entry.buckets.size(), &next.upper_bound, &next.count)))
            entry.buckets.push_back(next);
        return entry;
    }

private:
    std::unique_ptr<mqttka_counters, detail::freeing<mqttka_counters_free>> counters_;
};

} // namespace mqttka

#endif // MQTTKA_OUTCOME_HPP
