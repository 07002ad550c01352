/* libmosquitto, 3.1.1. One thread with poll() around it, which is quicker than its own thread; the idle clients have
 * theirs (mosquitto_loop_start), as who has a thousand would rather not poll them by hand. Its defaults are kept (no
 * TCP_NODELAY) but for the window. */
#include <mosquitto.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

static const char NAME[] = "libmosquitto";

static struct bench_arguments arguments;
static atomic_long connected; /* the callbacks of idle clients run on their threads */
static long published;
static long subscribed;
static long received;

static void on_connect(struct mosquitto *client, void *object, int code) {
    (void)client, (void)object;
    bench_require(code == 0, "refused");
    connected++;
}

static void on_disconnect(struct mosquitto *client, void *object, int code) {
    (void)client, (void)object;
    bench_require(code == 0, "disconnected");
    connected--;
}

static void on_publish(struct mosquitto *client, void *object, int id) {
    (void)client, (void)object, (void)id;
    published++;
}

static void on_subscribe(struct mosquitto *client, void *object, int id, int count, const int *granted) {
    (void)client, (void)object, (void)id, (void)count, (void)granted;
    subscribed++;
}

static void on_message(struct mosquitto *client, void *object, const struct mosquitto_message *message) {
    (void)client, (void)object;
    bench_require((size_t)message->payloadlen == arguments.size, "wrong size");
    received++;
}

static void check(int code) { bench_require(code == MOSQ_ERR_SUCCESS, mosquitto_strerror(code)); }

static struct mosquitto *client_new(long index) {
    char id[32];
    snprintf(id, sizeof id, "bench-%ld", index);
    struct mosquitto *client = mosquitto_new(id, true, NULL);
    bench_require(client != NULL, "mosquitto_new");
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_message_callback_set(client, on_message);
    mosquitto_max_inflight_messages_set(client, (unsigned)arguments.window);
    if (arguments.tls) {
        check(mosquitto_tls_set(client, arguments.ca, NULL, NULL, NULL, NULL));
    }
    check(mosquitto_connect(client, arguments.host, arguments.port, 60));
    return client;
}

/* Waits until the socket is ready, and lets the library at it. */
static void step(struct mosquitto *client) {
    struct pollfd socket = {.fd = mosquitto_socket(client), .events = POLLIN};
    if (mosquitto_want_write(client)) {
        socket.events |= POLLOUT;
    }
    bench_require(poll(&socket, 1, 10000) > 0, "poll: nothing came");
    if (socket.revents & POLLOUT) {
        check(mosquitto_loop_write(client, 1));
    }
    if (socket.revents & POLLIN) {
        check(mosquitto_loop_read(client, 1));
    }
}

static void send(struct mosquitto *client, const char *topic, int qos) {
    check(mosquitto_publish(client, NULL, topic, (int)arguments.size, arguments.payload, qos, false));
    while (mosquitto_want_write(client)) {
        step(client);
    }
}

static void subscribe(struct mosquitto *client, const char *filter, int qos) {
    check(mosquitto_subscribe(client, NULL, filter, qos));
    while (subscribed == 0) {
        step(client);
    }
}

static void publish(struct mosquitto *client) {
    struct bench_stopwatch stopwatch;
    bench_start(&stopwatch);
    for (long sent = 0; sent < arguments.count; sent++) {
        while (arguments.qos > 0 && sent - published >= arguments.window) {
            step(client);
        }
        send(client, BENCH_TOPIC, arguments.qos);
    }
    if (arguments.qos == 0) {
        send(client, BENCH_TOPIC, 1);
    }
    while (published < arguments.count + (arguments.qos == 0)) {
        step(client);
    }
    bench_report(&stopwatch, NAME, &arguments);
}

static void receive(struct mosquitto *client) {
    struct bench_stopwatch stopwatch;
    bench_start(&stopwatch);
    subscribe(client, arguments.flood, arguments.qos);
    while (received < arguments.count) {
        step(client);
    }
    bench_report(&stopwatch, NAME, &arguments);
}

static void round_trips(struct mosquitto *client, const char *topic, const long *ended) {
    struct bench_stopwatch stopwatch;
    double *latencies_us = calloc((size_t)arguments.count, sizeof *latencies_us);
    bench_require(latencies_us != NULL, "memory");
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        double start = bench_now_us();
        send(client, topic, 1);
        while (*ended <= i) {
            step(client);
        }
        latencies_us[i] = bench_now_us() - start;
    }
    bench_report_latencies(&stopwatch, NAME, &arguments, latencies_us);
}

/* Its own loop: only that knows what TLS waits for until the connection is there. It does not resume sessions. */
static void wait_connected(struct mosquitto *client, long count) {
    while (connected != count) {
        int code = mosquitto_loop(client, 10000, 1);
        bench_require(code == MOSQ_ERR_SUCCESS || count == 0, mosquitto_strerror(code));
    }
}

static void handshakes(void) {
    struct bench_stopwatch stopwatch;
    double *latencies_us = calloc((size_t)arguments.count, sizeof *latencies_us);
    bench_require(latencies_us != NULL, "memory");
    struct mosquitto *client = NULL;
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        double start = bench_now_us();
        if (client == NULL) {
            client = client_new(0);
        } else {
            check(mosquitto_reconnect(client));
        }
        wait_connected(client, 1);
        latencies_us[i] = bench_now_us() - start;
        check(mosquitto_disconnect(client));
        wait_connected(client, 0);
    }
    bench_report_latencies(&stopwatch, NAME, &arguments, latencies_us);
}

static void idle(void) {
    struct bench_idle before;
    bench_idle_start(&before);
    for (long i = 0; i < arguments.count; i++) {
        check(mosquitto_loop_start(client_new(i)));
    }
    while (connected < arguments.count) {
        usleep(1000);
    }
    usleep(200000);
    bench_idle_report(&before, NAME, &arguments);
    _exit(0); /* not a thousand joins */
}

int main(int argc, char **argv) {
    bench_parse(&arguments, argc, argv);
    mosquitto_lib_init();
    if (arguments.mode == BENCH_IDLE) {
        idle();
    }
    if (arguments.mode == BENCH_HANDSHAKES) {
        handshakes();
        return 0;
    }
    struct mosquitto *client = client_new(0);
    wait_connected(client, 1);
    switch (arguments.mode) {
    case BENCH_PUBLISH:
        publish(client);
        break;
    case BENCH_RECEIVE:
        receive(client);
        break;
    case BENCH_ROUND_TRIP:
        round_trips(client, BENCH_TOPIC, &published);
        break;
    default:
        subscribe(client, BENCH_ECHO, 1);
        round_trips(client, BENCH_ECHO, &received);
        break;
    }
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    return 0;
}
