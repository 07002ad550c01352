// Enhanced authentication, and clients in this program's own loop, against the broker at the port that
// the first argument says, and one whose bytes are written here.
#include "expect.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace std::string_literals;

static std::string port;

// A broker that knows one method, and takes every answer for right.
class asking_broker {
public:
    asking_broker() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto *const any = reinterpret_cast<sockaddr *>(&address);
        socklen_t size = sizeof address;
        EXPECT(bind(listener_, any, size) == 0 && listen(listener_, 1) == 0 && getsockname(listener_, any, &size) == 0);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~asking_broker() {
        thread_.join();
        close(listener_);
    }
    int port = 0;

private:
    void serve() {
        const auto method = "\x15\x00\x06TICKET"s, why = "\x16\x00\x03why"s, fine = "\x16\x00\x04" "fine"s;
        client_ = accept(listener_, nullptr, nullptr);
        EXPECT(client_ >= 0);
        EXPECT(packet(0x10).find(method + "\x16\x00\x05hello"s) != std::string::npos);
        const auto words = "\x1f\x00\x02" "go" "\x26\x00\x01" "a" "\x00\x01" "b"s;
        say("\xf0\x1d\x18\x1b"s + method + why + words);
        const auto because = "\x16\x00\x07" "because" "\x26\x00\x01" "x" "\x00\x01" "y" "\x26\x00\x01" "x" "\x00\x00"s;
        EXPECT(packet(0xf0) == "\x18\x20"s + method + because);
        say("\x20\x13\x00\x00\x10"s + method + fine);
        EXPECT(packet(0xf0) == "\x19\x11"s + method + "\x16\x00\x05hello"s);
        say("\xf0\x12\x00\x10"s + method + fine);
        packet(0xe0);
        close(client_);
    }
    std::string packet(int type) {
        std::uint8_t head[2];
        EXPECT(recv(client_, head, 2, MSG_WAITALL) == 2 && head[0] == type && head[1] < 128);
        std::string body(head[1], '\0');
        EXPECT(recv(client_, body.data(), body.size(), MSG_WAITALL) == static_cast<ssize_t>(body.size()));
        return body;
    }
    void say(const std::string &bytes) { EXPECT(send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())); }

    int listener_, client_ = -1;
    std::thread thread_;
};

static void answer(mqttka::authentication_request &request) {
    switch (request.step()) {
    case MQTTKA_AUTHENTICATION_CONTINUE:
        EXPECT(request.data() == "why" && request.reason_string() == "go");
        EXPECT((request.user_properties() == std::vector<mqttka::user_property>{{"a", "b"}}));
        request.add_user_property("x", "y").add_user_property("x", "").reply("because");
        break;
    case MQTTKA_AUTHENTICATION_FINISH:
        EXPECT(request.data() == "fine");
        request.reply();
        break;
    default:
        EXPECT(!request.data() && !request.reason_string() && request.user_properties().empty());
        if (request.step() == MQTTKA_AUTHENTICATION_START) {
            THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_authentication_request_add_user_property", (request.add_user_property("x", "y"), 0));
        }
        request.reply("hello");
    }
    THROWS(MQTTKA_ERROR_ALREADY_ANSWERED, "mqttka_authentication_request_fail", (request.fail("late"), 0));
}

static void authenticates() {
    asking_broker broker;
    waiting waiting;
    mqttka::options options("mqtt://127.0.0.1:" + std::to_string(broker.port));
    std::vector<std::int32_t> steps;
    std::vector<std::thread> threads;
    options.authenticator("TICKET", [&](mqttka::authentication_request request) {
        EXPECT(request.time_left() > 0ms && request.exchange() == (steps.size() < 3 ? 1U : 2U));
        steps.push_back(request.step());
        // At the second one a thread of the program answers, later.
        if (steps.size() != 2) return answer(request);
        threads.emplace_back([later = std::move(request)]() mutable { answer(later); });
    });
    bool connected = false;
    std::int32_t outcome = -1;
    options.on_event([&](mqttka::event_view event) {
        if (event.type() == MQTTKA_EVENT_CONNECTED) waiting.change([&] { connected = true; });
    });
    mqttka::client client(options);
    client.connect();
    EXPECT(waiting.until([&] { return connected; }));
    client.reauthenticate([&](mqttka::result_view result) { waiting.change([&] { outcome = result.error_code(); }); });
    EXPECT(waiting.until([&] { return outcome >= 0; }));
    EXPECT(outcome == MQTTKA_OK);
    EXPECT(client.close());
    const std::vector<std::int32_t> expected = {MQTTKA_AUTHENTICATION_START, MQTTKA_AUTHENTICATION_CONTINUE, MQTTKA_AUTHENTICATION_FINISH,
                                                MQTTKA_AUTHENTICATION_RESTART, MQTTKA_AUTHENTICATION_FINISH};
    EXPECT(steps == expected);
    for (auto &thread : threads) thread.join();
}

// What a first attempt failed for, and the event in words.
static std::pair<std::int32_t, std::string> failure(mqttka::options &options) {
    waiting waiting;
    std::pair<std::int32_t, std::string> failed;
    options.reconnect(false).on_event([&](mqttka::event_view event) {
        if (event.type() == MQTTKA_EVENT_CONNECT_FAILED)
            waiting.change([&] { failed = std::make_pair(event.cause(), std::string(event.description())); });
    });
    mqttka::client client(options);
    client.connect();
    EXPECT(waiting.until([&] { return failed.first != 0; }));
    EXPECT(client.close());
    return failed;
}

static void does_not_authenticate() {
    // This broker has no such method.
    mqttka::options options("mqtt://127.0.0.1:" + port);
    options.scram_sha256("user", "pencil", 4096);
    EXPECT(failure(options).first == MQTTKA_CONNECT_ERROR_REFUSED);
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_options_set_scram_sha256", options.scram_sha256("", "pencil"));

    options.authenticator("TICKET", [](mqttka::authentication_request request) { request.fail("no ticket", true); });
    const auto given_up = failure(options);
    EXPECT(given_up.first == MQTTKA_CONNECT_ERROR_AUTHENTICATION && given_up.second.find("no ticket") != std::string::npos);
    options.authenticator("TICKET", [](const mqttka::authentication_request &) {});
    EXPECT(failure(options).first == MQTTKA_CONNECT_ERROR_AUTHENTICATION);

    options.authenticator("TICKET", nullptr);
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_reauthenticate", (mqttka::client(options).reauthenticate(), 0));
}

// One round after another of a loop that waits for the descriptor alone; a minute is a net against hanging.
template <class Condition> void turn_until(const mqttka::hosted_client &client, Condition condition) {
    while (!condition()) {
        pollfd polled = {client.fd(), POLLIN, 0};
        EXPECT(poll(&polled, 1, 60000) == 1);
        client.process();
    }
}

static void own_loop() {
    const auto here = std::this_thread::get_id();
    std::optional<mqttka::name_request> asked;
    std::string got;
    bool connected = false, disconnected = false, acknowledged = false, terminated = false;
    mqttka::options options("mqtt://broker.test:" + port);
    options.resolver([&](mqttka::name_request request) { asked = std::move(request); })
        .on_terminated([&] { terminated = true; })
        .on_message([&](mqttka::message_view message) { got = message.payload(); });
    std::optional<mqttka::hosted_client> client;
    options.on_event([&](mqttka::event_view event) {
        EXPECT(std::this_thread::get_id() == here);
        connected = connected || event.type() == MQTTKA_EVENT_CONNECTED;
        disconnected = disconnected || event.type() == MQTTKA_EVENT_DISCONNECTED;
        THROWS(MQTTKA_ERROR_WOULD_DEADLOCK, "mqttka_client_process", (client->process(), 0));
    });
    client.emplace(options);
    EXPECT(client->fd() >= 0 && client->deadline() == 0ms);
    client->connect();
    turn_until(*client, [&] { return asked.has_value(); });
    EXPECT(asked->name() == "broker.test" && asked->time_left() > 0ms);
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_name_request_add_address", asked->add_address("broker.test"));
    asked->add_address("127.0.0.1").answer();
    THROWS(MQTTKA_ERROR_ALREADY_ANSWERED, "mqttka_name_request_fail", (asked->fail("late"), 0));
    asked.reset();
    turn_until(*client, [&] { return connected; });
    EXPECT(client->deadline() > 0ms);

    client->subscribe("cpp/own-loop", 1);
    client->publish("cpp/own-loop", "around", 1, false, [&](mqttka::result_view result) {
        EXPECT(result && !client->close()); // not inside a callback
        acknowledged = true;
    });
    EXPECT(!acknowledged);
    turn_until(*client, [&] { return acknowledged && got == "around"; });
    client->disconnect();
    turn_until(*client, [&] { return disconnected; });
    EXPECT(client->close() && terminated && client->fd() == -1 && !client->deadline());
    THROWS(MQTTKA_ERROR_NULL, "mqttka_client_process", (client->process(), 0));
}

static void names_without_addresses() {
    for (const bool answered : {true, false}) {
        std::string why;
        mqttka::options options("mqtt://broker.test:" + port);
        options.reconnect(false).resolver([&](mqttka::name_request request) {
            if (answered) request.fail("no such broker");
        });
        options.on_event([&](mqttka::event_view event) {
            if (event.type() == MQTTKA_EVENT_CONNECT_FAILED) why = event.description();
        });
        mqttka::hosted_client client(std::move(options));
        client.connect();
        turn_until(client, [&] { return !why.empty(); });
        EXPECT(!answered || why.find("no such broker") != std::string::npos);
    }
    mqttka::options options("mqtt://127.0.0.1:" + port);
    options.resolver(nullptr);
    mqttka::hosted_client first(options), second(std::move(first));
    EXPECT(first.fd() == -1 && second.fd() >= 0);
}

int main(int, char **arguments) {
    port = arguments[1];
    authenticates();
    does_not_authenticate();
    own_loop();
    names_without_addresses();
    return 0;
}
