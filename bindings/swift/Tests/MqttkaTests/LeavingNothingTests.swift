import Foundation
import Mqttka
import XCTest

final class LeavingNothingTests: XCTestCase {
    func testCloseWhileConnected() async throws {
        let broker = try Broker()
        let recorder = Recorder()
        let client = try Client(options(broker.port), onEvent: recorder.hear)
        try await client.connect()
        let messages = try client.messages()
        let count = Shared(0)
        let consumer = Task {
            for try await _ in messages { count.change { $0 += 1 } }
        }
        try await client.subscribe(to: "t")
        try await client.publish("x", to: "t")
        try await eventually { count.value == 1 }
        client.close()
        try await within(60) { try await consumer.value }
        XCTAssertEqual(messages.end, .closed)
        try await eventually { recorder.events.value.count == 2 }
        XCTAssertEqual(recorder.disconnects, [.clientClosed])
        XCTAssertEqual(client.status.state, .closed)
    }

    func testDeinitWhileConnected() async throws {
        let broker = try Broker()
        let recorder = Recorder()
        weak var gone: Client?
        var events: AsyncStream<Event>
        do {
            let client = try Client(options(broker.port), onEvent: recorder.hear)
            gone = client
            events = client.events()
            try await client.connect()
            _ = try client.messages()
        }
        // Another thread may be about to let it go.
        try await eventually { gone == nil }
        try await eventually { recorder.events.value.count == 2 }
        XCTAssertEqual(recorder.disconnects, [.clientClosed])
        var heard = 0
        for await _ in events { heard += 1 }
        XCTAssertEqual(heard, 2)
    }

    func testACancelledConsumerEndsAndLosesNothing() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let messages = try client.messages()
        try await client.subscribe(to: "#", qos: .atLeastOnce)
        for round in 0..<50 {
            let consumer = Task {
                for try await _ in messages {}
            }
            for _ in 0..<round { await Task.yield() }
            consumer.cancel()
            try await within(60) { try await consumer.value }
        }
        try await client.publish("still here", to: "t", qos: .atLeastOnce)
        let count = try await within(60) { try await messages.nextBatch { $0.count } }
        XCTAssertEqual(count, 1)
    }

    /// A stream whose consumer was cancelled is gone from the core: it withholds no acknowledgements.
    func testACancelledConsumersStreamIsClosed() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.receiveMaximum = 5 })
        try await client.connect()
        try await client.subscribe(to: "#", qos: .atLeastOnce)
        for round in 0..<20 {
            let consumer = Task {
                for try await _ in try client.messages() {}
            }
            for _ in 0..<round { await Task.yield() }
            consumer.cancel()
            try await within(60) { try await consumer.value }
        }
        for _ in 0..<100 { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        try await eventually { client.status.messagesReceived == 100 }
        XCTAssertEqual(client.status.inboundQueueBytes, 0)
    }

    func testACancelledCallThrowsAtOnce() async throws {
        let server = try SilentServer()
        let client = try Client(options(server.port) { $0.connectTimeout = 20 })
        let connecting = Task { try await client.connect() }
        try await eventually { client.status.state == .connecting }
        let start = now()
        connecting.cancel()
        await assertThrows({ try await connecting.value }) { XCTAssert($0 is CancellationError, "\($0)") }
        // Long before the attempt's deadline.
        XCTAssertLessThan(now() - start, 10)
    }

    func testCallsFromTheCallback() async throws {
        let broker = try Broker()
        let holder = Shared<Client?>(nil)
        let client = try Client(options(broker.port)) { event in
            guard case .connected = event.kind, let client = holder.value else { return }
            XCTAssertEqual(client.status.state, .connected)
            client.close()
        }
        holder.change { $0 = client }
        _ = try? await client.connect()
        try await eventually { client.status.state == .closed }
        holder.change { $0 = nil }
    }

    func test200Cycles() async throws {
        let broker = try Broker()
        func cycle(_ n: Int) async throws {
            let client = try Client(options(broker.port))
            let messages = try client.messages()
            let consumer = Task { for try await _ in messages {} }
            try await client.connect()
            try await client.subscribe(to: "t/\(n)", qos: .atLeastOnce)
            try await client.publish("x", to: "t/\(n)", qos: .atLeastOnce)
            if n % 2 == 0 { try await client.disconnect() }
            client.close()
            try await consumer.value
        }
        for n in 0..<50 { try await cycle(n) }
        // What heap and allocator still take, they do not take each time; what leaks, does.
        var before = try ProcessFigures.read()
        for round in 1...3 {
            for n in 0..<200 { try await cycle(n) }
            var after = try ProcessFigures.read()
            // Threads of the lanes linger for a moment.
            for _ in 0..<600 where after.threads > before.threads || after.descriptors > before.descriptors {
                try await Task.sleep(nanoseconds: 100_000_000)
                after = try ProcessFigures.read()
            }
            figure("200 cycles: threads \(before.threads) -> \(after.threads), descriptors \(before.descriptors) -> "
                + "\(after.descriptors), resident \(before.residentKiB) -> \(after.residentKiB) KiB")
            XCTAssertLessThanOrEqual(after.threads, before.threads)
            XCTAssertLessThanOrEqual(after.descriptors, before.descriptors)
            if after.residentKiB - before.residentKiB < 2048 { break }
            XCTAssertLessThan(round, 3, "\(before.residentKiB) -> \(after.residentKiB) KiB, three times")
            before = after
        }
    }
}
