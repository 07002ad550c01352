package io.mqttka

import io.mqttka.internal.HIDDEN

/** One property of MQTT 5.0 (section 2.2.2.2). Bytes, and values of the application's own, are not printed. */
public sealed interface Property {
    /** 0 = bytes, 1 = UTF-8 text (3.3.2.3.2). */
    public data class PayloadFormatIndicator(public val value: Int) : Property

    /** Lifetime of the message in seconds (3.3.2.3.3). */
    public data class MessageExpiryInterval(public val value: Long) : Property

    /** What the payload is, such as a MIME type (3.3.2.3.9). */
    public data class ContentType(public val value: String) : Property

    /** Topic for a response; no wildcards (3.3.2.3.5). */
    public data class ResponseTopic(public val value: String) : Property

    /** Marks which request a response is for (3.3.2.3.6). */
    public data class CorrelationData(public val value: ByteArray) : Property {
        override fun equals(other: Any?): Boolean = other is CorrelationData && value.contentEquals(other.value)

        override fun hashCode(): Int = value.contentHashCode()

        override fun toString(): String = "CorrelationData(${value.size} bytes)"
    }

    /** 1 to 268,435,455 (3.8.2.1.2). */
    public data class SubscriptionIdentifier(public val value: Long) : Property

    /** Seconds the session outlives the connection; 0xFFFFFFFF = for ever (3.1.2.11.2). */
    public data class SessionExpiryInterval(public val value: Long) : Property

    /** The Client Identifier that the broker chose (3.2.2.3.7). */
    public data class AssignedClientIdentifier(public val value: String) : Property

    /** The Keep Alive that the broker imposes, in seconds (3.2.2.3.14). */
    public data class ServerKeepAlive(public val value: Int) : Property

    /** Name of the extended authentication method (3.1.2.11.9). */
    public data class AuthenticationMethod(public val value: String) : Property

    /** Data of the authentication method (3.1.2.11.10). */
    public data class AuthenticationData(public val value: ByteArray) : Property {
        override fun equals(other: Any?): Boolean = other is AuthenticationData && value.contentEquals(other.value)

        override fun hashCode(): Int = value.contentHashCode()

        override fun toString(): String = "AuthenticationData(${value.size} bytes)"
    }

    /** 0 = reason strings only where a failure needs them (3.1.2.11.7). */
    public data class RequestProblemInformation(public val value: Int) : Property

    /** Seconds before the Will is published (3.1.3.2.2). */
    public data class WillDelayInterval(public val value: Long) : Property

    /** 1 = ask for Response Information (3.1.2.11.6). */
    public data class RequestResponseInformation(public val value: Int) : Property

    /** Basis for response topics (3.2.2.3.15). */
    public data class ResponseInformation(public val value: String) : Property

    /** Another server to use (3.2.2.3.16). */
    public data class ServerReference(public val value: String) : Property

    /** The reason in words, for diagnostics (3.2.2.3.9). */
    public data class ReasonString(public val value: String) : Property

    /** How many QoS 1 and 2 publishes may be unacknowledged at once (3.1.2.11.3). */
    public data class ReceiveMaximum(public val value: Int) : Property

    /** The highest topic alias accepted (3.1.2.11.5). */
    public data class TopicAliasMaximum(public val value: Int) : Property

    /** Stands for the topic name (3.3.2.3.4). */
    public data class TopicAlias(public val value: Int) : Property

    /** The highest QoS that the broker accepts (3.2.2.3.4). */
    public data class MaximumQos(public val value: Int) : Property

    /** Whether the broker keeps retained messages (3.2.2.3.5). */
    public data class RetainAvailable(public val value: Int) : Property

    /** A name and a value of the application's own (3.1.2.11.8). */
    public data class UserProperty(public val name: String, public val value: String) : Property {
        override fun toString(): String = "UserProperty($name: $HIDDEN)"
    }

    /** The largest packet accepted, in bytes (3.1.2.11.4). */
    public data class MaximumPacketSize(public val value: Long) : Property

    /** Whether the broker takes wildcards (3.2.2.3.11). */
    public data class WildcardSubscriptionAvailable(public val value: Int) : Property

    /** Whether the broker takes subscription identifiers (3.2.2.3.12). */
    public data class SubscriptionIdentifierAvailable(public val value: Int) : Property

    /** Whether the broker takes shared subscriptions (3.2.2.3.13). */
    public data class SharedSubscriptionAvailable(public val value: Int) : Property
}
