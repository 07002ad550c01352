/*
 * Every function from inside every callback: each event, messages, completions, `terminated`, the
 * destructor of user_data. Then a destroy from inside each of them.
 */
#include "recorder.h"

enum place {
    CONNECTED,
    DISCONNECTED,
    CONNECT_FAILED,
    MESSAGE,
    COMPLETION,
    TERMINATED,
    DESTRUCTOR,
    PLACES
};

static const char *const PLACE_NAMES[PLACES] = {"CONNECTED",  "DISCONNECTED", "CONNECT_FAILED",
                                                "message",    "completion",   "terminated",
                                                "destructor"};

static int visited[PLACES];
static void ignore_completion(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    EXPECT(client != NULL && result != NULL && user_data == NULL);
}

/* In a place where the connection is open, closed, or the client destroyed. */
static void fits(enum place place, int32_t error)
{
    if (place == TERMINATED) EXPECT_INT(MQTTKA_ERROR_CLOSED, error);
    else if (place == DISCONNECTED || place == CONNECT_FAILED)
        EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, error);
    else EXPECT_INT(MQTTKA_OK, error);
}

static void ignore_log(int32_t level, const char *text, void *user_data)
{
    EXPECT(level > 0 && text != NULL && user_data == NULL);
}

static void call_values(void)
{
    EXPECT_INT(MQTTKA_OK, mqttka_check_abi(mqttka_abi_version()));
    EXPECT_TEXT(MQTTKA_VERSION, mqttka_version());
    EXPECT_TEXT("success", mqttka_strerror(MQTTKA_OK));
    EXPECT(mqttka_last_error() != NULL);
    EXPECT_TEXT("Success", mqttka_reason_code_string(0));
    EXPECT_TEXT("transport", mqttka_cause_string(MQTTKA_CAUSE_TRANSPORT));
    EXPECT(strlen(mqttka_stage_string(MQTTKA_STAGE_DNS)) > 0);
    EXPECT_TEXT("unix", mqttka_transport_string(MQTTKA_TRANSPORT_UNIX));
    EXPECT_TEXT("system", mqttka_transport_error_string(MQTTKA_TRANSPORT_ERROR_SYSTEM));
    EXPECT_TEXT("moved", mqttka_stop_reason_string(MQTTKA_STOP_MOVED));
    bool matches = false;
    OK(mqttka_topic_matches("calls/#", 7, "calls/out", 9, &matches));
    EXPECT(matches);
    OK(mqttka_set_log_callback(MQTTKA_LOG_WARN, ignore_log, NULL));
}

static mqttka_message *call_message(void)
{
    mqttka_message *message;
    int64_t number;
    const char *text, *name;
    const uint8_t *bytes;
    size_t length, name_length;
    OK(mqttka_message_new("calls/out", 9, "x", 1, 1, false, &message));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 9));
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, "t", 1));
    OK(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, "c", 1));
    OK(mqttka_message_add_user_property(message, "n", 1, "v", 1));
    mqttka_message *clone = mqttka_message_clone(message);
    mqttka_message_free(message);
    OK(mqttka_message_get_int(clone, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, &number));
    EXPECT_INT(9, number);
    OK(mqttka_message_get_string(clone, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
    OK(mqttka_message_get_bytes(clone, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
    EXPECT_INT(1, mqttka_message_user_property_count(clone));
    OK(mqttka_message_user_property_at(clone, 0, &name, &name_length, &text, &length));
    EXPECT(mqttka_message_topic(clone, NULL) != NULL);
    EXPECT(mqttka_message_payload(clone, NULL) != NULL);
    EXPECT_INT(1, mqttka_message_qos(clone));
    EXPECT(!mqttka_message_retain(clone) && !mqttka_message_dup(clone));
    EXPECT_INT(0, mqttka_message_connection_number(clone));
    return clone;
}

static mqttka_subscribe_request *call_request(void)
{
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "calls/never", 11, 0, 0));
    OK(mqttka_subscribe_request_set_subscription_identifier(request, 1));
    OK(mqttka_subscribe_request_add_user_property(request, "n", 1, "v", 1));
    return request;
}

static int ignore_socket(int socket, void *user_data)
{
    EXPECT(socket >= 0 && user_data == NULL);
    return 0;
}

static int32_t ignore_chain(const uint8_t *const *certificates, const size_t *lengths, size_t count,
                            const char *server_name, char *reason, size_t reason_size,
                            void *user_data)
{
    EXPECT(certificates != NULL && lengths != NULL && count > 0 && server_name != NULL);
    EXPECT(reason != NULL && reason_size > 0 && user_data == NULL);
    return 0;
}

/* From inside a provider's call. */
static void answer(mqttka_connection_request *request, void *user_data)
{
    EXPECT(user_data == NULL);
    EXPECT(mqttka_connection_request_attempt_number(request) > 0);
    EXPECT(mqttka_connection_request_time_left_ms(request) > 0);
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, "u", 1));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, "p", 1));
    OK(mqttka_connection_request_set_uri(request, "mqtt://127.0.0.1:1"));
    OK(mqttka_connection_request_add_web_socket_header(request, "n", "v"));
    OK(mqttka_connection_request_provide(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_connection_request_fail(request, "", 0, true));
    mqttka_connection_request_free(request);
}

/* From inside an authenticator's call. */
static void prove(mqttka_authentication_request *request, void *user_data)
{
    const uint8_t *data;
    const char *text;
    size_t length;
    EXPECT(user_data == NULL);
    EXPECT_INT(MQTTKA_AUTHENTICATION_START, mqttka_authentication_request_step(request));
    EXPECT_INT(1, mqttka_authentication_request_exchange(request));
    EXPECT(mqttka_authentication_request_time_left_ms(request) > 0);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_data(request, &data, &length));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_reason_string(request, &text, &length));
    EXPECT_INT(0, mqttka_authentication_request_user_property_count(request));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_user_property_at(request, 0, &text, &length, &text,
                                                              &length));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_authentication_request_add_user_property(request, "n", 1, "v", 1));
    OK(mqttka_authentication_request_reply(request, "x", 1));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_authentication_request_fail(request, "", 0, true));
    mqttka_authentication_request_free(request);
}

static void resolve(mqttka_name_request *request, void *user_data)
{
    EXPECT(user_data == NULL);
    EXPECT_TEXT("broker.example", mqttka_name_request_name(request));
    EXPECT(mqttka_name_request_time_left_ms(request) > 0);
    OK(mqttka_name_request_add_address(request, "127.0.0.1"));
    OK(mqttka_name_request_answer(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_name_request_fail(request, "", 0));
    mqttka_name_request_free(request);
}

/* A client of the program's own loop, which is one callback. */
static void call_host_loop(void)
{
    mqttka_client *other;
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_uri(options, "mqtt://broker.example:1"));
    OK(mqttka_options_set_resolver(options, resolve, NULL, NULL));
    OK(mqttka_options_set_scram_sha256(options, "u", 1, "p", 1, 0));
    OK(mqttka_options_set_authenticator(options, "m", prove, NULL, NULL));
    OK(mqttka_client_new_hosted(options, &other));
    mqttka_options_free(options);
    EXPECT(mqttka_client_fd(other) >= 0);
    OK(mqttka_client_connect(other));
    OK(mqttka_client_process(other));
    EXPECT(mqttka_client_deadline_ms(other) >= 0);
    OK(mqttka_client_destroy_and_wait(other, -1));
}

static void call_reconnect_options(mqttka_options *options)
{
    int64_t number;
    double factor;
    OK(mqttka_options_set_reconnect(options, true));
    OK(mqttka_options_get_int(options, MQTTKA_OPTION_RECONNECT, &number));
    OK(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, 3));
    OK(mqttka_options_get_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, &factor));
    EXPECT(number == 1 && factor == 3);
    OK(mqttka_options_set_provider(options, answer, NULL, NULL));
}

static void ignore_packet(const mqttka_packet *packet, void *user_data);

/* Another client, made, started and destroyed from inside the callback. */
static void call_options(const mqttka_message *will)
{
    mqttka_client *other = NULL;
    mqttka_options *options = mqttka_options_new();
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(options, &other));
    OK(mqttka_options_set_uri(options, "mqtt://127.0.0.1"));
    OK(mqttka_options_add_server(options, "mqtt://127.0.0.1:1"));
    OK(mqttka_options_add_tls_alpn(options, "mqtt"));
    OK(mqttka_options_add_tls_pin(options, "WCTlP0hKhHdfSjDzt7v4wMwBwZTQ+nPvmJrVIZrqrhM="));
    OK(mqttka_options_add_web_socket_header(options, "n", "v"));
    OK(mqttka_options_set_socket_hook(options, ignore_socket, NULL, NULL));
    OK(mqttka_options_set_tls_verifier(options, ignore_chain, NULL, NULL));
    OK(mqttka_options_set_packet_tap(options, ignore_packet, NULL, NULL));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PORT, test_port("MQTTKA_TEST_PORT")));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", 9));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "p", 1));
    OK(mqttka_options_add_user_property(options, "n", 1, "v", 1));
    OK(mqttka_options_set_will(options, will));
    call_reconnect_options(options);
    OK(mqttka_options_set_event_callback(options, NULL));
    OK(mqttka_options_set_message_callback(options, NULL));
    OK(mqttka_options_set_terminated_callback(options, NULL));
    OK(mqttka_options_set_user_data(options, NULL, NULL));
    OK(mqttka_client_new(options, &other));
    mqttka_options_free(options);
    OK(mqttka_client_connect(other));
    OK(mqttka_client_destroy_and_wait(other, -1));
}

static void ignore_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    EXPECT(client != NULL && message != NULL && user_data == NULL);
}

static void call_subscriptions(mqttka_client *client, enum place place,
                               const mqttka_subscribe_request *request)
{
    uint64_t subscription = 0;
    size_t length;
    mqttka_stream *stream;
    const mqttka_message *message;
    fits(place, mqttka_client_subscribe_with(client, request, ignore_message, NULL, NULL,
                                             ignore_completion, NULL, &subscription));
    if (subscription != 0)
        OK(mqttka_client_unsubscribe_from(client, subscription, ignore_completion, NULL));
    fits(place, mqttka_client_subscribe_stream(client, request, MQTTKA_STREAM_OUTLIVES_CONNECTIONS,
                                               ignore_completion, NULL, &stream));
    if (stream != NULL) {
        OK(mqttka_stream_unsubscribe(stream, ignore_completion, NULL));
        mqttka_stream_close(stream);
    }
    int32_t error = mqttka_client_open_stream(client, "calls/never", 11, &stream);
    EXPECT_INT(place == TERMINATED ? MQTTKA_ERROR_CLOSED : MQTTKA_OK, error);
    if (stream == NULL) return;
    EXPECT_INT(MQTTKA_ERROR_TIMED_OUT, mqttka_stream_next(stream, 1, &message));
    OK(mqttka_stream_done(stream, 1));
    EXPECT_INT(0, mqttka_stream_cause(stream));
    EXPECT(mqttka_stream_result(stream) == NULL);
    mqttka_stream_close(stream);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, NULL, 0, &length));
}

#include "callbacks_outcomes.h"

static void call_client(mqttka_client *client, enum place place, mqttka_message *message,
                        mqttka_subscribe_request *request)
{
    int64_t state;
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &state));
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_process(client));
    EXPECT(mqttka_client_fd(client) == -1 && mqttka_client_deadline_ms(client) == -1);
    EXPECT_INT(place == TERMINATED ? MQTTKA_ERROR_CLOSED : MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_reauthenticate(client, ignore_completion, NULL));
    fits(place, mqttka_client_publish(client, "calls/out", 9, "x", 1, 1, false, ignore_completion,
                                      NULL));
    fits(place, mqttka_client_publish_message(client, message, ignore_completion, NULL));
    fits(place, mqttka_client_publish_with(client, message, NULL, ignore_completion, NULL));
    fits(place, mqttka_client_subscribe(client, "calls/never", 11, 1, ignore_completion, NULL));
    fits(place, mqttka_client_send_subscribe(client, request, ignore_completion, NULL));
    fits(place, mqttka_client_unsubscribe(client, "calls/never", 11, ignore_completion, NULL));
    call_subscriptions(client, place, request);
    call_outcomes(client, place, message, request);
    /* Hints do nothing without a connection. */
    int32_t hint = place == TERMINATED ? MQTTKA_ERROR_CLOSED : MQTTKA_OK;
    EXPECT_INT(hint, mqttka_client_probe_now(client, 30000));
    EXPECT_INT(hint, mqttka_client_network_changed(client, MQTTKA_NETWORK_CHANGED));
    mqttka_network network = {.size = sizeof network, .change = MQTTKA_NETWORK_CHANGED};
    EXPECT_INT(hint, mqttka_client_network_is(client, &network));
    EXPECT_INT(hint, mqttka_client_reconnect_now(client));
    EXPECT_INT(hint, mqttka_client_entered_background(client));
    /* It gives a broker 2 s, which a slow machine may not have. */
    if (place == TERMINATED || place == DISCONNECTED || place == CONNECT_FAILED)
        EXPECT_INT(hint, mqttka_client_entered_foreground(client));
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, 0));
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, -1));
    if (place == TERMINATED) {
        EXPECT_INT(MQTTKA_STATE_CLOSED, state);
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_connect(client));
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_disconnect(client));
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_disconnect_with(client, 4));
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_disconnect_after(client, 4, 1));
        OK(mqttka_client_abort(client)); /* there is nothing left to cut short */
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_destroy(client));
    } else if (place == DISCONNECTED || place == CONNECT_FAILED) {
        EXPECT_INT(MQTTKA_STATE_IDLE, state);
        EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_disconnect(client));
        EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_disconnect_with(client, 4));
        EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_disconnect_after(client, 4, 1));
    } else {
        EXPECT_INT(MQTTKA_STATE_CONNECTED, state);
        EXPECT_INT(MQTTKA_ERROR_ALREADY_CONNECTED, mqttka_client_connect(client));
    }
}

static void call_everything(mqttka_client *client, enum place place)
{
    call_values();
    mqttka_message *message = call_message();
    mqttka_subscribe_request *request = call_request();
    call_options(message);
    call_host_loop();
    if (client != NULL) call_client(client, place, message, request);
    mqttka_subscribe_request_free(request);
    mqttka_message_free(message);
    __atomic_add_fetch(&visited[place], 1, __ATOMIC_SEQ_CST);
}

static enum place place_of(const mqttka_event *event)
{
    int64_t number;
    const char *text;
    size_t length;
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_CONNECTION_NUMBER, &number));
    int32_t error = mqttka_event_get_string(event, MQTTKA_EVENT_REASON_STRING, &text, &length);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    EXPECT(strlen(mqttka_event_description(event)) > 0);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_lost_filter_at(event, 0, &text, &length, NULL, NULL));
    EXPECT_INT(0, mqttka_event_user_property_count(event));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_user_property_at(event, 0, &text, &length, &text, &length));
    error = mqttka_event_stage_time_us(event, MQTTKA_STAGE_TCP, &number);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED: return CONNECTED;
    case MQTTKA_EVENT_DISCONNECTED: return DISCONNECTED;
    default: return CONNECT_FAILED;
    }
}

/* First round: call everything, then go on to the next state. */

struct subject {
    struct recorder recorder;
    mqttka_client *client;
    enum place destroy_in; /* second round; PLACES in the first */
    int destroys;
};

static void act(struct subject *subject, mqttka_client *client, enum place place)
{
    EXPECT(client == subject->client);
    if (subject->destroy_in == PLACES) {
        call_everything(client, place);
    } else if (subject->destroy_in == place && subject->destroys == 0) {
        subject->destroys += 1;
        EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, 0));
        OK(mqttka_client_destroy(client));
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_destroy(client));
        EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, -1));
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_connect(client));
    }
}

static void in_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    enum place place = place_of(event);
    act(recorder->context, client, place);
    if (place == CONNECTED) {
        int32_t error = mqttka_client_subscribe(client, "calls/in", 8, 1, NULL, NULL);
        EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_CLOSED);
        error = mqttka_client_publish(client, "calls/in", 8, "x", 1, 1, false, recorder_completion,
                                      recorder);
        EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_CLOSED);
    } else if (place == DISCONNECTED && recorder->connected == 1) {
        /* The way to reconnect. */
        int32_t error = mqttka_client_connect(client);
        EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_CLOSED);
    }
}

static void in_message(struct recorder *recorder, mqttka_client *client,
                       const mqttka_message *message)
{
    EXPECT(mqttka_message_connection_number(message) > 0);
    act(recorder->context, client, MESSAGE);
}

static void in_completion(struct recorder *recorder, mqttka_client *client,
                          const mqttka_result *result)
{
    const char *text;
    size_t length;
    EXPECT(mqttka_result_reason_code(result) >= -1);
    EXPECT_INT(0, mqttka_result_reason_code_count(result));
    EXPECT_INT(-1, mqttka_result_reason_code_at(result, 0));
    EXPECT(mqttka_result_packet_id(result) >= 0);
    EXPECT(mqttka_result_receipt(result) <= MQTTKA_RECEIPT_ACKNOWLEDGED);
    EXPECT_INT(0, mqttka_result_user_property_count(result));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_result_user_property_at(result, 0, &text, &length, &text, &length));
    int32_t error = mqttka_result_get_reason_string(result, &text, &length);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    if (mqttka_result_error(result) == MQTTKA_OK) act(recorder->context, client, COMPLETION);
}

static void in_terminated(struct recorder *recorder)
{
    struct subject *subject = recorder->context;
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(subject->client, 0));
    if (subject->destroy_in == PLACES) call_everything(subject->client, TERMINATED);
}

static void in_destructor(void *user_data)
{
    struct subject *subject = user_data;
    if (subject->destroy_in == PLACES) call_everything(NULL, DESTRUCTOR);
    recorder_add(&subject->recorder, &subject->recorder.destroyed);
}

static void start(struct subject *subject, int port, enum place destroy_in)
{
    memset(subject, 0, sizeof *subject);
    recorder_init(&subject->recorder);
    subject->recorder.on_event = in_event;
    subject->recorder.on_message = in_message;
    subject->recorder.on_completion = in_completion;
    subject->recorder.on_terminated = in_terminated;
    subject->recorder.context = subject;
    subject->destroy_in = destroy_in;
    mqttka_options *options = recorder_options(&subject->recorder, port);
    /* The recorder comes first in the subject, so that both can read the same user_data. */
    OK(mqttka_options_set_user_data(options, subject, in_destructor));
    OK(mqttka_client_new(options, &subject->client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(subject->client));
}

static void everything_everywhere(void)
{
    struct subject subject;
    struct recorder *recorder = &subject.recorder;
    start(&subject, test_port("MQTTKA_TEST_PORT"), PLACES);
    for (int connection = 1; connection <= 2; connection++) {
        recorder_wait(recorder, &recorder->messages, connection);
        recorder_wait(recorder, &recorder->completions, connection);
        OK(mqttka_client_disconnect(subject.client));
        recorder_wait(recorder, &recorder->disconnected, connection);
    }
    OK(mqttka_client_destroy_and_wait(subject.client, -1));
    EXPECT_INT(2, recorder->connected);
    EXPECT_INT(2, recorder->disconnected);
    EXPECT_INT(2, recorder->messages);
    EXPECT_INT(2, recorder->completions);
    EXPECT_INT(1, recorder->terminated);
    EXPECT_INT(1, recorder->destroyed);
    start(&subject, 1, PLACES);
    recorder_wait(recorder, &recorder->connect_failed, 1);
    OK(mqttka_client_destroy_and_wait(subject.client, -1));
    EXPECT_INT(1, recorder->connect_failed);
    EXPECT_INT(1, recorder->terminated);
    EXPECT_INT(1, recorder->destroyed);
    static const int EXPECTED[PLACES] = {2, 2, 1, 2, 2, 2, 2};
    for (int place = 0; place < PLACES; place++)
        if (visited[place] != EXPECTED[place])
            EXPECT_FAILED("%s was visited %d times, not %d", PLACE_NAMES[place], visited[place],
                          EXPECTED[place]);
}

/* Second round. */
static void destroy_in(enum place place)
{
    struct subject subject;
    struct recorder *recorder = &subject.recorder;
    start(&subject, place == CONNECT_FAILED ? 1 : test_port("MQTTKA_TEST_PORT"), place);
    if (place == DISCONNECTED) {
        recorder_wait(recorder, &recorder->connected, 1);
        OK(mqttka_client_disconnect(subject.client));
    }
    recorder_wait(recorder, &recorder->destroyed, 1);
    EXPECT_INT(1, subject.destroys);
    EXPECT_INT(1, recorder->terminated);
    EXPECT_INT(1, recorder->destroyed);
    EXPECT_INT(place == CONNECT_FAILED, recorder->connect_failed);
    EXPECT_INT(place != CONNECT_FAILED, recorder->connected);
    EXPECT_INT(place != CONNECT_FAILED, recorder->disconnected);
}

int main(void)
{
    everything_everywhere();
    for (int place = CONNECTED; place <= COMPLETION; place++) destroy_in((enum place)place);
    return 0;
}
