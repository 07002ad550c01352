import Foundation
import Mqttka
import MqttkaTesting
import XCTest

/// An operation that waits, what it sends, and what the broker then sees.
private struct Waits: Sendable {
    let name: String
    let packet: PacketType
    let seen: SeenKind
    /// QoS 0 ends when it is written.
    var endsWhenSent = false
    let call: @Sendable (Client) async throws -> Void

    /// All that a client waits for, but connecting, disconnecting, and proving itself anew, of which nothing is queued.
    static let all: [Waits] = [
        Waits(name: "publish, QoS 0", packet: .publish, seen: .published, endsWhenSent: true) {
            try await $0.publish("x", to: "a")
        },
        Waits(name: "publish, QoS 1", packet: .publish, seen: .published) {
            try await $0.publish("x", to: "a", qos: .atLeastOnce)
        },
        Waits(name: "publish, QoS 2", packet: .publish, seen: .published) {
            try await $0.publish("x", to: "a", qos: .exactlyOnce)
        },
        Waits(name: "publish, receipt", packet: .publish, seen: .published) {
            try await $0.publish("x", to: "a", receipt: true)
        },
        Waits(name: "reply", packet: .publish, seen: .published) {
            let question = Message(topic: "q", text: "?", qos: .atLeastOnce, properties: [.responseTopic(value: "a")])
            try await $0.reply(to: question, with: [1])
        },
        Waits(name: "flush", packet: .pingReq, seen: .pinged) { try await $0.flush() },
        Waits(name: "subscribe", packet: .subscribe, seen: .subscribed) {
            try await $0.subscribe(to: "a", qos: .atLeastOnce)
        },
        Waits(name: "unsubscribe", packet: .unsubscribe, seen: .unsubscribed) { try await $0.unsubscribe(from: "a") },
        Waits(name: "subscription", packet: .subscribe, seen: .unsubscribed) {
            _ = try await $0.subscription(to: "a", qos: .atLeastOnce)
        },
        Waits(name: "respond", packet: .subscribe, seen: .unsubscribed) { try await $0.respond(to: "a") { _ in nil } },
        Waits(name: "request", packet: .publish, seen: .published) { _ = try await $0.request("x", to: "a", timeout: 60) },
    ]
}

/// What becomes of an operation whose task is cancelled: withdrawn while it is queued, and let go when it was sent.
final class CancellationTests: XCTestCase {
    private struct Scene {
        let broker: FakeBroker
        let client: Client
        /// The kinds of packets that it sends.
        let sent: AsyncStream<PacketType>
    }

    /// A client that is not connected yet.
    private func scene() throws -> Scene {
        let broker = try FakeBroker()
        let (sent, told) = AsyncStream<PacketType>.makeStream()
        var options = Options(broker.uri)
        options.clientId = "a"
        options.keepAlive = 600
        options.reconnectFirstDelay = 600
        options.reconnectMaxDelay = 600
        options.packetTap = { packets in
            for packet in packets where packet.direction == .sent { told.yield(packet.packetType) }
        }
        return Scene(broker: broker, client: try Client(options), sent: sent)
    }

    private func assertCancelled(_ task: Task<Void, any Error>, _ name: String) async {
        do {
            try await task.value
            XCTFail("\(name) does not throw")
        } catch {
            XCTAssert(error is CancellationError, "\(name): \(error)")
        }
    }

    func testWhatIsQueuedIsWithdrawn() async throws {
        for operation in Waits.all {
            let scene = try scene()
            let client = scene.client
            // Cancelled at whatever moment: before it has begun, and while it waits.
            for early in [true, false] {
                let (begins, begun) = AsyncStream<Void>.makeStream()
                let task = Task {
                    begun.finish()
                    try await operation.call(client)
                }
                if !early {
                    for await _ in begins {}
                    while client.counters().outboundQueueMessages == 0 { await Task.yield() }
                }
                task.cancel()
                await assertCancelled(task, operation.name)
            }
            // The subscription to the topic of responses is the client's own, of all its requests.
            let left: UInt64 = operation.name == "request" ? 1 : 0
            // Nobody tells when the engine has looked.
            let end = Date(timeIntervalSinceNow: 60)
            while client.counters().outboundQueueMessages != left, Date() < end { await Task.yield() }
            XCTAssertEqual(client.counters().outboundQueueMessages, left, operation.name)

            try await client.connect()
            try await client.publish("x", to: "marker")
            _ = try await scene.broker.expectPublish("marker")
            XCTAssertEqual(scene.broker.takeAny()?.kind, .connected, operation.name)
            if left == 1 { XCTAssertEqual(scene.broker.takeAny()?.kind, .subscribed) }
            XCTAssertNil(scene.broker.takeAny(), operation.name)
            try await client.flush(timeout: 60)
            XCTAssertEqual(client.counters().outboundQueueMessages, 0, operation.name)
        }
    }

    func testWhatWasSentGoesItsWay() async throws {
        for operation in Waits.all {
            let scene = try scene()
            let client = scene.client
            try await client.connect()
            try scene.broker.goSilent()
            let task = Task { try await operation.call(client) }
            for await packet in scene.sent where packet == operation.packet { break }
            if operation.endsWhenSent {
                try await task.value
            } else {
                task.cancel()
                await assertCancelled(task, operation.name)
            }
            try scene.broker.comeBack()
            try await scene.broker.expect(operation.seen, timeout: 60)
            try await client.flush(timeout: 60)
            XCTAssertEqual(client.counters().outboundQueueMessages, 0, operation.name)
        }
    }

    func testAStreamWhoseUnsubscribeIsWithdrawnGoesOnAndItsEndUnsubscribes() async throws {
        let scene = try scene()
        let client = scene.client
        try await client.connect()
        let stream = try await client.subscription(to: "a", qos: .atLeastOnce, outlivesConnections: true)
        try await scene.broker.expect(.subscribed, timeout: 60)
        let events = client.events()
        try scene.broker.close()
        for await event in events { if case .disconnected = event.kind { break } }
        let leaving = Task { try await stream.unsubscribe() }
        while client.counters().outboundQueueMessages == 0 { await Task.yield() }
        leaving.cancel()
        do {
            _ = try await leaving.value
            XCTFail("it does not throw")
        } catch {
            XCTAssert(error is CancellationError, "\(error)")
        }
        try await client.connect()
        // What the broker has before the subscription goes to nobody.
        try await scene.broker.expect(.subscribed, timeout: 60)
        try scene.broker.publish("still here", to: "a", qos: .atLeastOnce)
        var messages = stream.makeAsyncIterator()
        let message = try await messages.next()
        XCTAssertEqual(message?.text, "still here")
        let again = Task { try await stream.unsubscribe() }
        again.cancel()
        stream.close()
        let seen = try await scene.broker.expect(.unsubscribed, timeout: 60)
        XCTAssertEqual(seen.filter, "a")
    }

    func testACancelledConnectEndsTheAttemptAndACancelledDisconnectNothing() async throws {
        let scene = try scene()
        let client = scene.client
        try scene.broker.answerConnects(false)
        let connecting = Task { _ = try await client.connect() }
        try await within("CONNECT") { for await packet in scene.sent where packet == .connect { break } }
        connecting.cancel()
        await assertCancelled(connecting, "connect")
        try scene.broker.answerConnects(true)
        _ = try await within("connecting again") { try await client.connect() }
        let events = client.events()
        try scene.broker.goSilent()
        let leaving = Task { try await client.disconnect() }
        while client.status.state == .connected { await Task.yield() }
        leaving.cancel()
        await assertCancelled(leaving, "disconnect")
        let cause = try await within("the end") { () -> DisconnectCause? in
            for await event in events { if case .disconnected(let info) = event.kind { return info.cause } }
            return nil
        }
        XCTAssertEqual(cause, .disconnectRequested)
    }
}
