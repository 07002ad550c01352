/* The functions of messages with NULL and garbage; the others are in null_and_garbage.c. */
#include "garbage.h"

static mqttka_message *message;
static int64_t number;
static const char *text, *name;
static const uint8_t *bytes;
static size_t length, name_length;
static mqttka_message *made;
static char bad[] = "\xff";

TEST(mqttka_message_new)
{
    NULL_ERROR(mqttka_message_new("a", 1, "x", 1, 0, false, NULL));
    NULL_ERROR(mqttka_message_new(NULL, NUL, "x", 1, 0, false, &made));
    NULL_ERROR(mqttka_message_new("a", 1, NULL, 1, 0, false, &made));
    BAD_TOPIC(mqttka_message_new(NULL, 0, "x", 1, 0, false, &made));
    for (int i = 0; i < GARBAGES; i++) {
        made = message;
        INVALID(mqttka_message_new("a", 1, "x", 1, GARBAGE[i], false, &made));
        EXPECT(made == NULL);
    }
}

TEST(mqttka_message_clone) { EXPECT(mqttka_message_clone(NULL) == NULL); }
TEST(mqttka_message_free) { mqttka_message_free(NULL); }

TEST(mqttka_message_topic)
{
    length = 9;
    EXPECT(mqttka_message_topic(NULL, &length) == NULL);
    EXPECT_INT(0, length);
    EXPECT(mqttka_message_topic(NULL, NULL) == NULL);
}

TEST(mqttka_message_payload)
{
    length = 9;
    EXPECT(mqttka_message_payload(NULL, &length) == NULL);
    EXPECT_INT(0, length);
    EXPECT(mqttka_message_payload(NULL, NULL) == NULL);
}

TEST(mqttka_message_qos) { EXPECT_INT(-1, mqttka_message_qos(NULL)); }
TEST(mqttka_message_retain) { EXPECT(!mqttka_message_retain(NULL)); }
TEST(mqttka_message_dup) { EXPECT(!mqttka_message_dup(NULL)); }
TEST(mqttka_message_connection_number) { EXPECT_INT(0, mqttka_message_connection_number(NULL)); }

TEST(mqttka_message_set_int)
{
    int32_t property = MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL;
    NULL_ERROR(mqttka_message_set_int(NULL, property, 1));
    INVALID(mqttka_message_set_int(message, property, INT64_MIN));
    INVALID(mqttka_message_set_int(message, property, INT64_MAX));
    for (int i = 0; i < GARBAGES; i++) UNKNOWN(mqttka_message_set_int(message, GARBAGE[i], 1));
}

TEST(mqttka_message_set_string)
{
    int32_t property = MQTTKA_PROPERTY_CONTENT_TYPE;
    NULL_ERROR(mqttka_message_set_string(NULL, property, "a", 1));
    NULL_ERROR(mqttka_message_set_string(message, property, NULL, NUL));
    BAD_STRING(mqttka_message_set_string(message, property, bad, NUL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_message_set_string(message, GARBAGE[i], NULL, NUL));
}

TEST(mqttka_message_set_bytes)
{
    int32_t property = MQTTKA_PROPERTY_CORRELATION_DATA;
    NULL_ERROR(mqttka_message_set_bytes(NULL, property, "a", 1));
    NULL_ERROR(mqttka_message_set_bytes(message, property, NULL, 1));
    INVALID(mqttka_message_set_bytes(message, property, "a", SIZE_MAX - 1));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_message_set_bytes(message, GARBAGE[i], NULL, 1));
}

TEST(mqttka_message_add_user_property)
{
    NULL_ERROR(mqttka_message_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_message_add_user_property(message, NULL, 1, "b", 1));
    NULL_ERROR(mqttka_message_add_user_property(message, "a", 1, NULL, 1));
    BAD_STRING(mqttka_message_add_user_property(message, "a", 1, bad, 1));
    EXPECT_INT(0, mqttka_message_user_property_count(message));
}

TEST(mqttka_message_get_int)
{
    int32_t property = MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL;
    NULL_ERROR(mqttka_message_get_int(NULL, property, &number));
    NULL_ERROR(mqttka_message_get_int(message, property, NULL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_message_get_int(message, GARBAGE[i], &number));
}

TEST(mqttka_message_get_string)
{
    int32_t property = MQTTKA_PROPERTY_CONTENT_TYPE;
    NULL_ERROR(mqttka_message_get_string(NULL, property, &text, &length));
    NULL_ERROR(mqttka_message_get_string(message, property, NULL, &length));
    NULL_ERROR(mqttka_message_get_string(message, property, &text, NULL));
    NULL_ERROR(mqttka_message_get_string(NULL, property, NULL, NULL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_message_get_string(message, GARBAGE[i], &text, &length));
}

TEST(mqttka_message_get_bytes)
{
    int32_t property = MQTTKA_PROPERTY_CORRELATION_DATA;
    NULL_ERROR(mqttka_message_get_bytes(NULL, property, &bytes, &length));
    NULL_ERROR(mqttka_message_get_bytes(message, property, NULL, &length));
    NULL_ERROR(mqttka_message_get_bytes(message, property, &bytes, NULL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_message_get_bytes(message, GARBAGE[i], &bytes, &length));
}

TEST(mqttka_message_user_property_count)
{
    EXPECT_INT(0, mqttka_message_user_property_count(NULL));
}

TEST(mqttka_message_user_property_at)
{
    NULL_ERROR(mqttka_message_user_property_at(NULL, 0, &name, &name_length, &text, &length));
    NULL_ERROR(mqttka_message_user_property_at(message, 0, NULL, &name_length, &text, &length));
    NULL_ERROR(mqttka_message_user_property_at(message, 0, &name, NULL, &text, &length));
    NULL_ERROR(mqttka_message_user_property_at(message, 0, &name, &name_length, NULL, &length));
    NULL_ERROR(mqttka_message_user_property_at(message, 0, &name, &name_length, &text, NULL));
    EXPECT_INT(
        MQTTKA_ERROR_NOT_PRESENT,
        mqttka_message_user_property_at(message, SIZE_MAX, &name, &name_length, &text, &length));
}

TEST(mqttka_topic_matches)
{
    bool matches = true;
    NULL_ERROR(mqttka_topic_matches(NULL, 1, "a", 1, &matches));
    EXPECT(!matches);
    NULL_ERROR(mqttka_topic_matches("a", 1, NULL, NUL, &matches));
    NULL_ERROR(mqttka_topic_matches("a", 1, "a", 1, NULL));
    BAD_TOPIC(mqttka_topic_matches("a#", 2, "a", 1, &matches));
    EXPECT(strstr(mqttka_last_error(), "filter") != NULL);
    BAD_TOPIC(mqttka_topic_matches("a", 1, "a/#", 3, &matches));
    EXPECT(strstr(mqttka_last_error(), "topic: ") != NULL);
    BAD_TOPIC(mqttka_topic_matches("a", 1, "\xff", 1, &matches));
    INVALID(mqttka_topic_matches("a", SIZE_MAX - 1, "a", 1, &matches));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_message_new),
    ENTRY(mqttka_message_clone),
    ENTRY(mqttka_message_free),
    ENTRY(mqttka_message_topic),
    ENTRY(mqttka_message_payload),
    ENTRY(mqttka_message_qos),
    ENTRY(mqttka_message_retain),
    ENTRY(mqttka_message_dup),
    ENTRY(mqttka_message_connection_number),
    ENTRY(mqttka_message_set_int),
    ENTRY(mqttka_message_set_string),
    ENTRY(mqttka_message_set_bytes),
    ENTRY(mqttka_message_add_user_property),
    ENTRY(mqttka_message_get_int),
    ENTRY(mqttka_message_get_string),
    ENTRY(mqttka_message_get_bytes),
    ENTRY(mqttka_message_user_property_count),
    ENTRY(mqttka_message_user_property_at),
    ENTRY(mqttka_topic_matches),
};

int main(void)
{
    OK(mqttka_message_new("a", 1, "x", 1, 0, false, &message));
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) TESTS[i].run();
    mqttka_message_free(message);
    return 0;
}
