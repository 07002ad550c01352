/*
 * A provider that answers at once, later from another thread, twice, never, or with "there is
 * nothing, and never will be"; and whose user_data outlives what was asked.
 */
#include "recorder.h"
#include "silent.h"

#include <sys/socket.h>
#include <unistd.h>

/* What the provider does with a request. */
enum way { AT_ONCE, ON_A_THREAD, FREED, FAILS, FATAL, KEPT, SAYS };

struct provider {
    struct recorder *recorder;
    enum way way;
    int calls, released;
    mqttka_connection_request *kept;
    pthread_t thread;
    void (*say)(mqttka_connection_request *request); /* sets what the request is to have */
};

static struct recorder recorder;
static struct provider provider;
static char ca[512];

static void give(mqttka_connection_request *request)
{
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, "user", 4));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, "right", 5));
    OK(mqttka_connection_request_provide(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_connection_request_provide(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_connection_request_fail(request, "too late", MQTTKA_NUL_TERMINATED, true));
    mqttka_connection_request_free(request);
}

static void *later(void *request)
{
    give(request);
    return NULL;
}

static void provide(mqttka_connection_request *request, void *user_data)
{
    EXPECT(user_data == &provider);
    EXPECT(mqttka_connection_request_time_left_ms(request) > 0);
    EXPECT_INT(provider.calls + 1, mqttka_connection_request_attempt_number(request));
    switch (provider.way) {
    case AT_ONCE: give(request); break;
    case ON_A_THREAD:
        EXPECT(pthread_create(&provider.thread, NULL, later, request) == 0);
        break;
    case FREED: mqttka_connection_request_free(request); break;
    case FAILS:
    case FATAL:
        OK(mqttka_connection_request_fail(request, "no token", MQTTKA_NUL_TERMINATED,
                                          provider.way == FATAL));
        mqttka_connection_request_free(request);
        break;
    case KEPT: provider.kept = request; break;
    case SAYS:
        provider.say(request);
        OK(mqttka_connection_request_provide(request));
        mqttka_connection_request_free(request);
        break;
    }
    recorder_add(&recorder, &provider.calls);
}

static void release(void *user_data)
{
    EXPECT(user_data == &provider);
    recorder_add(&recorder, &provider.released);
}

/* Its own credentials are wrong: only what the provider gives is right. */
static mqttka_client *start(enum way way, int64_t max_attempts)
{
    mqttka_client *client;
    memset(&provider, 0, sizeof provider);
    provider.way = way;
    recorder_init(&recorder);
    mqttka_options *options = recorder_reconnecting(&recorder, test_port("MQTTKA_TEST_AUTH_PORT"));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_USER_NAME, "user", 4));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "wrong", 5));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS, max_attempts));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 600000));
    OK(mqttka_options_set_provider(options, provide, &provider, release));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    EXPECT_INT(0, recorder_count(&recorder, &provider.released));
    OK(mqttka_client_connect(client));
    return client;
}

static void end(mqttka_client *client)
{
    OK(mqttka_client_destroy_and_wait(client, -1));
    /* A call of the provider may be returning still; its user_data is there until it has. */
    recorder_wait(&recorder, &provider.released, 1);
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(1, provider.released);
}

static void what_it_gives_counts(enum way way)
{
    mqttka_client *client = start(way, 1);
    recorder_wait(&recorder, &recorder.connected, 1);
    if (way == ON_A_THREAD) EXPECT(pthread_join(provider.thread, NULL) == 0);
    end(client);
    EXPECT_INT(1, provider.calls);
    EXPECT_INT(0, recorder.connect_failed);
}

/* Each attempt asks anew; the last one is told why. */
static void what_it_lacks_fails_the_attempt(enum way way, int attempts, int64_t reason)
{
    mqttka_client *client = start(way, 3);
    recorder_wait(&recorder, &recorder.stopped, 1);
    EXPECT_INT(reason, recorder.stop_reason);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_PROVIDER, recorder.cause);
    EXPECT_TEXT("provider", mqttka_cause_string((int32_t)recorder.cause));
    EXPECT(strstr(recorder.description, way == FREED ? "without an answer" : "no token") != NULL);
    EXPECT_INT(attempts, recorder.connect_failed);
    EXPECT_INT(0, recorder.connected);
    end(client);
    EXPECT_INT(attempts, provider.calls);
}

/* The attempt has ended when the answer comes. */
static void an_answer_that_nobody_wants(bool destroyed)
{
    mqttka_client *client = start(KEPT, 1);
    recorder_wait(&recorder, &provider.calls, 1);
    if (destroyed) {
        end(client);
    } else {
        OK(mqttka_client_disconnect(client));
        recorder_wait(&recorder, &recorder.connect_failed, 1);
        EXPECT_INT(MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED, recorder.cause);
    }
    give(provider.kept);
    if (!destroyed) end(client);
    EXPECT_INT(1, recorder.connect_failed);
    EXPECT_INT(0, recorder.connected);
    EXPECT_INT(1, provider.calls);
}

/* The attempt's own time ends it, in the provider's stage. */
static void no_answer_in_time(void)
{
    mqttka_client *client;
    memset(&provider, 0, sizeof provider);
    provider.way = KEPT;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, test_port("MQTTKA_TEST_AUTH_PORT"));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 200));
    OK(mqttka_options_set_provider(options, provide, &provider, release));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TIMEOUT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_PROVIDER, recorder.stage);
    end(client);
    if (recorder_count(&recorder, &provider.calls) == 1)
        mqttka_connection_request_free(provider.kept);
}

/* What the options lack or have wrong, this one gives; they are for a port where nobody listens. */
static mqttka_options *start_saying(void (*say)(mqttka_connection_request *))
{
    int port, listener = silent_listen(&port);
    close(listener);
    memset(&provider, 0, sizeof provider);
    provider.way = SAYS;
    provider.say = say;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_add_web_socket_header(options, "X-Old", "old"));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, ca, MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_provider(options, provide, &provider, release));
    return options;
}

static int says_port;

static void say_uri(mqttka_connection_request *request)
{
    char uri[80];
    snprintf(uri, sizeof uri, "mqtt://user:right@127.0.0.1:%d", says_port);
    OK(mqttka_connection_request_set_uri(request, uri));
}

static void another_server(void)
{
    says_port = test_port("MQTTKA_TEST_AUTH_PORT");
    mqttka_client *client = recorder_start(&recorder, start_saying(say_uri));
    end(client);
    EXPECT_INT(1, recorder.connected);
}

static void say_certificate(mqttka_connection_request *request)
{
    char uri[80], file[512];
    snprintf(uri, sizeof uri, "mqtts://localhost:%d", says_port);
    OK(mqttka_connection_request_set_uri(request, uri));
    snprintf(file, sizeof file, "%s/client.pem", getenv("MQTTKA_TEST_AUTHORITY"));
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_TLS_CERTIFICATE_FILE, file,
                                            MQTTKA_NUL_TERMINATED));
    snprintf(file, sizeof file, "%s/client.key", getenv("MQTTKA_TEST_AUTHORITY"));
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, file,
                                            MQTTKA_NUL_TERMINATED));
}

/* A server that wants one. */
static void client_certificate(void)
{
    says_port = test_port("MQTTKA_TEST_MUTUAL_PORT");
    mqttka_client *client = recorder_start(&recorder, start_saying(say_certificate));
    EXPECT_INT(MQTTKA_TRANSPORT_TLS, recorder.transport);
    end(client);
}

static void say_no_certificate(mqttka_connection_request *request)
{
    OK(mqttka_connection_request_set_uri(request, "mqtts://localhost"));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_TLS_CERTIFICATE, "none", 4));
}

/* What only the attempt shows ends it as the provider's failure. */
static void certificate_that_is_none(void)
{
    mqttka_client *client;
    mqttka_options *options = start_saying(say_no_certificate);
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_PROVIDER, recorder.cause);
    end(client);
}

static void say_headers(mqttka_connection_request *request)
{
    char uri[80];
    snprintf(uri, sizeof uri, "ws://127.0.0.1:%d/mqtt", says_port);
    OK(mqttka_connection_request_set_uri(request, uri));
    OK(mqttka_connection_request_add_web_socket_header(request, "X-One", "1"));
    OK(mqttka_connection_request_add_web_socket_header(request, "X-Two", "2"));
}

static void headers(void)
{
    static char asked[8192];
    size_t length = 0;
    mqttka_client *client;
    int listener = silent_listen(&says_port);
    mqttka_options *options = start_saying(say_headers);
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    int socket = accept(listener, NULL, NULL);
    while (strstr(asked, "\r\n\r\n") == NULL) {
        ssize_t count = recv(socket, asked + length, sizeof asked - 1 - length, 0);
        EXPECT(count > 0);
        length += (size_t)count;
    }
    EXPECT(strstr(asked, "\r\nX-One: 1\r\n") != NULL && strstr(asked, "\r\nX-Two: 2\r\n") != NULL);
    EXPECT(strstr(asked, "X-Old") == NULL); /* they stand in place of those of the options */
    close(socket);
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_STAGE_WEBSOCKET, recorder.stage);
    end(client);
    close(listener);
}

/* Without a client the options release it. */
static void options_alone(void)
{
    memset(&provider, 0, sizeof provider);
    recorder_init(&recorder);
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_provider(options, provide, &provider, release));
    OK(mqttka_options_set_provider(options, NULL, NULL, NULL));
    EXPECT_INT(1, provider.released);
    OK(mqttka_options_set_provider(options, provide, &provider, release));
    mqttka_options_free(options);
    EXPECT_INT(2, provider.released);
    EXPECT_INT(0, provider.calls);
}

int main(void)
{
    snprintf(ca, sizeof ca, "%s/ca.pem", getenv("MQTTKA_TEST_AUTHORITY"));
    options_alone();
    what_it_gives_counts(AT_ONCE);
    what_it_gives_counts(ON_A_THREAD);
    what_it_lacks_fails_the_attempt(FREED, 3, MQTTKA_STOP_MAX_ATTEMPTS);
    what_it_lacks_fails_the_attempt(FAILS, 3, MQTTKA_STOP_MAX_ATTEMPTS);
    what_it_lacks_fails_the_attempt(FATAL, 1, MQTTKA_STOP_PROVIDER);
    an_answer_that_nobody_wants(false);
    an_answer_that_nobody_wants(true);
    no_answer_in_time();
    another_server();
    client_certificate();
    certificate_that_is_none();
    headers();
    return 0;
}
