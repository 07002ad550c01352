/* Destroy, disconnect and timeout while connecting to a server that never answers. */
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

static int listener, port;

static void finished(struct recorder *recorder, int64_t cause, int64_t stage)
{
    EXPECT_INT(1, recorder->connect_failed);
    EXPECT_INT(0, recorder->connected);
    EXPECT_INT(0, recorder->disconnected);
    EXPECT_INT(cause, recorder->cause);
    EXPECT_INT(stage, recorder->stage);
    EXPECT_INT(1, recorder->terminated);
    EXPECT_INT(1, recorder->destroyed);
}

static void destroyed(bool after_connect_packet)
{
    struct recorder recorder;
    int64_t state;
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &state));
    EXPECT_INT(MQTTKA_STATE_CONNECTING, state);
    int accepted = after_connect_packet ? silent_accept(listener) : -1;
    /* Operations may be queued while connecting; they end with the client. */
    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_subscribe(client, "a", 1, 1, recorder_completion, &recorder));
    OK(mqttka_client_destroy_and_wait(client, -1));
    finished(&recorder, MQTTKA_CONNECT_ERROR_CLIENT_CLOSED, -1);
    EXPECT_INT(2, recorder.completions);
    EXPECT_INT(2, recorder.failed_completions);
    EXPECT_INT(MQTTKA_ERROR_CLOSED, recorder.error);
    if (accepted >= 0) close(accepted);
}

static void disconnected(void)
{
    struct recorder recorder;
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_disconnect(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    finished(&recorder, MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED, -1);
}

static void timed_out(void)
{
    struct recorder recorder;
    mqttka_client *client;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 300));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    finished(&recorder, MQTTKA_CONNECT_ERROR_TIMEOUT, MQTTKA_STAGE_MQTT);
}

int main(void)
{
    listener = silent_listen(&port);
    destroyed(true);
    for (int i = 0; i < 20; i++) destroyed(false);
    disconnected();
    timed_out();
    close(listener);
    return 0;
}
