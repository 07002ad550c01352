/* The functions of coming back, as null_and_garbage.c has the others. */
#include "garbage.h"
#include "silent.h"

#include <math.h>
#include <unistd.h>

static mqttka_options *options;
static mqttka_client *client;
static mqttka_message *message;
static const mqttka_event *event;
static mqttka_connection_request *request;
static int64_t number;
static const char bad[] = "\xff";

#define ANSWERED(call) EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, call)
#define ABSENT(call) EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, call)

TEST(mqttka_options_set_reconnect)
{
    NULL_ERROR(mqttka_options_set_reconnect(NULL, true));
    OK(mqttka_options_set_reconnect(options, false));
    OK(mqttka_options_get_int(options, MQTTKA_OPTION_RECONNECT, &number));
    EXPECT_INT(0, number);
    OK(mqttka_options_set_reconnect(options, true));
}

TEST(mqttka_options_get_int)
{
    NULL_ERROR(mqttka_options_get_int(NULL, MQTTKA_OPTION_RECONNECT, &number));
    NULL_ERROR(mqttka_options_get_int(options, MQTTKA_OPTION_RECONNECT, NULL));
    number = 5;
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_options_get_int(options, GARBAGE[i], &number));
    UNKNOWN(mqttka_options_get_int(options, MQTTKA_OPTION_HOST, &number));
    UNKNOWN(mqttka_options_get_int(options, MQTTKA_OPTION_RECONNECT_FACTOR, &number));
    ABSENT(mqttka_options_get_int(options, MQTTKA_OPTION_PORT, &number));
    EXPECT_INT(5, number);
}

TEST(mqttka_options_set_double)
{
    static const double BAD[] = {0, 0.999, 100.001, -1, INFINITY, -INFINITY, NAN};
    NULL_ERROR(mqttka_options_set_double(NULL, MQTTKA_OPTION_RECONNECT_FACTOR, 2));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_options_set_double(options, GARBAGE[i], 2));
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        INVALID(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, BAD[i]));
    LAST_ERROR("MQTTKA_OPTION_RECONNECT_FACTOR is NaN; it must be 1 to 100");
    OK(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, 1));
    OK(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, 100));
}

TEST(mqttka_options_get_double)
{
    double factor = 7;
    NULL_ERROR(mqttka_options_get_double(NULL, MQTTKA_OPTION_RECONNECT_FACTOR, &factor));
    NULL_ERROR(mqttka_options_get_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, NULL));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_options_get_double(options, GARBAGE[i], &factor));
    EXPECT(factor == 7);
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

/* Without a provider the destructor is not called. */
TEST(mqttka_options_set_provider)
{
    NULL_ERROR(mqttka_options_set_provider(NULL, NULL, &number, never));
    OK(mqttka_options_set_provider(options, NULL, &number, never));
    OK(mqttka_options_set_provider(options, NULL, NULL, NULL));
}

TEST(mqttka_stop_reason_string)
{
    for (int i = 0; i < GARBAGES; i++)
        EXPECT_TEXT("unknown", mqttka_stop_reason_string(GARBAGE[i]));
}

TEST(mqttka_client_reconnect_now)
{
    NULL_ERROR(mqttka_client_reconnect_now(NULL));
    OK(mqttka_client_reconnect_now(client));
}

TEST(mqttka_client_entered_background)
{
    NULL_ERROR(mqttka_client_entered_background(NULL));
    OK(mqttka_client_entered_background(client));
}

TEST(mqttka_client_entered_foreground)
{
    NULL_ERROR(mqttka_client_entered_foreground(NULL));
    OK(mqttka_client_entered_foreground(client));
}

TEST(mqttka_client_network_is)
{
    mqttka_network network = {.size = sizeof network, .change = MQTTKA_NETWORK_CHANGED};
    char id[16];
    size_t length;
    int32_t *const flags[] = {&network.metered, &network.validated, &network.captive_portal};
    NULL_ERROR(mqttka_client_network_is(NULL, &network));
    NULL_ERROR(mqttka_client_network_is(client, NULL));
    for (int i = 0; i < GARBAGES; i++) {
        network.change = GARBAGE[i];
        INVALID(mqttka_client_network_is(client, &network));
    }
    network.change = MQTTKA_NETWORK_CHANGED;
    for (size_t flag = 0; flag < 3; flag++) {
        for (int i = 0; i < GARBAGES; i++) {
            *flags[flag] = GARBAGE[i];
            INVALID(mqttka_client_network_is(client, &network));
        }
        *flags[flag] = 3;
        INVALID(mqttka_client_network_is(client, &network));
        *flags[flag] = MQTTKA_UNKNOWN;
    }
    LAST_ERROR("captive_portal is 3; it must be 0 to 2");
    network.id = bad;
    network.id_length = 1;
    BAD_STRING(mqttka_client_network_is(client, &network));
    network.id = NULL;
    NULL_ERROR(mqttka_client_network_is(client, &network));
    for (size_t size = 0; size < sizeof network; size++) {
        network.size = size;
        INVALID(mqttka_client_network_is(client, &network));
    }
    EXPECT(strstr(mqttka_last_error(), "sizeof") != NULL);

    ABSENT(mqttka_client_get_int(client, MQTTKA_STATUS_NETWORK_CHANGE, &number));
    ABSENT(mqttka_client_get_string(client, MQTTKA_STATUS_NETWORK_ID, id, sizeof id, &length));
    /* A later header's struct is larger. */
    network = (mqttka_network){sizeof network + 1, MQTTKA_NETWORK_AVAILABLE, MQTTKA_YES, MQTTKA_NO,
                               MQTTKA_UNKNOWN, "wlan0", NUL};
    OK(mqttka_client_network_is(client, &network));
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_NETWORK_CHANGE, &number));
    EXPECT_INT(MQTTKA_NETWORK_AVAILABLE, number);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_NETWORK_METERED, &number));
    EXPECT_INT(MQTTKA_YES, number);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_NETWORK_VALIDATED, &number));
    EXPECT_INT(MQTTKA_NO, number);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL, &number));
    EXPECT_INT(MQTTKA_UNKNOWN, number);
    OK(mqttka_client_get_string(client, MQTTKA_STATUS_NETWORK_ID, id, sizeof id, &length));
    EXPECT_TEXT("wlan0", id);
}

TEST(mqttka_client_publish_with)
{
    mqttka_publish_options with = {sizeof with, -1, 0, NULL};
    NULL_ERROR(mqttka_client_publish_with(NULL, message, &with, NULL, NULL));
    NULL_ERROR(mqttka_client_publish_with(client, NULL, &with, NULL, NULL));
    INVALID(mqttka_client_publish_with(client, message, &with, NULL, NULL));
    LAST_ERROR("timeout_ms is -1; it must be 0 to 31536000000");
    with.timeout_ms = INT64_C(31536000001);
    INVALID(mqttka_client_publish_with(client, message, &with, NULL, NULL));
    with.timeout_ms = INT64_MAX;
    INVALID(mqttka_client_publish_with(client, message, &with, NULL, NULL));
    with.timeout_ms = 1;
    for (size_t size = 0; size < offsetof(mqttka_publish_options, flags); size++) {
        with.size = size;
        INVALID(mqttka_client_publish_with(client, message, &with, NULL, NULL));
    }
    with.size = sizeof with + 1;
    OK(mqttka_client_publish_with(client, message, &with, NULL, NULL));
    OK(mqttka_client_publish_with(client, message, NULL, NULL, NULL));
}

TEST(mqttka_event_lost_filter_at)
{
    const char *filter = bad;
    size_t length = 5;
    int32_t error = 7, reason = 7;
    NULL_ERROR(mqttka_event_lost_filter_at(NULL, 0, &filter, &length, &error, &reason));
    EXPECT(filter == NULL && length == 0);
    NULL_ERROR(mqttka_event_lost_filter_at(event, 0, NULL, &length, &error, &reason));
    NULL_ERROR(mqttka_event_lost_filter_at(event, 0, &filter, NULL, &error, &reason));
    ABSENT(mqttka_event_lost_filter_at(event, 0, &filter, &length, &error, &reason));
    ABSENT(mqttka_event_lost_filter_at(event, SIZE_MAX, &filter, &length, NULL, NULL));
    EXPECT(error == 7 && reason == 7);
}

TEST(mqttka_connection_request_attempt_number)
{
    EXPECT_INT(0, mqttka_connection_request_attempt_number(NULL));
    EXPECT_INT(1, mqttka_connection_request_attempt_number(request));
}

TEST(mqttka_connection_request_time_left_ms)
{
    EXPECT_INT(0, mqttka_connection_request_time_left_ms(NULL));
    EXPECT(mqttka_connection_request_time_left_ms(request) > 0);
}

TEST(mqttka_connection_request_set_string)
{
    NULL_ERROR(mqttka_connection_request_set_string(NULL, MQTTKA_OPTION_USER_NAME, "u", 1));
    NULL_ERROR(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, NULL, 1));
    BAD_STRING(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, bad, 1));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_connection_request_set_string(request, GARBAGE[i], "u", 1));
    UNKNOWN(mqttka_connection_request_set_string(request, MQTTKA_OPTION_TLS_CA, "u", 1));
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_PASSWORD, "u", 1));
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, NULL, 0));
}

TEST(mqttka_connection_request_set_bytes)
{
    static const char longest[65536];
    NULL_ERROR(mqttka_connection_request_set_bytes(NULL, MQTTKA_OPTION_PASSWORD, "p", 1));
    NULL_ERROR(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, NULL, 1));
    INVALID(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, "p", SIZE_MAX - 1));
    INVALID(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, longest, 65536));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_connection_request_set_bytes(request, GARBAGE[i], "p", 1));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, longest, 65535));
}

TEST(mqttka_connection_request_set_uri)
{
    NULL_ERROR(mqttka_connection_request_set_uri(NULL, "mqtt://a"));
    NULL_ERROR(mqttka_connection_request_set_uri(request, NULL));
    BAD_STRING(mqttka_connection_request_set_uri(request, bad));
    INVALID(mqttka_connection_request_set_uri(request, "http://a"));
    EXPECT(strstr(mqttka_last_error(), "scheme") != NULL);
}

TEST(mqttka_connection_request_add_web_socket_header)
{
    NULL_ERROR(mqttka_connection_request_add_web_socket_header(NULL, "n", "v"));
    NULL_ERROR(mqttka_connection_request_add_web_socket_header(request, NULL, "v"));
    NULL_ERROR(mqttka_connection_request_add_web_socket_header(request, "n", NULL));
    BAD_STRING(mqttka_connection_request_add_web_socket_header(request, bad, "v"));
    OK(mqttka_connection_request_add_web_socket_header(request, "n", "v"));
}

TEST(mqttka_connection_request_provide)
{
    NULL_ERROR(mqttka_connection_request_provide(NULL));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_TLS_PRIVATE_KEY, "k", 1));
    INVALID(mqttka_connection_request_provide(request)); /* without a certificate */
    EXPECT(strstr(mqttka_last_error(), "MQTTKA_OPTION_TLS_CERTIFICATE") != NULL);
}

/* The last one that needs an open request. */
TEST(mqttka_connection_request_fail)
{
    NULL_ERROR(mqttka_connection_request_fail(NULL, "no", 2, false));
    NULL_ERROR(mqttka_connection_request_fail(request, NULL, 2, false));
    BAD_STRING(mqttka_connection_request_fail(request, bad, 1, false));
    OK(mqttka_connection_request_fail(request, "no", NUL, false));
    ANSWERED(mqttka_connection_request_fail(request, "no", NUL, true));
    ANSWERED(mqttka_connection_request_provide(request));
    ANSWERED(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, "u", 1));
    ANSWERED(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, "p", 1));
    ANSWERED(mqttka_connection_request_set_uri(request, "mqtt://a"));
    ANSWERED(mqttka_connection_request_add_web_socket_header(request, "n", "v"));
    LAST_ERROR("the request was answered before");
    EXPECT_INT(1, mqttka_connection_request_attempt_number(request));
}

TEST(mqttka_connection_request_free)
{
    mqttka_connection_request_free(NULL);
    mqttka_connection_request_free(request);
    request = NULL;
}

static const struct test TESTS[] = {
    ENTRY(mqttka_options_set_reconnect),
    ENTRY(mqttka_options_get_int),
    ENTRY(mqttka_options_set_double),
    ENTRY(mqttka_options_get_double),
    ENTRY(mqttka_options_set_provider),
    ENTRY(mqttka_stop_reason_string),
    ENTRY(mqttka_client_reconnect_now),
    ENTRY(mqttka_client_entered_background),
    ENTRY(mqttka_client_entered_foreground),
    ENTRY(mqttka_client_network_is),
    ENTRY(mqttka_client_publish_with),
};

static const struct test OF_EVENTS[] = {
    ENTRY(mqttka_event_lost_filter_at),
};

static const struct test OF_REQUESTS[] = {
    ENTRY(mqttka_connection_request_attempt_number),
    ENTRY(mqttka_connection_request_time_left_ms),
    ENTRY(mqttka_connection_request_set_string),
    ENTRY(mqttka_connection_request_set_bytes),
    ENTRY(mqttka_connection_request_set_uri),
    ENTRY(mqttka_connection_request_add_web_socket_header),
    ENTRY(mqttka_connection_request_provide),
    ENTRY(mqttka_connection_request_fail),
    ENTRY(mqttka_connection_request_free),
};

#define RUN(tests)                                                                                 \
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tests[i].run()

static struct recorder *asked_by;
static int asked; /* times that the provider was, to its end */

static void provide(mqttka_connection_request *given, void *user_data)
{
    EXPECT(user_data == &options);
    request = given;
    RUN(OF_REQUESTS);
    recorder_add(asked_by, &asked);
}

static void on_event(struct recorder *recorder, mqttka_client *of, const mqttka_event *given)
{
    EXPECT(recorder != NULL && of == client);
    event = given;
    RUN(OF_EVENTS);
    event = NULL;
}

int main(void)
{
    struct recorder recorder;
    /* Nobody listens there any more. */
    int port, listener = silent_listen(&port);
    close(listener);
    options = mqttka_options_new();
    OK(mqttka_message_new("t", 1, "x", 1, 1, false, &message));
    recorder_init(&recorder);
    asked_by = &recorder;
    recorder.on_event = on_event;
    mqttka_options *made = recorder_options(&recorder, port);
    OK(mqttka_options_set_reconnect(made, true));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_NETWORK_MONITOR, 0));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS, 1));
    OK(mqttka_options_set_provider(made, provide, &options, NULL));
    OK(mqttka_client_new(made, &client));
    mqttka_options_free(made);
    RUN(TESTS);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.stopped, 1);
    EXPECT_INT(1, recorder.connect_failed);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_PROVIDER, recorder.cause);
    EXPECT(strstr(recorder.description, "no") != NULL);
    recorder_wait(&recorder, &asked, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    mqttka_message_free(message);
    mqttka_options_free(options);
    return 0;
}
