import Foundation
import Mqttka
import XCTest

final class RequestTests: XCTestCase {
    private struct Thrown: Error {}

    private func isSubscribed(_ client: Client) -> Bool {
        client.counters().packetsReceived.contains { $0.packetType == .subAck && $0.count > 0 }
    }

    func testARequestIsAnswered() async throws {
        let broker = try Broker()
        let (asking, answering) = (try Client(options(broker.port)), try Client(options(broker.port)))
        try await asking.connect()
        try await answering.connect()
        await assertThrows({ try await asking.request("?", to: "q/a") }) {
            guard case .refused(.noMatchingSubscribers, _, _, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        let responder = Task {
            try await answering.respond(to: "q/#") { request in
                if request.text == "stop" { throw Thrown() }
                return request.text == "nothing" ? nil : Data("re: ".utf8) + request.payload
            }
        }
        try await eventually { isSubscribed(answering) }
        // No request.
        try await answering.publish("x", to: "q/b", qos: .atLeastOnce)
        let response = try await asking.request("ping", to: "q/a", timeout: 60)
        XCTAssertEqual(response.text, "re: ping")
        await assertThrows({ try await asking.request("nothing", to: "q/a", timeout: 0.05) }) {
            XCTAssertEqual($0 as? MqttkaError, .timedOut)
        }
        await assertThrows({ try await asking.request("stop", to: "q/a", timeout: 0.05) }) {
            XCTAssertEqual($0 as? MqttkaError, .timedOut)
        }
        await assertThrows({ try await within(60) { try await responder.value } }) { XCTAssert($0 is Thrown, "\($0)") }
    }

    func testAnAnswerMayComeLater() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let requests = try await client.subscription(to: "q", qos: .atLeastOnce)
        async let response = client.request("?", to: "q", timeout: 60)
        for try await request in requests {
            let outcome = try await client.reply(to: request, with: Data("!".utf8), timeout: 60)
            XCTAssertEqual(outcome.receipt, .acknowledged)
            break
        }
        let text = try await response.text
        XCTAssertEqual(text, "!")
    }

    func testAReplyGoesWhereTheRequestSays() throws {
        let request = Message(
            topic: "q", text: "?", qos: .atLeastOnce,
            properties: [.responseTopic(value: "r"), .correlationData(value: Data([7]))])
        let reply = try request.reply(with: "!")
        XCTAssertEqual(
            reply,
            Message(topic: "r", text: "!", qos: .atLeastOnce, properties: [.correlationData(value: Data([7]))]))
        XCTAssertThrowsError(try reply.reply(with: "!")) {
            guard case .invalidArgument? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
    }

    func testTheyNeedTheNewProtocol() async throws {
        let client = try Client(options(1) { $0.protocolVersion = .v311 })
        await assertThrows({ try await client.request("?", to: "q") }) {
            guard case .notSupported? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        await assertThrows({ try await client.respond(to: "q") { _ in nil } }) {
            guard case .notSupported? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
    }
}
