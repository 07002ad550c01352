/* What of acknowledging, asking, cancelling and counting works in a forked child, and what is refused:
 * a part of fork.c, which has the objects. */
#ifndef FORK_OUTCOMES_H
#define FORK_OUTCOMES_H

/* Made by the parent. */
static mqttka_disconnect_request *goodbye;
static mqttka_unsubscribe_request *unsubscribe;
static mqttka_canceller *canceller;
static mqttka_refusal *refusal;
static mqttka_counters *counters;

static void never_answered(mqttka_client *from, const mqttka_message *response,
                           const mqttka_result *given, void *user_data)
{
    EXPECT_FAILED("%p %p %p %p in a child", (void *)from, (const void *)response,
                  (const void *)given, user_data);
}

static void never_asked(mqttka_client *from, const mqttka_message *asked_for, mqttka_reply *reply,
                        void *user_data)
{
    EXPECT_FAILED("%p %p %p %p in a child", (void *)from, (const void *)asked_for, (void *)reply, user_data);
}

static void never_seen(const mqttka_packet *packet, void *user_data)
{
    EXPECT_FAILED("%p %p in a child", (const void *)packet, user_data);
}

TEST(mqttka_client_get_negotiated_int)
{
    IS_FORKED(mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_KEEP_ALIVE, &number));
}

TEST(mqttka_client_get_negotiated_string)
{
    IS_FORKED(mqttka_client_get_negotiated_string(client, MQTTKA_EVENT_REASON_STRING, NULL, 0, &length));
}

TEST(mqttka_client_negotiated_user_property_count)
{
    EXPECT_INT(0, mqttka_client_negotiated_user_property_count(client));
}

TEST(mqttka_client_get_negotiated_user_property)
{
    IS_FORKED(mqttka_client_get_negotiated_user_property(client, 0, NULL, 0, &length, NULL, 0, &length));
}

TEST(mqttka_client_send_disconnect) { IS_FORKED(mqttka_client_send_disconnect(client, goodbye)); }

TEST(mqttka_client_send_unsubscribe)
{
    IS_FORKED(mqttka_client_send_unsubscribe(client, unsubscribe, NULL, NULL));
}

TEST(mqttka_client_flush) { IS_FORKED(mqttka_client_flush(client, 0, NULL, NULL)); }

TEST(mqttka_client_flush_cancellable)
{
    IS_FORKED(mqttka_client_flush_cancellable(client, 0, canceller, NULL, NULL));
}

TEST(mqttka_client_request_cancellable)
{
    IS_FORKED(mqttka_client_request_cancellable(client, message, 0, canceller, never_answered, NULL));
}

TEST(mqttka_client_reauthenticate_cancellable)
{
    IS_FORKED(mqttka_client_reauthenticate_cancellable(client, canceller, NULL, NULL));
}

TEST(mqttka_client_request)
{
    IS_FORKED(mqttka_client_request(client, message, 0, never_answered, NULL));
}

TEST(mqttka_client_respond)
{
    uint64_t subscription = 5;
    IS_FORKED(mqttka_client_respond(client, request, never_asked, NULL, never, NULL, NULL, &subscription));
    EXPECT_INT(5, subscription);
}

TEST(mqttka_client_subscribe_requests)
{
    mqttka_requests *none = answering;
    IS_FORKED(mqttka_client_subscribe_requests(client, request, NULL, NULL, &none));
    EXPECT(none == NULL);
}

TEST(mqttka_requests_next)
{
    mqttka_received_request *none = received;
    IS_FORKED(mqttka_requests_next(answering, -1, &none));
    EXPECT(none == NULL);
}

TEST(mqttka_requests_result) { EXPECT(mqttka_requests_result(answering) == NULL); }
TEST(mqttka_requests_unsubscribe) { IS_FORKED(mqttka_requests_unsubscribe(answering, NULL, NULL)); }
TEST(mqttka_requests_close) { mqttka_requests_close(answering); }
TEST(mqttka_received_request_message) { EXPECT(mqttka_received_request_message(received) != NULL); }
TEST(mqttka_received_request_reply) { IS_FORKED(mqttka_received_request_reply(received, "x", 1)); }
TEST(mqttka_received_request_decline) { IS_FORKED(mqttka_received_request_decline(received)); }
TEST(mqttka_received_request_free) { mqttka_received_request_free(received); }
TEST(mqttka_stream_result) { EXPECT(mqttka_stream_result(stream) == NULL); }

TEST(mqttka_client_counters)
{
    mqttka_counters *none = counters;
    IS_FORKED(mqttka_client_counters(client, &none));
    EXPECT(none == NULL);
}

TEST(mqttka_disconnect_request_new) { mqttka_disconnect_request_free(mqttka_disconnect_request_new()); }
TEST(mqttka_disconnect_request_free) { mqttka_disconnect_request_free(mqttka_disconnect_request_new()); }
TEST(mqttka_disconnect_request_set_int)
{
    OK(mqttka_disconnect_request_set_int(goodbye, MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS, 1));
}
TEST(mqttka_disconnect_request_set_reason_string)
{
    OK(mqttka_disconnect_request_set_reason_string(goodbye, "a", 1));
}
TEST(mqttka_disconnect_request_add_user_property)
{
    OK(mqttka_disconnect_request_add_user_property(goodbye, "a", 1, "b", 1));
}

TEST(mqttka_unsubscribe_request_new) { mqttka_unsubscribe_request_free(mqttka_unsubscribe_request_new()); }
TEST(mqttka_unsubscribe_request_free) { mqttka_unsubscribe_request_free(mqttka_unsubscribe_request_new()); }
TEST(mqttka_unsubscribe_request_add) { OK(mqttka_unsubscribe_request_add(unsubscribe, "a", 1)); }
TEST(mqttka_unsubscribe_request_add_user_property)
{
    OK(mqttka_unsubscribe_request_add_user_property(unsubscribe, "a", 1, "b", 1));
}
TEST(mqttka_unsubscribe_request_set_canceller)
{
    OK(mqttka_unsubscribe_request_set_canceller(unsubscribe, canceller));
}
TEST(mqttka_subscribe_request_set_canceller)
{
    OK(mqttka_subscribe_request_set_canceller(request, canceller));
    OK(mqttka_subscribe_request_set_canceller(request, NULL));
}
TEST(mqttka_subscribe_request_set_manual_acknowledgement)
{
    OK(mqttka_subscribe_request_set_manual_acknowledgement(request, false));
}

TEST(mqttka_canceller_new) { mqttka_canceller_free(mqttka_canceller_new()); }
TEST(mqttka_canceller_free) { mqttka_canceller_free(mqttka_canceller_new()); }
TEST(mqttka_canceller_cancel) { OK(mqttka_canceller_cancel(canceller)); }
TEST(mqttka_result_receipt) { EXPECT_INT(MQTTKA_RECEIPT_ACKNOWLEDGED, mqttka_result_receipt(result)); }

TEST(mqttka_message_acknowledge)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_acknowledge(message));
}
TEST(mqttka_message_refuse)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse(message, 0x80, NULL, 0));
}
TEST(mqttka_message_refuse_with)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse_with(message, refusal));
}
TEST(mqttka_refusal_new)
{
    mqttka_refusal *made;
    OK(mqttka_refusal_new(0x80, &made));
    mqttka_refusal_free(made);
}
TEST(mqttka_refusal_free) { mqttka_refusal_free(NULL); }
TEST(mqttka_refusal_set_reason_string) { OK(mqttka_refusal_set_reason_string(refusal, "a", 1)); }
TEST(mqttka_refusal_add_user_property) { OK(mqttka_refusal_add_user_property(refusal, "a", 1, "b", 1)); }

TEST(mqttka_reply_set_payload) { EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_reply_set_payload(NULL, "a", 1)); }
TEST(mqttka_message_reply_new)
{
    mqttka_message *reply;
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_message_reply_new(message, "a", 1, &reply));
}

TEST(mqttka_counters_free) { mqttka_counters_free(NULL); }
TEST(mqttka_counters_count) { EXPECT(mqttka_counters_count(counters) > 0); }
TEST(mqttka_counters_name) { EXPECT(strlen(mqttka_counters_name(counters, 0)) > 0); }
TEST(mqttka_counters_unit) { EXPECT(strlen(mqttka_counters_unit(counters, 0)) > 0); }
TEST(mqttka_counters_description) { EXPECT(strlen(mqttka_counters_description(counters, 0)) > 0); }
TEST(mqttka_counters_kind) { EXPECT_INT(MQTTKA_METRIC_COUNTER, mqttka_counters_kind(counters, 0)); }
TEST(mqttka_counters_attribute_at) { OK(mqttka_counters_attribute_at(counters, 0, 0, &name, &text)); }
TEST(mqttka_counters_get_int) { OK(mqttka_counters_get_int(counters, 0, &number)); }
TEST(mqttka_counters_get_double)
{
    double value;
    OK(mqttka_counters_get_double(counters, 0, &value));
}
TEST(mqttka_counters_bucket_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_bucket_at(counters, 0, 0, NULL, &number));
}

TEST(mqttka_options_set_packet_tap)
{
    OK(mqttka_options_set_packet_tap(options, never_seen, NULL, NULL));
    OK(mqttka_options_set_packet_tap(options, NULL, NULL, NULL));
}
TEST(mqttka_packet_get_int)
{
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_packet_get_int(NULL, MQTTKA_PACKET_TYPE, &number));
}
TEST(mqttka_packet_bytes) { EXPECT(mqttka_packet_bytes(NULL, &length) == NULL); }

TEST(mqttka_message_set_trace_context)
{
    OK(mqttka_message_set_trace_context(
        message, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NUL, NULL, 0));
}
TEST(mqttka_message_get_trace_context)
{
    char parent[MQTTKA_TRACEPARENT_SIZE];
    OK(mqttka_message_get_trace_context(message, parent, NULL));
}

static const struct test OUTCOMES[] = {
    ENTRY(mqttka_client_get_negotiated_int),
    ENTRY(mqttka_client_get_negotiated_string),
    ENTRY(mqttka_client_send_disconnect),
    ENTRY(mqttka_client_send_unsubscribe),
    ENTRY(mqttka_client_negotiated_user_property_count),
    ENTRY(mqttka_client_get_negotiated_user_property),
    ENTRY(mqttka_client_flush_cancellable),
    ENTRY(mqttka_client_request_cancellable),
    ENTRY(mqttka_client_reauthenticate_cancellable),
    ENTRY(mqttka_client_flush),
    ENTRY(mqttka_client_request),
    ENTRY(mqttka_client_respond),
    ENTRY(mqttka_client_subscribe_requests),
    ENTRY(mqttka_requests_next),
    ENTRY(mqttka_requests_result),
    ENTRY(mqttka_requests_unsubscribe),
    ENTRY(mqttka_requests_close),
    ENTRY(mqttka_received_request_message),
    ENTRY(mqttka_received_request_reply),
    ENTRY(mqttka_received_request_decline),
    ENTRY(mqttka_received_request_free),
    ENTRY(mqttka_stream_result),
    ENTRY(mqttka_client_counters),
    ENTRY(mqttka_disconnect_request_new),
    ENTRY(mqttka_disconnect_request_free),
    ENTRY(mqttka_disconnect_request_set_int),
    ENTRY(mqttka_disconnect_request_set_reason_string),
    ENTRY(mqttka_disconnect_request_add_user_property),
    ENTRY(mqttka_unsubscribe_request_new),
    ENTRY(mqttka_unsubscribe_request_free),
    ENTRY(mqttka_unsubscribe_request_add),
    ENTRY(mqttka_unsubscribe_request_add_user_property),
    ENTRY(mqttka_unsubscribe_request_set_canceller),
    ENTRY(mqttka_subscribe_request_set_canceller),
    ENTRY(mqttka_subscribe_request_set_manual_acknowledgement),
    ENTRY(mqttka_canceller_new),
    ENTRY(mqttka_canceller_free),
    ENTRY(mqttka_canceller_cancel),
    ENTRY(mqttka_result_receipt),
    ENTRY(mqttka_message_acknowledge),
    ENTRY(mqttka_message_refuse),
    ENTRY(mqttka_message_refuse_with),
    ENTRY(mqttka_refusal_new),
    ENTRY(mqttka_refusal_free),
    ENTRY(mqttka_refusal_set_reason_string),
    ENTRY(mqttka_refusal_add_user_property),
    ENTRY(mqttka_reply_set_payload),
    ENTRY(mqttka_message_reply_new),
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
enum { OUTCOMES_COUNT = sizeof OUTCOMES / sizeof *OUTCOMES };

#endif
