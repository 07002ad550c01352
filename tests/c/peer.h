/* A broker of MQTT 5.0 whose every byte is the test's; on a socket of silent_listen(). */
#ifndef PEER_H
#define PEER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PEER_CONNECT = 0x10,
    PEER_PUBLISH = 0x30,
    PEER_PUBACK = 0x40,
    PEER_SUBSCRIBE = 0x80,
    PEER_UNSUBSCRIBE = 0xa0,
    PEER_DISCONNECT = 0xe0
};

struct peer_packet {
    uint8_t first;
    uint8_t *body; /* valid until the next read with this packet */
    size_t length;
};

/* Accepts one connection, reads its CONNECT and answers with CONNACK; returns its socket. */
int peer_accept(int listener);
/* The same with these bytes as its answer. */
int peer_accept_with(int listener, const void *connack, size_t length);
/* Reads one packet; false at the end of the stream or where it was reset. Begin with {0}. */
bool peer_read(int socket, struct peer_packet *packet);
void peer_free(struct peer_packet *packet);
/* The kind of a packet, without its flags. */
uint8_t peer_kind(const struct peer_packet *packet);
/* Answers what asks for an answer: PUBLISH of QoS 1, SUBSCRIBE and UNSUBSCRIBE of one filter,
 * PINGREQ. */
void peer_answer(int socket, const struct peer_packet *packet);
/* Sends bytes; false where the connection is gone. */
bool peer_send(int socket, const void *bytes, size_t length);
/* Sends a QoS 0 message of topic "t" with an empty payload. */
bool peer_publish(int socket);
/* The same with QoS 1, a topic of one letter and this packet identifier. */
bool peer_publish_qos1(int socket, char topic, uint16_t identifier);
/* Reads the next packet that is no PINGREQ, which must be of this kind, and answers it. */
void peer_expect(int socket, struct peer_packet *packet, uint8_t kind);
/* Closes with a reset. */
void peer_reset(int socket);

#endif
