package io.mqttka

import io.mqttka.internal.toNative
import io.mqttka.internal.uniffi.describeReasonCode

/**
 * A reason code of MQTT 5.0. The return codes of MQTT 3.1.1 are mapped to the code of the same meaning.
 * 0x80 and above are failures.
 */
public enum class ReasonCode(
    /** Its number on the wire. */
    public val value: Int,
) {
    /** Success. */
    SUCCESS(0),

    /** Granted QoS 1. */
    GRANTED_QOS1(1),

    /** Granted QoS 2. */
    GRANTED_QOS2(2),

    /** Disconnect with Will Message. */
    DISCONNECT_WITH_WILL_MESSAGE(4),

    /** No matching subscribers. */
    NO_MATCHING_SUBSCRIBERS(16),

    /** No subscription existed. */
    NO_SUBSCRIPTION_EXISTED(17),

    /** Continue authentication. */
    CONTINUE_AUTHENTICATION(24),

    /** Re-authenticate. */
    RE_AUTHENTICATE(25),

    /** Unspecified error. */
    UNSPECIFIED_ERROR(128),

    /** Malformed Packet. */
    MALFORMED_PACKET(129),

    /** Protocol Error. */
    PROTOCOL_ERROR(130),

    /** Implementation specific error. */
    IMPLEMENTATION_SPECIFIC_ERROR(131),

    /** Unsupported Protocol Version. */
    UNSUPPORTED_PROTOCOL_VERSION(132),

    /** Client Identifier not valid. */
    CLIENT_IDENTIFIER_NOT_VALID(133),

    /** Bad User Name or Password. */
    BAD_USER_NAME_OR_PASSWORD(134),

    /** Not authorized. */
    NOT_AUTHORIZED(135),

    /** Server unavailable. */
    SERVER_UNAVAILABLE(136),

    /** Server busy. */
    SERVER_BUSY(137),

    /** Banned. */
    BANNED(138),

    /** Server shutting down. */
    SERVER_SHUTTING_DOWN(139),

    /** Bad authentication method. */
    BAD_AUTHENTICATION_METHOD(140),

    /** Keep Alive timeout. */
    KEEP_ALIVE_TIMEOUT(141),

    /** Session taken over. */
    SESSION_TAKEN_OVER(142),

    /** Topic Filter invalid. */
    TOPIC_FILTER_INVALID(143),

    /** Topic Name invalid. */
    TOPIC_NAME_INVALID(144),

    /** Packet Identifier in use. */
    PACKET_IDENTIFIER_IN_USE(145),

    /** Packet Identifier not found. */
    PACKET_IDENTIFIER_NOT_FOUND(146),

    /** Receive Maximum exceeded. */
    RECEIVE_MAXIMUM_EXCEEDED(147),

    /** Topic Alias invalid. */
    TOPIC_ALIAS_INVALID(148),

    /** Packet too large. */
    PACKET_TOO_LARGE(149),

    /** Message rate too high. */
    MESSAGE_RATE_TOO_HIGH(150),

    /** Quota exceeded. */
    QUOTA_EXCEEDED(151),

    /** Administrative action. */
    ADMINISTRATIVE_ACTION(152),

    /** Payload format invalid. */
    PAYLOAD_FORMAT_INVALID(153),

    /** Retain not supported. */
    RETAIN_NOT_SUPPORTED(154),

    /** QoS not supported. */
    QOS_NOT_SUPPORTED(155),

    /** Use another server. */
    USE_ANOTHER_SERVER(156),

    /** Server moved. */
    SERVER_MOVED(157),

    /** Shared Subscriptions not supported. */
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED(158),

    /** Connection rate exceeded. */
    CONNECTION_RATE_EXCEEDED(159),

    /** Maximum connect time. */
    MAXIMUM_CONNECT_TIME(160),

    /** Subscription Identifiers not supported. */
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED(161),

    /** Wildcard Subscriptions not supported. */
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED(162);

    /** Whether it says that something failed. */
    public val isFailure: Boolean get() = value >= FIRST_FAILURE

    /** The specification's words for it, such as `Not authorized`. */
    public val description: String get() = describeReasonCode(toNative())
}

private const val FIRST_FAILURE = 0x80
