/* libmosquitto, its loop in a thread of its own, as its documentation advises. */
#include "peer.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>

static void on_connect(struct mosquitto *client, void *user_data, int code) {
    (void)user_data;
    if (code != 0)
        ended(mosquitto_connack_string(code));
    say("connected", NULL);
    mosquitto_subscribe(client, NULL, "a/#", 2);
    mosquitto_publish(client, NULL, "up", 1, "1", 1, false);
    mosquitto_publish(client, NULL, "up", 1, "2", 2, false);
}

static void on_disconnect(struct mosquitto *client, void *user_data, int code) {
    (void)client, (void)user_data;
    ended(mosquitto_strerror(code));
}

static void on_message(struct mosquitto *client, void *user_data, const struct mosquitto_message *it) {
    (void)client, (void)user_data;
    message(it->payload, (size_t)it->payloadlen);
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("c", true, NULL);
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, level == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM);
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_property *properties = NULL;
    if (level == 5)
        mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, MAXIMUM_PACKET_SIZE);
    if (mosquitto_connect_bind_v5(client, "127.0.0.1", port, 60, NULL, properties) != MOSQ_ERR_SUCCESS)
        return 3;
    mosquitto_loop_start(client);
    return until_told();
}
