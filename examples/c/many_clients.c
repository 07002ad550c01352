/* Many clients in one process: all of them share one thread for the network.
 *
 *     ./many_clients mqtt://localhost 100
 *
 * Each publishes one message when it is connected, and says goodbye when the broker has it. */
#include <mqttka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static sem_t acknowledged;

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

static void on_published(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    (void)client;
    if (mqttka_result_error(result) != MQTTKA_OK)
        fprintf(stderr, "client %d: %s\n", *(int *)user_data, mqttka_strerror(mqttka_result_error(result)));
    sem_post(&acknowledged);
}

/* Events of all clients come here; user_data says whose it is. */
static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)client;
    if (mqttka_event_type(event) != MQTTKA_EVENT_CONNECTED)
        printf("client %d: %s\n", *(int *)user_data, mqttka_event_description(event));
}

int main(int argc, char **argv)
{
    int count = argc == 3 ? atoi(argv[2]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: %s URI COUNT\n", argv[0]);
        return 2;
    }
    mqttka_client **clients = malloc((size_t)count * sizeof *clients);
    int *numbers = malloc((size_t)count * sizeof *numbers);
    if (clients == NULL || numbers == NULL) return 2;
    sem_init(&acknowledged, 0, 0);

    /* The same options for all of them, but for whose events they are. */
    mqttka_options *options = mqttka_options_new();
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_options_set_event_callback(options, on_event));
    for (int i = 0; i < count; i++) {
        numbers[i] = i;
        check(mqttka_options_set_user_data(options, &numbers[i], NULL));
        check(mqttka_client_new(options, &clients[i]));
        check(mqttka_client_connect(clients[i]));
        /* It waits for the connection, and is sent with it. */
        check(mqttka_client_publish(clients[i], "examples/many", MQTTKA_NUL_TERMINATED, "hello",
                                    MQTTKA_NUL_TERMINATED, 1, false, on_published, &numbers[i]));
    }
    mqttka_options_free(options);

    for (int i = 0; i < count; i++) sem_wait(&acknowledged);
    printf("%d clients have published\n", count);
    /* First all goodbyes, then the waiting for each. */
    for (int i = 0; i < count; i++) check(mqttka_client_disconnect(clients[i]));
    for (int i = 0; i < count; i++) check(mqttka_client_destroy_and_wait(clients[i], -1));
    free(clients);
    free(numbers);
    return 0;
}
