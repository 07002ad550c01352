package io.mqttka.testing

/** What a broker can see of its clients. */
public enum class SeenKind(
    /** Its number, which is the same in every language. */
    public val value: Int,
) {
    /** A client connected, and was accepted. */
    CONNECTED(1),

    /** A client tried to connect, and was refused. */
    REFUSED(2),

    /** A client subscribed to a filter; one for each. */
    SUBSCRIBED(3),

    /** A client unsubscribed from a filter; one for each. */
    UNSUBSCRIBED(4),

    /** A client published a message. A repeated delivery of QoS 2 counts once. */
    PUBLISHED(5),

    /** A client acknowledged a message that it got: PUBACK, or PUBREC. */
    ACKNOWLEDGED(6),

    /** A client sent PINGREQ. */
    PINGED(7),

    /** A client sent DISCONNECT. */
    DISCONNECTED(8),

    /** A client's connection ended without DISCONNECT of it. */
    LOST(9),

    /** A client sent what MQTT does not allow; [Seen.detail] says what. */
    FAULTY(10),

    /** A client sent authentication data, or its method: CONNECT (no reason code), or AUTH. */
    AUTHENTICATING(11),
}
