import Foundation
import Mqttka
import XCTest

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
        bounded("port", "0", "1 to 65535") { $0.port = 0 }
        bounded("receiveMaximum", "0", "1 to 65535") { $0.receiveMaximum = 0 }
        bounded("maxInflight", "0", "1 to 65535") { $0.maxInflight = 0 }
        bounded("maximumPacketSize", "15", "16 to 268435460") { $0.maximumPacketSize = 15 }
        bounded("outboundQueueMaxMessages", "0", "1 to 4294967295") { $0.outboundQueueMaxMessages = 0 }
        XCTAssertEqual(
            "\(MqttkaError.invalidOption(option: "keepAlive", value: "70000", bound: "0 to 65535"))",
            "keepAlive is 70000; it must be 0 to 65535")
        XCTAssertNoThrow(try Client(options(1) { $0.deadPeerTimeout = 86_400 }))
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
        await assertThrows({ try await client.disconnect(drainTimeout: -1) }) {
            XCTAssertEqual(
                $0 as? MqttkaError, .invalidOption(option: "drainTimeout", value: "-1.0 s", bound: "0ns to 86400s"))
        }
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
