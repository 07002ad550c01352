import Foundation
import Mqttka
import XCTest

/// What belongs to a stream, and what to its consumer (fault 14), and how it ends (fault 26).
final class StreamTests: XCTestCase {
    private struct Thrown: Error {}

    /// A client with a subscription, to which the broker has sent messages 1 to `count`.
    private func subscribed(
        _ count: UInt8, outlivesConnections: Bool = false
    ) async throws -> (ScriptedBroker, Client, Messages) {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port) { $0.reconnect = false })
        try await client.connect()
        let messages = try await client.subscription(
            to: ["t"], qos: .atLeastOnce, outlivesConnections: outlivesConnections)
        for id in 0..<count { broker.publish(id + 1) }
        try await eventually { client.status.messagesReceived == count }
        return (broker, client, messages)
    }

    private func take(_ count: Int, of messages: Messages) async throws -> [UInt8] {
        try await within(60) {
            var taken: [UInt8] = []
            while taken.count < count {
                let max = count - taken.count
                guard let batch = try await messages.nextBatch(max: max, { $0.flatMap(\.payload) }) else { break }
                taken += batch
            }
            return taken
        }
    }

    private func acknowledgements(_ ids: ClosedRange<Int>) -> [String] { ids.map { "PUBACK \($0)" } }

    func testACancelledLoopLosesNothingAndAcknowledgesNothingUnconsumed() async throws {
        let (broker, client, messages) = try await subscribed(5)
        let second = Shared(false)
        let consumer = Task {
            for try await message in messages where message.payload == Data([2]) {
                second.change { $0 = true }
                try await Task.sleep(nanoseconds: .max / 4) // for ever: it is cancelled
            }
        }
        try await eventually { second.value }
        // The first is, while it has the second in its hands.
        let acknowledged = try await broker.next()
        XCTAssertEqual(acknowledged, "PUBACK 1")
        consumer.cancel()
        await assertThrows({ try await within(60) { try await consumer.value } }) { XCTAssert($0 is CancellationError) }
        let first = try await broker.untilNow(of: client)
        XCTAssertEqual(first, [])
        let rest = try await take(4, of: messages)
        XCTAssertEqual(rest, [2, 3, 4, 5])
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, acknowledgements(2...5))
    }

    func testALoopThatThrowsLosesNothingThatItHadNot() async throws {
        let (broker, client, messages) = try await subscribed(5)
        await assertThrows({
            for try await message in messages where message.payload == Data([2]) { throw Thrown() }
        }) { XCTAssert($0 is Thrown) }
        // Nobody has asked for the third yet.
        let first = try await broker.untilNow(of: client)
        XCTAssertEqual(first, ["PUBACK 1"])
        let rest = try await take(3, of: messages)
        XCTAssertEqual(rest, [3, 4, 5])
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard, acknowledgements(2...5))
    }

    func testForEachKeepsWhatItsBodyThrowsAt() async throws {
        let (broker, client, messages) = try await subscribed(3)
        await assertThrows({
            try await messages.forEach { if $0.payload == Data([2]) { throw Thrown() } }
        }) { XCTAssert($0 is Thrown) }
        let first = try await broker.untilNow(of: client)
        XCTAssertEqual(first, ["PUBACK 1"])
        let rest = try await take(2, of: messages)
        XCTAssertEqual(rest, [2, 3])
        let second = try await broker.untilNow(of: client)
        XCTAssertEqual(second, acknowledgements(2...3))
    }

    func testNextBatchKeepsWhatItsBodyThrowsAt() async throws {
        let (broker, client, messages) = try await subscribed(4)
        await assertThrows({
            try await messages.nextBatch(max: 3) { batch in
                XCTAssertEqual(batch.first?.payload, Data([1]))
                throw Thrown()
            }
        }) { XCTAssert($0 is Thrown) }
        let first = try await broker.untilNow(of: client)
        XCTAssertEqual(first, [])
        let rest = try await take(4, of: messages)
        XCTAssertEqual(rest, [1, 2, 3, 4])
        let second = try await broker.untilNow(of: client)
        XCTAssertEqual(second, acknowledgements(1...4))
    }

    func testTheFirstInALoopSeesEachMessage() async throws {
        let (broker, client, messages) = try await subscribed(100)
        for expected in 1...100 {
            let message = try await within(60) { try await messages.first { _ in true } }
            XCTAssertEqual(message?.payload, Data([UInt8(expected)]))
        }
        messages.close()
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard.filter { $0 != "UNSUBSCRIBE t" }, acknowledgements(1...100))
        XCTAssertTrue(heard.contains("UNSUBSCRIBE t"))
        XCTAssertEqual(messages.end, .unsubscribed)
    }

    func testWhatAStreamHadGoesToTheNext() async throws {
        let (broker, client, messages) = try await subscribed(5)
        try await messages.nextBatch(max: 2) { _ in }
        await assertThrows({ try await messages.nextBatch(max: 2) { _ in throw Thrown() } }) { _ in }
        messages.close()
        let next = try client.messages()
        let rest = try await take(3, of: next)
        XCTAssertEqual(rest, [3, 4, 5])
        let heard = try await broker.untilNow(of: client)
        XCTAssertEqual(heard.filter { $0 != "UNSUBSCRIBE t" }, acknowledgements(1...5))
        let after = try await within(60) { try await messages.first { _ in true } }
        XCTAssertNil(after)
    }

    /// Consumers that are cancelled at any moment, under load: each message once, in order.
    func testConsumersCancelledAtRandomUnderLoad() async throws {
        let count = 20_000
        let broker = try Broker()
        let client = try Client(options(broker.port))
        let publisher = try Client(options(broker.port))
        try await client.connect()
        try await publisher.connect()
        let messages = try await client.subscription(to: "load", qos: .atLeastOnce)
        let publishing = Task {
            var sent = 0
            while sent < count {
                let payload = withUnsafeBytes(of: UInt32(sent).bigEndian) { Data($0) }
                do {
                    try publisher.enqueue(Message(topic: "load", payload: payload, qos: .atLeastOnce))
                    sent += 1
                } catch MqttkaError.queueFull {
                    await Task.yield()
                }
            }
        }
        let seen = Shared<[Int]>([])
        var cancellations = 0
        let end = now() + 600
        while seen.value.count < count, now() < end {
            let consumer = Task {
                for try await message in messages {
                    seen.change { $0.append(message.payload.reduce(0) { $0 << 8 | Int($1) }) }
                }
            }
            for _ in 0..<Int.random(in: 0..<200) { await Task.yield() }
            consumer.cancel()
            try await within(60) { try await consumer.value }
            cancellations += 1
        }
        try await publishing.value
        XCTAssertEqual(seen.value, Array(0..<count))
        XCTAssertGreaterThan(cancellations, 20)
        figure("\(count) messages at QoS 1 to \(cancellations) cancelled consumers")
    }

    func testTheBacklogOfAResumedSessionWaitsForAStream() async throws {
        let broker = try Broker()
        let session = options(broker.port) {
            $0.clientId = "kept"
            $0.cleanStart = false
            $0.sessionExpiryInterval = 1000
        }
        do {
            let client = try Client(session)
            try await client.connect()
            try await client.subscribe(to: "t", qos: .atLeastOnce)
            try await client.disconnect()
        }
        let publisher = try Client(options(broker.port))
        try await publisher.connect()
        for n in 0..<200 { try await publisher.publish([UInt8(n)], to: "t", qos: .atLeastOnce) }
        let client = try Client(session)
        let connected = try await client.connect()
        XCTAssertTrue(connected.sessionPresent)
        try await eventually { client.status.messagesReceived == 200 }
        let messages = try client.messages()
        let received = try await within(60) { try await messages.nextBatch { $0.flatMap(\.payload) } }
        XCTAssertEqual(received, (0..<200).map { UInt8($0) })
        XCTAssertEqual(client.status.messagesUnclaimed, 0)
    }

    func testWhatNobodyClaimsIsCounted() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port) { $0.unclaimedTimeout = 0 })
        let other = try client.messages(matching: "other")
        try await client.connect()
        broker.publish(1)
        let heard = try await broker.next()
        XCTAssertEqual(heard, "PUBACK 1")
        XCTAssertEqual(client.status.messagesUnclaimed, 1)
        withExtendedLifetime(other) {}
    }

    func testAStreamKeepsItsClient() async throws {
        let broker = try ScriptedBroker()
        weak var gone: Client?
        var messages: Messages?
        do {
            let client = try Client(options(broker.port))
            gone = client
            try await client.connect()
            messages = try client.messages()
        }
        // Another thread may be about to let it go.
        try await eventually { gone == nil }
        broker.publish(1)
        let one = try await take(1, of: messages!)
        XCTAssertEqual(one, [1])
        messages = nil
        let heard = try await broker.until("DISCONNECT")
        XCTAssertEqual(heard, ["PUBACK 1"])
    }

    func testTheEndOfAConnectionEndsASubscriptionWithItsCause() async throws {
        let (broker, _, messages) = try await subscribed(2)
        broker.hangUp()
        let seen = Shared(0)
        await assertThrows({
            try await within(60) { for try await _ in messages { seen.change { $0 += 1 } } }
        }) {
            guard case .streamEnded(.disconnected(.closedByServer, let detail))? = $0 as? MqttkaError else {
                return XCTFail("\($0)")
            }
            XCTAssertEqual("\($0)", detail)
        }
        XCTAssertEqual(seen.value, 2)
        guard case .disconnected? = messages.end else { return XCTFail("\(messages.end as Any)") }
    }

    func testASubscriptionThatOutlivesConnectionsGoesOn() async throws {
        let (broker, client, messages) = try await subscribed(1, outlivesConnections: true)
        let one = try await take(1, of: messages)
        XCTAssertEqual(one, [1])
        broker.hangUp()
        try await eventually { client.status.state == .idle }
        try await client.connect()
        broker.publish(2)
        let two = try await take(1, of: messages)
        XCTAssertEqual(two, [2])
        XCTAssertNil(messages.end)
    }

    func testWithSubscriptionUnsubscribesHoweverItEnds() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let granted = try await client.withSubscription(to: [TopicSubscription(filter: "t", qos: .atLeastOnce)]) { messages in
            messages.granted
        }
        XCTAssertEqual(granted, [.grantedQoS1])
        let first = try await broker.next()
        XCTAssertEqual(first, "UNSUBSCRIBE t")
        await assertThrows({
            try await client.withSubscription(to: "t", qos: .atLeastOnce) { messages in
                broker.publish(1)
                for try await _ in messages { throw Thrown() }
            }
        }) { XCTAssert($0 is Thrown) }
        let second = try await broker.untilNow(of: client)
        XCTAssertEqual(second, ["UNSUBSCRIBE t"])
        // What it threw at was not consumed.
        let again = try await take(1, of: try client.messages())
        XCTAssertEqual(again, [1])
    }

    func testConsumersHearThatTheirStreamWasClosed() async throws {
        let (broker, _, messages) = try await subscribed(1)
        let seen = Shared(0)
        let consumers = (0..<3).map { _ in
            Task { for try await _ in messages { seen.change { $0 += 1 } } }
        }
        try await eventually { seen.value == 1 }
        messages.close()
        for consumer in consumers { try await within(60) { try await consumer.value } }
        withExtendedLifetime(broker) {}
    }

    func testARetainedMessageIsNotLost() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        try await client.publish("kept", to: "r/1", qos: .atLeastOnce, retain: true)
        for _ in 0..<20 {
            let messages = try await client.subscription(to: ["r/1", "none"], qos: .atLeastOnce)
            let message = try await within(60) { try await messages.first { _ in true } }
            XCTAssertEqual(message?.retain, true)
            try await messages.unsubscribe()
        }
    }
}
