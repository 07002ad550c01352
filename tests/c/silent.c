#include "silent.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"

int silent_listen(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(listener, 64) == 0);
    EXPECT(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    *port = ntohs(address.sin_port);
    return listener;
}

int silent_accept(int listener)
{
    char byte;
    int accepted = accept(listener, NULL, NULL);
    EXPECT(accepted >= 0);
    EXPECT(recv(accepted, &byte, 1, 0) == 1);
    EXPECT_INT(0x10, byte); /* CONNECT */
    return accepted;
}
