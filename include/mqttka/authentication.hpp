/* Enhanced authentication, as the program does it itself. Include mqttka.hpp. */
#ifndef MQTTKA_AUTHENTICATION_HPP
#define MQTTKA_AUTHENTICATION_HPP

#include <chrono>

#include "base.hpp"

namespace mqttka {

/** One step of an exchange. To be answered once, now or later, on any thread; unanswered, the exchange fails. */
class authentication_request {
public:
    explicit authentication_request(mqttka_authentication_request *request) noexcept : request_(request) {}

    /** MQTTKA_AUTHENTICATION_*. */
    std::int32_t step() const noexcept { return mqttka_authentication_request_step(request_.get()); }
    /** The exchange's number, from 1 for each client: those before one are over. */
    std::uint64_t exchange() const noexcept { return mqttka_authentication_request_exchange(request_.get()); }
    std::chrono::milliseconds time_left() const noexcept {
        return std::chrono::milliseconds(mqttka_authentication_request_time_left_ms(request_.get()));
    }
    /** What the broker sent with this step; it lives as long as the request. */
    std::optional<std::string_view> data() const {
        const std::uint8_t *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_authentication_request_data(request_.get(), &value, &length))) return std::nullopt;
        return std::string_view(reinterpret_cast<const char *>(value), length);
    }
    /** The Reason String of the AUTH or CONNACK that the broker sent with this step; it lives as long as the request. */
    std::optional<std::string_view> reason_string() const {
        const char *value = nullptr;
        std::size_t length = 0;
        if (!detail::present(mqttka_authentication_request_reason_string(request_.get(), &value, &length))) return std::nullopt;
        return std::string_view(value, length);
    }
    /** The User Properties of that packet; they live as long as the request. */
    std::vector<user_property> user_properties() const {
        const mqttka_authentication_request *const request = request_.get();
        return detail::user_properties(mqttka_authentication_request_user_property_count(request),
                                       mqttka_authentication_request_user_property_at, request);
    }
    /** One more User Property of the answer, before it is given; not at MQTTKA_AUTHENTICATION_START and _FINISH. */
    authentication_request &add_user_property(std::string_view name, std::string_view value) {
        detail::check(mqttka_authentication_request_add_user_property(request_.get(), name.data(), name.size(), value.data(),
                                                                      value.size()));
        return *this;
    }
    /** Answers: go on, with this for the broker, 65,535 bytes at most; at the last step: the broker is right. */
    void reply(std::string_view data = {}) {
        detail::check(mqttka_authentication_request_reply(request_.get(), data.data(), data.size()));
    }
    /** Answers: give up; fatal: for good. */
    void fail(std::string_view message, bool fatal = false) {
        detail::check(mqttka_authentication_request_fail(request_.get(), message.data(), message.size(), fatal));
    }

private:
    std::unique_ptr<mqttka_authentication_request, detail::freeing<mqttka_authentication_request_free>> request_;
};

/** Asked at each step of an exchange. It may take its time; that of the attempt runs meanwhile. */
using authenticator_function = std::function<void(authentication_request request)>;

} // namespace mqttka

#endif // MQTTKA_AUTHENTICATION_HPP
