/* Paho C's MQTTAsync, 3.1.1. Its defaults are kept (no TCP_NODELAY) but for the window. */
#include <MQTTAsync.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "window.h"

static const char NAME[] = "Paho C";

static struct bench_arguments arguments;
static struct window under_way;
static atomic_long connected;
static long received;
static bool echoing;

static void check(int code) { bench_require(code == MQTTASYNC_SUCCESS, MQTTAsync_strerror(code)); }

static void on_connect(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    connected++;
}

static void on_done(void *context, MQTTAsync_successData *data) {
    (void)context, (void)data;
    window_give(&under_way);
}

static void on_failure(void *context, MQTTAsync_failureData *data) {
    (void)context;
    bench_require(false, data != NULL && data->message != NULL ? data->message : "failed");
}

static int on_message(void *context, char *topic, int topic_length, MQTTAsync_message *message) {
    (void)context, (void)topic_length;
    bench_require((size_t)message->payloadlen == arguments.size, "wrong size");
    received++;
    if (echoing || received == arguments.count) {
        window_give(&under_way);
    }
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static MQTTAsync client_new(long index) {
    static const char *const schemes[] = {"tcp", "ssl", "ws", "wss"};
    char uri[64];
    char id[32];
    bench_uri(&arguments, schemes, uri, sizeof uri);
    snprintf(id, sizeof id, "bench-%ld", index);
    MQTTAsync client;
    check(MQTTAsync_create(&client, uri, id, MQTTCLIENT_PERSISTENCE_NONE, NULL));
    check(MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL));
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    options.keepAliveInterval = 60;
    options.maxInflight = arguments.window;
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.onSuccess = on_connect;
    options.onFailure = on_failure;
    MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
    if (arguments.tls) {
        ssl.trustStore = arguments.ca;
        ssl.verify = 1;
        options.ssl = &ssl;
    }
    check(MQTTAsync_connect(client, &options));
    return client;
}

static void wait_connected(long count) {
    while (connected < count) {
        usleep(1000);
    }
}

static void send(MQTTAsync client, const char *topic, int qos, MQTTAsync_onSuccess *done) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess = done;
    options.onFailure = on_failure;
    check(MQTTAsync_send(client, topic, (int)arguments.size, arguments.payload, qos, 0, &options));
}

static void subscribe(MQTTAsync client, const char *filter, int qos) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onSuccess = on_done;
    options.onFailure = on_failure;
    window_take(&under_way);
    check(MQTTAsync_subscribe(client, filter, qos, &options));
}

static void publish(MQTTAsync client) {
    struct bench_stopwatch stopwatch;
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        window_take(&under_way);
        send(client, BENCH_TOPIC, arguments.qos, on_done);
    }
    if (arguments.qos == 0) {
        window_take(&under_way);
        send(client, BENCH_TOPIC, 1, on_done);
    }
    window_drain(&under_way);
    bench_report(&stopwatch, NAME, &arguments);
}

static void receive(MQTTAsync client) {
    struct bench_stopwatch stopwatch;
    bench_start(&stopwatch);
    window_take(&under_way); /* the last message gives it back */
    subscribe(client, arguments.flood, arguments.qos);
    window_drain(&under_way);
    bench_report(&stopwatch, NAME, &arguments);
}

static void round_trips(MQTTAsync client, const char *topic, MQTTAsync_onSuccess *done) {
    struct bench_stopwatch stopwatch;
    double *latencies_us = calloc((size_t)arguments.count, sizeof *latencies_us);
    bench_require(latencies_us != NULL, "memory");
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        double start = bench_now_us();
        window_take(&under_way);
        send(client, topic, 1, done);
        window_drain(&under_way);
        latencies_us[i] = bench_now_us() - start;
    }
    bench_report_latencies(&stopwatch, NAME, &arguments, latencies_us);
}

static void idle(void) {
    struct bench_idle before;
    bench_idle_start(&before);
    for (long i = 0; i < arguments.count; i++) {
        client_new(i);
    }
    wait_connected(arguments.count);
    usleep(200000);
    bench_idle_report(&before, NAME, &arguments);
}

int main(int argc, char **argv) {
    bench_parse(&arguments, argc, argv);
    /* At QoS 0 it would queue without bound: as many at a time as at QoS 1 and 2. */
    window_open(&under_way, arguments.window);
    if (arguments.mode == BENCH_IDLE) {
        idle();
        _exit(0);
    }
    /* Its thread looks for new connections about once in a second. */
    bench_require(arguments.mode != BENCH_HANDSHAKES, "this client does not do that");
    MQTTAsync client = client_new(0);
    wait_connected(1);
    switch (arguments.mode) {
    case BENCH_PUBLISH:
        publish(client);
        break;
    case BENCH_RECEIVE:
        receive(client);
        break;
    case BENCH_ROUND_TRIP:
        round_trips(client, BENCH_TOPIC, on_done);
        break;
    default:
        subscribe(client, BENCH_ECHO, 1);
        window_drain(&under_way);
        echoing = true;
        round_trips(client, BENCH_ECHO, NULL);
        break;
    }
    _exit(0); /* its threads end with the process */
}
