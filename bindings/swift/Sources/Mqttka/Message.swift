import Foundation

extension Message {
    /// A message of text, as UTF-8.
    public init(
        topic: String, text: String, qos: QoS = .atMostOnce, retain: Bool = false, properties: [Property] = []
    ) {
        self.init(topic: topic, payload: Data(text.utf8), qos: qos, retain: retain, properties: properties)
    }

    /// The payload as text; `nil` where it is not UTF-8.
    public var text: String? { String(data: payload, encoding: .utf8) }

    /// Whether its topic belongs to `filter`; see ``topicMatches(filter:topic:)``.
    ///
    /// - Throws: ``MqttkaError/invalidTopic(detail:)`` where `filter` is none.
    public func matches(_ filter: String) throws -> Bool {
        try topicMatches(filter: filter, topic: topic)
    }
}

/// Whether messages of `topic` belong to `filter`: `+` stands for one level, `#` for all that follow, and neither for the
/// first level of topics that begin with `$`. Of a shared subscription, `$share/{name}/{filter}`, its filter counts.
///
/// - Throws: ``MqttkaError/invalidTopic(detail:)``, which says which of the two is none, and why.
public func topicMatches(filter: String, topic: String) throws -> Bool {
    try MqttkaError.catching { try nativeTopicMatches(filter: filter, topic: topic) }
}
