/* What a broker, or its absence, refuses: CONNACK, SUBACK, the port; and what is said of it. */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void credentials(int version, const char *name, const char *password, bool accepted)
{
    struct recorder recorder;
    mqttka_client *client;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_AUTH_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    if (name != NULL) {
        OK(mqttka_options_set_string(options, MQTTKA_OPTION_USER_NAME, name, strlen(name)));
        OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, password, strlen(password)));
    }
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    if (accepted) {
        recorder_wait(&recorder, &recorder.connected, 1);
        recorder_finish(&recorder, client);
        return;
    }
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_REFUSED, recorder.cause);
    /* 3.1.1's return code 5 and 5.0's reason code, one vocabulary. */
    EXPECT_INT(0x87, recorder.reason_code);
    EXPECT_INT(MQTTKA_STAGE_MQTT, recorder.stage);
    EXPECT(strstr(recorder.description, "Not authorized") != NULL);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, recorder.connected);
    EXPECT_INT(0, recorder.disconnected);
    EXPECT_INT(1, recorder.connect_failed);
    EXPECT_INT(1, recorder.terminated);
}

struct codes {
    size_t count;
    int32_t at[4];
};

static void keep_codes(struct recorder *recorder, mqttka_client *client,
                       const mqttka_result *result)
{
    struct codes *codes = recorder->context;
    EXPECT(client != NULL);
    codes->count = mqttka_result_reason_code_count(result);
    for (size_t i = 0; i < 4; i++) codes->at[i] = mqttka_result_reason_code_at(result, i);
}

static void subscriptions(int version, int32_t denied)
{
    struct recorder recorder;
    struct codes codes;
    mqttka_client *client;
    recorder_init(&recorder);
    recorder.on_completion = keep_codes;
    recorder.context = &codes;
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_ACL_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connected, 1);

    OK(mqttka_client_subscribe(client, "denied/a", MQTTKA_NUL_TERMINATED, 1, recorder_completion,
                               &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, recorder.error);
    EXPECT_INT(denied, recorder.result_code);
    EXPECT_INT(1, codes.count);
    EXPECT_INT(denied, codes.at[0]);
    EXPECT_INT(-1, codes.at[1]);

    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "granted/a", MQTTKA_NUL_TERMINATED, 2, 0));
    OK(mqttka_subscribe_request_add(request, "denied/b", MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_subscribe_request_add(request, "granted/c", MQTTKA_NUL_TERMINATED, 0, 0));
    OK(mqttka_client_send_subscribe(client, request, recorder_completion, &recorder));
    mqttka_subscribe_request_free(request);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_ERROR_REFUSED, recorder.error);
    EXPECT_INT(denied, recorder.result_code);
    EXPECT_INT(3, codes.count);
    EXPECT_INT(2, codes.at[0]);
    EXPECT_INT(denied, codes.at[1]);
    EXPECT_INT(0, codes.at[2]);
    EXPECT_INT(-1, codes.at[3]);

    recorder_finish(&recorder, client);
    EXPECT_INT(2, recorder.completions);
}

/* A port that was bound a moment ago and is not any more. */
static int closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int bound = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(bind(bound, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(getsockname(bound, (struct sockaddr *)&address, &length) == 0);
    close(bound);
    return ntohs(address.sin_port);
}

static void refused_port(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, closed_port());
    for (int attempt = 1; attempt <= 3; attempt++) {
        OK(mqttka_client_connect(client));
        recorder_wait(&recorder, &recorder.connect_failed, attempt);
        EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder.cause);
        EXPECT_INT(MQTTKA_STAGE_TCP, recorder.stage);
        EXPECT_INT(ECONNREFUSED, recorder.os_error);
        EXPECT_INT(attempt, recorder.connection_number);
    }
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(3, recorder.connect_failed);
    EXPECT_INT(0, recorder.connected);
    EXPECT_INT(0, recorder.disconnected);
    EXPECT_INT(1, recorder.terminated);
}

/* The strings of the last event; empty where it had none. */
struct said {
    char host[64], address[64], reference[64], reason[64];
    int64_t port;
};

static void keep(const mqttka_event *event, int32_t key, char *into, size_t size)
{
    const char *text;
    size_t length;
    into[0] = '\0';
    int32_t error = mqttka_event_get_string(event, key, &text, &length);
    if (error == MQTTKA_OK) snprintf(into, size, "%.*s", (int)length, text);
    else EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, error);
}

static void keep_said(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    struct said *said = recorder->context;
    EXPECT(client != NULL);
    keep(event, MQTTKA_EVENT_HOST, said->host, sizeof said->host);
    keep(event, MQTTKA_EVENT_ADDRESS, said->address, sizeof said->address);
    keep(event, MQTTKA_EVENT_SERVER_REFERENCE, said->reference, sizeof said->reference);
    keep(event, MQTTKA_EVENT_REASON_STRING, said->reason, sizeof said->reason);
    said->port = -1;
    mqttka_event_get_int(event, MQTTKA_EVENT_PORT, &said->port);
}

/* What was tried, by name; no text that means something else. */
static void says_what_was_tried(void)
{
    struct recorder recorder;
    struct said said;
    char target[64];
    int port = closed_port();
    recorder_init(&recorder);
    recorder.on_event = keep_said;
    recorder.context = &said;
    mqttka_client *client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_TEXT("127.0.0.1", said.host);
    EXPECT_TEXT("127.0.0.1", said.address);
    EXPECT_INT(port, said.port);
    EXPECT_TEXT("", said.reference);
    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    EXPECT(strstr(recorder.description, target) != NULL);
    EXPECT_TEXT("transport", mqttka_cause_string((int32_t)recorder.cause));
    EXPECT_TEXT("tcp", mqttka_stage_string((int32_t)recorder.stage));
    OK(mqttka_client_destroy_and_wait(client, -1));
}

/* "Use another server" at CONNACK, and "Server moved" later. */
static void names_another_server(void)
{
    static const char REFUSAL[] = "\x20\x0f\0\x9c\x0c\x1c\0\5other\x1f\0\1x";
    static const char MOVED[] = "\xe0\x0a\x9d\x08\x1c\0\5other";
    struct recorder recorder;
    struct said said;
    int port, listener = silent_listen(&port);
    recorder_init(&recorder);
    recorder.on_event = keep_said;
    recorder.context = &said;
    mqttka_client *client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    int accepted = peer_accept_with(listener, REFUSAL, sizeof REFUSAL - 1);
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_REFUSED, recorder.cause);
    EXPECT_INT(0x9c, recorder.reason_code);
    EXPECT_TEXT("refused", mqttka_cause_string((int32_t)recorder.cause));
    EXPECT_TEXT("other", said.reference);
    EXPECT_TEXT("x", said.reason);
    EXPECT_TEXT("127.0.0.1", said.host);
    EXPECT_INT(port, said.port);
    close(accepted);

    OK(mqttka_client_connect(client));
    accepted = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    EXPECT_TEXT("", said.reference);
    EXPECT(peer_send(accepted, MOVED, sizeof MOVED - 1));
    recorder_wait(&recorder, &recorder.disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_SERVER_DISCONNECT, recorder.cause);
    EXPECT_INT(0x9d, recorder.reason_code);
    EXPECT_TEXT("other", said.reference);
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(accepted);
    close(listener);
}

int main(void)
{
    for (int version = 4; version <= 5; version++) {
        credentials(version, "user", "right", true);
        credentials(version, "user", "wrong", false);
        credentials(version, NULL, NULL, false);
    }
    subscriptions(4, 0x80);
    subscriptions(5, 0x87);
    refused_port();
    says_what_was_tried();
    names_another_server();
    return 0;
}
