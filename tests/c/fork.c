/*
 * A child that was forked while other threads were inside the library calls every function of the
 * header: none hangs, those that need the library's threads say MQTTKA_ERROR_FORKED, the others
 * work. covered.py checks that none is missing. And the parent's connection goes on.
 */
#include "garbage.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 40, HAMMERS = 3, CHILD_SECONDS = 60 };

#define IS_FORKED(call) EXPECT_INT(MQTTKA_ERROR_FORKED, call)

static mqttka_client *client;
static mqttka_options *options;
static mqttka_message *message;
static mqttka_subscribe_request *request;
static mqttka_stream *stream;
static const mqttka_event *event;   /* while an event callback runs */
static const mqttka_result *result; /* while a completion runs */

static int64_t number;
static const char *text, *name;
static const uint8_t *bytes;
static size_t length, name_length;

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

TEST(mqttka_set_log_callback) { IS_FORKED(mqttka_set_log_callback(5, NULL, NULL)); }

TEST(mqttka_last_error)
{
    IS_FORKED(mqttka_client_connect(client));
    EXPECT(strstr(mqttka_last_error(), "fork") != NULL);
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

TEST(mqttka_client_new)
{
    mqttka_client *other = client;
    IS_FORKED(mqttka_client_new(options, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_connect) { IS_FORKED(mqttka_client_connect(client)); }
TEST(mqttka_client_disconnect) { IS_FORKED(mqttka_client_disconnect(client)); }
TEST(mqttka_client_disconnect_with) { IS_FORKED(mqttka_client_disconnect_with(client, 4)); }

static void on_own_message(mqttka_client *from, const mqttka_message *given, void *user_data)
{
    EXPECT_FAILED("%p received %p with %p in a child", (void *)from, (const void *)given, user_data);
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

TEST(mqttka_client_disconnect_after)
{
    IS_FORKED(mqttka_client_disconnect_after(client, 0, 1000));
}

TEST(mqttka_client_abort) { IS_FORKED(mqttka_client_abort(client)); }

TEST(mqttka_client_get_string)
{
    char buffer[8];
    length = 77;
    IS_FORKED(mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, buffer,
                                       sizeof buffer, &length));
    EXPECT_INT(77, length);
}

TEST(mqttka_client_subscribe_with)
{
    uint64_t subscription = 77;
    IS_FORKED(mqttka_client_subscribe_with(client, request, on_own_message, NULL, never, NULL, NULL,
                                           &subscription));
    EXPECT_INT(77, subscription);
}

TEST(mqttka_client_unsubscribe_from)
{
    IS_FORKED(mqttka_client_unsubscribe_from(client, 1, NULL, NULL));
}

TEST(mqttka_client_open_stream)
{
    mqttka_stream *other = stream;
    IS_FORKED(mqttka_client_open_stream(client, NULL, 0, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_subscribe_stream)
{
    mqttka_stream *other = stream;
    IS_FORKED(mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_stream_next)
{
    const mqttka_message *lent = message;
    IS_FORKED(mqttka_stream_next(stream, -1, &lent));
    EXPECT(lent == NULL);
}

TEST(mqttka_stream_done) { IS_FORKED(mqttka_stream_done(stream, SIZE_MAX)); }
TEST(mqttka_stream_unsubscribe) { IS_FORKED(mqttka_stream_unsubscribe(stream, NULL, NULL)); }
TEST(mqttka_stream_cause) { EXPECT_INT(0, mqttka_stream_cause(stream)); }
TEST(mqttka_stream_close) { mqttka_stream_close(stream); }

TEST(mqttka_client_publish)
{
    IS_FORKED(mqttka_client_publish(client, "a", 1, "x", 1, 0, false, NULL, NULL));
}

TEST(mqttka_client_publish_message)
{
    IS_FORKED(mqttka_client_publish_message(client, message, NULL, NULL));
}

TEST(mqttka_client_subscribe)
{
    IS_FORKED(mqttka_client_subscribe(client, "a", 1, 0, NULL, NULL));
}

TEST(mqttka_client_send_subscribe)
{
    IS_FORKED(mqttka_client_send_subscribe(client, request, NULL, NULL));
}

TEST(mqttka_client_unsubscribe)
{
    IS_FORKED(mqttka_client_unsubscribe(client, "a", 1, NULL, NULL));
}

TEST(mqttka_client_get_int)
{
    number = 77;
    IS_FORKED(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &number));
    IS_FORKED(mqttka_client_get_int(NULL, MQTTKA_STATUS_STATE, &number));
    EXPECT_INT(77, number);
}

TEST(mqttka_client_probe_now) { IS_FORKED(mqttka_client_probe_now(client, 1)); }

TEST(mqttka_client_network_changed)
{
    IS_FORKED(mqttka_client_network_changed(client, MQTTKA_NETWORK_LOST));
}

TEST(mqttka_client_destroy) { IS_FORKED(mqttka_client_destroy(client)); }

TEST(mqttka_client_destroy_and_wait)
{
    IS_FORKED(mqttka_client_destroy_and_wait(client, -1));
}

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

TEST(mqttka_result_get_reason_string)
{
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_result_get_reason_string(result, &text, &length));
}

static const struct test TESTS[] = {
    ENTRY(mqttka_transport_string), ENTRY(mqttka_transport_error_string),
    ENTRY(mqttka_options_set_uri), ENTRY(mqttka_options_add_server),
    ENTRY(mqttka_options_add_tls_alpn), ENTRY(mqttka_options_add_tls_pin),
    ENTRY(mqttka_options_add_web_socket_header), ENTRY(mqttka_options_set_socket_hook),
    ENTRY(mqttka_options_set_tls_verifier), ENTRY(mqttka_event_stage_time_us),
    ENTRY(mqttka_version), ENTRY(mqttka_abi_version), ENTRY(mqttka_check_abi),
    ENTRY(mqttka_strerror), ENTRY(mqttka_last_error), ENTRY(mqttka_reason_code_string),
    ENTRY(mqttka_cause_string), ENTRY(mqttka_stage_string), ENTRY(mqttka_set_log_callback), ENTRY(mqttka_options_new), ENTRY(mqttka_options_free),
    ENTRY(mqttka_options_set_int), ENTRY(mqttka_options_set_string),
    ENTRY(mqttka_options_set_bytes), ENTRY(mqttka_options_add_user_property),
    ENTRY(mqttka_options_set_will), ENTRY(mqttka_options_set_event_callback),
    ENTRY(mqttka_options_set_message_callback), ENTRY(mqttka_options_set_terminated_callback),
    ENTRY(mqttka_options_set_user_data), ENTRY(mqttka_client_new), ENTRY(mqttka_client_connect),
    ENTRY(mqttka_client_disconnect), ENTRY(mqttka_client_disconnect_with),
    ENTRY(mqttka_client_disconnect_after), ENTRY(mqttka_client_abort),
    ENTRY(mqttka_client_get_string), ENTRY(mqttka_client_subscribe_with),
    ENTRY(mqttka_client_unsubscribe_from), ENTRY(mqttka_client_open_stream),
    ENTRY(mqttka_client_subscribe_stream), ENTRY(mqttka_stream_next), ENTRY(mqttka_stream_done),
    ENTRY(mqttka_stream_unsubscribe), ENTRY(mqttka_stream_cause), ENTRY(mqttka_stream_close),
    ENTRY(mqttka_client_publish), ENTRY(mqttka_client_publish_message),
    ENTRY(mqttka_client_subscribe), ENTRY(mqttka_client_send_subscribe),
    ENTRY(mqttka_client_unsubscribe), ENTRY(mqttka_client_get_int), ENTRY(mqttka_client_probe_now),
    ENTRY(mqttka_client_network_changed), ENTRY(mqttka_client_destroy),
    ENTRY(mqttka_client_destroy_and_wait), ENTRY(mqttka_subscribe_request_new),
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
    ENTRY(mqttka_event_get_string), ENTRY(mqttka_event_description), ENTRY(mqttka_result_error),
    ENTRY(mqttka_result_reason_code), ENTRY(mqttka_result_reason_code_count),
    ENTRY(mqttka_result_reason_code_at), ENTRY(mqttka_result_packet_id),
    ENTRY(mqttka_result_get_reason_string),
};
enum { ALL = sizeof TESTS / sizeof *TESTS };

/* What the child has reached, and what it has finished; in memory that parent and child share. */
struct progress {
    const char *inside;
    int finished;
};
static struct progress *progress;
static bool reached[ALL];

static bool fits(const char *function)
{
    if (strncmp(function, "mqttka_event_", 13) == 0) return event != NULL;
    if (strncmp(function, "mqttka_result_", 14) == 0) return result != NULL;
    return true;
}

/* Forks, and has the child call all functions for which there is an object. */
static void fork_and_call(void)
{
    int status, expected = 0;
    for (int i = 0; i < ALL; i++) {
        if (!fits(TESTS[i].name)) continue;
        reached[i] = true;
        expected += 1;
    }
    progress->inside = "nothing";
    progress->finished = 0;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS); /* ends it where a call hangs */
        for (int i = 0; i < ALL; i++) {
            if (!fits(TESTS[i].name)) continue;
            progress->inside = TESTS[i].name;
            TESTS[i].run();
            progress->finished += 1;
        }
        _exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    /* Not by its exit status: to valgrind the memory of the threads that are gone is lost. */
    if (progress->finished != expected)
        EXPECT_FAILED("the child ended with %#x inside %s", (unsigned)status, progress->inside);
}

static void on_event(struct recorder *recorder, mqttka_client *from, const mqttka_event *given)
{
    EXPECT(recorder != NULL && from != NULL);
    if (mqttka_event_type(given) != MQTTKA_EVENT_CONNECTED) return;
    client = from;
    OK(mqttka_client_open_stream(client, "stream", NUL, &stream));
    event = given;
    fork_and_call();
    event = NULL;
}

static void on_completion(struct recorder *recorder, mqttka_client *from,
                          const mqttka_result *given)
{
    EXPECT(recorder != NULL && from == client);
    if (mqttka_result_packet_id(given) == 0 || recorder->completions > 0) return;
    result = given;
    fork_and_call();
    result = NULL;
}

static atomic_bool hammering;

/* Holds as many locks of the library as can be, for as much of the time as can be. */
static void *hammer(void *which)
{
    int64_t value;
    while (hammering) {
        mqttka_client_publish(client, "hammered", NUL, "x", 1, *(int *)which % 2, false, NULL, NULL);
        OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &value));
        OK(mqttka_client_probe_now(client, 60000));
        if (*(int *)which == 0) {
            mqttka_client *other;
            mqttka_options *others = mqttka_options_new();
            OK(mqttka_options_set_string(others, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
            OK(mqttka_client_new(others, &other));
            mqttka_options_free(others);
            OK(mqttka_client_destroy_and_wait(other, -1));
        }
    }
    return NULL;
}

static void children(void)
{
    struct recorder recorder;
    pthread_t threads[HAMMERS];
    int numbers[HAMMERS];
    recorder_init(&recorder);
    recorder.on_event = on_event;
    recorder.on_completion = on_completion;
    recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    for (int i = 0; i < ALL; i++)
        if (!reached[i]) EXPECT_FAILED("no child called %s", TESTS[i].name);

    hammering = true;
    for (int i = 0; i < HAMMERS; i++) {
        numbers[i] = i;
        EXPECT(pthread_create(&threads[i], NULL, hammer, &numbers[i]) == 0);
    }
    for (int i = 0; i < (getenv("MQTTKA_TEST_SLOW") ? 3 : FORKS); i++) fork_and_call();
    hammering = false;
    for (int i = 0; i < HAMMERS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);

    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    mqttka_stream_close(stream);
    recorder_finish(&recorder, client);
}

int main(void)
{
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(progress != MAP_FAILED);
    options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
    OK(mqttka_message_new("a", 1, "x", 1, 0, false, &message));
    request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    children();
    mqttka_options_free(options);
    mqttka_message_free(message);
    mqttka_subscribe_request_free(request);
    return 0;
}
