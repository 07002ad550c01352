import Foundation
import Glibc
import Mqttka
import XCTest

/// How a connection comes to its broker, but for TLS.
final class WaysTests: XCTestCase {
    func testAURIIsAllThatItTakes() async throws {
        let broker = try Broker("allow_anonymous false\npassword_file PASSWORDS", more: [["protocol websockets"]])
        let tcp = try await connected(Options("mqtt://alice:secret@127.0.0.1:\(broker.port)"))
        XCTAssertEqual([tcp.host, tcp.address, tcp.proxy], ["127.0.0.1", "127.0.0.1", nil])
        XCTAssertEqual(tcp.port, broker.port)
        XCTAssertEqual(tcp.stages.map(\.stage), [.dns, .tcp, .mqtt])
        XCTAssertTrue(tcp.stages.allSatisfy { (0...60).contains($0.time) }, "\(tcp)")
        let web = try await connected(
            Options(
                "ws://alice:secret@127.0.0.1:\(broker.morePorts[0])/mqtt",
                webSocketHeaders: [WebSocketHeader(name: "X-Token", value: "x")]))
        XCTAssertEqual(web.transport, .webSocket)
        XCTAssertEqual(web.stages.map(\.stage), [.dns, .tcp, .webSocket, .mqtt])
        // Options count more than the URI's user info.
        _ = try await connected(Options("mqtt://alice:wrong@127.0.0.1:\(broker.port)", password: Data("secret".utf8)))
    }

    func testServersAreTriedInOrder() async throws {
        let broker = try Broker()
        let attempted = try await connected(
            Options("mqtt://127.0.0.1:\(try freePort())", servers: ["mqtt://127.0.0.1:\(broker.port)"]))
        XCTAssertEqual(attempted.serverIndex, 1)
        XCTAssertEqual(attempted.port, broker.port)
    }

    func testTheHookHasEachSocketBeforeItConnects() async throws {
        let broker = try Broker()
        let kinds = Shared<[Int32]>([])
        let hooked = options(broker.port) {
            $0.socketHook = { socket in
                var kind: Int32 = 0
                var length = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &length)
                kinds.change { $0.append(kind) }
            }
        }
        _ = try await connected(hooked)
        XCTAssertEqual(kinds.value, [Int32(SOCK_STREAM.rawValue)])
    }

    func testWhatTheHookThrowsIsWhyThereIsNoConnection() async throws {
        let broker = try Broker()
        let error = try await failure(options(broker.port) { $0.socketHook = { _ in throw Refusal("no such network") } })
        XCTAssertEqual(error.stage, .tcp)
        XCTAssertEqual(error.transportErrorKind, .socketHook)
        XCTAssertTrue("\(error)".contains("no such network"), "\(error)")
    }

    func testAClosedClientLetsItsClosuresGo() async throws {
        let broker = try Broker()
        weak var inHook: Thing?
        weak var inVerifier: Thing?
        do {
            let (one, other) = (Thing(), Thing())
            (inHook, inVerifier) = (one, other)
            let hooked = options(broker.port) {
                $0.socketHook = { _ in withExtendedLifetime(one) {} }
                $0.tlsVerifier = { _, _ in withExtendedLifetime(other) {} }
            }
            _ = try await connected(hooked)
        }
        try await eventually { inHook == nil && inVerifier == nil }
    }

    func testAProxyThatIsNotThereHasItsNameInTheError() async throws {
        let port = try freePort()
        let error = try await failure(Options("mqtt://broker.example", proxy: "http://127.0.0.1:\(port)"))
        XCTAssertEqual(error.stage, .tcp)
        XCTAssertEqual(error.attempted?.proxy, "127.0.0.1:\(port)")
    }
}

final class Thing: Sendable {}

struct Refusal: LocalizedError {
    let errorDescription: String?

    init(_ text: String) { errorDescription = text }
}

/// Connects, and gives what the event says of the way.
func connected(_ options: Options) async throws -> Attempted {
    let recorder = Recorder()
    let client = try Client(options, onEvent: recorder.hear)
    try await client.connect()
    try await eventually { !recorder.events.value.isEmpty }
    client.close()
    return try XCTUnwrap(recorder.events.value[0].attempted)
}

/// How a stage of the way fails.
func failure(_ options: Options) async throws -> ConnectError {
    var options = options
    options.connectTimeout = 20
    let client = try Client(options)
    do {
        try await client.connect()
    } catch MqttkaError.connectFailed(let error, _, _) {
        return error
    }
    XCTFail("connected")
    return .clientClosed
}
