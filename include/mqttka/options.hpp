/* What a client is made with. Include mqttka.hpp. */
#ifndef MQTTKA_OPTIONS_HPP
#define MQTTKA_OPTIONS_HPP

#include <chrono>
#include <type_traits>

#include "authentication.hpp"
#include "event.hpp"
#include "message.hpp"
#include "outcome.hpp"

namespace mqttka {

class client;
class client_view;
class name_request;

using event_function = std::function<void(client_view client, event_view event)>;
using message_function = std::function<void(client_view client, message_view message)>;
using completion_function = std::function<void(result_view result)>;
/** The response to a request; nothing where there is none: result says why. */
using response_function = std::function<void(std::optional<message_view> response, result_view result)>;
/** Answers a request of others, or not. */
using responder_function = std::function<void(message_view request, reply_view reply)>;

/** Why a server's certificate is refused: MQTTKA_TRANSPORT_ERROR_*, and why in words. */
struct certificate_refusal {
    std::int32_t transport_error;
    std::string reason;
};

/** Gets each TCP socket before it connects; returns 0 or an errno. */
using socket_hook_function = std::function<int(int socket)>;
/** Judges a server's certificate chain, in DER, its own first; nothing: it is trusted. */
using tls_verifier_function = std::function<std::optional<certificate_refusal>(
    const std::vector<std::string_view> &certificates, std::string_view server_name)>;

/** What one attempt connects with. To be answered once, now or later; unanswered, the attempt fails. */
class connection_request {
public:
    explicit connection_request(mqttka_connection_request *request) noexcept : request_(request) {}

    std::uint32_t attempt_number() const noexcept { return mqttka_connection_request_attempt_number(request_.get()); }
    std::chrono::milliseconds time_left() const noexcept {
        return std::chrono::milliseconds(mqttka_connection_request_time_left_ms(request_.get()));
    }
    connection_request &uri(const std::string &uri) {
        detail::check(mqttka_connection_request_set_uri(request_.get(), uri.c_str()));
        return *this;
    }
    connection_request &user_name(std::string_view name) { return set_text(MQTTKA_OPTION_USER_NAME, name); }
    connection_request &password(std::string_view password) { return set_bytes(MQTTKA_OPTION_PASSWORD, password); }
    /** A string that mqttka.h lists for a request: MQTTKA_OPTION_*. */
    connection_request &set_text(std::int32_t option, std::string_view value) {
        detail::check(mqttka_connection_request_set_string(request_.get(), option, value.data(), value.size()));
        return *this;
    }
    /** Bytes that mqttka.h lists for a request: MQTTKA_OPTION_*. */
    connection_request &set_bytes(std::int32_t option, std::string_view value) {
        detail::check(mqttka_connection_request_set_bytes(request_.get(), option, value.data(), value.size()));
        return *this;
    }
    connection_request &add_web_socket_header(const std::string &name, const std::string &value) {
        detail::check(mqttka_connection_request_add_web_socket_header(request_.get(), name.c_str(), value.c_str()));
        return *this;
    }
    /** Answers: connect with what was set. */
    void provide() { detail::check(mqttka_connection_request_provide(request_.get())); }
    /** Answers: there is nothing to connect with; fatal: nor will there be. */
    void fail(std::string_view message, bool fatal = false) {
        detail::check(mqttka_connection_request_fail(request_.get(), message.data(), message.size(), fatal));
    }

private:
    std::unique_ptr<mqttka_connection_request, detail::freeing<mqttka_connection_request_free>> request_;
};

/** Says what to connect with, before each attempt. */
using provider_function = std::function<void(connection_request request)>;
/** Looks names up, for clients in the program's own loop. */
using resolver_function = std::function<void(name_request request)>;

namespace detail {

/** Whether the client's pointer is still valid, for what may outlive the client. */
struct lifetime {
    std::mutex lock;
    mqttka_client *client = nullptr;
};

/** What one client's callbacks need; the client's user_data. */
struct callbacks {
    event_function event;
    message_function message;
    std::function<void()> terminated;
    std::shared_ptr<lifetime> life;
};

/** Takes a function with or without the client as its first argument. An empty one stays empty. */
template <class View, class Function> std::function<void(client_view, View)> with_client(Function function) {
    if constexpr (std::is_null_pointer_v<Function> || std::is_invocable_v<Function &, client_view, View>) {
        return function;
    } else {
        std::function<void(View)> without(std::move(function));
        if (!without) return nullptr;
        return [without = std::move(without)](const client_view &, View view) { without(view); };
    }
}

} // namespace detail

/** What clients are made with; any number of them. Options that are not named here: set(). */
class options {
public:
    options() : options_(detail::made(mqttka_options_new())) {}
    /** scheme://[user[:password]@]host[:port][/path]: mqtt, mqtts, ws, wss or unix. */
    explicit options(const std::string &uri) : options() { this->uri(uri); }

    options &uri(const std::string &uri) { return checked(mqttka_options_set_uri(get(), uri.c_str())); }
    /** A further server, tried where those before it do not answer. */
    options &add_server(const std::string &uri) { return checked(mqttka_options_add_server(get(), uri.c_str())); }
    options &client_id(std::string_view id) { return set(MQTTKA_OPTION_CLIENT_ID, id); }
    options &user_name(std::string_view name) { return set(MQTTKA_OPTION_USER_NAME, name); }
    options &password(std::string_view password) { return set(MQTTKA_OPTION_PASSWORD, password); }
    options &keep_alive(std::chrono::seconds time) { return set(MQTTKA_OPTION_KEEP_ALIVE, time.count()); }
    options &clean_start(bool clean) { return set(MQTTKA_OPTION_CLEAN_START, clean); }
    options &session_expiry_interval(std::chrono::seconds time) { return set(MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, time.count()); }
    /** 4: MQTT 3.1.1; 5: MQTT 5.0, the default. */
    options &protocol_version(int version) { return set(MQTTKA_OPTION_PROTOCOL_VERSION, version); }
    /** Whether the client comes back by itself; true is the default. */
    options &reconnect(bool reconnect) { return checked(mqttka_options_set_reconnect(get(), reconnect)); }
    /** What the broker publishes where this client goes without a goodbye. */
    options &will(const message_view &will) { return checked(mqttka_options_set_will(get(), will.get())); }
    options &no_will() { return checked(mqttka_options_set_will(get(), nullptr)); }
    options &tls_ca_file(std::string_view path) { return set(MQTTKA_OPTION_TLS_CA_FILE, path); }
    options &tls_certificate_file(std::string_view path) { return set(MQTTKA_OPTION_TLS_CERTIFICATE_FILE, path); }
    options &tls_private_key_file(std::string_view path) { return set(MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, path); }
    options &proxy(std::string_view uri) { return set(MQTTKA_OPTION_PROXY, uri); }

    /** A number, a flag (0, 1, bool) or a real number: MQTTKA_OPTION_*. */
    template <class Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
    options &set(std::int32_t option, Number value) {
        if constexpr (std::is_floating_point_v<Number>) {
            return checked(mqttka_options_set_double(get(), option, value));
        } else {
            return checked(mqttka_options_set_int(get(), option, static_cast<std::int64_t>(value)));
        }
    }
    /** A string or bytes: MQTTKA_OPTION_*. */
    options &set(std::int32_t option, std::string_view value) {
        const bool bytes = option >= 200 && option < 300;
        return checked(bytes ? mqttka_options_set_bytes(get(), option, value.data(), value.size())
                             : mqttka_options_set_string(get(), option, value.data(), value.size()));
    }
    /** A number that was set, or its default; nothing: there is none. */
    std::optional<std::int64_t> number(std::int32_t option) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_options_get_int(options_.get(), option, &value))) return std::nullopt;
        return value;
    }
    /** A real number that was set, or its default. */
    double real_number(std::int32_t option) const {
        double value = 0;
        detail::check(mqttka_options_get_double(options_.get(), option, &value));
        return value;
    }
    /** Of CONNECT. */
    options &add_user_property(std::string_view name, std::string_view value) {
        return checked(mqttka_options_add_user_property(get(), name.data(), name.size(), value.data(), value.size()));
    }
    options &add_tls_alpn(const std::string &protocol) { return checked(mqttka_options_add_tls_alpn(get(), protocol.c_str())); }
    options &add_tls_pin(const std::string &pin) { return checked(mqttka_options_add_tls_pin(get(), pin.c_str())); }
    options &add_web_socket_header(const std::string &name, const std::string &value) {
        return checked(mqttka_options_add_web_socket_header(get(), name.c_str(), value.c_str()));
    }

    /** Lifecycle events: a function of (event_view) or of (client_view, event_view); an empty one: none. */
    template <class Function> options &on_event(Function function) {
        callbacks_.event = detail::with_client<event_view>(std::move(function));
        return checked(mqttka_options_set_event_callback(get(), callbacks_.event ? call_event : nullptr));
    }
    /**
     * The messages that no stream and no subscription's own function takes: a function of
     * (message_view) or of (client_view, message_view); an empty one: none.
     */
    template <class Function> options &on_message(Function function) {
        callbacks_.message = detail::with_client<message_view>(std::move(function));
        return checked(mqttka_options_set_message_callback(get(), callbacks_.message ? call_message : nullptr));
    }
    /** The last callback of a client; an empty one: none. */
    options &on_terminated(std::function<void()> function) {
        callbacks_.terminated = std::move(function);
        return checked(mqttka_options_set_terminated_callback(get(), callbacks_.terminated ? call_terminated : nullptr));
    }
    options &socket_hook(socket_hook_function function) {
        const auto call = [](int socket, void *user_data) noexcept {
            return (*static_cast<socket_hook_function *>(user_data))(socket);
        };
        return hooked(mqttka_options_set_socket_hook, static_cast<mqttka_socket_hook_fn>(call), std::move(function));
    }
    /** Instead of the platform's trust store. */
    options &tls_verifier(tls_verifier_function function) {
        return hooked(mqttka_options_set_tls_verifier, static_cast<mqttka_tls_verifier_fn>(call_verifier), std::move(function));
    }
    /** Asked before each attempt: a token that expires, for example. */
    options &provider(provider_function function) {
        const auto call = [](mqttka_connection_request *request, void *user_data) noexcept {
            (*static_cast<provider_function *>(user_data))(connection_request(request));
        };
        return hooked(mqttka_options_set_provider, static_cast<mqttka_provider_fn>(call), std::move(function));
    }

    /** Proves who the client is, step by step, by the method of this name; MQTT 5.0. */
    options &authenticator(const std::string &method, authenticator_function function) {
        if (!function) return checked(mqttka_options_set_authenticator(get(), method.c_str(), nullptr, nullptr, nullptr));
        const auto call = [](mqttka_authentication_request *request, void *user_data) noexcept {
            (*static_cast<authenticator_function *>(user_data))(authentication_request(request));
        };
        auto kept = std::make_unique<authenticator_function>(std::move(function));
        detail::check(mqttka_options_set_authenticator(get(), method.c_str(), call, kept.get(), detail::release<authenticator_function>));
        kept.release();
        return *this;
    }
    /** The same by SCRAM-SHA-256. max_iterations: what the broker may ask for, 4,096 to 100,000,000; 0: 1,000,000. */
    options &scram_sha256(std::string_view user_name, std::string_view password, std::int64_t max_iterations = 0) {
        return checked(mqttka_options_set_scram_sha256(get(), user_name.data(), user_name.size(), password.data(), password.size(),
                                                       max_iterations));
    }
    /** Looks names up for each hosted_client; an empty one: the system does, and the loop waits for it. */
    options &resolver(resolver_function function);
    /** Sees each packet that is sent or received. */
    options &packet_tap(packet_function function) {
        const auto call = [](const mqttka_packet *packet, void *user_data) noexcept {
            (*static_cast<packet_function *>(user_data))(packet_view(packet));
        };
        return hooked(mqttka_options_set_packet_tap, static_cast<mqttka_packet_tap_fn>(call), std::move(function));
    }

    mqttka_options *get() noexcept { return options_.get(); }

private:
    friend class client;

    options &checked(std::int32_t code) {
        detail::check(code);
        return *this;
    }
    template <class Set, class Call, class Function> options &hooked(Set setter, Call call, Function function) {
        if (!function) return checked(setter(get(), nullptr, nullptr, nullptr));
        auto kept = std::make_unique<Function>(std::move(function));
        detail::check(setter(get(), call, kept.get(), detail::release<Function>));
        kept.release();
        return *this;
    }
    static void call_event(mqttka_client *client, const mqttka_event *event, void *callbacks) noexcept;
    static void call_message(mqttka_client *client, const mqttka_message *message, void *callbacks) noexcept;
    static void call_terminated(void *callbacks) noexcept { static_cast<detail::callbacks *>(callbacks)->terminated(); }
    static std::int32_t call_verifier(const std::uint8_t *const *certificates, const std::size_t *lengths, std::size_t count,
                                      const char *server_name, char *reason, std::size_t reason_size, void *function) noexcept {
        std::vector<std::string_view> chain;
        for (std::size_t index = 0; index < count; ++index)
            chain.emplace_back(reinterpret_cast<const char *>(certificates[index]), lengths[index]);
        const auto refusal = (*static_cast<tls_verifier_function *>(function))(chain, server_name);
        if (!refusal) return 0;
        if (reason_size > 0) reason[refusal->reason.copy(reason, reason_size - 1)] = '\0';
        // 0 would be trust.
        return refusal->transport_error != 0 ? refusal->transport_error : MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID;
    }

    std::unique_ptr<mqttka_options, detail::freeing<mqttka_options_free>> options_;
    detail::callbacks callbacks_;
};

} // namespace mqttka

#endif // MQTTKA_OPTIONS_HPP
