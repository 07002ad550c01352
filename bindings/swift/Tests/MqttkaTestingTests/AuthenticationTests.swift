import Foundation
import Mqttka
import MqttkaTesting
import XCTest

/// A step, and what the broker said with it.
private struct Heard: Hashable, Sendable {
    var step: String
    var reasonString: String?
    var userProperties: [UserProperty]

    init(_ step: String, _ reasonString: String?, _ userProperties: [UserProperty]) {
        self.step = step
        self.reasonString = reasonString
        self.userProperties = userProperties
    }

    init(_ request: AuthenticationRequest) {
        let step =
            switch request.step {
            case .start(let again): again ? "again" : "start"
            case .continue: "continue"
            case .finish: "finish"
            default: "other"
            }
        self.init(step, request.reasonString, request.userProperties)
    }
}

private let mine = ["1", "2"].map { UserProperty(name: "mine", value: $0) }

/// Answers with properties at these steps.
private struct Answering: AnsweringAuthenticator {
    let method = "TEST"
    var steps: Set = ["again", "continue"]
    var properties = mine
    var heard: @Sendable (Heard) -> Void = { _ in }

    func answer(_ request: AuthenticationRequest) async throws -> AuthenticationAnswer {
        let step = Heard(request)
        heard(step)
        return AuthenticationAnswer(Data("data".utf8), userProperties: steps.contains(step.step) ? properties : [])
    }
}

/// Has no properties.
private struct Plain: Authenticator {
    let method = "TEST"
    let heard: @Sendable (Heard) -> Void

    func authenticate(_ request: AuthenticationRequest) async throws -> Data? {
        heard(Heard(request))
        return nil
    }
}

/// What AUTH, and the CONNACK that ends an exchange, say besides their data, in both directions.
final class AuthenticationTests: XCTestCase {
    private func sent(_ packet: PacketType) -> [UserProperty] {
        [("of", "\(packet)"), ("b", "1"), ("b", "2")].map { UserProperty(name: $0.0, value: $0.1) }
    }

    private func broker() throws -> FakeBroker {
        let broker = try FakeBroker()
        try broker.authenticate("TEST")
        try broker.challenge("why".utf8)
        for packet in [PacketType.auth, .connAck] {
            let user = sent(packet).map { Property.userProperty(name: $0.name, value: $0.value) }
            try broker.setProperties(packet, [.reasonString(value: "\(packet) says")] + user)
        }
        return broker
    }

    private func client(_ broker: FakeBroker, _ authenticator: any Authenticator) throws -> Client {
        try Client(Options(broker.uri, authenticator: authenticator))
    }

    private var first: [Heard] {
        [
            Heard("start", nil, []), Heard("continue", "auth says", sent(.auth)),
            Heard("finish", "connAck says", sent(.connAck)),
        ]
    }

    func testTheAuthenticatorIsToldAndItsAnswersHaveTheirs() async throws {
        let broker = try broker()
        let (steps, told) = AsyncStream<Heard>.makeStream()
        let client = try client(broker, Answering(heard: { told.yield($0) }))
        try await client.connect()
        try await client.reauthenticate()
        client.close()
        let again = [
            Heard("again", nil, []), Heard("continue", "auth says", sent(.auth)), Heard("finish", "auth says", sent(.auth)),
        ]
        try await assertHeard(steps, first + again)
        // CONNECT, AUTH; and anew AUTH, AUTH.
        for expected in [[], mine, mine, mine] {
            let seen = try await broker.expect(.authenticating)
            let user = seen.properties.compactMap { property in
                if case .userProperty(let name, let value) = property { UserProperty(name: name, value: value) } else { nil }
            }
            XCTAssertEqual(user, expected)
        }
    }

    func testDataAloneIsEnough() async throws {
        let (steps, told) = AsyncStream<Heard>.makeStream()
        let broker = try broker()
        let client = try client(broker, Plain(heard: { told.yield($0) }))
        try await client.connect()
        client.close()
        try await assertHeard(steps, first)
        broker.stop()
    }

    private func assertHeard(_ steps: AsyncStream<Heard>, _ expected: [Heard]) async throws {
        let heard = try await within("the steps") {
            var heard: [Heard] = []
            for await step in steps {
                heard.append(step)
                if heard.count == expected.count { break }
            }
            return heard
        }
        XCTAssertEqual(heard, expected)
    }

    func testWhereNoAuthLeavesThereCanBeNoneAndNotEverythingIsText() async throws {
        let broker = try broker()
        for (step, value, words) in [
            ("start", "1", "userProperties is given"), ("finish", "1", "userProperties is given"),
            ("continue", "\0", "invalid string"),
        ] {
            let wrong = Answering(steps: [step], properties: [UserProperty(name: "a", value: value)])
            let client = try client(broker, wrong)
            let stopped = client.events()
            do {
                try await client.connect()
                XCTFail("\(step) is let pass")
            } catch MqttkaError.connectFailed(.authentication(let detail), _, _) {
                XCTAssertTrue(detail.contains(words), "\(step): \(detail)")
            }
            // Trying again would not help.
            try await within("the stop") {
                for await event in stopped { if case .reconnectStopped = event.kind { return } }
                throw CancellationError()
            }
            client.close()
        }
    }

    func testAnAnswerIsPrintedWithoutItsSecrets() {
        let secret = "nobody knows"
        let answer = AuthenticationAnswer(Data(secret.utf8), userProperties: [UserProperty(name: "a", value: secret)])
        var dumped = ""
        dump(answer, to: &dumped)
        for text in ["\(answer)", String(reflecting: answer), dumped] {
            XCTAssertFalse(text.contains(secret) || text.contains("\(Array(secret.utf8))"), text)
        }
        XCTAssertTrue("\(answer)".contains("hidden"), "\(answer)")
    }
}
