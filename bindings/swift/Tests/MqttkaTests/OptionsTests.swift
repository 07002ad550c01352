import Foundation
import XCTest
@testable import Mqttka

/// Bounds of options and arguments (fault 3), and options that are new with them (fault 24).
final class OptionsTests: XCTestCase {
    func testEachBoundIsNamed() throws {
        func bounded(_ option: String, _ value: String, _ bound: String, _ change: (inout Options) -> Void) {
            XCTAssertThrowsError(try Client(options(1, change))) {
                XCTAssertEqual(
                    $0 as? MqttkaError, .invalidOption(option: option, value: value, bound: bound), "\($0)")
            }
        }
        let day = "86400s"
        bounded("connectTimeout", "-1.0 s", "1ms to \(day)") { $0.connectTimeout = -1 }
        bounded("connectTimeout", "nan s", "1ms to \(day)") { $0.connectTimeout = .nan }
        bounded("connectTimeout", "inf s", "1ms to \(day)") { $0.connectTimeout = .infinity }
        bounded("connectTimeout", "-inf s", "1ms to \(day)") { $0.connectTimeout = -.infinity }
        bounded("connectTimeout", "1e+300 s", "1ms to \(day)") { $0.connectTimeout = 1e300 }
        bounded("deadPeerTimeout", "1.4 s", "1.5s to \(day)") { $0.deadPeerTimeout = 1.4 }
        bounded("unclaimedTimeout", "86401.0 s", "0ns to \(day)") { $0.unclaimedTimeout = 86_401 }
        bounded("reconnectFirstDelay", "0.009 s", "10ms to \(day)") { $0.reconnectFirstDelay = 0.009 }
        bounded("reconnectMaxDelay", "inf s", "10ms to \(day)") { $0.reconnectMaxDelay = .infinity }
        bounded("reconnectMaxTime", "-1.0 s", "1ms to 31536000s") { $0.reconnectMaxTime = -1 }
        bounded("reconnectResetAfter", "nan s", "0ns to \(day)") { $0.reconnectResetAfter = .nan }
        bounded("rateLimitBurst", "-1.0 s", "0ns to \(day)") { $0.rateLimit = RateLimit(messagesPerSecond: 1, burst: -1) }
        bounded("reconnectFactor", "0.5", "1 to 100") { $0.reconnectFactor = 0.5 }
        bounded("maxRedirects", "101", "0 to 100") { $0.maxRedirects = 101 }
        bounded("poisonAfter", "1001", "0 to 1000") { $0.poisonAfter = 1001 }
        bounded("port", "0", "1 to 65535") { $0.port = 0 }
        bounded("receiveMaximum", "0", "1 to 65535") { $0.receiveMaximum = 0 }
        bounded("maxInflight", "0", "1 to 65535") { $0.maxInflight = 0 }
        bounded("maximumPacketSize", "15", "16 to 268435460") { $0.maximumPacketSize = 15 }
        bounded("outboundQueueMaxMessages", "0", "1 to 4294967295") { $0.outboundQueueMaxMessages = 0 }
        bounded("host", "set", "absent, for uri is set") { $0.uri = "mqtt://a" }
        bounded("tlsCaFile", "set", "absent, for the same is given as bytes") {
            $0.tlsCa = Data()
            $0.tlsCaFile = "x"
        }
        bounded("localAddress", "\"lo\"", "an IP address") { $0.localAddress = "lo" }
        XCTAssertEqual(
            "\(MqttkaError.invalidOption(option: "keepAlive", value: "70000", bound: "0 to 65535"))",
            "keepAlive is 70000; it must be 0 to 65535")
        XCTAssertNoThrow(try Client(options(1) { $0.deadPeerTimeout = 86_400 }))
    }

    func testDefaultsAreTheCores() {
        XCTAssertEqual(Options(host: "h").native, defaultOptions(host: "h"))
    }

    func testAURIThatCannotBeIsRefusedWithThePartThatIsWrong() {
        for (options, words) in [
            (Options("http://a"), "uri has the scheme"),
            (Options("mqtt://a:0"), "uri has the port"),
            (Options("mqtts://a/b"), "uri has a path"),
            (Options(host: "a", servers: ["mqtt://[::1"]), "servers has"),
            (Options(host: "a", proxy: "ftp://a"), "proxy has the scheme"),
        ] {
            XCTAssertThrowsError(try Client(options)) {
                guard case .invalidArgument(let detail)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
                XCTAssertTrue(detail.contains(words), detail)
            }
        }
    }

    func testSecretsAreNotPrintedAndCopiesAreEqual() {
        func options(_ secret: String) -> Options {
            Options(
                "wss://ann:\(secret)@b.example/mqtt?token=\(secret)", servers: ["mqtts://c.example:1/?\(secret)"],
                password: Data(secret.utf8), tlsCa: Data("authority".utf8), tlsPrivateKey: Data(secret.utf8),
                tlsPrivateKeyPassword: Data(secret.utf8),
                webSocketHeaders: [WebSocketHeader(name: "Authorization", value: secret)],
                proxy: "socks5://bob:\(secret)@proxy:1080")
        }
        XCTAssertEqual(options("a"), options("a"))
        XCTAssertEqual(options("a").hashValue, options("a").hashValue)
        XCTAssertNotEqual(options("a"), options("b"))
        var hooked = options("a")
        hooked.socketHook = { _ in }
        hooked.tlsVerifier = { _, _ in }
        hooked.provider = { _ in ProvidedConnection() }
        hooked.packetTap = { _ in }
        hooked.authenticator = ScramSha256(user: "a", password: "b")
        let copy = hooked
        XCTAssertEqual(copy, hooked)
        XCTAssertNotEqual(hooked, options("a"))
        for text in ["\(options("s3cret"))", String(reflecting: options("s3cret"))] {
            XCTAssertFalse(text.contains("s3cret") || text.contains("ann"), text)
            for shown in [
                "uri: wss://(hidden)@b.example/mqtt?(hidden)", "password: (hidden)", "[Authorization: (hidden)]",
                "proxy: socks5://(hidden)@proxy:1080", "keepAlive: 60", "userName: nil", "tlsCa: 9 bytes",
            ] { XCTAssertTrue(text.contains(shown), "\(shown) in \(text)") }
        }
        for (uri, shown) in [
            ("mqtt://b.example:1", "mqtt://b.example:1"), ("unix:@name", "unix:@name"),
            // What is no URI can hold a secret, too.
            ("ann:s3@cret@b.example", "ann:(hidden)@b.example"), ("mqtt://ann:s3/cret@b", "mqtt://(hidden)@b"),
        ] { XCTAssertTrue("\(Options(uri))".contains("Options(uri: \(shown), "), "\(Options(uri))") }
    }

    func testArgumentsHaveTheirBounds() async throws {
        let client = try Client(options(1))
        for timeout in [0, -1, .nan, .infinity, 86_400.1] {
            XCTAssertThrowsError(try client.probeNow(timeout: timeout)) {
                guard case .invalidOption("probeTimeout", "\(timeout) s", "1ms to 86400s")? = $0 as? MqttkaError else {
                    return XCTFail("\($0)")
                }
            }
        }
        for timeout in [0, -1, .nan, 31_536_001] {
            await assertThrows({ try await client.publish("x", to: "t", timeout: timeout) }) {
                guard case .invalidOption("publishTimeout", "\(timeout) s", "1ms to 31536000s")? = $0 as? MqttkaError else {
                    return XCTFail("\($0)")
                }
            }
        }
        await assertThrows({ try await client.disconnect(drainTimeout: -1) }) {
            XCTAssertEqual(
                $0 as? MqttkaError, .invalidOption(option: "drainTimeout", value: "-1.0 s", bound: "0ns to 86400s"))
        }
    }

    func testAFaultThatIsToleratedIsCounted() async throws {
        // Session Present, although the client began without one.
        let broker = try ScriptedBroker(connack: [0x20, 3, 1, 0, 0])
        let strict = try Client(options(broker.port) { $0.reconnect = false })
        await assertThrows({ try await strict.connect() }) {
            guard case .connectFailed(.protocol, let detail, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
            XCTAssertTrue(detail.contains("session"), detail)
        }
        let client = try Client(options(broker.port) { $0.tolerate = [.sessionPresentOnCleanStart] })
        try await client.connect()
        XCTAssertEqual(client.counters().faultsTolerated.map(\.count), [1])
    }

    func testMaxInflight() async throws {
        let broker = try ScriptedBroker(acknowledges: false)
        let client = try Client(options(broker.port) { $0.maxInflight = 2 })
        try await client.connect()
        for n in 1...3 { try client.enqueue(Message(topic: "\(n)", payload: Data(), qos: .atLeastOnce)) }
        var heard = [try await broker.next(), try await broker.next()]
        try client.probeNow(timeout: 60)
        heard.append(try await broker.next())
        XCTAssertEqual(heard, ["PUBLISH 1", "PUBLISH 2", "PING"])
        broker.acknowledge(1)
        let third = try await broker.next()
        XCTAssertEqual(third, "PUBLISH 3")
    }
}
