package io.mqttka.java

import io.mqttka.AnsweringAuthenticator
import io.mqttka.AuthenticationAnswer
import io.mqttka.AuthenticationRequest
import io.mqttka.Authenticator
import io.mqttka.CertificateVerifier
import io.mqttka.Client
import io.mqttka.ConnectionProvider
import io.mqttka.ConnectionRequest
import io.mqttka.Fault
import io.mqttka.LifecycleListener
import io.mqttka.LostPublish
import io.mqttka.Message
import io.mqttka.Options
import io.mqttka.OptionsBuilder
import io.mqttka.PacketTap
import io.mqttka.ProvidedConnection
import io.mqttka.QueuePolicy
import io.mqttka.RateLimit
import io.mqttka.SocketHook
import io.mqttka.StopReason
import io.mqttka.Transport
import io.mqttka.Version
import io.mqttka.Will
import kotlinx.coroutines.future.await
import java.util.concurrent.CompletionStage
import java.util.function.Function
import kotlin.time.toKotlinDuration
import java.time.Duration as JavaDuration

/** Builds a [MqttkaClient]. What is not set is as [Options] say. */
public class MqttkaClientBuilder internal constructor(uri: String?) {
    private val options = OptionsBuilder(Options(uri))
    private var listener: LifecycleListener? = null

    /** Makes the client; it does not connect yet. */
    public fun build(): MqttkaClient = MqttkaClient(Client(options.build(), listener))

    /** Hears what happens to the connection, on a thread of the library's own. */
    public fun listener(value: LifecycleListener): MqttkaClientBuilder = set { listener = value }

    /** User Name and Password. */
    public fun credentials(userName: String, password: String): MqttkaClientBuilder =
        set { options.credentials(userName, password) }

    /** See [Options.password]. */
    public fun password(value: String): MqttkaClientBuilder = password(value.encodeToByteArray())

    /** See [Options.password]. */
    public fun password(value: ByteArray): MqttkaClientBuilder = set { options.password = value }

    /** See [Options.will]. */
    public fun will(value: Message): MqttkaClientBuilder = set { options.will = Will(value) }

    /** Adds to [Options.servers]. */
    public fun server(uri: String): MqttkaClientBuilder = set { options.server(uri) }

    /** Adds to [Options.webSocketHeaders]. */
    public fun webSocketHeader(name: String, value: String): MqttkaClientBuilder =
        set { options.webSocketHeader(name, value) }

    /** Adds to [Options.userProperties]. */
    public fun userProperty(name: String, value: String): MqttkaClientBuilder =
        set { options.userProperty(name, value) }

    /** See [Options.tlsPrivateKeyPassword]. */
    public fun tlsPrivateKeyPassword(value: String): MqttkaClientBuilder =
        set { options.tls { privateKeyPassword = value.encodeToByteArray() } }

    /**
     * See [Options.provider]. It is called on a thread for I/O, and the future that it gives is
     * cancelled when the attempt has ended.
     */
    public fun provider(value: Function<ConnectionRequest, CompletionStage<ProvidedConnection>>): MqttkaClientBuilder =
        set { options.provider = ConnectionProvider { value.apply(it).await() } }

    /** See [Options.uri]. */
    public fun uri(value: String): MqttkaClientBuilder = set { options.uri = value }

    /** See [Options.host]. */
    public fun host(value: String): MqttkaClientBuilder = set { options.host = value }

    /** See [Options.port]. */
    public fun port(value: Int): MqttkaClientBuilder = set { options.port = value }

    /** See [Options.transport]. */
    public fun transport(value: Transport): MqttkaClientBuilder = set { options.transport = value }

    /** See [Options.path]. */
    public fun path(value: String): MqttkaClientBuilder = set { options.path = value }

    /** See [Options.protocolVersion]. */
    public fun protocolVersion(value: Version): MqttkaClientBuilder = set { options.protocolVersion = value }

    /** See [Options.clientId]. */
    public fun clientId(value: String): MqttkaClientBuilder = set { options.clientId = value }

    /** See [Options.userName]. */
    public fun userName(value: String): MqttkaClientBuilder = set { options.userName = value }

    /** See [Options.keepAlive]. */
    public fun keepAlive(value: JavaDuration): MqttkaClientBuilder =
        set { options.keepAlive = value.toKotlinDuration() }

    /** See [Options.cleanStart]. */
    public fun cleanStart(value: Boolean): MqttkaClientBuilder = set { options.cleanStart = value }

    /** See [Options.sessionExpiryInterval]; `ChronoUnit.FOREVER.getDuration()` is for ever. */
    public fun sessionExpiryInterval(value: JavaDuration): MqttkaClientBuilder =
        set { options.sessionExpiryInterval = value.toKotlinDuration() }

    /** See [Options.connectTimeout]. */
    public fun connectTimeout(value: JavaDuration): MqttkaClientBuilder =
        set { options.connectTimeout = value.toKotlinDuration() }

    /** See [Options.deadPeerTimeout]. */
    public fun deadPeerTimeout(value: JavaDuration): MqttkaClientBuilder =
        set { options.deadPeerTimeout = value.toKotlinDuration() }

    /** See [Options.receiveMaximum]. */
    public fun receiveMaximum(value: Int): MqttkaClientBuilder = set { options.receiveMaximum = value }

    /** See [Options.maxInflight]. */
    public fun maxInflight(value: Int): MqttkaClientBuilder = set { options.maxInflight = value }

    /** See [Options.maximumPacketSize]. */
    public fun maximumPacketSize(value: Int): MqttkaClientBuilder = set { options.maximumPacketSize = value }

    /** See [Options.outboundQueueMaxMessages]. */
    public fun outboundQueueMaxMessages(value: Long): MqttkaClientBuilder =
        set { options.outboundQueueMaxMessages = value }

    /** See [Options.outboundQueueMaxBytes]. */
    public fun outboundQueueMaxBytes(value: Long): MqttkaClientBuilder =
        set { options.outboundQueueMaxBytes = value }

    /** See [Options.inboundQueueMaxBytes]. */
    public fun inboundQueueMaxBytes(value: Long): MqttkaClientBuilder =
        set { options.inboundQueueMaxBytes = value }

    /** See [Options.unclaimedTimeout]. */
    public fun unclaimedTimeout(value: JavaDuration): MqttkaClientBuilder =
        set { options.unclaimedTimeout = value.toKotlinDuration() }

    /** See [Options.requestResponseInformation]. */
    public fun requestResponseInformation(value: Boolean): MqttkaClientBuilder =
        set { options.requestResponseInformation = value }

    /** See [Options.requestProblemInformation]. */
    public fun requestProblemInformation(value: Boolean): MqttkaClientBuilder =
        set { options.requestProblemInformation = value }

    /** See [Options.reconnect]. */
    public fun reconnect(value: Boolean): MqttkaClientBuilder = set { options.reconnect = value }

    /** See [Options.reconnectFirstDelay]. */
    public fun reconnectFirstDelay(value: JavaDuration): MqttkaClientBuilder =
        set { options.reconnect { firstDelay = value.toKotlinDuration() } }

    /** See [Options.reconnectFactor]. */
    public fun reconnectFactor(value: Double): MqttkaClientBuilder =
        set { options.reconnect { factor = value } }

    /** See [Options.reconnectMaxDelay]. */
    public fun reconnectMaxDelay(value: JavaDuration): MqttkaClientBuilder =
        set { options.reconnect { maxDelay = value.toKotlinDuration() } }

    /** See [Options.reconnectMaxAttempts]. */
    public fun reconnectMaxAttempts(value: Long): MqttkaClientBuilder =
        set { options.reconnect { maxAttempts = value } }

    /** See [Options.reconnectMaxTime]. */
    public fun reconnectMaxTime(value: JavaDuration): MqttkaClientBuilder =
        set { options.reconnect { maxTime = value.toKotlinDuration() } }

    /** See [Options.reconnectResetAfter]. */
    public fun reconnectResetAfter(value: JavaDuration): MqttkaClientBuilder =
        set { options.reconnect { resetAfter = value.toKotlinDuration() } }

    /** See [Options.reconnectRetryOn]. */
    public fun reconnectRetryOn(value: Set<StopReason>): MqttkaClientBuilder =
        set { options.reconnect { retryOn = value } }

    /** See [Options.fallbackToV311]. */
    public fun fallbackToV311(value: Boolean): MqttkaClientBuilder = set { options.fallbackToV311 = value }

    /** See [Options.maxRedirects]. */
    public fun maxRedirects(value: Int): MqttkaClientBuilder = set { options.maxRedirects = value }

    /** See [Options.queuePolicy]. */
    public fun queuePolicy(value: QueuePolicy): MqttkaClientBuilder = set { options.queuePolicy = value }

    /** See [Options.lostQos1]. */
    public fun lostQos1(value: LostPublish): MqttkaClientBuilder = set { options.lostQos1 = value }

    /** See [Options.lostQos2]. */
    public fun lostQos2(value: LostPublish): MqttkaClientBuilder = set { options.lostQos2 = value }

    /** See [Options.poisonAfter]. */
    public fun poisonAfter(value: Int): MqttkaClientBuilder = set { options.poisonAfter = value }

    /** See [Options.cleanStartOnBacklog]. */
    public fun cleanStartOnBacklog(value: Boolean): MqttkaClientBuilder =
        set { options.cleanStartOnBacklog = value }

    /** See [Options.makeBeforeBreak]. */
    public fun makeBeforeBreak(value: Boolean): MqttkaClientBuilder = set { options.makeBeforeBreak = value }

    /** See [Options.adaptivePing]. */
    public fun adaptivePing(value: Boolean): MqttkaClientBuilder = set { options.adaptivePing = value }

    /** See [Options.networkMonitor]. */
    public fun networkMonitor(value: Boolean): MqttkaClientBuilder = set { options.networkMonitor = value }

    /** See [Options.tlsCa]. */
    public fun tlsCa(value: ByteArray): MqttkaClientBuilder = set { options.tls { ca = value } }

    /** See [Options.tlsCaFile]. */
    public fun tlsCaFile(value: String): MqttkaClientBuilder = set { options.tls { caFile = value } }

    /** See [Options.tlsCertificate]. */
    public fun tlsCertificate(value: ByteArray): MqttkaClientBuilder =
        set { options.tls { certificate = value } }

    /** See [Options.tlsCertificateFile]. */
    public fun tlsCertificateFile(value: String): MqttkaClientBuilder =
        set { options.tls { certificateFile = value } }

    /** See [Options.tlsPrivateKey]. */
    public fun tlsPrivateKey(value: ByteArray): MqttkaClientBuilder =
        set { options.tls { privateKey = value } }

    /** See [Options.tlsPrivateKeyFile]. */
    public fun tlsPrivateKeyFile(value: String): MqttkaClientBuilder =
        set { options.tls { privateKeyFile = value } }

    /** See [Options.tlsAlpn]. */
    public fun tlsAlpn(value: List<String>): MqttkaClientBuilder = set { options.tls { alpn = value } }

    /** See [Options.tlsServerName]. */
    public fun tlsServerName(value: String): MqttkaClientBuilder = set { options.tls { serverName = value } }

    /** See [Options.tlsPins]. */
    public fun tlsPins(value: List<String>): MqttkaClientBuilder = set { options.tls { pins = value } }

    /** See [Options.tlsResumption]. */
    public fun tlsResumption(value: Boolean): MqttkaClientBuilder = set { options.tls { resumption = value } }

    /** See [Options.tlsKeyLog]. */
    public fun tlsKeyLog(value: Boolean): MqttkaClientBuilder = set { options.tls { keyLog = value } }

    /** See [Options.tlsDangerAcceptAnyCertificate]. */
    public fun tlsDangerAcceptAnyCertificate(value: Boolean): MqttkaClientBuilder =
        set { options.tls { dangerAcceptAnyCertificate = value } }

    /** See [Options.tlsVerifier]. */
    public fun tlsVerifier(value: CertificateVerifier): MqttkaClientBuilder =
        set { options.tls { verifier = value } }

    /** See [Options.proxy]. */
    public fun proxy(value: String): MqttkaClientBuilder = set { options.proxy = value }

    /** See [Options.networkInterface]. */
    public fun networkInterface(value: String): MqttkaClientBuilder = set { options.networkInterface = value }

    /** See [Options.localAddress]. */
    public fun localAddress(value: String): MqttkaClientBuilder = set { options.localAddress = value }

    /** See [Options.socketHook]. */
    public fun socketHook(value: SocketHook): MqttkaClientBuilder = set { options.socketHook = value }

    /** See [Options.multipathTcp]. */
    public fun multipathTcp(value: Boolean): MqttkaClientBuilder = set { options.multipathTcp = value }

    /** See [Options.topicAliasMaximum]. */
    public fun topicAliasMaximum(value: Int): MqttkaClientBuilder = set { options.topicAliasMaximum = value }

    /** See [Options.outboundTopicAliasMaximum]. */
    public fun outboundTopicAliasMaximum(value: Int): MqttkaClientBuilder =
        set { options.outboundTopicAliasMaximum = value }

    /** See [Options.tolerate]. */
    public fun tolerate(value: Set<Fault>): MqttkaClientBuilder = set { options.tolerate = value }

    /** See [Options.manualAcknowledgement]. */
    public fun manualAcknowledgement(value: Boolean): MqttkaClientBuilder =
        set { options.manualAcknowledgement = value }

    /** See [Options.rateLimit]; 0: no limit of that kind. */
    public fun rateLimit(messagesPerSecond: Long, bytesPerSecond: Long, burst: JavaDuration): MqttkaClientBuilder =
        set { options.rateLimit = RateLimit(messagesPerSecond, bytesPerSecond, burst.toKotlinDuration()) }

    /** See [Options.authenticator], such as a [io.mqttka.ScramSha256]. */
    public fun authenticator(value: Authenticator): MqttkaClientBuilder = set { options.authenticator = value }

    /**
     * See [Options.authenticator]: one of this method. [authenticate] is called on a thread for I/O, and the
     * future that it gives is cancelled when nobody waits for it any more; its value is the data for the
     * broker, or null.
     */
    public fun authenticator(
        method: String,
        authenticate: Function<AuthenticationRequest, CompletionStage<ByteArray?>>,
    ): MqttkaClientBuilder = authenticator(
        object : Authenticator {
            override val method = method

            override suspend fun authenticate(request: AuthenticationRequest) = authenticate.apply(request).await()
        },
    )

    /** As [authenticator] with a function, whose answers may have User Properties; see [AnsweringAuthenticator]. */
    public fun answeringAuthenticator(
        method: String,
        answer: Function<AuthenticationRequest, CompletionStage<AuthenticationAnswer>>,
    ): MqttkaClientBuilder = authenticator(
        object : AnsweringAuthenticator {
            override val method = method

            override suspend fun answer(request: AuthenticationRequest) = answer.apply(request).await()
        },
    )

    /** See [Options.packetTap]. */
    public fun packetTap(value: PacketTap): MqttkaClientBuilder = set { options.packetTap = value }

    override fun toString(): String = "MqttkaClientBuilder(${options.build()})"

    private inline fun set(change: () -> Unit): MqttkaClientBuilder {
        change()
        return this
    }
}
