/* A mosquitto of a test's own, which it stops and starts. */
#ifndef MOSQUITTO_H
#define MOSQUITTO_H
#include <sys/types.h>

/* Starts one on this port of loopback; it may not listen yet. */
pid_t mosquitto_start(int port);
/* Kills it, also where it is stopped, and waits for its end. */
void mosquitto_kill(pid_t broker);

#endif
