package hello

import io.mqttka.Client
import io.mqttka.Qos
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.seconds

fun main(arguments: Array<String>) = runBlocking {
    Client(arguments.firstOrNull() ?: "mqtt://localhost") { keepAlive = 30.seconds }.use { client ->
        client.connect()
        client.subscription("greetings/#", Qos.AT_LEAST_ONCE).use { messages ->
            client.publish("greetings/kotlin", "hello", Qos.AT_LEAST_ONCE)
            val message = messages.asFlow().first()
            println("${message.topic}: ${message.payloadAsString}")
        }
    }
}
