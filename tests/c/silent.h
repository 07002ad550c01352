/* A server on loopback that accepts connections and never says a word. */
#ifndef SILENT_H
#define SILENT_H

/* Listens; returns the listening socket. */
int silent_listen(int *port);
/* Accepts one connection and waits for the first bytes on it; returns its socket. */
int silent_accept(int listener);

#endif
