/* Eight threads publish at once through one client; what comes back is exact and in order. */
#include "recorder.h"

enum { THREADS = 8 };

static int per_thread;
static int next[THREADS]; /* only the message lane touches it */
static struct recorder recorder;
static mqttka_client *client;

struct payload {
    int thread, number;
};

static void check(struct recorder *r, mqttka_client *c, const mqttka_message *message)
{
    size_t length;
    struct payload payload;
    const uint8_t *bytes = mqttka_message_payload(message, &length);
    EXPECT(r == &recorder && c == client);
    EXPECT_INT(sizeof payload, length);
    memcpy(&payload, bytes, sizeof payload);
    EXPECT_INT(next[payload.thread], payload.number);
    next[payload.thread] += 1;
}

static void *publish(void *argument)
{
    struct payload payload = {.thread = (int)(intptr_t)argument};
    for (; payload.number < per_thread; payload.number++)
        OK(mqttka_client_publish(client, "threads", 7, &payload, sizeof payload, 1, false,
                                 recorder_completion, &recorder));
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    per_thread = getenv("MQTTKA_TEST_SLOW") == NULL ? 2500 : 250;
    recorder_init(&recorder);
    recorder.on_message = check;
    client = recorder_client(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connected, 1);
    OK(mqttka_client_subscribe(client, "threads", 7, 1, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    for (intptr_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, publish, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    recorder_wait(&recorder, &recorder.completions, 1 + THREADS * per_thread);
    recorder_wait(&recorder, &recorder.messages, THREADS * per_thread);
    recorder_finish(&recorder, client);
    EXPECT_INT(1 + THREADS * per_thread, recorder.completions);
    EXPECT_INT(0, recorder.failed_completions);
    EXPECT_INT(THREADS * per_thread, recorder.messages);
    for (int i = 0; i < THREADS; i++) EXPECT_INT(per_thread, next[i]);
    return 0;
}
