@file:JvmName("Topics")

package io.mqttka

import io.mqttka.internal.native
import io.mqttka.internal.uniffi.topicMatches as nativeTopicMatches

/**
 * Whether [topic] matches [filter], by the rules of the specification (section 4.7): `+` stands for one
 * level and `#` for all that follow; a filter that begins with one of these does not match a topic that
 * begins with `$`. `$share/group/filter` matches what `filter` does.
 *
 * @throws MqttkaException.InvalidTopic says which of the two is wrong, and why.
 */
public fun topicMatches(filter: String, topic: String): Boolean = native { nativeTopicMatches(filter, topic) }
