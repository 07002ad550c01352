/* Eclipse Paho's C client, asynchronous, with its own defaults. */
#include "peer.h"

#include <MQTTAsync.h>

static MQTTAsync client;

static void live(void) {
    say("connected", NULL);
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    MQTTAsync_subscribe(client, "a/#", 2, &options);
    MQTTAsync_send(client, "up", 1, "1", 1, 0, &options);
    MQTTAsync_send(client, "up", 1, "2", 2, 0, &options);
}

static void on_connected(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    live();
}

static void on_connected5(void *context, MQTTAsync_successData5 *data) {
    (void)context, (void)data;
    live();
}

static void on_failed(void *context, MQTTAsync_failureData *data) {
    (void)context;
    ended(data != NULL ? data->message : NULL);
}

static void on_failed5(void *context, MQTTAsync_failureData5 *data) {
    (void)context;
    ended(data != NULL ? data->message : NULL);
}

static void on_lost(void *context, char *cause) {
    (void)context;
    ended(cause);
}

static void on_disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes code) {
    (void)context, (void)properties;
    ended(MQTTReasonCode_toString(code));
}

static int on_message(void *context, char *topic, int length, MQTTAsync_message *it) {
    (void)context, (void)length;
    message(it->payload, (size_t)it->payloadlen);
    MQTTAsync_freeMessage(&it);
    MQTTAsync_free(topic);
    return 1;
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    char uri[64];
    snprintf(uri, sizeof uri, "tcp://127.0.0.1:%d", port);
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.MQTTVersion = level == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    if (MQTTAsync_createWithOptions(&client, uri, "c", MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) != MQTTASYNC_SUCCESS)
        return 3;
    MQTTAsync_setCallbacks(client, NULL, on_lost, on_message, NULL);
    MQTTAsync_connectOptions old = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions new = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions *options = level == 5 ? &new : &old;
    MQTTProperties properties = MQTTProperties_initializer;
    if (level == 5) {
        MQTTProperty most = {.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, .value.integer2 = RECEIVE_MAXIMUM};
        MQTTProperty largest = {.identifier = MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE,
                                .value.integer4 = MAXIMUM_PACKET_SIZE};
        MQTTProperties_add(&properties, &most);
        MQTTProperties_add(&properties, &largest);
        MQTTAsync_setDisconnected(client, NULL, on_disconnected);
        options->connectProperties = &properties;
        options->cleanstart = 1;
        options->onSuccess5 = on_connected5;
        options->onFailure5 = on_failed5;
    } else {
        options->cleansession = 1;
        options->MQTTVersion = MQTTVERSION_3_1_1;
        options->onSuccess = on_connected;
        options->onFailure = on_failed;
    }
    options->keepAliveInterval = 60;
    if (MQTTAsync_connect(client, options) != MQTTASYNC_SUCCESS)
        return 3;
    return until_told();
}
