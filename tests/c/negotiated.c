/*
 * What the broker's CONNACK says, at any time; options that say what may pass; how a connection is
 * ended in the program's words, and several filters unsubscribed in one packet.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

static int listener, port, broker;
static struct recorder recorder;
static mqttka_client *client;
static struct peer_packet packet;

/* Session expiry 7, 5 topic aliases, no wildcards, no identifiers, no shared subscriptions, server
 * reference and words. */
static const char CONNACK[] = "\x20\x1e\0\0\x1b\x11\0\0\0\7\x22\0\5\x28\0\x29\0\x2a\0\x1c\0\5other\x1f\0\2hi";

static void open_with(mqttka_options *options, const void *connack, size_t length)
{
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    broker = peer_accept_with(listener, connack, length);
    recorder_wait(&recorder, &recorder.connected, 1);
}

/* The next packet that is no PINGREQ; unanswered. */
static void reads(uint8_t kind)
{
    do {
        EXPECT(peer_read(broker, &packet));
        if (peer_kind(&packet) == 0xc0) peer_answer(broker, &packet);
    } while (peer_kind(&packet) == 0xc0);
    EXPECT_INT(kind, peer_kind(&packet));
}

static void end(void)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(broker);
}

static void see(struct recorder *of, mqttka_client *of_client, const mqttka_event *event)
{
    int64_t value;
    const char *text;
    size_t length;
    EXPECT(of == &recorder && of_client != NULL);
    if (mqttka_event_type(event) != MQTTKA_EVENT_CONNECTED) return;
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM, &value));
    EXPECT_INT(5, value);
    OK(mqttka_event_get_string(event, MQTTKA_EVENT_SERVER_REFERENCE, &text, &length));
    EXPECT_BYTES("other", 5, text, length);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_get_string(event, MQTTKA_EVENT_AUTHENTICATION_METHOD, &text, &length));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_get_string(event, MQTTKA_EVENT_RECORD_JSON, &text, &length));
}

static int64_t negotiated(int32_t key)
{
    int64_t value;
    OK(mqttka_client_get_negotiated_int(client, key, &value));
    return value;
}

static void what_was_negotiated(void)
{
    char buffer[4];
    size_t length;
    int64_t value;
    recorder_init(&recorder);
    recorder.on_event = see;
    open_with(recorder_options(&recorder, port), CONNACK, sizeof CONNACK - 1);
    EXPECT_INT(7, negotiated(MQTTKA_EVENT_SESSION_EXPIRY_INTERVAL));
    EXPECT_INT(5, negotiated(MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM));
    EXPECT_INT(0, negotiated(MQTTKA_EVENT_SERVER_WILDCARD_SUBSCRIPTION_AVAILABLE));
    EXPECT_INT(0, negotiated(MQTTKA_EVENT_SERVER_SUBSCRIPTION_IDENTIFIERS_AVAILABLE));
    EXPECT_INT(0, negotiated(MQTTKA_EVENT_SERVER_SHARED_SUBSCRIPTION_AVAILABLE));
    EXPECT_INT(2, negotiated(MQTTKA_EVENT_SERVER_MAXIMUM_QOS));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_CAUSE, &value));
    /* Cut, with a NUL behind it. */
    OK(mqttka_client_get_negotiated_string(client, MQTTKA_EVENT_SERVER_REFERENCE, buffer,
                                           sizeof buffer, &length));
    EXPECT_INT(5, length);
    EXPECT_TEXT("oth", buffer);
    OK(mqttka_client_get_negotiated_string(client, MQTTKA_EVENT_REASON_STRING, buffer,
                                           sizeof buffer, &length));
    EXPECT_TEXT("hi", buffer);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_negotiated_string(client, MQTTKA_EVENT_ASSIGNED_CLIENT_ID, NULL, 0,
                                                   &length));
    /* What the broker does not take fails here. */
    OK(mqttka_client_subscribe(client, "a/#", 3, 0, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER, recorder.error);
    close(broker);
    recorder_wait(&recorder, &recorder.disconnected, 1);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_SERVER_MAXIMUM_QOS, &value));
    OK(mqttka_client_destroy_and_wait(client, -1));
}

static int64_t option(mqttka_options *options, int32_t key)
{
    int64_t value;
    OK(mqttka_options_get_int(options, key, &value));
    return value;
}

static void numbers(void)
{
    static const struct {
        int32_t key;
        int64_t preset, set, over;
    } ALL[] = {
        {MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM, 64, 0, 65536},
        {MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM, 64, 65535, 65536},
        {MQTTKA_OPTION_TOLERATE, 1 << MQTTKA_FAULT_RECEIVE_MAXIMUM_EXCEEDED, 127, 128},
        {MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND, 0, 10, 4294967296},
        {MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND, 0, 1000, 4294967296},
        {MQTTKA_OPTION_RATE_LIMIT_BURST_MS, 100, 0, 86400001},
        {MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT, 0, 1, 2},
    };
    mqttka_options *options = mqttka_options_new();
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {
        EXPECT_INT(ALL[i].preset, option(options, ALL[i].key));
        OK(mqttka_options_set_int(options, ALL[i].key, ALL[i].set));
        EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
                   mqttka_options_set_int(options, ALL[i].key, ALL[i].over));
        EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_options_set_int(options, ALL[i].key, -1));
        EXPECT_INT(ALL[i].set, option(options, ALL[i].key));
    }
    mqttka_options_free(options);
}

/* A DISCONNECT to a client of 3.1.1, as one broker sends it, ends it, or is tolerated and counted. */
static void faults(void)
{
    for (int tolerated = 0; tolerated <= 1; tolerated++) {
        recorder_init(&recorder);
        mqttka_options *options = recorder_options(&recorder, port);
        OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
        OK(mqttka_options_set_int(options, MQTTKA_OPTION_TOLERATE,
                                  tolerated << MQTTKA_FAULT_DISCONNECT_IN_V311));
        open_with(options, "\x20\2\0\0", 4);
        EXPECT(peer_send(broker, "\xe0\0", 2));
        close(broker);
        recorder_wait(&recorder, &recorder.disconnected, 1);
        EXPECT_INT(tolerated ? MQTTKA_CAUSE_CLOSED_BY_SERVER : MQTTKA_CAUSE_PROTOCOL, recorder.cause);
        OK(mqttka_client_destroy_and_wait(client, -1));
    }
}

static void goodbye_in_words(void)
{
    static const char SAID[] = "\4\x12\x11\0\0\0\5\x1f\0\3bye\x26\0\1n\0\1v";
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, 100));
    open_with(options, "\x20\3\0\0\0", 5);
    mqttka_disconnect_request *request = mqttka_disconnect_request_new();
    OK(mqttka_disconnect_request_set_int(request, MQTTKA_DISCONNECT_REASON_CODE, 4));
    OK(mqttka_disconnect_request_set_int(request, MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL, 5));
    OK(mqttka_disconnect_request_set_int(request, MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS, 60000));
    OK(mqttka_disconnect_request_set_reason_string(request, "bye", 3));
    OK(mqttka_disconnect_request_add_user_property(request, "n", 1, "v", 1));
    OK(mqttka_client_publish(client, "t", 1, NULL, 0, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_send_disconnect(client, request));
    mqttka_disconnect_request_free(request);
    peer_expect(broker, &packet, PEER_PUBLISH);
    reads(PEER_DISCONNECT); /* after the acknowledgement */
    EXPECT_BYTES(SAID, sizeof SAID - 1, packet.body, packet.length);
    close(broker);
    recorder_wait(&recorder, &recorder.disconnected, 1);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder.cause);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

/* What the specification rules out is refused, and the connection stays. */
static void no_such_goodbye(void)
{
    recorder_init(&recorder);
    open_with(recorder_options(&recorder, port), "\x20\3\0\0\0", 5);
    mqttka_disconnect_request *request = mqttka_disconnect_request_new();
    OK(mqttka_disconnect_request_set_int(request, MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL, 5));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_send_disconnect(client, request));
    end();
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    open_with(options, "\x20\2\0\0", 4);
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED, mqttka_client_send_disconnect(client, request));
    EXPECT(strstr(mqttka_last_error(), "MQTT 5.0") != NULL);
    mqttka_disconnect_request_free(request);
    end();
}

static int32_t codes[2];

static void keep_codes(struct recorder *of, mqttka_client *of_client, const mqttka_result *result)
{
    EXPECT(of == &recorder && of_client == client);
    EXPECT_INT(2, mqttka_result_reason_code_count(result));
    for (size_t i = 0; i < 2; i++) codes[i] = mqttka_result_reason_code_at(result, i);
}

static void several_filters_at_once(void)
{
    static const char SAID[] = "\7\x26\0\1n\0\1v\0\1a\0\3b/+";
    recorder_init(&recorder);
    recorder.on_completion = keep_codes;
    open_with(recorder_options(&recorder, port), "\x20\3\0\0\0", 5);
    mqttka_unsubscribe_request *request = mqttka_unsubscribe_request_new();
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_send_unsubscribe(client, request, NULL, NULL));
    OK(mqttka_unsubscribe_request_add(request, "a", 1));
    OK(mqttka_unsubscribe_request_add(request, "b/+", 3));
    OK(mqttka_unsubscribe_request_add_user_property(request, "n", 1, "v", 1));
    OK(mqttka_client_send_unsubscribe(client, request, recorder_completion, &recorder));
    mqttka_unsubscribe_request_free(request);
    reads(PEER_UNSUBSCRIBE);
    EXPECT_BYTES(SAID, sizeof SAID - 1, packet.body + 2, packet.length - 2);
    char unsuback[] = {(char)0xb0, 5, (char)packet.body[0], (char)packet.body[1], 0, 0, 0x11};
    EXPECT(peer_send(broker, unsuback, sizeof unsuback));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(0, codes[0]);
    EXPECT_INT(0x11, codes[1]); /* No subscription existed */
    end();
}

int main(void)
{
    listener = silent_listen(&port);
    numbers();
    what_was_negotiated();
    faults();
    goodbye_in_words();
    no_such_goodbye();
    several_filters_at_once();
    peer_free(&packet);
    return 0;
}
