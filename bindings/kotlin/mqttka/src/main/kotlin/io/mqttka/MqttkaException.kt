package io.mqttka

/**
 * Why a call was refused, or an operation did not succeed. Two are equal where they say the same.
 *
 * It is unchecked: Java lets nobody catch a checked exception that no method declares.
 */
public sealed class MqttkaException(message: String, cause: Throwable? = null) : RuntimeException(message) {
    init {
        // One that has none yet can get one later.
        if (cause != null) initCause(cause)
    }

    /**
     * The User Properties of the broker's answer that ended it: of the CONNACK that refused at [ConnectFailed], of what
     * answered the operation at [Refused], of the SUBACK that refused a subscription again at [StreamEnded]. In the
     * broker's order; at most 10,000. Empty where the broker sent none, and where it was not the broker that ended it.
     */
    public open val userProperties: List<UserProperty> get() = emptyList()

    final override fun toString(): String = "${this::class.java.name}: $message"

    /** An option or argument has a [value] that it cannot have; [bound] says what it must be. */
    public data class InvalidOption(public val option: String, public val value: String, public val bound: String) :
        MqttkaException("$option is $value; it must be $bound")

    /** What was asked cannot be; the text says why. */
    public data class InvalidArgument(public val detail: String) : MqttkaException("invalid argument: $detail")

    /** A topic name or filter breaks a rule of section 4.7. */
    public data class InvalidTopic(public val detail: String) : MqttkaException("invalid topic: $detail")

    /** A string is not one that MQTT can carry. */
    public data class InvalidText(public val detail: String) : MqttkaException("invalid string: $detail")

    /**
     * The client is not connected, and what was asked needs a connection. Where the client comes back
     * by itself, operations wait for one.
     */
    public class NotConnected : Plain("not connected")

    /** [Client.connect] while connecting, connected or disconnecting. */
    public class AlreadyConnected : Plain("already connecting or connected")

    /** The outbound queue is at its limit of messages or bytes. */
    public class QueueFull : Plain("the outbound queue is full")

    /** The packet would be larger than the protocol or the broker allows, in bytes. */
    public data class PacketTooLarge(public val size: Long, public val limit: Long) :
        MqttkaException("packet of $size bytes is larger than the limit of $limit")

    /** The client was closed. */
    public class Closed : Plain("the client is closed")

    /** The process was forked after the library's threads were started. */
    public class Forked : Plain("the process was forked after mqttka started its threads; use it in one of the two")

    /** The library's threads could not be started. */
    public data class Startup(public val detail: String) : MqttkaException("could not start: $detail")

    /** So many lifecycle events wait for the listener that no further attempt is begun. */
    public class EventsNotTaken : Plain("more than 1,024 events wait to be taken")

    /**
     * The connection attempt ended without a connection; [detail] is [error] in words. Where the
     * application's own provider, hook or verifier threw, that is the [cause]. [userProperties] are those of the
     * CONNACK that refused.
     */
    public data class ConnectFailed(
        public val error: ConnectError,
        public val detail: String,
        override val userProperties: List<UserProperty> = emptyList(),
    ) : MqttkaException(detail)

    /**
     * The broker refused the operation. [reasonCode] is its reason, of several filters that of the
     * first that failed; [reasonCodes] has one per filter for subscribe and unsubscribe. [userProperties] are
     * those of the answer; of a [Client.request], those of the PUBACK, PUBREC or SUBACK that refused it.
     */
    public data class Refused(
        public val reasonCode: ReasonCode,
        public val reasonString: String? = null,
        public val reasonCodes: List<ReasonCode> = emptyList(),
        override val userProperties: List<UserProperty> = emptyList(),
    ) : MqttkaException(
        "refused by the broker: " + reasonCode.description + reasonString?.let { " ($it)" }.orEmpty(),
    )

    /**
     * The connection ended before the outcome was known, and no session keeps the operation. Only
     * where the client does not come back by itself.
     */
    public class Disconnected : Plain("disconnected before the outcome was known")

    /** The broker lost the session in which this publish was sent: it may or may not have arrived. */
    public class SessionLost : Plain("the broker lost the session; delivery is unknown")

    /** What the broker announced at CONNACK rules the operation out. It was not sent. */
    public data class NotSupportedByServer(public val reasonCode: ReasonCode) :
        MqttkaException("not possible with this broker: " + reasonCode.description)

    /** The broker sent not one reason code per topic filter: which filter got which is unknown. */
    public data class WrongReasonCodeCount(public val expected: Long, public val received: Long) :
        MqttkaException("the broker sent $received reason codes for $expected topic filters")

    /** There is no memory for so many bytes. */
    public data class OutOfMemory(public val bytes: Long) : MqttkaException("no memory for $bytes bytes")

    /** It cannot be encoded: too large for the protocol, or with properties that the packet does not allow. */
    public data class Encode(public val detail: String) : MqttkaException("cannot be encoded: $detail")

    /** Its Message Expiry Interval passed before it was sent. */
    public class Expired : Plain("the message expired before it was sent")

    /** The time passed that the application gave it. Where it was sent already, it may have arrived. */
    public class TimedOut : Plain("timed out before the outcome was known")

    /** The outbound queue was full, and [Options.queuePolicy] gave its place to another. */
    public class Dropped : Plain("dropped from the full outbound queue")

    /** The broker ended so many [connections] in a row at it. */
    public data class Poison(public val connections: Long) :
        MqttkaException("the broker ended $connections connections in a row at it")

    /** It was cancelled before it was sent. */
    public class Cancelled : Plain("cancelled before it was sent")

    /** A re-authentication failed on this side of the connection; [detail] says why. */
    public data class Authentication(public val detail: String) : MqttkaException("authentication failed: $detail")

    /** The protocol version or the broker rules out [what] was asked; it needs [needs]. */
    public data class NotSupported(public val what: String, public val needs: String) :
        MqttkaException("$what is not supported; it needs $needs")

    /**
     * A stream of messages ended for [end], and the application did not ask for it. The [cause] is the exception that says
     * the same: [ConnectFailed], or [Refused] where the broker refused the subscription.
     */
    public data class StreamEnded(public val end: StreamEnd) : MqttkaException(inWords(end), causeOf(end)) {
        override val userProperties: List<UserProperty>
            get() = (end as? StreamEnd.SubscribeFailed)?.userProperties.orEmpty()
    }

    /** An error that this binding does not know yet. */
    public data class Other(public val detail: String) : MqttkaException(detail)

    /** One that says all with its class. */
    public abstract class Plain internal constructor(message: String) : MqttkaException(message) {
        final override fun equals(other: Any?): Boolean = other != null && other::class == this::class

        final override fun hashCode(): Int = this::class.hashCode()
    }
}

private fun causeOf(end: StreamEnd): MqttkaException? = when (end) {
    is StreamEnd.ConnectFailed -> MqttkaException.ConnectFailed(end.error, end.detail)
    is StreamEnd.SubscribeFailed -> end.reasonCode?.let {
        MqttkaException.Refused(it, end.reasonString, userProperties = end.userProperties)
    }
    else -> null
}

private fun inWords(end: StreamEnd): String = when (end) {
    is StreamEnd.Disconnected -> end.detail
    is StreamEnd.ConnectFailed -> "could not connect: ${end.detail}"
    is StreamEnd.SubscribeFailed -> "could not subscribe: ${end.detail}"
    is StreamEnd.Unsubscribed -> "unsubscribed"
    is StreamEnd.Closed -> "the client is closed"
    is StreamEnd.Other -> end.detail
}
