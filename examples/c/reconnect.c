/* A client that comes back by itself: it publishes once a second, whatever happens to the network or
 * the broker, and prints what it hears.
 *
 *     ./reconnect mqtt://localhost                               until it is interrupted
 *     ./reconnect mqtt://localhost 10                            ten messages
 *
 * Stop the broker, and start it again: nothing is done here for what follows.
 */
#include <inttypes.h>
#include <mqttka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sem_t over;    /* posted when the client has stopped for good */
static sem_t arrived; /* posted for each publish that the broker acknowledged */

static int64_t number(const mqttka_event *event, int32_t key)
{
    int64_t value;
    return mqttka_event_get_int(event, key, &value) == MQTTKA_OK ? value : -1;
}

/* Called on a thread of the library. */
static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)client, (void)user_data;
    switch (mqttka_event_type(event)) {
    case MQTTKA_EVENT_CONNECTED:
        printf("connected; offline for %" PRId64 " ms, %" PRId64 " sent again\n",
               number(event, MQTTKA_EVENT_OFFLINE_MS), number(event, MQTTKA_EVENT_SENT_AGAIN));
        break;
    case MQTTKA_EVENT_DISCONNECTED:
    case MQTTKA_EVENT_CONNECT_FAILED:
        printf("%s\n", mqttka_event_description(event));
        if (number(event, MQTTKA_EVENT_WILL_RECONNECT) == 0) sem_post(&over);
        break;
    case MQTTKA_EVENT_RECONNECTING:
        printf("trying again in %" PRId64 " ms\n", number(event, MQTTKA_EVENT_DELAY_MS));
        break;
    case MQTTKA_EVENT_RECONNECT_STOPPED: /* refused credentials, for example */
        printf("stopped: %s\n",
               mqttka_stop_reason_string((int32_t)number(event, MQTTKA_EVENT_STOP_REASON)));
        sem_post(&over);
        break;
    default: /* later versions may have others */
        printf("%s\n", mqttka_event_description(event));
    }
    fflush(stdout);
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)client, (void)user_data;
    printf("received: %.*s\n", (int)length, payload);
    fflush(stdout);
}

/* Each publish has exactly one outcome, on whichever connection it comes. */
static void on_published(mqttka_client *client, const mqttka_result *result, void *user_data)
{
    (void)client, (void)user_data;
    printf("published: %s\n", mqttka_strerror(mqttka_result_error(result)));
    fflush(stdout);
    if (mqttka_result_error(result) == MQTTKA_OK) sem_post(&arrived);
}

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

/* A message that is worth nothing any more after a minute. */
static void publish(mqttka_client *client, int count)
{
    char text[16];
    mqttka_message *message;
    mqttka_publish_options options = {0};
    options.size = sizeof options;
    options.timeout_ms = 60000;
    snprintf(text, sizeof text, "%d", count);
    check(mqttka_message_new("ticks", MQTTKA_NUL_TERMINATED, text, strlen(text), 1, false, &message));
    check(mqttka_client_publish_with(client, message, &options, on_published, NULL));
    mqttka_message_free(message);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s URI [MESSAGES]\n", argv[0]);
        return 2;
    }
    int messages = argc > 2 ? atoi(argv[2]) : INT32_MAX;
    mqttka_options *options = mqttka_options_new();
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_options_set_event_callback(options, on_event));
    check(mqttka_options_set_message_callback(options, on_message));
    /* By default at most a minute between two attempts, for ever. */
    check(mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, 5000));

    mqttka_client *client;
    check(mqttka_client_new(options, &client));
    mqttka_options_free(options);

    sem_init(&over, 0, 0);
    sem_init(&arrived, 0, 0);
    check(mqttka_client_connect(client));
    /* It is not connected yet; what is asked for waits, here and whenever there is no connection. */
    check(mqttka_client_subscribe(client, "ticks", MQTTKA_NUL_TERMINATED, 1, NULL, NULL));
    for (int count = 1; count <= messages && sem_trywait(&over) != 0; count++) {
        publish(client, count);
        sleep(1);
    }
    check(mqttka_client_destroy_and_wait(client, -1));
    return sem_trywait(&arrived) == 0 ? 0 : 1;
}
