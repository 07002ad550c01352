/* A callback has a stack to work with, whatever RUST_MIN_STACK says. */
#include "recorder.h"

enum { USED = 1024 * 1024 };

static void use_stack(void)
{
    volatile char room[USED];
    for (size_t i = 0; i < sizeof room; i += 4096) room[i] = 1;
    EXPECT_INT(1, room[0]);
}

static void on_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    EXPECT(recorder != NULL && client != NULL && event != NULL);
    use_stack();
}

static void on_message(struct recorder *recorder, mqttka_client *client,
                       const mqttka_message *message)
{
    EXPECT(recorder != NULL && client != NULL && message != NULL);
    use_stack();
}

static void on_completion(struct recorder *recorder, mqttka_client *client,
                          const mqttka_result *result)
{
    EXPECT(recorder != NULL && client != NULL && result != NULL);
    use_stack();
}

static void on_terminated(struct recorder *recorder)
{
    EXPECT(recorder != NULL);
    use_stack();
}

int main(void)
{
    struct recorder recorder;
    /* Read when the first thread starts. */
    EXPECT(setenv("RUST_MIN_STACK", "16384", 1) == 0);
    recorder_init(&recorder);
    recorder.on_event = on_event;
    recorder.on_message = on_message;
    recorder.on_completion = on_completion;
    recorder.on_terminated = on_terminated;
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_subscribe(client, "stack", 5, 0, NULL, NULL));
    OK(mqttka_client_publish(client, "stack", 5, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    recorder_wait(&recorder, &recorder.messages, 1);
    recorder_finish(&recorder, client);
    return 0;
}
