package io.mqttka

/**
 * An Application Message, to be published or received. Two are equal where their bytes are; the
 * payload is not printed.
 *
 * ```
 * Message("sensors/1", "21.5", Qos.AT_LEAST_ONCE)
 * ```
 *
 * @property topic Where it is published.
 * @property payload The application's bytes; MQTT gives them no meaning. Not copied.
 * @property qos The delivery guarantee.
 * @property retain Whether the broker keeps it for later subscribers; on a received message,
 *   whether it was such a kept one.
 * @property properties MQTT 5.0 properties; ignored in 3.1.1.
 * @property dup Whether this may be a repeated delivery; only set on received messages.
 * @property connectionNumber The number of the connection that it came over; 0 for one that was
 *   not received.
 */
public data class Message @JvmOverloads constructor(
    public val topic: String,
    public val payload: ByteArray,
    public val qos: Qos = Qos.AT_MOST_ONCE,
    public val retain: Boolean = false,
    public val properties: List<Property> = emptyList(),
    public val dup: Boolean = false,
    public val connectionNumber: Long = 0,
) {
    /** One with text, which is sent as UTF-8. */
    @JvmOverloads
    public constructor(
        topic: String,
        payload: String,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
    ) : this(topic, payload.encodeToByteArray(), qos, retain, properties)

    /** The payload as UTF-8; what is not UTF-8 becomes U+FFFD. */
    public val payloadAsString: String get() = payload.decodeToString()

    /**
     * Whether the topic matches [filter], as [topicMatches] says.
     *
     * @throws MqttkaException.InvalidTopic where [filter] is none.
     */
    public fun matches(filter: String): Boolean = topicMatches(filter, topic)

    override fun equals(other: Any?): Boolean =
        this === other || (
            other is Message && topic == other.topic && payload.contentEquals(other.payload) &&
                qos == other.qos && retain == other.retain && properties == other.properties &&
                dup == other.dup && connectionNumber == other.connectionNumber
            )

    override fun hashCode(): Int = 31 * topic.hashCode() + payload.contentHashCode()

    override fun toString(): String =
        "Message(topic=$topic, payload=${payload.size} bytes, qos=$qos, retain=$retain, " +
            "properties=$properties, dup=$dup, connectionNumber=$connectionNumber)"
}

/**
 * The Will Message: what the broker publishes where this client goes without DISCONNECT. The
 * properties of [message] may include the Will Delay Interval.
 */
public data class Will(public val message: Message)
