// What is negotiated, taken back, acknowledged, asked and seen, against the broker at the port that the
// first argument says.
#include "expect.hpp"

#include <cmath>

using namespace std::chrono_literals;

static std::string uri;

static mqttka::client connected(mqttka::options &options, waiting &waiting) {
    const auto there = std::make_shared<bool>(false);
    options.on_event([&waiting, there](mqttka::event_view event) {
        if (event.type() == MQTTKA_EVENT_CONNECTED) waiting.change([&] { *there = true; });
    });
    mqttka::client client(options);
    client.connect();
    EXPECT(waiting.until([&] { return *there; }));
    return client;
}

static void outcomes() {
    waiting waiting;
    mqttka::options options(uri);
    options.set(MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM, 7);
    auto client = connected(options, waiting);
    EXPECT(client.negotiated_number(MQTTKA_EVENT_SERVER_MAXIMUM_QOS) == 2);
    EXPECT(client.negotiated_text(MQTTKA_EVENT_ASSIGNED_CLIENT_ID)->size() > 3);
    EXPECT(!client.negotiated_text(MQTTKA_EVENT_SERVER_REFERENCE));

    std::vector<std::int32_t> receipts, errors;
    const auto keep = [&](mqttka::result_view result) {
        waiting.change([&] {
            receipts.push_back(result.receipt());
            errors.push_back(result.error_code());
        });
    };
    mqttka::publish_options how;
    how.receipt = true;
    client.publish(mqttka::message("cpp/outcome", "read"), how, keep);
    EXPECT(waiting.until([&] { return receipts.size() == 1; }));
    EXPECT(receipts[0] == MQTTKA_RECEIPT_READ);
    client.flush(keep, 60s);
    EXPECT(waiting.until([&] { return receipts.size() == 2; }));
    EXPECT(errors[1] == MQTTKA_OK && receipts[1] == -1);

    const mqttka::canceller canceller;
    canceller.cancel();
    how.cancelled_by = &canceller;
    client.publish(mqttka::message("cpp/outcome", "never", 1), how, keep);
    client.subscribe(mqttka::subscribe_request("cpp/never").cancelled_by(canceller), keep);
    mqttka::unsubscribe_request unsubscribe;
    unsubscribe.add("cpp/a").add("cpp/b").add_user_property("n", "v");
    client.unsubscribe(unsubscribe, keep);
    EXPECT(waiting.until([&] { return receipts.size() == 5; }));
    client.unsubscribe(unsubscribe.cancelled_by(canceller), keep);
    EXPECT(waiting.until([&] { return receipts.size() == 6; }));
    int cancelled = 0;
    for (const auto code : errors) cancelled += code == MQTTKA_ERROR_CANCELLED;
    EXPECT(cancelled == 3);
    EXPECT(client.negotiated_user_properties().empty());
    client.flush(canceller, keep);
    client.request(mqttka::message("cpp/nobody", "never"), canceller, [&](auto response, mqttka::result_view result) {
        EXPECT(!response && result.user_properties().empty());
        keep(result);
    });
    EXPECT(waiting.until([&] { return receipts.size() == 8; }));
    EXPECT(errors[6] == MQTTKA_ERROR_CANCELLED && errors[7] == MQTTKA_ERROR_CANCELLED);
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_client_reauthenticate_cancellable", (client.reauthenticate(canceller), 0));

    mqttka::disconnect_request goodbye;
    goodbye.reason_code(4).drain_timeout(1s).session_expiry_interval(0s).reason_string("bye").add_user_property("n", "v");
    client.disconnect(goodbye);
    EXPECT(client.close());
}

static void acknowledgements() {
    waiting waiting;
    mqttka::options options(uri);
    std::vector<mqttka::message> kept;
    options.set(MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT, true).on_message([&](mqttka::message_view message) {
        waiting.change([&] { kept.emplace_back(message); });
    });
    auto client = connected(options, waiting);
    client.subscribe("cpp/manual/#", 1);
    for (const char *payload : {"a", "b", "c"}) client.publish("cpp/manual/x", payload, 1);
    EXPECT(waiting.until([&] { return kept.size() == 3; }));
    EXPECT(kept[2].refuse(mqttka::refusal(0x97).reason_string("full").add_user_property("n", "v")));
    EXPECT(kept[1].refuse(0x80, "no") && kept[0].acknowledge());
    EXPECT(!mqttka::message("a", "").acknowledge());
    THROWS(MQTTKA_ERROR_INVALID_ARGUMENT, "mqttka_refusal_new: reason_code is 0", mqttka::refusal(0));
    auto stream = client.subscribe_stream(mqttka::subscribe_request("cpp/stream", 1).manual_acknowledgement());
    client.publish("cpp/stream", "s", 1);
    EXPECT(stream.next()->acknowledge());
    stream.done();
}

static void requests() {
    waiting waiting;
    mqttka::options options(uri);
    auto client = connected(options, waiting);
    bool subscribed = false;
    const auto responder = client.respond(
        mqttka::subscribe_request("cpp/ask/+", 1),
        [](mqttka::message_view request, mqttka::reply_view reply) {
            const auto made = request.reply("by hand");
            EXPECT(made.topic() == request.response_topic() && made.correlation_data() == request.correlation_data());
            if (request.payload() == "ping") reply.payload("pong");
        },
        [&](mqttka::result_view result) { waiting.change([&] { subscribed = static_cast<bool>(result); }); });
    EXPECT(waiting.until([&] { return subscribed; }));
    std::string answer;
    std::int32_t error = -1;
    const auto keep = [&](std::optional<mqttka::message_view> response, mqttka::result_view result) {
        waiting.change([&] {
            if (response) answer = response->payload();
            error = result.error_code();
        });
    };
    client.request(mqttka::message("cpp/ask/a", "ping"), keep);
    EXPECT(waiting.until([&] { return error >= 0; }));
    EXPECT(error == MQTTKA_OK && answer == "pong" && responder.number() > 0);
    error = -1;
    client.request(mqttka::message("cpp/ask/a", "silence"), keep, 50ms);
    EXPECT(waiting.until([&] { return error >= 0; }));
    EXPECT(error == MQTTKA_ERROR_OPERATION_TIMED_OUT);
}

static void what_is_seen() {
    waiting waiting;
    mqttka::options options(uri);
    int connects = 0;
    options.packet_tap([&](mqttka::packet_view packet) {
        EXPECT(packet.get() && packet.number(MQTTKA_PACKET_SIZE) == static_cast<std::int64_t>(packet.bytes().size()));
        if (packet.sent() && packet.type() == 1) waiting.change([&] { ++connects; });
    });
    auto client = connected(options, waiting);
    EXPECT(waiting.until([&] { return connects == 1; }));
    const auto counters = client.counters();
    bool histogram = false, sent = false;
    for (std::size_t index = 0; index < counters.size(); ++index) {
        const auto entry = counters.at(index);
        EXPECT(!entry.name.empty() && !entry.description.empty() && entry.kind > 0);
        EXPECT(entry.whole.has_value() == (entry.unit != "s"));
        histogram = histogram || (entry.buckets.size() > 2 && std::isinf(entry.buckets.back().upper_bound));
        sent = sent || (entry.name == "mqttka.client.io" && entry.attributes.at(0).second == "transmit" && entry.value > 0);
    }
    EXPECT(histogram && sent);
    THROWS(MQTTKA_ERROR_NOT_PRESENT, "mqttka::counters::at", counters.at(counters.size()));

    mqttka::message message("t", "");
    EXPECT(!message.trace());
    message.set_trace({"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b"});
    EXPECT(message.trace()->tracestate == "a=b" && message.trace()->traceparent.size() == 55);
}

// Requests that are answered by whoever has them, the last one first.
static void answered_later() {
    waiting waiting;
    mqttka::options options(uri);
    auto client = connected(options, waiting);
    bool subscribed = false;
    int answers = 0;
    auto requests = client.subscribe_requests(mqttka::subscribe_request("cpp/later", 1),
                                              [&](mqttka::result_view result) { waiting.change([&] { subscribed = static_cast<bool>(result); }); });
    EXPECT(waiting.until([&] { return subscribed; }));
    EXPECT(!requests.next(1ms) && !requests.result());
    for (const char *question : {"1", "2", "3"}) {
        client.request(mqttka::message("cpp/later", question, 1), [&, question](auto response, mqttka::result_view) {
            waiting.change([&] { answers += response && response->payload() == question; });
        });
    }
    std::vector<mqttka::received_request> received;
    while (received.size() < 3) received.push_back(*requests.next());
    while (!received.empty()) {
        auto last = std::move(received.back());
        received.pop_back();
        const std::string payload(last.message().payload());
        last.reply(payload);
        THROWS(MQTTKA_ERROR_ALREADY_ANSWERED, "mqttka_received_request_decline: ", (last.decline(), 0));
    }
    EXPECT(waiting.until([&] { return answers == 3; }));
    client.publish(mqttka::message("cpp/later", "no request", 1));
    client.request(mqttka::message("cpp/later", "quiet", 1), [](auto, mqttka::result_view) {});
    {
        const auto dropped = requests.next();
        EXPECT(dropped->message().payload() == "quiet" && !dropped->message().dup());
    }
    auto again = requests.next();
    EXPECT(again->message().payload() == "quiet" && again->message().dup());
    again->decline();
    requests.unsubscribe();
    THROWS(MQTTKA_ERROR_UNSUBSCRIBED, "mqttka_requests_next: ", requests.next(1min));
    EXPECT(!client.open_stream().result());
}

int main(int, char **arguments) {
    uri = std::string("mqtt://127.0.0.1:") + arguments[1];
    outcomes();
    acknowledgements();
    requests();
    answered_later();
    what_is_seen();
    return 0;
}
