/*
 * Every function of the header with NULL and with numbers that mean nothing. covered.py checks
 * that none is missing: each has its TEST, listed at the end, that calls it. Those of messages are
 * in null_and_garbage_messages.c.
 */
#include "garbage.h"
#include "silent.h"

#include <unistd.h>

static mqttka_client *client; /* never connected */
static mqttka_options *options;
static mqttka_message *message;
static mqttka_subscribe_request *request;
/* Valid inside the callback in which the tests of events and results run. */
static const mqttka_event *event;
static const mqttka_result *result;

static int64_t number;
static const char *text;
static size_t length;
static char bad[] = "\xff";

TEST(mqttka_version) { EXPECT(strlen(mqttka_version()) >= 5); }
TEST(mqttka_abi_version) { EXPECT(mqttka_abi_version() > 0); }

TEST(mqttka_check_abi)
{
    EXPECT_INT(MQTTKA_ERROR_ABI_MISMATCH, mqttka_check_abi(0));
    EXPECT_INT(MQTTKA_ERROR_ABI_MISMATCH, mqttka_check_abi(UINT32_MAX));
}

TEST(mqttka_strerror)
{
    for (int i = 0; i < GARBAGES; i++) EXPECT_TEXT("unknown error", mqttka_strerror(GARBAGE[i]));
}

TEST(mqttka_last_error) { EXPECT(mqttka_last_error() != NULL); }

TEST(mqttka_reason_code_string)
{
    for (int i = 0; i < GARBAGES; i++)
        EXPECT_TEXT(GARBAGE[i] == -1 ? "no reason code" : "unknown reason code",
                    mqttka_reason_code_string(GARBAGE[i]));
}

TEST(mqttka_stage_string)
{
    for (int i = 0; i < GARBAGES; i++) EXPECT_TEXT("unknown", mqttka_stage_string(GARBAGE[i]));
}

TEST(mqttka_cause_string)
{
    for (int i = 0; i < GARBAGES; i++) EXPECT_TEXT("unknown", mqttka_cause_string(GARBAGE[i]));
}

TEST(mqttka_options_new) { mqttka_options_free(mqttka_options_new()); }
TEST(mqttka_options_free) { mqttka_options_free(NULL); }

TEST(mqttka_options_set_int)
{
    NULL_ERROR(mqttka_options_set_int(NULL, MQTTKA_OPTION_PORT, 1));
    for (int i = 0; i < GARBAGES; i++) {
        UNKNOWN(mqttka_options_set_int(options, GARBAGE[i], 1));
        INVALID(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, GARBAGE[i]));
    }
}

TEST(mqttka_options_set_string)
{
    NULL_ERROR(mqttka_options_set_string(NULL, MQTTKA_OPTION_HOST, "a", 1));
    NULL_ERROR(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, NULL, 1));
    NULL_ERROR(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, NULL, NUL));
    INVALID(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "a", SIZE_MAX - 1));
    BAD_STRING(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, bad, NUL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_options_set_string(options, GARBAGE[i], NULL, NUL));
}

TEST(mqttka_options_set_bytes)
{
    NULL_ERROR(mqttka_options_set_bytes(NULL, MQTTKA_OPTION_PASSWORD, "a", 1));
    NULL_ERROR(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, NULL, 1));
    INVALID(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "a", SIZE_MAX - 1));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_options_set_bytes(options, GARBAGE[i], NULL, 1));
}

TEST(mqttka_options_add_user_property)
{
    NULL_ERROR(mqttka_options_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_options_add_user_property(options, NULL, 1, "b", 1));
    NULL_ERROR(mqttka_options_add_user_property(options, "a", 1, NULL, NUL));
    BAD_STRING(mqttka_options_add_user_property(options, bad, 1, "b", 1));
    BAD_STRING(mqttka_options_add_user_property(options, "a", 1, bad, 1));
    INVALID(mqttka_options_add_user_property(options, "a", SIZE_MAX / 2 + 1, "b", 1));
}

TEST(mqttka_options_set_will)
{
    NULL_ERROR(mqttka_options_set_will(NULL, message));
    OK(mqttka_options_set_will(options, NULL));
}

TEST(mqttka_options_set_event_callback)
{
    NULL_ERROR(mqttka_options_set_event_callback(NULL, NULL));
    OK(mqttka_options_set_event_callback(options, NULL));
}

TEST(mqttka_options_set_message_callback)
{
    NULL_ERROR(mqttka_options_set_message_callback(NULL, NULL));
    OK(mqttka_options_set_message_callback(options, NULL));
}

TEST(mqttka_options_set_terminated_callback)
{
    NULL_ERROR(mqttka_options_set_terminated_callback(NULL, NULL));
    OK(mqttka_options_set_terminated_callback(options, NULL));
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

TEST(mqttka_options_set_user_data)
{
    NULL_ERROR(mqttka_options_set_user_data(NULL, &number, never));
    OK(mqttka_options_set_user_data(options, NULL, NULL));
}

TEST(mqttka_client_new)
{
    mqttka_client *other = client;
    NULL_ERROR(mqttka_client_new(NULL, NULL));
    NULL_ERROR(mqttka_client_new(options, NULL));
    NULL_ERROR(mqttka_client_new(NULL, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_connect) { NULL_ERROR(mqttka_client_connect(NULL)); }
TEST(mqttka_client_disconnect) { NULL_ERROR(mqttka_client_disconnect(NULL)); }

TEST(mqttka_client_disconnect_with)
{
    NULL_ERROR(mqttka_client_disconnect_with(NULL, 0));
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_client_disconnect_with(client, GARBAGE[i]));
}

TEST(mqttka_client_publish)
{
    NULL_ERROR(mqttka_client_publish(NULL, "a", 1, "x", 1, 0, false, NULL, NULL));
    NULL_ERROR(mqttka_client_publish(client, NULL, 1, "x", 1, 0, false, NULL, NULL));
    NULL_ERROR(mqttka_client_publish(client, NULL, NUL, "x", 1, 0, false, NULL, NULL));
    NULL_ERROR(mqttka_client_publish(client, "a", 1, NULL, 1, 0, false, NULL, NULL));
    BAD_TOPIC(mqttka_client_publish(client, NULL, 0, "x", 1, 0, false, NULL, NULL));
    BAD_TOPIC(mqttka_client_publish(client, bad, NUL, "x", 1, 0, false, NULL, NULL));
    BAD_TOPIC(mqttka_client_publish(client, "#", NUL, "x", 1, 0, false, NULL, NULL));
    INVALID(mqttka_client_publish(client, "a", SIZE_MAX - 1, "x", 1, 0, false, NULL, NULL));
    INVALID(mqttka_client_publish(client, "a", 1, "x", SIZE_MAX - 1, 0, false, NULL, NULL));
    for (int i = 0; i < GARBAGES; i++)
        INVALID(mqttka_client_publish(client, "a", 1, "x", 1, GARBAGE[i], false, NULL, NULL));
}

TEST(mqttka_client_publish_message)
{
    NULL_ERROR(mqttka_client_publish_message(NULL, message, NULL, NULL));
    NULL_ERROR(mqttka_client_publish_message(client, NULL, NULL, NULL));
}

TEST(mqttka_client_subscribe)
{
    NULL_ERROR(mqttka_client_subscribe(NULL, "a", 1, 0, NULL, NULL));
    NULL_ERROR(mqttka_client_subscribe(client, NULL, NUL, 0, NULL, NULL));
    BAD_TOPIC(mqttka_client_subscribe(client, "", 0, 0, NULL, NULL));
    BAD_TOPIC(mqttka_client_subscribe(client, "a#", 2, 0, NULL, NULL));
    BAD_TOPIC(mqttka_client_subscribe(client, bad, 1, 0, NULL, NULL));
    INVALID(mqttka_client_subscribe(client, "a", SIZE_MAX - 1, 0, NULL, NULL));
    for (int i = 0; i < GARBAGES; i++)
        INVALID(mqttka_client_subscribe(client, "a", 1, GARBAGE[i], NULL, NULL));
}

TEST(mqttka_client_unsubscribe)
{
    NULL_ERROR(mqttka_client_unsubscribe(NULL, "a", 1, NULL, NULL));
    NULL_ERROR(mqttka_client_unsubscribe(client, NULL, NUL, NULL, NULL));
    BAD_TOPIC(mqttka_client_unsubscribe(client, NULL, 0, NULL, NULL));
    BAD_TOPIC(mqttka_client_unsubscribe(client, "$share/a", NUL, NULL, NULL));
}

TEST(mqttka_client_send_subscribe)
{
    NULL_ERROR(mqttka_client_send_subscribe(NULL, request, NULL, NULL));
    NULL_ERROR(mqttka_client_send_subscribe(client, NULL, NULL, NULL));
    INVALID(mqttka_client_send_subscribe(client, request, NULL, NULL)); /* no filters */
}

TEST(mqttka_client_get_int)
{
    NULL_ERROR(mqttka_client_get_int(NULL, MQTTKA_STATUS_STATE, &number));
    NULL_ERROR(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, NULL));
    for (int i = 0; i < GARBAGES; i++) UNKNOWN(mqttka_client_get_int(client, GARBAGE[i], &number));
}

TEST(mqttka_client_probe_now)
{
    NULL_ERROR(mqttka_client_probe_now(NULL, 1));
    INVALID(mqttka_client_probe_now(client, 0));
    INVALID(mqttka_client_probe_now(client, INT64_MIN));
    INVALID(mqttka_client_probe_now(client, INT64_MAX));
}

TEST(mqttka_client_network_changed)
{
    NULL_ERROR(mqttka_client_network_changed(NULL, MQTTKA_NETWORK_LOST));
    INVALID(mqttka_client_network_changed(client, 0));
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_client_network_changed(client, GARBAGE[i]));
}

TEST(mqttka_client_destroy) { NULL_ERROR(mqttka_client_destroy(NULL)); }

TEST(mqttka_client_destroy_and_wait)
{
    NULL_ERROR(mqttka_client_destroy_and_wait(NULL, 0));
    NULL_ERROR(mqttka_client_destroy_and_wait(NULL, INT64_MIN));
}

TEST(mqttka_subscribe_request_new)
{
    mqttka_subscribe_request_free(mqttka_subscribe_request_new());
}

TEST(mqttka_subscribe_request_free) { mqttka_subscribe_request_free(NULL); }

TEST(mqttka_subscribe_request_add)
{
    NULL_ERROR(mqttka_subscribe_request_add(NULL, "a", 1, 0, 0));
    NULL_ERROR(mqttka_subscribe_request_add(request, NULL, NUL, 0, 0));
    BAD_TOPIC(mqttka_subscribe_request_add(request, NULL, 0, 0, 0));
    INVALID(mqttka_subscribe_request_add(request, "a", 1, 0, 0x10));
    INVALID(mqttka_subscribe_request_add(request, "a", 1, 0, UINT32_MAX));
    INVALID(mqttka_subscribe_request_add(request, "a", 1, 0, MQTTKA_SUBSCRIBE_RETAIN_IF_NEW
                                                                 | MQTTKA_SUBSCRIBE_RETAIN_NEVER));
    INVALID(mqttka_subscribe_request_add(request, "$share/g/a", NUL, 0,
                                         MQTTKA_SUBSCRIBE_NO_LOCAL));
    for (int i = 0; i < GARBAGES; i++)
        INVALID(mqttka_subscribe_request_add(request, "a", 1, GARBAGE[i], 0));
}

TEST(mqttka_subscribe_request_set_subscription_identifier)
{
    NULL_ERROR(mqttka_subscribe_request_set_subscription_identifier(NULL, 1));
    INVALID(mqttka_subscribe_request_set_subscription_identifier(request, 0));
    INVALID(mqttka_subscribe_request_set_subscription_identifier(request, 268435456));
    INVALID(mqttka_subscribe_request_set_subscription_identifier(request, UINT32_MAX));
}

TEST(mqttka_subscribe_request_add_user_property)
{
    NULL_ERROR(mqttka_subscribe_request_add_user_property(NULL, "a", 1, "b", 1));
    NULL_ERROR(mqttka_subscribe_request_add_user_property(request, NULL, 1, "b", 1));
    NULL_ERROR(mqttka_subscribe_request_add_user_property(request, "a", 1, NULL, 1));
    BAD_STRING(mqttka_subscribe_request_add_user_property(request, bad, 1, "b", 1));
}

TEST(mqttka_event_type) { EXPECT_INT(0, mqttka_event_type(NULL)); }

TEST(mqttka_event_get_int)
{
    NULL_ERROR(mqttka_event_get_int(NULL, MQTTKA_EVENT_CAUSE, &number));
    NULL_ERROR(mqttka_event_get_int(event, MQTTKA_EVENT_CAUSE, NULL));
    UNKNOWN(mqttka_event_get_int(event, MQTTKA_EVENT_REASON_STRING, &number));
    for (int i = 0; i < GARBAGES; i++) UNKNOWN(mqttka_event_get_int(event, GARBAGE[i], &number));
    number = 5;
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_get_int(event, MQTTKA_EVENT_SESSION_PRESENT, &number));
    EXPECT_INT(5, number);
}

TEST(mqttka_event_get_string)
{
    int32_t key = MQTTKA_EVENT_REASON_STRING;
    NULL_ERROR(mqttka_event_get_string(NULL, key, &text, &length));
    NULL_ERROR(mqttka_event_get_string(event, key, NULL, &length));
    NULL_ERROR(mqttka_event_get_string(event, key, &text, NULL));
    UNKNOWN(mqttka_event_get_string(event, MQTTKA_EVENT_CAUSE, &text, &length));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_event_get_string(event, GARBAGE[i], &text, &length));
    text = bad, length = 7;
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_event_get_string(event, key, &text, &length));
    EXPECT(text == NULL && length == 0);
}

TEST(mqttka_event_description) { EXPECT_TEXT("", mqttka_event_description(NULL)); }

TEST(mqttka_result_error) { NULL_ERROR(mqttka_result_error(NULL)); }
TEST(mqttka_result_reason_code) { EXPECT_INT(-1, mqttka_result_reason_code(NULL)); }
TEST(mqttka_result_reason_code_count) { EXPECT_INT(0, mqttka_result_reason_code_count(NULL)); }

TEST(mqttka_result_reason_code_at)
{
    EXPECT_INT(-1, mqttka_result_reason_code_at(NULL, 0));
    EXPECT_INT(-1, mqttka_result_reason_code_at(result, SIZE_MAX));
}

TEST(mqttka_result_packet_id) { EXPECT_INT(0, mqttka_result_packet_id(NULL)); }

TEST(mqttka_result_get_reason_string)
{
    NULL_ERROR(mqttka_result_get_reason_string(NULL, &text, &length));
    NULL_ERROR(mqttka_result_get_reason_string(result, NULL, &length));
    NULL_ERROR(mqttka_result_get_reason_string(result, &text, NULL));
}

TEST(mqttka_result_user_property_count)
{
    EXPECT_INT(0, mqttka_result_user_property_count(NULL));
    EXPECT_INT(0, mqttka_result_user_property_count(result));
}

TEST(mqttka_result_user_property_at)
{
    NULL_ERROR(mqttka_result_user_property_at(NULL, 0, &text, &length, &text, &length));
    NULL_ERROR(mqttka_result_user_property_at(result, 0, NULL, &length, &text, &length));
    NULL_ERROR(mqttka_result_user_property_at(result, 0, &text, NULL, &text, &length));
    NULL_ERROR(mqttka_result_user_property_at(result, 0, &text, &length, NULL, &length));
    NULL_ERROR(mqttka_result_user_property_at(result, 0, &text, &length, &text, NULL));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_result_user_property_at(result, (size_t)-1, &text, &length, &text, &length));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_version),
    ENTRY(mqttka_abi_version),
    ENTRY(mqttka_check_abi),
    ENTRY(mqttka_strerror),
    ENTRY(mqttka_last_error),
    ENTRY(mqttka_reason_code_string),
    ENTRY(mqttka_cause_string),
    ENTRY(mqttka_stage_string),
    ENTRY(mqttka_options_new),
    ENTRY(mqttka_options_free),
    ENTRY(mqttka_options_set_int),
    ENTRY(mqttka_options_set_string),
    ENTRY(mqttka_options_set_bytes),
    ENTRY(mqttka_options_add_user_property),
    ENTRY(mqttka_options_set_will),
    ENTRY(mqttka_options_set_event_callback),
    ENTRY(mqttka_options_set_message_callback),
    ENTRY(mqttka_options_set_terminated_callback),
    ENTRY(mqttka_options_set_user_data),
    ENTRY(mqttka_client_new),
    ENTRY(mqttka_client_connect),
    ENTRY(mqttka_client_disconnect),
    ENTRY(mqttka_client_disconnect_with),
    ENTRY(mqttka_client_publish),
    ENTRY(mqttka_client_publish_message),
    ENTRY(mqttka_client_subscribe),
    ENTRY(mqttka_client_unsubscribe),
    ENTRY(mqttka_client_send_subscribe),
    ENTRY(mqttka_client_get_int),
    ENTRY(mqttka_client_probe_now),
    ENTRY(mqttka_client_network_changed),
    ENTRY(mqttka_client_destroy),
    ENTRY(mqttka_client_destroy_and_wait),
    ENTRY(mqttka_subscribe_request_new),
    ENTRY(mqttka_subscribe_request_free),
    ENTRY(mqttka_subscribe_request_add),
    ENTRY(mqttka_subscribe_request_set_subscription_identifier),
    ENTRY(mqttka_subscribe_request_add_user_property),
    ENTRY(mqttka_event_type),
    ENTRY(mqttka_event_get_int),
    ENTRY(mqttka_event_get_string),
    ENTRY(mqttka_event_description),
    ENTRY(mqttka_result_error),
    ENTRY(mqttka_result_reason_code),
    ENTRY(mqttka_result_reason_code_count),
    ENTRY(mqttka_result_reason_code_at),
    ENTRY(mqttka_result_packet_id),
    ENTRY(mqttka_result_get_reason_string),
    ENTRY(mqttka_result_user_property_count),
    ENTRY(mqttka_result_user_property_at),
};

/* Those whose names start so. */
static int run(const char *prefix)
{
    int count = 0;
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
        if (strncmp(TESTS[i].name, prefix, strlen(prefix)) != 0) continue;
        TESTS[i].run();
        count += 1;
    }
    return count;
}

static int ran_on_event, ran_on_result;

static void on_event(struct recorder *recorder, mqttka_client *failed, const mqttka_event *given)
{
    EXPECT(recorder != NULL && failed == client);
    if (mqttka_event_type(given) != MQTTKA_EVENT_CONNECT_FAILED) return;
    event = given;
    ran_on_event = run("mqttka_event_");
    event = NULL;
}

static void on_completion(struct recorder *recorder, mqttka_client *failed,
                          const mqttka_result *given)
{
    EXPECT(recorder != NULL && failed == client);
    result = given;
    ran_on_result = run("mqttka_result_");
    result = NULL;
}

int main(void)
{
    struct recorder recorder;
    int port, listener = silent_listen(&port);
    recorder_init(&recorder);
    recorder.on_event = on_event;
    recorder.on_completion = on_completion;
    client = recorder_client(&recorder, port);
    options = mqttka_options_new();
    request = mqttka_subscribe_request_new();
    OK(mqttka_message_new("a", 1, "x", 1, 0, false, &message));

    int ran = run("mqttka_version") + run("mqttka_abi") + run("mqttka_check") + run("mqttka_str")
            + run("mqttka_last") + run("mqttka_reason") + run("mqttka_cause") + run("mqttka_stage")
            + run("mqttka_options_") + run("mqttka_client_") + run("mqttka_subscribe_request_");
    /* An event and a result exist only inside their callbacks. */
    OK(mqttka_client_connect(client));
    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_DISCONNECTED, recorder.error);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(sizeof TESTS / sizeof *TESTS, ran + ran_on_event + ran_on_result);
    mqttka_options_free(options);
    mqttka_subscribe_request_free(request);
    mqttka_message_free(message);
    close(listener);
    return 0;
}
