package io.mqttka.testing

import io.mqttka.Client
import io.mqttka.Event
import io.mqttka.EventKind
import io.mqttka.MqttkaException
import io.mqttka.Options
import io.mqttka.PacketType
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.UserProperty
import io.mqttka.Version
import io.mqttka.java.MqttkaClient
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.util.concurrent.CompletionException
import kotlin.time.Duration.Companion.minutes

/** The packets with which a broker answers, and of which it may have something to say. */
private val PACKETS = listOf(
    PacketType.CONN_ACK, PacketType.PUB_ACK, PacketType.PUB_REC, PacketType.PUB_COMP, PacketType.SUB_ACK,
    PacketType.UNSUB_ACK, PacketType.DISCONNECT,
)

/** User Properties of what the broker answers and ends by: each packet has its own, and one name twice. */
class UserPropertiesTest {
    private fun sent(packet: PacketType) =
        listOf(UserProperty("of", packet.name), UserProperty("b", "1"), UserProperty("b", "2"))

    private fun FakeBroker.sendUserProperties() {
        for (packet in PACKETS) setProperties(packet, sent(packet).map { Property.UserProperty(it.name, it.value) })
    }

    private fun test(what: suspend CoroutineScope.(FakeBroker) -> Unit): Unit =
        FakeBroker().use { broker -> runBlocking { withTimeout(2.minutes) { coroutineScope { what(broker) } } } }

    /** To be called before it can happen. */
    private inline fun <reified Kind : EventKind> CoroutineScope.next(client: Client): Deferred<Event> =
        async(start = CoroutineStart.UNDISPATCHED) { client.events.first { it.kind is Kind } }

    private suspend fun refusedIn(operation: suspend () -> Unit): List<UserProperty> =
        assertThrows<MqttkaException.Refused> { operation() }.userProperties

    private fun refusedInJava(operation: () -> Unit): List<UserProperty> =
        (assertThrows<CompletionException> { operation() }.cause as MqttkaException.Refused).userProperties

    @Test
    fun `outcomes and refusals have those of the answer`() = test { broker ->
        broker.sendUserProperties()
        Client(broker.uri).use { client ->
            client.connect()
            assertEquals(emptyList<UserProperty>(), client.publish("a", "x").userProperties)
            assertEquals(sent(PacketType.PUB_ACK), client.publish("a", "x", Qos.AT_LEAST_ONCE).userProperties)
            val both = sent(PacketType.PUB_REC) + sent(PacketType.PUB_COMP)
            assertEquals(both, client.publish("a", "x", Qos.EXACTLY_ONCE).userProperties)
            assertEquals(sent(PacketType.SUB_ACK), client.subscribe("a").userProperties)
            assertEquals(sent(PacketType.UNSUB_ACK), client.unsubscribe("a").userProperties)
            broker.refusePublishes(ReasonCode.QUOTA_EXCEEDED)
            broker.refuseSubscriptions(ReasonCode.NOT_AUTHORIZED)
            assertEquals(sent(PacketType.PUB_ACK), refusedIn { client.publish("a", "x", Qos.AT_LEAST_ONCE) })
            assertEquals(sent(PacketType.PUB_REC), refusedIn { client.publish("a", "x", Qos.EXACTLY_ONCE) })
            assertEquals(sent(PacketType.SUB_ACK), refusedIn { client.subscribe("a") })
            assertEquals(sent(PacketType.SUB_ACK), refusedIn { client.subscription("a") })
            // Where the broker sends none, there are none.
            for (packet in PACKETS) broker.setProperties(packet, emptyList())
            assertEquals(emptyList<UserProperty>(), refusedIn { client.publish("a", "x", Qos.AT_LEAST_ONCE) })
        }
    }

    @Test
    fun `futures have them, too`() = test { broker ->
        broker.sendUserProperties()
        MqttkaClient.builder(broker.uri).build().use { client ->
            client.connect().join()
            assertEquals(sent(PacketType.PUB_ACK), client.publish("a", "x", Qos.AT_LEAST_ONCE).join().userProperties)
            assertEquals(sent(PacketType.UNSUB_ACK), client.unsubscribe("a").join().userProperties)
            broker.refusePublishes(ReasonCode.QUOTA_EXCEEDED)
            broker.refuseSubscriptions(ReasonCode.NOT_AUTHORIZED)
            assertEquals(sent(PacketType.PUB_ACK), refusedInJava { client.publish("a", "x", Qos.AT_LEAST_ONCE).join() })
            assertEquals(sent(PacketType.SUB_ACK), refusedInJava { client.subscription("a", Qos.AT_MOST_ONCE).join() })
        }
    }

    @Test
    fun `events have those of what they tell of`() = test { broker ->
        broker.sendUserProperties()
        Client(Options(broker.uri) { reconnect = false }).use { client ->
            broker.refuseConnections(ReasonCode.BANNED, times = 1)
            val failed = next<EventKind.ConnectFailed>(client)
            assertThrows<MqttkaException.ConnectFailed> { client.connect() }
            assertEquals(sent(PacketType.CONN_ACK), failed.await().userProperties)
            val connected = next<EventKind.Connected>(client)
            client.connect()
            assertEquals(sent(PacketType.CONN_ACK), connected.await().userProperties)
            val ended = next<EventKind.Disconnected>(client)
            broker.disconnect(ReasonCode.SERVER_SHUTTING_DOWN)
            val event = ended.await()
            assertEquals(sent(PacketType.DISCONNECT), event.userProperties)
            assertFalse("DISCONNECT" in "${event.userProperties}", "the values are not printed")
            client.connect()
            val closed = next<EventKind.Disconnected>(client)
            // Without a word.
            broker.closeConnections()
            assertEquals(emptyList<UserProperty>(), closed.await().userProperties)
        }
    }

    @Test
    fun `there are none in 3 1 1`() = test { broker ->
        broker.sendUserProperties()
        Client(Options(broker.uri) { protocolVersion = Version.MQTT311 }).use { client ->
            val connected = next<EventKind.Connected>(client)
            client.connect()
            assertEquals(emptyList<UserProperty>(), connected.await().userProperties)
            assertEquals(emptyList<UserProperty>(), client.publish("a", "x", Qos.AT_LEAST_ONCE).userProperties)
        }
    }
}
