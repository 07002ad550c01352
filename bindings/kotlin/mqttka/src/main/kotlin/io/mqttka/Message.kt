package io.mqttka

import io.mqttka.internal.Acknowledgement
import io.mqttka.internal.forApplication
import io.mqttka.internal.native
import io.mqttka.internal.toNative
import io.mqttka.internal.uniffi.NativeTraceContext
import io.mqttka.internal.uniffi.traceContextOf
import io.mqttka.internal.uniffi.withTraceContext

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

    /** Where the application gives it. */
    internal var acknowledgement: Acknowledgement? = null

    /** The payload as UTF-8; what is not UTF-8 becomes U+FFFD. */
    public val payloadAsString: String get() = payload.decodeToString()

    /**
     * Whether the topic matches [filter], as [topicMatches] says.
     *
     * @throws MqttkaException.InvalidTopic where [filter] is none.
     */
    public fun matches(filter: String): Boolean = topicMatches(filter, topic)

    /**
     * Says that the application has consumed the message, where its stream acknowledges manually; else, and for QoS
     * 0, it does nothing. Only the first word counts, of this and of [refuse]. The packets leave in the order in
     * which messages came, whichever is acknowledged first, so one that is never acknowledged holds those of all
     * later ones back.
     *
     * A message of which nobody says either is given back, and comes again to its stream, marked [dup]: when its
     * collector throws or is cancelled at it, and when it is found by the garbage collector. A [copy] is a message
     * that has no acknowledgement.
     */
    public fun acknowledge() {
        acknowledgement?.acknowledge()
    }

    /**
     * Says that the application does not want the message, else as [acknowledge]: the broker hears why, and does not
     * send it again.
     *
     * @param reasonCode One of 0x80 or above that a PUBACK or PUBREC can have.
     * @throws MqttkaException.NotSupported in MQTT 3.1.1, which knows no refusal: nothing was decided.
     * @throws MqttkaException.InvalidOption for another reason code.
     */
    @JvmOverloads
    public fun refuse(
        reasonCode: ReasonCode,
        reasonString: String? = null,
        userProperties: List<UserProperty> = emptyList(),
    ) {
        acknowledgement?.refuse(reasonCode, reasonString, userProperties)
    }

    /**
     * The answer to this request: a message to its Response Topic, with its Correlation Data and its QoS, to be
     * published.
     *
     * @throws MqttkaException.InvalidArgument where it has no Response Topic: it is no request.
     */
    public fun replyTo(payload: ByteArray): Message =
        native { io.mqttka.internal.uniffi.replyTo(toNative(), payload) }.forApplication()

    /** As [replyTo] with bytes, with text, which is sent as UTF-8. */
    public fun replyTo(payload: String): Message = replyTo(payload.encodeToByteArray())

    /** The trace that the message belongs to; null where there is none, or it is not valid. */
    public val traceContext: TraceContext?
        get() = native { traceContextOf(properties.toNative()) }?.let { TraceContext(it.traceparent, it.tracestate) }

    /** The same message in that trace, in place of one in which it was. */
    public fun withTraceContext(context: TraceContext): Message {
        val trace = NativeTraceContext(context.traceparent, context.tracestate)
        return copy(properties = native { withTraceContext(properties.toNative(), trace) }.map { it.forApplication() })
    }

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
