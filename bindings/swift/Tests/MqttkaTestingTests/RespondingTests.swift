import Foundation
import Mqttka
import MqttkaTesting
import XCTest

private struct OfTheTest: Error {}

/// Opens once; whoever waits is let go when it is cancelled, too.
private final class Gate: Sendable {
    private let waits: AsyncStream<Void>
    private let opened: AsyncStream<Void>.Continuation

    init() { (waits, opened) = AsyncStream.makeStream() }

    func open() { opened.finish() }

    func wait() async throws {
        for await _ in waits {}
        try Task.checkCancellation()
    }
}

/// What the answers of an actor share.
private actor Counting {
    private(set) var begun: [String] = []
    private(set) var inside = 0
    let gate = Gate()

    /// All that it does before and after it waits is the actor's.
    func serve(_ client: Client, _ subscribed: @escaping @Sendable () -> Void) async throws {
        try await client.respond(to: "q", onSubscribed: subscribed) { request in
            self.begun.append(request.text ?? "")
            self.inside += 1
            if request.text == "slow" { try await self.gate.wait() }
            self.inside -= 1
            return request.payload
        }
    }
}

/// Requests of others are answered several at a time, and acknowledged when they were answered.
final class RespondingTests: XCTestCase {
    private struct Scene {
        let broker: FakeBroker
        let client: Client
        /// The requests with which the answer closure was called.
        let begun: AsyncStream<String>
        let begins: AsyncStream<String>.Continuation

        init() async throws {
            broker = try FakeBroker()
            var options = Options(broker.uri)
            options.keepAlive = 600
            client = try Client(options)
            (begun, begins) = AsyncStream.makeStream()
            try await client.connect()
        }

        /// Until it is subscribed.
        func responding(
            _ answer: @escaping @Sendable (Message) async throws -> Data?
        ) async -> Task<Void, any Error> {
            let (client, begins) = (client, begins)
            return await RespondingTests.serving { subscribed in
                try await client.respond(to: "q", onSubscribed: subscribed) { request in
                    begins.yield(request.text ?? "")
                    return try await answer(request)
                }
            }
        }

        func ask(_ payload: String, qos: QoS = .atLeastOnce) throws {
            try broker.publish(Message(topic: "q", text: payload, qos: qos, properties: [.responseTopic(value: "a")]))
        }

        func answered() async throws -> String? { try await broker.expectPublish("a", timeout: 60).text }

        func nextBegun(_ count: Int) async throws -> [String] {
            let begun = begun
            return try await within("\(count) requests") {
                var all: [String] = []
                for await one in begun {
                    all.append(one)
                    if all.count == count { break }
                }
                return all
            }
        }

        /// How many the broker has been told of, when it has read all that was sent.
        func acknowledged() async throws -> Int {
            try await client.flush(timeout: 60)
            var count = 0
            while let seen = broker.takeAny() { if seen.kind == .acknowledged { count += 1 } }
            return count
        }
    }

    private static func serving(
        _ serve: @escaping @Sendable (_ subscribed: @escaping @Sendable () -> Void) async throws -> Void
    ) async -> Task<Void, any Error> {
        let subscribed = Gate()
        let service = Task {
            // Also where it fails.
            defer { subscribed.open() }
            try await serve { subscribed.open() }
        }
        try? await subscribed.wait()
        return service
    }

    private func assertAnswered(_ expected: [String], _ scene: Scene) async throws {
        var answers: [String] = []
        for _ in expected { answers.append(try await scene.answered() ?? "") }
        XCTAssertEqual(answers.sorted(), expected.sorted())
    }

    func testASlowAnswerHoldsNoOtherOneUp() async throws {
        let scene = try await Scene()
        let slow = Gate()
        let service = await scene.responding { request in
            if request.text == "slow" { try await slow.wait() }
            return request.payload
        }
        try scene.ask("slow")
        try scene.ask("fast")
        try scene.ask("faster", qos: .exactlyOnce)
        try await assertAnswered(["fast", "faster"], scene)
        // Nor are those that came later: the order is the specification's.
        let early = try await scene.acknowledged()
        XCTAssertEqual(early, 0)
        slow.open()
        try await assertAnswered(["slow"], scene)
        for _ in 0..<3 { try await scene.broker.expect(.acknowledged, timeout: 60) }
        service.cancel()
    }

    func testAnActorsClosureIsCalledForAnotherOneWhileItAwaits() async throws {
        let scene = try await Scene()
        let (client, actor) = (scene.client, Counting())
        let service = await Self.serving { try await actor.serve(client, $0) }
        try scene.ask("slow")
        try scene.ask("fast")
        try await assertAnswered(["fast"], scene)
        actor.gate.open()
        try await assertAnswered(["slow"], scene)
        let (begun, inside) = await (actor.begun, actor.inside)
        XCTAssertEqual(begun.sorted(), ["fast", "slow"])
        XCTAssertEqual(inside, 0)
        service.cancel()
    }

    func testMoreThanAreBoundedWaitUntilOneWasAnswered() async throws {
        let most = 1024
        let scene = try await Scene()
        let one = Gate()
        let service = await scene.responding { request in
            if request.text == "0" { try await one.wait() } else { try await Task.sleep(nanoseconds: 600_000_000_000) }
            return request.payload
        }
        for number in 0...most { try scene.ask("\(number)", qos: .atMostOnce) }
        let begun = try await scene.nextBegun(most)
        XCTAssertEqual(Set(begun), Set((0..<most).map { "\($0)" }))
        one.open()
        let last = try await scene.nextBegun(1)
        XCTAssertEqual(last, ["\(most)"])
        service.cancel()
        try await within("the end") { try await service.value }
    }

    func testCancelledItGivesBackWhatIsUnderWay() async throws {
        let scene = try await Scene()
        let (cancelled, tell) = AsyncStream<String>.makeStream()
        let service = await scene.responding { request in
            do {
                try await Task.sleep(nanoseconds: 600_000_000_000)
            } catch {
                tell.yield(request.text ?? "")
                throw error
            }
            return nil
        }
        for number in 0..<3 { try scene.ask("\(number)") }
        _ = try await scene.nextBegun(3)
        service.cancel()
        // It returns: that is what was asked for.
        try await within("the end") { try await service.value }
        tell.finish()
        var all: [String] = []
        for await one in cancelled { all.append(one) }
        XCTAssertEqual(all.sorted(), ["0", "1", "2"])
        let early = try await scene.acknowledged()
        XCTAssertEqual(early, 0)
        let after = await scene.responding { $0.payload }
        try await assertAnswered(["0", "1", "2"], scene)
        for _ in 0..<3 { try await scene.broker.expect(.acknowledged, timeout: 60) }
        after.cancel()
    }

    func testWhatAnAnswerThrowsEndsIt() async throws {
        let scene = try await Scene()
        for thrown in [OfTheTest(), CancellationError()] as [any Error] {
            let all = Gate()
            let service = await scene.responding { request in
                if request.text != "bad" { try await Task.sleep(nanoseconds: 600_000_000_000) }
                try await all.wait()
                throw thrown
            }
            for one in ["first", "bad", "last"] { try scene.ask(one) }
            _ = try await scene.nextBegun(3)
            all.open()
            do {
                try await within("the end") { try await service.value }
                XCTFail("it does not throw")
            } catch {
                XCTAssertEqual("\(type(of: error))", "\(type(of: thrown))")
            }
            let early = try await scene.acknowledged()
            XCTAssertEqual(early, 0)
            let after = await scene.responding { $0.payload }
            try await assertAnswered(["first", "bad", "last"], scene)
            _ = try await scene.nextBegun(3)
            for _ in 0..<3 { try await scene.broker.expect(.acknowledged, timeout: 60) }
            after.cancel()
            try await within("the end") { try await after.value }
        }
    }

    func testItReturnsWhenTheClientIsClosed() async throws {
        let scene = try await Scene()
        let cancelled = Gate()
        let service = await scene.responding { _ in
            defer { cancelled.open() }
            try await Task.sleep(nanoseconds: 600_000_000_000)
            return nil
        }
        try scene.ask("?")
        _ = try await scene.nextBegun(1)
        scene.client.close()
        try await within("the end") { try await service.value }
        try await cancelled.wait()
    }

    func testWhatIsNoRequestIsDroppedAndNilIsNoAnswer() async throws {
        let scene = try await Scene()
        let service = await scene.responding { $0.text == "quiet" ? nil : $0.payload }
        try scene.broker.publish(Message(topic: "q", text: "plain", qos: .atLeastOnce))
        try scene.ask("quiet")
        try scene.ask("loud")
        try await assertAnswered(["loud"], scene)
        let begun = try await scene.nextBegun(2)
        XCTAssertEqual(begun.sorted(), ["loud", "quiet"])
        for _ in 0..<3 { try await scene.broker.expect(.acknowledged, timeout: 60) }
        service.cancel()
    }

    func testConnectionsThatEndDoNotEndIt() async throws {
        let scene = try await Scene()
        let service = await scene.responding { $0.payload }
        try await scene.client.disconnect()
        try await scene.client.connect()
        for _ in 0..<2 { try await scene.broker.expect(.subscribed, timeout: 60) }
        try scene.ask("?")
        try await assertAnswered(["?"], scene)
        service.cancel()
    }
}
