/* hotspot.c: the phone of the demo, an MQTT application written against mqttka.h alone.
 *
 * It connects, exchanges three messages, then makes the load that it was asked for, until its
 * standard input ends. When the connection is lost it publishes three more all the same: mqttka
 * keeps them, and comes back by itself. It prints one line per happening, for the demo to tell its
 * story from:
 *
 *     <seconds since boot> <kind> <text>
 *
 * The demo (src/) cuts the internet at some moment. This program is not told; it finds out from
 * mqttka's event. */

#define _GNU_SOURCE /* CLOCK_BOOTTIME, the clock that mqttka uses */
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

#include <mqttka.h>

#define ECHO_TOPIC "demo/echo"
#define SECOND INT64_C(1000000000)
#define UPLOAD_MESSAGE (16 * 1024)
#define UPLOAD_BACKLOG (256 * 1024)
#define HELLOS 3 /* before the fault, and as many while there is no connection */
#define SESSION_SECONDS 3600

enum load { LOAD_IDLE, LOAD_QOS0, LOAD_UPLOAD, LOAD_DOWNLOAD };

/* Shared with mqttka's callbacks, which run on other threads. */
struct phone {
    atomic_bool connected;
    atomic_bool subscribed;
    atomic_bool failed;
    atomic_int connections;
    atomic_int disconnects;
    atomic_int hellos_back;
    int64_t hellos[2 * HELLOS]; /* those that came back; of the message callback alone */
};

/* --- time and lines ---------------------------------------------------------------------- */

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

/* One call, one line: lines of different threads never mix. */
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

static void check(int32_t error, const char *what)
{
    if (error == MQTTKA_OK)
        return;
    say(now(), "failed", "%s: %s %s", what, mqttka_strerror(error), mqttka_last_error());
    exit(1);
}

/* --- callbacks --------------------------------------------------------------------------- */

/* -1 where the event has no such value. */
static int64_t event_int(const mqttka_event *event, int32_t key)
{
    int64_t value;
    return mqttka_event_get_int(event, key, &value) == MQTTKA_OK ? value : -1;
}

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    const int64_t moment = now(); /* first of all: this is the time that the demo judges */
    struct phone *phone = user_data;
    (void)client;

    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED:
        if (atomic_fetch_add(&phone->connections, 1) == 0)
            say(moment, "say", "connected; keep-alive %" PRId64 " s",
                event_int(event, MQTTKA_EVENT_KEEP_ALIVE));
        else
            say(moment, "back", "session=%" PRId64,
                event_int(event, MQTTKA_EVENT_SESSION_PRESENT));
        atomic_store(&phone->connected, true);
        break;
    case MQTTKA_EVENT_DISCONNECTED:
        if (event_int(event, MQTTKA_EVENT_CAUSE) == MQTTKA_CAUSE_CLIENT_CLOSED)
            break; /* the end of this program */
        atomic_store(&phone->connected, false);
        atomic_fetch_add(&phone->disconnects, 1);
        say(moment, "disconnected",
            "cause=%s last_byte_ms=%" PRId64 " evidence_ms=%" PRId64 " pings=%" PRId64
            " ping_ms=%" PRId64 " description=%s",
            mqttka_cause_string((int32_t)event_int(event, MQTTKA_EVENT_CAUSE)),
            event_int(event, MQTTKA_EVENT_LAST_INBOUND_AGE_MS),
            event_int(event, MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS),
            event_int(event, MQTTKA_EVENT_UNANSWERED_PINGS),
            event_int(event, MQTTKA_EVENT_OLDEST_PING_AGE_MS), mqttka_event_description(event));
        break;
    case MQTTKA_EVENT_CONNECT_FAILED:
        if (atomic_load(&phone->connections) > 0)
            break; /* it tries again */
        say(moment, "failed", "%s", mqttka_event_description(event));
        atomic_store(&phone->failed, true);
        break;
    case MQTTKA_EVENT_RECONNECTING:
        say(moment, "say", "mqttka will try to come back in %.2f s, attempt %" PRId64,
            (double)event_int(event, MQTTKA_EVENT_DELAY_MS) / 1e3,
            event_int(event, MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER));
        break;
    default:
        break;
    }
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    const int64_t moment = now();
    struct phone *phone = user_data;
    size_t topic_length, length;
    const char *topic = mqttka_message_topic(message, &topic_length);
    const uint8_t *payload = mqttka_message_payload(message, &length);
    int64_t sent;
    (void)client;

    if (topic_length != strlen(ECHO_TOPIC) || memcmp(topic, ECHO_TOPIC, topic_length) != 0
        || length != sizeof sent)
        return; /* the download */
    memcpy(&sent, payload, sizeof sent);
    const int back = atomic_load(&phone->hellos_back);
    for (int i = 0; i < back; i++)
        if (phone->hellos[i] == sent)
            return; /* QoS 1 may deliver again */
    if (back == 2 * HELLOS)
        return;
    phone->hellos[back] = sent;
    if (back < HELLOS)
        say(moment, "say", "message %d went to the broker and came back in %.1f ms", back + 1,
            (double)(moment - sent) / 1e6);
    else
        say(moment, "say", "message %d came back %.2f s after it was published", back + 1,
            (double)(moment - sent) / 1e9);
    atomic_store(&phone->hellos_back, back + 1);
    if (back + 1 == 2 * HELLOS)
        say(moment, "whole", "messages=%d", 2 * HELLOS);
}

static void on_subscribed(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    struct phone *phone = user_data;
    (void)client;

    if (mqttka_result_error(result) == MQTTKA_OK && mqttka_result_reason_code(result) < 0x80)
        atomic_store(&phone->subscribed, true);
    else
        atomic_store(&phone->failed, true);
}

/* --- what the phone does ----------------------------------------------------------------- */

/* authority: the file of the certificate to trust; NULL where there is no TLS. */
static mqttka_client *connect_to(const char *uri, const char *authority, int64_t keep_alive,
                                 struct phone *phone)
{
    mqttka_options *options = mqttka_options_new();
    mqttka_client *client;

    check(mqttka_options_set_uri(options, uri), "URI");
    if (authority != NULL)
        check(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, authority,
                                        MQTTKA_NUL_TERMINATED),
              "authority");
    check(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, keep_alive), "keep-alive");
    check(mqttka_options_set_int(options, MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, SESSION_SECONDS),
          "session expiry");
    check(mqttka_options_set_event_callback(options, on_event), "event callback");
    check(mqttka_options_set_message_callback(options, on_message), "message callback");
    check(mqttka_options_set_user_data(options, phone, NULL), "user data");
    check(mqttka_client_new(options, &client), "client");
    mqttka_options_free(options);
    check(mqttka_client_connect(client), "connect");
    return client;
}

static void publish_hello(mqttka_client *client)
{
    const int64_t sent = now();
    mqttka_client_publish(client, ECHO_TOPIC, MQTTKA_NUL_TERMINATED, &sent, sizeof sent, 1, false,
                          NULL, NULL);
}

/* -1 where there is no such value now. */
static int64_t status(mqttka_client *client, int32_t key)
{
    int64_t value;
    return mqttka_client_get_int(client, key, &value) == MQTTKA_OK ? value : -1;
}

static void print_status(mqttka_client *client)
{
    say(now(), "status",
        "last_byte_ms=%" PRId64 " evidence_ms=%" PRId64 " pings=%" PRId64 " ping_ms=%" PRId64
        " verdict_ms=%" PRId64,
        status(client, MQTTKA_STATUS_LAST_INBOUND_AGE_MS),
        status(client, MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS),
        status(client, MQTTKA_STATUS_UNANSWERED_PINGS),
        status(client, MQTTKA_STATUS_OLDEST_PING_AGE_MS),
        status(client, MQTTKA_STATUS_VERDICT_IN_MS));
}

/* Whether publishing worked is of no interest here: the load goes on into the black hole. */
static void make_load(mqttka_client *client, enum load load, bool due)
{
    static uint8_t chunk[UPLOAD_MESSAGE];
    static const char reading[] = "21.5 C";

    if (load == LOAD_QOS0 && due)
        mqttka_client_publish(client, "demo/sensor", MQTTKA_NUL_TERMINATED, reading,
                              strlen(reading), 0, false, NULL, NULL);
    while (load == LOAD_UPLOAD
           && status(client, MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES) < UPLOAD_BACKLOG
           && mqttka_client_publish(client, "demo/upload", MQTTKA_NUL_TERMINATED, chunk,
                                    sizeof chunk, 0, false, NULL, NULL) == MQTTKA_OK)
        ;
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

static void live(mqttka_client *client, struct phone *phone, int64_t keep_alive, enum load load)
{
    const int64_t period = keep_alive * SECOND / 10;
    int64_t next_beat = now();
    int hellos = 0;
    bool asked = false, ready = false, kept = false;

    while (wait_for_end(5) && !atomic_load(&phone->failed)) {
        const bool due = now() >= next_beat;

        if (due)
            next_beat += period;
        /* It may be connected again before this loop looks. */
        if (ready && !kept && atomic_load(&phone->disconnects) > 0) {
            for (int i = 0; i < HELLOS; i++)
                publish_hello(client);
            say(now(), "say", "publishes %d messages all the same: mqttka keeps them", HELLOS);
            kept = true;
        }
        if (!atomic_load(&phone->connected))
            continue;
        if (!asked) {
            check(mqttka_client_subscribe(client, ECHO_TOPIC, MQTTKA_NUL_TERMINATED, 1, NULL, NULL),
                  "subscribe");
            check(mqttka_client_subscribe(client, "demo/download", MQTTKA_NUL_TERMINATED, 0,
                                          on_subscribed, phone),
                  "subscribe");
            asked = true;
        }
        if (!atomic_load(&phone->subscribed))
            continue;
        if (!ready) {
            say(now(), "ready", "to work");
            ready = true;
        }
        if (due) {
            print_status(client);
            if (hellos < HELLOS) {
                publish_hello(client);
                hellos++;
            }
        }
        make_load(client, load, due);
    }
}

static enum load parse_load(const char *word)
{
    static const char *const words[] = {"idle", "qos0", "upload", "download"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return (enum load)i;
    fprintf(stderr, "hotspot: no such load: %s\n", word);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"uri", required_argument, NULL, 'u'},        {"authority", required_argument, NULL, 'a'},
        {"keep-alive", required_argument, NULL, 'k'}, {"load", required_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    const char *uri = "mqtt://localhost", *authority = NULL;
    int64_t keep_alive = 5;
    enum load load = LOAD_IDLE;
    struct phone phone = {0};
    mqttka_client *client;

    for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (option) {
        case 'u': uri = optarg; break;
        case 'a': authority = optarg; break;
        case 'k': keep_alive = atoll(optarg); break;
        case 'l': load = parse_load(optarg); break;
        default: return 2;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    check(mqttka_check_abi(MQTTKA_ABI_VERSION), "libmqttka");

    client = connect_to(uri, authority, keep_alive, &phone);
    live(client, &phone, keep_alive, load);
    check(mqttka_client_destroy_and_wait(client, 5000), "destroy");
    say(now(), "end", "events=%d", atomic_load(&phone.disconnects));
    return atomic_load(&phone.failed) ? 1 : 0;
}
