/* See bench.h. */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum bench_mode mode;
    int qos;
} MODES[] = {
    {"pub0", BENCH_PUBLISH, 0}, {"pub1", BENCH_PUBLISH, 1},    {"pub2", BENCH_PUBLISH, 2}, {"sub0", BENCH_RECEIVE, 0},
    {"sub1", BENCH_RECEIVE, 1}, {"rtt1", BENCH_ROUND_TRIP, 1}, {"echo1", BENCH_ECHOES, 1}, {"idle", BENCH_IDLE, 0},
    {"own1", BENCH_OWN, 1},     {"own2", BENCH_OWN, 2},        {"busy0", BENCH_BUSY, 0},   {"cold", BENCH_HANDSHAKES, 0},
    {"resumed", BENCH_HANDSHAKES, 0},
};

void bench_parse(struct bench_arguments *arguments, int argc, char **argv) {
    bench_require(argc >= 6 && argc <= 9,
                  "usage: bench_client HOST PORT MODE COUNT SIZE [WINDOW [TRANSPORT [CA]]]");
    memset(arguments, 0, sizeof *arguments);
    arguments->host = argv[1];
    arguments->port = atoi(argv[2]);
    for (size_t i = 0; i < sizeof MODES / sizeof MODES[0]; i++) {
        if (strcmp(argv[3], MODES[i].name) == 0) {
            arguments->mode_name = MODES[i].name;
            arguments->mode = MODES[i].mode;
            arguments->qos = MODES[i].qos;
        }
    }
    bench_require(arguments->mode_name != NULL, "unknown mode");
    arguments->count = atol(argv[4]);
    arguments->size = (size_t)atol(argv[5]);
    arguments->window = argc >= 7 ? atoi(argv[6]) : 100;
    bench_require(arguments->count > 0 && arguments->window > 0, "COUNT and WINDOW begin at 1");
    arguments->transport = argc >= 8 ? argv[7] : "tcp";
    arguments->tls = strcmp(arguments->transport, "tls") == 0 || strcmp(arguments->transport, "wss") == 0;
    arguments->web_socket = arguments->transport[0] == 'w';
    arguments->resumption = strcmp(arguments->mode_name, "resumed") == 0;
    arguments->ca = argc == 9 ? argv[8] : NULL;
    bench_require(!arguments->tls || arguments->ca != NULL, "TLS needs CA");
    arguments->payload = malloc(arguments->size + 1);
    bench_require(arguments->payload != NULL, "memory");
    memset(arguments->payload, 'x', arguments->size);
    long count = arguments->count;
    if (arguments->mode == BENCH_BUSY) {
        bench_require(count % BENCH_CLIENTS == 0, "COUNT is to be shared evenly");
        count /= BENCH_CLIENTS;
    }
    snprintf(arguments->flood, sizeof arguments->flood, "flood/%d/%ld/%zu/%d", arguments->qos, count,
             arguments->size, arguments->window);
}

void bench_require(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "%s\n", what);
        exit(2);
    }
}

void bench_uri(const struct bench_arguments *arguments, const char *const schemes[4], char *uri, size_t size) {
    const char *scheme = schemes[arguments->web_socket * 2 + arguments->tls];
    snprintf(uri, size, "%s://%s:%d%s", scheme, arguments->host, arguments->port,
             arguments->web_socket ? "/mqtt" : "");
}

double bench_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double microseconds(struct timeval time) { return (double)time.tv_sec * 1e6 + (double)time.tv_usec; }

void bench_start(struct bench_stopwatch *stopwatch) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    stopwatch->wall_us = bench_now_us();
    stopwatch->cpu_us = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
    stopwatch->switches = usage.ru_nvcsw;
}

static void print_fields(const struct bench_stopwatch *start, const char *client,
                         const struct bench_arguments *arguments) {
    struct bench_stopwatch now;
    bench_start(&now);
    printf("{\"client\":\"%s\",\"mode\":\"%s\",\"messages\":%ld,\"size\":%zu,\"wall_us\":%.0f,\"cpu_us\":%.0f,"
           "\"switches\":%ld",
           client, arguments->mode_name, arguments->count, arguments->size, now.wall_us - start->wall_us,
           now.cpu_us - start->cpu_us, now.switches - start->switches);
}

void bench_report(const struct bench_stopwatch *stopwatch, const char *client,
                  const struct bench_arguments *arguments) {
    print_fields(stopwatch, client, arguments);
    printf("}\n");
    fflush(stdout);
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

void bench_report_latencies(const struct bench_stopwatch *stopwatch, const char *client,
                            const struct bench_arguments *arguments, double *latencies_us) {
    long count = arguments->count;
    print_fields(stopwatch, client, arguments);
    qsort(latencies_us, (size_t)count, sizeof latencies_us[0], ascending);
    printf(",\"median_us\":%.1f,\"p99_us\":%.1f}\n", latencies_us[count / 2], latencies_us[count * 99 / 100]);
    fflush(stdout);
}

/* The number after `name` in a file of /proc; 0 where there is none. */
static long field(const char *path, const char *name) {
    char line[256];
    long value = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = atol(line + strlen(name));
            break;
        }
    }
    fclose(file);
    return value;
}

void bench_idle_start(struct bench_idle *idle) {
    idle->bytes = field("/proc/self/smaps_rollup", "Pss:") * 1024;
    idle->threads = field("/proc/self/status", "Threads:");
}

void bench_idle_report(const struct bench_idle *idle, const char *client, const struct bench_arguments *arguments) {
    struct bench_idle now;
    bench_idle_start(&now);
    /* A sleeper that is woken, by a timer or a packet, will sleep again: a voluntary switch. */
    struct bench_stopwatch before, after;
    bench_start(&before);
    sleep(BENCH_QUIET_SECONDS);
    bench_start(&after);
    double wakeups = (double)(after.switches - before.switches - 1) / BENCH_QUIET_SECONDS;
    printf("{\"client\":\"%s\",\"mode\":\"%s\",\"messages\":%ld,\"bytes_per_client\":%ld,\"threads\":%ld,"
           "\"wakeups_per_s\":%.1f}\n",
           client, arguments->mode_name, arguments->count, (now.bytes - idle->bytes) / arguments->count,
           now.threads - idle->threads, wakeups);
    fflush(stdout);
}
