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
