package io.mqttka

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows
import java.lang.ref.WeakReference
import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.time.Duration.Companion.seconds

/** How a connection comes to its broker, but for TLS. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WaysTest {
    private val broker = Mosquitto(
        users = mapOf("ann" to "right"),
        more = listOf(listOf("protocol websockets")),
    )
    private val ann = "ann:right@127.0.0.1"

    @AfterAll
    fun stop() = broker.close()

    @Test
    fun `a URI is all that it takes, and the event says where the time went`() {
        val tcp = connected(Options("mqtt://$ann:${broker.port}"))
        assertEquals(
            listOf(0, Transport.TCP, "127.0.0.1", broker.port, "127.0.0.1", null, false),
            with(tcp) { listOf(serverIndex, transport, host, port, address, proxy, rememberedAddress) },
        )
        assertEquals(listOf(Stage.DNS, Stage.TCP, Stage.MQTT), tcp.stages.map { it.stage })
        assertTrue(tcp.stages.all { it.time.inWholeMilliseconds in 0..60_000 }, "$tcp")
    }

    @Test
    fun `WebSocket, with a header of the application's own`() {
        val web = connected(
            Options("ws://$ann:${broker.morePorts.single()}/mqtt", webSocketHeaders = listOf("X-Token" to "secret")),
        )
        assertEquals(Transport.WEB_SOCKET, web.transport)
        assertEquals(listOf(Stage.DNS, Stage.TCP, Stage.WEB_SOCKET, Stage.MQTT), web.stages.map { it.stage })
    }

    @Test
    fun `options count more than the URI's user info`() {
        connected(Options("mqtt://ann:wrong@127.0.0.1:${broker.port}", password = "right".encodeToByteArray()))
        val parts = Options(host = "127.0.0.1", port = broker.port, userName = "ann", password = "right".encodeToByteArray())
        assertEquals(Transport.TCP, connected(parts).transport)
    }

    @Test
    fun `servers are tried in order`() {
        val dead = Mosquitto.freePort()
        val options = Options("mqtt://ann:right@127.0.0.1:$dead", servers = listOf("mqtt://127.0.0.1:${broker.port}"))
        val attempted = connected(options)
        assertEquals(1 to broker.port, attempted.serverIndex to attempted.port)
    }

    @Test
    fun `a Unix socket`() {
        val directory = Files.createTempDirectory("mqttka")
        val socket = directory.resolve("mqtt.sock")
        Mosquitto(unix = socket).use {
            for (options in listOf(Options("unix:$socket"), Options(transport = Transport.UNIX, path = "$socket"))) {
                val attempted = connected(options)
                assertEquals(Transport.UNIX to "$socket", attempted.transport to attempted.host)
            }
        }
        directory.toFile().deleteRecursively()
    }

    @Test
    fun `the local address is what the other side sees`() = ServerSocket(0, 9, InetAddress.getLoopbackAddress()).use { server ->
        Client(Options("mqtt://127.0.0.1:${server.localPort}", localAddress = "127.0.0.2")).use { client ->
            val attempt = thread { runCatching { runBlocking { client.connect() } } }
            server.accept().use { assertEquals("127.0.0.2", it.inetAddress.hostAddress) }
            client.abort()
            attempt.join()
        }
    }

    @Test
    fun `the hook has each socket before it connects`() {
        val seen = LinkedBlockingQueue<String>()
        val hook = SocketHook { fd ->
            seen.put("${Thread.currentThread().name}: ${Files.readSymbolicLink(Path.of("/proc/self/fd/$fd"))}")
        }
        connected(Options("mqtt://$ann:${broker.port}", socketHook = hook))
        assertTrue(seen.poll(60, TimeUnit.SECONDS)!!.startsWith("mqttka-hook: socket:"))
        assertTrue(seen.isEmpty())
    }

    @Test
    fun `what the hook throws is why there is no connection`() {
        for ((thrown, words) in mapOf(
            IllegalStateException("no such network") to "no such network",
            StackOverflowError() to "java.lang.StackOverflowError",
        )) {
            val hook = SocketHook { throw thrown }
            val options = Options("mqtt://127.0.0.1:${broker.port}", socketHook = hook, reconnect = false)
            val failed = Client(options).use { client ->
                assertThrows(MqttkaException.ConnectFailed::class.java) { runBlocking { client.connect() } }
            }
            assertSame(thrown, failed.cause)
            val error = failed.error as ConnectError.Transport
            assertEquals(Stage.TCP to TransportErrorKind.SOCKET_HOOK, error.stage to error.kind)
            assertTrue(words in error.detail, error.detail)
            assertEquals(broker.port, error.attempted?.port)
        }
    }

    @Test
    fun `what the hook throws while the attempt begins is not forgotten`() {
        val kept = CountDownLatch(1)
        val thrown = object : IllegalStateException() {
            /** The layer reads it when it has kept the exception. */
            override val message: String
                get() = "at once".also { kept.countDown() }
        }
        val options = Options("mqtt://127.0.0.1:${broker.port}", socketHook = { throw thrown }, reconnect = false)
        Client(options).use { client ->
            runBlocking {
                // Runs in the call that begins the attempt, and holds it until the hook has thrown.
                launch(Dispatchers.Unconfined) {
                    client.state.first { it == ConnectionState.Connecting }
                    assertTrue(kept.await(60, TimeUnit.SECONDS))
                }
                assertSame(thrown, assertThrows<MqttkaException.ConnectFailed> { client.connect() }.cause)
            }
        }
    }

    @Test
    fun `a closed client lets its hook go`() {
        val hook = WeakReference(useHook())
        assertTrue(collected(hook))
    }

    private fun useHook(): SocketHook {
        val hook = object : SocketHook {
            override fun prepare(fd: Int) = Unit
        }
        connected(Options("mqtt://$ann:${broker.port}", socketHook = hook))
        return hook
    }

    @Test
    fun `a proxy that refuses has its stage and its status`() = ServerSocket(0).use { proxy ->
        val asked = LinkedBlockingQueue<String>()
        thread {
            proxy.accept().use { socket ->
                val lines = socket.getInputStream().bufferedReader()
                asked.put(lines.readLine())
                while (lines.readLine().isNotEmpty()) continue
                socket.getOutputStream().write("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n".toByteArray())
                lines.read()
            }
        }
        val error = failureOf(Options("mqtt://broker.example", proxy = "http://127.0.0.1:${proxy.localPort}"))
        assertEquals("CONNECT broker.example:1883 HTTP/1.1", asked.poll(60, TimeUnit.SECONDS))
        assertEquals(Stage.PROXY to TransportErrorKind.PROXY_AUTHENTICATION, error.stage to error.kind)
        assertEquals(407, error.status)
        assertEquals("127.0.0.1:${proxy.localPort}", error.attempted?.proxy)
    }

    @Test
    fun `an upgrade that is refused has its status`() = ServerSocket(0).use { server ->
        thread {
            server.accept().use { socket ->
                val lines = socket.getInputStream().bufferedReader()
                while (lines.readLine().isNotEmpty()) continue
                socket.getOutputStream().write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".toByteArray())
                lines.read()
            }
        }
        val error = failureOf(Options("ws://127.0.0.1:${server.localPort}"))
        assertEquals(Stage.WEB_SOCKET to TransportErrorKind.UPGRADE_REFUSED, error.stage to error.kind)
        assertEquals(403, error.status)
        assertNull(error.osError)
    }
}

/** Connects, and gives what the event says of the way. */
fun connected(options: Options): Attempted {
    val recorder = Recorder()
    return Client(options, recorder).use { client ->
        runBlocking { client.connect() }
        val event = recorder.next()
        assertInstanceOf(EventKind.Connected::class.java, event.kind)
        event.attempted!!
    }
}

/** How a stage of the way fails. */
fun failureOf(options: Options): ConnectError.Transport = Client(options.copy(connectTimeout = 20.seconds)).use { client ->
    val thrown = assertThrows(MqttkaException.ConnectFailed::class.java) { runBlocking { client.connect() } }
    assertInstanceOf(ConnectError.Transport::class.java, thrown.error, thrown.message)
}

/** Whether the garbage collector gets it. */
fun collected(thing: WeakReference<*>): Boolean {
    repeat(600) {
        System.gc()
        if (thing.get() == null) return true
        // Nobody tells of what the collector does: look now and then.
        Thread.sleep(100)
    }
    return false
}
