import Foundation
import Mqttka
import MqttkaTestingFFI

/// Something that the broker saw. It prints as a sentence.
public struct Seen: Sendable, CustomStringConvertible {
    /// What it was.
    public let kind: SeenKind
    /// The number of the client's connection with this broker, from 1.
    public let connection: UInt64
    /// The client's identifier; empty where it is not known yet.
    public let clientId: String
    /// The filter, of ``SeenKind/subscribed`` and ``SeenKind/unsubscribed``.
    public let filter: String?
    /// The message, of ``SeenKind/published``.
    public let message: Message?
    /// Of MQTT 5.0: those of the client's packet, a message's included.
    public let properties: [Property]
    /// What the client gave (acknowledged, disconnected, authenticating) or was given (refused, subscribed, unsubscribed).
    public let reasonCode: ReasonCode?
    /// In words, of ``SeenKind/connected``, ``SeenKind/faulty`` and ``SeenKind/lost``, and of ``SeenKind/refused`` where
    /// what the client proved was; else empty.
    public let detail: String
    /// All of it, as a sentence.
    public let description: String

    /// Takes what the library gives, and frees it.
    init(taking seen: OpaquePointer) {
        defer { mqttka_testing_seen_free(seen) }
        func text(_ text: UnsafePointer<CChar>?) -> String? { text.map { String(cString: $0) } }
        kind = SeenKind(rawValue: mqttka_testing_seen_kind(seen)) ?? .faulty
        connection = mqttka_testing_seen_connection(seen)
        clientId = text(mqttka_testing_seen_client_id(seen)) ?? ""
        filter = text(mqttka_testing_seen_filter(seen))
        reasonCode = UInt8(exactly: mqttka_testing_seen_reason_code(seen)).flatMap { ReasonCode(rawValue: $0) }
        detail = text(mqttka_testing_seen_detail(seen)) ?? ""
        description = text(mqttka_testing_seen_description(seen)) ?? ""
        properties = MqttkaTesting.properties(of: seen)
        if let topic = text(mqttka_testing_seen_topic(seen)) {
            var size = 0
            let payload = mqttka_testing_seen_payload(seen, &size)
            let qos: QoS =
                switch mqttka_testing_seen_qos(seen) {
                case 1: .atLeastOnce
                case 2: .exactlyOnce
                default: .atMostOnce
                }
            message = Message(
                topic: topic, payload: payload.map { Data(bytes: $0, count: size) } ?? Data(), qos: qos,
                retain: mqttka_testing_seen_retain(seen), properties: properties, dup: mqttka_testing_seen_dup(seen), connectionNumber: connection)
        } else {
            message = nil
        }
    }
}

/// What was expected did not come in time; the text says what came instead.
public struct Missing: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// What was expected, and what came instead.
    public let description: String

    /// The same.
    public var errorDescription: String? { description }
}

/// Why the fake broker does not do what it was told to.
public struct FakeBrokerError: Error, Equatable, CustomStringConvertible, LocalizedError {
    /// An `MQTTKA_ERROR_*` of C: 1 an argument, 4 no such client, 8 stopped, 10 it cannot listen.
    public let code: Int32
    /// In words.
    public let description: String

    /// The same.
    public var errorDescription: String? { description }
}
