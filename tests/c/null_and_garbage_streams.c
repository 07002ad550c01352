/* The functions of streams, subscriptions, goodbyes and logs with NULL and garbage. */
#include "garbage.h"

static mqttka_client *client; /* never connected */
static mqttka_subscribe_request *request, *empty;
static mqttka_stream *stream; /* without a subscription */
static const mqttka_message *message;
static size_t length;
static uint64_t subscription;
static char buffer[8];
static char bad[] = "\xff";

static void on_message(mqttka_client *from, const mqttka_message *given, void *user_data)
{
    EXPECT_FAILED("%p received %p with %p", (void *)from, (const void *)given, user_data);
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

TEST(mqttka_client_disconnect_after)
{
    NULL_ERROR(mqttka_client_disconnect_after(NULL, 0, 0));
    INVALID(mqttka_client_disconnect_after(client, 0, -1));
    INVALID(mqttka_client_disconnect_after(client, 0, 86400001));
    LAST_ERROR("drain_timeout_ms is 86400001; it must be 0 to 86400000");
    INVALID(mqttka_client_disconnect_after(client, 0, INT64_MIN));
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_client_disconnect_after(client, GARBAGE[i], 0));
}

TEST(mqttka_client_abort) { NULL_ERROR(mqttka_client_abort(NULL)); }

TEST(mqttka_client_get_string)
{
    int32_t key = MQTTKA_STATUS_HELD_BACK_FILTER;
    NULL_ERROR(mqttka_client_get_string(NULL, key, buffer, sizeof buffer, &length));
    NULL_ERROR(mqttka_client_get_string(client, key, NULL, 1, &length));
    NULL_ERROR(mqttka_client_get_string(client, key, buffer, sizeof buffer, NULL));
    UNKNOWN(mqttka_client_get_string(client, MQTTKA_STATUS_STATE, buffer, sizeof buffer, &length));
    for (int i = 0; i < GARBAGES; i++)
        UNKNOWN(mqttka_client_get_string(client, GARBAGE[i], buffer, sizeof buffer, &length));
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_client_get_string(client, key, NULL, 0, &length));
}

TEST(mqttka_client_subscribe_with)
{
    NULL_ERROR(mqttka_client_subscribe_with(NULL, request, on_message, buffer, never, NULL, NULL,
                                            &subscription));
    NULL_ERROR(mqttka_client_subscribe_with(client, NULL, on_message, buffer, never, NULL, NULL,
                                            &subscription));
    NULL_ERROR(mqttka_client_subscribe_with(client, request, NULL, buffer, never, NULL, NULL,
                                            &subscription));
    INVALID(mqttka_client_subscribe_with(client, empty, on_message, buffer, never, NULL, NULL, NULL));
    /* user_data stays the caller's. */
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED,
               mqttka_client_subscribe_with(client, request, on_message, buffer, never, NULL, NULL,
                                            &subscription));
    EXPECT_INT(0, subscription);
}

TEST(mqttka_client_unsubscribe_from)
{
    NULL_ERROR(mqttka_client_unsubscribe_from(NULL, 1, NULL, NULL));
    INVALID(mqttka_client_unsubscribe_from(client, 0, NULL, NULL));
    INVALID(mqttka_client_unsubscribe_from(client, UINT64_MAX, NULL, NULL));
}

TEST(mqttka_client_open_stream)
{
    mqttka_stream *other = stream;
    NULL_ERROR(mqttka_client_open_stream(NULL, NULL, 0, &other));
    EXPECT(other == NULL);
    NULL_ERROR(mqttka_client_open_stream(client, NULL, 0, NULL));
    NULL_ERROR(mqttka_client_open_stream(client, NULL, NUL, &other));
    BAD_TOPIC(mqttka_client_open_stream(client, "", 0, &other));
    BAD_TOPIC(mqttka_client_open_stream(client, "a#", NUL, &other));
    BAD_TOPIC(mqttka_client_open_stream(client, bad, NUL, &other));
    INVALID(mqttka_client_open_stream(client, "a", SIZE_MAX - 1, &other));
}

TEST(mqttka_client_subscribe_stream)
{
    mqttka_stream *other = stream;
    NULL_ERROR(mqttka_client_subscribe_stream(NULL, request, 0, NULL, NULL, &other));
    EXPECT(other == NULL);
    NULL_ERROR(mqttka_client_subscribe_stream(client, NULL, 0, NULL, NULL, &other));
    NULL_ERROR(mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, NULL));
    INVALID(mqttka_client_subscribe_stream(client, empty, 0, NULL, NULL, &other));
    INVALID(mqttka_client_subscribe_stream(client, request, 2, NULL, NULL, &other));
    INVALID(mqttka_client_subscribe_stream(client, request, UINT32_MAX, NULL, NULL, &other));
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED,
               mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_stream_next)
{
    NULL_ERROR(mqttka_stream_next(NULL, 0, &message));
    NULL_ERROR(mqttka_stream_next(stream, 0, NULL));
    EXPECT_INT(MQTTKA_ERROR_TIMED_OUT, mqttka_stream_next(stream, 0, &message));
    EXPECT(message == NULL);
}

TEST(mqttka_stream_done)
{
    NULL_ERROR(mqttka_stream_done(NULL, 0));
    OK(mqttka_stream_done(stream, 0));
    OK(mqttka_stream_done(stream, SIZE_MAX));
}

TEST(mqttka_stream_unsubscribe)
{
    NULL_ERROR(mqttka_stream_unsubscribe(NULL, NULL, NULL));
    INVALID(mqttka_stream_unsubscribe(stream, NULL, NULL)); /* it has no subscription */
}

TEST(mqttka_stream_cause)
{
    EXPECT_INT(0, mqttka_stream_cause(NULL));
    EXPECT_INT(0, mqttka_stream_cause(stream));
}

TEST(mqttka_stream_result)
{
    EXPECT(mqttka_stream_result(NULL) == NULL);
    EXPECT(mqttka_stream_result(stream) == NULL);
}

TEST(mqttka_stream_close) { mqttka_stream_close(NULL); }

/* There are none without a connection; asking.c has some. */
static mqttka_requests *requests;
static mqttka_received_request *received;

TEST(mqttka_client_subscribe_requests)
{
    NULL_ERROR(mqttka_client_subscribe_requests(NULL, request, NULL, NULL, &requests));
    NULL_ERROR(mqttka_client_subscribe_requests(client, NULL, NULL, NULL, &requests));
    NULL_ERROR(mqttka_client_subscribe_requests(client, request, NULL, NULL, NULL));
    INVALID(mqttka_client_subscribe_requests(client, empty, NULL, NULL, &requests));
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED,
               mqttka_client_subscribe_requests(client, request, NULL, NULL, &requests));
    EXPECT(requests == NULL);
}

TEST(mqttka_requests_next)
{
    NULL_ERROR(mqttka_requests_next(NULL, 0, &received));
    NULL_ERROR(mqttka_requests_next(requests, 0, NULL));
    EXPECT(received == NULL);
}

TEST(mqttka_requests_result) { EXPECT(mqttka_requests_result(NULL) == NULL); }
TEST(mqttka_requests_unsubscribe) { NULL_ERROR(mqttka_requests_unsubscribe(NULL, NULL, NULL)); }
TEST(mqttka_requests_close) { mqttka_requests_close(NULL); }
TEST(mqttka_received_request_message) { EXPECT(mqttka_received_request_message(NULL) == NULL); }
TEST(mqttka_received_request_reply) { NULL_ERROR(mqttka_received_request_reply(NULL, "x", 1)); }
TEST(mqttka_received_request_decline) { NULL_ERROR(mqttka_received_request_decline(NULL)); }
TEST(mqttka_received_request_free) { mqttka_received_request_free(NULL); }

static void on_log(int32_t level, const char *text, void *user_data)
{
    EXPECT_FAILED("level %d: %s for %p", (int)level, text, user_data);
}

TEST(mqttka_set_log_callback)
{
    INVALID(mqttka_set_log_callback(0, on_log, NULL));
    INVALID(mqttka_set_log_callback(6, on_log, NULL));
    LAST_ERROR("level is 6; it must be 1 to 5");
    for (int i = 0; i < GARBAGES; i++) INVALID(mqttka_set_log_callback(GARBAGE[i], on_log, NULL));
    OK(mqttka_set_log_callback(1, NULL, NULL));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_client_disconnect_after),
    ENTRY(mqttka_client_abort),
    ENTRY(mqttka_client_get_string),
    ENTRY(mqttka_client_subscribe_with),
    ENTRY(mqttka_client_unsubscribe_from),
    ENTRY(mqttka_client_open_stream),
    ENTRY(mqttka_client_subscribe_stream),
    ENTRY(mqttka_stream_next),
    ENTRY(mqttka_stream_done),
    ENTRY(mqttka_stream_unsubscribe),
    ENTRY(mqttka_stream_cause),
    ENTRY(mqttka_stream_result),
    ENTRY(mqttka_stream_close),
    ENTRY(mqttka_client_subscribe_requests),
    ENTRY(mqttka_requests_next),
    ENTRY(mqttka_requests_result),
    ENTRY(mqttka_requests_unsubscribe),
    ENTRY(mqttka_requests_close),
    ENTRY(mqttka_received_request_message),
    ENTRY(mqttka_received_request_reply),
    ENTRY(mqttka_received_request_decline),
    ENTRY(mqttka_received_request_free),
    ENTRY(mqttka_set_log_callback),
};

int main(void)
{
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
    OK(mqttka_options_set_reconnect(options, false));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    empty = mqttka_subscribe_request_new();
    request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    OK(mqttka_client_open_stream(client, NULL, 0, &stream));
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) TESTS[i].run();
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_stream_next(stream, -1, &message));
    mqttka_stream_close(stream);
    mqttka_subscribe_request_free(request);
    mqttka_subscribe_request_free(empty);
    return 0;
}
