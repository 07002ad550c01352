package io.mqttka

import kotlin.time.Duration

/** Marks the blocks in which options are set, so that one does not set another's by mistake. */
@DslMarker
@Target(AnnotationTarget.CLASS)
public annotation class OptionsDsl

/**
 * [Options] to be, in a block:
 *
 * ```
 * Client("mqtts://broker.example") {
 *     keepAlive = 30.seconds
 *     credentials("ann", "secret")
 *     will("status/ann", "gone", retain = true)
 *     tls { caFile = "ca.pem" }
 *     reconnect { maxDelay = 30.seconds }
 * }
 * ```
 */
@OptionsDsl
public class OptionsBuilder internal constructor(base: Options) {
    private val tls = TlsBuilder(base)
    private val reconnecting = ReconnectBuilder(base)

    /** See [Options.uri]. */
    public var uri: String? = base.uri

    /** See [Options.host]. */
    public var host: String = base.host

    /** See [Options.port]. */
    public var port: Int? = base.port

    /** See [Options.transport]. */
    public var transport: Transport? = base.transport

    /** See [Options.path]. */
    public var path: String = base.path

    /** See [Options.servers]. */
    public var servers: List<String> = base.servers

    /** See [Options.protocolVersion]. */
    public var protocolVersion: Version? = base.protocolVersion

    /** See [Options.clientId]. */
    public var clientId: String = base.clientId

    /** See [Options.userName]. */
    public var userName: String? = base.userName

    /** See [Options.password]. */
    public var password: ByteArray? = base.password

    /** See [Options.keepAlive]. */
    public var keepAlive: Duration = base.keepAlive

    /** See [Options.cleanStart]. */
    public var cleanStart: Boolean = base.cleanStart

    /** See [Options.sessionExpiryInterval]. */
    public var sessionExpiryInterval: Duration = base.sessionExpiryInterval

    /** See [Options.connectTimeout]. */
    public var connectTimeout: Duration? = base.connectTimeout

    /** See [Options.deadPeerTimeout]. */
    public var deadPeerTimeout: Duration? = base.deadPeerTimeout

    /** See [Options.receiveMaximum]. */
    public var receiveMaximum: Int = base.receiveMaximum

    /** See [Options.maxInflight]. */
    public var maxInflight: Int? = base.maxInflight

    /** See [Options.maximumPacketSize]. */
    public var maximumPacketSize: Int? = base.maximumPacketSize

    /** See [Options.outboundQueueMaxMessages]. */
    public var outboundQueueMaxMessages: Long = base.outboundQueueMaxMessages

    /** See [Options.outboundQueueMaxBytes]. */
    public var outboundQueueMaxBytes: Long = base.outboundQueueMaxBytes

    /** See [Options.inboundQueueMaxBytes]. */
    public var inboundQueueMaxBytes: Long = base.inboundQueueMaxBytes

    /** See [Options.unclaimedTimeout]. */
    public var unclaimedTimeout: Duration? = base.unclaimedTimeout

    /** See [Options.requestResponseInformation]. */
    public var requestResponseInformation: Boolean = base.requestResponseInformation

    /** See [Options.requestProblemInformation]. */
    public var requestProblemInformation: Boolean = base.requestProblemInformation

    /** See [Options.userProperties]. */
    public var userProperties: List<UserProperty> = base.userProperties

    /** See [Options.will]. */
    public var will: Will? = base.will

    /** See [Options.reconnect]. */
    public var reconnect: Boolean = base.reconnect

    /** See [Options.fallbackToV311]. */
    public var fallbackToV311: Boolean = base.fallbackToV311

    /** See [Options.maxRedirects]. */
    public var maxRedirects: Int = base.maxRedirects

    /** See [Options.queuePolicy]. */
    public var queuePolicy: QueuePolicy = base.queuePolicy

    /** See [Options.lostQos1]. */
    public var lostQos1: LostPublish = base.lostQos1

    /** See [Options.lostQos2]. */
    public var lostQos2: LostPublish = base.lostQos2

    /** See [Options.poisonAfter]. */
    public var poisonAfter: Int = base.poisonAfter

    /** See [Options.cleanStartOnBacklog]. */
    public var cleanStartOnBacklog: Boolean = base.cleanStartOnBacklog

    /** See [Options.makeBeforeBreak]. */
    public var makeBeforeBreak: Boolean = base.makeBeforeBreak

    /** See [Options.adaptivePing]. */
    public var adaptivePing: Boolean = base.adaptivePing

    /** See [Options.networkMonitor]. */
    public var networkMonitor: Boolean = base.networkMonitor

    /** See [Options.provider]. */
    public var provider: ConnectionProvider? = base.provider

    /** See [Options.webSocketHeaders]. */
    public var webSocketHeaders: List<Pair<String, String>> = base.webSocketHeaders

    /** See [Options.proxy]. */
    public var proxy: String = base.proxy

    /** See [Options.networkInterface]. */
    public var networkInterface: String? = base.networkInterface

    /** See [Options.localAddress]. */
    public var localAddress: String? = base.localAddress

    /** See [Options.socketHook]. */
    public var socketHook: SocketHook? = base.socketHook

    /** See [Options.multipathTcp]. */
    public var multipathTcp: Boolean = base.multipathTcp

    /** See [Options.topicAliasMaximum]. */
    public var topicAliasMaximum: Int = base.topicAliasMaximum

    /** See [Options.outboundTopicAliasMaximum]. */
    public var outboundTopicAliasMaximum: Int = base.outboundTopicAliasMaximum

    /** See [Options.tolerate]. */
    public var tolerate: Set<Fault> = base.tolerate

    /** See [Options.manualAcknowledgement]. */
    public var manualAcknowledgement: Boolean = base.manualAcknowledgement

    /** See [Options.rateLimit]. */
    public var rateLimit: RateLimit? = base.rateLimit

    /** See [Options.authenticator]. */
    public var authenticator: Authenticator? = base.authenticator

    /** See [Options.packetTap]. */
    public var packetTap: PacketTap? = base.packetTap

    /** How TLS is spoken. */
    public fun tls(configure: TlsBuilder.() -> Unit) {
        tls.configure()
    }

    /** How the client comes back by itself; that it does, `reconnect = false` switches off. */
    public fun reconnect(configure: ReconnectBuilder.() -> Unit) {
        reconnecting.configure()
    }

    /** Sets [userName] and [password]. */
    public fun credentials(userName: String, password: String) {
        this.userName = userName
        this.password = password.encodeToByteArray()
    }

    /** Sets [will] to text. */
    public fun will(
        topic: String,
        payload: String,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
    ) {
        will = Will(Message(topic, payload, qos, retain, properties))
    }

    /** Sets [will] to bytes. */
    public fun will(
        topic: String,
        payload: ByteArray,
        qos: Qos = Qos.AT_MOST_ONCE,
        retain: Boolean = false,
        properties: List<Property> = emptyList(),
    ) {
        will = Will(Message(topic, payload, qos, retain, properties))
    }

    /** Adds to [servers]. */
    public fun server(uri: String) {
        servers += uri
    }

    /** Adds to [webSocketHeaders]. */
    public fun webSocketHeader(name: String, value: String) {
        webSocketHeaders += name to value
    }

    /** Adds to [userProperties]. */
    public fun userProperty(name: String, value: String) {
        userProperties += UserProperty(name, value)
    }

    internal fun build() = Options(
        uri = uri,
        host = host,
        port = port,
        transport = transport,
        path = path,
        servers = servers,
        protocolVersion = protocolVersion,
        clientId = clientId,
        userName = userName,
        password = password,
        keepAlive = keepAlive,
        cleanStart = cleanStart,
        sessionExpiryInterval = sessionExpiryInterval,
        connectTimeout = connectTimeout,
        deadPeerTimeout = deadPeerTimeout,
        receiveMaximum = receiveMaximum,
        maxInflight = maxInflight,
        maximumPacketSize = maximumPacketSize,
        outboundQueueMaxMessages = outboundQueueMaxMessages,
        outboundQueueMaxBytes = outboundQueueMaxBytes,
        inboundQueueMaxBytes = inboundQueueMaxBytes,
        unclaimedTimeout = unclaimedTimeout,
        requestResponseInformation = requestResponseInformation,
        requestProblemInformation = requestProblemInformation,
        userProperties = userProperties,
        will = will,
        reconnect = reconnect,
        reconnectFirstDelay = reconnecting.firstDelay,
        reconnectFactor = reconnecting.factor,
        reconnectMaxDelay = reconnecting.maxDelay,
        reconnectMaxAttempts = reconnecting.maxAttempts,
        reconnectMaxTime = reconnecting.maxTime,
        reconnectResetAfter = reconnecting.resetAfter,
        reconnectRetryOn = reconnecting.retryOn,
        fallbackToV311 = fallbackToV311,
        maxRedirects = maxRedirects,
        queuePolicy = queuePolicy,
        lostQos1 = lostQos1,
        lostQos2 = lostQos2,
        poisonAfter = poisonAfter,
        cleanStartOnBacklog = cleanStartOnBacklog,
        makeBeforeBreak = makeBeforeBreak,
        adaptivePing = adaptivePing,
        networkMonitor = networkMonitor,
        provider = provider,
        tlsCa = tls.ca,
        tlsCaFile = tls.caFile,
        tlsCertificate = tls.certificate,
        tlsCertificateFile = tls.certificateFile,
        tlsPrivateKey = tls.privateKey,
        tlsPrivateKeyFile = tls.privateKeyFile,
        tlsPrivateKeyPassword = tls.privateKeyPassword,
        tlsAlpn = tls.alpn,
        tlsServerName = tls.serverName,
        tlsPins = tls.pins,
        tlsResumption = tls.resumption,
        tlsKeyLog = tls.keyLog,
        tlsDangerAcceptAnyCertificate = tls.dangerAcceptAnyCertificate,
        tlsVerifier = tls.verifier,
        webSocketHeaders = webSocketHeaders,
        proxy = proxy,
        networkInterface = networkInterface,
        localAddress = localAddress,
        socketHook = socketHook,
        multipathTcp = multipathTcp,
        topicAliasMaximum = topicAliasMaximum,
        outboundTopicAliasMaximum = outboundTopicAliasMaximum,
        tolerate = tolerate,
        manualAcknowledgement = manualAcknowledgement,
        rateLimit = rateLimit,
        authenticator = authenticator,
        packetTap = packetTap,
    )

    /** What it was made from and what was set, without what is not to be printed. */
    override fun toString(): String = "OptionsBuilder(${build()})"
}

/** How TLS is spoken, in [OptionsBuilder.tls]. */
@OptionsDsl
public class TlsBuilder internal constructor(base: Options) {
    /** See [Options.tlsCa]. */
    public var ca: ByteArray? = base.tlsCa

    /** See [Options.tlsCaFile]. */
    public var caFile: String? = base.tlsCaFile

    /** See [Options.tlsCertificate]. */
    public var certificate: ByteArray? = base.tlsCertificate

    /** See [Options.tlsCertificateFile]. */
    public var certificateFile: String? = base.tlsCertificateFile

    /** See [Options.tlsPrivateKey]. */
    public var privateKey: ByteArray? = base.tlsPrivateKey

    /** See [Options.tlsPrivateKeyFile]. */
    public var privateKeyFile: String? = base.tlsPrivateKeyFile

    /** See [Options.tlsPrivateKeyPassword]. */
    public var privateKeyPassword: ByteArray? = base.tlsPrivateKeyPassword

    /** See [Options.tlsAlpn]. */
    public var alpn: List<String> = base.tlsAlpn

    /** See [Options.tlsServerName]. */
    public var serverName: String? = base.tlsServerName

    /** See [Options.tlsPins]. */
    public var pins: List<String> = base.tlsPins

    /** See [Options.tlsResumption]. */
    public var resumption: Boolean = base.tlsResumption

    /** See [Options.tlsKeyLog]. */
    public var keyLog: Boolean = base.tlsKeyLog

    /** See [Options.tlsDangerAcceptAnyCertificate]. */
    public var dangerAcceptAnyCertificate: Boolean = base.tlsDangerAcceptAnyCertificate

    /** See [Options.tlsVerifier]. */
    public var verifier: CertificateVerifier? = base.tlsVerifier
}

/** How a client comes back by itself, in [OptionsBuilder.reconnect]. */
@OptionsDsl
public class ReconnectBuilder internal constructor(base: Options) {
    /** See [Options.reconnectFirstDelay]. */
    public var firstDelay: Duration = base.reconnectFirstDelay

    /** See [Options.reconnectFactor]. */
    public var factor: Double = base.reconnectFactor

    /** See [Options.reconnectMaxDelay]. */
    public var maxDelay: Duration = base.reconnectMaxDelay

    /** See [Options.reconnectMaxAttempts]. */
    public var maxAttempts: Long? = base.reconnectMaxAttempts

    /** See [Options.reconnectMaxTime]. */
    public var maxTime: Duration? = base.reconnectMaxTime

    /** See [Options.reconnectResetAfter]. */
    public var resetAfter: Duration? = base.reconnectResetAfter

    /** See [Options.reconnectRetryOn]. */
    public var retryOn: Set<StopReason> = base.reconnectRetryOn
}
