/* MQTT 5.0: message properties and subscription options, to the broker and back. */
#include "recorder.h"

static const char CORRELATION[] = "\0\1\2";

/* The last message received, for the main thread to read. */
static mqttka_message *last;

static void keep(struct recorder *recorder, mqttka_client *client, const mqttka_message *message)
{
    EXPECT(client != NULL);
    /* A callback's message is not the application's to free: nothing happens. */
    mqttka_message_free((mqttka_message *)message);
    mqttka_message *clone = mqttka_message_clone(message);
    pthread_mutex_lock(&recorder->mutex);
    mqttka_message_free(last);
    last = clone;
    pthread_mutex_unlock(&recorder->mutex);
}

static mqttka_message *message_with_everything(void)
{
    mqttka_message *message;
    OK(mqttka_message_new("props/all", MQTTKA_NUL_TERMINATED, "text", 4, 1, false, &message));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 600));
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, "text/plain", 10));
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_RESPONSE_TOPIC, "props/answer", 12));
    OK(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, CORRELATION, 3));
    OK(mqttka_message_add_user_property(message, "a", 1, "1", 1));
    OK(mqttka_message_add_user_property(message, "a", 1, "2", 1));
    OK(mqttka_message_add_user_property(message, "", 0, "\xc3\xbc", 2));
    return message;
}

static void expect_everything(const mqttka_message *message)
{
    int64_t number;
    const char *text, *name;
    const uint8_t *bytes;
    size_t length, name_length;
    OK(mqttka_message_get_int(message, MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR, &number));
    EXPECT_INT(1, number);
    /* The broker counts down while it has the message [MQTT-3.3.2-6]. */
    OK(mqttka_message_get_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, &number));
    EXPECT(number <= 600 && number >= 500);
    OK(mqttka_message_get_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
    EXPECT_BYTES("text/plain", 10, text, length);
    OK(mqttka_message_get_string(message, MQTTKA_PROPERTY_RESPONSE_TOPIC, &text, &length));
    EXPECT_BYTES("props/answer", 12, text, length);
    OK(mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
    EXPECT_BYTES(CORRELATION, 3, bytes, length);
    EXPECT_INT(3, mqttka_message_user_property_count(message));
    static const char *const VALUES[] = {"1", "2", "\xc3\xbc"};
    for (size_t i = 0; i < 3; i++) {
        OK(mqttka_message_user_property_at(message, i, &name, &name_length, &text, &length));
        EXPECT_INT(i == 2 ? 0 : 1, name_length);
        EXPECT_BYTES(VALUES[i], strlen(VALUES[i]), text, length);
    }
    OK(mqttka_message_get_int(message, MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER, &number));
    EXPECT_INT(268435455, number);
}

int main(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    recorder.on_message = keep;
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));

    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_send_subscribe(client, request, NULL, NULL));
    OK(mqttka_subscribe_request_add(request, "props/all", MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_subscribe_request_add(request, "props/silent", MQTTKA_NUL_TERMINATED, 2,
                                    MQTTKA_SUBSCRIBE_NO_LOCAL));
    OK(mqttka_subscribe_request_set_subscription_identifier(request, 268435455));
    OK(mqttka_subscribe_request_add_user_property(request, "why", 3, "test", 4));
    OK(mqttka_client_send_subscribe(client, request, recorder_completion, &recorder));
    mqttka_subscribe_request_free(request);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);

    mqttka_message *message = message_with_everything();
    OK(mqttka_client_publish_message(client, message, recorder_completion, &recorder));
    mqttka_message_free(message);
    recorder_wait(&recorder, &recorder.messages, 1);
    recorder_wait(&recorder, &recorder.completions, 2);
    expect_everything(last);

    /* NO_LOCAL: our own message does not come; the one that follows it does. */
    OK(mqttka_client_publish(client, "props/silent", MQTTKA_NUL_TERMINATED, "x", 1, 1, false,
                             recorder_completion, &recorder));
    /* A received message can be sent again as it is, its subscription identifier left behind. */
    message = mqttka_message_clone(last);
    OK(mqttka_client_publish_message(client, message, recorder_completion, &recorder));
    mqttka_message_free(message);
    recorder_wait(&recorder, &recorder.messages, 2);
    recorder_wait(&recorder, &recorder.completions, 4);
    expect_everything(last);

    /* A Will's property on a message that is published: refused, and the connection stays. */
    message = message_with_everything();
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_WILL_DELAY_INTERVAL, 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_publish_message(client, message, recorder_completion, &recorder));
    mqttka_message_free(message);

    recorder_finish(&recorder, client);
    EXPECT_INT(2, recorder.messages);
    EXPECT_INT(4, recorder.completions);
    EXPECT_INT(0, recorder.failed_completions);

    /* MQTT 3.1.1 has no properties: they are left out. */
    mqttka_options *options;
    struct recorder old;
    recorder_init(&old);
    old.on_message = keep;
    options = recorder_options(&old, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    OK(mqttka_client_subscribe(client, "props/all", MQTTKA_NUL_TERMINATED, 1, NULL, NULL));
    message = message_with_everything();
    OK(mqttka_client_publish_message(client, message, NULL, NULL));
    mqttka_message_free(message);
    recorder_wait(&old, &old.messages, 1);
    int64_t number;
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_get_int(last, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, &number));
    EXPECT_INT(0, mqttka_message_user_property_count(last));
    recorder_finish(&old, client);
    mqttka_message_free(last);
    return 0;
}
