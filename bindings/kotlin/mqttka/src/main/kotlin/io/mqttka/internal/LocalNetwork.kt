package io.mqttka.internal

import io.mqttka.ConnectError
import io.mqttka.Ended
import io.mqttka.Event
import io.mqttka.EventKind
import io.mqttka.LocalNetworkPermission
import io.mqttka.MqttkaException
import io.mqttka.Stage
import io.mqttka.StreamEnd
import io.mqttka.TransportErrorKind
import java.net.InetAddress

/**
 * Says why an attempt failed where the system does not: it drops what an app without the permission
 * sends to its local network, which looks like a network that is gone.
 */
internal object LocalNetwork {
    @Volatile
    var permission: LocalNetworkPermission? = null

    private const val DETAIL =
        "the app lacks the permission for the local network (ACCESS_LOCAL_NETWORK), in which the server is"

    fun explained(event: Event): Event = when (val kind = event.kind) {
        is EventKind.ConnectFailed -> {
            val error = explained(kind.error)
            when {
                error === kind.error -> event
                else -> event.copy(kind = EventKind.ConnectFailed(error, DETAIL), detail = "${event.detail}; $DETAIL")
            }
        }
        is EventKind.Reconnecting ->
            event.copy(kind = EventKind.Reconnecting(kind.info.copy(cause = explained(kind.info.cause))))
        is EventKind.ReconnectStopped ->
            event.copy(kind = EventKind.ReconnectStopped(kind.info.copy(cause = explained(kind.info.cause))))
        else -> event
    }

    fun explained(exception: MqttkaException.ConnectFailed): MqttkaException.ConnectFailed {
        val error = explained(exception.error)
        return if (error === exception.error) exception else exception.copy(error = error, detail = DETAIL)
    }

    fun explained(end: StreamEnd): StreamEnd {
        val error = explained((end as? StreamEnd.ConnectFailed ?: return end).error)
        return if (error === end.error) end else StreamEnd.ConnectFailed(error, DETAIL)
    }

    private fun explained(cause: Ended): Ended {
        val error = explained((cause as? Ended.ConnectFailed ?: return cause).error)
        return if (error === cause.error) cause else Ended.ConnectFailed(error, DETAIL)
    }

    /** The same object where there is nothing to explain. */
    private fun explained(error: ConnectError): ConnectError {
        val permission = permission ?: return error
        val (attempted, osError) = when {
            error is ConnectError.Timeout && error.stage == Stage.TCP -> error.attempted to null
            error is ConnectError.Transport && error.stage == Stage.TCP && error.kind == TransportErrorKind.SYSTEM ->
                error.attempted to error.osError
            else -> return error
        }
        // Somebody there has answered.
        if (osError == ECONNREFUSED || osError == ECONNRESET) return error
        if (attempted?.address?.let(::isLocal) != true || !permission.isMissing()) return error
        return ConnectError.Transport(
            Stage.TCP, TransportErrorKind.PERMISSION_LOCAL_NETWORK, osError, null, DETAIL, attempted,
        )
    }

    /** Link-local and private ones, and those between a carrier and its customers. */
    fun isLocal(address: String): Boolean {
        // In digits, so that nothing is resolved.
        val ip = InetAddress.getByName(address.substringBefore('%'))
        val bytes = ip.address.map { it.toInt() and 0xff }
        return when {
            ip.isLinkLocalAddress || ip.isSiteLocalAddress -> true
            bytes.size == IPV4_LENGTH -> bytes[0] == 100 && bytes[1] in 64..127
            else -> bytes[0] and 0xfe == 0xfc
        }
    }

    private const val IPV4_LENGTH = 4
    private const val ECONNRESET = 104
    private const val ECONNREFUSED = 111
}
