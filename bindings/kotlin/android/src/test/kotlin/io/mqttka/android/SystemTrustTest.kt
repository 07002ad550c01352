package io.mqttka.android

import io.mqttka.Client
import io.mqttka.ConnectError
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.Stage
import io.mqttka.TransportErrorKind
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.net.InetAddress
import java.nio.file.Files
import java.security.KeyFactory
import java.security.KeyStore
import java.security.spec.PKCS8EncodedKeySpec
import java.util.Base64
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLServerSocket
import javax.net.ssl.SSLSocket
import kotlin.concurrent.thread

/** The whole way: a client asks the system's trust manager where its options name nobody else. */
class SystemTrustTest {
    @Test
    fun `an authority that the system does not know is told as that`() {
        assertEquals(Stage.TLS to TransportErrorKind.UNKNOWN_ISSUER, failure("server") { it })
    }

    @Test
    fun `what the certificate lacks is told by its kind`() {
        val verifier = SystemCertificateVerifier(trusting(Authority.certificate("ca.pem")))
        for ((name, kind) in mapOf(
            "expired" to TransportErrorKind.CERTIFICATE_EXPIRED,
            "not_yet_valid" to TransportErrorKind.CERTIFICATE_NOT_YET_VALID,
            "wrong_host" to TransportErrorKind.WRONG_HOST,
            "untrusted" to TransportErrorKind.UNKNOWN_ISSUER,
        )) assertEquals(Stage.TLS to kind, failure(name) { it.copy(tlsVerifier = verifier) }, name)
    }

    @Test
    fun `options that name the authority ask the library, and those that accept all, nobody`() {
        // The server closes the connection after the handshake.
        for (change in listOf<(Options) -> Options>(
            { it.copy(tlsCaFile = "${Authority.path("ca.pem")}") },
            { it.copy(tlsDangerAcceptAnyCertificate = true) },
        )) assertEquals(null, failure("server", change))
    }

    /** How the client fails with a server of this certificate that closes the connection; null: by that. */
    private fun failure(name: String, change: (Options) -> Options): Pair<Stage, TransportErrorKind>? = server(name).use { server ->
        thread {
            runCatching {
                (server.accept() as SSLSocket).use {
                    it.startHandshake()
                    it.inputStream.read()
                }
            }
        }
        Client(change(Options("mqtts://127.0.0.1:${server.localPort}"))).use { client ->
            val thrown = assertThrows(MqttkaException.ConnectFailed::class.java) { runBlocking { client.connect() } }
            when (val error = thrown.error) {
                is ConnectError.ClosedByServer -> null
                is ConnectError.Transport -> error.stage to error.kind
                else -> throw thrown
            }
        }
    }

    private fun server(name: String): SSLServerSocket {
        val pem = Files.readString(Authority.path("$name.key")).lines().filter { "-----" !in it }.joinToString("")
        val key = KeyFactory.getInstance("EC").generatePrivate(PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)))
        val store = KeyStore.getInstance(KeyStore.getDefaultType())
        store.load(null, null)
        store.setKeyEntry("server", key, CharArray(0), arrayOf(Authority.certificate("$name.pem")))
        val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm())
        keys.init(store, CharArray(0))
        val context = SSLContext.getInstance("TLS")
        context.init(keys.keyManagers, null, null)
        return context.serverSocketFactory.createServerSocket(0, 9, InetAddress.getByName("127.0.0.1")) as SSLServerSocket
    }
}
