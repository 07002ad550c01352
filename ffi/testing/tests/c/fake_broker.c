/* The fake broker, with the client that C programs have. */
#include <mqttka.h>
#include <mqttka_testing.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What only a hang reaches. */
#define PATIENCE 60000

#define CHECK(condition) \
    ((condition) ? (void)0 : fail(__LINE__, #condition))
#define OK(call) CHECK((call) == MQTTKA_OK)

static void fail(int line, const char *what)
{
    fprintf(stderr, "line %d: %s\n  %s\n  %s\n", line, what, mqttka_testing_last_error(), mqttka_last_error());
    exit(1);
}

/* What the client's callbacks tell. */
struct told {
    sem_t connected, disconnected, failed, message, outcome;
    int cause, error;
    char payload[32];
};

static void await(sem_t *event, int line)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += PATIENCE / 1000;
    if (sem_timedwait(event, &end) != 0) fail(line, "an event in time");
}
#define AWAIT(event) await(&(event), __LINE__)

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    struct told *told = user_data;
    int64_t number = 0;
    (void)client;
    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED:
        sem_post(&told->connected);
        break;
    case MQTTKA_EVENT_DISCONNECTED:
        mqttka_event_get_int(event, MQTTKA_EVENT_CAUSE, &number);
        told->cause = (int)number;
        sem_post(&told->disconnected);
        break;
    case MQTTKA_EVENT_CONNECT_FAILED:
        sem_post(&told->failed);
        break;
    default:
        break;
    }
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    struct told *told = user_data;
    size_t length;
    const void *payload = mqttka_message_payload(message, &length);
    (void)client;
    if (length >= sizeof told->payload) length = sizeof told->payload - 1;
    memcpy(told->payload, payload, length);
    told->payload[length] = '\0';
    sem_post(&told->message);
}

static void on_outcome(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    struct told *told = user_data;
    (void)client;
    told->error = mqttka_result_error(result);
    sem_post(&told->outcome);
}

static mqttka_client *make(const mqttka_testing_broker *broker, struct told *told, int reconnect)
{
    mqttka_options *options = mqttka_options_new();
    mqttka_client *client;
    sem_init(&told->connected, 0, 0);
    sem_init(&told->disconnected, 0, 0);
    sem_init(&told->failed, 0, 0);
    sem_init(&told->message, 0, 0);
    sem_init(&told->outcome, 0, 0);
    OK(mqttka_options_set_uri(options, mqttka_testing_broker_uri(broker)));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_CLIENT_ID, "a", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, 1));
    OK(mqttka_options_set_reconnect(options, reconnect));
    OK(mqttka_options_set_event_callback(options, on_event));
    OK(mqttka_options_set_message_callback(options, on_message));
    OK(mqttka_options_set_user_data(options, told, NULL));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    return client;
}

static mqttka_testing_seen *expect(const mqttka_testing_broker *broker, int kind, const char *filter, int line)
{
    mqttka_testing_seen *seen = NULL;
    if (mqttka_testing_broker_expect(broker, kind, filter, PATIENCE, &seen) != MQTTKA_OK) fail(line, "expected");
    return seen;
}
#define EXPECT(broker, kind, filter) mqttka_testing_seen_free(expect(broker, kind, filter, __LINE__))

static void messages_go_both_ways(void)
{
    mqttka_testing_broker *broker;
    struct told told;
    mqttka_client *client;
    mqttka_testing_seen *seen;
    mqttka_testing_clients *clients;
    const uint8_t *payload;
    uint8_t kept[3];
    size_t size;

    OK(mqttka_testing_broker_new(0, &broker));
    CHECK(mqttka_testing_broker_port(broker) != 0);
    client = make(broker, &told, 1);
    seen = expect(broker, MQTTKA_TESTING_CONNECTED, NULL, __LINE__);
    CHECK(mqttka_testing_seen_kind(seen) == MQTTKA_TESTING_CONNECTED);
    CHECK(mqttka_testing_seen_connection(seen) == 1);
    CHECK(strcmp(mqttka_testing_seen_client_id(seen), "a") == 0);
    CHECK(strstr(mqttka_testing_seen_detail(seen), "keep-alive 1 s") != NULL);
    CHECK(strstr(mqttka_testing_seen_description(seen), "connected: connection 1") != NULL);
    CHECK(mqttka_testing_seen_filter(seen) == NULL && mqttka_testing_seen_topic(seen) == NULL);
    CHECK(mqttka_testing_seen_qos(seen) == -1 && mqttka_testing_seen_reason_code(seen) == -1);
    mqttka_testing_seen_free(seen);

    clients = mqttka_testing_broker_clients(broker);
    CHECK(mqttka_testing_clients_count(clients) == 1);
    CHECK(strcmp(mqttka_testing_clients_at(clients, 0), "a") == 0);
    CHECK(mqttka_testing_clients_at(clients, 1) == NULL);
    mqttka_testing_clients_free(clients);

    OK(mqttka_client_subscribe(client, "down/#", MQTTKA_NUL_TERMINATED, 1, NULL, NULL));
    EXPECT(broker, MQTTKA_TESTING_SUBSCRIBED, "down/#");
    OK(mqttka_testing_broker_publish(broker, "down/1", (const uint8_t *)"hello", 5, 1, false));
    AWAIT(told.message);
    CHECK(strcmp(told.payload, "hello") == 0);
    EXPECT(broker, MQTTKA_TESTING_ACKNOWLEDGED, NULL);

    OK(mqttka_client_publish(client, "up/1", MQTTKA_NUL_TERMINATED, "online", 6, 2, true, on_outcome, &told));
    seen = expect(broker, MQTTKA_TESTING_PUBLISHED, "up/+", __LINE__);
    payload = mqttka_testing_seen_payload(seen, &size);
    CHECK(size == 6 && memcmp(payload, "online", 6) == 0);
    CHECK(strcmp(mqttka_testing_seen_topic(seen), "up/1") == 0);
    CHECK(mqttka_testing_seen_qos(seen) == 2 && mqttka_testing_seen_retain(seen) && !mqttka_testing_seen_dup(seen));
    mqttka_testing_seen_free(seen);
    AWAIT(told.outcome);
    CHECK(told.error == MQTTKA_OK);
    OK(mqttka_testing_broker_retained(broker, "up/1", kept, sizeof kept, &size));
    CHECK(size == 6 && memcmp(kept, "onl", 3) == 0);
    CHECK(mqttka_testing_broker_retained(broker, "up/2", NULL, 0, &size) == MQTTKA_ERROR_NOT_PRESENT);

    /* An acknowledgement that is held holds the outcome. */
    OK(mqttka_testing_broker_acknowledge(broker, MQTTKA_TESTING_ACKNOWLEDGE_HELD));
    OK(mqttka_client_publish(client, "up/1", MQTTKA_NUL_TERMINATED, "x", 1, 1, false, on_outcome, &told));
    EXPECT(broker, MQTTKA_TESTING_PUBLISHED, NULL);
    CHECK(sem_trywait(&told.outcome) != 0);
    OK(mqttka_testing_broker_acknowledge(broker, MQTTKA_TESTING_ACKNOWLEDGE_AT_ONCE));
    AWAIT(told.outcome);

    OK(mqttka_testing_broker_refuse_publishes(broker, 0x97));
    OK(mqttka_client_publish(client, "up/1", MQTTKA_NUL_TERMINATED, "x", 1, 1, false, on_outcome, &told));
    AWAIT(told.outcome);
    CHECK(told.error == MQTTKA_ERROR_REFUSED);
    OK(mqttka_testing_broker_refuse_publishes(broker, -1));
    OK(mqttka_testing_broker_refuse_subscriptions(broker, 0x87));
    OK(mqttka_client_subscribe(client, "x", MQTTKA_NUL_TERMINATED, 1, on_outcome, &told));
    AWAIT(told.outcome);
    CHECK(told.error == MQTTKA_ERROR_REFUSED);
    OK(mqttka_testing_broker_refuse_subscriptions(broker, -1));

    mqttka_client_destroy_and_wait(client, -1);
    EXPECT(broker, MQTTKA_TESTING_DISCONNECTED, NULL);
    mqttka_testing_broker_free(broker);
}

static void the_internet_goes_and_comes_back(void)
{
    mqttka_testing_broker *broker;
    struct told told;
    mqttka_client *client;

    OK(mqttka_testing_broker_new(0, &broker));
    client = make(broker, &told, 1);
    AWAIT(told.connected);
    OK(mqttka_testing_broker_go_silent(broker));
    OK(mqttka_testing_broker_forget_seen(broker));
    AWAIT(told.disconnected);
    CHECK(told.cause == MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT || told.cause == MQTTKA_CAUSE_SERVER_UNRESPONSIVE);
    OK(mqttka_testing_broker_come_back(broker));
    EXPECT(broker, MQTTKA_TESTING_CONNECTED, NULL);
    mqttka_client_destroy_and_wait(client, -1);
    mqttka_testing_broker_free(broker);
}

static void connections_end_as_it_is_told(void)
{
    mqttka_testing_broker *broker;
    struct told told;
    mqttka_client *client;
    int round;

    OK(mqttka_testing_broker_new(0, &broker));
    OK(mqttka_testing_broker_refuse_connections(broker, 0x87, 1));
    client = make(broker, &told, 0);
    AWAIT(told.failed);
    EXPECT(broker, MQTTKA_TESTING_REFUSED, NULL);
    for (round = 0; round < 6; round++) {
        static const int causes[] = {MQTTKA_CAUSE_SERVER_DISCONNECT, MQTTKA_CAUSE_CLOSED_BY_SERVER,
            MQTTKA_CAUSE_CLOSED_BY_SERVER, MQTTKA_CAUSE_TRANSPORT, MQTTKA_CAUSE_PROTOCOL, MQTTKA_CAUSE_SERVER_UNRESPONSIVE};
        OK(mqttka_client_connect(client));
        AWAIT(told.connected);
        switch (round) {
        case 0: OK(mqttka_testing_broker_disconnect(broker, "a", 0x8b, "for a test")); break;
        case 1: OK(mqttka_testing_broker_close(broker, NULL)); break;
        case 2: OK(mqttka_testing_broker_half_close(broker, "a")); break;
        case 3: OK(mqttka_testing_broker_reset(broker, NULL)); break;
        case 4: OK(mqttka_testing_broker_send_bytes(broker, NULL, (const uint8_t *)"\0\0", 2)); break;
        case 5: OK(mqttka_testing_broker_answer_pings(broker, false)); break;
        }
        AWAIT(told.disconnected);
        /* Where a system cannot tell that the broker's side took the ping, it is the other one. */
        CHECK(told.cause == causes[round] || (round == 5 && told.cause == MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT));
    }
    OK(mqttka_testing_broker_answer_connects(broker, false));
    OK(mqttka_testing_broker_announce_number(broker, 0x13, 7));
    OK(mqttka_testing_broker_forget_sessions(broker));
    OK(mqttka_testing_broker_accept_connections(broker));
    OK(mqttka_client_connect(client));
    AWAIT(told.failed);
    mqttka_client_destroy_and_wait(client, -1);
    mqttka_testing_broker_free(broker);
}

static void what_is_wrong_is_said(void)
{
    mqttka_testing_broker *broker, *other = NULL;
    mqttka_testing_seen *seen = NULL;
    size_t size;

    CHECK(mqttka_testing_broker_new(0, NULL) == MQTTKA_ERROR_NULL);
    OK(mqttka_testing_broker_new(0, &broker));
    CHECK(mqttka_testing_broker_new(mqttka_testing_broker_port(broker), &other) == MQTTKA_ERROR_STARTUP && other == NULL);
    CHECK(mqttka_testing_broker_take_any(broker) == NULL);
    CHECK(mqttka_testing_broker_expect(broker, MQTTKA_TESTING_PUBLISHED, "t/#", 0, &seen) == MQTTKA_ERROR_TIMED_OUT);
    CHECK(strstr(mqttka_testing_last_error(), "expected 'published' of t/#") != NULL);
    CHECK(mqttka_testing_broker_expect(broker, 99, NULL, 0, &seen) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_expect(broker, 1, "\xff", 0, &seen) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_reset(broker, "b") == MQTTKA_ERROR_NOT_CONNECTED);
    CHECK(mqttka_testing_broker_refuse_connections(broker, 0, 0) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_refuse_connections(broker, 77, 0) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_acknowledge(broker, 3) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_announce_number(broker, 0x24, 2) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_announce_number(broker, 0x7f, 2) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_publish(broker, "a/#", NULL, 0, 0, false) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_publish(broker, "a", NULL, 1, 0, false) == MQTTKA_ERROR_NULL);
    CHECK(mqttka_testing_broker_publish(broker, "a", NULL, 0, 3, false) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_go_silent(NULL) == MQTTKA_ERROR_NULL);
    CHECK(mqttka_testing_broker_uri(NULL) == NULL && mqttka_testing_broker_port(NULL) == 0);
    CHECK(mqttka_testing_broker_clients(NULL) == NULL && mqttka_testing_clients_at(NULL, 0) == NULL);
    CHECK(mqttka_testing_seen_payload(NULL, &size) == NULL && mqttka_testing_seen_qos(NULL) == -1);
    mqttka_testing_seen_free(NULL);
    mqttka_testing_clients_free(NULL);
    mqttka_testing_broker_free(NULL);
    OK(mqttka_testing_broker_stop(broker));
    OK(mqttka_testing_broker_stop(broker));
    CHECK(mqttka_testing_broker_come_back(broker) == MQTTKA_ERROR_CLOSED);
    CHECK(mqttka_testing_broker_expect(broker, MQTTKA_TESTING_PINGED, NULL, -1, &seen) == MQTTKA_ERROR_TIMED_OUT);
    mqttka_testing_broker_free(broker);
}

int main(void)
{
    messages_go_both_ways();
    the_internet_goes_and_comes_back();
    connections_end_as_it_is_told();
    what_is_wrong_is_said();
    puts("fake broker: 4 passed");
    return 0;
}
