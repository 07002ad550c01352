package io.mqttka.testing

/** A property of CONNACK whose value is a number: what a broker says of itself, and holds to. */
public enum class Announced(
    /** Its number in MQTT. */
    public val value: Int,
) {
    /** Seconds that a session outlives its connection. Announced only. */
    SESSION_EXPIRY_INTERVAL(0x11),

    /** The keep-alive in seconds, instead of the client's. */
    SERVER_KEEP_ALIVE(0x13),

    /** How many messages of QoS 1 and 2 may be unacknowledged at once. Announced only. */
    RECEIVE_MAXIMUM(0x21),

    /** The highest topic alias. */
    TOPIC_ALIAS_MAXIMUM(0x22),

    /** The highest QoS: 0 or 1. */
    MAXIMUM_QOS(0x24),

    /** Whether messages are retained: 0 or 1. */
    RETAIN_AVAILABLE(0x25),

    /** The largest packet in bytes. */
    MAXIMUM_PACKET_SIZE(0x27),

    /** Whether there are wildcards: 0 or 1. */
    WILDCARD_SUBSCRIPTION_AVAILABLE(0x28),

    /** Whether there are subscription identifiers: 0 or 1. */
    SUBSCRIPTION_IDENTIFIER_AVAILABLE(0x29),

    /** Whether there are shared subscriptions: 0 or 1. */
    SHARED_SUBSCRIPTION_AVAILABLE(0x2a),
}
