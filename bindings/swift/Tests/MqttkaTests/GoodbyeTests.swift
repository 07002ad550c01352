import Foundation
import Mqttka
import XCTest

/// Goodbyes (fault 12), and attempts that were given up (fault 21).
final class GoodbyeTests: XCTestCase {
    private let goodbye = Array(repeating: "PUBLISH last", count: 20) + ["DISCONNECT"]

    private func enqueue(_ client: Client) throws {
        for _ in 0..<20 { try client.enqueue(Message(topic: "last", payload: Data(), qos: .atMostOnce)) }
    }

    func testTheLastReferenceSaysGoodbye() async throws {
        let broker = try ScriptedBroker()
        let recorder = Recorder()
        do {
            let client = try Client(options(broker.port), onEvent: recorder.hear)
            try await client.connect()
            try enqueue(client)
        }
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, goodbye)
        try await eventually { recorder.disconnects == [.clientClosed] }
    }

    func testCloseSaysGoodbye() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        try await client.connect()
        try enqueue(client)
        client.close()
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, goodbye)
    }

    func testAbortSaysNothing() async throws {
        let broker = try ScriptedBroker()
        let recorder = Recorder()
        let client = try Client(options(broker.port), onEvent: recorder.hear)
        try await client.connect()
        client.abort()
        client.close()
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, [])
        try await eventually { recorder.disconnects == [.clientClosed] }
        await assertThrows({ try await client.publish("x", to: "t") }) { XCTAssertEqual($0 as? MqttkaError, .closed) }
    }

    func testDisconnectWaitsForAcknowledgements() async throws {
        let broker = try ScriptedBroker(acknowledges: false)
        let client = try Client(
            options(broker.port) {
                $0.keepAlive = 2
                $0.reconnect = false
            })
        try await client.connect()
        try client.enqueue(Message(topic: "last", payload: Data(), qos: .atLeastOnce))
        let published = try await broker.next()
        XCTAssertEqual(published, "PUBLISH last")
        let disconnecting = Task { try await client.disconnect(drainTimeout: 60) }
        try await eventually { client.status.state == .disconnecting }
        // A keep-alive passes, and it waits still.
        let still = try await broker.next()
        XCTAssertEqual(still, "PING")
        await assertThrows({ try await client.publish("x", to: "t") }) { XCTAssertEqual($0 as? MqttkaError, .notConnected) }
        broker.acknowledge(1)
        try await within(60) { try await disconnecting.value }
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, ["DISCONNECT"])
    }

    func testTheDrainHasItsBound() async throws {
        let broker = try ScriptedBroker(acknowledges: false)
        let client = try Client(options(broker.port) { $0.reconnect = false })
        try await client.connect()
        let publishing = Task { try await client.publish("x", to: "last", qos: .atLeastOnce) }
        let published = try await broker.next()
        XCTAssertEqual(published, "PUBLISH last")
        try await within(60) { try await client.disconnect(drainTimeout: 0.1) }
        await assertThrows({ try await publishing.value }) { XCTAssertEqual($0 as? MqttkaError, .disconnected) }
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, ["DISCONNECT"])
    }

    /// The program's `exit` meets a living client, and 200 messages in its queue.
    func testTheEndOfTheProcessIsAGoodbye() async throws {
        let broker = try ScriptedBroker()
        let program = Bundle(for: Recorder.self).bundleURL.appendingPathComponent("HotspotClient")
        let child = try MqttkaTests.run([program.path, "goodbye", "127.0.0.1", "\(broker.port)", "60"])
        let heard = try await broker.until("END")
        XCTAssertEqual(heard, Array(repeating: "PUBLISH last", count: 200) + ["DISCONNECT"])
        XCTAssertEqual(child.wait(), 0)
    }

    func testConnectingAgainAtOnceAfterACancelledConnect() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        for round in 0..<20 {
            let connecting = Task { try await client.connect() }
            for _ in 0..<round { await Task.yield() }
            connecting.cancel()
            let first = await connecting.result
            let again = try await within(60) {
                // Where the first one was quicker than its end.
                if case .success = first { return true }
                try await client.connect()
                return true
            }
            XCTAssertTrue(again)
            XCTAssertEqual(client.status.state, .connected)
            try await client.disconnect()
        }
    }

    func testACancelledConnectEndsTheAttempt() async throws {
        let silent = try SilentServer()
        let recorder = Recorder()
        let client = try Client(options(silent.port) { $0.connectTimeout = 600 }, onEvent: recorder.hear)
        let connecting = Task { try await client.connect() }
        try await eventually { client.status.state == .connecting }
        connecting.cancel()
        await assertThrows({ try await connecting.value }) { XCTAssert($0 is CancellationError, "\($0)") }
        try await eventually { recorder.events.value.count == 1 }
        guard case .connectFailed(.disconnectRequested, _) = recorder.events.value[0].kind else {
            return XCTFail("\(recorder.events.value)")
        }
        // And again, at once.
        let again = Task { try await client.connect() }
        try await eventually { client.status.state == .connecting }
        again.cancel()
        await assertThrows({ try await again.value }) { XCTAssert($0 is CancellationError, "\($0)") }
    }
}
