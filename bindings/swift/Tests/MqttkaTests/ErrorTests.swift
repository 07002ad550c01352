import Foundation
import Glibc
import Mqttka
import XCTest

final class ErrorTests: XCTestCase {
    /// What a busy machine may add to a deadline, below the one that holds without one of its own (30 s).
    let margin = 20.0

    private func connectError(_ options: Options, within seconds: Double) async throws -> ConnectError {
        let recorder = Recorder()
        var options = options
        options.reconnect = false
        let client = try Client(options, onEvent: recorder.hear)
        let start = now()
        do {
            try await client.connect()
        } catch MqttkaError.connectFailed(let error, let detail, _) {
            let took = now() - start
            XCTAssertLessThan(took, seconds + margin)
            XCTAssertFalse(detail.isEmpty)
            try await eventually { recorder.events.value.count == 1 }
            guard case .connectFailed(error, _) = recorder.events.value[0].kind else {
                XCTFail("\(recorder.events.value)")
                return error
            }
            return error
        }
        XCTFail("connected")
        return .clientClosed
    }

    func testWrongHost() async throws {
        var wrong = Options(host: "no-such-host.invalid")
        wrong.connectTimeout = 3
        switch try await connectError(wrong, within: 3) {
        case .transport(.dns, _, _, _, _, _), .timeout(.dns, 3, _): break
        case let other: XCTFail("\(other)")
        }
    }

    func testRefusedPort() async throws {
        let error = try await connectError(options(try freePort()) { $0.connectTimeout = 5 }, within: 1)
        guard case .transport(.tcp, .system, ECONNREFUSED, nil, _, _) = error else { return XCTFail("\(error)") }
    }

    func testSilentServer() async throws {
        let server = try SilentServer()
        let error = try await connectError(options(server.port) { $0.connectTimeout = 1 }, within: 1)
        guard case .timeout(.mqtt, 1, _) = error else { return XCTFail("\(error)") }
    }

    func testConnectErrorsNameWhatWasTried() async throws {
        let port = try freePort()
        await assertThrows({ try await Client(options(port)).connect() }) {
            guard case .connectFailed(let error, let detail, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
            guard let tried = error.attempted else { return XCTFail("\(error)") }
            XCTAssertEqual([tried.host, tried.address], ["127.0.0.1", "127.0.0.1"])
            XCTAssertEqual([tried.port, UInt16(tried.serverIndex)], [port, 0])
            XCTAssertEqual(tried.stages.map(\.stage), [.dns, .tcp])
            XCTAssertTrue(detail.contains("127.0.0.1") && detail.contains("\(port)"), detail)
        }
    }

    func testARefusalHasItsServerReference() async throws {
        // Use another server: "b".
        let broker = try ScriptedBroker(connack: [0x20, 7, 0, 0x9C, 4, 0x1C, 0, 1, 0x62])
        await assertThrows({ try await Client(options(broker.port)).connect() }) {
            guard case .connectFailed(.refused(.useAnotherServer, nil, "b"), _, _)? = $0 as? MqttkaError else {
                return XCTFail("\($0)")
            }
        }
    }

    func testBadCredentials() async throws {
        let broker = try Broker("allow_anonymous false\npassword_file PASSWORDS")
        for version in [Version.v311, .v5] {
            let bad = options(broker.port) {
                $0.protocolVersion = version
                $0.userName = "alice"
                $0.password = Data("wrong".utf8)
            }
            let error = try await connectError(bad, within: 1)
            guard case .refused(let code, _, _) = error else { return XCTFail("\(error)") }
            XCTAssertEqual(error.reasonCode, code)
            XCTAssert([.notAuthorized, .badUserNameOrPassword].contains(code), "\(code)")
            var good = bad
            good.password = Data("secret".utf8)
            try await Client(good).connect()
        }
    }

    func testCallsThatCannotBe() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.reconnect = false })
        await assertThrows({ try await client.publish("x", to: "t") }) { XCTAssertEqual($0 as? MqttkaError, .notConnected) }
        await assertThrows({ try await client.disconnect() }) { XCTAssertEqual($0 as? MqttkaError, .notConnected) }
        try await client.connect()
        await assertThrows({ try await client.connect() }) { XCTAssertEqual($0 as? MqttkaError, .alreadyConnected) }
        await assertThrows({ try await client.publish("x", to: "a/+") }) {
            guard case .invalidTopic? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        XCTAssertThrowsError(try client.messages(matching: "a/#/b"))
        client.close()
        client.close()
        await assertThrows({ try await client.connect() }) { XCTAssertEqual($0 as? MqttkaError, .closed) }
    }

    func testTheBrokerGoes() async throws {
        let broker = try Broker()
        let recorder = Recorder()
        let client = try Client(options(broker.port) { $0.reconnect = false }, onEvent: recorder.hear)
        try await client.connect()
        broker.stop()
        try await eventually { !recorder.disconnects.isEmpty }
        XCTAssertEqual(recorder.disconnects.count, 1)
        await assertThrows({ try await client.publish("x", to: "t", qos: .atLeastOnce) }) {
            XCTAssertEqual($0 as? MqttkaError, .notConnected)
        }
    }

    func testReasonCodesHaveWords() {
        let codes = (UInt8.min...UInt8.max).compactMap(ReasonCode.init(rawValue:))
        XCTAssertEqual(codes.count, 43)
        XCTAssertEqual(Set(codes.map(\.description)).count, codes.count)
        XCTAssertEqual(
            MqttkaError.refused(reasonCode: .quotaExceeded, reasonString: nil, reasonCodes: [], userProperties: []).reasonCode,
            .quotaExceeded)
        XCTAssertNil(MqttkaError.closed.reasonCode)
        XCTAssertEqual(
            DisconnectCause.serverDisconnect(reasonCode: .serverMoved, reasonString: nil, serverReference: "x")
                .reasonCode, .serverMoved)
    }
}
