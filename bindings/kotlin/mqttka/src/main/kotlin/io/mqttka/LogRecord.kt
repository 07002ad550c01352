package io.mqttka

/** One thing that the library says, in one line; never a payload, a topic of a packet or a credential. */
public data class LogRecord(public val level: LogLevel, public val text: String)
