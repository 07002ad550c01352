/*
 * A client in the program's own loop, where something goes wrong: the loop, the system, the program's resolver. One
 * thread; the peer is the test's own.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct recorder recorder;
static mqttka_client *client;
static int listener, port;
static struct peer_packet packet;

static bool is_readable(int fd, int milliseconds)
{
    struct pollfd polled = {fd, POLLIN, 0};
    return poll(&polled, 1, milliseconds) == 1;
}

/* One round of the loop: what the peer has is answered, too. */
static void turn(int peer)
{
    struct pollfd polled[2] = {{mqttka_client_fd(client), POLLIN, 0}, {peer, POLLIN, 0}};
    EXPECT(poll(polled, peer < 0 ? 1 : 2, 60000) > 0);
    if (polled[0].revents != 0) OK(mqttka_client_process(client));
    if (peer >= 0 && polled[1].revents != 0 && peer_read(peer, &packet)) peer_answer(peer, &packet);
}

/* A connection that the client asks for: its socket, when CONNECT was answered. */
static int accepted(void)
{
    for (;;) {
        while (!is_readable(listener, 0)) turn(-1);
        int peer = accept(listener, NULL, NULL);
        EXPECT(peer >= 0);
        while (!is_readable(peer, 0)) turn(-1);
        if (peer_read(peer, &packet) && peer_send(peer, "\x20\x03\0\0\0", 5)) {
            EXPECT_INT(PEER_CONNECT, peer_kind(&packet));
            return peer;
        }
        close(peer); /* on a slow machine an attempt may be over before it is heard */
    }
}

/* In seconds. */
static int keep_alive(void) { return getenv("MQTTKA_TEST_SLOW") != NULL ? 3 : 1; }

static mqttka_options *begin(void)
{
    recorder_init(&recorder);
    mqttka_options *options = recorder_reconnecting(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, keep_alive()));
    return options;
}

static void start(mqttka_options *options)
{
    OK(mqttka_client_new_hosted(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
}

static void finish(int peer)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy(client));
    while (recorder.terminated == 0) turn(-1);
    if (peer >= 0) close(peer);
}

/* What nobody looked at for two keep-alives is judged when somebody does, by what came meanwhile: no false alarm. */
static void a_loop_that_comes_late_raises_no_alarm(void)
{
    const struct timespec late = {keep_alive() * 5 / 2, 500000000}; /* the subject of the test */
    start(begin());
    int peer = accepted();
    while (recorder.connected == 0) turn(peer);
    for (int round = 0; round < 2; round++) {
        nanosleep(&late, NULL);
        /* It asks, and is answered: two pings, of which the second one is of the time after. */
        for (int answered = 0; answered < 2;) {
            turn(-1);
            if (!is_readable(peer, 0)) continue;
            EXPECT(peer_read(peer, &packet));
            EXPECT_INT(0xc0, peer_kind(&packet));
            peer_answer(peer, &packet);
            answered++;
        }
    }
    EXPECT_INT(0, recorder.disconnected);
    EXPECT_INT(1, recorder.connected);
    finish(peer);
}

static void wake_ups_for_nothing_change_nothing(void)
{
    start(begin());
    int peer = accepted();
    while (recorder.connected == 0) turn(peer);
    while (is_readable(mqttka_client_fd(client), 0)) OK(mqttka_client_process(client));
    const int failed = recorder.connect_failed; /* on a slow machine */
    for (int i = 0; i < 1000; i++) OK(mqttka_client_process(client));
    EXPECT(mqttka_client_deadline_ms(client) >= 0);
    EXPECT_INT(1, recorder.connected);
    EXPECT_INT(0, recorder.disconnected);
    EXPECT_INT(failed, recorder.connect_failed);
    finish(peer);
}

static void a_client_that_nobody_drives_can_be_freed(void)
{
    start(begin());
    int descriptor = mqttka_client_fd(client);
    EXPECT(fcntl(descriptor, F_GETFD) >= 0);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(1, recorder.destroyed);
    EXPECT(fcntl(descriptor, F_GETFD) < 0 && errno == EBADF);
}

/* No more descriptors than there are. */
static void set_limit(rlim_t limit)
{
    struct rlimit now;
    EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0);
    now.rlim_cur = limit;
    EXPECT(setrlimit(RLIMIT_NOFILE, &now) == 0);
}

static rlim_t next_free(void)
{
    int next = dup(listener);
    EXPECT(next >= 0);
    close(next);
    return (rlim_t)next;
}

static void without_descriptors_there_is_an_error_and_no_client(void)
{
    struct rlimit before;
    mqttka_client *none = NULL;
    mqttka_options *options = begin();
    EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    /* It takes three. */
    const rlim_t next = next_free();
    for (rlim_t spare = 0; spare < 3; spare++) {
        set_limit(next + spare);
        EXPECT_INT(MQTTKA_ERROR_STARTUP, mqttka_client_new_hosted(options, &none));
        EXPECT(none == NULL);
    }
    set_limit(before.rlim_cur);
    EXPECT_INT(0, recorder.terminated);
    mqttka_options_free(options);
}

/* The client's end of the connection. */
static rlim_t of_the_stream(void)
{
    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        if (getpeername(fd, (struct sockaddr *)&address, &size) == 0 && address.sin_family == AF_INET &&
            ntohs(address.sin_port) == port)
            return (rlim_t)fd;
    }
    EXPECT(!"there is a stream");
    return 0;
}

static void without_descriptors_an_attempt_fails_and_the_next_comes(void)
{
    struct rlimit before;
    start(begin());
    int peer = accepted();
    while (recorder.connected == 0) turn(peer);
    EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
    /* What the connection has when it ends is one too many for the next. */
    const rlim_t next = next_free(), stream = of_the_stream();
    set_limit(stream < next ? stream : next);
    peer_reset(peer);
    while (recorder.connect_failed == 0) turn(-1);
    EXPECT_INT(EMFILE, recorder.os_error);
    set_limit(before.rlim_cur);
    peer = accepted();
    while (recorder.connected < 2) turn(peer);
    finish(peer);
}

static mqttka_name_request *kept;

static void keep(mqttka_name_request *request, void *user_data)
{
    EXPECT(user_data == &kept && kept == NULL);
    kept = request;
}

static void a_resolver_that_never_answers_holds_up_one_attempt(void)
{
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "broker.example", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 200));
    OK(mqttka_options_set_resolver(options, keep, &kept, NULL));
    start(options);
    while (recorder.connect_failed == 0) turn(-1);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TIMEOUT, recorder.cause);
    EXPECT_INT(MQTTKA_STAGE_DNS, recorder.stage);
    EXPECT(kept != NULL);
    finish(-1);
    /* Nobody listens any more. */
    OK(mqttka_name_request_fail(kept, "too late", MQTTKA_NUL_TERMINATED));
    mqttka_name_request_free(kept);
}

/* The new connection stands before the old one goes: no end is told. */
static void a_connection_moves_to_another_path(void)
{
    mqttka_options *options = begin();
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_MAKE_BEFORE_BREAK, 1));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_CLEAN_START, 0));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, 600));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_CLIENT_ID, "moves", MQTTKA_NUL_TERMINATED));
    start(options);
    int old = accepted();
    while (recorder.connected == 0) turn(old);
    OK(mqttka_client_network_changed(client, MQTTKA_NETWORK_CHANGED));
    int peer = accepted();
    while (recorder.moved == 0) turn(peer);
    EXPECT_INT(0, recorder.disconnected);
    OK(mqttka_client_publish(client, "t", 1, "x", 1, 1, false, recorder_completion, &recorder));
    while (recorder.completions == 0) turn(peer);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    EXPECT_INT(0, recorder.disconnected);
    close(old);
    finish(peer);
}

static void two_clients_share_a_loop(void)
{
    enum { TWO = 2 };
    static struct recorder recorders[TWO];
    mqttka_client *clients[TWO];
    struct pollfd polled[TWO];
    int broker = test_port("MQTTKA_TEST_PORT");
    for (int i = 0; i < TWO; i++) {
        recorder_init(&recorders[i]);
        mqttka_options *options = recorder_options(&recorders[i], broker);
        OK(mqttka_client_new_hosted(options, &clients[i]));
        mqttka_options_free(options);
        OK(mqttka_client_connect(clients[i]));
        OK(mqttka_client_publish(clients[i], "shared", 6, "x", 1, 1, false, recorder_completion, &recorders[i]));
        polled[i] = (struct pollfd){mqttka_client_fd(clients[i]), POLLIN, 0};
    }
    EXPECT(polled[0].fd != polled[1].fd);
    bool ended[TWO] = {false};
    while (recorders[0].terminated == 0 || recorders[1].terminated == 0) {
        EXPECT(poll(polled, TWO, 60000) > 0);
        for (int i = 0; i < TWO; i++) {
            if (polled[i].revents == 0) continue;
            OK(mqttka_client_process(clients[i]));
            if (recorders[i].completions == 1 && !ended[i]) {
                ended[i] = true;
                OK(mqttka_client_destroy(clients[i]));
            }
            if (recorders[i].terminated == 1) polled[i].fd = -1;
        }
    }
    for (int i = 0; i < TWO; i++) EXPECT_INT(MQTTKA_OK, recorders[i].error);
}

int main(void)
{
    listener = silent_listen(&port);
    a_client_that_nobody_drives_can_be_freed();
    wake_ups_for_nothing_change_nothing();
    a_loop_that_comes_late_raises_no_alarm();
    without_descriptors_there_is_an_error_and_no_client();
    without_descriptors_an_attempt_fails_and_the_next_comes();
    a_resolver_that_never_answers_holds_up_one_attempt();
    a_connection_moves_to_another_path();
    two_clients_share_a_loop();
    peer_free(&packet);
    close(listener);
    return 0;
}
