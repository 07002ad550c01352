#include "peer.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

static bool read_all(int socket, void *into, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = recv(socket, (char *)into + done, length - done, 0);
        if (count <= 0) return false;
        done += (size_t)count;
    }
    return true;
}

bool peer_read(int socket, struct peer_packet *packet)
{
    uint8_t byte;
    size_t length = 0;
    if (!read_all(socket, &packet->first, 1)) return false;
    for (int shift = 0;; shift += 7) {
        EXPECT(shift <= 21);
        if (!read_all(socket, &byte, 1)) return false;
        length |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    packet->body = realloc(packet->body, length + 1);
    packet->length = length;
    EXPECT(packet->body != NULL);
    return read_all(socket, packet->body, length);
}

void peer_free(struct peer_packet *packet)
{
    free(packet->body);
    packet->body = NULL;
}

uint8_t peer_kind(const struct peer_packet *packet) { return packet->first & 0xf0; }

bool peer_send(int socket, const void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = send(socket, (const char *)bytes + done, length - done, MSG_NOSIGNAL);
        if (count <= 0) return false;
        done += (size_t)count;
    }
    return true;
}

void peer_answer(int socket, const struct peer_packet *packet)
{
    const uint8_t *body = packet->body;
    switch (peer_kind(packet)) {
    case PEER_PUBLISH:
        if ((packet->first & 6) == 2) {
            size_t topic = (size_t)(body[0] << 8 | body[1]);
            uint8_t puback[] = {0x40, 2, body[2 + topic], body[3 + topic]};
            peer_send(socket, puback, sizeof puback);
        }
        break;
    case PEER_SUBSCRIBE: {
        uint8_t suback[] = {0x90, 4, body[0], body[1], 0, 0};
        peer_send(socket, suback, sizeof suback);
        break;
    }
    case PEER_UNSUBSCRIBE: {
        uint8_t unsuback[] = {0xb0, 4, body[0], body[1], 0, 0};
        peer_send(socket, unsuback, sizeof unsuback);
        break;
    }
    case 0xc0: peer_send(socket, "\xd0", 2); break;
    default: break;
    }
}

int peer_accept(int listener) { return peer_accept_with(listener, "\x20\3\0\0", 5); }

int peer_accept_with(int listener, const void *connack, size_t length)
{
    struct peer_packet packet = {0};
    int socket = accept(listener, NULL, NULL);
    EXPECT(socket >= 0);
    EXPECT(peer_read(socket, &packet));
    EXPECT_INT(PEER_CONNECT, packet.first);
    peer_free(&packet);
    EXPECT(peer_send(socket, connack, length));
    return socket;
}

bool peer_publish(int socket) { return peer_send(socket, "\x30\4\0\1t", 6); }

void peer_reset(int socket)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    EXPECT(setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0);
    close(socket);
}

bool peer_publish_qos1(int socket, char topic, uint16_t identifier)
{
    uint8_t bytes[] = {0x32, 6, 0, 1, (uint8_t)topic, (uint8_t)(identifier >> 8), (uint8_t)identifier, 0};
    return peer_send(socket, bytes, sizeof bytes);
}

void peer_expect(int socket, struct peer_packet *packet, uint8_t kind)
{
    do {
        EXPECT(peer_read(socket, packet));
        peer_answer(socket, packet);
    } while (peer_kind(packet) == 0xc0); /* PINGREQ */
    EXPECT_INT(kind, peer_kind(packet));
}
