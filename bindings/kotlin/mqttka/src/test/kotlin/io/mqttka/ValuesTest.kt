package io.mqttka

import io.mqttka.internal.toNative
import io.mqttka.internal.uniffi.defaultOptions
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** What a user sees: bounds with names, equal where equal, printed without secrets. */
class ValuesTest {
    private val good = Options(host = "127.0.0.1")

    @Test
    fun `an option out of its bounds is named, with its value and its bounds`() {
        for ((text, options) in mapOf(
            "port is 0; it must be 1 to 65535" to good.copy(port = 0),
            "port is 65536; it must be 1 to 65535" to good.copy(port = 65_536),
            "port is -1; it must be 1 to 65535" to good.copy(port = -1),
            "keepAlive is 70000s; it must be 0s to 65535s" to good.copy(keepAlive = 70_000.seconds),
            "keepAlive is -1s; it must be 0s to 65535s" to good.copy(keepAlive = (-1).seconds),
            "keepAlive is 1.5s; it must be a whole number of seconds" to good.copy(keepAlive = 1500.milliseconds),
            "sessionExpiryInterval is 4294967296s; it must be 0s to 4294967295s" to
                good.copy(sessionExpiryInterval = 4_294_967_296.seconds),
            "receiveMaximum is 0; it must be 1 to 65535" to good.copy(receiveMaximum = 0),
            "maxInflight is 0; it must be 1 to 65535" to good.copy(maxInflight = 0),
            "maxInflight is 65536; it must be 1 to 65535" to good.copy(maxInflight = 65_536),
            "maximumPacketSize is 15; it must be 16 to 268435460" to good.copy(maximumPacketSize = 15),
            "outboundQueueMaxMessages is 0; it must be 1 to 4294967295" to good.copy(outboundQueueMaxMessages = 0),
            "outboundQueueMaxBytes is -5; it must be 1 to 4294967295" to good.copy(outboundQueueMaxBytes = -5),
            "inboundQueueMaxBytes is 9223372036854775807; it must be 1 to 4294967295" to
                good.copy(inboundQueueMaxBytes = Long.MAX_VALUE),
            "connectTimeout is 0ns; it must be 1ms to 86400s" to good.copy(connectTimeout = Duration.ZERO),
            "connectTimeout is -2s; it must be 1ms to 86400s" to good.copy(connectTimeout = (-2).seconds),
            "deadPeerTimeout is 1.499s; it must be 1.5s to 86400s" to good.copy(deadPeerTimeout = 1499.milliseconds),
            "deadPeerTimeout is 9223372036.854775807s; it must be 1.5s to 86400s" to
                good.copy(deadPeerTimeout = Duration.INFINITE),
            "reconnectFirstDelay is 9ms; it must be 10ms to 86400s" to good.copy(reconnectFirstDelay = 9.milliseconds),
            "reconnectMaxDelay is 172800s; it must be 10ms to 86400s" to good.copy(reconnectMaxDelay = 2.days),
            "reconnectFactor is 0.5; it must be 1 to 100" to good.copy(reconnectFactor = 0.5),
            "reconnectFactor is NaN; it must be 1 to 100" to good.copy(reconnectFactor = Double.NaN),
            "reconnectMaxAttempts is 0; it must be 1 to 4294967295" to good.copy(reconnectMaxAttempts = 0),
            "reconnectMaxTime is 0ns; it must be 1ms to 31536000s" to good.copy(reconnectMaxTime = Duration.ZERO),
            "reconnectResetAfter is -1s; it must be 0ns to 86400s" to good.copy(reconnectResetAfter = (-1).seconds),
            "maxRedirects is 101; it must be 0 to 100" to good.copy(maxRedirects = 101),
            "poisonAfter is -1; it must be 0 to 1000" to good.copy(poisonAfter = -1),
            "unclaimedTimeout is 172800s; it must be 0ns to 86400s" to good.copy(unclaimedTimeout = 2.days),
            "host is \"mqtt://a\"; it must be a name or an IP address, without a scheme or a path" to
                good.copy(host = "mqtt://a"),
            "host is set; it must be absent, for uri is set" to good.copy(uri = "mqtt://a"),
            "port is set; it must be absent, for uri is set" to Options("mqtt://a", port = 1),
            "transport is set; it must be absent, for uri is set" to Options("mqtt://a", transport = Transport.TCP),
            "path is set; it must be absent, for uri is set" to Options("ws://a", path = "/b"),
            "tlsCaFile is set; it must be absent, for the same is given as bytes" to
                good.copy(tlsCa = ByteArray(1), tlsCaFile = "x"),
            "localAddress is \"lo\"; it must be an IP address" to good.copy(localAddress = "lo"),
        )) {
            val error = assertThrows<MqttkaException.InvalidOption>(text) { Client(options).close() }
            assertEquals(text, error.message)
        }
        assertEquals(UInt.MAX_VALUE, good.copy(sessionExpiryInterval = Duration.INFINITE).toNative().sessionExpiryInterval)
        // Both ends are in.
        Client(good.copy(port = 65_535, keepAlive = Duration.ZERO, connectTimeout = 1.days, unclaimedTimeout = Duration.ZERO)).close()
    }

    @Test
    fun `arguments have bounds, too`(): Unit = Client(good).use { client ->
        assertThrows<MqttkaException.InvalidOption> { client.probeNow((-1).seconds) }
        assertThrows<MqttkaException.InvalidOption> { client.probeNow(Duration.ZERO) }
        assertThrows<MqttkaException.InvalidOption> { client.probeNow(Duration.INFINITE) }
        client.openMessages().use { stream ->
            assertThrows<MqttkaException.InvalidOption> {
                kotlinx.coroutines.runBlocking { stream.nextBatch(0) { } }
            }
            assertThrows<MqttkaException.InvalidArgument> {
                kotlinx.coroutines.runBlocking { stream.unsubscribe() }
            }
        }
        val error = assertThrows<MqttkaException.InvalidOption> {
            kotlinx.coroutines.runBlocking { client.disconnect(drainTimeout = 2.days) }
        }
        assertEquals("drainTimeout is 172800s; it must be 0ns to 86400s", error.message)
        val late = assertThrows<MqttkaException.InvalidOption> { client.enqueue(Message("a", ByteArray(0)), 366.days) }
        assertEquals("publishTimeout is 31622400s; it must be 1ms to 31536000s", late.message)
        assertThrows<MqttkaException.InvalidText> { client.networkChanged(NetworkChange.CHANGED, id = "a\u0000") }
    }

    @Test
    fun `the defaults are the core's`() {
        assertEquals(defaultOptions("h"), Options(host = "h").toNative())
    }

    @Test
    fun `a URI that cannot be is refused with the part that is wrong`() {
        for ((options, words) in mapOf(
            Options("http://a") to "uri has the scheme",
            Options("mqtt://a:0") to "uri has the port",
            Options("mqtts://a/b") to "uri has a path",
            good.copy(servers = listOf("mqtt://[::1")) to "servers has",
            good.copy(proxy = "ftp://a") to "proxy has the scheme",
        )) {
            val error = assertThrows<MqttkaException.InvalidArgument>(words) { Client(options).close() }
            assertTrue(words in error.detail, error.detail)
        }
        val secret = assertThrows<MqttkaException.InvalidArgument> { Client(Options("mqtt://ann:s3cret@:x")).close() }
        assertFalse("s3cret" in "$secret", "$secret")
    }

    @Test
    fun `the way's options are equal where equal, and keep secrets to themselves`() {
        val options = { secret: String ->
            val bytes = secret.encodeToByteArray()
            Options(
                uri = "wss://ann:$secret@b.example/mqtt?token=$secret",
                servers = listOf("mqtts://c.example:1/?$secret"),
                path = "/p?$secret",
                proxy = "socks5://bob:$secret@proxy:1080",
                tlsCa = "authority".encodeToByteArray(),
                tlsPrivateKey = bytes,
                tlsPrivateKeyPassword = bytes,
                webSocketHeaders = listOf("Authorization" to secret),
            )
        }
        assertEquals(options("a"), options("a"))
        assertEquals(options("a").hashCode(), options("a").hashCode())
        assertNotEquals(options("a"), options("b"))
        assertNotEquals(options("a"), options("a").copy(tlsPrivateKey = ByteArray(0)))
        assertNotEquals(options("a"), options("a").copy(webSocketHeaders = listOf("Authorization" to "b")))
        assertNotEquals(options("a"), options("a").copy(socketHook = { }))
        val text = options("s3cret").toString()
        assertFalse("s3cret" in text || "ann" in text, text)
        for (shown in listOf(
            "uri=wss://(hidden)@b.example/mqtt?(hidden)", "tlsCa=9 bytes", "[Authorization: (hidden)]",
            "proxy=socks5://(hidden)@proxy:1080", "tlsPrivateKey=(hidden)",
        )) assertTrue(shown in text, text)
        for ((uri, shown) in mapOf(
            "mqtt://b.example:1" to "mqtt://b.example:1",
            "unix:@name" to "unix:@name",
            // What is no URI can hold a secret, too.
            "ann:s3@cret@b.example" to "ann:(hidden)@b.example",
            "mqtt://ann:s3/cret@b.example" to "mqtt://(hidden)@b.example",
        )) assertTrue("Options(uri=$shown, " in Options(uri).toString(), Options(uri).toString())
    }

    @Test
    fun `options are equal where equal, and keep the password to themselves`() {
        val will = { text: String -> Will(Message("w", text.encodeToByteArray())) }
        val options = { password: String, last: String ->
            good.copy(userName = "ann", password = password.encodeToByteArray(), will = will(last))
        }
        assertEquals(options("a", "x"), options("a", "x"))
        assertEquals(options("a", "x").hashCode(), options("a", "x").hashCode())
        assertNotEquals(options("a", "x"), options("b", "x"))
        assertNotEquals(options("a", "x"), options("a", "y"))
        assertNotEquals(good, good.copy(password = ByteArray(0)))
        val text = options("s3cret", "last words").toString()
        assertFalse("s3cret" in text || "last words" in text, text)
        assertTrue("password=(hidden)" in text && "userName=(hidden)" in text && "host=127.0.0.1" in text, text)
        assertTrue("password=null" in good.toString())
    }

    @Test
    fun `what a provider gives is not printed`() {
        val certificate = ClientCertificate("s3cret".encodeToByteArray(), "s3cret".encodeToByteArray())
        val given = ProvidedConnection("s3cret", "s3cret".encodeToByteArray(), "mqtt://s3cret", listOf("a" to "s3cret"), certificate)
        assertFalse("s3cret" in "$given $certificate")
    }

    @Test
    fun `messages are equal where equal, and keep the payload to themselves`() {
        val message = { text: String, data: Byte ->
            val properties = listOf(Property.CorrelationData(byteArrayOf(data)), Property.UserProperty("a", "b"))
            Message("t", text.encodeToByteArray(), Qos.AT_LEAST_ONCE, properties = properties)
        }
        assertEquals(message("x", 1), message("x", 1))
        assertEquals(message("x", 1).hashCode(), message("x", 1).hashCode())
        assertNotEquals(message("x", 1), message("y", 1))
        assertNotEquals(message("x", 1), message("x", 2))
        assertNotEquals(message("x", 1), message("x", 1).copy(retain = true))
        val text = message("s3cret", 1).toString()
        assertTrue("s3cret" !in text && "payload=6 bytes" in text && "CorrelationData(1 bytes)" in text, text)
    }

    @Test
    fun `exceptions are equal where equal, and speak`() {
        assertEquals(MqttkaException.Closed(), MqttkaException.Closed())
        assertNotEquals(MqttkaException.Closed() as Any, MqttkaException.QueueFull())
        val refused = { words: String -> MqttkaException.Refused(ReasonCode.NOT_AUTHORIZED, words) }
        assertEquals(refused("a"), refused("a"))
        assertNotEquals(refused("a"), refused("b"))
        assertEquals(
            "io.mqttka.MqttkaException\$Refused: refused by the broker: Not authorized (not today)",
            "${refused("not today")}",
        )
        val end = StreamEnd.ConnectFailed(ConnectError.ClosedByServer, "closed by the broker before CONNACK")
        assertEquals(
            "could not connect: closed by the broker before CONNACK",
            MqttkaException.StreamEnded(end).message,
        )
    }
}
