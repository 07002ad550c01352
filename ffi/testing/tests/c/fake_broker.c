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
    int cause, error, correlated;
    char payload[32];
    char words[32];     /* the broker's, of the last outcome */
    size_t user_count;  /* its user properties */
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
    const uint8_t *data;
    const void *payload = mqttka_message_payload(message, &length);
    (void)client;
    if (length >= sizeof told->payload) length = sizeof told->payload - 1;
    memcpy(told->payload, payload, length);
    told->payload[length] = '\0';
    told->correlated = mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &data, &length) == MQTTKA_OK;
    sem_post(&told->message);
}

static void on_outcome(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    struct told *told = user_data;
    (void)client;
    const char *words;
    size_t length;
    told->error = mqttka_result_error(result);
    told->user_count = mqttka_result_user_property_count(result);
    told->words[0] = '\0';
    if (mqttka_result_get_reason_string(result, &words, &length) == MQTTKA_OK) {
        if (length >= sizeof told->words) length = sizeof told->words - 1;
        memcpy(told->words, words, length);
        told->words[length] = '\0';
    }
    sem_post(&told->outcome);
}

static mqttka_client *make_as(const mqttka_testing_broker *broker, struct told *told, int reconnect, const char *password)
{
    mqttka_options *options = mqttka_options_new();
    mqttka_client *client;
    const char *authority = mqttka_testing_broker_authority(broker);
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
    if (authority != NULL) {
        OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_TLS_CA, authority, MQTTKA_NUL_TERMINATED));
    }
    if (password != NULL) {
        OK(mqttka_options_set_scram_sha256(
            options, "pump", MQTTKA_NUL_TERMINATED, password, MQTTKA_NUL_TERMINATED, 0));
    }
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    return client;
}

static mqttka_client *make(const mqttka_testing_broker *broker, struct told *told, int reconnect)
{
    return make_as(broker, told, reconnect, NULL);
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
    mqttka_testing_properties *properties = mqttka_testing_properties_new();
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
    CHECK(told.words[0] == '\0' && told.user_count == 0);

    /* In words, too. */
    OK(mqttka_testing_properties_set_text(properties, 0x1f, "not yet"));
    OK(mqttka_testing_properties_add_user(properties, "ask", "tomorrow"));
    OK(mqttka_testing_broker_set_properties(broker, 11, properties));
    mqttka_testing_properties_free(properties);
    CHECK(mqttka_testing_broker_refuse_unsubscriptions(broker, 0x97) == MQTTKA_ERROR_INVALID_ARGUMENT);
    OK(mqttka_testing_broker_refuse_unsubscriptions(broker, 0x87));
    OK(mqttka_client_unsubscribe(client, "x", MQTTKA_NUL_TERMINATED, on_outcome, &told));
    AWAIT(told.outcome);
    CHECK(told.error == MQTTKA_ERROR_REFUSED && strcmp(told.words, "not yet") == 0 && told.user_count == 1);
    OK(mqttka_testing_broker_refuse_unsubscriptions(broker, -1));
    OK(mqttka_client_unsubscribe(client, "x", MQTTKA_NUL_TERMINATED, on_outcome, &told));
    AWAIT(told.outcome);
    CHECK(told.error == MQTTKA_OK);

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

static void each_transport_carries_the_same(void)
{
    static const int transports[] = {MQTTKA_TESTING_TCP, MQTTKA_TESTING_TLS, MQTTKA_TESTING_WEB_SOCKET,
        MQTTKA_TESTING_SECURE_WEB_SOCKET};
    static const char *const schemes[] = {"mqtt://", "mqtts://", "ws://", "wss://"};
    static const bool secure[] = {false, true, false, true};
    size_t index;

    for (index = 0; index < 4; index++) {
        mqttka_testing_broker *broker;
        struct told told;
        mqttka_client *client;
        OK(mqttka_testing_broker_new_with(0, transports[index], &broker));
        CHECK(strncmp(mqttka_testing_broker_uri(broker), schemes[index], strlen(schemes[index])) == 0);
        CHECK((mqttka_testing_broker_authority(broker) != NULL) == secure[index]);
        client = make(broker, &told, 1);
        AWAIT(told.connected);
        OK(mqttka_client_publish(client, "up/1", MQTTKA_NUL_TERMINATED, "x", 1, 1, false, on_outcome, &told));
        EXPECT(broker, MQTTKA_TESTING_PUBLISHED, "up/1");
        AWAIT(told.outcome);
        CHECK(told.error == MQTTKA_OK);
        mqttka_client_destroy_and_wait(client, -1);
        EXPECT(broker, MQTTKA_TESTING_DISCONNECTED, NULL);
        mqttka_testing_broker_free(broker);
    }
}

static void clients_prove_who_they_are(void)
{
    mqttka_testing_broker *broker;
    struct told told;
    mqttka_client *client;
    mqttka_testing_seen *seen;
    const uint8_t *data;
    size_t size;

    OK(mqttka_testing_broker_new(0, &broker));
    OK(mqttka_testing_broker_authenticate_scram(broker, "pump", "pencil"));
    client = make_as(broker, &told, 0, "pen");
    AWAIT(told.failed);
    seen = expect(broker, MQTTKA_TESTING_REFUSED, NULL, __LINE__);
    CHECK(strstr(mqttka_testing_seen_detail(seen), "password") != NULL);
    mqttka_testing_seen_free(seen);
    mqttka_client_destroy_and_wait(client, -1);
    client = make_as(broker, &told, 0, "pencil");
    AWAIT(told.connected);
    seen = expect(broker, MQTTKA_TESTING_AUTHENTICATING, NULL, __LINE__);
    CHECK(mqttka_testing_seen_reason_code(seen) == -1);
    CHECK(strcmp(mqttka_testing_seen_text(seen, 0x15), "SCRAM-SHA-256") == 0);
    data = mqttka_testing_seen_bytes(seen, 0x16, &size);
    CHECK(size > 9 && memcmp(data, "n,,n=pump,", 9) == 0);
    mqttka_testing_seen_free(seen);
    OK(mqttka_testing_broker_refuse_authentications(broker, 0x87));
    OK(mqttka_client_reauthenticate(client, NULL, NULL));
    AWAIT(told.disconnected);
    CHECK(told.cause == MQTTKA_CAUSE_SERVER_DISCONNECT);
    mqttka_client_destroy_and_wait(client, -1);

    /* By a script, which does not know what the client does: that one asks for more than it is given. */
    OK(mqttka_testing_broker_refuse_authentications(broker, -1));
    OK(mqttka_testing_broker_authenticate(broker, "SCRAM-SHA-256"));
    OK(mqttka_testing_broker_challenge(broker, (const uint8_t *)"nonsense", 8));
    OK(mqttka_testing_broker_finish_authentication(broker, (const uint8_t *)"v=", 2));
    OK(mqttka_testing_broker_finish_authentication(broker, NULL, 0));
    client = make_as(broker, &told, 0, "pencil");
    AWAIT(told.failed);
    mqttka_client_destroy_and_wait(client, -1);
    OK(mqttka_testing_broker_authenticate(broker, NULL));
    client = make(broker, &told, 0);
    AWAIT(told.connected);
    mqttka_client_destroy_and_wait(client, -1);
    mqttka_testing_broker_free(broker);
}

static void packets_bear_properties(void)
{
    mqttka_testing_broker *broker;
    mqttka_testing_properties *properties = mqttka_testing_properties_new();
    struct told told;
    mqttka_client *client;
    mqttka_testing_seen *seen;
    mqttka_message *message;
    uint32_t number = 0;
    size_t size;

    OK(mqttka_testing_broker_new(0, &broker));
    OK(mqttka_testing_properties_set_number(properties, 0x21, 5));
    OK(mqttka_testing_properties_set_text(properties, 0x1f, "welcome"));
    OK(mqttka_testing_properties_add_user(properties, "built", "today"));
    OK(mqttka_testing_broker_announce(broker, properties));
    mqttka_testing_properties_free(properties);
    properties = mqttka_testing_properties_new();
    OK(mqttka_testing_properties_set_text(properties, 0x1f, "for a test"));
    OK(mqttka_testing_broker_set_properties(broker, 9, properties));
    OK(mqttka_testing_broker_set_properties(broker, 9, NULL));
    OK(mqttka_testing_broker_use_topic_aliases(broker, true));
    OK(mqttka_testing_broker_send_copies(broker, true));
    client = make(broker, &told, 1);
    AWAIT(told.connected);
    seen = expect(broker, MQTTKA_TESTING_CONNECTED, NULL, __LINE__);
    CHECK(mqttka_testing_seen_number(seen, 0x02, &number) == MQTTKA_ERROR_NOT_PRESENT);
    mqttka_testing_seen_free(seen);

    OK(mqttka_message_new("up/1", MQTTKA_NUL_TERMINATED, "x", 1, 1, false, &message));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 60));
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, "text/plain", MQTTKA_NUL_TERMINATED));
    OK(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, "\0\1", 2));
    OK(mqttka_message_add_user_property(message, "a", MQTTKA_NUL_TERMINATED, "1", MQTTKA_NUL_TERMINATED));
    OK(mqttka_client_publish_message(client, message, NULL, NULL));
    mqttka_message_free(message);
    seen = expect(broker, MQTTKA_TESTING_PUBLISHED, NULL, __LINE__);
    OK(mqttka_testing_seen_number(seen, 0x02, &number));
    CHECK(number == 60);
    CHECK(strcmp(mqttka_testing_seen_text(seen, 0x03), "text/plain") == 0 && mqttka_testing_seen_text(seen, 0x08) == NULL);
    CHECK(memcmp(mqttka_testing_seen_bytes(seen, 0x09, &size), "\0\1", 2) == 0 && size == 2);
    CHECK(mqttka_testing_seen_bytes(seen, 0x16, &size) == NULL && size == 0);
    CHECK(mqttka_testing_seen_user_count(seen) == 1);
    CHECK(strcmp(mqttka_testing_seen_user_name(seen, 0), "a") == 0 && mqttka_testing_seen_user_name(seen, 1) == NULL);
    CHECK(strcmp(mqttka_testing_seen_user_value(seen, 0), "1") == 0 && mqttka_testing_seen_user_value(seen, 1) == NULL);
    mqttka_testing_seen_free(seen);

    OK(mqttka_client_subscribe(client, "down/#", MQTTKA_NUL_TERMINATED, 1, NULL, NULL));
    EXPECT(broker, MQTTKA_TESTING_SUBSCRIBED, NULL);
    CHECK(mqttka_testing_broker_publish_with(broker, "down/1", NULL, 0, 1, false, properties)
        == MQTTKA_ERROR_INVALID_ARGUMENT); /* a PUBLISH has no Reason String */
    mqttka_testing_properties_free(properties);
    properties = mqttka_testing_properties_new();
    OK(mqttka_testing_properties_set_bytes(properties, 0x09, (const uint8_t *)"\2", 1));
    OK(mqttka_testing_broker_publish_with(broker, "down/1", (const uint8_t *)"with", 4, 1, false, properties));
    AWAIT(told.message);
    CHECK(strcmp(told.payload, "with") == 0 && told.correlated == 1);
    OK(mqttka_testing_broker_publish_with(broker, "down/1", (const uint8_t *)"none", 4, 1, false, NULL));
    AWAIT(told.message);
    CHECK(told.correlated == 0);

    CHECK(mqttka_testing_properties_set_number(properties, 0x24, 256) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_properties_set_text(properties, 0x24, "x") == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_properties_set_text(properties, 0x7f, "x") == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_properties_add_user(properties, NULL, "x") == MQTTKA_ERROR_NULL);
    CHECK(mqttka_testing_broker_set_properties(broker, 3, properties) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_set_properties(broker, 77, properties) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_announce(broker, NULL) == MQTTKA_ERROR_NULL);
    mqttka_testing_properties_free(properties);
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
    CHECK(mqttka_testing_broker_new_with(0, 4, &other) == MQTTKA_ERROR_INVALID_ARGUMENT && other == NULL);
    CHECK(mqttka_testing_broker_challenge(broker, NULL, 0) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_refuse_authentications(broker, 0) == MQTTKA_ERROR_INVALID_ARGUMENT);
    CHECK(mqttka_testing_broker_authority(broker) == NULL && mqttka_testing_broker_authority(NULL) == NULL);
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
    each_transport_carries_the_same();
    clients_prove_who_they_are();
    packets_bear_properties();
    what_is_wrong_is_said();
    puts("fake broker: 7 passed");
    return 0;
}
