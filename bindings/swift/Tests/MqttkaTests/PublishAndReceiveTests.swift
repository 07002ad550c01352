import Foundation
import Mqttka
import XCTest

final class PublishAndReceiveTests: XCTestCase {
    func testEachQoSInBothVersions() async throws {
        let broker = try Broker()
        for version in [Version.v311, .v5] {
            for qos in [QoS.atMostOnce, .atLeastOnce, .exactlyOnce] {
                let recorder = Recorder()
                let client = try Client(options(broker.port) { $0.protocolVersion = version }, onEvent: recorder.hear)
                let connected = try await client.connect()
                XCTAssertEqual(connected.keepAlive, 60)
                XCTAssertFalse(connected.sessionPresent)
                XCTAssertEqual(client.status.state, .connected)

                let messages = try client.messages(matching: "a/+")
                let granted = try await client.subscribe(to: "a/+", qos: qos)
                XCTAssertEqual(granted.reasonCodes.map(\.rawValue), [qos.rawValue])
                let payload = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
                let outcome = try await client.publish(payload, to: "a/b", qos: qos)
                XCTAssertEqual(outcome.packetId != nil, qos != .atMostOnce)
                let message = try await within(60) { try await messages.first { _ in true } }
                XCTAssertEqual(message?.topic, "a/b")
                XCTAssertEqual(message?.payload, payload)
                XCTAssertEqual(message?.qos, qos)
                XCTAssertEqual(message?.connectionNumber, 1)

                try await client.unsubscribe(from: "a/+")
                try await client.disconnect()
                try await eventually { recorder.events.value.count == 2 }
                XCTAssertEqual(recorder.disconnects, [.disconnectRequested])
                XCTAssertEqual(client.status.state, .idle)
                client.close()
            }
        }
    }

    func testPropertiesRetainAndText() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let properties: [Property] = [
            .contentType(value: "text/plain"), .correlationData(value: Data([0, 255])),
            .userProperty(name: "k", value: "ü"),
        ]
        try await client.publish("grüß Gott", to: "kept", qos: .atLeastOnce, retain: true, properties: properties)
        let message = try await client.withSubscription(to: "kept", qos: .exactlyOnce) { messages in
            try await messages.first { _ in true }
        }
        XCTAssertEqual(message?.retain, true)
        XCTAssertEqual(message.map { String(decoding: $0.payload, as: UTF8.self) }, "grüß Gott")
        XCTAssertEqual(message.map { Set($0.properties) }, Set(properties))
        let outcome = try await client.publish("", to: "nobody", qos: .atLeastOnce)
        XCTAssertEqual(outcome.reasonCode, .noMatchingSubscribers)
        XCTAssertEqual(outcome.reasonCode.description, "No matching subscribers")
    }

    func testSeveralIterationsAndStreamsAndAnActor() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let all = try client.messages()
        let some = try client.messages(matching: "n/2")
        try await client.subscribe(to: "n/#", qos: .atLeastOnce)
        for n in 0..<4 { try client.enqueue(Message(topic: "n/\(n)", payload: Data(), qos: .atLeastOnce)) }
        var iterator = all.makeAsyncIterator()
        var topics: [String] = []
        for _ in 0..<4 { topics.append(try await iterator.next()?.topic ?? "") }
        XCTAssertEqual(topics, ["n/0", "n/1", "n/2", "n/3"])
        let onMain = Task { @MainActor in
            for try await message in some { return message.topic }
            return ""
        }
        let topic = try await onMain.value
        XCTAssertEqual(topic, "n/2")
    }

    /// What is not consumed is not acknowledged: the broker stops at the Receive Maximum.
    func testBackPressure() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.receiveMaximum = 10 })
        let publisher = try Client(options(broker.port))
        try await client.connect()
        try await publisher.connect()
        let messages = try client.messages()
        try await client.subscribe(to: "#", qos: .atLeastOnce)
        for n in 0..<100 {
            try await publisher.publish([UInt8(n)], to: "t", qos: .atLeastOnce)
        }
        try await eventually { client.status.messagesReceived == 10 }
        // What the broker sends after that, it sends before it answers.
        let before = client.status.bytesReceived
        try client.probeNow(timeout: 60)
        try await eventually { client.status.bytesReceived >= before + 2 }
        XCTAssertEqual(client.status.messagesReceived, 10)
        XCTAssertEqual(client.status.heldBack?.messages, 10)
        var received: [UInt8] = []
        for try await message in messages {
            received += message.payload
            if received.count == 100 { break }
        }
        XCTAssertEqual(received, (0..<100).map { UInt8($0) })
    }

    func testEventsAsAStream() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        let events = client.events()
        try await client.connect()
        try await client.disconnect()
        client.close()
        var kinds: [String] = []
        for await event in events {
            XCTAssertEqual(event.connectionNumber, 1)
            switch event.kind {
            case .connected: kinds.append("connected")
            case .disconnected(let info): kinds.append("\(info.cause)")
            case let kind: kinds.append("\(kind)")
            }
        }
        XCTAssertEqual(kinds, ["connected", "disconnectRequested"])
        for await event in client.events() { XCTFail("after the end: \(event)") }
    }

    func testHints() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try client.probeNow(timeout: 1)
        try client.networkChanged(.lost)
        try await client.connect()
        let before = client.status.bytesReceived
        try client.probeNow(timeout: 5)
        try await eventually { client.status.bytesReceived == before + 2 }
        try client.networkChanged(.changed)
        try await eventually { client.status.bytesReceived == before + 4 }
        XCTAssertEqual(client.status.state, .connected)
        client.close()
        XCTAssertThrowsError(try client.networkChanged(.changed)) { XCTAssertEqual($0 as? MqttkaError, .closed) }
    }
}
