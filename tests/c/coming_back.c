/*
 * How a client comes back, and why it stops: credentials that are refused, hints from inside
 * callbacks, a destroy while it waits, and subscriptions that the broker no longer grants.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { DAY_MS = 86400000, HINTS = 6 };

static struct recorder recorder;
static int32_t types[64];
static int events;

static void note(struct recorder *of, mqttka_client *client, const mqttka_event *event)
{
    EXPECT(of == &recorder && client != NULL && recorder_count(&recorder, &recorder.terminated) == 0);
    EXPECT(events < 64);
    types[events++] = mqttka_event_type(event);
}

/* Options whose events are noted; delays of a day, so that only what is asked for happens. */
static mqttka_options *start(int port, int64_t delay_ms)
{
    recorder_init(&recorder);
    recorder.on_event = note;
    events = 0;
    mqttka_options *options = recorder_reconnecting(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS, delay_ms));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, delay_ms));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_NETWORK_MONITOR, 0));
    return options;
}

static mqttka_client *connecting(mqttka_options *options)
{
    mqttka_client *client;
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    return client;
}

static void saw(const int32_t *expected, int count)
{
    EXPECT_INT(count, events);
    for (int i = 0; i < count; i++) EXPECT_INT(expected[i], types[i]);
}
#define SAW(...)                                                                                   \
    do {                                                                                           \
        static const int32_t EXPECTED_[] = {__VA_ARGS__};                                          \
        saw(EXPECTED_, sizeof EXPECTED_ / sizeof *EXPECTED_);                                      \
    } while (0)

static int64_t state_of(mqttka_client *client)
{
    int64_t state;
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &state));
    return state;
}

static mqttka_options *refused_options(int64_t delay_ms)
{
    mqttka_options *options = start(test_port("MQTTKA_TEST_AUTH_PORT"), delay_ms);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_USER_NAME, "user", 4));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "wrong", 5));
    return options;
}

static void refused_credentials_stop_it(void)
{
    mqttka_client *client = connecting(refused_options(10));
    recorder_wait(&recorder, &recorder.stopped, 1);
    EXPECT_INT(MQTTKA_STOP_CREDENTIALS, recorder.stop_reason);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_REFUSED, recorder.cause);
    EXPECT_INT(0x87, recorder.reason_code);
    EXPECT(strstr(recorder.description, "credentials") != NULL);
    EXPECT_INT(MQTTKA_STATE_IDLE, state_of(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    SAW(MQTTKA_EVENT_CONNECT_FAILED, MQTTKA_EVENT_RECONNECT_STOPPED);
}

/* Unless the program wants it to go on; then as often as it may. */
static void or_not(void)
{
    mqttka_options *options = refused_options(10);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_RETRY_ON,
                              1 << MQTTKA_STOP_CREDENTIALS));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS, 2));
    mqttka_client *client = connecting(options);
    recorder_wait(&recorder, &recorder.stopped, 1);
    EXPECT_INT(MQTTKA_STOP_MAX_ATTEMPTS, recorder.stop_reason);
    OK(mqttka_client_destroy_and_wait(client, -1));
    SAW(MQTTKA_EVENT_CONNECT_FAILED, MQTTKA_EVENT_RECONNECTING, MQTTKA_EVENT_CONNECT_FAILED,
        MQTTKA_EVENT_RECONNECT_STOPPED);
}

/* The n-th RECONNECTING gets the n-th way to say "now". */
static void say_now(struct recorder *of, mqttka_client *client, const mqttka_event *event)
{
    int64_t value;
    mqttka_network network = {.size = sizeof network, .change = MQTTKA_NETWORK_CHANGED};
    note(of, client, event);
    if (mqttka_event_type(event) != MQTTKA_EVENT_RECONNECTING) return;
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER, &value));
    EXPECT_INT(recorder.reconnecting + 2, value);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_TCP, recorder.stage);
    EXPECT(recorder.os_error > 0);
    switch (recorder.reconnecting) {
    case 0: OK(mqttka_client_reconnect_now(client)); break;
    case 1: OK(mqttka_client_network_changed(client, MQTTKA_NETWORK_AVAILABLE)); break;
    case 2: OK(mqttka_client_network_is(client, &network)); break;
    case 3: OK(mqttka_client_entered_foreground(client)); break;
    case 4: OK(mqttka_client_connect(client)); break;
    case 5: OK(mqttka_client_entered_background(client)); break; /* says nothing of the kind */
    default: EXPECT_FAILED("%d attempts", recorder.reconnecting);
    }
}

static void hints_inside_callbacks(void)
{
    int port, listener = silent_listen(&port);
    int64_t left;
    close(listener); /* nobody listens there */
    mqttka_options *options = start(port, DAY_MS);
    recorder.on_event = say_now;
    mqttka_client *client = connecting(options);
    recorder_wait(&recorder, &recorder.reconnecting, HINTS);
    EXPECT_INT(MQTTKA_STATE_RECONNECTING, state_of(client));
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS, &left));
    EXPECT(left > 0 && left <= DAY_MS);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_int(client, MQTTKA_STATUS_OFFLINE_MS, &left)); /* never online */
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.stopped, 1);
    EXPECT_INT(MQTTKA_STOP_DISCONNECT_REQUESTED, recorder.stop_reason);
    EXPECT_INT(MQTTKA_STATE_IDLE, state_of(client));
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_disconnect(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(HINTS, recorder.connect_failed);
    EXPECT_INT(HINTS, recorder.reconnecting);
}

static void destroy_inside(struct recorder *of, mqttka_client *client, const mqttka_event *event)
{
    note(of, client, event);
    if (mqttka_event_type(event) == MQTTKA_EVENT_RECONNECTING) OK(mqttka_client_destroy(client));
}

static void destroyed_while_it_waits(bool inside)
{
    int port, listener = silent_listen(&port);
    close(listener);
    mqttka_options *options = start(port, DAY_MS);
    if (inside) recorder.on_event = destroy_inside;
    mqttka_client *client;
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    /* Before an event can have destroyed the client. */
    OK(mqttka_client_publish(client, "t", 1, "x", 1, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.reconnecting, 1);
    if (!inside) OK(mqttka_client_destroy(client));
    recorder_wait(&recorder, &recorder.destroyed, 1);
    EXPECT_INT(MQTTKA_STOP_CLIENT_CLOSED, recorder.stop_reason);
    EXPECT_INT(MQTTKA_ERROR_CLOSED, recorder.error);
    EXPECT_INT(1, recorder.completions);
    EXPECT_INT(1, recorder.terminated);
    SAW(MQTTKA_EVENT_CONNECT_FAILED, MQTTKA_EVENT_RECONNECTING, MQTTKA_EVENT_RECONNECT_STOPPED);
}

static int handler_ended;

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    EXPECT_FAILED("%p %p %p", (void *)client, (const void *)message, user_data);
}

static void on_handler_end(void *user_data) { recorder_add(user_data, &handler_ended); }

static void lost_filter(struct recorder *of, mqttka_client *client, const mqttka_event *event)
{
    int64_t count;
    const char *filter, *value;
    size_t length, value_length;
    int32_t error, reason;
    note(of, client, event);
    if (mqttka_event_type(event) != MQTTKA_EVENT_SUBSCRIPTIONS_LOST) return;
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_LOST_FILTERS, &count));
    EXPECT_INT(1, count);
    OK(mqttka_event_lost_filter_at(event, 0, &filter, &length, &error, &reason));
    EXPECT_BYTES("a/b", 3, filter, length);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, error);
    EXPECT_INT(0x87, reason);
    OK(mqttka_event_get_string(event, MQTTKA_EVENT_REASON_STRING, &filter, &length));
    EXPECT_BYTES("no", 2, filter, length);
    EXPECT_INT(1, mqttka_event_user_property_count(event));
    OK(mqttka_event_user_property_at(event, 0, &filter, &length, &value, &value_length));
    EXPECT_BYTES("k", 1, filter, length);
    EXPECT_BYTES("v", 1, value, value_length);
    OK(mqttka_event_lost_filter_at(event, 0, &filter, &length, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_lost_filter_at(event, 1, &filter, &length, &error, &reason));
    EXPECT(filter == NULL && length == 0);
    EXPECT(strstr(mqttka_event_description(event), "a/b") != NULL);
}

/* A Reason String and a User Property. */
#define SAYS "\x1f\0\2no\x26\0\1k\0\1v"
enum { SAYS_LENGTH = sizeof SAYS - 1 };

/* A SUBSCRIBE comes; each filter is granted QoS 0, or with a '/' in it refused as "Not authorized", with
 * words, where that is wanted. Returns how many filters there were. */
static int subscribed(int socket, struct peer_packet *packet, bool refuse)
{
    uint8_t codes[16], suback[64] = {0x90};
    int count = 0;
    EXPECT(peer_read(socket, packet));
    EXPECT_INT(PEER_SUBSCRIBE, peer_kind(packet));
    const uint8_t *body = packet->body;
    EXPECT_INT(0, body[2]); /* no properties */
    for (size_t at = 3; at < packet->length;) {
        size_t length = (size_t)(body[at] << 8 | body[at + 1]);
        bool slash = memchr(body + at + 2, '/', length) != NULL;
        codes[count++] = slash && refuse ? 0x87 : 0;
        at += 2 + length + 1;
    }
    size_t says = refuse ? SAYS_LENGTH : 0, size = 5 + says + (size_t)count;
    suback[1] = (uint8_t)(size - 2);
    memcpy(suback + 2, body, 2);
    suback[4] = (uint8_t)says;
    memcpy(suback + 5, SAYS, says);
    memcpy(suback + 5 + says, codes, (size_t)count);
    EXPECT(peer_send(socket, suback, size));
    return count;
}

static void refused_in_words(const mqttka_result *result)
{
    const char *name, *value;
    size_t name_length, value_length;
    EXPECT_INT(MQTTKA_ERROR_REFUSED, mqttka_result_error(result));
    EXPECT_INT(0x87, mqttka_result_reason_code(result));
    OK(mqttka_result_get_reason_string(result, &value, &value_length));
    EXPECT_BYTES("no", 2, value, value_length);
    EXPECT_INT(1, mqttka_result_user_property_count(result));
    OK(mqttka_result_user_property_at(result, 0, &name, &name_length, &value, &value_length));
    EXPECT_BYTES("k", 1, name, name_length);
    EXPECT_BYTES("v", 1, value, value_length);
}

/* A stream and a callback of their own go on with the next connection, as far as the broker grants
 * their filters again; and end where it does not. */
static void subscriptions_come_along(void)
{
    int port, listener = silent_listen(&port);
    struct peer_packet packet = {0};
    mqttka_stream *stream, *ends;
    mqttka_requests *requests;
    mqttka_received_request *received;
    const mqttka_message *message;
    mqttka_options *options = start(port, 10);
    recorder.on_event = lost_filter;
    mqttka_client *client = connecting(options);
    int socket = peer_accept(listener);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a/b", 3, 1, 0));
    OK(mqttka_client_subscribe_with(client, request, on_message, &recorder, on_handler_end,
                                    recorder_completion, &recorder, NULL));
    EXPECT_INT(1, subscribed(socket, &packet, false));
    OK(mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, &ends));
    EXPECT_INT(1, subscribed(socket, &packet, false));
    OK(mqttka_client_subscribe_requests(client, request, NULL, NULL, &requests));
    EXPECT_INT(1, subscribed(socket, &packet, false));
    mqttka_subscribe_request_free(request);
    request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "t", 1, 0, 0));
    OK(mqttka_client_subscribe_stream(client, request, 0, recorder_completion, &recorder, &stream));
    EXPECT_INT(1, subscribed(socket, &packet, false));
    mqttka_subscribe_request_free(request);
    recorder_wait(&recorder, &recorder.completions, 2);
    close(socket);

    socket = peer_accept(listener);
    for (int filters = 0; filters < 2;) filters += subscribed(socket, &packet, true);
    recorder_wait(&recorder, &recorder.subscriptions_lost, 1);
    recorder_wait(&recorder, &handler_ended, 1);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, mqttka_stream_next(ends, 120000, &message));
    refused_in_words(mqttka_stream_result(ends));
    mqttka_stream_close(ends);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, mqttka_requests_next(requests, 120000, &received));
    refused_in_words(mqttka_requests_result(requests));
    mqttka_requests_close(requests);
    EXPECT(mqttka_stream_result(stream) == NULL);
    EXPECT(peer_publish(socket));
    OK(mqttka_stream_next(stream, 120000, &message));
    EXPECT_INT(2, mqttka_message_connection_number(message));
    OK(mqttka_stream_done(stream, 1));
    OK(mqttka_client_disconnect(client));
    while (peer_read(socket, &packet) && peer_kind(&packet) != PEER_DISCONNECT)
        ;
    close(socket);
    /* The stream ends with what ends for good. */
    EXPECT_INT(MQTTKA_ERROR_DISCONNECTED, mqttka_stream_next(stream, 120000, &message));
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, mqttka_stream_cause(stream));
    mqttka_stream_close(stream);
    OK(mqttka_client_destroy_and_wait(client, -1));
    SAW(MQTTKA_EVENT_CONNECTED, MQTTKA_EVENT_DISCONNECTED, MQTTKA_EVENT_RECONNECTING,
        MQTTKA_EVENT_CONNECTED, MQTTKA_EVENT_SUBSCRIPTIONS_LOST, MQTTKA_EVENT_DISCONNECTED);
    EXPECT_INT(2, recorder.completions);
    peer_free(&packet);
    close(listener);
}

int main(void)
{
    refused_credentials_stop_it();
    or_not();
    hints_inside_callbacks();
    destroyed_while_it_waits(false);
    destroyed_while_it_waits(true);
    subscriptions_come_along();
    return 0;
}
