package io.mqttka.internal

import io.mqttka.Attempted
import io.mqttka.ConnectError
import io.mqttka.DisconnectCause
import io.mqttka.StageTime
import io.mqttka.internal.uniffi.Attempted as NativeAttempted
import io.mqttka.internal.uniffi.NativeConnectError
import io.mqttka.internal.uniffi.NativeDisconnectCause
import kotlin.time.toKotlinDuration

internal fun NativeAttempted.forApplication() = Attempted(
    serverIndex.toInt(),
    transport.forApplication(),
    host,
    port.toInt(),
    proxy,
    address,
    rememberedAddress,
    stages.map { StageTime(it.stage.forApplication(), it.time.toKotlinDuration()) },
)

internal fun NativeDisconnectCause.forApplication(): DisconnectCause = when (this) {
    is NativeDisconnectCause.KeepAliveTimeout -> DisconnectCause.KeepAliveTimeout
    is NativeDisconnectCause.ServerUnresponsive -> DisconnectCause.ServerUnresponsive
    is NativeDisconnectCause.ClosedByServer -> DisconnectCause.ClosedByServer
    is NativeDisconnectCause.Transport ->
        DisconnectCause.Transport(kind.forApplication(), osError, status?.toInt(), detail)
    is NativeDisconnectCause.ServerDisconnect ->
        DisconnectCause.ServerDisconnect(reasonCode.forApplication(), reasonString, serverReference)
    is NativeDisconnectCause.Protocol -> DisconnectCause.Protocol(reasonCode.forApplication(), detail)
    is NativeDisconnectCause.InboundOverflow -> DisconnectCause.InboundOverflow
    is NativeDisconnectCause.DisconnectRequested -> DisconnectCause.DisconnectRequested
    is NativeDisconnectCause.ClientClosed -> DisconnectCause.ClientClosed
    is NativeDisconnectCause.NetworkLost -> DisconnectCause.NetworkLost
    is NativeDisconnectCause.EngineFailed -> DisconnectCause.EngineFailed(detail)
    is NativeDisconnectCause.ReclaimedBySystem -> DisconnectCause.ReclaimedBySystem(osError, detail)
    is NativeDisconnectCause.Authentication -> DisconnectCause.Authentication(detail)
    is NativeDisconnectCause.Other -> DisconnectCause.Other(detail)
}

internal fun NativeConnectError.forApplication(): ConnectError = when (this) {
    is NativeConnectError.Timeout ->
        ConnectError.Timeout(stage.forApplication(), after.toKotlinDuration(), attempted?.forApplication())
    is NativeConnectError.Transport -> ConnectError.Transport(
        stage.forApplication(), kind.forApplication(), osError, status?.toInt(), detail, attempted?.forApplication(),
    )
    is NativeConnectError.ClosedByServer -> ConnectError.ClosedByServer
    is NativeConnectError.Refused ->
        ConnectError.Refused(reasonCode.forApplication(), reasonString, serverReference)
    is NativeConnectError.Protocol -> ConnectError.Protocol(reasonCode.forApplication(), detail)
    is NativeConnectError.DisconnectRequested -> ConnectError.DisconnectRequested
    is NativeConnectError.ClientClosed -> ConnectError.ClientClosed
    is NativeConnectError.EngineFailed -> ConnectError.EngineFailed(detail)
    is NativeConnectError.Provider -> ConnectError.Provider(detail)
    is NativeConnectError.Authentication -> ConnectError.Authentication(detail)
    is NativeConnectError.Other -> ConnectError.Other(detail)
}
