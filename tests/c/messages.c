/* Messages without a broker: fields, properties, clones, and what each setter refuses. */
#include "recorder.h"

static void fields(void)
{
    size_t length = 99;
    mqttka_message *message, *clone;
    OK(mqttka_message_new("a/b", MQTTKA_NUL_TERMINATED, "pay\0load", 8, 2, true, &message));
    clone = mqttka_message_clone(message);
    mqttka_message_free(message); /* what is shared lives on */
    const char *topic = mqttka_message_topic(clone, &length);
    EXPECT_BYTES("a/b", 3, topic, length);
    EXPECT(mqttka_message_topic(clone, NULL) == topic);
    const uint8_t *payload = mqttka_message_payload(clone, &length);
    EXPECT_BYTES("pay\0load", 8, payload, length);
    EXPECT_INT(2, mqttka_message_qos(clone));
    EXPECT(mqttka_message_retain(clone));
    EXPECT(!mqttka_message_dup(clone));
    EXPECT_INT(0, mqttka_message_connection_number(clone));
    mqttka_message_free(clone);

    OK(mqttka_message_new("abc", 1, NULL, 0, 0, false, &message));
    topic = mqttka_message_topic(message, &length);
    EXPECT_BYTES("a", 1, topic, length);
    payload = mqttka_message_payload(message, &length);
    EXPECT_INT(0, length);
    EXPECT(payload != NULL);
    EXPECT(!mqttka_message_retain(message));
    mqttka_message_free(message);
}

static void refused(int32_t error, const char *topic, size_t length, int32_t qos)
{
    mqttka_message *message = (mqttka_message *)&message;
    EXPECT_INT(error, mqttka_message_new(topic, length, "x", 1, qos, false, &message));
    EXPECT(message == NULL);
}

static void refusals(void)
{
    static char too_long[65536];
    memset(too_long, 'x', sizeof too_long);
    refused(MQTTKA_ERROR_INVALID_TOPIC, "", 0, 0);
    refused(MQTTKA_ERROR_INVALID_TOPIC, NULL, 0, 0);
    refused(MQTTKA_ERROR_INVALID_TOPIC, "a/+", 3, 0);
    refused(MQTTKA_ERROR_INVALID_TOPIC, "a\0b", 3, 0);
    refused(MQTTKA_ERROR_INVALID_TOPIC, "\xc3", 1, 0);
    refused(MQTTKA_ERROR_INVALID_TOPIC, too_long, sizeof too_long, 0);
    refused(MQTTKA_ERROR_NULL, NULL, 1, 0);
    refused(MQTTKA_ERROR_NULL, NULL, MQTTKA_NUL_TERMINATED, 0);
    refused(MQTTKA_ERROR_INVALID_ARGUMENT, "a", SIZE_MAX - 1, 0);
    refused(MQTTKA_ERROR_INVALID_ARGUMENT, "a", 1, 3);
    refused(MQTTKA_ERROR_INVALID_ARGUMENT, "a", 1, -1);
    refused(MQTTKA_ERROR_INVALID_ARGUMENT, "a", 1, 256);
    EXPECT_TEXT("mqttka_message_new: qos is 256; it must be 0, 1 or 2", mqttka_last_error());
    mqttka_message *message = (mqttka_message *)&message;
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_new("a", 1, "x", SIZE_MAX - 1, 0, false, &message));
    EXPECT(message == NULL);
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_message_new("a", 1, NULL, 1, 0, false, &message));
}

static void properties(void)
{
    static char longest[65536];
    mqttka_message *message;
    int64_t number;
    const char *text;
    const uint8_t *bytes;
    size_t length;
    OK(mqttka_message_new("a", 1, NULL, 0, 0, false, &message));

    static const int32_t NUMBERS[] = {MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR,
                                      MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL,
                                      MQTTKA_PROPERTY_WILL_DELAY_INTERVAL};
    for (size_t i = 0; i < 3; i++) {
        number = 77;
        EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_get_int(message, NUMBERS[i], &number));
        EXPECT_INT(77, number);
        EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_message_set_int(message, NUMBERS[i], -1));
        OK(mqttka_message_set_int(message, NUMBERS[i], 0));
        OK(mqttka_message_set_int(message, NUMBERS[i], 1));
        OK(mqttka_message_get_int(message, NUMBERS[i], &number));
        EXPECT_INT(1, number);
    }
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_int(message, MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 2));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, UINT32_MAX));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_int(message, MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 4294967296));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_int(message, MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER, 1));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_get_int(message, MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER, &number));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION,
               mqttka_message_set_int(message, MQTTKA_PROPERTY_CONTENT_TYPE, 1));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_message_get_int(message, 0x23, &number));

    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, "text/plain",
                                 MQTTKA_NUL_TERMINATED));
    OK(mqttka_message_get_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
    EXPECT_BYTES("text/plain", 10, text, length);
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, NULL, 0));
    OK(mqttka_message_get_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
    EXPECT_INT(0, length);
    EXPECT(text != NULL);
    EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
               mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, "\xff", 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_TOPIC,
               mqttka_message_set_string(message, MQTTKA_PROPERTY_RESPONSE_TOPIC, "a/#", 3));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_get_string(message, MQTTKA_PROPERTY_RESPONSE_TOPIC, &text, &length));
    EXPECT(text == NULL && length == 0);
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_message_set_string(message, 1, "a", 1));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_message_get_string(message, 1, &text, &length));

    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, longest, 65536));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
    OK(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, longest, 65535));
    OK(mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
    EXPECT_BYTES(longest, 65535, bytes, length);

    EXPECT_INT(0, mqttka_message_user_property_count(message));
    OK(mqttka_message_add_user_property(message, "name", MQTTKA_NUL_TERMINATED, "one", 3));
    OK(mqttka_message_add_user_property(message, "name", 4, NULL, 0));
    EXPECT_INT(2, mqttka_message_user_property_count(message));
    const char *name;
    size_t name_length;
    OK(mqttka_message_user_property_at(message, 0, &name, &name_length, &text, &length));
    EXPECT_BYTES("name", 4, name, name_length);
    EXPECT_BYTES("one", 3, text, length);
    OK(mqttka_message_user_property_at(message, 1, &name, &name_length, &text, &length));
    EXPECT_INT(0, length);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_message_user_property_at(message, 2, &name, &name_length, &text, &length));
    EXPECT(name == NULL && text == NULL && name_length == 0 && length == 0);
    mqttka_message_free(message);
}

static void texts(void)
{
    EXPECT_TEXT("success", mqttka_strerror(MQTTKA_OK));
    EXPECT_TEXT("unknown error", mqttka_strerror(19));
    EXPECT_TEXT("unknown error", mqttka_strerror(-1));
    EXPECT_TEXT("keep_alive_timeout", mqttka_cause_string(MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT));
    EXPECT_TEXT("unknown", mqttka_cause_string(0));
    EXPECT_TEXT("refused", mqttka_cause_string(MQTTKA_CONNECT_ERROR_REFUSED));
    EXPECT_TEXT("tcp", mqttka_stage_string(MQTTKA_STAGE_TCP));
    EXPECT_TEXT("Not authorized", mqttka_reason_code_string(0x87));
    EXPECT_TEXT("no reason code", mqttka_reason_code_string(-1));
    EXPECT_TEXT("unknown reason code", mqttka_reason_code_string(0xff));
    EXPECT_TEXT("unknown reason code", mqttka_reason_code_string(0x187));
    int described = 0;
    for (int32_t code = 0; code < 256; code++)
        described += strcmp(mqttka_reason_code_string(code), "unknown reason code") != 0;
    EXPECT_INT(43, described);
    /* Static: the same pointer at every call. */
    EXPECT(mqttka_reason_code_string(0x87) == mqttka_reason_code_string(0x87));
}

int main(void)
{
    fields();
    refusals();
    properties();
    texts();
    return 0;
}
