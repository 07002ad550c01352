/* mqttka, through its public header. */
#include "peer.h"

#include <mqttka.h>

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data) {
    (void)user_data;
    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED:
        say("connected", NULL);
        mqttka_client_subscribe(client, "a/#", MQTTKA_NUL_TERMINATED, 2, NULL, NULL);
        mqttka_client_publish(client, "up", MQTTKA_NUL_TERMINATED, "1", 1, 1, false, NULL, NULL);
        mqttka_client_publish(client, "up", MQTTKA_NUL_TERMINATED, "2", 1, 2, false, NULL, NULL);
        break;
    case MQTTKA_EVENT_DISCONNECTED:
    case MQTTKA_EVENT_CONNECT_FAILED:
        say("ended", NULL);
        break;
    }
}

static void on_message(mqttka_client *client, const mqttka_message *it, void *user_data) {
    (void)client, (void)user_data;
    size_t size;
    const void *payload = mqttka_message_payload(it, &size);
    message(payload, size);
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    mqttka_options *options = mqttka_options_new();
    char uri[64];
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", port);
    mqttka_client *client;
    if (mqttka_options_set_uri(options, uri) != MQTTKA_OK ||
        mqttka_options_set_string(options, MQTTKA_OPTION_CLIENT_ID, "c", MQTTKA_NUL_TERMINATED) != MQTTKA_OK ||
        mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT, 0) != MQTTKA_OK ||
        mqttka_options_set_int(options, MQTTKA_OPTION_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM) != MQTTKA_OK ||
        mqttka_options_set_int(options, MQTTKA_OPTION_MAXIMUM_PACKET_SIZE, MAXIMUM_PACKET_SIZE) != MQTTKA_OK ||
        mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, level) != MQTTKA_OK ||
        mqttka_options_set_event_callback(options, on_event) != MQTTKA_OK ||
        mqttka_options_set_message_callback(options, on_message) != MQTTKA_OK ||
        mqttka_client_new(options, &client) != MQTTKA_OK || mqttka_client_connect(client) != MQTTKA_OK)
        return 3;
    mqttka_options_free(options);
    wait_until_told();
    /* What is left in memory then, is lost (tests/hostile/run --leaks). */
    if (mqttka_client_destroy_and_wait(client, 8000) != MQTTKA_OK)
        return 4;
    return 0;
}
