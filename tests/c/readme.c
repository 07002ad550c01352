/* The C program of the README. */
#include <mqttka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static sem_t done;

static void on_published(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    (void)client, (void)user_data;
    printf("published: %s\n", mqttka_strerror(mqttka_result_error(result)));
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)user_data;
    printf("received: %.*s\n", (int)length, payload);
    mqttka_client_disconnect(client);
}

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)client, (void)user_data;
    printf("%s\n", mqttka_event_description(event));
    int64_t will_reconnect;
    if (mqttka_event_type(event) == MQTTKA_EVENT_RECONNECT_STOPPED) sem_post(&done);
    if (mqttka_event_get_int(event, MQTTKA_EVENT_WILL_RECONNECT, &will_reconnect) == MQTTKA_OK
        && !will_reconnect)
        sem_post(&done); /* disconnected, or connect failed, for good */
}

int main(int argc, char **argv)
{
    mqttka_client *client;
    mqttka_options *options = mqttka_options_new();
    mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED);
    mqttka_options_set_int(options, MQTTKA_OPTION_PORT, argc > 1 ? atoi(argv[1]) : 1883);
    mqttka_options_set_event_callback(options, on_event);
    mqttka_options_set_message_callback(options, on_message);
    if (mqttka_client_new(options, &client) != MQTTKA_OK) {
        fprintf(stderr, "%s\n", mqttka_last_error());
        return 1;
    }
    mqttka_options_free(options);
    sem_init(&done, 0, 0);
    mqttka_client_connect(client);
    /* Before the connection is there, and whenever it is not: they wait for it. */
    mqttka_client_subscribe(client, "greeting", MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
    mqttka_client_publish(client, "greeting", MQTTKA_NUL_TERMINATED, "hello", 5, 0, false, on_published,
                          NULL);
    sem_wait(&done);
    return mqttka_client_destroy_and_wait(client, -1);
}
