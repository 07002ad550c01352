/* Where a parent closes a connection, or it ends by its verdict, the broker sees it although a
 * child lives that has its descriptor. */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum ending { DESTROY, ABORT, VERDICT };

/* A child that has the parent's sockets and does nothing. */
static pid_t idle_child(int *let_go)
{
    int ends[2];
    char byte;
    EXPECT(pipe(ends) == 0);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(ends[0]);
    *let_go = ends[1];
    return child;
}

static void broker_sees(int accepted)
{
    struct timeval patience = {.tv_sec = 60};
    struct peer_packet packet = {0};
    EXPECT(setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    errno = 0;
    while (peer_read(accepted, &packet)) /* what was said before */
        ;
    if (errno == EAGAIN) EXPECT_FAILED("the broker does not see the end while a child lives");
    peer_free(&packet);
    close(accepted);
}

static void close_beside_a_child(enum ending ending)
{
    struct recorder recorder;
    mqttka_client *client;
    int port, let_go, status, listener = silent_listen(&port);
    recorder_init(&recorder);
    mqttka_options *options_of_it = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options_of_it, MQTTKA_OPTION_KEEP_ALIVE, ending == VERDICT ? 1 : 60));
    OK(mqttka_client_new(options_of_it, &client));
    mqttka_options_free(options_of_it);
    OK(mqttka_client_connect(client));
    int accepted = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    pid_t child = idle_child(&let_go);
    if (ending == VERDICT) recorder_wait(&recorder, &recorder.disconnected, 1);
    if (ending == ABORT) OK(mqttka_client_abort(client));
    if (ending == DESTROY) OK(mqttka_client_destroy(client));
    broker_sees(accepted);
    close(let_go);
    EXPECT(waitpid(child, &status, 0) == child);
    if (ending == DESTROY) recorder_wait(&recorder, &recorder.destroyed, 1);
    else OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.disconnected);
    close(listener);
}

int main(void)
{
    close_beside_a_child(DESTROY);
    close_beside_a_child(ABORT);
    close_beside_a_child(VERDICT);
    return 0;
}
