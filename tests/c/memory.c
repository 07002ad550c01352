/*
 * Payloads and strings that memory cannot hold: an error, and the client goes on. RLIMIT_AS leaves
 * less than the payload has.
 */
#include "garbage.h"

#include <sys/mman.h>
#include <sys/resource.h>

enum { LARGE = 250 * 1024 * 1024, ROOM = 240 * 1024 * 1024 };

#define OUT_OF_MEMORY(call) EXPECT_INT(MQTTKA_ERROR_OUT_OF_MEMORY, call)
#define TOO_LONG(call) EXPECT_INT(MQTTKA_ERROR_INVALID_STRING, call)

/* As much as the process has now, and this much more. */
static void limit_memory(size_t room)
{
    size_t pages;
    FILE *file = fopen("/proc/self/statm", "r");
    EXPECT(file != NULL && fscanf(file, "%zu", &pages) == 1);
    fclose(file);
    struct rlimit limit;
    EXPECT(getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = pages * 4096 + room;
    EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
}

int main(void)
{
    struct recorder recorder;
    mqttka_message *message = NULL;
    recorder_init(&recorder);
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    mqttka_options *options = mqttka_options_new();
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    /* Not written, so that it costs the host nothing either. */
    char *large = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1, 0);
    EXPECT(large != MAP_FAILED);
    limit_memory(ROOM);

    OUT_OF_MEMORY(mqttka_client_publish(client, "a", 1, large, LARGE, 1, false, recorder_completion,
                                        &recorder));
    EXPECT(strstr(mqttka_last_error(), "262144001 bytes") != NULL); /* the topic's too */
    OUT_OF_MEMORY(mqttka_message_new("a", 1, large, LARGE, 1, false, &message));
    EXPECT(message == NULL);

    /* What MQTT cannot carry is refused before it is copied. */
    OK(mqttka_message_new("a", 1, "x", 1, 0, false, &message));
    TOO_LONG(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, large, LARGE));
    TOO_LONG(mqttka_options_add_user_property(options, "n", 1, large, LARGE));
    TOO_LONG(mqttka_message_set_string(message, MQTTKA_PROPERTY_CONTENT_TYPE, large, LARGE));
    TOO_LONG(mqttka_message_add_user_property(message, large, LARGE, "v", 1));
    TOO_LONG(mqttka_subscribe_request_add_user_property(request, "n", 1, large, LARGE));
    INVALID(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, large, LARGE));
    INVALID(mqttka_message_set_bytes(message, MQTTKA_PROPERTY_CORRELATION_DATA, large, LARGE));
    BAD_TOPIC(mqttka_client_publish(client, large, LARGE, "x", 1, 0, false, NULL, NULL));
    BAD_TOPIC(mqttka_client_subscribe(client, large, LARGE, 0, NULL, NULL));
    BAD_TOPIC(mqttka_client_unsubscribe(client, large, LARGE, NULL, NULL));
    BAD_TOPIC(mqttka_subscribe_request_add(request, large, LARGE, 0, 0));

    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    mqttka_options_free(options);
    mqttka_message_free(message);
    mqttka_subscribe_request_free(request);
    recorder_finish(&recorder, client);
    return 0;
}
