package io.mqttka

/** What happens to an operation for which the outbound queue has no room. */
public enum class QueuePolicy {
    /** It is refused at once. The default. */
    REFUSE_NEWEST,

    /** The oldest QoS 0 publish that waits is dropped for it; where none waits, the newest is. */
    DROP_OLDEST_QOS0,

    /**
     * The oldest publish that waits, whatever its QoS, is dropped for it; where none waits, the newest is.
     */
    DROP_OLDEST,
}
