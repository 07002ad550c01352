/* The shortest program: MQTT over TCP, unencrypted, for networks that you trust.
 *
 *     ./hello mqtt://localhost
 *     ./hello mqtt://user:password@broker.example:1884
 *
 * Connects, subscribes, publishes, prints what comes, and says goodbye. The other examples are this
 * one with other options. */
#include <mqttka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static sem_t over; /* posted when the connection has ended, or did not come about */
static int received;

/* Connected, connect failed, or disconnected. Called on a thread of the library. */
static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)user_data;
    printf("%s\n", mqttka_event_description(event));
    int32_t type = mqttka_event_type(event);
    if (type == MQTTKA_EVENT_DISCONNECTED || type == MQTTKA_EVENT_CONNECT_FAILED) sem_post(&over);
    if (type != MQTTKA_EVENT_CONNECTED) return; /* there are others, as reconnect.c shows */
    /* They go out in this order, so the broker sends us our own message. */
    mqttka_client_subscribe(client, "greeting", MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
    mqttka_client_publish(client, "greeting", MQTTKA_NUL_TERMINATED, "hello", 5, 1, false, NULL,
                          NULL);
}

/* A message. Called on another thread of the library; a payload is bytes, not a C string. */
static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)user_data;
    printf("received: %.*s\n", (int)length, payload);
    received = 1;
    mqttka_client_disconnect(client); /* the goodbye; the broker publishes no Will */
}

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    mqttka_options *options = mqttka_options_new();
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_options_set_event_callback(options, on_event));
    check(mqttka_options_set_message_callback(options, on_message));

    mqttka_client *client;
    check(mqttka_client_new(options, &client));
    mqttka_options_free(options);

    sem_init(&over, 0, 0);
    check(mqttka_client_connect(client)); /* returns at once; on_event hears what became of it */
    sem_wait(&over);
    check(mqttka_client_destroy_and_wait(client, -1));
    return received ? 0 : 1;
}
