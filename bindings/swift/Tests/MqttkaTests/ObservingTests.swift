import Foundation
import Mqttka
import XCTest

/// What a program can see: flight records, counters, packets, traces.
final class ObservingTests: XCTestCase {
    func testTheEndOfAConnectionHasItsRecord() async throws {
        let broker = try ScriptedBroker()
        let recorder = Recorder()
        let client = try Client(options(broker.port) { $0.reconnect = false }, onEvent: recorder.hear)
        try await client.connect()
        try await client.publish("s3cr3t", to: "topic", qos: .atLeastOnce)
        broker.hangUp()
        try await eventually { recorder.events.value.count == 2 }
        XCTAssertNil(recorder.events.value[0].record)
        let record = try XCTUnwrap(recorder.events.value[1].record)
        XCTAssertTrue("\(record)".lowercased().contains("puback"), record.text)
        let parsed = try JSONSerialization.jsonObject(with: Data(record.json.utf8))
        XCTAssertFalse((parsed as? [String: Any] ?? [:]).isEmpty, record.json)
        for text in [record.text, record.json] {
            XCTAssertFalse(text.contains("s3cr3t") || text.contains("topic"), text)
        }
    }

    func testCountersAndMetrics() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        XCTAssertNil(client.counters().lastInboundAge)
        try await client.connect()
        for _ in 0..<3 { try await client.publish("x", to: "t", qos: .atLeastOnce) }
        let counters = client.counters()
        XCTAssertEqual(counters.packetsSent.first { $0.packetType == .publish }?.count, 3)
        XCTAssertEqual(counters.packetsReceived.first { $0.packetType == .pubAck }?.count, 3)
        XCTAssertEqual([counters.connections, counters.reconnects, counters.disconnects], [1, 0, 0])
        XCTAssertEqual(counters.pingRoundTrips.counts.count, counters.pingRoundTrips.bounds.count + 1)
        XCTAssertNotNil(counters.lastInboundAge)
        let sent = client.metrics().first { metric in
            metric.name == "mqttka.client.packets" && metric.attributes.contains { $0.value.lowercased() == "publish" }
                && metric.value == .integer(value: 3)
        }
        XCTAssertNotNil(sent, "\(client.metrics())")
    }

    func testTheTapSeesPacketsWithoutCredentials() async throws {
        let broker = try ScriptedBroker()
        let seen = Shared<[TappedPacket]>([])
        let client = try Client(
            options(broker.port) {
                $0.userName = "ann"
                $0.password = Data("s3cr3t".utf8)
                $0.packetTap = { packets in seen.change { $0 += packets } }
            })
        try await client.connect()
        try await client.publish("x", to: "t", qos: .atLeastOnce)
        try await eventually { seen.value.count >= 4 }
        let packets = Array(seen.value.prefix(4))
        XCTAssertEqual(packets.map(\.packetType), [.connect, .connAck, .publish, .pubAck])
        XCTAssertEqual(packets.map(\.direction), [.sent, .received, .sent, .received])
        XCTAssertEqual(packets.map(\.packetId), [nil, nil, 1, 1])
        XCTAssertEqual(packets[1].bytes, Data([0x20, 3, 0, 0, 0]))
        let connect = String(decoding: packets[0].bytes, as: UTF8.self)
        XCTAssertTrue(connect.contains("***") && !connect.contains("ann") && !connect.contains("s3cr3t"), connect)
        XCTAssertEqual("\(packets[3])", "connection 1: received pubAck 1, \(packets[3].size) bytes")
    }

    func testTraces() throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let context = try TraceContext(checking: parent, tracestate: "a=b")
        XCTAssertEqual(context.traceId, "0af7651916cd43dd8448eb211c80319c")
        XCTAssertEqual(context.parentId, "b7ad6b7169203331")
        XCTAssertTrue(context.isSampled)
        XCTAssertThrowsError(try TraceContext(checking: "00-0")) {
            guard case .invalidArgument? = $0 as? MqttkaError else { return XCTFail("\($0)") }
        }
        let bare = Message(topic: "t", text: "x", properties: [.contentType(value: "text/plain")])
        XCTAssertNil(bare.traceContext)
        let traced = try bare.inTrace(context)
        XCTAssertEqual(traced.traceContext, context)
        XCTAssertEqual(try traced.inTrace(context).properties.count, 3)
        XCTAssertThrowsError(try bare.inTrace(TraceContext(traceparent: "?")))
        XCTAssertEqual(TraceContext(traceparent: "?").traceId, "")
    }
}
