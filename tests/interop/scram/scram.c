/* SCRAM-SHA-256 against a broker in use: scram URI PASSWORD works|refused|impostor */
#include "recorder.h"

int main(int argc, char **argv)
{
    struct recorder recorder;
    mqttka_client *client;
    EXPECT(argc == 4);
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, 1);
    OK(mqttka_options_set_uri(options, argv[1]));
    OK(mqttka_options_set_scram_sha256(options, "user", MQTTKA_NUL_TERMINATED, argv[2],
                                       MQTTKA_NUL_TERMINATED, 0));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    if (strcmp(argv[3], "works") != 0) {
        recorder_wait(&recorder, &recorder.connect_failed, 1);
        printf("%s\n", recorder.description);
        bool refused = strcmp(argv[3], "refused") == 0;
        EXPECT_INT(refused ? MQTTKA_CONNECT_ERROR_REFUSED : MQTTKA_CONNECT_ERROR_AUTHENTICATION,
                   recorder.cause);
        if (!refused) EXPECT(strstr(recorder.description, "does not prove") != NULL);
        OK(mqttka_client_destroy_and_wait(client, -1));
        return 0;
    }
    recorder_wait(&recorder, &recorder.connected, 1);
    printf("%s\n", recorder.description);
    for (int round = 1; round <= 3; round++) {
        OK(mqttka_client_reauthenticate(client, recorder_completion, &recorder));
        OK(mqttka_client_publish(client, "scram", 5, "x", 1, 1, false, recorder_completion,
                                 &recorder));
        recorder_wait(&recorder, &recorder.completions, 2 * round);
        EXPECT_INT(0, recorder.failed_completions);
    }
    recorder_finish(&recorder, client);
    return 0;
}
