/* A server on loopback that says what a test wants to each connection, whatever it hears. */
#ifndef SCRIPT_H
#define SCRIPT_H
#include <pthread.h>
#include <stddef.h>

struct script_answer {
    const void *bytes;
    size_t length;
};

struct script {
    int port;
    int listener;
    pthread_t thread;
    const struct script_answer *answers;
    size_t count;
};

/* Each connection gets the first answer when something of it came, the second one when more came,
 * and so on, then nothing until it ends. */
void script_start(struct script *script, const struct script_answer *answers, size_t count);
void script_stop(struct script *script);

#define ANSWER(text) {text, sizeof text - 1}

#endif
