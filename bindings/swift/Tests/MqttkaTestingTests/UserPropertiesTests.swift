import Mqttka
import MqttkaTesting
import XCTest

/// User Properties of what the broker answers and ends by: each packet has its own, and one name twice.
final class UserPropertiesTests: XCTestCase {
    private func sent(_ packet: PacketType) -> [UserProperty] {
        [("of", "\(packet)"), ("b", "1"), ("b", "2")].map { UserProperty(name: $0.0, value: $0.1) }
    }

    /// With each packet with which a broker answers, and of which it may have something to say.
    private func sendUserProperties(_ broker: FakeBroker, _ send: Bool = true) throws {
        for packet in [PacketType.connAck, .pubAck, .pubRec, .pubComp, .subAck, .unsubAck, .disconnect] {
            try broker.setProperties(
                packet, send ? sent(packet).map { .userProperty(name: $0.name, value: $0.value) } : [])
        }
    }

    private func refused(_ operation: () async throws -> Void) async throws -> [UserProperty]? {
        do { try await operation() } catch MqttkaError.refused(_, _, _, let userProperties) { return userProperties }
        return nil
    }

    /// Those of the next event of this kind.
    private func next(_ events: AsyncStream<Event>, _ kind: @escaping @Sendable (EventKind) -> Bool) async throws
        -> [UserProperty]
    {
        try await within("an event") {
            for await event in events where kind(event.kind) { return event.userProperties }
            throw CancellationError()
        }
    }

    func testOutcomesAndRefusalsHaveThoseOfTheAnswer() async throws {
        let broker = try FakeBroker()
        try sendUserProperties(broker)
        let client = try Client(Options(host: broker.host, port: broker.port))
        try await client.connect()
        let written = try await client.publish("x", to: "a")
        XCTAssertEqual(written.userProperties, [])
        let once = try await client.publish("x", to: "a", qos: .atLeastOnce)
        XCTAssertEqual(once.userProperties, sent(.pubAck))
        let exactly = try await client.publish("x", to: "a", qos: .exactlyOnce)
        XCTAssertEqual(exactly.userProperties, sent(.pubRec) + sent(.pubComp))
        let subscribed = try await client.subscribe(to: "a")
        XCTAssertEqual(subscribed.userProperties, sent(.subAck))
        let unsubscribed = try await client.unsubscribe(from: "a")
        XCTAssertEqual(unsubscribed.userProperties, sent(.unsubAck))
        try broker.refusePublishes(.quotaExceeded)
        try broker.refuseSubscriptions(.notAuthorized)
        let ack = try await refused { try await client.publish("x", to: "a", qos: .atLeastOnce) }
        XCTAssertEqual(ack, sent(.pubAck))
        let received = try await refused { try await client.publish("x", to: "a", qos: .exactlyOnce) }
        XCTAssertEqual(received, sent(.pubRec))
        let subscription = try await refused { try await client.subscribe(to: "a") }
        XCTAssertEqual(subscription, sent(.subAck))
        let stream = try await refused { _ = try await client.subscription(to: "a") }
        XCTAssertEqual(stream, sent(.subAck))
        // Where the broker sends none, there are none.
        try sendUserProperties(broker, false)
        let none = try await refused { try await client.publish("x", to: "a", qos: .atLeastOnce) }
        XCTAssertEqual(none, [])
        client.close()
    }

    func testEventsHaveThoseOfWhatTheyTellOf() async throws {
        let broker = try FakeBroker()
        try sendUserProperties(broker)
        var options = Options(host: broker.host, port: broker.port)
        options.reconnect = false
        let client = try Client(options)
        let disconnected: @Sendable (EventKind) -> Bool = { if case .disconnected = $0 { true } else { false } }
        try broker.refuseConnections(.banned, times: 1)
        let failing = client.events()
        do {
            try await client.connect()
            XCTFail("it is refused")
        } catch MqttkaError.connectFailed(.refused(.banned, _, _), _, _) {}
        let failed = try await next(failing) { if case .connectFailed = $0 { true } else { false } }
        XCTAssertEqual(failed, sent(.connAck))
        let ending = client.events()
        let connecting = client.events()
        try await client.connect()
        let connected = try await next(connecting) { if case .connected = $0 { true } else { false } }
        XCTAssertEqual(connected, sent(.connAck))
        try broker.disconnect()
        let ended = try await next(ending, disconnected)
        XCTAssertEqual(ended, sent(.disconnect))
        XCTAssertFalse("\(ended)".contains("disconnect"), "the values are not printed")
        try await client.connect()
        let closing = client.events()
        // Without a word.
        try broker.close()
        let closed = try await next(closing, disconnected)
        XCTAssertEqual(closed, [])
        client.close()
    }

    func testThereAreNoneIn311() async throws {
        let broker = try FakeBroker()
        try sendUserProperties(broker)
        var options = Options(host: broker.host, port: broker.port)
        options.protocolVersion = .v311
        let client = try Client(options)
        let events = client.events()
        try await client.connect()
        let connected = try await next(events) { if case .connected = $0 { true } else { false } }
        XCTAssertEqual(connected, [])
        let outcome = try await client.publish("x", to: "a", qos: .atLeastOnce)
        XCTAssertEqual(outcome.userProperties, [])
        client.close()
    }
}
