/* libmosquitto as its documentation advises: loop_start(), callbacks, connect_async(). */
#include "adapter.h"

#include <mosquitto.h>

static struct mosquitto *client;
static bool loop_runs;
static bool was_connected; /* of the current attempt; the network thread's */

/* QoS 0 publishes leave no trace but their number: their lengths are all alike within a load. */
static size_t publish_length;

static void on_connect(struct mosquitto *unused, void *user_data, int code) {
    (void)unused, (void)user_data;
    if (code != 0) {
        lab_event("connect_failed", ",\"reason\":\"%s\"", mosquitto_connack_string(code));
        return;
    }
    was_connected = true;
    lab_event("connected", "%s", "");
    lab_on_connected();
}

static void on_disconnect(struct mosquitto *unused, void *user_data, int code) {
    (void)user_data;
    const char *event = was_connected ? "disconnected" : "connect_failed";
    lab_event(event, ",\"reason\":\"%s\"", mosquitto_strerror(code));
    was_connected = false;
    lab_set_connected(false);
    /* The lab says when to connect again, so the loop must not. */
    mosquitto_disconnect(unused);
}

static void on_publish(struct mosquitto *unused, void *user_data, int id) {
    (void)unused, (void)user_data, (void)id;
    lab_completed(publish_length);
}

static void on_subscribe(struct mosquitto *unused, void *user_data, int id, int count, const int *granted) {
    (void)unused, (void)user_data, (void)id, (void)count, (void)granted;
    lab_event("subscribed", "%s", "");
}

static void on_message(struct mosquitto *unused, void *user_data, const struct mosquitto_message *message) {
    (void)unused, (void)user_data, (void)message;
    lab_message_arrived();
}

static void stop_loop(void) {
    if (loop_runs)
        mosquitto_loop_stop(client, false);
    loop_runs = false;
}

static void client_connect(void) {
    stop_loop();
    int error = mosquitto_connect_async(client, lab.host, lab.port, lab.keep_alive);
    if (error != MOSQ_ERR_SUCCESS) {
        lab_event("connect_failed", ",\"reason\":\"%s\"", mosquitto_strerror(error));
        return;
    }
    if (mosquitto_loop_start(client) != MOSQ_ERR_SUCCESS)
        lab_die("mosquitto_loop_start", "failed");
    loop_runs = true;
}

static lab_accept client_publish(const char *topic, const void *payload, int length, int qos) {
    publish_length = (size_t)length;
    int error = mosquitto_publish(client, NULL, topic, length, payload, qos, false);
    if (error == MOSQ_ERR_SUCCESS)
        return LAB_ACCEPTED;
    return error == MOSQ_ERR_NO_CONN ? LAB_NOT_CONNECTED : LAB_FULL;
}

static void client_subscribe(const char *filter) { mosquitto_subscribe(client, NULL, filter, 0); }

static void client_quit(void) {
    mosquitto_disconnect(client);
    stop_loop();
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
}

int main(int argc, char **argv) {
    lab_parse(argc, argv, 8u << 20);
    if (lab.keep_alive < 5)
        lab_die("keep-alive", "libmosquitto takes no less than 5 s");
    mosquitto_lib_init();
    client = mosquitto_new(NULL, true, NULL);
    if (client == NULL)
        lab_die("mosquitto_new", "failed");
    if (lab.ca != NULL && mosquitto_tls_set(client, lab.ca, NULL, NULL, NULL, NULL) != MOSQ_ERR_SUCCESS)
        lab_die("mosquitto_tls_set", "failed");
    if (lab.proxy != NULL) {
        char host[128];
        int port;
        lab_split(lab.proxy, host, sizeof host, &port);
        if (mosquitto_socks5_set(client, host, port, NULL, NULL) != MOSQ_ERR_SUCCESS)
            lab_die("mosquitto_socks5_set", "failed");
    }
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    return lab_main();
}
