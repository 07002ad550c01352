/* A forked child gets an error from every call; the parent's connection goes on. */
#include "recorder.h"

#include <sys/wait.h>
#include <unistd.h>

static void in_child(mqttka_client *client)
{
    int64_t state = 77;
    mqttka_client *other;
    mqttka_message *message;
    mqttka_options *options = mqttka_options_new();
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", MQTTKA_NUL_TERMINATED));
    OK(mqttka_message_new("a", 1, NULL, 0, 0, false, &message));
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_new(options, &other));
    EXPECT(other == NULL);
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_connect(client));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_disconnect(client));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_disconnect_with(client, 4));
    EXPECT_INT(MQTTKA_ERROR_FORKED,
               mqttka_client_publish(client, "a", 1, "x", 1, 0, false, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_publish_message(client, message, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_subscribe(client, "a", 1, 0, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_send_subscribe(client, request, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_unsubscribe(client, "a", 1, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &state));
    EXPECT_INT(77, state);
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_probe_now(client, 1));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_network_changed(client, MQTTKA_NETWORK_LOST));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(MQTTKA_ERROR_FORKED, mqttka_client_destroy(client));
    mqttka_options_free(options);
    mqttka_message_free(message);
    mqttka_subscribe_request_free(request);
}

int main(void)
{
    struct recorder recorder;
    int status, report[2];
    char said = 'n';
    recorder_init(&recorder);
    mqttka_client *client = recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    EXPECT(pipe(report) == 0);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        in_child(client);
        EXPECT(write(report[1], "y", 1) == 1);
        _exit(0);
    }
    close(report[1]);
    /* Not by its exit status: to valgrind the memory of the threads that are gone is lost. */
    EXPECT(read(report[0], &said, 1) == 1);
    EXPECT_INT('y', said);
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status));

    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    recorder_finish(&recorder, client);
    return 0;
}
