/*
 * mqttka_testing: a fake MQTT broker for the tests of your program
 * This file is generated from ffi/testing/src: change it there.
 *
 * It does what a broker does (sessions, QoS 0 to 2, retained messages, Wills, MQTT 3.1.1 and 5.0), on a
 * free port of the loopback interface, and by one call each what brokers do only in production: it
 * refuses, holds acknowledgements back, disconnects, sends nonsense, resets connections, and loses the
 * internet. It is a library of its own, libmqttka_testing, which no program that you ship links:
 *
 *     cc test.c $(pkg-config --cflags --libs mqttka mqttka_testing)
 *
 * IN BRIEF
 *
 *     mqttka_testing_broker *broker;
 *     mqttka_testing_seen *seen;
 *     mqttka_testing_broker_new(0, &broker);
 *     mqttka_options_set_uri(options, mqttka_testing_broker_uri(broker));
 *     ...
 *     mqttka_testing_broker_expect(broker, MQTTKA_TESTING_PUBLISHED, "status/+", 10000, &seen);
 *     assert(mqttka_testing_seen_payload(seen, &size) ...);
 *     mqttka_testing_seen_free(seen);
 *     mqttka_testing_broker_go_silent(broker);
 *     ...
 *     mqttka_testing_broker_free(broker);
 *
 * THE RULES
 *
 * - Functions that return int return MQTTKA_OK or an MQTTKA_ERROR_* of mqttka.h;
 *   mqttka_testing_last_error() has the reason in words, of this thread's last call that failed.
 * - What the broker is told holds when the call returns: after mqttka_testing_broker_go_silent() not a
 *   byte is answered.
 * - Strings are UTF-8 and end at their NUL. Where a function takes a `client_id`, NULL means all
 *   connections that there are; MQTTKA_ERROR_NOT_CONNECTED is returned where there is none.
 * - Every function may be called from any thread, but none while the same object is being freed, and
 *   none in a forked child.
 * - Reason codes and properties have the numbers of the MQTT 5.0 specification, in both
 *   versions: 0x87 is "not authorized". mqttka_reason_code_string() of mqttka.h has their names.
 */

#ifndef MQTTKA_TESTING_H
#define MQTTKA_TESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A broker on a port of the loopback interface (127.0.0.1).
 */
typedef struct mqttka_testing_broker mqttka_testing_broker;

/**
 * Something that the broker saw. It is yours: free it with mqttka_testing_seen_free(). What the functions
 * below give of it is valid until then.
 */
typedef struct mqttka_testing_seen mqttka_testing_seen;

/**
 * The identifiers of the clients that were connected when it was asked for, in alphabetical order. Free
 * it with mqttka_testing_clients_free().
 */
typedef struct mqttka_testing_clients mqttka_testing_clients;

/*
 * THE BROKER
 */

/**
 * Starts one. `port`: 0 for one that is free. MQTTKA_ERROR_STARTUP where it cannot listen.
 */
int32_t mqttka_testing_broker_new(uint16_t port, mqttka_testing_broker **broker);

/**
 * Stops and frees it. NULL is allowed.
 */
void mqttka_testing_broker_free(mqttka_testing_broker *broker);

/**
 * Stops it: connections are reset, the port is free, who waits in another thread returns. Repeating
 * it does nothing; other functions return MQTTKA_ERROR_CLOSED from then on.
 */
int32_t mqttka_testing_broker_stop(const mqttka_testing_broker *broker);

/**
 * Its port; 0 where `broker` is NULL.
 */
uint16_t mqttka_testing_broker_port(const mqttka_testing_broker *broker);

/**
 * Where clients find it, mqtt://127.0.0.1:PORT; valid as long as the broker, and NULL where that is.
 */
const char *mqttka_testing_broker_uri(const mqttka_testing_broker *broker);

/**
 * Why this thread's last call failed; "" where none has. Valid until its next failure.
 */
const char *mqttka_testing_last_error(void);

/*
 * WHAT IT IS TOLD
 */

/** At once, as brokers do. The default. */
#define MQTTKA_TESTING_ACKNOWLEDGE_AT_ONCE 0
/** When it is told to, by MQTTKA_TESTING_ACKNOWLEDGE_AT_ONCE: all that was held back leaves then. */
#define MQTTKA_TESTING_ACKNOWLEDGE_HELD 1
/** Not at all. */
#define MQTTKA_TESTING_ACKNOWLEDGE_NEVER 2

/**
 * The internet is gone: connections stay open, and nothing is read or answered any more, new connections
 * included. What the broker is told to send waits, too. Its clock goes on: clients that it does not hear
 * are lost to it after one and a half keep-alives.
 */
int32_t mqttka_testing_broker_go_silent(const mqttka_testing_broker *broker);

/**
 * The internet is back: what was sent meanwhile is read and answered, what waits is sent.
 */
int32_t mqttka_testing_broker_come_back(const mqttka_testing_broker *broker);

/**
 * Refuses connections from now on, with this code in CONNACK: the next `times`, or all where that is 0.
 * A code that MQTT 3.1.1 has no number for is sent there as 0x88, "server unavailable".
 */
int32_t mqttka_testing_broker_refuse_connections(const mqttka_testing_broker *broker,
                                                 int32_t reason_code,
                                                 uint32_t times);

/**
 * Accepts connections again.
 */
int32_t mqttka_testing_broker_accept_connections(const mqttka_testing_broker *broker);

/**
 * Whether CONNECT is answered. Where it is not, that connection never is.
 */
int32_t mqttka_testing_broker_answer_connects(const mqttka_testing_broker *broker, bool answer);

/**
 * Whether PINGREQ is answered. Where it is not, all else works.
 */
int32_t mqttka_testing_broker_answer_pings(const mqttka_testing_broker *broker, bool answer);

/**
 * When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged, an
 * MQTTKA_TESTING_ACKNOWLEDGE_*. What they ask for is done in any case.
 */
int32_t mqttka_testing_broker_acknowledge(const mqttka_testing_broker *broker,
                                          int32_t acknowledging);

/**
 * Refuses messages of QoS 1 and 2 from now on, with this code; -1: takes them again. They are seen, and
 * go to nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged.
 */
int32_t mqttka_testing_broker_refuse_publishes(const mqttka_testing_broker *broker,
                                               int32_t reason_code);

/**
 * Refuses subscriptions from now on, with this code; -1: grants them again. MQTT 3.1.1 has one number for
 * all codes.
 */
int32_t mqttka_testing_broker_refuse_subscriptions(const mqttka_testing_broker *broker,
                                                   int32_t reason_code);

/**
 * Puts this property, by its number in section 2.2.2.2, into each CONNACK of MQTT 5.0 from now on, and
 * holds to it: 0x11 session expiry interval, 0x13 server keep-alive, 0x21 receive maximum, 0x22 topic alias
 * maximum, 0x24 maximum QoS, 0x25 retain available, 0x27 maximum packet size, 0x28 wildcard subscription
 * available, 0x29 subscription identifier available, 0x2a shared subscription available.
 */
int32_t mqttka_testing_broker_announce_number(const mqttka_testing_broker *broker,
                                              int32_t property,
                                              uint32_t value);

/**
 * Publishes a message to whoever has subscribed to it, as if another client had.
 */
int32_t mqttka_testing_broker_publish(const mqttka_testing_broker *broker,
                                      const char *topic,
                                      const uint8_t *payload,
                                      size_t payload_size,
                                      int32_t qos,
                                      bool retain);

/**
 * Sends these bytes, whatever they are.
 */
int32_t mqttka_testing_broker_send_bytes(const mqttka_testing_broker *broker,
                                         const char *client_id,
                                         const uint8_t *bytes,
                                         size_t size);

/**
 * Sends DISCONNECT with this code, and in words with `reason_string` where that is not NULL, and closes. A
 * broker of MQTT 3.1.1 has no such packet: there it closes only. The client's Will is published.
 */
int32_t mqttka_testing_broker_disconnect(const mqttka_testing_broker *broker,
                                         const char *client_id,
                                         int32_t reason_code,
                                         const char *reason_string);

/**
 * Closes without a word (FIN both ways). The client's Will is published.
 */
int32_t mqttka_testing_broker_close(const mqttka_testing_broker *broker, const char *client_id);

/**
 * Says that it sends no more (FIN), and goes on reading.
 */
int32_t mqttka_testing_broker_half_close(const mqttka_testing_broker *broker,
                                         const char *client_id);

/**
 * Resets (RST). The client's Will is published.
 */
int32_t mqttka_testing_broker_reset(const mqttka_testing_broker *broker, const char *client_id);

/**
 * Forgets the sessions of the clients that are not connected, as a broker does that was restarted without
 * a disk. Their Wills that wait are not published.
 */
int32_t mqttka_testing_broker_forget_sessions(const mqttka_testing_broker *broker);

/*
 * WHAT IT HAS SEEN
 */

/** A client connected, and was accepted. */
#define MQTTKA_TESTING_CONNECTED 1
/** A client tried to connect, and was refused. */
#define MQTTKA_TESTING_REFUSED 2
/** A client subscribed to a filter; one for each. */
#define MQTTKA_TESTING_SUBSCRIBED 3
/** A client unsubscribed from a filter; one for each. */
#define MQTTKA_TESTING_UNSUBSCRIBED 4
/** A client published a message. A repeated delivery of QoS 2 counts once. */
#define MQTTKA_TESTING_PUBLISHED 5
/** A client acknowledged a message that it got: PUBACK, or PUBREC. */
#define MQTTKA_TESTING_ACKNOWLEDGED 6
/** A client sent PINGREQ. */
#define MQTTKA_TESTING_PINGED 7
/** A client sent DISCONNECT. */
#define MQTTKA_TESTING_DISCONNECTED 8
/** A client's connection ended without DISCONNECT of it. */
#define MQTTKA_TESTING_LOST 9
/** A client sent what MQTT does not allow; mqttka_testing_seen_detail() says what. */
#define MQTTKA_TESTING_FAULTY 10

/**
 * Waits for the oldest thing of this kind (MQTTKA_TESTING_*) that was not taken before, and takes it into
 * `seen`. `filter`: of a message, its topic matches it; of a subscription, it is its filter; NULL: any.
 * `timeout_ms`: 0 does not wait, -1 waits for ever. MQTTKA_ERROR_TIMED_OUT where it does not come, and
 * where the broker is stopped: mqttka_testing_last_error() says what came instead.
 */
int32_t mqttka_testing_broker_expect(const mqttka_testing_broker *broker,
                                     int32_t kind,
                                     const char *filter,
                                     int32_t timeout_ms,
                                     mqttka_testing_seen **seen);

/**
 * Takes the oldest thing that was seen and not taken before, whatever it is; NULL: nothing. Does not wait.
 */
mqttka_testing_seen *mqttka_testing_broker_take_any(const mqttka_testing_broker *broker);

/**
 * Forgets what was seen so far.
 */
int32_t mqttka_testing_broker_forget_seen(const mqttka_testing_broker *broker);

/**
 * The size and a copy of the message that is retained on this topic: as many of its bytes as `payload` has
 * room for, which may be NULL where `room` is 0. MQTTKA_ERROR_NOT_PRESENT where there is none.
 */
int32_t mqttka_testing_broker_retained(const mqttka_testing_broker *broker,
                                       const char *topic,
                                       uint8_t *payload,
                                       size_t room,
                                       size_t *size);

/**
 * Frees it. NULL is allowed.
 */
void mqttka_testing_seen_free(mqttka_testing_seen *seen);

/**
 * What it was, an MQTTKA_TESTING_*.
 */
int32_t mqttka_testing_seen_kind(const mqttka_testing_seen *seen);

/**
 * The number of the client's connection with this broker, from 1.
 */
uint64_t mqttka_testing_seen_connection(const mqttka_testing_seen *seen);

/**
 * The client's identifier; "" where it is not known yet.
 */
const char *mqttka_testing_seen_client_id(const mqttka_testing_seen *seen);

/**
 * The filter, of MQTTKA_TESTING_SUBSCRIBED and MQTTKA_TESTING_UNSUBSCRIBED; else NULL.
 */
const char *mqttka_testing_seen_filter(const mqttka_testing_seen *seen);

/**
 * The message's topic, of MQTTKA_TESTING_PUBLISHED; else NULL.
 */
const char *mqttka_testing_seen_topic(const mqttka_testing_seen *seen);

/**
 * The message's QoS; -1 where there is no message.
 */
int32_t mqttka_testing_seen_qos(const mqttka_testing_seen *seen);

/**
 * Whether the message is to be retained.
 */
bool mqttka_testing_seen_retain(const mqttka_testing_seen *seen);

/**
 * Whether the message may be a repeated delivery.
 */
bool mqttka_testing_seen_dup(const mqttka_testing_seen *seen);

/**
 * The reason code that the client gave (acknowledged, disconnected) or was given (refused, subscribed,
 * unsubscribed); -1 where there is none.
 */
int32_t mqttka_testing_seen_reason_code(const mqttka_testing_seen *seen);

/**
 * In words, of MQTTKA_TESTING_CONNECTED and MQTTKA_TESTING_FAULTY; else "".
 */
const char *mqttka_testing_seen_detail(const mqttka_testing_seen *seen);

/**
 * All of it, as a sentence.
 */
const char *mqttka_testing_seen_description(const mqttka_testing_seen *seen);

/**
 * The message's payload, `size` bytes; NULL where there is no message, or it is empty.
 */
const uint8_t *mqttka_testing_seen_payload(const mqttka_testing_seen *seen, size_t *size);

/*
 * WHO IS CONNECTED
 */

/**
 * The clients that are connected; NULL where `broker` is.
 */
mqttka_testing_clients *mqttka_testing_broker_clients(const mqttka_testing_broker *broker);

/**
 * How many there are.
 */
size_t mqttka_testing_clients_count(const mqttka_testing_clients *clients);

/**
 * The one at this index, valid as long as `clients`; NULL where there is none.
 */
const char *mqttka_testing_clients_at(const mqttka_testing_clients *clients, size_t index);

/**
 * Frees it. NULL is allowed.
 */
void mqttka_testing_clients_free(mqttka_testing_clients *clients);

#ifdef __cplusplus
}
#endif

#endif /* MQTTKA_TESTING_H */
