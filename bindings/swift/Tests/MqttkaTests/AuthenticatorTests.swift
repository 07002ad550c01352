import Foundation
import Mqttka
import XCTest

final class AuthenticatorTests: XCTestCase {
    private struct Recording: Authenticator {
        let method = "X"
        let steps = Shared<[AuthenticationStep]>([])
        let refused: AuthenticatorError?

        func authenticate(_ request: AuthenticationRequest) async throws -> Data? {
            steps.change { $0.append(request.step) }
            if case .finish = request.step, let refused { throw refused }
            return Data([UInt8(request.exchange)])
        }
    }

    /// Success, with the method X and the data 7.
    private let accepted: [UInt8] = [0x20, 11, 0, 0, 8, 0x15, 0, 1, 0x58, 0x16, 0, 1, 7]

    func testTheApplicationProvesWhoItIs() async throws {
        let broker = try ScriptedBroker(connack: accepted, auth: [0xF0, 10, 0, 8, 0x15, 0, 1, 0x58, 0x16, 0, 1, 9])
        let authenticator = Recording(refused: nil)
        let client = try Client(options(broker.port) { $0.authenticator = authenticator })
        let connected = try await client.connect()
        XCTAssertEqual(connected.authenticationMethod, "X")
        XCTAssertEqual(
            authenticator.steps.value, [.start(reauthenticate: false), .finish(data: Data([7]))])
        try await client.reauthenticate()
        let heard = try await broker.next()
        XCTAssertEqual(heard, "AUTH 25")
        XCTAssertEqual(
            authenticator.steps.value.dropFirst(2), [.start(reauthenticate: true), .finish(data: Data([9]))])
    }

    func testWhatItThrowsFailsTheAttempt() async throws {
        let broker = try ScriptedBroker(connack: accepted)
        let recorder = Recorder()
        let authenticator = Recording(refused: AuthenticatorError("no such broker", fatal: true))
        let client = try Client(options(broker.port) { $0.authenticator = authenticator }, onEvent: recorder.hear)
        await assertThrows({ try await client.connect() }) {
            guard case .connectFailed(.authentication, let detail, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
            XCTAssertTrue(detail.contains("no such broker"), detail)
        }
        try await eventually { recorder.stops.count == 1 }
    }

    func testScramWantsTheBrokersProof() async throws {
        // This one says that it is satisfied, and proves nothing.
        let method = Array("SCRAM-SHA-256".utf8)
        let broker = try ScriptedBroker(connack: [0x20, 19, 0, 0, 16, 0x15, 0, 13] + method)
        let client = try Client(
            options(broker.port) {
                $0.authenticator = ScramSha256(user: "ann", password: "pencil")
                $0.reconnect = false
            })
        await assertThrows({ try await client.connect() }) {
            guard case .connectFailed(.authentication, _, _)? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
    }

    func testScramHasItsBounds() {
        XCTAssertThrowsError(
            try Client(options(1) { $0.authenticator = ScramSha256(user: "a", password: "b", maxIterations: 1) })
        ) {
            guard case .invalidOption? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
    }
}
