import Foundation
import Mqttka
import XCTest

/// TLS against a real broker whose listeners have the test authority's certificates, good and bad.
final class TlsTests: XCTestCase {
    private static let names = ["server", "expired", "not_yet_valid", "wrong_host", "untrusted"]

    private func broker() throws -> Broker {
        try Broker(
            more: Self.names.map { Authority.listener($0) } + [
                Authority.listener("server", "protocol websockets"),
                Authority.listener("server", "cafile \(Authority.path("ca.pem"))", "require_certificate true"),
            ])
    }

    private func options(
        _ broker: Broker, _ name: String = "server", scheme: String = "mqtts", listener: Int? = nil,
        _ change: (inout Options) -> Void = { _ in }
    ) -> Options {
        let port = broker.morePorts[listener ?? Self.names.firstIndex(of: name)!]
        var options = Options("\(scheme)://127.0.0.1:\(port)", tlsCaFile: Authority.path("ca.pem"))
        change(&options)
        return options
    }

    func testABrokerWhoseAuthorityIsKnown() async throws {
        let broker = try broker()
        let attempted = try await connected(options(broker))
        XCTAssertEqual(attempted.transport, .tls)
        XCTAssertEqual(attempted.stages.map(\.stage), [.dns, .tcp, .tls, .mqtt])
        let bytes = try Authority.data("ca.pem")
        let web = try await connected(
            options(broker, scheme: "wss", listener: 5) {
                $0.tlsCaFile = nil
                $0.tlsCa = bytes
            })
        XCTAssertEqual(web.stages.map(\.stage), [.dns, .tcp, .tls, .webSocket, .mqtt])
    }

    func testMessagesThroughTLSAndWebSocket() async throws {
        let broker = try broker()
        for options in [options(broker), options(broker, scheme: "wss", listener: 5)] {
            let client = try Client(options)
            try await client.connect()
            let payload = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
            let messages = try await client.subscription(to: ["large"], qos: .atLeastOnce)
            try await client.publish(Message(topic: "large", payload: payload, qos: .atLeastOnce))
            let same = try await within(60) { try await messages.nextBatch { $0.map(\.payload) == [payload] } }
            XCTAssertEqual(same, true)
        }
    }

    func testEachReasonToRefuseACertificateIsTold() async throws {
        let broker = try broker()
        for (name, kind) in [
            ("expired", TransportErrorKind.certificateExpired), ("not_yet_valid", .certificateNotYetValid),
            ("wrong_host", .wrongHost), ("untrusted", .unknownIssuer),
        ] {
            let error = try await failure(options(broker, name))
            XCTAssertEqual(error.stage, .tls, "\(error)")
            XCTAssertEqual(error.transportErrorKind, kind, "\(error)")
        }
        let platform = try await failure(options(broker) { $0.tlsCaFile = nil })
        XCTAssertEqual(platform.transportErrorKind, .unknownIssuer, "\(platform)")
        let pinned = try await failure(options(broker) { $0.tlsPins = [String(repeating: "A", count: 43) + "="] })
        XCTAssertEqual(pinned.transportErrorKind, .pinMismatch, "\(pinned)")
        _ = try await connected(
            options(broker, "expired") {
                $0.tlsCaFile = nil
                $0.tlsDangerAcceptAnyCertificate = true
            })
        let pin = try Authority.text("server.pin")
        _ = try await connected(options(broker) { $0.tlsPins = [pin] })
    }

    func testAClientWithACertificate() async throws {
        let broker = try broker()
        let key = try Authority.data("client.pk8.encrypted.key")
        let mine = options(broker, listener: 6) {
            $0.tlsCertificateFile = Authority.path("client.pem")
            $0.tlsPrivateKey = key
            $0.tlsPrivateKeyPassword = Data("secret".utf8)
        }
        _ = try await connected(mine)
        let error = try await failure(options(broker, listener: 6))
        // certificate_required
        guard case .transport(_, .tlsAlert, _, 116, _, _) = error else { return XCTFail("\(error)") }
    }

    func testTheApplicationsVerifierJudgesInsteadOfAllOthers() async throws {
        let broker = try broker()
        let asked = Shared<[(chain: [Data], name: String)]>([])
        let judged = options(broker, "wrong_host") {
            $0.tlsCaFile = nil
            $0.tlsVerifier = { chain, name in asked.change { $0.append((chain, name)) } }
        }
        _ = try await connected(judged)
        XCTAssertEqual(asked.value.map(\.name), ["127.0.0.1"])
        XCTAssertEqual(asked.value.first?.chain.first, try Authority.certificate("wrong_host.pem"))
        let error = try await failure(
            options(broker) { $0.tlsVerifier = { _, _ in throw Refusal("not on my list") } })
        XCTAssertEqual(error.stage, .tls)
        XCTAssertEqual(error.transportErrorKind, .certificateInvalid)
        XCTAssertTrue("\(error)".contains("not on my list"), "\(error)")
    }
}
