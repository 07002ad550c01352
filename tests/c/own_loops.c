/*
 * A client in the loops that programs have: "uv", "glib", "event" (libevent) and "select". The peer is work of the
 * same loop, so that there is one thread: it takes a connection, falls silent, and takes the next. Exactly one end is
 * told, and callbacks run inside mqttka_client_process() alone.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <dirent.h>
#include <event2/event.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* How often the peer looks for work. */
#define STEP_MS 5

static struct recorder recorder;
static mqttka_client *client;
static int listener, port, peer = -1, moment;
static struct peer_packet packet;
static bool inside, over;

static void seen(struct recorder *of, mqttka_client *of_client, const mqttka_event *event)
{
    EXPECT(of == &recorder && of_client != NULL && event != NULL);
    EXPECT(inside);
}

static void completed(struct recorder *of, mqttka_client *of_client, const mqttka_result *result)
{
    EXPECT(of == &recorder && of_client != NULL && result != NULL);
    EXPECT(inside);
}

static void terminated(struct recorder *of)
{
    EXPECT(of == &recorder && inside);
    over = true;
}

/* What each loop calls when the descriptor is readable. */
static void readable(void)
{
    EXPECT(!inside);
    inside = true;
    OK(mqttka_client_process(client));
    inside = false;
}

static bool is_readable(int fd)
{
    struct pollfd polled = {fd, POLLIN, 0};
    return poll(&polled, 1, 0) == 1;
}

static int threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    EXPECT(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) count += *task->d_name != '.';
    closedir(tasks);
    return count;
}

/* CONNECT of a new connection is answered, when it is there; `true`: now. */
static bool accepts(void)
{
    if (peer < 0 && is_readable(listener)) peer = accept(listener, NULL, NULL);
    if (peer < 0 || !is_readable(peer)) return false;
    if (peer_read(peer, &packet) && peer_send(peer, "\x20\x03\0\0\0", 5)) {
        EXPECT_INT(PEER_CONNECT, peer_kind(&packet));
        return true;
    }
    /* On a slow machine an attempt may be over before it is heard. */
    close(peer);
    peer = -1;
    return false;
}

/* The rest of the program's work. */
static void step(void)
{
    switch (moment) {
    case 0: moment += accepts(); break;
    case 1:
        if (recorder.connected == 1) moment++;
        break;
    case 2: /* silent */
        EXPECT(recorder.disconnected <= 1);
        if (recorder.disconnected == 0) break;
        EXPECT(recorder.cause == MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT || recorder.cause == MQTTKA_CAUSE_SERVER_UNRESPONSIVE);
        close(peer);
        peer = -1;
        moment++;
        break;
    case 3: moment += accepts(); break;
    case 4:
        if (recorder.connected < 2) break;
        EXPECT_INT(1, threads());
        EXPECT_INT(1, recorder.disconnected);
        OK(mqttka_client_publish(client, "t", 1, "x", 1, 1, false, recorder_completion, &recorder));
        EXPECT_INT(0, recorder.completions);
        moment++;
        break;
    case 5:
        if (recorder.completions == 1) {
            EXPECT_INT(MQTTKA_OK, recorder.error);
            OK(mqttka_client_destroy(client));
            moment++;
        } else if (is_readable(peer)) {
            EXPECT(peer_read(peer, &packet));
            peer_answer(peer, &packet);
        }
        break;
    default:
        /* Its goodbye waits for the other side's. */
        if (peer >= 0 && is_readable(peer) && !peer_read(peer, &packet)) {
            close(peer);
            peer = -1;
        }
    }
}

static void with_select(void)
{
    while (!over) {
        fd_set set;
        struct timeval wait = {0, STEP_MS * 1000};
        int fd = mqttka_client_fd(client);
        FD_ZERO(&set);
        FD_SET(fd, &set);
        int ready = select(fd + 1, &set, NULL, NULL, &wait);
        EXPECT(ready >= 0);
        if (ready > 0) readable();
        if (!over) step();
    }
}

static uv_poll_t uv_watcher;
static uv_timer_t uv_ticker;

static void on_uv_readable(uv_poll_t *watcher, int status, int events)
{
    EXPECT(watcher == &uv_watcher && status == 0 && events == UV_READABLE);
    readable();
    if (!over) return;
    uv_close((uv_handle_t *)&uv_watcher, NULL);
    uv_close((uv_handle_t *)&uv_ticker, NULL);
}

static void on_uv_tick(uv_timer_t *timer)
{
    EXPECT(timer == &uv_ticker);
    step();
}

static void with_uv(void)
{
    uv_loop_t *loop = uv_default_loop();
    EXPECT(uv_poll_init(loop, &uv_watcher, mqttka_client_fd(client)) == 0);
    EXPECT(uv_poll_start(&uv_watcher, UV_READABLE, on_uv_readable) == 0);
    EXPECT(uv_timer_init(loop, &uv_ticker) == 0);
    EXPECT(uv_timer_start(&uv_ticker, on_uv_tick, 0, STEP_MS) == 0);
    EXPECT(uv_run(loop, UV_RUN_DEFAULT) == 0);
    EXPECT(uv_loop_close(loop) == 0);
}

static GMainLoop *glib_loop;

static gboolean on_glib_readable(gint fd, GIOCondition condition, gpointer nothing)
{
    EXPECT(fd == mqttka_client_fd(client) && (condition & G_IO_IN) != 0 && nothing == NULL);
    readable();
    if (over) g_main_loop_quit(glib_loop);
    return over ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean on_glib_tick(gpointer nothing)
{
    EXPECT(nothing == NULL);
    if (!over) step();
    return over ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void with_glib(void)
{
    glib_loop = g_main_loop_new(NULL, FALSE);
    g_unix_fd_add(mqttka_client_fd(client), G_IO_IN, on_glib_readable, NULL);
    g_timeout_add(STEP_MS, on_glib_tick, NULL);
    g_main_loop_run(glib_loop);
    g_main_loop_unref(glib_loop);
}

static struct event_base *base;

static void on_event_readable(evutil_socket_t fd, short events, void *nothing)
{
    EXPECT(fd >= 0 && events == EV_READ && nothing == NULL);
    readable();
    if (over) event_base_loopbreak(base);
}

static void on_event_tick(evutil_socket_t fd, short events, void *nothing)
{
    EXPECT(fd == -1 && events == EV_TIMEOUT && nothing == NULL);
    if (!over) step();
}

static void with_event(void)
{
    const struct timeval tick = {0, STEP_MS * 1000};
    base = event_base_new();
    struct event *watcher = event_new(base, mqttka_client_fd(client), EV_READ | EV_PERSIST, on_event_readable, NULL);
    struct event *ticker = event_new(base, -1, EV_PERSIST, on_event_tick, NULL);
    EXPECT(event_add(watcher, NULL) == 0 && event_add(ticker, &tick) == 0);
    EXPECT(event_base_dispatch(base) == 0);
    event_free(watcher);
    event_free(ticker);
    event_base_free(base);
    libevent_global_shutdown();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } LOOPS[] = {{"uv", with_uv}, {"glib", with_glib}, {"event", with_event}, {"select", with_select}};
    listener = silent_listen(&port);
    recorder_init(&recorder);
    recorder.on_event = seen;
    recorder.on_completion = completed;
    recorder.on_terminated = terminated;
    mqttka_options *options = recorder_reconnecting(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, getenv("MQTTKA_TEST_SLOW") != NULL ? 5 : 1));
    OK(mqttka_client_new_hosted(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    for (size_t i = 0; i < sizeof LOOPS / sizeof *LOOPS; i++)
        if (argc == 2 && strcmp(argv[1], LOOPS[i].name) == 0) LOOPS[i].run();
    EXPECT(over);
    EXPECT_INT(2, recorder.connected);
    EXPECT_INT(2, recorder.disconnected); /* and its own end */
    EXPECT_INT(MQTTKA_CAUSE_CLIENT_CLOSED, recorder.cause);
    EXPECT_INT(1, recorder.terminated);
    peer_free(&packet);
    if (peer >= 0) close(peer);
    close(listener);
    return 0;
}
