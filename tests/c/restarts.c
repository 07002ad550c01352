/*
 * A broker that is killed and started again three times, with QoS 1 and 2 publishes in flight and
 * more asked for while it is away: the program does nothing but publish, and each completion, each
 * subscription's callback and each event comes as it should.
 */
#include "mosquitto.h"
#include "recorder.h"
#include "silent.h"

#include <signal.h>
#include <unistd.h>

/* Twice EACH are less than what mosquitto takes unacknowledged. */
enum { RESTARTS = 3, EACH = 5, PER_ROUND = 4 * EACH + 2, PUBLISHES = (RESTARTS + 1) * PER_ROUND };

/* One publish: how often its completion was called, and its QoS. */
struct publish {
    struct recorder *recorder;
    int completions;
    int32_t qos, error;
};

static struct publish publishes[PUBLISHES];
static int asked, completed, received, ended_subscriptions;
/* What the event before promised. */
static bool must_come_back;

static void on_outcome(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    struct publish *publish = user_data;
    EXPECT(client != NULL);
    EXPECT_INT(1, ++publish->completions);
    publish->error = mqttka_result_error(result);
    recorder_add(publish->recorder, &completed);
}

static void publish(struct recorder *recorder, mqttka_client *client, int qos, const char *topic)
{
    struct publish *publish = &publishes[asked++];
    publish->recorder = recorder;
    publish->qos = qos;
    OK(mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, "x", 1, qos, false, on_outcome,
                             publish));
}

static void publish_each(struct recorder *recorder, mqttka_client *client)
{
    for (int i = 0; i < EACH; i++)
        for (int qos = 1; qos <= 2; qos++) publish(recorder, client, qos, "other");
}

static void in_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    int64_t value;
    int32_t type = mqttka_event_type(event);
    EXPECT(client != NULL);
    EXPECT_INT(must_come_back, type == MQTTKA_EVENT_RECONNECTING);
    must_come_back = recorder->will_reconnect == 1;
    if (type == MQTTKA_EVENT_RECONNECTING) {
        OK(mqttka_event_get_int(event, MQTTKA_EVENT_DELAY_MS, &value));
        EXPECT(value >= 0 && value <= 10);
        EXPECT(recorder->cause > 0);
        OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &value));
        EXPECT(value == MQTTKA_STATE_RECONNECTING || value == MQTTKA_STATE_CONNECTING
               || value == MQTTKA_STATE_CONNECTED);
    }
    if (type == MQTTKA_EVENT_CONNECTED && recorder->connected > 0) {
        OK(mqttka_event_get_int(event, MQTTKA_EVENT_OFFLINE_MS, &value));
        EXPECT(value >= 0);
        OK(mqttka_event_get_int(event, MQTTKA_EVENT_RESUBSCRIBED, &value));
        EXPECT_INT(1, value);
        OK(mqttka_event_get_int(event, MQTTKA_EVENT_SENT_AGAIN, &value));
        EXPECT_INT(2 * EACH, value);
    }
}

static void on_own_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    EXPECT(client != NULL && message != NULL);
    recorder_add(user_data, &received);
}

static void on_end(void *user_data) { recorder_add(user_data, &ended_subscriptions); }

static void subscribe(struct recorder *recorder, mqttka_client *client)
{
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "own", 3, 1, 0));
    OK(mqttka_client_subscribe_with(client, request, on_own_message, recorder, on_end, NULL, NULL,
                                    NULL));
    mqttka_subscribe_request_free(request);
}

/* The subscription is there, without a word of the program. */
static void own_message(struct recorder *recorder, mqttka_client *client)
{
    int before = recorder_count(recorder, &received);
    publish(recorder, client, 1, "own");
    recorder_wait(recorder, &received, before + 1);
    recorder_wait(recorder, &completed, asked);
}

static void restart(struct recorder *recorder, mqttka_client *client, pid_t *broker, int port)
{
    int connected = recorder_count(recorder, &recorder->connected);
    int before = recorder_count(recorder, &completed);
    /* It can acknowledge none of them. */
    EXPECT(kill(*broker, SIGSTOP) == 0);
    publish_each(recorder, client);
    /* They have left when this has. */
    publish(recorder, client, 0, "other");
    recorder_wait(recorder, &completed, before + 1);
    mosquitto_kill(*broker);
    recorder_wait(recorder, &recorder->disconnected, connected);
    publish_each(recorder, client);
    *broker = mosquitto_start(port);
    recorder_wait(recorder, &recorder->connected, connected + 1);
    own_message(recorder, client);
    EXPECT(recorder_count(recorder, &recorder->reconnecting) >= connected);
}

int main(void)
{
    struct recorder recorder;
    int port, listener = silent_listen(&port);
    close(listener); /* its port is free, and the broker's */
    pid_t broker = mosquitto_start(port);
    recorder_init(&recorder);
    recorder.on_event = in_event;
    mqttka_options *options = recorder_reconnecting(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_LOST_QOS2, MQTTKA_LOST_PUBLISH_AGAIN));
    mqttka_client *client = recorder_start(&recorder, options);
    subscribe(&recorder, client);
    own_message(&recorder, client);
    for (int i = 0; i < RESTARTS; i++) restart(&recorder, client, &broker, port);
    for (int i = 0; i < asked; i++) {
        EXPECT_INT(1, publishes[i].completions);
        EXPECT_INT(MQTTKA_OK, publishes[i].error);
    }

    EXPECT_INT(0, ended_subscriptions);
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.disconnected, RESTARTS + 1);
    EXPECT_INT(0, recorder.will_reconnect);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(RESTARTS + 1, recorder.connected);
    EXPECT_INT(RESTARTS + 1, recorder.disconnected);
    EXPECT_INT(RESTARTS + recorder.connect_failed, recorder.reconnecting);
    EXPECT_INT(0, recorder.stopped);
    EXPECT_INT(asked, completed);
    EXPECT_INT(1, ended_subscriptions);
    EXPECT_INT(1, recorder.terminated);
    mosquitto_kill(broker);
    return 0;
}
