import Foundation
import Mqttka
import MqttkaTesting
import XCTest

/// An operation that a broker's answer can end, and the packet that refuses it.
private struct Refusable: Sendable {
    /// Its method, and more where there is more than one packet.
    let name: String
    let packet: PacketType
    let call: @Sendable (Client) async throws -> Void

    private static let once = Message(topic: "a", text: "x", qos: .atLeastOnce)
    private static let twice = Message(topic: "a", text: "x", qos: .exactlyOnce)
    private static let question = Message(
        topic: "q", text: "?", qos: .atLeastOnce, properties: [.responseTopic(value: "a")])

    static let all: [Refusable] = [
        Refusable(name: "Client.connect", packet: .connAck) { client in try await client.connect() },
        Refusable(name: "Client.publish", packet: .pubAck) { client in try await client.publish(once) },
        Refusable(name: "Client.publish", packet: .pubRec) { client in try await client.publish(twice) },
        Refusable(name: "Delivery.outcome", packet: .pubAck) { client in
            _ = try await client.beginPublish(once).outcome()
        },
        Refusable(name: "Client.reply", packet: .pubAck) { client in try await client.reply(to: question, with: [1]) },
        Refusable(name: "Client.request", packet: .pubAck) { client in _ = try await client.request(once) },
        Refusable(name: "Client.request", packet: .pubRec) { client in _ = try await client.request(twice) },
        Refusable(name: "Client.request", packet: .subAck) { client in _ = try await client.request(once) },
        Refusable(name: "Client.reauthenticate", packet: .disconnect) { client in try await client.reauthenticate() },
        Refusable(name: "Client.subscribe", packet: .subAck) { client in try await client.subscribe(to: "a") },
        Refusable(name: "Client.subscription", packet: .subAck) { client in _ = try await client.subscription(to: "a") },
        Refusable(name: "Client.withSubscription", packet: .subAck) { client in
            try await client.withSubscription(to: "a") { _ in }
        },
        Refusable(name: "Client.respond", packet: .subAck) { client in try await client.respond(to: "a") { _ in nil } },
        Refusable(name: "Client.unsubscribe", packet: .unsubAck) { try await $0.unsubscribe(from: "a") },
        Refusable(name: "Messages.unsubscribe", packet: .unsubAck) { client in
            try await client.subscription(to: "a").unsubscribe()
        },
    ]
}

/// Has nothing to say.
private struct Silent: Authenticator {
    let method = "TEST"
    func authenticate(_ request: AuthenticationRequest) async throws -> Data? { nil }
}

/// Whatever the broker refuses ends in an error that has what its answer said.
final class RefusalTests: XCTestCase {
    func testWhateverWaitsForTheBrokerIsInTheTableOrIsRefusedByNobody() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/Mqttka")
        var waiting: Set<String> = []
        for file in ["Client", "Client+Hints", "Client+Requests", "Client+Subscribing", "Messages", "Delivery"] {
            let text = try String(contentsOf: sources.appendingPathComponent("\(file).swift"), encoding: .utf8)
            let type = file.prefix { $0 != "+" }
            for declared in text.components(separatedBy: "    public func ").dropFirst() {
                // Up to what it does; what it takes may be asynchronous, too.
                let head = declared.components(separatedBy: "\n    }")[0].components(separatedBy: " {\n")[0]
                    .components(separatedBy: " { ")[0]
                guard let end = head.range(of: ")", options: .backwards), head[end.upperBound...].contains("async throws")
                else { continue }
                waiting.insert("\(type).\(declared.prefix { $0.isLetter })")
            }
        }
        // DISCONNECT has no answer, PINGRESP says no more than that it came, and a stream ends by itself.
        let unrefused: Set = ["Client.disconnect", "Client.flush", "Messages.forEach", "Messages.nextBatch"]
        XCTAssertEqual(waiting, Set(Refusable.all.map(\.name)).union(unrefused))
    }

    func testARefusalHasTheWordsAndTheUserPropertiesOfTheAnswer() async throws {
        for operation in Refusable.all { try await assertTold(operation) }
    }

    private func assertTold(_ operation: Refusable) async throws {
        let packet = operation.packet
        let name = "\(operation.name), \(packet)"
        let told = told(packet)
        let broker = try FakeBroker()
        var options = Options(broker.uri)
        options.reconnect = false
        if packet == .disconnect {
            try broker.authenticate("TEST")
            options.authenticator = Silent()
        }
        let client = try Client(options)
        if packet != .connAck { try await client.connect() }
        try refuse(packet, told, broker)
        do {
            try await within(name) { try await operation.call(client) }
            XCTFail("\(name) is not refused")
        } catch let error as MqttkaError {
            XCTAssertEqual(error.userProperties, told, name)
            switch error {
            case .connectFailed(.refused(_, let words, _), _, _), .refused(_, let words, _, _):
                XCTAssertEqual(words, "no", name)
            default: XCTFail("\(name): \(error)")
            }
        }
        client.close()
    }

    private func refuse(_ packet: PacketType, _ told: [UserProperty], _ broker: FakeBroker) throws {
        switch packet {
        case .connAck: try broker.refuseConnections(.banned)
        case .disconnect: try broker.refuseAuthentications(.notAuthorized)
        case .subAck: try broker.refuseSubscriptions(.notAuthorized)
        case .unsubAck: try broker.refuseUnsubscriptions(.notAuthorized)
        default: try broker.refusePublishes(.quotaExceeded)
        }
        let user = told.map { Property.userProperty(name: $0.name, value: $0.value) }
        try broker.setProperties(packet, [.reasonString(value: "no")] + user)
    }

    private func told(_ packet: PacketType) -> [UserProperty] {
        [("of", "\(packet)"), ("b", "1"), ("b", "2")].map { UserProperty(name: $0.0, value: $0.1) }
    }

    /// The client subscribes again by itself, and nobody waits for that SUBACK.
    func testWhoLosesASubscriptionWithTheSessionHearsWhy() async throws {
        let broker = try FakeBroker()
        var options = Options(broker.uri)
        options.reconnectFirstDelay = 0.05
        options.reconnectMaxDelay = 0.2
        let client = try Client(options)
        let events = client.events()
        try await client.connect()
        let (subscribed, tell) = AsyncStream<Void>.makeStream()
        let messages = try await client.subscription(to: "a", outlivesConnections: true)
        let waiting: [Task<Void, any Error>] = [
            Task { for try await _ in messages {} },
            Task { try await client.respond(to: "q", onSubscribed: { tell.finish() }) { _ in nil } },
            Task { _ = try await client.request("?", to: "nobody", timeout: 60) },
        ]
        for await _ in subscribed {}
        _ = try await broker.expectPublish("nobody", timeout: 60)
        let told = told(.subAck)
        try refuse(.subAck, told, broker)
        try broker.reset()
        let lost = try await within("the event") {
            for await event in events { if case .subscriptionsLost = event.kind { return event } }
            throw CancellationError()
        }
        XCTAssertEqual(lost.userProperties, told)
        guard case .subscriptionsLost(_, let words) = lost.kind else { return XCTFail("\(lost)") }
        XCTAssertEqual(words, "no")
        for (index, one) in waiting.enumerated() {
            do {
                try await within("end \(index)") { try await one.value }
                XCTFail("\(index) does not throw")
            } catch let error as MqttkaError {
                XCTAssertEqual(error.userProperties, told)
                switch error {
                case .streamEnded(.subscribeFailed(_, .notAuthorized?, let words, _)), .refused(.notAuthorized, let words, _, _):
                    XCTAssertEqual(words, "no")
                default: XCTFail("\(index): \(error)")
                }
            }
        }
    }
}
