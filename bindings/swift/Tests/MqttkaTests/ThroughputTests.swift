import Foundation
import Mqttka
import XCTest

final class ThroughputTests: XCTestCase {
    let count = 100_000

    func test100000MessagesAtQoS1() async throws {
        let broker = try Broker()
        let receiver = try Client(options(broker.port))
        try await receiver.connect()
        let messages = try receiver.messages()
        try await receiver.subscribe(to: "load", qos: .atLeastOnce)
        let count = count
        let consumer = Task {
            var expected = 0
            var end = 0.0
            for try await message in messages {
                let number = message.payload.prefix(4).reduce(0) { $0 << 8 | Int($1) }
                guard number == expected else { throw Lost(description: "\(number) instead of \(expected)") }
                expected += 1
                if expected == count {
                    end = now()
                    break
                }
            }
            return end
        }
        let start = now()
        let sent = try await publishAll(to: broker, qos: .atLeastOnce)
        let end = try await within(600) { try await consumer.value }
        figure(rate("in and out at once, QoS 1, 256 B: published", sent - start))
        figure(rate("in and out at once, QoS 1, 256 B: received", end - start))
        XCTAssertEqual(receiver.status.messagesReceived, UInt64(count))
    }

    func testOut() async throws {
        let broker = try Broker()
        for qos in [QoS.atMostOnce, .atLeastOnce, .exactlyOnce] {
            let start = now()
            figure(rate("out, QoS \(qos.rawValue), 256 B", try await publishAll(to: broker, qos: qos) - start))
        }
    }

    /// Nothing but receiving: the messages of a session that waited at the broker.
    func testIn() async throws {
        let broker = try Broker()
        for qos in [QoS.atLeastOnce, .exactlyOnce] {
            let session = options(broker.port) {
                $0.clientId = "receiver-\(qos.rawValue)"
                $0.cleanStart = false
                $0.sessionExpiryInterval = 1000
            }
            let receiver = try Client(session)
            try await receiver.connect()
            try await receiver.subscribe(to: "load", qos: qos)
            try await receiver.disconnect()
            _ = try await publishAll(to: broker, qos: qos)
            let messages = try receiver.messages()
            let start = now()
            try await receiver.connect()
            var received = 0
            for try await _ in messages {
                received += 1
                if received == count { break }
            }
            figure(rate("in, QoS \(qos.rawValue), 256 B", now() - start))
            try await receiver.unsubscribe(from: "load")
        }
    }

    /// The time at which the broker had them all.
    private func publishAll(to broker: Broker, qos: QoS) async throws -> Double {
        let publisher = try Client(options(broker.port))
        try await publisher.connect()
        var payload = Data(count: 256)
        for number in 0..<count {
            for byte in 0..<4 { payload[byte] = UInt8(truncatingIfNeeded: number >> (24 - 8 * byte)) }
            let message = Message(topic: "load", payload: payload, qos: qos)
            while true {
                do {
                    try publisher.enqueue(message)
                    break
                } catch MqttkaError.queueFull {
                    try await Task.sleep(nanoseconds: 1_000_000)
                }
            }
        }
        // In order: when this one is acknowledged, all are.
        try await within(600) {
            while true {
                do {
                    try await publisher.publish("", to: "last", qos: qos == .atMostOnce ? .atLeastOnce : qos)
                    return
                } catch MqttkaError.queueFull {
                    try await Task.sleep(nanoseconds: 1_000_000)
                }
            }
        }
        let end = now()
        try await publisher.disconnect()
        return end
    }

    private func rate(_ what: String, _ seconds: Double) -> String {
        String(format: "\(what): %.0f messages/s", Double(count) / seconds)
    }
}

private struct Lost: Error {
    let description: String
}
