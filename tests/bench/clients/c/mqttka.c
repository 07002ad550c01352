/* Ours, through the C ABI, at 3.1.1 as the peers. */
#include <mqttka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "window.h"

static const char NAME[] = "mqttka";

/* At QoS 0 only one message in so many bytes asks for a completion; 16 such lots are under way at most, which is far
 * from what the client would queue. */
enum { LOT_BYTES = 64 * 1024, LOTS = 16 };

static struct bench_arguments arguments;
static struct window under_way;
static atomic_long connected;
static atomic_long received;
static bool echoing;

static void check(int32_t code) {
    if (code != MQTTKA_OK) {
        fprintf(stderr, "%s: %s\n", mqttka_strerror(code), mqttka_last_error());
        exit(2);
    }
}

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data) {
    (void)client, (void)user_data;
    bool handshakes = arguments.mode == BENCH_HANDSHAKES;
    int32_t type = mqttka_event_type(event);
    if (type == MQTTKA_EVENT_CONNECTED) {
        connected++;
    } else if (type > MQTTKA_EVENT_CONNECT_FAILED) {
        return; /* a suspicion, which is no end */
    } else if (!handshakes || type != MQTTKA_EVENT_DISCONNECTED) {
        bench_require(false, mqttka_event_description(event));
    }
    if (handshakes) {
        window_give(&under_way);
    }
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data) {
    (void)client, (void)user_data;
    size_t length;
    mqttka_message_payload(message, &length);
    bench_require(length == arguments.size, "wrong size");
    if (++received == arguments.count || echoing) {
        window_give(&under_way);
    }
}

static void on_done(mqttka_client *client, const mqttka_result *result, void *user_data) {
    (void)client, (void)user_data;
    check(mqttka_result_error(result));
    window_give(&under_way);
}

/* Where to, and how. */
static void set_server(mqttka_options *options) {
#ifdef MQTTKA_OPTION_TLS_CA_FILE
    static const char *const schemes[] = {"mqtt", "mqtts", "ws", "wss"};
    char uri[64];
    bench_uri(&arguments, schemes, uri, sizeof uri);
    check(mqttka_options_set_uri(options, uri));
    if (arguments.tls) {
        check(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, arguments.ca, MQTTKA_NUL_TERMINATED));
    }
    if (arguments.mode == BENCH_HANDSHAKES) {
        check(mqttka_options_set_int(options, MQTTKA_OPTION_TLS_RESUMPTION, arguments.resumption));
    }
#else /* older than TLS and WebSocket */
    bench_require(!arguments.tls && !arguments.web_socket, "this libmqttka knows TCP only");
    check(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, arguments.host, MQTTKA_NUL_TERMINATED));
    check(mqttka_options_set_int(options, MQTTKA_OPTION_PORT, arguments.port));
#endif
}

static mqttka_client *client_new(long index) {
    char id[32];
    snprintf(id, sizeof id, "bench-%ld", index);
    mqttka_options *options = mqttka_options_new();
    set_server(options);
    check(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, arguments.mode == BENCH_OWN ? 5 : 4));
    check(mqttka_options_set_string(options, MQTTKA_OPTION_CLIENT_ID, id, MQTTKA_NUL_TERMINATED));
#ifdef MQTTKA_OPTION_MAX_INFLIGHT
    /* The window is the bench's own; the default of 3.1.1 is what every broker takes. */
    check(mqttka_options_set_int(options, MQTTKA_OPTION_MAX_INFLIGHT, arguments.window > 0 ? arguments.window : 1));
#endif
    if (arguments.mode == BENCH_RECEIVE) {
        /* The peers stop reading when their application is slow; ours reads on and drops QoS 0 above a limit. Room for
         * the whole flood, so that a busy machine costs no messages. */
        int64_t flood = arguments.count * (int64_t)(arguments.size + 1024);
        check(mqttka_options_set_int(options, MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES, flood));
    }
#ifdef MQTTKA_OPTION_RECONNECT
    check(mqttka_options_set_reconnect(options, false));
#endif
    check(mqttka_options_set_event_callback(options, on_event));
    check(mqttka_options_set_message_callback(options, on_message));
    mqttka_client *client;
    check(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    check(mqttka_client_connect(client));
    return client;
}

static void wait_connected(long count) {
    while (connected < count) {
        usleep(1000);
    }
}

static void send(mqttka_client *client, const char *topic, size_t length, int qos, mqttka_completion_fn done) {
    check(mqttka_client_publish(client, topic, length, arguments.payload, arguments.size, qos, false, done, NULL));
}

static void subscribe(mqttka_client *client, const char *filter, int qos) {
    window_take(&under_way);
    check(mqttka_client_subscribe(client, filter, MQTTKA_NUL_TERMINATED, qos, on_done, NULL));
}

static void publish(mqttka_client *client) {
    struct bench_stopwatch stopwatch;
    long lot = LOT_BYTES / (long)(arguments.size + 1);
    if (arguments.qos > 0 || lot == 0) {
        lot = 1;
    }
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        bool asked = i % lot == 0;
        if (asked) {
            window_take(&under_way);
        }
        send(client, BENCH_TOPIC, sizeof BENCH_TOPIC - 1, arguments.qos, asked ? on_done : NULL);
    }
    if (arguments.qos == 0) {
        window_take(&under_way);
        send(client, BENCH_TOPIC, sizeof BENCH_TOPIC - 1, 1, on_done);
    }
    window_drain(&under_way);
    bench_report(&stopwatch, NAME, &arguments);
}

static void receive(mqttka_client *client) {
    struct bench_stopwatch stopwatch;
    bench_start(&stopwatch);
    window_take(&under_way); /* the last message gives it back */
    subscribe(client, arguments.flood, arguments.qos);
    while (!window_drain_a_second(&under_way)) {
        /* It would wait for ever for a message that was dropped. */
        int64_t dropped = 0;
        check(mqttka_client_get_int(client, MQTTKA_STATUS_MESSAGES_DROPPED, &dropped));
        bench_require(dropped == 0, "messages were dropped: the callbacks did not keep up");
    }
    bench_report(&stopwatch, NAME, &arguments);
}

static void round_trips(mqttka_client *client, const char *topic, size_t length, mqttka_completion_fn done) {
    struct bench_stopwatch stopwatch;
    double *latencies_us = calloc((size_t)arguments.count, sizeof *latencies_us);
    bench_require(latencies_us != NULL, "memory");
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        double start = bench_now_us();
        window_take(&under_way);
        send(client, topic, length, 1, done);
        window_drain(&under_way);
        latencies_us[i] = bench_now_us() - start;
    }
    bench_report_latencies(&stopwatch, NAME, &arguments, latencies_us);
}

/* What comes back is the end, as a test would wait for it. */
static void own(mqttka_client *client) {
    struct bench_stopwatch stopwatch;
    subscribe(client, BENCH_OWN_TOPIC, arguments.qos);
    window_drain(&under_way);
    bench_start(&stopwatch);
    window_take(&under_way); /* the last message gives it back */
    for (long i = 0; i < arguments.count; i++) {
        send(client, BENCH_OWN_TOPIC, sizeof BENCH_OWN_TOPIC - 1, arguments.qos, NULL);
    }
    window_drain(&under_way);
    bench_report(&stopwatch, NAME, &arguments);
}

static void busy(void) {
    struct bench_stopwatch stopwatch;
    mqttka_client *clients[BENCH_CLIENTS];
    for (long i = 0; i < BENCH_CLIENTS; i++) {
        clients[i] = client_new(i);
    }
    wait_connected(BENCH_CLIENTS);
    bench_start(&stopwatch);
    window_take(&under_way); /* the last message gives it back */
    for (long i = 0; i < BENCH_CLIENTS; i++) {
        check(mqttka_client_subscribe(clients[i], arguments.flood, MQTTKA_NUL_TERMINATED, 0, NULL, NULL));
    }
    window_drain(&under_way);
    bench_report(&stopwatch, NAME, &arguments);
}

static void handshakes(void) {
    struct bench_stopwatch stopwatch;
    double *latencies_us = calloc((size_t)arguments.count, sizeof *latencies_us);
    bench_require(latencies_us != NULL, "memory");
    mqttka_client *client = NULL;
    bench_start(&stopwatch);
    for (long i = 0; i < arguments.count; i++) {
        double start = bench_now_us();
        window_take(&under_way);
        if (client == NULL) {
            client = client_new(0);
        } else {
            check(mqttka_client_connect(client));
        }
        window_drain(&under_way);
        latencies_us[i] = bench_now_us() - start;
        window_take(&under_way);
        check(mqttka_client_disconnect(client));
        window_drain(&under_way);
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
    check(mqttka_check_abi(MQTTKA_ABI_VERSION));
    bool lots = arguments.mode == BENCH_PUBLISH && arguments.qos == 0;
    window_open(&under_way, lots ? LOTS : arguments.window);
    if (arguments.mode == BENCH_IDLE) {
        idle();
        _exit(0);
    }
    if (arguments.mode == BENCH_BUSY) {
        busy();
        _exit(0);
    }
    if (arguments.mode == BENCH_HANDSHAKES) {
        handshakes();
        _exit(0);
    }
    mqttka_client *client = client_new(0);
    wait_connected(1);
    switch (arguments.mode) {
    case BENCH_OWN:
        own(client);
        break;
    case BENCH_PUBLISH:
        publish(client);
        break;
    case BENCH_RECEIVE:
        receive(client);
        break;
    case BENCH_ROUND_TRIP:
        round_trips(client, BENCH_TOPIC, sizeof BENCH_TOPIC - 1, on_done);
        break;
    default:
        subscribe(client, BENCH_ECHO, 1);
        window_drain(&under_way);
        echoing = true;
        round_trips(client, BENCH_ECHO, sizeof BENCH_ECHO - 1, NULL);
        break;
    }
    _exit(0); /* the next client is not to wait for this one's farewell */
}
