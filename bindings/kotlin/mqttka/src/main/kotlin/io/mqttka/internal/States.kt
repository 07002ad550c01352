package io.mqttka.internal

import io.mqttka.ConnectionState
import io.mqttka.Event
import io.mqttka.EventKind

/** Where the client stands after it; null: the event leaves the state as it is. */
internal fun Event.state(): ConnectionState? = when (val kind = kind) {
    is EventKind.Connected -> ConnectionState.Connected(connectionNumber, kind.info, attempted)
    is EventKind.Moved -> ConnectionState.Connected(connectionNumber, kind.info, attempted)
    is EventKind.Disconnected -> ConnectionState.Disconnected(connectionNumber, kind.info, willReconnect)
    is EventKind.ConnectFailed ->
        ConnectionState.ConnectFailed(connectionNumber, kind.error, kind.detail, attempted, willReconnect)
    is EventKind.Reconnecting -> ConnectionState.Reconnecting(connectionNumber, kind.info)
    is EventKind.ReconnectStopped -> ConnectionState.ReconnectStopped(connectionNumber, kind.info)
    is EventKind.SubscriptionsLost, is EventKind.Suspect, is EventKind.Alive, is EventKind.Other -> null
}
