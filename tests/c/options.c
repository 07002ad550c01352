/* Every option: its range, its type, and an error that names both. */
#include "recorder.h"

struct range {
    int32_t option;
    const char *name;
    int64_t from, to;
};

#define UINT32_LAST 4294967295
#define DAY_MS 86400000
#define RANGE(option, from, to) {option, #option, from, to}

static const struct range RANGES[] = {
    RANGE(MQTTKA_OPTION_PORT, 1, 65535),
    RANGE(MQTTKA_OPTION_PROTOCOL_VERSION, 4, 5),
    RANGE(MQTTKA_OPTION_KEEP_ALIVE, 0, 65535),
    RANGE(MQTTKA_OPTION_CLEAN_START, 0, 1),
    RANGE(MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, 0, UINT32_LAST),
    RANGE(MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_RECEIVE_MAXIMUM, 1, 65535),
    RANGE(MQTTKA_OPTION_MAXIMUM_PACKET_SIZE, 16, 268435460),
    RANGE(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION, 0, 1),
    RANGE(MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION, 0, 1),
    RANGE(MQTTKA_OPTION_MAX_INFLIGHT, 0, 65535),
    RANGE(MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS, 0, DAY_MS),
};

static mqttka_options *options;

static void refused(const struct range *range, int64_t value)
{
    char text[160];
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_options_set_int(options, range->option, value));
    snprintf(text, sizeof text, "%s is %" PRId64 "; it must be %" PRId64 " to %" PRId64,
             range->name, value, range->from, range->to);
    EXPECT_TEXT(text, mqttka_last_error());
}

static bool is_number(int32_t option)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (RANGES[i].option == option) return true;
    return false;
}

static void numbers(void)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        const struct range *range = &RANGES[i];
        refused(range, range->from - 1);
        refused(range, range->to + 1);
        refused(range, INT64_MIN);
        refused(range, INT64_MAX);
        OK(mqttka_options_set_int(options, range->option, range->from));
        OK(mqttka_options_set_int(options, range->option, range->to));
    }
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1499));
    EXPECT(strstr(mqttka_last_error(), "0 or 1500 to 86400000") != NULL);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1500));
    int known = 0;
    for (int32_t option = -1000; option <= 1000; option++) {
        int32_t error = mqttka_options_set_int(options, option, 1);
        if (is_number(option)) known += 1;
        else EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, error);
    }
    EXPECT_INT(16, known);
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_int(options, INT32_MIN, 1));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_int(options, INT32_MAX, 1));
    EXPECT(strstr(mqttka_last_error(), "2147483647") != NULL);
}

static void strings(void)
{
    static char longest[65536];
    memset(longest, 'x', sizeof longest);
    static const int32_t STRINGS[] = {MQTTKA_OPTION_HOST, MQTTKA_OPTION_CLIENT_ID,
                                      MQTTKA_OPTION_USER_NAME};
    for (size_t i = 0; i < sizeof STRINGS / sizeof *STRINGS; i++) {
        int32_t option = STRINGS[i];
        OK(mqttka_options_set_string(options, option, "name", MQTTKA_NUL_TERMINATED));
        OK(mqttka_options_set_string(options, option, "name", 2));
        OK(mqttka_options_set_string(options, option, longest, 65535));
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, longest, 65536));
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, "a\0b", 3));
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, "\xff", 1));
        EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_options_set_string(options, option, NULL, 1));
        EXPECT_INT(MQTTKA_ERROR_NULL,
                   mqttka_options_set_string(options, option, NULL, MQTTKA_NUL_TERMINATED));
        EXPECT_INT(option == MQTTKA_OPTION_HOST ? MQTTKA_ERROR_INVALID_ARGUMENT : MQTTKA_OK,
                   mqttka_options_set_string(options, option, NULL, 0));
        EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_bytes(options, option, "x", 1));
    }
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION,
               mqttka_options_set_string(options, MQTTKA_OPTION_PORT, "1", 1));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION,
               mqttka_options_set_string(options, MQTTKA_OPTION_PASSWORD, "1", 1));

    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, longest, 65535));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, longest, 65536));
    EXPECT(strstr(mqttka_last_error(), "65535") != NULL);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "x", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "a\0b", 3));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, NULL, 0));
}

static void will(void)
{
    static char payload[65536];
    mqttka_message *message;
    OK(mqttka_message_new("will", MQTTKA_NUL_TERMINATED, payload, 65535, 1, true, &message));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_WILL_DELAY_INTERVAL, 5));
    OK(mqttka_options_set_will(options, message));
    mqttka_message_free(message); /* it was copied */
    OK(mqttka_message_new("will", MQTTKA_NUL_TERMINATED, payload, 65536, 1, true, &message));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_options_set_will(options, message));
    mqttka_message_free(message);
    OK(mqttka_options_set_will(options, NULL));
}

/* What no single option shows is refused by the client, which names the option too. */
static void together(void)
{
    mqttka_client *client = NULL;
    mqttka_options *made = mqttka_options_new();
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "MQTTKA_OPTION_HOST") != NULL);
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_HOST, "mqtt://localhost",
                                 MQTTKA_NUL_TERMINATED));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "host is \"mqtt://localhost\"") != NULL);
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_CLEAN_START, 0));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "client_id is empty") != NULL);
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_CLEAN_START, 1));
    OK(mqttka_options_set_bytes(made, MQTTKA_OPTION_PASSWORD, "x", 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "user_name") != NULL);
    EXPECT(client == NULL);
    mqttka_options_free(made);
}

int main(void)
{
    options = mqttka_options_new();
    EXPECT(options != NULL);
    numbers();
    strings();
    will();
    together();
    mqttka_options_free(options);
    mqttka_options_free(NULL);
    return 0;
}
