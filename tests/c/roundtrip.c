/* Connect, subscribe, publish, unsubscribe, disconnect at every QoS in both protocol versions. */
#include "recorder.h"

struct got {
    char topic[64];
    char payload[64];
    int32_t qos;
    bool retain;
    uint64_t connection_number;
};

static void keep(struct recorder *recorder, mqttka_client *client, const mqttka_message *message)
{
    struct got *got = recorder->context;
    size_t topic_length, payload_length;
    const char *topic = mqttka_message_topic(message, &topic_length);
    const uint8_t *payload = mqttka_message_payload(message, &payload_length);
    EXPECT(client != NULL);
    EXPECT(topic_length < sizeof got->topic && payload_length < sizeof got->payload);
    pthread_mutex_lock(&recorder->mutex);
    snprintf(got->topic, sizeof got->topic, "%.*s", (int)topic_length, topic);
    snprintf(got->payload, sizeof got->payload, "%.*s", (int)payload_length, (const char *)payload);
    got->qos = mqttka_message_qos(message);
    got->retain = mqttka_message_retain(message);
    got->connection_number = mqttka_message_connection_number(message);
    pthread_mutex_unlock(&recorder->mutex);
}

static mqttka_client *connected(struct recorder *recorder, int version)
{
    mqttka_client *client;
    mqttka_options *options = recorder_options(recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(recorder, &recorder->connected, 1);
    return client;
}

static void publish(struct recorder *recorder, mqttka_client *client, const char *topic,
                    const char *payload, int qos, bool retain)
{
    int completions = recorder_count(recorder, &recorder->completions);
    OK(mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, payload, strlen(payload), qos,
                             retain, recorder_completion, recorder));
    recorder_wait(recorder, &recorder->completions, completions + 1);
    EXPECT_INT(MQTTKA_OK, recorder->error);
    EXPECT((recorder->packet_id > 0) == (qos > 0));
}

static void subscribe(struct recorder *recorder, mqttka_client *client, const char *filter, int qos)
{
    int completions = recorder_count(recorder, &recorder->completions);
    OK(mqttka_client_subscribe(client, filter, MQTTKA_NUL_TERMINATED, qos, recorder_completion,
                               recorder));
    recorder_wait(recorder, &recorder->completions, completions + 1);
    EXPECT_INT(MQTTKA_OK, recorder->error);
    EXPECT_INT(qos, recorder->result_code);
}

static void there_and_back(int version, int qos)
{
    struct recorder recorder;
    struct got got;
    recorder_init(&recorder);
    recorder.on_message = keep;
    recorder.context = &got;
    mqttka_client *client = connected(&recorder, version);
    subscribe(&recorder, client, "round/+", qos);
    publish(&recorder, client, "round/trip", "payload", qos, false);
    recorder_wait(&recorder, &recorder.messages, 1);
    EXPECT_TEXT("round/trip", got.topic);
    EXPECT_TEXT("payload", got.payload);
    EXPECT_INT(qos, got.qos);
    EXPECT(!got.retain);
    EXPECT_INT(recorder.connection_number, got.connection_number);

    OK(mqttka_client_unsubscribe(client, "round/+", MQTTKA_NUL_TERMINATED, recorder_completion,
                                 &recorder));
    recorder_wait(&recorder, &recorder.completions, 3);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    /* What comes over a later subscription comes later: its message proves that none came here. */
    publish(&recorder, client, "round/trip", "unheard", qos, false);
    subscribe(&recorder, client, "end", qos);
    publish(&recorder, client, "end", "end", qos, false);
    recorder_wait(&recorder, &recorder.messages, 2);
    EXPECT_TEXT("end", got.payload);

    recorder_finish(&recorder, client);
    EXPECT_INT(2, recorder.messages);
    EXPECT_INT(6, recorder.completions);
    EXPECT_INT(0, recorder.failed_completions);
}

static void retained(int version)
{
    struct recorder recorder;
    struct got got;
    recorder_init(&recorder);
    recorder.on_message = keep;
    recorder.context = &got;
    mqttka_client *client = connected(&recorder, version);
    publish(&recorder, client, "round/kept", "kept", 1, true);
    subscribe(&recorder, client, "round/kept", 1);
    recorder_wait(&recorder, &recorder.messages, 1);
    EXPECT_TEXT("kept", got.payload);
    EXPECT(got.retain);
    publish(&recorder, client, "round/kept", "", 1, true);
    recorder_wait(&recorder, &recorder.messages, 2);
    EXPECT_TEXT("", got.payload);
    EXPECT(!got.retain);
    recorder_finish(&recorder, client);
    EXPECT_INT(2, recorder.messages);
}

static void will(int version)
{
    struct recorder watcher, victim;
    struct got got;
    mqttka_client *dying;
    mqttka_message *message;
    recorder_init(&watcher);
    recorder_init(&victim);
    watcher.on_message = keep;
    watcher.context = &got;
    mqttka_client *client = connected(&watcher, version);
    subscribe(&watcher, client, "round/will", 1);
    mqttka_options *options = recorder_options(&victim, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    OK(mqttka_message_new("round/will", MQTTKA_NUL_TERMINATED, "gone", 4, 1, false, &message));
    OK(mqttka_options_set_will(options, message));
    mqttka_message_free(message);
    OK(mqttka_client_new(options, &dying));
    mqttka_options_free(options);
    OK(mqttka_client_connect(dying));
    recorder_wait(&victim, &victim.connected, 1);
    OK(mqttka_client_abort(dying)); /* a destroy would say goodbye */
    OK(mqttka_client_destroy_and_wait(dying, -1));
    EXPECT_INT(1, victim.disconnected);
    EXPECT_INT(MQTTKA_CAUSE_CLIENT_CLOSED, victim.cause);
    recorder_wait(&watcher, &watcher.messages, 1);
    EXPECT_TEXT("gone", got.payload);
    recorder_finish(&watcher, client);
    EXPECT_INT(1, watcher.messages);
}

int main(void)
{
    for (int version = 4; version <= 5; version++) {
        for (int qos = 0; qos <= 2; qos++) there_and_back(version, qos);
        retained(version);
        will(version);
    }
    return 0;
}
