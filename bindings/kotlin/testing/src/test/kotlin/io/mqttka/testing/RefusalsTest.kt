package io.mqttka.testing

import io.mqttka.Client
import io.mqttka.EventKind
import io.mqttka.Message
import io.mqttka.MessageStream
import io.mqttka.MqttkaException
import io.mqttka.Operation
import io.mqttka.PacketType
import io.mqttka.Property
import io.mqttka.Qos
import io.mqttka.ReasonCode
import io.mqttka.UserProperty
import io.mqttka.java.MessageSubscription
import io.mqttka.java.MqttkaClient
import io.mqttka.java.PublishOperation
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.time.Duration
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.Continuation
import kotlin.time.Duration.Companion.minutes

private val once = Message("a", "x", Qos.AT_LEAST_ONCE)
private val twice = Message("a", "x", Qos.EXACTLY_ONCE)
private val question = Message("q", "?", Qos.AT_LEAST_ONCE, properties = listOf(Property.ResponseTopic("a")))

/** Each operation that a broker's answer can end, the packet that refuses it, and the call in Kotlin and in Java. */
@Suppress("unused") // By reflection.
enum class Refusable(
    val method: String,
    val packet: PacketType,
    val kotlin: suspend Client.() -> Unit,
    val java: MqttkaClient.() -> CompletableFuture<*>,
) {
    CONNECT("Client.connect", PacketType.CONN_ACK, { connect() }, { connect() }),
    PUBLISH_QOS_1("Client.publish", PacketType.PUB_ACK, { publish(once) }, { publish(once) }),
    PUBLISH_QOS_2("Client.publish", PacketType.PUB_REC, { publish(twice) }, { publish(twice) }),
    BEGUN("Operation.outcome", PacketType.PUB_ACK, { beginPublish(once).outcome() }, { beginPublish(once).outcome() }),
    REPLY("Client.reply", PacketType.PUB_ACK, { reply(question, byteArrayOf(1)) }, { reply(question, byteArrayOf(1)) }),
    REQUEST_QOS_1("Client.request", PacketType.PUB_ACK, { request(once) }, { request(once) }),
    REQUEST_QOS_2("Client.request", PacketType.PUB_REC, { request(twice) }, { request(twice) }),
    REQUEST_WITHOUT_RESPONSES("Client.request", PacketType.SUB_ACK, { request(once) }, { request(once) }),
    REAUTHENTICATE("Client.reauthenticate", PacketType.DISCONNECT, { reauthenticate() }, { reauthenticate() }),
    SUBSCRIBE("Client.subscribe", PacketType.SUB_ACK, { subscribe("a") }, { subscribe(listOf(io.mqttka.Subscription("a"))) }),
    SUBSCRIPTION("Client.subscription", PacketType.SUB_ACK, { subscription("a") }, { subscription("a", Qos.AT_MOST_ONCE) }),
    RESPOND("Client.respond", PacketType.SUB_ACK, { respond("a") { null } }, { respond("a", Qos.AT_MOST_ONCE) { null } }),
    RESPOND_ASYNC(
        "Client.respondAsync", PacketType.SUB_ACK, { respond("a") { null } }, { respondAsync("a", Qos.AT_MOST_ONCE) { null } },
    ),
    UNSUBSCRIBE("Client.unsubscribe", PacketType.UNSUB_ACK, { unsubscribe("a") }, { unsubscribe("a") }),
    LEAVE(
        "MessageStream.unsubscribe",
        PacketType.UNSUB_ACK,
        { subscription("a").unsubscribe() },
        { subscription("a", Qos.AT_MOST_ONCE).thenCompose { it.unsubscribe() } },
    ),
}

/** Whatever the broker refuses ends in an exception that has what its answer said. */
class RefusalsTest {
    @Test
    fun `whatever waits for the broker is in the table, or is refused by nobody`() {
        val classes = mapOf(
            Client::class to "Client", Operation::class to "Operation", MessageStream::class to "MessageStream",
            MqttkaClient::class to "Client", PublishOperation::class to "Operation",
            MessageSubscription::class to "MessageStream",
        )
        val waiting = classes.flatMap { (type, name) ->
            val methods = type.java.methods.filterNot { it.isSynthetic }.filter {
                it.parameterTypes.lastOrNull() == Continuation::class.java || it.returnType == CompletableFuture::class.java
            }
            // Kotlin's own mark where a Duration is among the parameters.
            methods.map { "$name.${it.name.substringBefore('-')}" }
        }
        // DISCONNECT has no answer, PINGRESP says no more than that it came, and a stream ends by itself.
        val unrefused = setOf("Client.disconnect", "Client.flush", "MessageStream.nextBatch", "MessageStream.ended")
        assertEquals(waiting.toSet(), Refusable.entries.map { it.method }.toSet() + unrefused)
    }

    @ParameterizedTest
    @EnumSource(Refusable::class)
    fun `a refusal has the words and the user properties of the answer`(operation: Refusable) =
        assertTold(operation) { operation.kotlin(it.kotlin) }

    @ParameterizedTest
    @EnumSource(Refusable::class)
    fun `in Java, too`(operation: Refusable) =
        assertTold(operation) { operation.java(it).await() }

    private fun told(packet: PacketType) =
        listOf(UserProperty("of", packet.name), UserProperty("b", "1"), UserProperty("b", "2"))

    private fun assertTold(operation: Refusable, call: suspend (MqttkaClient) -> Unit) = FakeBroker().use { broker ->
        val packet = operation.packet
        val told = told(packet)
        runBlocking(Dispatchers.Default) {
            withTimeout(2.minutes) {
                val builder = MqttkaClient.builder(broker.uri)
                if (packet == PacketType.DISCONNECT) {
                    broker.authenticate("TEST")
                    builder.authenticator("TEST") { CompletableFuture.completedFuture(byteArrayOf()) }
                }
                builder.build().use { client ->
                    if (packet != PacketType.CONN_ACK) client.kotlin.connect()
                    broker.refuse(packet, told)
                    val error = runCatching { call(client) }.exceptionOrNull() as MqttkaException
                    assertEquals(told, error.userProperties)
                    val words = when (error) {
                        is MqttkaException.Refused -> error.reasonString
                        is MqttkaException.ConnectFailed -> (error.error as io.mqttka.ConnectError.Refused).reasonString
                        else -> throw error
                    }
                    assertEquals("no", words)
                }
            }
        }
    }

    private fun FakeBroker.refuse(packet: PacketType, told: List<UserProperty>) {
        val properties = listOf(Property.ReasonString("no")) + told.map { Property.UserProperty(it.name, it.value) }
        when (packet) {
            PacketType.CONN_ACK -> refuseConnections(ReasonCode.BANNED)
            PacketType.DISCONNECT -> refuseAuthentications(ReasonCode.NOT_AUTHORIZED)
            PacketType.SUB_ACK -> refuseSubscriptions(ReasonCode.NOT_AUTHORIZED)
            PacketType.UNSUB_ACK -> refuseUnsubscriptions(ReasonCode.NOT_AUTHORIZED)
            else -> refusePublishes(ReasonCode.QUOTA_EXCEEDED)
        }
        setProperties(packet, properties)
    }

    /** The client subscribes again by itself, and nobody waits for that SUBACK. */
    @Test
    fun `who loses a subscription with the session hears why`() = FakeBroker().use { broker ->
        val builder = MqttkaClient.builder(broker.uri)
            .reconnectFirstDelay(Duration.ofMillis(50)).reconnectMaxDelay(Duration.ofMillis(200))
        runBlocking(Dispatchers.Default) {
            withTimeout(2.minutes) {
                builder.build().use { java ->
                    val client = java.kotlin
                    client.connect()
                    val ended = supervisorScope {
                        val subscribed = CompletableDeferred<Unit>()
                        val stream = client.subscription("a", outlivesConnections = true)
                        val javas = java.subscription(listOf(io.mqttka.Subscription("b")), emptyList(), true, false).await()
                        val ends = listOf(
                            async { runCatching { stream.asFlow().collect { } } },
                            async { runCatching { javas.take() } },
                            async { runCatching { client.respond("c", onSubscribed = { subscribed.complete(Unit) }) { null } } },
                            async { runCatching { client.request("nobody", "?", timeout = 1.minutes) } },
                        )
                        val lost = async(start = CoroutineStart.UNDISPATCHED) {
                            client.events.first { it.kind is EventKind.SubscriptionsLost }
                        }
                        subscribed.await()
                        broker.awaitPublish("nobody")
                        broker.refuse(PacketType.SUB_ACK, told(PacketType.SUB_ACK))
                        broker.reset()
                        val event = lost.await()
                        assertEquals(told(PacketType.SUB_ACK), event.userProperties)
                        assertEquals("no", (event.kind as EventKind.SubscriptionsLost).reasonString)
                        ends.awaitAll().map { it.exceptionOrNull() as MqttkaException }
                    }
                    for (error in ended) {
                        assertEquals(told(PacketType.SUB_ACK), error.userProperties)
                        val refused = if (error is MqttkaException.StreamEnded) error.cause else error
                        val expected = MqttkaException.Refused(ReasonCode.NOT_AUTHORIZED, "no", emptyList(), error.userProperties)
                        assertEquals(expected, refused)
                    }
                    assertEquals(3, ended.count { it is MqttkaException.StreamEnded })
                }
            }
        }
    }
}
