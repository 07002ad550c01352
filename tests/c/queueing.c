/*
 * What is asked for without a connection: before the first one, with a time of its own, and in a
 * queue that is full. Each has exactly one outcome.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { MOST = 4 };

/* The outcome of each publish of one client, by its number; -1 where there is none yet. */
static int32_t outcomes[MOST];
static struct recorder recorder;

static void on_outcome(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    int32_t *outcome = user_data;
    EXPECT_INT(-1, *outcome);
    *outcome = mqttka_result_error(result);
    recorder_completion(client, result, &recorder);
}

static int32_t publish(mqttka_client *client, int number, int qos)
{
    return mqttka_client_publish(client, "t", 1, "x", 1, qos, false, on_outcome, &outcomes[number]);
}

static int32_t publish_within(mqttka_client *client, int number, int64_t timeout_ms)
{
    mqttka_publish_options within = {sizeof within, timeout_ms, 0, NULL};
    mqttka_message *message;
    OK(mqttka_message_new("t", 1, "x", 1, 1, false, &message));
    int32_t error = mqttka_client_publish_with(client, message, &within, on_outcome,
                                               &outcomes[number]);
    mqttka_message_free(message);
    return error;
}

static mqttka_options *start(int port)
{
    for (int i = 0; i < MOST; i++) outcomes[i] = -1;
    recorder_init(&recorder);
    return recorder_reconnecting(&recorder, port);
}

static mqttka_client *made(mqttka_options *options)
{
    mqttka_client *client;
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    return client;
}

static void before_the_first_connection(void)
{
    mqttka_client *client = made(start(test_port("MQTTKA_TEST_PORT")));
    OK(mqttka_client_subscribe(client, "t", 1, 1, recorder_completion, &recorder));
    for (int qos = 0; qos <= 2; qos++) OK(publish(client, qos, qos));
    int64_t waiting;
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES, &waiting));
    EXPECT_INT(4, waiting);
    EXPECT_INT(0, recorder_count(&recorder, &recorder.completions));
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.messages, 3);
    recorder_wait(&recorder, &recorder.completions, 4);
    EXPECT_INT(0, recorder.failed_completions);
    recorder_finish(&recorder, client);
}

/* What the client had before: nothing without a connection. */
static void without_coming_back(void)
{
    mqttka_options *options = start(test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_reconnect(options, false));
    mqttka_client *client = made(options);
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, publish(client, 0, 1));
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED,
               mqttka_client_subscribe(client, "t", 1, 1, recorder_completion, &recorder));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, recorder.completions);
}

/* In the queue, and sent but not acknowledged. */
static void time_of_its_own(void)
{
    int port, listener = silent_listen(&port);
    struct peer_packet packet = {0};
    mqttka_client *client = made(start(port));
    OK(publish_within(client, 0, 1));
    OK(publish_within(client, 1, 3600000));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_OPERATION_TIMED_OUT, outcomes[0]);
    OK(mqttka_client_connect(client));
    int socket = peer_accept(listener);
    /* The first one is not sent. */
    peer_expect(socket, &packet, PEER_PUBLISH);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_OK, outcomes[1]);
    OK(publish_within(client, 2, 200));
    EXPECT(peer_read(socket, &packet)); /* not answered */
    EXPECT_INT(PEER_PUBLISH, peer_kind(&packet));
    recorder_wait(&recorder, &recorder.completions, 3);
    EXPECT_INT(MQTTKA_ERROR_OPERATION_TIMED_OUT, outcomes[2]);
    close(socket);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(3, recorder.completions);
    peer_free(&packet);
    close(listener);
}

/* A queue of two has a QoS 1 and a QoS 0 publish; a third one comes. */
static mqttka_client *full(int64_t policy, int32_t expected)
{
    mqttka_options *options = start(1);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES, 2));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_QUEUE_POLICY, policy));
    mqttka_client *client = made(options);
    OK(publish(client, 0, 1));
    OK(publish(client, 1, 0));
    EXPECT_INT(expected, publish(client, 2, 1));
    return client;
}

static void ended(mqttka_client *client, int32_t first, int32_t second, int32_t third)
{
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(first, outcomes[0]);
    EXPECT_INT(second, outcomes[1]);
    EXPECT_INT(third, outcomes[2]);
}

static void policies(void)
{
    mqttka_client *client = full(MQTTKA_QUEUE_REFUSE_NEWEST, MQTTKA_ERROR_QUEUE_FULL);
    ended(client, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_CLOSED, -1);

    client = full(MQTTKA_QUEUE_DROP_OLDEST, MQTTKA_OK);
    recorder_wait(&recorder, &recorder.completions, 1);
    ended(client, MQTTKA_ERROR_DROPPED, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_CLOSED);

    client = full(MQTTKA_QUEUE_DROP_OLDEST_QOS0, MQTTKA_OK);
    recorder_wait(&recorder, &recorder.completions, 1);
    /* No QoS 0 publish waits any more. */
    OK(publish(client, 3, 1));
    recorder_wait(&recorder, &recorder.completions, 2);
    ended(client, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_DROPPED, MQTTKA_ERROR_CLOSED);
    EXPECT_INT(MQTTKA_ERROR_DROPPED, outcomes[3]);
}

int main(void)
{
    before_the_first_connection();
    without_coming_back();
    time_of_its_own();
    policies();
    return 0;
}
