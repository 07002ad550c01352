package io.mqttka.internal

import io.mqttka.DisconnectOptions
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.ScramSha256
import io.mqttka.internal.uniffi.NativeDisconnectOptions
import io.mqttka.internal.uniffi.NativeHeader
import io.mqttka.internal.uniffi.NativeOptions
import io.mqttka.internal.uniffi.NativeRateLimit
import io.mqttka.internal.uniffi.NativeReconnect
import io.mqttka.internal.uniffi.NativeScramOptions
import io.mqttka.internal.uniffi.NativeTls
import io.mqttka.internal.uniffi.NativeUserProperty
import io.mqttka.internal.uniffi.NativeWay
import io.mqttka.internal.uniffi.NativeWill
import io.mqttka.internal.uniffi.checkDuration
import io.mqttka.internal.uniffi.checkNumber
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/** Kotlin's numbers are wider than the library's, which says what it cannot take. */
internal fun Options.toNative(): NativeOptions = NativeOptions(
    way = NativeWay(
        uri = uri,
        host = host,
        port = port?.let { number("port", it).toUShort() },
        transport = transport?.toNative(),
        path = path,
        servers = servers,
        webSocketHeaders = webSocketHeaders.map { (name, value) -> NativeHeader(name, value) },
        proxy = proxy,
        `interface` = networkInterface,
        localAddress = localAddress,
        multipathTcp = multipathTcp,
    ),
    tls = NativeTls(
        ca = tlsCa,
        caFile = tlsCaFile,
        certificate = tlsCertificate,
        certificateFile = tlsCertificateFile,
        privateKey = tlsPrivateKey,
        privateKeyFile = tlsPrivateKeyFile,
        privateKeyPassword = tlsPrivateKeyPassword,
        alpn = tlsAlpn,
        serverName = tlsServerName,
        pins = tlsPins,
        resumption = tlsResumption,
        keyLog = tlsKeyLog,
        dangerAcceptAnyCertificate = tlsDangerAcceptAnyCertificate,
    ),
    reconnect = NativeReconnect(
        enabled = reconnect,
        firstDelay = length("reconnect_first_delay", reconnectFirstDelay),
        factor = reconnectFactor,
        maxDelay = length("reconnect_max_delay", reconnectMaxDelay),
        maxAttempts = reconnectMaxAttempts?.let { number("reconnect_max_attempts", it).toUInt() },
        maxTime = reconnectMaxTime?.let { length("reconnect_max_time", it) },
        resetAfter = reconnectResetAfter?.let { length("reconnect_reset_after", it) },
        retryOn = reconnectRetryOn.map { it.toNative() },
        fallbackToV311 = fallbackToV311,
        maxRedirects = number("max_redirects", maxRedirects).toUInt(),
        queuePolicy = queuePolicy.toNative(),
        lostQos1 = lostQos1.toNative(),
        lostQos2 = lostQos2.toNative(),
        poisonAfter = number("poison_after", poisonAfter).toUInt(),
        cleanStartOnBacklog = cleanStartOnBacklog,
        makeBeforeBreak = makeBeforeBreak,
    ),
    protocolVersion = protocolVersion?.toNative(),
    clientId = clientId,
    userName = userName,
    password = password,
    keepAlive = seconds("keep_alive", keepAlive).toUShort(),
    cleanStart = cleanStart,
    sessionExpiryInterval = expiry(sessionExpiryInterval),
    connectTimeout = connectTimeout?.let { length("connect_timeout", it) },
    deadPeerTimeout = deadPeerTimeout?.let { length("dead_peer_timeout", it) },
    receiveMaximum = number("receive_maximum", receiveMaximum).toUShort(),
    maxInflight = maxInflight?.let { number("max_inflight", it).toUShort() },
    maximumPacketSize = maximumPacketSize?.let { number("maximum_packet_size", it).toUInt() },
    outboundQueueMaxMessages = number("outbound_queue_max_messages", outboundQueueMaxMessages).toULong(),
    outboundQueueMaxBytes = number("outbound_queue_max_bytes", outboundQueueMaxBytes).toULong(),
    inboundQueueMaxBytes = number("inbound_queue_max_bytes", inboundQueueMaxBytes).toULong(),
    unclaimedTimeout = unclaimedTimeout?.let { length("unclaimed_timeout", it) },
    requestResponseInformation = requestResponseInformation,
    requestProblemInformation = requestProblemInformation,
    userProperties = userProperties.map { NativeUserProperty(it.name, it.value) },
    will = will?.let { NativeWill(it.message.toNative()) },
    adaptivePing = adaptivePing,
    networkMonitor = networkMonitor,
    topicAliasMaximum = number("topic_alias_maximum", topicAliasMaximum).toUShort(),
    outboundTopicAliasMaximum = number("outbound_topic_alias_maximum", outboundTopicAliasMaximum).toUShort(),
    tolerate = tolerate.sorted().map { it.toNative() },
    manualAcknowledgement = manualAcknowledgement,
    rateLimit = rateLimit?.let {
        NativeRateLimit(
            number("rate_limit_messages_per_second", it.messagesPerSecond).toUInt(),
            number("rate_limit_bytes_per_second", it.bytesPerSecond).toUInt(),
            length("rate_limit_burst", it.burst),
        )
    },
    scram = (authenticator as? ScramSha256)?.toNative(),
)

private fun ScramSha256.toNative() =
    NativeScramOptions(user, password, number("scram_max_iterations", maxIterations).toUInt())

private fun number(option: String, value: Number): Long {
    native { checkNumber(option, value.toLong()) }
    return value.toLong()
}

internal fun DisconnectOptions.toNative() = NativeDisconnectOptions(
    reasonCode.toNative(),
    drainTimeout?.let { length("drain_timeout", it) },
    sessionExpiryInterval?.let(::expiry),
    reasonString,
    userProperties.map { NativeUserProperty(it.name, it.value) },
)

/** The library's type has no negative and no infinite times, so it is checked here. */
internal fun length(option: String, value: Duration): java.time.Duration {
    native { checkDuration(option, value.inWholeNanoseconds) }
    return value.toJavaDuration()
}

/** MQTT counts some times in whole seconds. */
private fun seconds(option: String, value: Duration): Long {
    val whole = value.inWholeSeconds
    if (whole.seconds != value) {
        throw MqttkaException.InvalidOption(inKotlin(option), "$value", "a whole number of seconds")
    }
    try {
        return number(option, whole)
    } catch (error: MqttkaException.InvalidOption) {
        val bound = error.bound.split(" to ").joinToString(" to ") { "${it}s" }
        throw MqttkaException.InvalidOption(error.option, "${whole}s", bound)
    }
}

private fun expiry(interval: Duration): UInt =
    if (interval == Duration.INFINITE) UInt.MAX_VALUE else seconds("session_expiry_interval", interval).toUInt()
