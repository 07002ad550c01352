/*
 * The log callback hears a whole session in order, and no secret; a smaller level, or none, hears
 * less; a stuck one holds nobody up.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char heard[65536];
static int levels[6];
static bool stuck, entered;

static void on_log(int32_t level, const char *text, void *user_data)
{
    EXPECT(level >= MQTTKA_LOG_ERROR && level <= MQTTKA_LOG_TRACE);
    EXPECT(strchr(text, '\n') == NULL);
    EXPECT(user_data == heard);
    pthread_mutex_lock(&mutex);
    levels[level] += 1;
    size_t length = strlen(heard);
    snprintf(heard + length, sizeof heard - length, "%s\n", text);
    entered = true;
    pthread_cond_broadcast(&changed);
    while (stuck) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

/* Waits for a text; a net of a minute against hanging. */
static void hear(const char *text)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 60;
    pthread_mutex_lock(&mutex);
    while (strstr(heard, text) == NULL)
        if (pthread_cond_timedwait(&changed, &mutex, &deadline) != 0)
            EXPECT_FAILED("\"%s\" was not heard; but:\n%s", text, heard);
    pthread_mutex_unlock(&mutex);
}

static void session(int port, int listener)
{
    struct recorder recorder;
    struct peer_packet packet = {0};
    mqttka_client *client;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_USER_NAME, "the-user", 8));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "the-password", 12));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    int accepted = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    OK(mqttka_client_publish(client, "the-topic", 9, "the-payload", 11, 1, false,
                             recorder_completion, &recorder));
    peer_expect(accepted, &packet, PEER_PUBLISH);
    recorder_wait(&recorder, &recorder.completions, 1);
    close(accepted);
    recorder_wait(&recorder, &recorder.disconnected, 1);
    OK(mqttka_client_destroy_and_wait(client, -1));
    peer_free(&packet);
}

int main(void)
{
    int port, listener = silent_listen(&port);
    OK(mqttka_set_log_callback(MQTTKA_LOG_TRACE, on_log, heard));
    session(port, listener);
    hear("CONNACK");
    hear("PUBLISH");
    hear("PUBACK");
    hear("is down");
    EXPECT(levels[MQTTKA_LOG_DEBUG] > 0 && levels[MQTTKA_LOG_TRACE] > 0);
    EXPECT(strstr(heard, "the-user") == NULL);
    EXPECT(strstr(heard, "the-password") == NULL);
    EXPECT(strstr(heard, "the-topic") == NULL);
    EXPECT(strstr(heard, "the-payload") == NULL);

    /* A stuck callback: sessions go on, and their messages and completions come. */
    pthread_mutex_lock(&mutex);
    entered = false;
    stuck = true;
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 3; i++) session(port, listener);
    pthread_mutex_lock(&mutex);
    EXPECT(entered);
    stuck = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);

    /* Nobody. */
    OK(mqttka_set_log_callback(MQTTKA_LOG_TRACE, NULL, NULL));
    session(port, listener);
    close(listener);
    return 0;
}
