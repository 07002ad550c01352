#define _GNU_SOURCE
/*
 * Descriptors closed behind the library's back: its network thread cannot go on. Each client gets
 * its events, later ones get an error or theirs, and no destroy waits for ever.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { CLIENTS = 3 };

/* An event for each attempt, whatever it says. */
static void attempt(int port, int connections)
{
    struct recorder recorder;
    mqttka_client *client = NULL;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    int32_t error = mqttka_client_new(options, &client);
    if (error != MQTTKA_OK) {
        EXPECT_INT(MQTTKA_ERROR_STARTUP, error);
        EXPECT(client == NULL && strlen(mqttka_last_error()) > 0);
        mqttka_options_free(options); /* user_data stayed with them */
        EXPECT_INT(1, recorder.destroyed);
        return;
    }
    mqttka_options_free(options);
    for (int i = 1; i <= connections; i++) {
        error = mqttka_client_connect(client);
        if (error == MQTTKA_ERROR_CLOSED) {
            /* It was made before the engine's end was known, and ended with it. */
            recorder_wait(&recorder, &recorder.destroyed, 1);
            break;
        }
        OK(error);
        recorder_wait(&recorder, &recorder.connect_failed, i);
    }
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(1, recorder.destroyed);
}

int main(void)
{
    struct recorder recorders[CLIENTS], idle;
    mqttka_client *clients[CLIENTS];
    int port, other, listener = silent_listen(&port);
    alarm(150); /* a call that hangs ends the test */
    close(silent_listen(&other)); /* a port at which nobody listens */
    for (int i = 0; i < CLIENTS; i++) {
        recorder_init(&recorders[i]);
        clients[i] = recorder_client(&recorders[i], port);
        OK(mqttka_client_connect(clients[i]));
        peer_accept(listener);
        recorder_wait(&recorders[i], &recorders[i].connected, 1);
        OK(mqttka_client_publish(clients[i], "a", 1, "x", 1, 1, false, recorder_completion,
                                 &recorders[i]));
    }
    recorder_init(&idle);
    mqttka_client *unused = recorder_client(&idle, port);

    EXPECT(close_range(3, ~0U, 0) == 0);
    for (int i = 0; i < CLIENTS; i++) {
        /* Work for the engine, so that it finds out. */
        mqttka_client_publish(clients[i], "a", 1, "x", 1, 0, false, NULL, NULL);
        recorder_wait(&recorders[i], &recorders[i].disconnected, 1);
        recorder_wait(&recorders[i], &recorders[i].completions, 1);
        EXPECT(recorders[i].error != MQTTKA_OK);
    }
    attempt(other, 2);
    attempt(other, 2);
    for (int i = 0; i < CLIENTS; i++) {
        OK(mqttka_client_destroy_and_wait(clients[i], -1));
        EXPECT_INT(1, recorders[i].connected);
        EXPECT_INT(1, recorders[i].disconnected);
        EXPECT_INT(1, recorders[i].completions);
        EXPECT_INT(1, recorders[i].terminated);
        EXPECT_INT(1, recorders[i].destroyed);
    }
    OK(mqttka_client_destroy_and_wait(unused, -1));
    EXPECT_INT(1, idle.terminated);
    EXPECT_INT(1, idle.destroyed);
    return 0;
}
