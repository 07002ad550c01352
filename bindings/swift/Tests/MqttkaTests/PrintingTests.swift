import Foundation
import XCTest
@testable import Mqttka

/// Nothing that may be a secret is printed, whichever way; what is printed is worth reading.
final class PrintingTests: XCTestCase {
    private let secret = "s3cr3t"

    /// All ways to print a value.
    private func printed(_ value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), "\([value])", "\(Optional(value) as Any)", dumped]
    }

    private func assertHides(_ value: some Any, file: StaticString = #filePath, line: UInt = #line) {
        let bytes = Array(secret.utf8).map(String.init)
        for text in printed(value) {
            XCTAssertFalse(text.contains(secret), text, file: file, line: line)
            // As `dump` tells short data: one byte per line.
            let numbers = text.split(whereSeparator: { !$0.isNumber }).map(String.init)
            XCTAssertFalse(
                numbers.indices.contains { numbers[$0...].starts(with: bytes) }, text, file: file, line: line)
        }
    }

    func testSecretsAreHidden() {
        let data = Data(secret.utf8)
        let header = WebSocketHeader(name: "Authorization", value: secret)
        let property = UserProperty(name: "token", value: secret)
        let certificate = ClientCertificate(certificate: Data("public".utf8), privateKey: data)
        let message = Message(
            topic: "t", payload: data, properties: [.authenticationData(value: data), .correlationData(value: data)])
        let provided = ProvidedConnection(
            userName: secret, password: data, uri: "mqtts://ann:\(secret)@b.example/?\(secret)", webSocketHeaders: [header],
            clientCertificate: certificate)
        assertHides(header)
        assertHides(property)
        assertHides(certificate)
        assertHides(message)
        assertHides(Will(message: message))
        assertHides(provided)
        assertHides(ScramSha256(user: secret, password: secret))
        assertHides(AuthenticationStep.continue(data: data))
        assertHides(
            Options(
                "wss://ann:\(secret)@b.example/mqtt?token=\(secret)", path: "/mqtt?\(secret)",
                servers: ["mqtts://c.example:1/?\(secret)"], password: data, userProperties: [property],
                will: Will(message: message), authenticator: ScramSha256(user: secret, password: secret),
                provider: { [provided] _ in provided }, tlsPrivateKey: data,
                tlsPrivateKeyPassword: data, webSocketHeaders: [header], proxy: "socks5://bob:\(secret)@proxy:1080"))
    }

    /// A field that is new, and whose name says what it is, is hidden as well.
    func testFieldsThatSoundSecretAreAmongTheSecrets() {
        let sounds = ["password", "key", "token", "secret", "header", "uri", "proxy", "userpropert"]
        let harmless = ["keepAlive", "tlsKeyLog", "tlsPrivateKeyFile"]
        for child in Mirror(reflecting: Options()).children {
            let label = child.label ?? ""
            guard !harmless.contains(label), label != "secrets" else { continue }
            XCTAssertFalse(sounds.contains { label.lowercased().contains($0) }, "\(label) is not among the secrets")
        }
    }

    func testWhatIsPrintedSaysSomething() {
        XCTAssertEqual(
            "\(Message(topic: "a/b", text: "hello", qos: .atLeastOnce))",
            "Message(topic: a/b, payload: 5 bytes, qos: atLeastOnce, retain: false, properties: [], dup: false, "
                + "connectionNumber: 0)")
        XCTAssertEqual("\(ConnectionState.reconnecting) \(Stage.tls) \(LogLevel.warn)", "reconnecting tls warn")
        XCTAssertEqual("\(StopReason.credentials) \(Version.v5) \(Transport.webSocketTls)", "credentials v5 webSocketTls")
        XCTAssertEqual("\(UserProperty(name: "a", value: "b"))", "a: (hidden)")
        XCTAssertEqual(
            "\(ProvidedConnection(userName: "ann"))",
            "ProvidedConnection(userName: (hidden), password: nil, uri: nil, webSocketHeaders: nil, clientCertificate: nil)")
    }

    func testEventsAreSentences() async throws {
        let recorder = Recorder()
        let client = try Client(
            options(try freePort()) { $0.reconnectMaxAttempts = 2; $0.reconnectFirstDelay = 0.01 }, onEvent: recorder.hear)
        await assertThrows({ try await client.connect() }) { XCTAssert($0 is MqttkaError) }
        try await eventually { !recorder.stops.isEmpty }
        let words = recorder.events.value.map { "\($0)" }
        for name in [": connect_failed: ", ": reconnecting: ", ": reconnect_stopped: "] {
            XCTAssertTrue(words.contains { $0.hasPrefix("connection ") && $0.contains(name) }, "\(name) in \(words)")
        }
        XCTAssertFalse(words.contains { $0.contains("Event(") || $0.contains("Optional(") }, "\(words)")
    }

    func testConstantsHaveNumbersAndNames() {
        func check<Constant: RawRepresentable & CaseIterable & Hashable & CustomStringConvertible>(_: Constant.Type)
        where Constant.RawValue == UInt8 {
            let all = Array(Constant.allCases)
            XCTAssertEqual(Set(all.map(\.rawValue)).count, all.count)
            XCTAssertEqual(Set(all.map(\.description)).count, all.count)
            for one in all { XCTAssertEqual(Constant(rawValue: one.rawValue), one) }
            XCTAssertNil(Constant(rawValue: 254))
        }
        check(ConnectionState.self)
        check(Fault.self)
        check(LogLevel.self)
        check(LostPublish.self)
        check(MetricKind.self)
        check(NetworkChange.self)
        check(PacketDirection.self)
        check(PacketType.self)
        check(QueuePolicy.self)
        check(ReasonCode.self)
        check(Receipt.self)
        check(Stage.self)
        check(StopReason.self)
        check(Transport.self)
        check(TransportErrorKind.self)
        check(Version.self)
    }

    /// Each error, by its name in the sources.
    func testErrorsAreSentences() throws {
        let attempted = ConnectError.disconnectRequested
        let errors: [String: MqttkaError] = [
            "invalidOption": .invalidOption(option: "keepAlive", value: "-1", bound: "0 to 65535"),
            "invalidArgument": .invalidArgument(detail: "why"), "invalidTopic": .invalidTopic(detail: "why"),
            "invalidText": .invalidText(detail: "why"), "notConnected": .notConnected,
            "alreadyConnected": .alreadyConnected, "queueFull": .queueFull,
            "packetTooLarge": .packetTooLarge(size: 7, limit: 5), "closed": .closed, "forked": .forked,
            "startup": .startup(detail: "why"), "outOfMemory": .outOfMemory(bytes: 7),
            "connectFailed": .connectFailed(error: attempted, detail: "why"),
            "refused": .refused(reasonCode: .quotaExceeded, reasonString: "why", reasonCodes: [], userProperties: []),
            "disconnected": .disconnected, "sessionLost": .sessionLost,
            "notSupportedByServer": .notSupportedByServer(reasonCode: .retainNotSupported),
            "encode": .encode(detail: "why"), "wrongReasonCodeCount": .wrongReasonCodeCount(expected: 7, received: 5),
            "expired": .expired, "timedOut": .timedOut, "dropped": .dropped, "poison": .poison(connections: 7),
            "cancelled": .cancelled, "authentication": .authentication(detail: "why"),
            "notSupported": .notSupported(what: "why", needs: "7"), "eventsNotTaken": .eventsNotTaken, "streamEnded": .streamEnded(.subscribeFailed(detail: "why", reasonCode: nil, reasonString: nil, userProperties: [])),
            "other": .other(detail: "why"),
        ]
        let source = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Sources/Mqttka/MqttkaError.swift"), encoding: .utf8)
        let declared = source.split(separator: "\n").prefix { $0 != "}" }
            .filter { $0.hasPrefix("    case ") && !$0.contains("_writeDefaultInstead") }
            .map { $0.dropFirst(9).prefix { $0.isLetter } }
        XCTAssertEqual(Set(declared.map(String.init)), Set(errors.keys))
        for (name, error) in errors {
            let words = error.localizedDescription
            XCTAssertEqual(words, "\(error)")
            XCTAssertFalse(words.isEmpty || words.contains("Optional(") || words.contains("MqttkaError"), "\(name): \(words)")
            for mark in ["why", "7", "5"] where String(reflecting: Mirror(reflecting: error).children.map { "\($0)" }).contains(mark) {
                XCTAssertTrue(words.contains(mark), "\(name) does not say \(mark): \(words)")
            }
        }
        XCTAssertEqual(errors["invalidOption"]?.localizedDescription, "keepAlive is -1; it must be 0 to 65535")
    }
}
