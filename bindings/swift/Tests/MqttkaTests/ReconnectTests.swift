import Foundation
import Mqttka
import XCTest

/// A client comes back by itself.
final class ReconnectTests: XCTestCase {
    private func quickly(_ port: UInt16, _ change: (inout Options) -> Void = { _ in }) -> Options {
        options(port) {
            $0.reconnectFirstDelay = 0.05
            $0.reconnectMaxDelay = 0.2
            change(&$0)
        }
    }

    /// A client that does not try again before it is told.
    private func patiently(_ port: UInt16, _ change: (inout Options) -> Void = { _ in }) -> Options {
        options(port) {
            $0.reconnectFirstDelay = 86_400
            $0.reconnectMaxDelay = 86_400
            change(&$0)
        }
    }

    /// Each time the broker is frozen with 20 publishes of each QoS in flight, and killed.
    func testOneSequenceOutlivesThreeRestartsOfTheBroker() async throws {
        let broker = try Broker()
        let recorder = Recorder()
        let client = try Client(quickly(broker.port), onEvent: recorder.hear)
        try await client.connect()
        let messages = try await client.subscription(to: ["1/#", "2/#"], qos: .exactlyOnce)
        let received = Shared<[String: Int]>([:])
        let consumer = Task {
            for try await message in messages { received.change { $0[message.topic, default: 0] += 1 } }
        }
        for restart in 1...3 {
            broker.freeze()
            let before = client.status.bytesSent
            // Longer than what is still to be acknowledged of the round before, four bytes each.
            let payload = Data(count: 100)
            let publishing = (0..<40).map { n in
                let topic = "\(n % 2 + 1)/\(restart)/\(n)"
                return (topic, Task {
                    try await client.publish(payload, to: topic, qos: n % 2 == 0 ? .atLeastOnce : .exactlyOnce)
                })
            }
            // All are on their way: seven bytes, the topic and the payload each.
            let size = publishing.reduce(0) { $0 + 7 + $1.0.utf8.count + payload.count }
            try await eventually { client.status.bytesSent >= before + UInt64(size) }
            try broker.restart()
            var lost: UInt32 = 0
            for (topic, publish) in publishing {
                do {
                    _ = try await within(60) { try await publish.value }
                    try await eventually { received.value[topic] != nil }
                } catch MqttkaError.sessionLost where topic.hasPrefix("2/") {
                    // It may have arrived, for all that the client knows.
                    lost += 1
                }
            }
            try await eventually { recorder.connects.count > restart }
            XCTAssertEqual(recorder.connects.count, restart + 1)
            XCTAssertEqual(recorder.disconnects.count, restart)
            let back = try XCTUnwrap(recorder.connects.last)
            XCTAssertEqual(back.resubscribed, 2)
            XCTAssertEqual([lost, back.lost], [20, 20])
            XCTAssertNotNil(back.offline)
        }
        XCTAssertTrue(received.value.allSatisfy { $0.key.hasPrefix("1/") || $0.value == 1 }, "\(received.value)")
        XCTAssertNil(messages.end)
        try await client.disconnect()
        await assertThrows({ try await within(60) { try await consumer.value } }) {
            guard case .streamEnded(.disconnected(.disconnectRequested, _))? = $0 as? MqttkaError else {
                return XCTFail("\($0)")
            }
        }
        try await eventually { recorder.events.value.last?.isFinal == true }
        XCTAssertEqual(recorder.events.value.filter(\.isFinal).count, 1)
    }

    func testEachEndIsFollowedByWhatTheClientDoes() async throws {
        let broker = try ScriptedBroker()
        let recorder = Recorder()
        let client = try Client(patiently(broker.port), onEvent: recorder.hear)
        let events = client.events()
        try await client.connect()
        broker.hangUp()
        try await eventually { client.status.state == .reconnecting }
        XCTAssertNotNil(client.status.nextAttemptIn)
        XCTAssertNotNil(client.status.offline)
        try client.reconnectNow()
        try await eventually { client.status.state == .connected }
        client.close()
        var kinds: [String] = []
        for await event in events {
            switch event.kind {
            case .connected: kinds.append("connected")
            case .disconnected(let info): kinds.append("\(info.cause), \(event.willReconnect)")
            case .reconnecting(let info): kinds.append("attempt \(info.attemptNumber)")
            case let kind: kinds.append("\(kind)")
            }
        }
        XCTAssertEqual(
            kinds, ["connected", "closedByServer, true", "attempt 1", "connected", "clientClosed, false"])
    }

    func testDisconnectEndsTheWait() async throws {
        let client = try Client(patiently(try freePort()))
        await assertThrows({ try await client.connect() }) {
            guard case .connectFailed? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        XCTAssertEqual(client.status.state, .reconnecting)
        try await within(60) { try await client.disconnect() }
        XCTAssertEqual(client.status.state, .idle)
    }

    func testAPublishBeforeTheFirstConnectWaitsForIt() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        let publishing = Task { try await client.publish("x", to: "early", qos: .atLeastOnce) }
        try await eventually { client.status.outboundQueueMessages == 1 }
        try await client.connect()
        let outcome = try await within(60) { try await publishing.value }
        XCTAssertNotNil(outcome.packetId)
        let heard = try await broker.next()
        XCTAssertEqual(heard, "PUBLISH early")
    }

    func testAPublishWhoseTimeHasPassedIsNotSent() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        await assertThrows({
            try await within(60) { try await client.publish("x", to: "late", qos: .atLeastOnce, timeout: 0.05) }
        }) { XCTAssertEqual($0 as? MqttkaError, .timedOut) }
        try client.enqueue(Message(topic: "kept", payload: Data(), qos: .atLeastOnce), timeout: 3600)
        try await client.connect()
        let heard = try await broker.next()
        XCTAssertEqual(heard, "PUBLISH kept")
    }

    func testAFullQueueDropsItsOldest() async throws {
        let client = try Client(
            options(try freePort()) {
                $0.outboundQueueMaxMessages = 1
                $0.queuePolicy = .dropOldest
            })
        let first = Task { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        try await eventually { client.status.outboundQueueMessages == 1 }
        try client.enqueue(Message(topic: "t", payload: Data(), qos: .atLeastOnce))
        await assertThrows({ try await within(60) { try await first.value } }) {
            XCTAssertEqual($0 as? MqttkaError, .dropped)
        }
    }

    func testRefusedCredentialsAreTheEnd() async throws {
        let broker = try Broker("allow_anonymous false\npassword_file PASSWORDS")
        let recorder = Recorder()
        let client = try Client(
            quickly(broker.port) {
                $0.userName = "alice"
                $0.password = Data("wrong".utf8)
            }, onEvent: recorder.hear)
        await assertThrows({ try await client.connect() }) {
            guard case .connectFailed(.refused, _, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        try await eventually { recorder.stops == [.credentials] }
        XCTAssertEqual(recorder.events.value.map(\.willReconnect), [false, false])
        XCTAssertEqual(recorder.events.value.map(\.isFinal), [true, true])
        XCTAssertEqual(client.status.state, .idle)
    }

    // MARK: The provider

    func testEachAttemptHasATokenOfItsOwn() async throws {
        let broker = try Broker("allow_anonymous false\npassword_file PASSWORDS")
        let asked = Shared<[UInt32]>([])
        let recorder = Recorder()
        let client = try Client(
            quickly(broker.port) {
                $0.reconnectRetryOn = [.credentials]
                $0.provider = { attempt in
                    let count = asked.change {
                        $0.append(attempt.attemptNumber)
                        return $0.count
                    }
                    XCTAssertGreaterThan(attempt.timeLeft, 0)
                    // The first is out of date.
                    return ProvidedConnection(
                        userName: "alice", password: Data((count == 1 ? "old" : "secret").utf8))
                }
            }, onEvent: recorder.hear)
        _ = try? await client.connect()
        try await eventually { client.status.state == .connected }
        XCTAssertEqual(asked.value, [1, 2])
        try broker.restart()
        try await eventually { recorder.connects.count == 2 }
        XCTAssertEqual(asked.value[2], 1)
        XCTAssertEqual(recorder.stops, [])
        XCTAssertFalse("\(ProvidedConnection(userName: "alice"))".contains("alice"))
    }

    func testAProviderIsCancelledWithItsAttempt() async throws {
        let cancelled = Shared(0)
        let client = try Client(
            quickly(1) {
                $0.connectTimeout = 0.2
                $0.provider = { _ in
                    do { try await Task.sleep(nanoseconds: .max / 4) } catch {
                        cancelled.change { $0 += 1 }
                        throw error
                    }
                    return ProvidedConnection()
                }
            })
        await assertThrows({ try await within(60) { try await client.connect() } }) {
            guard case .connectFailed(.timeout(.provider, _, _), _, _)? = $0 as? MqttkaError else {
                return XCTFail("\($0)")
            }
        }
        // And so is the next one's.
        try await eventually { cancelled.value >= 2 }
        client.close()
    }

    func testAProviderThatHearsNothingIsCalledOnceAtATime() async throws {
        let (running, most) = (Shared(0), Shared(0))
        let release = Shared(false)
        let recorder = Recorder()
        let client = try Client(
            quickly(1) {
                $0.connectTimeout = 0.1
                $0.provider = { _ in
                    let now = running.change {
                        $0 += 1
                        return $0
                    }
                    most.change { $0 = max($0, now) }
                    while !release.value { await Task.yield() }
                    running.change { $0 -= 1 }
                    throw ProviderError("nothing")
                }
            }, onEvent: recorder.hear)
        _ = try? await client.connect()
        try await eventually { recorder.events.value.filter(\.willReconnect).count >= 3 }
        client.close()
        release.change { $0 = true }
        try await eventually { running.value == 0 }
        XCTAssertEqual(most.value, 1)
    }

    func testAProviderSaysThatThereWillBeNothing() async throws {
        let recorder = Recorder()
        let client = try Client(
            quickly(1) { $0.provider = { _ in throw ProviderError("logged out", fatal: true) } },
            onEvent: recorder.hear)
        await assertThrows({ try await client.connect() }) {
            XCTAssertEqual(($0 as? MqttkaError)?.providerDetail, "logged out", "\($0)")
        }
        try await eventually { recorder.stops == [.provider] }
    }

    func testAClosedClientLetsItsProviderGo() async throws {
        let broker = try ScriptedBroker()
        weak var inProvider: Thing?
        do {
            let thing = Thing()
            inProvider = thing
            let provided = options(broker.port) {
                $0.provider = { _ in
                    withExtendedLifetime(thing) {}
                    return ProvidedConnection()
                }
            }
            _ = try await connected(provided)
        }
        try await eventually { inProvider == nil }
    }
}

extension MqttkaError {
    fileprivate var providerDetail: String? {
        if case .connectFailed(.provider(let detail), _, _) = self { detail } else { nil }
    }
}
