#include "script.h"

#include <sys/socket.h>
#include <unistd.h>

#include "expect.h"
#include "silent.h"

static void serve(const struct script *script, int connection)
{
    char heard[4096];
    for (size_t i = 0; i < script->count; i++) {
        if (recv(connection, heard, sizeof heard, 0) <= 0) return;
        const struct script_answer *answer = &script->answers[i];
        if (send(connection, answer->bytes, answer->length, MSG_NOSIGNAL) < 0) return;
    }
    while (recv(connection, heard, sizeof heard, 0) > 0)
        ;
}

static void *run(void *argument)
{
    const struct script *script = argument;
    int connection;
    while ((connection = accept(script->listener, NULL, NULL)) >= 0) {
        serve(script, connection);
        close(connection);
    }
    return NULL;
}

void script_start(struct script *script, const struct script_answer *answers, size_t count)
{
    script->listener = silent_listen(&script->port);
    script->answers = answers;
    script->count = count;
    EXPECT(pthread_create(&script->thread, NULL, run, script) == 0);
}

void script_stop(struct script *script)
{
    EXPECT(shutdown(script->listener, SHUT_RDWR) == 0); /* ends accept() */
    EXPECT(pthread_join(script->thread, NULL) == 0);
    close(script->listener);
}
