/* Eclipse Paho's C client as its documentation advises: MQTTAsync, callbacks, its own defaults. */
#include "adapter.h"

#include <MQTTAsync.h>

static MQTTAsync client;

static void on_connected(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    lab_event("connected", "%s", "");
    lab_on_connected();
}

static void on_connect_failed(void *context, MQTTAsync_failureData *data) {
    (void)context;
    lab_event("connect_failed", ",\"reason\":\"%s\",\"code\":%d",
              data != NULL && data->message != NULL ? data->message : "", data != NULL ? data->code : 0);
}

static void on_connection_lost(void *context, char *cause) {
    (void)context;
    lab_set_connected(false);
    lab_event("disconnected", ",\"reason\":\"%s\"", cause != NULL ? cause : "");
}

static int on_message(void *context, char *topic, int topic_length, MQTTAsync_message *message) {
    (void)context, (void)topic_length;
    lab_message_arrived();
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static void on_published(void *context, MQTTAsync_successData *data) {
    (void)data;
    lab_completed((size_t)(uintptr_t)context);
}

static void on_publish_failed(void *context, MQTTAsync_failureData *data) {
    (void)data;
    lab_completed((size_t)(uintptr_t)context);
}

static void on_subscribed(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    lab_event("subscribed", "%s", "");
}

static void client_connect(void) {
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    options.keepAliveInterval = lab.keep_alive;
    options.cleansession = 1;
    /* The default tries 3.1.1 and then 3.1, each for the connect timeout of 30 s. */
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.onSuccess = on_connected;
    options.onFailure = on_connect_failed;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    if (lab.ca != NULL) {
        tls.trustStore = lab.ca;
        tls.verify = 1; /* the host's name too */
        options.ssl = &tls;
    }
    options.httpProxy = lab.proxy;
    int error = MQTTAsync_connect(client, &options);
    if (error != MQTTASYNC_SUCCESS)
        lab_event("connect_failed", ",\"code\":%d", error);
}

static lab_accept client_publish(const char *topic, const void *payload, int length, int qos) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess = on_published;
    options.onFailure = on_publish_failed;
    options.context = (void *)(uintptr_t)length;
    int error = MQTTAsync_send(client, topic, length, payload, qos, 0, &options);
    if (error == MQTTASYNC_SUCCESS)
        return LAB_ACCEPTED;
    return error == MQTTASYNC_DISCONNECTED ? LAB_NOT_CONNECTED : LAB_FULL;
}

static void client_subscribe(const char *filter) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess = on_subscribed;
    MQTTAsync_subscribe(client, filter, 0, &options);
}

/* --- the end: MQTTAsync_disconnect() is asynchronous too --- */

static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end_changed = PTHREAD_COND_INITIALIZER;
static bool ended;

static void on_end(void) {
    pthread_mutex_lock(&end_lock);
    ended = true;
    pthread_cond_signal(&end_changed);
    pthread_mutex_unlock(&end_lock);
}

static void on_disconnected(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    lab_set_connected(false);
    lab_event("disconnected", ",\"reason\":\"requested\"");
    on_end();
}

static void on_disconnect_failed(void *context, MQTTAsync_failureData *data) {
    (void)context, (void)data;
    on_end();
}

static void client_quit(void) {
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    options.onSuccess = on_disconnected;
    options.onFailure = on_disconnect_failed;
    options.timeout = 1000;
    /* Of a connection that is lost already it would report the end once more, and MQTTAsync_isConnected() still calls
     * some of those connected. */
    if (lab_is_connected() && MQTTAsync_disconnect(client, &options) == MQTTASYNC_SUCCESS) {
        pthread_mutex_lock(&end_lock);
        while (!ended)
            pthread_cond_wait(&end_changed, &end_lock);
        pthread_mutex_unlock(&end_lock);
    }
    MQTTAsync_destroy(&client);
}

int main(int argc, char **argv) {
    lab_parse(argc, argv, 8u << 20);
    char uri[256], id[64];
    /* Its own names for the schemes. */
    if (strncmp(lab.uri, "mqtt", 4) == 0)
        snprintf(uri, sizeof uri, "%s://%s:%d", lab.ca != NULL ? "ssl" : "tcp", lab.host, lab.port);
    else
        snprintf(uri, sizeof uri, "%s", lab.uri);
    snprintf(id, sizeof id, "paho-%" PRIx64, lab_now());
    if (MQTTAsync_create(&client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL) != MQTTASYNC_SUCCESS)
        lab_die("MQTTAsync_create", "failed");
    MQTTAsync_setCallbacks(client, NULL, on_connection_lost, on_message, NULL);
    return lab_main();
}
