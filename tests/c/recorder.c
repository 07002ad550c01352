#include "recorder.h"

#include <time.h>

/* Longer than anything here takes, also under valgrind on a busy machine. */
#define DEADLINE_MS 120000

int test_port(const char *variable)
{
    const char *text = getenv(variable);
    if (text == NULL) EXPECT_FAILED("%s is not set; run tests/c/run.sh", variable);
    return atoi(text);
}

void recorder_init(struct recorder *recorder)
{
    pthread_condattr_t monotonic;
    memset(recorder, 0, sizeof *recorder);
    EXPECT(pthread_mutex_init(&recorder->mutex, NULL) == 0);
    EXPECT(pthread_condattr_init(&monotonic) == 0);
    EXPECT(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    EXPECT(pthread_cond_init(&recorder->changed, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
}

bool recorder_waits(struct recorder *recorder, const int *counter, int number, int milliseconds)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += milliseconds / 1000;
    deadline.tv_nsec += milliseconds % 1000 * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec += 1;
        deadline.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&recorder->mutex);
    while (*counter < number
           && pthread_cond_timedwait(&recorder->changed, &recorder->mutex, &deadline) == 0)
        ;
    bool reached = *counter >= number;
    pthread_mutex_unlock(&recorder->mutex);
    return reached;
}

void recorder_wait(struct recorder *recorder, const int *counter, int number)
{
    if (!recorder_waits(recorder, counter, number, DEADLINE_MS))
        EXPECT_FAILED("waited in vain for number %d; connected %d disconnected %d connect_failed %d "
                      "reconnecting %d stopped %d messages %d completions %d terminated %d; last "
                      "event: %s",
                      number, recorder->connected, recorder->disconnected,
                      recorder->connect_failed, recorder->reconnecting, recorder->stopped,
                      recorder->messages, recorder->completions, recorder->terminated,
                      recorder->description);
}

int recorder_count(struct recorder *recorder, const int *counter)
{
    pthread_mutex_lock(&recorder->mutex);
    int number = *counter;
    pthread_mutex_unlock(&recorder->mutex);
    return number;
}

void recorder_add(struct recorder *recorder, int *counter)
{
    pthread_mutex_lock(&recorder->mutex);
    *counter += 1;
    pthread_cond_broadcast(&recorder->changed);
    pthread_mutex_unlock(&recorder->mutex);
}

static int64_t event_int(const mqttka_event *event, int32_t key)
{
    int64_t value = -1;
    int32_t error = mqttka_event_get_int(event, key, &value);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    return value;
}

static void read_event(struct recorder *recorder, const mqttka_event *event)
{
    recorder->connection_number = event_int(event, MQTTKA_EVENT_CONNECTION_NUMBER);
    recorder->cause = event_int(event, MQTTKA_EVENT_CAUSE);
    recorder->reason_code = event_int(event, MQTTKA_EVENT_REASON_CODE);
    recorder->stage = event_int(event, MQTTKA_EVENT_STAGE);
    recorder->os_error = event_int(event, MQTTKA_EVENT_OS_ERROR);
    recorder->keep_alive = event_int(event, MQTTKA_EVENT_KEEP_ALIVE);
    recorder->transport_error = event_int(event, MQTTKA_EVENT_TRANSPORT_ERROR);
    recorder->transport_status = event_int(event, MQTTKA_EVENT_TRANSPORT_STATUS);
    recorder->transport = event_int(event, MQTTKA_EVENT_TRANSPORT);
    recorder->server_index = event_int(event, MQTTKA_EVENT_SERVER_INDEX);
    recorder->will_reconnect = event_int(event, MQTTKA_EVENT_WILL_RECONNECT);
    recorder->stop_reason = event_int(event, MQTTKA_EVENT_STOP_REASON);
    snprintf(recorder->description, sizeof recorder->description, "%s",
             mqttka_event_description(event));
}

static int *counter_of(struct recorder *recorder, int32_t type)
{
    switch (type) {
    case MQTTKA_EVENT_CONNECTED: return &recorder->connected;
    case MQTTKA_EVENT_DISCONNECTED: return &recorder->disconnected;
    case MQTTKA_EVENT_CONNECT_FAILED: return &recorder->connect_failed;
    case MQTTKA_EVENT_RECONNECTING: return &recorder->reconnecting;
    case MQTTKA_EVENT_RECONNECT_STOPPED: return &recorder->stopped;
    case MQTTKA_EVENT_SUBSCRIPTIONS_LOST: return &recorder->subscriptions_lost;
    case MQTTKA_EVENT_MOVED: return &recorder->moved;
    case MQTTKA_EVENT_SUSPECT:
    case MQTTKA_EVENT_ALIVE: return &recorder->suspects;
    default: EXPECT_FAILED("event type %d", type); return NULL;
    }
}

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    struct recorder *recorder = user_data;
    int *counter = counter_of(recorder, mqttka_event_type(event));
    if (counter != &recorder->suspects) {
        pthread_mutex_lock(&recorder->mutex);
        read_event(recorder, event);
        pthread_mutex_unlock(&recorder->mutex);
        if (recorder->on_event != NULL) recorder->on_event(recorder, client, event);
    }
    recorder_add(recorder, counter);
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    struct recorder *recorder = user_data;
    if (recorder->on_message != NULL) recorder->on_message(recorder, client, message);
    recorder_add(recorder, &recorder->messages);
}

static void on_terminated(void *user_data)
{
    struct recorder *recorder = user_data;
    EXPECT_INT(0, recorder_count(recorder, &recorder->destroyed));
    if (recorder->on_terminated != NULL) recorder->on_terminated(recorder);
    recorder_add(recorder, &recorder->terminated);
}

static void destructor(void *user_data)
{
    struct recorder *recorder = user_data;
    recorder_add(recorder, &recorder->destroyed);
}

void recorder_completion(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    struct recorder *recorder = user_data;
    if (recorder->on_completion != NULL) recorder->on_completion(recorder, client, result);
    pthread_mutex_lock(&recorder->mutex);
    recorder->error = mqttka_result_error(result);
    recorder->result_code = mqttka_result_reason_code(result);
    recorder->packet_id = mqttka_result_packet_id(result);
    if (recorder->error != MQTTKA_OK) recorder->failed_completions += 1;
    pthread_mutex_unlock(&recorder->mutex);
    recorder_add(recorder, &recorder->completions);
}

mqttka_options *recorder_options(struct recorder *recorder, int port)
{
    mqttka_options *options = mqttka_options_new();
    EXPECT(options != NULL);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PORT, port));
    OK(mqttka_options_set_event_callback(options, on_event));
    OK(mqttka_options_set_message_callback(options, on_message));
    OK(mqttka_options_set_terminated_callback(options, on_terminated));
    OK(mqttka_options_set_user_data(options, recorder, destructor));
    OK(mqttka_options_set_reconnect(options, false));
    return options;
}

mqttka_options *recorder_reconnecting(struct recorder *recorder, int port)
{
    mqttka_options *options = recorder_options(recorder, port);
    OK(mqttka_options_set_reconnect(options, true));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS, 10));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, 10));
    return options;
}

mqttka_client *recorder_start(struct recorder *recorder, mqttka_options *options)
{
    mqttka_client *client = NULL;
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(recorder, &recorder->connected, 1);
    return client;
}

mqttka_client *recorder_client(struct recorder *recorder, int port)
{
    mqttka_client *client = NULL;
    mqttka_options *options = recorder_options(recorder, port);
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    EXPECT(client != NULL);
    return client;
}

mqttka_client *recorder_connected(struct recorder *recorder, int port)
{
    mqttka_client *client = recorder_client(recorder, port);
    OK(mqttka_client_connect(client));
    recorder_wait(recorder, &recorder->connected, 1);
    return client;
}

void recorder_finish(struct recorder *recorder, mqttka_client *client)
{
    OK(mqttka_client_disconnect(client));
    recorder_wait(recorder, &recorder->disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder->cause);
    OK(mqttka_client_destroy_and_wait(client, DEADLINE_MS));
    EXPECT_INT(1, recorder->connected);
    EXPECT_INT(1, recorder->disconnected);
    EXPECT_INT(0, recorder->connect_failed);
    EXPECT_INT(1, recorder->terminated);
    EXPECT_INT(1, recorder->destroyed);
}
