/*
 * Messages that the program acknowledges itself, in a callback, later, or from a stream: in the order
 * in which they came, refused where it does not want them, and given back where it says nothing.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

enum { PATIENCE_MS = 60000 };

static int listener, port, broker;
static struct recorder recorder;
static mqttka_client *client;
static struct peer_packet packet;
static mqttka_message *kept[4];

static void keep(struct recorder *of, mqttka_client *of_client, const mqttka_message *message)
{
    EXPECT(of_client == client && of->messages < 4);
    kept[of->messages] = mqttka_message_clone(message);
}

static void open_client(int version)
{
    recorder_init(&recorder);
    recorder.on_message = keep;
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT, 1));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    broker = version == 4 ? peer_accept_with(listener, "\x20\2\0\0", 4) : peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
}

static void end_client(void)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(broker);
}

/* What the client sends next is this acknowledgement. */
static void acknowledged(uint16_t identifier, const void *rest, size_t rest_length)
{
    peer_expect(broker, &packet, PEER_PUBACK);
    EXPECT_INT(identifier, packet.body[0] << 8 | packet.body[1]);
    EXPECT_BYTES(rest, rest_length, packet.body + 2, packet.length - 2);
}

/* ... and this publish, not an acknowledgement. */
static void not_acknowledged(void)
{
    OK(mqttka_client_publish(client, "mark", 4, NULL, 0, 0, false, NULL, NULL));
    peer_expect(broker, &packet, PEER_PUBLISH);
}

static void in_the_order_in_which_they_came(void)
{
    mqttka_refusal *refusal;
    open_client(5);
    for (uint16_t i = 1; i <= 3; i++) EXPECT(peer_publish_qos1(broker, 't', i));
    recorder_wait(&recorder, &recorder.messages, 3);
    EXPECT(peer_publish(broker)); /* QoS 0 has none */
    recorder_wait(&recorder, &recorder.messages, 4);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_message_acknowledge(kept[3]));
    not_acknowledged();
    OK(mqttka_message_refuse(kept[1], 0x97, "no", 2));
    OK(mqttka_refusal_new(0x99, &refusal));
    OK(mqttka_refusal_set_reason_string(refusal, "bad", 3));
    OK(mqttka_refusal_add_user_property(refusal, "n", 1, "v", 1));
    OK(mqttka_message_refuse_with(kept[2], refusal));
    mqttka_refusal_free(refusal);
    not_acknowledged();
    OK(mqttka_message_acknowledge(kept[0]));
    OK(mqttka_message_refuse(kept[0], 0x80, NULL, 0)); /* too late */
    acknowledged(1, "", 0);
    acknowledged(2, "\x97\5\x1f\0\2no", 7);
    acknowledged(3, "\x99\xd\x1f\0\3bad\x26\0\1n\0\1v", 15);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_message_refuse(kept[0], 0, NULL, 0));
    end_client();
    /* When all is over, it does no harm. */
    OK(mqttka_message_acknowledge(kept[1]));
    for (int i = 0; i < 4; i++) mqttka_message_free(kept[i]);
}

static void older_brokers_know_no_refusal(void)
{
    static const char QOS1[] = "\x32\5\0\1t\0\1";
    open_client(4);
    EXPECT(peer_send(broker, QOS1, sizeof QOS1 - 1));
    recorder_wait(&recorder, &recorder.messages, 1);
    EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED, mqttka_message_refuse(kept[0], 0x80, NULL, 0));
    not_acknowledged();
    OK(mqttka_message_acknowledge(kept[0]));
    acknowledged(1, "", 0);
    mqttka_message_free(kept[0]);
    end_client();
}

/* A message that is neither acknowledged nor refused comes again. */
static void given_back(void)
{
    open_client(5);
    EXPECT(peer_publish_qos1(broker, 't', 1));
    recorder_wait(&recorder, &recorder.messages, 1);
    EXPECT(!mqttka_message_dup(kept[0]));
    mqttka_message_free(kept[0]);
    recorder_wait(&recorder, &recorder.messages, 2);
    EXPECT(mqttka_message_dup(kept[1]));
    not_acknowledged();
    OK(mqttka_message_acknowledge(kept[1]));
    acknowledged(1, "", 0);
    mqttka_message_free(kept[1]);
    end_client();
}

static const mqttka_message *next(mqttka_stream *stream, char payload_of_topic, bool dup)
{
    const mqttka_message *message;
    size_t length;
    OK(mqttka_stream_next(stream, PATIENCE_MS, &message));
    const char *topic = mqttka_message_topic(message, &length);
    EXPECT_BYTES(&payload_of_topic, 1, topic, length);
    EXPECT_INT(dup, mqttka_message_dup(message));
    return message;
}

static void from_a_stream(void)
{
    mqttka_stream *stream;
    open_client(5);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "+", 1, 1, 0));
    OK(mqttka_subscribe_request_set_manual_acknowledgement(request, true));
    OK(mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, &stream));
    mqttka_subscribe_request_free(request);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    EXPECT(peer_publish_qos1(broker, 'a', 1));
    EXPECT(peer_publish_qos1(broker, 'b', 2));
    next(stream, 'a', false);
    OK(mqttka_message_acknowledge(next(stream, 'b', false)));
    not_acknowledged();
    /* Without a word: it comes again. */
    OK(mqttka_stream_done(stream, SIZE_MAX));
    not_acknowledged();
    const mqttka_message *again = next(stream, 'a', true);
    OK(mqttka_message_acknowledge(again));
    acknowledged(1, "", 0);
    acknowledged(2, "", 0);
    OK(mqttka_stream_done(stream, 1));
    mqttka_stream_close(stream);
    end_client();
}

/* A stream without a subscription of its own acknowledges as the client's option says. */
static void from_a_stream_of_all(void)
{
    mqttka_stream *stream;
    open_client(5);
    OK(mqttka_client_open_stream(client, NULL, 0, &stream));
    EXPECT(peer_publish_qos1(broker, 'a', 1));
    const mqttka_message *message = next(stream, 'a', false);
    mqttka_message *later = mqttka_message_clone(message);
    OK(mqttka_stream_done(stream, 1));
    not_acknowledged();
    OK(mqttka_message_acknowledge(later));
    acknowledged(1, "", 0);
    mqttka_message_free(later);
    mqttka_stream_close(stream);
    end_client();
}

static int own_messages;

static void own(mqttka_client *of_client, const mqttka_message *message, void *user_data)
{
    EXPECT(of_client == client && user_data == &recorder);
    OK(mqttka_message_refuse(message, 0x83, NULL, 0));
    recorder_add(&recorder, &own_messages);
}

static void in_a_callback_of_its_own(void)
{
    open_client(5);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "t", 1, 1, 0));
    OK(mqttka_subscribe_request_set_manual_acknowledgement(request, true));
    OK(mqttka_client_subscribe_with(client, request, own, &recorder, NULL, NULL, NULL, NULL));
    mqttka_subscribe_request_free(request);
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    EXPECT(peer_publish_qos1(broker, 't', 7));
    acknowledged(7, "\x83", 1);
    recorder_wait(&recorder, &own_messages, 1);
    end_client();
}

int main(void)
{
    listener = silent_listen(&port);
    in_the_order_in_which_they_came();
    older_brokers_know_no_refusal();
    given_back();
    from_a_stream();
    from_a_stream_of_all();
    in_a_callback_of_its_own();
    peer_free(&packet);
    return 0;
}
