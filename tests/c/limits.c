/*
 * Bounds that are the host's to meet: messages in flight, and events that a stuck callback does not
 * take.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { MAX_INFLIGHT = 2, MESSAGES = 6 };

static void publish(mqttka_client *client, struct recorder *recorder)
{
    OK(mqttka_client_publish(client, "t", 1, NULL, 0, 1, false, recorder_completion, recorder));
}

/* The next message is sent when one is acknowledged. */
static void messages_in_flight(void)
{
    struct recorder recorder;
    struct peer_packet packet[MESSAGES + 1] = {{0}};
    mqttka_client *client;
    int port, listener = silent_listen(&port);
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_MAX_INFLIGHT, MAX_INFLIGHT));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    int broker = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    for (int i = 0; i < MESSAGES; i++) publish(client, &recorder);
    for (int i = 0; i < MESSAGES; i++) {
        /* A ping goes ahead of all that waits, so that it shows what had been sent before it. */
        if (i >= MAX_INFLIGHT) {
            OK(mqttka_client_probe_now(client, 60000));
            EXPECT(peer_read(broker, &packet[MESSAGES]));
            EXPECT_INT(0xc0, packet[MESSAGES].first);
            peer_answer(broker, &packet[MESSAGES]);
            peer_answer(broker, &packet[i - MAX_INFLIGHT]);
        }
        EXPECT(peer_read(broker, &packet[i]));
        EXPECT_INT(PEER_PUBLISH, peer_kind(&packet[i]));
    }
    for (int i = MESSAGES - MAX_INFLIGHT; i < MESSAGES; i++) peer_answer(broker, &packet[i]);
    recorder_wait(&recorder, &recorder.completions, MESSAGES);
    EXPECT_INT(0, recorder.failed_completions);
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    for (int i = 0; i <= MESSAGES; i++) peer_free(&packet[i]);
    close(broker);
    close(listener);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t let_go = PTHREAD_COND_INITIALIZER;
static bool stuck = true;

static void get_stuck(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    EXPECT(recorder != NULL && client != NULL && event != NULL);
    pthread_mutex_lock(&mutex);
    while (stuck) pthread_cond_wait(&let_go, &mutex);
    pthread_mutex_unlock(&mutex);
}

/* Attempts are refused where their events could not be kept; none that was accepted is lost. */
static void events_not_taken(void)
{
    struct recorder recorder;
    int port, accepted = 0;
    close(silent_listen(&port)); /* nobody listens there */
    recorder_init(&recorder);
    recorder.on_event = get_stuck;
    mqttka_client *client = recorder_client(&recorder, port);
    for (;;) {
        int32_t error = mqttka_client_connect(client);
        if (error == MQTTKA_ERROR_ALREADY_CONNECTED) continue; /* the one before goes on */
        if (error == MQTTKA_ERROR_EVENTS_NOT_TAKEN) break;
        OK(error);
        accepted += 1;
        EXPECT(accepted < 3000);
    }
    EXPECT(accepted > 1000);
    pthread_mutex_lock(&mutex);
    stuck = false;
    pthread_cond_broadcast(&let_go);
    pthread_mutex_unlock(&mutex);
    recorder_wait(&recorder, &recorder.connect_failed, accepted);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, accepted + 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(accepted + 1, recorder.connect_failed);
}

int main(void)
{
    messages_in_flight();
    /* More than a thousand attempts. */
    if (getenv("MQTTKA_TEST_SLOW") == NULL) events_not_taken();
    return 0;
}
