import Foundation
import XCTest
@testable import Mqttka

/// `stateUpdates`.
final class StateTests: XCTestCase {
    /// The next that is `wanted`; those before it are `between`.
    private func next(
        _ wanted: ConnectionState, of updates: AsyncStream<ConnectionState>, between: Set<ConnectionState> = []
    ) async throws {
        try await within(60) {
            for await state in updates {
                if state == wanted { return }
                XCTAssertTrue(between.contains(state), "\(state) before \(wanted)")
            }
            XCTFail("it ended before \(wanted)")
        }
    }

    func testItTellsWhereTheClientStands() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.reconnectFirstDelay = 0.01 })
        let updates = client.stateUpdates
        try await next(.idle, of: updates)
        try await client.connect()
        try await next(.connected, of: updates, between: [.connecting])
        try broker.restart()
        try await next(.connected, of: updates, between: [.reconnecting])
        try await client.disconnect()
        try await next(.idle, of: updates, between: [.disconnecting])
        client.close()
        try await next(.closed, of: updates)
        let rest = try await within(60) { await updates.reduce(into: 0) { count, _ in count += 1 } }
        XCTAssertEqual(rest, 0)
        // Who asks later hears the same.
        var late: [ConnectionState] = []
        for await state in client.stateUpdates { late.append(state) }
        XCTAssertEqual(late, [.closed])
    }

    func testAnAttemptThatFails() async throws {
        let client = try Client(options(try freePort()) { $0.reconnect = false })
        let updates = client.stateUpdates
        await assertThrows({ try await client.connect() }) { XCTAssert($0 is MqttkaError) }
        try await next(.idle, of: updates, between: [.connecting])
        // Refused, and so nothing has begun.
        await assertThrows({ try await client.disconnect() }) { XCTAssertEqual($0 as? MqttkaError, .notConnected) }
        client.close()
        try await next(.closed, of: updates)
    }

    func testAProgramCanStartWhileOffline() async throws {
        let port = try freePort()
        let client = try Client(options(port) { $0.reconnectFirstDelay = 0.01; $0.reconnectMaxDelay = 0.1 })
        let updates = client.stateUpdates
        try client.connectNowait()
        try client.enqueue("early", to: "a")
        try await next(.reconnecting, of: updates, between: [.idle, .connecting])
        try await client.disconnect()
        try await next(.idle, of: updates, between: [.connecting, .reconnecting, .disconnecting])
        client.close()
    }

    func testOnlyTheNewestIsKept() async {
        let listeners = Listeners(nil)
        let updates = listeners.stateStream()
        for _ in 0..<1000 {
            listeners.begin(.connecting) {}
            listeners.begin(.disconnecting) {}
        }
        listeners.begin(.connecting) {}
        listeners.onTerminated()
        var heard: [ConnectionState] = []
        for await state in updates { heard.append(state) }
        XCTAssertEqual(heard, [.closed])
    }

    func testItDoesNotKeepItsClient() async throws {
        var client: Client? = try Client(options(1))
        let updates = try XCTUnwrap(client?.stateUpdates)
        client = nil
        try await within(60) { for await _ in updates {} }
        XCTAssertNil(client)
    }
}
