// Clients, against the broker at the port that the first argument says; the second: which test alone.
#include "expect.hpp"

#include <exception>
#include <set>
#include <vector>

using namespace std::chrono_literals;

static std::string uri;

// Everything that a client hears, and its end.
static void roundtrip() {
    waiting waiting;
    std::vector<std::int32_t> events;
    std::vector<std::string> messages;
    int completions = 0, terminated = 0;
    const auto held = std::make_shared<int>(0);
    {
        mqttka::options options(uri);
        options.keep_alive(30s).on_event([&, held](mqttka::client_view client, mqttka::event_view event) {
            if (event.type() == MQTTKA_EVENT_CONNECTED) {
                EXPECT(client.connected() && event.stage_time(MQTTKA_STAGE_TCP) && !event.stage_time(MQTTKA_STAGE_TLS));
                EXPECT(event.number(MQTTKA_EVENT_KEEP_ALIVE) == 30 && event.lost_filters().empty());
                EXPECT(event.text(MQTTKA_EVENT_ASSIGNED_CLIENT_ID) && event.get() && printed(event) == event.description());
                client.publish("cpp/in/event", "from the event", 1);
            }
            waiting.change([&] { events.push_back(event.type()); });
        });
        options.on_message([&, held](mqttka::message_view message) {
            EXPECT(message.connection_number() == 1);
            waiting.change([&] { messages.emplace_back(message.payload()); });
        });
        options.on_terminated([&, held] { waiting.change([&] { ++terminated; }); });
        mqttka::client client(options);
        EXPECT(client.state() == MQTTKA_STATE_IDLE && !client.text(MQTTKA_STATUS_NETWORK_ID));
        const auto complete = [&, held](mqttka::result_view result) {
            EXPECT(result && result.error_code() == MQTTKA_OK && result.reason_code() >= 0 && result.packet_id() > 0);
            EXPECT(!result.reason_string() && printed(result) == "success");
            waiting.change([&] { ++completions; });
        };
        client.connect();
        client.subscribe("cpp/in/#", 1, [complete](mqttka::result_view result) {
            EXPECT(result.reason_codes() == std::vector<std::int32_t>{1});
            complete(result);
        });
        EXPECT(waiting.until([&] { return completions == 1; })); // so that nothing comes before it
        client.publish("cpp/in/1", "one", 1, false, complete);
        client.publish(mqttka::message("cpp/in/2", "two", 1), complete);
        client.publish(mqttka::message("cpp/in/3", "three", 1), 10s, complete);
        client.publish("cpp/in/4", "");
        client.subscribe(mqttka::subscribe_request("cpp/other").add("cpp/another", 2).add_user_property("n", "v").subscription_identifier(7));
        client.unsubscribe("cpp/other", complete);
        EXPECT(waiting.until([&] { return completions == 5 && messages.size() >= 4; }));
        EXPECT((std::multiset<std::string>(messages.begin(), messages.end()).count("three") == 1));

        THROWS(MQTTKA_ERROR_INVALID_TOPIC, "mqttka_client_publish: topic: ", client.publish("#", "x", 0, false, complete));
        THROWS(MQTTKA_ERROR_INVALID_TOPIC, "mqttka_client_subscribe: filter: ", client.subscribe("a#"));
        THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_publish_with: ", client.publish(mqttka::message("a", ""), -1ms));
        client.probe_now(5s);
        client.network_changed(MQTTKA_NETWORK_CHANGED);
        mqttka_network network = {sizeof network, MQTTKA_NETWORK_CHANGED, 0, 0, 0, "home", 4};
        client.network_changed(network);
        EXPECT(client.text(MQTTKA_STATUS_NETWORK_ID) == "home");
        const std::string long_name(1000, 'n');
        network.id = long_name.data(), network.id_length = long_name.size();
        client.network_changed(network);
        EXPECT(client.text(MQTTKA_STATUS_NETWORK_ID) == long_name);
        client.entered_background();
        client.entered_foreground();
        client.reconnect_now();

        mqttka::client moved(std::move(client));
        EXPECT(moved.connected() && terminated == 0);
        client = std::move(moved);
        client.disconnect_after(5s);
        EXPECT(waiting.until([&] { return !events.empty() && events.back() == MQTTKA_EVENT_DISCONNECTED; }));
        THROWS(MQTTKA_ERROR_NOT_CONNECTED, "mqttka_client_disconnect: ", client.disconnect());
        THROWS(MQTTKA_ERROR_NOT_CONNECTED, "mqttka_client_disconnect_with: ", client.disconnect_with(4));
        EXPECT(client.close() && client.close());
        THROWS(MQTTKA_ERROR_NULL, "mqttka_client_connect: ", client.connect());
    }
    EXPECT(terminated == 1 && events.front() == MQTTKA_EVENT_CONNECTED && held.use_count() == 1);
}

// Two clients of one options object have callbacks of their own.
static void two_clients() {
    waiting waiting;
    int connected = 0, calls = 0;
    mqttka::options options(uri);
    options.on_event([&, calls_of_this_client = 0](mqttka::event_view event) mutable {
        if (event.type() == MQTTKA_EVENT_CONNECTED)
            waiting.change([&] { ++connected, calls = std::max(calls, ++calls_of_this_client); });
    });
    mqttka::client one(options), two(options);
    one.connect();
    two.connect();
    EXPECT(waiting.until([&] { return connected == 2; }));
    EXPECT(calls == 1);
}

// A function that was set can be taken away again: nothing is called then.
static void no_functions() {
    waiting waiting;
    bool answered = false;
    const std::function<void(mqttka::event_view)> none;
    mqttka::options options(uri);
    options.on_event([](mqttka::event_view) { EXPECT(false); }).on_event(none);
    options.on_message(std::function<void(mqttka::client_view, mqttka::message_view)>()).on_terminated(nullptr);
    mqttka::client client(options);
    client.connect();
    client.subscribe("cpp/nobody");
    client.publish("cpp/nobody", "x", 1, false, [&](mqttka::result_view) { waiting.change([&] { answered = true; }); });
    EXPECT(waiting.until([&] { return answered; }));
}

// A subscription ends with its object; one that outlives its client does no harm.
static void subscriptions() {
    waiting waiting;
    int mine = 0, others = 0;
    const auto held = std::make_shared<int>(0);
    mqttka::options options(uri);
    options.on_message([&](mqttka::message_view) { waiting.change([&] { ++others; }); });
    std::optional<mqttka::subscription> longer;
    {
        mqttka::client client(options);
        client.connect();
        bool released = false;
        {
            std::shared_ptr<void> owned(nullptr, [&](auto) { waiting.change([&] { released = true; }); });
            auto subscription = client.subscribe_with(mqttka::subscribe_request("cpp/own/#", 1), [&, owned = std::move(owned)](mqttka::client_view view, mqttka::message_view) {
                EXPECT(view.connected());
                waiting.change([&] { ++mine; });
            });
            EXPECT(subscription.number() > 0);
            client.publish("cpp/own/1", "x", 1);
            EXPECT(waiting.until([&] { return mine == 1; }));
        }
        // It ends with the broker's answer, before the next outcome.
        bool answered = false;
        client.publish("cpp/own/2", "x", 1, false, [&](mqttka::result_view) { waiting.change([&] { answered = true; }); });
        EXPECT(waiting.until([&] { return answered && released; }) && mine == 1 && others == 0);

        auto moved = client.subscribe_with(mqttka::subscribe_request("cpp/moved", 1), [held](mqttka::message_view) {});
        moved = client.subscribe_with(mqttka::subscribe_request("cpp/longer", 1), [held](mqttka::message_view) {});
        moved.unsubscribe([&](mqttka::result_view result) { waiting.change([&] { answered = !result; }); });
        EXPECT(waiting.until([&] { return !answered; }));
        THROWS(MQTTKA_ERROR_CLOSED, "mqttka::subscription::unsubscribe: ", moved.unsubscribe());
        client.subscribe_with(mqttka::subscribe_request("cpp/detached", 1), [held](mqttka::message_view) {}).detach();
        longer = client.subscribe_with(mqttka::subscribe_request("cpp/longer", 1), [held](mqttka::message_view) {});
        THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_subscribe_with: ",
               client.subscribe_with(mqttka::subscribe_request(), [held](mqttka::message_view) {}));
        THROWS(MQTTKA_ERROR_NULL, "mqttka_client_subscribe_with: ",
               client.subscribe_with(mqttka::subscribe_request("cpp/empty"), std::function<void(mqttka::message_view)>()));
    }
    EXPECT(held.use_count() == 1);
    longer.reset();
}

static void streams() {
    std::optional<mqttka::stream> all;
    {
        mqttka::client client{mqttka::options(uri)};
        client.connect();
        auto stream = client.subscribe_stream(mqttka::subscribe_request("cpp/stream/+", 1), MQTTKA_STREAM_OUTLIVES_CONNECTIONS);
        all = client.open_stream();
        EXPECT(!client.open_stream("cpp/nothing").next(0ms));
        for (const char *payload : {"one", "two", "three"}) client.publish("cpp/stream/1", payload, 1);
        for (const char *payload : {"one", "two", "three"}) {
            const auto message = stream.next(1min);
            EXPECT(message && message->payload() == payload && message->matches("cpp/stream/+"));
            stream.done(1);
        }
        EXPECT(stream.cause() == 0);
        stream.unsubscribe();
        THROWS(MQTTKA_ERROR_UNSUBSCRIBED, "mqttka_stream_next: ", stream.next(1min));
        EXPECT(all->next(1min)->payload() == "one");
        all->done();
    }
    while (true) {
        try {
            all->next(1min);
        } catch (const mqttka::error &error) {
            EXPECT(error.code() == MQTTKA_ERROR_CLOSED);
            return;
        }
    }
}

// What is asked before and while connecting, and what the library says of it.
static void hooks() {
    waiting waiting;
    int hooked = 0, attempts = 0, lines = 0;
    bool connected = false;
    mqttka::set_log(MQTTKA_LOG_DEBUG, [&](std::int32_t level, std::string_view text) {
        EXPECT(level <= MQTTKA_LOG_DEBUG && !text.empty());
        waiting.change([&] { ++lines; });
    });
    {
        mqttka::options options("mqtt://127.0.0.1:1");
        options.set(MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS, 10);
        options.on_event([&](mqttka::event_view event) {
            if (event.type() == MQTTKA_EVENT_CONNECT_FAILED) {
                EXPECT(event.cause() == MQTTKA_CONNECT_ERROR_PROVIDER);
                EXPECT(event.text(MQTTKA_EVENT_PROVIDER_MESSAGE) == "not yet");
            }
            waiting.change([&] { connected = event.type() == MQTTKA_EVENT_CONNECTED; });
        });
        options.socket_hook([&](int socket) {
            waiting.change([&] { hooked = socket; });
            return 0;
        });
        options.provider([&](mqttka::connection_request request) {
            EXPECT(request.time_left() > 0ms);
            if (++attempts == 1) return request.fail("not yet");
            EXPECT(request.attempt_number() == 2);
            request.uri(uri).user_name("u").password("p").add_web_socket_header("n", "v").provide();
            THROWS(MQTTKA_ERROR_ALREADY_ANSWERED, "mqttka_connection_request_fail: ", request.fail("again"));
        });
        mqttka::client client(options);
        client.connect();
        EXPECT(waiting.until([&] { return connected && hooked > 0 && lines > 0; }));
        client.abort();
    }
    mqttka::set_log(MQTTKA_LOG_ERROR, nullptr);
}

// A client that is ended inside its own callback ends when that has returned.
static void ended_by_itself() {
    waiting waiting;
    bool begun = false, terminated = false;
    std::unique_ptr<mqttka::client> client;
    mqttka::options options(uri);
    options.on_event([&](mqttka::event_view event) {
        if (event.type() != MQTTKA_EVENT_CONNECTED) return;
        EXPECT(waiting.until([&] { return begun; })); // nobody is inside a function of the client any more
        client.reset();
    });
    options.on_terminated([&] { waiting.change([&] { terminated = true; }); });
    client = std::make_unique<mqttka::client>(options);
    client->connect();
    waiting.change([&] { begun = true; });
    EXPECT(waiting.until([&] { return terminated; }));
    EXPECT(!client);
}

// An exception must not pass through C: it ends the program, as it ends one that leaves a thread.
static void exceptions() {
    std::set_terminate([] { std::_Exit(std::current_exception() ? 42 : 1); });
    mqttka::options options(uri);
    options.on_event([](mqttka::event_view) { throw std::runtime_error("out of a callback"); });
    mqttka::client client(options);
    client.connect();
    waiting().until([] { return false; });
}

int main(int argc, char **argv) {
    EXPECT(argc >= 2);
    uri = "mqtt://127.0.0.1:" + std::string(argv[1]);
    if (argc == 3) return exceptions(), 1;
    roundtrip();
    two_clients();
    no_functions();
    subscriptions();
    streams();
    hooks();
    ended_by_itself();
}
