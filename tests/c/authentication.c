/*
 * Enhanced authentication: an authenticator that answers at once, later from another thread, or
 * gives up; re-authentication; and SCRAM's first word. The broker's bytes are the test's.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <sys/socket.h>
#include <unistd.h>

enum way { AT_ONCE, ON_A_THREAD, FAILS, FREED };
struct authenticator {
    enum way way;
    int32_t at; /* the step at which it is so */
    int calls, released;
    int32_t steps[8];
    pthread_t thread;
};

static struct recorder recorder;
static struct authenticator authenticator;
static int listener, port;

/* What the broker's AUTH says besides its data. */
static void expect_words(mqttka_authentication_request *request)
{
    const char *name = NULL, *value = NULL;
    size_t name_length = 0, length = 0;
    OK(mqttka_authentication_request_reason_string(request, &value, &length));
    EXPECT_BYTES("go", 2, value, length);
    EXPECT_INT(2, mqttka_authentication_request_user_property_count(request));
    for (size_t i = 0; i < 2; i++) {
        OK(mqttka_authentication_request_user_property_at(request, i, &name, &name_length, &value,
                                                          &length));
        EXPECT_BYTES("a", 1, name, name_length);
        EXPECT_BYTES(i == 0 ? "b" : "c", 1, value, length);
    }
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_user_property_at(request, 2, &name, &name_length,
                                                              &value, &length));
    EXPECT(name == NULL && name_length == 0 && value == NULL && length == 0);
}

static void expect_no_words(mqttka_authentication_request *request)
{
    const char *value = "";
    size_t length = 77;
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_reason_string(request, &value, &length));
    EXPECT(value == NULL && length == 0);
    EXPECT_INT(0, mqttka_authentication_request_user_property_count(request));
}

/* Where the answer leaves in an AUTH, that has them. */
static int32_t add(mqttka_authentication_request *request, const char *name, const char *value)
{
    return mqttka_authentication_request_add_user_property(request, name, MQTTKA_NUL_TERMINATED,
                                                           value, MQTTKA_NUL_TERMINATED);
}

static void give(mqttka_authentication_request *request)
{
    const uint8_t *data = NULL;
    size_t length = 77;
    int32_t error = mqttka_authentication_request_data(request, &data, &length);
    switch (mqttka_authentication_request_step(request)) {
    case MQTTKA_AUTHENTICATION_START:
    case MQTTKA_AUTHENTICATION_RESTART:
        EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, error);
        EXPECT(data == NULL && length == 0);
        expect_no_words(request);
        if (mqttka_authentication_request_step(request) == MQTTKA_AUTHENTICATION_RESTART)
            OK(add(request, "again", ""));
        else
            EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, add(request, "x", "y"));
        OK(mqttka_authentication_request_reply(request, "hello", MQTTKA_NUL_TERMINATED));
        break;
    case MQTTKA_AUTHENTICATION_CONTINUE:
        EXPECT_INT(MQTTKA_OK, error);
        EXPECT_BYTES("why", 3, data, length);
        expect_words(request);
        OK(add(request, "x", "y"));
        OK(add(request, "x", "z"));
        OK(mqttka_authentication_request_reply(request, "because", 7));
        break;
    default:
        EXPECT_INT(MQTTKA_AUTHENTICATION_FINISH, mqttka_authentication_request_step(request));
        EXPECT_BYTES("fine", 4, data, length);
        expect_no_words(request);
        EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, add(request, "x", "y"));
        EXPECT(strstr(mqttka_last_error(), "user_properties") != NULL);
        OK(mqttka_authentication_request_reply(request, NULL, 0));
    }
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, add(request, "x", "y"));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_authentication_request_reply(request, NULL, 0));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_authentication_request_fail(request, "no", 2, true));
    mqttka_authentication_request_free(request);
}

static void *later(void *request)
{
    give(request);
    return NULL;
}

static void authenticate(mqttka_authentication_request *request, void *user_data)
{
    int32_t step = mqttka_authentication_request_step(request);
    EXPECT(user_data == &authenticator);
    EXPECT(mqttka_authentication_request_time_left_ms(request) > 0);
    EXPECT(mqttka_authentication_request_exchange(request) >= 1);
    authenticator.steps[authenticator.calls % 8] = step;
    switch (step == authenticator.at ? authenticator.way : AT_ONCE) {
    case AT_ONCE: give(request); break;
    case ON_A_THREAD:
        EXPECT(pthread_create(&authenticator.thread, NULL, later, request) == 0);
        break;
    case FAILS:
        OK(mqttka_authentication_request_fail(request, "no ticket", MQTTKA_NUL_TERMINATED, true));
        mqttka_authentication_request_free(request);
        break;
    case FREED: mqttka_authentication_request_free(request); break;
    }
    recorder_add(&recorder, &authenticator.calls);
}

static void release(void *user_data)
{
    EXPECT(user_data == &authenticator);
    recorder_add(&recorder, &authenticator.released);
}

static mqttka_client *start(enum way way, int32_t at)
{
    mqttka_client *client;
    memset(&authenticator, 0, sizeof authenticator);
    authenticator.way = way;
    authenticator.at = at;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_authenticator(options, "TICKET", authenticate, &authenticator, release));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    EXPECT_INT(0, recorder_count(&recorder, &authenticator.released));
    return client;
}

static void end(mqttka_client *client)
{
    OK(mqttka_client_destroy_and_wait(client, -1));
    recorder_wait(&recorder, &authenticator.released, 1);
    EXPECT_INT(1, recorder.terminated);
}

#define METHOD "\x15\x00\x06TICKET"
#define SEND(socket, bytes) EXPECT(peer_send(socket, bytes, sizeof bytes - 1))

/* Whether these bytes are in the packet. */
static bool has(const struct peer_packet *packet, const char *bytes, size_t length)
{
    for (size_t at = 0; at + length <= packet->length; at++)
        if (memcmp(packet->body + at, bytes, length) == 0) return true;
    return false;
}
#define HAS(packet, bytes) EXPECT(has(packet, bytes, sizeof bytes - 1))

/* CONNECT, AUTH there and back, CONNACK. */
static int accept_authenticated(struct peer_packet *packet)
{
    int socket = accept(listener, NULL, NULL);
    EXPECT(peer_read(socket, packet));
    EXPECT_INT(PEER_CONNECT, peer_kind(packet));
    HAS(packet, METHOD);
    HAS(packet, "\x16\x00\x05hello");
    SEND(socket, "\xf0\x24\x18\x22" METHOD "\x16\x00\x03why"
                 "\x1f\x00\x02go" "\x26\x00\x01" "a" "\x00\x01" "b" "\x26\x00\x01" "a" "\x00\x01" "c");
    if (!peer_read(socket, packet)) return socket;
    EXPECT_INT(0xf0, peer_kind(packet));
    EXPECT_INT(0x18, packet->body[0]);
    HAS(packet, "\x16\x00\x07" "because");
    HAS(packet, "\x26\x00\x01x\x00\x01y" "\x26\x00\x01x\x00\x01z");
    SEND(socket, "\x20\x13\x00\x00\x10" METHOD "\x16\x00\x04" "fine");
    return socket;
}

static void both_sides_prove_themselves(enum way way)
{
    struct peer_packet packet = {0};
    mqttka_client *client = start(way, MQTTKA_AUTHENTICATION_CONTINUE);
    OK(mqttka_client_connect(client));
    int socket = accept_authenticated(&packet);
    recorder_wait(&recorder, &recorder.connected, 1);
    if (way == ON_A_THREAD) EXPECT(pthread_join(authenticator.thread, NULL) == 0);
    EXPECT_INT(3, authenticator.calls);
    EXPECT_INT(MQTTKA_AUTHENTICATION_START, authenticator.steps[0]);
    EXPECT_INT(MQTTKA_AUTHENTICATION_CONTINUE, authenticator.steps[1]);
    EXPECT_INT(MQTTKA_AUTHENTICATION_FINISH, authenticator.steps[2]);
    /* And once more while the connection goes on. */
    OK(mqttka_client_reauthenticate(client, recorder_completion, &recorder));
    EXPECT(peer_read(socket, &packet));
    EXPECT_INT(0xf0, peer_kind(&packet));
    EXPECT_INT(0x19, packet.body[0]);
    HAS(&packet, "\x16\x00\x05hello");
    HAS(&packet, "\x26\x00\x05" "again\x00\x00");
    SEND(socket, "\xf0\x12\x00\x10" METHOD "\x16\x00\x04" "fine");
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    EXPECT_INT(MQTTKA_AUTHENTICATION_RESTART, authenticator.steps[3]);
    /* One that has not begun can be taken back; what has, goes on. */
    mqttka_canceller *canceller = mqttka_canceller_new();
    OK(mqttka_client_reauthenticate_cancellable(client, NULL, recorder_completion, &recorder));
    EXPECT(peer_read(socket, &packet));
    OK(mqttka_client_reauthenticate_cancellable(client, canceller, recorder_completion, &recorder));
    OK(mqttka_canceller_cancel(canceller));
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    OK(mqttka_client_reauthenticate_cancellable(client, canceller, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 3);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    mqttka_canceller_free(canceller);
    SEND(socket, "\xf0\x12\x00\x10" METHOD "\x16\x00\x04" "fine");
    recorder_wait(&recorder, &recorder.completions, 4);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    /* The broker refuses the next. */
    OK(mqttka_client_reauthenticate(client, recorder_completion, &recorder));
    EXPECT(peer_read(socket, &packet));
    SEND(socket, "\xe0\x01\x87");
    recorder_wait(&recorder, &recorder.completions, 5);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, recorder.error);
    recorder_wait(&recorder, &recorder.disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_SERVER_DISCONNECT, recorder.cause);
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_reauthenticate(client, NULL, NULL));
    close(socket);
    peer_free(&packet);
    end(client);
}

static void giving_up_ends_the_attempt(enum way way, int32_t at)
{
    struct peer_packet packet = {0};
    mqttka_client *client = start(way, at);
    OK(mqttka_client_connect(client));
    int socket = at == MQTTKA_AUTHENTICATION_START ? accept(listener, NULL, NULL)
                                                   : accept_authenticated(&packet);
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_AUTHENTICATION, recorder.cause);
    EXPECT_TEXT("authentication", mqttka_cause_string((int32_t)recorder.cause));
    EXPECT(strstr(recorder.description, way == FREED ? "without an answer" : "no ticket") != NULL);
    EXPECT_INT(0, recorder.connected);
    close(socket);
    peer_free(&packet);
    end(client);
}

static void giving_up_later_ends_the_connection(void)
{
    struct peer_packet packet = {0};
    mqttka_client *client = start(AT_ONCE, 0);
    OK(mqttka_client_connect(client));
    int socket = accept_authenticated(&packet);
    recorder_wait(&recorder, &recorder.connected, 1);
    authenticator.way = FAILS;
    authenticator.at = MQTTKA_AUTHENTICATION_FINISH;
    OK(mqttka_client_reauthenticate(client, recorder_completion, &recorder));
    EXPECT(peer_read(socket, &packet));
    SEND(socket, "\xf0\x12\x00\x10" METHOD "\x16\x00\x04" "fine");
    recorder_wait(&recorder, &recorder.disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_AUTHENTICATION, recorder.cause);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_AUTHENTICATION, recorder.error);
    close(socket);
    peer_free(&packet);
    end(client);
}

/* What the library's tests have against whole servers; here, that it is set and sent. */
static void scram_is_ready_to_use(void)
{
    struct peer_packet packet = {0};
    mqttka_client *client;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_scram_sha256(options, "user", MQTTKA_NUL_TERMINATED, "pencil", 6, 5000));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_scram_sha256(options, "user", 4, "pencil", 6, 4095));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_scram_sha256(options, "user", 4, "", 0, 0));
    /* 3.1.1 has no such thing. */
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(options, &client));
    EXPECT(strstr(mqttka_last_error(), "authenticator") != NULL);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, 5));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    int socket = accept(listener, NULL, NULL);
    EXPECT(peer_read(socket, &packet));
    HAS(&packet, "\x15\x00\x0dSCRAM-SHA-256");
    HAS(&packet, "n,,n=user,r=");
    /* It is no answer to that. */
    SEND(socket, "\x20\x13\x00\x00\x10\x15\x00\x0dSCRAM-SHA-256");
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_AUTHENTICATION, recorder.cause);
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(socket);
    peer_free(&packet);
}

int main(void)
{
    listener = silent_listen(&port);
    both_sides_prove_themselves(AT_ONCE);
    both_sides_prove_themselves(ON_A_THREAD);
    for (int32_t at = MQTTKA_AUTHENTICATION_START; at <= MQTTKA_AUTHENTICATION_FINISH; at++) {
        if (at == MQTTKA_AUTHENTICATION_RESTART) continue;
        giving_up_ends_the_attempt(FAILS, at);
        giving_up_ends_the_attempt(FREED, at);
    }
    giving_up_later_ends_the_connection();
    scram_is_ready_to_use();
    close(listener);
    return 0;
}
