/* As null_and_garbage.c: the functions of what is negotiated, taken back, acknowledged, asked and seen. */
#include "garbage.h"

static mqttka_client *client; /* never connected */
static mqttka_options *options;
static mqttka_message *message;
static mqttka_subscribe_request *subscribe;
static mqttka_unsubscribe_request *unsubscribe;
static mqttka_disconnect_request *goodbye;
static mqttka_canceller *canceller;
static mqttka_refusal *refusal;
static mqttka_counters *counters;
static int64_t number;
static double real;
static size_t length;
static char bad[] = "\xff", buffer[600];

TEST(mqttka_client_get_negotiated_int)
{
    NULL_ERROR(mqttka_client_get_negotiated_int(NULL, MQTTKA_EVENT_KEEP_ALIVE, &number));
    NULL_ERROR(mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_KEEP_ALIVE, NULL));
    for (int i = 0; i < GARBAGES; i++) UNKNOWN(mqttka_client_get_negotiated_int(client, GARBAGE[i], &number));
    UNKNOWN(mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_REASON_STRING, &number));
    FAILS(MQTTKA_ERROR_NOT_PRESENT,
          mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_KEEP_ALIVE, &number));
}

TEST(mqttka_client_get_negotiated_string)
{
    const int32_t key = MQTTKA_EVENT_REASON_STRING;
    NULL_ERROR(mqttka_client_get_negotiated_string(NULL, key, buffer, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_string(client, key, NULL, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_string(client, key, buffer, 8, NULL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_client_get_negotiated_string(client, GARBAGE[i], buffer, 8, &length));
    FAILS(MQTTKA_ERROR_NOT_PRESENT,
          mqttka_client_get_negotiated_string(client, key, NULL, 0, &length));
}

TEST(mqttka_client_negotiated_user_property_count)
{
    EXPECT_INT(0, mqttka_client_negotiated_user_property_count(NULL));
    EXPECT_INT(0, mqttka_client_negotiated_user_property_count(client));
}

TEST(mqttka_client_get_negotiated_user_property)
{
    NULL_ERROR(mqttka_client_get_negotiated_user_property(NULL, 0, buffer, 8, &length, buffer, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_user_property(client, 0, NULL, 8, &length, buffer, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_user_property(client, 0, buffer, 8, NULL, buffer, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_user_property(client, 0, buffer, 8, &length, NULL, 8, &length));
    NULL_ERROR(mqttka_client_get_negotiated_user_property(client, 0, buffer, 8, &length, buffer, 8, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT,
          mqttka_client_get_negotiated_user_property(client, (size_t)-1, NULL, 0, &length, NULL, 0, &length));
}

TEST(mqttka_client_flush_cancellable)
{
    NULL_ERROR(mqttka_client_flush_cancellable(NULL, 0, canceller, NULL, NULL));
    INVALID(mqttka_client_flush_cancellable(client, -1, canceller, NULL, NULL));
    FAILS(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_flush_cancellable(client, 0, NULL, NULL, NULL));
}

TEST(mqttka_client_request_cancellable)
{
    NULL_ERROR(mqttka_client_request_cancellable(NULL, message, 0, canceller, NULL, NULL));
    NULL_ERROR(mqttka_client_request_cancellable(client, NULL, 0, canceller, NULL, NULL));
    NULL_ERROR(mqttka_client_request_cancellable(client, message, 0, canceller, NULL, NULL));
}

TEST(mqttka_client_reauthenticate_cancellable)
{
    NULL_ERROR(mqttka_client_reauthenticate_cancellable(NULL, canceller, NULL, NULL));
    /* There is no authenticator. */
    INVALID(mqttka_client_reauthenticate_cancellable(client, canceller, NULL, NULL));
    INVALID(mqttka_client_reauthenticate_cancellable(client, NULL, NULL, NULL));
}

TEST(mqttka_disconnect_request_new) { mqttka_disconnect_request_free(mqttka_disconnect_request_new()); }
TEST(mqttka_disconnect_request_free) { mqttka_disconnect_request_free(NULL); }

TEST(mqttka_disconnect_request_set_int)
{
    NULL_ERROR(mqttka_disconnect_request_set_int(NULL, MQTTKA_DISCONNECT_REASON_CODE, 0));
    for (int i = 0; i < GARBAGES; i++) {
        UNKNOWN(mqttka_disconnect_request_set_int(goodbye, GARBAGE[i], 0));
        INVALID(mqttka_disconnect_request_set_int(goodbye, MQTTKA_DISCONNECT_REASON_CODE, GARBAGE[i]));
    }
    INVALID(mqttka_disconnect_request_set_int(goodbye, MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS, 86400001));
    INVALID(mqttka_disconnect_request_set_int(goodbye, MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL, -1));
    LAST_ERROR("MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL is -1; it must be 0 to 4294967295");
}

TEST(mqttka_disconnect_request_set_reason_string)
{
    NULL_ERROR(mqttka_disconnect_request_set_reason_string(NULL, "a", 1));
    NULL_ERROR(mqttka_disconnect_request_set_reason_string(goodbye, NULL, 1));
    BAD_STRING(mqttka_disconnect_request_set_reason_string(goodbye, bad, 1));
}

TEST(mqttka_disconnect_request_add_user_property)
{
    NULL_ERROR(mqttka_disconnect_request_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_disconnect_request_add_user_property(goodbye, NULL, 1, "b", 1));
    NULL_ERROR(mqttka_disconnect_request_add_user_property(goodbye, "a", 1, NULL, 1));
    BAD_STRING(mqttka_disconnect_request_add_user_property(goodbye, bad, 1, "b", 1));
}

TEST(mqttka_client_send_disconnect)
{
    NULL_ERROR(mqttka_client_send_disconnect(NULL, goodbye));
    NULL_ERROR(mqttka_client_send_disconnect(client, NULL));
    FAILS(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_send_disconnect(client, goodbye));
}

TEST(mqttka_unsubscribe_request_new) { mqttka_unsubscribe_request_free(mqttka_unsubscribe_request_new()); }
TEST(mqttka_unsubscribe_request_free) { mqttka_unsubscribe_request_free(NULL); }

TEST(mqttka_unsubscribe_request_add)
{
    NULL_ERROR(mqttka_unsubscribe_request_add(NULL, "a", 1));
    NULL_ERROR(mqttka_unsubscribe_request_add(unsubscribe, NULL, 1));
    BAD_TOPIC(mqttka_unsubscribe_request_add(unsubscribe, "a#", 2));
    BAD_TOPIC(mqttka_unsubscribe_request_add(unsubscribe, NULL, 0));
}

TEST(mqttka_unsubscribe_request_add_user_property)
{
    NULL_ERROR(mqttka_unsubscribe_request_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_unsubscribe_request_add_user_property(unsubscribe, NULL, 1, "b", 1));
    BAD_STRING(mqttka_unsubscribe_request_add_user_property(unsubscribe, "a", 1, bad, 1));
}

TEST(mqttka_unsubscribe_request_set_canceller)
{
    NULL_ERROR(mqttka_unsubscribe_request_set_canceller(NULL, canceller));
    OK(mqttka_unsubscribe_request_set_canceller(unsubscribe, NULL));
}

TEST(mqttka_client_send_unsubscribe)
{
    NULL_ERROR(mqttka_client_send_unsubscribe(NULL, unsubscribe, NULL, NULL));
    NULL_ERROR(mqttka_client_send_unsubscribe(client, NULL, NULL, NULL));
    INVALID(mqttka_client_send_unsubscribe(client, unsubscribe, NULL, NULL));
    LAST_ERROR("the unsubscribe request has no filters");
}

TEST(mqttka_subscribe_request_set_canceller)
{
    NULL_ERROR(mqttka_subscribe_request_set_canceller(NULL, canceller));
    OK(mqttka_subscribe_request_set_canceller(subscribe, NULL));
}

TEST(mqttka_subscribe_request_set_manual_acknowledgement)
{
    NULL_ERROR(mqttka_subscribe_request_set_manual_acknowledgement(NULL, true));
}

TEST(mqttka_canceller_new) { mqttka_canceller_free(mqttka_canceller_new()); }
TEST(mqttka_canceller_free) { mqttka_canceller_free(NULL); }
TEST(mqttka_canceller_cancel)
{
    NULL_ERROR(mqttka_canceller_cancel(NULL));
    OK(mqttka_canceller_cancel(canceller));
    OK(mqttka_canceller_cancel(canceller));
}

TEST(mqttka_client_flush)
{
    NULL_ERROR(mqttka_client_flush(NULL, 0, NULL, NULL));
    INVALID(mqttka_client_flush(client, INT64_MIN, NULL, NULL));
    INVALID(mqttka_client_flush(client, INT64_MAX, NULL, NULL));
    FAILS(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_flush(client, 0, NULL, NULL));
}

TEST(mqttka_result_receipt) { EXPECT_INT(-1, mqttka_result_receipt(NULL)); }

TEST(mqttka_message_acknowledge)
{
    NULL_ERROR(mqttka_message_acknowledge(NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_acknowledge(message));
}

TEST(mqttka_message_refuse)
{
    NULL_ERROR(mqttka_message_refuse(NULL, 0x80, NULL, 0));
    NULL_ERROR(mqttka_message_refuse(message, 0x80, NULL, 1));
    BAD_STRING(mqttka_message_refuse(message, 0x80, bad, 1));
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_message_refuse(message, GARBAGE[i], NULL, 0));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse(message, 0x80, NULL, 0));
}

TEST(mqttka_message_refuse_with)
{
    NULL_ERROR(mqttka_message_refuse_with(NULL, refusal));
    NULL_ERROR(mqttka_message_refuse_with(message, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse_with(message, refusal));
}

TEST(mqttka_refusal_new)
{
    mqttka_refusal *none = refusal;
    NULL_ERROR(mqttka_refusal_new(0x80, NULL));
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_refusal_new(GARBAGE[i], &none));
    INVALID(mqttka_refusal_new(0x10, &none));
    EXPECT(none == NULL);
}

TEST(mqttka_refusal_free) { mqttka_refusal_free(NULL); }

TEST(mqttka_refusal_set_reason_string)
{
    NULL_ERROR(mqttka_refusal_set_reason_string(NULL, "a", 1));
    NULL_ERROR(mqttka_refusal_set_reason_string(refusal, NULL, 1));
    BAD_STRING(mqttka_refusal_set_reason_string(refusal, bad, 1));
}

TEST(mqttka_refusal_add_user_property)
{
    NULL_ERROR(mqttka_refusal_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_refusal_add_user_property(refusal, "a", 1, NULL, 1));
    BAD_STRING(mqttka_refusal_add_user_property(refusal, "a", 1, bad, 1));
}

static void on_response(mqttka_client *of, const mqttka_message *response,
                        const mqttka_result *result, void *user_data)
{
    EXPECT_FAILED("%p %p %p %p", (void *)of, (const void *)response, (const void *)result, user_data);
}

static void on_request(mqttka_client *of, const mqttka_message *request, mqttka_reply *reply,
                       void *user_data)
{
    EXPECT_FAILED("%p %p %p %p", (void *)of, (const void *)request, (void *)reply, user_data);
}

TEST(mqttka_client_request)
{
    NULL_ERROR(mqttka_client_request(NULL, message, 0, on_response, NULL));
    NULL_ERROR(mqttka_client_request(client, NULL, 0, on_response, NULL));
    NULL_ERROR(mqttka_client_request(client, message, 0, NULL, NULL));
    INVALID(mqttka_client_request(client, message, -1, on_response, NULL));
    INVALID(mqttka_client_request(client, message, INT64_MAX, on_response, NULL));
    FAILS(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_request(client, message, 0, on_response, NULL));
}

TEST(mqttka_client_respond)
{
    NULL_ERROR(mqttka_client_respond(NULL, subscribe, on_request, NULL, NULL, NULL, NULL, NULL));
    NULL_ERROR(mqttka_client_respond(client, NULL, on_request, NULL, NULL, NULL, NULL, NULL));
    NULL_ERROR(mqttka_client_respond(client, subscribe, NULL, NULL, NULL, NULL, NULL, NULL));
    INVALID(mqttka_client_respond(client, subscribe, on_request, NULL, NULL, NULL, NULL, NULL));
}

TEST(mqttka_reply_set_payload) { NULL_ERROR(mqttka_reply_set_payload(NULL, "a", 1)); }

TEST(mqttka_message_reply_new)
{
    mqttka_message *none = message;
    NULL_ERROR(mqttka_message_reply_new(NULL, "a", 1, &none));
    EXPECT(none == NULL);
    NULL_ERROR(mqttka_message_reply_new(message, NULL, 1, &none));
    NULL_ERROR(mqttka_message_reply_new(message, "a", 1, NULL));
    INVALID(mqttka_message_reply_new(message, "a", 1, &none));
}

TEST(mqttka_client_counters)
{
    mqttka_counters *none = counters;
    NULL_ERROR(mqttka_client_counters(NULL, &none));
    EXPECT(none == NULL);
    NULL_ERROR(mqttka_client_counters(client, NULL));
}

TEST(mqttka_counters_free) { mqttka_counters_free(NULL); }
TEST(mqttka_counters_count)
{
    EXPECT_INT(0, mqttka_counters_count(NULL));
    EXPECT(mqttka_counters_count(counters) > 10);
}

TEST(mqttka_counters_name)
{
    EXPECT(mqttka_counters_name(NULL, 0) == NULL);
    EXPECT(mqttka_counters_name(counters, SIZE_MAX) == NULL);
}

TEST(mqttka_counters_unit)
{
    EXPECT(mqttka_counters_unit(NULL, 0) == NULL);
    EXPECT(mqttka_counters_unit(counters, SIZE_MAX) == NULL);
}

TEST(mqttka_counters_description)
{
    EXPECT(mqttka_counters_description(NULL, 0) == NULL);
    EXPECT(mqttka_counters_description(counters, SIZE_MAX) == NULL);
}

TEST(mqttka_counters_kind)
{
    EXPECT_INT(0, mqttka_counters_kind(NULL, 0));
    EXPECT_INT(0, mqttka_counters_kind(counters, SIZE_MAX));
}

TEST(mqttka_counters_attribute_at)
{
    const char *name = bad, *value = bad;
    NULL_ERROR(mqttka_counters_attribute_at(NULL, 0, 0, &name, &value));
    NULL_ERROR(mqttka_counters_attribute_at(counters, 0, 0, NULL, &value));
    NULL_ERROR(mqttka_counters_attribute_at(counters, 0, 0, &name, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_attribute_at(counters, SIZE_MAX, 0, &name, &value));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_attribute_at(counters, 0, SIZE_MAX, &name, &value));
    EXPECT(name == bad && value == bad);
}

TEST(mqttka_counters_get_int)
{
    NULL_ERROR(mqttka_counters_get_int(NULL, 0, &number));
    NULL_ERROR(mqttka_counters_get_int(counters, 0, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_get_int(counters, SIZE_MAX, &number));
}

TEST(mqttka_counters_get_double)
{
    NULL_ERROR(mqttka_counters_get_double(NULL, 0, &real));
    NULL_ERROR(mqttka_counters_get_double(counters, 0, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_get_double(counters, SIZE_MAX, &real));
}

TEST(mqttka_counters_bucket_at)
{
    NULL_ERROR(mqttka_counters_bucket_at(NULL, 0, 0, NULL, &number));
    NULL_ERROR(mqttka_counters_bucket_at(counters, 0, 0, NULL, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_bucket_at(counters, 0, 0, NULL, &number));
}

static void on_packet(const mqttka_packet *packet, void *user_data)
{
    EXPECT_FAILED("%p %p", (const void *)packet, user_data);
}

TEST(mqttka_options_set_packet_tap)
{
    NULL_ERROR(mqttka_options_set_packet_tap(NULL, on_packet, NULL, NULL));
    OK(mqttka_options_set_packet_tap(options, on_packet, NULL, NULL));
    OK(mqttka_options_set_packet_tap(options, NULL, NULL, NULL));
}

TEST(mqttka_packet_get_int)
{
    NULL_ERROR(mqttka_packet_get_int(NULL, MQTTKA_PACKET_TYPE, &number));
}

TEST(mqttka_packet_bytes)
{
    EXPECT(mqttka_packet_bytes(NULL, NULL) == NULL);
    length = 77;
    EXPECT(mqttka_packet_bytes(NULL, &length) == NULL);
    EXPECT_INT(0, length);
}

TEST(mqttka_message_set_trace_context)
{
    NULL_ERROR(mqttka_message_set_trace_context(NULL, "a", 1, NULL, 0));
    NULL_ERROR(mqttka_message_set_trace_context(message, NULL, 1, NULL, 0));
    INVALID(mqttka_message_set_trace_context(message, NULL, 0, NULL, 0));
    BAD_STRING(mqttka_message_set_trace_context(message, bad, 1, NULL, 0));
}

TEST(mqttka_message_get_trace_context)
{
    NULL_ERROR(mqttka_message_get_trace_context(NULL, buffer, NULL));
    NULL_ERROR(mqttka_message_get_trace_context(message, NULL, buffer));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_get_trace_context(message, buffer, NULL));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_client_negotiated_user_property_count),
    ENTRY(mqttka_client_get_negotiated_user_property),
    ENTRY(mqttka_client_flush_cancellable),
    ENTRY(mqttka_client_request_cancellable),
    ENTRY(mqttka_client_reauthenticate_cancellable),
    ENTRY(mqttka_client_get_negotiated_int),
    ENTRY(mqttka_client_get_negotiated_string),
    ENTRY(mqttka_disconnect_request_new),
    ENTRY(mqttka_disconnect_request_free),
    ENTRY(mqttka_disconnect_request_set_int),
    ENTRY(mqttka_disconnect_request_set_reason_string),
    ENTRY(mqttka_disconnect_request_add_user_property),
    ENTRY(mqttka_client_send_disconnect),
    ENTRY(mqttka_unsubscribe_request_new),
    ENTRY(mqttka_unsubscribe_request_free),
    ENTRY(mqttka_unsubscribe_request_add),
    ENTRY(mqttka_unsubscribe_request_add_user_property),
    ENTRY(mqttka_unsubscribe_request_set_canceller),
    ENTRY(mqttka_client_send_unsubscribe),
    ENTRY(mqttka_subscribe_request_set_canceller),
    ENTRY(mqttka_subscribe_request_set_manual_acknowledgement),
    ENTRY(mqttka_canceller_new),
    ENTRY(mqttka_canceller_free),
    ENTRY(mqttka_canceller_cancel),
    ENTRY(mqttka_client_flush),
    ENTRY(mqttka_result_receipt),
    ENTRY(mqttka_message_acknowledge),
    ENTRY(mqttka_message_refuse),
    ENTRY(mqttka_message_refuse_with),
    ENTRY(mqttka_refusal_new),
    ENTRY(mqttka_refusal_free),
    ENTRY(mqttka_refusal_set_reason_string),
    ENTRY(mqttka_refusal_add_user_property),
    ENTRY(mqttka_client_request),
    ENTRY(mqttka_client_respond),
    ENTRY(mqttka_reply_set_payload),
    ENTRY(mqttka_message_reply_new),
    ENTRY(mqttka_client_counters),
    ENTRY(mqttka_counters_free),
    ENTRY(mqttka_counters_count),
    ENTRY(mqttka_counters_name),
    ENTRY(mqttka_counters_unit),
    ENTRY(mqttka_counters_description),
    ENTRY(mqttka_counters_kind),
    ENTRY(mqttka_counters_attribute_at),
    ENTRY(mqttka_counters_get_int),
    ENTRY(mqttka_counters_get_double),
    ENTRY(mqttka_counters_bucket_at),
    ENTRY(mqttka_options_set_packet_tap),
    ENTRY(mqttka_packet_get_int),
    ENTRY(mqttka_packet_bytes),
    ENTRY(mqttka_message_set_trace_context),
    ENTRY(mqttka_message_get_trace_context),
};

int main(void)
{
    options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
    OK(mqttka_options_set_reconnect(options, false));
    OK(mqttka_client_new(options, &client));
    OK(mqttka_message_new("a", 1, NULL, 0, 1, false, &message));
    subscribe = mqttka_subscribe_request_new();
    unsubscribe = mqttka_unsubscribe_request_new();
    goodbye = mqttka_disconnect_request_new();
    canceller = mqttka_canceller_new();
    OK(mqttka_refusal_new(0x80, &refusal));
    OK(mqttka_client_counters(client, &counters));
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) TESTS[i].run();
    OK(mqttka_client_destroy_and_wait(client, -1));
    mqttka_counters_free(counters);
    mqttka_refusal_free(refusal);
    mqttka_canceller_free(canceller);
    mqttka_disconnect_request_free(goodbye);
    mqttka_unsubscribe_request_free(unsubscribe);
    mqttka_subscribe_request_free(subscribe);
    mqttka_message_free(message);
    mqttka_options_free(options);
    return 0;
}
