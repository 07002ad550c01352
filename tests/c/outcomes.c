/*
 * How far a publish came, whether the broker has read everything, and what the program takes back
 * before it was sent.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

static int listener, port, broker;
static struct recorder recorder;
static mqttka_client *client;
static struct peer_packet packet;
static int32_t receipt;

static void keep_receipt(struct recorder *of, mqttka_client *of_client, const mqttka_result *result)
{
    EXPECT(of == &recorder && of_client == client);
    receipt = mqttka_result_receipt(result);
}

static void open_client(int64_t max_inflight)
{
    recorder_init(&recorder);
    recorder.on_completion = keep_receipt;
    mqttka_options *options = recorder_options(&recorder, port);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_MAX_INFLIGHT, max_inflight));
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    broker = peer_accept(listener);
    recorder_wait(&recorder, &recorder.connected, 1);
}

static void end_client(void)
{
    OK(mqttka_client_abort(client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    close(broker);
}

static void publish(const char *topic, int32_t qos, const mqttka_publish_options *options)
{
    mqttka_message *message;
    OK(mqttka_message_new(topic, MQTTKA_NUL_TERMINATED, NULL, 0, qos, false, &message));
    OK(mqttka_client_publish_with(client, message, options, recorder_completion, &recorder));
    mqttka_message_free(message);
}

static void reads(uint8_t kind)
{
    EXPECT(peer_read(broker, &packet));
    EXPECT_INT(kind, peer_kind(&packet));
}

static void how_far_it_came(void)
{
    const mqttka_publish_options options = {sizeof options, 0, MQTTKA_PUBLISH_RECEIPT, NULL};
    open_client(0);
    EXPECT_INT(-1, mqttka_result_receipt(NULL));
    publish("t", 0, NULL);
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_RECEIPT_WRITTEN, receipt);
    peer_expect(broker, &packet, PEER_PUBLISH);

    publish("t", 0, &options);
    peer_expect(broker, &packet, PEER_PUBLISH);
    reads(0xc0);
    EXPECT_INT(1, recorder_count(&recorder, &recorder.completions));
    peer_answer(broker, &packet);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_RECEIPT_READ, receipt);

    publish("t", 1, &options);
    peer_expect(broker, &packet, PEER_PUBLISH);
    recorder_wait(&recorder, &recorder.completions, 3);
    EXPECT_INT(MQTTKA_RECEIPT_ACKNOWLEDGED, receipt);

    OK(mqttka_client_subscribe(client, "a", 1, 0, recorder_completion, &recorder));
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    recorder_wait(&recorder, &recorder.completions, 4);
    EXPECT_INT(-1, receipt);

    /* The connection ends before the answer: nobody knows. */
    publish("t", 0, &options);
    peer_expect(broker, &packet, PEER_PUBLISH);
    close(broker);
    recorder_wait(&recorder, &recorder.completions, 5);
    EXPECT_INT(MQTTKA_ERROR_DISCONNECTED, recorder.error);
    EXPECT_INT(-1, receipt);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

static void all_that_was_asked_for(void)
{
    open_client(0);
    for (int i = 0; i < 10; i++) publish("t", 0, NULL);
    OK(mqttka_client_flush(client, 60000, recorder_completion, &recorder));
    for (int i = 0; i < 10; i++) peer_expect(broker, &packet, PEER_PUBLISH);
    reads(0xc0);
    recorder_wait(&recorder, &recorder.completions, 10);
    EXPECT_INT(10, recorder_count(&recorder, &recorder.completions));
    peer_answer(broker, &packet);
    recorder_wait(&recorder, &recorder.completions, 11);
    EXPECT_INT(0, recorder.failed_completions);
    EXPECT_INT(-1, receipt);

    OK(mqttka_client_flush(client, 1, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 12);
    EXPECT_INT(MQTTKA_ERROR_OPERATION_TIMED_OUT, recorder.error);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_flush(client, -1, NULL, NULL));
    end_client();
}

/* What waits behind the one place in flight is taken back; what was sent is not. */
static void taken_back(void)
{
    mqttka_canceller *canceller = mqttka_canceller_new();
    const mqttka_publish_options options = {sizeof options, 0, 0, canceller};
    open_client(1);
    publish("a", 1, &options);
    reads(PEER_PUBLISH);
    publish("b", 1, &options);
    publish("c", 1, NULL);
    OK(mqttka_canceller_cancel(canceller));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    EXPECT_INT(0, recorder.packet_id);
    peer_answer(broker, &packet);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    peer_expect(broker, &packet, PEER_PUBLISH);
    EXPECT_INT('c', packet.body[2]);
    recorder_wait(&recorder, &recorder.completions, 3);

    /* And what it is given to afterwards. */
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    OK(mqttka_subscribe_request_set_canceller(request, canceller));
    OK(mqttka_client_send_subscribe(client, request, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 4);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    mqttka_unsubscribe_request *other = mqttka_unsubscribe_request_new();
    OK(mqttka_unsubscribe_request_add(other, "a", 1));
    OK(mqttka_unsubscribe_request_set_canceller(other, canceller));
    OK(mqttka_client_send_unsubscribe(client, other, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 5);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);

    /* Without it they are sent. */
    OK(mqttka_subscribe_request_set_canceller(request, NULL));
    OK(mqttka_client_send_subscribe(client, request, recorder_completion, &recorder));
    peer_expect(broker, &packet, PEER_SUBSCRIBE);
    recorder_wait(&recorder, &recorder.completions, 6);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    mqttka_subscribe_request_free(request);
    mqttka_unsubscribe_request_free(other);
    mqttka_canceller_free(canceller);
    end_client();
}

/* A flush is no packet: it ends where nobody waits any more, also when its ping is on its way; what it follows
 * goes on. */
static void a_flush_given_up(void)
{
    mqttka_canceller *canceller = mqttka_canceller_new();
    open_client(1);
    publish("a", 1, NULL);
    reads(PEER_PUBLISH);
    publish("b", 1, NULL);
    OK(mqttka_client_flush_cancellable(client, 0, canceller, recorder_completion, &recorder));
    /* It waits for what is before it, which waits for its place. */
    OK(mqttka_canceller_cancel(canceller));
    recorder_wait(&recorder, &recorder.completions, 1);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    /* What it is given to afterwards. */
    OK(mqttka_client_flush_cancellable(client, 0, canceller, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    mqttka_canceller_free(canceller);
    peer_answer(broker, &packet);
    peer_expect(broker, &packet, PEER_PUBLISH);
    recorder_wait(&recorder, &recorder.completions, 4);
    EXPECT_INT(MQTTKA_OK, recorder.error);

    canceller = mqttka_canceller_new();
    OK(mqttka_client_flush_cancellable(client, 0, canceller, recorder_completion, &recorder));
    OK(mqttka_client_flush_cancellable(client, 0, NULL, recorder_completion, &recorder));
    reads(0xc0);
    OK(mqttka_canceller_cancel(canceller));
    recorder_wait(&recorder, &recorder.completions, 5);
    EXPECT_INT(MQTTKA_ERROR_CANCELLED, recorder.error);
    peer_answer(broker, &packet);
    recorder_wait(&recorder, &recorder.completions, 6);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    mqttka_canceller_free(canceller);
    end_client();
}

/* A canceller is one client's; it is freed before its operations have ended. */
static void of_one_client(void)
{
    mqttka_canceller *canceller = mqttka_canceller_new();
    const mqttka_publish_options options = {sizeof options, 0, 0, canceller};
    const mqttka_publish_options unknown = {sizeof unknown, 0, ~(uint64_t)0, NULL};
    /* As programs have it that know the first version of the struct. */
    const mqttka_publish_options first = {offsetof(mqttka_publish_options, flags), 0, ~(uint64_t)0, NULL};
    const mqttka_publish_options shorter = {offsetof(mqttka_publish_options, flags) - 1, 0, 0, NULL};
    struct recorder others;
    mqttka_message *message;
    open_client(0);
    recorder_init(&others);
    mqttka_client *other = recorder_client(&others, port);
    OK(mqttka_message_new("t", 1, NULL, 0, 1, false, &message));
    OK(mqttka_client_publish_with(client, message, &options, recorder_completion, &recorder));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_publish_with(other, message, &options, NULL, NULL));
    EXPECT(strstr(mqttka_last_error(), "another client") != NULL);
    mqttka_canceller_free(canceller);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_publish_with(client, message, &unknown, NULL, NULL));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_client_publish_with(client, message, &shorter, NULL, NULL));
    OK(mqttka_client_publish_with(client, message, &first, recorder_completion, &recorder));
    mqttka_message_free(message);
    peer_expect(broker, &packet, PEER_PUBLISH);
    peer_expect(broker, &packet, PEER_PUBLISH);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(0, recorder.failed_completions);
    OK(mqttka_client_destroy_and_wait(other, -1));
    end_client();
}

int main(void)
{
    listener = silent_listen(&port);
    how_far_it_came();
    all_that_was_asked_for();
    taken_back();
    a_flush_given_up();
    of_one_client();
    peer_free(&packet);
    return 0;
}
