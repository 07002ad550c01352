package io.mqttka

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import kotlin.time.Duration.Companion.minutes

/** SCRAM-SHA-256, which the library does itself, against a broker whose side of it is Java's cryptography. */
class ScramTest {
    @Test
    fun `who knows the password is connected, and can prove it again`() = scene("right") { broker, client ->
        client.connect()
        assertEquals("SCRAM-SHA-256", client.negotiated?.authenticationMethod)
        client.reauthenticate()
        assertEquals(listOf("ann proved it", "ann proved it again"), List(2) { broker.next() })
    }

    @Test
    fun `who does not know it is refused`() = scene("wrong") { broker, client ->
        val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }
        assertEquals(ReasonCode.NOT_AUTHORIZED, (error.error as ConnectError.Refused).reasonCode)
        assertEquals("ann is somebody else", broker.next())
    }

    @Test
    fun `a broker that does not know it is no broker of ours`() = scene("right", knows = false) { broker, client ->
        val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }
        assertTrue(error.error is ConnectError.Authentication, "${error.error}")
        assertEquals("ann proved it", broker.next())
    }

    @Test
    fun `a broker that asks for more work than allowed gets no proof`() = scene("right", iterations = 4_097) { broker, client ->
        val error = assertThrows<MqttkaException.ConnectFailed> { client.connect() }
        assertTrue("4097" in (error.error as ConnectError.Authentication).detail, "${error.error}")
        assertEquals("gone without a proof", broker.next())
    }

    private fun scene(
        password: String,
        knows: Boolean = true,
        iterations: Int = 4_096,
        test: suspend (ScramBroker, Client) -> Unit,
    ) = ScramBroker("right", knows, iterations).use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(3.minutes) {
                val authenticator = ScramSha256("ann", password, maxIterations = 4_096)
                Client(options(broker.port, Version.MQTT5) { it.copy(authenticator = authenticator) }).use { test(broker, it) }
            }
        }
    }
}
