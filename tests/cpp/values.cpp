// What needs no broker: errors, names, options, messages.
#include "expect.hpp"

#include <cmath>
#include <type_traits>

using namespace std::chrono_literals;

template <class T> constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                                               !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(moves_only<mqttka::client> && moves_only<mqttka::subscription> && moves_only<mqttka::stream>);
static_assert(moves_only<mqttka::subscribe_request> && moves_only<mqttka::connection_request>);
static_assert(!std::is_copy_constructible_v<mqttka::options> && std::is_move_constructible_v<mqttka::options>);
static_assert(std::is_copy_constructible_v<mqttka::message> && std::is_nothrow_move_constructible_v<mqttka::message>);
static_assert(std::is_base_of_v<std::runtime_error, mqttka::error>);

static void names() {
    mqttka::check_abi();
    EXPECT(mqttka::version() == MQTTKA_VERSION && mqttka::abi_version() == MQTTKA_ABI_VERSION);
    EXPECT(mqttka::error_text(MQTTKA_OK) == "success");
    EXPECT(mqttka::reason_code_text(0x87) == "Not authorized");
    EXPECT(mqttka::cause_name(MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT) == "keep_alive_timeout");
    EXPECT(mqttka::stage_name(MQTTKA_STAGE_TCP) == "tcp");
    EXPECT(mqttka::stop_reason_name(MQTTKA_STOP_MOVED) == "moved");
    EXPECT(mqttka::transport_name(MQTTKA_TRANSPORT_TLS) == "tls");
    EXPECT(mqttka::transport_error_name(MQTTKA_TRANSPORT_ERROR_WRONG_HOST) == "wrong_host");
    EXPECT(mqttka::topic_matches("a/+", "a/b") && !mqttka::topic_matches("#", "$SYS/uptime"));
    THROWS(MQTTKA_ERROR_INVALID_TOPIC, "mqttka_topic_matches: filter: ", mqttka::topic_matches("a#", "a"));
}

static void options() {
    mqttka::options options("mqtts://user:right@broker.example:1234");
    EXPECT(options.number(MQTTKA_OPTION_PORT) == 1234);
    EXPECT(!mqttka::options().number(MQTTKA_OPTION_PORT)); // that of the transport
    options.keep_alive(10s).clean_start(false).session_expiry_interval(1h).protocol_version(4).reconnect(false);
    EXPECT(options.number(MQTTKA_OPTION_KEEP_ALIVE) == 10 && options.number(MQTTKA_OPTION_CLEAN_START) == 0);
    EXPECT(options.number(MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL) == 3600 && options.number(MQTTKA_OPTION_PROTOCOL_VERSION) == 4);
    EXPECT(options.number(MQTTKA_OPTION_RECONNECT) == 0);
    options.set(MQTTKA_OPTION_RECONNECT, true).set(MQTTKA_OPTION_RECONNECT_FACTOR, 1.5);
    EXPECT(options.number(MQTTKA_OPTION_RECONNECT) == 1 && options.real_number(MQTTKA_OPTION_RECONNECT_FACTOR) == 1.5);
    options.client_id("c").user_name("u").password("p").proxy("socks5h://localhost").add_server("mqtts://other.example");
    options.set(MQTTKA_OPTION_TLS_CA, "bytes").tls_ca_file("ca.pem").tls_certificate_file("c.pem").tls_private_key_file("k.pem");
    options.add_user_property("name", "value").add_tls_alpn("mqtt").add_tls_pin("pin").add_web_socket_header("Name", "value");
    options.will(mqttka::message("gone", "x", 1)).no_will();
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_options_set_int: MQTTKA_OPTION_KEEP_ALIVE is 70000; it must be", options.keep_alive(70000s));
    THROWS(MQTTKA_ERROR_UNKNOWN_OPTION, "mqttka_options_set_string: there is no option 999", options.set(999, "x"));
    THROWS(MQTTKA_ERROR_UNKNOWN_OPTION, "mqttka_options_set_int: this function does not take MQTTKA_OPTION_HOST", options.set(MQTTKA_OPTION_HOST, 1));
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_options_set_uri: ", mqttka::options("broker.example"));
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_options_set_double: ", options.set(MQTTKA_OPTION_RECONNECT_FACTOR, std::nan("")));
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_new: ", mqttka::client(mqttka::options()));
}

static void messages() {
    mqttka::message message("a/b", std::string_view("pay\0load", 8), 2, true);
    EXPECT(message.topic() == "a/b" && message.payload() == std::string_view("pay\0load", 8));
    EXPECT(message.qos() == 2 && message.retain() && !message.dup() && message.connection_number() == 0);
    EXPECT(message.matches("a/#") && !message.matches("b"));
    EXPECT(printed(message) == "a/b (8 bytes, QoS 2, retained)");
    EXPECT(!message.content_type() && !message.number(MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL));
    message.content_type("text/plain").response_topic("a/answer").correlation_data("mark");
    message.set_number(MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 9).add_user_property("name", "one").add_user_property("name", "two");
    EXPECT(message.content_type() == "text/plain" && message.response_topic() == "a/answer" && message.correlation_data() == "mark");
    EXPECT(message.number(MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL) == 9);

    message.set_text(MQTTKA_PROPERTY_CONTENT_TYPE, "text/plain").set_bytes(MQTTKA_PROPERTY_CORRELATION_DATA, "mark");
    EXPECT(message.text(MQTTKA_PROPERTY_CONTENT_TYPE) == "text/plain" && message.bytes(MQTTKA_PROPERTY_CORRELATION_DATA) == "mark");

    mqttka::message copy = message;
    message.content_type("changed");
    EXPECT(copy.content_type() == "text/plain" && copy.user_properties().size() == 2);
    EXPECT((copy.user_properties()[1] == mqttka::user_property("name", "two")));
    const mqttka::message moved = std::move(copy);
    EXPECT(moved.content_type() == "text/plain" && moved.get() != nullptr);
    message = moved;
    EXPECT(message.content_type() == "text/plain" && message.get() != moved.get());
    const mqttka::message kept(static_cast<const mqttka::message_view &>(moved));
    EXPECT(kept.topic() == "a/b");

    THROWS(MQTTKA_ERROR_INVALID_TOPIC, "mqttka_message_new: topic: ", mqttka::message("a/+", ""));
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_message_new: qos is 3", mqttka::message("a", "", 3));
    THROWS(MQTTKA_ERROR_UNKNOWN_OPTION, "mqttka_message_get_int: ", message.number(MQTTKA_PROPERTY_CONTENT_TYPE));
}

// What an options object has been given is released with it, where no client came about.
static void released() {
    const auto held = std::make_shared<int>(0);
    {
        mqttka::options options;
        const auto hold = [held](auto...) {};
        options.on_event([held](mqttka::event_view) {}).on_message([held](mqttka::message_view) {}).on_terminated(hold);
        options.socket_hook([held](int) { return 0; }).provider([held](mqttka::connection_request) {});
        options.tls_verifier([held](const auto &, auto) { return std::nullopt; });
        EXPECT(held.use_count() == 8); // with that of `hold`
        options.provider(nullptr);
        EXPECT(held.use_count() == 7);
        options.on_event(nullptr).on_message(std::function<void(mqttka::message_view)>()).on_terminated(nullptr);
        EXPECT(held.use_count() == 4);
        THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_new: ", mqttka::client(options));
    }
    EXPECT(held.use_count() == 1);
}

int main() {
    names();
    options();
    messages();
    released();
}
