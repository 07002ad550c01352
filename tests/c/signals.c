#define _GNU_SOURCE
/*
 * Signals are the host's: none is taken by a thread of the library, and programs that a callback
 * starts begin with an empty signal mask. "taken", "programs".
 */
#include "recorder.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 100 };

static pthread_t main_thread;
static volatile sig_atomic_t taken_in_main, taken_elsewhere;

static void handler(int number)
{
    (void)number;
    if (pthread_equal(pthread_self(), main_thread)) taken_in_main += 1;
    else taken_elsewhere += 1;
}

/* A host's loop: it blocks the signal, and takes it in ppoll. */
static void taken(void)
{
    struct recorder recorder;
    struct sigaction action = {.sa_handler = handler};
    struct timespec patience = {.tv_sec = 20};
    sigset_t blocked, inside;
    main_thread = pthread_self();
    EXPECT(sigaction(SIGTERM, &action, NULL) == 0);
    recorder_init(&recorder);
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_subscribe(client, "signals", 7, 0, NULL, NULL));
    OK(mqttka_client_publish(client, "signals", 7, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    recorder_wait(&recorder, &recorder.messages, 1);

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    EXPECT(pthread_sigmask(SIG_BLOCK, &blocked, &inside) == 0);
    for (int i = 1; i <= SIGNALS; i++) {
        EXPECT(kill(getpid(), SIGTERM) == 0);
        int woken = ppoll(NULL, 0, &patience, &inside);
        if (woken != -1 || taken_in_main != i)
            EXPECT_FAILED("of %d signals main took %d, others %d", i, (int)taken_in_main,
                          (int)taken_elsewhere);
    }
    EXPECT_INT(0, taken_elsewhere);
    recorder_finish(&recorder, client);
}

static char mask_of_system[64], mask_of_exec[64];

static void read_mask(int end, char *into, size_t size)
{
    ssize_t count = read(end, into, size - 1);
    EXPECT(count > 0);
    into[count] = '\0';
    close(end);
}

/* Starts a program by system() and one by fork and exec; each tells its blocked signals. */
static void start_programs(struct recorder *recorder, mqttka_client *client,
                           const mqttka_message *message)
{
    int ends[2], status;
    char command[100];
    EXPECT(recorder != NULL && client != NULL && message != NULL);
    EXPECT(pipe(ends) == 0);
    /* Not ">&", which sh knows for one digit only. */
    snprintf(command, sizeof command, "grep SigBlk /proc/self/status >/dev/fd/%d", ends[1]);
    EXPECT(system(command) == 0);
    close(ends[1]);
    read_mask(ends[0], mask_of_system, sizeof mask_of_system);

    EXPECT(pipe(ends) == 0);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execlp("grep", "grep", "SigBlk", "/proc/self/status", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    read_mask(ends[0], mask_of_exec, sizeof mask_of_exec);
    EXPECT(waitpid(child, &status, 0) == child);
}

static void programs(void)
{
    static const char EMPTY[] = "SigBlk:\t0000000000000000\n";
    struct recorder recorder;
    recorder_init(&recorder);
    recorder.on_message = start_programs;
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_client_subscribe(client, "programs", 8, 0, NULL, NULL));
    OK(mqttka_client_publish(client, "programs", 8, "x", 1, 0, false, NULL, NULL));
    recorder_wait(&recorder, &recorder.messages, 1);
    EXPECT_TEXT(EMPTY, mask_of_system);
    EXPECT_TEXT(EMPTY, mask_of_exec);
    recorder_finish(&recorder, client);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "programs") == 0) programs();
    else taken();
    return 0;
}
