#include "mosquitto.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"

extern char **environ;

pid_t mosquitto_start(int port)
{
    char number[16];
    pid_t pid;
    char *program = getenv("MOSQUITTO");
    if (program == NULL) EXPECT_FAILED("MOSQUITTO is not set; run tests/c/run.sh");
    snprintf(number, sizeof number, "%d", port);
    char *arguments[] = {program, "-p", number, NULL};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
    EXPECT(posix_spawn(&pid, program, &quiet, NULL, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&quiet);
    return pid;
}

void mosquitto_kill(pid_t broker)
{
    int status;
    EXPECT(kill(broker, SIGKILL) == 0);
    EXPECT(waitpid(broker, &status, 0) == broker);
}
