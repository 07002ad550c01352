package io.mqttka

import kotlin.time.Duration.Companion.milliseconds

/** Options for a broker of a test, for one connection per `connect`. */
fun options(
    port: Int,
    version: Version? = null,
    host: String = "127.0.0.1",
    change: (Options) -> Options = { it },
): Options = change(Options(host = host, port = port, protocolVersion = version, reconnect = false))

/** The same for a client that comes back by itself, and does so soon. */
fun comingBack(port: Int, change: (Options) -> Options = { it }): Options = options(port) {
    change(it.copy(reconnect = true, reconnectFirstDelay = 20.milliseconds, reconnectMaxDelay = 200.milliseconds))
}
