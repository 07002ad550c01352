/* What each call answers in each state, and what the status says. */
#include "recorder.h"

static int64_t status(mqttka_client *client, int32_t key)
{
    int64_t value = -1;
    int32_t error = mqttka_client_get_int(client, key, &value);
    if (error == MQTTKA_ERROR_NOT_PRESENT) return -1;
    EXPECT_INT(MQTTKA_OK, error);
    return value;
}

/* Operations, none of which is possible now. */
static void refused(mqttka_client *client, int32_t error)
{
    struct recorder *never = NULL;
    mqttka_message *message;
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_message_new("a", 1, NULL, 0, 0, false, &message));
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    EXPECT_INT(error, mqttka_client_publish(client, "a", 1, "x", 1, 0, false, recorder_completion,
                                            never));
    EXPECT_INT(error, mqttka_client_publish_message(client, message, recorder_completion, never));
    EXPECT_INT(error, mqttka_client_subscribe(client, "a", 1, 0, recorder_completion, never));
    EXPECT_INT(error, mqttka_client_unsubscribe(client, "a", 1, recorder_completion, never));
    EXPECT_INT(error, mqttka_client_send_subscribe(client, request, recorder_completion, never));
    EXPECT_INT(error, mqttka_client_disconnect(client));
    EXPECT_INT(error, mqttka_client_disconnect_with(client, 0x04));
    mqttka_message_free(message);
    mqttka_subscribe_request_free(request);
}

static void idle(mqttka_client *client, int64_t connection_number)
{
    EXPECT_INT(MQTTKA_STATE_IDLE, status(client, MQTTKA_STATUS_STATE));
    EXPECT_INT(connection_number, status(client, MQTTKA_STATUS_CONNECTION_NUMBER));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_LAST_INBOUND_AGE_MS));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_UNANSWERED_PINGS));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_OLDEST_PING_AGE_MS));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_VERDICT_IN_MS));
    refused(client, MQTTKA_ERROR_NOT_CONNECTED);
}

static void connected(struct recorder *recorder, mqttka_client *client)
{
    EXPECT_INT(MQTTKA_ERROR_ALREADY_CONNECTED, mqttka_client_connect(client));
    EXPECT_INT(MQTTKA_STATE_CONNECTED, status(client, MQTTKA_STATUS_STATE));
    EXPECT_INT(60, status(client, MQTTKA_STATUS_KEEP_ALIVE));
    EXPECT(status(client, MQTTKA_STATUS_LAST_INBOUND_AGE_MS) >= 0);
    EXPECT(status(client, MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS) >= 0);
    EXPECT_INT(0, status(client, MQTTKA_STATUS_UNANSWERED_PINGS));
    EXPECT_INT(-1, status(client, MQTTKA_STATUS_OLDEST_PING_AGE_MS));
    int64_t verdict = status(client, MQTTKA_STATUS_VERDICT_IN_MS);
    EXPECT(verdict > 60000 && verdict <= 90000);
    EXPECT(status(client, MQTTKA_STATUS_BYTES_RECEIVED) > 0);
    EXPECT(status(client, MQTTKA_STATUS_BYTES_SENT) > 0);
    int64_t received = status(client, MQTTKA_STATUS_MESSAGES_RECEIVED);
    OK(mqttka_client_subscribe(client, "life", 4, 1, recorder_completion, recorder));
    OK(mqttka_client_publish(client, "life", 4, "x", 1, 1, false, recorder_completion, recorder));
    recorder_wait(recorder, &recorder->messages, (int)received + 1);
    recorder_wait(recorder, &recorder->completions, 2 * ((int)received + 1));
    EXPECT_INT(received + 1, status(client, MQTTKA_STATUS_MESSAGES_RECEIVED));
    EXPECT_INT(0, status(client, MQTTKA_STATUS_MESSAGES_DROPPED));
    EXPECT_INT(0, status(client, MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES));
    EXPECT_INT(0, status(client, MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES));
    for (int32_t code = -1; code <= 256; code++)
        if (code != 0 && code != 4 && (code < 0x80 || code == 0x87 || code > 0xa2))
            EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_disconnect_with(client, code));
}

static void three_connections(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, test_port("MQTTKA_TEST_PORT"));
    for (int i = 0; i < 3; i++) {
        idle(client, i);
        OK(mqttka_client_connect(client));
        EXPECT_INT(MQTTKA_ERROR_ALREADY_CONNECTED, mqttka_client_connect(client));
        recorder_wait(&recorder, &recorder.connected, i + 1);
        connected(&recorder, client);
        OK(mqttka_client_disconnect_with(client, i == 0 ? 0x00 : i == 1 ? 0x04 : 0x98));
        recorder_wait(&recorder, &recorder.disconnected, i + 1);
        EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder.cause);
        EXPECT_INT(i + 1, recorder.connection_number);
    }
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(3, recorder.connected);
    EXPECT_INT(3, recorder.disconnected);
    EXPECT_INT(3, recorder.messages);
    EXPECT_INT(6, recorder.completions);
    EXPECT_INT(1, recorder.terminated);
}

static void without_callbacks(void)
{
    mqttka_client *client;
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PORT, test_port("MQTTKA_TEST_PORT")));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    OK(mqttka_client_subscribe(client, "life", 4, 1, NULL, NULL));
    OK(mqttka_client_publish(client, "life", 4, "x", 1, 1, false, NULL, NULL));
    OK(mqttka_client_destroy_and_wait(client, -1));
}

/* `terminated` holds the end up, so that what follows a destroy can be tried at leisure. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(struct recorder *recorder)
{
    EXPECT_INT(0, recorder->terminated);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void after_destroy(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    recorder.on_terminated = wait_at_gate;
    mqttka_client *client = recorder_client(&recorder, test_port("MQTTKA_TEST_PORT"));
    pthread_mutex_lock(&gate);
    OK(mqttka_client_destroy(client));
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_destroy(client));
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_connect(client));
    refused(client, MQTTKA_ERROR_CLOSED);
    EXPECT_INT(MQTTKA_STATE_CLOSED, status(client, MQTTKA_STATUS_STATE));
    EXPECT_INT(MQTTKA_ERROR_TIMED_OUT, mqttka_client_destroy_and_wait(client, 1));
    pthread_mutex_unlock(&gate);
    OK(mqttka_client_destroy_and_wait(client, INT64_MAX));
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(1, recorder.destroyed);
}

int main(void)
{
    three_connections();
    without_callbacks();
    after_destroy();
    return 0;
}
