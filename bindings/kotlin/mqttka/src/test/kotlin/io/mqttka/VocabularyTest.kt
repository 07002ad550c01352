package io.mqttka

import io.mqttka.internal.allTwins
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.lang.reflect.Modifier

/** What is by hand has all that the library has. */
class VocabularyTest {
    @Test
    fun `enums have the library's entries in its order`() {
        assertEquals(18, allTwins.size)
        for (twins in allTwins) {
            assertEquals(twins.native.map { (it as Enum<*>).name }, twins.application.map { (it as Enum<*>).name })
        }
    }

    @Test
    fun `reason codes have the specification's numbers and words`() {
        assertEquals(listOf(0, 0x87, 0xa2), with(ReasonCode.entries) { listOf(first(), single { it.name == "NOT_AUTHORIZED" }, last()) }.map { it.value })
        assertEquals(listOf(0, 1, 2), Qos.entries.map { it.value })
        for (code in ReasonCode.entries) {
            assertEquals(code.value >= 0x80, code.isFailure)
            assertTrue(code.description.isNotBlank())
        }
    }

    @Test
    fun `what has no fields is a data object`() {
        val sealed = listOf(DisconnectCause::class, ConnectError::class, StreamEnd::class, EventKind::class, Ended::class, ConnectionState::class, Property::class)
        val objects = sealed.flatMap { it.java.declaredClasses.toList() }
            .filter { !Modifier.isAbstract(it.modifiers) && it.simpleName != "Companion" }
            .filter { type -> type.declaredFields.none { !Modifier.isStatic(it.modifiers) } }
        assertTrue(objects.size > 10, "$objects")
        for (type in objects) {
            val instance = type.getField("INSTANCE").get(null)
            assertEquals(type.simpleName, instance.toString())
        }
    }

    @Test
    fun `topics match as the specification says`() {
        for ((filter, topic) in listOf("a/+" to "a/b", "#" to "a", "a/#" to "a", "\$share/g/a/+" to "a/b", "\$SYS/#" to "\$SYS/x")) {
            assertTrue(topicMatches(filter, topic), "$filter $topic")
            assertTrue(Message(topic, "").matches(filter))
        }
        for ((filter, topic) in listOf("a/+" to "a/b/c", "#" to "\$SYS/x", "+/x" to "\$SYS/x", "a" to "b")) {
            assertTrue(!topicMatches(filter, topic), "$filter $topic")
        }
        for ((filter, topic) in listOf("a/#/b" to "a", "a" to "a/+", "" to "a", "a" to "")) {
            val error = org.junit.jupiter.api.assertThrows<MqttkaException.InvalidTopic> { topicMatches(filter, topic) }
            assertTrue(error.detail.isNotBlank())
        }
    }
}
