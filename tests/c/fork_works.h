/* What works in a forked child: a part of fork.c, which has the objects. */
#ifndef FORK_WORKS_H
#define FORK_WORKS_H

TEST(mqttka_version) { EXPECT_TEXT(MQTTKA_VERSION, mqttka_version()); }
TEST(mqttka_abi_version) { EXPECT_INT(MQTTKA_ABI_VERSION, mqttka_abi_version()); }
TEST(mqttka_check_abi) { OK(mqttka_check_abi(MQTTKA_ABI_VERSION)); }
TEST(mqttka_strerror) { EXPECT_TEXT("success", mqttka_strerror(MQTTKA_OK)); }
TEST(mqttka_reason_code_string) { EXPECT_TEXT("Success", mqttka_reason_code_string(0)); }

TEST(mqttka_cause_string)
{
    EXPECT_TEXT("transport", mqttka_cause_string(MQTTKA_CAUSE_TRANSPORT));
}

TEST(mqttka_stage_string) { EXPECT(strlen(mqttka_stage_string(MQTTKA_STAGE_TCP)) > 0); }

TEST(mqttka_transport_string) { EXPECT_TEXT("tls", mqttka_transport_string(MQTTKA_TRANSPORT_TLS)); }

TEST(mqttka_transport_error_string)
{
    EXPECT_TEXT("closed", mqttka_transport_error_string(MQTTKA_TRANSPORT_ERROR_CLOSED));
}

TEST(mqttka_last_error)
{
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_connect(client));
    EXPECT(strstr(mqttka_last_error(), "fork") != NULL);
}

TEST(mqttka_topic_matches)
{
    bool matches = false;
    OK(mqttka_topic_matches("a/+", NUL, "a/b", NUL, &matches));
    EXPECT(matches);
}

TEST(mqttka_options_new) { mqttka_options_free(mqttka_options_new()); }
TEST(mqttka_options_free) { mqttka_options_free(mqttka_options_new()); }
TEST(mqttka_options_set_int) { OK(mqttka_options_set_int(options, MQTTKA_OPTION_PORT, 1)); }

TEST(mqttka_options_set_string)
{
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
}

TEST(mqttka_options_set_bytes)
{
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "x", 1));
}

TEST(mqttka_options_add_user_property)
{
    OK(mqttka_options_add_user_property(options, "n", 1, "v", 1));
}

TEST(mqttka_options_set_uri) { OK(mqttka_options_set_uri(options, "mqtt://127.0.0.1")); }
TEST(mqttka_options_add_server) { OK(mqttka_options_add_server(options, "ws://127.0.0.1")); }
TEST(mqttka_options_add_tls_alpn) { OK(mqttka_options_add_tls_alpn(options, "mqtt")); }
TEST(mqttka_options_add_tls_pin) { OK(mqttka_options_add_tls_pin(options, "x")); }

TEST(mqttka_options_add_web_socket_header)
{
    OK(mqttka_options_add_web_socket_header(options, "n", "v"));
}

TEST(mqttka_options_set_socket_hook)
{
    OK(mqttka_options_set_socket_hook(options, NULL, NULL, NULL));
}

TEST(mqttka_options_set_tls_verifier)
{
    OK(mqttka_options_set_tls_verifier(options, NULL, NULL, NULL));
}

TEST(mqttka_options_set_will) { OK(mqttka_options_set_will(options, message)); }

TEST(mqttka_options_set_event_callback)
{
    OK(mqttka_options_set_event_callback(options, NULL));
}

TEST(mqttka_options_set_message_callback)
{
    OK(mqttka_options_set_message_callback(options, NULL));
}

TEST(mqttka_options_set_terminated_callback)
{
    OK(mqttka_options_set_terminated_callback(options, NULL));
}

TEST(mqttka_options_set_user_data) { OK(mqttka_options_set_user_data(options, NULL, NULL)); }

TEST(mqttka_stream_cause) { EXPECT_INT(0, mqttka_stream_cause(stream)); }
TEST(mqttka_stream_close) { mqttka_stream_close(stream); }

TEST(mqttka_subscribe_request_new)
{
    mqttka_subscribe_request_free(mqttka_subscribe_request_new());
}

TEST(mqttka_subscribe_request_free)
{
    mqttka_subscribe_request_free(mqttka_subscribe_request_new());
}

TEST(mqttka_subscribe_request_add) { OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0)); }

TEST(mqttka_subscribe_request_set_subscription_identifier)
{
    OK(mqttka_subscribe_request_set_subscription_identifier(request, 1));
}

TEST(mqttka_subscribe_request_add_user_property)
{
    OK(mqttka_subscribe_request_add_user_property(request, "n", 1, "v", 1));
}

TEST(mqttka_message_new)
{
    mqttka_message *made;
    OK(mqttka_message_new("a", 1, NULL, 0, 0, false, &made));
    mqttka_message_free(made);
}

TEST(mqttka_message_clone) { mqttka_message_free(mqttka_message_clone(message)); }
TEST(mqttka_message_free) { mqttka_message_free(mqttka_message_clone(message)); }
TEST(mqttka_message_topic) { EXPECT(mqttka_message_topic(message, &length) != NULL); }
TEST(mqttka_message_payload) { EXPECT(mqttka_message_payload(message, &length) != NULL); }
TEST(mqttka_message_qos) { EXPECT(mqttka_message_qos(message) >= 0); }
TEST(mqttka_message_retain) { EXPECT(!mqttka_message_retain(message)); }
TEST(mqttka_message_dup) { EXPECT(!mqttka_message_dup(message)); }
TEST(mqttka_message_connection_number) { mqttka_message_connection_number(message); }

TEST(mqttka_message_set_int)
{
    mqttka_message *made = mqttka_message_clone(message);
    OK(mqttka_message_set_int(made, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 1));
    mqttka_message_free(made);
}

TEST(mqttka_message_set_string)
{
    mqttka_message *made = mqttka_message_clone(message);
    OK(mqttka_message_set_string(made, MQTTKA_PROPERTY_CONTENT_TYPE, "t", 1));
    mqttka_message_free(made);
}

TEST(mqttka_message_set_bytes)
{
    mqttka_message *made = mqttka_message_clone(message);
    OK(mqttka_message_set_bytes(made, MQTTKA_PROPERTY_CORRELATION_DATA, "c", 1));
    mqttka_message_free(made);
}

TEST(mqttka_message_add_user_property)
{
    mqttka_message *made = mqttka_message_clone(message);
    OK(mqttka_message_add_user_property(made, "n", 1, "v", 1));
    mqttka_message_free(made);
}

TEST(mqttka_message_get_int)
{
    EXPECT_INT(
        MQTTKA_ERROR_NOT_PRESENT,
        mqttka_message_get_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, &number));
}

TEST(mqttka_message_get_string)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_get_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
}

TEST(mqttka_message_get_bytes)
{
    EXPECT_INT(
        MQTTKA_ERROR_NOT_PRESENT,
        mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
}

TEST(mqttka_message_user_property_count)
{
    EXPECT_INT(0, mqttka_message_user_property_count(message));
}

TEST(mqttka_message_user_property_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_user_property_at(message, 0, &name, &name_length, &text, &length));
}

TEST(mqttka_event_type) { EXPECT_INT(MQTTKA_EVENT_CONNECTED, mqttka_event_type(event)); }

TEST(mqttka_event_get_int)
{
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_CONNECTION_NUMBER, &number));
}

TEST(mqttka_event_get_string)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_get_string(event, MQTTKA_EVENT_REASON_STRING, &text, &length));
}

TEST(mqttka_event_stage_time_us)
{
    OK(mqttka_event_stage_time_us(event, MQTTKA_STAGE_TCP, &number));
}

TEST(mqttka_event_description) { EXPECT(strlen(mqttka_event_description(event)) > 0); }
TEST(mqttka_result_error) { EXPECT_INT(MQTTKA_OK, mqttka_result_error(result)); }
TEST(mqttka_result_reason_code) { EXPECT(mqttka_result_reason_code(result) >= 0); }
TEST(mqttka_result_reason_code_count) { mqttka_result_reason_code_count(result); }
TEST(mqttka_result_reason_code_at) { EXPECT_INT(-1, mqttka_result_reason_code_at(result, 9)); }
TEST(mqttka_result_packet_id) { EXPECT(mqttka_result_packet_id(result) > 0); }

TEST(mqttka_event_user_property_count) { EXPECT_INT(0, mqttka_event_user_property_count(event)); }

TEST(mqttka_event_user_property_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_user_property_at(event, 0, &name, &name_length, &text, &length));
}

TEST(mqttka_result_user_property_count) { EXPECT_INT(0, mqttka_result_user_property_count(result)); }

TEST(mqttka_result_user_property_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_result_user_property_at(result, 0, &name, &name_length, &text, &length));
}

TEST(mqttka_result_get_reason_string)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_result_get_reason_string(result, &text, &length));
}

TEST(mqttka_options_get_int)
{
    OK(mqttka_options_get_int(options, MQTTKA_OPTION_RECONNECT, &number));
    EXPECT_INT(1, number);
}

TEST(mqttka_options_set_reconnect) { OK(mqttka_options_set_reconnect(options, true)); }

TEST(mqttka_options_set_double)
{
    OK(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, 2));
}

TEST(mqttka_options_get_double)
{
    double factor;
    OK(mqttka_options_get_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, &factor));
}

TEST(mqttka_options_set_provider) { OK(mqttka_options_set_provider(options, NULL, NULL, NULL)); }

TEST(mqttka_stop_reason_string)
{
    EXPECT_TEXT("banned", mqttka_stop_reason_string(MQTTKA_STOP_BANNED));
}

TEST(mqttka_event_lost_filter_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_lost_filter_at(event, 0, &text, &length, NULL, NULL));
}

TEST(mqttka_client_fd) { EXPECT_INT(-1, mqttka_client_fd(client)); }
TEST(mqttka_client_deadline_ms) { EXPECT_INT(-1, mqttka_client_deadline_ms(client)); }

TEST(mqttka_options_set_authenticator)
{
    OK(mqttka_options_set_authenticator(options, "m", NULL, NULL, NULL));
}

TEST(mqttka_options_set_scram_sha256)
{
    OK(mqttka_options_set_scram_sha256(options, "u", 1, "p", 1, 0));
}

TEST(mqttka_options_set_resolver) { OK(mqttka_options_set_resolver(options, NULL, NULL, NULL)); }

TEST(mqttka_authentication_request_step)
{
    EXPECT_INT(MQTTKA_AUTHENTICATION_START, mqttka_authentication_request_step(proving));
}

TEST(mqttka_authentication_request_exchange)
{
    EXPECT_INT(1, mqttka_authentication_request_exchange(proving));
}

TEST(mqttka_authentication_request_time_left_ms)
{
    EXPECT(mqttka_authentication_request_time_left_ms(proving) > 0);
}

TEST(mqttka_authentication_request_data)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_data(proving, &bytes, &length));
}

TEST(mqttka_authentication_request_reason_string)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_reason_string(proving, &text, &length));
}

TEST(mqttka_authentication_request_user_property_count)
{
    EXPECT_INT(0, mqttka_authentication_request_user_property_count(proving));
}

TEST(mqttka_authentication_request_user_property_at)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_authentication_request_user_property_at(proving, 0, &name, &name_length,
                                                              &text, &length));
}

/* The child's own copy; the parent's has no answer yet. */
TEST(mqttka_authentication_request_free) { mqttka_authentication_request_free(proving); }

TEST(mqttka_name_request_name)
{
    EXPECT_TEXT("broker.example", mqttka_name_request_name(naming));
}

TEST(mqttka_name_request_time_left_ms) { EXPECT(mqttka_name_request_time_left_ms(naming) > 0); }
TEST(mqttka_name_request_free) { mqttka_name_request_free(naming); }

TEST(mqttka_connection_request_attempt_number)
{
    EXPECT_INT(1, mqttka_connection_request_attempt_number(asked));
}

TEST(mqttka_connection_request_time_left_ms)
{
    EXPECT(mqttka_connection_request_time_left_ms(asked) > 0);
}

/* The parent's is not answered by it. */
TEST(mqttka_connection_request_free) { mqttka_connection_request_free(asked); }

static const struct test WORKS[] = {
    ENTRY(mqttka_client_fd), ENTRY(mqttka_client_deadline_ms),
    ENTRY(mqttka_options_set_authenticator), ENTRY(mqttka_options_set_scram_sha256),
    ENTRY(mqttka_options_set_resolver), ENTRY(mqttka_authentication_request_step),
    ENTRY(mqttka_authentication_request_exchange),
    ENTRY(mqttka_authentication_request_time_left_ms), ENTRY(mqttka_authentication_request_data),
    ENTRY(mqttka_authentication_request_reason_string),
    ENTRY(mqttka_authentication_request_user_property_count),
    ENTRY(mqttka_authentication_request_user_property_at),
    ENTRY(mqttka_authentication_request_free), ENTRY(mqttka_name_request_name),
    ENTRY(mqttka_name_request_time_left_ms), ENTRY(mqttka_name_request_free),
    ENTRY(mqttka_version), ENTRY(mqttka_abi_version), ENTRY(mqttka_check_abi),
    ENTRY(mqttka_strerror), ENTRY(mqttka_reason_code_string), ENTRY(mqttka_cause_string),
    ENTRY(mqttka_stage_string), ENTRY(mqttka_transport_string),
    ENTRY(mqttka_transport_error_string), ENTRY(mqttka_last_error), ENTRY(mqttka_topic_matches), ENTRY(mqttka_options_new),
    ENTRY(mqttka_options_free), ENTRY(mqttka_options_set_int), ENTRY(mqttka_options_set_string),
    ENTRY(mqttka_options_set_bytes), ENTRY(mqttka_options_add_user_property),
    ENTRY(mqttka_options_set_uri), ENTRY(mqttka_options_add_server),
    ENTRY(mqttka_options_add_tls_alpn), ENTRY(mqttka_options_add_tls_pin),
    ENTRY(mqttka_options_add_web_socket_header), ENTRY(mqttka_options_set_socket_hook),
    ENTRY(mqttka_options_set_tls_verifier), ENTRY(mqttka_options_set_will),
    ENTRY(mqttka_options_set_event_callback), ENTRY(mqttka_options_set_message_callback),
    ENTRY(mqttka_options_set_terminated_callback), ENTRY(mqttka_options_set_user_data),
    ENTRY(mqttka_stream_cause), ENTRY(mqttka_stream_close), ENTRY(mqttka_subscribe_request_new),
    ENTRY(mqttka_subscribe_request_free), ENTRY(mqttka_subscribe_request_add),
    ENTRY(mqttka_subscribe_request_set_subscription_identifier),
    ENTRY(mqttka_subscribe_request_add_user_property), ENTRY(mqttka_message_new),
    ENTRY(mqttka_message_clone), ENTRY(mqttka_message_free), ENTRY(mqttka_message_topic),
    ENTRY(mqttka_message_payload), ENTRY(mqttka_message_qos), ENTRY(mqttka_message_retain),
    ENTRY(mqttka_message_dup), ENTRY(mqttka_message_connection_number),
    ENTRY(mqttka_message_set_int), ENTRY(mqttka_message_set_string),
    ENTRY(mqttka_message_set_bytes), ENTRY(mqttka_message_add_user_property),
    ENTRY(mqttka_message_get_int), ENTRY(mqttka_message_get_string),
    ENTRY(mqttka_message_get_bytes), ENTRY(mqttka_message_user_property_count),
    ENTRY(mqttka_message_user_property_at), ENTRY(mqttka_event_type), ENTRY(mqttka_event_get_int),
    ENTRY(mqttka_event_get_string), ENTRY(mqttka_event_stage_time_us),
    ENTRY(mqttka_event_description), ENTRY(mqttka_result_error), ENTRY(mqttka_result_reason_code),
    ENTRY(mqttka_result_reason_code_count), ENTRY(mqttka_result_reason_code_at),
    ENTRY(mqttka_event_user_property_count), ENTRY(mqttka_event_user_property_at),
    ENTRY(mqttka_result_user_property_count), ENTRY(mqttka_result_user_property_at),
    ENTRY(mqttka_result_packet_id), ENTRY(mqttka_result_get_reason_string),
    ENTRY(mqttka_options_get_int), ENTRY(mqttka_options_set_reconnect),
    ENTRY(mqttka_options_set_double), ENTRY(mqttka_options_get_double),
    ENTRY(mqttka_options_set_provider), ENTRY(mqttka_stop_reason_string),
    ENTRY(mqttka_event_lost_filter_at), ENTRY(mqttka_connection_request_attempt_number),
    ENTRY(mqttka_connection_request_time_left_ms), ENTRY(mqttka_connection_request_free),
};
enum { WORKS_COUNT = sizeof WORKS / sizeof *WORKS };

#endif
