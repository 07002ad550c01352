import Foundation
import Mqttka
import MqttkaTestingFFI

/// An MQTT broker for tests, on a port of 127.0.0.1, until ``stop()`` or its last reference has gone. It does what a
/// broker does, and by one call each what brokers do only in production.
///
///     let broker = try FakeBroker()
///     let client = try Client(Options(broker.uri))
///     ...
///     let message = try await broker.expectPublish("status/+")
///
/// What it is told holds when the call returns: after ``goSilent()`` not a byte is answered. Every method may be called
/// from any thread. Where one has a `clientId`, `nil` means all connections that there are.
///
/// It keeps 10,000 messages for each client, and what it saw: the last 10,000.
// The library's broker may be used from any thread, and is freed when nobody does any more.
public final class FakeBroker: @unchecked Sendable, CustomStringConvertible {
    let pointer: OpaquePointer
    private let stopping = NSLock()
    private var stopped = false

    /// What only a hang reaches.
    public static let patience: TimeInterval = 10

    /// After so long a task looks whether it was cancelled.
    private static let slice: TimeInterval = 0.05

    /// - Parameters:
    ///   - port: Where it listens; 0 for a port that is free.
    ///   - transport: What it speaks below MQTT; there is no Unix socket. TLS has a certificate for localhost, 127.0.0.1
    ///     and ::1, of an ``authority`` that is made for this broker alone.
    /// - Throws: ``FakeBrokerError`` where it cannot listen.
    public init(port: UInt16 = 0, transport: Transport = .tcp) throws {
        var made: OpaquePointer?
        let numbers: [Transport: Int32] = [.tcp: 0, .tls: 1, .webSocket: 2, .webSocketTls: 3]
        try check(mqttka_testing_broker_new_with(port, numbers[transport] ?? -1, &made))
        guard let made else { throw FakeBrokerError(code: 10, description: "no broker") }
        pointer = made
    }

    deinit { mqttka_testing_broker_free(pointer) }

    /// 127.0.0.1.
    public var host: String { "127.0.0.1" }

    /// The port that it listens on.
    public var port: UInt16 { mqttka_testing_broker_port(pointer) }

    /// Where clients find it, such as `mqtt://127.0.0.1:PORT` or `wss://127.0.0.1:PORT/mqtt`.
    public var uri: String { mqttka_testing_broker_uri(pointer).map { String(cString: $0) } ?? "" }

    /// The certificate, in PEM, of the authority that issued the broker's: for `tlsCa`. `nil` without TLS.
    public var authority: Data? { mqttka_testing_broker_authority(pointer).map { Data(String(cString: $0).utf8) } }

    /// Its address.
    public var description: String { "FakeBroker(\(uri))" }

    /// Stops it: connections are reset, the port is free. Repeating it does nothing.
    public func stop() {
        stopping.withLock { stopped = true }
        mqttka_testing_broker_stop(pointer)
    }

    /// Waits for the oldest thing of this kind that was not taken before, and takes it. Cancelled, it takes nothing.
    ///
    /// - Parameters:
    ///   - filter: Of a message, its topic matches it; of a subscription, it is its filter; `nil`: any.
    ///   - timeout: In seconds.
    /// - Throws: ``Missing`` where it does not come in time, whose text says what came instead; `CancellationError`.
    @discardableResult
    public func expect(
        _ kind: SeenKind, _ filter: String? = nil, timeout: TimeInterval = patience
    ) async throws -> Seen {
        let end = Date(timeIntervalSinceNow: timeout)
        while true {
            try Task.checkCancellation()
            let left = end.timeIntervalSinceNow
            let time = Int32(max(0, min(left, Self.slice)) * 1000)
            // It blocks a thread of Dispatch's, never one of Swift's own.
            let found: Result<Seen, any Error> = await withCheckedContinuation { done in
                DispatchQueue.global().async { done.resume(returning: Result { try self.look(kind, filter, time) }) }
            }
            do {
                return try found.get()
            } catch let missing as Missing {
                guard left > Self.slice, !stopping.withLock({ stopped }) else { throw missing }
            }
        }
    }

    private func look(_ kind: SeenKind, _ filter: String?, _ milliseconds: Int32) throws -> Seen {
        var seen: OpaquePointer?
        let error = optional(filter) { filter in
            mqttka_testing_broker_expect(pointer, kind.rawValue, filter, milliseconds, &seen)
        }
        // MQTTKA_ERROR_TIMED_OUT
        if error == 44 { throw Missing(description: lastError()) }
        try check(error)
        guard let seen else { throw FakeBrokerError(code: 1, description: "nothing was seen") }
        return Seen(taking: seen)
    }

    /// As ``expect(_:_:timeout:)``, for the next message on a topic that matches the filter.
    public func expectPublish(_ filter: String = "#", timeout: TimeInterval = patience) async throws -> Message {
        let seen = try await expect(.published, filter, timeout: timeout)
        guard let message = seen.message else { throw Missing(description: seen.description) }
        return message
    }

    /// Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait.
    public func takeAny() -> Seen? { mqttka_testing_broker_take_any(pointer).map { Seen(taking: $0) } }

    /// Forgets what was seen so far.
    public func forgetSeen() { mqttka_testing_broker_forget_seen(pointer) }

    /// The identifiers of the clients that are connected.
    public var clients: [String] {
        let clients = mqttka_testing_broker_clients(pointer)
        defer { mqttka_testing_clients_free(clients) }
        return (0..<mqttka_testing_clients_count(clients)).compactMap { index in
            mqttka_testing_clients_at(clients, index).map { String(cString: $0) }
        }
    }

    /// The payload that is retained on this topic.
    public func retained(_ topic: String) -> Data? {
        var size = 0
        while true {
            var kept = [UInt8](repeating: 0, count: size)
            let room = size
            // MQTTKA_ERROR_NOT_PRESENT, or what is no topic.
            guard mqttka_testing_broker_retained(pointer, topic, &kept, room, &size) == 0 else { return nil }
            // Another one may have come in between.
            if size <= room { return Data(kept.prefix(size)) }
        }
    }
}

// MARK: - What it is told

extension FakeBroker {
    /// The internet is gone: connections stay open, and nothing is read or answered any more, new connections included.
    /// What the broker is told to send waits, too. Its clock goes on: clients that it does not hear are lost to it after
    /// one and a half keep-alives.
    public func goSilent() throws { try check(mqttka_testing_broker_go_silent(pointer)) }

    /// The internet is back: what was sent meanwhile is read and answered, what waits is sent.
    public func comeBack() throws { try check(mqttka_testing_broker_come_back(pointer)) }

    /// Refuses connections from now on, with this code in CONNACK: the next `times`, or all where that is 0. A code that
    /// MQTT 3.1.1 has no number for is sent there as ``Mqttka/ReasonCode/serverUnavailable``.
    public func refuseConnections(_ reasonCode: ReasonCode = .notAuthorized, times: UInt32 = 0) throws {
        try check(mqttka_testing_broker_refuse_connections(pointer, Int32(reasonCode.rawValue), times))
    }

    /// Accepts connections again.
    public func acceptConnections() throws { try check(mqttka_testing_broker_accept_connections(pointer)) }

    /// Whether CONNECT is answered. Where it is not, that connection never is.
    public func answerConnects(_ answer: Bool) throws { try check(mqttka_testing_broker_answer_connects(pointer, answer)) }

    /// Whether PINGREQ is answered. Where it is not, all else works.
    public func answerPings(_ answer: Bool) throws { try check(mqttka_testing_broker_answer_pings(pointer, answer)) }

    /// When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged. What they ask for is done in any case.
    public func acknowledge(_ acknowledging: Acknowledging) throws {
        try check(mqttka_testing_broker_acknowledge(pointer, acknowledging.rawValue))
    }

    /// Refuses messages of QoS 1 and 2 from now on, with this code; `nil`: takes them again. They are seen, and go to
    /// nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged.
    public func refusePublishes(_ reasonCode: ReasonCode?) throws {
        try check(mqttka_testing_broker_refuse_publishes(pointer, reasonCode.map { Int32($0.rawValue) } ?? -1))
    }

    /// Refuses subscriptions from now on, with this code; `nil`: grants them again. MQTT 3.1.1 has one number for all
    /// codes.
    public func refuseSubscriptions(_ reasonCode: ReasonCode?) throws {
        try check(mqttka_testing_broker_refuse_subscriptions(pointer, reasonCode.map { Int32($0.rawValue) } ?? -1))
    }

    /// Refuses to end subscriptions from now on, with this code in UNSUBACK; `nil`: ends them again. Those that are not
    /// ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
    public func refuseUnsubscriptions(_ reasonCode: ReasonCode?) throws {
        try check(mqttka_testing_broker_refuse_unsubscriptions(pointer, reasonCode.map { Int32($0.rawValue) } ?? -1))
    }

    /// Puts this property into each CONNACK of MQTT 5.0 from now on, and holds to it.
    public func announceNumber(_ property: Announced, _ value: UInt32) throws {
        try check(mqttka_testing_broker_announce_number(pointer, property.rawValue, value))
    }

    /// Publishes a message to whoever has subscribed to it, with its properties, as if another client had.
    public func publish(_ message: Message) throws {
        let bytes = [UInt8](message.payload)
        try check(
            withProperties(message.properties) {
                mqttka_testing_broker_publish_with(
                    pointer, message.topic, bytes, bytes.count, Int32(message.qos.rawValue), message.retain, $0)
            })
    }

    /// Publishes text, as if another client had.
    public func publish(_ text: String, to topic: String, qos: QoS = .atMostOnce, retain: Bool = false) throws {
        try publish(Message(topic: topic, payload: Data(text.utf8), qos: qos, retain: retain))
    }

    /// Sends these bytes, whatever they are.
    public func sendBytes(_ bytes: some Sequence<UInt8>, clientId: String? = nil) throws {
        let bytes = [UInt8](bytes)
        try check(optional(clientId) { mqttka_testing_broker_send_bytes(pointer, $0, bytes, bytes.count) })
    }

    /// Sends DISCONNECT with this code, and closes. A broker of MQTT 3.1.1 has no such packet: there it closes only. The
    /// client's Will is published.
    public func disconnect(
        _ reasonCode: ReasonCode = .serverShuttingDown, clientId: String? = nil, reasonString: String? = nil
    ) throws {
        let code = Int32(reasonCode.rawValue)
        let error = optional(clientId) { clientId in
            optional(reasonString) { mqttka_testing_broker_disconnect(pointer, clientId, code, $0) }
        }
        try check(error)
    }

    /// Closes without a word (FIN both ways). The client's Will is published.
    public func close(clientId: String? = nil) throws {
        try check(optional(clientId) { mqttka_testing_broker_close(pointer, $0) })
    }

    /// Says that it sends no more (FIN), and goes on reading.
    public func halfClose(clientId: String? = nil) throws {
        try check(optional(clientId) { mqttka_testing_broker_half_close(pointer, $0) })
    }

    /// Resets (RST). The client's Will is published.
    public func reset(clientId: String? = nil) throws {
        try check(optional(clientId) { mqttka_testing_broker_reset(pointer, $0) })
    }

    /// Forgets the sessions of the clients that are not connected, as a broker that was restarted does.
    public func forgetSessions() throws { try check(mqttka_testing_broker_forget_sessions(pointer)) }
}

/// A string of C, or NULL.
func optional<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}

private func lastError() -> String { mqttka_testing_last_error().map { String(cString: $0) } ?? "" }

func check(_ error: Int32) throws {
    if error != 0 { throw FakeBrokerError(code: error, description: lastError()) }
}
