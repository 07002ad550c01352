/*
 * A client in the program's own loop: this program, which polls one descriptor, over each transport,
 * and without any thread of the library.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct recorder recorder;

/* Longer than anything here takes, also under valgrind on a busy machine. */
#define DEADLINE_MS 120000

static int threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    EXPECT(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) count += *task->d_name != '.';
    closedir(tasks);
    return count;
}

/* One round of a loop: waits for the descriptor alone. */
static void turn(mqttka_client *client)
{
    struct pollfd polled = {mqttka_client_fd(client), POLLIN, 0};
    EXPECT(mqttka_client_deadline_ms(client) >= -1);
    EXPECT_INT(1, poll(&polled, 1, DEADLINE_MS));
    OK(mqttka_client_process(client));
}

static void until(mqttka_client *client, const int *counter, int number)
{
    while (*counter < number) turn(client);
}

static mqttka_options *begin(const char *uri)
{
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, 1);
    OK(mqttka_options_set_uri(options, uri));
    return options;
}

static mqttka_client *start(mqttka_options *options)
{
    mqttka_client *client;
    OK(mqttka_client_new_hosted(options, &client));
    mqttka_options_free(options);
    EXPECT(mqttka_client_fd(client) >= 0);
    EXPECT_INT(0, mqttka_client_deadline_ms(client));
    OK(mqttka_client_connect(client));
    EXPECT_INT(0, recorder.connected + recorder.connect_failed);
    return client;
}

/* The loop goes on until the client's last callback; then its pointer is no longer valid. */
static void finish(mqttka_client *client)
{
    OK(mqttka_client_destroy(client));
    until(client, &recorder.terminated, 1);
    EXPECT_INT(1, recorder.destroyed);
}

static void round_trip(const char *scheme, const char *port, const char *proxy_scheme,
                       const char *proxy_port)
{
    char uri[64], ca[512];
    static char payload[3000];
    snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", scheme, test_port(port));
    mqttka_options *options = begin(uri);
    snprintf(ca, sizeof ca, "%s/ca.pem", getenv("MQTTKA_TEST_AUTHORITY"));
    if (strcmp(scheme, "mqtts") == 0 || strcmp(scheme, "wss") == 0)
        OK(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, ca, MQTTKA_NUL_TERMINATED));
    if (proxy_scheme != NULL) {
        snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", proxy_scheme, test_port(proxy_port));
        OK(mqttka_options_set_string(options, MQTTKA_OPTION_PROXY, uri, MQTTKA_NUL_TERMINATED));
    }
    mqttka_client *client = start(options);
    until(client, &recorder.connected, 1);
    EXPECT_INT(proxy_scheme != NULL, strstr(recorder.description, "through the proxy") != NULL);
    OK(mqttka_client_subscribe(client, "own-loop", 8, 1, recorder_completion, &recorder));
    OK(mqttka_client_publish(client, "own-loop", 8, payload, sizeof payload, 1, false,
                             recorder_completion, &recorder));
    EXPECT_INT(0, recorder.completions); /* nothing is called but in turns */
    until(client, &recorder.completions, 2);
    EXPECT_INT(0, recorder.failed_completions);
    until(client, &recorder.messages, 1);
    EXPECT_INT(1, threads());
    OK(mqttka_client_disconnect(client));
    until(client, &recorder.disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder.cause);
    finish(client);
}

/* It has the same descriptors, and must not take what is its parent's. */
static void a_forked_child_is_refused(void)
{
    char uri[64];
    int status;
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", test_port("MQTTKA_TEST_PORT"));
    mqttka_client *client = start(begin(uri));
    until(client, &recorder.connected, 1);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        mqttka_client *other;
        mqttka_options *options = mqttka_options_new();
        EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_process(client));
        EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_destroy_and_wait(client, -1));
        EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_new_hosted(options, &other));
        EXPECT_INT(-1, mqttka_client_deadline_ms(client));
        mqttka_options_free(options);
        /* A checker's report of what the child leaves is not asked for. */
        kill(getpid(), SIGKILL);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    OK(mqttka_client_publish(client, "own-loop", 8, "x", 1, 1, false, recorder_completion,
                             &recorder));
    until(client, &recorder.completions, 1);
    EXPECT_INT(0, recorder.failed_completions);
    finish(client);
}

/* Nobody drives it but the call that waits. */
static void destroy_and_wait_drives_it_to_its_end(bool connected)
{
    char uri[64];
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", test_port("MQTTKA_TEST_PORT"));
    mqttka_client *client = start(begin(uri));
    if (connected) until(client, &recorder.connected, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(connected, recorder.disconnected);
}

static void process_within(struct recorder *within, mqttka_client *client, const mqttka_event *event)
{
    EXPECT(within == &recorder && event != NULL);
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_process(client));
    EXPECT_INT(MQTTKA_ERROR_WOULD_DEADLOCK, mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, mqttka_client_deadline_ms(client));
    EXPECT(mqttka_client_fd(client) >= 0);
    /* From inside any callback, as always; the loop goes on until `terminated`. */
    OK(mqttka_client_destroy(client));
}

static void a_callback_may_end_its_client(void)
{
    char uri[64];
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", test_port("MQTTKA_TEST_PORT"));
    mqttka_options *options = begin(uri);
    recorder.on_event = process_within;
    mqttka_client *client = start(options);
    until(client, &recorder.connected, 1);
    recorder.on_event = NULL;
    until(client, &recorder.terminated, 1);
    EXPECT_INT(MQTTKA_CAUSE_CLIENT_CLOSED, recorder.cause);
}

/* The descriptor becomes readable when the time has come, and the verdict is in time. */
static void silence_is_noticed(void)
{
    char uri[64];
    int port, listener = silent_listen(&port);
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", port);
    mqttka_options *options = begin(uri);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 300));
    mqttka_client *client = start(options);
    until(client, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TIMEOUT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_MQTT, recorder.stage);
    EXPECT_INT(-1, mqttka_client_deadline_ms(client));
    finish(client);
    close(listener);
}

enum way { AT_ONCE, ON_A_THREAD, FAILS, FREED, NONE };
struct resolver {
    enum way way;
    int calls, released;
    pthread_t thread;
};
static struct resolver resolver;

static void give(mqttka_name_request *request)
{
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_name_request_add_address(request, "name"));
    /* Nobody listens at the first; the second is the right one. */
    OK(mqttka_name_request_add_address(request, "127.0.0.77"));
    OK(mqttka_name_request_add_address(request, "127.0.0.1"));
    OK(mqttka_name_request_answer(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_name_request_answer(request));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED, mqttka_name_request_fail(request, "no", 2));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_name_request_add_address(request, "127.0.0.1"));
    mqttka_name_request_free(request);
}

static void *later(void *request)
{
    give(request);
    return NULL;
}

static void resolve(mqttka_name_request *request, void *user_data)
{
    EXPECT(user_data == &resolver);
    EXPECT_TEXT("broker.example", mqttka_name_request_name(request));
    EXPECT(mqttka_name_request_time_left_ms(request) > 0);
    resolver.calls += 1;
    switch (resolver.way) {
    case AT_ONCE: give(request); break;
    case ON_A_THREAD: EXPECT(pthread_create(&resolver.thread, NULL, later, request) == 0); break;
    case FAILS:
        OK(mqttka_name_request_fail(request, "no network", MQTTKA_NUL_TERMINATED));
        mqttka_name_request_free(request);
        break;
    case FREED: mqttka_name_request_free(request); break;
    case NONE:
        OK(mqttka_name_request_answer(request));
        mqttka_name_request_free(request);
        break;
    }
}

static void release(void *user_data)
{
    EXPECT(user_data == &resolver);
    resolver.released += 1;
}

static void names_are_looked_up_by_the_program(enum way way, const char *said)
{
    char uri[64];
    memset(&resolver, 0, sizeof resolver);
    resolver.way = way;
    snprintf(uri, sizeof uri, "mqtt://broker.example:%d", test_port("MQTTKA_TEST_PORT"));
    mqttka_options *options = begin(uri);
    OK(mqttka_options_set_resolver(options, resolve, &resolver, release));
    mqttka_client *client = start(options);
    EXPECT_INT(0, resolver.released);
    if (said == NULL) {
        until(client, &recorder.connected, 1);
        if (way == ON_A_THREAD) EXPECT(pthread_join(resolver.thread, NULL) == 0);
    } else {
        until(client, &recorder.connect_failed, 1);
        EXPECT_INT(MQTTKA_STAGE_DNS, recorder.stage);
        if (strstr(recorder.description, said) == NULL)
            EXPECT_FAILED("\"%s\" is not in: %s", said, recorder.description);
    }
    finish(client);
    EXPECT_INT(1, resolver.calls);
    EXPECT_INT(1, resolver.released);
}

static void other_clients_have_no_loop(void)
{
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, test_port("MQTTKA_TEST_PORT"));
    EXPECT_INT(-1, mqttka_client_fd(client));
    EXPECT_INT(-1, mqttka_client_deadline_ms(client));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_process(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
}

int main(void)
{
    round_trip("mqtt", "MQTTKA_TEST_PORT", NULL, NULL);
    round_trip("mqtts", "MQTTKA_TEST_TLS_PORT", NULL, NULL);
    round_trip("ws", "MQTTKA_TEST_WS_PORT", NULL, NULL);
    round_trip("wss", "MQTTKA_TEST_WSS_PORT", NULL, NULL);
    round_trip("mqtt", "MQTTKA_TEST_PORT", "http", "MQTTKA_TEST_HTTP_PROXY_PORT");
    round_trip("wss", "MQTTKA_TEST_WSS_PORT", "socks5h", "MQTTKA_TEST_SOCKS_PORT");
    a_forked_child_is_refused();
    destroy_and_wait_drives_it_to_its_end(false);
    destroy_and_wait_drives_it_to_its_end(true);
    a_callback_may_end_its_client();
    silence_is_noticed();
    names_are_looked_up_by_the_program(AT_ONCE, NULL);
    names_are_looked_up_by_the_program(ON_A_THREAD, NULL);
    names_are_looked_up_by_the_program(FAILS, "no network");
    names_are_looked_up_by_the_program(FREED, "without an answer");
    names_are_looked_up_by_the_program(NONE, "no addresses");
    other_clients_have_no_loop();
    return 0;
}
