/*
 * Messages that nobody takes: they wait for the first consumer, and after the documented time they
 * are counted and only then acknowledged.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

static int listener, port;
static struct recorder recorder;
static struct peer_packet packet;

/* A client without a message callback. */
static mqttka_client *open_client(int64_t unclaimed_timeout_ms, int *broker)
{
    mqttka_client *client;
    recorder_init(&recorder);
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_message_callback(options, NULL));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS, unclaimed_timeout_ms));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    *broker = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
    return client;
}

static int64_t unclaimed(mqttka_client *client)
{
    int64_t number;
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_MESSAGES_UNCLAIMED, &number));
    return number;
}

/* What the client says next is no acknowledgement. */
static void not_acknowledged(mqttka_client *client, int broker)
{
    OK(mqttka_client_publish(client, "mark", 4, NULL, 0, 0, false, NULL, NULL));
    peer_expect(broker, &packet, PEER_PUBLISH);
}

static void close_client(mqttka_client *client, int broker)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(broker);
}

/* Although the time is over at once: there is no consumer yet. */
static void waits_for_the_first_consumer(void)
{
    int broker;
    int64_t received = 0;
    const mqttka_message *message;
    mqttka_stream *stream;
    mqttka_client *client = open_client(0, &broker);
    EXPECT(peer_publish_qos1(broker, 'a', 7));
    while (received == 0)
        OK(mqttka_client_get_int(client, MQTTKA_STATUS_MESSAGES_RECEIVED, &received));
    not_acknowledged(client, broker);
    EXPECT_INT(0, unclaimed(client));
    OK(mqttka_client_open_stream(client, "a", 1, &stream));
    OK(mqttka_stream_next(stream, 60000, &message));
    not_acknowledged(client, broker);
    OK(mqttka_stream_done(stream, 1));
    peer_expect(broker, &packet, PEER_PUBACK);
    EXPECT_INT(0, unclaimed(client));
    mqttka_stream_close(stream);
    close_client(client, broker);
}

/* What was given back by a closed stream counts when its time is over, and is acknowledged then. */
static void counts_what_nobody_took(void)
{
    int broker;
    mqttka_stream *stream;
    const mqttka_message *message;
    mqttka_client *client = open_client(100, &broker);
    OK(mqttka_client_open_stream(client, "a", 1, &stream));
    for (uint16_t i = 1; i <= 2; i++) EXPECT(peer_publish_qos1(broker, 'a', i));
    OK(mqttka_stream_next(stream, 60000, &message));
    OK(mqttka_stream_next(stream, 60000, &message));
    OK(mqttka_stream_done(stream, 1));
    peer_expect(broker, &packet, PEER_PUBACK);
    EXPECT_INT(1, packet.body[1]);
    mqttka_stream_close(stream);
    peer_expect(broker, &packet, PEER_PUBACK);
    EXPECT_INT(2, packet.body[1]);
    EXPECT_INT(1, unclaimed(client));
    close_client(client, broker);
}

int main(void)
{
    listener = silent_listen(&port);
    waits_for_the_first_consumer();
    counts_what_nobody_took();
    peer_free(&packet);
    close(listener);
    return 0;
}
