/* Request and response (MQTT 5.0): one client asks "square" what 12 times 12 is, and answers it.
 *
 *     ./request_response mqtt://localhost
 *
 * Usually another program answers. */
#include <mqttka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sem_t answered;

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

/* The one who answers. */
static void on_request(mqttka_client *client, const mqttka_message *request, mqttka_reply *reply,
                       void *user_data)
{
    size_t length;
    char digits[16] = "", square[32];
    const uint8_t *payload = mqttka_message_payload(request, &length);
    (void)client;
    (void)user_data;
    memcpy(digits, payload, length < sizeof digits ? length : sizeof digits - 1);
    snprintf(square, sizeof square, "%lld", strtoll(digits, NULL, 10) * strtoll(digits, NULL, 10));
    check(mqttka_reply_set_payload(reply, square, MQTTKA_NUL_TERMINATED));
}

/* The one who asked; called once for each request. */
static void on_response(mqttka_client *client, const mqttka_message *response,
                        const mqttka_result *result, void *user_data)
{
    (void)client;
    (void)user_data;
    if (response == NULL) {
        printf("no response: %s\n", mqttka_strerror(mqttka_result_error(result)));
    } else {
        size_t length;
        const char *payload = (const char *)mqttka_message_payload(response, &length);
        printf("response: %.*s\n", (int)length, payload);
    }
    sem_post(&answered);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    mqttka_options *options = mqttka_options_new();
    mqttka_subscribe_request *squares = mqttka_subscribe_request_new();
    mqttka_client *client;
    mqttka_message *request;
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    sem_init(&answered, 0, 0);

    /* All of this waits for the connection, and is sent in this order. */
    check(mqttka_client_connect(client));
    check(mqttka_subscribe_request_add(squares, "examples/square", MQTTKA_NUL_TERMINATED, 1, 0));
    check(mqttka_client_respond(client, squares, on_request, NULL, NULL, NULL, NULL, NULL));
    mqttka_subscribe_request_free(squares);
    check(mqttka_message_new("examples/square", MQTTKA_NUL_TERMINATED, "12", MQTTKA_NUL_TERMINATED,
                             1, false, &request));
    check(mqttka_client_request(client, request, 10000, on_response, NULL));
    mqttka_message_free(request);

    sem_wait(&answered);
    check(mqttka_client_destroy_and_wait(client, -1));
    return 0;
}
