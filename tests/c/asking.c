/* Requests and their responses, through a broker: each request ends once. */
#include "recorder.h"

#include <unistd.h>

static struct recorder recorder;
static mqttka_client *client;
static int responses, without, destroyed;
static int32_t error, reason_code;

static void respond(mqttka_client *of_client, const mqttka_message *request, mqttka_reply *reply,
                    void *user_data)
{
    size_t length;
    const uint8_t *payload = mqttka_message_payload(request, &length);
    EXPECT(of_client == client && user_data == &recorder);
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_reply_set_payload(reply, NULL, 1));
    if (length > 0 && payload[0] == 'q') return; /* is quiet */
    OK(mqttka_reply_set_payload(reply, "first", MQTTKA_NUL_TERMINATED));
    OK(mqttka_reply_set_payload(reply, "pong", 4));
}

static void respond_later(mqttka_client *of_client, const mqttka_message *request, void *user_data)
{
    mqttka_message *reply;
    (void)user_data;
    OK(mqttka_message_reply_new(request, "later", MQTTKA_NUL_TERMINATED, &reply));
    OK(mqttka_message_set_string(reply, MQTTKA_PROPERTY_CONTENT_TYPE, "text/plain", 10));
    OK(mqttka_client_publish_message(of_client, reply, NULL, NULL));
    mqttka_message_free(reply);
}

static void on_destroyed(void *user_data) { recorder_add(user_data, &destroyed); }

static void answered(mqttka_client *of_client, const mqttka_message *response,
                     const mqttka_result *result, void *user_data)
{
    const char *expected = user_data;
    size_t length;
    EXPECT(of_client == client);
    error = mqttka_result_error(result);
    reason_code = mqttka_result_reason_code(result);
    if (response == NULL) {
        EXPECT(error != MQTTKA_OK);
        recorder_add(&recorder, &without);
        return;
    }
    EXPECT_INT(MQTTKA_OK, error);
    const uint8_t *payload = mqttka_message_payload(response, &length);
    EXPECT_BYTES(expected, strlen(expected), payload, length);
    recorder_add(&recorder, &responses);
}

static int32_t ask(const char *topic, const char *payload, int32_t qos, int64_t timeout_ms,
                   const char *expected)
{
    mqttka_message *message;
    OK(mqttka_message_new(topic, MQTTKA_NUL_TERMINATED, payload, strlen(payload), qos, false, &message));
    int32_t code = mqttka_client_request(client, message, timeout_ms, answered, (void *)expected);
    mqttka_message_free(message);
    return code;
}

static uint64_t responder(const char *filter, bool later)
{
    uint64_t number = 0;
    int before = recorder_count(&recorder, &recorder.completions);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, filter, MQTTKA_NUL_TERMINATED, 1, 0));
    if (later)
        OK(mqttka_client_subscribe_with(client, request, respond_later, NULL, NULL,
                                        recorder_completion, &recorder, &number));
    else
        OK(mqttka_client_respond(client, request, respond, &recorder, on_destroyed,
                                 recorder_completion, &recorder, &number));
    mqttka_subscribe_request_free(request);
    recorder_wait(&recorder, &recorder.completions, before + 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    return number;
}

/* Those that wait for their responses, and one that is begun afterwards. */
static void given_up(void)
{
    enum { MANY = 100 };
    mqttka_message *message;
    mqttka_canceller *canceller = mqttka_canceller_new();
    int before = recorder_count(&recorder, &without);
    OK(mqttka_message_new("asking/a", MQTTKA_NUL_TERMINATED, "quiet", 5, 1, false, &message));
    for (int i = 0; i < MANY; i++)
        OK(mqttka_client_request_cancellable(client, message, 0, canceller, answered, NULL));
    OK(mqttka_client_flush(client, 0, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, recorder_count(&recorder, &recorder.completions) + 1);
    OK(mqttka_canceller_cancel(canceller));
    recorder_wait(&recorder, &without, before + MANY);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, error);
    OK(mqttka_client_request_cancellable(client, message, 0, canceller, answered, NULL));
    recorder_wait(&recorder, &without, before + MANY + 1);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, error);
    without = before;
    mqttka_canceller_free(canceller);
    mqttka_message_free(message);
}

/* Many at a time, fetched in one thread and answered later, the last one first. */
static void answered_later(void)
{
    enum { MANY = 20 };
    mqttka_requests *requests;
    mqttka_received_request *received[MANY], *none;
    int before = recorder_count(&recorder, &recorder.completions), had = recorder_count(&recorder, &responses);
    size_t length;
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "asking/answered/+", MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_client_subscribe_requests(client, request, recorder_completion, &recorder, &requests));
    mqttka_subscribe_request_free(request);
    recorder_wait(&recorder, &recorder.completions, before + 1);
    EXPECT_INT(MQTTKA_ERROR_TIMED_OUT, mqttka_requests_next(requests, 1, &none));
    EXPECT(none == NULL && mqttka_requests_result(requests) == NULL);
    for (int i = 0; i < MANY; i++) OK(ask("asking/answered/a", "ping", i % 2, 0, "pong"));
    for (int i = 0; i < MANY; i++) {
        OK(mqttka_requests_next(requests, 60000, &received[i]));
        const mqttka_message *message = mqttka_received_request_message(received[i]);
        const uint8_t *payload = mqttka_message_payload(message, &length);
        EXPECT_BYTES("ping", 4, payload, length);
    }
    for (int i = MANY - 1; i >= 0; i--) {
        EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_received_request_reply(received[i], NULL, 1));
        OK(mqttka_received_request_reply(received[i], "pong", MQTTKA_NUL_TERMINATED));
        EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_received_request_decline(received[i]));
        EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_received_request_reply(received[i], "x", 1));
        mqttka_received_request_free(received[i]);
    }
    recorder_wait(&recorder, &responses, had + MANY);

    /* What is freed without a word comes again; declined, it has no answer. */
    OK(ask("asking/answered/a", "quiet", 1, 60000, "late"));
    OK(mqttka_requests_next(requests, 60000, &received[0]));
    mqttka_received_request_free(received[0]);
    OK(mqttka_requests_next(requests, 60000, &received[0]));
    EXPECT(mqttka_message_dup(mqttka_received_request_message(received[0])));

    /* It ends, and what was fetched is answered all the same. */
    before = recorder_count(&recorder, &recorder.completions);
    OK(mqttka_requests_unsubscribe(requests, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, before + 1);
    EXPECT_INT(MQTTKA_ERROR_UNSUBSCRIBED, mqttka_requests_next(requests, 60000, &none));
    EXPECT(none == NULL);
    mqttka_requests_close(requests);
    OK(mqttka_received_request_reply(received[0], "late", 4));
    mqttka_received_request_free(received[0]);
    recorder_wait(&recorder, &responses, had + MANY + 1);
    responses = had;
}

static void each_ends_once(void)
{
    enum { MANY = 50 };
    uint64_t number = responder("asking/+", false);
    for (int i = 0; i < MANY; i++) OK(ask("asking/a", "ping", i % 3, 0, "pong"));
    recorder_wait(&recorder, &responses, MANY);
    OK(ask("asking/a", "quiet", 1, 50, NULL));
    recorder_wait(&recorder, &without, 1);
    EXPECT_INT(MQTTKA_ERROR_OPERATION_TIMED_OUT, error);
    OK(ask("asking/nobody/there", "ping", 1, 0, NULL));
    recorder_wait(&recorder, &without, 2);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, error);
    EXPECT_INT(0x10, reason_code); /* No matching subscribers */

    given_up();
    responder("asking/later/+", true);
    OK(ask("asking/later/a", "", 1, 0, "later"));
    recorder_wait(&recorder, &responses, MANY + 1);

    answered_later();
    OK(mqttka_client_unsubscribe_from(client, number, recorder_completion, &recorder));
    recorder_wait(&recorder, &destroyed, 1);
    OK(ask("asking/a", "ping", 0, 60000, NULL));
    recorder_finish(&recorder, client);
    EXPECT_INT(3, without);
    EXPECT_INT(MANY + 1, responses);
}

/* The client is destroyed while a thread waits, and a request is under way. */
static void *wait_for_another(void *requests)
{
    mqttka_received_request *none;
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_requests_next(requests, -1, &none));
    EXPECT(none == NULL);
    return NULL;
}

static void after_the_client(void)
{
    mqttka_requests *requests;
    mqttka_received_request *received[2];
    pthread_t waiting;
    recorder_init(&recorder);
    client = recorder_start(&recorder, recorder_options(&recorder, test_port("MQTTKA_TEST_PORT")));
    recorder_wait(&recorder, &recorder.connected, 1);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "asking/closed", MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_client_subscribe_requests(client, request, NULL, NULL, &requests));
    mqttka_subscribe_request_free(request);
    for (int i = 0; i < 2; i++) {
        OK(ask("asking/closed", "ping", 1, 0, NULL));
        OK(mqttka_requests_next(requests, 60000, &received[i]));
    }
    EXPECT(pthread_create(&waiting, NULL, wait_for_another, requests) == 0);
    recorder_finish(&recorder, client);
    EXPECT(pthread_join(waiting, NULL) == 0);
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_requests_unsubscribe(requests, recorder_completion, &recorder));
    EXPECT(mqttka_requests_result(requests) == NULL);
    OK(mqttka_received_request_reply(received[0], "nobody hears it", MQTTKA_NUL_TERMINATED));
    mqttka_received_request_free(received[0]);
    mqttka_requests_close(requests);
    mqttka_received_request_free(received[1]);
}

static void not_in_3_1_1(void)
{
    uint64_t number = 0;
    mqttka_message *message, *reply;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    client = recorder_start(&recorder, options);
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED, ask("a", "", 0, 0, NULL));
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a", 1, 1, 0));
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED,
               mqttka_client_respond(client, request, respond, NULL, on_destroyed, NULL, NULL, &number));
    EXPECT_INT(0, number);
    mqttka_requests *requests;
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED,
               mqttka_client_subscribe_requests(client, request, NULL, NULL, &requests));
    EXPECT(requests == NULL);
    mqttka_subscribe_request_free(request);
    OK(mqttka_message_new("a", 1, NULL, 0, 0, false, &message));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_message_reply_new(message, NULL, 0, &reply));
    EXPECT(reply == NULL);
    mqttka_message_free(message);
    recorder_finish(&recorder, client);
}

int main(void)
{
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_PORT"));
    client = recorder_start(&recorder, options);
    recorder_wait(&recorder, &recorder.connected, 1);
    each_ends_once();
    after_the_client();
    not_in_3_1_1();
    return 0;
}
