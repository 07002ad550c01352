#define _GNU_SOURCE
/*
 * The system gives nothing more, and every event comes all the same (L21).
 *
 * "stuck": no new thread while the message callbacks of 30 clients are stuck and 40 more have
 * messages; then their brokers go.
 * "idle": no new thread from the moment on at which the client was made.
 * "files": no new descriptor; connecting says which stage failed, and works again later.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STUCK = 30, CLIENTS = 70, NOBODY = 64321 };

static int port, listener;

/* Limits do not hold for root. */
static void become_nobody(void)
{
    if (geteuid() != 0) return;
    EXPECT(setgroups(0, NULL) == 0);
    EXPECT(setresgid(NOBODY, NOBODY, NOBODY) == 0);
    EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void *nothing(void *unused) { return unused; }

static void no_more_threads(void)
{
    pthread_t thread;
    struct rlimit none = {0};
    EXPECT(setrlimit(RLIMIT_NPROC, &none) == 0);
    EXPECT_INT(EAGAIN, pthread_create(&thread, NULL, nothing, NULL));
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t let_go = PTHREAD_COND_INITIALIZER;
static bool stuck = true;

static void get_stuck(struct recorder *recorder, mqttka_client *client,
                      const mqttka_message *message)
{
    EXPECT(recorder != NULL && client != NULL && message != NULL);
    recorder_add(recorder, &recorder->failed_completions); /* it has entered */
    pthread_mutex_lock(&mutex);
    while (stuck) pthread_cond_wait(&let_go, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void stuck_handlers(void)
{
    struct recorder recorders[CLIENTS];
    mqttka_client *clients[CLIENTS];
    int accepted[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        recorder_init(&recorders[i]);
        recorders[i].on_message = get_stuck;
        clients[i] = recorder_client(&recorders[i], port);
        OK(mqttka_client_connect(clients[i]));
        accepted[i] = peer_accept(listener);
        recorder_wait(&recorders[i], &recorders[i].connected, 1);
        if (i >= STUCK) continue;
        EXPECT(peer_publish(accepted[i]));
        recorder_wait(&recorders[i], &recorders[i].failed_completions, 1);
    }
    no_more_threads();
    /* These take what threads are left. */
    for (int i = STUCK; i < CLIENTS; i++) {
        int64_t received = 0;
        EXPECT(peer_publish(accepted[i]));
        while (received == 0)
            OK(mqttka_client_get_int(clients[i], MQTTKA_STATUS_MESSAGES_RECEIVED, &received));
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (i % 2 == 0) peer_reset(accepted[i]);
        else close(accepted[i]);
    }
    for (int i = 0; i < CLIENTS; i++)
        recorder_wait(&recorders[i], &recorders[i].disconnected, 1);
    pthread_mutex_lock(&mutex);
    stuck = false;
    pthread_cond_broadcast(&let_go);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < CLIENTS; i++) {
        OK(mqttka_client_destroy_and_wait(clients[i], -1));
        EXPECT_INT(1, recorders[i].connected);
        EXPECT_INT(1, recorders[i].disconnected);
        EXPECT_INT(1, recorders[i].messages);
        EXPECT_INT(1, recorders[i].terminated);
    }
}

/* Everything that an accepted client needs is there. */
static void idle_client(void)
{
    struct recorder recorder, named;
    recorder_init(&recorder);
    recorder_init(&named);
    mqttka_client *client = recorder_client(&recorder, port);
    no_more_threads();
    for (int i = 1; i <= 3; i++) {
        OK(mqttka_client_connect(client));
        int accepted = peer_accept(listener);
        recorder_wait(&recorder, &recorder.connected, i);
        EXPECT(peer_publish(accepted));
        recorder_wait(&recorder, &recorder.messages, i);
        OK(mqttka_client_publish(client, "a", 1, "x", 1, 0, false, recorder_completion, &recorder));
        recorder_wait(&recorder, &recorder.completions, i);
        peer_reset(accepted);
        recorder_wait(&recorder, &recorder.disconnected, i);
    }
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.terminated);

    /* A name needs the resolver's thread. */
    mqttka_options *options = recorder_options(&named, port);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED));
    int32_t error = mqttka_client_new(options, &client);
    mqttka_options_free(options);
    if (error == MQTTKA_ERROR_STARTUP) return;
    EXPECT_INT(MQTTKA_OK, error);
    OK(mqttka_client_connect(client));
    recorder_wait(&named, &named.connect_failed, 1);
    EXPECT_INT(MQTTKA_STAGE_DNS, named.stage);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

/* Connects in vain, and says at which stage. */
static void fails(struct recorder *recorder, mqttka_client *client, int64_t stage)
{
    int failed = recorder_count(recorder, &recorder->connect_failed);
    OK(mqttka_client_connect(client));
    recorder_wait(recorder, &recorder->connect_failed, failed + 1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder->cause);
    EXPECT_INT(stage, recorder->stage);
    if (stage == MQTTKA_STAGE_TCP) EXPECT_INT(EMFILE, recorder->os_error);
}

static void no_more_files(void)
{
    struct recorder by_name, by_address;
    struct rlimit before, none;
    mqttka_client *named;
    recorder_init(&by_name);
    recorder_init(&by_address);
    mqttka_options *options = recorder_options(&by_name, port);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED));
    OK(mqttka_client_new(options, &named));
    mqttka_options_free(options);
    mqttka_client *addressed = recorder_client(&by_address, port);

    EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
    EXPECT(open("/dev/null", O_RDONLY) == -1 && errno == EMFILE);
    for (int i = 0; i < 3; i++) {
        fails(&by_address, addressed, MQTTKA_STAGE_TCP);
        fails(&by_name, named, MQTTKA_STAGE_DNS);
    }
    /* Further clients: an error now, or a failed attempt later. */
    mqttka_client *late = NULL;
    struct recorder too_late;
    recorder_init(&too_late);
    options = recorder_options(&too_late, port);
    int32_t error = mqttka_client_new(options, &late);
    mqttka_options_free(options);
    if (error == MQTTKA_OK) {
        fails(&too_late, late, MQTTKA_STAGE_TCP);
        OK(mqttka_client_destroy_and_wait(late, -1));
    } else {
        EXPECT_INT(MQTTKA_ERROR_STARTUP, error);
    }

    EXPECT(setrlimit(RLIMIT_NOFILE, &before) == 0);
    OK(mqttka_client_connect(addressed));
    int accepted = peer_accept(listener);
    recorder_wait(&by_address, &by_address.connected, 1);
    close(accepted);
    recorder_wait(&by_address, &by_address.disconnected, 1);
    OK(mqttka_client_destroy_and_wait(addressed, -1));
    OK(mqttka_client_destroy_and_wait(named, -1));
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    become_nobody();
    listener = silent_listen(&port);
    if (strcmp(what, "stuck") == 0) stuck_handlers();
    else if (strcmp(what, "idle") == 0) idle_client();
    else if (strcmp(what, "files") == 0) no_more_files();
    else EXPECT_FAILED("stuck, idle or files?");
    close(listener);
    return 0;
}
