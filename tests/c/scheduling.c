/*
 * A thread with a processor and a scheduling policy of its own makes the first client: the
 * library's threads have the process's processors and the default policy all the same.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include <sched.h>
#include <unistd.h>

static int lane_policy = -1;
static cpu_set_t lane_processors;

static void on_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    EXPECT(recorder != NULL && client != NULL && event != NULL);
    lane_policy = sched_getscheduler(0);
    EXPECT(sched_getaffinity(0, sizeof lane_processors, &lane_processors) == 0);
}

static void *first_client(void *of)
{
    struct recorder *recorder = of;
    struct sched_param none = {0};
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    EXPECT(sched_setaffinity(0, sizeof one, &one) == 0);
    EXPECT(sched_setscheduler(0, SCHED_BATCH, &none) == 0);
    mqttka_client *client = recorder_connected(recorder, test_port("MQTTKA_TEST_PORT"));
    recorder_finish(recorder, client);
    return NULL;
}

int main(void)
{
    struct recorder recorder;
    pthread_t thread;
    cpu_set_t ours;
    recorder_init(&recorder);
    recorder.on_event = on_event;
    EXPECT(pthread_create(&thread, NULL, first_client, &recorder) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_INT(SCHED_OTHER, lane_policy);
    EXPECT(sched_getaffinity(0, sizeof ours, &ours) == 0);
    EXPECT(CPU_EQUAL(&ours, &lane_processors));
    return 0;
}
