/* What of acknowledging, asking, cancelling and counting is called inside callbacks: a part of
 * callbacks.c. */
#ifndef CALLBACKS_OUTCOMES_H
#define CALLBACKS_OUTCOMES_H

static void ignore_packet(const mqttka_packet *packet, void *user_data)
{
    int64_t type;
    OK(mqttka_packet_get_int(packet, MQTTKA_PACKET_TYPE, &type));
    EXPECT(mqttka_packet_bytes(packet, NULL) != NULL && user_data == NULL);
}

static void ignore_response(mqttka_client *client, const mqttka_message *response,
                            const mqttka_result *result, void *user_data)
{
    EXPECT(client != NULL && user_data == NULL);
    EXPECT((response == NULL) == (mqttka_result_error(result) != MQTTKA_OK));
}

static void ignore_request(mqttka_client *client, const mqttka_message *request, mqttka_reply *reply,
                           void *user_data)
{
    EXPECT(client != NULL && request != NULL && user_data == NULL);
    OK(mqttka_reply_set_payload(reply, NULL, 0));
}

static void call_refusals(mqttka_message *message)
{
    char parent[MQTTKA_TRACEPARENT_SIZE];
    mqttka_refusal *refusal;
    mqttka_message *reply;
    OK(mqttka_refusal_new(0x80, &refusal));
    OK(mqttka_refusal_set_reason_string(refusal, "no", 2));
    OK(mqttka_refusal_add_user_property(refusal, "n", 1, "v", 1));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_acknowledge(message));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse(message, 0x80, NULL, 0));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse_with(message, refusal));
    mqttka_refusal_free(refusal);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_message_reply_new(message, NULL, 0, &reply));
    OK(mqttka_message_set_trace_context(
        message, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", 55, NULL, 0));
    OK(mqttka_message_get_trace_context(message, parent, NULL));
}

static void call_counters(mqttka_client *client)
{
    mqttka_counters *counters;
    const char *name, *value;
    int64_t number;
    double real;
    OK(mqttka_client_counters(client, &counters));
    EXPECT(mqttka_counters_count(counters) > 0 && mqttka_counters_name(counters, 0) != NULL);
    EXPECT(mqttka_counters_unit(counters, 0) != NULL);
    EXPECT(mqttka_counters_description(counters, 0) != NULL);
    EXPECT_INT(MQTTKA_METRIC_COUNTER, mqttka_counters_kind(counters, 0));
    OK(mqttka_counters_attribute_at(counters, 0, 0, &name, &value));
    OK(mqttka_counters_get_int(counters, 0, &number));
    OK(mqttka_counters_get_double(counters, 0, &real));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_counters_bucket_at(counters, 0, 0, NULL, &number));
    mqttka_counters_free(counters);
}

static void call_goodbye(mqttka_client *client, enum place place)
{
    mqttka_disconnect_request *request = mqttka_disconnect_request_new();
    OK(mqttka_disconnect_request_set_int(request, MQTTKA_DISCONNECT_REASON_CODE, 4));
    OK(mqttka_disconnect_request_set_reason_string(request, "r", 1));
    OK(mqttka_disconnect_request_add_user_property(request, "n", 1, "v", 1));
    if (place == TERMINATED)
        EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_client_send_disconnect(client, request));
    else if (place == DISCONNECTED || place == CONNECT_FAILED)
        EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED, mqttka_client_send_disconnect(client, request));
    mqttka_disconnect_request_free(request);
}

/* A question of this client's own is answered, one without a response topic dropped. */
static void call_requests(mqttka_client *client, enum place place)
{
    mqttka_requests *requests;
    mqttka_received_request *received = NULL;
    mqttka_message *question;
    mqttka_subscribe_request *filters = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(filters, "ask/question", 12, 0, 0));
    fits(place, mqttka_client_subscribe_requests(client, filters, ignore_completion, NULL, &requests));
    mqttka_subscribe_request_free(filters);
    EXPECT(mqttka_requests_result(requests) == NULL);
    mqttka_requests_close(NULL);
    mqttka_received_request_free(NULL);
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_received_request_decline(NULL));
    if (requests == NULL) return;
    OK(mqttka_message_new("ask/question", 12, "?", 1, 0, false, &question));
    OK(mqttka_message_set_string(question, MQTTKA_PROPERTY_RESPONSE_TOPIC, "ask/answer", 10));
    OK(mqttka_client_publish_message(client, question, NULL, NULL));
    mqttka_message_free(question);
    OK(mqttka_requests_next(requests, 60000, &received));
    EXPECT(mqttka_received_request_message(received) != NULL);
    OK(mqttka_received_request_reply(received, "!", 1));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_received_request_decline(received));
    mqttka_received_request_free(received);
    OK(mqttka_requests_unsubscribe(requests, ignore_completion, NULL));
    mqttka_requests_close(requests);
}

static void call_outcomes(mqttka_client *client, enum place place, mqttka_message *message,
                          mqttka_subscribe_request *request)
{
    int64_t number;
    size_t length;
    uint64_t subscription = 0;
    mqttka_canceller *canceller = mqttka_canceller_new();
    mqttka_unsubscribe_request *unsubscribe = mqttka_unsubscribe_request_new();
    OK(mqttka_unsubscribe_request_add(unsubscribe, "calls/never", 11));
    OK(mqttka_unsubscribe_request_add_user_property(unsubscribe, "n", 1, "v", 1));
    OK(mqttka_unsubscribe_request_set_canceller(unsubscribe, canceller));
    OK(mqttka_subscribe_request_set_canceller(request, NULL));
    OK(mqttka_subscribe_request_set_manual_acknowledgement(request, false));
    call_refusals(message);
    fits(place, mqttka_client_send_unsubscribe(client, unsubscribe, ignore_completion, NULL));
    OK(mqttka_canceller_cancel(canceller));
    fits(place, mqttka_client_flush(client, 60000, ignore_completion, NULL));
    fits(place, mqttka_client_request(client, message, 0, ignore_response, NULL));
    fits(place, mqttka_client_flush_cancellable(client, 60000, NULL, ignore_completion, NULL));
    fits(place, mqttka_client_request_cancellable(client, message, 0, NULL, ignore_response, NULL));
    /* There is no authenticator, or no client any more. */
    EXPECT(mqttka_client_reauthenticate_cancellable(client, NULL, ignore_completion, NULL) != MQTTKA_OK);
    EXPECT_INT(0, mqttka_client_negotiated_user_property_count(client));
    EXPECT(mqttka_client_get_negotiated_user_property(client, 0, NULL, 0, &length, NULL, 0, &length) != MQTTKA_OK);
    fits(place, mqttka_client_respond(client, request, ignore_request, NULL, NULL, ignore_completion,
                                      NULL, &subscription));
    if (subscription != 0)
        OK(mqttka_client_unsubscribe_from(client, subscription, ignore_completion, NULL));
    int32_t error = mqttka_client_get_negotiated_int(client, MQTTKA_EVENT_KEEP_ALIVE, &number);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    error = mqttka_client_get_negotiated_string(client, MQTTKA_EVENT_REASON_STRING, NULL, 0, &length);
    EXPECT(error == MQTTKA_OK || error == MQTTKA_ERROR_NOT_PRESENT);
    call_counters(client);
    call_requests(client, place);
    call_goodbye(client, place);
    mqttka_unsubscribe_request_free(unsubscribe);
    mqttka_canceller_free(canceller);
}

#endif
