package io.mqttka

/** A fault of a broker that a client can live with ([Options.tolerate]). */
public enum class Fault {
    /**
     * CONNACK says that a session is present although a clean start was asked for. Tolerated: the session
     * counts as a new one.
     */
    SESSION_PRESENT_ON_CLEAN_START,

    /**
     * Messages come before CONNACK. Tolerated: they are delivered after it, up to 1,024 of them and up to
     * [Options.inboundQueueMaxBytes].
     */
    PUBLISH_BEFORE_CONNACK,

    /**
     * More QoS 1 and 2 messages are unacknowledged than [Options.receiveMaximum] allows; 5.0 only. Tolerated,
     * as it is by default: they are delivered; the bounds in bytes hold all the same.
     */
    RECEIVE_MAXIMUM_EXCEEDED,

    /**
     * A SUBACK or UNSUBACK has not one reason code for each filter, but has some. Tolerated: those that there
     * are count in their order, those that are missing as an unspecified error.
     */
    WRONG_REASON_CODE_COUNT,

    /**
     * A DISCONNECT in 3.1.1, which only a client sends there. Tolerated: the connection ends when the broker
     * closes it.
     */
    DISCONNECT_IN_V311,

    /**
     * Response Information, a Reason String or user properties that the client asked the broker to leave
     * out. Tolerated: they are there.
     */
    UNASKED_PROPERTY,

    /**
     * A publish with QoS 2 is answered by PUBACK, as RabbitMQ does in 3.1.1, which has no QoS 2. Tolerated: it
     * is acknowledged, and has come at least once, not exactly once. Else it fails as not supported by the
     * server, although it may have arrived.
     */
    PUBACK_FOR_QOS2,
}
