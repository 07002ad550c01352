/* mqttka, through its public header alone. */
#include "adapter.h"

#include <mqttka.h>

static mqttka_client *client;

static void must(int32_t error, const char *what) {
    if (error != MQTTKA_OK)
        lab_die(what, mqttka_last_error());
}

static int64_t event_int(const mqttka_event *event, int32_t key) {
    int64_t value;
    return mqttka_event_get_int(event, key, &value) == MQTTKA_OK ? value : -1;
}

static void on_event(mqttka_client *unused, const mqttka_event *event, void *user_data) {
    (void)unused, (void)user_data;
    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED:
        lab_event("connected", ",\"connection\":%" PRId64, event_int(event, MQTTKA_EVENT_CONNECTION_NUMBER));
        lab_on_connected();
        break;
    case MQTTKA_EVENT_DISCONNECTED:
        lab_event("disconnected",
                  ",\"connection\":%" PRId64 ",\"cause\":\"%s\",\"os_error\":%" PRId64 ",\"inbound_age_ms\":%" PRId64
                  ",\"evidence_age_ms\":%" PRId64 ",\"unanswered_pings\":%" PRId64,
                  event_int(event, MQTTKA_EVENT_CONNECTION_NUMBER),
                  mqttka_cause_string((int32_t)event_int(event, MQTTKA_EVENT_CAUSE)),
                  event_int(event, MQTTKA_EVENT_OS_ERROR), event_int(event, MQTTKA_EVENT_LAST_INBOUND_AGE_MS),
                  event_int(event, MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS),
                  event_int(event, MQTTKA_EVENT_UNANSWERED_PINGS));
        lab_set_connected(false);
        break;
    case MQTTKA_EVENT_CONNECT_FAILED:
        lab_event("connect_failed", ",\"stage\":\"%s\",\"error\":%" PRId64,
                  mqttka_stage_string((int32_t)event_int(event, MQTTKA_EVENT_STAGE)), event_int(event, MQTTKA_EVENT_CAUSE));
        break;
    default:
        lab_event("unknown", ",\"type\":%" PRId32, mqttka_event_type(event));
    }
}

static void on_message(mqttka_client *unused, const mqttka_message *message, void *user_data) {
    (void)unused, (void)message, (void)user_data;
    lab_message_arrived();
}

static void on_published(mqttka_client *unused, const mqttka_result *result, void *user_data) {
    (void)unused, (void)result;
    lab_completed((size_t)(uintptr_t)user_data);
}

static void on_subscribed(mqttka_client *unused, const mqttka_result *result, void *user_data) {
    (void)unused, (void)user_data;
    if (mqttka_result_error(result) == MQTTKA_OK)
        lab_event("subscribed", "%s", "");
}

static void client_connect(void) {
    int32_t error = mqttka_client_connect(client);
    if (error != MQTTKA_OK)
        lab_event("connect_failed", ",\"stage\":\"call\",\"error\":%" PRId32, error);
}

static lab_accept client_publish(const char *topic, const void *payload, int length, int qos) {
    int32_t error = mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, payload, (size_t)length, qos, false,
                                          on_published, (void *)(uintptr_t)length);
    if (error == MQTTKA_OK)
        return LAB_ACCEPTED;
    return error == MQTTKA_ERROR_QUEUE_FULL ? LAB_FULL : LAB_NOT_CONNECTED;
}

static void client_subscribe(const char *filter) {
    mqttka_client_subscribe(client, filter, MQTTKA_NUL_TERMINATED, 0, on_subscribed, NULL);
}

static void client_quit(void) { must(mqttka_client_destroy_and_wait(client, 10000), "mqttka_client_destroy_and_wait"); }

int main(int argc, char **argv) {
    /* No limit of our own: the library's queue says when it is full. */
    lab_parse(argc, argv, SIZE_MAX / 2);
    must(mqttka_check_abi(MQTTKA_ABI_VERSION), "mqttka_check_abi");
    mqttka_options *options = mqttka_options_new();
    must(mqttka_options_set_uri(options, lab.uri), "uri");
    if (lab.ca != NULL)
        must(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, lab.ca, MQTTKA_NUL_TERMINATED), "CA");
    if (lab.proxy != NULL)
        must(mqttka_options_set_string(options, MQTTKA_OPTION_PROXY, lab.proxy, MQTTKA_NUL_TERMINATED), "proxy");
    must(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, lab.keep_alive), "keep-alive");
    must(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT, 0), "no reconnection");
    const char *version = getenv("LAB_PROTOCOL_VERSION");
    if (version != NULL)
        must(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, atoi(version)), "protocol version");
    must(mqttka_options_set_event_callback(options, on_event), "event callback");
    must(mqttka_options_set_message_callback(options, on_message), "message callback");
    must(mqttka_client_new(options, &client), "mqttka_client_new");
    mqttka_options_free(options);
    return lab_main();
}
