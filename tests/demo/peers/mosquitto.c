/* mosquitto.c: a phone with libmosquitto, beside that with mqttka on the same hotspot.
 *
 * It does what hotspot.c does, as libmosquitto's documentation advises: mosquitto_loop_start(),
 * callbacks, its own reconnection. It prints the same lines:
 *
 *     <seconds since boot> <kind> <text> */

#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mosquitto.h>

#define ECHO_TOPIC "demo/peer/echo"
#define SECOND INT64_C(1000000000)
#define HELLOS 3
#define UPLOAD_MESSAGE (16 * 1024)
#define UPLOAD_MESSAGES 16 /* at once */
#define LEAST_KEEP_ALIVE 5 /* libmosquitto's own */

/* Shared with libmosquitto's callbacks, which run on its thread. */
struct phone {
    atomic_bool connected;
    atomic_int connections;
    atomic_int disconnects;
    atomic_int hellos_back;
    atomic_int uploading;
    bool upload, download;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

__attribute__((format(printf, 3, 4)))
static void say(int64_t moment, const char *kind, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    printf("%" PRId64 ".%09" PRId64 " %s %s\n", moment / SECOND, moment % SECOND, kind, text);
}

static void check(int error, const char *what)
{
    if (error == MOSQ_ERR_SUCCESS)
        return;
    say(now(), "failed", "libmosquitto: %s: %s", what, mosquitto_strerror(error));
    exit(1);
}

static void on_connect(struct mosquitto *client, void *user_data, int code)
{
    const int64_t moment = now();
    struct phone *phone = user_data;

    if (code != 0) {
        say(moment, "failed", "libmosquitto: connect: %s", mosquitto_connack_string(code));
        return;
    }
    check(mosquitto_subscribe(client, NULL, ECHO_TOPIC, 1), "subscribe");
    if (phone->download)
        check(mosquitto_subscribe(client, NULL, "demo/download", 0), "subscribe");
    say(moment, atomic_fetch_add(&phone->connections, 1) == 0 ? "say" : "back", "connected");
}

static void on_subscribe(struct mosquitto *client, void *user_data, int id, int count,
                         const int *granted)
{
    struct phone *phone = user_data;
    (void)client, (void)id, (void)count, (void)granted;

    if (!atomic_exchange(&phone->connected, true) && atomic_load(&phone->disconnects) == 0)
        say(now(), "ready", "%d.%d.%d", LIBMOSQUITTO_MAJOR, LIBMOSQUITTO_MINOR,
            LIBMOSQUITTO_REVISION);
}

static void on_disconnect(struct mosquitto *client, void *user_data, int code)
{
    const int64_t moment = now(); /* first of all: this is the time that the demo judges */
    struct phone *phone = user_data;
    (void)client;

    if (code == 0)
        return; /* the end of this program */
    /* libmosquitto calls this also when an attempt to come back has failed. */
    if (!atomic_exchange(&phone->connected, false))
        return;
    atomic_fetch_add(&phone->disconnects, 1);
    /* For which its own text is "Unknown error." */
    say(moment, "disconnected", "%s",
        code == MOSQ_ERR_KEEPALIVE ? "MOSQ_ERR_KEEPALIVE" : mosquitto_strerror(code));
}

static void on_message(struct mosquitto *client, void *user_data,
                       const struct mosquitto_message *message)
{
    const int64_t moment = now();
    struct phone *phone = user_data;
    int64_t sent;
    (void)client;

    if (strcmp(message->topic, ECHO_TOPIC) != 0 || message->payloadlen != (int)sizeof sent)
        return; /* the download */
    memcpy(&sent, message->payload, sizeof sent);
    say(moment, "say", "message %d went to the broker and came back in %.1f ms",
        atomic_fetch_add(&phone->hellos_back, 1) + 1, (double)(moment - sent) / 1e6);
}

static void on_publish(struct mosquitto *client, void *user_data, int id)
{
    struct phone *phone = user_data;
    (void)client, (void)id;

    if (phone->upload)
        atomic_fetch_sub(&phone->uploading, 1);
}

/* Sleeps for at most `milliseconds`; false at the end of standard input. */
static bool wait_for_end(int milliseconds)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char rest[64];

    if (poll(&input, 1, milliseconds) <= 0)
        return true;
    return read(STDIN_FILENO, rest, sizeof rest) > 0;
}

static void live(struct mosquitto *client, struct phone *phone, int keep_alive, const char *load)
{
    static uint8_t chunk[UPLOAD_MESSAGE];
    const int64_t period = keep_alive * SECOND / 10;
    int64_t next_beat = now();
    int hellos = 0;

    while (wait_for_end(5)) {
        const bool due = now() >= next_beat;

        if (due)
            next_beat += period;
        if (!atomic_load(&phone->connected))
            continue;
        if (due && hellos < HELLOS) {
            const int64_t sent = now();
            mosquitto_publish(client, NULL, ECHO_TOPIC, sizeof sent, &sent, 1, false);
            hellos++;
        }
        if (due && strcmp(load, "qos0") == 0)
            mosquitto_publish(client, NULL, "demo/sensor", 6, "21.5 C", 0, false);
        while (phone->upload && atomic_load(&phone->uploading) < UPLOAD_MESSAGES) {
            atomic_fetch_add(&phone->uploading, 1);
            if (mosquitto_publish(client, NULL, "demo/upload", sizeof chunk, chunk, 0, false)
                == MOSQ_ERR_SUCCESS)
                continue;
            atomic_fetch_sub(&phone->uploading, 1);
            break;
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"uri", required_argument, NULL, 'u'},        {"authority", required_argument, NULL, 'a'},
        {"keep-alive", required_argument, NULL, 'k'}, {"load", required_argument, NULL, 'l'},
        {"from", required_argument, NULL, 'f'},       {NULL, 0, NULL, 0},
    };
    const char *uri = "mqtt://127.0.0.1:1883", *authority = NULL, *from = NULL, *load = "idle";
    char host[64];
    int port, keep_alive = 5;
    struct phone phone = {0};
    struct mosquitto *client;

    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'u': uri = optarg; break;
        case 'a': authority = optarg; break;
        case 'k': keep_alive = atoi(optarg); break;
        case 'l': load = optarg; break;
        case 'f': from = optarg; break;
        default: return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (sscanf(uri, "%*[a-z]://%63[^:]:%d", host, &port) != 2) {
        say(now(), "failed", "libmosquitto: no address: %s", uri);
        return 1;
    }
    if (keep_alive < LEAST_KEEP_ALIVE) {
        say(now(), "failed", "libmosquitto takes no keep-alive below %d s", LEAST_KEEP_ALIVE);
        return 1;
    }
    phone.upload = strcmp(load, "upload") == 0;
    phone.download = strcmp(load, "download") == 0;

    mosquitto_lib_init();
    client = mosquitto_new(NULL, true, &phone);
    if (client == NULL)
        check(MOSQ_ERR_NOMEM, "mosquitto_new");
    check(mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5), "MQTT 5.0");
    if (authority != NULL)
        check(mosquitto_tls_set(client, authority, NULL, NULL, NULL, NULL), "authority");
    mosquitto_connect_callback_set(client, on_connect);
    mosquitto_disconnect_callback_set(client, on_disconnect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_message_callback_set(client, on_message);
    check(mosquitto_connect_bind_async(client, host, port, keep_alive, from), "connect");
    check(mosquitto_loop_start(client), "mosquitto_loop_start");

    live(client, &phone, keep_alive, load);
    mosquitto_disconnect(client);
    say(now(), "end", "events=%d", atomic_load(&phone.disconnects));
    /* A thread that waits for the network is not waited for. */
    fflush(stdout);
    _exit(0);
}
