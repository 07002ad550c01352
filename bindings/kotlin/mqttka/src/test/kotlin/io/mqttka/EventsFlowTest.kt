package io.mqttka

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** Events as a flow, for each collector from when it began. */
class EventsFlowTest {
    @Test
    fun `each collector has every event from when it began, until the client is closed`() = ScriptedBroker().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(2.minutes) {
                val client = Client(options(broker.port))
                val all = async(start = CoroutineStart.UNDISPATCHED) { client.events.toList() }
                client.connect()
                val later = async(start = CoroutineStart.UNDISPATCHED) { client.events.toList() }
                client.disconnect()
                client.connect()
                client.close()
                val kinds = all.await().map { it.kind::class.simpleName }
                assertEquals(listOf("Connected", "Disconnected", "Connected", "Disconnected"), kinds)
                assertTrue(kinds.takeLast(3) == later.await().map { it.kind::class.simpleName }.takeLast(3))
                // After the end there is nothing to wait for.
                assertEquals(emptyList<Event>(), client.events.toList())
            }
        }
    }

    @Test
    fun `an event is printed as the library's sentence`() = ScriptedBroker().use { broker ->
        runBlocking(Dispatchers.Default) {
            withTimeout(2.minutes) {
                Client("mqtt://127.0.0.1:${broker.port}") { reconnect = false }.use { client ->
                    val end = async(start = CoroutineStart.UNDISPATCHED) { client.events.first { it.kind is EventKind.Disconnected } }
                    client.connect()
                    broker.hangUp()
                    assertEquals(end.await().detail, "${end.await()}")
                    assertTrue(end.await().detail.startsWith("connection 1: disconnected: "), end.await().detail)
                }
            }
        }
    }
}
