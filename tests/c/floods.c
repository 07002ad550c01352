/*
 * A host with default signals publishes large payloads while its broker goes: one event each
 * time, and no signal of ours. "peer": a scripted broker that half-closes, then resets; "broker":
 * mosquitto, stopped by SIGTERM.
 */
#include "mosquitto.h"
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAYLOAD = 17000, FLOODS = 100 };

static int listener, port;
static const char payload[PAYLOAD];

/* What the host began with; a memory checker has handlers of its own. */
static struct sigaction before[64];

static void signals_untouched(void)
{
    for (int number = 1; number < 64; number++) {
        struct sigaction action;
        if (number >= 32 && number < SIGRTMIN) continue; /* the C library's own */
        EXPECT(sigaction(number, NULL, &action) == 0);
        if (action.sa_handler != before[number].sa_handler || action.sa_flags != before[number].sa_flags)
            EXPECT_FAILED("signal %d has another handler", number);
    }
}

/* Publishes until the client says that it is not connected any more. */
static void flood(struct recorder *recorder, mqttka_client *client)
{
    int32_t error;
    for (;;) {
        error = mqttka_client_publish(client, "t", 1, payload, PAYLOAD, 0, false, NULL, NULL);
        if (error == MQTTKA_OK) continue;
        if (error != MQTTKA_ERROR_QUEUE_FULL) break;
        if (recorder_waits(recorder, &recorder->disconnected, 1, 1)) break;
    }
    EXPECT(error == MQTTKA_ERROR_NOT_CONNECTED || error == MQTTKA_ERROR_QUEUE_FULL);
}

static void once(struct recorder *recorder, mqttka_client *client)
{
    recorder_wait(recorder, &recorder->disconnected, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder->connected);
    EXPECT_INT(1, recorder->disconnected);
    EXPECT_INT(0, recorder->connect_failed);
    EXPECT_INT(1, recorder->terminated);
    EXPECT(recorder->cause == MQTTKA_CAUSE_CLOSED_BY_SERVER
           || recorder->cause == MQTTKA_CAUSE_TRANSPORT
           || recorder->cause == MQTTKA_CAUSE_SERVER_DISCONNECT);
    signals_untouched();
}

/* Odd rounds half-close first; the later the round, the more has been read before. */
static void *half_closes_then_resets(void *round)
{
    char bytes[PAYLOAD];
    int number = *(int *)round;
    int socket = peer_accept(listener);
    for (int i = 0; i <= number % 10; i++) EXPECT(recv(socket, bytes, sizeof bytes, 0) > 0);
    if (number % 2 == 1) {
        EXPECT(shutdown(socket, SHUT_WR) == 0);
        (void)!recv(socket, bytes, sizeof bytes, 0); /* unless the client was as quick */
    }
    peer_reset(socket);
    return NULL;
}

static void scripted(int round)
{
    struct recorder recorder;
    pthread_t peer;
    recorder_init(&recorder);
    EXPECT(pthread_create(&peer, NULL, half_closes_then_resets, &round) == 0);
    mqttka_client *client = recorder_connected(&recorder, port);
    flood(&recorder, client);
    once(&recorder, client);
    EXPECT(pthread_join(peer, NULL) == 0);
}

static pid_t victim;

/* When the flood is under way, the broker is told to end. */
static void terminate_broker(struct recorder *recorder, mqttka_client *client,
                             const mqttka_message *message)
{
    EXPECT(recorder != NULL && client != NULL && message != NULL);
    kill(victim, SIGTERM);
}

static void with_mosquitto(int broker_port)
{
    struct recorder recorder;
    mqttka_client *client;
    int status;
    victim = mosquitto_start(broker_port);
    recorder_init(&recorder);
    recorder.on_message = terminate_broker;
    mqttka_options *options = recorder_options(&recorder, broker_port);
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    /* Until it listens. */
    for (int failed = 1;; failed++) {
        OK(mqttka_client_connect(client));
        while (!recorder_waits(&recorder, &recorder.connected, 1, 20)
               && recorder_count(&recorder, &recorder.connect_failed) < failed)
            ;
        if (recorder_count(&recorder, &recorder.connected) == 1) break;
        EXPECT(failed < 3000);
    }
    OK(mqttka_client_subscribe(client, "t", 1, 0, NULL, NULL));
    flood(&recorder, client);
    recorder.connect_failed = 0;
    once(&recorder, client);
    EXPECT(waitpid(victim, &status, 0) == victim);
}

int main(int argc, char **argv)
{
    for (int number = 1; number < 64; number++) sigaction(number, NULL, &before[number]);
    EXPECT(before[SIGPIPE].sa_handler == SIG_DFL);
    listener = silent_listen(&port);
    if (argc > 1 && strcmp(argv[1], "broker") == 0) {
        close(listener); /* its port is free, and the broker's */
        for (int round = 0; round < FLOODS; round++) with_mosquitto(port);
    } else {
        for (int round = 0; round < FLOODS; round++) scripted(round);
        close(listener);
    }
    return 0;
}
