package io.mqttka

import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * How a [Client] connects and what bounds it keeps. Each is checked when the client is made, and
 * the [MqttkaException.InvalidOption] names the option, its value and its bounds. The password is
 * not printed.
 *
 * @property host The broker's name or IP address, without a scheme or a port.
 * @property port The broker's port, 1 to 65,535.
 * @property protocolVersion The protocol version. Null: MQTT 5.0.
 * @property clientId The Client Identifier. Empty: the broker assigns one; in 3.1.1 that needs
 *   [cleanStart].
 * @property userName The User Name.
 * @property password The Password, up to 65,535 bytes; in 3.1.1 only with a user name.
 * @property keepAlive Keep Alive in seconds, 0 to 65,535: a dead path or broker is told within 1.5
 *   times this. 0 switches that off, unless [deadPeerTimeout] is set. The broker's Server Keep
 *   Alive overrides it.
 * @property cleanStart Start without an earlier session (Clean Session in 3.1.1).
 * @property sessionExpiryInterval How many seconds the session outlives a connection, 0 to
 *   4,294,967,295, which is for ever; 5.0 only (in 3.1.1 `cleanStart = false` says it).
 * @property connectTimeout The whole of a connection attempt, from DNS to CONNACK, 1 ms to 1 day.
 *   Null: min(1.5 x keep-alive less the dispatch margin, 30 s); 30 s where keep-alive is 0.
 * @property deadPeerTimeout A bound for the detection of a dead path or broker that is shorter than
 *   1.5 x keep-alive, or that stands although keep-alive is 0; 1.5 s to 1 day.
 * @property receiveMaximum How many QoS 1 and 2 messages may come unacknowledged at once, 1 to
 *   65,535.
 * @property maxInflight How many QoS 1 and 2 publishes may be unacknowledged at once, 1 to 65,535;
 *   it caps the broker's Receive Maximum as well. Null: 20 in 3.1.1, the broker's Receive Maximum
 *   in 5.0.
 * @property maximumPacketSize The largest packet taken, in bytes, 16 to 268,435,460.
 * @property outboundQueueMaxMessages Operations that may wait or be unacknowledged, 1 to
 *   4,294,967,295.
 * @property outboundQueueMaxBytes What they may cost in bytes, 1 to 4,294,967,295; a single one may
 *   cost more.
 * @property inboundQueueMaxBytes Bytes of messages that the application has not taken, 1 to
 *   4,294,967,295: above it QoS 0 is dropped, above twice it plus one packet the connection is
 *   closed.
 * @property unclaimedTimeout How long a message that matches no consumer waits for one, up to 1
 *   day, after a resumed session began, after the first consumer came, or after the stream that
 *   held it was closed. Null: 10 s.
 * @property requestResponseInformation Ask for Response Information; 5.0 only.
 * @property requestProblemInformation Let the broker explain failures in words; 5.0 only.
 * @property userProperties User properties of CONNECT; 5.0 only.
 * @property will The Will Message.
 */
public data class Options(
    public val host: String,
    public val port: Int = 1883,
    public val protocolVersion: Version? = null,
    public val clientId: String = "",
    public val userName: String? = null,
    public val password: ByteArray? = null,
    public val keepAlive: Int = 60,
    public val cleanStart: Boolean = true,
    public val sessionExpiryInterval: Long = 0,
    public val connectTimeout: Duration? = null,
    public val deadPeerTimeout: Duration? = null,
    public val receiveMaximum: Int = 1024,
    public val maxInflight: Int? = null,
    public val maximumPacketSize: Int = 16 * 1024 * 1024,
    public val outboundQueueMaxMessages: Long = 65_536,
    public val outboundQueueMaxBytes: Long = 32 * 1024 * 1024,
    public val inboundQueueMaxBytes: Long = 16 * 1024 * 1024,
    public val unclaimedTimeout: Duration? = null,
    public val requestResponseInformation: Boolean = false,
    public val requestProblemInformation: Boolean = true,
    public val userProperties: List<UserProperty> = emptyList(),
    public val will: Will? = null,
) {
    override fun equals(other: Any?): Boolean =
        other is Options && fields(password?.asList()) == other.fields(other.password?.asList())

    override fun hashCode(): Int = fields(password?.asList()).hashCode()

    override fun toString(): String =
        fields(password?.let { "(hidden)" })
            .joinToString(", ", "Options(", ")") { (name, value) -> "$name=$value" }

    private fun fields(password: Any?): List<Pair<String, Any?>> = listOf(
        "host" to host,
        "port" to port,
        "protocolVersion" to protocolVersion,
        "clientId" to clientId,
        "userName" to userName,
        "password" to password,
        "keepAlive" to keepAlive,
        "cleanStart" to cleanStart,
        "sessionExpiryInterval" to sessionExpiryInterval,
        "connectTimeout" to connectTimeout,
        "deadPeerTimeout" to deadPeerTimeout,
        "receiveMaximum" to receiveMaximum,
        "maxInflight" to maxInflight,
        "maximumPacketSize" to maximumPacketSize,
        "outboundQueueMaxMessages" to outboundQueueMaxMessages,
        "outboundQueueMaxBytes" to outboundQueueMaxBytes,
        "inboundQueueMaxBytes" to inboundQueueMaxBytes,
        "unclaimedTimeout" to unclaimedTimeout,
        "requestResponseInformation" to requestResponseInformation,
        "requestProblemInformation" to requestProblemInformation,
        "userProperties" to userProperties,
        "will" to will,
    )

    /** Kotlin's numbers are wider than the library's, which says what it cannot take. */
    internal fun toNative(): NativeOptions = NativeOptions(
        host = host,
        port = number("port", port).toUShort(),
        protocolVersion = protocolVersion,
        clientId = clientId,
        userName = userName,
        password = password,
        keepAlive = number("keep_alive", keepAlive).toUShort(),
        cleanStart = cleanStart,
        sessionExpiryInterval = number("session_expiry_interval", sessionExpiryInterval).toUInt(),
        connectTimeout = connectTimeout?.let { length("connect_timeout", it) },
        deadPeerTimeout = deadPeerTimeout?.let { length("dead_peer_timeout", it) },
        receiveMaximum = number("receive_maximum", receiveMaximum).toUShort(),
        maxInflight = maxInflight?.let { number("max_inflight", it).toUShort() },
        maximumPacketSize = number("maximum_packet_size", maximumPacketSize).toUInt(),
        outboundQueueMaxMessages = number("outbound_queue_max_messages", outboundQueueMaxMessages).toULong(),
        outboundQueueMaxBytes = number("outbound_queue_max_bytes", outboundQueueMaxBytes).toULong(),
        inboundQueueMaxBytes = number("inbound_queue_max_bytes", inboundQueueMaxBytes).toULong(),
        unclaimedTimeout = unclaimedTimeout?.let { length("unclaimed_timeout", it) },
        requestResponseInformation = requestResponseInformation,
        requestProblemInformation = requestProblemInformation,
        userProperties = userProperties,
        will = will?.let { NativeWill(it.message.toNative()) },
    )
}

private fun number(option: String, value: Number): Long {
    native { checkNumber(option, value.toLong()) }
    return value.toLong()
}

/** The library's type has no negative and no infinite times, so it is checked here. */
internal fun length(option: String, value: Duration): java.time.Duration {
    native { checkDuration(option, value.inWholeNanoseconds) }
    return value.toJavaDuration()
}
