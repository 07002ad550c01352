/* Request and response (MQTT 5.0): one client asks "square" what 12 times 12 is, and answers it.
 *
 *     ./request_response mqtt://localhost
 *
 * A request says where it wants its response (MQTTKA_PROPERTY_RESPONSE_TOPIC) and which one it is
 * (MQTTKA_PROPERTY_CORRELATION_DATA). Usually another program answers. */
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

/* The one who answers: sends the square to where the request wants it, with the request's mark. */
static void on_request(mqttka_client *client, const mqttka_message *request, void *user_data)
{
    const char *topic;
    const uint8_t *mark;
    size_t topic_length, mark_length, length;
    char digits[16] = "", square[32];
    const uint8_t *payload = mqttka_message_payload(request, &length);
    (void)user_data;
    if (mqttka_message_get_string(request, MQTTKA_PROPERTY_RESPONSE_TOPIC, &topic, &topic_length))
        return; /* nobody waits for a response */
    memcpy(digits, payload, length < sizeof digits ? length : sizeof digits - 1);
    snprintf(square, sizeof square, "%lld", strtoll(digits, NULL, 10) * strtoll(digits, NULL, 10));

    mqttka_message *response;
    check(mqttka_message_new(topic, topic_length, square, MQTTKA_NUL_TERMINATED, 1, false, &response));
    if (!mqttka_message_get_bytes(request, MQTTKA_PROPERTY_CORRELATION_DATA, &mark, &mark_length))
        check(mqttka_message_set_bytes(response, MQTTKA_PROPERTY_CORRELATION_DATA, mark, mark_length));
    mqttka_client_publish_message(client, response, NULL, NULL);
    mqttka_message_free(response);
}

/* The one who asked. */
static void on_response(mqttka_client *client, const mqttka_message *response, void *user_data)
{
    const uint8_t *mark;
    size_t mark_length, length;
    const char *payload = (const char *)mqttka_message_payload(response, &length);
    (void)client;
    (void)user_data;
    if (mqttka_message_get_bytes(response, MQTTKA_PROPERTY_CORRELATION_DATA, &mark, &mark_length))
        return; /* not a response to us */
    printf("response to %.*s: %.*s\n", (int)mark_length, (const char *)mark, (int)length, payload);
    sem_post(&answered);
}

/* Subscribes to one filter, with a callback of its own. */
static void subscribe(mqttka_client *client, const char *filter, mqttka_message_fn callback)
{
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    check(mqttka_subscribe_request_add(request, filter, MQTTKA_NUL_TERMINATED, 1, 0));
    check(mqttka_client_subscribe_with(client, request, callback, NULL, NULL, NULL, NULL, NULL));
    mqttka_subscribe_request_free(request);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    mqttka_options *options = mqttka_options_new();
    mqttka_client *client;
    mqttka_message *request;
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    sem_init(&answered, 0, 0);

    /* All of this waits for the connection, and is sent in this order. */
    check(mqttka_client_connect(client));
    subscribe(client, "examples/square", on_request);
    subscribe(client, "examples/square/response", on_response);
    check(mqttka_message_new("examples/square", MQTTKA_NUL_TERMINATED, "12", MQTTKA_NUL_TERMINATED,
                             1, false, &request));
    check(mqttka_message_set_string(request, MQTTKA_PROPERTY_RESPONSE_TOPIC,
                                    "examples/square/response", MQTTKA_NUL_TERMINATED));
    check(mqttka_message_set_bytes(request, MQTTKA_PROPERTY_CORRELATION_DATA, "request 1",
                                   MQTTKA_NUL_TERMINATED));
    check(mqttka_client_publish_message(client, request, NULL, NULL));
    mqttka_message_free(request);

    sem_wait(&answered);
    check(mqttka_client_destroy_and_wait(client, -1));
    return 0;
}
