/*
 * Subscriptions with a callback of their own: each message goes to those whose filters match it, a
 * retained one included, else to the client's; user_data is released once.
 */
#include "recorder.h"

struct own {
    struct recorder *of;
    int messages;
    int released;
};

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    struct own *own = user_data;
    EXPECT(client != NULL && message != NULL);
    EXPECT_INT(0, own->released);
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, 0));
    recorder_add(own->of, &own->messages);
}

static void release(void *user_data)
{
    struct own *own = user_data;
    EXPECT_INT(0, recorder_count(own->of, &own->of->terminated));
    recorder_add(own->of, &own->released);
}

static uint64_t subscribe(mqttka_client *client, struct own *own, const char *filter)
{
    uint64_t subscription = 0;
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, filter, MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_client_subscribe_with(client, request, on_message, own, release, recorder_completion,
                                    own->of, &subscription));
    mqttka_subscribe_request_free(request);
    EXPECT(subscription != 0);
    return subscription;
}

static void publish(mqttka_client *client, const char *topic, bool retain)
{
    OK(mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, "x", 1, 1, retain, NULL, NULL));
}

int main(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    struct own first = {.of = &recorder}, second = {.of = &recorder}, third = {.of = &recorder};
    publish(client, "own/kept", true);
    uint64_t one = subscribe(client, &first, "own/#");
    recorder_wait(&recorder, &first.messages, 1); /* the retained one */
    subscribe(client, &second, "own/+/both");
    OK(mqttka_client_subscribe(client, "other", 5, 1, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 3);
    publish(client, "other", false);
    recorder_wait(&recorder, &recorder.messages, 1);
    publish(client, "own/x/both", false);
    recorder_wait(&recorder, &first.messages, 2);
    recorder_wait(&recorder, &second.messages, 1);
    EXPECT_INT(1, recorder_count(&recorder, &recorder.messages));

    EXPECT_INT(0, first.released);
    OK(mqttka_client_unsubscribe_from(client, one, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 4);
    recorder_wait(&recorder, &first.released, 1);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_unsubscribe_from(client, one, recorder_completion, &recorder));
    /* The broker may send a message once for each subscription that it matches. */
    int before = recorder_count(&recorder, &second.messages);
    publish(client, "own/y/both", false);
    recorder_wait(&recorder, &second.messages, before + 1);

    /* Released with the client, before `terminated`. */
    subscribe(client, &third, "own/third");
    recorder_wait(&recorder, &recorder.completions, 5);
    publish(client, "own/kept", false);
    OK(mqttka_client_publish(client, "own/kept", 8, NULL, 0, 1, true, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 6);
    EXPECT_INT(0, recorder.failed_completions);
    recorder_finish(&recorder, client);
    EXPECT_INT(1, first.released);
    EXPECT_INT(1, second.released);
    EXPECT_INT(1, third.released);
    EXPECT_INT(0, third.messages);
    return 0;
}
