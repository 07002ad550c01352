/* What every C client of the harness shares; report/ is the same for Rust.
 *
 * A client is run as `bench_client HOST PORT MODE COUNT SIZE [WINDOW [TRANSPORT [CA]]]` and prints one line of JSON. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>

/* What is published to; the sink ignores it but for BENCH_ECHO, which comes back at QoS 1. */
#define BENCH_TOPIC "bench/topic"
#define BENCH_ECHO "echo"
#define BENCH_OWN_TOPIC "bench/own"

/* How many clients share the work of BENCH_BUSY. */
enum { BENCH_CLIENTS = 1000 };
/* How long idle clients are watched. */
enum { BENCH_QUIET_SECONDS = 2 };

enum bench_mode {
    BENCH_PUBLISH,    /* at `qos`; at QoS 0 one more message at QoS 1 proves that all have arrived */
    BENCH_RECEIVE,    /* a flood at `qos` */
    BENCH_ROUND_TRIP, /* publish at QoS 1 and wait for the PUBACK, one at a time */
    BENCH_ECHOES,     /* publish at QoS 1 and wait until the message comes back, one at a time */
    BENCH_IDLE,       /* connect `count` clients and do nothing */
    BENCH_OWN,        /* 5.0, a real broker: publish `count` to a subscription of one's own, all at once */
    BENCH_BUSY,       /* `BENCH_CLIENTS` clients at a time, each receives its part of a flood at QoS 0 */
    BENCH_HANDSHAKES, /* connect, wait for the CONNACK and disconnect, `count` times; see `resumption` */
};

struct bench_arguments {
    const char *host;
    int port;
    const char *mode_name;
    enum bench_mode mode;
    int qos;
    long count;
    size_t size;
    int window; /* unacknowledged messages at a time, in both directions */
    unsigned char *payload;
    const char *transport; /* "tcp", "tls", "ws" or "wss" */
    bool tls;
    bool web_socket;
    bool resumption; /* of TLS sessions, in BENCH_HANDSHAKES */
    const char *ca;  /* with TLS: the file of the authority's certificate */
    char flood[64]; /* the filter that orders the flood of BENCH_RECEIVE */
};

/* Ends the process with a line on how to call it if that is wrong. */
void bench_parse(struct bench_arguments *arguments, int argc, char **argv);

/* Ends the process with a message unless `ok`. */
void bench_require(bool ok, const char *what);

/* Time by the clock and time on the processor, from after the connection to the end. */
struct bench_stopwatch {
    double wall_us;
    double cpu_us;
    long switches;
};
void bench_start(struct bench_stopwatch *stopwatch);
void bench_report(const struct bench_stopwatch *stopwatch, const char *client, const struct bench_arguments *arguments);
/* Of `arguments->count` round trips. */
void bench_report_latencies(const struct bench_stopwatch *stopwatch, const char *client,
                            const struct bench_arguments *arguments, double *latencies_us);
double bench_now_us(void);
/* "SCHEME://HOST:PORT", with the path "/mqtt" for WebSocket; the schemes of TCP, TLS, WebSocket, and both. */
void bench_uri(const struct bench_arguments *arguments, const char *const schemes[4], char *uri, size_t size);

/* Memory and threads, from before the first client is made to when all are connected; and how often the process wakes
 * up while all of them do nothing. */
struct bench_idle {
    long bytes;
    long threads;
};
void bench_idle_start(struct bench_idle *idle);
/* When all are connected. It takes BENCH_QUIET_SECONDS. */
void bench_idle_report(const struct bench_idle *idle, const char *client, const struct bench_arguments *arguments);

#endif
