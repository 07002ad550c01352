package io.mqttka.testing

import io.mqttka.AnsweringAuthenticator
import io.mqttka.AuthenticationAnswer
import io.mqttka.AuthenticationRequest
import io.mqttka.AuthenticationStep
import io.mqttka.Authenticator
import io.mqttka.Client
import io.mqttka.ConnectError
import io.mqttka.ConnectionState
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.PacketType
import io.mqttka.Property
import io.mqttka.UserProperty
import io.mqttka.java.MqttkaClient
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.time.Duration.Companion.minutes

private const val EXCHANGES = 300

/** What AUTH, and the CONNACK that ends an exchange, say besides their data, in both directions. */
class AuthenticationTest {
    private fun sent(packet: PacketType) =
        listOf(UserProperty("of", packet.name), UserProperty("b", "1"), UserProperty("b", "2"))

    private fun broker() = FakeBroker().also { broker ->
        broker.authenticate("TEST")
        broker.challenge("why".encodeToByteArray())
        for (packet in listOf(PacketType.AUTH, PacketType.CONN_ACK)) {
            val user = sent(packet).map { Property.UserProperty(it.name, it.value) }
            broker.setProperties(packet, listOf(Property.ReasonString("$packet says")) + user)
        }
    }

    private fun test(what: suspend (FakeBroker) -> Unit) =
        broker().use { runBlocking { withTimeout(2.minutes) { what(it) } } }

    /** The step, and what the broker said with it. */
    private val heard = ConcurrentLinkedQueue<Triple<String, String?, List<UserProperty>>>()

    private fun hear(request: AuthenticationRequest) {
        val step = request.step
        val name = if (step is AuthenticationStep.Start && step.reauthenticate) "Again" else step::class.simpleName!!
        heard.add(Triple(name, request.reasonString, request.userProperties))
    }

    private val mine = listOf(UserProperty("mine", "1"), UserProperty("mine", "2"))

    private fun answer(request: AuthenticationRequest): AuthenticationAnswer {
        hear(request)
        val step = request.step
        val inAuth = step is AuthenticationStep.Continue || step is AuthenticationStep.Start && step.reauthenticate
        return AuthenticationAnswer("data".encodeToByteArray(), if (inAuth) mine else emptyList())
    }

    private inner class Answering : AnsweringAuthenticator {
        override val method = "TEST"

        override suspend fun answer(request: AuthenticationRequest) = this@AuthenticationTest.answer(request)
    }

    private val auth = Triple("Continue", "AUTH says", sent(PacketType.AUTH))
    private val all = listOf(
        Triple("Start", null, emptyList()), auth, Triple("Finish", "CONN_ACK says", sent(PacketType.CONN_ACK)),
        Triple("Again", null, emptyList()), auth, Triple("Finish", "AUTH says", sent(PacketType.AUTH)),
    )

    private suspend fun FakeBroker.assertSeen() {
        // CONNECT, AUTH; and anew AUTH, AUTH.
        for (expected in listOf(emptyList(), mine, mine, mine)) {
            val user = await(SeenKind.AUTHENTICATING).properties.filterIsInstance<Property.UserProperty>()
            assertEquals(expected, user.map { UserProperty(it.name, it.value) })
        }
    }

    @Test
    fun `the authenticator is told, and its answers have theirs`() = test { broker ->
        Client(Options(broker.uri) { authenticator = Answering() }).use { client ->
            client.connect()
            client.reauthenticate()
        }
        assertEquals(all, heard.toList())
        broker.assertSeen()
    }

    @Test
    fun `in Java, too`() = test { broker ->
        val answering = MqttkaClient.builder(broker.uri)
            .answeringAuthenticator("TEST") { CompletableFuture.completedFuture(answer(it)) }
        answering.build().use { client ->
            client.connect().join()
            client.reauthenticate().join()
        }
        assertEquals(all, heard.toList())
        broker.assertSeen()
    }

    @Test
    fun `data alone is enough`() = test { broker ->
        val plain = object : Authenticator {
            override val method = "TEST"

            override suspend fun authenticate(request: AuthenticationRequest): ByteArray? {
                hear(request)
                return null
            }
        }
        Client(Options(broker.uri) { authenticator = plain }).use { it.connect() }
        assertEquals(all.take(3), heard.toList())
    }

    @Test
    fun `where no AUTH leaves there can be none, and not everything is text`() = test { broker ->
        fun of(wrong: Class<out AuthenticationStep>, property: UserProperty) = object : AnsweringAuthenticator {
            override val method = "TEST"

            override suspend fun answer(request: AuthenticationRequest) =
                AuthenticationAnswer(null, if (wrong.isInstance(request.step)) listOf(property) else emptyList())
        }
        suspend fun failure(of: Authenticator): Throwable? = Client(Options(broker.uri) { authenticator = of }).use {
            val failed = assertThrows<MqttkaException.ConnectFailed> { it.connect() }
            assertInstanceOf(ConnectError.Authentication::class.java, failed.error)
            // Trying again would not help.
            it.state.first { state -> state is ConnectionState.ReconnectStopped }
            failed.cause
        }
        for (step in listOf(AuthenticationStep.Start::class.java, AuthenticationStep.Finish::class.java)) {
            val cause = failure(of(step, mine.first())) as MqttkaException.InvalidOption
            assertEquals("userProperties", cause.option)
        }
        val text = failure(of(AuthenticationStep.Continue::class.java, UserProperty("a", "\u0000")))
        assertInstanceOf(MqttkaException.InvalidText::class.java, text)
    }

    /** On Android, what nobody catches ends the app. */
    @Test
    fun `the ends of many exchanges leave nothing that nobody catches`() = test { broker ->
        val uncaught = ConcurrentLinkedQueue<Throwable>()
        val before = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, thrown -> uncaught.add(thrown) }
        try {
            Client(Options(broker.uri) { authenticator = Answering() }).use { client ->
                client.connect()
                repeat(EXCHANGES) { client.reauthenticate() }
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
        assertEquals(emptyList<Throwable>(), uncaught.toList())
    }

    @Test
    fun `what is asked and answered is printed without its secrets`() {
        val answer = AuthenticationAnswer("secret".encodeToByteArray(), listOf(UserProperty("name", "secret")))
        assertEquals("AuthenticationAnswer(data=(hidden), userProperties=[UserProperty(name: (hidden))])", "$answer")
    }
}
