/*
 * Messages that a program fetches: lent until they are done, acknowledged then and not before, given
 * to others where the stream is closed; a stream says why it ends.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { PATIENCE_MS = 60000 };

static int listener, port;
static struct recorder recorder;
static mqttka_client *client;
static int broker;
static struct peer_packet packet;

static void open_client(void)
{
    recorder_init(&recorder);
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    broker = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
}

static void end_client(void)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, recorder.disconnected);
    EXPECT_INT(1, recorder.terminated);
    close(broker);
}

static mqttka_stream *subscribe(const char *filter, uint32_t flags)
{
    mqttka_stream *stream = NULL;
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, filter, MQTTKA_NUL_TERMINATED, 1, 0));
    OK(mqttka_client_subscribe_stream(client, request, flags, recorder_completion, &recorder,
                                      &stream));
    mqttka_subscribe_request_free(request);
    return stream;
}

static const mqttka_message *next(mqttka_stream *stream, char topic)
{
    const mqttka_message *message = NULL;
    size_t length;
    OK(mqttka_stream_next(stream, PATIENCE_MS, &message));
    const char *name = mqttka_message_topic(message, &length);
    EXPECT_BYTES(&topic, 1, name, length);
    EXPECT_INT(1, mqttka_message_connection_number(message));
    return message;
}

static void nothing(mqttka_stream *stream, int32_t error, int64_t timeout_ms)
{
    const mqttka_message *message;
    EXPECT_INT(error, mqttka_stream_next(stream, timeout_ms, &message));
    EXPECT(message == NULL);
}

/* What the client sends next is this acknowledgement. */
static void acknowledged(uint16_t identifier)
{
    peer_expect(broker, &packet, PEER_PUBACK);
    EXPECT_INT(identifier, packet.body[0] << 8 | packet.body[1]);
}

/* ... and this publish, not an acknowledgement. */
static void not_acknowledged(void)
{
    OK(mqttka_client_publish(client, "mark", 4, NULL, 0, 0, false, NULL, NULL));
    peer_expect(broker, &packet, PEER_PUBLISH);
}

static void lent_until_done(void)
{
    open_client();
    mqttka_stream *stream = subscribe("a", 0);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    recorder_wait(&recorder, &recorder.completions, 1);
    nothing(stream, MQTTKA_ERROR_TIMED_OUT, 0);
    nothing(stream, MQTTKA_ERROR_TIMED_OUT, 20);
    for (uint16_t i = 1; i <= 3; i++) EXPECT(peer_publish_qos1(broker, 'a', i));
    const mqttka_message *first = next(stream, 'a');
    const mqttka_message *second = next(stream, 'a');
    mqttka_message *kept = mqttka_message_clone(second);
    mqttka_message_free((mqttka_message *)first); /* is left alone: it is lent */
    EXPECT_INT(1, mqttka_message_qos(first));
    not_acknowledged();
    OK(mqttka_stream_done(stream, 1));
    acknowledged(1);
    not_acknowledged();
    next(stream, 'a');
    OK(mqttka_stream_done(stream, SIZE_MAX));
    acknowledged(2);
    acknowledged(3);
    EXPECT_INT(1, mqttka_message_qos(kept));
    mqttka_message_free(kept);

    /* UNSUBSCRIBE, and the end after its answer. */
    OK(mqttka_stream_unsubscribe(stream, recorder_completion, &recorder));
    peer_expect(broker, &packet, PEER_UNSUBSCRIBE);
    nothing(stream, MQTTKA_ERROR_UNSUBSCRIBED, PATIENCE_MS);
    nothing(stream, MQTTKA_ERROR_UNSUBSCRIBED, 0);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(0, recorder.failed_completions);
    EXPECT_INT(0, mqttka_stream_cause(stream));
    mqttka_stream_close(stream);
    EXPECT_INT(0, recorder_count(&recorder, &recorder.messages));
    end_client();
}

/* What a closed stream had and did not do goes to the client's callback. */
static void closed_before_done(void)
{
    open_client();
    mqttka_stream *stream = subscribe("b", MQTTKA_STREAM_OUTLIVES_CONNECTIONS);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    for (uint16_t i = 1; i <= 4; i++) EXPECT(peer_publish_qos1(broker, 'b', i));
    next(stream, 'b');
    next(stream, 'b');
    OK(mqttka_stream_done(stream, 1));
    acknowledged(1);
    mqttka_stream_close(stream);
    /* In which order is not said. */
    int acknowledgements = 0, unsubscribes = 0;
    while (acknowledgements < 3 || unsubscribes < 1) {
        EXPECT(peer_read(broker, &packet));
        peer_answer(broker, &packet);
        acknowledgements += peer_kind(&packet) == PEER_PUBACK;
        unsubscribes += peer_kind(&packet) == PEER_UNSUBSCRIBE;
    }
    EXPECT_INT(3, recorder_count(&recorder, &recorder.messages));
    end_client();
}

/* The status names the stream that is not read. */
static void held_back(void)
{
    int64_t number = 0;
    size_t length;
    char filter[8], cut[2];
    open_client();
    mqttka_stream *stream = subscribe("c/#", MQTTKA_STREAM_OUTLIVES_CONNECTIONS);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    EXPECT(peer_publish_qos1(broker, 'c', 1)); /* c/# matches c */
    EXPECT(peer_publish_qos1(broker, 'd', 2));
    recorder_wait(&recorder, &recorder.messages, 1);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_HELD_BACK_MESSAGES, &number));
    EXPECT_INT(1, number);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_HELD_BACK_BYTES, &number));
    EXPECT(number > 0);
    OK(mqttka_client_get_int(client, MQTTKA_STATUS_HELD_BACK_SINCE_MS, &number));
    EXPECT(number >= 0);
    OK(mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, NULL, 0, &length));
    EXPECT_INT(3, length);
    OK(mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, cut, sizeof cut, &length));
    EXPECT_INT(3, length);
    EXPECT_TEXT("c", cut);
    OK(mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, filter, sizeof filter,
                                &length));
    EXPECT_TEXT("c/#", filter);
    next(stream, 'c');
    OK(mqttka_stream_done(stream, 1));
    acknowledged(1);
    acknowledged(2);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_int(client, MQTTKA_STATUS_HELD_BACK_MESSAGES, &number));
    mqttka_stream_close(stream);
    end_client();
}

/* With the connection, or with the client only. */
static void ends(void)
{
    mqttka_stream *all = NULL;
    open_client();
    OK(mqttka_client_open_stream(client, NULL, 0, &all));
    mqttka_stream *short_one = subscribe("e", 0);
    mqttka_stream *long_one = subscribe("f", MQTTKA_STREAM_OUTLIVES_CONNECTIONS);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    EXPECT(peer_publish_qos1(broker, 'e', 1));
    next(all, 'e');
    close(broker);
    recorder_wait(&recorder, &recorder.disconnected, 1);
    next(short_one, 'e'); /* first what had come */
    nothing(short_one, MQTTKA_ERROR_DISCONNECTED, PATIENCE_MS);
    EXPECT_INT(recorder.cause, mqttka_stream_cause(short_one));
    EXPECT(strlen(mqttka_last_error()) > 0);
    nothing(long_one, MQTTKA_ERROR_TIMED_OUT, 0);
    EXPECT_INT(0, mqttka_stream_cause(long_one));
    /* One without a subscription tells it once, and goes on. */
    nothing(all, MQTTKA_ERROR_DISCONNECTED, PATIENCE_MS);
    EXPECT_INT(recorder.cause, mqttka_stream_cause(all));
    nothing(all, MQTTKA_ERROR_TIMED_OUT, 0);
    EXPECT_INT(0, mqttka_stream_cause(all));
    OK(mqttka_client_destroy_and_wait(client, -1));
    nothing(short_one, MQTTKA_ERROR_DISCONNECTED, 0);
    nothing(long_one, MQTTKA_ERROR_CLOSED, PATIENCE_MS);
    nothing(all, MQTTKA_ERROR_CLOSED, PATIENCE_MS);
    OK(mqttka_stream_done(all, SIZE_MAX));
    EXPECT_INT(MQTTKA_ERROR_CLOSED, mqttka_stream_unsubscribe(long_one, recorder_completion, NULL));
    mqttka_stream_close(all);
    mqttka_stream_close(short_one);
    mqttka_stream_close(long_one);
    EXPECT_INT(1, recorder.terminated);
}

/* A stream whose attempt fails; one that waits in another thread while the client ends. */
static void *wait_for_the_end(void *stream)
{
    nothing(stream, MQTTKA_ERROR_CLOSED, -1);
    return NULL;
}

static void ends_while_waiting(void)
{
    pthread_t thread;
    mqttka_stream *all = NULL;
    recorder_init(&recorder);
    client = recorder_client(&recorder, port);
    OK(mqttka_client_open_stream(client, NULL, 0, &all));
    OK(mqttka_client_connect(client));
    mqttka_stream *stream = subscribe("g", 0);
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    nothing(stream, MQTTKA_ERROR_DISCONNECTED, PATIENCE_MS);
    EXPECT_INT(recorder.cause, mqttka_stream_cause(stream));
    mqttka_stream_close(stream);
    EXPECT(pthread_create(&thread, NULL, wait_for_the_end, all) == 0);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT(pthread_join(thread, NULL) == 0);
    mqttka_stream_close(all);
    EXPECT_INT(1, recorder.terminated);
}

int main(void)
{
    listener = silent_listen(&port);
    lent_until_done();
    closed_before_done();
    held_back();
    ends();
    ends_while_waiting();
    peer_free(&packet);
    close(listener);
    return 0;
}
