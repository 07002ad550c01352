import Foundation
import Mqttka
import XCTest

final class LoggerTests: XCTestCase {
    func testTheLoggerHearsASessionAndNoSecrets() async throws {
        let records = Shared<[LogRecord]>([])
        try Mqttka.setLogger(level: .trace) { record in records.change { $0.append(record) } }
        defer { try? Mqttka.setLogger(nil) }
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port) {
            $0.userName = "alice"
            $0.password = Data("swordfish".utf8)
        })
        try await client.connect()
        try await client.publish("secret", to: "hidden/topic", qos: .atLeastOnce)
        try await client.disconnect()
        func all() -> String { records.value.map(\.text).joined(separator: "\n") }
        try await eventually { all().contains("CONNACK") && all().contains("PUBACK") && all().contains("DISCONNECT") }
        XCTAssertTrue(records.value.contains { $0.level == .debug })
        XCTAssertTrue(records.value.contains { $0.level == .trace })
        for secret in ["swordfish", "secret", "hidden"] { XCTAssertFalse(all().contains(secret), all()) }
    }
}
