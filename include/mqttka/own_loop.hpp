/* Clients in a loop that the program has anyway, without threads of the library; Linux, macOS, iOS. Include mqttka.hpp. */
#ifndef MQTTKA_OWN_LOOP_HPP
#define MQTTKA_OWN_LOOP_HPP

#include "client.hpp"

namespace mqttka {

/** A name to look up. To be answered once, now or later, on any thread; unanswered, it is not found. */
class name_request {
public:
    explicit name_request(mqttka_name_request *request) noexcept : request_(request) {}

    /** It lives as long as the request. */
    std::string_view name() const noexcept { return mqttka_name_request_name(request_.get()); }
    std::chrono::milliseconds time_left() const noexcept {
        return std::chrono::milliseconds(mqttka_name_request_time_left_ms(request_.get()));
    }
    /** Such as "192.0.2.7" or "2001:db8::7", the preferred one first; 32 of them are tried, 256 taken. */
    name_request &add_address(const std::string &address) {
        detail::check(mqttka_name_request_add_address(request_.get(), address.c_str()));
        return *this;
    }
    /** Answers with what was added. */
    void answer() { detail::check(mqttka_name_request_answer(request_.get())); }
    /** Answers: it was not found. */
    void fail(std::string_view message) {
        detail::check(mqttka_name_request_fail(request_.get(), message.data(), message.size()));
    }

private:
    std::unique_ptr<mqttka_name_request, detail::freeing<mqttka_name_request_free>> request_;
};

inline options &options::resolver(resolver_function function) {
    const auto call = [](mqttka_name_request *request, void *user_data) noexcept {
        (*static_cast<resolver_function *>(user_data))(name_request(request));
    };
    return hooked(mqttka_options_set_resolver, static_cast<mqttka_resolver_fn>(call), std::move(function));
}

/**
 * A client that the program's own loop drives: poll fd() for reading, and call process() when it is
 * readable. All callbacks run inside process(). close() and the destructor, neither of which is for
 * those callbacks, wait for the goodbye: a loop that must not wait calls disconnect() before, and
 * ends the client when that is done. Take fd() out of the loop first.
 */
class hosted_client : public client {
public:
    explicit hosted_client(options &options) : client(options, mqttka_client_new_hosted) {}
    explicit hosted_client(options &&options) : hosted_client(options) {}

    /** Readable when process() has something to do; the library's, for polling alone. -1: closed. */
    int fd() const noexcept { return mqttka_client_fd(client_); }
    /** How long until process() has something to do though nothing comes; nothing: never. fd() says it, too. */
    std::optional<std::chrono::milliseconds> deadline() const noexcept {
        const auto time = mqttka_client_deadline_ms(client_);
        return time < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(time));
    }
    /** Does what there is to do now, and calls back. One thread at a time. */
    void process() const { detail::check(mqttka_client_process(client_)); }
};

} // namespace mqttka

#endif // MQTTKA_OWN_LOOP_HPP
