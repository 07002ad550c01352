/* What every adapter of the lab shares: events out, commands in, the load.
 *
 * An adapter includes this file, defines the four functions declared under "the client", and calls
 * lab_main(). README.md describes the protocol that results; an adapter in another language
 * implements that protocol itself. */
#ifndef LAB_ADAPTER_H
#define LAB_ADAPTER_H

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LAB_SMALL_PAYLOAD = 64,
    LAB_FLOOD_PAYLOAD = 1024,
    LAB_UPLOAD_PAYLOAD = 10 * 1000 * 1000,
};

#define LAB_UP "lab/up"     /* the adapter publishes here */
#define LAB_DOWN "lab/down" /* the lab publishes here */

typedef enum { LAB_ACCEPTED, LAB_FULL, LAB_NOT_CONNECTED } lab_accept;

/* --- the client: what an adapter defines --- */

/* Starts to connect, once for every "connect" command; returns without waiting where it can. */
static void client_connect(void);
static lab_accept client_publish(const char *topic, const void *payload, int length, int qos);
static void client_subscribe(const char *filter);
/* Ends the connection and everything else of the client, and waits for it. */
static void client_quit(void);

/* --- the state that is shared between the client's threads and ours --- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *host;
    int port;
    const char *uri;   /* of the broker, with the transport: mqtt, mqtts, ws, wss */
    const char *ca;    /* a PEM file to trust; NULL: no TLS */
    const char *proxy; /* a URI: http, socks5; NULL: none */
    int keep_alive;
    const char *load;
    size_t outstanding_max; /* bytes of publishes accepted and not yet completed */
    bool connected;
    bool quitting;
    uint64_t generation; /* counts connections: a completion of an older one counts for nothing */
    size_t outstanding;
} lab = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline bool lab_load_is(const char *name) { return strcmp(lab.load, name) == 0; }

/* --- events out --- */

static inline uint64_t lab_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One line of JSON; `fields` is a printf format of further members, each with a leading comma. */
__attribute__((format(printf, 2, 3))) static inline void lab_event(const char *event, const char *fields, ...) {
    uint64_t now = lab_now();
    va_list arguments;
    va_start(arguments, fields);
    flockfile(stdout);
    printf("{\"t\":%" PRIu64 ",\"event\":\"%s\"", now, event);
    vprintf(fields, arguments);
    printf("}\n");
    fflush(stdout);
    funlockfile(stdout);
    va_end(arguments);
}

static inline void lab_set_connected(bool connected) {
    pthread_mutex_lock(&lab.lock);
    lab.connected = connected;
    if (connected) {
        lab.generation++;
        lab.outstanding = 0;
    }
    pthread_cond_broadcast(&lab.changed);
    pthread_mutex_unlock(&lab.lock);
}

static inline bool lab_is_connected(void) {
    pthread_mutex_lock(&lab.lock);
    bool connected = lab.connected;
    pthread_mutex_unlock(&lab.lock);
    return connected;
}

/* A publish of `length` bytes is over, for good or ill. */
static inline void lab_completed(size_t length) {
    pthread_mutex_lock(&lab.lock);
    lab.outstanding -= length < lab.outstanding ? length : lab.outstanding;
    pthread_cond_broadcast(&lab.changed);
    pthread_mutex_unlock(&lab.lock);
}

/* Call it when a message arrives: the load "stuck" is a handler that never returns. */
static inline void lab_message_arrived(void) {
    if (!lab_load_is("stuck"))
        return;
    lab_event("stuck", "%s", "");
    pthread_mutex_lock(&lab.lock);
    while (!lab.quitting)
        pthread_cond_wait(&lab.changed, &lab.lock);
    pthread_mutex_unlock(&lab.lock);
}

/* --- the load --- */

static inline struct timespec lab_in(double seconds) {
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    int64_t nanoseconds = when.tv_nsec + (int64_t)(seconds * 1e9);
    when.tv_sec += nanoseconds / 1000000000;
    when.tv_nsec = nanoseconds % 1000000000;
    return when;
}

/* Publishes one message every 0.1 K while connected, or every LAB_EVERY seconds. */
static inline void lab_stream(int qos) {
    char payload[LAB_SMALL_PAYLOAD] = {0};
    const char *every = getenv("LAB_EVERY");
    double pause = every != NULL ? atof(every) : 0.1 * lab.keep_alive;
    pthread_mutex_lock(&lab.lock);
    while (!lab.quitting) {
        if (!lab.connected) {
            pthread_cond_wait(&lab.changed, &lab.lock);
            continue;
        }
        pthread_mutex_unlock(&lab.lock);
        client_publish(LAB_UP, payload, sizeof payload, qos);
        struct timespec next = lab_in(pause);
        pthread_mutex_lock(&lab.lock);
        while (!lab.quitting && pthread_cond_timedwait(&lab.changed, &lab.lock, &next) == 0)
            ;
    }
    pthread_mutex_unlock(&lab.lock);
}

/* Publishes as fast as the client accepts it. */
static inline void lab_pour(int length, int qos) {
    char *payload = calloc(1, (size_t)length);
    size_t max = lab.outstanding_max > (size_t)length ? lab.outstanding_max : (size_t)length;
    pthread_mutex_lock(&lab.lock);
    while (!lab.quitting) {
        if (!lab.connected || lab.outstanding + (size_t)length > max) {
            pthread_cond_wait(&lab.changed, &lab.lock);
            continue;
        }
        uint64_t generation = lab.generation;
        lab.outstanding += (size_t)length;
        pthread_mutex_unlock(&lab.lock);
        lab_accept accepted = client_publish(LAB_UP, payload, length, qos);
        pthread_mutex_lock(&lab.lock);
        if (accepted != LAB_ACCEPTED && generation == lab.generation) {
            lab.outstanding -= (size_t)length < lab.outstanding ? (size_t)length : lab.outstanding;
            /* Full: a completion makes room, but it may have come already. */
            struct timespec soon = lab_in(0.01);
            pthread_cond_timedwait(&lab.changed, &lab.lock, &soon);
        }
    }
    pthread_mutex_unlock(&lab.lock);
    free(payload);
}

static inline void *lab_load_thread(void *unused) {
    if (lab_load_is("qos0") || lab_load_is("both") || lab_load_is("download-qos0"))
        lab_stream(0);
    else if (lab_load_is("qos1"))
        lab_stream(1);
    else if (lab_load_is("flood"))
        lab_pour(LAB_FLOOD_PAYLOAD, 0);
    else if (lab_load_is("upload"))
        lab_pour(LAB_UPLOAD_PAYLOAD, 1);
    return unused;
}

/* Call it at "connected": begins the load of this connection. */
static inline void lab_on_connected(void) {
    lab_set_connected(true);
    if (lab_load_is("subscriber") || lab_load_is("both") || lab_load_is("stuck") || lab_load_is("download") ||
        lab_load_is("download-qos0"))
        client_subscribe(LAB_DOWN);
}

/* --- commands in --- */

static inline void lab_die(const char *what, const char *why) {
    fprintf(stderr, "adapter: %s: %s\n", what, why);
    exit(3);
}

static inline void lab_start_connecting(void) {
    lab_event("connecting", "%s", "");
    client_connect();
}

static inline const char *lab_setting(const char *name) {
    const char *value = getenv(name);
    return value != NULL && *value != 0 ? value : NULL;
}

/* Of a URI without path: "scheme://host:port". */
static inline void lab_split(const char *uri, char *host, size_t size, int *port) {
    const char *start = strstr(uri, "://");
    const char *colon = strrchr(uri, ':');
    if (start == NULL || colon <= start || (size_t)(colon - start - 3) >= size)
        lab_die("not a URI with host and port", uri);
    size_t length = (size_t)(colon - start - 3);
    memcpy(host, start + 3, length);
    host[length] = 0;
    *port = atoi(colon + 1);
}

static inline void lab_parse(int argc, char **argv, size_t outstanding_max) {
    if (argc != 5)
        lab_die("usage", "adapter HOST PORT KEEP_ALIVE LOAD");
    lab.host = argv[1];
    lab.port = atoi(argv[2]);
    lab.keep_alive = atoi(argv[3]);
    lab.load = argv[4];
    lab.outstanding_max = outstanding_max;
    lab.uri = lab_setting("LAB_URI");
    lab.ca = lab_setting("LAB_CA");
    lab.proxy = lab_setting("LAB_PROXY");
    if (lab.uri == NULL)
        lab_die("usage", "LAB_URI is not set");
}

/* Connects, then obeys: "connect" connects again, "quit" or the end of input ends it all. */
static inline int lab_main(void) {
    pthread_t load;
    if (pthread_create(&load, NULL, lab_load_thread, NULL) != 0)
        lab_die("pthread_create", "failed");
    lab_start_connecting();
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0)
        if (strcmp(line, "connect\n") == 0)
            lab_start_connecting();
    pthread_mutex_lock(&lab.lock);
    lab.quitting = true;
    pthread_cond_broadcast(&lab.changed);
    pthread_mutex_unlock(&lab.lock);
    client_quit();
    pthread_join(load, NULL);
    return 0;
}

#endif
