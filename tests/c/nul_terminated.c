/*
 * Wherever a length is passed, MQTTKA_NUL_TERMINATED is one: for strings, for passwords and for
 * payloads. covered.py checks that no function is missing. What can be read back is.
 */
#include "garbage.h"
#include "silent.h"

#include <semaphore.h>
#include <unistd.h>

static sem_t asked;

/* A text that goes on behind its NUL. */
static const char TEXT[] = "text\0more";
enum { LENGTH = 4 };

static void messages(void)
{
    mqttka_message *message;
    const char *text, *name;
    const uint8_t *bytes;
    size_t length, name_length;
    OK(mqttka_message_new("a/b\0c", NUL, TEXT, NUL, 1, false, &message));
    text = mqttka_message_topic(message, &length);
    EXPECT_BYTES("a/b", 3, text, length);
    bytes = mqttka_message_payload(message, &length);
    EXPECT_BYTES(TEXT, LENGTH, bytes, length);
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, TEXT, NUL));
    OK(mqttka_message_get_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, &text, &length));
    EXPECT_BYTES(TEXT, LENGTH, text, length);
    OK(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, TEXT, NUL));
    OK(mqttka_message_get_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, &bytes, &length));
    EXPECT_BYTES(TEXT, LENGTH, bytes, length);
    OK(mqttka_message_add_user_property(message, "n\0m", NUL, TEXT, NUL));
    OK(mqttka_message_user_property_at(message, 0, &name, &name_length, &text, &length));
    EXPECT_BYTES("n", 1, name, name_length);
    EXPECT_BYTES(TEXT, LENGTH, text, length);
    OK(mqttka_message_set_string(message, MQTTKA_PROPERTY_RESPONSE_TOPIC, "a\0b", NUL));
    mqttka_message *reply;
    OK(mqttka_message_reply_new(message, TEXT, NUL, &reply));
    bytes = mqttka_message_payload(reply, &length);
    EXPECT_BYTES(TEXT, LENGTH, bytes, length);
    OK(mqttka_message_set_trace_context(
        reply, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\0", NUL, "a=b\0c", NUL));
    mqttka_message_free(reply);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_refuse(message, 0x80, TEXT, NUL));
    mqttka_message_free(message);
    mqttka_refusal *refusal;
    OK(mqttka_refusal_new(0x80, &refusal));
    OK(mqttka_refusal_set_reason_string(refusal, TEXT, NUL));
    OK(mqttka_refusal_add_user_property(refusal, TEXT, NUL, TEXT, NUL));
    mqttka_refusal_free(refusal);
    /* Inside a responder only; see asking.c. */
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_reply_set_payload(NULL, TEXT, NUL));
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_received_request_reply(NULL, TEXT, NUL));

    bool matches = false;
    OK(mqttka_topic_matches("a/+\0b", NUL, "a/b\0c", NUL, &matches));
    EXPECT(matches);
    EXPECT_INT(MQTTKA_ERROR_INVALID_TOPIC, mqttka_topic_matches("a/+\0b", 5, "a", 1, &matches));
}

static void on_asked(mqttka_connection_request *request, void *user_data)
{
    (void)user_data;
    OK(mqttka_connection_request_set_string(request, MQTTKA_OPTION_USER_NAME, TEXT, NUL));
    OK(mqttka_connection_request_set_bytes(request, MQTTKA_OPTION_PASSWORD, TEXT, NUL));
    OK(mqttka_connection_request_fail(request, TEXT, NUL, true));
    mqttka_connection_request_free(request);
    sem_post(&asked);
}

static void on_proving(mqttka_authentication_request *request, void *user_data)
{
    EXPECT(user_data == NULL);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_authentication_request_add_user_property(request, TEXT, NUL, TEXT, NUL));
    OK(mqttka_authentication_request_reply(request, TEXT, NUL));
    EXPECT_INT(MQTTKA_ERROR_ALREADY_ANSWERED,
               mqttka_authentication_request_fail(request, TEXT, NUL, true));
    mqttka_authentication_request_free(request);
    sem_post(&asked);
}

static void on_naming(mqttka_name_request *request, void *user_data)
{
    EXPECT(user_data == NULL);
    OK(mqttka_name_request_fail(request, TEXT, NUL));
    mqttka_name_request_free(request);
    sem_post(&asked);
}

/* An authenticator and a resolver, each asked once. */
static void authentication(void)
{
    int port, listener = silent_listen(&port);
    char uri[64];
    mqttka_client *client;
    mqttka_options *options = mqttka_options_new();
    snprintf(uri, sizeof uri, "mqtt://127.0.0.1:%d", port);
    OK(mqttka_options_set_uri(options, uri));
    OK(mqttka_options_set_scram_sha256(options, TEXT, NUL, TEXT, NUL, 0));
    OK(mqttka_options_set_authenticator(options, "m", on_proving, NULL, NULL));
    OK(mqttka_client_new(options, &client));
    OK(mqttka_client_connect(client));
    sem_wait(&asked);
    OK(mqttka_client_destroy_and_wait(client, -1));
    OK(mqttka_options_set_uri(options, "mqtt://broker.example"));
    OK(mqttka_options_set_resolver(options, on_naming, NULL, NULL));
    OK(mqttka_client_new_hosted(options, &client));
    OK(mqttka_client_connect(client));
    while (sem_trywait(&asked) != 0) OK(mqttka_client_process(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    mqttka_options_free(options);
    close(listener);
}

static mqttka_options *options(void)
{
    static const int32_t BYTES[] = {MQTTKA_OPTION_TLS_CA, MQTTKA_OPTION_TLS_CERTIFICATE,
                                    MQTTKA_OPTION_TLS_PRIVATE_KEY,
                                    MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD};
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1\0.example", NUL));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, TEXT, NUL));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_PASSWORD, TEXT, NUL));
    for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
        OK(mqttka_options_set_string(options, BYTES[i], TEXT, NUL));
        OK(mqttka_options_set_bytes(options, BYTES[i], TEXT, NUL));
        OK(mqttka_options_set_bytes(options, BYTES[i], NULL, 0));
    }
    OK(mqttka_options_add_user_property(options, TEXT, NUL, TEXT, NUL));
    OK(mqttka_options_set_provider(options, on_asked, NULL, NULL));
    return options;
}

static void client(void)
{
    mqttka_options *made = options();
    mqttka_client *client;
    mqttka_stream *stream;
    mqttka_network network = {sizeof network, MQTTKA_NETWORK_CHANGED, 0, 0, 0, TEXT, NUL};
    char id[16];
    size_t length;
    OK(mqttka_client_new(made, &client));
    mqttka_options_free(made);
    OK(mqttka_client_publish(client, TEXT, NUL, TEXT, NUL, 1, false, NULL, NULL));
    OK(mqttka_client_subscribe(client, TEXT, NUL, 1, NULL, NULL));
    OK(mqttka_client_unsubscribe(client, TEXT, NUL, NULL, NULL));
    OK(mqttka_client_open_stream(client, TEXT, NUL, &stream));
    mqttka_stream_close(stream);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, TEXT, NUL, 1, 0));
    OK(mqttka_subscribe_request_add_user_property(request, TEXT, NUL, TEXT, NUL));
    mqttka_subscribe_request_free(request);
    mqttka_unsubscribe_request *unsubscribe = mqttka_unsubscribe_request_new();
    OK(mqttka_unsubscribe_request_add(unsubscribe, TEXT, NUL));
    OK(mqttka_unsubscribe_request_add_user_property(unsubscribe, TEXT, NUL, TEXT, NUL));
    mqttka_unsubscribe_request_free(unsubscribe);
    mqttka_disconnect_request *goodbye = mqttka_disconnect_request_new();
    OK(mqttka_disconnect_request_set_reason_string(goodbye, TEXT, NUL));
    OK(mqttka_disconnect_request_add_user_property(goodbye, TEXT, NUL, TEXT, NUL));
    mqttka_disconnect_request_free(goodbye);
    OK(mqttka_client_network_is(client, &network));
    OK(mqttka_client_get_string(client, MQTTKA_STATUS_NETWORK_ID, id, sizeof id, &length));
    EXPECT_BYTES(TEXT, LENGTH + 1, id, length + 1);
    OK(mqttka_client_connect(client)); /* which asks the provider */
    sem_wait(&asked);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

int main(void)
{
    sem_init(&asked, 0, 0);
    messages();
    client();
    authentication();
    return 0;
}
