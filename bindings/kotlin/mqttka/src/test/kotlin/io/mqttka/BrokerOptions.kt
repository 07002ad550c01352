package io.mqttka

/** Options for a broker of a test. */
fun options(
    port: Int,
    version: Version? = null,
    host: String = "127.0.0.1",
    change: (Options) -> Options = { it },
): Options = change(Options(host = host, port = port, protocolVersion = version))
