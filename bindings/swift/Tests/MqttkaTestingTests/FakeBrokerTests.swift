import Foundation
import Mqttka
import MqttkaTesting
import XCTest

/// What only a hang reaches.
private let patience: TimeInterval = 60

/// The fake broker, with the client that users have.
final class FakeBrokerTests: XCTestCase {
    private func options(_ broker: FakeBroker, _ change: (inout Options) -> Void = { _ in }) -> Options {
        var options = Options(host: broker.host, port: broker.port)
        options.clientId = "a"
        options.keepAlive = 1
        change(&options)
        return options
    }

    /// How the connection ends.
    private func ended(_ events: AsyncStream<Event>) async throws -> DisconnectCause {
        for await event in events {
            if case .disconnected(let info) = event.kind { return info.cause }
        }
        throw CancellationError()
    }

    private func assertThrows<T>(
        _ operation: () async throws -> T, line: UInt = #line, _ look: (any Error) -> Void = { _ in }
    ) async {
        do {
            _ = try await operation()
            XCTFail("it does not throw", line: line)
        } catch {
            look(error)
        }
    }

    func testMessagesGoBothWays() async throws {
        for version in [Version.v311, .v5] {
            let broker = try FakeBroker()
            let client = try Client(options(broker) { $0.protocolVersion = version })
            try await client.connect()
            XCTAssertEqual(broker.clients, ["a"])
            let messages = try await client.subscription(to: "t/#", qos: .exactlyOnce)
            let subscribed = try await broker.expect(.subscribed, "t/#")
            XCTAssertEqual(subscribed.filter, "t/#")
            var received = messages.makeAsyncIterator()
            for qos in [QoS.atMostOnce, .atLeastOnce, .exactlyOnce] {
                try await client.publish("hello", to: "t/1", qos: qos, retain: true)
                let seen = try await broker.expectPublish("t/+")
                XCTAssertEqual(seen.topic, "t/1")
                XCTAssertEqual(seen.payload, Data("hello".utf8))
                XCTAssertEqual(seen.qos, qos)
                XCTAssertTrue(seen.retain && !seen.dup)
                let got = try await received.next()
                XCTAssertEqual(got?.qos, qos)
            }
            XCTAssertEqual(broker.retained("t/1"), Data("hello".utf8))
            XCTAssertNil(broker.retained("t/2"))
            try broker.publish("from another", to: "t/2", qos: .atLeastOnce)
            let got = try await received.next()
            XCTAssertEqual(got?.payload, Data("from another".utf8))
            client.close()
            let gone = try await broker.expect(.disconnected)
            XCTAssertEqual(gone.clientId, "a")
            XCTAssertTrue("\(gone)".hasPrefix("disconnected: connection 1, client 'a'"), "\(gone)")
        }
    }

    func testTheInternetGoesAndComesBack() async throws {
        let broker = try FakeBroker()
        let client = try Client(options(broker))
        let events = client.events()
        try await client.connect()
        try broker.goSilent()
        broker.forgetSeen()
        let cause = try await ended(events)
        XCTAssertTrue(cause == .keepAliveTimeout || cause == .serverUnresponsive, "\(cause)")
        try await broker.expect(.lost, timeout: patience)
        try broker.comeBack()
        try await broker.expect(.connected, timeout: patience)
        client.close()
    }

    func testWhatItRefusesIsAnError() async throws {
        let broker = try FakeBroker()
        try broker.refuseConnections(.banned, times: 1)
        let client = try Client(options(broker) { $0.reconnect = false })
        await assertThrows { try await client.connect() }
        let refused = try await broker.expect(.refused)
        XCTAssertEqual(refused.reasonCode, .banned)
        try await client.connect()
        try broker.refusePublishes(.quotaExceeded)
        await assertThrows { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        try broker.refusePublishes(nil)
        try await client.publish("x", to: "t", qos: .atLeastOnce)
        try broker.refuseSubscriptions(.notAuthorized)
        await assertThrows { try await client.subscription(to: "t") }
        try broker.refuseSubscriptions(nil)
        _ = try await client.subscription(to: "t")
        client.close()
    }

    func testAcknowledgementsAreHeld() async throws {
        let broker = try FakeBroker()
        let client = try Client(options(broker))
        try await client.connect()
        try broker.acknowledge(.held)
        async let outcome = client.publish("x", to: "t", qos: .atLeastOnce)
        _ = try await broker.expectPublish("t")
        try broker.acknowledge(.atOnce)
        _ = try await outcome
        client.close()
    }

    func testConnectionsEndAsItIsTold() async throws {
        let broker = try FakeBroker()
        let client = try Client(options(broker) { $0.reconnect = false })
        let ends: [(() throws -> Void, String)] = [
            ({ try broker.disconnect(.serverMoved, clientId: "a", reasonString: "elsewhere") }, "serverDisconnect"),
            ({ try broker.close() }, "closedByServer"),
            ({ try broker.halfClose(clientId: "a") }, "closedByServer"),
            ({ try broker.reset() }, "transport"),
            ({ try broker.sendBytes([0, 0]) }, "protocol"),
            ({ try broker.answerPings(false) }, "serverUnresponsive keepAliveTimeout"),
        ]
        for (end, expected) in ends {
            let events = client.events()
            try await client.connect()
            try end()
            let name =
                switch try await ended(events) {
                case .serverDisconnect: "serverDisconnect"
                case .closedByServer: "closedByServer"
                case .transport: "transport"
                case .protocol: "protocol"
                case .serverUnresponsive: "serverUnresponsive"
                case .keepAliveTimeout: "keepAliveTimeout"
                default: "another"
                }
            XCTAssertTrue(expected.contains(name), "\(name), not \(expected)")
        }
        try broker.answerConnects(false)
        try broker.forgetSessions()
        try broker.acceptConnections()
        await assertThrows { try await client.connect() }
        client.close()
    }

    func testWhatItAnnouncesIsHeldTo() async throws {
        let broker = try FakeBroker()
        try broker.announceNumber(.serverKeepAlive, 7)
        let client = try Client(options(broker))
        let connected = try await client.connect()
        XCTAssertEqual(connected.keepAlive, 7)
        client.close()
        XCTAssertThrowsError(try broker.announceNumber(.maximumQoS, 2))
    }

    func testWhatIsMissingAndWhatCannotBeIsTold() async throws {
        let broker = try FakeBroker()
        await assertThrows({ try await broker.expectPublish("t", timeout: 0) }) {
            XCTAssertTrue("\($0)".contains("expected 'published' of t"), "\($0)")
        }
        XCTAssertNil(broker.takeAny())
        XCTAssertThrowsError(try broker.reset(clientId: "b")) { XCTAssertEqual(($0 as? FakeBrokerError)?.code, 4) }
        XCTAssertThrowsError(try broker.refuseConnections(.success)) { XCTAssertEqual(($0 as? FakeBrokerError)?.code, 1) }
        XCTAssertThrowsError(try broker.publish("x", to: "a/#"))
        XCTAssertThrowsError(try FakeBroker(port: broker.port)) { XCTAssertEqual(($0 as? FakeBrokerError)?.code, 10) }
        // Cancelling ends a wait, and so does stopping.
        let cancelled = Task { try await broker.expect(.pinged, timeout: 600) }
        cancelled.cancel()
        await assertThrows({ try await cancelled.value }) { XCTAssertTrue($0 is CancellationError, "\($0)") }
        let waiting = Task { try await broker.expect(.pinged, timeout: 600) }
        broker.stop()
        await assertThrows({ try await waiting.value }) { XCTAssertTrue($0 is Missing, "\($0)") }
        broker.stop()
        XCTAssertThrowsError(try broker.goSilent()) { XCTAssertEqual(($0 as? FakeBrokerError)?.code, 8) }
    }

    func testNumbersAreThoseOfEveryLanguage() throws {
        let header = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../../include/mqttka_testing.h")
        let text = try String(contentsOf: header, encoding: .utf8)
        for kind in SeenKind.allCases {
            let line = "#define MQTTKA_TESTING_\("\(kind)".uppercased()) \(kind.rawValue)\n"
            XCTAssertTrue(text.contains(line), line)
            XCTAssertEqual(SeenKind(rawValue: kind.rawValue), kind)
        }
        XCTAssertNil(SeenKind(rawValue: 99))
        for (name, way) in [("AT_ONCE", Acknowledging.atOnce), ("HELD", .held), ("NEVER", .never)] {
            XCTAssertTrue(text.contains("#define MQTTKA_TESTING_ACKNOWLEDGE_\(name) \(way.rawValue)\n"))
        }
        for (number, name) in ["TCP", "TLS", "WEB_SOCKET", "SECURE_WEB_SOCKET"].enumerated() {
            XCTAssertTrue(text.contains("#define MQTTKA_TESTING_\(name) \(number)\n"), name)
        }
        let count = text.components(separatedBy: "#define MQTTKA_TESTING_").count - 1
        XCTAssertEqual(count - 1, SeenKind.allCases.count + Acknowledging.allCases.count + 4, "the guard is one, too")
    }

    private func functions(_ text: String) -> Set<String> {
        let prefix = "mqttka_testing_"
        return Set(
            text.components(separatedBy: prefix).dropFirst().compactMap { rest in
                let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                return ["(", ")"].contains(rest.dropFirst(name.count).prefix(1)) ? prefix + name : nil
            })
    }

    /// What C programs can tell a broker, programs in Swift can.
    func testEachFunctionOfTheHeaderIsCalled() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let header = here.appendingPathComponent("../../../../include/mqttka_testing.h")
        let sources = here.appendingPathComponent("../../Sources/MqttkaTesting")
        let files = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        let called = functions(try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n"))
        // The later ones do more.
        let others = [
            "mqttka_testing_broker_new": "mqttka_testing_broker_new_with",
            "mqttka_testing_broker_publish": "mqttka_testing_broker_publish_with",
        ]
        let declared = functions(try String(contentsOf: header, encoding: .utf8))
        XCTAssertTrue(declared.count > 60 && declared.isSuperset(of: others.keys), "\(declared)")
        XCTAssertEqual(Set(declared.map { others[$0] ?? $0 }).subtracting(called), [])
    }

    func testAMessageComesOnceOrOnceForEachSubscription() async throws {
        let broker = try FakeBroker()
        let (came, told) = AsyncStream<PacketType>.makeStream()
        let client = try Client(
            options(broker) {
                $0.keepAlive = 600
                $0.packetTap = { packets in for packet in packets { told.yield(packet.packetType) } }
            })
        try await client.connect()
        try await client.subscribe(to: "t/#")
        try await client.subscribe(to: "t/+")
        var packets = came.makeAsyncIterator()
        for (copies, expected) in [(false, 1), (true, 2)] {
            try broker.sendCopies(copies)
            try broker.publish("x", to: "t/1")
            try await client.flush()
            var count = 0
            while let packet = await packets.next(), packet != .pingResp { if packet == .publish { count += 1 } }
            XCTAssertEqual(count, expected, "copies: \(copies)")
        }
        client.close()
    }
}
