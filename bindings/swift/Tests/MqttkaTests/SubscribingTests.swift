import Foundation
import Mqttka
import XCTest

/// Options of subscriptions, several filters, and what a message says of itself.
final class SubscribingTests: XCTestCase {
    func testSeveralFilters() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let heard = try await client.withSubscription(to: ["a/#", "b"], qos: .atLeastOnce) { messages in
            XCTAssertEqual(messages.granted, [.grantedQoS1, .grantedQoS1])
            for topic in ["a/1", "c", "b"] { try await client.publish("to \(topic)", to: topic, qos: .atLeastOnce) }
            var heard: [String?] = []
            for try await message in messages.prefix(2) { heard.append(message.text) }
            return heard
        }
        XCTAssertEqual(heard, ["to a/1", "to b"])
    }

    func testOptionsOfVersion5() async throws {
        let broker = try Broker()
        let other = try Client(options(broker.port)), client = try Client(options(broker.port))
        try await other.connect()
        try await client.connect()
        try await other.publish("kept", to: "t", qos: .atLeastOnce, retain: true)
        let (first, second) = try await client.withSubscription(
            to: "t", qos: .atLeastOnce, noLocal: true, retainAsPublished: true, retainHandling: .doNotSend,
            properties: [.subscriptionIdentifier(value: 7)]
        ) { messages in
            try await client.publish("own", to: "t", qos: .atLeastOnce)
            try await other.publish("live", to: "t", qos: .atLeastOnce, retain: true)
            // Neither what was kept, nor its own.
            let first = try await messages.first { _ in true }
            try await other.publish("", to: "t", qos: .atLeastOnce)
            return (first, try await messages.first { _ in true })
        }
        XCTAssertEqual(first?.text, "live")
        XCTAssertEqual(first?.retain, true)
        XCTAssertEqual(first?.properties, [.subscriptionIdentifier(value: 7)])
        XCTAssertEqual(second?.text, "")

        let kept = try await client.subscription(to: ["t"], qos: .atLeastOnce, retainHandling: .sendIfNew)
        let again = try await within(60) { try await kept.first { _ in true } }
        XCTAssertEqual(again?.text, "live")
        try await client.subscribe(to: ["u", "v"], qos: .atLeastOnce, noLocal: true)
        try client.enqueue("own", to: "u", qos: .atLeastOnce)
        try await other.publish("theirs", to: "v", qos: .atLeastOnce)
        let theirs = try await within(60) { try await client.messages(matching: "+").first { $0.topic != "t" } }
        XCTAssertEqual(theirs?.text, "theirs")
    }

    func testTopicsMatch() throws {
        let message = Message(topic: "rooms/kitchen/light", text: "grüß Gott")
        XCTAssertEqual(message.payload.count, 11)
        XCTAssertEqual(message.qos, .atMostOnce)
        XCTAssertTrue(try message.matches("rooms/+/light"))
        XCTAssertTrue(try message.matches("$share/group/rooms/#"))
        XCTAssertFalse(try message.matches("rooms/+"))
        XCTAssertFalse(try topicMatches(filter: "#", topic: "$SYS/uptime"))
        XCTAssertTrue(try topicMatches(filter: "a/#", topic: "a"))
        XCTAssertNil(Message(topic: "t", payload: Data([0xff])).text)
        for (filter, topic) in [("a/#/b", "a"), ("a", "a/+"), ("", "a"), ("a", "")] {
            XCTAssertThrowsError(try topicMatches(filter: filter, topic: topic)) {
                guard case .invalidTopic(let detail)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
                XCTAssertFalse(detail.isEmpty)
            }
        }
    }
}
