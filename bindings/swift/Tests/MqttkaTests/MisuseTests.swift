import Foundation
import Mqttka
import XCTest

/// Whatever application code does in a callback, and however much it asks for: each thing ends once, and in time.
final class MisuseTests: XCTestCase {
    private struct OfTheTest: Error {}

    private enum Callback: CaseIterable { case listener, packetTap, provider, socketHook, authenticator, logger, responder }
    private enum Misuse: CaseIterable { case `throws`, blocks, closes }

    /// What the application does in its callback. A closure that may not throw does nothing instead.
    private final class Behaviour: Sendable {
        let misuse: Misuse
        let client = Shared<Client?>(nil)
        let end = DispatchSemaphore(value: 0)

        init(_ misuse: Misuse) { self.misuse = misuse }

        func act() throws {
            switch misuse {
            case .throws: throw OfTheTest()
            case .blocks:
                end.wait()
                end.signal()
            case .closes: client.value?.close()
            }
        }
    }

    private struct Asked: Authenticator {
        let method = "m"
        let behaviour: Behaviour

        func authenticate(_ request: AuthenticationRequest) async throws -> Data? {
            try await blocking(behaviour)
            return nil
        }
    }

    /// Not on a thread of Swift's own pool, which is of all tests.
    private static func blocking(_ behaviour: Behaviour) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { done.resume(with: Result { try behaviour.act() }) }
        }
    }

    private func optionsWith(_ callback: Callback, _ behaviour: Behaviour, _ port: UInt16) -> Options {
        options(port) {
            $0.reconnect = false
            switch callback {
            case .packetTap: $0.packetTap = { _ in try? behaviour.act() }
            case .provider:
                $0.provider = { _ in
                    try await MisuseTests.blocking(behaviour)
                    return ProvidedConnection()
                }
            case .socketHook: $0.socketHook = { _ in try behaviour.act() }
            case .authenticator: $0.authenticator = Asked(behaviour: behaviour)
            default: return
            }
            // What never answers takes so long.
            if callback != .packetTap { $0.connectTimeout = 2 }
        }
    }

    func testACallbackThatMisbehavesHangsNothing() async throws {
        let broker = try Broker()
        for callback in Callback.allCases {
            for misuse in Misuse.allCases {
                let behaviour = Behaviour(misuse)
                let recorder = Recorder()
                let hear = recorder.hear
                let client = try Client(optionsWith(callback, behaviour, broker.port)) { event in
                    if callback == .listener { try? behaviour.act() } else { hear(event) }
                }
                behaviour.client.change { $0 = client }
                if callback == .logger { try setLogger(level: .trace) { _ in try? behaviour.act() } }
                let events = client.events()
                try await within(60) { try await MisuseTests.use(client, callback, misuse, behaviour) }
                client.close()
                XCTAssertThrowsError(try client.enqueue("x", to: "a")) { XCTAssertEqual($0 as? MqttkaError, .closed) }
                if callback != .listener {
                    for await _ in events {}
                    XCTAssertEqual(recorder.connects.count, recorder.disconnects.count, "\(callback) \(misuse)")
                }
                behaviour.client.change { $0 = nil }
                behaviour.end.signal()
                try setLogger(nil)
            }
        }
    }

    private static func use(_ client: Client, _ callback: Callback, _ misuse: Misuse, _ behaviour: Behaviour) async throws {
        let name = "\(callback) \(misuse)"
        do {
            try await client.connect()
            // It proves nothing to the broker, and the attempt has its words or its deadline.
            if [.provider, .socketHook, .authenticator].contains(callback) { XCTFail("\(name) is connected") }
        } catch {
            XCTAssert(error is MqttkaError, "\(name): \(error)")
            return
        }
        if misuse == .closes && callback != .responder { return }
        try await client.publish("x", to: "nobody/else", qos: .exactlyOnce)
        if callback != .responder { return }
        let (subscribed, told) = AsyncStream<Void>.makeStream()
        let service = Task {
            try await client.respond(to: "ask", onSubscribed: { told.finish() }) { _ in
                try await MisuseTests.blocking(behaviour)
                return nil
            }
        }
        for await _ in subscribed {}
        await assertThrows({ try await client.request("?", to: "ask", timeout: 0.5) }) {
            // The connection's end may be the first to end it.
            let expected: [MqttkaError] = misuse == .closes ? [.closed, .disconnected] : [.timedOut]
            XCTAssert(($0 as? MqttkaError).map(expected.contains) == true, "\(name): \($0)")
        }
        if misuse == .throws { await assertThrows({ try await service.value }) { XCTAssert($0 is OfTheTest, "\($0)") } }
        service.cancel()
    }

    func testRequestsBeyondTheBoundAreRefused() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.outboundQueueMaxMessages = 4 })
        try await client.connect()
        // The first one subscribes to the topic of responses, too.
        await assertThrows({ try await client.request("?", to: "nobody", qos: .atMostOnce, timeout: 0.1) }) {
            XCTAssertEqual($0 as? MqttkaError, .timedOut)
        }
        let many = (0..<10).map { _ in
            Task { try await client.request("?", to: "nobody", qos: .atMostOnce, timeout: 2) }
        }
        var ends: [MqttkaError] = []
        for one in many { await assertThrows({ try await one.value }) { if let end = $0 as? MqttkaError { ends.append(end) } } }
        XCTAssertEqual(ends.count, 10)
        XCTAssert(ends.allSatisfy { $0 == .timedOut || $0 == .queueFull }, "\(ends)")
        XCTAssertGreaterThan(ends.filter { $0 == .queueFull }.count, 0)
        // Those that were given up take no room.
        for _ in 0..<10 {
            let one = Task { try await client.request("?", to: "nobody", qos: .atMostOnce, timeout: 600) }
            // What is still queued has its place there until the engine has looked.
            try await client.flush(timeout: 60)
            one.cancel()
            await assertThrows({ try await one.value }) { XCTAssert($0 is CancellationError, "\($0)") }
        }
    }

    func testWhatWaitsEndsWithAClientThatNobodyHasAnyMore() async throws {
        let delivery = try Client(options(1)).beginPublish(Message(topic: "a", text: "x", qos: .atLeastOnce))
        await assertThrows({ try await within(60) { try await delivery.outcome() } }) {
            XCTAssertEqual($0 as? MqttkaError, .closed)
        }
    }
}
