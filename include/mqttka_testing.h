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
 * Properties of MQTT 5.0 that a packet of the broker is to have. They bear their numbers of section
 * 2.2.2.2. Free it with mqttka_testing_properties_free(); what it was given to has a copy.
 */
typedef struct mqttka_testing_properties mqttka_testing_properties;

/**
 * The identifiers of the clients that were connected when it was asked for, in alphabetical order. Free
 * it with mqttka_testing_clients_free().
 */
typedef struct mqttka_testing_clients mqttka_testing_clients;

/*
 * THE BROKER
 */

/** TCP alone: mqtt://. The default. */
#define MQTTKA_TESTING_TCP 0
/** TLS 1.2 or 1.3: mqtts://. */
#define MQTTKA_TESTING_TLS 1
/** WebSocket: ws://. */
#define MQTTKA_TESTING_WEB_SOCKET 2
/** WebSocket over TLS: wss://. */
#define MQTTKA_TESTING_SECURE_WEB_SOCKET 3

/**
 * Starts one. `port`: 0 for one that is free. MQTTKA_ERROR_STARTUP where it cannot listen.
 */
int32_t mqttka_testing_broker_new(uint16_t port, mqttka_testing_broker **broker);

/**
 * Starts one that speaks a transport of MQTTKA_TESTING_TCP, MQTTKA_TESTING_TLS,
 * MQTTKA_TESTING_WEB_SOCKET or MQTTKA_TESTING_SECURE_WEB_SOCKET. TLS has a certificate for localhost,
 * 127.0.0.1 and ::1, of an authority that is made for this broker alone:
 * mqttka_testing_broker_authority(). As mqttka_testing_broker_new() else.
 */
int32_t mqttka_testing_broker_new_with(uint16_t port,
                                       int32_t transport,
                                       mqttka_testing_broker **broker);

/**
 * The certificate of the authority that has issued the broker's, in PEM, for
 * MQTTKA_OPTION_TLS_CA; valid as long as the broker. NULL where there is no TLS, or `broker` is NULL.
 */
const char *mqttka_testing_broker_authority(const mqttka_testing_broker *broker);

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
 * Where clients find it, such as mqtt://127.0.0.1:PORT or wss://127.0.0.1:PORT/mqtt; valid as long as the broker, and NULL where that is.
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
 * Refuses to end subscriptions from now on, with this code in UNSUBACK; -1: ends them again. Those that
 * are not ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
 */
int32_t mqttka_testing_broker_refuse_unsubscriptions(const mqttka_testing_broker *broker,
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
 * Puts these properties into each CONNACK of MQTT 5.0 from now on, in place of what was announced of them,
 * and holds to them. Adds user properties.
 */
int32_t mqttka_testing_broker_announce(const mqttka_testing_broker *broker,
                                       const mqttka_testing_properties *properties);

/**
 * Puts these properties into each packet of this kind from now on, where the client speaks MQTT 5.0, by its
 * number in section 2.1.2: 2 CONNACK, 4 PUBACK, 5 PUBREC, 6 PUBREL, 7 PUBCOMP, 9 SUBACK, 11 UNSUBACK,
 * 14 DISCONNECT, 15 AUTH. In CONNACK they are only said: what is to be held to, is announced. Those of the
 * last call count; NULL: none.
 */
int32_t mqttka_testing_broker_set_properties(const mqttka_testing_broker *broker,
                                             int32_t packet_type,
                                             const mqttka_testing_properties *properties);

/**
 * Whether messages to clients have topic aliases (section 3.3.2.3.4), of MQTT 5.0 clients that take them.
 * The first topics have one each, as many as the client's Topic Alias Maximum. Default: no.
 */
int32_t mqttka_testing_broker_use_topic_aliases(const mqttka_testing_broker *broker,
                                                bool use_them);

/**
 * Whether a message goes to a client once for each of its subscriptions that match, with the QoS and
 * the Subscription Identifier of each (section 3.3.4). Default: no, once, with the identifiers of all.
 */
int32_t mqttka_testing_broker_send_copies(const mqttka_testing_broker *broker,
                                          bool send_them);

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
 * As mqttka_testing_broker_publish(), of a message with these properties; NULL: none.
 */
int32_t mqttka_testing_broker_publish_with(const mqttka_testing_broker *broker,
                                           const char *topic,
                                           const uint8_t *payload,
                                           size_t payload_size,
                                           int32_t qos,
                                           bool retain,
                                           const mqttka_testing_properties *properties);

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
 * ENHANCED AUTHENTICATION
 */

/**
 * Clients have to authenticate by this method from now on (section 4.12), and are refused where they do
 * not: without any with 0x87, with another with 0x8c. Whoever does is let in, after the challenges that
 * follow this call. `method`: NULL: nobody has to, which is how a broker begins.
 */
int32_t mqttka_testing_broker_authenticate(const mqttka_testing_broker *broker,
                                           const char *method);

/**
 * One more challenge for each exchange of the method of mqttka_testing_broker_authenticate(): AUTH with this
 * data; 100 at most, of 65,535 bytes at most. What clients send is MQTTKA_TESTING_AUTHENTICATING, and
 * nothing of it is wrong.
 */
int32_t mqttka_testing_broker_challenge(const mqttka_testing_broker *broker,
                                        const uint8_t *data,
                                        size_t size);

/**
 * What CONNACK, or the last AUTH, has as authentication data, for the method of
 * mqttka_testing_broker_authenticate(). NULL: none.
 */
int32_t mqttka_testing_broker_finish_authentication(const mqttka_testing_broker *broker,
                                                    const uint8_t *data,
                                                    size_t size);

/**
 * Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password; both as
 * SASLprep leaves them, which changes no printable ASCII. Who knows another is refused with 0x87.
 */
int32_t mqttka_testing_broker_authenticate_scram(const mqttka_testing_broker *broker,
                                                 const char *user,
                                                 const char *password);

/**
 * Refuses with this code at the end of each exchange, whatever the client has proved; -1: no longer. It is
 * that of CONNACK, and of DISCONNECT where a client authenticates again; a code that DISCONNECT has no
 * number for is sent there as 0x87.
 */
int32_t mqttka_testing_broker_refuse_authentications(const mqttka_testing_broker *broker,
                                                     int32_t reason_code);

/*
 * PROPERTIES
 */

/**
 * None yet.
 */
mqttka_testing_properties *mqttka_testing_properties_new(void);

/**
 * Frees it. NULL is allowed.
 */
void mqttka_testing_properties_free(mqttka_testing_properties *properties);

/**
 * Sets a property whose value is a number, in place of an earlier value.
 */
int32_t mqttka_testing_properties_set_number(mqttka_testing_properties *properties,
                                             int32_t property,
                                             uint32_t value);

/**
 * Sets a property whose value is a text, in place of an earlier value.
 */
int32_t mqttka_testing_properties_set_text(mqttka_testing_properties *properties,
                                           int32_t property,
                                           const char *value);

/**
 * Sets a property whose value is bytes, 65,535 at most, in place of an earlier value.
 */
int32_t mqttka_testing_properties_set_bytes(mqttka_testing_properties *properties,
                                            int32_t property,
                                            const uint8_t *value,
                                            size_t size);

/**
 * Adds a user property; they keep their order, and names may repeat.
 */
int32_t mqttka_testing_properties_add_user(mqttka_testing_properties *properties,
                                           const char *name,
                                           const char *value);

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
/** A client sent authentication data, or its method: CONNECT (no reason code), or AUTH. */
#define MQTTKA_TESTING_AUTHENTICATING 11

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
 * The reason code that the client gave (acknowledged, disconnected, authenticating) or was given (refused,
 * subscribed, unsubscribed); -1 where there is none.
 */
int32_t mqttka_testing_seen_reason_code(const mqttka_testing_seen *seen);

/**
 * In words, of MQTTKA_TESTING_CONNECTED, MQTTKA_TESTING_FAULTY, MQTTKA_TESTING_LOST, and
 * MQTTKA_TESTING_REFUSED where what the client proved was; else "".
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
 * WHAT PACKETS BORE
 */

/**
 * A property of the packet whose value is a number. MQTTKA_ERROR_NOT_PRESENT where the packet has it not,
 * or its value is none.
 */
int32_t mqttka_testing_seen_number(const mqttka_testing_seen *seen,
                                   int32_t property,
                                   uint32_t *value);

/**
 * A property of the packet whose value is a text; NULL where the packet has it not, or its value is none.
 */
const char *mqttka_testing_seen_text(const mqttka_testing_seen *seen,
                                     int32_t property);

/**
 * A property of the packet whose value is bytes, `size` of them; NULL where the packet has it not, its
 * value is none, or there is no byte.
 */
const uint8_t *mqttka_testing_seen_bytes(const mqttka_testing_seen *seen,
                                         int32_t property,
                                         size_t *size);

/**
 * How many user properties the packet has.
 */
size_t mqttka_testing_seen_user_count(const mqttka_testing_seen *seen);

/**
 * The name of the user property at this index, from 0; NULL where there is none.
 */
const char *mqttka_testing_seen_user_name(const mqttka_testing_seen *seen, size_t index);

/**
 * The value of the user property at this index, from 0; NULL where there is none.
 */
const char *mqttka_testing_seen_user_value(const mqttka_testing_seen *seen, size_t index);

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
