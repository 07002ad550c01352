/* The functions of transports, as null_and_garbage.c has the others. */
#include "garbage.h"
#include "silent.h"

#include <unistd.h>

static mqttka_options *options;
static const mqttka_event *event;
static int64_t number;
static const char bad[] = "\xff";

TEST(mqttka_options_set_uri)
{
    NULL_ERROR(mqttka_options_set_uri(NULL, "mqtt://a"));
    NULL_ERROR(mqttka_options_set_uri(options, NULL));
    NULL_ERROR(mqttka_options_set_uri(NULL, NULL));
    BAD_STRING(mqttka_options_set_uri(options, bad));
    INVALID(mqttka_options_set_uri(options, "://"));
    INVALID(mqttka_options_set_uri(options, "\n"));
}

TEST(mqttka_options_add_server)
{
    NULL_ERROR(mqttka_options_add_server(NULL, "mqtt://a"));
    NULL_ERROR(mqttka_options_add_server(options, NULL));
    BAD_STRING(mqttka_options_add_server(options, bad));
    INVALID(mqttka_options_add_server(options, ""));
}

TEST(mqttka_options_add_tls_alpn)
{
    NULL_ERROR(mqttka_options_add_tls_alpn(NULL, "mqtt"));
    NULL_ERROR(mqttka_options_add_tls_alpn(options, NULL));
    BAD_STRING(mqttka_options_add_tls_alpn(options, bad));
    INVALID(mqttka_options_add_tls_alpn(options, ""));
}

TEST(mqttka_options_add_tls_pin)
{
    NULL_ERROR(mqttka_options_add_tls_pin(NULL, "a"));
    NULL_ERROR(mqttka_options_add_tls_pin(options, NULL));
    BAD_STRING(mqttka_options_add_tls_pin(options, bad));
}

TEST(mqttka_options_add_web_socket_header)
{
    NULL_ERROR(mqttka_options_add_web_socket_header(NULL, "a", "b"));
    NULL_ERROR(mqttka_options_add_web_socket_header(options, NULL, "b"));
    NULL_ERROR(mqttka_options_add_web_socket_header(options, "a", NULL));
    BAD_STRING(mqttka_options_add_web_socket_header(options, bad, "b"));
    BAD_STRING(mqttka_options_add_web_socket_header(options, "a", bad));
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

/* Without a hook the destructor is not called. */
TEST(mqttka_options_set_socket_hook)
{
    NULL_ERROR(mqttka_options_set_socket_hook(NULL, NULL, &number, never));
    OK(mqttka_options_set_socket_hook(options, NULL, &number, never));
    OK(mqttka_options_set_socket_hook(options, NULL, NULL, NULL));
}

TEST(mqttka_options_set_tls_verifier)
{
    NULL_ERROR(mqttka_options_set_tls_verifier(NULL, NULL, &number, never));
    OK(mqttka_options_set_tls_verifier(options, NULL, &number, never));
    OK(mqttka_options_set_tls_verifier(options, NULL, NULL, NULL));
}

TEST(mqttka_transport_string)
{
    for (int i = 0; i < GARBAGES; i++) EXPECT_TEXT("unknown", mqttka_transport_string(GARBAGE[i]));
}

TEST(mqttka_transport_error_string)
{
    for (int i = 0; i < GARBAGES; i++)
        EXPECT_TEXT("unknown", mqttka_transport_error_string(GARBAGE[i]));
}

TEST(mqttka_event_stage_time_us)
{
    NULL_ERROR(mqttka_event_stage_time_us(NULL, MQTTKA_STAGE_TCP, &number));
    NULL_ERROR(mqttka_event_stage_time_us(event, MQTTKA_STAGE_TCP, NULL));
    INVALID(mqttka_event_stage_time_us(event, 0, &number));
    for (int i = 0; i < GARBAGES; i++)
        INVALID(mqttka_event_stage_time_us(event, GARBAGE[i], &number));
    number = 5;
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_stage_time_us(event, MQTTKA_STAGE_TLS, &number));
    EXPECT_INT(5, number);
    OK(mqttka_event_stage_time_us(event, MQTTKA_STAGE_TCP, &number));
    EXPECT(number >= 0);
}

TEST(mqttka_event_user_property_count)
{
    EXPECT_INT(0, mqttka_event_user_property_count(NULL));
    EXPECT_INT(0, mqttka_event_user_property_count(event));
}

TEST(mqttka_event_user_property_at)
{
    const char *text;
    size_t length;
    NULL_ERROR(mqttka_event_user_property_at(NULL, 0, &text, &length, &text, &length));
    NULL_ERROR(mqttka_event_user_property_at(event, 0, NULL, &length, &text, &length));
    NULL_ERROR(mqttka_event_user_property_at(event, 0, &text, NULL, &text, &length));
    NULL_ERROR(mqttka_event_user_property_at(event, 0, &text, &length, NULL, &length));
    NULL_ERROR(mqttka_event_user_property_at(event, 0, &text, &length, &text, NULL));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_event_user_property_at(event, (size_t)-1, &text, &length, &text, &length));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_event_user_property_count),
    ENTRY(mqttka_event_user_property_at),
    ENTRY(mqttka_options_set_uri),
    ENTRY(mqttka_options_add_server),
    ENTRY(mqttka_options_add_tls_alpn),
    ENTRY(mqttka_options_add_tls_pin),
    ENTRY(mqttka_options_add_web_socket_header),
    ENTRY(mqttka_options_set_socket_hook),
    ENTRY(mqttka_options_set_tls_verifier),
    ENTRY(mqttka_transport_string),
    ENTRY(mqttka_transport_error_string),
    ENTRY(mqttka_event_stage_time_us),
};

static void on_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *given)
{
    EXPECT(recorder != NULL && client != NULL);
    if (mqttka_event_type(given) != MQTTKA_EVENT_CONNECT_FAILED) return;
    event = given;
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) TESTS[i].run();
    event = NULL;
}

int main(void)
{
    struct recorder recorder;
    mqttka_client *client;
    /* Nobody listens there any more. */
    int port, listener = silent_listen(&port);
    close(listener);
    options = mqttka_options_new();
    recorder_init(&recorder);
    recorder.on_event = on_event;
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    mqttka_options_free(options);
    return 0;
}
