import Foundation
import XCTest
@testable import Mqttka
#if canImport(Network) && canImport(UIKit)
import Network
import UIKit
#endif

final class AdapterTests: XCTestCase {
    func testWhichChangeOfThePathIsWhichHint() {
        let wifi = PathState(isUsable: true, interfaces: ["en0"], gateways: ["192.168.1.1"])
        let otherWifi = PathState(isUsable: true, interfaces: ["en0"], gateways: ["10.0.0.1"])
        let cellular = PathState(isUsable: true, interfaces: ["pdp_ip0"])
        let nothing = PathState(isUsable: false)
        XCTAssertNil(NetworkChange(from: nil, to: wifi))
        XCTAssertNil(NetworkChange(from: wifi, to: wifi))
        XCTAssertEqual(NetworkChange(from: wifi, to: otherWifi), .changed)
        XCTAssertEqual(NetworkChange(from: wifi, to: cellular), .changed)
        XCTAssertEqual(NetworkChange(from: wifi, to: nothing), .lost)
        XCTAssertEqual(NetworkChange(from: nothing, to: cellular), .available)
    }

    #if canImport(Network) && canImport(UIKit) && os(Linux)
    func testAPathChangeProbes() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        var adapter: NetworkAdapter? = NetworkAdapter(client)
        let monitor = NWPathMonitor.newest!
        let before = client.status.bytesReceived
        monitor.change(NWPath(status: .satisfied, availableInterfaces: [NWInterface(name: "en0")]))
        monitor.change(NWPath(status: .satisfied, availableInterfaces: [NWInterface(name: "pdp_ip0")]))
        try await eventually { client.status.bytesReceived == before + 2 }
        XCTAssertNotNil(adapter)
        adapter = nil
        XCTAssertTrue(monitor.isCancelled)
    }

    func testTheForegroundProbes() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let adapter = await ForegroundAdapter(client)
        let before = client.status.bytesReceived
        NotificationCenter.default.post(name: UIApplication.willEnterForegroundNotification, object: nil)
        try await eventually { client.status.bytesReceived == before + 2 }
        withExtendedLifetime(adapter) {}
    }
    #endif
}
