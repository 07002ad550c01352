/* What a peer of the hostile broker does: connects to 127.0.0.1, subscribes, publishes once with QoS 1 and once with
 * QoS 2, and says a line for what it hears: `connected`, `message PAYLOAD`, `ended WHY`. It ends with the connection, or with
 * its standard input. Its arguments: the port, and the protocol's level, 4 or 5. */
#ifndef PEER_H
#define PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int port, level;

/* What it announces in 5.0: a broker that sends more breaks a rule. */
enum { RECEIVE_MAXIMUM = 4, MAXIMUM_PACKET_SIZE = 4096 };

static inline void say(const char *what, const char *why) {
    printf("%s %s\n", what, why != NULL ? why : "");
    fflush(stdout);
}

static inline void message(const void *payload, size_t size) {
    printf("message %.*s\n", (int)(size < 16 ? size : 16), (const char *)payload);
    fflush(stdout);
}

/* Once it is over nothing more is to be heard: the process goes at once. */
static inline void ended(const char *why) {
    say("ended", why);
    _exit(0);
}

static inline void arguments(int argc, char **argv) {
    if (argc != 3)
        _exit(3);
    port = atoi(argv[1]);
    level = atoi(argv[2]);
}

/* Until the standard input ends. */
static inline void wait_until_told(void) {
    char byte;
    while (read(0, &byte, 1) > 0)
        continue;
}

static inline int until_told(void) {
    wait_until_told();
    _exit(0);
}

#endif
