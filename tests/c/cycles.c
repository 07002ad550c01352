/* A thousand clients, one after the other: threads, descriptors and memory do not grow. */
#include "recorder.h"

#include <dirent.h>
#include <unistd.h>

static int64_t status_field(const char *name)
{
    char line[256];
    int64_t value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    EXPECT(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) value = atoll(line + strlen(name) + 1);
    fclose(file);
    EXPECT(value >= 0);
    return value;
}

static int descriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    EXPECT(directory != NULL);
    while (readdir(directory) != NULL) count += 1;
    closedir(directory);
    return count;
}

static void cycle(int number)
{
    struct recorder recorder;
    recorder_init(&recorder);
    mqttka_client *client = recorder_client(&recorder, test_port("MQTTKA_TEST_PORT"));
    if (number % 4 > 0) OK(mqttka_client_connect(client));
    if (number % 4 > 1) {
        recorder_wait(&recorder, &recorder.connected, 1);
        OK(mqttka_client_subscribe(client, "cycle", 5, 1, NULL, NULL));
        OK(mqttka_client_publish(client, "cycle", 5, "x", 1, 1, false, NULL, NULL));
    }
    if (number % 4 > 2) recorder_wait(&recorder, &recorder.messages, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.terminated);
    EXPECT_INT(1, recorder.destroyed);
    /* Destroyed at once, the attempt may or may not have come so far. */
    EXPECT_INT(number % 4 > 0, recorder.connected + recorder.connect_failed);
    EXPECT_INT(recorder.connected, recorder.disconnected);
}

int main(void)
{
    for (int i = 0; i < 200; i++) cycle(i);
    int64_t threads = status_field("Threads:"), resident = status_field("VmRSS:");
    int open = descriptors();
    for (int i = 0; i < 1000; i++) cycle(i);
    int64_t grown = status_field("VmRSS:") - resident;
    printf("threads %" PRId64 " to %" PRId64 ", descriptors %d to %d, memory %+" PRId64 " KiB\n",
           threads, status_field("Threads:"), open, descriptors(), grown);
    /* The pool may hold one thread more or less at any moment; a leak would be hundreds. */
    EXPECT(status_field("Threads:") <= threads + 4);
    /* Nothing tells when the last one's socket is closed: look now and then, for a minute. */
    for (int look = 0; look < 6000 && descriptors() > open; look++) usleep(10000);
    EXPECT(descriptors() <= open);
    /* Memory checkers keep freed memory. One byte leaked per cycle is for them to find. */
    if (getenv("MQTTKA_TEST_SLOW") == NULL) EXPECT(grown < 1024);
    return 0;
}
