import Foundation
import Mqttka
import MqttkaTesting
import XCTest

/// An operation that a broker's answer can end, and the packet that refuses it.
private struct Refusable: Sendable {
    /// Its method, and more where there is more than one packet.
    let name: String
    let packet: PacketType
    let call: @Sendable (Client, FakeBroker) async throws -> Void

    private static let once = Message(topic: "a", text: "x", qos: .atLeastOnce)
    private static let twice = Message(topic: "a", text: "x", qos: .exactlyOnce)
    private static let question = Message(
        topic: "q", text: "?", qos: .atLeastOnce, properties: [.responseTopic(value: "a")])

    static let all: [Refusable] = [
        Refusable(name: "Client.connect", packet: .connAck) { client, _ in try await client.connect() },
        Refusable(name: "Client.publish", packet: .pubAck) { client, _ in try await client.publish(once) },
        Refusable(name: "Client.publish", packet: .pubRec) { client, _ in try await client.publish(twice) },
        Refusable(name: "Delivery.outcome", packet: .pubAck) { client, _ in
            _ = try await client.beginPublish(once).outcome()
        },
        Refusable(name: "Client.reply", packet: .pubAck) { client, _ in try await client.reply(to: question, with: [1]) },
        Refusable(name: "Client.request", packet: .pubAck) { client, _ in _ = try await client.request(once) },
        Refusable(name: "Client.request", packet: .pubRec) { client, _ in _ = try await client.request(twice) },
        Refusable(name: "Client.request", packet: .subAck) { client, _ in _ = try await client.request(once) },
        Refusable(name: "Client.reauthenticate", packet: .disconnect) { client, _ in try await client.reauthenticate() },
        Refusable(name: "Client.subscribe", packet: .subAck) { client, _ in try await client.subscribe(to: "a") },
        Refusable(name: "Client.subscription", packet: .subAck) { client, _ in _ = try await client.subscription(to: "a") },
        Refusable(name: "Client.withSubscription", packet: .subAck) { client, _ in
            try await client.withSubscription(to: "a") { _ in }
        },
        Refusable(name: "Client.respond", packet: .subAck) { client, _ in try await client.respond(to: "a") { _ in nil } },
        // The broker has no way to refuse an UNSUBSCRIBE: the test answers it byte by byte.
        Refusable(name: "Client.unsubscribe", packet: .unsubAck) { client, broker in
            try broker.acknowledge(.never)
            try await client.unsubscribe(from: "a")
        },
        Refusable(name: "Messages.unsubscribe", packet: .unsubAck) { client, broker in
            let messages = try await client.subscription(to: "a")
            try broker.acknowledge(.never)
            try await messages.unsubscribe()
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
        let told = [("of", "\(packet)"), ("b", "1"), ("b", "2")].map { UserProperty(name: $0.0, value: $0.1) }
        let broker = try FakeBroker()
        let (sent, tapped) = AsyncStream<UInt16>.makeStream()
        var options = Options(broker.uri)
        options.reconnect = false
        if packet == .disconnect {
            try broker.authenticate("TEST")
            options.authenticator = Silent()
        }
        options.packetTap = { packets in
            for packet in packets where packet.packetType == .unsubscribe { tapped.yield(packet.packetId ?? 0) }
        }
        let client = try Client(options)
        if packet != .connAck { try await client.connect() }
        try refuse(packet, told, broker)
        let refused = Task { try await operation.call(client, broker) }
        if packet == .unsubAck {
            let id = try await within("UNSUBSCRIBE") {
                for await id in sent { return id }
                throw CancellationError()
            }
            try broker.sendBytes(unsubAck(id, told))
        }
        do {
            try await refused.value
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
        case .unsubAck: return
        default: try broker.refusePublishes(.quotaExceeded)
        }
        let user = told.map { Property.userProperty(name: $0.name, value: $0.value) }
        try broker.setProperties(packet, [.reasonString(value: "no")] + user)
    }

    private func unsubAck(_ id: UInt16, _ told: [UserProperty]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { [0, UInt8(text.utf8.count)] + [UInt8](text.utf8) }
        var properties: [UInt8] = [0x1f] + text("no")
        for one in told { properties += [0x26] + text(one.name) + text(one.value) }
        let head: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xff), UInt8(properties.count)]
        let body: [UInt8] = head + properties + [0x87]
        return [0xb0, UInt8(body.count)] + body
    }
}
