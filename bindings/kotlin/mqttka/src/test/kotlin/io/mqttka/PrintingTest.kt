package io.mqttka

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.lang.reflect.Constructor
import java.lang.reflect.Modifier
import kotlin.time.Duration.Companion.seconds

/** What is printed: no secret, whatever option it is in, and a sentence where something went wrong. */
class PrintingTest {
    private val secret = "s3cret"

    /** Options whose text is no secret, and is printed. A new one is hidden, or put here. */
    private val shown = setOf(
        "host", "clientId", "networkInterface", "localAddress", "tls.caFile", "tls.certificateFile", "tls.privateKeyFile",
        "tls.serverName", "tls.alpn", "tls.pins",
    )

    @Test
    fun `no option with text or bytes is printed, unless it is listed here`() {
        val builder = OptionsBuilder(Options())
        var tls: TlsBuilder? = null
        var reconnect: ReconnectBuilder? = null
        builder.tls { tls = this }
        builder.reconnect { reconnect = this }
        val found = mutableListOf<String>()
        for ((prefix, part) in listOf("" to builder, "tls." to tls!!, "reconnect." to reconnect!!)) {
            for (setter in part.javaClass.methods.filter { it.name.startsWith("set") && it.parameterCount == 1 }) {
                val name = prefix + setter.name.removePrefix("set").replaceFirstChar { it.lowercase() }
                val type = setter.parameterTypes.single()
                val value: Any = when {
                    name in setOf("uri", "proxy", "path", "servers") ->
                        "mqtts://u:$secret@host/?$secret".let { if (type == List::class.java) listOf(it) else it }
                    name == "userProperties" -> listOf(UserProperty("name", secret))
                    name == "webSocketHeaders" -> listOf("Authorization" to secret)
                    type == String::class.java -> secret
                    type == ByteArray::class.java -> secret.encodeToByteArray()
                    type == List::class.java -> listOf(secret)
                    type == Will::class.java -> Will(message())
                    else -> continue
                }
                if (name in shown) continue
                setter.invoke(part, value)
                found += name
            }
        }
        assertTrue(found.size >= 13, "$found")
        for (text in listOf("${builder.build()}", "$builder", "${builder.build().copy()}")) assertFalse(secret in text, text)
        // Compared they are, all the same.
        assertEquals(builder.build(), builder.build())
        assertEquals(builder.build().hashCode(), builder.build().hashCode())
    }

    @Test
    fun `nothing else that holds payloads or credentials prints them`() {
        val bytes = secret.encodeToByteArray()
        val certificate = ClientCertificate(bytes, bytes)
        val things = listOf(
            message(), Will(message()), UserProperty("name", secret), certificate,
            ProvidedConnection(secret, bytes, "mqtt://$secret", listOf("a" to secret), certificate),
            Property.CorrelationData(bytes), Property.AuthenticationData(bytes), Property.UserProperty("name", secret),
        )
        for (thing in things) assertFalse(secret in "$thing", "$thing")
    }

    @Test
    fun `each exception has a sentence, with what it was made of`() {
        val types = MqttkaException::class.java.declaredClasses.filter { !Modifier.isAbstract(it.modifiers) }
        assertTrue(types.size >= 25, "$types")
        for (type in types) {
            val exception = sample(type.constructors.minBy { it.parameterCount }) as MqttkaException
            val message = exception.message.orEmpty()
            assertTrue(message.length >= 8 && "null" !in message && "@" !in message, "$type: $message")
            assertEquals("${type.name}: $message", exception.toString())
            assertEquals(exception, sample(type.constructors.minBy { it.parameterCount }), "$type")
        }
        val end = MqttkaException.StreamEnded(StreamEnd.ConnectFailed(ConnectError.ClosedByServer, "closed before CONNACK"))
        assertEquals(MqttkaException.ConnectFailed(ConnectError.ClosedByServer, "closed before CONNACK"), end.cause)
    }

    private fun message() = Message(
        "topic", secret,
        properties = listOf(Property.UserProperty("name", secret), Property.CorrelationData(secret.encodeToByteArray())),
    )

    private fun sample(constructor: Constructor<*>): Any = constructor.newInstance(
        *constructor.parameterTypes.map { type ->
            when (type) {
                String::class.java -> "something"
                Long::class.javaPrimitiveType -> 7L
                ReasonCode::class.java -> ReasonCode.QUOTA_EXCEEDED
                List::class.java -> emptyList<ReasonCode>()
                ConnectError::class.java -> ConnectError.Timeout(Stage.TLS, 1.seconds, null)
                StreamEnd::class.java -> StreamEnd.Other("something else")
                else -> error("a sample of $type is missing")
            }
        }.toTypedArray(),
    )
}
