package io.mqttka

/** How surely a message is delivered. */
public enum class Qos(
    /** Its number on the wire. */
    public val value: Int,
) {
    /** QoS 0: at most once, no acknowledgement. */
    AT_MOST_ONCE(0),

    /** QoS 1: at least once. */
    AT_LEAST_ONCE(1),

    /** QoS 2: exactly once. */
    EXACTLY_ONCE(2),
}
