package io.mqttka

import io.mqttka.internal.Compared
import io.mqttka.internal.Form
import io.mqttka.internal.Printed
import io.mqttka.internal.inWords
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/**
 * How a [Client] connects and what bounds it keeps.
 *
 * ```
 * Options("mqtts://ann:secret@broker.example", keepAlive = 30.seconds)
 * Options(host = "broker.example", transport = Transport.TLS, userName = "ann", keepAlive = 30.seconds)
 * Options("mqtts://broker.example") {
 *     keepAlive = 30.seconds
 *     tls { caFile = "ca.pem" }
 * }
 * ```
 *
 * Each option is checked when the client is made, and the [MqttkaException.InvalidOption] names it,
 * its value and its bounds. Two are equal where all of them are. User names, passwords, keys, the values
 * of headers and of user properties and the queries of URIs are not printed.
 *
 * @property uri The first server as a URI: `mqtt://`, `mqtts://`, `ws://`, `wss://` or `unix:/path`,
 *   with `user:password@`, port and path where they are needed. [host], [port], [transport] and
 *   [path] are for those who have these apart, and are not set beside it; [userName] and [password]
 *   count more than the URI's. In a URI that cannot be, a [MqttkaException.InvalidArgument] names
 *   the part.
 * @property host The broker's name or IP address, without a scheme or a port.
 * @property port The broker's port, 1 to 65,535. Null: 1883, 8883, 80 or 443, by [transport].
 * @property transport What carries MQTT. Null: TCP.
 * @property path Path and query of the WebSocket (empty: `/mqtt`), or the path of the Unix socket.
 * @property servers Further servers as URIs, up to 63, which are tried in order where the ones
 *   before are not reached. They have the same credentials and the same session.
 * @property protocolVersion The protocol version. Null: MQTT 5.0.
 * @property clientId The Client Identifier. Empty: the broker assigns one; in 3.1.1 that needs
 *   [cleanStart].
 * @property userName The User Name.
 * @property password The Password, up to 65,535 bytes; in 3.1.1 only with a user name.
 * @property keepAlive Keep Alive in whole seconds, 0 to 65,535: a dead path or broker is told within 1.5
 *   times this. Zero switches that off, unless [deadPeerTimeout] is set. The broker's Server Keep
 *   Alive overrides it.
 * @property cleanStart Start without an earlier session (Clean Session in 3.1.1).
 * @property sessionExpiryInterval How long the session outlives a connection, in whole seconds up to
 *   4,294,967,294, or [Duration.INFINITE]; 5.0 only (in 3.1.1 `cleanStart = false` says it).
 * @property connectTimeout The whole of a connection attempt, from DNS to CONNACK, 1 ms to 1 day.
 *   Null: min(1.5 x keep-alive less the dispatch margin, 30 s); 30 s where keep-alive is 0.
 * @property deadPeerTimeout A bound for the detection of a dead path or broker that is shorter than
 *   1.5 x keep-alive, or that stands although keep-alive is 0; 1.5 s to 1 day.
 * @property receiveMaximum How many QoS 1 and 2 messages may come unacknowledged at once, 1 to
 *   65,535.
 * @property maxInflight How many QoS 1 and 2 publishes may be unacknowledged at once, 1 to 65,535;
 *   it caps the broker's Receive Maximum as well. Null: 20 in 3.1.1, the broker's Receive Maximum
 *   in 5.0.
 * @property maximumPacketSize The largest packet taken, in bytes, 16 to 268,435,460. Null: the broker is told
 *   nothing, and the bound is the protocol's, 268,435,460. Memory grows with the bytes that have come.
 * @property topicAliasMaximum The highest topic alias that the broker may use, 0 to 65,535; 5.0 only.
 * @property outboundTopicAliasMaximum How many topics the client gives an alias to by itself, at most, 0 to
 *   65,535: those that were published to last, as far as the broker takes aliases; 5.0 only.
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
 * @property reconnect Come back by itself after a connection was lost or an attempt failed. False:
 *   one attempt per [Client.connect], and operations need a connection or a session that keeps them.
 * @property reconnectFirstDelay The bound of the first delay, 10 ms to 1 day: delays are random, from
 *   zero to their bound.
 * @property reconnectFactor By how much the bound grows with each attempt, 1 to 100.
 * @property reconnectMaxDelay The bound that no delay passes, 10 ms to 1 day.
 * @property reconnectMaxAttempts How many attempts in a row may fail before the client stops, 1 to
 *   4,294,967,295. Null: any number.
 * @property reconnectMaxTime How long the client tries, 1 ms to 365 days. Null: for ever.
 * @property reconnectResetAfter How long a connection must last before delays begin anew, 0 to 1
 *   day. Null: 30 s, or one keep-alive where that is shorter.
 * @property reconnectRetryOn Ends after which the client tries again although trying cannot help as
 *   a rule, such as [StopReason.CREDENTIALS] where they are renewed elsewhere.
 * @property fallbackToV311 Go on with 3.1.1 for good where the broker does not speak 5.0.
 * @property maxRedirects How often in a row the client follows a broker that names another server, 0
 *   to 100; never to a lesser kind of transport security.
 * @property queuePolicy What happens where the outbound queue is full.
 * @property lostQos1 What becomes of QoS 1 publishes that were sent and not acknowledged where their
 *   session is lost.
 * @property lostQos2 The same for QoS 2, where publishing again could deliver twice.
 * @property poisonAfter An operation at which the broker ended so many connections in a row leaves
 *   the queue with [MqttkaException.Poison], 0 to 1,000; 0: never.
 * @property cleanStartOnBacklog Where the broker keeps for the session what the client cannot take,
 *   begin a clean session, which loses it, instead of stopping.
 * @property makeBeforeBreak Where the network changed and the old connection lives, connect over the
 *   new network first.
 * @property tolerate Faults of the broker that do not end the connection.
 * @property manualAcknowledgement What [Client.openMessages] and [Client.messages] give is acknowledged with
 *   [Message.acknowledge], not when it was consumed. A subscription says it for itself.
 * @property rateLimit How fast operations leave, at most; null: without a limit.
 * @property adaptivePing Learn for each network how long its path stays open in silence, and ping no
 *   more often than that needs.
 * @property networkMonitor Watch the system's network, where this build can (Linux); on Android, use
 *   its `NetworkMonitor`.
 * @property provider Says before each attempt what it connects with.
 * @property authenticator Enhanced authentication: proves to the broker who the client is, and has the broker
 *   prove what it is, such as a [ScramSha256]; 5.0 only.
 * @property packetTap Sees each packet that is sent or received: for debugging, and for tests. Null, the
 *   default, costs nothing.
 * @property tlsCa The certificates of the authorities to trust, in PEM, instead of the platform's.
 * @property tlsCaFile The same, as a file, which is read once, when the client is made.
 * @property tlsCertificate The client's certificate in PEM, and those that lead from it to its
 *   authority, in this order.
 * @property tlsCertificateFile The same, as a file.
 * @property tlsPrivateKey The private key of the client's certificate in PEM: PKCS#8, also
 *   encrypted, PKCS#1 or SEC1. Null: it is with the certificate.
 * @property tlsPrivateKeyFile The same, as a file.
 * @property tlsPrivateKeyPassword The password of an encrypted private key.
 * @property tlsAlpn The protocols to offer by ALPN, such as `mqtt` or `x-amzn-mqtt-ca`.
 * @property tlsServerName The name for SNI, which the certificate must have. Null: the host.
 * @property tlsPins SHA-256 of the server's public key (SubjectPublicKeyInfo) in Base64, with or
 *   without `sha256/` before it; where there are some, it must be one of them, beside all other
 *   checks.
 * @property tlsResumption Whether a later connection goes on with the TLS session of an earlier
 *   one, which saves a round trip.
 * @property tlsKeyLog Whether the session's secrets are appended to the file that the environment
 *   variable `SSLKEYLOGFILE` names: whoever has it can read everything.
 * @property tlsDangerAcceptAnyCertificate DANGEROUS: takes any certificate of anybody, so that
 *   whoever is in the path can read and change everything. [tlsPins] are still checked.
 * @property tlsVerifier Judges the server's certificate instead of the platform and of [tlsCa].
 * @property webSocketHeaders Further headers of the WebSocket's upgrade request, such as
 *   `"Authorization" to "Bearer ..."`.
 * @property proxy `http://[user:password@]host:port`, or `socks5://...`, where the proxy resolves
 *   names; `system`: what the environment says (`https_proxy`, `all_proxy`, `no_proxy`, as curl
 *   reads them), which is nothing on Android. Empty: none.
 * @property networkInterface Only this interface is used (`SO_BINDTODEVICE`, `IP_BOUND_IF`), which
 *   may need a privilege; on Android, use [socketHook].
 * @property localAddress The IP address to connect from.
 * @property multipathTcp Multipath TCP, where the system has it (Linux).
 * @property socketHook Gets each TCP socket before it connects.
 */
public data class Options(
    public val uri: String? = null,
    public val host: String = "",
    public val port: Int? = null,
    public val transport: Transport? = null,
    public val path: String = "",
    public val servers: List<String> = emptyList(),
    public val protocolVersion: Version? = null,
    public val clientId: String = "",
    public val userName: String? = null,
    public val password: ByteArray? = null,
    public val keepAlive: Duration = 60.seconds,
    public val cleanStart: Boolean = true,
    public val sessionExpiryInterval: Duration = Duration.ZERO,
    public val connectTimeout: Duration? = null,
    public val deadPeerTimeout: Duration? = null,
    public val receiveMaximum: Int = 1024,
    public val maxInflight: Int? = null,
    public val maximumPacketSize: Int? = null,
    public val outboundQueueMaxMessages: Long = 65_536,
    public val outboundQueueMaxBytes: Long = 32 * 1024 * 1024,
    public val inboundQueueMaxBytes: Long = 16 * 1024 * 1024,
    public val unclaimedTimeout: Duration? = null,
    public val requestResponseInformation: Boolean = false,
    public val requestProblemInformation: Boolean = true,
    public val userProperties: List<UserProperty> = emptyList(),
    public val will: Will? = null,
    public val reconnect: Boolean = true,
    public val reconnectFirstDelay: Duration = 1.seconds,
    public val reconnectFactor: Double = 2.0,
    public val reconnectMaxDelay: Duration = 1.minutes,
    public val reconnectMaxAttempts: Long? = null,
    public val reconnectMaxTime: Duration? = null,
    public val reconnectResetAfter: Duration? = null,
    public val reconnectRetryOn: Set<StopReason> = emptySet(),
    public val fallbackToV311: Boolean = false,
    public val maxRedirects: Int = 0,
    public val queuePolicy: QueuePolicy = QueuePolicy.REFUSE_NEWEST,
    public val lostQos1: LostPublish = LostPublish.PUBLISH_AGAIN,
    public val lostQos2: LostPublish = LostPublish.FAIL,
    public val poisonAfter: Int = 5,
    public val cleanStartOnBacklog: Boolean = false,
    public val makeBeforeBreak: Boolean = false,
    public val adaptivePing: Boolean = false,
    public val networkMonitor: Boolean = true,
    public val provider: ConnectionProvider? = null,
    public val tlsCa: ByteArray? = null,
    public val tlsCaFile: String? = null,
    public val tlsCertificate: ByteArray? = null,
    public val tlsCertificateFile: String? = null,
    public val tlsPrivateKey: ByteArray? = null,
    public val tlsPrivateKeyFile: String? = null,
    public val tlsPrivateKeyPassword: ByteArray? = null,
    public val tlsAlpn: List<String> = emptyList(),
    public val tlsServerName: String? = null,
    public val tlsPins: List<String> = emptyList(),
    public val tlsResumption: Boolean = true,
    public val tlsKeyLog: Boolean = false,
    public val tlsDangerAcceptAnyCertificate: Boolean = false,
    public val tlsVerifier: CertificateVerifier? = null,
    public val webSocketHeaders: List<Pair<String, String>> = emptyList(),
    public val proxy: String = "",
    public val networkInterface: String? = null,
    public val localAddress: String? = null,
    public val socketHook: SocketHook? = null,
    public val multipathTcp: Boolean = false,
    public val topicAliasMaximum: Int = 64,
    public val outboundTopicAliasMaximum: Int = 64,
    public val tolerate: Set<Fault> = setOf(Fault.RECEIVE_MAXIMUM_EXCEEDED),
    public val manualAcknowledgement: Boolean = false,
    public val rateLimit: RateLimit? = null,
    public val authenticator: Authenticator? = null,
    public val packetTap: PacketTap? = null,
) {
    override fun equals(other: Any?): Boolean = other is Options && fields(Compared) == other.fields(Compared)

    override fun hashCode(): Int = fields(Compared).hashCode()

    override fun toString(): String = inWords("Options", fields(Printed))

    /** The same options but for what [configure] changes. */
    public fun copy(configure: OptionsBuilder.() -> Unit): Options = OptionsBuilder(this).apply(configure).build()

    /** All of them, those that [form] makes comparable or printable in its form. */
    private fun fields(form: Form): List<Pair<String, Any?>> = listOf(
        "uri" to form.uri(uri),
        "host" to host,
        "port" to port,
        "transport" to transport,
        "path" to form.uri(path),
        "servers" to servers.map(form::uri),
        "protocolVersion" to protocolVersion,
        "clientId" to clientId,
        "userName" to form.secret(userName),
        "password" to form.secret(password),
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
        "reconnect" to reconnect,
        "reconnectFirstDelay" to reconnectFirstDelay,
        "reconnectFactor" to reconnectFactor,
        "reconnectMaxDelay" to reconnectMaxDelay,
        "reconnectMaxAttempts" to reconnectMaxAttempts,
        "reconnectMaxTime" to reconnectMaxTime,
        "reconnectResetAfter" to reconnectResetAfter,
        "reconnectRetryOn" to reconnectRetryOn,
        "fallbackToV311" to fallbackToV311,
        "maxRedirects" to maxRedirects,
        "queuePolicy" to queuePolicy,
        "lostQos1" to lostQos1,
        "lostQos2" to lostQos2,
        "poisonAfter" to poisonAfter,
        "cleanStartOnBacklog" to cleanStartOnBacklog,
        "makeBeforeBreak" to makeBeforeBreak,
        "adaptivePing" to adaptivePing,
        "networkMonitor" to networkMonitor,
        "provider" to provider,
        "tlsCa" to form.text(tlsCa),
        "tlsCaFile" to tlsCaFile,
        "tlsCertificate" to form.text(tlsCertificate),
        "tlsCertificateFile" to tlsCertificateFile,
        "tlsPrivateKey" to form.secret(tlsPrivateKey),
        "tlsPrivateKeyFile" to tlsPrivateKeyFile,
        "tlsPrivateKeyPassword" to form.secret(tlsPrivateKeyPassword),
        "tlsAlpn" to tlsAlpn,
        "tlsServerName" to tlsServerName,
        "tlsPins" to tlsPins,
        "tlsResumption" to tlsResumption,
        "tlsKeyLog" to tlsKeyLog,
        "tlsDangerAcceptAnyCertificate" to tlsDangerAcceptAnyCertificate,
        "tlsVerifier" to tlsVerifier,
        "webSocketHeaders" to form.headers(webSocketHeaders),
        "proxy" to form.uri(proxy),
        "networkInterface" to networkInterface,
        "localAddress" to localAddress,
        "multipathTcp" to multipathTcp,
        "topicAliasMaximum" to topicAliasMaximum,
        "outboundTopicAliasMaximum" to outboundTopicAliasMaximum,
        "tolerate" to tolerate,
        "manualAcknowledgement" to manualAcknowledgement,
        "rateLimit" to rateLimit,
        "authenticator" to authenticator,
        "packetTap" to packetTap,
        "socketHook" to socketHook,
    )
}

/** Options for the server at [uri] (or for [OptionsBuilder.host]), as [configure] says. */
public fun Options(uri: String? = null, configure: OptionsBuilder.() -> Unit): Options =
    Options(uri).copy(configure)
