import Foundation
import XCTest
@testable import Mqttka
#if canImport(Network) && canImport(UIKit)
import Network
import UIKit
#endif

final class AdapterTests: XCTestCase {
    func testWhichChangeOfThePathIsWhichHint() {
        let wifi = PathState(isUsable: true, interfaces: ["en0", "pdp_ip0"], gateways: ["fe80::1", "192.168.1.1"])
        let turned = PathState(isUsable: true, interfaces: ["en0", "pdp_ip0"], gateways: ["192.168.1.1", "fe80::1"])
        let otherWifi = PathState(isUsable: true, interfaces: ["en0"], gateways: ["10.0.0.1"])
        let hotspot = PathState(isUsable: true, isMetered: true, interfaces: ["en0"], gateways: ["10.0.0.1"])
        let cellular = PathState(isUsable: true, isMetered: true, interfaces: ["pdp_ip0"])
        let nothing = PathState(isUsable: false)
        let stillNothing = PathState(isUsable: false, interfaces: ["en0"])
        func update(_ change: NetworkChange, _ metered: Bool, _ id: String) -> NetworkUpdate {
            NetworkUpdate(change: change, metered: metered, id: id)
        }
        let lost = NetworkUpdate(change: .lost)
        let table: [(PathState?, PathState, NetworkUpdate?)] = [
            (nil, wifi, update(.available, false, "en0 192.168.1.1 fe80::1")),
            (nil, nothing, lost),
            (wifi, wifi, nil),
            (wifi, turned, update(.changed, false, "en0 192.168.1.1 fe80::1")),
            (wifi, otherWifi, update(.changed, false, "en0 10.0.0.1")),
            (otherWifi, hotspot, update(.changed, true, "en0 10.0.0.1")),
            (wifi, cellular, update(.changed, true, "pdp_ip0")),
            (wifi, nothing, lost),
            (nothing, nothing, nil),
            (nothing, stillNothing, nil),
            (stillNothing, cellular, update(.available, true, "pdp_ip0")),
        ]
        for (old, new, expected) in table {
            XCTAssertEqual(NetworkUpdate(from: old, to: new), expected, "\(old as Any) to \(new)")
        }
    }

    #if canImport(Network) && canImport(UIKit) && os(Linux)
    private let wifi = NWPath(
        status: .satisfied, availableInterfaces: [NWInterface(name: "en0")], gateways: [.opaque("192.168.1.1")])
    private let cellular = NWPath(
        status: .satisfied, availableInterfaces: [NWInterface(name: "pdp_ip0")], isExpensive: true)
    private let nothing = NWPath(status: .unsatisfied)

    func testAPathChangeProbes() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port) { $0.networkMonitor = false })
        var adapter: NetworkAdapter? = NetworkAdapter(client)
        let monitor = NWPathMonitor.newest!
        monitor.change(wifi)
        try await client.connect()
        let before = client.status.bytesReceived
        monitor.change(cellular)
        monitor.change(cellular)
        try await eventually { client.status.bytesReceived == before + 2 }
        XCTAssertEqual(client.status.network, NetworkUpdate(change: .changed, metered: true, id: "pdp_ip0"))
        XCTAssertNotNil(adapter)
        adapter = nil
        XCTAssertTrue(monitor.isCancelled)
    }

    func testAClientThatWaitsTriesWhenThereIsANetwork() async throws {
        let broker = try ScriptedBroker()
        let recorder = Recorder()
        let client = try Client(
            options(broker.port) {
                $0.networkMonitor = false
                $0.reconnectFirstDelay = 86_400
                $0.reconnectMaxDelay = 86_400
            }, onEvent: recorder.hear)
        let adapter = NetworkAdapter(client)
        let monitor = NWPathMonitor.newest!
        monitor.change(wifi)
        try await client.connect()
        monitor.change(nothing)
        broker.hangUp()
        try await eventually { client.status.state == .reconnecting }
        monitor.change(cellular)
        try await eventually { client.status.state == .connected }
        try await eventually { recorder.connects.count == 2 }
        withExtendedLifetime(adapter) {}
    }

    func testTheForegroundProbes() async throws {
        let broker = try Broker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let adapter = await ForegroundAdapter(client)
        let before = client.status.bytesReceived
        NotificationCenter.default.post(name: UIApplication.didEnterBackgroundNotification, object: nil)
        NotificationCenter.default.post(name: UIApplication.willEnterForegroundNotification, object: nil)
        try await eventually { client.status.bytesReceived == before + 2 }
        withExtendedLifetime(adapter) {}
    }

    func testTheForegroundEndsTheWait() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(
            options(broker.port) {
                $0.networkMonitor = false
                $0.reconnectFirstDelay = 86_400
                $0.reconnectMaxDelay = 86_400
            })
        try await client.connect()
        let adapter = await ForegroundAdapter(client)
        broker.hangUp()
        try await eventually { client.status.state == .reconnecting }
        NotificationCenter.default.post(name: UIApplication.willEnterForegroundNotification, object: nil)
        try await eventually { client.status.state == .connected }
        withExtendedLifetime(adapter) {}
    }
    #endif
}
