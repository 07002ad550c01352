package io.mqttka

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.lang.ref.WeakReference
import java.net.ServerSocket
import java.security.cert.CertificateException
import java.security.cert.X509Certificate
import kotlin.concurrent.thread
import kotlin.time.Duration.Companion.seconds

/** TLS against a real broker whose listeners have the test authority's certificates, good and bad. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsTest {
    private val names = listOf("server", "expired", "not_yet_valid", "wrong_host", "untrusted")
    private val broker = Mosquitto(
        more = names.map { Authority.listener(it) } + listOf(
            Authority.listener("server", "protocol websockets"),
            Authority.listener("server", "cafile ${Authority.path("ca.pem")}", "require_certificate true"),
        ),
    )
    private val webSocket = broker.morePorts[names.size]
    private val mutual = broker.morePorts[names.size + 1]

    @AfterAll
    fun stop() = broker.close()

    private fun options(name: String = "server", scheme: String = "mqtts", port: Int = broker.morePorts[names.indexOf(name)]) =
        Options("$scheme://127.0.0.1:$port", tlsCaFile = Authority.path("ca.pem"))

    @Test
    fun `a broker whose authority is known, as a file and as bytes`() {
        for (options in listOf(options(), options().copy(tlsCaFile = null, tlsCa = Authority.bytes("ca.pem")))) {
            val attempted = connected(options)
            assertEquals(Transport.TLS, attempted.transport)
            assertEquals(listOf(Stage.DNS, Stage.TCP, Stage.TLS, Stage.MQTT), attempted.stages.map { it.stage })
        }
    }

    @Test
    fun `messages through TLS and through WebSocket over TLS`() {
        for (options in listOf(options(), options(scheme = "wss", port = webSocket))) {
            runBlocking {
                Client(options).use { client ->
                    client.connect()
                    client.subscription("large", Qos.AT_LEAST_ONCE).use { messages ->
                        val payload = ByteArray(300_000) { it.toByte() }
                        client.publish("large", payload, Qos.AT_LEAST_ONCE)
                        messages.nextBatch { batch -> assertTrue(batch.single().payload.contentEquals(payload)) }
                    }
                }
            }
        }
        assertEquals(
            listOf(Stage.DNS, Stage.TCP, Stage.TLS, Stage.WEB_SOCKET, Stage.MQTT),
            connected(options(scheme = "wss", port = webSocket)).stages.map { it.stage },
        )
    }

    @Test
    fun `each reason to refuse a certificate is told`() {
        for ((name, kind) in mapOf(
            "expired" to TransportErrorKind.CERTIFICATE_EXPIRED,
            "not_yet_valid" to TransportErrorKind.CERTIFICATE_NOT_YET_VALID,
            "wrong_host" to TransportErrorKind.WRONG_HOST,
            "untrusted" to TransportErrorKind.UNKNOWN_ISSUER,
        )) {
            val error = failureOf(options(name))
            assertEquals(Stage.TLS to kind, error.stage to error.kind, error.detail)
            assertEquals(broker.morePorts[names.indexOf(name)], error.attempted?.port)
        }
        assertTrue("elsewhere.test" in failureOf(options("wrong_host")).detail)
        // The platform does not know the authority.
        val platform = failureOf(options().copy(tlsCaFile = null))
        assertEquals(TransportErrorKind.UNKNOWN_ISSUER, platform.kind, platform.detail)
    }

    @Test
    fun `any certificate, where the option says so`() {
        val trusting = { name: String -> options(name).copy(tlsCaFile = null, tlsDangerAcceptAnyCertificate = true) }
        for (name in names) connected(trusting(name))
        val pinned = trusting("untrusted").copy(tlsPins = listOf(Authority.text("server.pin")))
        assertEquals(TransportErrorKind.PIN_MISMATCH, failureOf(pinned).kind)
    }

    @Test
    fun `a pin is checked beside all else`() {
        connected(options().copy(tlsPins = listOf("sha256/" + Authority.text("server.pin"))))
        val wrong = "A".repeat(43) + "="
        assertEquals(TransportErrorKind.PIN_MISMATCH, failureOf(options().copy(tlsPins = listOf(wrong))).kind)
        assertThrows(MqttkaException::class.java) { Client(options().copy(tlsPins = listOf("no pin"))) }
    }

    @Test
    fun `a client with a certificate, whose key is plain or encrypted`() {
        val client = options(port = mutual).copy(tlsCertificateFile = Authority.path("client.pem"))
        connected(client.copy(tlsPrivateKeyFile = Authority.path("client.key")))
        val encrypted = client.copy(tlsPrivateKey = Authority.bytes("client.pk8.encrypted.key"))
        connected(encrypted.copy(tlsPrivateKeyPassword = "secret".encodeToByteArray()))
        assertThrows(MqttkaException::class.java) {
            Client(encrypted.copy(tlsPrivateKeyPassword = "wrong".encodeToByteArray()))
        }
        val error = failureOf(options(port = mutual))
        assertEquals(TransportErrorKind.TLS_ALERT, error.kind, error.detail)
        // certificate_required
        assertEquals(116, error.status, error.detail)
    }

    @Test
    fun `a server that does not speak TLS`() = ServerSocket(0).use { server ->
        thread {
            server.accept().use { socket ->
                socket.getInputStream().read()
                socket.getOutputStream().write("not TLS at all\r\n".toByteArray())
                socket.getInputStream().readAllBytes()
            }
        }
        val error = failureOf(options(port = server.localPort))
        assertEquals(Stage.TLS to TransportErrorKind.TLS_PROTOCOL, error.stage to error.kind, error.detail)
    }

    @Test
    fun `the application's verifier judges instead of all others`() {
        val asked = mutableListOf<Triple<String, List<X509Certificate>, String>>()
        val verifier = CertificateVerifier { chain, name ->
            synchronized(asked) { asked += Triple(name, chain, Thread.currentThread().name) }
        }
        // Not even the name is checked by others.
        connected(options("wrong_host").copy(tlsCaFile = null, tlsVerifier = verifier))
        val (name, chain, thread) = asked.single()
        assertEquals("127.0.0.1" to Authority.certificate("wrong_host.pem"), name to chain.first())
        assertEquals("mqttka-verifier", thread)
    }

    @Test
    fun `a verifier refuses by throwing`() {
        for ((thrown, words) in mapOf(
            CertificateException("not on my list") to "not on my list",
            NullPointerException() to "java.lang.NullPointerException",
        )) {
            val error = failureOf(options().copy(tlsVerifier = { _, _ -> throw thrown }))
            assertEquals(Stage.TLS to TransportErrorKind.CERTIFICATE_INVALID, error.stage to error.kind)
            assertTrue(words in error.detail, error.detail)
            assertNull(error.osError)
        }
    }

    @Test
    fun `a closed client lets its verifier go`() {
        assertTrue(collected(WeakReference(useVerifier())))
    }

    @Test
    fun `hooks and verifiers leave no threads behind`() {
        fun cycles(count: Int) = repeat(count) {
            connected(options().copy(tlsVerifier = { _, _ -> }, socketHook = { }))
        }
        // By name: other tests run beside, and have threads of their own.
        fun threads() = Thread.getAllStackTraces().keys.count { it.name == "mqttka-hook" || it.name == "mqttka-verifier" }
        cycles(5)
        val before = threads()
        cycles(100)
        val end = System.nanoTime() + 60.seconds.inWholeNanoseconds
        while (threads() > before + 2) {
            assertTrue(System.nanoTime() < end) { "$before threads became ${threads()}" }
            // Nobody tells of another thread's end: look now and then.
            Thread.sleep(100)
        }
    }

    private fun useVerifier(): CertificateVerifier {
        val verifier = object : CertificateVerifier {
            override fun verify(chain: List<X509Certificate>, serverName: String) = Unit
        }
        connected(options().copy(tlsVerifier = verifier))
        return verifier
    }
}
