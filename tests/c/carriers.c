/*
 * User properties of each packet of the broker that tells the program something, and that may have them
 * (table 2-4): CONNACK, PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT. PUBLISH is properties.c's.
 */
#include "peer.h"
#include "recorder.h"
#include "silent.h"

#include <unistd.h>

/* Three of them: 21 bytes. The third has neither name nor value. */
#define USER "\x26\0\1a\0\0011\x26\0\1a\0\0012\x26\0\0\0\0"
#define USER_SIZE 19
static const char *const NAMES[] = {"a", "a", ""}, *const VALUES[] = {"1", "2", ""};

static int listener, port, broker;
static struct recorder recorder;
static mqttka_client *client;
static struct peer_packet packet;
static int seen; /* how many carriers were walked */

static void expect_pair(size_t index, const char *name, size_t name_length, const char *value, size_t length)
{
    EXPECT_BYTES(NAMES[index], strlen(NAMES[index]), name, name_length);
    EXPECT_BYTES(VALUES[index], strlen(VALUES[index]), value, length);
}

static void see_event(struct recorder *of, mqttka_client *of_client, const mqttka_event *event)
{
    const char *name = "x", *value = "x";
    size_t name_length = 1, length = 1;
    EXPECT(of == &recorder && of_client != NULL);
    const int32_t type = mqttka_event_type(event);
    if (type != MQTTKA_EVENT_CONNECTED && type != MQTTKA_EVENT_DISCONNECTED && type != MQTTKA_EVENT_CONNECT_FAILED) {
        EXPECT_INT(0, mqttka_event_user_property_count(event));
        return;
    }
    EXPECT_INT(3, mqttka_event_user_property_count(event));
    for (size_t i = 0; i < 3; i++) {
        OK(mqttka_event_user_property_at(event, i, &name, &name_length, &value, &length));
        expect_pair(i, name, name_length, value, length);
    }
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_event_user_property_at(event, 3, &name, &name_length, &value, &length));
    EXPECT(name == NULL && value == NULL && name_length == 0 && length == 0);
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_event_user_property_at(event, 0, &name, &name_length, NULL, &length));
    seen++;
}

static void see_result(struct recorder *of, mqttka_client *of_client, const mqttka_result *result)
{
    const char *name = "x", *value = "x";
    size_t name_length = 1, length = 1;
    EXPECT(of == &recorder && of_client == client);
    EXPECT_INT(3, mqttka_result_user_property_count(result));
    for (size_t i = 0; i < 3; i++) {
        OK(mqttka_result_user_property_at(result, i, &name, &name_length, &value, &length));
        expect_pair(i, name, name_length, value, length);
    }
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT, mqttka_result_user_property_at(result, 3, &name, &name_length, &value, &length));
    EXPECT(name == NULL && value == NULL && name_length == 0 && length == 0);
    seen++;
}

/* An answer of this kind to the packet whose identifier it bears, at that place; `code` behind it, or behind
 * the properties. */
static void answer(uint8_t first, const uint8_t identifier[2], uint8_t code, bool code_last)
{
    uint8_t bytes[2 + 2 + 1 + 1 + USER_SIZE] = {first, 2 + 1 + 1 + USER_SIZE, identifier[0], identifier[1]};
    size_t at = 4;
    if (!code_last) bytes[at++] = code;
    bytes[at++] = USER_SIZE;
    memcpy(bytes + at, USER, USER_SIZE);
    if (code_last) bytes[at + USER_SIZE] = code;
    EXPECT(peer_send(broker, bytes, sizeof bytes));
}

static void reads(uint8_t kind)
{
    do {
        EXPECT(peer_read(broker, &packet));
        if (peer_kind(&packet) == 0xc0) peer_answer(broker, &packet);
    } while (peer_kind(&packet) == 0xc0);
    EXPECT_INT(kind, peer_kind(&packet));
}

static void ends(int number, int32_t error)
{
    recorder_wait(&recorder, &recorder.completions, number);
    EXPECT_INT(error, recorder.error);
    EXPECT_INT(number, recorder_count(&recorder, &seen) - 1); /* and CONNACK's */
}

static void negotiated(void)
{
    char name[2], value[2];
    size_t name_length, length;
    EXPECT_INT(3, mqttka_client_negotiated_user_property_count(client));
    OK(mqttka_client_get_negotiated_user_property(client, 1, name, 2, &name_length, value, 2, &length));
    EXPECT(strcmp(name, "a") == 0 && strcmp(value, "2") == 0 && name_length == 1 && length == 1);
    /* Cut, and only measured. */
    OK(mqttka_client_get_negotiated_user_property(client, 0, name, 1, &name_length, NULL, 0, &length));
    EXPECT(name[0] == '\0' && name_length == 1 && length == 1);
    EXPECT_INT(MQTTKA_ERROR_NOT_PRESENT,
               mqttka_client_get_negotiated_user_property(client, 3, name, 2, &name_length, value, 2, &length));
}

static void every_answer(void)
{
    static const char CONNACK[] = "\x20\x16\0\0\x13" USER;
    recorder_init(&recorder);
    recorder.on_event = see_event;
    recorder.on_completion = see_result;
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    broker = peer_accept_with(listener, CONNACK, sizeof CONNACK - 1);
    recorder_wait(&recorder, &recorder.connected, 1);
    negotiated();

    const uint8_t *at = NULL;
    OK(mqttka_client_publish(client, "t", 1, "x", 1, 1, false, recorder_completion, &recorder));
    reads(PEER_PUBLISH);
    at = packet.body + 3;
    answer(0x40, at, 0, false);
    ends(1, MQTTKA_OK);
    OK(mqttka_client_publish(client, "t", 1, "x", 1, 2, false, recorder_completion, &recorder));
    reads(PEER_PUBLISH);
    at = packet.body + 3;
    answer(0x50, at, 0x97, false);
    ends(2, MQTTKA_ERROR_REFUSED);
    OK(mqttka_client_publish(client, "t", 1, "x", 1, 2, false, recorder_completion, &recorder));
    reads(PEER_PUBLISH);
    const uint8_t identifier[2] = {packet.body[3], packet.body[4]};
    const uint8_t pubrec[] = {0x50, 2, identifier[0], identifier[1]};
    EXPECT(peer_send(broker, pubrec, sizeof pubrec));
    reads(0x60);
    answer(0x70, identifier, 0, false);
    ends(3, MQTTKA_OK);
    OK(mqttka_client_subscribe(client, "t", 1, 0, recorder_completion, &recorder));
    reads(PEER_SUBSCRIBE);
    answer(0x90, packet.body, 0, true);
    ends(4, MQTTKA_OK);
    OK(mqttka_client_unsubscribe(client, "t", 1, recorder_completion, &recorder));
    reads(PEER_UNSUBSCRIBE);
    answer(0xb0, packet.body, 0, true);
    ends(5, MQTTKA_OK);

    static const char DISCONNECT[] = "\xe0\x15\x8b\x13" USER;
    EXPECT(peer_send(broker, DISCONNECT, sizeof DISCONNECT - 1));
    recorder_wait(&recorder, &recorder.disconnected, 1);
    EXPECT_INT(7, seen);
    EXPECT_INT(0, mqttka_client_negotiated_user_property_count(client));
    close(broker);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

static void a_refusal(void)
{
    static const char CONNACK[] = "\x20\x16\0\x87\x13" USER;
    recorder_init(&recorder);
    recorder.on_event = see_event;
    client = recorder_client(&recorder, port);
    OK(mqttka_client_connect(client));
    broker = peer_accept_with(listener, CONNACK, sizeof CONNACK - 1);
    recorder_wait(&recorder, &recorder.connect_failed, 1);
    EXPECT_INT(8, seen);
    close(broker);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

int main(void)
{
    EXPECT_INT(USER_SIZE, sizeof USER - 1);
    listener = silent_listen(&port);
    every_answer();
    a_refusal();
    peer_free(&packet);
    close(listener);
    return 0;
}
