/*
 * What a program can see of a client: each packet, what is counted, what led to the end of a
 * connection, and the trace that a message belongs to.
 */
#include "recorder.h"

#include <math.h>

static struct recorder recorder;
static int tapped[2][16], taps_released;
static bool password_seen;

static int64_t of_packet(const mqttka_packet *packet, int32_t key)
{
    int64_t value;
    OK(mqttka_packet_get_int(packet, key, &value));
    return value;
}

static void tap(const mqttka_packet *packet, void *user_data)
{
    size_t length;
    int64_t value;
    const uint8_t *bytes = mqttka_packet_bytes(packet, &length);
    int64_t type = of_packet(packet, MQTTKA_PACKET_TYPE);
    int64_t direction = of_packet(packet, MQTTKA_PACKET_DIRECTION);
    EXPECT(user_data == &recorder);
    EXPECT_INT(length, of_packet(packet, MQTTKA_PACKET_SIZE));
    EXPECT_INT(type, bytes[0] >> 4);
    EXPECT_INT(1, of_packet(packet, MQTTKA_PACKET_CONNECTION_NUMBER));
    EXPECT_INT(0, of_packet(packet, MQTTKA_PACKET_DROPPED_BEFORE));
    EXPECT(of_packet(packet, MQTTKA_PACKET_TIME_US) >= 0);
    int32_t id = mqttka_packet_get_int(packet, MQTTKA_PACKET_ID, &value);
    EXPECT_INT(type == 4 || type == 8 ? MQTTKA_OK : id, id);
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_packet_get_int(packet, 99, &value));
    for (size_t i = 0; i + 6 <= length; i++)
        if (memcmp(bytes + i, "secret", 6) == 0) password_seen = true;
    recorder_add(&recorder, &tapped[direction][type]);
}

static void release_tap(void *user_data) { recorder_add(user_data, &taps_released); }

/* The entry of this name, and of this attribute's value where it is not NULL. */
static size_t entry(const mqttka_counters *counters, const char *name, const char *attribute)
{
    for (size_t i = 0; i < mqttka_counters_count(counters); i++) {
        const char *key, *value;
        if (strcmp(mqttka_counters_name(counters, i), name) != 0) continue;
        if (attribute == NULL) return i;
        for (size_t at = 0;
             mqttka_counters_attribute_at(counters, i, at, &key, &value) == MQTTKA_OK; at++)
            if (strcmp(value, attribute) == 0) return i;
    }
    EXPECT_FAILED("no counter %s", name);
}

static void counts(mqttka_client *client)
{
    mqttka_counters *counters;
    int64_t number, buckets = 0;
    double value, bound = 0;
    size_t bucket, index;
    OK(mqttka_client_counters(client, &counters));
    index = entry(counters, "mqttka.client.connections", NULL);
    OK(mqttka_counters_get_int(counters, index, &number));
    EXPECT_INT(1, number);
    OK(mqttka_counters_get_double(counters, index, &value));
    EXPECT(value == 1);
    EXPECT_INT(MQTTKA_METRIC_COUNTER, mqttka_counters_kind(counters, index));
    EXPECT_TEXT("{connection}", mqttka_counters_unit(counters, index));
    EXPECT(strlen(mqttka_counters_description(counters, index)) > 10);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_counters_bucket_at(counters, index, 0, &bound, &number));
    OK(mqttka_counters_get_int(counters, entry(counters, "mqttka.client.packets", "PUBACK"), &number));
    EXPECT(number >= 1);
    OK(mqttka_counters_get_int(counters, entry(counters, "mqttka.client.io", "transmit"), &number));
    EXPECT(number > 20);
    index = entry(counters, "mqttka.client.ping.duration", NULL);
    EXPECT_INT(MQTTKA_METRIC_HISTOGRAM, mqttka_counters_kind(counters, index));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_get_int(counters, index, &number));
    OK(mqttka_counters_get_double(counters, index, &value));
    EXPECT(value > 0);
    for (bucket = 0;
         mqttka_counters_bucket_at(counters, index, bucket, &bound, &number) == MQTTKA_OK; bucket++)
        buckets += number;
    EXPECT(bucket > 2 && buckets >= 1 && isinf(bound));
    index = entry(counters, "mqttka.client.evidence.age", NULL);
    EXPECT_INT(MQTTKA_METRIC_GAUGE, mqttka_counters_kind(counters, index));
    OK(mqttka_counters_get_double(counters, index, &value));
    EXPECT(value >= 0);
    mqttka_counters_free(counters);
}

static char record[8192], detail[8192];

static void keep_record(struct recorder *of, mqttka_client *client, const mqttka_event *event)
{
    const char *text;
    size_t length;
    EXPECT(of == &recorder && client != NULL);
    OK(mqttka_event_get_string(event, MQTTKA_EVENT_DETAIL, &text, &length));
    if (mqttka_event_type(event) != MQTTKA_EVENT_DISCONNECTED) {
        EXPECT_BYTES(mqttka_event_description(event), strlen(mqttka_event_description(event)), text, length);
        return;
    }
    EXPECT(length < sizeof detail);
    memcpy(detail, text, length);
    OK(mqttka_event_get_string(event, MQTTKA_EVENT_RECORD_JSON, &text, &length));
    EXPECT(length > 2 && length < sizeof record);
    memcpy(record, text, length);
    EXPECT(strncmp(detail, mqttka_event_description(event), strlen(mqttka_event_description(event))) == 0);
}

static void packets_counters_and_the_record(void)
{
    recorder_init(&recorder);
    recorder.on_event = keep_record;
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_USER_NAME, "somebody", 8));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "secret", 6));
    OK(mqttka_options_set_packet_tap(options, tap, &recorder, release_tap));
    mqttka_client *client = recorder_start(&recorder, options);
    recorder_wait(&recorder, &recorder.connected, 1);
    OK(mqttka_client_publish(client, "observing", 9, "x", 1, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_flush(client, 0, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 2);
    recorder_wait(&recorder, &tapped[MQTTKA_DIRECTION_SENT][1], 1);
    recorder_wait(&recorder, &tapped[MQTTKA_DIRECTION_RECEIVED][2], 1);
    recorder_wait(&recorder, &tapped[MQTTKA_DIRECTION_SENT][3], 1);
    recorder_wait(&recorder, &tapped[MQTTKA_DIRECTION_RECEIVED][4], 1);
    recorder_wait(&recorder, &tapped[MQTTKA_DIRECTION_RECEIVED][13], 1);
    EXPECT(!password_seen);
    counts(client);
    recorder_finish(&recorder, client);
    recorder_wait(&recorder, &taps_released, 1);
    EXPECT(record[0] == '{' && strstr(record, "PUBLISH") != NULL);
    EXPECT(strstr(record, "observing") == NULL);
    EXPECT(strstr(detail, "PUBLISH") != NULL);
}

/* A tap that is replaced is released, and NULL is none. */
static void taps(void)
{
    mqttka_options *options = mqttka_options_new();
    taps_released = 0;
    OK(mqttka_options_set_packet_tap(options, tap, &recorder, release_tap));
    OK(mqttka_options_set_packet_tap(options, tap, &recorder, release_tap));
    EXPECT_INT(1, taps_released);
    OK(mqttka_options_set_packet_tap(options, NULL, &recorder, release_tap));
    EXPECT_INT(2, taps_released);
    mqttka_options_free(options);
    EXPECT_INT(2, taps_released);
}

static void traces(void)
{
    static const char PARENT[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    char parent[MQTTKA_TRACEPARENT_SIZE], state[MQTTKA_TRACESTATE_SIZE] = "before";
    mqttka_message *message;
    OK(mqttka_message_new("t", 1, NULL, 0, 0, false, &message));
    OK(mqttka_message_add_user_property(message, "own", 3, "1", 1));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_get_trace_context(message, parent, state));
    EXPECT_TEXT("before", state);
    OK(mqttka_message_set_trace_context(message, PARENT, 55, "a=b,c=d", MQTTKA_NUL_TERMINATED));
    OK(mqttka_message_get_trace_context(message, parent, state));
    EXPECT_TEXT(PARENT, parent);
    EXPECT_TEXT("a=b,c=d", state);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_trace_context(message, PARENT, 54, NULL, 0));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_trace_context(message, PARENT, 55, "=", 1));
    OK(mqttka_message_set_trace_context(message, PARENT, MQTTKA_NUL_TERMINATED, NULL, 0));
    OK(mqttka_message_get_trace_context(message, parent, NULL));
    OK(mqttka_message_get_trace_context(message, parent, state));
    EXPECT_TEXT("", state);
    EXPECT_INT(2, mqttka_message_user_property_count(message));
    mqttka_message_free(message);
}

int main(void)
{
    packets_counters_and_the_record();
    taps();
    traces();
    return 0;
}
