package io.mqttka

import io.mqttka.internal.native
import io.mqttka.internal.uniffi.NativeTraceContext
import io.mqttka.internal.uniffi.checkedTraceContext

/**
 * A trace context of the W3C. Messages carry it in their user properties `traceparent` and `tracestate`
 * ([Message.traceContext], [Message.withTraceContext]); so it needs MQTT 5.0.
 *
 * @property traceparent The trace, the span that the message was sent in, and flags: 55 characters.
 * @property tracestate What vendors add to it; empty: nothing.
 * @throws MqttkaException.InvalidArgument says which of the two is wrong.
 */
public data class TraceContext @JvmOverloads constructor(
    public val traceparent: String,
    public val tracestate: String = "",
) {
    init {
        native { checkedTraceContext(NativeTraceContext(traceparent, tracestate)) }
    }

    /** The trace's identifier: 32 hexadecimal digits. */
    public val traceId: String get() = traceparent.substring(3, 35)

    /** The identifier of the span that the message was sent in: 16 hexadecimal digits. */
    public val parentId: String get() = traceparent.substring(36, 52)

    /** Whether the trace is recorded. */
    public val isSampled: Boolean get() = traceparent.substring(53, 55).toInt(16) and 1 == 1
}
