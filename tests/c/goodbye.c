/*
 * Programs that end, in every way in which a program can: what they published and DISCONNECT
 * reach the broker, and nothing comes after. The broker is this program; the one that ends is a
 * child of it.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGES = 200 };

static int port;
static mqttka_client *client;
static struct recorder recorder; /* not on main's stack */

static void publish(int32_t qos)
{
    static char payload[300];
    OK(mqttka_client_publish(client, "t", 1, payload, sizeof payload, qos, false, NULL, NULL));
}

static void publish_all(void)
{
    for (int i = 0; i < MESSAGES; i++) publish(0);
}

static void connect_and_publish(void)
{
    recorder_init(&recorder);
    client = recorder_connected(&recorder, port);
    publish_all();
}

static void disconnects_and_destroys(void)
{
    connect_and_publish();
    OK(mqttka_client_disconnect(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.disconnected);
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder.cause);
    EXPECT_INT(1, recorder.terminated);
}

static void destroys(void)
{
    connect_and_publish();
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.disconnected);
    EXPECT_INT(MQTTKA_CAUSE_CLIENT_CLOSED, recorder.cause);
    EXPECT_INT(1, recorder.terminated);
}

/* All acknowledgements first; what comes meanwhile is refused. */
static void drains(void)
{
    recorder_init(&recorder);
    client = recorder_connected(&recorder, port);
    for (int i = 0; i < MESSAGES; i++)
        OK(mqttka_client_publish(client, "t", 1, NULL, 0, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_disconnect_after(client, 0, 60000));
    EXPECT_INT(MQTTKA_ERROR_NOT_CONNECTED,
               mqttka_client_publish(client, "t", 1, NULL, 0, 1, false, NULL, NULL));
    recorder_wait(&recorder, &recorder.disconnected, 1);
    recorder_wait(&recorder, &recorder.completions, MESSAGES);
    EXPECT_INT(0, recorder.failed_completions);
    EXPECT_INT(MQTTKA_CAUSE_DISCONNECT_REQUESTED, recorder.cause);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

static void destroys_and_returns(void)
{
    connect_and_publish();
    OK(mqttka_client_destroy(client));
}

static void disconnects_and_returns(void)
{
    connect_and_publish();
    OK(mqttka_client_disconnect(client));
}

static void returns(void) { connect_and_publish(); }

static void exits(void)
{
    connect_and_publish();
    exit(0);
}

static void *exit_thread(void *unused)
{
    exit(unused != NULL);
}

static void exits_in_another_thread(void)
{
    pthread_t thread;
    connect_and_publish();
    EXPECT(pthread_create(&thread, NULL, exit_thread, NULL) == 0);
    for (;;) pause();
}

static void *publish_and_exit(void *unused)
{
    publish_all();
    return exit_thread(unused);
}

/* Only main ends; the process lives on, and with it the client. */
static void exits_after_main(void)
{
    pthread_t thread;
    recorder_init(&recorder);
    client = recorder_connected(&recorder, port);
    EXPECT(pthread_create(&thread, NULL, publish_and_exit, NULL) == 0);
    pthread_exit(NULL);
}

static void exit_in_callback(struct recorder *of, mqttka_client *from, const mqttka_message *message)
{
    EXPECT(of != NULL && from == client && message != NULL);
    publish_all();
    exit(0);
}

static void exits_in_a_callback(void)
{
    recorder_init(&recorder);
    recorder.on_message = exit_in_callback;
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    for (;;) pause();
}

static void never_returns(struct recorder *of, mqttka_client *from, const mqttka_message *message)
{
    EXPECT(of != NULL && from == client && message != NULL);
    recorder_add(of, &of->messages);
    for (;;) pause();
}

static void returns_beside_a_stuck_callback(void)
{
    recorder_init(&recorder);
    recorder.on_message = never_returns;
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.messages, 1);
    publish_all();
}

/* The program's own hook, registered before the client was made: it still publishes. */
static void last_words(void) { publish_all(); }

static void has_a_hook(void)
{
    EXPECT(atexit(last_words) == 0);
    recorder_init(&recorder);
    client = recorder_connected(&recorder, port);
}

struct ending {
    const char *name;
    void (*run)(void);
    bool message; /* the broker sends one first */
};

static const struct ending ENDINGS[] = {
    {"disconnect, destroy and wait", disconnects_and_destroys, false},
    {"destroy and wait", destroys, false},
    {"disconnect after all acknowledgements", drains, false},
    {"destroy, return from main", destroys_and_returns, false},
    {"disconnect, return from main", disconnects_and_returns, false},
    {"return from main", returns, false},
    {"exit", exits, false},
    {"exit in another thread", exits_in_another_thread, false},
    {"exit after main's pthread_exit", exits_after_main, false},
    {"exit in a callback", exits_in_a_callback, true},
    {"return beside a stuck callback", returns_beside_a_stuck_callback, true},
    {"an atexit hook that publishes", has_a_hook, false},
};

static void *talk(void *accepted)
{
    while (peer_publish(*(int *)accepted))
        ;
    return NULL;
}

static void check(const struct ending *ending, int listener, bool traffic)
{
    struct peer_packet packet = {0};
    struct timeval patience = {.tv_sec = 60};
    pthread_t talker;
    int status, published = 0, goodbyes = 0;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        close(listener);
        ending->run();
        exit(0);
    }
    int accepted = peer_accept(listener);
    EXPECT(setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    if (ending->message) EXPECT(peer_publish(accepted));
    if (traffic) EXPECT(pthread_create(&talker, NULL, talk, &accepted) == 0);
    while (peer_read(accepted, &packet)) {
        if (goodbyes > 0) EXPECT_FAILED("%#x after DISCONNECT", packet.first);
        published += peer_kind(&packet) == PEER_PUBLISH;
        goodbyes += packet.first == PEER_DISCONNECT;
        peer_answer(accepted, &packet);
    }
    shutdown(accepted, SHUT_RDWR);
    if (traffic) EXPECT(pthread_join(talker, NULL) == 0);
    close(accepted);
    peer_free(&packet);
    EXPECT(waitpid(child, &status, 0) == child);
    if (status != 0 || published != MESSAGES || goodbyes != 1)
        EXPECT_FAILED("%s%s: %d of %d messages, %d of 1 goodbyes, status %#x", ending->name,
                      traffic ? " under traffic" : "", published, MESSAGES, goodbyes,
                      (unsigned)status);
}

/* No acknowledgements, so that the drain takes its whole time; and no word at all. */
static void without_acknowledgements(int listener)
{
    struct peer_packet packet = {0};
    int packets = 0;
    recorder_init(&recorder);
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    int accepted = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    OK(mqttka_client_publish(client, "t", 1, NULL, 0, 1, false, recorder_completion, &recorder));
    OK(mqttka_client_disconnect_after(client, 0x04, 200));
    EXPECT(peer_read(accepted, &packet));
    EXPECT_INT(PEER_PUBLISH, peer_kind(&packet));
    EXPECT(peer_read(accepted, &packet));
    EXPECT_INT(PEER_DISCONNECT, packet.first);
    EXPECT_INT(0x04, packet.body[0]);
    close(accepted);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_DISCONNECTED, recorder.error);
    recorder_wait(&recorder, &recorder.disconnected, 1);

    OK(mqttka_client_connect(client));
    accepted = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 2);
    publish_all();
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    while (peer_read(accepted, &packet)) {
        EXPECT_INT(PEER_PUBLISH, peer_kind(&packet));
        packets += 1;
    }
    EXPECT(packets <= MESSAGES);
    EXPECT_INT(2, recorder.disconnected);
    EXPECT_INT(MQTTKA_CAUSE_CLIENT_CLOSED, recorder.cause);
    close(accepted);
    peer_free(&packet);
}

int main(int argc, char **argv)
{
    int listener = silent_listen(&port);
    bool slow = getenv("MQTTKA_TEST_SLOW") != NULL;
    /* Each ending on its own where its number is given. */
    for (int i = 0; i < (int)(sizeof ENDINGS / sizeof *ENDINGS); i++) {
        if (argc > 1 && atoi(argv[1]) != i) continue;
        /* To a leak checker what main's thread had is lost with it. */
        if (slow && ENDINGS[i].run == exits_after_main) continue;
        for (int round = 0; round < (slow ? 1 : 5); round++) check(&ENDINGS[i], listener, false);
        /* A memory checker is too slow for a flood. */
        if (!slow) check(&ENDINGS[i], listener, true);
        printf("%s\n", ENDINGS[i].name);
        fflush(stdout); /* or children say it too */
    }
    if (argc == 1) without_acknowledgements(listener); /* the last: children must have no threads */
    close(listener);
    return 0;
}
