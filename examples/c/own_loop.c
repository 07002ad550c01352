/* A client in a loop that the program has anyway, without any thread of the library: what is typed is
 * published, what comes is printed.
 *
 *     ./own_loop mqtts://broker.example topic
 */
#include <mqttka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *topic;
static int terminated;

/* All callbacks run inside mqttka_client_process(). */
static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)user_data;
    fprintf(stderr, "%s\n", mqttka_event_description(event));
    if (mqttka_event_type(event) == MQTTKA_EVENT_CONNECTED)
        mqttka_client_subscribe(client, topic, MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)client, (void)user_data;
    printf("received: %.*s\n", (int)length, payload);
    fflush(stdout);
}

static void on_terminated(void *user_data)
{
    (void)user_data;
    terminated = 1; /* take the descriptor out of the loop; it is closed soon */
}

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

/* Each line is a message; it waits for the connection, where there is none. */
static void publish(mqttka_client *client, const char *lines, size_t length)
{
    for (const char *end = lines + length; lines < end;) {
        const char *newline = memchr(lines, '\n', (size_t)(end - lines));
        size_t text = (size_t)((newline != NULL ? newline : end) - lines);
        check(mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, lines, text, 1, false, NULL,
                                    NULL));
        lines += text + 1;
    }
}

int main(int argc, char **argv)
{
    mqttka_client *client;
    char line[1000];
    if (argc != 3) {
        fprintf(stderr, "usage: %s URI TOPIC\n", argv[0]);
        return 2;
    }
    topic = argv[2];
    mqttka_options *options = mqttka_options_new();
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_options_set_event_callback(options, on_event));
    check(mqttka_options_set_message_callback(options, on_message));
    check(mqttka_options_set_terminated_callback(options, on_terminated));
    check(mqttka_client_new_hosted(options, &client));
    mqttka_options_free(options);
    check(mqttka_client_connect(client));

    struct pollfd polled[2] = {{mqttka_client_fd(client), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    while (!terminated) {
        /* No timeout is needed: the descriptor becomes readable when time has passed, too. */
        if (poll(polled, 2, -1) < 0) continue;
        if (polled[1].revents != 0) {
            ssize_t length = read(STDIN_FILENO, line, sizeof line);
            if (length > 0) {
                publish(client, line, (size_t)length);
            } else {
                polled[1].fd = -1;             /* the end: say goodbye, */
                mqttka_client_destroy(client); /* and go on until `terminated` */
            }
        }
        if (polled[0].revents != 0) check(mqttka_client_process(client));
    }
    return 0;
}
