import Foundation
import Mqttka
import XCTest

/// What was negotiated, how a connection is ended, and how operations end.
final class OutcomeTests: XCTestCase {
    func testWhatWasNegotiated() async throws {
        let broker = try ScriptedBroker(connack: [
            0x20, 15, 0, 0, 12, 0x22, 0, 5, 0x2A, 0, 0x28, 0, 0x1F, 0, 2, 0x68, 0x69,
        ])
        let client = try Client(options(broker.port))
        XCTAssertNil(client.negotiated)
        let connected = try await client.connect()
        XCTAssertEqual(client.negotiated, connected)
        XCTAssertEqual(connected.topicAliasMaximum, 5)
        XCTAssertFalse(connected.sharedSubscriptionAvailable)
        XCTAssertFalse(connected.wildcardSubscriptionAvailable)
        XCTAssertTrue(connected.subscriptionIdentifiersAvailable)
        XCTAssertEqual(connected.reasonString, "hi")
        await assertThrows({ try await client.subscribe(to: "a/#") }) {
            XCTAssertEqual($0 as? MqttkaError, .notSupportedByServer(reasonCode: .wildcardSubscriptionsNotSupported))
        }
        try await client.disconnect()
        XCTAssertNil(client.negotiated)
    }

    func testAllThatADisconnectSays() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port) { $0.sessionExpiryInterval = 60 })
        try await client.connect()
        try await client.disconnect(
            DisconnectOptions(
                reasonCode: .disconnectWithWillMessage, sessionExpiryInterval: 7, reasonString: "bye",
                userProperties: [UserProperty(name: "a", value: "b")]))
        let heard = try await broker.next()
        let properties: [UInt8] = [0x11, 0, 0, 0, 7, 0x1F, 0, 3, 0x62, 0x79, 0x65, 0x26, 0, 1, 0x61, 0, 1, 0x62]
        XCTAssertEqual(heard, "DISCONNECT \([4, UInt8(properties.count)] + properties)")
    }

    func testASessionThatWasToEndIsNotKept() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        try await client.connect()
        await assertThrows({ try await client.disconnect(DisconnectOptions(sessionExpiryInterval: 7)) }) {
            guard case .invalidOption("sessionExpiryInterval", _, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        XCTAssertNotNil(client.negotiated)
    }

    func testReceiptsAndFlush() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let written = try await client.publish("x", to: "t")
        XCTAssertEqual(written.receipt, .written)
        let read = try await client.publish("x", to: "t", receipt: true)
        XCTAssertEqual(read.receipt, .read)
        let acknowledged = try await client.publish("x", to: "t", qos: .atLeastOnce)
        XCTAssertEqual(acknowledged.receipt, .acknowledged)
        try client.enqueue("x", to: "t")
        try await client.flush(timeout: 60)
        XCTAssertEqual(client.counters().outboundQueueMessages, 0)
    }

    func testAFlushHasItsTime() async throws {
        let client = try Client(options(1))
        try client.enqueue("x", to: "t")
        await assertThrows({ try await client.flush(timeout: 0.01) }) { XCTAssertEqual($0 as? MqttkaError, .timedOut) }
        await assertThrows({ try await client.flush(timeout: -1) }) {
            XCTAssertEqual(
                $0 as? MqttkaError, .invalidOption(option: "flushTimeout", value: "-1.0 s", bound: "1ms to 31536000s"))
        }
    }

    func testWhatIsQueuedCanBeCancelled() async throws {
        let client = try Client(options(1))
        let delivery = try client.beginPublish(Message(topic: "t", text: "x", qos: .atLeastOnce))
        XCTAssertEqual(client.counters().outboundQueueMessages, 1)
        delivery.cancel()
        for _ in 0..<2 {
            await assertThrows({ try await delivery.outcome() }) { XCTAssertEqual($0 as? MqttkaError, .cancelled) }
        }
        XCTAssertEqual(client.counters().outboundQueueMessages, 0)
    }

    func testACancelledTaskWithdrawsWhatIsQueued() async throws {
        let client = try Client(options(1))
        let task = Task { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        try await eventually { client.counters().outboundQueueMessages == 1 }
        task.cancel()
        await assertThrows({ try await within(60) { try await task.value } }) { XCTAssert($0 is CancellationError, "\($0)") }
        try await eventually { client.counters().outboundQueueMessages == 0 }
    }

    func testWhatWasSentIsNotWithdrawn() async throws {
        let broker = try ScriptedBroker(acknowledges: false)
        let client = try Client(options(broker.port))
        try await client.connect()
        let delivery = try client.beginPublish(Message(topic: "t", text: "x", qos: .atLeastOnce))
        let heard = try await broker.next()
        XCTAssertEqual(heard, "PUBLISH t")
        delivery.cancel()
        broker.acknowledge(1)
        let outcome = try await delivery.outcome()
        XCTAssertEqual(outcome.receipt, .acknowledged)
    }
}
