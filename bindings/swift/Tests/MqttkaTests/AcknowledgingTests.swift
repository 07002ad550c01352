import Foundation
import Mqttka
import XCTest

/// Acknowledgements that the application gives.
final class AcknowledgingTests: XCTestCase {
    private struct Thrown: Error {}

    /// A client with a stream that acknowledges manually, to which the broker has sent messages 1 to `count`.
    private func subscribed(_ count: UInt8) async throws -> (ScriptedBroker, Client, Messages) {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port) { $0.reconnect = false })
        try await client.connect()
        let messages = try await client.subscription(to: "t", qos: .atLeastOnce, manualAcknowledgement: true)
        for id in 0..<count { broker.publish(id + 1) }
        try await eventually { client.status.messagesReceived == count }
        return (broker, client, messages)
    }

    private func next(_ messages: Messages) async throws -> Message {
        try await within(60) {
            for try await message in messages { return message }
            throw Thrown()
        }
    }

    func testTheyLeaveInTheOrderInWhichMessagesCame() async throws {
        let (broker, client, messages) = try await subscribed(3)
        let first = try await next(messages)
        let second = try await next(messages)
        let third = try await next(messages)
        XCTAssertEqual([first, second, third].map(\.payload), [Data([1]), Data([2]), Data([3])])
        third.acknowledge()
        let none = try await broker.untilNow(of: client)
        XCTAssertEqual(none, [])
        first.acknowledge()
        second.acknowledge()
        second.acknowledge()
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, ["PUBACK 1", "PUBACK 2", "PUBACK 3"])
    }

    func testARefusalSaysWhy() async throws {
        let (broker, client, messages) = try await subscribed(2)
        let message = try await next(messages)
        XCTAssertThrowsError(try message.refuse(.success)) {
            guard case .invalidOption? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        try message.refuse(.implementationSpecificError, reasonString: "no")
        // Only the first word counts.
        message.acknowledge()
        try await next(messages).acknowledge()
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, ["PUBACK 1 131", "PUBACK 2"])
    }

    func testWhatNobodyDecidesOnComesAgain() async throws {
        let (broker, client, messages) = try await subscribed(1)
        // It is gone with this call.
        let payload = try await next(messages).payload
        let again = try await next(messages)
        XCTAssertEqual(again.payload, payload)
        let none = try await broker.untilNow(of: client)
        XCTAssertEqual(none, [])
        again.acknowledge()
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, ["PUBACK 1"])
    }

    func testWhatAConsumerThrowsAtComesAgain() async throws {
        let (broker, client, messages) = try await subscribed(2)
        await assertThrows({ try await messages.forEach { _ in throw Thrown() } }) { XCTAssert($0 is Thrown) }
        for payload in [Data([1]), Data([2])] {
            let message = try await next(messages)
            XCTAssertEqual(message.payload, payload)
            message.acknowledge()
        }
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, ["PUBACK 1", "PUBACK 2"])
    }

    func testAStreamWithoutASubscriptionMayBeManualToo() async throws {
        for byOption in [true, false] {
            let broker = try ScriptedBroker()
            let client = try Client(options(broker.port) { $0.manualAcknowledgement = byOption })
            let messages = try client.messages(matching: "t", manualAcknowledgement: !byOption)
            try await client.connect()
            broker.publish(1)
            let message = try await next(messages)
            try await client.publish("x", to: "after")
            let none = try await broker.next()
            XCTAssertEqual(none, "PUBLISH after")
            message.acknowledge()
            let heard = try await broker.next()
            XCTAssertEqual(heard, "PUBACK 1")
        }
    }

    func testOneThatIsNotManualHasNothingToSay() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let messages = try await client.subscription(to: "t", qos: .atLeastOnce)
        try await client.publish("x", to: "t", qos: .atLeastOnce)
        let message = try await next(messages)
        message.acknowledge()
        try message.refuse(.notAuthorized)
        XCTAssertEqual(message, Message(topic: "t", text: "x", qos: .atLeastOnce, connection: message.connectionNumber))
    }
}

extension Message {
    fileprivate init(topic: String, text: String, qos: QoS, connection: UInt64) {
        self.init(topic: topic, payload: Data(text.utf8), qos: qos, connectionNumber: connection)
    }
}
