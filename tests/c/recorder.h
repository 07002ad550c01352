/* Counts the callbacks of one client, and waits for them with a generous deadline. */
#ifndef RECORDER_H
#define RECORDER_H
#include <mqttka.h>
#include <pthread.h>

#include "expect.h"

struct recorder {
    pthread_mutex_t mutex;
    pthread_cond_t changed;

    int connected;
    int disconnected;
    int connect_failed;
    int reconnecting;
    int stopped;
    int subscriptions_lost;
    int moved;
    int suspects; /* MQTTKA_EVENT_SUSPECT and _ALIVE */
    int messages;
    int completions;
    int failed_completions;
    int terminated;
    int destroyed; /* runs of user_data's destructor */

    /* Of the last event but suspicions; -1 where it had none. */
    int64_t connection_number;
    int64_t cause;
    int64_t reason_code;
    int64_t stage;
    int64_t os_error;
    int64_t keep_alive;
    int64_t transport_error;
    int64_t transport_status;
    int64_t transport;
    int64_t server_index;
    int64_t will_reconnect;
    int64_t stop_reason;
    char description[512];
    /* Of the last completion. */
    int32_t error;
    int32_t result_code;
    int32_t packet_id;

    /* What a test does inside a callback; called without the mutex. May be NULL. */
    void (*on_event)(struct recorder *, mqttka_client *, const mqttka_event *);
    void (*on_message)(struct recorder *, mqttka_client *, const mqttka_message *);
    void (*on_completion)(struct recorder *, mqttka_client *, const mqttka_result *);
    void (*on_terminated)(struct recorder *);
    void *context;
};

/* The port in this environment variable, which run.sh sets. */
int test_port(const char *variable);

void recorder_init(struct recorder *recorder);
/* Options for a client on 127.0.0.1 whose callbacks are the recorder's, and which does not come back
 * by itself. */
mqttka_options *recorder_options(struct recorder *recorder, int port);
/* The same for one that does, within 10 ms. */
mqttka_options *recorder_reconnecting(struct recorder *recorder, int port);
/* A client made with them. */
mqttka_client *recorder_client(struct recorder *recorder, int port);
/* The same, made with other options, which are freed, and connected. */
mqttka_client *recorder_start(struct recorder *recorder, mqttka_options *options);
/* The first one, connected. */
mqttka_client *recorder_connected(struct recorder *recorder, int port);
/* A completion callback; its user_data is the recorder. */
void recorder_completion(mqttka_client *client, const mqttka_result *result, void *user_data);

/* Waits until one of the recorder's counters has reached a number. */
void recorder_wait(struct recorder *recorder, const int *counter, int number);
/* Whether it does so within this time. */
bool recorder_waits(struct recorder *recorder, const int *counter, int number, int milliseconds);
/* Reads or raises a counter under the mutex. */
int recorder_count(struct recorder *recorder, const int *counter);
void recorder_add(struct recorder *recorder, int *counter);

/* Disconnects, waits for the event, destroys, and checks that all callbacks came to their ends. */
void recorder_finish(struct recorder *recorder, mqttka_client *client);

#endif
