/* From an empty payload to ten megabytes, and what is too large. */
#include "recorder.h"

enum { LARGE = 10 * 1000 * 1000 };

static uint8_t *pattern;

static void check(struct recorder *recorder, mqttka_client *client, const mqttka_message *message)
{
    size_t length, expected = *(size_t *)recorder->context;
    const uint8_t *payload = mqttka_message_payload(message, &length);
    EXPECT(client != NULL);
    EXPECT_BYTES(pattern, expected, payload, length);
}

static void there_and_back(struct recorder *recorder, mqttka_client *client, size_t size, int qos)
{
    int messages = recorder_count(recorder, &recorder->messages);
    recorder->context = &size;
    OK(mqttka_client_publish(client, "sizes", 5, pattern, size, qos, false, NULL, NULL));
    recorder_wait(recorder, &recorder->messages, messages + 1);
}

int main(void)
{
    static const size_t SIZES[] = {0, 1, 127, 128, 16383, 16384, 65535, 65536, 2097152, LARGE};
    static char topic[65536];
    struct recorder recorder;
    pattern = malloc(LARGE);
    EXPECT(pattern != NULL);
    for (size_t i = 0; i < LARGE; i++) pattern[i] = (uint8_t)(i * 31 >> 3);
    recorder_init(&recorder);
    recorder.on_message = check;
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_subscribe(client, "sizes", 5, 2, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        there_and_back(&recorder, client, SIZES[i], (int)(i % 3));
    there_and_back(&recorder, client, LARGE, 2);

    /* The longest topic that a string can be. */
    memset(topic, 't', sizeof topic);
    EXPECT_INT(MQTTKA_ERROR_INVALID_TOPIC,
               mqttka_client_publish(client, topic, 65536, "x", 1, 0, false, NULL, NULL));
    OK(mqttka_client_publish(client, topic, 65535, "x", 1, 1, false, recorder_completion,
                             &recorder));
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_OK, recorder.error);

    /* More than the protocol allows. */
    if (getenv("MQTTKA_TEST_SLOW") == NULL) {
        size_t size = 268435456;
        void *zeros = calloc(1, size);
        EXPECT(zeros != NULL);
        EXPECT_INT(MQTTKA_ERROR_PACKET_TOO_LARGE,
                   mqttka_client_publish(client, "sizes", 5, zeros, size, 0, false,
                                         recorder_completion, &recorder));
        free(zeros);
    }
    recorder_finish(&recorder, client);
    EXPECT_INT(11, recorder.messages);
    EXPECT_INT(2, recorder.completions);
    free(pattern);
    return 0;
}
