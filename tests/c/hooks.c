/* Socket hooks and verifiers: when they are called, what their answers do, and who frees what. */
#include "recorder.h"
#include "silent.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct hook {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int calls, released;
    int answer;
    bool blocks;
};

static void hook_init(struct hook *hook, int answer)
{
    memset(hook, 0, sizeof *hook);
    EXPECT(pthread_mutex_init(&hook->mutex, NULL) == 0);
    EXPECT(pthread_cond_init(&hook->changed, NULL) == 0);
    hook->answer = answer;
}

static void hook_wait(struct hook *hook, const int *counter, int number)
{
    pthread_mutex_lock(&hook->mutex);
    while (*counter < number) pthread_cond_wait(&hook->changed, &hook->mutex);
    pthread_mutex_unlock(&hook->mutex);
}

static int hook_count(struct hook *hook, const int *counter)
{
    pthread_mutex_lock(&hook->mutex);
    int number = *counter;
    pthread_mutex_unlock(&hook->mutex);
    return number;
}

static void hook_add(struct hook *hook, int *counter)
{
    pthread_mutex_lock(&hook->mutex);
    *counter += 1;
    pthread_cond_broadcast(&hook->changed);
    pthread_mutex_unlock(&hook->mutex);
}

static void hook_release(struct hook *hook)
{
    pthread_mutex_lock(&hook->mutex);
    hook->blocks = false;
    pthread_cond_broadcast(&hook->changed);
    pthread_mutex_unlock(&hook->mutex);
}

static void released(void *user_data)
{
    struct hook *hook = user_data;
    hook_add(hook, &hook->released);
}

/* A TCP socket that is not connected yet. */
static int on_socket(int socket, void *user_data)
{
    struct hook *hook = user_data;
    struct sockaddr_storage peer;
    int type;
    socklen_t length = sizeof type, peer_length = sizeof peer;
    EXPECT(getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &length) == 0);
    EXPECT_INT(SOCK_STREAM, type);
    EXPECT(getpeername(socket, (struct sockaddr *)&peer, &peer_length) == -1 && errno == ENOTCONN);
    hook_add(hook, &hook->calls);
    pthread_mutex_lock(&hook->mutex);
    while (hook->blocks) pthread_cond_wait(&hook->changed, &hook->mutex);
    pthread_mutex_unlock(&hook->mutex);
    return hook->answer;
}

static mqttka_options *with_hook(struct recorder *recorder, struct hook *hook, int port)
{
    recorder_init(recorder);
    mqttka_options *options = recorder_options(recorder, port);
    OK(mqttka_options_set_socket_hook(options, on_socket, hook, released));
    return options;
}

/* Once for each connection, and released when options and client are gone. */
static void each_socket_once(void)
{
    struct recorder recorder;
    struct hook hook;
    mqttka_client *client;
    hook_init(&hook, 0);
    mqttka_options *options = with_hook(&recorder, &hook, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    EXPECT_INT(0, hook_count(&hook, &hook.calls));
    for (int connection = 1; connection <= 3; connection++) {
        OK(mqttka_client_connect(client));
        recorder_wait(&recorder, &recorder.connected, connection);
        EXPECT_INT(connection, hook_count(&hook, &hook.calls));
        OK(mqttka_client_disconnect(client));
        recorder_wait(&recorder, &recorder.disconnected, connection);
    }
    EXPECT_INT(0, hook_count(&hook, &hook.released));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, hook_count(&hook, &hook.released));
}

/* Its number is in the event. */
static void a_refusal(void)
{
    struct recorder recorder;
    struct hook hook;
    mqttka_client *client;
    hook_init(&hook, EACCES);
    mqttka_options *options = with_hook(&recorder, &hook, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_new(options, &client));
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_TCP, recorder.stage);
    EXPECT_INT(MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK, recorder.transport_error);
    EXPECT_INT(EACCES, recorder.os_error);
    EXPECT_INT(1, hook_count(&hook, &hook.calls));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, hook_count(&hook, &hook.released));
    mqttka_options_free(options);
    EXPECT_INT(1, hook_count(&hook, &hook.released));
}

/* Who takes another hook's place, and who has none, releases it; two clients share one. */
static void releases(void)
{
    struct recorder first, second;
    struct hook hook, other, unused;
    mqttka_client *clients[2];
    hook_init(&hook, 0);
    hook_init(&other, 0);
    hook_init(&unused, 0);
    mqttka_options *options = with_hook(&first, &unused, 1);
    OK(mqttka_options_set_socket_hook(options, on_socket, &hook, released));
    EXPECT_INT(1, hook_count(&unused, &unused.released));
    OK(mqttka_client_new(options, &clients[0]));
    recorder_init(&second);
    OK(mqttka_options_set_user_data(options, &second, NULL));
    OK(mqttka_client_new(options, &clients[1]));
    OK(mqttka_options_set_socket_hook(options, on_socket, &other, NULL));
    OK(mqttka_client_destroy_and_wait(clients[0], -1));
    EXPECT_INT(0, hook_count(&hook, &hook.released));
    OK(mqttka_client_destroy_and_wait(clients[1], -1));
    EXPECT_INT(1, hook_count(&hook, &hook.released));
    OK(mqttka_options_set_socket_hook(options, NULL, NULL, NULL));
    mqttka_options_free(options);
    EXPECT_INT(1, hook_count(&hook, &hook.released));
    EXPECT_INT(0, hook_count(&other, &other.released));
}

/* A hook that does not return costs its attempt, and the next ones; neither another client, nor the
 * end of its own. */
static void a_stuck_hook(void)
{
    struct recorder recorder, free_recorder;
    struct hook hook;
    mqttka_client *client;
    hook_init(&hook, 0);
    hook.blocks = true;
    mqttka_options *options = with_hook(&recorder, &hook, test_port("MQTTKA_TEST_PORT"));
    /* The second attempt gives the first one's call another second. */
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 2500));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    hook_wait(&hook, &hook.calls, 1);
    recorder_init(&free_recorder);
    recorder_finish(&free_recorder,
                    recorder_connected(&free_recorder, test_port("MQTTKA_TEST_PORT")));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TIMEOUT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_TCP, recorder.stage);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 2);
    EXPECT_INT(MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK, recorder.transport_error);
    EXPECT_INT(1, hook_count(&hook, &hook.calls));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, hook_count(&hook, &hook.released));
    hook_release(&hook);
    hook_wait(&hook, &hook.released, 1);
}

struct judge {
    struct hook hook;
    const char *reason, *expected_name;
};

static int32_t on_chain(const uint8_t *const *certificates, const size_t *lengths, size_t count,
                        const char *server_name, char *reason, size_t reason_size, void *user_data)
{
    struct judge *judge = user_data;
    EXPECT(count >= 1);
    for (size_t i = 0; i < count; i++) {
        EXPECT(lengths[i] > 100);
        EXPECT_INT(0x30, certificates[i][0]); /* a SEQUENCE of DER */
    }
    EXPECT_TEXT(judge->expected_name, server_name);
    EXPECT(reason_size >= 256 && *reason == 0);
    if (judge->reason != NULL) snprintf(reason, reason_size, "%s", judge->reason);
    hook_add(&judge->hook, &judge->hook.calls);
    return judge->hook.answer;
}

/* Judges alone: the authority of the server is unknown here. */
static void verifiers(void)
{
    struct recorder recorder;
    struct judge judge;
    mqttka_client *client;
    /* Trust, a number that says nothing more, and one that does. */
    static const int ANSWERS[] = {0, -1, MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED};
    static const int ERRORS[] = {0, MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID,
                                 MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED};
    for (int refuses = 0; refuses <= 2; refuses++) {
        hook_init(&judge.hook, ANSWERS[refuses]);
        judge.reason = refuses ? "we do not know these people" : NULL;
        judge.expected_name = refuses ? "other.example" : "127.0.0.1";
        recorder_init(&recorder);
        mqttka_options *options = recorder_options(&recorder,
                                                   test_port("MQTTKA_TEST_UNTRUSTED_PORT"));
        OK(mqttka_options_set_int(options, MQTTKA_OPTION_TRANSPORT, MQTTKA_TRANSPORT_TLS));
        if (refuses)
            OK(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_SERVER_NAME, "other.example",
                                         MQTTKA_NUL_TERMINATED));
        OK(mqttka_options_set_tls_verifier(options, on_chain, &judge, released));
        OK(mqttka_client_new(options, &client));
        mqttka_options_free(options);
        OK(mqttka_client_connect(client));
        if (refuses) {
            recorder_wait(&recorder, &recorder.connect_failed, 1);
            EXPECT_INT(MQTTKA_STAGE_TLS, recorder.stage);
            EXPECT_INT(ERRORS[refuses], recorder.transport_error);
            EXPECT(strstr(recorder.description, judge.reason) != NULL);
            OK(mqttka_client_destroy_and_wait(client, -1));
        } else {
            recorder_wait(&recorder, &recorder.connected, 1);
            recorder_finish(&recorder, client);
        }
        EXPECT_INT(1, judge.hook.calls);
        EXPECT_INT(1, hook_count(&judge.hook, &judge.hook.released));
    }
}

int main(void)
{
    each_socket_once();
    a_refusal();
    releases();
    a_stuck_hook();
    verifiers();
    return 0;
}
