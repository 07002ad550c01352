/* What a broker, or its absence, refuses: CONNACK, SUBACK, the port. */
#include "recorder.h"

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
    return 0;
}
