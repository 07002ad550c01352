package io.mqttka

import io.mqttka.internal.LocalNetwork
import io.mqttka.internal.forApplication
import io.mqttka.internal.guarded
import io.mqttka.internal.native
import io.mqttka.internal.toNative
import io.mqttka.internal.uniffi.LogListener
import io.mqttka.internal.uniffi.NativeLogRecord
import io.mqttka.internal.uniffi.setLogListener

/** What holds for the whole process. */
public object Mqttka {
    /**
     * Calls [logger] with all that the library says at [level] and above ([LogLevel.WARN] hears
     * [LogLevel.ERROR], too): connection attempts, CONNACK, subscriptions, pings and ends at
     * [LogLevel.DEBUG], each packet's kind, size and identifier at [LogLevel.TRACE]; never a payload
     * or a credential. Null: nobody any more. The last one set stands.
     *
     * It is called on a thread of the library's own, one call at a time, in order. It may block: up
     * to 1,024 records then wait, and further ones are counted and dropped. What it throws goes to
     * the logger `io.mqttka` of `java.util.logging`.
     */
    @JvmStatic
    public fun setLogger(level: LogLevel, logger: ((LogRecord) -> Unit)?) {
        native { setLogListener(level.toNative(), logger?.let(::Forwarding)) }
    }

    /**
     * Asked where an attempt to an address of the local network failed, so that the error can say
     * that the app lacks the permission ([TransportErrorKind.PERMISSION_LOCAL_NETWORK]); the Android
     * library's `NetworkMonitor` sets it. Null: nobody is asked.
     */
    @JvmStatic
    public var localNetworkPermission: LocalNetworkPermission? by LocalNetwork::permission

    private class Forwarding(private val logger: (LogRecord) -> Unit) : LogListener {
        override fun onRecord(record: NativeLogRecord) = guarded(logger) { logger(record.forApplication()) }
    }
}
